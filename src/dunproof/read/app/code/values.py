"""Which values can stand in a register at a call: all reaching definitions, followed through the app's own code.

The walk goes backwards over the control flow of one method, so a register set in two arms gives two values. Parameters
lead to the callers, own fields to their writers and first values, own calls to what they return, elements to what was
put into the array, texts to their parts. Depth and work are bounded; what was not followed is the value ``unknown`` or
a hole in a text, never silence.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.code import containers, texts
from dunproof.read.app.code.classes import OBJECT
from dunproof.read.app.code.containers import Held
from dunproof.read.app.code.flow import Flow, Life
from dunproof.read.app.code.functions import FUNCTIONS, Functions
from dunproof.read.app.code.program import FIXED, METHOD_CAP, Call, Code
from dunproof.read.app.code.texts import HOLE
from dunproof.read.app.code.value import MOST, OPEN, UNKNOWN, Value, Walk, few
from dunproof.read.formats import dalvik
from dunproof.read.formats.dalvik import (
    CHECK_CAST,
    CONST_CLASS,
    CONSTANTS,
    FILLED_ARRAYS,
    NEW_ARRAY,
    NEW_INSTANCE,
    OBJECT_GETS,
    OBJECT_MOVES,
    RESULT_OBJECT,
    RETURN_OBJECT,
    STRINGS,
    Insn,
)
from dunproof.read.formats.dex import Method

CALLERS: Final = 24
WRITERS: Final = 16
_QUERY_STEPS: Final = 60_000
_STEPS: Final = 3_000_000
"""Instructions visited for one question, and for one app, before every further answer is ``unknown``."""
_DECODED_CAP: Final = 1_500_000
_KEPT_CAP: Final = 250_000
"""Instructions that are decoded to follow values, and of these kept: the largest app of our corpus has 500 000."""
_TOLD_CAP: Final = 65_536
"""Answers that are kept."""
_BUILDERS: Final = frozenset({"Ljava/lang/StringBuilder;", "Ljava/lang/StringBuffer;"})
URI: Final = "Landroid/net/Uri;"
_URI_BUILDER: Final = "Landroid/net/Uri$Builder;"
_VIRTUAL: Final = frozenset({0x6E, 0x72, 0x74, 0x78})
"""Calls that run the method of the object's own class: invoke-virtual and -interface."""
_APUT: Final = range(0x4B, 0x52)
_AGET_OBJECT: Final = 0x46
_SAME: Final = {
    "Landroid/net/Uri;->parse": 0, "Landroid/net/Uri;->toString": 0, "Landroid/net/Uri;->normalizeScheme": 0,
    "Ljava/lang/String;->toString": 0, "Ljava/lang/String;->trim": 0, "Ljava/lang/String;->valueOf": 0,
    "Ljava/lang/String;->intern": 0, "Ljava/util/Objects;->requireNonNull": 0, "Landroid/net/Uri;->encode": 0,
    "Ljava/lang/Object;->toString": 0, "Ljava/lang/CharSequence;->toString": 0,
    "Landroid/provider/MediaStore;->setRequireOriginal": 0,
}  # fmt: skip
"""Calls that hand on the value of one argument."""
_VOLUMES: Final = {
    f"Landroid/provider/MediaStore${cls};": path
    for cls, path in (
        ("Files", "file"), ("Downloads", "downloads"), ("Images$Media", "images/media"), ("Video$Media", "video/media"),
        ("Audio$Media", "audio/media"),
    )
}  # fmt: skip
"""Classes that give the address of their part of a volume (MediaStore.….getContentUri)."""
_FILE_PROVIDERS: Final = frozenset(
    {"Landroidx/core/content/FileProvider;", "Landroid/support/v4/content/FileProvider;"}
)
_OWN_NAME: Final = ("getPackageName", "()Ljava/lang/String;")
_CONTEXTS: Final = frozenset({
    "Landroid/content/Context;", "Landroid/content/ContextWrapper;", "Landroid/app/Activity;",
    "Landroid/app/Application;", "Landroid/app/Service;",
})  # fmt: skip
"""Method that gives the name of the app's package, and classes of the system where it does."""
_INTENT: Final = "Landroid/content/Intent;"
_ANDROIDX_ACTIVITY: Final = "Landroidx/activity/"
_CALLBACK: Final = f"{_ANDROIDX_ACTIVITY}result/ActivityResultCallback;"
_CONTRACT: Final = f"{_ANDROIDX_ACTIVITY}result/contract/ActivityResultContract;"
_BACK: Final = re.compile("on[A-Z]")
_TYPE: Final = re.compile(r"\[*(?:L[^;]*;|[ZBSCIJFD])")


class _Told(msgspec.Struct, frozen=True):
    """An answer that nothing cut short, with the levels and hops that were left for it and the work that it took."""

    values: frozenset[Value]
    levels: int
    hops: int
    steps: int


class Values:
    """Answers what stands in the registers of an app."""

    def __init__(self, code: Code, package: str = "") -> None:
        self.code = code
        self.package = package
        """Name of the app's package, '' if it is not known."""
        self._flows: dict[tuple[int, int], Flow] = {}
        self._kept = self._decoded = 0
        self._mentioned: dict[tuple[str, tuple[int, ...]], list[Call]] = {}
        self._held = Held(self)
        self._functions = Functions(self)
        self._steps = 0
        self._query = 0
        self._cuts = 0
        """Ways that were not followed to their end: for want of levels, hops or steps, or because they lead back."""
        self._told: dict[tuple[int, int, int, int], _Told] = {}

    def flow(self, n: int, row: int) -> Flow:
        """Return the instructions of a method, decoded once; none where they are too many, or those of all were."""
        dex = self.code.units[n].dex
        key = (n, int(dex.items.code[row]))
        found = self._flows.get(key)
        if found is None:
            size = dex.body(key[1])[1]
            whole = size <= METHOD_CAP and self._decoded < _DECODED_CAP
            found = Flow(dex, key[1], whole=whole)
            self._decoded += len(found.insns)
            if not whole:
                self.code.cut(n, "methods are too long, or too many, for the values in them to be followed")
            if len(self._flows) > 512 or self._kept > _KEPT_CAP:
                self._flows.clear()
                self._kept = 0
            self._kept += len(found.insns)
            self._flows[key] = found
        return found

    def is_led_to(self, n: int, row: int, unit: int) -> bool:
        """Return whether a way leads from the beginning of a method to its instruction at a unit."""
        flow = self.flow(n, row)
        return flow.index.get(unit, 0) in flow.led_to

    def argument(self, call: Call, position: int) -> frozenset[Value]:
        """Return the values that can stand in a register of a call, counted from the receiver."""
        self._query = 0
        return self._argument(call, position, Walk())

    def width(self, call: Call) -> int:
        """Return how many registers a call reads; 0 where its method is not looked at."""
        flow = self.flow(call.dex, call.row)
        at = flow.index.get(call.unit)
        return 0 if at is None else len(flow.insns[at].args)

    def classes(self, call: Call, position: int) -> frozenset[str]:
        """Return the types that the object in a register of a call can have, as the code names them; '' left out."""
        flow = self.flow(call.dex, call.row)
        at = flow.index.get(call.unit)
        if at is None or flow.insns[at].op not in dalvik.INVOKES or position >= len(flow.insns[at].args):
            return frozenset()
        return self._types(call, flow, at, flow.insns[at].args[position]) - {""}

    def _types(self, call: Call, flow: Flow, at: int, register: int) -> frozenset[str]:
        """Return the types of the object in a register as the code names them, '' for one that it does not."""
        dex = flow.dex
        lives, whole, steps = flow.lives(at, register)
        found: set[str] = set() if whole and lives and self.spend(steps) else {""}
        for life in lives:
            insn = flow.insns[life.made] if life.made >= 0 else None
            if insn is None:
                found.add(self._declared(call, flow, life.register))
            elif insn.op == NEW_INSTANCE:
                found.add(dex.type(insn.index))
            elif insn.op in OBJECT_GETS:
                found.add(dex.field(insn.index).rpartition(":")[2])
            elif insn.op == RESULT_OBJECT and life.made and flow.insns[life.made - 1].op in dalvik.INVOKES:
                found.add(dex.method(flow.insns[life.made - 1].index).proto.rpartition(")")[2])
            else:
                found.add("")
        return frozenset(found)

    def _declared(self, call: Call, flow: Flow, register: int) -> str:
        """Return the type of the parameter in a register as its method declares it; '' if it is none."""
        position = register - (flow.registers - flow.incoming)
        method = self.code.caller(call)
        items = self.code.units[call.dex].dex.items
        types = ([] if int(items.access[call.row]) & 0x8 else [method.cls]) + arguments(method.proto)
        return types[position] if 0 <= position < len(types) else ""

    def built(self, call: Call) -> frozenset[Value]:
        """Return what the call at a place gives back, as far as it can be told."""
        self._query = 0
        flow = self.flow(call.dex, call.row)
        at = flow.index.get(call.unit)
        return OPEN if at is None else self._result(call, flow, at, Walk())

    def _argument(self, call: Call, position: int, walk: Walk) -> frozenset[Value]:
        flow = self.flow(call.dex, call.row)
        at = flow.index.get(call.unit)
        # A method handle is no call: what will be passed stands elsewhere.
        if at is None or flow.insns[at].op not in dalvik.INVOKES or position >= len(flow.insns[at].args):
            return OPEN
        return self.register(call, flow, at, flow.insns[at].args[position], walk)

    def spend(self, steps: int) -> bool:
        """Note work; return whether there is some left."""
        self._steps += steps
        self._query += steps
        left = self._query < _QUERY_STEPS and self._steps < _STEPS
        self._cuts += not left
        return left

    def cut(self) -> None:
        """Note that a way was not followed to its end, so that its answer is not kept."""
        self._cuts += 1

    def deeper(self, walk: Walk, steps: int = 1, mark: object = None) -> Walk | None:
        """Return where a question one level below stands, None where no level or no work is left."""
        if walk.levels and self.spend(steps):
            return Walk(walk.levels - 1, walk.hops, walk.seen | {mark} if mark is not None else walk.seen)
        self._cuts += 1
        return None

    def register(self, call: Call, flow: Flow, at: int, register: int, walk: Walk) -> frozenset[Value]:
        """Return the values of a register before an instruction.

        Ways meet again, most of all where fields and callers lead to each other: what was told in full is not asked for
        again, and counts as the same work.
        """
        mark = (call.dex, call.row, at, register)
        if mark in walk.seen:
            self._cuts += 1
            return frozenset()
        told = self._told.get(mark)
        if told is not None and told.levels <= walk.levels and told.hops <= walk.hops and self._has(told.steps):
            self.spend(told.steps)
            return told.values
        cuts, begun = self._cuts, self._query
        values = self._reaching(call, flow, at, register, walk)
        if self._cuts == cuts:
            if len(self._told) >= _TOLD_CAP:
                self._told.clear()
            self._told[mark] = _Told(values, walk.levels, walk.hops, self._query - begun)
        return values

    def _has(self, steps: int) -> bool:
        """Return whether so much work is left, and some more."""
        return self._query + steps < _QUERY_STEPS and self._steps + steps < _STEPS

    def _reaching(self, call: Call, flow: Flow, at: int, register: int, walk: Walk) -> frozenset[Value]:
        """Return the values of all definitions that reach a register."""
        inner = self.deeper(walk, mark=(call.dex, call.row, at, register))
        if inner is None:
            return OPEN
        found, entry, steps = flow.definitions(at, register)
        self.spend(steps)
        values: set[Value] = set()
        for n in sorted(found):
            values |= self._defined(call, flow, n, inner)
        if entry:
            values |= self._parameter(call, flow, register, inner)
        return few(values)

    def _defined(self, call: Call, flow: Flow, n: int, walk: Walk) -> frozenset[Value]:
        insn = flow.insns[n]
        dex = flow.dex
        if insn.op in OBJECT_MOVES:
            return self.register(call, flow, n, insn.args[0], walk)
        if insn.op == CHECK_CAST:
            return self.register(call, flow, n, insn.writes, walk)
        if insn.op in STRINGS:
            return frozenset({Value("string", dex.string(insn.index))})
        if insn.op in CONSTANTS:
            number = insn.index << 16 if insn.op == 0x15 else insn.index
            return frozenset({Value("int", str(number)) if number else Value("null")})
        if insn.op == CONST_CLASS:
            return frozenset({Value("class", dex.type(insn.index))})
        if insn.op in {0x52, 0x54, 0x60, 0x62}:
            return self._field(call.dex, insn, walk)
        if insn.op == _AGET_OBJECT:
            index = self._number(call, flow, n, insn.args[1], walk)
            return self.elements(call, flow, n, insn.args[0], index, walk)
        if insn.op == RESULT_OBJECT and n:
            return self._result(call, flow, n - 1, walk)
        return OPEN

    def _number(self, call: Call, flow: Flow, at: int, register: int, walk: Walk) -> int | None:
        """Return the number in a register where it is one and the same on all ways."""
        found = self.register(call, flow, at, register, walk)
        (value,) = found if len(found) == 1 else (UNKNOWN,)
        return int(value.text) if value.kind == "int" else 0 if value.kind == "null" else None

    # --- what a call gives back ---------------------------------------------------------------------------------

    def _result(self, call: Call, flow: Flow, n: int, walk: Walk) -> frozenset[Value]:
        """Return what a call gives back."""
        insn = flow.insns[n]
        if insn.op not in dalvik.INVOKES:
            return OPEN
        callee = flow.dex.method(insn.index)
        name = f"{callee.cls}->{callee.name}"
        told = self._known(call, flow, n, name, walk)
        if told is not None:
            return told
        if (callee.cls, callee.name) in FUNCTIONS and insn.args:
            return self._functions.back(call, flow, n, walk)
        if containers.hands_out(callee) and insn.args:
            key = containers.key_of(callee)
            keys = self.register(call, flow, n, insn.args[key], walk) if 0 < key < len(insn.args) else None
            held = self._held.held(call, flow, n, insn.args[0], keys, walk)
            if callee.name == "getOrDefault" and len(insn.args) > 2:
                held |= self.register(call, flow, n, insn.args[2], walk)
            return held or OPEN
        rows, whole = self.run_by(call.dex, insn)
        of_app = callee.cls in _CONTEXTS or callee.cls in self.code.defined
        if not rows and self.package and of_app and (callee.name, callee.proto) == _OWN_NAME:
            return frozenset({Value("string", self.package)})
        found: set[Value] = set() if whole else {UNKNOWN}
        for row in rows:
            n_, at = self.code.classes.place(row)
            inner = self.flow(n_, at)
            for m, back in enumerate(inner.insns):
                if back.op == RETURN_OBJECT:
                    found |= self.register(Call(n_, back.at, at), inner, m, back.args[0], walk)
        return few(found) or OPEN

    def run_by(self, n: int, insn: Insn) -> tuple[list[int], bool]:
        """Return the methods of the app that a call may run, overrides included, and whether these are all."""
        classes = self.code.classes
        cls = classes.called(n, insn.index)
        if cls is None:
            return [], False
        signature = int(classes.signatures[n][insn.index])
        own = classes.runs(cls, signature)
        rows = [] if own is None else [own]
        if insn.op in _VIRTUAL:
            others = classes.definitions(signature)
            if not classes.work.spend(len(others)):
                return [], False
            rows += [row for c, row in others if row != own and cls in classes.line(c)]
        return rows[:WRITERS], bool(rows) and len(rows) <= WRITERS

    def _known(self, call: Call, flow: Flow, n: int, name: str, walk: Walk) -> frozenset[Value] | None:
        """Return what a framework call gives back, None for a call that is not known."""
        args = flow.insns[n].args
        cls, _, short = name.partition("->")

        def values(position: int) -> frozenset[Value]:
            return self.register(call, flow, n, args[position], walk) if position < len(args) else OPEN

        def strings(position: int) -> list[str]:
            return _strings(values(position))

        if cls in _BUILDERS or cls == _URI_BUILDER or name == "Landroid/content/ContentUris;->appendId":
            if short in {"toString", "build"} or flow.fluent(n):
                # What a fluent call gives back holds what that call added.
                cls = flow.dex.method(flow.insns[n].index).proto.rpartition(")")[2] if flow.fluent(n) else cls
                return _found(self._content(call, flow, n + 1 if flow.fluent(n) else n, args[0], walk, cls))
            return None
        if name in _SAME:
            return values(_SAME[name])
        if name in {"Ljava/lang/String;->concat", "Lkotlin/jvm/internal/Intrinsics;->stringPlus"}:
            return _found(a + b for a, b in itertools.product(strings(0), strings(1)))
        if name == "Ljava/lang/String;->format":
            return self._formatted(call, flow, n, walk)
        if name == "Landroid/net/Uri;->withAppendedPath":
            return _found(texts.below(a, b) for a, b in itertools.product(strings(0), strings(1)))
        if short == "getContentUri" and cls in _VOLUMES:
            return _found(f"content://media/{v}/{_VOLUMES[cls]}" for v in strings(0))
        if name == "Landroid/content/ContentUris;->withAppendedId":
            return _found(texts.below(a, HOLE) for a in strings(0))
        if name == f"{_INTENT}->getData":
            return self._data(call, flow, n, walk)
        if name == "Landroidx/activity/result/ActivityResult;->getData":
            return frozenset({Value("answer")})
        if short == "getUriForFile" and cls in _FILE_PROVIDERS:
            return frozenset({Value("own")})
        if cls == "Landroid/provider/DocumentsContract;":
            return frozenset({Value("documents")})
        if name == "Ljava/lang/Object;->getClass":
            # An object of a class below has the same methods, so that what is called by name is told all the same;
            # not of a class of the app, whose subclasses may have others.
            types = self._types(call, flow, n, args[0]) if args else frozenset({""})
            known = (t.startswith("L") and t != OBJECT and t not in self.code.defined for t in sorted(types))
            return frozenset(
                Value("class", t) if sure else UNKNOWN for t, sure in zip(sorted(types), known, strict=True)
            )
        if name in {"Ljava/lang/Class;->forName", "Ljava/lang/ClassLoader;->loadClass"}:
            names = strings(0 if short == "forName" else 1)
            return frozenset(Value("class", f"L{s.replace('.', '/')};") if HOLE not in s else UNKNOWN for s in names)
        if cls == "Ljava/lang/Class;" and short in {"getField", "getDeclaredField", "getMethod", "getDeclaredMethod"}:
            kind = "field" if short.endswith("Field") else "method"
            pairs = itertools.product(values(0), values(1))
            return few(
                Value(kind, f"{c.text}->{s.text}")
                if c.kind == "class" and s.kind == "string" and HOLE not in s.text else UNKNOWN
                for c, s in pairs if s.kind != "null"
            ) or OPEN  # fmt: skip
        if name == "Ljava/lang/reflect/Field;->get":
            return self._mirrored(values(0), walk)
        return None

    def _data(self, call: Call, flow: Flow, n: int, walk: Walk) -> frozenset[Value]:
        """Return the address in an Intent: picked where a dialog of the system answered, else what the app put in."""
        register = flow.insns[n].args[0]
        lives, whole, steps = flow.lives(n, register)
        inner = self.deeper(walk, 1 + steps)
        if inner is None:
            return OPEN
        found: set[Value] = set() if whole and lives else {UNKNOWN}
        for life in lives:
            if life.made >= 0 and flow.insns[life.made].op == NEW_INSTANCE:
                found |= self._put_in(call, flow, life, inner)
        if any(life.made < 0 or flow.insns[life.made].op != NEW_INSTANCE for life in lives):
            given = self.register(call, flow, n, register, inner)
            found |= {Value("picked") if v.kind == "answer" else UNKNOWN for v in given if v.kind != "null"}
        return few(found) or OPEN

    def _put_in(self, call: Call, flow: Flow, life: Life, walk: Walk) -> frozenset[Value]:
        """Return the address that the app gave to an Intent of its own."""
        found = frozenset({Value("null")})
        for n, place in life.taken:
            insn = flow.insns[n]
            if insn.op not in dalvik.INVOKES:
                continue
            callee = flow.dex.method(insn.index)
            if callee.cls == _INTENT and not place:
                types = arguments(callee.proto)
                if callee.name in {"<init>", "setData", "setDataAndType", "setDataAndNormalize"} and URI in types:
                    found = self.register(call, flow, n, insn.args[1 + types.index(URI)], walk)
                elif callee.name == "<init>" and _INTENT in types:
                    found = OPEN
            elif callee.cls in self.code.defined:
                found |= OPEN
        return found

    def _mirrored(self, fields: frozenset[Value], walk: Walk) -> frozenset[Value]:
        """Return what the fields hold that reflection names."""
        found: set[Value] = set()
        for field in fields:
            row = catalogue.uri_fields().get(f"{field.text}:Landroid/net/Uri;") if field.kind == "field" else None
            if row is not None:
                found.add(Value("uri", row.value))
            elif field.kind == "field" and field.text.partition("->")[0] in self.code.defined:
                for kind in ("Landroid/net/Uri;", "Ljava/lang/String;"):
                    found |= self._written(f"{field.text}:{kind}", walk)
        return few(found) or OPEN

    def _formatted(self, call: Call, flow: Flow, n: int, walk: Walk) -> frozenset[Value]:
        args = flow.insns[n].args
        proto = flow.dex.method(flow.insns[n].index).proto
        if "[Ljava/lang/Object;)" not in proto or len(args) < 2:
            return OPEN
        found: list[str] = []
        for form in _strings(self.register(call, flow, n, args[-2], walk)):
            count = texts.parameters(form)
            parts = [
                _strings(self.elements(call, flow, n, args[-1], i, walk)) for i in range(min(count, MOST))
            ]  # fmt: skip
            ways = itertools.islice(itertools.product(*parts), MOST)
            found += [texts.filled(form, way) for way in ways]
        return _found(found)

    def _content(  # noqa: PLR0917 - the state of one walk
        self, call: Call, flow: Flow, at: int, register: int, walk: Walk, cls: str
    ) -> list[str]:
        """Return the texts that a builder can hold before an instruction."""
        inner = self.deeper(walk)
        if inner is None:
            return [HOLE]
        lives, whole, steps = flow.lives(at, register)
        left = self.spend(steps)
        found: dict[str, None] = {} if whole and lives and left else {HOLE: None}
        for life in lives if left else ():
            start = self._begun(call, flow, life.made, inner)
            makes = (texts.UriText if cls == _URI_BUILDER else texts.PlainText).of
            ways = [makes(s) for s in start]
            for n, place in life.taken:
                insn = flow.insns[n]
                if insn.op not in dalvik.INVOKES:
                    continue
                callee = flow.dex.method(insn.index)
                if callee.cls == "Landroid/content/ContentUris;" and cls == _URI_BUILDER:
                    ways = [way.after("appendPath", HOLE) for way in ways]
                    continue
                if callee.cls != cls or place:
                    # Handed on, anything may have been added; put into another builder it stays the same.
                    ways = ways if callee.cls == cls else [makes(HOLE)]
                    continue
                parts = self._part(call, flow, n, callee, inner)
                ways = [way.after(callee.name, part) for way, part in itertools.product(ways, parts)][:MOST]
            found.update(dict.fromkeys(w.text for w in ways))
        return list(found)

    def _part(self, call: Call, flow: Flow, n: int, callee: Method, walk: Walk) -> list[str]:
        """Return the texts that a call with one argument may add to a builder."""
        args = flow.insns[n].args
        kind = callee.proto[1:].partition(")")[0]
        if len(args) == 1 or (callee.name == "<init>" and kind == "I"):
            return [""]
        if kind.startswith("L") and kind.count(";") == 1 and len(args) == 2:
            return _strings(self.register(call, flow, n, args[1], walk))
        if kind in {"I", "C"}:
            numbers = self.register(call, flow, n, args[1], walk)
            if numbers and all(v.kind == "int" for v in numbers):
                return [v.text if kind == "I" else chr(int(v.text) & 0xFFFF) for v in sorted(numbers)]
        return [HOLE]

    def _begun(self, call: Call, flow: Flow, made: int, walk: Walk) -> list[str]:
        """Return what a builder holds when it comes into being."""
        if made < 0:
            return [HOLE]
        insn = flow.insns[made]
        if insn.op == NEW_INSTANCE:
            return [""]
        if insn.op == RESULT_OBJECT and made and flow.insns[made - 1].op in dalvik.INVOKES:
            callee = flow.dex.method(flow.insns[made - 1].index)
            if callee.cls == "Landroid/net/Uri;" and callee.name == "buildUpon":
                return _strings(self.register(call, flow, made - 1, flow.insns[made - 1].args[0], walk))
        return [HOLE]

    # --- arrays ---------------------------------------------------------------------------------------------------

    def elements(  # noqa: PLR0917 - the state of one walk
        self, call: Call, flow: Flow, at: int, register: int, index: int | None, walk: Walk
    ) -> frozenset[Value]:
        """Return the values that an element of an array can have; of all its elements where the index is not known."""
        inner = self.deeper(walk)
        lives, whole, steps = flow.lives(at, register)
        if inner is None or not self.spend(steps):
            return OPEN
        found: set[Value] = set() if whole and lives else {UNKNOWN}
        for life in lives:
            found |= self._put(call, flow, life, index, inner)
        return few(found)

    def _put(self, call: Call, flow: Flow, life: Life, index: int | None, walk: Walk) -> frozenset[Value]:
        made = life.made
        insn = flow.insns[made] if made >= 0 else None
        values: dict[int, frozenset[Value]] = {}
        anywhere: frozenset[Value] = frozenset()
        if insn is not None and insn.op == RESULT_OBJECT and made and flow.insns[made - 1].op in FILLED_ARRAYS:
            n = made - 1
            values = {i: self.register(call, flow, n, r, walk) for i, r in enumerate(flow.insns[n].args[:MOST])}
        elif insn is not None and insn.op in OBJECT_GETS:
            anywhere = self._stored(call, insn, index, walk)
        elif insn is None or insn.op != NEW_ARRAY:
            return OPEN
        for n, place in life.taken:
            put = flow.insns[n]
            if put.op in _APUT and place == 1:
                where = self._number(call, flow, n, put.args[2], walk)
                if where is None:
                    anywhere |= self.register(call, flow, n, put.args[0], walk)
                elif index is None or where == index:
                    values[where] = self.register(call, flow, n, put.args[0], walk)
            elif put.op == 0x26:
                anywhere |= OPEN
        if index is None:
            return few(anywhere.union(*values.values())) or OPEN
        return values.get(index, frozenset()) | anywhere or frozenset({Value("null")})

    def _stored(self, call: Call, insn: Insn, index: int | None, walk: Walk) -> frozenset[Value]:
        """Return the elements of an array that a field of the app holds, as its writers made it."""
        name = self.code.units[call.dex].dex.field(insn.index)
        writers = self.writers(name)
        found: set[Value] = set() if 0 < len(writers) <= WRITERS else {UNKNOWN}
        for place in writers[:WRITERS]:
            flow = self.flow(place.dex, place.row)
            at = flow.index.get(place.unit)
            mark = (place, index)
            self._cuts += mark in walk.seen
            if at is not None and mark not in walk.seen:
                inner = Walk(walk.levels, walk.hops, walk.seen | {mark})
                found |= self.elements(place, flow, at, flow.insns[at].args[0], index, inner)
        return frozenset(found)

    # --- fields and parameters --------------------------------------------------------------------------------------

    def _field(self, n: int, insn: Insn, walk: Walk) -> frozenset[Value]:
        name = self.code.units[n].dex.field(insn.index)
        row = catalogue.uri_fields().get(name)
        if row is not None:
            return frozenset({Value("uri", row.value)})
        if name.partition("->")[0] not in self.code.defined:
            return OPEN
        return self._written(name, walk)

    def _written(self, name: str, walk: Walk) -> frozenset[Value]:
        """Return what the writers of a field of the app put there, and what stands there from the beginning."""
        found: set[Value] = set()
        writers = self.writers(name)
        for call in writers[:WRITERS]:
            flow = self.flow(call.dex, call.row)
            at = flow.index.get(call.unit)
            if at is not None:
                found |= self.register(call, flow, at, flow.insns[at].args[0], walk)
        first = self._first(name)
        if first is not None:
            found.add(first)
        if len(writers) > WRITERS or not (writers or first):
            found.add(UNKNOWN)
        return few(found)

    @cached_property
    def _texts(self) -> list[dict[int, int]]:
        """Field index to string index of the texts in static fields, of each dex."""
        return [{row.field: row.string for row in self.code.statics(n)} for n in range(len(self.code.units))]

    def _first(self, name: str) -> Value | None:
        """Return the text that stands in a static field before any instruction runs."""
        if not name.endswith(":Ljava/lang/String;"):
            return None
        for unit, texts_ in zip(self.code.units, self._texts, strict=True):
            for index in unit.dex.find_fields(name) if texts_ else ():
                if index in texts_:
                    return Value("string", unit.dex.string(texts_[index]))
        return None

    def writers(self, name: str) -> list[Call]:
        """Return the instructions that write a field."""
        return self.mentions(name, (0x59, 0x5B, 0x67, 0x69))

    def mentions(self, name: str, ops: tuple[int, ...]) -> list[Call]:
        """Return the instructions of some kinds on a field, under its own class, one that inherits it or one above."""
        found = self._mentioned.get((name, ops))
        if found is None:
            found = self._mentioned[name, ops] = []
            cls, _, rest = name.partition("->")
            classes = self.code.classes
            own = classes.number.get(cls, -1)
            for n, unit in enumerate(self.code.units if own >= 0 else ()):
                for index in unit.dex.fields_named(rest):
                    other = classes.holder(n, index)
                    if other is not None and (other in classes.line(own) or own in classes.line(other)):
                        found += itertools.islice(self.code.mentions(n, ops, index), WRITERS + 1 - len(found))
        return found

    def _parameter(self, call: Call, flow: Flow, register: int, walk: Walk) -> frozenset[Value]:
        position = register - (flow.registers - flow.incoming)
        if position < 0:
            return OPEN
        method = self.code.caller(call)
        found: set[Value] = set()
        back = method.name in catalogue.callbacks() or _BACK.match(method.name) is not None
        outside = back and any(
            t not in self.code.defined and t != OBJECT for t in (method.cls, *self.code.ancestors.get(method.cls, ()))
        )
        outside = outside and not int(self.code.units[call.dex].dex.items.access[call.row]) & FIXED
        callers = self.code.callers(call.dex, call.row, CALLERS + 1)
        if callers and not walk.hops:
            self._cuts += 1
            return OPEN
        inner = Walk(walk.levels, walk.hops - 1, walk.seen)
        for site in callers[:CALLERS]:
            found |= self._argument(site, position, inner)
        if len(callers) > CALLERS:
            found.add(UNKNOWN)
        if outside or not callers:
            found.add(Value(self._handed(method, self._declared(call, flow, register))))
        return few(found)

    def _handed(self, method: Method, declared: str) -> str:
        """Return the kind of a value that something outside hands to a method."""
        if method.name != "onActivityResult":
            return "parameter"
        if declared == _INTENT:
            return "answer"
        by_contract = _CALLBACK in self.code.ancestors.get(method.cls, ()) and not self._contracts
        return "picked" if declared in {URI, OBJECT} and by_contract else "parameter"

    @cached_property
    def _contracts(self) -> bool:
        """Whether the app has a contract of its own, which may give back what no dialog of the system answered."""
        return any(
            _CONTRACT in self.code.supertypes(cls)
            for cls in (
                self.code.defined if any(u.dex.find_type(_CONTRACT) is not None for u in self.code.units) else ()
            )
            if not cls.startswith(_ANDROIDX_ACTIVITY)
        )


def arguments(proto: str) -> list[str]:
    """Return the types of the arguments of a prototype, a wide one twice: one for each register."""
    types = _TYPE.findall(proto.partition(")")[0][1:])
    return [t for t in types for _ in range(2 if t in {"J", "D"} else 1)]


def _strings(values: Iterable[Value]) -> list[str]:
    """Return the texts of values, HOLE for one that is none; at least one."""
    texts_ = {v.text if v.kind in {"uri", "string", "int"} else "null" if v.kind == "null" else HOLE for v in values}
    return sorted(texts_)[:MOST] or [HOLE]


def _found(strings: Iterable[str]) -> frozenset[Value]:
    return few(UNKNOWN if s.startswith(HOLE) and not s.strip(HOLE) else Value("string", s) for s in strings)
