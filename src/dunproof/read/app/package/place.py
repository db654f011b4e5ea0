"""Locators inside an app: of a member, of bytes, of an instruction; in a bundle behind the name of its package."""

from __future__ import annotations

from typing import Final

from dunproof.facts.locator import Byte, Char, Insn, Locator
from dunproof.read.app.package.unit import Unit

Within = tuple[str, ...]
"""Path of the package inside the exhibit; empty for a single APK."""
MANIFEST: Final = "AndroidManifest.xml"
_ATTRIBUTE: Final = 20
"""Bytes of an attribute in binary XML."""


def member(within: Within, name: str) -> str:
    """Return the locator of a whole member."""
    return str(Locator(members=(*within, name)))


def span(within: Within, name: str, offset: int, length: int) -> str:
    """Return the locator of bytes in a member; of the package itself where the name is ''."""
    return str(Locator(members=(*within, name) if name else within, places=(Byte(offset, length),)))


def attribute(within: Within, offset: int) -> str:
    """Return the locator of an attribute of the manifest."""
    return span(within, MANIFEST, offset, _ATTRIBUTE)


def words(within: Within, name: str, start: int, stop: int) -> str:
    """Return the locator of characters in a text member."""
    return str(Locator(members=(*within, name), places=(Char(start, stop),)))


def insn(unit: Unit, at: int) -> str:
    """Return the locator of the instruction that begins at a 16-bit unit of a dex file."""
    return str(Locator(members=unit.within, places=(Insn(unit.member, at * 2),)))
