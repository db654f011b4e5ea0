"""Which values can stand in a register at a call: all reaching definitions, followed through the app's own code.

The walk goes backwards over the control flow of one method (branches, switch arms, exception handlers), so a register
set in two arms gives two values. Parameters lead to the callers, own fields to their writers, own calls to what they
return; depth and work are bounded, and what was not followed is the value ``unknown``, never silence.
"""

from __future__ import annotations

from typing import Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.code import Call, Code
from dunproof.read.formats import dalvik
from dunproof.read.formats.dalvik import Insn
from dunproof.read.formats.dex import Dex, Method

_LEVELS: Final = 12
_CALLERS: Final = 24
_WRITERS: Final = 16
_STEPS: Final = 400_000
"""Instructions visited for one app before every further answer is ``unknown``."""
_MOVES: Final = frozenset({0x07, 0x08, 0x09})
_CONSTANTS: Final = frozenset({0x12, 0x13, 0x14})
_STRINGS: Final = frozenset({0x1A, 0x1B})
_SAME: Final = {
    "Landroid/net/Uri;->parse": 0, "Landroid/net/Uri;->buildUpon": 0, "Landroid/net/Uri$Builder;->build": 0,
    "Landroid/net/Uri$Builder;->appendQueryParameter": 0, "Landroid/net/Uri;->toString": 0,
    "Ljava/lang/String;->toString": 0, "Ljava/lang/String;->trim": 0, "Ljava/lang/String;->valueOf": 0,
    "Ljava/lang/String;->intern": 0, "Ljava/util/Objects;->requireNonNull": 0,
}  # fmt: skip
"""Calls that hand on the value of one argument."""
_BELOW: Final = {
    "Landroid/net/Uri;->withAppendedPath": 0, "Landroid/content/ContentUris;->withAppendedId": 0,
    "Landroid/net/Uri$Builder;->appendPath": 0, "Landroid/net/Uri$Builder;->appendEncodedPath": 0,
    "Ljava/lang/String;->concat": 0,
}  # fmt: skip
"""Calls that give a place below the value of one argument."""


class Value(msgspec.Struct, frozen=True, order=True):
    """A value: its kind, its text, and whether something was appended to it.

    Kinds: ``uri`` (of the catalogue), ``string``, ``null``, ``picked``, ``documents``, ``parameter`` (comes from
    outside the app's code), ``unknown``.
    """

    kind: str
    text: str = ""
    below: bool = False


UNKNOWN: Final = Value("unknown")


class Flow:
    """The instructions of one method and what may run before each."""

    def __init__(self, dex: Dex, code: int) -> None:
        first, size, self.registers, self.incoming = dex.body(code)
        self.insns = list(dalvik.sweep(dex.units, first, size))
        self.index = {insn.at: n for n, insn in enumerate(self.insns)}
        self.before: list[list[tuple[int, bool]]] = [[] for _ in self.insns]
        """(instruction, whether its own write counts): an exception leaves before the write."""
        for n, insn in enumerate(self.insns):
            if dalvik.falls_through(insn.op) and n + 1 < len(self.insns):
                self.before[n + 1].append((n, True))
            for target in dalvik.targets(dex.units, insn, first + size):
                if target in self.index:
                    self.before[self.index[target]].append((n, True))
        for start, stop, handlers in dex.handlers(code):
            inside = [n for at, n in self.index.items() if start <= at - first < stop]
            for handler in handlers:
                if first + handler in self.index:
                    self.before[self.index[first + handler]] += [(n, False) for n in inside]

    def definitions(self, at: int, register: int) -> tuple[set[int], bool, int]:
        """Return what reaches a register before an instruction: (writing instructions, the entry value, visited)."""
        found: set[int] = set()
        entry = at == 0
        seen = {at}
        todo = [at]
        while todo:
            here = todo.pop()
            entry = entry or here == 0
            for n, counts in self.before[here]:
                insn = self.insns[n]
                wrote = insn.writes == register or (insn.wide and insn.writes + 1 == register)
                if counts and wrote:
                    found.add(n)
                elif n not in seen:
                    seen.add(n)
                    todo.append(n)
        return found, entry, len(seen)


class Values:
    """Answers what stands in the registers of an app."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self._flows: dict[tuple[int, int], Flow] = {}
        self._steps = 0

    def flow(self, n: int, row: int) -> Flow:
        """Return the instructions of a method, decoded once."""
        items = self.code.units[n].dex.items
        key = (n, int(items.code[row]))
        if key not in self._flows:
            if len(self._flows) > 512:
                self._flows.clear()
            self._flows[key] = Flow(self.code.units[n].dex, key[1])
        return self._flows[key]

    def argument(self, call: Call, position: int) -> frozenset[Value]:
        """Return the values that can stand in a register of a call, counted from the receiver."""
        return self._argument(call, position, _LEVELS, frozenset())

    def _argument(self, call: Call, position: int, levels: int, seen: frozenset[object]) -> frozenset[Value]:
        flow = self.flow(call.dex, call.row)
        at = flow.index.get(call.unit)
        if at is None or position >= len(flow.insns[at].args):
            return frozenset({UNKNOWN})
        return self._register(call, flow, at, flow.insns[at].args[position], levels, seen)

    def _register(  # noqa: PLR0917 - the state of one walk
        self, call: Call, flow: Flow, at: int, register: int, levels: int, seen: frozenset[object]
    ) -> frozenset[Value]:
        mark = (call.dex, call.row, at, register)
        if mark in seen:
            return frozenset()
        if not levels or self._steps > _STEPS:
            return frozenset({UNKNOWN})
        seen |= {mark}
        found, entry, steps = flow.definitions(at, register)
        self._steps += steps
        values: set[Value] = set()
        for n in sorted(found):
            values |= self._defined(call, flow, n, levels - 1, seen)
        if entry:
            values |= self._parameter(call, flow, register, levels - 1, seen)
        return frozenset(values)

    def _defined(self, call: Call, flow: Flow, n: int, levels: int, seen: frozenset[object]) -> frozenset[Value]:
        insn = flow.insns[n]
        dex = self.code.units[call.dex].dex
        if insn.op in _MOVES:
            return self._register(call, flow, n, insn.args[0], levels, seen)
        if insn.op in _STRINGS:
            return frozenset({Value("string", dex.string(insn.index))})
        if insn.op in _CONSTANTS:
            return frozenset({Value("null") if insn.index == 0 else UNKNOWN})
        if insn.op in {0x54, 0x62}:
            return self._field(call.dex, insn, levels, seen)
        if insn.op == 0x0C and n:
            return self._result(call, flow, n - 1, levels, seen)
        return frozenset({UNKNOWN})

    def _result(self, call: Call, flow: Flow, n: int, levels: int, seen: frozenset[object]) -> frozenset[Value]:
        """Return what a call gives back."""
        insn = flow.insns[n]
        if insn.op not in dalvik.INVOKES:
            return frozenset({UNKNOWN})
        callee = self.code.units[call.dex].dex.method(insn.index)
        name = f"{callee.cls}->{callee.name}"
        if name in _SAME or name in _BELOW:
            position = _SAME.get(name, 0)
            if position >= len(insn.args):
                return frozenset({UNKNOWN})
            values = self._register(call, flow, n, insn.args[position], levels, seen)
            return values if name in _SAME else frozenset(Value(v.kind, v.text, below=True) for v in values)
        if name == "Landroid/content/Intent;->getData":
            return frozenset({Value("picked")})
        if callee.cls == "Landroid/provider/DocumentsContract;":
            return frozenset({Value("documents")})
        place = self._definition(callee)
        if place is None:
            return frozenset({UNKNOWN})
        inner = self.flow(*place)
        found: set[Value] = set()
        for m, back in enumerate(inner.insns):
            if back.op == 0x11:
                at = Call(place[0], back.at, place[1])
                found |= self._register(at, inner, m, back.args[0], levels, seen)
        return frozenset(found) or frozenset({UNKNOWN})

    def _definition(self, callee: Method) -> tuple[int, int] | None:
        """Return where the code of a method stands, its own class first, then the superclasses."""
        for cls in (callee.cls, *self.code.ancestors.get(callee.cls, ())):
            place = self.code.methods.get(f"{cls}->{callee.name}{callee.proto}")
            if place is not None:
                return place
        return None

    def _field(self, n: int, insn: Insn, levels: int, seen: frozenset[object]) -> frozenset[Value]:
        name = self.code.units[n].dex.field(insn.index)
        row = catalogue.uri_fields().get(name)
        if row is not None:
            return frozenset({Value("uri", row.value, below=row.one)})
        if name.partition("->")[0] not in self.code.defined:
            return frozenset({UNKNOWN})
        found: set[Value] = set()
        writers = list(self._writers(name))
        for call in writers[:_WRITERS]:
            flow = self.flow(call.dex, call.row)
            at = flow.index.get(call.unit)
            if at is not None:
                found |= self._register(call, flow, at, flow.insns[at].args[0], levels, seen)
        if len(writers) > _WRITERS or not writers:
            found.add(UNKNOWN)
        return frozenset(found)

    def _writers(self, name: str) -> list[Call]:
        found: list[Call] = []
        for n, unit in enumerate(self.code.units):
            for index in unit.dex.find_fields(name):
                found += self.code.mentions(n, (0x5B, 0x69), index)
        return found

    def _parameter(
        self, call: Call, flow: Flow, register: int, levels: int, seen: frozenset[object]
    ) -> frozenset[Value]:
        position = register - (flow.registers - flow.incoming)
        if position < 0:
            return frozenset({UNKNOWN})
        method = self.code.caller(call)
        found: set[Value] = set()
        outside = False
        callers: list[Call] = []
        for cls in (method.cls, *self.code.ancestors.get(method.cls, ())):
            if cls in self.code.defined:
                callers += self.code.callers(f"{cls}->{method.name}{method.proto}")
            elif cls != "Ljava/lang/Object;":
                outside = outside or method.name.startswith("on") or method.name in catalogue.callbacks()
        for site in callers[:_CALLERS]:
            found |= self._argument(site, position, levels, seen)
        if len(callers) > _CALLERS:
            found.add(UNKNOWN)
        if outside or not callers:
            found.add(Value("parameter"))
        return frozenset(found)
