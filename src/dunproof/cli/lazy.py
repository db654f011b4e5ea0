"""A click group that knows the names and one-line helps of its commands and imports a command when it is called.

``dunproof --help`` and shell completion stay under a tenth of a second that way (docs/adr/0004).
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module  # noqa: TID251 - the table of commands is all that it may name
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """Where a command stands and what the list says of it."""

    target: str
    """``module:attribute``."""
    help: str


class LazyGroup(click.Group):
    """A group whose commands are imported one by one."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table: the order of the work, not of the alphabet."""
        del ctx
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None for a name that is none."""
        del ctx
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.target} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.entries.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a mistyped name is answered with the nearest right one, as click does for eager groups."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], self.entries, n=1) if args else []
            if near:
                raise click.UsageError(f"No such command {args[0]!r}. Did you mean '{near[0]}'?", ctx) from error
            raise
