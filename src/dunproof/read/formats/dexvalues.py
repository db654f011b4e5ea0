"""Values that stand in a dex outside its instructions: static fields, call sites, method handles.

Static values are read where no instruction writes them: compilers put constants there. Call sites and handles name the
method that a lambda or a method reference runs. Format: "Dalvik executable format" of the Android platform,
encoded_value, call_site_item, method_handle_item, map_list. What runs past the file or is nested is left out.
"""

from __future__ import annotations

import contextlib
import struct
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.read.formats import dalvik

if TYPE_CHECKING:
    from dunproof.read.formats.dex import Dex

STRING: Final = 0x17
_HANDLE: Final = 0x16
_ARRAY, _ANNOTATION, _NULL, _BOOLEAN = 0x1C, 0x1D, 0x1E, 0x1F
_CALL_SITES: Final = 0x0007
_HANDLES: Final = 0x0008
_VALUES_CAP: Final = 4096
"""Values of one array that are read: a class has no more static constants, a call site has few."""
_SITE_CAP: Final = 16
"""Handles of one call site: a lambda has one, a record one for each of its parts (ours)."""
_MAP_CAP: Final = 64
_CALLS: Final = range(4, 9)
"""Kinds of handle that name a method, not a field."""


class Static(msgspec.Struct, frozen=True):
    """A text that stands in a static field from the beginning: class row, field index, string index, offset of it."""

    row: int
    field: int
    string: int
    offset: int


def values(data: bytes, at: int) -> list[tuple[int, int, int]]:
    """Return (kind, value, offset) of an encoded_array, up to the first value that holds others or leaves the file."""
    found: list[tuple[int, int, int]] = []
    with contextlib.suppress(IndexError):
        count, at = dalvik.uleb128(data, at)
        for _ in range(min(count, _VALUES_CAP)):
            head = data[at]
            kind, size = head & 0x1F, (head >> 5) + 1
            if kind in {_ARRAY, _ANNOTATION}:
                break
            if kind in {_NULL, _BOOLEAN}:  # the value stands in the head
                value, size = head >> 5, 0
            elif at + size < len(data):
                value = int.from_bytes(data[at + 1 : at + 1 + size], "little")
            else:
                break
            found.append((kind, value, at))
            at += 1 + size
    return found


def statics(dex: Dex) -> list[Static]:
    """Return the texts that are first values of static fields, in file order."""
    import numpy as np

    rows: list[Static] = []
    # Arrays and lists of fields of a made-up file overlap; a field belongs to one class.
    budget = fields_left = len(dex.field_ids) + len(dex.class_defs)
    for row in np.flatnonzero(dex.class_defs["static_values"]).tolist():
        found = values(dex.data, int(dex.class_defs["static_values"][row]))
        budget -= len(found)
        if budget < 0 or fields_left < 0:
            break
        texts = [(n, value, at) for n, (kind, value, at) in enumerate(found) if kind == STRING]
        if texts:
            fields = _static_fields(dex, int(dex.class_defs["data"][row]), texts[-1][0] + 1)
            fields_left -= len(fields)
            rows += [Static(row, fields[n], value, at) for n, value, at in texts if n < len(fields)]
    return rows


def _static_fields(dex: Dex, at: int, most: int) -> list[int]:
    """Return the indexes of the first static fields of a class, in the order of its class_data_item."""
    if not at:
        return []
    found: list[int] = []
    try:
        count, at = dalvik.uleb128(dex.data, at)
        for _ in range(3):
            _, at = dalvik.uleb128(dex.data, at)
        field = 0
        for _ in range(min(count, most, len(dex.field_ids))):
            step, at = dalvik.uleb128(dex.data, at)
            _, at = dalvik.uleb128(dex.data, at)
            field += step
            found.append(field)
    except IndexError:
        pass
    return found


def _map(dex: Dex) -> dict[int, tuple[int, int]]:
    """Return type to (count, offset) of the rows of the map; empty where it cannot be read."""
    at = dex.map_at
    if not at or at + 4 > len(dex.data):
        return {}
    (count,) = struct.unpack_from("<I", dex.data, at)
    rows: dict[int, tuple[int, int]] = {}
    for n in range(min(count, _MAP_CAP, (len(dex.data) - at - 4) // 12)):
        kind, _, size, place = struct.unpack_from("<HHII", dex.data, at + 4 + 12 * n)
        rows.setdefault(kind, (size, place))
    return rows


def handles(dex: Dex) -> list[int]:
    """Return the method index of each method handle, -1 for one that names a field."""
    count, at = _map(dex).get(_HANDLES, (0, 0))
    count = max(0, min(count, (len(dex.data) - at) // 8, 1 << 16))
    rows = (struct.unpack_from("<HHHH", dex.data, at + 8 * n) for n in range(count))
    return [method if kind in _CALLS else -1 for kind, _, method, _ in rows]


def call_sites(dex: Dex) -> list[list[int]]:
    """Return for each call site the indexes of the method handles among its values, the bootstrap method left out."""
    count, at = _map(dex).get(_CALL_SITES, (0, 0))
    count = max(0, min(count, (len(dex.data) - at) // 4, 1 << 16))
    found = []
    budget = len(dex.data)
    for (place,) in (struct.unpack_from("<I", dex.data, at + 4 * n) for n in range(count)):
        rows = values(dex.data, place) if budget > 0 else []
        budget -= 4 * len(rows)
        found.append([value for kind, value, _ in rows[1:] if kind == _HANDLE][:_SITE_CAP])
    return found
