from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.language import numbers
from dunproof.language.clauses import clauses, sentences


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三", 3),
        ("十", 10),
        ("十二", 12),
        ("三十五", 35),
        ("一百二", 120),
        ("一百零二", 102),
        ("两千三", 2300),
        ("一千零八", 1008),
        ("两万五", 25000),
        ("一万零五百", 10500),
        ("三亿", 300000000),
        ("二〇二六", 2026),
        ("伍仟", 5000),
        ("三四十", None),
        ("半", None),
        ("", None),
        ("abc", None),
    ],
)
def test_numerals(text, value):
    assert numbers.numeral(text) == value


@given(st.text(st.sampled_from(list("零一二三十百千万亿两0123元.,万wk天¥ 逾期内小时今明前点月日")), max_size=40))
def test_readers_stay_inside(text):
    for reader in (numbers.amounts, numbers.overdue, numbers.deadlines):
        for start, stop, _ in reader(text):
            assert 0 <= start < stop <= len(text)


def test_clock():
    assert numbers.clock("下午6点") == "18:00"
    assert numbers.clock("上午10点") == "10:00"
    assert numbers.clock("十点半") == "10:30"
    assert numbers.clock("现在") == ""


def cut(text, cutter):
    return [text[a:b] for a, b in cutter(text)]


def test_sentences():
    assert cut("一。二！（三；四）五？六\n\n七", sentences) == ["一。", "二！", "（三；四）五？", "六", "七"]
    assert cut("他说“走。”然后1.5倍。", sentences) == ["他说“走。”然后1.5倍。"]
    assert cut("", sentences) == []


def test_clauses():
    assert cut("一，二。三", clauses) == ["一，", "二。", "三"]


@given(st.text(st.sampled_from(list("一二。，！\n（）“” a.;")), max_size=60))
def test_sentences_cover_all_but_blanks(text):
    found = list(sentences(text))
    assert all(a < b for a, b in found)
    assert all(x[1] <= y[0] for x, y in pairwise(found))
    covered = set().union(*(range(a, b) for a, b in found)) if found else set()
    assert all(c.isspace() for i, c in enumerate(text) if i not in covered)
