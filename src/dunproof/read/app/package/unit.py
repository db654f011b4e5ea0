"""A dex file of an app: what the package gives and the code is made of."""

from __future__ import annotations

import msgspec

from dunproof.read.formats.dex import Dex


class Unit(msgspec.Struct, frozen=True):
    """A dex file of the app: member name, tables, and whether the system loads it by itself."""

    member: str
    dex: Dex
    loaded: bool
    within: tuple[str, ...] = ()
    """Path of its package inside the exhibit; empty for a single APK."""
