"""Locators: printed and parsed they stay what they are, they have one order, and what is none says why."""

from __future__ import annotations

import functools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import LocatorError
from dunproof.facts import locator as lo
from dunproof.facts.locator import Locator, char, parse

NUMBER = st.integers(0, 10**17)
ODD = st.sampled_from(
    [
        "&",
        "#",
        "%",
        "!",
        "/",
        "!/",
        "=",
        ":",
        "@0x1",
        "%2",
        "%41",
        "\x00",
        "\n",
        "\x85",
        "\u2028",
        "通讯录",
        "a b",
        "0123456789abcdef",
    ]
)
NAME = st.lists(st.one_of(ODD, st.text(min_size=1, max_size=6)), min_size=1, max_size=5).map("".join)


def span(kind):
    return st.tuples(NUMBER, NUMBER).map(lambda x: kind(min(x), max(x)))


CHAR, BOX, PAGE = (
    span(lo.Char),
    st.builds(lo.Box, NUMBER, NUMBER, NUMBER, NUMBER),
    st.builds(lo.Page, st.integers(1, 10**6)),
)
RECORD, ROWID = st.builds(lo.Record, NAME, NUMBER), st.builds(lo.RowId, NAME, st.integers(-(10**17), 10**17))
POINTER = st.builds(lo.Pointer, st.one_of(st.just(""), NAME.map(lambda n: "/" + n)))
CELL = st.builds(lo.Cell, st.one_of(st.just(""), NAME), st.from_regex(r"[A-Z]{1,3}[1-9][0-9]{0,5}", fullmatch=True))
PLACE = st.one_of(
    CHAR, span(lo.Line), st.builds(lo.TableRow, st.integers(1, 10**6)), PAGE, BOX, span(lo.Time), POINTER,
    st.builds(lo.Byte, NUMBER, NUMBER), st.builds(lo.Insn, NAME, NUMBER), RECORD, ROWID, CELL,
)  # fmt: skip
PLACES = st.one_of(
    st.just(()),
    PLACE.map(lambda p: (p,)),
    st.tuples(PAGE, st.one_of(CHAR, BOX)),
    st.tuples(st.one_of(RECORD, POINTER, CELL, ROWID), CHAR),
)
LOCATOR = st.builds(
    Locator,
    st.one_of(st.just(""), st.from_regex(r"[0-9a-f]{16}", fullmatch=True)),
    st.lists(NAME, max_size=3).map(tuple),
    PLACES,
)


@settings(max_examples=1500, deadline=None)
@given(LOCATOR)
def test_parsing_what_was_printed_gives_the_same(locator):
    text = str(locator)
    assert parse(text) == locator
    assert str(parse(text)) == text
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", text), "a locator stays on its line"


@settings(max_examples=500, deadline=None)
@given(LOCATOR, LOCATOR, LOCATOR)
def test_the_order_is_total_and_agrees_with_equality(a, b, c):
    assert (a < b) + (b < a) + (a == b) == 1
    assert (a <= b) == (not b < a)
    if a < b and b < c:
        assert a < c
    if a == b:
        assert hash(a) == hash(b)
    assert (
        sorted([a, b, c])
        == sorted([c, b, a])
        == sorted([b, c, a], key=functools.cmp_to_key(lambda x, y: (x > y) - (x < y)))
    )


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="char=,0123456789!/#&%pagexyw:ins@rowid", max_size=40)))
def test_any_text_is_a_locator_or_a_locator_error(text):
    try:
        found = parse(text)
    except LocatorError as error:
        assert error.hint
    else:
        assert parse(str(found)) == found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Locator()),
        ("char=120,145", Locator(places=(lo.Char(120, 145),))),
        ("char=0,0", Locator(places=(lo.Char(0, 0),))),
        ("line=12", Locator(places=(lo.Line(12, 13),))),
        ("line=12,15", Locator(places=(lo.Line(12, 15),))),
        ("row=17", Locator(places=(lo.TableRow(17),))),
        ("page=3&char=10,25", Locator(places=(lo.Page(3), lo.Char(10, 25)))),
        ("page=3&xywh=pixel:10,20,300,40", Locator(places=(lo.Page(3), lo.Box(10, 20, 300, 40)))),
        ("t=12.5,14", Locator(places=(lo.Time(12500, 14000),))),
        ("pointer=/smses/3/body", Locator(places=(lo.Pointer("/smses/3/body"),))),
        ("byte=0x1a2b,12", Locator(places=(lo.Byte(0x1A2B, 12),))),
        ("insn=classes2.dex@0x1a2b4", Locator(places=(lo.Insn("classes2.dex", 0x1A2B4),))),
        ("record=sms:184&char=3,9", Locator(places=(lo.Record("sms", 184), lo.Char(3, 9)))),
        ("rowid=messages:-2", Locator(places=(lo.RowId("messages", -2),))),
        ("cell=Sheet1!B17", Locator(places=(lo.Cell("Sheet1", "B17"),))),
        ("!/assets/a.html#char=1,2", Locator("", ("assets/a.html",), (lo.Char(1, 2),))),
        ("9f2c0123abcd4567", Locator("9f2c0123abcd4567")),
        ("9f2c0123abcd4567!/a.zip!/b%26c#row=2", Locator("9f2c0123abcd4567", ("a.zip", "b&c"), (lo.TableRow(2),))),
        ("cell=a%21/b!B2", Locator(places=(lo.Cell("a!/b", "B2"),))),
    ],
)
def test_forms(text, wanted):
    assert parse(text) == wanted
    assert str(wanted) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("char", "no place"),
        ("chars=1,2", "no kind of place"),
        ("char=1", "malformed"),
        ("char=2,1", "ends before it starts"),
        ("char=-1,2", "malformed"),
        ("char=01,2", "malformed"),
        ("char=1,2 ", "malformed"),
        ("char=１,２", "malformed"),
        ("char=1," + "9" * 5000, "malformed"),
        ("row=0", "malformed"),
        ("row=" + "9" * 5000, "malformed"),
        ("byte=0x" + "f" * 5000 + ",1", "malformed"),
        ("t=2,1", "ends before it starts"),
        ("t=1.2345,2", "malformed"),
        ("pointer=a", "no JSON Pointer"),
        ("insn=@0x1", "malformed"),
        ("record=%ff:1", "no UTF-8"),
        ("pointer=/%80", "no UTF-8"),
        ("char=1,2&char=3,4", "do not combine"),
        ("char=1,2&page=3", "do not combine"),
        ("page=1&char=1,2&char=3,4", "do not combine"),
        ("9F2C0123ABCD4567!/a", "no exhibit id"),
        ("short#char=1,2", "no exhibit id"),
        ("9f2c0123abcd4567!/#char=1,2", "empty member"),
        ("!/a!/!/b", "empty member"),
    ],
)
def test_what_is_none_says_what_is_wrong(text, message):
    with pytest.raises(LocatorError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.hint


def test_order_puts_what_stands_first_first():
    texts = ["", "char=2,3", "char=10,11", "page=2", "page=2&char=1,2", "page=10", "!/a#char=1,2", "!/b", "0" * 16]
    assert [str(x) for x in sorted(map(parse, reversed(texts)))] == texts
    with pytest.raises(TypeError):
        _ = parse("char=1,2") < "char=1,2"


def test_inside_and_char():
    assert str(parse("char=1,2").inside("0" * 16)) == "0000000000000000#char=1,2"
    assert char(1, 2) == "char=1,2"
