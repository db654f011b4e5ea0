"""``dunproof completion``: scripts that let a shell complete commands and options."""

from __future__ import annotations

import click

from dunproof.cli.terminal import terminal

_WHERE = {
    "bash": "dunproof completion bash > ~/.local/share/bash-completion/completions/dunproof",
    "zsh": "dunproof completion zsh > ~/.zfunc/_dunproof   (with ~/.zfunc in fpath, before compinit)",
    "fish": "dunproof completion fish > ~/.config/fish/completions/dunproof.fish",
}


@click.command(epilog="\n".join(["\b", *_WHERE.values()]))
@click.argument("shell", type=click.Choice(list(_WHERE)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell; it goes into a file of that shell."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:  # click would have to drop a shell that the choice above still names
        raise click.BadParameter(f"click completes no {shell}")
    root = ctx.find_root()
    terminal(ctx).result(kind(root.command, {}, "dunproof", "_DUNPROOF_COMPLETE").source())
