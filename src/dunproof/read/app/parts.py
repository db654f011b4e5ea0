"""Third-party code and shells: which classes, libraries and files of an app tell whose code it carries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.catalogue import SdkRow, Sdks, ShellRow
from dunproof.read.app.code.program import Code
from dunproof.read.app.code.values import Values
from dunproof.read.app.owners import Owners
from dunproof.read.app.package import place
from dunproof.read.app.package.bundle import Package
from dunproof.read.app.package.manifest import Manifest, Part
from dunproof.read.app.sites import Site
from dunproof.read.app.unseen import is_framework

_PACKED_BELOW_PERMILLE: Final = 300
"""Share of manifest components with a class in the code below which the code is elsewhere."""
_CLASS_DEF_BYTES: Final = 32
_NAME: Final = 100
"""Characters of a library's name that is held against patterns."""


class Carried(msgspec.Struct, frozen=True):
    """An SDK found in an app, with the place and strength of its best witness."""

    sdk: SdkRow
    presence: str
    loc: str
    tier: str
    doubtful: bool


class Shell(msgspec.Struct, frozen=True):
    """A packer or hybrid framework found in an app."""

    kind: str
    name: str
    loc: str
    tier: str
    doubtful: bool
    hidden: str = ""
    """Place of a library that holds code which cannot be read; '' if there is none."""
    elsewhere: bool = False
    """Such a library belongs to it and is not here; ``hidden`` is then its own witness."""


def class_loc(code: Code, descriptor: str) -> str:
    """Return the locator of the class definition of a class of the app."""
    n, row = code.defined[descriptor]
    unit = code.units[n]
    at = unit.dex.class_defs_at + row * _CLASS_DEF_BYTES
    return place.span(unit.within, unit.member, at, _CLASS_DEF_BYTES)


def _descriptor(prefix: str) -> str:
    return f"L{prefix.replace('.', '/')}/"


def sdks(
    code: Code,
    manifest: Manifest,
    packages: Sequence[Package],
    known: Sdks | None = None,
    named: Sequence[LookUp] = (),
) -> Iterator[Carried]:
    """Yield the SDKs of the catalogue that an app carries or names, in the catalogue's order.

    Defined needs a class definition, or a library of the SDK in an app whose manifest sets it up: a name that is only
    referred to may be a dependency's dead end. Called means that code outside the SDK calls it, by reflection too:
    ``named`` are the classes that code looks up. A library inside a vendor's name space is no witness, and a package
    that two rows share is a doubtful one. A row that nobody has checked is doubtful whatever the witness.
    """
    known = known if known is not None else catalogue.sdks()
    classes = sorted(code.defined)
    called = _called(code, known, named)
    libs = _libraries(packages)
    parts = {part.cls: part for part in manifest.parts}
    keys = {catalogue.sdk_meta()[key]: at for key, at in reversed(manifest.meta) if key in catalogue.sdk_meta()}
    own = manifest.package or ""
    for sdk in known.rows:
        prefixes = [p for p in sdk.prefixes if not (own + ".").startswith(p + ".") and not p.startswith(own + ".")]
        alone = [p for p in prefixes if (m := known.prefixes.match(p)) is not None and m[1] == sdk.id]
        shared = [p for p in prefixes if p not in alone]
        sure = _witness(classes, alone, known)
        witness = sure or _witness(classes, shared, known)
        here = [parts[c] for c in sdk.components if c in parts]
        inside = next((part.descriptor for part in here if part.descriptor in code.defined), None)
        hit = next((libs[lib] for lib in sdk.libs if lib in libs), None)
        if witness is not None:
            certain = bool(here) or (sdk.sure and sure is not None)
            presence = "called" if sdk.id in called else "defined"
            tier = "derived" if certain else "heuristic"
            yield Carried(sdk, presence, class_loc(code, witness), tier, not certain or not sdk.checked)
        elif inside is not None:
            yield Carried(sdk, "defined", class_loc(code, inside), "derived", not sdk.checked)
        elif here or sdk.id in keys:
            loc = part_loc(here[0]) if here else place.attribute(manifest.within, keys[sdk.id])
            yield Carried(sdk, "defined" if hit else "referenced", hit or loc, "derived", not sdk.checked)
        elif hit:
            yield Carried(sdk, "defined", hit, "heuristic", doubtful=True)
        elif reference := _reference(code, alone, known) or _looked_up(named, alone, known):
            yield Carried(sdk, "referenced", reference, "heuristic", not sdk.sure or not sdk.checked)
        elif reference := _reference(code, shared, known) or _looked_up(named, shared, known):
            yield Carried(sdk, "referenced", reference, "heuristic", doubtful=True)


def _witness(classes: list[str], prefixes: Sequence[str], known: Sdks) -> str | None:
    """Return the first class below one of some prefixes of a row, and below none of a library or another row inside."""
    for prefix in prefixes:
        start = _descriptor(prefix)
        others = [p for p in known.prefixes.below(prefix) if p not in prefixes]
        inner = [_descriptor(p) for p in (*catalogue.libraries().below(prefix), *others)]
        at = bisect_left(classes, start)
        while at < len(classes) and classes[at].startswith(start):
            other = next((x for x in inner if classes[at].startswith(x)), None)
            if other is None:
                return classes[at]
            at = bisect_left(classes, other[:-1] + "0", at)  # "0" comes after "/": past all below it
    return None


def part_loc(part: Part) -> str:
    """Return the locator of the name of a component in the manifest."""
    return place.attribute(part.within, part.offset)


def _first(rows: list[str], start: str) -> str | None:
    at = bisect_left(rows, start)
    return rows[at] if at < len(rows) and rows[at].startswith(start) else None


class LookUp(msgspec.Struct, frozen=True):
    """A class that code looks up by a constant name: the class that does, the one it names, and the place."""

    caller: str
    cls: str
    loc: str


def look_ups(code: Code, found: Iterable[Site], values: Values, owners: Owners) -> Iterator[LookUp]:
    """Yield the classes that code looks up by name. Libraries and SDKs that try what is there are no callers."""
    for site in found:
        if site.source.cls != "Ljava/lang/Class;" or site.source.name != "forName":
            continue
        if owners.of(site.caller.cls).kind in {"library", "sdk"}:
            continue
        loc = place.insn(code.units[site.call.dex], site.call.unit)
        for value in sorted(values.argument(site.call, 0)):
            if value.kind == "string":
                yield LookUp(site.caller.cls, f"L{value.text.replace('.', '/')};", loc)


class _Ids:
    """To which SDKs of the catalogue a class belongs; a library inside a vendor's name space belongs to none."""

    def __init__(self, known: Sdks) -> None:
        self._known = known
        self._found: dict[str, frozenset[str]] = {}

    def of(self, descriptor: str) -> frozenset[str]:
        package = descriptor[1:-1].rpartition("/")[0]
        ids = self._found.get(package)
        if ids is None:
            name = package.replace("/", ".")
            sdk, library = self._known.prefixes.match(name), catalogue.libraries().match(name)
            inside = sdk is not None and (library is None or len(library[0]) <= len(sdk[0]))
            ids = self._found[package] = frozenset(sdk[1].split()) if sdk is not None and inside else frozenset()
        return ids


def _called(code: Code, known: Sdks, named: Iterable[LookUp]) -> set[str]:
    """Return the SDKs of which code that is not their own calls a class that the app defines."""
    import numpy as np

    ids = _Ids(known)
    found: set[str] = set()
    for one in named:
        if one.cls in code.defined:
            found |= ids.of(one.cls) - ids.of(one.caller)
    theirs = {number: of for name, number in code.classes.number.items() if (of := ids.of(name))}
    if not theirs:
        return found
    heirs = _heirs(code, theirs)
    for n, unit in enumerate(code.units):
        dex = unit.dex
        at, op, index = code.instructions(n)
        calls = (op >= 0x6E) & (op <= 0x78) & (op != 0x73) & (index < len(dex.method_ids))
        classes = code.classes.of_type[n]
        cls = np.full(len(at), -1, dtype=np.int64)
        cls[calls] = classes[np.minimum(dex.method_classes[index[calls]], len(classes) - 1)]
        hits = np.flatnonzero(np.isin(cls, [*theirs, *heirs]))
        rows = dex.items.class_row[dex.items.rows_of(at[hits])]
        for row, method in sorted(set(zip(rows.tolist(), index[hits].tolist(), strict=True))):
            named_ = code.classes.called(n, method)
            if named_ is not None and named_ not in theirs:
                runs = code.classes.runs(named_, int(code.classes.signatures[n][method]))
                named_ = None if runs is None else code.classes.of_row(runs)
            if named_ in theirs:
                found |= theirs[named_] - ids.of(dex.type(int(dex.class_defs["cls"][row])))
    return found


def _heirs(code: Code, theirs: Iterable[int]) -> set[int]:
    """Return the classes of others that inherit from some classes."""
    below: dict[int, list[int]] = {}
    for cls in range(len(code.classes.names)):
        for up in code.classes.supertypes(cls)[0]:
            below.setdefault(up, []).append(cls)
    found, level = set(theirs), list(theirs)
    while level:
        level = [c for up in level for c in below.get(up, ()) if c not in found]
        found.update(level)
    return found - set(theirs)


def _reference(code: Code, prefixes: Sequence[str], known: Sdks) -> str | None:
    """Return the locator of the first type reference below one of some prefixes."""
    for unit in code.units:
        hit = _witness(unit.dex.type_names(), prefixes, known)
        if hit is not None:
            return place.span(unit.within, unit.member, unit.dex.type_offset(hit), 4)
    return None


def _looked_up(named: Sequence[LookUp], prefixes: Sequence[str], known: Sdks) -> str | None:
    """Return the place of the first look-up of a class below one of some prefixes."""
    hit = _witness(sorted({one.cls for one in named}), prefixes, known)
    return next((one.loc for one in named if one.cls == hit), None)


def _libraries(packages: Sequence[Package]) -> dict[str, str]:
    """Return the native libraries by file name, with the locator of each: the system loads lib/ABI/FILE alone."""
    return {
        name.rpartition("/")[2]: place.member(p.within, name)
        for p in packages for name in p.archive.names() if name.startswith("lib/") and name.count("/") == 2
    }  # fmt: skip


def _held(packages: Sequence[Package], files: tuple[str, ...]) -> str | None:
    """Return the locator of the first of some files, or of the first file in some folders."""
    for package in packages:
        names = package.archive.names()
        for file in files:
            hit = next((n for n in names if n.startswith(file)), None) if file.endswith("/") else file
            if hit is not None and hit in package.archive:
                return place.member(package.within, hit)
    return None


def _shared_objects(packages: Sequence[Package]) -> dict[str, str]:
    """Return the native libraries by file name, those that stand among the assets too, with the locator of each."""
    found = {
        name.rpartition("/")[2]: place.member(p.within, name)
        for p in packages for name in p.archive.names() if name.startswith(("lib/", "assets/")) and name.endswith(".so")
    }  # fmt: skip
    return {name: loc for name, loc in found.items() if len(name) <= _NAME}


def _library(libs: dict[str, str], row: ShellRow) -> str | None:
    """Return the locator of a library of a row, by its name or by the patterns of its names."""
    hit = next((libs[x] for x in row.libs if x in libs), None)
    if hit is not None or not row.patterns:
        return hit
    return next((loc for name, loc in libs.items() if any(p.fullmatch(name) for p in row.patterns)), None)


def shells(manifest: Manifest, packages: Sequence[Package], code: Code | None = None) -> Iterator[Shell]:
    """Yield the packers and frameworks that names tell: the Application class is a witness, a file name a hint."""
    libs = _shared_objects(packages)
    classes = sorted(code.defined) if code is not None else []
    application = next((p for p in manifest.parts if p.type == "application"), None)
    for row in catalogue.shells():
        if application is not None and application.cls in row.applications:
            yield Shell(row.kind, row.name, part_loc(application), "derived", doubtful=False)
            continue
        hit = _library(libs, row) or _held(packages, row.files)
        if hit is None and code is not None:
            witness = next((c for p in row.prefixes if (c := _first(classes, _descriptor(p)))), None)
            hit = class_loc(code, witness) if witness is not None else None
        if hit is not None:
            hidden = next((libs[x] for x in row.hidden if x in libs), "")
            elsewhere = bool(row.hidden) and not hidden
            yield Shell(
                row.kind, row.name, hit, "heuristic", row.kind == "packer", hidden or (hit if elsewhere else ""),
                elsewhere,
            )  # fmt: skip


def _expected(manifest: Manifest) -> set[str]:
    """Return the components whose class the package should hold: none of the system's, none of a split not here."""
    return {p.cls for p in manifest.parts if p.type != "application" and not p.elsewhere and not is_framework(p.cls)}


def stub_permille(manifest: Manifest, defined: dict[str, bool]) -> int | None:
    """Return the share of components whose class is not in the loaded code, per mille; None without components."""
    expected = _expected(manifest)
    return sum(not defined[cls] for cls in expected) * 1000 // len(expected) if expected else None


def is_packed(manifest: Manifest, code: Code, defined: dict[str, bool]) -> bool:
    """Return whether the code is elsewhere: few components are defined, and the Application class is, as a stub's.

    A class in a dex that the system does not load is not hidden. Where few of the others are there, the app could
    not even start but for code from elsewhere.
    """
    expected = _expected(manifest)
    missing = sum(f"L{cls.replace('.', '/')};" not in code.defined for cls in expected)
    application = next((p for p in manifest.parts if p.type == "application"), None)
    return (
        missing > 0
        and (len(expected) - missing) * 1000 < _PACKED_BELOW_PERMILLE * len(expected)
        and application is not None
        and defined[application.cls]
    )
