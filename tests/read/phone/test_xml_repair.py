"""The repair filter: what it gives is well-formed, keeps lengths where it can, and maps every offset back."""

from __future__ import annotations

import re
from xml.parsers import expat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError
from dunproof.read.formats import xml_repair
from dunproof.read.formats.xml_repair import Repair


def repaired(data, size):
    filter_ = Repair()
    out = b"".join(filter_.feed(data[i : i + size]) for i in range(0, len(data), size))
    return out + filter_.feed(b"", final=True), filter_


def bodies(data):
    """Attribute values and stream offsets of all <s b="…"/> elements."""
    parser = expat.ParserCreate("utf-8")
    seen = []
    parser.StartElementHandler = lambda name, a: seen.append((a["b"], parser.CurrentByteIndex)) if name == "s" else None
    parser.Parse(data, True)
    return seen


REFERENCE_PIECES = (
    "&#10;", "&#13;", "&#9;", "&amp;#55357;", "&amp;", "&#128512;", "&#x1F600;", "还钱", "a", "data=", " data='", "&lt;", "😀",
)  # fmt: skip
SURROGATES = ("&#55357;", "&#56832;", "&#xD83D;", "&#xDE00;", "&#0055357;", "&#65534;")
SHORTER = ("&#0;", "&#1;", "&#x1;", "&#31;")


def reference(pieces):
    """What the pieces mean, worked out without the filter."""
    text = "".join(pieces)
    out = []
    tokens = re.findall(r"&#(?:x[0-9A-Fa-f]+|[0-9]+);|&[a-z]+;|.", text, re.DOTALL)
    codes = []
    for token in tokens:
        if token.startswith("&#x"):
            codes.append(int(token[3:-1], 16))
        elif token.startswith("&#"):
            codes.append(int(token[2:-1]))
        else:
            codes.append({"&amp;": "&", "&lt;": "<"}.get(token, token))
    i = 0
    while i < len(codes):
        code = codes[i]
        if isinstance(code, str):
            out.append(code)
        elif (
            0xD800 <= code < 0xDC00
            and i + 1 < len(codes)
            and isinstance(codes[i + 1], int)
            and 0xDC00 <= codes[i + 1] < 0xE000
        ):
            out.append(chr(0x10000 + ((code - 0xD800) << 10) + codes[i + 1] - 0xDC00))
            i += 1
        elif 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) or (code < 32 and code not in (9, 10, 13)):
            out.append("\ufffd")
        else:
            out.append(chr(code))
        i += 1
    return "".join(out)


def document(values):
    return ("<r>" + "".join(f'<s b="{"".join(v)}"/>\n' for v in values) + "</r>").encode()


@settings(max_examples=300)
@given(st.lists(st.lists(st.sampled_from(REFERENCE_PIECES + SURROGATES), max_size=12), max_size=4), st.integers(1, 64))
def test_surrogates_are_repaired_at_equal_length_for_any_block(values, size):
    data = document(values)
    out, filter_ = repaired(data, size)
    assert len(out) == len(data)
    assert filter_.plain
    seen = bodies(out)
    assert [text for text, _ in seen] == [reference(v) for v in values]
    assert all(data[at : at + 2] == b"<s" for _, at in seen)


@settings(max_examples=300)
@given(
    st.lists(st.lists(st.sampled_from(REFERENCE_PIECES + SURROGATES + SHORTER), max_size=10), max_size=4),
    st.integers(1, 64),
)
def test_every_offset_maps_back(values, size):
    data = document(values)
    out, filter_ = repaired(data, size)
    seen = bodies(out)
    assert [text for text, _ in seen] == [reference(v) for v in values]
    starts = [filter_.original(at) for _, at in seen]
    assert starts == [m.start() for m in re.finditer(rb"<s ", data)]


@settings(max_examples=300)
@given(st.binary(max_size=60), st.integers(1, 24))
def test_any_bytes_become_utf8_without_forbidden_characters(noise, size):
    data = b'<r><s b="' + re.sub(rb'[<&"]', b"", noise) + b'"/><s b="end"/></r>'
    out, filter_ = repaired(data, size)
    seen = bodies(out)
    assert seen[-1][0] == "end"
    assert filter_.original(seen[-1][1]) == data.rindex(b"<s ")
    assert out == repaired(data, len(data))[0]


@given(
    st.text(st.characters(blacklist_characters='<&"', blacklist_categories=("Cs", "Cc"), max_codepoint=0xFFFD)),
    st.integers(1, 64),
)
def test_clean_input_is_untouched(text, size):
    data = f'<r><s b="{text}"/></r>'.encode()
    out, filter_ = repaired(data, size)
    assert out == data
    assert filter_.places == []


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_cesu8_and_lone_halves(size):
    pair, half = b"\xed\xa0\xbd\xed\xb8\x80", b"\xed\xa0\xbd"
    data = b'<r><s b="a' + pair + b'b"/><s b="' + half + half + b'x"/></r>'
    out, filter_ = repaired(data, size)
    assert [t for t, _ in bodies(out)] == ["a😀b", "\ufffd\ufffdx"]
    assert filter_.kinds == {"cesu-8": 1, "lone-surrogate": 2}
    assert filter_.original(bodies(out)[1][1]) == data.rindex(b"<s ")


@pytest.mark.parametrize("size", [1, 50, 4096, 5000, 1 << 20])
def test_long_data_is_cut_out_and_offsets_stay(size):
    picture = b"iVBORw0KGgo" * 1000
    data = b'<r><p data="' + picture + b'" ct="x"/><s b="after"/><p data=\'QUJD\'/><s b="end"/></r>'
    out, filter_ = repaired(data, size)
    assert picture not in out
    assert b'data="" ct="x"' in out
    assert b"data='QUJD'" in out
    assert filter_.cut == 1
    assert [filter_.original(at) for _, at in bodies(out)] == [m.start() for m in re.finditer(rb"<s ", data)]


def test_a_long_text_named_data_is_kept():
    words = "还钱 " * 4000
    data = f'<r><s data="{words}" b=""/></r>'.encode()
    assert repaired(data, 1000)[0] == data


def test_data_without_end_gives_the_tags_behind_back():
    data = b'<r><p data="' + b"A" * 10_000 + b'<s b="x"/></r>'
    out, _ = repaired(data, 777)
    assert out.endswith(b'<s b="x"/></r>')


def test_repairs_are_capped(monkeypatch):
    monkeypatch.setattr(xml_repair, "MOST_REPAIRS", 10)
    with pytest.raises(ExhibitError, match="more than 10 places") as caught:
        repaired(b"\x00" * 20, 20)
    assert caught.value.code == "too-many-repairs"
    assert caught.value.loc == "byte=0xa,1"
