"""The printed form of an instruction of a dex file, for a quote."""

from __future__ import annotations

from dunproof.errors import ExhibitError
from dunproof.read.formats import dalvik
from dunproof.read.formats.dex import Dex
from dunproof.read.formats.dexlayout import headers


def describe(data: bytes, offset: int) -> str:
    """Return the printed form of the instruction at an absolute byte offset of a dex file.

    ``Lpkg/Cls;->method(sig) +0x12: invoke-virtual Landroid/content/ContentResolver;->query(...)``; the number behind
    the plus sign counts bytes from the first instruction. Raises ExhibitError (``dex-no-place``) if none begins there.
    """
    for header in headers(data):
        dex = Dex(data, header)
        for row in dex.items.at(offset // 2) if offset % 2 == 0 else []:
            first, size, _, _ = dex.body(int(dex.items.code[row]))
            for insn in dalvik.sweep(dex.units, first, size):
                if insn.at == offset // 2:
                    caller = dex.method(int(dex.items.method[row])).key
                    return f"{caller} +{(insn.at - first) * 2:#x}: {_printed(dex, insn)}"
    raise ExhibitError(
        "dex-no-place", f"no instruction begins at byte {offset:#x}", loc="",
        hint="the file is another one than the locator was made for",
    )  # fmt: skip


def _printed(dex: Dex, insn: dalvik.Insn) -> str:
    name = dalvik.MNEMONICS[insn.op]
    match dalvik.REFERENCE.get(insn.op):
        case "method":
            return f"{name} {dex.method(insn.index).key}"
        case "field":
            return f"{name} {dex.field(insn.index)}"
        case "type":
            return f"{name} {dex.type(insn.index)}"
        case "string":
            return f'{name} "{dex.string(insn.index)}"'
        case _:
            return name
