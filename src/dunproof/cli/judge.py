"""``dunproof judge``: a case judged again from what was read before."""

from __future__ import annotations

from pathlib import Path

import click

from dunproof.cli.choices import case_language_option, language, packs_option
from dunproof.cli.investigate import language_of, options_from, present, require
from dunproof.cli.terminal import terminal
from dunproof.errors import UseError


@click.command()
@click.argument("case", type=click.Path(path_type=Path))
@case_language_option
@click.option("--json", "as_json", is_flag=True, help="Print case.json instead of the summary.")
@packs_option
@click.option("--show-numbers", is_flag=True, help="Print phone numbers and names of bystanders in full.")
@click.pass_context
def judge(
    ctx: click.Context,
    /,
    *,
    case: Path,
    lang: str | None,
    as_json: bool,
    packs: tuple[str, ...],
    show_numbers: bool,
) -> None:
    """Judge a case folder again from what was read before.

    For after a change of rules, of case.toml or of decisions.toml. What was read of an exhibit is used again; an
    exhibit that is new is read.
    """
    from dunproof.case.output import is_ours
    from dunproof.case.pipeline import investigate

    require((case,), lang or language())
    if is_ours(case):
        raise UseError(
            f"{case} is a result, and its files are not beside it", hint="dunproof investigate, on the files themselves"
        )
    if not (case / "out" / "facts.jsonl").is_file():
        raise UseError(f"no facts in {case}", hint=f"dunproof investigate {case}")
    screen, lang = terminal(ctx), lang or language_of((case,))
    options = options_from(lang=lang, packs=packs, show_numbers=show_numbers)
    outcome = investigate([case], options, screen.progress())
    present(screen, outcome, as_json=as_json, lang=lang, show_numbers=show_numbers)
    ctx.exit(outcome.exit_code())
