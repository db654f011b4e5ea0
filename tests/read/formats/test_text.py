from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.read.formats.text import decode

SIMPLE = "您的借款已逾期，请立即还款。本协议由甲方与乙方签订，通讯录。"
FULL = "您的借款已逾期，請立即還款。本協議由甲方與乙方簽訂，通訊錄。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", [SIMPLE, FULL, "<p>" + SIMPLE + "</p>\r\n"])
def test_encodings_are_told_apart(text: str, encoding: str) -> None:
    if encoding == "utf-16-be" and "<" in text:
        text = text.replace("<p>", "<pre>")
    assert decode(text.encode(encoding)).text == text


def test_big5_is_not_taken_for_gb18030() -> None:
    found = decode(FULL.replace("户", "戶").encode("big5hkscs"))
    assert (found.encoding, found.text) == ("big5hkscs", FULL)


def test_a_declared_charset_decides_between_two_that_fit() -> None:
    page = '<meta charset="big5"><p>天</p>'
    assert decode(page.encode("big5")).text == page
    page = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>朱镕基龘</p>'
    assert decode(page.encode("gb18030")).text == page


def test_a_wrong_declaration_is_not_believed() -> None:
    page = f'<meta charset="iso-8859-1"><p>{SIMPLE}</p>'
    assert decode(page.encode("gb18030")).text == page
    page = f'<?xml version="1.0" encoding="UTF-16"?><p>{SIMPLE}</p>'
    assert decode(page.encode()).text == page


def test_damaged_utf8_stays_utf8() -> None:
    data = SIMPLE.encode()
    cut = decode(data[:-1])
    assert (cut.encoding, cut.replaced) == ("utf-8", 1)
    assert cut.text[:-1] == SIMPLE[:-1]
    broken = decode(data[:30] + b"\xff" + data[30:])
    assert (broken.encoding, broken.replaced) == ("utf-8", 1)
    cesu = decode(b'<sms body="a\xed\xa0\xbd\xed\xb8\x80b"/>')
    assert cesu.encoding == "utf-8"


def test_english_typography() -> None:
    text = "“We” won’t – ever…"
    assert decode(text.encode("cp1252")).text == text


def test_nothing_and_junk() -> None:
    assert decode(b"").text == ""
    assert decode(bytes(range(256)) * 3).text


@given(st.binary(max_size=300))
def test_never_raises(data: bytes) -> None:
    assert isinstance(decode(data).text, str)


@given(st.text(max_size=200).filter(lambda t: not t.startswith("\ufeff")))
def test_utf8_with_a_mark_comes_back(text: str) -> None:
    assert decode(text.encode("utf-8-sig", "replace")).text == text.encode("utf-8", "replace").decode()
