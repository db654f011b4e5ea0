"""``dunproof read``: the facts that stand in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dunproof.cli.investigate import options_from, reading_options, require
from dunproof.cli.terminal import terminal

if TYPE_CHECKING:
    from dunproof.facts.kinds import Fact

_BASE = frozenset({"fact_id", "exhibit", "loc", "tier", "doubtful"})
_HASHES = frozenset({"sha256", "cert_sha256"})
"""Texts of digits that are no numbers of people."""
_LONG = 60
"""Characters of one value in a line for people; --json has them whole."""


@click.command(epilog="\b\nExample:\n  dunproof read privacy.html --json | jq 'select(.kind == \"recipient\") | .name'")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a fact (docs/facts.md).")
@click.option("--show-numbers", is_flag=True, help="Print phone numbers in full (--json always does).")
@reading_options
@click.pass_context
def read(ctx: click.Context, /, *, files: tuple[Path, ...], as_json: bool, show_numbers: bool, **flags: Any) -> None:
    """Show the facts that read and link find in files. Nothing is judged and nothing is written."""
    from dunproof.case.pipeline import read_facts
    from dunproof.facts.store import encode
    from dunproof.report.masking import numbers

    out = terminal(ctx)
    require(files)
    n = 0
    for fact in read_facts(files, options_from(**flags), out.progress()):
        n += 1
        if as_json:
            out.data(encode(fact))
        else:
            out.result(_line(fact, str if show_numbers else numbers))
    out.note(f"{n} facts")


def _line(fact: Fact, mask: Callable[[str], str]) -> str:
    """Return a fact on one line: kind, place, then its columns, texts through ``mask``."""
    from dunproof.facts.schema import columns

    kind = str(type(fact).__struct_config__.tag)
    place = f"{fact.exhibit}{'#' if fact.loc and not fact.loc.startswith('!/') else ''}{fact.loc}" or "-"
    values = [(name, getattr(fact, name)) for name in columns(kind) if name not in _BASE]
    shown = " ".join(
        f"{name}={_short(value, str if name in _HASHES else mask)}"
        for name, value in values
        if value is not None and value != ""
    )
    return f"{kind:<16} {place}  {shown}{'  (doubtful)' if fact.doubtful else ''}"


def _short(value: str | int | bool, mask: Callable[[str], str]) -> str:
    text = mask(value) if isinstance(value, str) else str(value)
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= _LONG else text[:_LONG] + "…"
