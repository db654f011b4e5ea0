"""HTML and Markdown as words with exact places."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.read.formats.html import BLANK, read_page, tokens, visible
from dunproof.read.formats.page import CELL_CAP, grid

PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<td>", "<table>", "</table>", "<tr>", "<!--", "-->", "<!", "<?php", "?>", "<%=", "%>", "{{ a }}", "${b}",
        "<a href='", "'>", '"', "=", "<span style='display:none'>", "</span>", "<br>", "<script>", "</script>", "<title>",
        "</title>", "&nbsp;", "&ltx", "&#12288;", "&#x4e2d", "&bogus;", "&", "<", ">", " ", "\n", "\r\n", "通讯录", "姓名、", "x",
        "<td rowspan=3 colspan='2'>", "<li>", "</div>", "<textarea>", "</textarea>", "<pre>", "</pre>", "**", "# ", "|", "---|",
    ]
)  # fmt: skip
HTMLISH = st.lists(PIECES, max_size=60).map("".join)


@given(HTMLISH | st.text(max_size=80))
def test_tokens_joined_are_the_file(text):
    assert "".join(text[t.start : t.stop] for t in tokens(text)) == text
    assert all(t.stop > t.start for t in tokens(text))


@settings(max_examples=300)
@given(HTMLISH, st.sampled_from(["html", "text"]))
def test_every_visible_character_has_its_place(text, markup):
    page = read_page(text, markup)
    last = 0
    for i, c in enumerate(page.text):
        a, b = page.span(i, i + 1)
        assert last <= a <= b <= len(text)
        last = a
        if c not in " \n\t" and b - a == 1:
            assert text[a:b] == c
    for block in page.blocks:
        a, b = page.span(block.start, block.stop)
        if page.markup == "html":
            assert page.words(a, b).split() == page.text[block.start : block.stop].split()


@given(HTMLISH, st.integers(0, 400), st.integers(0, 400))
def test_words_of_any_span_do_not_fail(text, a, b):
    page = read_page(text)
    assert isinstance(page.words(min(a, b), max(a, b)), str)


def test_visible_drops_tags_and_decodes_entities():
    source = "<p>您的<b>通讯</b><span>录</span>&nbsp;&ldquo;全部&rdquo;</p>"
    assert visible(source, 0, len(source)) == "您的通讯录\xa0“全部”"
    start = source.index("通讯")
    assert visible(source, start, source.index("</span>")) == "通讯录"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>a&ltx</p>", "a<x"),
        ("&#20013;&#x56fd;", "中国"),
        ("&amp;lt;", "&lt;"),
        ("&bogus;&", "&bogus;&"),
        ("a < b", "a < b"),
        ("<p>一</p><script>var a='<p>x</p>'</script><p>二", "一\n二"),
        ("<a title='>'>三</a>", "三"),
        ("<input value='<?php echo \"x>y\" ?>'>四", "四"),
        ("<!-- <p>五</p> -->六", "六"),
        ("<!--七", ""),
        ("甲方：<?php echo $a > 1 ?>签字", f"甲方：{BLANK}签字"),
        ("甲方：{{ name }}（${x}）", f"甲方：{BLANK}（{BLANK}）"),
        ("<?php if ($a): ?>八", "八"),
        ("通讯<wbr>录", "通讯录"),
        ("一  \n 二", "一 二"),
        ("<pre>一\n二</pre>", "一\n二"),
        ("<textarea><b>九</b></textarea>", "<b>九</b>"),
    ],
)
def test_what_a_reader_sees(source, words):
    assert visible(source, 0, len(source)) == words


def test_title_is_a_block_of_its_own():
    page = read_page("<html><head><title>借款协议</title></head><body><h1>协议</h1><p>正文")
    assert [(b.kind, page.text[b.start : b.stop]) for b in page.blocks] == [
        ("title", "借款协议"),
        ("heading", "协议"),
        ("paragraph", "正文"),
    ]


@pytest.mark.parametrize(
    "mark", ["hidden", "style='color:red;display: none'", 'aria-hidden="true"', "style=visibility:hidden"]
)
def test_hidden_words_are_kept_and_marked(mark):
    page = read_page(f"<p>一</p><p {mark}>二</p><p>三</p>")
    hidden = ["".join(page.text[a:b].split()) for a, b in page.hidden]
    assert hidden == ["二"]
    assert page.is_hidden(page.text.index("二"), page.text.index("二") + 1)
    assert not page.is_hidden(page.text.index("三"), page.text.index("三") + 1)


def words_of(page, table):
    return [
        [None if i is None else page.text[table.cells[i].start : table.cells[i].stop].strip() for i in row]
        for row in grid(table).rows
    ]


def test_grid_fills_rowspans_and_colspans():
    page = read_page(
        "<table><tr><th rowspan=2>甲<th colspan=2>乙<tr><td>丙<td>丁<tr><td>戊<td colspan=0>己<td>庚</table>"
    )
    assert words_of(page, page.tables[0]) == [["甲", "乙", "乙"], ["甲", "丙", "丁"], ["戊", "己", "庚"]]


def test_cells_without_end_tags_and_nested_tables():
    page = read_page("<table><tr><td>一<table><tr><td>内</table><td>二<tr><td>三</table>")
    outer, inner = page.tables
    assert outer.nested
    assert not inner.nested
    assert words_of(page, inner) == [["内"]]
    assert [r[-1] for r in words_of(page, outer)] == ["二", "三"]


def test_rowspan_of_a_million_cells_is_cut():
    page = read_page("<table>" + "<tr><td rowspan=1000000 colspan=1000>x" * 300 + "</table>")
    found = grid(page.tables[0])
    assert found.cut
    assert sum(len(r) for r in found.rows) < 10 * CELL_CAP


def test_lines_of_text_are_blocks_and_markdown_marks_are_no_words():
    page = read_page("# 清单\n\n**一、**我们\n<b>二</b> <用户> a&b\n", "text")
    assert [page.text[b.start : b.stop] for b in page.blocks] == ["清单", "一、我们", "二 <用户> a&b"]
    a, b = page.span(page.text.index("我们"), page.text.index("我们") + 2)
    assert page.source[a:b] == "我们"


def test_markdown_with_a_table_in_html_keeps_its_lines():
    page = read_page("#### 目录\n一、甲\n二、乙\n<table><tr><td>丙\n丁</td></tr></table>", "html")
    assert page.markup == "markdown"
    assert [page.text[b.start : b.stop] for b in page.blocks][:3] == ["目录", "一、甲", "二、乙"]


@pytest.mark.parametrize(
    "source",
    [
        "通讯录" * 300_000, "<" * 900_000, "<!--" * 200_000, "<b>" * 200_000, '<a b="' * 150_000, "<a " * 300_000,
        "{{" * 450_000, "<?php" * 180_000, '<a b="' + "<?x?>" * 150_000 + '">', "<table><tr><td>" * 10_000, "<div>" * 100_000,
        "<li><p>" * 40_000, "<div>" * 5_000 + "</b></p></td>" * 40_000, "&am" * 150_000, "&nbsp" * 100_000, "<title>" * 120_000,
        "<p><td>" * 40_000, "<table>" * 20_000 + "<tr><td>x" * 1_000, "<span>" * 30_000 + "<p>x</p></b>" * 30_000,
    ],
    ids=lambda s: s[:12],
)  # fmt: skip
def test_hostile_markup_takes_linear_time(source):
    before = time.process_time()
    page = read_page(source)
    assert time.process_time() - before < 8
    assert len(page.text) <= len(source) + len(page.blocks)
    read_page.cache_clear()
