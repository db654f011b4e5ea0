"""The codes of problems: what can be wrong with an exhibit, and the next step, in three languages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from dunproof.facts.casefile import Text3


class ProblemText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One code: what it means and what a person can do."""

    code: str
    text: Text3
    hint: Text3
    note: bool = False
    """The exhibit was read in full all the same."""


_HEAD: Final = re.compile(r"^\[([a-z0-9-]+)\]$", re.MULTILINE)


class _Problems(Mapping[str, ProblemText]):
    """The tables of a TOML file by name, each parsed when it is asked for: a run asks for a few of two hundred."""

    def __init__(self, text: str) -> None:
        _, *parts = _HEAD.split(text)
        self._texts = dict(zip(parts[::2], parts[1::2], strict=True))
        self._parsed: dict[str, ProblemText] = {}

    def __getitem__(self, code: str) -> ProblemText:
        if code not in self._parsed:
            row = tomllib.loads(self._texts[code])
            self._parsed[code] = msgspec.convert({"code": code, **row}, ProblemText)
        return self._parsed[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@cache
def load() -> Mapping[str, ProblemText]:
    """Return every problem by its code, in the order of data/problems.toml."""
    return _Problems((resources.files("dunproof.facts") / "data" / "problems.toml").read_text("utf-8"))
