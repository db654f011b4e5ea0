"""The code of an app as one: its dex files, the classes in them, and who calls what.

Built from numpy columns of each dex; a reference to a method is known by (dex, index). Only calls to classes that the
app itself defines are edges here; calls into the framework are asked for by name (``uses``).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.read.formats import dalvik
from dunproof.read.formats.dex import Dex, Method

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_DEPTH: Final = 64
_FAMILY: Final = 1024
"""Levels of superclasses and supertypes of one class that are followed: hostile files make them endless."""


class Call(msgspec.Struct, frozen=True, order=True):
    """A place where a method is called: dex number, unit of the instruction, row of the calling method."""

    dex: int
    unit: int
    row: int


class Unit(msgspec.Struct, frozen=True):
    """A dex file of the app: member name, tables, and whether the system loads it by itself."""

    member: str
    dex: Dex
    loaded: bool


class Code:
    """All dex files of an app."""

    def __init__(self, units: list[Unit]) -> None:
        self.units = units
        self.defined: dict[str, tuple[int, int]] = {}
        """Descriptor of a defined class to (dex number, row of class_defs); the first definition wins."""
        for n, unit in enumerate(units):
            for row, name in enumerate(unit.dex.classes()):
                self.defined.setdefault(name, (n, row))
        self._columns: list[tuple[Ints, Ints, Ints]] = []
        self._uses: list[tuple[Ints, Ints]] = []

    def supertypes(self, cls: str) -> list[str]:
        """Return superclass and interfaces of a class of the app; empty for any other."""
        place = self.defined.get(cls)
        return self.units[place[0]].dex.supertypes(place[1]) if place else []

    @cached_property
    def ancestors(self) -> dict[str, tuple[str, ...]]:
        """All supertypes of each class of the app, nearest first; framework types are the ends."""
        found: dict[str, tuple[str, ...]] = {}
        direct = {cls: self.supertypes(cls) for cls in self.defined}
        for cls in self.defined:
            seen: dict[str, None] = {}
            level = direct[cls]
            for _ in range(_DEPTH):
                fresh = [t for t in dict.fromkeys(level) if t not in seen]
                if not fresh or len(seen) > _FAMILY:
                    break
                seen.update(dict.fromkeys(fresh))
                level = [up for t in fresh for up in direct.get(t, ())]
            found[cls] = tuple(seen)
        return found

    @cached_property
    def subclasses(self) -> dict[str, list[str]]:
        """Classes of the app below each type."""
        found: dict[str, list[str]] = {}
        for cls, up in self.ancestors.items():
            for t in up:
                found.setdefault(t, []).append(cls)
        return found

    # --- instructions ---------------------------------------------------------------------------------------------

    def instructions(self, n: int) -> tuple[Ints, Ints, Ints]:
        """Return (unit, opcode, index in the second unit) of every instruction of a dex, ascending."""
        import numpy as np

        while len(self._columns) <= n:
            dex = self.units[len(self._columns)].dex
            at = dex.items.starts
            at = at[at + 1 < len(dex.units)] if len(at) else at
            op = dex.units[at] & 0xFF
            self._columns.append((at, op.astype(np.int64), dex.units[at + 1].astype(np.int64)))
        return self._columns[n]

    def _calls(self, n: int) -> tuple[Ints, Ints]:
        """Return (method index, unit) of every call of a dex, sorted by method index."""
        import numpy as np

        while len(self._uses) <= n:
            at, op, index = self.instructions(len(self._uses))
            mask = np.zeros(256, dtype=bool)
            mask[list(dalvik.INVOKES)] = True
            keep = mask[op]
            order = np.argsort(index[keep], kind="stable")
            self._uses.append((index[keep][order], at[keep][order]))
        return self._uses[n]

    def uses(self, n: int, method: int) -> Iterator[Call]:
        """Yield the calls of a method reference of a dex, by place."""
        import numpy as np

        index, at = self._calls(n)
        low, high = np.searchsorted(index, [method, method + 1]).tolist()
        items = self.units[n].dex.items
        for unit in at[low:high].tolist():
            for row in items.at(unit):
                yield Call(n, unit, row)

    def mentions(self, n: int, ops: tuple[int, ...], index: int) -> Iterator[Call]:
        """Yield the instructions of some opcodes that name an index (field, string, type) of a dex."""
        import numpy as np

        at, op, refs = self.instructions(n)
        hits = np.flatnonzero((refs == index) & np.isin(op, ops))
        items = self.units[n].dex.items
        for unit in at[hits].tolist():
            for row in items.at(unit):
                yield Call(n, unit, row)

    # --- methods --------------------------------------------------------------------------------------------------

    @cached_property
    def methods(self) -> dict[str, tuple[int, int]]:
        """Key of each method defined with code to (dex number, row of its items)."""
        found: dict[str, tuple[int, int]] = {}
        for n, unit in enumerate(self.units):
            items = unit.dex.items
            for row, (method, code) in enumerate(zip(items.method.tolist(), items.code.tolist(), strict=True)):
                if code:
                    found.setdefault(unit.dex.key(method), (n, row))
        return found

    def caller(self, call: Call) -> Method:
        """Return the method in which a call stands."""
        dex = self.units[call.dex].dex
        return dex.method(int(dex.items.method[call.row]))

    def callers(self, key: str) -> Iterator[Call]:
        """Yield the calls that name a method by exactly this key, in all dex files."""
        for n in range(len(self.units)):
            index = self.references(n).get(key)
            if index is not None:
                yield from self.uses(n, index)

    def references(self, n: int) -> dict[str, int]:
        """Return key to index of the method references of a dex that name a class of the app."""
        return self._references[n]

    @cached_property
    def _references(self) -> list[dict[str, int]]:
        found = []
        for unit in self.units:
            dex = unit.dex
            own = {i for i in range(len(dex.type_ids)) if dex.type(i) in self.defined}
            rows = enumerate(dex.method_ids["cls"].tolist())
            found.append({dex.key(i): i for i, cls in rows if cls in own})
        return found
