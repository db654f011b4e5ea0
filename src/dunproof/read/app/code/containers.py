"""Lists, sets and maps as far as a call tells what goes into them and what comes out.

What they hold is told without order: everything that any call puts in, for a map what stands under a key. A call that
is not known here may put in anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.code.flow import Flow
from dunproof.read.app.code.program import Call
from dunproof.read.app.code.texts import HOLE
from dunproof.read.app.code.value import OPEN, UNKNOWN, Value, Walk, few
from dunproof.read.formats import dalvik
from dunproof.read.formats.dalvik import (
    CHECK_CAST,
    CONSTANTS,
    NEW_INSTANCE,
    OBJECT_GETS,
    OBJECT_MOVES,
    OBJECT_PUTS,
    RESULT_OBJECT,
    RETURN_OBJECT,
    STATIC_INVOKES,
)
from dunproof.read.formats.dex import Method

if TYPE_CHECKING:
    from dunproof.read.app.code.values import Values

_HOUSES: Final = ("Ljava/util/", "Lkotlin/collections/", "Landroid/util/", "Landroidx/collection/")
_CALLERS: Final = 24
_PLACES: Final = 16
"""Callers of a method, places of a field, that are followed."""
_STEPS: Final = 60_000
"""Instructions visited for one object."""
_PUTS: Final = OBJECT_PUTS | {0x4D}
"""iput-object and sput-object; with aput-object."""


class Change(msgspec.Struct, frozen=True):
    """What a call may put into a container."""

    at: int
    """Index of the call; of a factory too."""
    kind: str
    """``one`` thing, ``all`` of another container, the elements of an ``array``, what a ``field`` comes to hold (the
    container itself is put there), or ``open``: anything."""
    position: int = -1
    key: int = -1
    """Place of the key among the registers of the call; -1 if it has none."""


def hands_out(callee: Method) -> bool:
    """Return whether a call gives back one of the things in its first argument."""
    return callee.name in catalogue.container_calls("hands_out") and callee.cls.startswith(_HOUSES)


def key_of(callee: Method) -> int:
    """Return the place of the key under which a call looks; -1 if it has none."""
    return 1 if callee.name.startswith("get") and is_keyed(callee.cls) and "()" not in callee.proto else -1


def is_keyed(cls: str) -> bool:
    """Return whether things of a class stand under keys."""
    return cls.rpartition("/")[2].rstrip(";") in catalogue.container_calls("keyed")


def is_view(callee: Method) -> bool:
    """Return whether a call gives back what its first argument holds, in another form."""
    return callee.name in catalogue.container_calls("view") and callee.cls.startswith(_HOUSES)


def is_kind(cls: str) -> bool:
    """Return whether objects of a class are containers that this module knows."""
    return cls.startswith(_HOUSES)


def made_of(flow: Flow, n: int) -> list[Change] | None:
    """Return what a call that makes a container puts in; None if it makes none."""
    insn = flow.insns[n]
    if insn.op not in STATIC_INVOKES:
        return None
    callee = flow.dex.method(insn.index)
    if callee.name not in catalogue.container_calls("makes") or not callee.cls.startswith(_HOUSES):
        return None
    if "[Ljava/lang/Object;)" in callee.proto:
        return [Change(n, "array", 0)] if len(insn.args) == 1 else None
    if is_keyed(callee.cls) or callee.name.endswith("Map"):
        return [Change(n, "one", p, p - 1) for p in range(1, len(insn.args), 2)]
    return [Change(n, "one", p) for p in range(len(insn.args))]


def makers(flow: Flow, at: int, register: int) -> tuple[set[int], set[int], int]:
    """Return (instructions that make the object in a register, registers in which it came in, visited).

    Where that takes too long it came in from anywhere, register -1.
    """
    found: set[int] = set()
    given: set[int] = set()
    todo = [(at, register)]
    seen = set(todo)
    visited = 0
    while todo:
        here, held = todo.pop()
        writes, entry, steps = flow.definitions(here, held)
        visited += steps
        if visited > _STEPS:
            return found, {-1}, visited
        if entry:
            given.add(held)
        for n in writes:
            insn = flow.insns[n]
            if insn.op not in OBJECT_MOVES and insn.op != CHECK_CAST:
                found.add(n)
                continue
            step = (n, insn.args[0] if insn.op in OBJECT_MOVES else insn.writes)
            if step not in seen:
                seen.add(step)
                todo.append(step)
    return found, given, visited


def changes(flow: Flow, made: int, register: int = -1) -> tuple[list[Change], int]:
    """Return (what may put things into an object, visited): one that is made here, or that a register brought."""
    found: list[Change] = []
    visited = len(flow.insns)
    names = flow.names(flow.insns[made].writes if made >= 0 else register)
    for n, insn in enumerate(flow.insns):
        if insn.op not in dalvik.INVOKES and insn.op not in _PUTS:
            continue
        for position, held in enumerate(insn.args):
            if held not in names:
                continue
            by, given, steps = makers(flow, n, held)
            visited += steps
            if visited > _STEPS:
                return [Change(n, "open")], visited
            if made in by or (register >= 0 and register in given):
                found += _change(flow, n, position)
    return found, visited


def _change(flow: Flow, n: int, position: int) -> list[Change]:
    insn = flow.insns[n]
    if insn.op in _PUTS:
        kept = insn.op in OBJECT_PUTS
        return ([Change(n, "field")] if kept else [Change(n, "open")]) if not position else []
    callee = flow.dex.method(insn.index)
    last = len(insn.args) - 1
    if not callee.cls.startswith(_HOUSES):
        # Whether it is null is asked there, and puts nothing in.
        return [] if callee.cls == "Lkotlin/jvm/internal/Intrinsics;" else [Change(n, "open")]
    if insn.op in STATIC_INVOKES:
        return [] if callee.name in catalogue.container_calls("view", "looks", "makes") else [Change(n, "open")]
    if position:
        return [] if callee.name in catalogue.container_calls("adds", "adds_all", "looks") else [Change(n, "open")]
    if callee.name in catalogue.container_calls("adds"):
        return [Change(n, "one", last, 1 if last > 1 else -1)]
    if callee.name in catalogue.container_calls("adds_all"):
        return _begun(n, callee, last)
    return [] if callee.name in catalogue.container_calls("looks", "view") else [Change(n, "open")]


def _begun(n: int, callee: Method, last: int) -> list[Change]:
    """Return what the making of a container of another, or one of a size, puts in."""
    types = callee.proto.partition(")")[0]
    if not last or not types.strip("(IFZJ"):
        return []
    if types.startswith(("(Ljava/util/Collection;", "(Ljava/util/List;", "(Ljava/util/Set;", "(Ljava/util/Map;")):
        return [Change(n, "all", 1)]
    return [Change(n, "one", 1)] if types == "(Ljava/lang/Object;" else [Change(n, "open")]


class Held:
    """Answers what the containers of an app hold."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def held(  # noqa: PLR0917 - the state of one walk
        self, call: Call, flow: Flow, at: int, register: int, keys: frozenset[Value] | None, walk: Walk
    ) -> frozenset[Value]:
        """Return the things that a container can hold, of a map those under some keys."""
        mark = ("held", call.dex, call.row, at, register)
        if mark in walk.seen:
            self.values.cut()
            return frozenset()
        made, given, steps = makers(flow, at, register)
        inner = self.values.deeper(walk, steps, mark)
        if inner is None:
            return OPEN
        found: set[Value] = set()
        for n in sorted(made):
            found |= self._begun_with(call, flow, n, keys, inner)
            found |= self._changed(call, flow, (n, -1), keys, inner)
        for held in sorted(given):
            found |= self._held_by_callers(call, flow, held, keys, inner)
            found |= self._changed(call, flow, (-1, held), keys, inner)
        return few(found)

    def _changed(  # noqa: PLR0917 - the state of one walk
        self, call: Call, flow: Flow, what: tuple[int, int], keys: frozenset[Value] | None, walk: Walk, but: int = -1
    ) -> frozenset[Value]:
        """Return what a method puts into a container: one that an instruction makes, or that a register brought."""
        if what[0] >= 0 and flow.insns[what[0]].op in CONSTANTS:
            return frozenset()  # nothing is put into null
        puts, steps = changes(flow, *what)
        if not self.values.spend(steps):
            return OPEN
        return self._added(call, flow, [put for put in puts if put.at != but], keys, walk)

    def _begun_with(
        self, call: Call, flow: Flow, made: int, keys: frozenset[Value] | None, walk: Walk
    ) -> frozenset[Value]:
        """Return what a container holds where an instruction makes or fetches it."""
        insn = flow.insns[made]
        if insn.op in CONSTANTS or (insn.op == NEW_INSTANCE and is_kind(flow.dex.type(insn.index))):
            return frozenset()
        if insn.op in OBJECT_GETS:
            return self._kept(flow.dex.field(insn.index), keys, walk)
        if insn.op != RESULT_OBJECT or not made or flow.insns[made - 1].op not in dalvik.INVOKES:
            return OPEN
        n, by = made - 1, flow.insns[made - 1]
        if by.args and is_view(flow.dex.method(by.index)):
            return self.held(call, flow, n, by.args[0], keys, walk)
        puts = made_of(flow, n)
        if puts is not None:
            return self._added(call, flow, puts, keys, walk)
        rows, whole = self.values.run_by(call.dex, by)
        found: set[Value] = set() if whole else {UNKNOWN}
        for row in rows:
            n_, within = self.values.code.classes.place(row)
            inner = self.values.flow(n_, within)
            for m, back in enumerate(inner.insns):
                if back.op == RETURN_OBJECT:
                    found |= self.held(Call(n_, back.at, within), inner, m, back.args[0], keys, walk)
        return few(found)

    def _added(
        self, call: Call, flow: Flow, puts: Iterable[Change], keys: frozenset[Value] | None, walk: Walk
    ) -> frozenset[Value]:
        """Return what some calls may put into a container."""
        found: set[Value] = set()
        for put in puts:
            args = flow.insns[put.at].args
            if put.kind == "open" or not self.values.spend(1):
                found.add(UNKNOWN)
            elif put.kind == "field":
                found |= self._kept(flow.dex.field(flow.insns[put.at].index), keys, walk)
            elif put.kind == "all":
                found |= self.held(call, flow, put.at, args[put.position], keys, walk)
            elif put.kind == "array":
                found |= self.values.elements(call, flow, put.at, args[put.position], None, walk)
            elif self._may_be(call, flow, put, keys, walk):
                found |= self.values.register(call, flow, put.at, args[put.position], walk)
        return few(found)

    def _may_be(self, call: Call, flow: Flow, put: Change, keys: frozenset[Value] | None, walk: Walk) -> bool:
        """Return whether a thing may stand under one of some keys."""
        if keys is None or put.key < 0:
            return True
        under = self.values.register(call, flow, put.at, flow.insns[put.at].args[put.key], walk)
        told = all(v.kind == "string" and HOLE not in v.text for v in under | keys)
        return not told or not under.isdisjoint(keys)

    def _held_by_callers(
        self, call: Call, flow: Flow, register: int, keys: frozenset[Value] | None, walk: Walk
    ) -> frozenset[Value]:
        """Return what a container holds that a method is handed."""
        position = register - (flow.registers - flow.incoming)
        callers = self.values.code.callers(call.dex, call.row, _CALLERS + 1)
        if callers and not walk.hops:
            self.values.cut()
            return OPEN
        if position < 0 or not 0 < len(callers) <= _CALLERS:
            return OPEN
        found: set[Value] = set()
        inner = Walk(walk.levels, walk.hops - 1, walk.seen)
        for site in callers:
            above = self.values.flow(site.dex, site.row)
            at = above.index.get(site.unit)
            if at is None or above.insns[at].op not in dalvik.INVOKES or position >= len(above.insns[at].args):
                return OPEN
            # That it is handed over puts nothing in: what this method does with it is told there.
            made, given, steps = makers(above, at, above.insns[at].args[position])
            if not self.values.spend(steps):
                return OPEN
            for n in sorted(made):
                found |= self._begun_with(site, above, n, keys, inner)
                found |= self._changed(site, above, (n, -1), keys, inner, but=at)
            for held in sorted(given):
                found |= self._held_by_callers(site, above, held, keys, inner)
                found |= self._changed(site, above, (-1, held), keys, inner, but=at)
        return few(found)

    def _kept(self, name: str, keys: frozenset[Value] | None, walk: Walk) -> frozenset[Value]:
        """Return what a container holds that a field of the app keeps: what its writers and its readers put in."""
        mark = ("kept", name)
        writers, readers = self.values.writers(name), self.values.mentions(name, (0x54, 0x62))
        if mark in walk.seen:
            self.values.cut()
            return frozenset()
        if not writers or max(len(writers), len(readers)) > _PLACES:
            return OPEN
        inner = Walk(walk.levels, walk.hops, walk.seen | {mark})
        found: set[Value] = set()
        for place in writers:
            flow = self.values.flow(place.dex, place.row)
            at = flow.index.get(place.unit)
            found |= OPEN if at is None else self.held(place, flow, at, flow.insns[at].args[0], keys, inner)
        for place in readers:
            flow = self.values.flow(place.dex, place.row)
            at = flow.index.get(place.unit)
            found |= OPEN if at is None else self._changed(place, flow, (at, -1), keys, inner)
        return few(found)
