"""Which methods the system can reach: from the components of a manifest through calls and callbacks.

Rapid type analysis: a virtual call leads to an override only where an object of that class is made in reached code or
by the system. A method that the framework calls on an object of the app is a callback by its name (``on…`` or the
table). Found means a path exists in the code, not that it runs; not found proves nothing (reflection, layouts).
"""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dunproof.read.app import catalogue
from dunproof.read.app.code import Code

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

Place = tuple[int, int]
"""Dex number and row of a method with code."""
_NEW: Final = 0x22
_STATIC_OR_DIRECT: Final = frozenset({0x6F, 0x70, 0x71, 0x75, 0x76, 0x77})
_METHODS_CAP: Final = 400_000


class Reach:
    """The methods reached from a set of component classes, with the call that first led to each."""

    def __init__(self, code: Code, components: list[str]) -> None:
        self.code = code
        self.parent: dict[Place, tuple[Place, int] | None] = {}
        """Reached method to (caller, unit of the call); None for one that the system calls."""
        self._todo: deque[Place] = deque()
        self._made: set[str] = set()
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
    def _by_class(self) -> dict[str, dict[str, Place]]:
        """Class to name+proto to place, of every method with code."""
        found: dict[str, dict[str, Place]] = {}
        for key, place in self.code.methods.items():
            cls, _, rest = key.partition("->")
            found.setdefault(cls, {})[rest] = place
        return found

    @cached_property
    def _edges(self) -> list[tuple[Ints, Ints, Ints, Ints]]:
        """Of each dex the calls of app methods and the objects made: (row of the method, unit, opcode, index)."""
        import numpy as np

        tables = []
        for n, unit in enumerate(self.code.units):
            dex = unit.dex
            at, op, index = self.code.instructions(n)
            types = np.array([dex.type(i) in self.code.defined for i in range(len(dex.type_ids))] or [False])
            invoke = (op >= 0x6E) & (op <= 0x78) & (op != 0x73) & (index < len(dex.method_ids))
            cls = np.zeros(len(at), dtype=np.int64)
            cls[invoke] = dex.method_ids["cls"][index[invoke]]
            new = (op == _NEW) & (index < len(dex.type_ids))
            cls[new] = index[new]
            cls[cls >= len(types)] = 0
            keep = np.flatnonzero((invoke | new) & types[cls])
            rows = dex.items.rows_of(at[keep])
            order = np.argsort(rows, kind="stable")
            tables.append((rows[order], at[keep][order], op[keep][order], index[keep][order]))
        return tables

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
            for name, place in self._by_class.get(t, {}).items():
                short = name.partition("(")[0]
                if short == "<clinit>" or (component and t == cls and short == "<init>"):
                    self._reach(place, by)
                if name in seen or short == "<init>":
                    continue
                seen.add(name)
                if outside and (short.startswith("on") or short in catalogue.callbacks() or _click(name, component)):
                    self._reach(place, by)
        for t in family:
            for name, first in list(self._open.get(t, {}).items()):
                self._dispatch(cls, name, first)

    def _dispatch(self, cls: str, name: str, by: tuple[Place, int]) -> None:
        """Reach what a call on an object of a class runs: its own method or the nearest inherited one."""
        for t in (cls, *self.code.ancestors.get(cls, ())):
            place = self._by_class.get(t, {}).get(name)
            if place is not None:
                self._reach(place, by)
                return

    def _run(self) -> None:
        import numpy as np

        while self._todo:
            place = self._todo.popleft()
            n, row = place
            dex = self.code.units[n].dex
            rows, at, op, index = self._edges[n]
            first = self._first_row(n, row)
            low, high = np.searchsorted(rows, [first, first + 1]).tolist()
            for unit, kind, ref in zip(
                at[low:high].tolist(), op[low:high].tolist(), index[low:high].tolist(), strict=True
            ):
                by = (place, unit)
                if kind == _NEW:
                    self._make(dex.type(ref), by)
                    continue
                callee = dex.method(ref)
                name = callee.name + callee.proto
                self._dispatch(callee.cls, name, by)
                if kind in _STATIC_OR_DIRECT:
                    start = self._by_class.get(callee.cls, {}).get("<clinit>()V")
                    if start is not None:
                        self._reach(start, by)
                elif name not in self._open.setdefault(callee.cls, {}):
                    self._open[callee.cls][name] = by
                    for cls in self.code.subclasses.get(callee.cls, ()):
                        if cls in self._made:
                            self._dispatch(cls, name, by)

    def _first_row(self, n: int, row: int) -> int:
        """Return the row that stands for all methods that share the code of this one."""
        items = self.code.units[n].dex.items
        return next(iter(items.at(int(items.code[row]) // 2 + 8)), row)


def _click(name: str, component: bool) -> bool:  # noqa: FBT001 - a predicate of two facts
    """Return whether a method can be the target of android:onClick in a layout."""
    return component and name.endswith("(Landroid/view/View;)V")
