"""For whom code runs: the app itself, a named SDK, a general-purpose library, or nobody that can be named."""

from __future__ import annotations

from typing import Final

import msgspec

from dunproof.read.app import catalogue

_HOSTS: Final = frozenset({"com.github", "io.github", "com.gitlab", "com.gitee", "org.sourceforge", "com.google"})
"""First two components that many unrelated apps share."""


class Owner(msgspec.Struct, frozen=True):
    """``kind`` is own, sdk, library or None (not determined); ``name`` the SDK id or the library's prefix."""

    kind: str | None
    name: str | None


OWN: Final = Owner("own", "")
NOBODY: Final = Owner(None, None)


def dotted(descriptor: str) -> str:
    """Return ``pkg.Cls`` of ``Lpkg/Cls;``."""
    return descriptor[1:-1].replace("/", ".") if descriptor.startswith("L") else descriptor


class Owners:
    """Attributes classes of one app by their names; the app's own package is asked first."""

    def __init__(self, package: str | None) -> None:
        self.package = package or ""
        parts = self.package.split(".")
        house = ".".join(parts[:2])
        self.house = house if len(parts) > 1 and house not in _HOSTS and len(parts[0]) > 1 else ""
        self._known: dict[str, Owner] = {}

    def of(self, descriptor: str) -> Owner:
        """Return the owner of a class."""
        package = dotted(descriptor).rpartition(".")[0]
        owner = self._known.get(package)
        if owner is None:
            owner = self._known[package] = self._of(package)
        return owner

    def _of(self, package: str) -> Owner:
        if self.package and _within(package, self.package):
            return OWN
        sdk = catalogue.sdk_prefixes().match(package)
        library = catalogue.libraries().match(package)
        if sdk and (library is None or len(library[0]) <= len(sdk[0])):
            ids = sdk[1].split()
            return Owner("sdk", ids[0] if len(ids) == 1 else None)
        if library:
            return Owner("library", library[0])
        if self.house and _within(package, self.house):
            return OWN
        return NOBODY


def _within(package: str, prefix: str) -> bool:
    return package == prefix or package.startswith(prefix + ".")
