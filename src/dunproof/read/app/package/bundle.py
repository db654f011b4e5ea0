"""The packages of one app: a single APK, or the base and its splits in a bundle (.xapk, .apks, .apkm).

A bundle is one app. Files that belong to no app go back to the queue, as do packages of another app.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.app.package import manifest, place
from dunproof.read.app.package.manifest import Manifest
from dunproof.read.formats import axml
from dunproof.read.formats.zip import Archive, is_bomb
from dunproof.read.source import Member

_MANIFEST_CAP: Final = 32 * 1024 * 1024
_TOTAL_CAP: Final = 768 * 1024 * 1024
_PARTS_CAP: Final = 200
_OWN: Final = re.compile(r"(?:manifest\.json|info\.json|toc\.pb|icon\.png|meta\.sai_v[0-9]\.json|.*\.obb|.*\.idsig)\Z")
_MEMBER_CAP: Final = 64 * 1024 * 1024


class Package(msgspec.Struct, frozen=True):
    """One APK of an app: its path inside the exhibit (empty: it is the exhibit), its members."""

    within: tuple[str, ...]
    archive: Archive


class Bundle:
    """The packages of a bundle, the base first, and what goes back to the queue."""

    def __init__(self, outer: Archive) -> None:
        self.outer = outer
        self.packages: list[Package] = []
        self.problems: list[tuple[str, str, str]] = []
        """(code, detail, member)"""
        self.strangers: list[str] = []
        """Members that belong to no app, or to another one."""
        self._open()

    def _open(self) -> None:
        names = [n for n in self.outer.names() if n.lower().endswith(".apk")]
        if any(n.startswith("splits/") for n in names):
            names = [n for n in names if not n.startswith("standalones/")]  # the same app once more, for old systems
        total = 0
        found: list[tuple[str, Archive, Manifest | None]] = []
        for name in names:
            entry = self.outer.all(name)[0]
            total += entry.size_bytes
            if total > _TOTAL_CAP or len(found) >= _PARTS_CAP or is_bomb(entry):
                total -= entry.size_bytes
                self.problems.append(("bundle-part", f"{name} is over the limits and was not read", name))
                continue
            try:
                archive = Archive(self.outer.read(entry), scan=True)
            except ExhibitError as error:
                self.problems.append(("bundle-part", f"{name}: {error.message}", name))
                continue
            found.append((name, archive, read_manifest(archive)))
        base = next((row for row in found if row[2] is not None and not row[2].split), None)
        if base is None and found:
            self.problems.append(("bundle-no-base", "no package is a base", ""))
        main = base or next(iter(found), None)
        if main is None:
            return
        package = main[2].package if main[2] else None
        for row in (main, *(r for r in found if r is not main)):
            other = row[2]
            if row is main or (other is not None and other.split and other.package == package):
                self.packages.append(Package((row[0],), row[1]))
            elif other is not None and (other.package != package or not other.split):
                self.strangers.append(row[0])
                if other.split:
                    detail = f"{row[0]} is the split {other.split} of {other.package}, not of {package}"
                    self.problems.append(("bundle-part", detail, row[0]))
            else:
                self.problems.append(("bundle-part", f"{row[0]} has no manifest that can be read", row[0]))
        self.strangers += [
            n for n in self.outer.names() if n not in names and not n.endswith("/") and not _OWN.match(n)
        ]

    def members(self) -> Iterator[Member]:
        """Yield the files that go back to the queue."""
        for name in self.strangers[:_PARTS_CAP]:
            try:
                data = self.outer.read(name, _MEMBER_CAP)
            except ExhibitError:
                continue
            if data:
                yield Member(name=name, data=data)


def read_manifest(archive: Archive) -> Manifest | None:
    """Return what the manifest of a package says; None if it has none that can be read."""
    try:
        return manifest.read(axml.parse(archive.read(place.MANIFEST, _MANIFEST_CAP)))
    except ExhibitError:
        return None
