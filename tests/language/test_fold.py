from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.language.fold import fold, is_monotone, key
from dunproof.language.match import Matcher

CHARS = st.sampled_from(
    list(
        "通讯录通訊錄贷款貸款 \t\n\r.*-~·，。、①㎡ﷺ⼾⺠⺟ＡbＣ９\u200b\u200d\ufe0f\u00ad\u202e戶用你家人薴線上娛樂城註冊İẞ️👨‍👩‍👧é"
    )
)
TEXTS = st.one_of(st.text(max_size=60), st.text(CHARS, max_size=60))
OPTIONS = st.fixed_dictionaries({o: st.booleans() for o in ("tight", "fillers", "lower", "despam")})


@given(TEXTS, OPTIONS)
def test_map_is_monotone_and_inside(text, options):
    folded = fold(text, **options)
    assert is_monotone(folded)
    if folded.origin is None:
        assert len(folded.text) == len(text)
    else:
        assert len(folded.origin) == len(folded.text)
        assert all(0 <= o < len(text) for o in folded.origin)


@given(TEXTS, OPTIONS)
def test_folding_twice_changes_nothing(text, options):
    once = fold(text, **options).text
    # cutting advertisement may bring two halves of another one together: that is not undone
    if not options["despam"]:
        assert fold(once, **options).text == once


@given(TEXTS, OPTIONS, st.data())
def test_span_of_the_original_folds_to_what_holds_the_part(text, options, data):
    folded = fold(text, **options)
    start = data.draw(st.integers(0, len(folded.text)))
    stop = data.draw(st.integers(start, len(folded.text)))
    a, b = folded.span(start, stop)
    assert 0 <= a <= b <= len(text)
    assert folded.text[start:stop] in fold(text[a:b], **options).text


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_ascii_changes_only_its_case(text):
    assert fold(text).text == text.lower()
    assert fold(text).origin is None


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("⼾籍", "户籍"),
        ("用戶", "用户"),
        ("⺠法典", "民法典"),
        ("⻚⾯", "页面"),
        ("ＡＢｃ１２，（）", "abc12,()"),
        ("通\u200b讯\u00ad录\ufeff", "通讯录"),
        ("瞭解憑藉", "了解凭借"),
        ("①…㎡", "1...m2"),
        ("\u3000", " "),
    ],
)
def test_one_spelling(text, folded):
    assert fold(text).text == folded


def test_tight_keeps_blank_lines_and_cells():
    text = "您的 通\n讯 录\n\n下段\t单 元 a b\r\n人"
    assert fold(text, tight=True).text == "您的通讯录\n\n下段\t单元 a b\r\n人"
    assert fold("通\r\n讯录", tight=True).text == "通讯录"


def test_fillers_are_two_signs_at_most():
    assert fold("催 收、催*-收、起...诉、家\t人", fillers=True).text == "催收、催收、起...诉、家\t人"


def test_advertisement_inside_a_sentence_is_cut():
    text = "读取您的手機娛樂城 線上註冊通讯录，娛樂城很好"
    assert fold(text, despam=True).text == "读取您的手机通讯录,娱乐城很好"
    hit = Matcher(["手机通讯录"]).find(text, views=("plain", "despam"))
    assert [(h.start, h.stop, h.view, h.guessed) for h in hit] == [(4, 17, "despam", True)]
    assert text[4:17] == "手機娛樂城 線上註冊通讯录"


def test_half_a_surrogate_survives():
    assert fold("\ud83d家").text == "\ud83d家"


def test_span_outside_is_an_error():
    with pytest.raises(IndexError, match="3 characters"):
        fold("通讯录").span(0, 4)


def test_key():
    assert key(" 臺灣Ａ\u200b公司 ") == "台湾a公司"


def test_leftmost_longest_over_views():
    hits = Matcher(["通讯录", "通讯", "imei", "sim卡"]).find(
        "通 讯 录、通讯地址、imeis IMEI，SIM卡", views=("plain", "tight")
    )
    assert [(h.start, h.stop, h.pattern, h.view) for h in hits] == [
        (0, 5, 0, "tight"),
        (6, 8, 1, "plain"),
        (17, 21, 2, "plain"),
        (22, 26, 3, "plain"),
    ]


def test_patterns_of_one_form_hit_together():
    assert [h.pattern for h in Matcher(["貸款", "贷款"]).find("贷款")] == [0, 1]


def test_empty_pattern_is_an_error():
    with pytest.raises(ValueError, match="pattern 1"):
        Matcher(["a", "\u200b"])


@given(TEXTS, st.lists(st.sampled_from(["通讯录", "通訊", "家人", "贷款", "a", "用户", "m2"]), min_size=1, max_size=4))
def test_every_hit_folds_back_to_its_pattern(text, patterns):
    for hit in Matcher(patterns).find(text, views=("plain", "tight", "fillers")):
        inside = fold(text[hit.start : hit.stop], tight=True, fillers=True).text
        assert fold(patterns[hit.pattern]).text in inside
