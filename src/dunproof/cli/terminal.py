"""What a command prints with: results on stdout, everything else on stderr, colour only where a person looks."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

_REDRAW_S = 0.1
"""Ten lines a second are enough for an eye and cost nothing."""


class Terminal:
    """The two streams of one run."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self._drawn = 0.0
        self._open_line = False

    def result(self, text: str | bytes) -> None:
        """Print a part of the result."""
        self.end_progress()
        click.echo(text)

    def data(self, data: bytes) -> None:
        """Write bytes of the result as they are (JSON, JSON lines, CSV)."""
        self.end_progress()
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def note(self, text: str) -> None:
        """Print a line for the person beside the result; silent with --quiet."""
        if not self.quiet:
            self.end_progress()
            click.echo(text, err=True)

    def warn(self, text: str, hint: str) -> None:
        """Print what must be seen also with --quiet, and the next step, in the form of an error."""
        self.end_progress()
        click.echo(f"dunproof: {text}\n  → {hint}", err=True)

    def console(self) -> Console:
        """Return the rich console of stdout: plain and wide when nobody looks, NO_COLOR respected."""
        from rich.console import Console

        class Pipe(Console):
            def on_broken_pipe(self) -> None:
                """Leave it to the one place that knows the exit code; rich would end with 1, which means "found"."""
                raise BrokenPipeError

        looked_at = sys.stdout.isatty()
        return Pipe(
            file=sys.stdout, highlight=False, emoji=False, markup=False, soft_wrap=not looked_at,
            width=None if looked_at else 120,
            no_color=True if os.environ.get("NO_COLOR") else None,
        )  # fmt: skip

    def progress(self) -> Callable[[str, int, int, str], None] | None:
        """Return ``report(stage, done, total, name)``; None when nobody looks at stderr or --quiet was given."""
        if self.quiet or not sys.stderr.isatty():
            return None

        def report(stage: str, done: int, total: int, name: str, /) -> None:
            now = time.monotonic()
            if done < total and now - self._drawn < _REDRAW_S:
                return
            self._drawn = now
            line = _cell(f"{stage} {done}/{total} {name}" if total else f"{stage} {name}")
            sys.stderr.write("\r\x1b[K" + line[: shutil.get_terminal_size().columns - 1])
            sys.stderr.flush()
            self._open_line = True

        return report

    def end_progress(self) -> None:
        """Clear the progress line, so that what follows starts on a line of its own."""
        if self._open_line:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._open_line = False

    def table(self, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Print rows under a head: aligned for eyes, tab-separated when stdout is no terminal."""
        self.end_progress()
        if not sys.stdout.isatty():
            for row in (head, *rows):
                click.echo("\t".join(_cell(value) for value in row))
            return
        from rich import box
        from rich.table import Table

        grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
        for name in head:
            grid.add_column(name, overflow="fold")
        for row in rows:
            grid.add_row(*(_cell(value) for value in row))
        self.console().print(grid)


def _cell(value: Any) -> str:
    """Return a value on one line; NULL is empty; control characters of an exhibit cannot steer the terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "".join(" " if c in "\t\r\n" else c if c.isprintable() else "�" for c in str(value))


def terminal(ctx: click.Context) -> Terminal:
    """Return the terminal of the run that a command belongs to."""
    found = ctx.find_object(Terminal)
    return found if found is not None else Terminal()
