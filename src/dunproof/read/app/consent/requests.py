"""The places where an app asks for permissions while it runs, and which permissions stand in each request.

A request is told by the array that reaches the call, element by element. Where the array is handed over by a caller,
each caller makes a request of its own. An array whose elements are not all known is not told at all: a part of them
would look like the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.code.flow import Flow, Life
from dunproof.read.app.code.program import Call, Code
from dunproof.read.app.code.values import Values
from dunproof.read.app.consent.branches import Branches, Place
from dunproof.read.app.owners import Owners
from dunproof.read.formats import dalvik
from dunproof.read.formats.dalvik import (
    APUT_OBJECT,
    CHECK_CAST,
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

_COMPAT: Final = frozenset({"Landroidx/core/app/ActivityCompat;", "Landroid/support/v4/app/ActivityCompat;"})
_SCREENS: Final = frozenset({
    "Landroid/app/Activity;", "Landroid/app/Fragment;", "Landroidx/fragment/app/Fragment;",
    "Landroidx/fragment/app/FragmentActivity;", "Landroidx/activity/ComponentActivity;",
    "Landroidx/appcompat/app/AppCompatActivity;", "Landroid/support/v4/app/Fragment;",
    "Landroid/support/v4/app/FragmentActivity;", "Landroid/support/v7/app/AppCompatActivity;",
})  # fmt: skip
_LAUNCHER: Final = "Landroidx/activity/result/ActivityResultLauncher;"
_CONTRACTS: Final = (
    "Landroidx/activity/result/contract/ActivityResultContracts$RequestMultiplePermissions;",
    "Landroidx/activity/result/contract/ActivityResultContracts$RequestPermission;",
)
_ASK: Final = ("requestPermissions", ("([Ljava/lang/String;I)V", "(Landroid/app/Activity;[Ljava/lang/String;I)V"))
_LAUNCH: Final = (
    "launch", ("(Ljava/lang/Object;)V", "(Ljava/lang/Object;Landroidx/core/app/ActivityOptionsCompat;)V"),
)  # fmt: skip
_POSITION: Final = 1
_LEVELS: Final = 4
"""Methods, fields and callers that an array is followed through."""
_CALLERS: Final = 40
_SITES_CAP: Final = 400
_ALTERNATIVES: Final = 6
_SIZE_CAP: Final = 64
_PUT: Final = (0x5B, 0x69)
_FILLS: Final = frozenset({"arraycopy", "fill", "toArray", "setAll", "sort"})
"""Calls that may put other elements into an array that they are handed."""


class Request(msgspec.Struct, frozen=True):
    """One request that a call can make."""

    call: Call
    """Where the permissions are handed over: the call that asks, or a call of a method that asks with what it gets."""
    callee: Method
    permissions: tuple[str, ...] | None
    """Sorted, each once; None where the code does not settle them all."""
    path: tuple[Call, ...]
    """Calls from there down to the one that asks; empty if it asks itself."""
    several: bool
    """The call can make other requests too."""

    @property
    def groups(self) -> int | None:
        """How many groups the system asks about, None if the permissions are not settled."""
        table = catalogue.permission_groups()
        return None if self.permissions is None else len({table[p] for p in self.permissions if p in table})


class _Handed(msgspec.Struct, frozen=True):
    """An array that the method gets in a register."""

    register: int


_Array = tuple[str, ...] | _Handed | None


def find(code: Code, values: Values, owners: Owners, branches: Branches) -> list[Request]:
    """Return the requests of an app, by place."""
    return sorted(_Requests(code, values, owners, branches).all(), key=lambda r: (r.call, r.permissions or ()))


class _Requests:
    def __init__(self, code: Code, values: Values, owners: Owners, branches: Branches) -> None:
        self.code = code
        self.values = values
        self.owners = owners
        self.branches = branches
        self._seen: set[tuple[Call, int]] = set()

    def all(self) -> Iterator[Request]:
        told: dict[Call, dict[tuple[str, ...] | None, tuple[Call, ...]]] = {}
        callees: dict[Call, Method] = {}
        for call, callee in self._sites():
            launch = callee.name == _LAUNCH[0]
            for at, asked, path in self._asked(call, _POSITION, (), _LEVELS, launch=launch):
                dex = self.code.units[at.dex].dex
                callees[at] = dex.method(int(dex.units[at.unit + 1]))  # the index of every call that names a method
                told.setdefault(at, {}).setdefault(asked, path)
        for at, found in told.items():
            for asked, path in found.items():
                permissions = None if asked is None else tuple(sorted(set(asked)))
                yield Request(at, callees[at], permissions, path, len(found) > 1)

    # --- where is asked -------------------------------------------------------------------------------------------

    def _sites(self) -> list[tuple[Call, Method]]:
        import numpy as np

        found: list[tuple[Call, Method]] = []
        for n, unit in enumerate(self.code.units):
            dex = unit.dex
            wanted: dict[int, Method] = {}
            for name, protos in (_ASK, _LAUNCH):
                string = dex.find_string(name)
                rows = [] if string is None else np.flatnonzero(dex.method_names == string).tolist()
                for index in rows:
                    method = dex.method(index)
                    if method.proto in protos and self._asks(method):
                        wanted[index] = method
            found += [(call, wanted[index]) for index, call in self.code.calls_of(n, list(wanted))] if wanted else []
        return found[:_SITES_CAP]

    def _asks(self, method: Method) -> bool:
        """Return whether a method of one of the names is the system's or the support library's, not the app's own."""
        family = (method.cls, *self.code.ancestors.get(method.cls, ()))
        known = _COMPAT | _SCREENS if method.name == _ASK[0] else {_LAUNCHER}
        if not known.intersection(family):
            return False
        for cls in family:
            if cls in known:
                return True
            if method.name + method.proto in self.code.members(cls):
                return False
        return False

    # --- what is asked --------------------------------------------------------------------------------------------

    def _asked(
        self, call: Call, position: int, path: tuple[Call, ...], level: int, *, launch: bool
    ) -> Iterator[tuple[Call, tuple[str, ...] | None, tuple[Call, ...]]]:
        """Yield (place, permissions, way down) of the requests behind a call that is handed an array."""
        flow = self.values.flow(call.dex, call.row)
        at = flow.index.get(call.unit)
        if at is None or flow.insns[at].op not in dalvik.INVOKES or position >= len(flow.insns[at].args):
            return
        if (call, position) in self._seen:
            return
        self._seen.add((call, position))
        register = flow.insns[at].args[position]
        one = self._text(flow, at, register) if launch else None
        arrays = self._arrays((call.dex, call.row), at, register, _LEVELS) if one is None else [(one,)]
        for array in dict.fromkeys(arrays):
            above = self._callers(call, array.register) if isinstance(array, _Handed) and level else []
            for site, place in above:
                yield from self._asked(site, place, (call, *path), level - 1, launch=launch)
            names = None if isinstance(array, _Handed) else array
            if not above and self._counts(call, names, launch=launch):
                yield call, names, path

    def _counts(self, call: Call, names: tuple[str, ...] | None, *, launch: bool) -> bool:
        """Return whether a call is a request: anything can be launched, and a library passes on what it is given."""
        if names is None:
            general = self.owners.of(self.code.caller(call).cls).kind == "library"
            return not general and (not launch or self._house(call) in self._contracts)
        return not launch or any(".permission." in name for name in names)

    def _callers(self, call: Call, register: int) -> list[tuple[Call, int]]:
        """Return the calls of the method in which a call stands, with the place of the argument in a register."""
        flow = self.values.flow(call.dex, call.row)
        position = register - (flow.registers - flow.incoming)
        found = dict.fromkeys(self.code.callers(call.dex, call.row, _CALLERS + 1))
        sites = [site for site in found if (site.dex, site.row) != (call.dex, call.row)]
        return [(site, position) for site in sites] if position >= 0 and len(sites) <= _CALLERS else []

    @cached_property
    def _contracts(self) -> frozenset[str]:
        """Outer classes in which a contract to ask for permissions is made."""
        import numpy as np

        found: set[str] = set()
        for n, unit in enumerate(self.code.units):
            types = [t for t in (unit.dex.find_type(name) for name in _CONTRACTS) if t is not None]
            if types:
                at, op, index = self.code.instructions(n)
                for unit_ in at[np.flatnonzero((op == NEW_INSTANCE) & np.isin(index, types))].tolist():
                    rows = unit.dex.items.at(unit_)
                    found |= {self._house(Call(n, unit_, row)) for row in rows}
        return frozenset(found)

    def _house(self, call: Call) -> str:
        return self.code.caller(call).cls.partition("$")[0].rstrip(";")

    # --- arrays -----------------------------------------------------------------------------------------------------

    def _arrays(self, place: Place, at: int, register: int, level: int) -> list[_Array]:
        """Return the arrays that a register can hold before an instruction, None for one that is not settled."""
        flow = self.values.flow(*place)
        lives, whole, steps = flow.lives(at, register)
        if not whole or not level or not self.branches.spend(steps) or len(lives) > _ALTERNATIVES:
            return [None]
        found: list[_Array] = []
        for life in lives:
            if life.made < 0:
                found.append(_Handed(life.register) if level == _LEVELS else None)
                continue
            insn = flow.insns[life.made]
            if any(self._fills(flow, n) for n, _ in life.taken):
                found.append(None)
            elif insn.op == NEW_ARRAY:
                found.append(self._put(flow, life))
            elif insn.op in OBJECT_GETS:
                found += self._held(flow, insn, level - 1)
            elif insn.op == RESULT_OBJECT and life.made:
                found += self._given(flow, life.made - 1, level - 1)
            else:
                found.append(None)
        return found or [None]

    def _fills(self, flow: Flow, n: int) -> bool:
        insn = flow.insns[n]
        return insn.op in dalvik.INVOKES and flow.dex.method(insn.index).name in _FILLS

    def _put(self, flow: Flow, life: Life) -> _Array:
        """Return the elements of an array that is made here and filled one by one."""
        size = self._number(flow, life.made, flow.insns[life.made].args[0])
        names: dict[int, str] = {}
        for n, place in life.taken:
            insn = flow.insns[n]
            if insn.op == APUT_OBJECT and place == 1:
                index = self._number(flow, n, insn.args[2])
                name = self._text(flow, n, insn.args[0])
                if index is None or name is None:
                    return None
                names[index] = name
        if size is None or size > _SIZE_CAP or set(names) != set(range(size)):
            return None
        return tuple(names[i] for i in range(size))

    def _held(self, flow: Flow, insn: Insn, level: int) -> list[_Array]:
        """Return the arrays that the writers of an own field put there."""
        cls, _, rest = flow.dex.field(insn.index).partition("->")
        found: list[_Array] = []
        for owner in (cls, *(c for c in self.code.ancestors.get(cls, ()) if c in self.code.defined)):
            for n, unit in enumerate(self.code.units):
                for index in unit.dex.find_fields(f"{owner}->{rest}"):
                    for call in self.code.mentions(n, _PUT, index):
                        if len(found) > _ALTERNATIVES:
                            return [None]
                        writer = self.values.flow(call.dex, call.row)
                        at = writer.index.get(call.unit)
                        found += (
                            [None] if at is None
                            else self._arrays((call.dex, call.row), at, writer.insns[at].args[0], level)
                        )  # fmt: skip
        return found or [None]

    def _given(self, flow: Flow, n: int, level: int) -> list[_Array]:
        """Return the arrays that a call gives back: one that holds what stands before it, or an own method's."""
        insn = flow.insns[n]
        if insn.op in FILLED_ARRAYS:
            names = [self._text(flow, n, register) for register in insn.args]
            return [tuple(name for name in names if name is not None) if None not in names else None]
        place = self.branches.definition(flow.dex.method(insn.index)) if insn.op in dalvik.INVOKES else None
        if place is None:
            return [None]
        inner = self.values.flow(*place)
        backs = [m for m, back in enumerate(inner.insns) if back.op == RETURN_OBJECT]
        return [a for m in backs for a in self._arrays(place, m, inner.insns[m].args[0], level)] or [None]

    # --- elements ---------------------------------------------------------------------------------------------------

    def _sources(self, flow: Flow, at: int, register: int) -> list[Insn] | None:
        """Return the instructions that make the value of a register; None where it comes from outside."""
        found: list[Insn] = []
        todo = [(at, register)]
        seen = set(todo)
        while todo:
            made, entry, steps = flow.definitions(*todo.pop())
            if entry or not self.branches.spend(steps):
                return None
            for n in made:
                insn = flow.insns[n]
                if insn.op in OBJECT_MOVES or insn.op == CHECK_CAST:
                    step = (n, insn.args[0] if insn.op in OBJECT_MOVES else insn.writes)
                    todo += [step] if step not in seen else []
                    seen.add(step)
                else:
                    found.append(insn)
        return found

    def _text(self, flow: Flow, at: int, register: int) -> str | None:
        """Return the text in a register where it is one and the same on all ways."""
        found = self._sources(flow, at, register)
        names = {self._word(flow, insn) for insn in found} if found else {None}
        return names.pop() if len(names) == 1 else None

    def _word(self, flow: Flow, insn: Insn) -> str | None:
        if insn.op in STRINGS:
            return flow.dex.string(insn.index)
        return self._constant(flow.dex.field(insn.index)) if insn.op in OBJECT_GETS else None

    def _constant(self, name: str) -> str | None:
        """Return the text of an own static field that nothing but its first value fills."""
        first: set[str] = set()
        for n, unit in enumerate(self.code.units):
            for index in unit.dex.find_fields(name):
                if next(self.code.mentions(n, _PUT, index), None) is not None:
                    return None
                first |= {unit.dex.string(row.string) for row in self.code.statics(n) if row.field == index}
        return first.pop() if len(first) == 1 else None

    def _number(self, flow: Flow, at: int, register: int) -> int | None:
        found = self._sources(flow, at, register)
        numbers = {insn.index if insn.op in CONSTANTS else None for insn in found} if found else {None}
        return numbers.pop() if len(numbers) == 1 else None
