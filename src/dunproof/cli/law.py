"""``dunproof law``: the clause register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dunproof.cli.choices import LENDER_TYPES, language_option
from dunproof.cli.exits import Exit
from dunproof.cli.terminal import Terminal, terminal
from dunproof.errors import UseError

if TYPE_CHECKING:
    from dunproof.law.structs import Clause

_FORCE = {
    "L": "law", "R": "regulation", "M": "ministry rule", "J": "judicial", "S": "standard", "A": "association or store",
}  # fmt: skip
_SHORT = 40
"""Characters of a clause's words in a list; `law show` prints them whole."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(short_help="Show and search clauses; what was in force on a day.")
def law() -> None:
    """Show and search the clauses that rules cite, and what was in force on a day.

    Words of a clause are printed only as far as they were verified against an official text.
    """


@law.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List every clause of the register."""
    from dunproof.law.register import load

    _clauses(terminal(ctx), load().clauses, as_json)


@law.command()
@click.argument("name", metavar="CLAUSE")
@language_option
@json_option
@click.pass_context
def show(ctx: click.Context, name: str, lang: str, as_json: bool) -> None:
    """Show one clause or norm. Its words, days, force, whom it binds, what was verified."""
    from dunproof import wire
    from dunproof.law.print_rules import printed, title
    from dunproof.law.register import lender_types, load

    out, register = terminal(ctx), load()
    if name not in register:
        norm = next((n for n in register.norms if n.id == name), None)
        if norm is None:
            register.clause(name)  # raises with the nearest right ids
            return
        if as_json:
            out.data(wire.line(norm))
            return
        out.result(
            f"{norm.id}  {title(norm)[lang]}\n{norm.issuer}; in force {norm.effective} – {norm.until or 'today'}"
        )
        _clauses(out, register.clauses_of(norm.id), as_json=False)
        return
    clause, text = register.clause(name), printed(register, name)
    if as_json:
        out.data(wire.line(text))
        return
    binds = ", ".join(lender_types(clause)) or "no lender"
    lines = [
        f"{text.id}  {text.norm_title[lang]} {text.article}",
        f"force      {_FORCE[clause.force]} ({clause.force}), verified {clause.level}",
        f"in force   {text.effective} – {text.until or 'today'}",
        f"binds      {binds}",
        f"words      {text.words or '(not printed)'}",
    ]
    if text.attribution[lang]:
        lines.append(f"           {text.attribution[lang]}")
    lines.append(f"reading    {clause.operable}")
    if clause.caveat:
        lines.append(f"caveat     {clause.caveat}")
    lines.append(f"source     {register.norm(clause.norm).source}")
    out.result("\n".join(lines))


@law.command()
@click.argument("words", nargs=-1, required=True)
@json_option
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """Find the clauses in which every word stands. Looked at are id, tag, title, article, words and our reading."""
    from dunproof import wire
    from dunproof.law.find import search as find
    from dunproof.law.register import load

    out = terminal(ctx)
    hits = find(load(), " ".join(words))
    if as_json:
        for hit in hits:
            out.data(wire.line(hit.clause))
        return
    if not hits:
        out.note("no clause holds all of these words; try fewer of them")
    rows = [(h.clause.id, h.clause.article, " … ".join(s.before + s.match + s.after for s in h.snippets)) for h in hits]
    out.table(("clause", "article", "where it was found"), rows)


@law.command("in-force")
@click.argument("day")
@click.option("--lender", type=click.Choice(LENDER_TYPES), help="Only clauses that bind this kind of lender.")
@json_option
@click.pass_context
def in_force(ctx: click.Context, day: str, lender: str | None, as_json: bool) -> None:
    """List the clauses in force on DAY, strongest first. A day is written as 2026-03-01."""
    from dunproof.law.register import load

    out = terminal(ctx)
    found = load().in_force(day, lender)
    _clauses(out, found, as_json)
    out.note(f"{len(found)} clauses in force on {day}" + (f" for {lender}" if lender else ""))


@law.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Check the register. Every quote must stand verbatim in its official text, every id and count be right."""
    from dunproof.law.check import check_package

    out, found = terminal(ctx), check_package()
    for name, fault in found.wrong:
        out.result(f"{name}: {fault}")
    levels = ", ".join(f"{level} {n}" for level, n in found.levels.items())
    out.result(
        f"{found.norms} norms, {found.clauses} clauses ({levels}), {found.texts} official texts, "
        f"{found.quotes_found} quotes found word for word, {len(found.wrong)} wrong"
    )
    if found.wrong:
        raise UseError("the register does not hold together", hint="the lines above name each clause and its fault")
    ctx.exit(Exit.DONE)


def _clauses(out: Terminal, clauses: tuple[Clause, ...], as_json: bool) -> None:
    if as_json:
        from dunproof import wire

        for clause in clauses:
            out.data(wire.line(clause))
        return
    rows = [
        (
            c.id,
            c.force + c.level[1:],
            c.effective,
            c.until or "",
            c.article,
            "" if c.level == "A5" else c.quote[:_SHORT] + ("…" if len(c.quote) > _SHORT else ""),
        )
        for c in clauses
    ]
    out.table(("clause", "force", "from", "until", "article", "words"), rows)
