"""``dunproof demo``: an invented case, laid out and investigated."""

from __future__ import annotations

from pathlib import Path

import click

from dunproof.cli.choices import language_option
from dunproof.cli.investigate import options_from, present
from dunproof.cli.terminal import terminal


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo-out"),
    show_default=True,
    help="Folder to lay it out in.",
)
@language_option
@click.pass_context
def demo(ctx: click.Context, out: Path, lang: str) -> None:
    """Investigate an invented case: a lender, its app, its agreements and four phones.

    The folder is a case as any other: look at case.toml, change it, and run 'dunproof investigate' on it.
    """
    from dunproof.case.demo import folder, lay_out
    from dunproof.case.pipeline import investigate

    screen = terminal(ctx)
    if not (out / "case.toml").is_file() or (out / "case.toml").read_bytes() != (folder() / "case.toml").read_bytes():
        lay_out(out)
    outcome = investigate([out], options_from(lang=lang), screen.progress())
    present(screen, outcome, as_json=False, lang=lang, show_numbers=False)
