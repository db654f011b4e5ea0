"""The control flow of one method: what may run before each instruction, what reaches a register, what befell an object.

Reaching definitions are sets over all paths: branches, arms of a switch, exception handlers. The life of an object is
told path by path, from its making to a use, because a builder or an array is changed in between.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import Final

import msgspec

from dunproof.read.formats import dalvik
from dunproof.read.formats.dalvik import CHECK_CAST, OBJECT_MOVES, RESULT_OBJECT
from dunproof.read.formats.dex import Dex

_PATHS: Final = 16
_PATH_STEPS: Final = 4000
_PATH_LONG: Final = 500
"""Paths of one object, instructions on all of them and on one, that are followed."""
_CHANGES: Final = dalvik.INVOKES | {*range(0x4B, 0x52), 0x26}
"""Calls, aput-kind and fill-array-data: what may change an object that it is handed."""
_FLUENT: Final = frozenset({"Ljava/lang/StringBuilder;", "Ljava/lang/StringBuffer;", "Landroid/net/Uri$Builder;"})
"""Classes whose methods give back their own object."""


class Life(msgspec.Struct, frozen=True):
    """One way of an object to a use: the instruction that made it (-1: it came in from outside), those that took it."""

    made: int
    taken: tuple[tuple[int, int], ...]
    """(instruction, place among the registers it reads), in order."""
    register: int = -1
    """Register in which it came in from outside."""


class Flow:
    """The instructions of one method and what may run before each."""

    def __init__(self, dex: Dex, code: int, *, whole: bool = True) -> None:
        self.dex = dex
        first, size, self.registers, self.incoming = dex.body(code)
        self.insns = list(dalvik.sweep(dex.units, first, size)) if whole else []
        """Empty where the method is not looked at."""
        self._definitions: dict[tuple[int, int], tuple[set[int], bool, int]] = {}
        self._moves: list[tuple[int, int]] | None = None
        self.index = {insn.at: n for n, insn in enumerate(self.insns)}
        self.before: list[list[tuple[int, bool]]] = [[] for _ in self.insns]
        """(instruction, whether its own write counts): an exception leaves before the write."""
        for n, insn in enumerate(self.insns):
            if insn.op not in dalvik.ENDS and n + 1 < len(self.insns):
                self.before[n + 1].append((n, True))
            for target in dalvik.targets(dex.units, insn, first + size) if insn.op in dalvik.BRANCHES else ():
                if target in self.index:
                    self.before[self.index[target]].append((n, True))
        places = list(self.index)
        for start, stop, handlers in dex.handlers(code):
            inside = range(bisect_left(places, first + start), bisect_left(places, first + stop))
            for handler in handlers:
                if first + handler in self.index:
                    self.before[self.index[first + handler]] += [(n, False) for n in inside]

    @cached_property
    def led_to(self) -> frozenset[int]:
        """The instructions to which a way leads from the first one."""
        after: dict[int, list[int]] = {}
        for n, before in enumerate(self.before):
            for source, _ in before:
                after.setdefault(source, []).append(n)
        seen = {0}
        todo = [0]
        while todo:
            fresh = [n for n in after.get(todo.pop(), ()) if n not in seen]
            seen.update(fresh)
            todo += fresh
        return frozenset(seen)

    def definitions(self, at: int, register: int) -> tuple[set[int], bool, int]:
        """Return what reaches a register before an instruction: (writing instructions, the entry value, visited)."""
        known = self._definitions.get((at, register))
        if known is None:
            known = self._definitions[at, register] = self._defining(at, register)
        return known

    def _defining(self, at: int, register: int) -> tuple[set[int], bool, int]:
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

    def fluent(self, n: int) -> bool:
        """Return whether an instruction calls a method that gives back its own object."""
        insn = self.insns[n]
        if insn.op not in dalvik.INVOKES or not insn.args:
            return False
        callee = self.dex.method(insn.index)
        if callee.cls == "Landroid/content/ContentUris;":
            return callee.name == "appendId"
        return callee.cls in _FLUENT and callee.proto.endswith(f"){callee.cls}")

    def lives(self, at: int, register: int) -> tuple[list[Life], bool, int]:
        """Return (lives, whether these are all, visited) of the object that a register holds before an instruction.

        Where a loop leads back the paths are without end: those that pass no instruction twice are told. These are all
        where nothing in the loop can change the object.
        """
        found: dict[Life, None] = {}
        whole = True
        steps = 0
        todo: list[tuple[int, int, tuple[int, ...], bool]] = [(at, register, (), True)]
        while todo:
            here, held, path, counts = todo.pop()
            if path and counts:
                insn = self.insns[here]
                if insn.writes == held:
                    source = self._source(here)
                    if source is None:
                        found[Life(here, self._taken(held, path[1:]))] = None
                        continue
                    held = source
            if here == 0:
                found[Life(-1, self._taken(held, path), held)] = None
            steps += len(self.before[here])
            if steps > _PATH_STEPS or len(found) > _PATHS:
                return list(found)[:_PATHS], False, steps
            for n, writes in self.before[here]:
                if n in path:
                    whole = whole and not self._may_change(path[: path.index(n) + 1], held)
                    continue
                todo.append((n, held, (n, *path), writes))
                if len(path) > _PATH_LONG:
                    return list(found), False, steps
        return list(found), whole, steps

    def _may_change(self, loop: tuple[int, ...], register: int) -> bool:
        """Return whether the instructions of a loop may change the object in a register, or put another there."""
        names = self.names(register)
        return any(
            (insn.writes in names and insn.op != CHECK_CAST)
            or (insn.op in _CHANGES and not names.isdisjoint(insn.args))
            for insn in map(self.insns.__getitem__, loop)
        )

    def names(self, register: int) -> set[int]:
        """Return the registers between which the object of one may be moved."""
        if self._moves is None:
            pairs = ((self.insns[n].writes, self._source(n)) for n in range(len(self.insns)))
            self._moves = [(a, b) for a, b in pairs if b is not None and a != b]
        names = {register}
        while fresh := {r for pair in self._moves if not names.isdisjoint(pair) for r in pair} - names:
            names |= fresh
        return names

    def _source(self, n: int) -> int | None:
        """Return the register whose object an instruction hands on; None if it makes or fetches one."""
        insn = self.insns[n]
        if insn.op in OBJECT_MOVES:
            return insn.args[0]
        if insn.op == RESULT_OBJECT and n and self.fluent(n - 1):
            return self.insns[n - 1].args[0]
        if insn.op == CHECK_CAST:
            return insn.writes
        return None

    def _taken(self, register: int, path: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """Return the instructions of a path that take the object which a register holds at its beginning."""
        held = {register}
        taken = []
        for n in path:
            insn = self.insns[n]
            place = next((i for i, r in enumerate(insn.args) if r in held), None)
            if place is not None:
                taken.append((n, place))
            source = self._source(n)
            if source in held:
                held.add(insn.writes)
            elif insn.writes >= 0:
                held.discard(insn.writes)
        return tuple(taken)
