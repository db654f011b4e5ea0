"""Third-party code and shells: which classes, libraries and files of an app tell whose code it carries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.catalogue import SdkRow, Sdks, ShellRow
from dunproof.read.app.code.program import Code
from dunproof.read.app.package import place
from dunproof.read.app.package.bundle import Package
from dunproof.read.app.package.manifest import Manifest, Part

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


def sdks(code: Code, manifest: Manifest, packages: Sequence[Package], known: Sdks | None = None) -> Iterator[Carried]:
    """Yield the SDKs of the catalogue that an app carries or names, in the catalogue's order.

    Defined needs a class definition: a name that is only referred to may be a dependency's dead end. Called means that
    code outside the SDK calls it. A library inside a vendor's name space is no witness, and a package that two rows
    share is a doubtful one. A row that nobody has checked is doubtful whatever the witness.
    """
    known = known if known is not None else catalogue.sdks()
    classes = sorted(code.defined)
    called = _called(code, known)
    libs = _libraries(packages)
    named = {part.cls: part for part in manifest.parts}
    keys = {catalogue.sdk_meta()[key]: at for key, at in reversed(manifest.meta) if key in catalogue.sdk_meta()}
    own = manifest.package or ""
    for sdk in known.rows:
        prefixes = [p for p in sdk.prefixes if not (own + ".").startswith(p + ".")]
        alone = [p for p in prefixes if (m := known.prefixes.match(p)) is not None and m[1] == sdk.id]
        shared = [p for p in prefixes if p not in alone]
        sure = _witness(classes, alone)
        witness = sure or _witness(classes, shared)
        parts = [named[c] for c in sdk.components if c in named]
        if witness is not None:
            certain = bool(parts) or (sdk.sure and sure is not None)
            presence = "called" if _witness(called, prefixes) else "defined"
            tier = "derived" if certain else "heuristic"
            yield Carried(sdk, presence, class_loc(code, witness), tier, not certain or not sdk.checked)
        elif parts:
            yield Carried(sdk, "referenced", part_loc(parts[0]), "derived", not sdk.checked)
        elif sdk.id in keys:
            loc = place.attribute(manifest.within, keys[sdk.id])
            yield Carried(sdk, "referenced", loc, "derived", not sdk.checked)
        elif hit := next((libs[lib] for lib in sdk.libs if lib in libs), None):
            yield Carried(sdk, "defined", hit, "heuristic", doubtful=True)
        elif reference := _reference(code, alone):
            yield Carried(sdk, "referenced", reference, "heuristic", not sdk.sure or not sdk.checked)
        elif reference := _reference(code, shared):
            yield Carried(sdk, "referenced", reference, "heuristic", doubtful=True)


def _witness(classes: list[str], prefixes: Sequence[str]) -> str | None:
    """Return the first class below one of some prefixes that belongs to no library inside it."""
    for prefix in prefixes:
        start = _descriptor(prefix)
        inner = [_descriptor(library) for library in catalogue.libraries().below(prefix)]
        at = bisect_left(classes, start)
        while at < len(classes) and classes[at].startswith(start):
            library = next((x for x in inner if classes[at].startswith(x)), None)
            if library is None:
                return classes[at]
            at = bisect_left(classes, library[:-1] + "0", at)  # "0" comes after "/": past the whole library
    return None


def part_loc(part: Part) -> str:
    """Return the locator of the name of a component in the manifest."""
    return place.attribute(part.within, part.offset)


def _first(rows: list[str], start: str) -> str | None:
    at = bisect_left(rows, start)
    return rows[at] if at < len(rows) and rows[at].startswith(start) else None


def _called(code: Code, known: Sdks) -> list[str]:
    """Return the classes under SDK prefixes that code outside the same prefix calls, sorted."""
    import numpy as np

    prefixes = known.prefixes
    found: set[str] = set()
    for n, unit in enumerate(code.units):
        dex = unit.dex
        row_of_type = {}
        for i in range(len(dex.type_ids)):
            name = dex.type(i)
            if name in code.defined and (m := prefixes.match(name[1:-1].replace("/", "."))):
                row_of_type[i] = m[0]
        if not row_of_type:
            continue
        at, op, index = code.instructions(n)
        calls = (op >= 0x6E) & (op <= 0x78) & (op != 0x73) & (index < len(dex.method_ids))
        cls = np.full(len(at), -1, dtype=np.int64)
        cls[calls] = dex.method_ids["cls"][index[calls]]
        hits = np.flatnonzero(np.isin(cls, list(row_of_type)))
        rows = dex.items.rows_of(at[hits])
        pairs = {(int(dex.items.class_row[r]), int(c)) for r, c in zip(rows.tolist(), cls[hits].tolist(), strict=True)}
        for row, type_ in sorted(pairs):
            caller = dex.type(int(dex.class_defs["cls"][row]))
            if not caller.startswith(_descriptor(row_of_type[type_])):
                found.add(dex.type(type_))
    return sorted(found)


def _reference(code: Code, prefixes: Sequence[str]) -> str | None:
    """Return the locator of the first type reference below one of some prefixes."""
    for unit in code.units:
        hit = _witness(unit.dex.type_names(), prefixes)
        if hit is not None:
            return place.span(unit.within, unit.member, unit.dex.type_offset(hit), 4)
    return None


def _libraries(packages: Sequence[Package]) -> dict[str, str]:
    """Return the native libraries by file name, with the locator of each."""
    return {
        name.rpartition("/")[2]: place.member(p.within, name)
        for p in packages for name in p.archive.names() if name.startswith("lib/")
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


def stub_permille(manifest: Manifest, defined: dict[str, bool]) -> int | None:
    """Return the share of components whose class is not in the loaded code, per mille; None without components."""
    parts = {p.cls for p in manifest.parts if p.type != "application"}
    if not parts:
        return None
    return sum(not defined[cls] for cls in parts) * 1000 // len(parts)


def is_packed(manifest: Manifest, defined: dict[str, bool]) -> bool:
    """Return whether the code is elsewhere: few components are defined, and the Application class is, as a stub's."""
    missing = stub_permille(manifest, defined)
    application = next((p for p in manifest.parts if p.type == "application"), None)
    return (
        missing is not None
        and 1000 - missing < _PACKED_BELOW_PERMILLE
        and application is not None
        and defined[application.cls]
    )
