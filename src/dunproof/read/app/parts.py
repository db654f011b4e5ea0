"""Third-party code and shells: which classes, libraries and files of an app tell whose code it carries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.facts.locator import Byte, Locator
from dunproof.read.app import catalogue
from dunproof.read.app.catalogue import SdkRow
from dunproof.read.app.code import Code
from dunproof.read.app.manifest import Manifest, Part

_PACKED_BELOW_PERMILLE: Final = 300
"""Share of manifest components with a class in the code below which the code is elsewhere."""
_CLASS_DEF_BYTES: Final = 32


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


def class_loc(code: Code, descriptor: str) -> str:
    """Return the locator of the class definition of a class of the app."""
    n, row = code.defined[descriptor]
    unit = code.units[n]
    place = Byte(unit.dex.class_defs_at + row * _CLASS_DEF_BYTES, _CLASS_DEF_BYTES)
    return str(Locator(members=(unit.member,), places=(place,)))


def _descriptor(prefix: str) -> str:
    return f"L{prefix.replace('.', '/')}/"


def sdks(code: Code, manifest: Manifest, members: list[str]) -> Iterator[Carried]:
    """Yield the SDKs of the catalogue that an app carries or names, in the catalogue's order.

    Defined needs a class definition: a name that is only referred to may be a dependency's dead end. Called means that
    code outside the SDK calls it.
    """
    classes = sorted(code.defined)
    called = _called(code)
    shared = catalogue.sdk_prefixes()
    libs = {name.rpartition("/")[2]: name for name in members if name.startswith("lib/") and name.endswith(".so")}
    named = {part.cls: part for part in manifest.parts}
    keys = {catalogue.sdk_meta()[key]: at for key, at in reversed(manifest.meta) if key in catalogue.sdk_meta()}
    own = manifest.package or ""
    for sdk in catalogue.sdks():
        prefixes = [p for p in sdk.prefixes if not (own + ".").startswith(p + ".")]
        witness = next((c for p in prefixes if (c := _first(classes, _descriptor(p)))), None)
        parts = [named[c] for c in sdk.components if c in named]
        alone = any((m := shared.match(p)) is not None and m[1] == sdk.id for p in prefixes)
        if witness is not None:
            sure = sdk.sure and alone
            tier = "derived" if sure or parts else "heuristic"
            presence = "called" if any(_first(called, _descriptor(p)) for p in prefixes) else "defined"
            yield Carried(sdk, presence, class_loc(code, witness), tier, not (sure or parts))
        elif parts:
            yield Carried(sdk, "referenced", part_loc(parts[0]), "derived", doubtful=False)
        elif sdk.id in keys:
            yield Carried(sdk, "referenced", _manifest_loc(keys[sdk.id]), "derived", doubtful=False)
        elif hit := next((libs[lib] for lib in sdk.libs if lib in libs), None):
            yield Carried(sdk, "defined", str(Locator(members=(hit,))), "heuristic", doubtful=True)
        elif reference := _reference(code, prefixes):
            yield Carried(sdk, "referenced", reference, "heuristic", not (sdk.sure and alone))


def part_loc(part: Part) -> str:
    """Return the locator of the name of a component in the manifest."""
    return _manifest_loc(part.offset)


def _manifest_loc(offset: int) -> str:
    return str(Locator(members=("AndroidManifest.xml",), places=(Byte(offset, 20),)))


def _first(rows: list[str], start: str) -> str | None:
    at = bisect_left(rows, start)
    return rows[at] if at < len(rows) and rows[at].startswith(start) else None


def _called(code: Code) -> list[str]:
    """Return the classes under SDK prefixes that code outside the same prefix calls, sorted."""
    import numpy as np

    prefixes = catalogue.sdk_prefixes()
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


def _reference(code: Code, prefixes: list[str]) -> str | None:
    """Return the locator of the first type reference below one of some prefixes."""
    for unit in code.units:
        names = unit.dex.type_names()
        for prefix in prefixes:
            hit = _first(names, _descriptor(prefix))
            if hit is not None:
                return str(Locator(members=(unit.member,), places=(Byte(unit.dex.type_offset(hit), 4),)))
    return None


def shells(manifest: Manifest, members: list[str]) -> Iterator[Shell]:
    """Yield the packers and frameworks that names tell: the Application class is a witness, a file name a hint."""
    names = set(members)
    libs = {name.rpartition("/")[2]: name for name in members if name.startswith("lib/")}
    application = next((p for p in manifest.parts if p.type == "application"), None)
    for row in catalogue.shells():
        if application is not None and application.cls in row.applications:
            yield Shell(row.kind, row.name, part_loc(application), "derived", doubtful=False)
            continue
        hit = next((libs[x] for x in row.libs if x in libs), None) or next((x for x in row.files if x in names), None)
        if hit is not None:
            yield Shell(row.kind, row.name, str(Locator(members=(hit,))), "heuristic", row.kind == "packer")


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
