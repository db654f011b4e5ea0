"""``dunproof diff``: what changed between two versions of an app."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dunproof.cli.choices import language_option
from dunproof.cli.investigate import limit_options, options_from, require
from dunproof.cli.terminal import terminal


@click.command(
    epilog="\b\nExamples:\n  dunproof diff loan-3.1.apk loan-3.2.apk\n"
    "  dunproof diff old.apk new.apk --json | jq '.reads[] | select(.change == \"gained\")'"
)
@click.argument("old", metavar="OLD", type=click.Path(path_type=Path, readable=False))
@click.argument("new", metavar="NEW", type=click.Path(path_type=Path, readable=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (docs/diff.schema.json).")
@click.option("--show-numbers", is_flag=True, help="Print phone numbers in full (--json always does).")
@language_option
@limit_options
@click.pass_context
def diff(
    ctx: click.Context, /, *, old: Path, new: Path, as_json: bool, show_numbers: bool, lang: str, **flags: Any
) -> None:
    """Show what changed between two versions of an app. Nothing is judged and nothing is written.

    Permissions, calls that fetch personal data, third-party code, hosts, signers, and how much of each version could
    be seen. What OLD has and NEW lacks is "gone" only where NEW was read in full in that respect; where less of it
    could be seen, it is "no longer seen". OLD and NEW are each an .apk or a bundle (.apks, .apkm, .xapk).
    """
    from dunproof.case.appdiff import app_of, compare
    from dunproof.case.pipeline import look

    out = terminal(ctx)
    require((old, new), lang)
    options = options_from(**flags)
    before = look([old], options, out.progress())
    old_app = app_of(before, old)  # a file that is no app is named before time goes into NEW
    after = look([new], options, out.progress())
    changes = compare(before, old_app, after, app_of(after, new))
    if as_json:
        from dunproof import wire

        out.data(wire.document(changes))
        return
    from dunproof.report.terminal_diff import render_diff

    out.end_progress()
    render_diff(changes, before.casefile, after.casefile, lang, console=out.console(), show_numbers=show_numbers)
