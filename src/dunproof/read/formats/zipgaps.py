"""What stands in a zip and belongs to no member: a way to carry something along that no list of members shows.

Build tools leave gaps of zeros, and headers without a name before them; those hold nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from dunproof.read.formats import dexlayout, sigblock
from dunproof.read.formats.zip import Archive, Buffer, Entry

_LOCAL: Final = b"PK\x03\x04"
_HEADER: Final = 30
_NAMES_AT: Final = 26
_DESCRIPTOR: Final = b"PK\x07\x08"
_LEAST: Final = 256
"""Bytes other than 0 from which on a gap holds something (ours): time stamps and alignment take less."""
_PIECE: Final = 1 << 20
_GAPS_CAP: Final = 16
_NAME_CAP: Final = 4096
_TRIES_CAP: Final = 10_000


def unlisted(archive: Archive) -> list[tuple[int, str, int]]:
    """Return (bytes, what is in it, offset) of the gaps that hold something, at most 16.

    What is in it: ``dex``, ``names`` (members that the directory does not list), or '' for anything else.
    """
    if archive.partial:
        return []
    block = sigblock.find(archive)
    stop = block[0] if block is not None else archive.directory
    found: list[tuple[int, str, int]] = []
    reached = 0
    for start, end in (*sorted(_spans(archive)), (stop, stop)):
        low, high = reached, min(start, stop)
        if high - low > _HEADER and len(found) < _GAPS_CAP:
            kind = _kind(archive.data, low, high)
            if kind or _holds(archive.data, low, high):
                found.append((high - low, kind, low))
        reached = max(reached, end)
    return found


def _spans(archive: Archive) -> Iterator[tuple[int, int]]:
    """Yield the parts of the file that belong to members: header with name, data with descriptor."""
    for entry in archive.entries:
        at = entry.header
        if archive.data[at : at + 4] != _LOCAL or at + _HEADER > len(archive.data):
            continue
        name, extra = struct.unpack_from("<2H", archive.data, at + _NAMES_AT)
        yield at, at + _HEADER + name
        start = at + _HEADER + name + extra
        yield start, _end(archive, entry, start)


def _end(archive: Archive, entry: Entry, start: int) -> int:
    end = start + (entry.compressed_bytes if entry.method == 8 else entry.size_bytes)
    if archive.data[end : end + 4] == _DESCRIPTOR:
        return end + 24
    return end + 12 if entry.flags & 8 else end


def _holds(data: Buffer, low: int, high: int) -> bool:
    """Return whether enough bytes of a gap are other than 0."""
    count = 0
    for at in range(low, high, _PIECE):
        piece = data[at : min(at + _PIECE, high)]
        count += len(piece) - piece.count(0)
        if count >= _LEAST:
            return True
    return False


def _kind(data: Buffer, low: int, high: int) -> str:
    if data.find(dexlayout.MAGIC + b"0", low, high) >= 0:
        return "dex"
    at = data.find(_LOCAL, low, high)
    for _ in range(_TRIES_CAP):
        if at < 0 or at + _HEADER > high:
            break
        if 0 < struct.unpack_from("<H", data, at + _NAMES_AT)[0] <= _NAME_CAP:
            return "names"
        at = data.find(_LOCAL, at + 4, high)
    return ""
