"""What runs when the system starts an app, before anybody can agree to anything, and what when its first screen opens.

Two walks from the same methods. The wide one follows every call, override and callback that may lead on; what it does
not meet does not run then, as far as the code shows. The narrow one follows only what surely leads on: calls of one
method, threads that are started, and no branch that needs something stored. Between the two nothing is said.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from dunproof.read.app import catalogue
from dunproof.read.app.branches import Branches, Place
from dunproof.read.app.code import CUSTOM, HANDLE, Call, Code
from dunproof.read.app.manifest import Manifest
from dunproof.read.formats import dalvik

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from typing_extensions import TypeIs

    Column = npt.NDArray[np.int64]

_METHODS_CAP: Final = 60_000
_EDGES_CAP: Final = 600_000
"""Methods and calls of one walk; beyond them nothing is said of what was not met."""
_CLASSES_AT_CALL: Final = 8
_NEW: Final = 0x22
_FIXED: Final = frozenset({0x6F, 0x70, 0x71, 0x75, 0x76, 0x77})
"""invoke-super, -direct and -static with their range forms."""
_NATIVE: Final = 0x100
_OBJECT: Final = "Ljava/lang/Object;"
_HIDING: Final = (
    ("Ljava/lang/System;", "loadLibrary"), ("Ljava/lang/System;", "load"), ("Ljava/lang/Runtime;", "loadLibrary"),
    ("Ljava/lang/Runtime;", "load"), ("Ljava/lang/Class;", "newInstance"),
    ("Ljava/lang/reflect/Constructor;", "newInstance"),
)  # fmt: skip
"""Calls behind which code runs that is not followed."""
_OTHER_SCREENS: Final = ("startActivity", "startActivities", "startActivityForResult")
_STARTED: Final = {
    "Ljava/lang/Thread;": ("<init>", "start"), "Ljava/util/concurrent/Executor;": ("execute",),
    "Ljava/util/concurrent/ExecutorService;": ("execute", "submit"),
    "Ljava/util/concurrent/ThreadPoolExecutor;": ("execute", "submit"),
    "Landroid/os/Handler;": ("post", "postDelayed"), "Landroid/os/AsyncTask;": ("execute", "executeOnExecutor"),
    "Landroid/app/Activity;": ("runOnUiThread",),
}  # fmt: skip
"""Calls that run what an object does: of a thread, an executor, a queue."""
_RUNS: Final = ("run()V", "call()Ljava/lang/Object;", "doInBackground([Ljava/lang/Object;)Ljava/lang/Object;")
_APPLICATION: Final = (
    "<clinit>()V", "<init>()V", "attachBaseContext(Landroid/content/Context;)V", "onCreate()V",
)  # fmt: skip
_PROVIDER: Final = (
    "<clinit>()V", "<init>()V", "onCreate()Z",
    "attachInfo(Landroid/content/Context;Landroid/content/pm/ProviderInfo;)V",
)  # fmt: skip
_INITIALIZER: Final = "create(Landroid/content/Context;)Ljava/lang/Object;"
_ACTIVITY: Final = (
    "<clinit>()V", "<init>()V", "onCreate(Landroid/os/Bundle;)V",
    "onCreate(Landroid/os/Bundle;Landroid/os/PersistableBundle;)V", "onStart()V", "onResume()V", "onPostResume()V",
    "onPostCreate(Landroid/os/Bundle;)V", "onAttachedToWindow()V", "onWindowFocusChanged(Z)V",
)  # fmt: skip


Open = tuple[str, str]
"""A virtual call: the class that it names and the signature; what it runs depends on the object."""


class Walk:
    """What some methods lead to: every method met, and the calls between them."""

    def __init__(self, code: Code, roots: Iterable[Place], tables: Tables) -> None:
        self.code = code
        self.tables = tables
        self.roots = tuple(dict.fromkeys(roots))
        self.met: dict[Place, None] = {}
        self.whole = True
        """Everything that was met was followed."""
        self.native = False
        """A native method is called."""
        self.edges: dict[Place, list[tuple[int, Place | Open, bool]]] = {}
        """Method to (unit, what it leads to, whether that is a call)."""
        self.targets: dict[Open, dict[Place, None]] = {}
        self._count = 0
        self._made: dict[str, None] = {}
        self._below: dict[str, list[str]] = {}
        self._open: dict[str, list[str]] = {}
        self._todo: deque[Place] = deque()
        for root in self.roots:
            self._meet(root)
        while self._todo:
            self._follow(self._todo.popleft())

    def leads_to(self, node: Place | Open) -> Collection[Place]:
        """Return the methods that an edge leads to."""
        return self.targets[node] if _is_open(node) else (node,)

    def _meet(self, place: Place) -> None:
        if place not in self.met:
            if len(self.met) >= _METHODS_CAP:
                self.whole = False
                return
            self.met[place] = None
            self._todo.append(place)

    def _edge(self, place: Place, unit: int, target: Place | Open, *, alone: bool) -> None:
        self._count += 1
        if self._count > _EDGES_CAP:
            self.whole = False
            return
        self.edges.setdefault(place, []).append((unit, target, alone))

    def _lead(self, place: Place, unit: int, target: Place | None, *, alone: bool) -> None:
        if target is not None:
            self._edge(place, unit, target, alone=alone)
            self._meet(target)

    def _follow(self, place: Place) -> None:
        n = place[0]
        dex = self.code.units[n].dex
        for unit, op, index in self.tables.leading(place):
            if op == _NEW:
                self._make(dex.type(index), place, unit)
            elif op >= CUSTOM:
                for method in self.code.handled(n, op, index):
                    key = dex.method(method)
                    self._lead(place, unit, self._resolve(key.cls, dex.signature(method)), alone=False)
            else:
                cls, name = dex.type(int(dex.method_classes[index])), dex.signature(index)
                self._call(cls, name, op, place, unit)

    def _resolve(self, cls: str, name: str) -> Place | None:
        """Return the method that a call on a class runs: its own or the nearest one above."""
        for t in (cls, *self.code.ancestors.get(cls, ())):
            place = self.code.members(t).get(name)
            if place is not None:
                return place
            self.native = self.native or f"{t}->{name}" in self.tables.native
        return None

    def _call(self, cls: str, name: str, op: int, place: Place, unit: int) -> None:
        if op in _FIXED:
            self._lead(place, unit, self._resolve(cls, name), alone=True)
            self._lead(place, unit, self.code.members(cls).get("<clinit>()V"), alone=True)
            return
        if (cls, name) not in self.targets:
            self._open.setdefault(cls, []).append(name)
            targets = self.targets[cls, name] = {}
            for below in (cls, *self._below.get(cls, ())):
                self._target(targets, self._resolve(below, name))
        self._edge(place, unit, (cls, name), alone=True)

    def _target(self, targets: dict[Place, None], target: Place | None) -> None:
        if target is not None and target not in targets:
            targets[target] = None
            self._meet(target)

    def _make(self, cls: str, place: Place, unit: int) -> None:
        """Note that an object is made: its class is loaded, the system may call it back."""
        if cls not in self.code.defined:
            return
        for name, target in self._doors(cls):
            self._lead(place, unit, target, alone=name == "<clinit>()V")
        if cls in self._made:
            return
        self._made[cls] = None
        for t in (cls, *self.code.ancestors[cls]):
            self._below.setdefault(t, []).append(cls)
            for name in self._open.get(t, ()):
                self._target(self.targets[t, name], self._resolve(cls, name))

    def _doors(self, cls: str) -> list[tuple[str, Place]]:
        """Return what the system may run of a class of which an object is made."""
        family = (cls, *self.code.ancestors[cls])
        outside = any(t not in self.code.defined and t != _OBJECT for t in family)
        found: dict[str, Place] = {}
        for t in family:
            for name, place in self.code.members(t).items():
                short = name.partition("(")[0]
                if short == "<clinit>" or (outside and (short.startswith("on") or short in catalogue.callbacks())):
                    found.setdefault(name, place)
        return list(found.items())


def _is_open(node: Place | Open) -> TypeIs[Open]:
    return isinstance(node[0], str)


class Tables:
    """The calls and made objects of each dex that lead to code of the app, made once for all walks."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self._leading: dict[int, tuple[Column, Column, Column]] = {}
        self._native: frozenset[str] | None = None

    @property
    def native(self) -> frozenset[str]:
        """Keys of the methods whose code stands in a native library."""
        if self._native is None:
            import numpy as np

            keys: list[str] = []
            for unit in self.code.units:
                items = unit.dex.items
                keys += [unit.dex.key(int(items.method[row])) for row in np.flatnonzero(items.access & _NATIVE)]
            self._native = frozenset(keys)
        return self._native

    def leading(self, place: Place) -> Iterable[tuple[int, int, int]]:
        """Return (unit, opcode, index) of what a method leads to."""
        n, row = place
        at, op, index = self._of(n)
        dex = self.code.units[n].dex
        first, size, _, _ = dex.body(int(dex.items.code[row]))
        low, high = bisect_left(at, first), bisect_left(at, first + size)
        return zip(at[low:high].tolist(), op[low:high].tolist(), index[low:high].tolist(), strict=True)

    def _of(self, n: int) -> tuple[Column, Column, Column]:
        import numpy as np

        if n not in self._leading:
            dex = self.code.units[n].dex
            at, op, index = self.code.instructions(n)
            own = np.array([dex.type(i) in self.code.defined for i in range(len(dex.type_ids))] or [False], dtype=bool)
            calls = np.zeros(256, dtype=bool)
            calls[[o for o in dalvik.INVOKES if o < CUSTOM]] = True
            call = np.flatnonzero(calls[op] & (index < len(dex.method_ids)))
            call = call[own[np.minimum(dex.method_classes[index[call]], len(own) - 1)]]
            made = np.flatnonzero((op == _NEW) & (index < len(dex.type_ids)))
            custom = np.flatnonzero((op >= CUSTOM) & (op <= HANDLE))
            keep = np.sort(np.concatenate((call, made[own[index[made]]], custom)))
            self._leading[n] = (at[keep], op[keep], index[keep])
        return self._leading[n]


class Start:
    """What surely runs, and what may run, of the code that some methods lead to while nothing is stored."""

    def __init__(self, code: Code, roots: Iterable[Place], branches: Branches, tables: Tables) -> None:
        self.code = code
        self.branches = branches
        self.walk = Walk(code, roots, tables)
        self.blind = not self.walk.whole or self.walk.native
        """Something that was met leads where it cannot be followed."""
        self._parents: dict[Place, tuple[Place, int] | None] = {}
        self._may: set[Place] = set()
        self._followed: set[Place] = set()

    def met(self, places: Iterable[Place]) -> bool:
        """Return whether one of some methods is among those met."""
        return any(place in self.walk.met for place in places)

    def follow(self, places: Iterable[Place]) -> None:
        """Work out which of some methods run: branches are read only of methods that lead to one of them."""
        self._followed = {place for place in places if place in self.walk.met}
        ways = self._leading_to(self._followed)
        if not ways:
            return
        for narrow in (True, False):
            todo = deque(root for root in self.walk.roots if root in ways)
            seen: dict[Place, tuple[Place, int] | None] = dict.fromkeys(todo)
            while todo:
                place = todo.popleft()
                ran = self.branches.ran(place)
                for unit, target, alone in self.walk.edges.get(place, ()):
                    if target not in ways or unit not in (ran.sure if narrow else ran.may):
                        continue
                    targets = self.walk.leads_to(target)
                    if narrow and not (alone and len(targets) == 1):
                        continue
                    for one in targets:
                        if one in ways and one not in seen:
                            seen[one] = (place, unit)
                            todo.append(one)
                for unit, target in self._threads(place, ran.sure) if narrow else ():
                    if target in ways and target not in seen:
                        seen[target] = (place, unit)
                        todo.append(target)
            if narrow:
                self._parents = seen
            else:
                self._may = set(seen)

    def _leading_to(self, places: set[Place]) -> set[Place | Open]:
        """Return the methods met, and the open calls, from which one of some methods is called, and these."""
        if not places:
            return set()
        back: dict[Place | Open, list[Place | Open]] = {}
        for place, edges in self.walk.edges.items():
            for _, target, _ in edges:
                back.setdefault(target, []).append(place)
        for open_, targets in self.walk.targets.items():
            for one in targets:
                back.setdefault(one, []).append(open_)
        found: set[Place | Open] = set(places)
        todo: list[Place | Open] = list(places)
        while todo:
            for node in back.get(todo.pop(), ()):
                if node not in found:
                    found.add(node)
                    todo.append(node)
        return found

    def _threads(self, place: Place, sure: frozenset[int]) -> list[tuple[int, Place]]:
        """Return (unit, method) of what a method surely sets running: the work of a thread, an executor, a queue."""
        flow = self.branches.values.flow(*place)
        found: list[tuple[int, Place]] = []
        for insn in flow.insns:
            if insn.op not in dalvik.INVOKES or insn.at not in sure:
                continue
            callee = flow.dex.method(insn.index)
            kinds = (callee.cls, *self.code.ancestors.get(callee.cls, ()))
            if not any(callee.name in _STARTED.get(kind, ()) for kind in kinds):
                continue
            call = Call(place[0], insn.at, place[1])
            for position in range(min(len(insn.args), 3)):
                classes = self.branches.values.classes(call, position)
                if len(classes) == 1:
                    (cls,) = classes
                    works = (self._work(cls, name) for name in _RUNS)
                    found += [(insn.at, work) for work in works if work is not None]
        return found

    def _work(self, cls: str, name: str) -> Place | None:
        for t in (cls, *self.code.ancestors.get(cls, ())):
            if t in self.code.defined and name in self.code.members(t):
                return self.code.members(t)[name]
        return None

    def runs(self, place: Place, unit: int) -> bool | None:
        """Return whether an instruction runs: True on a way that is sure, False on none that is seen, else None."""
        if place not in self.walk.met:
            return None if self.blind else False
        if place in self._parents and unit in self.branches.ran(place).sure:
            return True
        may = place in self._may and unit in self.branches.ran(place).may
        return None if may or self.blind else False

    def path(self, place: Place) -> list[tuple[Place, int]]:
        """Return the calls that surely lead to a method, (caller, unit) each."""
        steps: list[tuple[Place, int]] = []
        at: Place = place
        while (step := self._parents.get(at)) is not None:
            steps.append(step)
            at = step[0]
        return steps[::-1]


class Begin:
    """Where an app begins: with its application and providers, then with its first screen."""

    def __init__(self, code: Code, read: Manifest, branches: Branches, hidden: Iterable[Place], *, gap: bool) -> None:
        self.code = code
        self.read = read
        self.branches = branches
        self.tables = Tables(code)
        self.hidden = [*hidden]
        """Methods that call what cannot be followed."""
        self.gap = gap
        """Not all code of the app is here, or can be read."""

    def app(self, places: set[Place]) -> Start:
        """Return what runs of some methods before any screen can be shown."""
        return self._start(of_app(self.code, self.read), places, blind_spots(self.code) if places else [])

    def launcher(self, places: set[Place]) -> Start:
        """Return what runs of some methods when the first screen opens; another screen may open behind it."""
        hidden = blind_spots(self.code) + opens_screens(self.code) if places else []
        begin = self._start(of_launcher(self.code, self.read), places, hidden)
        begin.blind = begin.blind or not self.read.launchers
        return begin

    def _start(self, roots: list[Place], places: set[Place], hidden: list[Place]) -> Start:
        begin = Start(self.code, roots if places else [], self.branches, self.tables)
        begin.blind = begin.blind or self.gap or begin.met(self.hidden) or begin.met(hidden)
        begin.follow(places)
        return begin


# --- where it begins ----------------------------------------------------------------------------------------------


def of_app(code: Code, read: Manifest) -> list[Place]:
    """Return the methods that the system runs before any screen of an app: of its application and its providers."""
    found: list[Place] = []
    for part in read.parts:
        if part.type == "application":
            found += _named(code, part.descriptor, _APPLICATION)
        elif part.type == "provider":
            found += _named(code, part.descriptor, _PROVIDER)
    for name, _ in read.meta:
        # androidx.startup makes the classes that meta-data of its provider name.
        found += _named(code, f"L{name.replace('.', '/')};", (_INITIALIZER,))
    return found


def of_launcher(code: Code, read: Manifest) -> list[Place]:
    """Return the methods that run when the screen opens with which an app begins."""
    return [p for name in read.launchers for p in _named(code, f"L{name.replace('.', '/')};", _ACTIVITY)]


def _named(code: Code, cls: str, names: Iterable[str]) -> list[Place]:
    """Return the methods of a class by their names, each its own or the nearest one above."""
    found: list[Place] = []
    if cls in code.defined:
        for name in names:
            for t in (cls, *code.ancestors[cls]):
                place = code.members(t).get(name)
                if place is not None:
                    found.append(place)
                    break
    return found


def blind_spots(code: Code) -> list[Place]:
    """Return the methods that load native libraries or make objects of classes named at run time."""
    return [place for cls, name in _HIDING for place in calling(code, name, cls)]


def opens_screens(code: Code) -> list[Place]:
    """Return the methods that open another screen."""
    return [place for name in _OTHER_SCREENS for place in calling(code, name)]


def calling(code: Code, name: str, cls: str = "") -> list[Place]:
    """Return the methods that call a method by its name, of one class where it is said."""
    import numpy as np

    found: list[Place] = []
    for n, unit in enumerate(code.units):
        dex = unit.dex
        string = dex.find_string(name)
        if string is not None:
            named = np.flatnonzero(dex.method_names == string).tolist()
            wanted = [i for i in named if not cls or dex.method(i).cls == cls]
            found += [(call.dex, call.row) for _, call in code.calls_of(n, wanted)] if wanted else []
    return found
