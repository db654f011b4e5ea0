"""The command ``dunproof``: finds the command, runs it, turns every end into words on stderr and an exit code."""

from __future__ import annotations

import errno
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import click

from dunproof import __version__
from dunproof.cli.exits import Exit
from dunproof.cli.lazy import Entry, LazyGroup
from dunproof.cli.terminal import Terminal
from dunproof.errors import DunproofError

_HERE = "dunproof.cli"
COMMANDS: dict[str, Entry] = {
    "investigate": Entry(f"{_HERE}.investigate:investigate", "Read, link, judge and report a case or files."),
    "read": Entry(f"{_HERE}.read:read", "Show the facts that stand in files."),
    "diff": Entry(f"{_HERE}.diff:diff", "Show what changed between two versions of an app."),
    "judge": Entry(f"{_HERE}.judge:judge", "Judge a case again from what was read before."),
    "report": Entry(f"{_HERE}.report:report", "Write the report of a judged case again."),
    "facts": Entry(f"{_HERE}.facts:facts", "Ask the facts of a case in SQL."),
    "rules": Entry(f"{_HERE}.rules:rules", "List, show, check and begin rules."),
    "law": Entry(f"{_HERE}.law:law", "Show and search clauses; what was in force on a day."),
    "problems": Entry(f"{_HERE}.problems:problems", "Explain what could not be read, by its code."),
    "demo": Entry(f"{_HERE}.demo:demo", "Investigate an invented case."),
    "doctor": Entry(f"{_HERE}.doctor:doctor", "Say what is missing here and what installs it."),
    "completion": Entry(f"{_HERE}.completion:completion", "Print the completion script for a shell."),
}
"""Every command: where it stands and its line in --help."""

_COMPLETE = "_DUNPROOF_COMPLETE"
_SEARCH: Final = 20_000
"""After how many new objects a search for cycles begins: a run makes many and hardly a cycle (Python's own: 700)."""
_OUTSIDE = {
    errno.EACCES: "no permission",
    errno.EPERM: "not permitted",
    errno.ENOSPC: "the disk is full",
    errno.EROFS: "the file system is read-only",
    errno.EDQUOT: "the quota is used up",
    errno.ENOENT: "no such file or folder",
    errno.ENOTDIR: "not a folder",
    errno.EISDIR: "a folder, not a file",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EMFILE: "too many open files",
    errno.EBUSY: "in use, or a disk is mounted there; name a folder inside it",
    errno.EXDEV: "on another disk",
}
"""Refusals of the operating system that a user can mend, in words."""
_NO_ROOM = "make room, or work on another disk, then run the command again"
_NEXT = {errno.ENOSPC: _NO_ROOM, errno.EDQUOT: _NO_ROOM}
"""What to do about those that are no matter of a path or a permission."""


@click.group(
    cls=LazyGroup,
    entries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: dunproof demo. Nothing leaves this machine.",
)
@click.version_option(__version__, prog_name="dunproof", message="%(prog)s %(version)s")
@click.option("-v", "--verbose", count=True, help="Say what is being done (-vv: everything).")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no notes on stderr.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
@click.pass_context
def group(ctx: click.Context, verbose: int, quiet: bool) -> None:
    """Make findings that stand up from the traces of an online-lending app.

    The app, the agreements behind its tick-box, the phones of the people who are harassed: each finding quotes its
    evidence at an exact place, the clause of law it touches, and what it does not show.
    """
    level = logging.ERROR if quiet else {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    logging.basicConfig(level=level, format="dunproof: %(message)s", stream=sys.stderr, force=True)
    ctx.obj = Terminal(quiet=quiet)


def run(args: Sequence[str]) -> int:
    """Run one command line; returns the exit code. Never raises but for a second Ctrl-C."""
    instruction = os.environ.get(_COMPLETE)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(group, {}, "dunproof", _COMPLETE, instruction)
    try:
        code = _invoke(args)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx is not None else error.format_message(), err=True)
        return Exit.WRONG_CALL
    except click.ClickException as error:
        _say(" ".join(error.format_message().split()), _usage_hint(error))
        return Exit.WRONG_CALL
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; nothing half-written is left", "")
        return Exit.INTERRUPTED
    except _Stopped:
        _say("ended by the system; nothing half-written is left", "")
        return Exit.TERMINATED
    except BrokenPipeError:
        # The reader went away (`| head`): what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PIPE_CLOSED
    except DunproofError as error:
        _trace(args)
        _say(error.message, error.hint)
        return error.exit_code
    except OSError as error:
        if error.errno not in _OUTSIDE:
            return _bug(error, args)
        _trace(args)
        where = f"{error.filename}: " if error.filename else ""
        hint = _NEXT.get(error.errno, "check the path and its permissions, then run the command again")
        _say(f"{where}{_OUTSIDE[error.errno]}", hint)
        return Exit.WRONG_CALL
    except Exception as error:  # noqa: BLE001 - the one place where a bug of ours becomes an exit code
        return _bug(error, args)
    return code


def _invoke(args: Sequence[str]) -> int:
    """Run the command; returns the exit code that it chose."""
    _came.clear()
    try:
        with group.make_context("dunproof", list(args)) as ctx:
            group.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    except Exception as error:
        if _came:
            raise _end_of(_came[-1]) from error
        raise
    return Exit.DONE


class _Stopped(BaseException):
    """SIGTERM or SIGHUP came: end as after Ctrl-C, so that nothing private stays in a temporary folder."""


_came: list[int] = []
"""Signals of this run. DuckDB ends a query on one with an error of its own, and what the handler raised is lost."""


def _end_of(number: int) -> BaseException:
    """Return what ends a run after this signal."""
    return KeyboardInterrupt() if number == signal.SIGINT else _Stopped()


def _stop(number: int, frame: object) -> None:
    del frame
    _came.append(number)
    raise _end_of(number)


def main() -> None:
    """Run the command line of this process, and end it."""
    gc.set_threshold(_SEARCH)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(number, _stop)
    for stream in (sys.stdout, sys.stderr):
        # A C locale or a Windows code page must not turn a Chinese quote into a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):  # None where it was closed from the start
            stream.flush()
    os._exit(code)  # all is said and written: taking down object by object what was read costs CPU for nothing


def _say(message: str, hint: str) -> None:
    """Print an error: one line of what happened, one line of what to do."""
    click.echo(f"dunproof: {message}", err=True)
    if hint:
        click.echo(f"  → {hint}", err=True)


def _usage_hint(error: click.ClickException) -> str:
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    return f"{ctx.command_path} --help" if ctx is not None else "dunproof --help"


def _wants_traceback(args: Sequence[str]) -> bool:
    """Tell whether a traceback was asked for, before or after the name of the command."""
    return any(arg in ("--debug", "-v", "-vv", "--verbose") for arg in args)


def _trace(args: Sequence[str]) -> None:
    if _wants_traceback(args):
        import traceback

        traceback.print_exc()


def _bug(error: BaseException, args: Sequence[str]) -> int:
    """Print a bug of ours in one line and where to report it; the traceback only if asked."""
    if _wants_traceback(args):
        import traceback

        traceback.print_exception(error)
    words = " ".join(str(error).split())[:200]
    _say(
        f"a bug in dunproof {__version__}: {type(error).__name__}: {words}",
        "please report it (CONTRIBUTING.md says how) with the output of the same command under 'dunproof --debug'; "
        "take names and numbers out of it first",
    )
    return Exit.BUG
