"""What an app does when a permission is refused: whether the code that gets the answer ends the screen or the app.

Only what stands plainly in the code is said: a branch on the answer, whose refused arm always closes the screen or the
process and does nothing else, while the granted arm does not. Dialogs, other screens and anything deeper stay unsaid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

import msgspec

from dunproof.read.app.code.flow import Flow
from dunproof.read.app.code.program import Call, Code
from dunproof.read.app.code.values import Values
from dunproof.read.app.consent.branches import DENIED, SYSTEM, Branches, Place, Told, taken
from dunproof.read.app.consent.requests import Request
from dunproof.read.formats import dalvik
from dunproof.read.formats.dalvik import CHECK_CAST, COMPARES, CONSTANTS, MOVES, NEW_INSTANCE, RESULTS, TESTS, Insn

_ANSWER: Final = "onRequestPermissionsResult(I[Ljava/lang/String;[I)V"
_CALLBACK: Final = "onActivityResult(Ljava/lang/Object;)V"
_REGISTER: Final = "registerForActivityResult"
_ENDS: Final = {
    "finish": "()V", "finishAffinity": "()V", "finishAndRemoveTask": "()V", "finishAfterTransition": "()V",
}  # fmt: skip
_KILLS: Final = frozenset({
    "Ljava/lang/System;->exit", "Ljava/lang/Runtime;->exit", "Ljava/lang/Runtime;->halt",
    "Landroid/os/Process;->killProcess", "Lkotlin/system/ProcessKt;->exitProcess",
    "Landroid/app/ActivityManager$AppTask;->finishAndRemoveTask",
    *(
        f"{cls}->{name}" for cls in ("Landroidx/core/app/ActivityCompat;", "Landroid/support/v4/app/ActivityCompat;")
        for name in ("finishAffinity", "finishAfterTransition")
    ),
})  # fmt: skip
_ACTIVITIES: Final = frozenset({
    "Landroid/app/Activity;", "Landroidx/fragment/app/FragmentActivity;", "Landroidx/activity/ComponentActivity;",
    "Landroidx/appcompat/app/AppCompatActivity;", "Landroid/support/v4/app/FragmentActivity;",
    "Landroid/support/v7/app/AppCompatActivity;",
})  # fmt: skip
_LEADS_ON: Final = frozenset({
    "startActivity", "startActivities", "startActivityForResult", "setContentView", "requestPermissions", "launch",
    "show", "showDialog", "sendBroadcast", "startService", "navigate", "post", "postDelayed",
    "moveTaskToBack", "onBackPressed", "recreate",
})  # fmt: skip
"""Calls after which something else happens than the end: a screen, a dialog, another request, work for later; the end
perhaps."""
_KNOWN: Final = (*SYSTEM, "Landroidx/")
"""Beginnings of classes whose methods do what their names say."""
_TOAST: Final = "Landroid/widget/Toast;"
_TRUTH: Final = "Ljava/lang/Boolean;->booleanValue"
_AGET: Final = 0x44
_RETURNS: Final = frozenset({0x0E, 0x0F, 0x10, 0x11, 0x27})
_PACKED, _SPARSE = 0x2B, 0x2C
_METHOD_CAP: Final = 4000
_TESTS_CAP: Final = 32
"""Instructions and branches of one method that are looked at."""


class Refusal(msgspec.Struct, frozen=True):
    """What follows a refusal: ``ends`` or ``goes_on``, with the branch that says so and the call that ends it."""

    kind: str
    branch: Call
    end: Call | None


class Refusals:
    """Answers what follows when requests are refused."""

    def __init__(self, code: Code, values: Values, branches: Branches) -> None:
        self.code = code
        self.values = values
        self.branches = branches

    def of(self, request: Request) -> Refusal | None:
        """Return what follows when a request is refused; None where the code does not show it plainly."""
        if request.callee.name == "launch":
            places, number = self._callbacks(request), None
        else:
            places, number = self._answers(request), self._number(request)
        if len(places) != 1:
            return None
        answer = _Answer(self, places[0], number, {})
        found = answer.refusal()
        if found is None and not answer.tests:
            inner = [target for _, target in answer.own_calls() if target is not None]
            if len(inner) == 1:
                return _Answer(self, inner[0], number, {}).refusal()
        return found

    def _answers(self, request: Request) -> list[Place]:
        """Return where the answer to a request arrives: in the screen that asks."""
        width = self.values.width(request.call)
        classes = {c for position in range(width) for c in self.values.classes(request.call, position)}
        house = self.code.caller(request.call).cls.partition("$")[0].rstrip(";") + ";"
        for names in (sorted(classes), [house]):
            found = {place: None for name in names if (place := self._inherited(name, _ANSWER)) is not None}
            if found:
                return list(found)
        return []

    def _callbacks(self, request: Request) -> list[Place]:
        """Return the callbacks that the class around a request hands over when it registers for answers."""
        found: dict[Place, None] = {}
        for call in self._registered.get(self._house(request.call), ()):
            for position in (2, 3):
                for cls in self.values.classes(call, position):
                    place = self._inherited(cls, _CALLBACK)
                    found |= {place: None} if place is not None else {}
        return list(found)

    @cached_property
    def _registered(self) -> dict[str, list[Call]]:
        """Outer class to the calls in it that register for answers."""
        import numpy as np

        found: dict[str, list[Call]] = {}
        for n, unit in enumerate(self.code.units):
            string = unit.dex.find_string(_REGISTER)
            rows = [] if string is None else np.flatnonzero(unit.dex.method_names == string).tolist()
            for _, call in self.code.calls_of(n, rows) if rows else ():
                found.setdefault(self._house(call), []).append(call)
        return found

    def _house(self, call: Call) -> str:
        return self.code.caller(call).cls.partition("$")[0].rstrip(";")

    def _inherited(self, cls: str, name: str) -> Place | None:
        for t in (cls, *self.code.ancestors.get(cls, ())):
            if t in self.code.defined and name in self.code.members(t):
                return self.code.members(t)[name]
        return None

    def _number(self, request: Request) -> int | None:
        """Return the number of a request by which its answer is told from others."""
        width = self.values.width(request.call)
        found = self.values.argument(request.call, width - 1)
        (value,) = found if len(found) == 1 else (None,)
        if value is None or value.kind not in {"int", "null"}:
            return None
        return int(value.text or 0)

    def is_end(self, callee_cls: str, name: str, proto: str) -> bool:
        """Return whether a call closes the screen or the process."""
        if f"{callee_cls}->{name}" in _KILLS:
            return True
        family = (callee_cls, *self.code.ancestors.get(callee_cls, ()))
        return _ENDS.get(name) == proto and not _ACTIVITIES.isdisjoint(family)


class _Answer:
    """One method that gets an answer, or is called with it."""

    def __init__(self, all_: Refusals, place: Place, number: int | None, ends: dict[Place, bool]) -> None:
        self.all = all_
        self.place = place
        self.flow: Flow = all_.values.flow(*place)
        self._ends = ends
        dex = self.flow.dex
        method = dex.method(int(dex.items.method[place[1]]))
        static = bool(int(dex.items.access[place[1]]) & 0x8)
        first = self.flow.registers - self.flow.incoming
        self._answers_at = method.name + method.proto == _ANSWER
        self._number_at = first + (0 if static else 1) if self._answers_at else -1
        self.after: list[list[int]] = [[] for _ in self.flow.insns]
        for n, before in enumerate(self.flow.before):
            for source, counts in before:
                if counts:
                    self.after[source].append(n)
        self.settled = True
        """Every branch on the number of the request is decided, or there is none."""
        self._decide(number)
        self.tests = [
            (n, *arms) for n in sorted(self._reach([0] if self.flow.insns else [], ())) if (arms := self._arms(n))
        ]

    # --- branches -------------------------------------------------------------------------------------------------

    def _decide(self, number: int | None) -> None:
        """Leave of the branches on the number of the request the ways of this one."""
        for n, insn in enumerate(self.flow.insns):
            if insn.op in {_PACKED, _SPARSE} and self._is_number(n, insn.args[0]):
                if number is None:
                    self.settled = False
                else:
                    arm = _arm(self.flow, insn, number)
                    self.after[n] = [m for m in ([arm] if arm is not None else [n + 1]) if m < len(self.flow.insns)]
            elif (insn.op in COMPARES or insn.op in TESTS) and any(self._is_number(n, r) for r in insn.args):
                sides = [
                    Told("const", number) if self._is_number(n, r) else Told("const", self._constant(n, r))
                    for r in insn.args
                ] + ([Told("const", 0)] if insn.op in TESTS else [])
                goes = taken(insn.op, sides)
                ways = self._ways(n)
                if goes is None or ways is None:
                    self.settled = False
                else:
                    self.after[n] = [ways[goes]]

    def _ways(self, n: int) -> tuple[int, int] | None:
        insn = self.flow.insns[n]
        target = self.flow.index.get(insn.at + insn.index)
        return None if target is None or n + 1 >= len(self.flow.insns) or target == n + 1 else (n + 1, target)

    def _made(self, at: int, register: int) -> tuple[int, int] | None:
        """Return (instruction, register) where the value of a register begins; instruction -1 for what came in."""
        for _ in range(16):
            found, entry, _ = self.flow.definitions(at, register)
            if entry:
                return None if found else (-1, register)
            if len(found) != 1:
                return None
            (n,) = found
            insn = self.flow.insns[n]
            if insn.op in MOVES or insn.op == CHECK_CAST:
                at, register = n, insn.args[0] if insn.op in MOVES else insn.writes
                continue
            return n, insn.writes
        return None

    def _is_number(self, at: int, register: int) -> bool:
        return self._number_at >= 0 and self._made(at, register) == (-1, self._number_at)

    def _constant(self, at: int, register: int) -> int | None:
        made = self._made(at, register)
        if made is None or made[0] < 0 or self.flow.insns[made[0]].op not in CONSTANTS:
            return None
        return self.flow.insns[made[0]].index

    def _refused(self, at: int, register: int) -> tuple[int, int] | None:
        """Return (value if refused, value if granted) where a register holds an answer."""
        made = self._made(at, register)
        if made is None or made[0] < 0:
            return None
        n = made[0]
        insn = self.flow.insns[n]
        if insn.op == _AGET:
            array = self._made(n, insn.args[0])
            last = self.flow.registers - 1
            return (DENIED, 0) if self._answers_at and array == (-1, last) else None
        if insn.op not in RESULTS or not n or self.flow.insns[n - 1].op not in dalvik.INVOKES:
            return None
        call = self.flow.insns[n - 1]
        callee = self.flow.dex.method(call.index)
        row = self.all.branches.stored(callee)
        if row is not None and row.first == "permission":
            return DENIED, 0
        if f"{callee.cls}->{callee.name}" == _TRUTH and call.args:
            source = self._made(n - 1, call.args[0])
            return (0, 1) if source is not None and source[0] < 0 and not self._answers_at else None
        return None

    def _arms(self, n: int) -> tuple[int, int] | None:
        """Return where a branch leads if refused and if granted; None for a branch on something else."""
        insn = self.flow.insns[n]
        if (insn.op not in COMPARES and insn.op not in TESTS) or (ways := self._ways(n)) is None:
            return None
        answers = [self._refused(n, register) for register in insn.args]
        if sum(answer is not None for answer in answers) != 1:
            return None
        arms: list[int] = []
        for which in (0, 1):
            sides = [
                Told("const", answer[which] if answer is not None else self._constant(n, register))
                for answer, register in zip(answers, insn.args, strict=True)
            ] + ([Told("const", 0)] if insn.op in TESTS else [])
            goes = taken(insn.op, sides)
            if goes is None:
                return None
            arms.append(ways[goes])
        return (arms[0], arms[1]) if arms[0] != arms[1] else None

    # --- what an arm does -------------------------------------------------------------------------------------------

    def _reach(self, start: Iterable[int], stop: Iterable[int]) -> set[int]:
        """Return the instructions that run from some on, up to and with those that stop."""
        seen = set(start)
        last = set(stop)
        todo = list(seen)
        while todo:
            n = todo.pop()
            for m in self.after[n] if n not in last else ():
                if m not in seen:
                    seen.add(m)
                    todo.append(m)
        return seen

    def own_calls(self) -> list[tuple[Insn, Place | None]]:
        """Return the calls of methods of the app."""
        found = []
        for insn in self.flow.insns:
            if insn.op in dalvik.INVOKES:
                callee = self.flow.dex.method(insn.index)
                if callee.cls in self.all.code.defined:
                    found.append((insn, self.all.branches.definition(callee)))
        return found

    def _is_end(self, n: int, *, deep: bool) -> bool:
        insn = self.flow.insns[n]
        if insn.op not in dalvik.INVOKES:
            return False
        callee = self.flow.dex.method(insn.index)
        if self.all.is_end(callee.cls, callee.name, callee.proto):
            return True
        if not deep or callee.cls not in self.all.code.defined:
            return False
        place = self.all.branches.definition(callee)
        return place is not None and place != self.place and self._always_ends(place)

    def _always_ends(self, place: Place) -> bool:
        """Return whether each way through an own method closes the screen or the process, and nothing else happens."""
        known = self._ends.get(place)
        if known is None:
            self._ends[place] = False
            inner = _Answer(self.all, place, None, self._ends)
            stops = [n for n in range(len(inner.flow.insns)) if inner._is_end(n, deep=False)]
            ran = inner._reach([0] if inner.flow.insns else [], stops)
            known = self._ends[place] = bool(stops) and not any(
                inner.flow.insns[n].op in _RETURNS or inner._leads_on(n) for n in ran
            )
        return known

    def _leads_on(self, n: int) -> bool:
        insn = self.flow.insns[n]
        if insn.op not in dalvik.INVOKES:
            return False
        callee = self.flow.dex.method(insn.index)
        return callee.name in _LEADS_ON and callee.cls != _TOAST

    def _is_plain(self, n: int) -> bool:
        """Return whether an instruction of a refused arm does nothing that could end the app later or deeper."""
        insn = self.flow.insns[n]
        if insn.op == NEW_INSTANCE and self.flow.dex.type(insn.index) in self.all.code.defined:
            return False
        if insn.op not in dalvik.INVOKES:
            return True
        callee = self.flow.dex.method(insn.index)
        place = self.all.branches.definition(callee) if callee.cls in self.all.code.defined else None
        if place is None:
            family = (callee.cls, *self.all.code.ancestors.get(callee.cls, ()))
            known = all(c.startswith(_KNOWN) for c in family if c not in self.all.code.defined)
            return known and not self._leads_on(n)
        inner = _Answer(self.all, place, None, self._ends)
        return not inner.own_calls() and not any(
            inner._is_end(m, deep=False) or inner._leads_on(m)
            or (i.op == NEW_INSTANCE and inner.flow.dex.type(i.index) in self.all.code.defined)
            for m, i in enumerate(inner.flow.insns)
        )  # fmt: skip

    def refusal(self) -> Refusal | None:
        """Return what follows a refusal, None where it is not plain."""
        if not self.settled:
            return None
        stops = [n for n in range(len(self.flow.insns)) if self._is_end(n, deep=True)]
        found = [self._follows(n, refused, granted, stops) for n, refused, granted in self.tests]
        ends = [f for f in found if f is not None and f.kind == "ends"]
        if ends:
            return ends[0]
        return found[0] if found and None not in found else None

    def _follows(self, test: int, refused: int, granted: int, stops: Sequence[int]) -> Refusal | None:
        lost, kept = self._reach([refused], [*stops, test]), self._reach([granted], [*stops, test])
        goes_on = any(self.flow.insns[n].op in _RETURNS for n in lost)
        alone = self._reach([refused], [test]) - self._reach([granted], [test])
        branch = Call(self.place[0], self.flow.insns[test].at, self.place[1])
        if goes_on:
            plain = all(self._is_plain(n) for n in self._reach([refused], [test]))
            return Refusal("goes_on", branch, None) if plain and not lost.intersection(stops) else None
        hits = sorted(lost.intersection(stops))
        if not hits or any(self._leads_on(n) for n in alone | lost):
            return None
        if not any(self.flow.insns[n].op in _RETURNS for n in kept) and not any(self._leads_on(n) for n in kept):
            return None  # it ends either way: the refusal is not the reason
        return Refusal("ends", branch, Call(self.place[0], self.flow.insns[hits[0]].at, self.place[1]))


def _arm(flow: Flow, insn: Insn, number: int) -> int | None:
    """Return the instruction to which a switch leads for a number, None for the way that fits no arm."""
    units = flow.dex.units
    at = insn.at + insn.index
    stop = len(units)
    targets = dalvik.targets(units, insn, stop)
    if not 0 <= at < stop - 4:
        return None
    keys: list[int]
    if insn.op == _PACKED:
        first = _int(int(units[at + 2]), int(units[at + 3]))
        keys = list(range(first, first + len(targets)))
    else:
        keys = [
            _int(int(units[at + 2 + 2 * i]), int(units[at + 3 + 2 * i])) for i in range(len(targets))
        ]  # fmt: skip
    hit = next((target for key, target in zip(keys, targets, strict=True) if key == number), None)
    return None if hit is None else flow.index.get(hit)


def _int(low: int, high: int) -> int:
    value = low | high << 16
    return value - (1 << 32) if value >> 31 else value
