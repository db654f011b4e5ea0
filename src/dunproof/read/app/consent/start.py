"""What runs when the system starts an app, before anybody can agree to anything, and what when its first screen opens.

Two walks from the same methods. The wide one follows every call, override and callback that may lead on; what it does
not meet does not run then, as far as the code shows. The narrow one follows only what surely leads on: calls of one
method, threads that are started, and no branch that needs something stored. Between the two nothing is said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from dunproof.read.app.code.flow import Flow
from dunproof.read.app.code.program import Call, Code
from dunproof.read.app.code.reach import BACK, FIXED, HANDLE_TO, LOAD, LOADS, MAKE, NAMED, NEW, Edges
from dunproof.read.app.consent.branches import Branches, Place
from dunproof.read.app.package.manifest import Manifest
from dunproof.read.formats import dalvik
from dunproof.read.formats.dalvik import Insn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Column = npt.NDArray[np.int64]

_METHODS_CAP: Final = 60_000
_EDGES_CAP: Final = 600_000
"""Methods and calls of one walk; beyond them nothing is said of what was not met."""
_CLASSES_AT_CALL: Final = 8
_FIXED: Final = frozenset({0x6F, 0x70, 0x71, 0x75, 0x76, 0x77})
"""invoke-super, -direct and -static with their range forms."""
_NATIVE: Final = 0x100
_OBJECT: Final = "Ljava/lang/Object;"
_HIDING: Final = (
    ("Ljava/lang/System;", "loadLibrary"), ("Ljava/lang/System;", "load"), ("Ljava/lang/Runtime;", "loadLibrary"),
    ("Ljava/lang/Runtime;", "load"), ("Ljava/lang/Class;", "newInstance"),
    ("Ljava/lang/reflect/Constructor;", "newInstance"), ("Ljava/util/ServiceLoader;", "load"),
)  # fmt: skip
"""Calls behind which code runs that is not followed."""
_OTHER_SCREENS: Final = ("startActivity", "startActivities", "startActivityForResult")
_STARTED: Final = {
    "Ljava/lang/Thread;": ("start",), "Ljava/util/concurrent/Executor;": ("execute",),
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
_FACTORY: Final = (
    "<clinit>()V", "<init>()V",
    "instantiateClassLoader(Ljava/lang/ClassLoader;Landroid/content/pm/ApplicationInfo;)Ljava/lang/ClassLoader;",
    "instantiateApplication(Ljava/lang/ClassLoader;Ljava/lang/String;)Landroid/app/Application;",
    "instantiateProvider(Ljava/lang/ClassLoader;Ljava/lang/String;)Landroid/content/ContentProvider;",
)  # fmt: skip
"""Methods of an AppComponentFactory that the system calls before any screen, from Android 9 on."""
_PROVIDER: Final = (
    "<clinit>()V", "<init>()V", "onCreate()Z",
    "attachInfo(Landroid/content/Context;Landroid/content/pm/ProviderInfo;)V",
)  # fmt: skip
_INITIALIZER: Final = (
    "<clinit>()V", "<init>()V", "create(Landroid/content/Context;)Ljava/lang/Object;", "dependencies()Ljava/util/List;",
)  # fmt: skip
_ACTIVITY: Final = (
    "<clinit>()V", "<init>()V", "onCreate(Landroid/os/Bundle;)V",
    "onCreate(Landroid/os/Bundle;Landroid/os/PersistableBundle;)V", "onStart()V", "onResume()V", "onPostResume()V",
    "onPostCreate(Landroid/os/Bundle;)V", "onAttachedToWindow()V", "onWindowFocusChanged(Z)V",
)  # fmt: skip


class Walk:
    """What some methods lead to: every method met, and the calls between them.

    A node is a method, by its row over all dex files, or an open call, by a number below 0: what such a call runs
    depends on the object.
    """

    def __init__(self, code: Code, edges: Edges, roots: Iterable[Place], screens: frozenset[int]) -> None:
        self.code = code
        self.screens = screens
        """Classes of which an object is a screen: naming one opens none by itself."""
        self.classes = code.classes
        self.leading = edges
        self.roots = tuple(dict.fromkeys(self.classes.row(place) for place in roots))
        self.met: dict[int, None] = {}
        self.whole = True
        """Everything that was met was followed."""
        self.native = False
        """A native method is called."""
        self.edges: dict[int, list[tuple[int, int, bool]]] = {}
        """Method to (unit, node that it leads to, whether that is a call)."""
        self.targets: dict[int, dict[int, None]] = {}
        """Open call to the methods that it may run."""
        self._natives = _natives(code) if self.roots else frozenset[tuple[int, int]]()
        self._start = self.classes.signature("<clinit>", "()V")
        self._count = 0
        self._made: set[int] = set()
        self._below: dict[int, list[int]] = {}
        self._calls: dict[tuple[int, int], int] = {}
        """Class and signature of each open call to its node."""
        self._open: dict[int, list[int]] = {}
        """Class to the signatures of the open calls on it."""
        self._led: dict[int, list[tuple[int, bool]]] = {}
        """Reference to the nodes that it leads to, and whether that is a call; the same wherever it stands."""
        self._todo: deque[int] = deque()
        for root in self.roots:
            self._meet(root)
        while self._todo:
            self._follow(self._todo.popleft())
        self.whole = self.whole and not self.classes.work.cut

    def leads_to(self, node: int) -> Collection[int]:
        """Return the methods that an edge leads to."""
        return (node,) if node >= 0 else self.targets[node]

    def _meet(self, row: int) -> None:
        if row not in self.met:
            if len(self.met) >= _METHODS_CAP:
                self.whole = False
                return
            self.met[row] = None
            self._todo.append(row)

    def _follow(self, row: int) -> None:
        for unit, ref in self.leading.of(row):
            nodes = self._led.get(ref)
            if nodes is None:
                nodes = self._led[ref] = self._leads(ref)
            self._count += len(nodes)
            if self._count > _EDGES_CAP:
                self.whole = False
            elif nodes:
                self.edges.setdefault(row, []).extend([(unit, node, alone) for node, alone in nodes])

    def _leads(self, ref: int) -> list[tuple[int, bool]]:
        """Return the nodes that a reference leads to, and whether that is a call; they are met."""
        group, cls, signature = self.leading.group[ref], self.leading.cls[ref], self.leading.signature[ref]
        if group == NEW:
            return self._make(cls)
        if group == NAMED:
            return self._name(cls)
        if group == HANDLE_TO:
            return self._meets([(self._resolve(cls, signature), False)])
        start = self.classes.own(cls).get(self._start)
        if group == LOADS:
            return self._meets([(start, True)])
        if group == FIXED:
            return self._meets([(self._resolve(cls, signature), True), (start, True)])
        return [(self._call(cls, signature), True)]

    def _meets(self, targets: list[tuple[int | None, bool]]) -> list[tuple[int, bool]]:
        """Meet some methods; return those that there are."""
        found = [(target, alone) for target, alone in targets if target is not None]
        for target, _ in found:
            self._meet(target)
        return found

    def _resolve(self, cls: int, signature: int) -> int | None:
        """Return the method that a call on a class runs: its own or the nearest one above."""
        row = self.classes.runs(cls, signature)
        for t in self.classes.line(cls) if self._natives and not self.native else ():
            self.native = self.native or (t, signature) in self._natives
            if row is not None and self.classes.own(t).get(signature) == row:
                break
        return row

    def _call(self, cls: int, signature: int) -> int:
        """Return the node of an open call."""
        node = self._calls.get((cls, signature))
        if node is None:
            node = self._calls[cls, signature] = -1 - len(self._calls)
            self._open.setdefault(cls, []).append(signature)
            targets = self.targets[node] = {}
            if not self.classes.work.spend(len(self._below.get(cls, ()))):
                return node
            for below in (cls, *self._below.get(cls, ())):
                self._target(targets, self._resolve(below, signature))
        return node

    def _target(self, targets: dict[int, None], target: int | None) -> None:
        if target is not None and target not in targets:
            targets[target] = None
            self._meet(target)

    def _make(self, cls: int) -> list[tuple[int, bool]]:
        """Note that an object is made: its class is loaded, the system may call it back."""
        found = self._meets([(target, how == LOAD) for target, how in self._doors(cls)])
        self._exists(cls)
        return found

    def _exists(self, cls: int) -> None:
        """Let the open calls lead to the methods of a class of which there is an object."""
        if cls in self._made:
            return
        self._made.add(cls)
        for t in self.classes.line(cls):
            self._below.setdefault(t, []).append(cls)
            if not self.classes.work.spend(1 + len(self._open.get(t, ()))):
                return
            for signature in self._open.get(t, ()):
                self._target(self.targets[self._calls[t, signature]], self._resolve(cls, signature))

    def _name(self, cls: int) -> list[tuple[int, bool]]:
        """Note that a class is named: a service, a worker may be made of it and called back."""
        if cls in self.screens or not self.classes.has_outside(cls):
            return []
        made = [target for _, target, how in self.leading.doors(cls) if how == MAKE]
        found = self._meets([(target, False) for target in (*made, *(target for target, _ in self._doors(cls)))])
        self._exists(cls)
        return found

    def _doors(self, cls: int) -> list[tuple[int, int]]:
        """Return what the system may run of a class of which an object is made, and how."""
        outside = self.classes.has_outside(cls)
        found: dict[int, tuple[int, int]] = {}
        for t in self.classes.line(cls):
            for signature, row, how in self.leading.doors(t):
                if how == LOAD or (outside and how == BACK):
                    found.setdefault(signature, (row, how))
        return list(found.values())


def _natives(code: Code) -> frozenset[tuple[int, int]]:
    """Return class and signature of the methods whose code stands in a native library."""
    import numpy as np

    found: set[tuple[int, int]] = set()
    for n, unit in enumerate(code.units):
        methods = unit.dex.items.method[np.flatnonzero(unit.dex.items.access & _NATIVE)].tolist()
        named = ((code.classes.called(n, method), int(code.classes.signatures[n][method])) for method in methods)
        found |= {(cls, signature) for cls, signature in named if cls is not None}
    return frozenset(found)


class Start:
    """What surely runs, and what may run, of the code that some methods lead to while nothing is stored."""

    def __init__(
        self,
        code: Code,
        roots: list[Place],
        branches: Branches,
        edges: Edges,
        screens: frozenset[int],
        *,
        more: Iterable[Place],
    ) -> None:
        self.code = code
        self.branches = branches
        self.sure = frozenset(map(code.classes.row, roots))
        self.walk = Walk(code, edges, [*roots, *more], screens)
        self.blind = not self.walk.whole or self.walk.native
        """Something that was met leads where it cannot be followed."""
        self._parents: dict[int, tuple[int, int] | None] = {}
        self._may: set[int] = set()

    def met(self, places: Iterable[Place]) -> bool:
        """Return whether one of some methods is among those met."""
        return any(self.code.classes.row(place) in self.walk.met for place in places)

    def follow(self, places: Iterable[Place]) -> None:
        """Work out which of some methods run: branches are read only of methods that lead to one of them."""
        ways = self._leading_to({row for row in map(self.code.classes.row, places) if row in self.walk.met})
        if not ways:
            return
        for narrow in (True, False):
            todo = deque(root for root in self.walk.roots if root in ways and (root in self.sure or not narrow))
            seen: dict[int, tuple[int, int] | None] = dict.fromkeys(todo)
            while todo:
                row = todo.popleft()
                place = self.code.classes.place(row)
                ran = self.branches.ran(place)
                for unit, target, alone in self.walk.edges.get(row, ()):
                    if target not in ways or unit not in (ran.sure if narrow else ran.may):
                        continue
                    targets = self.walk.leads_to(target)
                    if narrow and not (alone and len(targets) == 1):
                        continue
                    for one in targets:
                        if one in ways and one not in seen:
                            seen[one] = (row, unit)
                            todo.append(one)
                for unit, target in self._threads(place, ran.sure) if narrow else ():
                    if target in ways and target not in seen:
                        seen[target] = (row, unit)
                        todo.append(target)
            if narrow:
                self._parents = seen
            else:
                self._may = set(seen)

    def _leading_to(self, rows: set[int]) -> set[int]:
        """Return the methods met, and the open calls, from which one of some methods is called, and these."""
        if not rows:
            return set()
        back: dict[int, list[int]] = {}
        for row, edges in self.walk.edges.items():
            for _, target, _ in edges:
                back.setdefault(target, []).append(row)
        for open_, targets in self.walk.targets.items():
            for one in targets:
                back.setdefault(one, []).append(open_)
        found = set(rows)
        todo = list(rows)
        while todo:
            for node in back.get(todo.pop(), ()):
                if node not in found:
                    found.add(node)
                    todo.append(node)
        return found

    def _threads(self, place: Place, sure: frozenset[int]) -> list[tuple[int, int]]:
        """Return (unit, method) of what a method surely sets running: the work of a thread, an executor, a queue."""
        flow = self.branches.values.flow(*place)
        found: list[tuple[int, int]] = []
        for insn in flow.insns:
            if insn.op not in dalvik.INVOKES or insn.at not in sure:
                continue
            callee = flow.dex.method(insn.index)
            kinds = (callee.cls, *self.code.ancestors.get(callee.cls, ()))
            if not any(callee.name in _STARTED.get(kind, ()) for kind in kinds):
                continue
            handed = [(insn.at, position) for position in range(min(len(insn.args), 3))]
            if callee.name == "start":
                handed += [(at, 1 + n) for at in _made_with(flow, insn) for n in range(2)]
            for at, position in handed:
                classes = self.branches.values.classes(Call(place[0], at, place[1]), position)
                if len(classes) == 1:
                    (cls,) = classes
                    works = (self._work(cls, name) for name in _RUNS)
                    found += [(insn.at, work) for work in works if work is not None]
        return found

    def _work(self, cls: str, name: str) -> int | None:
        classes = self.code.classes
        number = classes.number.get(cls)
        short, _, proto = name.partition("(")
        return None if number is None else classes.runs(number, classes.signature(short, f"({proto}"))

    def runs(self, place: Place, unit: int) -> bool | None:
        """Return whether an instruction runs: True on a way that is sure, False on none that is seen, else None."""
        row = self.code.classes.row(place)
        if row not in self.walk.met:
            return None if self.blind else False
        if row in self._parents and unit in self.branches.ran(place).sure:
            return True
        may = row in self._may and unit in self.branches.ran(place).may
        return None if may or self.blind else False

    def path(self, place: Place) -> list[tuple[Place, int]]:
        """Return the calls that surely lead to a method, (caller, unit) each."""
        steps: list[tuple[Place, int]] = []
        at = self.code.classes.row(place)
        while (step := self._parents.get(at)) is not None:
            at, unit = step
            steps.append((self.code.classes.place(at), unit))
        return steps[::-1]


def _made_with(flow: Flow, insn: Insn) -> list[int]:
    """Return the unit of the call that makes the receiver of a call, where it is one and the same on all ways."""
    lives, whole, _ = flow.lives(flow.index[insn.at], insn.args[0])
    makes = {
        flow.insns[n].at for life in lives for n, position in life.taken
        if not position and flow.insns[n].op in dalvik.INVOKES and flow.dex.method(flow.insns[n].index).name == "<init>"
    }  # fmt: skip
    return [*makes] if whole and len(makes) == 1 and all(life.made >= 0 for life in lives) else []


class Begin:
    """Where an app begins: with its application and providers, then with its first screen."""

    def __init__(
        self, code: Code, read: Manifest, branches: Branches, edges: Edges, hidden: Iterable[Place], *, gap: bool
    ) -> None:
        self.code = code
        self.read = read
        self.branches = branches
        self.edges = edges
        self.hidden = [*hidden]
        """Methods that call what cannot be followed."""
        self.gap = gap
        """Not all code of the app is here, or can be read."""
        numbers = code.classes.number
        self.screens = frozenset(
            numbers[p.descriptor] for p in read.parts if p.type.startswith("activity") and p.descriptor in numbers
        )

    def app(self, places: set[Place]) -> Start:
        """Return what runs of some methods before any screen can be shown."""
        roots, more = (of_app(self.code, self.read, sure=sure) for sure in (True, False))
        return self._start(roots, places, blind_spots(self.code) if places else [], more)

    def launcher(self, places: set[Place]) -> Start:
        """Return what runs of some methods when the first screen opens; another screen may open behind it."""
        hidden = blind_spots(self.code) + opens_screens(self.code) if places else []
        begin = self._start(of_launcher(self.code, self.read), places, hidden)
        begin.blind = begin.blind or not self.read.launchers
        return begin

    def _start(self, roots: list[Place], places: set[Place], hidden: list[Place], more: Iterable[Place] = ()) -> Start:
        """``more`` may run then, besides what surely does."""
        begin = Start(
            self.code, roots if places else [], self.branches, self.edges, self.screens, more=more if places else ()
        )
        begin.blind = begin.blind or self.gap or begin.met(self.hidden) or begin.met(hidden)
        begin.follow(places)
        return begin


# --- where it begins ----------------------------------------------------------------------------------------------


def startable(code: Code, read: Manifest) -> list[str]:
    """Return the classes of which the system makes components: those that are off too, where code can put them on."""
    on = bool(calling(code, "setComponentEnabledSetting") or calling(code, "setComponentEnabledSettings"))
    return [part.descriptor for part in (*read.parts, *read.helpers) if on or part.enabled is not False]


def of_app(code: Code, read: Manifest, *, sure: bool = True) -> list[Place]:
    """Return the methods that the system runs before any screen of an app: of its application and its providers.

    Not sure are the providers that a resource may turn off, and those that start with a process of their own.
    """
    found: list[Place] = []
    for part in read.parts:
        if part.type == "application":
            found += _named(code, part.descriptor, _APPLICATION)
        elif part.type == "provider" and (part.enabled and not part.aside if sure else part.enabled is not False):
            found += _named(code, part.descriptor, _PROVIDER)
    for part in read.helpers:
        if part.type == "factory":
            found += _named(code, part.descriptor, _FACTORY)
    for name, _ in read.meta:
        # androidx.startup makes the classes that meta-data of its provider name.
        found += _named(code, f"L{name.replace('.', '/')};", _INITIALIZER)
    return found


def of_launcher(code: Code, read: Manifest) -> list[Place]:
    """Return the methods that run when the screen opens with which an app begins."""
    return [p for name in read.launchers for p in _named(code, f"L{name.replace('.', '/')};", _ACTIVITY)]


def _named(code: Code, cls: str, names: Iterable[str]) -> list[Place]:
    """Return the methods of a class by their names, each its own or the nearest one above."""
    found: list[Place] = []
    if cls in code.defined:
        for name in names:
            short, _, proto = name.partition("(")
            row = code.classes.runs(code.classes.number[cls], code.classes.signature(short, f"({proto}"))
            if row is not None:
                found.append(code.classes.place(row))
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
