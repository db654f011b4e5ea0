"""Exit codes: what a script can rely on. docs/exit-codes.md is generated from here."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a run of dunproof ended."""

    DONE = 0
    FOUND = 1
    WRONG_CALL = 2
    NOTHING_SEEN = 3
    NOT_IN_FULL = 4
    BUG = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


MEANING: dict[Exit, str] = {
    Exit.DONE: "done",
    Exit.FOUND: "done, and what `--fail-on` names was found",
    Exit.WRONG_CALL: "wrong arguments, folder, file permissions, rule pack or law register; nothing was judged",
    Exit.NOTHING_SEEN: "nothing could be seen: no exhibit was readable",
    Exit.NOT_IN_FULL: "with `--strict`: done, but something could not be read in full",
    Exit.BUG: "a bug in dunproof",
    Exit.INTERRUPTED: "interrupted (Ctrl-C); no half-written file is left",
    Exit.PIPE_CLOSED: "the program that read the output stopped reading",
    Exit.TERMINATED: "ended by the system (SIGTERM, SIGHUP); no half-written file is left",
}
"""One line a code."""
