"""Whether nothing in the code of an app leads to a method: no call, no callback, no name by which it could be asked.

The walk goes backwards over everything that may lead on, made or not: a call of any class above or below, an override
of a method that the framework may know, a text that is the method's name, an annotation by which a library may find
it. What it does not find does not run, unless code is loaded, named or called from where this code does not show it:
whether that is so, the caller has to know.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dunproof.read.app.code.program import FIXED, Code
from dunproof.read.app.code.values import arguments

if TYPE_CHECKING:
    from dunproof.read.app.code.reach import Place, Reach

_METHODS_CAP: Final = 400
_CALLERS_CAP: Final = 200
"""Methods and callers of one that are followed; behind them nothing is dead."""
_PUBLIC: Final = 0x1
_SYNTHETIC: Final = 0x1000
"""Access of what anybody may use, and of what no source text holds."""
_BACK: Final = re.compile("on[A-Z]")
_OF_OBJECT: Final = frozenset({"toString", "hashCode", "equals", "finalize", "clone", "compareTo", "compare"})


class Dead:
    """Answers for the methods of one app."""

    def __init__(self, code: Code, reach: Reach) -> None:
        self.code = code
        self.reach = reach
        self._known: dict[Place, bool] = {}

    def holds(self, place: Place) -> bool:
        """Return whether nothing leads to a method."""
        if place not in self._known:
            self._known[place] = self._walk(place)
        # Where ways are missing nothing is dead.
        return self._known[place] and not self.code.classes.work.cut

    def _walk(self, place: Place) -> bool:
        seen = {place}
        todo = [place]
        while todo:
            here = todo.pop()
            if self._has_way_in(here):
                return False
            calls = self.code.callers(*here, _CALLERS_CAP + 1)
            seen_before = len(seen)
            fresh = ({(call.dex, call.row) for call in calls} | self._makers(here)) - seen
            seen |= fresh
            todo += sorted(fresh)
            if len(calls) > _CALLERS_CAP or seen_before + len(fresh) > _METHODS_CAP:
                return False
        return True

    def _has_way_in(self, place: Place) -> bool:
        n, row = place
        if self.reach.path(place) is not None or self.reach.has_door(place):
            return True
        dex = self.code.units[n].dex
        index = int(dex.items.method[row])
        method = dex.method(index)
        cls = self.code.classes.called(n, index)
        if cls is None or index in self._annotated[n]:
            return True
        if int(self.code.classes.signatures[n][index]) in self._handled:
            return True
        if method.name == "<init>":
            return self._is_named(cls)
        if int(dex.items.access[row]) & FIXED:
            return self._is_text(method.name)
        if method.name in _OF_OBJECT or self._is_text(method.name):
            return True
        # Buses of events look for methods by how their names begin, on any object that is handed to them.
        known = self._below.get(cls, []) if _BACK.match(method.name) else self._known_outside(cls)
        return any(self.reach.is_made(c) or self._is_named(c) for c in known)

    def _makers(self, place: Place) -> set[Place]:
        """Return the methods that make an object of which something outside may call a method, as a lambda."""
        items = self.code.units[place[0]].dex.items
        cls = self.code.classes.called(place[0], int(items.method[place[1]]))
        if cls is None or int(items.access[place[1]]) & FIXED:
            return set()
        return {maker for c in self._known_outside(cls) for maker in self.reach.edges.makers(c)}

    def _known_outside(self, cls: int) -> list[int]:
        """Return the classes, a class or those below it, whose methods something outside the app may call."""
        return [c for c in self._below.get(cls, ()) if self.code.classes.has_outside(c)]

    @cached_property
    def _below(self) -> dict[int, list[int]]:
        """Class to itself and the classes below it."""
        found: dict[int, list[int]] = {}
        for cls in range(len(self.code.classes.names)):
            for t in self.code.classes.line(cls):
                found.setdefault(t, []).append(cls)
        return found

    def _is_named(self, cls: int) -> bool:
        """Return whether an object of a class may be made by its name, in code, a layout or another file.

        A name in a file needs a class that somebody wrote, with a constructor that anybody may call.
        """
        classes = self.code.classes
        if self._is_class(classes.names[cls]):
            return True
        n, row = classes.where[cls]
        dex = self.code.units[n].dex
        if not classes.has_outside(cls) or int(dex.class_defs["access"][row]) & _SYNTHETIC:
            return False
        rows = [row - classes.base[n] for row in classes.rows(cls)]
        makers = [(row, dex.method(int(dex.items.method[row]))) for row in rows]
        makers = [(row, method) for row, method in makers if method.name == "<init>"]
        return not makers or any(
            int(dex.items.access[row]) & _PUBLIC and not any(t in self.code.defined for t in arguments(method.proto))
            for row, method in makers
        )

    @cached_property
    def _annotated(self) -> list[set[int]]:
        """Of each dex the methods that carry any annotation."""
        return [unit.dex.annotated() for unit in self.code.units]

    @cached_property
    def _handled(self) -> set[int]:
        """Signatures of the methods to which a handle is taken."""
        signatures = self.code.classes.signatures
        return {int(signatures[n][m]) for n in range(len(self.code.units)) for m in self.code.handles(n)}

    @cached_property
    def _named(self) -> list[tuple[set[int], set[int]]]:
        """Of each dex the texts and the types that instructions load, and the texts that fields hold."""
        found = []
        for n in range(len(self.code.units)):
            texts, types = self.code.constants(n)
            found.append((texts | {row.string for row in self.code.statics(n)}, types))
        return found

    def _is_text(self, text: str) -> bool:
        """Return whether code names a text."""
        named = zip(self.code.units, self._named, strict=True)
        return any(unit.dex.find_string(text) in texts for unit, (texts, _) in named)

    def _is_class(self, cls: str) -> bool:
        """Return whether code names a class as a value, or by its dotted name."""
        named = zip(self.code.units, self._named, strict=True)
        return any(unit.dex.find_type(cls) in types for unit, (_, types) in named) or self._is_text(
            cls[1:-1].replace("/", ".")
        )
