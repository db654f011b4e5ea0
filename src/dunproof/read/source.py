"""What a reader gets and what it may give back.

A reader is a module with

- ``FORMATS``: names of the formats that it reads (read/sniff.py names them),
- ``LOOKS_FOR``: kinds of fact that it looks for (each gets a ``coverage`` row from the runner),
- ``VERSION``: a number that grows whenever its facts may change (part of the cache key),
- ``read(source) -> Iterator[Fact | Member]``: bytes in, facts out; alone, in any process, without network, clock,
  environment or globals. It never asks what is allowed.

A broken exhibit: keep what was read, yield a ``Problem`` and ``Coverage(status="partly")`` for the kinds that suffered,
or raise ExhibitError where nothing more can be read. A reader that yields its own ``Coverage`` row for a kind overrides
the runner's. Coverage rows of a reader have ``subject = source.exhibit``; link spreads them to persons and apps.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from dunproof.facts.kinds import Fact


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One exhibit, ready to be read."""

    exhibit: str
    """First 16 hex digits of the SHA-256 of its bytes."""
    name: str
    format: str
    encoding: str
    """Text encoding that sniff found; '' for binary formats."""
    path: Path
    size_bytes: int
    sdk_rows: str = ""
    """The case's own list of SDKs, its text; '' = none. It is all that a reader of apps may use beside the bytes."""

    def read_bytes(self) -> bytes:
        """Return the whole exhibit. For formats that can be large use open()."""
        return self.path.read_bytes()

    def open(self) -> BinaryIO:
        """Return the exhibit opened for reading."""
        return self.path.open("rb")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A file found inside an exhibit that goes back to the intake queue as an exhibit of its own."""

    name: str
    """Path inside the parent, as it stands there."""
    data: bytes


class Reader(Protocol):
    """The shape of a reader module."""

    FORMATS: frozenset[str]
    LOOKS_FOR: tuple[str, ...]
    VERSION: int

    def read(self, source: Source) -> Iterator[Fact | Member]:
        """Yield the facts of one exhibit."""
        ...
