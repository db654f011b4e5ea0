"""What goes to the reading process and what comes back: one JSON line each."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dunproof.read.source import Source


class ReadJob(msgspec.Struct, frozen=True, kw_only=True, tag="read"):
    """Read one exhibit with one reader; facts and members go into ``folder``."""

    module: str
    source: Source
    folder: str
    seconds: float
    memory_mib: int
    max_facts: int
    max_members: int
    max_member_bytes: int


class QuoteJob(msgspec.Struct, frozen=True, kw_only=True, tag="quote"):
    """Re-read the words at places of one exhibit; quotes go into ``folder``, a line each."""

    source: Source
    folder: str
    locators: list[str]
    zone: str
    seconds: float
    memory_mib: int


Job = ReadJob | QuoteJob


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """How a job ended. ``crash`` and ``timeout`` are said by the caller, the rest by the process itself."""

    end: Literal["done", "exhibit-error", "error", "import", "memory", "bound", "crash", "timeout"]
    code: str = ""
    detail: str = ""
    loc: str = ""
    hint: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True, tag_field="line", tag="head"):
    """First line of a facts file: who read it and what for."""

    reader: str
    version: int
    looks_for: tuple[str, ...]


class FoundMember(msgspec.Struct, frozen=True, kw_only=True, tag_field="line", tag="member"):
    """A file found inside, in the order of the facts; ``file`` is its name in the job's folder."""

    name: str
    file: str


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """A quote, or why there is none."""

    text: str = ""
    before: str = ""
    after: str = ""
    error: str = ""


def job_line(job: Job) -> bytes:
    """Return a job as one line."""
    return msgspec.json.encode(job, enc_hook=str) + b"\n"


def _path(shape: type, value: Any) -> Any:
    return shape(value)  # the only shape that is not JSON is Path


def parse_job(line: bytes) -> Job:
    """Return the job of a line."""
    job: Job = msgspec.json.decode(line, type=Job, dec_hook=_path)
    return job
