"""What a register can hold, and how far a question for it has gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

LEVELS: Final = 32
HOPS: Final = 4
"""Calls that are followed backwards from a parameter to who passed it."""
MOST: Final = 16
"""Values of one register that are told apart; more are ``unknown``."""
NOTHING: Final = frozenset[object]()


class Value(msgspec.Struct, frozen=True, order=True):
    """A value: its kind and its text.

    Kinds: ``uri`` (a constant of the catalogue), ``string``, ``int``, ``null``, ``picked``, ``documents``, ``class``,
    ``field`` and ``method`` (got by reflection, as ``Lcls;`` and ``Lcls;->name``), ``answer`` (an Intent with which a
    dialog of the system answers), ``own`` (the address of a file that the app itself offers), ``parameter`` (comes from
    outside the app's code), ``unknown``. In a text HOLE stands for a part that is not known.
    """

    kind: str
    text: str = ""


UNKNOWN: Final = Value("unknown")
OPEN: Final = frozenset({UNKNOWN})


class Walk(msgspec.Struct, frozen=True):
    """Where a question stands: levels and hops left, and the registers already asked for on this way."""

    levels: int = LEVELS
    hops: int = HOPS
    seen: frozenset[object] = NOTHING


def few(values: Iterable[Value]) -> frozenset[Value]:
    """Return values, the first of them and ``unknown`` where they are too many."""
    found = frozenset(values)
    return found if len(found) <= MOST else frozenset({*sorted(found)[:MOST], UNKNOWN})
