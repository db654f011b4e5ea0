"""The coverage sheet of an app: how much code it has, how much of it could be read, and what is out of sight.

Numbers alone, counted while the app is read. What follows from them for a question is said by ``coverage``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.app import catalogue
from dunproof.read.app.package.bundle import Package
from dunproof.read.app.package.limit import Limit
from dunproof.read.app.package.unit import Unit
from dunproof.read.app.sites import Site
from dunproof.read.app.unseen import MIRRORS
from dunproof.read.formats.zip import Archive

LOADERS: Final = frozenset({
    "Ldalvik/system/BaseDexClassLoader;", "Ldalvik/system/DelegateLastClassLoader;", "Ldalvik/system/DexClassLoader;",
    "Ldalvik/system/DexFile;", "Ldalvik/system/InMemoryDexClassLoader;", "Ldalvik/system/PathClassLoader;",
})  # fmt: skip
"""Classes by which an app loads code at run time; a class of its own derived from one calls its constructor."""
REFLECTION: Final = "Ljava/lang/reflect/Method;"

_NATIVE: Final = 0x100
_SHORT_NAME: Final = 2
"""Letters of a class name that a shrinker gave (ours)."""
_EXPORT: Final = re.compile(rb"\x00(Java_[A-Za-z0-9_$]{1,300})(?=\x00)")
_LIBRARIES_CAP: Final = 96 * 1024 * 1024
"""Bytes of native libraries that are searched for names."""
_SEALED_FROM: Final = 16 * 1024
_SAMPLE: Final = 4096
_RANDOM_BITS: Final = 7.9
"""Bits a byte of the sample from which on it looks random: 4 096 random bytes have 7.95 (ours)."""
_PEEKED: Final = 4000
"""Members whose start is looked at."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one app, named as the columns of ``code_sheet``."""

    dex_files: int
    dex_elsewhere: int
    classes: int
    short_names: int
    methods: int
    methods_unreadable: int | None
    native_methods: int
    native_libraries: int
    native_exports: int | None
    reflection_calls: int
    reflection_unsettled: int
    loader_calls: int
    encrypted_members: int
    sealed_files: int


def measure(units: Sequence[Unit], packages: Sequence[Package], found: Iterable[Site], unsettled: int) -> Sheet:
    """Return the sheet of an app.

    ``found`` are all calls of the catalogue; ``unsettled`` counts those by reflection that stand outside known
    libraries and do not say what they call.
    """
    loaded = [unit for unit in units if unit.loaded]
    classes = [name for unit in loaded for name in unit.dex.classes()]
    methods = native = unreadable = 0
    damaged = False
    for unit in loaded:
        items = unit.dex.items
        gone = items.without_body
        methods += int((items.code != 0).sum()) - int((items.code[gone] != 0).sum())
        native += int((items.access & _NATIVE != 0).sum())
        unreadable += len(gone)
        damaged |= any(flaw.code in {"dex-class-data", "dex-table-clipped"} for flaw in unit.dex.flaws)
    libraries, exports = _libraries(packages)
    calls = [site.source.cls for site in found]
    return Sheet(
        dex_files=len(loaded),
        dex_elsewhere=len(units) - len(loaded),
        classes=len(classes),
        short_names=sum(_is_short(name) for name in classes),
        methods=methods,
        methods_unreadable=None if damaged else unreadable,
        native_methods=native,
        native_libraries=libraries,
        native_exports=exports,
        reflection_calls=sum(cls in MIRRORS for cls in calls),
        reflection_unsettled=unsettled,
        loader_calls=sum(cls in LOADERS for cls in calls),
        encrypted_members=sum(entry.flags & 1 for package in packages for entry in package.archive.entries),
        sealed_files=sum(1 for package in packages for _ in _sealed(package.archive)),
    )


def nameless(measured: Sheet) -> Iterator[Limit]:
    """Yield that third-party code cannot be told by names, where most classes have lost theirs."""
    if measured.short_names * 2 > measured.classes:
        detail = f"{measured.short_names} of {measured.classes} classes have names as a shrinker gives them"
        yield Limit("short-names", detail, kinds=("sdk",))


def _is_short(descriptor: str) -> bool:
    """Return whether the last part of a class name is what a shrinker gives: few letters, three where all are small."""
    name = descriptor[1:-1].rpartition("/")[2].rpartition("$")[2]
    few = len(name) <= _SHORT_NAME or (len(name) == _SHORT_NAME + 1 and name == name.lower())
    return few and not name.isdigit()


def _libraries(packages: Sequence[Package]) -> tuple[int, int | None]:
    """Return how many native libraries there are, by file name, and the entry points for code that they export.

    The entry points are None where the libraries are too large to be searched, or one of them cannot be read.
    """
    first: dict[str, tuple[Archive, str]] = {}
    for package in packages:
        for name in package.archive.names():
            if name.startswith("lib/") and name.endswith(".so"):
                first.setdefault(name.rpartition("/")[2], (package.archive, name))
    if sum(archive.all(name)[0].size_bytes for archive, name in first.values()) > _LIBRARIES_CAP:
        return len(first), None
    exports: set[bytes] = set()
    for archive, name in first.values():
        try:
            data = archive.read(name, _LIBRARIES_CAP)
        except ExhibitError:
            return len(first), None
        exports.update(_EXPORT.findall(data))
    return len(first), len(exports)


def _sealed(archive: Archive) -> Iterator[str]:
    """Yield the files beside code and libraries that begin as no known format and look random."""
    peeked = 0
    for name in archive.names():
        entry = archive.all(name)[0]
        if entry.size_bytes < _SEALED_FROM or name.startswith(("lib/", "META-INF/")):
            continue
        peeked += 1
        if peeked > _PEEKED:
            return
        if entry.method == 8 and entry.compressed_bytes * 100 < entry.size_bytes * 95:
            continue  # what can be packed tighter is not random
        sample = archive.peek(entry, _SAMPLE)
        if not sample.startswith(catalogue.known_starts()) and _bits(sample) >= _RANDOM_BITS:
            yield name


def _bits(sample: bytes) -> float:
    """Return the entropy of a sample, bits a byte."""
    if len(sample) < _SAMPLE:
        return 0.0
    counts = [sample.count(value) for value in range(256)]
    return -sum(n / len(sample) * math.log2(n / len(sample)) for n in counts if n)
