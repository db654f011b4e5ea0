"""Where a run keeps what it works on: job folders, bytes of files found inside others, and the cache of facts.

A case folder keeps it in ``.dunproof/`` (mode 0700, safe to delete at any time); a run without one uses a temporary
folder that is gone at the end. A cache entry counts only if its content still has the hash that was written beside it;
anything else is read again. The key holds the content, the reader and the very code and data that read it.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

import dunproof
from dunproof import wire
from dunproof.case.intake import WORK_FOLDER, digest
from dunproof.case.jobs import Answer, FoundMember, Head
from dunproof.facts.kinds import Fact
from dunproof.facts.schema import fact_type

_CODE: Final = ("read", "language", "facts")
_LINE: Final = b'{"line":'


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside a cached facts file."""

    key: str
    answer: Answer
    sha256: str
    members: list[str]
    """SHA-256 of each file found inside, in order."""


class Gained(msgspec.Struct, frozen=True, kw_only=True):
    """What reading one exhibit gave: facts, and files found inside as (name, path)."""

    answer: Answer
    looks_for: tuple[str, ...] | None
    facts: list[Fact]
    members: list[tuple[str, Path]]


class Workplace:
    """A private folder, as a context."""

    def __init__(self, folder: Path | None, *, keep: bool) -> None:
        self._keep = keep and folder is not None
        if folder is not None and self._keep:
            self.root = folder / WORK_FOLDER
            self.root.mkdir(mode=0o700, exist_ok=True)
            with suppress(OSError):
                self.root.chmod(0o700)
        else:
            self.root = Path(tempfile.mkdtemp(prefix="dunproof-"))
        self._facts = self.root / "facts"
        self._blobs = self.root / "files"
        for part in (self._facts, self._blobs):
            part.mkdir(mode=0o700, exist_ok=True)
        self._jobs = Path(tempfile.mkdtemp(prefix="jobs-", dir=self.root))
        self._n = 0
        self._used: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._keep:
            shutil.rmtree(self.root, ignore_errors=True)
            return
        shutil.rmtree(self._jobs, ignore_errors=True)
        if kind is None:
            self._prune()

    def _prune(self) -> None:
        """Remove what this run did not use: entries of files that are gone and of older readers."""
        for folder in (self._facts, self._blobs):
            for path in folder.iterdir():
                if path.name.partition(".")[0] not in self._used:
                    path.unlink(missing_ok=True)

    def job_folder(self) -> Path:
        """Return a fresh private folder for one job."""
        self._n += 1
        folder = self._jobs / str(self._n)
        folder.mkdir(mode=0o700)
        return folder

    def key(self, *parts: str) -> str:
        """Return the key of an entry: what was read, how it was called, and what read it; '' where none is kept."""
        if not self._keep:
            return ""
        return hashlib.sha256("\x00".join((code_stamp(), *parts)).encode()).hexdigest()[:40]

    def cached(self, key: str) -> Gained | None:
        """Return what an earlier run gained under this key; None if there is nothing or it is damaged."""
        if not self._keep:
            return None
        try:
            entry = msgspec.json.decode((self._facts / f"{key}.json").read_bytes(), type=_Entry)
            path = self._facts / f"{key}.jsonl"
            if entry.key != key or digest(path)[0] != entry.sha256:
                return None
            blobs = [self._blobs / sha for sha in entry.members]
            if any(not b.is_file() or digest(b)[0] != b.name for b in blobs):
                return None
            gained = _gained(path, entry.answer, blobs)
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
            return None
        self._used.update((key, *entry.members))
        return gained

    def gain(self, key: str, job: Path, answer: Answer) -> Gained:
        """Take in what a job left in its folder, remember it under the key if it can be relied on, and return it.

        After a crash, a timeout or a lack of memory nothing of the facts is kept: they would end at a chance place.
        """
        facts = job / "facts.jsonl"
        if answer.end in {"crash", "timeout", "memory", "import", "bound"}:
            return Gained(answer=answer, looks_for=_looks_for(facts), facts=[], members=[])
        blobs: list[Path] = []
        for file in _member_files(facts):
            sha, _ = digest(job / file)
            blob = self._blobs / sha
            (job / file).replace(blob)
            blobs.append(blob)
        gained = _gained(facts, answer, blobs)
        if self._keep and answer.end in {"done", "exhibit-error"}:
            sha, _ = digest(facts)
            path = self._facts / f"{key}.jsonl"
            facts.replace(path)
            entry = _Entry(key=key, answer=answer, sha256=sha, members=[b.name for b in blobs])
            wire.write_whole(self._facts / f"{key}.json", wire.line(entry))
            self._used.update((key, *entry.members))
        return gained


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as lines:
        yield from lines


def _looks_for(path: Path) -> tuple[str, ...] | None:
    """Return what the reader said that it looks for; None if it did not come to say it."""
    with suppress(OSError, msgspec.MsgspecError, StopIteration):
        return msgspec.json.decode(next(_lines(path)), type=Head).looks_for
    return None


def _member_files(path: Path) -> Iterator[str]:
    decoder = msgspec.json.Decoder(FoundMember)
    for line in _lines(path):
        if line.startswith(b'{"line":"member"'):
            yield decoder.decode(line).file


def _gained(path: Path, answer: Answer, blobs: list[Path]) -> Gained:
    """Decode a facts file; a line that is no fact raises msgspec.MsgspecError."""
    facts: list[Fact] = []
    members: list[tuple[str, Path]] = []
    looks_for: tuple[str, ...] | None = None
    decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(fact_type())
    notes = msgspec.json.Decoder(Head | FoundMember)
    for line in _lines(path):
        if not line.startswith(_LINE):
            facts.append(decoder.decode(line))
            continue
        note = notes.decode(line)
        if isinstance(note, Head):
            looks_for = note.looks_for
        else:
            members.append((note.name, blobs[len(members)]))
    return Gained(answer=answer, looks_for=looks_for, facts=facts, members=members)


@cache
def code_stamp() -> str:
    """Return a hash over the code and data that make facts: a changed reader never meets the facts of an old one."""
    root = Path(dunproof.__file__).resolve().parent
    sha = hashlib.sha256(dunproof.__version__.encode())
    for part in _CODE:
        for path in sorted((root / part).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                sha.update(path.relative_to(root).as_posix().encode() + b"\x00" + path.read_bytes() + b"\x00")
    return sha.hexdigest()
