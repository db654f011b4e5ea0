"""All calls of an app: caller, place and callee of every instruction that names a method.

The callee is what the instruction names, before any dispatch. Calls through a call site (invoke-custom) name no method
and are left out. Source of the opcodes: "Dalvik bytecode" of the Android platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from dunproof.read.app.code.program import Code, invokes

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Units = npt.NDArray[np.uint16]
    Bytes = npt.NDArray[np.uint8]


class Edges(msgspec.Struct, frozen=True):
    """The calls of one dex as columns of the same length, by place in the file."""

    row: Ints
    """Row of the calling method in ``dex.items``; where methods share code, one call for each of them."""
    offset: Ints
    """Bytes from the first instruction of the caller."""
    unit: Ints
    """16-bit unit of the file where the instruction begins."""
    op: Bytes
    callee: Units
    """Index in ``dex.method_ids``; it may lie behind the table's end in a damaged file."""


def edges(code: Code, n: int) -> Edges:
    """Return the calls of the dex with number ``n``."""
    unit, op, index = code.instructions(n)
    keep = invokes()[op]
    unit, op, index = unit[keep], op[keep], index[keep]
    items = code.units[n].dex.items
    at, row = items.sharers(unit)
    unit, op, index = unit[at], op[at], index[at]
    return Edges(row, unit * 2 - items.code[row] - 16, unit, op, index)


def named(code: Code, n: int) -> Iterator[tuple[str, int, str]]:
    """Yield the calls of one dex as (key of the caller, byte offset in it, key of the callee)."""
    dex = code.units[n].dex
    found = edges(code, n)
    callers = dex.items.method[found.row]
    for caller, offset, callee in zip(callers.tolist(), found.offset.tolist(), found.callee.tolist(), strict=True):
        yield dex.key(caller), offset, dex.key(callee)
