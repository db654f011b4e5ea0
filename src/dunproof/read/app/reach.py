"""Which methods the system can reach: from the components of a manifest through calls and callbacks.

Rapid type analysis: a virtual call leads to an override only where an object of that class is made in reached code or
by the system. A method that the framework calls on an object of the app is a callback by its name (``on…`` or the
table). Found means a path exists in the code, not that it runs; not found proves nothing (reflection, layouts).
"""

from __future__ import annotations

from collections import deque
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from dunproof.read.app import catalogue
from dunproof.read.app.code import CUSTOM, HANDLE, Code

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Place = tuple[int, int]
"""Dex number and row of a method with code."""
_NEW: Final = 0x22
_STATIC_OR_DIRECT: Final = frozenset({0x6F, 0x70, 0x71, 0x75, 0x76, 0x77})
_METHODS_CAP: Final = 400_000
_BRIDGE: Final = "Landroid/webkit/JavascriptInterface;"


class Reach:
    """The methods reached from a set of component classes, with the call that first led to each."""

    def __init__(self, code: Code, components: list[str]) -> None:
        self.code = code
        self.parent: dict[Place, tuple[Place, int] | None] = {}
        """Reached method to (caller, unit of the call); None for one that the system calls."""
        self._todo: deque[Place] = deque()
        self._made: set[str] = set()
        self._doors: dict[str, list[tuple[str, Place, str]]] = {}
        self._below: dict[str, list[str]] = {}
        """Type to the classes below it of which an object is made, and itself."""
        self._open: dict[str, dict[str, tuple[Place, int]]] = {}
        """Type to name+proto of the virtual calls on it, with the first call of each."""
        for cls in components:
            self._make(cls, None, component=True)
        self._run()

    def path(self, place: Place) -> list[tuple[Place, int]] | None:
        """Return the calls from a method that the system calls to this one, (caller, unit) each; None if unreached."""
        if place not in self.parent:
            return None
        steps: list[tuple[Place, int]] = []
        at: Place = place
        while (step := self.parent[at]) is not None:
            steps.append(step)
            at = step[0]
        return steps[::-1]

    # --- the tables ---------------------------------------------------------------------------------------------

    @cached_property
    def _edges(self) -> list[tuple[list[int], list[int], list[int], list[int]]]:
        """Of each dex the calls of app methods and objects made: (end of each method's rows, unit, opcode, index)."""
        import numpy as np

        tables = []
        for n, unit in enumerate(self.code.units):
            dex = unit.dex
            at, op, index = self.code.instructions(n)
            types = np.zeros(max(1, len(dex.type_ids)), dtype=bool)
            types[[i for i in dex.class_defs["cls"].tolist() if i < len(types)]] = True
            if len(self.code.units) > 1:
                named = (i for i in np.flatnonzero(~types).tolist() if dex.type(i) in self.code.defined)
                types[list(named)] = True
            invoke = np.flatnonzero(_calls()[op] & (index < len(dex.method_ids)))
            invoke = invoke[types[np.minimum(dex.method_classes[index[invoke]], len(types) - 1)]]
            new = np.flatnonzero((op == _NEW) & (index < len(dex.type_ids)))
            custom = np.flatnonzero((op >= CUSTOM) & (op <= HANDLE))
            keep = np.sort(np.concatenate((invoke, new[types[index[new]]], custom)))
            rows = dex.items.rows_of(at[keep])
            order = np.argsort(rows, kind="stable")
            keep = keep[order]
            ends = np.searchsorted(rows[order], np.arange(len(dex.items) + 1))
            tables.append((ends.tolist(), at[keep].tolist(), op[keep].tolist(), index[keep].tolist()))
        return tables

    @cached_property
    def _bridged(self) -> set[Place]:
        """Methods that the pages of a web view call, once they are handed an object of the class."""
        found: set[Place] = set()
        for unit in self.code.units:
            for method in unit.dex.annotated(_BRIDGE):
                place = self.code.methods.get(unit.dex.key(method))
                if place is not None:
                    found.add(place)
        return found

    # --- the walk -----------------------------------------------------------------------------------------------

    def _reach(self, place: Place, by: tuple[Place, int] | None) -> None:
        if place not in self.parent and len(self.parent) < _METHODS_CAP:
            self.parent[place] = by
            self._todo.append(place)

    def _make(self, cls: str, by: tuple[Place, int] | None, *, component: bool = False) -> None:
        """Note that an object of a class exists: callbacks may be called, open virtual calls lead to its methods."""
        if cls in self._made or cls not in self.code.defined:
            return
        self._made.add(cls)
        family = (cls, *self.code.ancestors[cls])
        outside = component or any(t not in self.code.defined and t != "Ljava/lang/Object;" for t in family)
        seen: set[str] = set()
        for t in family:
            for name, place, how in self._doors_of(t):
                if how == "load" or (how == "make" and component and t == cls):
                    self._reach(place, by)
                if how == "make" or name in seen:
                    continue
                seen.add(name)
                if how == "page" or (how == "call" and outside) or (how == "click" and component):
                    self._reach(place, by)
        for t in family:
            self._below.setdefault(t, []).append(cls)
            for name, first in list(self._open.get(t, {}).items()):
                self._dispatch(cls, name, first)

    def _doors_of(self, cls: str) -> list[tuple[str, Place, str]]:
        """Return the methods of a class that the system may call by itself, with how: (name, place, how)."""
        found = self._doors.get(cls)
        if found is None:
            found = self._doors[cls] = []
            for name, place in self.code.members(cls).items():
                short = name.partition("(")[0]
                if short == "<clinit>":
                    found.append((name, place, "load"))
                elif short == "<init>":
                    found.append((name, place, "make"))
                elif place in self._bridged:
                    found.append((name, place, "page"))
                elif short.startswith("on") or short in catalogue.callbacks():
                    found.append((name, place, "call"))
                elif name.endswith("(Landroid/view/View;)V"):
                    # It can be the target of android:onClick in a layout.
                    found.append((name, place, "click"))
        return found

    def _dispatch(self, cls: str, name: str, by: tuple[Place, int]) -> None:
        """Reach what a call on an object of a class runs: its own method or the nearest inherited one."""
        for t in (cls, *self.code.ancestors.get(cls, ())):
            place = self.code.members(t).get(name)
            if place is not None:
                self._reach(place, by)
                return

    def _run(self) -> None:
        # What a call or a new object leads to depends on its opcode and its reference alone: each is followed once.
        seen: set[tuple[int, int, int]] = set()
        while self._todo:
            place = self._todo.popleft()
            n, row = place
            dex = self.code.units[n].dex
            ends, at, op, index = self._edges[n]
            first = int(dex.items.first_row[row])
            for step in range(ends[first], ends[first + 1]):
                kind, ref = op[step], index[step]
                if (n, kind, ref) in seen:
                    continue
                seen.add((n, kind, ref))
                by = (place, at[step])
                if kind == _NEW:
                    self._make(dex.type(ref), by)
                    continue
                if kind >= CUSTOM:
                    for method in self.code.handled(n, kind, ref):
                        self._dispatch(dex.method(method).cls, dex.signature(method), by)
                    continue
                cls, name = dex.type(int(dex.method_classes[ref])), dex.signature(ref)
                self._dispatch(cls, name, by)
                if kind in _STATIC_OR_DIRECT:
                    start = self.code.members(cls).get("<clinit>()V")
                    if start is not None:
                        self._reach(start, by)
                elif name not in self._open.setdefault(cls, {}):
                    self._open[cls][name] = by
                    for below in self._below.get(cls, ()):
                        self._dispatch(below, name, by)


@cache
def _calls() -> npt.NDArray[np.bool_]:
    import numpy as np

    mask = np.zeros(256, dtype=bool)
    mask[0x6E:0x79] = True
    mask[0x73] = False
    return mask
