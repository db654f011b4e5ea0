"""``dunproof problems``: what could not be read, explained by its code."""

from __future__ import annotations

from difflib import get_close_matches

import click

from dunproof.cli.choices import language_option
from dunproof.cli.terminal import terminal
from dunproof.errors import UseError


@click.command()
@click.argument("code", default="")
@language_option
@click.pass_context
def problems(ctx: click.Context, code: str, lang: str) -> None:
    """List the codes of what can go wrong with an exhibit, or explain one CODE and what to do about it."""
    from dunproof.facts.problems import load

    out, table = terminal(ctx), load()
    if not code:
        out.table(("code", "what it means"), [(p.code, p.text[lang]) for p in table.values()])
        return
    problem = table.get(code)
    if problem is None:
        near = get_close_matches(code, table, n=3, cutoff=0.5)
        raise UseError(
            f"no problem {code!r}", hint=f"did you mean {', '.join(near)}?" if near else "dunproof problems lists them"
        )
    out.result(f"{problem.code}\n  {problem.text[lang]}\n  → {problem.hint[lang]}")
