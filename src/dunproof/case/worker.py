"""The reading process: takes one job a line, reads that exhibit, writes its facts to a private file, answers one line.

It runs ``main`` and ends at the end of its input. Whatever an exhibit does to it, the caller loses this process and
one exhibit. Facts leave as JSON lines, never as pickles. Job and answer are the structs of ``jobs``.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from dunproof.case.jobs import Answer, FoundMember, Head, Quoted, QuoteJob, ReadJob, parse_job
from dunproof.case.readers import load
from dunproof.errors import DunproofError, ExhibitError
from dunproof.facts.kinds import Fact
from dunproof.read.source import Member

_WATCH_S: Final = 1.0
"""How often the reading process looks whether its caller is still there."""
SEARCHES: Final = (20_000, 50, 100)
"""After how many new objects, searches and greater searches one for cycles begins (``gc.set_threshold``). Readers make
many objects and hardly a cycle: at Python's 700 the searches took a tenth of the CPU of reading an app."""


class _Bound(Exception):  # noqa: N818 - a signal inside this file
    """The exhibit gives more than it may."""


def main() -> None:
    """Answer jobs until the input ends."""
    os.umask(0o077)
    gc.set_threshold(*SEARCHES)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's; it ends this process
    if os.name == "posix":
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # a reader that prints must not answer for us
    encoder = msgspec.json.Encoder()
    for line in sys.stdin.buffer:
        job = parse_job(line)
        _limit_memory(job.memory_mib)
        faulthandler.dump_traceback_later(job.seconds + 5, exit=True)
        answer = _read(job) if isinstance(job, ReadJob) else _quote(job)
        faulthandler.cancel_dump_traceback_later()
        answers.write(encoder.encode(answer) + b"\n")
        if answer.end == "memory":
            break
    os._exit(0)  # all is said and written: taking down object by object what was read costs CPU for nothing


def _end_with(caller: int) -> None:
    """End this process when its caller is gone without a word (killed), also in the middle of an exhibit."""
    while os.getppid() == caller:
        time.sleep(_WATCH_S)
    os._exit(1)


def _limit_memory(mib: int) -> None:
    """Bound the address space, where the system knows such a bound (not Windows; macOS ignores it)."""
    if sys.platform == "win32":
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    want = mib * 1024 * 1024
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (want if hard == resource.RLIM_INFINITY else min(want, hard), hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _where(error: BaseException) -> str:
    """Return ``Error: message (module.py:12)`` without any path of the machine."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {str(error)[:300]}{at}"


def _read(job: ReadJob) -> Answer:
    """Read one exhibit; every way to fail has its own ``end``."""
    try:
        module = load(job.module)
    except ImportError as error:
        return Answer(end="import", detail=_where(error))
    with (Path(job.folder) / "facts.jsonl").open("wb") as out:
        head = Head(reader=job.module, version=module.VERSION, looks_for=tuple(module.LOOKS_FOR))
        out.write(msgspec.json.encode(head) + b"\n")
        out.flush()
        try:
            _write(module.read(job.source), out, job)
        except ExhibitError as error:
            return Answer(end="exhibit-error", code=error.code, detail=error.message, loc=error.loc, hint=error.hint)
        except MemoryError:
            return Answer(end="memory")
        except _Bound as bound:
            return Answer(end="bound", detail=str(bound))
        except Exception as error:  # noqa: BLE001 - a reader's bug costs one exhibit; its place is reported
            return Answer(end="error", detail=_where(error))
    return Answer(end="done")


def _write(things: Iterator[Fact | Member], out: BinaryIO, job: ReadJob) -> None:
    """Write facts as lines and members as numbered files with a line each."""
    encoder = msgspec.json.Encoder()
    facts = members = size = 0
    for thing in things:
        if isinstance(thing, Member):
            members += 1
            size += len(thing.data)
            if members > job.max_members or size > job.max_member_bytes:
                raise _Bound(f"more than {job.max_members} members or {job.max_member_bytes} bytes inside")
            file = f"m{members}"
            (Path(job.folder) / file).write_bytes(thing.data)
            out.write(encoder.encode(FoundMember(name=thing.name, file=file)) + b"\n")
        else:
            facts += 1
            if facts > job.max_facts:
                raise _Bound(f"more than {job.max_facts} facts")
            out.write(encoder.encode(thing) + b"\n")


def _quote(job: QuoteJob) -> Answer:
    """Quote places of one exhibit; a place that cannot be quoted is an empty quote with its reason."""
    from dunproof.read.quote import Quoter

    with (Path(job.folder) / "quotes.jsonl").open("wb") as out:
        try:
            with Quoter(job.source, job.zone) as quoter:
                quoter.prepare(job.locators)
                for locator in job.locators:
                    try:
                        q = quoter.quote(locator)
                        quoted = Quoted(text=q.text, before=q.before, after=q.after)
                    except DunproofError as error:
                        quoted = Quoted(error=error.message)
                    out.write(msgspec.json.encode(quoted) + b"\n")
        except MemoryError:
            return Answer(end="memory")
        except Exception as error:  # noqa: BLE001 - as for a reader
            return Answer(end="error", detail=_where(error))
    return Answer(end="done")
