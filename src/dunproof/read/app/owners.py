"""For whom code runs: the app itself, a named SDK, a general-purpose library, or nobody that can be named.

That code is the app's own is a charge against the lender, so it takes evidence: the app's package, its house (the first
two parts, where these are nobody else's), or the package of its Application class, where most of its screens and
services lie there too. Everything else has no owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from dunproof.facts.kinds import SensitiveRead
from dunproof.read.app import catalogue
from dunproof.read.app.catalogue import Sdks
from dunproof.read.app.package.limit import Limit

_HOME: Final = 3
"""Parts of the Application class's package that make a home of the app's own code."""


class Owner(msgspec.Struct, frozen=True):
    """``kind`` is own, sdk, library or None (not determined); ``name`` the SDK id or the library's prefix."""

    kind: str | None
    name: str | None


OWN: Final = Owner("own", "")
NOBODY: Final = Owner(None, None)


def unknown(reads: Sequence[SensitiveRead]) -> Iterator[Limit]:
    """Yield that an SDK may be inside that nobody recognised: code of nobody known reads personal data and may run."""
    rows = [
        r for r in reads if r.owner_kind is None and r.category and r.outcome == "resolved" and r.reached is not False
    ]
    if rows:
        detail = f"{len(rows)} calls that read personal data stand in code of nobody known; first in {rows[0].caller}"
        yield Limit("owner-unknown", detail, rows[0].loc, kinds=("sdk",))


def dotted(descriptor: str) -> str:
    """Return ``pkg.Cls`` of ``Lpkg/Cls;``."""
    return descriptor[1:-1].replace("/", ".") if descriptor.startswith("L") else descriptor


def house(package: str) -> str:
    """Return the first two parts of a package name; '' where these are shared by others or shortened."""
    parts = package.split(".")[:2]
    named = ".".join(parts)
    return named if len(parts) > 1 and all(len(p) > 1 for p in parts) and named not in catalogue.houses() else ""


class Owners:
    """Attributes classes of one app by their names; the app's own package is asked first.

    ``application`` is the Application class and ``components`` are all classes of the manifest, dotted; both are left
    out for a packed app, whose Application class is the packer's.
    """

    def __init__(
        self, package: str | None, sdks: Sdks | None = None, application: str = "", components: Sequence[str] = ()
    ) -> None:
        self.package = package or ""
        self._sdks = sdks if sdks is not None else catalogue.sdks()
        self._own = [p for p in (house(self.package), self._home(application, components)) if p]
        self._known: dict[str, Owner] = {}

    def _home(self, application: str, components: Sequence[str]) -> str:
        """Return the package in which an app lives that is installed under another name; '' if nothing shows it."""
        parts = application.split(".")[:-1][:_HOME]
        home = ".".join(parts)
        if len(parts) < 2 or any(len(p) < 2 for p in parts) or home in catalogue.houses() or self._named(home):
            return ""
        if any(application in row.applications for row in catalogue.shells()):
            return ""
        unnamed = [c for c in components if c != application and self._named(c.rpartition(".")[0]) is None]
        inside = sum(_within(c, home) for c in unnamed)
        return home if inside * 2 > len(unnamed) else ""

    def of(self, descriptor: str) -> Owner:
        """Return the owner of a class."""
        package = dotted(descriptor).rpartition(".")[0]
        owner = self._known.get(package)
        if owner is None:
            owner = self._known[package] = self._of(package)
        return owner

    def _named(self, package: str) -> Owner | None:
        """Return the owner that the catalogue names."""
        sdk = self._sdks.prefixes.match(package)
        library = catalogue.libraries().match(package)
        if sdk and (library is None or len(library[0]) <= len(sdk[0])):
            ids = sdk[1].split()
            return Owner("sdk", ids[0] if len(ids) == 1 else None)
        return Owner("library", library[0]) if library else None

    def _of(self, package: str) -> Owner:
        if self.package and _within(package, self.package):
            return OWN
        named = self._named(package)
        if named is not None:
            return named
        return OWN if any(_within(package, own) for own in self._own) else NOBODY


def _within(package: str, prefix: str) -> bool:
    return package == prefix or package.startswith(prefix + ".")
