"""``dunproof report``: the report of a judged case written again."""

from __future__ import annotations

from pathlib import Path

import click

from dunproof.cli.choices import case_language_option
from dunproof.cli.investigate import language_of, require
from dunproof.cli.terminal import terminal


@click.command()
@click.argument("case", type=click.Path(path_type=Path))
@case_language_option
@click.option("--format", "kind", type=click.Choice(["html"]), default="html", show_default=True, help="What to write.")
@click.option("--show-numbers", is_flag=True, help="Print phone numbers and names of bystanders in full.")
@click.pass_context
def report(ctx: click.Context, case: Path, lang: str | None, kind: str, show_numbers: bool) -> None:
    """Write the report of a judged case again, from case.json alone. Prints its path."""
    del kind  # one format so far
    from dunproof.case.pipeline import report_case

    require((case,))
    terminal(ctx).result(str(report_case(case, lang or language_of((case,)), show_numbers=show_numbers)))
