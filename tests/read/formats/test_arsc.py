"""Compiled resources: values by configuration, references, every form of entry, and tables made to mislead."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
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


def package(*types, keys=KEYS, offset=0):
    names, keys_ = pool(["string", "dimen", "color", "style"]), pool(keys)
    inner = names + keys_ + b"".join(types)
    name = "cn.example.loan".encode("utf-16-le").ljust(256, b"\0")
    head = struct.pack("<HHII", 0x0200, 288, 288 + len(inner), 0x7F) + name
    return head + struct.pack("<5I", 288, 4, 288 + len(names), len(keys), offset) + inner


def table_of(*packages, utf8=True, texts=TEXTS):
    whole = pool(texts, utf8) + b"".join(packages)
    return struct.pack("<HHII", 2, 12, 12 + len(whole), len(packages)) + whole


def table(*types, utf8=True, texts=TEXTS):
    return table_of(package(*types), utf8=utf8, texts=texts)


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


def test_two_packages_of_one_id_are_told_and_each_has_its_own_names():
    one, two = package(type_(1, {0: plain(0, 3, 1)})), package(type_(1, {5: plain(0, 3, 0)}), keys=["other"])
    found = arsc.Resources(table_of(one, two))
    assert (found.name(0x7F010000), found.name(0x7F010005)) == ("string/app_name", "string/other")
    assert (found.text(0x7F010000), found.text(0x7F010005)) == ("Fast loan", "快贷")
    assert [f.code for f in found.flaws] == ["arsc-package-twice"]


def test_types_that_begin_behind_others():
    found = arsc.Resources(table_of(package(type_(5, {0: plain(0, 3, 1)}), offset=4)))
    assert (found.name(0x7F050000), found.text(0x7F050000)) == ("string/app_name", "Fast loan")
    assert list(found.strings(frozenset({""}))) == [(0x7F050000, 1)]


def test_sparse_entries_out_of_order_are_told():
    data = table(type_(1, {0: plain(0, 3, 1), 2: plain(1, 3, 2), 9: plain(2, 3, 0)}, form="sparse"))
    at = data.index(struct.pack("<HHHH", 0, 0, 2, 4))
    data = data[:at] + struct.pack("<HHHH", 2, 4, 0, 0) + data[at + 8 :]
    assert [f.code for f in arsc.Resources(data).flaws] == ["arsc-sparse-order"]


def test_what_is_no_value_is_none():
    short = struct.pack("<HHIHBBI", 0, 0, 0, 8, 0, 3, 1)
    found = arsc.Resources(table(type_(1, {0: short, 1: plain(0, 3, 99), 2: plain(0, 3, 3)})))
    assert [found.text(0x7F010000 | n) for n in range(3)] == [None, None, "unused"]
    assert [entry for chunk in found.packages[0].chunks[1] for entry in found.columns(chunk)[0].tolist()] == [1, 2]


def test_references_are_followed_up_to_a_bound():
    hops = {n: plain(0, 1, 0x7F010000 | n + 1) for n in range(12)}
    found = arsc.Resources(table(type_(1, {**hops, 12: plain(0, 3, 1)})))
    assert [found.text(0x7F010000 | n) is not None for n in (12, 11, 4, 3, 0)] == [True, True, True, False, False]


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


FRAMEWORK = Path("/usr/share/android-framework-res/framework-res.apk")
_VALUE = re.compile(r"resource (0x[0-9a-f]{8}) \S+: t=(0x[0-9a-f]{2}) d=(0x[0-9a-f]{8})")
_PARENT = re.compile(r"Parent=(0x[0-9a-f]{8})\(Resolved=0x[0-9a-f]{8}\), Count=(\d+)")
_ITEM = re.compile(r"#\d+ \(Key=(0x[0-9a-f]{8})\): \(([\w ]+)\) ?(.*)")


def aapt():
    """What aapt says: {config: {(id, type, data)}}, {(id, config): (parent, count, [(key, kind, words)])}."""
    words = ["aapt", "dump", "--values", "resources", str(FRAMEWORK)]
    out = subprocess.run(words, check=True, capture_output=True).stdout.decode("utf-8", "replace")
    values, bags, where, id_, bag = {}, {}, "", 0, None
    for line in map(str.strip, out.splitlines()):
        if line.startswith("config ") and line.endswith(":"):
            where = line[7:-1].replace("default", "").removeprefix("(").removesuffix(")")
        elif hit := _VALUE.match(line):
            values.setdefault(where, set()).add(tuple(int(x, 16) for x in hit.groups()))
        elif line.startswith("resource "):
            id_ = int(line[9:19], 16)
        elif hit := _PARENT.match(line):
            bag = bags[id_, where] = int(hit[1], 16), int(hit[2]), []
        elif bag and (hit := _ITEM.match(line)):
            bag[2].append((int(hit[1], 16), hit[2], hit[3]))
    return values, bags


@pytest.mark.slow
def test_the_framework_is_read_as_aapt_reads_it():
    """Every plain value of every configuration, and every style and array, by type and raw data."""
    if not FRAMEWORK.exists() or shutil.which("aapt") is None:
        pytest.skip("android-framework-res or aapt is not installed")
    found = arsc.Resources(Archive(FRAMEWORK.read_bytes()).read("resources.arsc"))
    want, want_bags = aapt()
    have = {}
    ids = set()
    for part in found.packages:
        for type__, rows in part.chunks.items():
            for chunk in rows:
                entry, kind, data, _ = found.columns(chunk)
                base = part.id << 24 | type__ << 16
                key = "*" if chunk.config.other else chunk.config.qualifiers
                have.setdefault(key, set()).update(
                    zip((base | entry).tolist(), kind.tolist(), data.tolist(), strict=True)
                )
                ids.update((base | entry).tolist())
    assert sum(map(len, have.values())) > 100_000
    plain_ = [name for name in want if name in have]
    assert {"", "zh-rCN", "zh-rTW", "night", "hdpi"} <= set(plain_)
    assert {name: have[name] for name in plain_} == {name: want[name] for name in plain_}
    assert have["*"] == set().union(*(rows for name, rows in want.items() if name not in have))
    for id__ in sorted(ids)[::37]:
        assert {(id__, v.type, v.data) for v in found.values(id__)} == {
            r for rows in want.values() for r in rows if r[0] == id__
        }
    kinds = set()
    for (id__, where), (parent, count, items) in want_bags.items():
        (bag_,) = [b for b in found.bags(id__) if b.config.qualifiers == where and not b.config.other] or [None]
        if bag_ is None:
            assert where not in plain_
            continue
        assert (bag_.parent, len(bag_.items)) == (parent, count)
        assert [key for key, _ in bag_.items] == [key for key, *_ in items]
        for (_, value), (_, kind, words) in zip(bag_.items, items, strict=True):
            kinds.add(kind)
            if kind == "color":
                assert value.data == int(words[1:], 16)  # plain integers too
                assert value.printed == words or value.type != 0x1C
            elif kind == "reference":
                assert value.printed.removeprefix("@") == words or (value.printed, words) == ("@null", "0x00000000")
            elif kind == "string8" and "\\" not in words:
                assert value.text == words[1:-1]
            elif kind == "dimension":
                number, unit = re.fullmatch(r"(-?[0-9.]+)([a-z]+)", words).groups()
                mine, same = re.fullmatch(r"(-?[0-9.]+)([a-z]+)", value.printed).groups()
                # aapt prints the 24 bits of a negative number without their sign.
                assert (unit, round(float(number), 2)) == (same, round(float(mine) % (1 << 24), 2))
    assert kinds >= {"color", "reference", "string8", "dimension"}


def test_the_largest_table_there_is():
    path = FRAMEWORK
    if not path.exists():
        pytest.skip("android-framework-res is not installed")
    start = time.process_time()
    found = arsc.Resources(Archive(path.read_bytes()).read("resources.arsc"))
    assert found.text(0x01040000, ("zh",)) == "取消"
    assert found.name(0x01010003) == "attr/name"
    assert len(found.configs()) > 1000
    assert time.process_time() - start < 10


def test_of_two_values_for_one_configuration_the_first_counts():
    entries = lambda index: {0: plain(0, 3, index)}  # noqa: E731
    data = table(type_(1, entries(1)), type_(1, entries(0)))
    first = arsc.Resources(data)
    assert first.text(0x7F010000) == first.pool[1]
    assert arsc.Resources(table(type_(1, entries(0)), type_(1, entries(1)))).text(0x7F010000) == first.pool[0]
