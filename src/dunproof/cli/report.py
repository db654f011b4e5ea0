"""``dunproof report``: the report of a judged case written again."""

from __future__ import annotations

from pathlib import Path

import click

from dunproof.cli.choices import case_language_option, language
from dunproof.cli.investigate import language_of, require
from dunproof.cli.terminal import terminal
from dunproof.errors import UseError


@click.command()
@click.argument("case", type=click.Path(path_type=Path))
@case_language_option
@click.option("--format", "kind", type=click.Choice(["html"]), default="html", show_default=True, help="What to write.")
@click.option("--show-numbers", is_flag=True, help="Print phone numbers and names of bystanders in full.")
@click.pass_context
def report(ctx: click.Context, case: Path, lang: str | None, kind: str, show_numbers: bool) -> None:
    """Write the report of a judged case again, from case.json alone. Prints its path.

    CASE is a case folder, its out folder or a case.json.
    """
    import msgspec

    from dunproof import wire
    from dunproof.facts.casefile import CaseFile
    from dunproof.report.html import render

    require((case,), lang or language())
    source = _case_json(case)
    try:
        casefile = msgspec.json.decode(source.read_bytes(), type=CaseFile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UseError(
            f"{source} is no case.json of this version: {error}", hint=f"dunproof investigate {case}"
        ) from None
    target = source.with_name(f"report.{kind}")
    text = render(casefile, lang or language_of((case,)), show_numbers=show_numbers)
    wire.write_whole(target, text.encode())
    terminal(ctx).result(str(target))


def _case_json(case: Path) -> Path:
    """Return the case.json that a path means."""
    if case.is_file():
        return case
    found = next((p for p in (case / "case.json", case / "out" / "case.json") if p.is_file()), None)
    if found is None:
        raise UseError(f"no case.json in {case}", hint=f"dunproof investigate {case}")
    return found
