"""The codes of problems: what can be wrong with an exhibit, and the next step, in three languages."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import msgspec

from dunproof.facts.casefile import Text3


class ProblemText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One code: what it means and what a person can do."""

    code: str
    text: Text3
    hint: Text3
    note: bool = False
    """The exhibit was read in full all the same."""


@cache
def load() -> dict[str, ProblemText]:
    """Return every problem by its code, in the order of data/problems.toml."""
    raw = tomllib.loads((resources.files("dunproof.facts") / "data" / "problems.toml").read_text("utf-8"))
    return {code: msgspec.convert({"code": code, **row}, ProblemText) for code, row in raw.items()}
