"""The classes of an app by number: their supertypes and methods, over all dex files.

A method is told by a row over all dex files, its name and prototype by one number (signature). Walks over the whole
app stay on numbers; texts are made for what is shown. Of two definitions of a class the first is the one that runs.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dunproof.read.app.package.limit import Work
from dunproof.read.formats.arrays import view
from dunproof.read.formats.dex import Dex

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.int32]

OBJECT: Final = "Ljava/lang/Object;"
_DEPTH: Final = 64
_WORK_CAP: Final = 2_000_000
"""Steps of all walks over classes together: the largest apps of our corpus take 10 000."""
_FAMILY: Final = 1024
"""Levels of supertypes and supertypes of one class that are followed: hostile files make them endless."""


class Classes:
    """The classes that an app defines, numbered in the order in which the system looks for them."""

    def __init__(self, dexes: list[Dex]) -> None:
        import numpy as np

        self.dexes = dexes
        self.number: dict[str, int] = {}
        """Descriptor to number."""
        self.where: list[tuple[int, int]] = []
        """(dex number, row of class_defs) of each class."""
        rows = []
        for n, dex in enumerate(self.dexes):
            found = dex.classes()
            for row, name in enumerate(found):
                if name not in self.number:
                    self.number[name] = len(self.where)
                    self.where.append((n, row))
            rows.append(found)
        self.names = list(self.number)
        self.of_type = [self._of_type(dex, names) for dex, names in zip(self.dexes, rows, strict=True)]
        """Of each dex the class of each type, -1 for a type that the app does not define; one more -1 at the end."""
        counts = [len(dex.items) for dex in self.dexes]
        self.base: list[int] = np.cumsum([0, *counts]).tolist()
        """First row of each dex among the methods of all, and their number."""
        self.work = Work(_WORK_CAP)
        """What may still be done to follow supertypes, overrides and callers; where it is done, ways are missing."""
        self._lines: dict[int, tuple[int, ...]] = {}
        self._outside: dict[int, bool] = {}
        self._own: dict[int, dict[int, int]] = {}
        self._definitions: dict[int, list[tuple[int, int]]] = {}

    def _of_type(self, dex: Dex, defined: list[str]) -> Numbers:
        import numpy as np

        table = np.full(len(dex.type_ids) + 1, -1, dtype=np.int32)
        if len(self.dexes) > 1:
            table[: len(dex.types)] = [self.number.get(name, -1) for name in dex.types]
        types = dex.class_defs["cls"]
        inside = types < len(dex.type_ids)
        table[types[inside]] = np.array([self.number[name] for name in defined], np.int32)[inside]
        return table

    # --- methods --------------------------------------------------------------------------------------------------

    @cached_property
    def signatures(self) -> list[Ints]:
        """Of each dex the signature number of each method reference: equal where name and prototype are."""
        import numpy as np

        if len(self.dexes) == 1:
            dex = self.dexes[0]
            names, protos = dex.method_names, dex.method_ids["proto"].astype(np.int64)
            return [names.astype(np.int64) << 16 | protos]
        names_: dict[str, int] = {}
        protos_: dict[str, int] = {}
        found = []
        for dex in self.dexes:
            names = _numbered(dex.method_names, dex.texts, names_)
            protos = _numbered(dex.method_ids["proto"].astype(np.int64), dex.protos, protos_)
            found.append(names << 32 | protos)
        return found

    def signature(self, name: str, proto: str) -> int:
        """Return the number of a signature, -1 where no method of the app is called so."""
        for dex, numbers in zip(self.dexes, self.signatures, strict=True):
            for index in dex.named(name).tolist():
                if dex.proto(int(dex.method_ids["proto"][index])) == proto:
                    return int(numbers[index])
        return -1

    def definitions(self, signature: int) -> list[tuple[int, int]]:
        """Return (class, row) of the methods of the app with code and a signature, by row."""
        import numpy as np

        if signature in self._definitions:
            return self._definitions[signature]
        found = self._definitions[signature] = []
        for row in np.flatnonzero(np.asarray(self._columns[1]) == signature).tolist():
            cls = self.of_row(row)
            if cls >= 0 and self.own(cls).get(signature) == row:
                found.append((cls, row))
        return found

    def called(self, n: int, method: int) -> int | None:
        """Return the class of the app that a method reference of a dex names, None for any other."""
        return self._of(n, self.dexes[n].method_classes, method)

    def holder(self, n: int, field: int) -> int | None:
        """Return the class of the app that a field reference of a dex names, None for any other."""
        return self._of(n, self.dexes[n].field_classes, field)

    def _of(self, n: int, column: np.ndarray, index: int) -> int | None:
        type_ = int(column[index]) if index < len(column) else -1
        cls = int(self.of_type[n][type_]) if 0 <= type_ < len(self.of_type[n]) else -1
        return cls if cls >= 0 else None

    def callable(self, signature: int) -> list[tuple[int, int, int]]:
        """Return (class, dex number, method index) of the references to a signature that name a class of the app."""
        import numpy as np

        found = []
        numbers, where = self._references
        low, high = np.searchsorted(numbers, [signature, signature + 1]).tolist()
        if not self.work.spend(high - low):
            return []
        for at in sorted(where[low:high].tolist()):
            n = bisect_right(self._first_references, at) - 1
            index = at - self._first_references[n]
            cls = self.called(n, index)
            if cls is not None:
                found.append((cls, n, index))
        return found

    @cached_property
    def _references(self) -> tuple[Ints, Ints]:
        """The signatures of the method references of all dex files, ascending, and which reference has each."""
        import numpy as np

        numbers = joined(self.signatures, "=i8")
        order = np.argsort(numbers)
        return numbers[order], order

    @cached_property
    def _first_references(self) -> list[int]:
        """Where the method references of each dex begin among those of all."""
        return [0, *itertools.accumulate(len(dex.method_ids) for dex in self.dexes)]

    def runs(self, cls: int, signature: int) -> int | None:
        """Return the row that a call on an object of a class runs: its own method or the nearest inherited one."""
        for t in self._lines.get(cls) or self.line(cls):
            own = self._own.get(t)
            row = (self.own(t) if own is None else own).get(signature)
            if row is not None:
                return row
        return None

    @cached_property
    def _columns(self) -> tuple[list[memoryview], memoryview, bytes]:
        """Of each dex where the methods of its classes begin; of each method its signature and whether it has code."""
        import numpy as np

        bounds, signatures, coded = [], [], []
        for dex, numbers in zip(self.dexes, self.signatures, strict=True):
            items = dex.items
            rows = np.searchsorted(items.class_row, np.arange(len(dex.class_defs) + 1))
            bounds.append(view(rows.astype(np.int32)))
            signatures.append(numbers[items.method])
            coded.append(items.code != 0)
        return bounds, view(joined(signatures, "=i8")), joined(coded, "=u1").tobytes()

    def rows(self, cls: int) -> range:
        """Return the rows of the methods of a class."""
        n, row = self.where[cls]
        bounds = self._columns[0][n]
        return range(self.base[n] + bounds[row], self.base[n] + bounds[row + 1])

    def own(self, cls: int) -> dict[int, int]:
        """Return signature to row of the methods with code that a class defines itself."""
        found = self._own.get(cls)
        if found is None:
            _, signatures, coded = self._columns
            found = self._own[cls] = {}
            for row in self.rows(cls):
                if coded[row]:
                    found.setdefault(signatures[row], row)
        return found

    def row(self, place: tuple[int, int]) -> int:
        """Return the row over all dex files of (dex number, row in it)."""
        return self.base[place[0]] + place[1]

    def place(self, row: int) -> tuple[int, int]:
        """Return (dex number, row in it) of a row over all dex files."""
        n = 0
        while row >= self.base[n + 1]:
            n += 1
        return n, row - self.base[n]

    def of_row(self, row: int) -> int:
        """Return the class in which the method of a row stands."""
        n, within = self.place(row)
        dex = self.dexes[n]
        return int(self.of_type[n][dex.class_defs["cls"][dex.items.class_row[within]]])

    # --- supertypes -------------------------------------------------------------------------------------------------

    def supertypes(self, cls: int) -> tuple[list[int], bool]:
        """Return the superclass and the interfaces that the app defines, and whether there are others but Object."""
        n, row = self.where[cls]
        ends, ups, outside = self._ups[n]
        return ups[ends[row] : ends[row + 1]], outside[row] > 0

    @cached_property
    def _ups(self) -> list[tuple[list[int], list[int], bytes]]:
        """Of each dex where the supertypes of its classes begin, these, and which classes have others but Object."""
        import numpy as np

        found = []
        for dex, of_type in zip(self.dexes, self.of_type, strict=True):
            row, type_ = dex.all_supertypes()
            object_ = dex.find_type(OBJECT)
            up = of_type[np.minimum(type_, len(of_type) - 1)]
            known = up >= 0
            outside = np.zeros(len(dex.class_defs), np.uint8)
            outside[row[~known & (type_ != (-1 if object_ is None else object_))]] = 1
            ends = np.searchsorted(row[known], np.arange(len(dex.class_defs) + 1))
            found.append((ends.tolist(), up[known].tolist(), outside.tobytes()))
        return found

    def line(self, cls: int) -> tuple[int, ...]:
        """Return a class and its supertypes among the app's classes, nearest first."""
        found = self._lines.get(cls)
        if found is None:
            seen: dict[int, None] = {cls: None}
            level, outside = self.supertypes(cls)
            for _ in range(_DEPTH):
                fresh = [t for t in dict.fromkeys(level) if t not in seen]
                if not fresh or len(seen) > _FAMILY:
                    break
                seen.update(dict.fromkeys(fresh))
                level = []
                for t in fresh:
                    ups, other = self.supertypes(t)
                    if not self.work.spend(1 + len(ups)):
                        break
                    level += ups
                    outside = outside or other
            found = self._lines[cls] = tuple(seen)
            self._outside[cls] = outside
        return found

    def has_outside(self, cls: int) -> bool:
        """Return whether a class has a supertype that the app does not define, Object aside."""
        self.line(cls)
        return self._outside[cls]


def joined(columns: Sequence[np.ndarray], kind: str) -> np.ndarray:
    """Return columns of all dex files as one, of a type."""
    import numpy as np

    return np.concatenate(columns).astype(kind, copy=False) if columns else np.zeros(0, kind)


def _numbered(column: Ints, texts: Callable[[Ints], list[str]], known: dict[str, int]) -> Ints:
    """Return a column of indexes of one dex as numbers that are the same for the same text in every dex."""
    import numpy as np

    index, inverse = np.unique(column, return_inverse=True)
    return np.array([known.setdefault(t, len(known)) for t in texts(index)], np.int64)[inverse]
