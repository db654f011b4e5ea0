"""JSON and text as they are written to files and pipes: same value, same bytes; a file is whole or it is not there."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec


def line(value: Any) -> bytes:
    """Return a value as one line of JSON with its line feed, keys in the order of the struct or mapping."""
    return msgspec.json.encode(value) + b"\n"


def document(value: Any) -> bytes:
    """Return a value as indented JSON with a final line feed, for files that people read and compare."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def write_whole(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that a reader sees the old bytes or all of the new ones, also after a crash or Ctrl-C.

    ``mode`` is the file's permission on systems that have one; private unless said otherwise, since results of a
    case hold names and numbers of people. OSError passes through.
    """
    fd, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(fd, "wb") as out:
            out.write(data)
        Path(part).chmod(mode)
        Path(part).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(part).unlink()
        raise
