"""``dunproof investigate``: read, link, judge, report in a row."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dunproof.cli.choices import HOLDER_ROLES, LENDER_TYPES, STORES, case_language_option, language, packs_option
from dunproof.cli.said import nothing_read, said
from dunproof.cli.terminal import Terminal, terminal
from dunproof.errors import UseError

if TYPE_CHECKING:
    from dunproof.case.options import Options
    from dunproof.case.outcome import Outcome

FAIL_ON = {
    "breach": ("breach",),
    "departs": ("breach", "departs"),
    "needs-facts": ("needs-facts",),
    "unseen": ("unseen",),
}
"""What --fail-on may name, and the verdicts that it means."""


def reading_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what ``investigate`` and ``read`` share: what case.toml would say, and the limits."""
    function = limit_options(function)
    for option in reversed(
        (
            click.option(
                "--holder-role", type=click.Choice(HOLDER_ROLES), help="What the phones' holder is in the debt."
            ),
            click.option("--lender", default="", help="Name of the lender."),
            click.option(
                "--lender-type", type=click.Choice(LENDER_TYPES), help="Kind of lender: decides which clauses bind."
            ),
            click.option(
                "--store",
                type=click.Choice(STORES),
                help="Where the apps could be had: a store's policy binds what it hands out.",
            ),
            click.option(
                "--sdk-catalogue",
                metavar="FILE",
                type=click.Path(path_type=Path, exists=True, dir_okay=False),
                help="Your own list of SDKs, added to the shipped one (docs/sdk-catalogue.md).",
            ),
            click.option("--zone", help="Time zone of the phones, e.g. Asia/Shanghai."),
            click.option("--as-of", metavar="DAY", help="Day on which app and papers were seen, e.g. 2026-03-01."),
        )
    ):
        function = option(function)
    return function


def limit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every command that reads exhibits takes."""
    for option in reversed(
        (
            click.option("--no-cache", is_flag=True, help="Read every exhibit again."),
            click.option(
                "--limit-seconds",
                type=click.FloatRange(min=1),
                help="Seconds that one exhibit may take, and 3 more for each MiB of it.",
            ),
            click.option("--limit-mib", type=click.IntRange(min=256), help="MiB of memory that one exhibit may take."),
        )
    ):
        function = option(function)
    return function


@click.command(
    epilog="\b\nExamples:\n  dunproof investigate loan.apk privacy.html --lender-type microloan --as-of 2026-03-01\n"
    "  dunproof investigate sms.xml --holder-role contact --fail-on breach\n  dunproof investigate CASE-FOLDER"
)
@click.argument(
    "inputs", metavar="CASE|FILE…", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False)
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the result.  [default: CASE/out or dunproof-out]"
)
@case_language_option
@click.option("--json", "as_json", is_flag=True, help="Print case.json instead of the summary.")
@click.option(
    "--fail-on",
    type=click.Choice(list(FAIL_ON)),
    multiple=True,
    help="Exit 1 if there is such a verdict; 'departs' includes 'breach'. May be given more than once.",
)
@click.option("--strict", is_flag=True, help="Exit 4 if anything could not be read in full.")
@reading_options
@packs_option
@click.option("--overwrite", is_flag=True, help="Write into an --out folder that holds other things.")
@click.option("--show-numbers", is_flag=True, help="Print phone numbers and names of bystanders in full.")
@click.pass_context
def investigate(
    ctx: click.Context,
    /,
    *,
    inputs: tuple[Path, ...],
    lang: str | None,
    as_json: bool,
    fail_on: tuple[str, ...],
    strict: bool,
    **flags: Any,
) -> None:
    """Read, link, judge and report a case folder or loose files.

    Writes case.json, report.html and facts.duckdb into one folder and prints a summary. Files that cannot be read are
    listed with the reason; the rest is judged. Nothing leaves this machine.
    """
    from dunproof.case.pipeline import investigate as run

    screen = terminal(ctx)
    require(inputs, lang or language())
    lang = lang or language_of(inputs)
    outcome = run(inputs, options_from(lang=lang, **flags), screen.progress())
    present(screen, outcome, as_json=as_json, lang=lang, show_numbers=flags["show_numbers"])
    ctx.exit(outcome.exit_code({name for given in fail_on for name in FAIL_ON[given]}, strict=strict))


def require(inputs: tuple[Path, ...], lang: str) -> None:
    """Refuse a path that is not there before anything is done. One that may not be read is listed with the others."""
    from dunproof.case.intake import near_names

    for path in inputs:
        if not path.exists():
            near = ", ".join(near_names(path))
            hint = said("did-you-mean", lang, names=near) if near else said("check-path", lang)
            raise UseError(said("no-file", lang, path=str(path)), hint=hint)


def language_of(inputs: tuple[Path, ...]) -> str:
    """Return the language that case.toml asks for, else that of the locale."""
    from dunproof.case.config import load_case

    found = load_case(inputs[0]).lang if len(inputs) == 1 and inputs[0].is_dir() else None
    return found or language()


def options_from(
    *, limit_seconds: float | None = None, limit_mib: int | None = None, no_cache: bool = False, **flags: Any
) -> Options:
    """Return the options of a run from the flags, which carry the same names."""
    import msgspec

    from dunproof.case.limits import Limits
    from dunproof.case.options import Options

    given = {"seconds": limit_seconds, "memory_mib": limit_mib}
    limits = msgspec.structs.replace(Limits(), **{k: v for k, v in given.items() if v is not None})
    return Options(limits=limits, cache=not no_cache, command=tuple(sys.argv[1:]), **flags)


def present(screen: Terminal, outcome: Outcome, *, as_json: bool, lang: str, show_numbers: bool) -> None:
    """Print the result: case.json as it was written, or the summary and where the report is."""
    if as_json:
        screen.data((outcome.out / "case.json").read_bytes())
    else:
        from dunproof.report.terminal import render

        screen.end_progress()
        render(outcome.casefile, lang, console=screen.console(), show_numbers=show_numbers)
    if outcome.nothing_seen:
        screen.warn(*nothing_read(outcome.casefile.exhibits, lang))
    screen.note(f"report: {outcome.out / 'report.html'}")
