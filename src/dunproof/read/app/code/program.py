"""The code of an app as one: its dex files, the classes in them, and who calls what.

Built from numpy columns of each dex; a reference to a method is known by (dex, index). Only calls to classes that the
app itself defines are edges here; calls into the framework are asked for by name (``uses``).
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.code.classes import Classes
from dunproof.read.app.package import place
from dunproof.read.app.package.limit import Limit
from dunproof.read.app.package.unit import Unit
from dunproof.read.formats import dalvik, dexvalues
from dunproof.read.formats.arrays import distinct, view
from dunproof.read.formats.dex import Dex, Method
from dunproof.read.formats.dexvalues import Static

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Units = npt.NDArray[np.uint16]
    Bytes = npt.NDArray[np.uint8]

FIXED: Final = 0x1000A
"""Access of a method that no override replaces: private, static, constructor."""
CUSTOM: Final = 0xFC
HANDLE: Final = 0xFE
"""invoke-custom, its range form behind it, and const-method-handle."""
_FIELD_OPS: Final = (0x52, 0x6D)
"""First and last opcode that names a field: iget to sput-short."""
_STRING: Final = 0x1A
_JUMBO: Final = 0x1B
_CLASS: Final = 0x1C
_UNITS_CAP: Final = 12_000_000
"""Units of code of one app that are looked at: the largest app of our corpus (6 MB of dex) has a million."""
METHOD_CAP: Final = 1 << 17
"""Units of one method: the 65 535 bytes that a method has in a class file come to fewer."""
_EACH_CAP: Final = 1000
_ALL_CAP: Final = 100_000
"""Places of one method, text or field, and of all that are asked for together, that are told."""
_HANDLED_CAP: Final = 1 << 17
"""Instructions of one dex that take a handle or run a call site: compilers write most lambdas as classes."""
_DEPTH: Final = 64
_FAMILY: Final = 1024
"""Levels of superclasses and supertypes of one class that are followed: hostile files make them endless."""


class Call(msgspec.Struct, frozen=True, order=True):
    """A place where a method is called: dex number, unit of the instruction, row of the calling method."""

    dex: int
    unit: int
    row: int


class Ancestors:
    """All supertypes of each class of the app, nearest first; framework types are the ends."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[str, tuple[str, ...]] = {}

    def __getitem__(self, cls: str) -> tuple[str, ...]:
        found = self._known.get(cls)
        if found is None:
            seen: dict[str, None] = {}
            level = self._code.supertypes(cls)
            for _ in range(_DEPTH):
                fresh = [t for t in dict.fromkeys(level) if t not in seen]
                if not fresh or len(seen) > _FAMILY:
                    break
                seen.update(dict.fromkeys(fresh))
                level = [up for t in fresh for up in self._code.supertypes(t)]
            found = self._known[cls] = tuple(seen)
        return found

    def get(self, cls: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return the supertypes of a class, or a default for a class that is not the app's."""
        return self[cls] if cls in self._code.defined else default


class Code:
    """All dex files of an app."""

    def __init__(self, units: list[Unit]) -> None:
        self.units = units
        self.ancestors = Ancestors(self)
        self._callers: dict[int, tuple[int, list[Call]]] = {}
        self._members: dict[str, dict[str, tuple[int, int]]] = {}
        self._supertypes: dict[str, list[str]] = {}
        self._columns: dict[int, tuple[Ints, Bytes, Units]] = {}
        self._uses: dict[int, tuple[memoryview, Ints]] = {}
        self._fields: dict[int, tuple[memoryview, Ints, Bytes]] = {}
        self._statics: dict[int, list[Static]] = {}
        self._handles: dict[int, list[int]] = {}
        self._sites_of: dict[int, list[list[int]]] = {}
        self._limits: list[Limit] = []
        self._cut: set[int] = set()
        self._lost = False
        left = _UNITS_CAP
        for unit in units:
            kept, out = unit.dex.items.bound(left, METHOD_CAP)
            left -= kept
            if out:
                self._limits.append(_too_much(unit, f"{out} methods are too long or too many to be looked at"))

    @cached_property
    def classes(self) -> Classes:
        """The classes that the app defines, by number."""
        return Classes([unit.dex for unit in self.units])

    @cached_property
    def defined(self) -> dict[str, tuple[int, int]]:
        """Descriptor of a defined class to (dex number, row of class_defs); the first definition wins."""
        return dict(zip(self.classes.names, self.classes.where, strict=True))

    def supertypes(self, cls: str) -> list[str]:
        """Return superclass and interfaces of a class of the app, those of the framework as far as they matter."""
        found = self._supertypes.get(cls)
        if found is None:
            place = self.defined.get(cls)
            known = catalogue.framework_types().get(cls, [])
            found = self._supertypes[cls] = self.units[place[0]].dex.supertypes(place[1]) if place else known
        return found

    def members(self, cls: str) -> dict[str, tuple[int, int]]:
        """Return ``name(args)ret`` to (dex number, row) of the methods with code of a class of the app."""
        found = self._members.get(cls)
        if found is None:
            number = self.classes.number.get(cls)
            places = map(self.classes.place, self.classes.own(number).values()) if number is not None else ()
            found = self._members[cls] = {
                self.units[n].dex.signature(int(self.units[n].dex.items.method[row])): (n, row) for n, row in places
            }
        return found

    def statics(self, n: int) -> list[Static]:
        """Return the texts in static fields of a dex."""
        if n not in self._statics:
            self._statics[n] = dexvalues.statics(self.units[n].dex)
        return self._statics[n]

    # --- instructions ---------------------------------------------------------------------------------------------

    def instructions(self, n: int) -> tuple[Ints, Bytes, Units]:
        """Return (unit, opcode, index in the second unit) of every instruction of a dex, ascending."""
        if n not in self._columns:
            dex = self.units[n].dex
            self._columns[n] = _columns(dex, dex.items.starts)
        return self._columns[n]

    def _calls(self, n: int) -> tuple[memoryview, Ints]:
        """Return (method index, unit) of every call of a dex, by method and place."""
        import numpy as np

        if n not in self._uses:
            at, op, index = self.instructions(n)
            calls = np.flatnonzero(invokes()[op])
            calls = calls[np.argsort(index[calls], kind="stable")]
            self._uses[n] = (view(index[calls]), at[calls])
        return self._uses[n]

    def calls_of(self, n: int, methods: list[int]) -> Iterator[tuple[int, Call]]:
        """Yield (method index, call) of the calls of some method references of a dex, by place.

        The file is searched for the wanted numbers behind an opcode of a call; only methods where both stand are read
        instruction by instruction.
        """
        import numpy as np

        if n in self._columns:
            at, op, index = self.instructions(n)
            wanted = np.zeros(1 << 16, dtype=bool)
            wanted[[m for m in methods if m < 1 << 16]] = True
            hits = np.flatnonzero(wanted[index] & invokes()[op])
            yield from self._placed(n, at[hits], index[hits])
            return
        dex = self.units[n].dex
        wanted = np.zeros(1 << 16, dtype=bool)
        wanted[[m for m in methods if m < 1 << 16]] = True
        near = dex.items.first_unit + np.flatnonzero(wanted[dex.items.units[1:]])
        near = near[invokes()[dex.units[near] & 0xFF]]
        at, op, index = _columns(dex, dalvik.starts(dex.units, *dex.items.bodies_around(near)))
        hits = np.flatnonzero(wanted[index] & invokes()[op])
        yield from self._placed(n, at[hits], index[hits])

    def _placed(self, n: int, at: Ints, index: np.ndarray) -> Iterator[tuple[int, Call]]:
        """Yield (index, instruction) for each method in which some instructions stand, by place; so many of each."""
        few = _first_of_each(index)
        found = (
            (number, Call(n, unit, row))
            for unit, number in zip(at[few].tolist(), index[few].tolist(), strict=True)
            for row in self.units[n].dex.items.at(unit)
        )
        told = itertools.islice(found, _ALL_CAP)
        yield from told
        if len(few) < len(index) or next(found, None) is not None:
            self.cut(n, "calls, texts or fields that it names again and again are told in part")

    def cut(self, n: int, detail: str) -> None:
        """Note that something of the code of a dex is too much, once for each dex."""
        if n not in self._cut:
            self._cut.add(n)
            self._limits.append(_too_much(self.units[n], detail))

    def limits(self) -> list[Limit]:
        """Return what was not looked at since the last time that this was asked, for its size."""
        found, self._limits = self._limits, []
        if self.classes.work.cut and not self._lost:
            self._lost = True
            found.append(Limit("code-too-much", "the ways through its classes are too many to be followed"))
        return found

    def uses(self, n: int, method: int) -> Iterator[Call]:
        """Yield the calls of a method reference of a dex, by place."""
        index, at = self._calls(n)
        items = self.units[n].dex.items
        for unit in at[bisect_left(index, method) : bisect_right(index, method)].tolist():
            for row in items.at(unit):
                yield Call(n, unit, row)

    def handles(self, n: int) -> list[int]:
        """Return the method of each method handle of a dex, -1 for a handle of a field."""
        if n not in self._handles:
            dex = self.units[n].dex
            self._handles[n], self._sites_of[n] = dexvalues.handles(dex), dexvalues.call_sites(dex)
        return self._handles[n]

    def call_sites(self, n: int) -> list[list[int]]:
        """Return the method handles of each call site of a dex."""
        self.handles(n)
        return self._sites_of[n]

    def handled(self, n: int, op: int, index: int) -> list[int]:
        """Return the methods that invoke-custom or const-method-handle names by its call site or handle."""
        handles, sites = self.handles(n), self.call_sites(n)
        found = [index] if op == HANDLE else sites[index] if index < len(sites) else []
        return [handles[h] for h in found if h < len(handles) and handles[h] >= 0]

    def named_by_handle(self, n: int, methods: set[int]) -> Iterator[tuple[int, Call]]:
        """Yield (method index, instruction) where a handle to some methods is taken: it may be called elsewhere."""
        import numpy as np

        if not methods.intersection(self.handles(n)):
            return
        at, method = self.handle_columns(n)
        hits = np.flatnonzero(np.isin(method, sorted(methods)))
        yield from self._placed(n, at[hits], method[hits])

    def handle_columns(self, n: int) -> tuple[Ints, Ints]:
        """Return (unit, method) of what each instruction of a dex names by handles, by place, each method once."""
        import numpy as np

        at, op, index = self.instructions(n)
        takes = np.flatnonzero((op >= CUSTOM) & (op <= HANDLE))
        if len(takes) > _HANDLED_CAP:
            self.cut(n, f"the first {_HANDLED_CAP} of {len(takes)} instructions that take a handle are followed")
            takes = takes[:_HANDLED_CAP]
        marks = (op[takes] == HANDLE).astype(np.int64) << 16 | index[takes]
        refs, which = np.unique(marks, return_inverse=True)
        named = [
            list(dict.fromkeys(self.handled(n, HANDLE if ref >> 16 else CUSTOM, ref & 0xFFFF))) for ref in refs.tolist()
        ]
        count = np.array([len(methods) for methods in named], np.int64)
        flat = np.array([method for methods in named for method in methods], np.int64)
        times = count[which]
        inner = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
        return np.repeat(at[takes], times), flat[np.repeat((np.cumsum(count) - count)[which], times) + inner]

    def strings(self, n: int, wanted: list[int]) -> Iterator[tuple[int, Call]]:
        """Yield (string index, instruction) of the instructions that load some strings of a dex, by place."""
        import numpy as np

        dex = self.units[n].dex
        mask = np.zeros(len(dex.string_ids) or 1, dtype=bool)
        mask[wanted] = True
        if n in self._columns:
            at, op, _ = self._columns[n]
            at, op = at[(op == _STRING) | (op == _JUMBO)], op[(op == _STRING) | (op == _JUMBO)]
        else:
            ops = dex.items.units[:-1] & 0xFF
            near = np.flatnonzero((ops == _STRING) | (ops == _JUMBO)) + dex.items.first_unit
            near = near[mask[np.minimum(self._string(n, near), len(mask) - 1)]]
            at, op, _ = _columns(dex, dalvik.starts(dex.units, *dex.items.bodies_around(near)))
            at, op = at[(op == _STRING) | (op == _JUMBO)], op[(op == _STRING) | (op == _JUMBO)]
        index = self._string(n, at)
        hits = np.flatnonzero((index < len(dex.string_ids)) & mask[np.minimum(index, len(mask) - 1)])
        yield from self._placed(n, at[hits], index[hits])

    def constants(self, n: int) -> tuple[set[int], set[int]]:
        """Return the strings and the types that instructions of a dex load as values, by index."""
        at, op, index = self.instructions(n)
        texts = self._string(n, at[(op == _STRING) | (op == _JUMBO)])
        return set(distinct(texts).tolist()), set(distinct(index[op == _CLASS]).tolist())

    def _string(self, n: int, at: Ints) -> Ints:
        """Return the string index of const-string and const-string/jumbo instructions."""
        import numpy as np

        units = self.units[n].dex.units
        index = units[at + 1].astype(np.int64)
        jumbo = np.flatnonzero(units[at] & 0xFF == _JUMBO)
        jumbo = jumbo[at[jumbo] + 2 < len(units)]
        index[jumbo] |= units[at[jumbo] + 2].astype(np.int64) << 16
        return index

    def mentions(self, n: int, ops: tuple[int, ...], index: int) -> Iterator[Call]:
        """Yield the instructions of some opcodes that name a field of a dex, by place."""
        import numpy as np

        if n not in self._fields:
            at, op, index_ = self.instructions(n)
            fields = np.flatnonzero((op >= _FIELD_OPS[0]) & (op <= _FIELD_OPS[1]))
            fields = fields[np.argsort(index_[fields], kind="stable")]
            self._fields[n] = (view(index_[fields]), at[fields], op[fields])
        refs, at, op = self._fields[n]
        low, high = bisect_left(refs, index), bisect_right(refs, index)
        items = self.units[n].dex.items
        for unit, kind in zip(at[low:high].tolist(), op[low:high].tolist(), strict=True):
            if kind in ops:
                for row in items.at(unit):
                    yield Call(n, unit, row)

    # --- methods --------------------------------------------------------------------------------------------------

    def caller(self, call: Call) -> Method:
        """Return the method in which a call stands."""
        dex = self.units[call.dex].dex
        return dex.method(int(dex.items.method[call.row]))

    def callers(self, n: int, row: int, most: int) -> list[Call]:
        """Return calls that may run a method of the app, at most so many.

        A call may name the class itself, one below that inherits the method, or one above that the method overrides.
        """
        classes = self.classes
        method = classes.base[n] + row
        asked, found = self._callers.get(method, (0, []))
        if asked < most:
            found = []
            self._callers[method] = (most, found)
            items = self.units[n].dex.items
            signature = int(classes.signatures[n][items.method[row]])
            own = classes.called(n, int(items.method[row]))
            if own is None:
                return found
            fixed = bool(items.access[row] & FIXED)
            for cls, at, index in classes.callable(signature):
                above = not fixed and cls in classes.line(own)
                if above or (own in classes.line(cls) and classes.runs(cls, signature) == method):
                    found += itertools.islice(self.uses(at, index), most - len(found))
        return found[:most]


def _columns(dex: Dex, at: Ints) -> tuple[Ints, Bytes, Units]:
    import numpy as np

    if len(at) and at[-1] + 1 >= len(dex.units):
        at = at[:-1]
    return at, dex.units[at].astype(np.uint8), dex.units[at + 1]


def _first_of_each(numbers: np.ndarray) -> Ints:
    """Return the places of the first so many of each number, ascending."""
    import numpy as np

    if len(numbers) <= _EACH_CAP:
        return np.arange(len(numbers))
    order = np.argsort(numbers, kind="stable")
    placed = numbers[order]
    rank = np.arange(len(placed)) - np.searchsorted(placed, placed)
    return np.sort(order[rank < _EACH_CAP])


def _too_much(unit: Unit, detail: str) -> Limit:
    return Limit("code-too-much", f"{unit.member}: {detail}", place.member(unit.within, unit.member))


@cache
def invokes() -> npt.NDArray[np.bool_]:
    """Return which of the 256 opcodes are calls that name a method."""
    import numpy as np

    mask = np.zeros(256, dtype=bool)
    mask[list(dalvik.INVOKES)] = True
    return mask
