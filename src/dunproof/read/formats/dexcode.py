"""The methods that a dex defines, with their code: decoded from all class_data_items at once.

Format: "Dalvik executable format" of the Android platform (class_data_item, code_item).
"""

from __future__ import annotations

import bisect
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dunproof.read.formats import dalvik
from dunproof.read.formats.arrays import distinct, view
from dunproof.read.formats.zip import Flaw

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dunproof.read.formats.dex import Dex

    Ints = npt.NDArray[np.int64]
    Units = npt.NDArray[np.uint16]

_CODE_HEADER: Final = 16
_NATIVE: Final = 0x100
_ABSTRACT: Final = 0x400
_FILLED: Final = 4
_LAST_ITEM: Final = 1 << 16
"""Bytes behind the last class_data_item's start that are decoded with all others."""
_REGION_CAP: Final = 8 << 20
"""Bytes of class data that are decoded together: 65 536 methods and as many fields come to 1 MB."""
_METHODS_CAP: Final = 1 << 17
"""Methods that all classes define: the format has 65 536 in a file, each in one class."""
_WALKED_CAP: Final = 1 << 20
"""Numbers that are read one by one, of all classes that do not fit: a real file has none or few."""


class Items:
    """The defined methods of a dex: class row, method index, access flags and offset of the code (0: none)."""

    def __init__(self, dex: Dex) -> None:
        import numpy as np

        self.dex = dex
        table, damaged = _members(dex)
        if damaged:
            dex.flaws.append(Flaw("dex-class-data", f"the members of {damaged} classes cannot be read in full", 0))
        self.class_row, self.method, self.access = table[:, 0], table[:, 1], table[:, 2]
        size = len(dex.data)
        bad = (table[:, 3] != 0) & ((table[:, 3] + _CODE_HEADER > size) | (table[:, 3] & 1 == 1))
        if bad.any():
            dex.flaws.append(Flaw("dex-code-offset", f"{int(bad.sum())} methods have code outside the file", 0))
        self.code = np.where(bad, 0, table[:, 3])
        coded = np.flatnonzero(self.code)
        self._order = coded[np.argsort(self.code[coded], kind="stable")]
        self._starts = self.code[self._order]
        self._places = view(self._starts)
        """The same, for one question after the other."""
        self._insns: Ints | None = None
        self._bodies: tuple[Ints, Ints] | None = None

    def __len__(self) -> int:
        return len(self.method)

    def at(self, unit: int) -> list[int]:
        """Return the rows whose instructions hold a unit of the file: more than one where methods share code."""
        n = bisect.bisect_right(self._places, unit * 2 - _CODE_HEADER)
        if n == 0:
            return []
        code = self._places[n - 1]
        first, size, _, _ = self.dex.body(code)
        if not first <= unit < first + size:
            return []
        return self._order[bisect.bisect_left(self._places, code) : n].tolist()  # type: ignore[no-any-return]

    def rows_of(self, units: Ints) -> Ints:
        """Return for each unit the row whose code begins last before it, the first of those that share it; -1: none."""
        import numpy as np

        n = np.searchsorted(self._starts, units * 2 - _CODE_HEADER, side="right")
        out = np.full(len(units), -1, dtype=np.int64)
        starts = self._starts[n[n > 0] - 1]
        out[n > 0] = self._order[np.searchsorted(self._starts, starts, side="left")]
        return out

    def bodies_around(self, units: Ints) -> tuple[Ints, Ints]:
        """Return (first unit, units) of the code items that begin last before some units of the file, each once."""
        import numpy as np

        first, size = self.bodies()
        if not len(first):
            return first, size
        n = distinct(np.searchsorted(first, units, side="right")) - 1
        n = n[n >= 0]
        return first[n], size[n]

    def sharers(self, units: Ints) -> tuple[Ints, Ints]:
        """Return (position in ``units``, row): each unit with every row whose code begins last before it.

        More rows than one stand for a unit where methods share code; positions ascend.
        """
        import numpy as np

        stop = np.searchsorted(self._starts, units * 2 - _CODE_HEADER, side="right")
        start = np.searchsorted(self._starts, self._starts[np.maximum(stop - 1, 0)], side="left") if len(stop) else stop
        count = np.where(stop > 0, stop - start, 0)
        at = np.repeat(np.arange(len(units)), count)
        first = np.repeat(np.cumsum(count) - count, count)
        return at, self._order[start[at] + np.arange(len(at)) - first]

    def bodies(self) -> tuple[Ints, Ints]:
        """Return (first unit, units) of all code items, ascending, each once, clipped to the file."""
        import numpy as np

        if self._bodies is not None:
            return self._bodies
        code = self._starts[np.diff(self._starts, prepend=-1) > 0]
        units = self.dex.units
        size = units[code // 2 + 6].astype(np.int64) | units[code // 2 + 7].astype(np.int64) << 16
        first = (code + _CODE_HEADER) // 2
        size = np.minimum(size, np.maximum(0, len(units) - first))
        room = np.maximum(0, code[1:] // 2 - first[:-1])
        over = np.flatnonzero(size[:-1] > room)
        if len(over):
            # Real code items never overlap; made-up ones would make the work quadratic.
            detail = f"{len(over)} code items lie over the next; each is read up to it"
            self.dex.flaws.append(Flaw("dex-code-overlap", detail, int(code[over[0]])))
            size[:-1] = np.minimum(size[:-1], room)
        self._bodies = (first, size)
        return self._bodies

    def bound(self, units: int, most: int) -> tuple[int, int]:
        """Leave out the code items that are longer than ``most`` units, and those from where all have ``units``.

        Returns (units kept, items left out). To be called before anything is asked of the instructions.
        """
        import numpy as np

        first, size = self.bodies()
        kept = np.flatnonzero(size <= most)
        kept = kept[: int(np.searchsorted(np.cumsum(size[kept]), units, side="right"))]
        if len(kept) < len(first):
            self._bodies = (first[kept], size[kept])
        return int(size[kept].sum()), len(first) - len(kept)

    @cached_property
    def without_body(self) -> Ints:
        """The rows that should have instructions and have none, or begin with fillers as bodies do that were taken out.

        A method of four units or more that begins with three ``nop`` came from no compiler that is known.
        """
        import numpy as np

        none = (self.code == 0) & (self.access & (_NATIVE | _ABSTRACT) == 0)
        first, size = self.bodies()
        first = first[size >= _FILLED]
        fillers = first[(self.dex.units[first[:, None] + np.arange(_FILLED - 1)] == 0).all(axis=1)]
        if len(fillers):
            none |= np.isin(self.code, fillers * 2 - _CODE_HEADER)
        return np.flatnonzero(none)

    @cached_property
    def first_unit(self) -> int:
        """The unit of the file at which the first instruction stands."""
        first = self.bodies()[0]
        return int(first[0]) if len(first) else 0

    @cached_property
    def units(self) -> Units:
        """The units of the file from the first instruction to the last."""
        first, size = self.bodies()
        return self.dex.units[self.first_unit : int((first + size).max()) if len(first) else 0]

    @property
    def starts(self) -> Ints:
        """Return the units at which an instruction begins, over all methods, ascending."""
        if self._insns is None:
            self._insns = dalvik.starts(self.dex.units, *self.bodies())
        return self._insns


def _members(dex: Dex) -> tuple[Ints, int]:
    """Return (class row, method, access, code) of all defined methods, and how many classes could not be read in full.

    All numbers from the first class_data_item on are decoded at once; what does not fit that picture is walked.
    """
    import numpy as np

    rows = np.flatnonzero(dex.class_defs["data"])
    offsets = dex.class_defs["data"][rows].astype(np.int64)
    inside = offsets < len(dex.data)
    damaged = int((~inside).sum())
    rows, offsets = rows[inside], offsets[inside]
    if not len(rows):
        return np.zeros((0, 4), np.int64), damaged
    low = int(offsets.min())
    stop = min(len(dex.data), int(offsets.max()) + _LAST_ITEM, low + _REGION_CAP)
    first, value, whole = _numbers(np.frombuffer(dex.data, np.uint8, stop - low, low))
    head = np.searchsorted(first, offsets - low)
    fits = head + 4 < len(first)
    fits[fits] = first[head[fits]] == offsets[fits] - low
    counts = np.zeros((len(rows), 4), np.int64)
    counts[fits] = value[head[fits, None] + np.arange(4)]
    begin = head + 4 + 2 * (counts[:, 0] + counts[:, 1])
    size = counts[:, 2] + counts[:, 3]
    fits &= (begin + 3 * size < len(first)) & (np.cumsum(np.where(fits, size, 0)) <= _METHODS_CAP)
    # Numbers of more than five bytes are none; the walk decides about their class.
    broken = np.concatenate(([0], np.cumsum(~whole)))
    fits[fits] = broken[begin[fits] + 3 * size[fits]] == broken[head[fits]]
    table, short = _together(rows[fits], counts[fits, 2], size[fits], begin[fits], value, len(dex.method_ids))
    damaged += short
    walked: list[tuple[int, int, int, int]] = []
    left = _WALKED_CAP
    for row, at in zip(rows[~fits].tolist(), offsets[~fits].tolist(), strict=True):
        try:
            numbers, behind = _head(dex.data, at)
            asked = 4 + 2 * sum(numbers[:2]) + 3 * sum(numbers[2:])
            if asked <= left:
                left -= asked
                _walk(dex.data, behind, row, numbers, walked, len(dex.method_ids))
            else:
                damaged += 1
        except IndexError:
            damaged += 1
    if walked:
        table = np.concatenate((table, np.array(walked, np.int64)))
        table = table[np.argsort(table[:, 0], kind="stable")]
    return table, damaged


def _numbers(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray, npt.NDArray[np.bool_]]:
    """Return (start, value, whether it has at most five bytes) of the uleb128 numbers that fill a buffer."""
    import numpy as np

    first = np.flatnonzero(raw < 0x80).astype(np.int32)
    length = np.diff(first, prepend=-1)
    first -= length - 1
    value = (raw[first] & 0x7F).astype(np.uint32)
    for n in range(1, 5):
        longer = np.flatnonzero(length > n)
        if not len(longer):
            break
        value[longer] |= (raw[first[longer] + n] & 0x7F).astype(np.uint32) << np.uint32(7 * n)
    return first, value, length <= 5


def _together(  # noqa: PLR0917 - the columns of one table
    rows: Ints, direct: Ints, size: Ints, begin: Ints, value: np.ndarray, limit: int
) -> tuple[Ints, int]:
    """Return the table of methods whose numbers are decoded, and how many classes name methods that are none."""
    import numpy as np

    if not size.sum():
        return np.zeros((0, 4), np.int64), 0
    start = np.cumsum(size) - size
    inner = np.arange(int(size.sum())) - np.repeat(start, size)
    at = np.repeat(begin, size) + 3 * inner
    step, access, code = (value[at + n].astype(np.int64) for n in range(3))
    # Indexes are differences, beginning anew with the direct and with the virtual methods of each class.
    anew = (inner == 0) | (inner == np.repeat(direct, size))
    total = np.cumsum(step)
    heads = np.flatnonzero(anew)
    method = total - (total[heads] - step[heads])[np.cumsum(anew) - 1]
    wrong = np.cumsum(method >= limit)
    before = np.concatenate(([0], wrong))[start]
    keep = wrong == np.repeat(before, size)
    table = np.stack((np.repeat(rows, size), method, access, code), axis=1)[keep]
    return table, len(distinct(np.repeat(rows, size)[~keep]))


def _head(data: bytes, at: int) -> tuple[list[int], int]:
    """Return how many fields of two sorts and methods of two sorts a class has, and the offset behind.

    IndexError where the file has no room for them: real items do not overlap.
    """
    counts = []
    for _ in range(4):
        value, at = dalvik.uleb128(data, at)
        counts.append(value)
    if sum(counts) > len(data):
        raise IndexError
    return counts, at


def _walk(  # noqa: PLR0917 - where the members of one class stand
    data: bytes, at: int, row: int, counts: list[int], rows: list[tuple[int, int, int, int]], limit: int
) -> None:
    """Append (class row, method, access, code) of one class_data_item; IndexError where it leaves file or table."""
    for _ in range(2 * (counts[0] + counts[1])):
        _, at = dalvik.uleb128(data, at)
    for count in counts[2:]:
        method = 0
        for _ in range(count):
            step, at = dalvik.uleb128(data, at)
            method += step
            access, at = dalvik.uleb128(data, at)
            code, at = dalvik.uleb128(data, at)
            if method >= limit:
                raise IndexError
            rows.append((row, method, access, code))
