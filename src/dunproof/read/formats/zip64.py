"""Sizes and offsets of 64 bits in a zip (APPNOTE 6.3.10, sections 4.3.14, 4.3.15, 4.5.3)."""

from __future__ import annotations

import mmap
import struct
from typing import Final

FULL: Final = 0xFFFFFFFF
"""What a field of 32 bits says where the value stands elsewhere."""
_COUNT_FULL: Final = 0xFFFF
_END: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_EXTRA_ID: Final = 1


def end(data: bytes | mmap.mmap, at: int, said: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Return (entries, bytes of the directory, its offset, where it ends at the latest) for an end record at an offset.

    ``said`` are the first three as the end record itself has them.
    """
    where = at - _LOCATOR.size
    if (said[0] == _COUNT_FULL or FULL in said[1:]) and where >= 0 and data[where : where + 4] == b"PK\x06\x07":
        place = _LOCATOR.unpack_from(data, where)[2]
        if place + _END.size <= where and data[place : place + 4] == b"PK\x06\x06":
            *_, total, size, offset = _END.unpack_from(data, place)
            return total, size, offset, place
    return *said, at


def entry(extra: bytes, size: int, packed: int, header: int) -> tuple[int, int, int]:
    """Return size, packed size and offset of the header of a member, those of 64 bits from its extra field."""
    at = 0
    while at + 4 <= len(extra):
        id_, length = struct.unpack_from("<2H", extra, at)
        if id_ == _EXTRA_ID:
            here = extra[at + 4 : at + 4 + length]
            values = iter(struct.unpack_from(f"<{len(here) // 8}Q", here))
            found = [next(values, FULL) if said == FULL else said for said in (size, packed, header)]
            return found[0], found[1], found[2]
        at += 4 + length
    return size, packed, header
