"""Whether the tables of a dex are in order, each row once, and name rows that are there: else nothing of it runs.

Names are found by halves, and by their first index: in a table out of order, or with a row twice, some are not found.
Source: ``dex_file_verifier.cc`` of the Android runtime (CheckInterSection).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

from dunproof.read.formats.arrays import distinct

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dunproof.read.formats.dex import Dex

    Ints = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

_STEP: Final = 16
"""Bytes of neighbouring strings that are compared together."""
_REACH: Final = 4096
"""Bytes of a string that are compared: names of this length differ before (ours)."""
_BLOCK: Final = 1 << 15
_ODD: Final = 4096
"""Pairs of strings of one step, or of prototypes, that are held against each other one by one at most."""
_ARGS: Final = 6
"""Types of a prototype that are compared together; longer ones that begin alike one by one."""


def disorder(dex: Dex) -> Iterator[tuple[str, int]]:
    """Yield (what is out of order, offset in the file) of the tables other than that of strings."""
    import numpy as np

    types, protos = dex.type_ids.astype(np.int64), dex.proto_ids
    columns = (
        ("type_ids", [types], dex.type_ids_at),
        ("field_ids", [dex.field_ids[c].astype(np.int64) for c in ("cls", "name", "type")], 0),
        ("method_ids", [dex.method_ids[c].astype(np.int64) for c in ("cls", "name", "proto")], 0),
    )
    for name, keys, at in columns:
        if not _ascending(keys).all():
            yield f"{name} is not in order, or has a row twice", at
    if not _protos_ascend(dex, protos):
        yield "proto_ids is not in order, or has a row twice", 0
    classes = dex.class_defs["cls"]
    if len(distinct(classes)) < len(classes):
        yield "a class is defined twice", dex.class_defs_at


def absent(dex: Dex) -> Iterator[tuple[str, int]]:
    """Yield (what names rows that another table does not have, how many such) of the tables."""
    import numpy as np

    strings, types, protos = len(dex.string_ids), len(dex.type_ids), len(dex.proto_ids)
    columns = (
        ("type_ids", dex.type_ids, strings), ("proto_ids", dex.proto_ids["result"], types),
        ("field_ids", dex.field_ids["cls"], types), ("field_ids", dex.field_ids["type"], types),
        ("field_ids", dex.field_ids["name"], strings), ("method_ids", dex.method_ids["cls"], types),
        ("method_ids", dex.method_ids["proto"], protos), ("method_ids", dex.method_ids["name"], strings),
        ("class_defs", dex.class_defs["cls"], types),
    )  # fmt: skip
    for name, column, room in columns:
        if count := int(np.count_nonzero(column >= room)):
            yield name, count


def _ascending(columns: list[Ints]) -> Flags:
    """Return for each row but the last whether the next one is greater, column by column."""
    import numpy as np

    less = np.zeros(max(0, len(columns[0]) - 1), dtype=bool)
    same = ~less
    for column in columns:
        step = np.diff(column)
        less |= same & (step > 0)
        same &= step == 0
    return less


def _protos_ascend(dex: Dex, protos: np.ndarray) -> bool:
    import numpy as np

    if len(protos) < 2:
        return True
    data = np.frombuffer(dex.data, np.uint8)
    at = protos["args"].astype(np.int64)
    fits = (at > 0) & (at + 4 <= len(data))
    size = np.zeros(len(at), np.int64)
    for n in range(4):
        size[fits] |= data[at[fits] + n].astype(np.int64) << 8 * n
    columns = [protos["result"].astype(np.int64)]
    for n in range(_ARGS):
        place = at + 4 + 2 * n
        there = fits & (n < size) & (place + 2 <= len(data))
        column = np.zeros(len(at), np.int64)
        column[there] = 1 + (data[place[there]].astype(np.int64) | data[place[there] + 1].astype(np.int64) << 8)
        columns.append(column)
    wrong = np.flatnonzero(~_ascending(columns))
    if len(wrong) > _ODD:
        return False
    pairs = (tuple((int(protos["result"][i]), dex.type_list(int(at[i]))) for i in (n, n + 1)) for n in wrong.tolist())
    return all(one < other for one, other in pairs)


def strings_ascend(dex: Dex) -> bool:
    """Return whether the strings of a dex are in the order of their UTF-16 units, each once and inside the file."""
    import numpy as np

    raw, at = np.frombuffer(dex.data, np.uint8), dex.string_ids.astype(np.int64)
    if not len(at):
        return True
    if int(at.max()) >= len(raw):
        return False
    pending = np.ones(len(at), dtype=bool)
    for _ in range(5):  # the length before the characters
        byte = raw[np.minimum(at, len(raw) - 1)]
        at += pending
        pending &= byte >= 0x80
        if not pending.any():
            break
    if int(at.max()) + _STEP > len(raw):
        raw = np.concatenate((raw, np.zeros(2 * _STEP, np.uint8)))
    windows = np.lib.stride_tricks.sliding_window_view(raw, _STEP)
    return all(_block_ascends(dex, windows, at, low) for low in range(0, len(at) - 1, _BLOCK))


def _block_ascends(dex: Dex, windows: np.ndarray, at: Ints, low: int) -> bool:
    """Return whether each string of a block comes before the next one."""
    import numpy as np

    left = np.arange(low, min(low + _BLOCK, len(at) - 1))
    for reached in range(0, _REACH, _STEP):
        one, other = (windows[np.minimum(at[rows] + reached, len(windows) - 1)] for rows in (left, left + 1))
        stops = (one != other) | (one == 0)
        place = np.arange(len(left)), stops.argmax(axis=1)
        ended, one, other = stops[place], one[place], other[place]
        if (ended & (one == other)).any():
            return False  # both ended: the same string twice
        odd = left[ended & (_ranks()[one] >= _ranks()[other])]
        if len(odd) > _ODD or not all(dex.text_key(n) < dex.text_key(n + 1) for n in odd.tolist()):
            return False
        left = left[~ended]
        if not len(left):
            return True
    return False


@cache
def _ranks() -> np.ndarray:
    """Return the rank of each byte: the one that begins U+0000 goes before all but the end of a string."""
    import numpy as np

    ranks = np.arange(256, dtype=np.uint8)
    ranks[1:0x80] += 1
    ranks[0xC0] = 1
    return ranks


def utf16_key(raw: bytes) -> bytes:
    """Return what the order of strings goes by: their UTF-16 units, pairs of surrogates as they stand."""
    plain = raw.replace(b"\xc0\x80", b"\0")
    try:
        return plain.decode("utf-8", "surrogatepass").encode("utf-16-be", "surrogatepass")
    except UnicodeDecodeError:
        return plain.decode("utf-8", "ignore").encode("utf-16-be")
