"""String pools of Android resources: texts by index, each decoded when asked for, clipped to what the file holds.

Format: ResStringPool of ResourceTypes.h of the Android platform (chunk type 0x0001), UTF-8 and UTF-16. Styles are left
out: they mark up texts and change none.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dunproof.read.formats.arrays import counted, distinct

if TYPE_CHECKING:
    import numpy as np

HEADER: Final = 28
_UTF8: Final = 0x100
_STRING_CAP: Final = 1 << 20
"""Units of one string that are read: whole agreements stand in resources (ours)."""
_LONG: Final = 1 << 15
"""From this many bytes on a length in UTF-8 is written without its higher bits; the string ends at its NUL."""
_BLOCK: Final = 1 << 14
_COUNT_CAP: Final = 1 << 20
"""Strings of one pool: the table of the Android framework has 128 000."""
_KEPT: Final = 100_000
_OUTSIDE: Final = "stands outside the pool"

Note = Callable[[str, str, int], None]
"""Takes a departure from the format: short code, sentence, offset."""


class Pool:
    """The strings of one pool. An index that names none gives ''.

    They are read as the platform reads them: in UTF-8 up to the first NUL whatever the length says, in UTF-16 from
    whole units on. A length that says something else is noted.
    """

    def __init__(self, data: bytes, at: int, size: int, note: Note) -> None:
        self.data = data
        self.start = self.stop = at + size
        self.utf8 = False
        self._note = note
        self.offsets = memoryview(b"").cast("I")
        self._cache: dict[int, str] = {}
        self._bare: set[int] = set()
        """Blocks of the file without a NUL."""
        self._budget = 2 * size + (1 << 16)
        """Characters that are decoded: strings of a made-up pool overlap."""
        if size < HEADER:
            note("pool", "the string pool is shorter than its header", at)
            return
        count, styles, flags, strings, _ = struct.unpack_from("<5I", data, at + 8)
        self.utf8 = bool(flags & _UTF8)
        header = max(HEADER, struct.unpack_from("<H", data, at + 2)[0])
        room = max(0, min(size, strings if strings >= header else size) - header) // 4
        if count > room:
            note("string-count", f"{count} strings are declared, room is for {room}", at)
            # The platform lets offsets and strings overlap.
            count = min(count, max(0, size - header) // 4)
        if count > _COUNT_CAP:
            note("string-count", f"only the first {_COUNT_CAP} of {count} strings are read", at)
            count = _COUNT_CAP
        if styles > max(0, room - count):
            note("style-count", f"{styles} styles are declared, room is for {max(0, room - count)}", at)
        self.offsets = memoryview(data)[at + header : at + header + 4 * count].cast("I")
        self.start = at + strings

    def __len__(self) -> int:
        return len(self.offsets)

    def __getitem__(self, index: int) -> str:
        """Return a string, '' for an index that names none."""
        if index >= len(self.offsets):
            return ""
        text = self._cache.get(index)
        if text is None:
            at, length, why = self._span(index)
            if why:
                self._note("string", f"string {index} {why}", min(at, len(self.data)))
            text = self._decode(at, length)
            if len(self._cache) < _KEPT:
                self._cache[index] = text
        return text

    def place(self, index: int) -> tuple[int, int]:
        """Return (offset, bytes) of the characters of a string; clipped to the pool, 0 bytes where it has none."""
        return self._span(index)[:2]

    def _span(self, index: int) -> tuple[int, int, str]:
        """Return (offset, bytes, what is wrong) of the characters of a string."""
        at = self.start + self.offsets[index]
        data, stop = self.data, self.stop
        n = 0
        if self.utf8:
            for _ in range(2):  # length in UTF-16 units, then in bytes
                if at >= stop:
                    return stop, 0, _OUTSIDE
                n = data[at]
                at += 1
                if n & 0x80:
                    if at >= stop:
                        return stop, 0, _OUTSIDE
                    n = (n & 0x7F) << 8 | data[at]
                    at += 1
            end = self._end(at)
            if end < 0:
                return at, min(n, max(0, stop - at)), "does not end"
            wrong = end - at != n and (end - at < _LONG or (end - at) % _LONG != n)
            return at, end - at, f"says {n} bytes and has {end - at}" if wrong else ""
        why = "begins inside a unit" if self.offsets[index] & 1 else ""
        at -= self.offsets[index] & 1
        if at + 2 > stop:
            return stop, 0, _OUTSIDE
        n = data[at] | data[at + 1] << 8
        at += 2
        if n & 0x8000:
            if at + 2 > stop:
                return stop, 0, _OUTSIDE
            n = (n & 0x7FFF) << 16 | data[at] | data[at + 1] << 8
            at += 2
        if data[at + 2 * n : at + 2 * n + 2] != b"\0\0":
            why = "does not end where it says"
        return at, min(2 * min(n, _STRING_CAP), max(0, stop - at) & ~1), why

    def _end(self, at: int) -> int:
        """Return where the next NUL stands, -1 where none is near; a block without one is searched once."""
        stop = min(self.stop, len(self.data), at + _STRING_CAP)
        while at < stop:
            block = at // _BLOCK
            high = min(stop, (block + 1) * _BLOCK)
            if block not in self._bare:
                end = self.data.find(b"\0", at, high)
                if end >= 0:
                    return end
                if at == block * _BLOCK and high == at + _BLOCK:
                    self._bare.add(block)
            at = high
        return -1

    def _decode(self, at: int, length: int) -> str:
        if self._budget < 0:
            return ""
        self._budget -= length
        raw = self.data[at : at + length]
        if not self.utf8:
            return raw.decode("utf-16-le", "replace")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            # Newer writers put characters beyond U+FFFF as two surrogates, and U+0000 as two bytes.
            raw = raw.replace(b"\xc0\x80", b"\0")
        try:
            return raw.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        except UnicodeDecodeError:
            return raw.decode("utf-8", "replace")

    # --- searching ----------------------------------------------------------------------------------------------

    def holding(self, part: str) -> list[int]:
        """Return the indexes of the strings in which a short ASCII text stands, ascending."""
        import numpy as np

        raw = part.encode("utf-8" if self.utf8 else "utf-16-le")
        hits: list[int] = []
        at = self.data.find(raw, self.start, self.stop)
        while at >= 0 and len(hits) < _KEPT:
            hits.append(at - self.start)
            at = self.data.find(raw, at + 1, self.stop)
        order, places = self._by_place
        n = np.searchsorted(places, np.array(hits, dtype=np.int64), side="right") - 1
        return distinct(order[n[n >= 0]]).tolist()  # type: ignore[no-any-return]

    def wide(self, least: int) -> list[int]:
        """Return the indexes of the strings that may hold so many CJK characters, by place; some hold fewer."""
        import numpy as np

        order, places = self._by_place
        size = max(0, min(self.stop, len(self.data)) - self.start)
        if self.utf8:
            units = np.frombuffer(self.data, np.uint8, size, self.start) if size else np.zeros(0, np.uint8)
            low, high = 0xE3, 0xE9
        else:
            if self.start % 2:
                return []
            units = np.frombuffer(self.data, "<u2", size // 2, self.start) if size > 1 else np.zeros(0, np.uint16)
            low, high = 0x3400, 0x9FFF
            places = places // 2
        if not len(places):
            return []
        # A long string has its length in four bytes: half a unit is no matter here.
        before = counted(units, low, high, np.append(places, len(units)))
        return order[np.diff(before) >= least].tolist()  # type: ignore[no-any-return]

    @cached_property
    def _by_place(self) -> tuple[np.ndarray, np.ndarray]:
        """(index, offset from the first string) of all strings, by offset."""
        import numpy as np

        places = np.frombuffer(self.offsets, "<u4") if len(self.offsets) else np.zeros(0, np.uint32)
        order = np.argsort(places, kind="stable").astype(np.int32)
        return order, places[order]
