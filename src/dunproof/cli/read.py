"""``dunproof read``: what stands in files, for people; with --json the facts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dunproof.cli.choices import language_option
from dunproof.cli.exits import Exit
from dunproof.cli.investigate import options_from, reading_options, require
from dunproof.cli.said import nothing_read
from dunproof.cli.terminal import Terminal, terminal

if TYPE_CHECKING:
    from dunproof.case.pipeline import Look
    from dunproof.facts.kinds import Fact

_BASE = frozenset({"fact_id", "exhibit", "loc", "tier", "doubtful"})
_HASHES = frozenset({"sha256", "cert_sha256"})
"""Texts of digits that are no numbers of people."""
_LONG = 60
"""Characters of one value in a line for people; --json has them whole."""


@click.command(
    epilog="\b\nExamples:\n  dunproof read loan.apk\n"
    "  dunproof read privacy.html --json | jq 'select(.kind == \"recipient\") | .name'"
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a fact (docs/facts.md).")
@click.option("--show-numbers", is_flag=True, help="Print phone numbers in full (--json always does).")
@language_option
@reading_options
@click.pass_context
def read(
    ctx: click.Context, /, *, files: tuple[Path, ...], as_json: bool, show_numbers: bool, lang: str, **flags: Any
) -> None:
    """Show what read and link find in files. Nothing is judged and nothing is written. Exit 3 if nothing could be read.

    Of an app: which one it is, what it asks for and what its code reads, how much of its code could be seen, whose code
    is inside. Of other files: what was read, and one line a fact.
    """
    from dunproof.case.outcome import none_seen
    from dunproof.case.pipeline import look, read_facts
    from dunproof.facts.kinds import Exhibit
    from dunproof.facts.store import encode

    out = terminal(ctx)
    require(files, lang)
    if as_json:
        facts = read_facts(files, options_from(**flags), out.progress())
        for fact in facts:
            out.data(encode(fact))
    else:
        seen = look(files, options_from(**flags), out.progress())
        _show(out, seen, lang, show_numbers=show_numbers)
        facts = seen.facts
    out.note(f"{len(facts)} facts")
    if none_seen(facts):
        out.warn(*nothing_read([f for f in facts if isinstance(f, Exhibit)], lang))
        ctx.exit(Exit.NOTHING_SEEN)


def _show(out: Terminal, seen: Look, lang: str, *, show_numbers: bool) -> None:
    """Print the apps, then how far each other file was read, and the facts of those that were not inside an app."""
    from dunproof.facts.kinds import App, Coverage, Problem
    from dunproof.report.masking import numbers
    from dunproof.report.terminal_app import render_apps

    apps = {f.app for f in seen.facts if isinstance(f, App)}
    within = set(apps)
    for exhibit in seen.casefile.exhibits:
        if exhibit.parent in within:
            within.add(exhibit.exhibit)
    out.end_progress()
    console = out.console()
    render_apps(seen.casefile, lang, console=console, show_numbers=show_numbers)
    others = [e.exhibit for e in seen.casefile.exhibits if e.exhibit not in apps]
    if others:
        from dunproof.report.terminal import render_files

        if apps:
            out.result("")
        render_files(seen.casefile, others, lang, console=console, show_numbers=show_numbers)
    if all(e in within for e in others):
        return
    for fact in seen.facts:
        if fact.exhibit not in within and not isinstance(fact, Coverage | Problem):  # said in words above
            out.result(_line(fact, str if show_numbers else numbers))


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
