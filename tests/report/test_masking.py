"""People's numbers and names do not show; ports, days and places do."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.facts.casefile import CaseFile
from dunproof.report.masking import Mask, Names, masked, numbers, visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13800000000", "138****0000"),
        ("请打13800000000。", "请打138****0000。"),
        ("tel:+8613800000000", "tel:+86138****0000"),
        ("+86 138 0000 0000", "+86 138 **** 0000"),
        ("008613800000000", "0086138****0000"),
        ("138-0000-0000", "138-****-0000"),
        ("１３８００００００００", "１３８****００００"),
        ("1 3 8 0 0 0 0 0 0 0 0", "1 3 8 * * * * 0 0 0 0"),
        ("138\u200b0000\u200b0000", "138\u200b****\u200b0000"),
        ("一三八零零零零零零零零", "一三八****零零零零"),
        ("0755-00001234", "0755-****1234"),
        ("010-00001234", "010-****1234"),
        ("(020)00001234", "(020)****1234"),
        ("110101199001010000", "11**************00"),
        ("11010119900101000X", "11**************0X"),
        ("110101 19900101 0000", "11**** ******** **00"),
        ("6222000011112222", "6222********2222"),
        ("6222 0000 1111 2222 333", "6222 **** **** ***2 333"),
        ("someone@example.com", "s******@example.com"),
        ("+44 7700 900123", "+44 7*** ***123"),
        ("QQ 123456789", "QQ 123****89"),
    ],
)
def test_numbers_of_people_are_masked(text: str, expected: str) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1069000012345",
        "10690000123456789012",
        "95588",
        "4000000000",
        "2026-03-01 21:40:00",
        "20260301",
        "202603012140",
        "2026-01-13 2026-01-14",
        "¥12,800.50",
        "202400",
        "第 184 条",
        "1.2.3.4",
        "insn=classes2.dex@0x1a2b4",
    ],
)
def test_ports_days_and_sums_stay(text: str) -> None:
    assert numbers(text) == text


@given(st.text(alphabet=st.sampled_from("0123456789 +-@.axX一二林\u202e\u200b"), max_size=60))
def test_masking_keeps_the_length(text: str) -> None:
    mask = Mask(["林晓"], show=False)
    assert len(mask.hidden(text)) == len(text)


@given(
    st.integers(0, 9_999_999_999), st.text(alphabet="abc 的，", max_size=5), st.text(alphabet="abc 的，", max_size=5)
)
def test_no_mobile_gets_through(n: int, before: str, after: str) -> None:
    number = f"1{3 + n % 7}{n % 10**9:09d}"
    assert number not in numbers(before + number + after)


def test_names_are_masked_longest_first_and_through_blanks() -> None:
    names = Names(["林曉彤", "林曉", "Ann Example"])
    assert names("林曉彤、林 曉 彤、林曉") == "林**、林 * *、林*"
    assert names("ann example met Annabel") == "a** e****** met Annabel"


def test_a_number_across_the_cut_is_masked() -> None:
    mask = Mask([], show=False)
    assert mask.cut("回电 1380", "0000000", " 谢谢") == ("回电 138*", "***0000", " 谢谢")
    assert mask.cut("00001234 还款", "不还", "就联系 1380000") == ("******** 还款", "不还", "就联系 *******")
    assert mask.cut("2026-03-01 ", "不还", "") == ("2026-03-01 ", "不还", "")


def test_control_characters_are_written_out_even_when_numbers_show() -> None:
    mask = Mask([], show=True)
    assert mask("a\u202eb\x1b[31m\x85\ud800c\n") == "a[U+202E]b[U+001B][31m[U+0085][U+D800]c\n"
    assert visible("شكرا 👨‍👩‍👧") == "شكرا 👨‍👩‍👧"


def test_the_whole_case_is_masked_but_ids_and_law_are_not(sample) -> None:
    case = sample.case()
    hidden = msgspec.json.encode(masked(case)).decode()
    for secret in (
        sample.MOBILE,
        sample.SPACED,
        sample.LANDLINE,
        sample.IDENTITY,
        sample.CARD,
        sample.MAIL,
        sample.BYSTANDER,
        sample.BYSTANDER_LATIN,
        sample.OVERRIDE,
    ):
        assert secret not in hidden
    for kept in (sample.PORT, sample.APK, sample.EXHIBITS[0].sha256, "2026-03-03", "insn=classes2.dex@0x1a2b4"):
        assert kept in hidden
    assert masked(case).clauses == case.clauses
    assert masked(case).rules == case.rules


def test_numbers_show_when_asked(sample) -> None:
    shown = msgspec.json.encode(masked(sample.case(), show_numbers=True)).decode()
    assert sample.MOBILE in shown
    assert sample.BYSTANDER in shown
    assert sample.OVERRIDE not in shown


def test_masked_is_a_case(sample) -> None:
    again = masked(masked(sample.case()))
    assert isinstance(again, CaseFile)
    assert len(again.verdicts) == len(sample.case().verdicts)


@pytest.mark.parametrize("unit", ["1 ", "-", "1-", "a@", "x.", "一 ", "(0", "+1 ", "1\u200b", " ", "1-----"])
def test_hostile_text_costs_no_more_than_its_length(unit: str) -> None:
    mask = Mask(["林曉彤"], show=False)
    text = unit * (100_000 // len(unit))
    start = time.process_time()
    mask.cut(text, text[:100], text)
    assert time.process_time() - start < 5
