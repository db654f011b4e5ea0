"""PDF: words by page, and the map from a place in all words to places on pages."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError
from dunproof.facts.locator import Char, Page
from dunproof.read.formats.pdf import Pages, read_pages


def test_words_stand_on_their_pages(pdf):
    pages = read_pages(pdf(["隐私政策", "我们收集您的通讯录。"], [], ["abc"]))
    assert pages.texts == ["隐私政策\n我们收集您的通讯录。", "", "abc"]
    assert (pages.count, pages.cut, pages.blank) == (3, False, [2])


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(500), b"<html>"])
def test_what_is_no_pdf_is_said_to_be_broken(data):
    with pytest.raises(ExhibitError) as caught:
        read_pages(data)
    assert caught.value.code == "pdf-broken"
    assert caught.value.hint


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_that_were_changed_give_pages_or_an_error(pdf, data):
    whole = bytearray(pdf(["我们收集您的通讯录。"], ["第二页"]))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_pages(bytes(whole))
    except ExhibitError as error:
        assert error.hint


@settings(deadline=None)
@given(st.lists(st.text(alphabet="字a。\n", max_size=9), min_size=1, max_size=5), st.data())
def test_places_on_pages_hold_the_words_of_the_span(texts, data):
    pages = Pages(texts, len(texts), cut=False)
    start = data.draw(st.integers(0, len(pages.text)))
    stop = data.draw(st.integers(start, len(pages.text)))
    words = []
    for place in pages.places(start, stop):
        page, char = place.places
        assert isinstance(page, Page)
        assert isinstance(char, Char)
        assert char.stop <= len(texts[page.page - 1])
        words.append(texts[page.page - 1][char.start : char.stop])
    spanned = pages.text[start:stop]
    assert "".join(words).replace("\n", "") == spanned.replace("\n", "")
