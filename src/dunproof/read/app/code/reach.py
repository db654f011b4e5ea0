"""Which methods the system can reach: from the components of a manifest through calls and callbacks.

Rapid type analysis: a virtual call leads to an override only where an object of that class is made in reached code or
by the system. A method that the framework calls on an object of the app is a callback by its name (``onX…`` or
the table). Found means a path exists in the code, not that it runs; not found proves nothing (reflection, layouts).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from dunproof.read.app import catalogue
from dunproof.read.app.code.classes import joined
from dunproof.read.app.code.program import CUSTOM, HANDLE, Code, invokes
from dunproof.read.app.code.program import FIXED as METHOD_FIXED
from dunproof.read.formats.arrays import view

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dunproof.read.formats.dex import Dex

    Ints = npt.NDArray[np.int64]
    Bytes = npt.NDArray[np.uint8]

Place = tuple[int, int]
"""Dex number and row of a method with code."""
Step = tuple[int, int]
"""Row of the caller over all dex files, and the edge that led on."""
_METHODS_CAP: Final = 400_000
_BRIDGE: Final = "Landroid/webkit/JavascriptInterface;"

CALL, FIXED, NEW, HANDLE_TO, LOADS, NAMED = 1, 2, 3, 4, 5, 6
"""Groups of edges: a call that may lead to an override, one that may not, an object made, a handle taken, a static
field by which a class is loaded that does something then, a class as a value: others may make an object of it."""
LOAD, MAKE, PAGE, BACK, TAP = 1, 2, 3, 4, 5
"""How the system may call a method by itself: when the class is loaded, when an object is made, from a page, as a
callback, as the target of a tap that a layout names."""


_KINDS: Final = ("=i4", "=i4", "=i4", "=i4", "=u1", "=i4", "=i8")
"""Of the columns of ``Edges``, in the order in which they are made."""


class Edges:
    """What the code items of an app lead to, by place: calls of its own methods, and its own classes.

    ``item`` is the code item of each method (methods may share one), ``ends`` bounds the edges of each item, ``at`` is
    the unit of each edge in its dex. Edges that lead to the same have one number, ``ref``; ``group``, ``cls`` and
    ``signature`` tell of it.
    """

    def __init__(self, code: Code) -> None:
        import numpy as np

        classes = code.classes
        self._classes = classes
        self._doors: dict[int, list[tuple[int, int, int]]] = {}
        parts: list[tuple[np.ndarray, ...]] = []
        edges = bodies = refs = 0
        loading = _loading(code)
        for n, unit in enumerate(code.units):
            dex, of_type, signatures = unit.dex, classes.of_type[n], classes.signatures[n]
            at, group, index = _instructions(code, n)
            calls, types = len(dex.method_ids), len(of_type)
            owner = of_type[np.minimum(dex.method_classes, types - 1)]
            holder = of_type[np.minimum(dex.field_classes, types - 1)]
            holder = np.where(loading[holder], holder, -1)
            fields = len(holder)
            cls = np.concatenate((owner, owner, of_type, owner, holder, of_type))
            sizes = np.array([0, calls, calls, types, calls, fields, types], np.int32)
            inside = index < sizes[group]
            first = np.cumsum(sizes, dtype=np.int32) - sizes
            ref = np.where(inside, first[group] + index, 2 * calls + types - 1)
            own = np.flatnonzero(cls[ref] >= 0)
            at, ref = at[own], ref[own]
            starts = dex.items.bodies()[0]
            item = _items(starts, dex.items.code // 2 + 8)
            # One more at the end: of methods whose instructions are not looked at.
            stops = np.searchsorted(at, np.append(starts, [len(dex.units)] * 2))
            kinds = np.repeat(np.arange(CALL, NAMED + 1, dtype=np.uint8), sizes[1:])
            none = np.zeros(max(types, fields), np.int64)
            numbers = np.concatenate(
                (signatures, signatures, none[:types], signatures, none[:fields], none[:types])
            )  # fmt: skip
            parts.append((at, refs + ref, bodies + item, edges + stops, kinds, cls, numbers))
            edges, bodies, refs = edges + len(at), bodies + len(stops), refs + len(kinds)
        at, ref, item, ends, group, owner, signature = (
            joined([part[i] for part in parts], kind) for i, kind in enumerate(_KINDS)
        )
        self.at: Ints = at
        self.ref: Ints = ref
        self.item: Ints = item
        self.ends: Ints = ends
        self.group, self.cls, self.signature = view(group), view(owner), view(signature)
        self._views = view(item), view(ends), view(at), view(ref)

    def of(self, row: int) -> Iterator[tuple[int, int]]:
        """Return (unit, ref) of what a method leads to, by place."""
        item, ends, at, ref = self._views
        part = slice(ends[item[row]], ends[item[row] + 1])
        return zip(at[part].tolist(), ref[part].tolist(), strict=True)

    def doors(self, cls: int) -> list[tuple[int, int, int]]:
        """Return (signature, row, how) of the methods of a class that the system may call by itself."""
        found = self._doors.get(cls)
        if found is None:
            rows = self._classes.rows(cls)
            how = self.how[rows.start : rows.stop]
            own = self._classes.own(cls) if any(how) else {}
            doors = ((signature, row, how[row - rows.start]) for signature, row in own.items())
            found = self._doors[cls] = [door for door in doors if door[2]]
        return found

    def makers(self, cls: int) -> list[Place]:
        """Return the methods with code that make an object of a class."""
        import numpy as np

        if not self._classes.work.spend(1 + (len(self.ref) >> 10)):
            return []
        refs = np.flatnonzero((np.asarray(self.group) == NEW) & (np.asarray(self.cls) == cls))
        items = np.searchsorted(self.ends, np.flatnonzero(np.isin(self.ref, refs)), side="right") - 1
        rows = np.flatnonzero(np.isin(self.item, items) & self.has_code).tolist()
        return [self._classes.place(row) for row in rows]

    @cached_property
    def has_code(self) -> np.ndarray:
        """Of each method whether it has code."""
        return joined([dex.items.code > 0 for dex in self._classes.dexes], "=?")

    @cached_property
    def how(self) -> bytes:
        """Of each method how the system may call it by itself, 0 for one that it does not."""
        import numpy as np

        found = bytearray()
        for dex in self._classes.dexes:
            items = dex.items
            how = np.where(items.code > 0, _ways_in(dex)[items.method], 0)
            # Nothing of the system's is overridden by a method that is private or of no object.
            how[(items.access & METHOD_FIXED != 0) & np.isin(how, (BACK, TAP))] = 0
            found += how.astype(np.uint8).tobytes()
        return bytes(found)


def _instructions(code: Code, n: int) -> tuple[Ints, Ints, Ints]:
    """Return (unit, group, index) of the instructions of a dex that may lead on, handles as the calls they name."""
    import numpy as np

    at, op, index = code.instructions(n)
    group = _groups()[op]
    some = np.flatnonzero(group)
    found: list[Ints] = [column[some].astype(np.int32) for column in (at, group, index)]
    if not ((op >= CUSTOM) & (op <= HANDLE)).any():
        return found[0], found[1], found[2]
    unit, method = code.handle_columns(n)
    further = (unit, np.full(len(unit), HANDLE_TO), method)
    columns: list[Ints] = [
        np.concatenate((column, more)).astype(np.int32) for column, more in zip(found, further, strict=True)
    ]
    order = np.argsort(columns[0], kind="stable")
    return columns[0][order], columns[1][order], columns[2][order]


def _items(starts: Ints, first: Ints) -> Ints:
    """Return which code item begins at each unit, the one behind the last where none does."""
    import numpy as np

    found = np.searchsorted(starts, first)
    inside = found < len(starts)
    found[inside] = np.where(starts[found[inside]] == first[inside], found[inside], len(starts))
    return found


class Reach:
    """The methods reached from a set of component classes, with the call that first led to each."""

    def __init__(self, code: Code, components: list[str]) -> None:
        import numpy as np

        self.code = code
        self.classes = code.classes
        self.edges = Edges(code)
        self._parent: dict[int, Step | None] = {}
        """Reached method to the step that led there; None for one that the system calls."""
        self._todo: list[int] = []
        self._seen = np.zeros(len(self.edges.group), dtype=bool)
        self._made: set[int] = set()
        self._start = self.classes.signature("<clinit>", "()V")
        self._below: dict[int, list[int]] = {}
        """Class to the classes below it of which an object is made, and itself."""
        self._open: dict[int, dict[int, Step]] = {}
        """Class to signature of the virtual calls on it, with the first call of each."""
        for cls in components:
            if cls in self.classes.number:
                self._make(self.classes.number[cls], None, component=True)
        self._run()

    def path(self, place: Place) -> list[tuple[Place, int]] | None:
        """Return the calls from a method that the system calls to this one, (caller, unit) each; None if unreached."""
        row = self.classes.base[place[0]] + place[1]
        if row not in self._parent:
            return None
        steps: list[tuple[Place, int]] = []
        while (step := self._parent[row]) is not None:
            row, edge = step
            steps.append((self.classes.place(row), int(self.edges.at[edge])))
        return steps[::-1]

    def is_made(self, cls: int) -> bool:
        """Return whether an object of a class is made by what is reached, or by the system."""
        return cls in self._made

    def has_door(self, place: Place) -> bool:
        """Return whether a method is called when its class is loaded, from a page or by a layout."""
        return self.edges.how[self.classes.base[place[0]] + place[1]] in {LOAD, PAGE, TAP}

    # --- the walk -----------------------------------------------------------------------------------------------

    def _reach(self, row: int, by: Step | None) -> None:
        if row not in self._parent and len(self._parent) < _METHODS_CAP:
            self._parent[row] = by
            self._todo.append(row)

    def _make(self, cls: int, by: Step | None, *, component: bool = False) -> None:
        """Note that an object of a class exists: callbacks may be called, open virtual calls lead to its methods."""
        if cls in self._made:
            return
        self._made.add(cls)
        family = self.classes.line(cls)
        if not self.classes.work.spend(len(family)):
            return
        outside = component or self.classes.has_outside(cls)
        seen: set[int] = set()
        for t in family:
            for signature, row, how in self.edges.doors(t):
                if how == LOAD or (how == MAKE and component and t == cls):
                    self._reach(row, by)
                if how == MAKE or signature in seen:
                    continue
                seen.add(signature)
                if how == PAGE or (how == BACK and outside) or (how == TAP and component):
                    self._reach(row, by)
        for t in family:
            self._below.setdefault(t, []).append(cls)
            for signature, first in list(self._open.get(t, {}).items()):
                self._dispatch(cls, signature, first)

    def _dispatch(self, cls: int, signature: int, by: Step) -> None:
        """Reach what a call on an object of a class runs: its own method or the nearest inherited one."""
        row = self.classes.runs(cls, signature) if self.classes.work.spend(1) else None
        if row is not None:
            self._reach(row, by)

    def _load(self, cls: int, by: Step) -> None:
        """Reach what runs when a class is loaded."""
        row = self.classes.own(cls).get(self._start)
        if row is not None:
            self._reach(row, by)

    def _is_made_by_name(self, cls: int) -> bool:
        """Return whether the system or a library makes objects of a class of which it is told the name alone."""
        return not catalogue.made_by_name().isdisjoint(self.code.ancestors[self.classes.names[cls]])

    def _run(self) -> None:
        edges = self.edges
        while self._todo:
            level, self._todo = self._todo, []
            for caller, edge, ref in self._fresh(level):
                cls, by = edges.cls[ref], (caller, edge)
                group = edges.group[ref]
                if group == NEW:
                    self._make(cls, by)
                    continue
                if group == NAMED:
                    if self._is_made_by_name(cls):
                        self._make(cls, by, component=True)
                    continue
                if group == LOADS:
                    self._load(cls, by)
                    continue
                signature = edges.signature[ref]
                self._dispatch(cls, signature, by)
                if group == FIXED:
                    self._load(cls, by)
                elif signature not in self._open.setdefault(cls, {}):
                    self._open[cls][signature] = by
                    for below in self._below.get(cls, ()):
                        self._dispatch(below, signature, by)

    def _fresh(self, level: list[int]) -> Iterator[tuple[int, int, int]]:
        """Return (caller, edge, ref) of the edges of some methods that lead to what no edge led to before, in order.

        What a call or a new object leads to depends on its reference alone: each is followed once.
        """
        import numpy as np

        rows = np.array(level)
        item = self.edges.item[rows]
        low = self.edges.ends[item]
        count = self.edges.ends[item + 1] - low
        ends = np.cumsum(count)
        edge = np.repeat(low - ends + count, count) + np.arange(ends[-1])
        ref = self.edges.ref[edge]
        new = np.flatnonzero(~self._seen[ref])
        new = new[np.sort(np.unique(ref[new], return_index=True)[1])]
        self._seen[ref[new]] = True
        caller = rows[np.searchsorted(ends, new, side="right")]
        return zip(caller.tolist(), edge[new].tolist(), ref[new].tolist(), strict=True)


def _loading(code: Code) -> np.ndarray:
    """Return of each class whether something runs when it is loaded; one more at the end, for no class."""
    import numpy as np

    found = np.zeros(len(code.classes.names) + 1, dtype=bool)
    for unit, of_type in zip(code.units, code.classes.of_type, strict=True):
        dex = unit.dex
        starts = dex.named("<clinit>")
        rows = dex.items.class_row[np.flatnonzero(np.isin(dex.items.method, starts) & (dex.items.code > 0))]
        types = dex.class_defs["cls"][rows]
        found[of_type[types[types < len(of_type)]]] = True
    found[-1] = False
    return found


def _ways_in(dex: Dex) -> Bytes:
    """Return of each method reference how the system may call such a method by itself."""
    import numpy as np

    by_name = np.zeros(len(dex.string_ids) + 1, np.uint8)
    by_name[dex.strings_between("onA", "on[")] = BACK
    ways = {**dict.fromkeys(catalogue.callbacks(), BACK), "<init>": MAKE, "<clinit>": LOAD}
    for name, way in ways.items():
        index = dex.find_string(name)
        if index is not None:
            by_name[index] = way
    how: Bytes = by_name[np.minimum(dex.method_names, len(dex.string_ids))]
    taps = dex.find_protos(["Landroid/view/View;"], "V")
    how[(how == 0) & np.isin(dex.method_ids["proto"], taps)] = TAP
    pages = [m for m in dex.annotated(_BRIDGE) if m < len(how) and how[m] not in {LOAD, MAKE}]
    how[pages] = PAGE
    return how


@cache
def _groups() -> Bytes:
    """Return the group of each opcode."""
    import numpy as np

    table = np.where(invokes(), np.uint8(CALL), np.uint8(0))
    table[[0x6F, 0x70, 0x71, 0x75, 0x76, 0x77]] = FIXED
    table[[0xFA, 0xFB]] = 0
    table[0x22] = NEW
    table[0x60:0x6E] = LOADS
    table[0x1C] = NAMED
    return table
