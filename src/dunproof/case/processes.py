"""Reading processes: started when there is something to read, used for many exhibits, replaced when one kills them.

Each is a fresh interpreter that speaks JSON lines, so that it works the same on Linux, macOS and Windows, needs no
``if __name__ == "__main__"`` in the caller's script, and inherits no threads. One normal run starts one.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from dunproof.case.jobs import Answer, Job, job_line

_START = "import sys; sys.path.append(sys.argv[1]); from dunproof.case.worker import main; main()"
_ERROR = re.compile(r"[A-Z]\w*(?:Error|Exception|Exit)\b")
_KEEP = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG")


def environment() -> dict[str, str]:
    """Return a small, fixed environment: hash order is fixed, number libraries start no threads."""
    env = {k: os.environ[k] for k in _KEEP if k in os.environ}
    return env | {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class _Process:
    """One interpreter and the thread that waits for its answers."""

    def __init__(self) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        root = str(Path(__file__).resolve().parent.parent.parent)
        self._popen = subprocess.Popen(  # noqa: S603 - our own interpreter with our own code
            [sys.executable, "-P", "-X", "faulthandler", "-c", _START, root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment(),
        )
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._popen.stdout is not None  # noqa: S101 - a pipe was asked for
        with self._popen.stdout as lines:
            for line in lines:
                self._answers.put(line)
        self._answers.put(b"")

    def do(self, job: Job) -> Answer:
        """Return the answer to a job; after ``crash``, ``timeout`` or ``memory`` the process is gone."""
        stdin = self._popen.stdin
        assert stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            stdin.write(job_line(job))
            stdin.flush()
            line = self._answers.get(timeout=job.seconds)
        except queue.Empty:
            self.kill()
            return Answer(end="timeout", detail=f"no end after {job.seconds:.0f} s")
        except OSError:
            line = b""
        if not line:
            self._popen.wait()
            return Answer(end="crash", detail=_how_it_ended(self._popen.returncode, self._last_words()))
        return msgspec.json.decode(line, type=Answer)

    def _last_words(self) -> str:
        """Return the last line that names an error, if the process left one."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - 4096))
        lines = self._errors.read().decode("utf-8", "replace").splitlines()
        return next((line[:200] for line in reversed(lines) if _ERROR.match(line)), "")

    def kill(self) -> None:
        """End the process at once and release what it held."""
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.wait()
        self._thread.join(timeout=5)
        self.release()

    def close(self) -> None:
        """Let the process end by itself: its input ends."""
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()
        try:
            self._popen.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._thread.join(timeout=5)
        self.release()

    def release(self) -> None:
        """Close the pipes and the file of its messages."""
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()
        self._errors.close()


def _how_it_ended(code: int, words: str) -> str:
    if code < 0:
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"
    return f"ended with code {code}" + (f" ({words})" if words else "")


class Processes:
    """A few reading processes, as a context. Jobs come back in the order in which they were given."""

    def __init__(self, most: int = 2, large_bytes: int = 4 * 1024 * 1024) -> None:
        self._most = max(1, most)
        self._large = large_bytes
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._lock = threading.Lock()
        self._closed = False
        self.started = 0
        """Processes started so far (one in a normal run)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            gone, self._all = list(self._all), set()
            idle, self._idle = set(self._idle), []
        for process in gone:
            if kind is None and process in idle:
                process.close()
            else:
                process.kill()

    def run(self, jobs: Sequence[tuple[Job, int]], done: Callable[[int], None] | None = None) -> list[Answer]:
        """Return an answer for each (job, size in bytes), in order. ``done(n)`` hears how many are finished."""
        answers: list[Answer | None] = [None] * len(jobs)
        work = sum(size for _, size in jobs)
        lanes = min(self._most, len(jobs), 2 if work > self._large else 1) if jobs else 0
        todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        for n in range(len(jobs)):
            todo.put(n)
        finished: queue.SimpleQueue[int | BaseException] = queue.SimpleQueue()

        def lane() -> None:
            try:
                while True:
                    n = todo.get_nowait()
                    answers[n] = self._one(jobs[n][0])
                    finished.put(n)
            except queue.Empty:
                return
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread and raised there
                finished.put(error)

        for _ in range(lanes):
            threading.Thread(target=lane, daemon=True).start()
        for count in range(1, len(jobs) + 1):
            got = finished.get()
            if isinstance(got, BaseException):
                raise got
            if done is not None:
                done(count)
        return [a for a in answers if a is not None]

    def _one(self, job: Job) -> Answer:
        with self._lock:
            if self._closed:
                return Answer(end="crash", detail="the run was ended")
            process = self._idle.pop() if self._idle else None
            if process is None:
                process = _Process()
                self.started += 1
                self._all.add(process)
        answer = process.do(job)
        with self._lock:
            if answer.end in {"crash", "timeout", "memory"}:
                self._all.discard(process)
                lost = True
            else:
                self._idle.append(process)
                lost = False
        if lost:
            process.kill()
        return answer
