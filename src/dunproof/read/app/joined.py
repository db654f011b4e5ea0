"""Texts that a method puts together: what its builders and formats give back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dunproof.read.app.code.program import Call, Code
from dunproof.read.app.code.values import Values
from dunproof.read.formats import dalvik

_BUILDERS: Final = frozenset({"Ljava/lang/StringBuilder;", "Ljava/lang/StringBuffer;"})
_MAKERS: Final = frozenset({
    ("Ljava/lang/String;", "format"), ("Ljava/lang/String;", "concat"),
    ("Lkotlin/jvm/internal/Intrinsics;", "stringPlus"),
})  # fmt: skip


def texts(code: Code, values: Values, n: int, row: int) -> Iterator[tuple[int, str]]:
    """Yield (unit, text) of what a method of the n-th dex puts together, a HOLE for each part that is not known."""
    unit = code.units[n]
    for insn in values.flow(n, row).insns:
        if insn.op not in dalvik.INVOKES:
            continue
        callee = unit.dex.method(insn.index)
        if (callee.cls, callee.name) in _MAKERS or (callee.cls in _BUILDERS and callee.name == "toString"):
            for value in sorted(values.built(Call(n, insn.at, row))):
                if value.kind == "string":
                    yield insn.at, value.text
