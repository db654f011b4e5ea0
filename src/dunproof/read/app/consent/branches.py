"""Which instructions of a method run while nothing is stored yet: at the first start, before anybody agreed or granted.

A branch on a value that an earlier run or the user left behind (a stored flag, the grant of a permission) goes the way
of a value that is not there. Where that way is not known, or a branch rests on a value whose origin is not told, both
ways are tried: an instruction runs surely where it runs on each of them, and never where it runs on none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.catalogue import StoredValue
from dunproof.read.app.code.flow import Flow
from dunproof.read.app.code.program import Call, Code
from dunproof.read.app.code.values import Values, arguments
from dunproof.read.formats import dalvik
from dunproof.read.formats.dalvik import CHECK_CAST, COMPARES, CONSTANTS, MOVES, RESULTS, STRINGS, TESTS
from dunproof.read.formats.dex import Method

Place = tuple[int, int]
"""Dex number and row of a method with code."""
Given = tuple[tuple[int, int], ...]
"""(place of a parameter, its value) of those that a call hands over as numbers."""
_LEVELS: Final = 4
"""Own methods inside own methods that a value is followed through."""
_DEPTH: Final = 24
_SUMMARIES: Final = 3000
_STEPS: Final = 1_500_000
"""Methods of one app whose results are worked out, and instructions visited, before every further answer is open."""
_WRITERS: Final = 16
_WAYS: Final = 64
"""Combinations of the branches of one method that are tried one by one."""
_PERMISSIONS_FROM: Final = 23
"""API level from which on the user grants permissions while the app runs."""
DENIED: Final = -1

_RETURNS: Final = frozenset({0x0F, 0x10, 0x11})
_WIDE_CONSTANTS: Final = frozenset({0x16, 0x17, 0x18, 0x19})
_SWITCHES: Final = frozenset({0x2B, 0x2C})
_GETS: Final = frozenset({*range(0x52, 0x59), *range(0x60, 0x67)})
_PUTS: Final = (*range(0x59, 0x60), *range(0x67, 0x6E))
_OBJECTS_GOT: Final = frozenset({0x46, 0x20, 0x21, 0x22, 0x23, 0x1C, 0x0D})
"""aget-object, instance-of, array-length, objects made, classes, exceptions: none is a value that is stored."""
_ARITHMETIC: Final = frozenset({*range(0x2D, 0x32), *range(0x7B, 0x90), *range(0x90, 0xE3)})
_XOR_LITERAL: Final = 0xDF
_AND_LITERALS: Final = (0xD5, 0xDD)
"""and-int/lit16 and and-int/lit8: how a call that names no default is told by a mask."""
_NUMBERS: Final = frozenset({"Z", "B", "S", "C", "I"})
_STORES: Final = frozenset({"Landroid/content/SharedPreferences$Editor;", "Lcom/tencent/mmkv/MMKV;"})
_TYPE: Final = re.compile(r"\[*(?:L[^;]*;|[ZBSCIJFD])")
_VALUES: Final = frozenset({
    "Z", "B", "S", "C", "I", "J", "F", "D", "Ljava/lang/String;", "Ljava/lang/CharSequence;", "Ljava/lang/Object;",
    "Ljava/lang/Boolean;", "Ljava/lang/Integer;", "Ljava/lang/Long;", "Ljava/lang/Number;",
})  # fmt: skip
"""Types that can hold a stored value; an object of another type is asked only whether it is there."""
_SAME: Final = frozenset({
    "Ljava/lang/Boolean;->booleanValue", "Ljava/lang/Boolean;->valueOf", "Ljava/lang/Integer;->intValue",
    "Ljava/lang/Integer;->valueOf", "Ljava/lang/Number;->intValue",
})  # fmt: skip
SYSTEM: Final = ("Landroid/", "Ldalvik/", "Ljava/", "Ljavax/", "Lkotlin/", "Lorg/json/", "[")
"""Beginnings of classes that are known without their code; what they keep for later stands in the table."""
_EMPTY: Final = frozenset({"Landroid/text/TextUtils;->isEmpty"})
NO_TEXT, EMPTY_TEXT, SOME_TEXT = 0, 1, 2
"""How a text is told as a number: null, without characters, with some."""


class Told(msgspec.Struct, frozen=True):
    """What is known of a value: how it came about, and what it is while nothing is stored.

    Ways: ``const``; ``stored`` (an earlier run or the user decides); ``once`` (a mark that the code sets when it has
    run); ``param`` (of the method, by place); ``free`` (rests on nothing that is stored); ``open`` (not told).
    """

    way: str
    value: int | None = None
    place: int = -1
    """Place of the parameter that is the value, or that names the value of a stored one."""
    type: str = ""


FREE: Final = Told("free")
OPEN: Final = Told("open")


class Ran(msgspec.Struct, frozen=True):
    """Units of the instructions of a method that run surely, and that may run, while nothing is stored."""

    sure: frozenset[int]
    may: frozenset[int]


class Branches:
    """Answers which instructions of the methods of an app run while nothing is stored."""

    def __init__(self, code: Code, values: Values, target_sdk: int | None) -> None:
        self.code = code
        self.values = values
        self.asks = target_sdk is not None and target_sdk >= _PERMISSIONS_FROM
        self._ran: dict[Place, Ran] = {}
        self._results: dict[tuple[Place, Given], Told] = {}
        self._fields: dict[str, Told] = {}
        self._steps = 0

    def ran(self, place: Place) -> Ran:
        """Return what runs of a method."""
        found = self._ran.get(place)
        if found is None:
            reading = _Reading(self, place, 0)
            at = [insn.at for insn in reading.flow.insns]
            sure, may = reading.sure_and_may()
            found = self._ran[place] = Ran(frozenset(at[n] for n in sure), frozenset(at[n] for n in may))
        return found

    def spend(self, steps: int) -> bool:
        """Note work; return whether there is some left."""
        self._steps += steps
        return self._steps < _STEPS

    def result(self, place: Place, level: int, given: Given = ()) -> Told:
        """Return what an own method gives back, where some of its parameters are numbers that are known."""
        found = self._results.get((place, given))
        if found is None:
            if level >= _LEVELS or len(self._results) >= _SUMMARIES or not self.spend(0):
                return OPEN
            self._results[place, given] = OPEN  # what a method gives back through itself
            found = self._results[place, given] = _Reading(self, place, level + 1, given).given_back()
        return found

    def definition(self, callee: Method) -> Place | None:
        """Return where the code of a called method stands, its own class before those above it."""
        for cls in (callee.cls, *self.code.ancestors.get(callee.cls, ())):
            place = self.code.members(cls).get(callee.name + callee.proto)
            if place is not None:
                return place
        return None

    def stored(self, callee: Method) -> StoredValue | None:
        """Return the row of a call that gives back a stored value, also where the app's own class inherits it."""
        rows = catalogue.stored_values()
        for cls in (callee.cls, *self.code.ancestors.get(callee.cls, ())):
            row = rows.get((cls, callee.name)) or rows.get((cls, "*"))
            if row is not None:
                return row
        return None

    def field(self, name: str) -> Told:
        """Return what an own field tells: a mark that the code only ever sets, or nothing that is known."""
        found = self._fields.get(name)
        if found is None:
            found = self._fields[name] = self._field(name)
        return found

    def _field(self, name: str) -> Told:
        cls, _, rest = name.partition("->")
        if rest.rpartition(":")[2] not in _VALUES:
            return FREE
        if cls not in self.code.defined:
            return FREE  # a constant of the system, as its version
        writers = [
            call for n, unit in enumerate(self.code.units) for index in unit.dex.find_fields(name)
            for call in itertools.islice(self.code.mentions(n, _PUTS, index), _WRITERS + 1)
        ]  # fmt: skip
        if not writers or len(writers) > _WRITERS:
            return OPEN
        for call in writers:
            flow = self.values.flow(call.dex, call.row)
            at = flow.index.get(call.unit)
            if at is None:
                return OPEN
            found, entry, steps = flow.definitions(at, flow.insns[at].args[0])
            self.spend(steps)
            if entry or any(flow.insns[n].op not in CONSTANTS or not flow.insns[n].index for n in found):
                return OPEN
        return Told("once", 0)


class _Reading:
    """One method: its branches and what they rest on."""

    def __init__(self, branches: Branches, place: Place, level: int, given: Given = ()) -> None:
        self.all = branches
        self.given = dict(given)
        self.place = place
        self.level = level
        self.flow: Flow = branches.values.flow(*place)
        self.after: list[list[int]] = [[] for _ in self.flow.insns]
        steps = [(source, n, whole) for n, before in enumerate(self.flow.before) for source, whole in before]
        for source, n, _ in steps:
            self.after[source].append(n)
        plain = {(source, n) for source, n, whole in steps if whole}
        self.thrown = {(source, n) for source, n, _ in steps} - plain
        """Steps that only an exception takes."""
        self._told: dict[tuple[int, int], Told] = {}
        self._alive: frozenset[int] | None = None
        self._mixed = False
        """A branch of the method may go any way."""
        self._types = _incoming(branches.code, place)

    # --- what runs ------------------------------------------------------------------------------------------------

    def reach(self, chosen: Mapping[int, frozenset[int]], *, calm: bool = False) -> frozenset[int]:
        """Return the instructions that can run where some branches go only some of their ways; calm: nothing thrown."""
        seen = {0} if self.flow.insns else set[int]()
        todo = list(seen)
        while todo:
            n = todo.pop()
            for m in chosen.get(n, self.after[n]):
                if m not in seen and not (calm and (n, m) in self.thrown):
                    seen.add(m)
                    todo.append(m)
        self.all.spend(len(seen))
        return frozenset(seen)

    def ways(self, n: int) -> tuple[int, int] | None:
        """Return (next, target) of a branch on a condition; None where it leads to one place or out of the code."""
        insn = self.flow.insns[n]
        target = self.flow.index.get(insn.at + insn.index)
        return None if target is None or target == n + 1 or n + 1 >= len(self.flow.insns) else (n + 1, target)

    def decided(self) -> tuple[dict[int, frozenset[int]], dict[int, frozenset[int]], list[int]]:
        """Return the branches that are decided, those that are at first only, and those that may go any way."""
        fixed: dict[int, frozenset[int]] = {}
        once: dict[int, frozenset[int]] = {}
        unknown: list[int] = []
        for n, insn in enumerate(self.flow.insns):
            if insn.op in _SWITCHES and len(self.after[n]) > 1:
                if not _is_free(self.told(n, insn.args[0])):
                    unknown.append(n)
                continue
            if (insn.op not in TESTS and insn.op not in COMPARES) or (ways := self.ways(n)) is None:
                continue
            sides = [self.told(n, register) for register in insn.args]
            if insn.op in TESTS:
                sides.append(Told("const", 0))
            goes = taken(insn.op, sides)
            if all(_is_free(side) for side in sides) and (goes is None or not self.given):
                continue
            if goes is None:
                unknown.append(n)
            elif any(side.way == "once" for side in sides):
                once[n] = frozenset({ways[goes]})
            else:
                fixed[n] = frozenset({ways[goes]})
        return fixed, once, unknown

    def settled(self) -> tuple[dict[int, frozenset[int]], dict[int, frozenset[int]], list[int]]:
        """Return ``decided`` once more, with what earlier branches of the same method leave of each value."""
        fixed, once, unknown = self.decided()
        if fixed or once or unknown:
            self._alive = self.reach(fixed | once)
            self._told.clear()
            self._mixed = bool(unknown)
            fixed, once, unknown = self.decided()
        return fixed, once, unknown

    def sure_and_may(self) -> tuple[frozenset[int], frozenset[int]]:
        """Return the instructions that run on all ways that branches may go, and on some."""
        fixed, once, unknown = self.settled()
        may = self.reach(fixed)
        chosen = fixed | once
        unknown = [n for n in unknown if n in may]
        if not unknown:
            return self.reach(chosen, calm=True), may
        options = [
            [frozenset({m}) for m in dict.fromkeys(self.after[n]) if (n, m) not in self.thrown] for n in unknown
        ]  # fmt: skip
        count = 1
        for row in options:
            count = min(count * len(row), _WAYS + 1)
        if count > _WAYS or not self.all.spend(count * len(self.flow.insns)):
            # Too many: what runs without passing one of them.
            return self.reach(chosen | dict.fromkeys(unknown, frozenset[int]()), calm=True), may
        sure: frozenset[int] | None = None
        for way in itertools.product(*options):
            ran = self.reach(chosen | dict(zip(unknown, way, strict=True)), calm=True)
            sure = ran if sure is None else sure & ran
        return sure or frozenset(), may

    def given_back(self) -> Told:
        """Return what the method gives back while nothing is stored."""
        fixed, once, unknown = self.settled()
        alive = self.reach(fixed | once)
        found = [
            self.told(n, insn.args[0])
            for n, insn in enumerate(self.flow.insns) if insn.op in _RETURNS and n in alive
        ]  # fmt: skip
        told = _joined(found)
        if unknown and (told.way == "free" or len(found) > 1):
            return OPEN
        if (fixed or once) and told.way in {"const", "free"}:
            return Told("stored", told.value)
        return told

    # --- what a register holds --------------------------------------------------------------------------------------

    def told(self, at: int, register: int, depth: int = _DEPTH) -> Told:
        """Return what is known of a register before an instruction."""
        key = (at, register)
        known = self._told.get(key)
        if known is not None:
            return known
        if not depth:
            return OPEN
        self._told[key] = FREE  # a value that comes from itself adds nothing
        found, entry, steps = self.flow.definitions(at, register)
        if not self.all.spend(steps):
            return OPEN
        alive = [n for n in sorted(found) if self._alive is None or n in self._alive]
        parts = [self._made(n, depth - 1) for n in alive]
        if entry:
            position = register - (self.flow.registers - self.flow.incoming)
            if position in self.given:
                parts.append(Told("const", self.given[position]))
            else:
                parts.append(Told("param", None, position, self._types.get(position, "")) if position >= 0 else OPEN)
        told = _joined(parts)
        if self._mixed and told.way == "free" and all(part.way == "const" for part in parts):
            told = OPEN  # which of the constants it is may rest on a branch that may go any way
        elif len(alive) < len(found) and told.way == "const":
            told = Told("stored", told.value)  # the other value is set only where a stored one says so
        self._told[key] = told
        return told

    def _made(self, n: int, depth: int) -> Told:
        """Return what an instruction puts into its register."""
        insn = self.flow.insns[n]
        op = insn.op
        if op in MOVES or op == CHECK_CAST:
            return self.told(n, insn.args[0] if op in MOVES else insn.writes, depth)
        if op in CONSTANTS:
            return Told("const", insn.index << 16 if op == 0x15 else insn.index)
        if op in STRINGS:
            return Told("const", SOME_TEXT if self.flow.dex.string(insn.index) else EMPTY_TEXT)
        if op in RESULTS and n and self.flow.insns[n - 1].op in dalvik.INVOKES:
            return self._called(n - 1, depth)
        if op in _GETS:
            return self.all.field(self.flow.dex.field(insn.index))
        if op == _XOR_LITERAL:
            told = self.told(n, insn.args[0], depth)
            one = int(self.flow.dex.units[insn.at + 1]) >> 8 == 1
            if one and told.value in {0, 1} and told.way in {"const", "stored", "once"}:
                return Told(told.way, told.value ^ 1)
            return FREE if _is_free(told) else OPEN
        if op in _AND_LITERALS:
            told = self.told(n, insn.args[0], depth)
            if told.way == "const" and told.value is not None:
                return Told("const", told.value & _literal(int(self.flow.dex.units[insn.at + 1]), op))
            return FREE if _is_free(told) else OPEN
        if op in _WIDE_CONSTANTS or op in _OBJECTS_GOT or op in RESULTS:
            return FREE
        if op in _ARITHMETIC:
            return FREE if all(_is_free(self.told(n, r, depth)) for r in insn.args) else OPEN
        return OPEN

    def _called(self, n: int, depth: int) -> Told:
        """Return what a call gives back."""
        insn = self.flow.insns[n]
        callee = self.flow.dex.method(insn.index)
        row = self.all.stored(callee)
        if row is not None:
            return self._first(n, row, depth)
        name = f"{callee.cls}->{callee.name}"
        if callee.cls in self.all.code.defined:
            place = self.all.definition(callee)
            told = self.all.result(place, self.level) if place is not None else OPEN
            open_ = told.way in {"open", "stored"} and told.value is None and told.place < 0
            if place is not None and open_ and (numbers := self._numbers(n, callee, depth)):
                told = self.all.result(place, self.level, numbers)
            if told.place < 0:
                return told
            # It is, or rests on, what the caller hands over.
            if told.place >= len(insn.args):
                return OPEN
            given = self.told(n, insn.args[told.place], depth)
            if told.way == "param":
                return given
            return Told("stored", given.value if given.way in {"const", "stored"} else None)
        parts = [self.told(n, register, depth) for register in insn.args]
        if callee.proto.rpartition(")")[2] in _VALUES and not callee.cls.startswith(SYSTEM):
            return OPEN  # what it rests on stands in code that is not here
        if all(_is_free(part) for part in parts):
            return FREE
        if name in _SAME and len(parts) == 1:
            return parts[0]
        if name in _EMPTY and len(parts) == 1 and parts[0].value is not None:
            return Told(parts[0].way, int(parts[0].value in {NO_TEXT, EMPTY_TEXT}))
        return OPEN

    def _numbers(self, n: int, callee: Method, depth: int) -> Given:
        """Return the numbers that a call of a method without a receiver hands over, as those that name defaults."""
        insn = self.flow.insns[n]
        if insn.op not in dalvik.STATIC_INVOKES:
            return ()
        types = arguments(callee.proto)
        told = [self.told(n, register, depth) for register in insn.args]
        return tuple(
            (place, part.value) for place, (part, kind) in enumerate(zip(told, types, strict=False))
            if kind in _NUMBERS and part.way == "const" and part.value is not None
        )  # fmt: skip

    def _is_set_before(self, n: int) -> bool:
        """Return whether the method itself may have stored something under the key of a call before it."""
        stores = [
            m for m, insn in enumerate(self.flow.insns)
            if insn.op in dalvik.INVOKES and len(insn.args) > 2 and _stores(self.flow.dex.method(insn.index))
        ]  # fmt: skip
        if not stores or len(self.flow.insns[n].args) < 2:
            return False
        keys = self._keys(n)
        return any(n in self._behind(m) and not keys.isdisjoint(self._keys(m)) for m in stores)

    def _keys(self, n: int) -> frozenset[str]:
        found = self.all.values.argument(Call(self.place[0], self.flow.insns[n].at, self.place[1]), 1)
        return frozenset(value.text for value in found if value.kind == "string")

    def _behind(self, n: int) -> set[int]:
        """Return the instructions that may run after one."""
        seen: set[int] = set()
        todo = [n]
        while todo:
            fresh = set(self.after[todo.pop()]) - seen
            seen |= fresh
            todo += fresh
        self.all.spend(len(seen))
        return seen

    def _first(self, n: int, row: StoredValue, depth: int) -> Told:
        """Return what a call of the table gives back while nothing is stored."""
        insn = self.flow.insns[n]
        if row.first in {"argument", "value"} and self._is_set_before(n):
            return OPEN
        if row.first == "value":
            return Told("stored", row.argument)
        if row.first == "argument":
            if row.argument >= len(insn.args):
                return Told("stored", 0)  # the short form names no default
            given = self.told(n, insn.args[row.argument], depth)
            if given.way == "param":
                return Told("stored", None, given.place)
            return Told("stored", given.value if given.way in {"const", "stored"} else None)
        if row.first == "permission" and self.all.asks and row.argument < len(insn.args):
            found = self.all.values.argument(Call(self.place[0], insn.at, self.place[1]), row.argument)
            groups = catalogue.permission_groups()
            if found and all(v.kind == "string" and v.text in groups for v in found):
                return Told("stored", DENIED)
        return Told("stored")


def _stores(callee: Method) -> bool:
    """Return whether a call stores a value under a key."""
    return callee.cls in _STORES and callee.name.startswith(("put", "encode"))


def _literal(unit: int, op: int) -> int:
    """Return the number that an instruction with a literal holds in its second unit."""
    number, bits = (unit >> 8, 8) if op == _AND_LITERALS[1] else (unit, 16)
    return number - (1 << bits) if number >> (bits - 1) else number


def _incoming(code: Code, place: Place) -> dict[int, str]:
    """Return the types of the registers in which a method gets its receiver and arguments."""
    dex = code.units[place[0]].dex
    method = dex.method(int(dex.items.method[place[1]]))
    types = [] if int(dex.items.access[place[1]]) & 0x8 else [method.cls]
    for match in _TYPE.finditer(method.proto.partition(")")[0][1:]):
        types += [match[0]] * (2 if match[0] in {"J", "D"} else 1)
    return dict(enumerate(types))


def _is_free(told: Told) -> bool:
    """Return whether a value rests on nothing that is stored; an object handed over is asked only if it is there."""
    return told.way in {"free", "const"} or (told.way == "param" and told.type not in _VALUES)


def _joined(parts: list[Told]) -> Told:
    """Return what is known of a value that is one of several."""
    if not parts:
        return FREE
    if len(set(parts)) == 1:
        return parts[0]
    if all(_is_free(part) for part in parts):
        return FREE
    ways = {part.way for part in parts}
    return Told("stored") if ways <= {"stored", "const", "free"} else OPEN


def taken(op: int, sides: list[Told]) -> int | None:
    """Return 1 where a branch is taken, 0 where it is not, None where the values do not say."""
    a, b = (side.value for side in sides)
    if a is None or b is None or any(side.way not in {"const", "stored", "once"} for side in sides):
        return None
    kind = (op - 0x32) if op in COMPARES else op - 0x38
    return int((a == b, a != b, a < b, a >= b, a > b, a <= b)[kind])
