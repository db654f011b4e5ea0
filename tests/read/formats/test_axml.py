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
        (whole(pool(), ROOT, REQUEST), "axml-attribute-no-id"),
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


# --- as the platform reads ------------------------------------------------------------------------------------------

SMS = "android.permission.READ_SMS"


def raw_pool(blobs, offsets=None, *, utf8=False, start=None, extra=b""):
    """A pool of strings as they stand, with their lengths; offsets and the start of the strings may be set."""
    places, blob = [], b""
    for raw in blobs:
        places.append(len(blob))
        blob += raw
    blob += extra
    blob += b"\0" * (-len(blob) % 4)
    places = offsets(places) if offsets else places
    first = 28 + 4 * len(blobs)
    said = first if start is None else start
    places = [p + first - said for p in places]
    head = struct.pack("<HHIIIIII", 1, 28, first + len(blob), len(blobs), 0, 0x100 if utf8 else 0, said, 0)
    return head + struct.pack(f"<{len(places)}I", *places) + blob


def utf16(text):
    return struct.pack("<H", len(text)) + text.encode("utf-16-le") + b"\0\0"


def utf8(text, size=None, tail=b""):
    raw = text.encode()
    return bytes([len(text), len(raw) if size is None else size]) + raw + b"\0" + tail


def test_offsets_of_wide_strings_count_in_whole_units():
    odd = raw_pool([utf16(t) for t in TEXTS], lambda places: [p | 1 for p in places])
    assert requests(whole(odd, ids(NAME), ROOT, REQUEST)) == ([SMS], {"axml-string"})


@pytest.mark.parametrize("lie", [len(SMS) + 5, len(SMS) - 4])
def test_a_string_ends_where_it_ends_whatever_its_length_says(lie):
    rows = [utf8(t) for t in TEXTS]
    rows[6] = utf8(SMS, lie, b"more\0")
    data = whole(raw_pool(rows, utf8=True), ids(NAME), ROOT, REQUEST)
    assert requests(data) == ([SMS], {"axml-string"})


def test_a_wide_string_that_does_not_end_is_told():
    rows = [utf16(t) for t in TEXTS]
    rows[6] = struct.pack("<H", 10) + rows[6][2:]
    assert requests(whole(raw_pool(rows), ids(NAME), ROOT, REQUEST))[1] == {"axml-string"}


def test_long_strings_are_right():
    for text in ("x" * 127, "x" * 128, "x" * 40_000, "中" * 20_000):
        wide, raw = text.encode("utf-16-le"), text.encode()
        long = struct.pack("<HH", 0x8000 | len(text) >> 16, len(text) & 0xFFFF)
        rows = [(struct.pack("<H", len(text)) if len(text) < 0x8000 else long) + wide + b"\0\0"]
        if len(raw) < 0x8000:
            sizes = b"".join(
                bytes([n]) if n < 0x80 else bytes([0x80 | n >> 8, n & 0xFF]) for n in (len(text), len(raw))
            )
            assert_text(raw_pool([sizes + raw + b"\0"], utf8=True), text)
        assert_text(raw_pool(rows), text)


def assert_text(pool, text):
    from dunproof.read.formats.respool import Pool

    said = []
    assert Pool(pool, 0, len(pool), lambda *row: said.append(row))[0] == text
    assert said == []


def test_strings_may_stand_over_their_offsets():
    data = whole(raw_pool([utf16(t) for t in TEXTS], start=28), ids(NAME), ROOT, REQUEST)
    assert requests(data) == ([SMS], {"axml-string-count"})


def test_the_last_pool_before_the_first_tag_counts():
    decoy = pool([t.replace("READ", "XEAD") for t in TEXTS])
    assert requests(whole(decoy, pool(), ids(NAME), ROOT, REQUEST)) == ([SMS], {"axml-second-pool"})
    assert requests(whole(pool(), ids(NAME), ROOT, decoy, REQUEST)) == ([SMS], {"axml-second-pool"})


def test_a_table_of_ids_behind_the_first_tag_is_not_read():
    texts = [*TEXTS, "value"]
    rows = [attribute(1, 0, 6), attribute(1, len(TEXTS), 7)]
    other = ids(*[0] * len(TEXTS), NAME)
    data = whole(pool(texts), ids(NAME), ROOT, other, start(3, *rows))
    assert requests(data) == ([SMS], {"axml-second-map", "axml-attribute-no-id"})
    data = whole(pool(texts), ids(*[0] * len(TEXTS), NAME), ids(NAME), ROOT, start(3, *rows))
    assert requests(data)[0] == [SMS]


def test_attributes_are_found_in_the_order_of_their_ids():
    texts = ["name", "maxSdkVersion", *TEXTS]
    limit = struct.pack("<IIIHBBI", 3, 1, NONE, 8, 0, 0x10, 18)
    root = start(4, attribute(NONE, 6, 7))
    known = ids(NAME, 0x01010271)
    ordered = whole(pool(texts), known, root, start(5, attribute(3, 0, 8), limit))
    assert requests(ordered) == ([SMS], set())
    turned = whole(pool(texts), known, root, start(5, limit, attribute(3, 0, 8)))
    assert requests(turned) == ([], {"axml-attribute-order"})


def test_a_name_that_is_no_string_is_none():
    untyped = struct.pack("<IIIHBBI", 1, 0, 6, 8, 0, 0, 0)
    assert requests(whole(pool(), ids(NAME), ROOT, start(3, untyped)))[0] == [None]


def package(*rows, texts=TEXTS, known=(NAME,)):
    document = axml.parse(whole(pool(texts), ids(*known), start(2, *rows), REQUEST))
    found = document.elements[0].plain("package")
    return found.text if found else None, {flaw.code for flaw in document.flaws}


def test_the_package_is_named_outside_all_namespaces():
    assert package(attribute(8, 4, 7), attribute(NONE, 4, 5))[0] == "cn.example"
    assert package(attribute(0x7FFFFFFF, 4, 5), attribute(NONE, 4, 7))[0] == "cn.example"


def test_the_package_is_known_by_its_spelling_alone():
    texts = ["package", *TEXTS[1:], "package"]
    rows = attribute(NONE, 0, 5), attribute(NONE, len(TEXTS), 7)
    assert package(*rows, texts=texts, known=(0x01010001,))[0] == "cn.example"


def test_the_package_is_what_stands_there_before_what_it_was_made_into():
    two = struct.pack("<IIIHBBI", NONE, 4, 5, 8, 0, 3, 7)
    assert package(two) == ("cn.example", {"axml-value-differs"})
    assert package(struct.pack("<IIIHBBI", NONE, 4, NONE, 8, 0, 0x10, 5))[0] == "5"


def test_what_stands_behind_the_size_that_the_file_says_is_not_read():
    both = whole(pool(), ids(NAME), ROOT, REQUEST)
    cut = struct.pack("<HHI", 3, 8, len(both) - len(REQUEST)) + both[8:]
    assert requests(cut) == ([], {"axml-size"})
    # A size inside a chunk: the system refuses the file, and all that is there is read.
    inside = struct.pack("<HHI", 3, 8, len(both) - 4) + both[8:]
    assert requests(inside) == ([SMS], {"axml-size"})


@pytest.mark.parametrize("wide", [True, False])
def test_a_string_outside_the_pool_is_told(wide):
    rows = [utf16(t) if wide else utf8(t) for t in TEXTS]
    far = raw_pool(rows, lambda places: [*places[:6], 0x100000, *places[7:]], utf8=not wide)
    assert requests(whole(far, ids(NAME), ROOT, REQUEST)) == ([""], {"axml-string"})
