"""Binary XML with the tricks that make other readers see nothing, or something else."""

from __future__ import annotations

import struct

import pytest

from dunproof.errors import ExhibitError
from dunproof.read.formats import axml

NS = "http://schemas.android.com/apk/res/android"
NAME = 0x01010003
NONE = 0xFFFFFFFF
TEXTS = ["name", NS, "manifest", "uses-permission", "package", "cn.example", "android.permission.READ_SMS", "decoy", ""]


def pool(texts=TEXTS, *, utf8=False, count=None, styles=0):
    blob, offsets = b"", []
    for text in texts:
        offsets.append(len(blob))
        raw = text.encode("utf-8" if utf8 else "utf-16-le")
        head = bytes([len(text), len(raw)]) if utf8 else struct.pack("<H", len(text))
        blob += head + raw + b"\0\0"
    blob += b"\0" * (-len(blob) % 4)
    start = 28 + 4 * len(texts)
    head = struct.pack(
        "<HHIIIIII", 1, 28, start + len(blob), count or len(texts), styles, 0x100 if utf8 else 0, start, 0
    )
    return head + struct.pack(f"<{len(offsets)}I", *offsets) + blob


def ids(*values):
    return struct.pack(f"<HHI{len(values)}I", 0x0180, 8, 8 + 4 * len(values), *values)


def attribute(ns, name, text, pad=b""):
    return struct.pack("<IIIHBBI", ns, name, text, 8, 0, 3, text) + pad


def start(tag, *rows, size=20):
    body = struct.pack("<IIHHHHHH", NONE, tag, 20, size, len(rows), 0, 0, 0) + b"".join(rows)
    return struct.pack("<HHIII", 0x0102, 16, 16 + len(body), 1, NONE) + body


def whole(*chunks, kind=3, extra=0):
    body = b"".join(chunks)
    return struct.pack("<HHI", kind, 8, 8 + len(body) + extra) + body


ROOT = start(2, attribute(NONE, 4, 5))
REQUEST = start(3, attribute(1, 0, 6))
UNKNOWN = struct.pack("<HHI", 0x7777, 8, 16) + bytes(8)


def requests(data):
    document = axml.parse(data)
    names = [e.get("name") for e in document.elements if e.name == "uses-permission"]
    return [a.text for a in names if a], {flaw.code for flaw in document.flaws}


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (whole(pool(), ids(NAME), ROOT, REQUEST), None),
        (whole(pool(utf8=True), ids(NAME), ROOT, REQUEST), None),
        (whole(pool(), ids(NAME), ROOT, REQUEST, kind=0), "axml-type"),
        (whole(pool(count=len(TEXTS) + 7), ids(NAME), ROOT, REQUEST), "axml-string-count"),
        (whole(pool(styles=9), ids(NAME), ROOT, REQUEST), "axml-style-count"),
        (whole(pool(), ids(NAME), ROOT, REQUEST, extra=5000), "axml-size"),
        (whole(UNKNOWN, pool(), ids(NAME), ROOT, REQUEST), "axml-unknown-chunk"),
        (whole(pool(), ids(NAME), UNKNOWN, ROOT, REQUEST), "axml-unknown-chunk"),
        (whole(pool(["", *TEXTS[1:]]), ids(NAME), ROOT, REQUEST), None),
        (whole(pool(["xame", *TEXTS[1:]]), ids(NAME), ROOT, REQUEST), None),
        (whole(pool(), ids(NAME), ROOT, start(3, attribute(1, 0, 6, bytes(4)), size=24)), "axml-attribute-size"),
        (whole(pool(), ids(NAME), ROOT, REQUEST, struct.pack("<HHI", 0x0102, 16, 0)), "axml-chunk-size"),
        (whole(pool(), ROOT, REQUEST), None),
    ],
)
def test_one_permission_is_read_whatever_is_around_it(data, flaw):
    names, flaws = requests(data)
    assert names == ["android.permission.READ_SMS"]
    assert flaws == ({flaw} if flaw else set())


def test_a_decoy_without_namespace_and_id_never_wins():
    texts = [*TEXTS, "name"]
    data = whole(pool(texts), ids(NAME), ROOT, start(3, attribute(NONE, len(TEXTS), 7), attribute(1, 0, 6)))
    assert requests(data)[0] == ["android.permission.READ_SMS"]


def test_describe_prints_attribute_and_tag():
    data = whole(pool(), ids(NAME), ROOT, REQUEST)
    element = axml.parse(data).elements[1]
    assert axml.describe(data, element.attributes[0].offset, 20) == (
        'uses-permission android:name="android.permission.READ_SMS"'
    )
    assert axml.describe(data, element.offset, element.length) == "<uses-permission>"
    with pytest.raises(ExhibitError):
        axml.describe(data, 1, 20)


def test_no_string_pool():
    for data in (b"", b"<?xml version='1.0'?>", whole(ROOT)):
        with pytest.raises(ExhibitError) as error:
            axml.parse(data)
        assert error.value.code == "axml-no-strings"
