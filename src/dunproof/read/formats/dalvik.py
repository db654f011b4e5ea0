"""Dalvik instructions: lengths, registers written and read, branches, and the starts of all instructions of a file.

Source: "Dalvik bytecode" and "Dalvik executable instruction formats" of the Android platform. Units are 16 bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Units = npt.NDArray[np.uint16]

_PAYLOADS: Final = (0x0100, 0x0200, 0x0300)
"""First units of what stands among instructions and is none: arms of switches, elements of an array."""
_TOGETHER: Final = 48
"""Items left at which stepping one by one is cheaper than together."""


def _opcodes() -> list[tuple[str, str, str, str]]:
    """Return (mnemonic, format, reference, writes) of the 256 opcodes, from ``data/opcodes.tsv``."""
    text = (Path(__file__).with_name("data") / "opcodes.tsv").read_text(encoding="utf-8")
    table = [("unused", "10x", "", "")] * 256
    for line in text.splitlines():
        if line and not line.startswith(("#", "op\t")):
            op, name, form, reference, writes = line.split("\t")
            table[int(op, 16)] = (name, form, reference, writes)
    return table


_TABLE: Final = _opcodes()
MNEMONICS: Final = [row[0] for row in _TABLE]
FORMATS: Final = [row[1] for row in _TABLE]
LENGTHS: Final = [int(row[1][0]) for row in _TABLE]
REFERENCE: Final = {op: row[2] for op, row in enumerate(_TABLE) if row[2]}
_WRITES: Final = [row[3] for row in _TABLE]
INVOKES: Final = frozenset(op for op, row in enumerate(_TABLE) if row[0].startswith("invoke-") and row[2] == "method")
"""Calls that name a method: invoke-kind and invoke-kind/range, invoke-polymorphic and its range form."""
STATIC_INVOKES: Final = frozenset({0x71, 0x77})
OBJECT_MOVES: Final = frozenset({0x07, 0x08, 0x09})
"""move-object*"""
MOVES: Final = frozenset(range(0x01, 0x0A))
RESULT_OBJECT: Final = 0x0C
RESULTS: Final = frozenset({0x0A, 0x0B, 0x0C})
"""move-result*"""
RETURN_OBJECT: Final = 0x11
CONSTANTS: Final = frozenset({0x12, 0x13, 0x14, 0x15})
"""const/4, const/16, const, const/high16"""
STRINGS: Final = frozenset({0x1A, 0x1B})
"""const-string and const-string/jumbo"""
CONST_CLASS: Final = 0x1C
CHECK_CAST: Final = 0x1F
NEW_INSTANCE: Final = 0x22
NEW_ARRAY: Final = 0x23
FILLED_ARRAYS: Final = frozenset({0x24, 0x25})
"""filled-new-array and its range form"""
COMPARES: Final = range(0x32, 0x38)
"""if-eq to if-le: two registers"""
TESTS: Final = range(0x38, 0x3E)
"""if-eqz to if-lez: a register and zero"""
APUT_OBJECT: Final = 0x4D
OBJECT_GETS: Final = frozenset({0x54, 0x62})
"""iget-object and sget-object"""
OBJECT_PUTS: Final = frozenset({0x5B, 0x69})
"""iput-object and sput-object"""
ENDS: Final = frozenset({0x0E, 0x0F, 0x10, 0x11, 0x27, 0x28, 0x29, 0x2A})
"""return*, throw, goto*: nothing falls through."""
_SWITCHES: Final = frozenset({0x2B, 0x2C})
_JUMPS: Final = frozenset({"10t", "20t", "30t", "21t", "22t"})
BRANCHES: Final = _SWITCHES | {op for op, form in enumerate(FORMATS) if form in _JUMPS}
"""goto*, if-* and switches."""


class Insn(msgspec.Struct, frozen=True, gc=False):
    """An instruction: unit of the file where it begins, opcode, index it refers to, registers."""

    at: int
    op: int
    length: int
    index: int
    """String, type, field or method index; the literal of const; the branch offset in units; 0 otherwise."""
    writes: int
    """First register written; -1 if none."""
    wide: bool
    """It writes a pair of registers."""
    args: tuple[int, ...]
    """Registers read, in the order of the format (for a call: receiver first)."""


def uleb128(data: bytes, at: int) -> tuple[int, int]:
    """Return (value, offset behind it); IndexError past the end. At most five bytes are read."""
    value = shift = 0
    for _ in range(5):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
        shift += 7
    return value & 0xFFFFFFFF, at


def sleb128(data: bytes, at: int) -> tuple[int, int]:
    """Return (signed value, offset behind it); IndexError past the end."""
    start = at
    value, at = uleb128(data, at)
    bits = 7 * (at - start)
    return (value - (1 << bits) if bits < 35 and data[at - 1] & 0x40 else value), at


def _payload(units: Units | list[int], at: int, stop: int) -> int:
    """Return the length in units of a switch or array payload at a nop, 1 for a true nop."""
    kind = int(units[at])
    if kind not in _PAYLOADS or at + 4 > stop:
        return 1
    if kind == 0x0100:
        return int(units[at + 1]) * 2 + 4
    if kind == 0x0200:
        return int(units[at + 1]) * 4 + 2
    count = int(units[at + 2]) | int(units[at + 3]) << 16
    return (count * int(units[at + 1]) + 1) // 2 + 4


def sweep(units: Units, first: int, size: int) -> Iterator[Insn]:
    """Yield the instructions of one code item from its first unit on; stops where one would run past the end."""
    stop = min(first + size, len(units))
    body = units[first:stop].tolist()
    count = len(body)
    at = 0
    while at < count:
        unit = body[at]
        op = unit & 0xFF
        length = LENGTHS[op]
        if op == 0 and unit:
            step = _payload(body, at, count)
            if step > 1:
                at += step
                continue
        if at + length > count:
            return
        yield _decode(body, at, first, op, length)
        at += length


def _decode(body: list[int], at: int, first: int, op: int, length: int) -> Insn:
    form = FORMATS[op]
    unit = body[at]
    a, b, aa = unit >> 8 & 15, unit >> 12, unit >> 8
    index = 0
    args: tuple[int, ...] = ()
    # The forms that code has most come first.
    if form in {"35c", "45cc"}:
        index, regs = body[at + 1], body[at + 2]
        args = (regs & 15, regs >> 4 & 15, regs >> 8 & 15, regs >> 12, a)[: min(b, 5)]
    elif form == "21c":
        args, index = (aa,), body[at + 1]
    elif form == "22c":
        args, index = (a, b), body[at + 1]
    elif form == "12x":
        args = (a, b)
    elif form in {"11x", "11n"}:
        args = (aa,) if form == "11x" else (a,)
        if form == "11n":
            index = b - 16 if b & 8 else b
    elif form == "10t":
        index = aa - 256 if aa & 0x80 else aa
    elif form == "20t":
        index = _signed(body[at + 1], 16)
    elif form == "30t":
        index = _signed(body[at + 1] | body[at + 2] << 16, 32)
    elif form == "22x":
        args = (aa, body[at + 1])
    elif form == "32x":
        args = (body[at + 1], body[at + 2])
    elif form in {"21s", "21h", "21t"}:
        args, index = (aa,), _signed(body[at + 1], 16)
    elif form == "22t":
        args, index = (a, b), _signed(body[at + 1], 16)
    elif form == "22s":
        args = (a, b)
    elif form == "22b":
        args = (aa, body[at + 1] & 0xFF)
    elif form == "23x":
        args = (aa, body[at + 1] & 0xFF, body[at + 1] >> 8)
    elif form in {"31i", "31t", "31c"}:
        args, index = (aa,), body[at + 1] | body[at + 2] << 16
        if form != "31c":
            index = _signed(index, 32)
    elif form in {"3rc", "4rcc"}:
        index = body[at + 1]
        args = tuple(range(body[at + 2], body[at + 2] + aa))
    elif form == "51l":
        args = (aa,)
    kind = _WRITES[op]
    if not kind:
        return Insn(first + at, op, length, index, -1, False, args)  # noqa: FBT003 - positional for speed
    # "2addr" forms read what they write, so the first register stays among those read.
    return Insn(first + at, op, length, index, args[0], kind in {"w", "rw"}, args if "r" in kind else args[1:])


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def targets(units: Units, insn: Insn, stop: int) -> list[int]:
    """Return the units to which an instruction may branch: goto, if, and the arms of a switch."""
    if insn.op not in BRANCHES:
        return []
    if insn.op not in _SWITCHES:
        return [insn.at + insn.index]
    at = insn.at + insn.index
    if not 0 <= at < stop - 2:
        return []
    count = int(units[at + 1])
    start = at + 4 if insn.op == 0x2B else at + 2 + 2 * count
    count = min(count, max(0, (stop - start) // 2))
    arms = (int(units[start + 2 * n]) | int(units[start + 2 * n + 1]) << 16 for n in range(count))
    return [insn.at + _signed(arm, 32) for arm in arms]


@cache
def _steps() -> npt.NDArray[np.uint8]:
    """Return the length of the instruction that begins with a unit; 0 where it may be a payload."""
    import numpy as np

    steps = np.tile(np.array(LENGTHS, np.uint8), 256)
    steps[[*_PAYLOADS]] = 0
    return steps


def starts(units: Units, first: Ints, size: Ints) -> Ints:
    """Return the units at which instructions begin in many code items (first unit, units), ascending, each once.

    All items step together, one instruction a round, as long as many are left; the few long ones are finished one by
    one. Payloads of switches and arrays are left out, as is an instruction that would run past the end of its item.
    """
    import numpy as np

    last = int((first + size).max()) if len(first) else 0
    marks = np.zeros(min(last, len(units)), dtype=bool)
    at = first.astype(np.int32)
    stop = np.minimum(first + size, len(units)).astype(np.int32)
    alive = at < stop
    at, stop = at[alive], stop[alive]
    while len(at) > _TOGETHER:
        step = _steps()[units[at]]
        after = at + step
        marks[at] = True
        if not step.all():
            for n in np.flatnonzero(step == 0).tolist():
                length = _payload(units, int(at[n]), int(stop[n]))
                after[n] = min(int(at[n]) + length, int(stop[n]))
                marks[at[n]] = length == 1
        going = after < stop
        if not going.all():
            marks[at[after > stop]] = False
            after, stop = after[going], stop[going]
        at = after
    for begin, end in zip(at.tolist(), stop.tolist(), strict=True):
        _march(units[begin:end], marks[begin:end])
    return np.flatnonzero(marks).astype(np.int32)


def _march(body: Units, marks: npt.NDArray[np.bool_]) -> None:
    """Mark the starts of the instructions of one body."""
    import numpy as np

    steps = _steps()[body].tolist()
    count = len(steps)
    found: list[int] = []
    add = found.append
    at = 0
    while at < count:
        length = steps[at]
        if length:
            add(at)
        else:
            length = _payload(body, at, count)
            if length == 1:
                add(at)
        at += length
    if found and found[-1] + (steps[found[-1]] or 1) > count:
        found.pop()
    marks[np.array(found, dtype=np.int64)] = True
