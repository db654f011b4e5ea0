"""What of an app could not be seen, each with the kinds of fact that it could change: hidden, damaged or absent code.

A package that hides its code gives the same empty answer as one that has nothing to hide. Every way of hiding that can
be told from the file is a limit here; what follows for an answer is said by ``coverage``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from dunproof.read.app import catalogue
from dunproof.read.app.catalogue import SdkRow
from dunproof.read.app.code.program import Code
from dunproof.read.app.code.values import Values
from dunproof.read.app.owners import Owners, dotted
from dunproof.read.app.package import place
from dunproof.read.app.package.limit import CODE_KINDS, Limit
from dunproof.read.app.package.manifest import Manifest
from dunproof.read.app.package.unit import Unit
from dunproof.read.app.sites import Site
from dunproof.read.formats import dalvik
from dunproof.read.formats.zip import Archive

_MANIFEST_KINDS: Final = ("app", "permission", "component")
_NATIVE_KINDS: Final = ("sensitive_read", "permission_request", "endpoint")
"""What machine code of the app's own can do unseen: call the system through JNI, name a host."""
_NATIVE: Final = 0x100
_OF_MEMBER: Final = frozenset({"zip-crc", "zip-member-short", "zip-member-large", "zip-duplicate-name"})
"""Flaws behind which the bytes of a member are not, or not surely, those that a system would run."""
_OF_LIST: Final = frozenset({"zip-entry-count", "zip-directory-gap", "zip-no-end"})
"""Flaws behind which members may be missing from the list."""
_SIGNATURES: Final = (".sf", ".rsa", ".dsa", ".ec", ".mf")
_TEXT_FOLDERS: Final = ("assets/", "res/raw/", "res/xml/")
_RUNTIMES: Final = frozenset({"libc++_shared.so", "libgnustl_shared.so", "libstlport_shared.so", "libgomp.so"})
"""Libraries of the tool chain that own code may load (NDK: C++ library support): they do nothing by themselves."""
_LIBRARY_CALLS: Final = frozenset({"loadLibrary", "load"})
_LIBRARY_CLASSES: Final = frozenset({"Ljava/lang/System;", "Ljava/lang/Runtime;"})
_IN_SECOND_UNIT: Final = frozenset({"21c", "22c", "35c", "3rc", "45cc", "4rcc"})
"""Formats of instructions whose second unit is the index."""
_BLOCK: Final = 1 << 20
_HOUSE: Final = 3
"""Parts of a package name that a component and other classes of one house share."""


# --- damage -------------------------------------------------------------------------------------------------------


def damage(archive: Archive, code: Iterable[str]) -> Iterator[Limit]:
    """Yield what the flaws of an archive keep from being seen; ``code`` names its members that hold code.

    The flaws themselves are told by who read the archive.
    """
    dexes = frozenset(code)
    named = {place: entry.name for entry in archive.entries for place in (entry.header, entry.record)}
    for flaw in archive.flaws:
        if flaw.code in _OF_LIST:
            yield Limit(flaw.code, kinds=("permission", "component", *CODE_KINDS))
        elif flaw.code in _OF_MEMBER and (kinds := held(named.get(flaw.offset, ""), dexes)):
            yield Limit(flaw.code, kinds=kinds)


def held(name: str, code: frozenset[str]) -> tuple[str, ...]:
    """Return the kinds of fact that lie in a member."""
    low = name.lower()
    if name == place.MANIFEST:
        return _MANIFEST_KINDS
    if name == "resources.arsc":
        return ("app", "endpoint", "app_text")
    if name in code or low.endswith(".dex"):
        return ("component", *CODE_KINDS)
    if low.startswith("meta-inf/") and low.endswith(_SIGNATURES):
        return ("signer",)
    if low.endswith(".apk") and not name.startswith(_TEXT_FOLDERS):
        return (*_MANIFEST_KINDS, "signer", *CODE_KINDS)  # a package of a bundle
    if name.startswith(_TEXT_FOLDERS):
        return ("sensitive_read", "endpoint", "app_text")
    return ("endpoint",) if name.startswith("lib/") else ()


# --- absent code --------------------------------------------------------------------------------------------------


def absent(read: Manifest, loaded: frozenset[str] | set[str]) -> Iterator[Limit]:
    """Yield the components, the Application class and its helpers that the loaded code does not define."""
    parts = {part.cls: part for part in (*read.parts, *read.helpers) if not is_framework(part.cls)}
    gone = [part for part in parts.values() if part.descriptor not in loaded]
    if gone:
        detail = f"{len(gone)} of {len(parts)} classes that the manifest names are not in the code; first {gone[0].cls}"
        yield Limit("component-missing", detail, place.attribute(gone[0].within, gone[0].offset))


def is_framework(cls: str) -> bool:
    """Return whether a class that a manifest may name is the system's own, as ``android.app.NativeActivity``."""
    return cls.startswith("android.") and not cls.startswith(("android.support.", "android.arch."))


def hollow(units: Iterable[Unit]) -> Iterator[Limit]:
    """Yield how many methods have no instructions where there should be some, or nothing but fillers."""
    count = 0
    first = ""
    for unit in units:
        rows = unit.dex.items.without_body
        if len(rows) and not first:
            first = unit.dex.method(int(unit.dex.items.method[rows[0]])).key
        count += len(rows)
    if count:
        yield Limit("method-without-code", f"{count} methods that should have instructions have none; first {first}")


def unlinked(code: Code) -> Iterator[Limit]:
    """Yield how many instructions name rows that the tables, or the map, of their dex do not have."""
    import numpy as np

    absent, mapped = [0], [0]
    for n, unit in enumerate(code.units):
        dex = unit.dex
        tables = {
            "string": len(dex.string_ids), "type": len(dex.type_ids), "field": len(dex.field_ids),
            "method": len(dex.method_ids), "callsite": len(code.call_sites(n)), "handle": len(code.handles(n)),
        }  # fmt: skip
        room = np.full(256, 1 << 16, np.int32)
        of_map = np.zeros(256, dtype=bool)
        for op, kind in dalvik.REFERENCE.items():
            if dalvik.FORMATS[op] in _IN_SECOND_UNIT and kind in tables:
                room[op] = tables[kind]
                of_map[op] = kind in {"callsite", "handle"}
        _, ops, indexes = code.instructions(n)
        for low in range(0, len(ops), _BLOCK):
            part = ops[low : low + _BLOCK]
            wrong = part[indexes[low : low + _BLOCK] >= room[part]]
            mapped.append(int(np.count_nonzero(of_map[wrong])))
            absent.append(len(wrong) - mapped[-1])
    if sum(mapped):
        yield Limit("dex-map", f"{sum(mapped)} instructions call what the map of their dex does not have")
    if sum(absent):
        yield Limit("dex-index", f"{sum(absent)} instructions name what the tables of their dex do not have")


# --- machine code -------------------------------------------------------------------------------------------------


def native(code: Code, read: Manifest, own: Own) -> Iterator[Limit]:
    """Yield the native methods of components and of other classes of the app's own."""
    import numpy as np

    components = {part.descriptor for part in read.parts}
    found: dict[bool, list[tuple[str, int]]] = {True: [], False: []}
    for unit in code.units:
        items, dex = unit.dex.items, unit.dex
        rows, counts = np.unique(items.class_row[items.access & _NATIVE != 0], return_counts=True)
        for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
            cls = dex.type(int(dex.class_defs["cls"][row]))
            if own.has(cls):
                found[cls in components].append((cls, count))
    shown = [part for part in read.parts if part.cls == "android.app.NativeActivity"]
    if found[True] or shown:
        first = dotted(found[True][0][0]) if found[True] else shown[0].cls
        yield Limit("native-component", f"{len(found[True]) + len(shown)} components run machine code; first {first}")
    if found[False]:
        methods = sum(count for _, count in found[False])
        first = dotted(found[False][0][0])
        detail = f"{methods} methods of the app's own classes are machine code; first in {first}"
        yield Limit("native-code", detail, kinds=_NATIVE_KINDS)


def libraries(values: Values, found: Iterable[Site], own: Own, known: frozenset[str]) -> Iterator[Limit]:
    """Yield the native libraries that own code loads and that nothing known explains."""
    told: dict[str, None] = {}
    first = ""
    for site in found:
        if site.source.name not in _LIBRARY_CALLS or site.source.cls not in _LIBRARY_CLASSES:
            continue
        if not own.has(site.caller.cls):
            continue
        static = site.source.cls == "Ljava/lang/System;"
        given = values.argument(site.call, 0 if static else 1)
        names = {_file(value.text, site.source.name) if value.kind == "string" else "" for value in given} or {""}
        strange = sorted(names - known)
        if strange:
            first = first or site.caller.key
            told.update(dict.fromkeys(name or "one that the code does not name" for name in strange))
    if told:
        detail = f"the app's own code loads {', '.join(list(told)[:8])}; first in {first}"
        yield Limit("native-code", detail, kinds=_NATIVE_KINDS)


def _file(name: str, call: str) -> str:
    """Return the file that a call loads: ``loadLibrary("x")`` means libx.so, ``load`` gives a path."""
    return f"lib{name}.so" if call == "loadLibrary" else name.rpartition("/")[2]


def known_libraries(sdks: Iterable[SdkRow]) -> frozenset[str]:
    """Return the native libraries that the catalogues explain, and those of the tool chain."""
    shells = {lib for row in catalogue.shells() if row.kind == "hybrid" for lib in row.libs}
    return _RUNTIMES | shells | {lib for row in sdks for lib in row.libs}


class Own:
    """Whether a class may be of the app's own, by its name and by the components beside it.

    Wider than ``Owners``, which charges the lender: here code that nobody is known for and that shares its house with a
    component counts too, since what it may hide is the app's.
    """

    def __init__(self, read: Manifest, owners: Owners) -> None:
        self._owners = owners
        self._parts = {part.descriptor for part in read.parts if owners.of(part.descriptor).kind is None}
        self._houses = {_house(part) for part in self._parts} - {()}
        self._nameless = read.package is None

    def has(self, descriptor: str) -> bool:
        """Return whether a class may be of the app's own."""
        kind = self._owners.of(descriptor).kind
        if kind is not None:
            return kind == "own"
        return self._nameless or descriptor in self._parts or _house(descriptor) in self._houses


def _house(descriptor: str) -> tuple[str, ...]:
    """Return the first parts of the package of a class; none where they are too few to tell anything."""
    labels = tuple(dotted(descriptor).split(".")[:-1])
    return labels[:_HOUSE] if len(labels) > 1 and max(map(len, labels)) > 1 else ()


# --- reflection and loaders ---------------------------------------------------------------------------------------


def mirrors(found: Iterable[Site], values: Values, code: Code, owners: Owners) -> list[Site]:
    """Return the calls by reflection outside known libraries that do not say what they call.

    An object made by name counts where the class that makes it looks classes up by names that are not all those of the
    app's own or of classes that read nothing: the code of its own classes is seen anyway.
    """
    rows = [s for s in found if owners.of(s.caller.cls).kind not in {"library", "sdk"}]
    lookups: dict[str, list[Site]] = {}
    for site in rows:
        if site.source.cls == "Ljava/lang/Class;" and site.source.name == "forName":
            lookups.setdefault(_outer(site.caller.cls), []).append(site)
    open_: dict[str, bool] = {}
    kept = []
    for site in rows:
        if site.source.cls == MAKER:
            house = _outer(site.caller.cls)
            if house not in open_:
                open_[house] = not all(_harmless(values, code, s) for s in lookups.get(house, ()))
            if open_[house]:
                kept.append(site)
        elif site.source.cls in MIRRORS:
            kept.append(site)
    return kept


def _outer(descriptor: str) -> str:
    return descriptor.partition("$")[0].rstrip(";")


def _harmless(values: Values, code: Code, site: Site) -> bool:
    """Return whether a look-up by name gives classes of the app, or classes that read nothing when one is made."""
    given = values.argument(site.call, 0)
    names = {v.text for v in given if v.kind == "string"}
    if not given or len(names) < len(given):
        return False
    classes = {f"L{name.replace('.', '/')};" for name in names}
    return all(cls in code.defined or cls not in _made() for cls in classes)


@cache
def _made() -> frozenset[str]:
    """Return the classes of which an object alone reads something."""
    return frozenset(row.cls for row in catalogue.sources() if row.name == "<init>")


MAKER: Final = "Ljava/lang/reflect/Constructor;"
MIRRORS: Final = frozenset({"Ljava/lang/reflect/Method;", MAKER, "Ljava/lang/invoke/MethodHandles$Lookup;"})
"""Classes that call by name."""
