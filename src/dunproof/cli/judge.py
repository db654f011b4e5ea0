"""``dunproof judge``: a case judged again from its facts."""

from __future__ import annotations

from pathlib import Path

import click

from dunproof.cli.choices import case_language_option
from dunproof.cli.investigate import language_of, present, require
from dunproof.cli.terminal import terminal


@click.command()
@click.argument("case", type=click.Path(path_type=Path))
@case_language_option
@click.option("--json", "as_json", is_flag=True, help="Print case.json instead of the summary.")
@click.option("--show-numbers", is_flag=True, help="Print phone numbers and names of bystanders in full.")
@click.pass_context
def judge(ctx: click.Context, case: Path, lang: str | None, as_json: bool, show_numbers: bool) -> None:
    """Judge a case again from the facts that are there, without reading its exhibits anew.

    For after a change of rules, of case.toml or of decisions.toml.
    """
    from dunproof.case.pipeline import judge_case

    require((case,))
    lang = lang or language_of((case,))
    present(terminal(ctx), judge_case(case, lang), as_json=as_json, lang=lang, show_numbers=show_numbers)
