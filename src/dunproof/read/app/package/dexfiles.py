"""The dex files of a package: those that the system loads, in its order, then all others, wherever they lie.

Every member is known by its first bytes, not by its name or folder. Archives are opened one level deep: what loads code
from an archive can load it from any. All of it is bounded by one budget for the whole app.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.app.package import place
from dunproof.read.app.package.bundle import Package
from dunproof.read.app.package.limit import CODE_KINDS, Limit
from dunproof.read.app.package.unit import Unit
from dunproof.read.formats import dexlayout, zipgaps
from dunproof.read.formats.dex import Dex
from dunproof.read.formats.zip import Archive, Entry, is_bomb

_STORED: Final = 0
_DEFLATED: Final = 8
_ZIP: Final = b"PK\x03\x04"
_FORMS: Final = frozenset({b"cdex", b"dey\n", b"vdex"})
"""First bytes of compact, optimised and verified dex files (dex_file.h, vdex_file.h of the Android platform)."""
_COMPRESSED: Final = frozenset({b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"})
"""First bytes of gzip and of zlib (RFC 1952, RFC 1950)."""
_GZIP_PEEK: Final = 512
"""Bytes in which a dex or zip header can be seen: names of files stand before it."""
_DEX_CAP: Final = 64 * 1024 * 1024
"""Bytes of one dex file: 65 536 methods come to 16 MB, a container of version 041 to some times that (ours)."""
_ARCHIVE_CAP: Final = 64 * 1024 * 1024
BUDGET: Final = 192 * 1024 * 1024
"""Bytes of code, tables and inner archives of one app that are unpacked: large apps have 15 dex files of 12 MB."""
_DAMAGE: Final = frozenset({"zip-crc", "zip-member-short", "zip-entry-count", "zip-directory-gap", "zip-no-end"})
"""Flaws of an inner archive behind which code may be missing."""
_LOOKS: Final = 250_000
"""Members whose first bytes are looked at."""


class Budget:
    """What may still be unpacked and looked at, for all packages of an app together."""

    def __init__(self, size: int = BUDGET) -> None:
        self.left = size
        self.looks = _LOOKS

    def allows(self, entry: Entry, cap: int) -> bool:
        """Return whether a member may be unpacked, and count it."""
        if entry.size_bytes > cap or entry.size_bytes > self.left or is_bomb(entry):
            return False
        self.left -= entry.size_bytes
        return True


def find(package: Package, budget: Budget) -> Iterator[Unit | Limit]:
    """Yield the dex files of a package and what of its code cannot be read."""
    archive, within = package.archive, package.within
    if bytes(archive.data[:4]) == dexlayout.MAGIC:
        detail = "the file begins as a dex: old systems would run that one"
        yield Limit("janus", detail, place.span(within, "", 0, 4))
    yield from _gaps(archive, within)
    loaded = list(_loaded(archive))
    for name in loaded:
        for entry in archive.all(name):
            yield from _read(archive, entry, within, budget, loaded=True)
    others, unread, forms = set(loaded), [], []
    for entry in archive.entries:
        if entry.name in others:
            continue
        magic = _magic(archive, entry, budget)
        if magic == dexlayout.MAGIC:
            yield from _read(archive, entry, within, budget, loaded=False)
        elif magic is None:
            unread.append(entry.name)
        elif magic == _ZIP:
            yield from _inside(archive, entry, within, budget)
        elif _is_code(archive, entry, magic):
            forms.append(entry.name)
    if forms:
        detail = f"{len(forms)} members are code in a form that is not read; first {forms[0]}"
        yield Limit("code-form", detail, place.member(within, forms[0]))
    if unread:
        detail = f"{len(unread)} members cannot be read at all; first {unread[0]}"
        yield Limit("zip-member", detail, place.member(within, unread[0]))
    if budget.looks < 0:
        yield Limit("code-archive", "there are too many members to look for code in all of them")


def _gaps(archive: Archive, within: place.Within) -> Iterator[Limit]:
    """Yield what the file carries outside all members; code that stands there is not read."""
    for size, kind, at in zipgaps.unlisted(archive):
        what = {"dex": ", code among them", "names": ", members among them that are not listed"}.get(kind, "")
        detail = f"{size} bytes belong to no member{what}"
        yield Limit("zip-unlisted", detail, place.span(within, "", at, size), CODE_KINDS if kind else ())


def _loaded(archive: Archive) -> Iterator[str]:
    """Yield the names of the dex files that the system loads."""
    for n in range(1, len(archive.names()) + 1):
        name = f"classes{n if n > 1 else ''}.dex"
        if name not in archive:
            return
        yield name


def _magic(archive: Archive, entry: Entry, budget: Budget) -> bytes | None:
    """Return the first bytes of a member, None if it should have some and none can be read."""
    budget.looks -= 1
    if budget.looks < 0 or entry.name.endswith("/") or not entry.size_bytes:
        return b""
    magic = archive.peek(entry, 4)
    if entry.method not in {_STORED, _DEFLATED} and magic not in {dexlayout.MAGIC, _ZIP}:
        magic = archive.peek(msgspec.structs.replace(entry, method=_DEFLATED), 4) or magic
    return magic or None


def _is_code(archive: Archive, entry: Entry, magic: bytes) -> bool:
    """Return whether a member is code for one kind of machine, or code that is compressed once more."""
    if magic in _FORMS:
        return True
    if magic[:2] not in _COMPRESSED:
        return False
    try:
        machine = zlib.decompressobj(zlib.MAX_WBITS | 32)
        return machine.decompress(archive.peek(entry, _GZIP_PEEK), 4) in {dexlayout.MAGIC, _ZIP}
    except zlib.error:
        return False


def _read(
    archive: Archive, entry: Entry, within: place.Within, budget: Budget, *, loaded: bool
) -> Iterator[Unit | Limit]:
    """Yield the dex files of a member: one, or those of a container."""
    name, at = entry.name, place.member(within, entry.name)
    kinds = ("component", *CODE_KINDS) if loaded else CODE_KINDS
    if not budget.allows(entry, _DEX_CAP):
        yield Limit("dex-too-large", f"{name} has {entry.size_bytes} bytes", at, kinds)
        return
    try:
        data = archive.read(entry)
        places, flaws = dexlayout.walk(data)
        units = [Unit(name, Dex(data, start), loaded, within) for start in places]
    except ExhibitError as error:
        yield Limit(error.code, f"{name}: {error.message}", at, kinds)
        return
    units[0].dex.flaws += flaws
    for unit in units:
        unit.dex.check_tables()
    yield from units
    if not loaded:
        yield Limit("extra-dex", f"{name} is code that the system does not load", at, ())


def _inside(archive: Archive, entry: Entry, within: place.Within, budget: Budget) -> Iterator[Unit | Limit]:
    """Yield the code in an archive of the package."""
    name, at = entry.name, place.member(within, entry.name)
    if not budget.allows(entry, _ARCHIVE_CAP):
        yield Limit("code-archive", f"{name} is an archive of {entry.size_bytes} bytes and was not opened", at)
        return
    try:
        inner = Archive(archive.read(entry))
    except ExhibitError as error:
        yield Limit("code-archive", f"{name} begins as an archive: {error.message}", at)
        return
    path, closed = (*within, name), []
    for member in inner.entries:
        magic = _magic(inner, member, budget)
        if magic == dexlayout.MAGIC:
            yield from _read(inner, member, path, budget, loaded=False)
        elif magic is None or member.flags & 1 or (magic == _ZIP and _may_hold_code(inner, member, budget)):
            closed.append(member.name)
    if closed:
        detail = f"{name}: {len(closed)} members are archives that were not opened, or locked; first {closed[0]}"
        yield Limit("code-archive", detail, at)
    yield from (Limit(flaw.code, f"{name}: {flaw.detail}", at) for flaw in inner.flaws[:4] if flaw.code in _DAMAGE)


def _may_hold_code(archive: Archive, entry: Entry, budget: Budget) -> bool:
    """Return whether an archive in an archive holds a dex or a further archive, or cannot be opened."""
    if not budget.allows(entry, _ARCHIVE_CAP):
        return True
    try:
        inner = Archive(archive.read(entry))
    except ExhibitError:
        return True
    return any(_magic(inner, member, budget) in {dexlayout.MAGIC, _ZIP} for member in inner.entries) or budget.looks < 0
