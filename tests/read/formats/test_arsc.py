"""Compiled resources: values by configuration, references, every form of entry, and tables made to mislead."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError
from dunproof.read.formats import arsc
from dunproof.read.formats.zip import Archive

NONE = 0xFFFFFFFF
TEXTS = ["快贷", "Fast loan", "欠款https://a.example/x", "unused"]
KEYS = ["app_name", "title", "gap", "size", "shade", "Theme", "words"]


def pool(texts, utf8=True):
    blob, offsets = b"", []
    for text in texts:
        offsets.append(len(blob))
        if utf8:
            raw = text.encode()
            blob += bytes([len(text), len(raw)]) + raw + b"\0"
        else:
            raw = text.encode("utf-16-le")
            blob += struct.pack("<H", len(raw) // 2) + raw + b"\0\0"
    blob += b"\0" * (-len(blob) % 4)
    start = 28 + 4 * len(texts)
    head = struct.pack("<HHIIIIII", 1, 28, start + len(blob), len(texts), 0, 0x100 if utf8 else 0, start, 0)
    return head + struct.pack(f"<{len(texts)}I", *offsets) + blob


def config(language="", region="", density=0, sdk=0):
    raw = bytearray(64)
    raw[:4] = struct.pack("<I", 64)
    raw[8 : 8 + len(language)] = language.encode()
    raw[10 : 10 + len(region)] = region.encode()
    raw[14:16], raw[24:26] = struct.pack("<H", density), struct.pack("<H", sdk)
    return bytes(raw)


def plain(key, kind, data):
    return struct.pack("<HHIHBBI", 8, 0, key, 8, 0, kind, data)


def compact(key, kind, data):
    return struct.pack("<HHI", key, 8 | kind << 8, data)


def bag(key, parent, *items):
    rows = b"".join(struct.pack("<IHBBI", name, 8, 0, kind, data) for name, kind, data in items)
    return struct.pack("<HHIII", 16, 1, key, parent, len(items)) + rows


def type_(id_, entries, where=None, form="plain"):
    """Entries by index in one configuration; form: how their offsets are written."""
    where = config() if where is None else where
    blob, places = b"", {}
    for index, raw in sorted(entries.items()):
        places[index] = len(blob)
        blob += raw + b"\0" * (-len(raw) % 4)
    if form == "sparse":
        count, flags = len(places), 1
        table = b"".join(struct.pack("<HH", i, at // 4) for i, at in places.items())
    else:
        count = max(places, default=-1) + 1
        flags = 2 if form == "short" else 0
        code, none, unit = ("<H", 0xFFFF, 4) if form == "short" else ("<I", NONE, 1)
        table = b"".join(struct.pack(code, places[i] // unit if i in places else none) for i in range(count))
    table += b"\0" * (-len(table) % 4)
    header = 20 + len(where)
    body = table + blob
    start = header + len(table)
    head = struct.pack("<HHIBBHII", 0x0201, header, header + len(body), id_, flags, 0, count, start)
    return head + where + body


def table(*types, utf8=True, texts=TEXTS):
    names, keys = pool(["string", "dimen", "color", "style"]), pool(KEYS)
    inner = names + keys + b"".join(types)
    name = "cn.example.loan".encode("utf-16-le").ljust(256, b"\0")
    head = struct.pack("<HHII", 0x0200, 288, 288 + len(inner), 0x7F) + name
    head += struct.pack("<5I", 288, 4, 288 + len(names), len(KEYS), 0)
    strings = pool(texts, utf8)
    whole = strings + head + inner
    return struct.pack("<HHII", 2, 12, 12 + len(whole), 1) + whole


GOOD = table(
    type_(1, {0: plain(0, 3, 1), 1: plain(1, 1, 0x7F010000)}),
    type_(1, {0: plain(0, 3, 0)}, config("zh", "CN")),
    type_(2, {0: plain(2, 5, 16 << 8 | 1), 3: plain(3, 5, 0x00000C01 | 0x10)}),
    type_(3, {0: plain(4, 0x1C, 0xFF00FF00)}),
    type_(4, {0: bag(5, 0x01030005, (0x01010098, 0x1C, 0xFF112233), (0x01010095, 5, 14 << 8 | 2))}),
)


def test_values_by_configuration_and_through_references():
    found = arsc.Resources(GOOD)
    assert [(v.config.qualifiers, v.printed) for v in found.values(0x7F010000)] == [
        ("", "Fast loan"),
        ("zh-rCN", "快贷"),
    ]
    assert found.text(0x7F010001, ("zh", "")) == "快贷"
    assert found.text(0x7F010001) == "Fast loan"
    assert found.text(0x7F0100FF) is None
    assert found.name(0x7F010001) == "string/title"
    assert [v.printed for v in found.values(0x7F020000)] == ["16dp"]
    assert [v.printed for v in found.values(0x7F030000)] == ["#ff00ff00"]
    (style,) = found.bags(0x7F040000)
    assert (style.parent, [(hex(n), v.printed) for n, v in style.items]) == (
        0x01030005, [("0x1010098", "#ff112233"), ("0x1010095", "14sp")],
    )  # fmt: skip
    assert found.flaws == []


@pytest.mark.parametrize("form", ["plain", "sparse", "short"])
@pytest.mark.parametrize("entry", [plain, compact])
@pytest.mark.parametrize("utf8", [True, False])
def test_every_form_of_entry(form, entry, utf8):
    entries = {0: entry(0, 3, 1), 2: entry(1, 3, 2), 700: entry(2, 3, 0)}
    found = arsc.Resources(table(type_(1, entries, form=form), utf8=utf8))
    assert [found.text(0x7F010000 | i) for i in (0, 1, 2, 700)] == ["Fast loan", None, TEXTS[2], "快贷"]
    assert list(found.strings(frozenset({""}))) == [(0x7F010000, 1), (0x7F010002, 2), (0x7F0102BC, 0)]
    assert found.name(0x7F0102BC) == "string/gap"
    assert [found.pool[i] for i in found.pool.holding("://")] == [TEXTS[2]]
    assert {TEXTS[0], TEXTS[2]} <= {found.pool[i] for i in found.pool.wide(2)}


def test_a_reference_to_itself_ends():
    assert arsc.Resources(table(type_(1, {0: plain(0, 1, 0x7F010000)}))).text(0x7F010000) is None


def test_languages_of_three_letters_and_scripts():
    raw = bytearray(config())
    raw[8:10] = bytes([0x80 | 11 << 2 | 8 >> 3, (8 & 7) << 5 | 5])
    raw[36:40] = b"Latn"
    assert arsc.config(bytes(raw)).qualifiers == "b+fil+Latn"


@pytest.mark.parametrize(
    ("type__", "data", "text"),
    [(5, 0xFFFFF801, "-8dp"), (5, 0x00008011 | 1 << 8, "1.007dp"), (6, 0x40000030, "50%"), (0x12, 1, "true"),
     (0x10, 0xFFFFFFFF, "-1"), (1, 0, "@null"), (0x1D, 0xFF010203, "#010203"), (4, 0x3F000000, "0.5")],
)  # fmt: skip
def test_printed(type__, data, text):
    assert arsc.printed(type__, data) == text


def test_counts_that_lie_are_clipped_and_said():
    data = bytearray(GOOD)
    data[20:24] = (0x7FFFFFFF).to_bytes(4, "little")  # strings of the pool
    at = data.find(b"\x01\x02")
    data[at + 12 : at + 16] = (0x7FFFFFFF).to_bytes(4, "little")
    found = arsc.Resources(bytes(data))
    assert {f.code for f in found.flaws} == {"arsc-string-count", "arsc-entry-count"}
    assert found.text(0x7F010000) == "Fast loan"


def test_no_table():
    with pytest.raises(ExhibitError) as error:
        arsc.Resources(b"PK\x03\x04" + bytes(40))
    assert error.value.code == "arsc-no-table"


def everything(data):
    try:
        found = arsc.Resources(data)
    except ExhibitError:
        return
    found.configs()
    for package in found.packages:
        for chunks in package.chunks.values():
            for chunk in chunks:
                entry, kind, value, place = found.columns(chunk)
                assert len(entry) == len(kind) == len(value) == len(place)
    for id_ in (0x7F010000, 0x7F010001, 0x7F020003, 0x7F040000):
        found.text(id_)
        found.bags(id_)
        found.name(id_)
    for index, _ in enumerate(found.pool.offsets[:50]):
        at, length = found.pool.place(index)
        assert at + length <= len(data)
        assert found.pool[index] is not None
    found.pool.holding("://")
    found.pool.wide(2)
    list(found.strings(frozenset({"", "zh"})))


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=12), st.integers(0, len(GOOD)))
def test_changed_and_cut_tables(flips, cut):
    data = bytearray(GOOD)
    for at, value in flips:
        data[at] = value
    everything(bytes(data[: cut or None]))


@given(st.lists(st.sampled_from(["a", "快", "x://y", ""]), max_size=30), st.booleans())
def test_pools_give_back_their_texts(texts, utf8):
    found = arsc.Resources(table(utf8=utf8, texts=texts))
    assert [found.pool[i] for i in range(len(texts))] == texts
    assert sorted(found.pool.holding("://")) == [i for i, t in enumerate(texts) if "://" in t]


def test_the_largest_table_there_is():
    path = Path("/usr/share/android-framework-res/framework-res.apk")
    if not path.exists():
        pytest.skip("android-framework-res is not installed")
    start = time.process_time()
    found = arsc.Resources(Archive(path.read_bytes()).read("resources.arsc"))
    assert found.text(0x01040000, ("zh",)) == "取消"
    assert found.name(0x01010003) == "attr/name"
    assert len(found.configs()) > 1000
    assert time.process_time() - start < 10
