"""What functions give back that are objects: lambdas, suppliers, values that Kotlin makes when first asked for.

A call through an interface of the language tells nothing of what runs; the object does, followed back to where it is
made: through fields, callers and what own methods give back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dunproof.read.app.code.containers import makers
from dunproof.read.app.code.flow import Flow
from dunproof.read.app.code.program import Call
from dunproof.read.app.code.value import OPEN, UNKNOWN, Value, Walk, few
from dunproof.read.formats import dalvik
from dunproof.read.formats.dalvik import CONSTANTS, NEW_INSTANCE, OBJECT_GETS, RESULT_OBJECT, RETURN_OBJECT

if TYPE_CHECKING:
    from dunproof.read.app.code.values import Values

_LAZY: Final = "Lkotlin/Lazy;"
FUNCTIONS: Final = frozenset({
    (_LAZY, "getValue"), ("Ljava/util/concurrent/Callable;", "call"), ("Ljava/util/function/Supplier;", "get"),
    ("Ljavax/inject/Provider;", "get"), *((f"Lkotlin/jvm/functions/Function{n};", "invoke") for n in range(4)),
})  # fmt: skip
"""Interfaces of functions, each with its method."""
_MOST: Final = 16
"""Callers, writers and methods of one object that are followed."""
_Origin = tuple[Call, Flow, int]
"""The instruction that makes an object, with its method."""


class Functions:
    """Answers what the functions of an app give back."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def back(self, call: Call, flow: Flow, n: int, walk: Walk) -> frozenset[Value]:
        """Return what a call of a function gives back."""
        insn = flow.insns[n]
        callee = flow.dex.method(insn.index)
        name, proto = callee.name, callee.proto
        made, whole = self._origins(call, flow, n, insn.args[0], walk)
        if callee.cls == _LAZY:
            name, proto = "invoke", "()Ljava/lang/Object;"
            made, whole = self._initializers(made, walk) if whole else ([], False)
        found: set[Value] = set() if whole and made else {UNKNOWN}
        classes = self.values.code.classes
        for _, within, at in made:
            insn = within.insns[at]
            cls = classes.number.get(within.dex.type(insn.index)) if insn.op == NEW_INSTANCE else None
            row = None if cls is None else classes.runs(cls, classes.signature(name, proto))
            found |= OPEN if row is None else self._returned(row, walk)
        return few(found)

    def _initializers(self, made: list[_Origin], walk: Walk) -> tuple[list[_Origin], bool]:
        """Return (what makes the functions that calls of ``lazy`` are given, whether these are all)."""
        found: list[_Origin] = []
        for call, flow, n in made:
            by = flow.insns[n - 1] if n and flow.insns[n].op == RESULT_OBJECT else None
            if by is None or by.op not in dalvik.STATIC_INVOKES or not by.args:
                return [], False
            callee = flow.dex.method(by.index)
            if not callee.cls.startswith("Lkotlin/LazyKt") or callee.name != "lazy":
                return [], False
            more, whole = self._origins(call, flow, n - 1, by.args[-1], walk)
            if not whole:
                return [], False
            found += more
        return found, True

    def _returned(self, row: int, walk: Walk) -> frozenset[Value]:
        """Return what a method gives back."""
        n, within = self.values.code.classes.place(row)
        flow = self.values.flow(n, within)
        inner = self.values.deeper(walk, len(flow.insns), ("returned", row))
        if inner is None or ("returned", row) in walk.seen:
            self.values.cut()
            return OPEN
        backs = [(m, insn) for m, insn in enumerate(flow.insns) if insn.op == RETURN_OBJECT]
        found = (self.values.register(Call(n, i.at, within), flow, m, i.args[0], inner) for m, i in backs)
        return frozenset().union(*found)

    def _origins(self, call: Call, flow: Flow, at: int, register: int, walk: Walk) -> tuple[list[_Origin], bool]:
        """Return (the instructions that make the object in a register, whether these are all)."""
        made, given, steps = makers(flow, at, register)
        mark = ("origins", call.dex, call.row, at, register)
        inner = self.values.deeper(walk, steps, mark)
        if mark in walk.seen or inner is None:
            self.values.cut()
            return [], mark in walk.seen
        found: list[_Origin] = []
        whole = True
        for n in sorted(made):
            more, all_ = self._made(call, flow, n, inner)
            found, whole = found + more, whole and all_
        for held in sorted(given):
            more, all_ = self._handed(call, flow, held, inner)
            found, whole = found + more, whole and all_
        return list(dict.fromkeys(found))[:_MOST], whole and len(found) <= _MOST

    def _made(self, call: Call, flow: Flow, n: int, walk: Walk) -> tuple[list[_Origin], bool]:
        """Return ``_origins`` of what one instruction puts into its register."""
        insn = flow.insns[n]
        if insn.op in CONSTANTS:
            return [], True
        if insn.op in OBJECT_GETS:
            return self._of(self.values.writers(flow.dex.field(insn.index)), walk)
        if insn.op == RESULT_OBJECT and n and flow.insns[n - 1].op in dalvik.INVOKES:
            rows, whole = self.values.run_by(call.dex, flow.insns[n - 1])
            places = [self.values.code.classes.place(row) for row in rows]
            backs = [
                Call(d, insn.at, row) for d, row in places for insn in self.values.flow(d, row).insns
                if insn.op == RETURN_OBJECT
            ]  # fmt: skip
            if rows:
                found, all_ = self._of(backs, walk)
                return found, all_ and whole
        return [(call, flow, n)], True

    def _of(self, places: list[Call], walk: Walk) -> tuple[list[_Origin], bool]:
        """Return ``_origins`` of the first register that each of some instructions reads."""
        found: list[_Origin] = []
        whole = 0 < len(places) <= _MOST
        for place in places[:_MOST]:
            flow = self.values.flow(place.dex, place.row)
            at = flow.index.get(place.unit)
            more, all_ = ([], False) if at is None else self._origins(place, flow, at, flow.insns[at].args[0], walk)
            found, whole = found + more, whole and all_
        return found, whole

    def _handed(self, call: Call, flow: Flow, register: int, walk: Walk) -> tuple[list[_Origin], bool]:
        """Return ``_origins`` of what callers hand over in a register."""
        position = register - (flow.registers - flow.incoming)
        callers = self.values.code.callers(call.dex, call.row, _MOST + 1)
        if position < 0 or not callers or not walk.hops or len(callers) > _MOST:
            self.values.cut()
            return [], False
        found: list[_Origin] = []
        whole = True
        inner = Walk(walk.levels, walk.hops - 1, walk.seen)
        for site in callers:
            above = self.values.flow(site.dex, site.row)
            at = above.index.get(site.unit)
            args = above.insns[at].args if at is not None and above.insns[at].op in dalvik.INVOKES else ()
            if at is None or position >= len(args):
                return [], False
            more, all_ = self._origins(site, above, at, args[position], inner)
            found, whole = found + more, whole and all_
        return found, whole
