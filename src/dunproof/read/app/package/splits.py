"""The splits of an app: which the package and its bundle ask for and are not here, and which do not belong to it.

Names stand in the manifests (uses-split, configForSplit, requiredSplitTypes), in the table of splits that a store's
build puts into the base (meta-data ``com.android.vending.splits``), in ``manifest.json`` of an XAPK, ``info.json`` of
an APKM and ``toc.pb`` of an APK set. The system installs a set only whole: of one package, one version and one signer.
Formats: PackageParser of the Android platform; ``commands.proto`` (BuildApksResult) and ``SplitsProtoXmlBuilder`` of
bundletool.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.app.package import place
from dunproof.read.app.package.limit import CODE_KINDS, Limit
from dunproof.read.app.package.manifest import Manifest
from dunproof.read.app.package.place import Within
from dunproof.read.formats import axml
from dunproof.read.formats.arsc import Resources
from dunproof.read.formats.certificates import Signer
from dunproof.read.formats.zip import Archive

_KINDS: Final = ("permission", "component", *CODE_KINDS)
_RESOURCE_KINDS: Final = ("endpoint", "app_text")
"""What a split of resources alone (a language, a density) can hold."""
_LIST_CAP: Final = 4 * 1024 * 1024
_NAMES_CAP: Final = 200
_FIELDS_CAP: Final = 100_000
_SPLITS_FILE: Final = "res/xml/splits0.xml"
_SET: Final = "toc.pb"
_APK: Final = ".apk"
_NAMED: Final = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}\.apk")
_CONFIG: Final = re.compile(r"(?:.*\.)?config\.(?:[a-z]{2,3}|[a-z]*dpi)\Z")
"""Name of a split for a language or a density."""
_SCHEMES: Final = ("v3.1", "v3", "v2", "v1")
_NEEDS_V2: Final = 30
"""Target version from which Android 11 and later install nothing that v1 alone signs (Android 11, behavior changes:
"APK Signature Scheme v2 now required"; the same in ApkSignatureVerifier of the platform)."""


class Named(msgspec.Struct, frozen=True):
    """A split that a list names: the file, '' if it gives none, and the id, '' for a base."""

    file: str
    id: str

    @property
    def shown(self) -> str:
        """The name as the list gives it."""
        return self.file.rpartition("/")[2] or self.id


# --- lists of a bundle ------------------------------------------------------------------------------------------------


class Lists:
    """The splits that the lists of a bundle name; ``damaged`` are the lists that could not be read."""

    def __init__(self, outer: Archive) -> None:
        self.named: list[Named] = []
        self.damaged: list[str] = []
        self.there = False
        """A list names splits, so that it can be told whether all are here."""
        self._outer = outer
        for name, read in (("manifest.json", _xapk), ("info.json", _loose), (_SET, _toc)):
            if name not in outer:
                continue
            try:
                data = outer.read(name, _LIST_CAP)
            except ExhibitError:
                self.damaged.append(name)
                continue
            try:
                self.named += list(read(data))
            except (ValueError, RecursionError, msgspec.MsgspecError):
                self.damaged.append(name)
                self.named += _loose(data)
        self.there = bool(self.named)

    def absent(self, here: set[str]) -> list[str]:
        """Return what is named and not here, by the ids of the splits that are; each once."""
        files = {n.rpartition("/")[2] for n in self._outer.names()}
        shown: dict[str, str] = {}
        present: set[str] = set()
        for one in self.named:
            file = one.file.rpartition("/")[2]
            key = one.id or file.removesuffix(_APK)
            if (file and file in files) or f"{one.id}{_APK}" in files or one.id in here or key in here:
                present.add(key)
            else:
                shown.setdefault(key, one.shown)
        return [text for key, text in shown.items() if key not in present][:_NAMES_CAP]


class _Apk(msgspec.Struct):
    file: str = ""
    id: str = ""


class _Xapk(msgspec.Struct):
    split_apks: list[_Apk] | None = None
    split_configs: list[str] | None = None


def _xapk(data: bytes) -> Iterator[Named]:
    """Yield the packages that the list of an XAPK names, by file and by id, with and without ``.apk``."""
    found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Xapk)
    for one in found.split_apks or ():
        if one.file or one.id:
            yield Named(one.file, (one.id or one.file.rpartition("/")[2]).removesuffix(_APK))
    for text in found.split_configs or ():
        if text:
            yield Named("", text.removesuffix(_APK))


def _loose(data: bytes) -> Iterator[Named]:
    """Yield whatever a list names that ends like a package."""
    for match in _NAMED.findall(data):
        name = match.decode()
        yield Named(name, name.rpartition("/")[2].removesuffix(_APK))


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (number, bytes) of the length-delimited fields of a protocol buffer; ValueError if it is none."""
    at = 0
    for _ in range(_FIELDS_CAP):
        if at >= len(data):
            return
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            _, at = _varint(data, at)
        elif kind in {1, 5}:
            at += 8 if kind == 1 else 4
        elif kind == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise ValueError
            yield key >> 3, data[at : at + size]
            at += size
        else:
            raise ValueError
    if at != len(data):
        raise ValueError


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise ValueError
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
    raise ValueError


def _toc(data: bytes) -> Iterator[Named]:
    """Yield the splits of an APK set: variant (1), set of a module (2), package (2) with path (2) and split (3)."""
    for variant in _of(data, 1):
        for module in _of(variant, 2):
            for apk in _of(module, 2):
                path = next(_of(apk, 2), b"").decode()
                for split in _of(apk, 3):
                    yield Named(path, next(_of(split, 1), b"").decode() or "base")


def _of(data: bytes, number: int) -> Iterator[bytes]:
    return (value for n, value in _fields(data) if n == number)


# --- what is not here -------------------------------------------------------------------------------------------------


def missing(manifests: Sequence[Manifest], lists: Lists | None = None) -> list[str]:
    """Return what an app (base first) and its bundle ask for and no split here gives, as exactly as they say it."""
    base, splits = manifests[0], manifests[1:]
    here = {m.split or "base" for m in manifests}
    types = {t for m in manifests for t in m.split_types}
    wanted = [name for m in manifests for name in m.uses_splits if name not in here]
    wanted += [f"a split of the type {t}" for m in manifests for t in m.required_types if t not in types]
    wanted += lists.absent(here) if lists is not None else []
    if base.needs and not splits and not wanted:
        wanted = [f"at least one split, name not stated ({', '.join(base.needs)})"]
    return list(dict.fromkeys(wanted))


def limits(
    manifests: Sequence[Manifest],
    archives: Sequence[Archive],
    tables: Sequence[Resources | None],
    outer: Archive | None,
) -> Iterator[Limit]:
    """Yield what splits are not here, and which of those here the system would not install together."""
    base, splits = manifests[0], manifests[1:]
    lists = Lists(outer) if outer is not None else None
    for name in lists.damaged if lists is not None else ():
        yield Limit("splits-list", f"{name} cannot be read", place.member((), name), _KINDS)
    yield from _unlike(base, splits)
    if outer is None or _SET not in outer:  # a set for all systems has a split more than once, of which each gets one
        yield from _twice(splits)
    if base.split:
        return
    wanted = missing(manifests, lists)
    loc = place.attribute(base.within, base.needs_offset) if base.needs_offset else ""
    if wanted:
        yield Limit("splits-missing", f"asked for and not here: {', '.join(wanted)[:500]}", loc, _KINDS)
    elif base.needs and not base.required_types and not (lists is not None and lists.there):
        detail = f"{len(splits)} here; the manifest says {', '.join(base.needs)} and names none"
        yield Limit("splits-unnamed", detail, loc, _KINDS)
    yield from _listed(manifests, archives[0], tables[0])


def _unlike(base: Manifest, splits: Iterable[Manifest]) -> Iterator[Limit]:
    for split in splits:
        if split.version_code != base.version_code:
            detail = f"{split.within[-1]} has version {split.version_code}, the base {base.version_code}"
            yield Limit("split-version", detail, place.member((), split.within[-1]), _KINDS)


def _twice(splits: Iterable[Manifest]) -> Iterator[Limit]:
    """Yield the splits of a name that another has."""
    named: dict[str, str] = {}
    for split in splits:
        file = split.within[-1]
        first = named.setdefault(split.split, file)
        if first != file:
            detail = f"{file} is the split {split.split}, as is {first}"
            yield Limit("split-twice", detail, place.member((), file), _KINDS)


def _listed(manifests: Sequence[Manifest], archive: Archive, table: Resources | None) -> Iterator[Limit]:
    """Yield the splits that the table of splits inside the base names and that are not here."""
    base = manifests[0]
    if not base.splits_resource:
        return
    path = (table.text(base.splits_resource) if table is not None else None) or _SPLITS_FILE
    at = place.member(base.within, path)
    try:
        document = axml.parse(archive.read(path, _LIST_CAP))
    except ExhibitError as error:
        yield Limit("splits-list", f"{path}: {error.message}", at if path in archive else "", _KINDS)
        return
    here = {m.split for m in manifests}
    named: dict[str, None] = {}
    for element in document.elements:
        # A package that has its modules merged into it has their languages too.
        key = "name" if element.name == "module" else "split" if element.name == "entry" and not base.merged else ""
        given = element.plain(key) if key else None
        if given is not None and given.text and given.text not in {*here, *base.merged}:
            named[given.text] = None
    if named:
        kinds = _RESOURCE_KINDS if all(_CONFIG.match(name) for name in named) else _KINDS
        detail = f"{len(named)}: {', '.join(list(named)[:_NAMES_CAP])}"
        yield Limit("splits-listed", detail[:500], at, kinds)


# --- who signed them --------------------------------------------------------------------------------------------------


def signed_unlike(rows: Sequence[tuple[Within, Sequence[Signer]]]) -> Iterator[Limit]:
    """Yield the splits that another than the base's signer signed, or nobody."""
    if not rows:
        return
    base = _signers(rows[0][1])
    for within, found in rows[1:]:
        own = _signers(found)
        if own != base:
            how = "is signed by another than the base" if own and base else "is signed, the base is not" if own else (
                "is not signed, the base is"
            )  # fmt: skip
            yield Limit("split-signer", f"{within[-1]} {how}", place.member((), within[-1]), ("signer", *_KINDS))


def signed_too_old(target: int | None, rows: Sequence[tuple[Within, Sequence[Signer]]]) -> Iterator[Limit]:
    """Yield the packages that v1 alone signs, made for systems that take no such package; ``target`` is the base's.

    Whether the signature holds is another matter, and nothing of the package is hidden by it.
    """
    if target is None or target < _NEEDS_V2:
        return
    for within, found in rows:
        if found and all(s.scheme == "v1" for s in found):
            what = within[-1] if within else "the package"
            detail = f"{what} targets system version {target}, and no signature newer than v1 is there"
            yield Limit("signature-too-old", detail, place.member(within, found[0].place), kinds=())


def _signers(found: Sequence[Signer]) -> frozenset[str]:
    """Return the certificates whose keys sign, in the newest scheme that is there."""
    for scheme in _SCHEMES:
        certs = frozenset(s.cert_sha256 for s in found if s.signs and s.scheme == scheme)
        if certs:
            return certs
    return frozenset()
