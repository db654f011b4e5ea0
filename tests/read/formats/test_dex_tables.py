"""The tables that are decoded all at once are those of a plain walk, over real and over made-up bytes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.read.formats import dalvik, dex, dexcode
from dunproof.read.formats.zip import Archive

UNITS = st.lists(
    st.one_of(st.sampled_from([0x0100, 0x0200, 0x0300, 0x0000, 0x000E, 0x206E, 0x0018]), st.integers(0, 0xFFFF))
)


@given(bodies=st.lists(UNITS, max_size=70))
@settings(max_examples=300, deadline=None)
def test_starts_are_those_of_a_sweep(bodies):
    units = np.array([u for body in bodies for u in body], dtype=np.uint16)
    size = np.array([len(b) for b in bodies], dtype=np.int64)
    first = np.cumsum(size) - size
    plain = sorted(
        {i.at for f, n in zip(first.tolist(), size.tolist(), strict=True) for i in dalvik.sweep(units[: f + n], f, n)}
    )
    assert dalvik.starts(units, first, size).tolist() == plain


def walked(file):
    rows, damaged = [], 0
    for row in np.flatnonzero(file.class_defs["data"]).tolist():
        try:
            counts, behind = dexcode._head(file.data, int(file.class_defs["data"][row]))
            dexcode._walk(file.data, behind, row, counts, rows, len(file.method_ids))
        except IndexError:
            damaged += 1
    return rows, damaged


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["fd_souch.smsbypass_9", "ag_a2dp.Vol_137", "ex_blooddonation", "at_issue2701"])
def test_methods_are_those_of_a_walk(name, corpora):
    archive = Archive((corpora / f"apk/{name}.apk").read_bytes())
    for member in archive.names():
        if member.endswith(".dex"):
            file = dex.Dex(archive.read(member))
            table, damaged = dexcode._members(file)
            assert ([tuple(x) for x in table.tolist()], damaged) == walked(file)


NUMBERS = st.lists(st.one_of(st.integers(0, 3), st.integers(0, 200)), max_size=40)


@given(items=st.lists(NUMBERS, max_size=6), junk=st.binary(max_size=12), methods=st.integers(0, 60))
@settings(max_examples=300, deadline=None)
def test_methods_of_made_up_class_data_are_those_of_a_walk(items, junk, methods):
    at = 0x70 + 8 * methods + 32 * len(items)
    body, offsets = b"", []
    for numbers in items:
        offsets.append(at + len(body))
        for n in numbers:
            body += bytes([n & 0x7F | 0x80, n >> 7]) if n > 0x7F else bytes([n])
        body += junk
    rows = b"".join(struct.pack("<8I", 0, 0, 0, 0, 0, 0, o, 0) for o in offsets)
    table = struct.pack("<12I", 0, 0, 0, 0, 0, 0, 0, 0, methods, 0x70, len(items), 0x70 + 8 * methods)
    head = b"dex\n035\0" + bytes(32) + struct.pack("<4I", 0x12345678, 0, 0, 0) + table
    file = dex.Dex(head.ljust(0x70, b"\0") + bytes(8 * methods) + rows + body)
    found, damaged = dexcode._members(file)
    plain, broken = walked(file)
    assert ([tuple(x) for x in found.tolist()], damaged) == (plain, broken)
