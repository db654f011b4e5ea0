"""Classes, keys and areas of shown numbers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.language.phone_numbers import areas, classify, number_key


def shown(text):
    """What the vectors write: class with ;clir, and the canonical form (a count for groups)."""
    found = classify(text)
    class_ = found.number_class + (";clir" if found.caller_id_suppressed else "")
    return class_, f"{len(found.members)} numbers" if found.members else found.canonical


def test_all_vectors(corpora):
    vectors = json.loads((corpora / "phone" / "numbers_cn.json").read_text(encoding="utf-8"))["vectors"]
    assert len(vectors) == 104
    wrong = [
        (v["input"], v["why"], shown(v["input"])) for v in vectors if shown(v["input"]) != (v["expect"], v["canonical"])
    ]
    assert wrong == []


def test_areas(corpora):
    wanted = json.loads((corpora / "phone" / "numbers_cn.json").read_text(encoding="utf-8"))["area_codes"]
    assert areas() == wanted
    assert classify("0755-83000000").area == "广东省深圳市"
    assert classify("+86 571 8700 0000").area == "浙江省杭州市"


SERVICE = (
    "sms_port",
    "cs_95",
    "callcentre_95",
    "public_95",
    "service_",
    "public_12",
    "carrier_",
    "emergency",
    "masked",
    "suspect",
)


@given(st.from_regex(r"(\+|00)?(86)?0?(106|95|96|100|12|11|400)[0-9]{0,18}", fullmatch=True))
def test_no_service_number_becomes_a_subscriber(text):
    found = classify(text)
    if found.number_class.startswith(SERVICE):
        assert not (found.canonical or "").startswith("+")


@given(st.from_regex(r"1[3-9][0-9]{1,2}[*xX]{2,6}[0-9]{2,4}", fullmatch=True))
def test_a_mask_survives(text):
    found = classify(text)
    assert found.masked
    assert found.number_key == text


@given(st.text(max_size=40))
def test_any_text_has_a_class(text):
    found = classify(text)
    assert found.number_class
    assert isinstance(found.number_key, str)
    assert found == classify(text)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_every_spelling_of_a_mobile_has_one_key(number):
    spaced = f"{number[:3]} {number[3:7]}-{number[7:]}"
    forms = (number, "+86" + number, "0086" + number, "86" + number, "0" + number, spaced, f"\u200e{number}\u202c")
    assert {number_key(f) for f in forms} == {number}


@pytest.mark.parametrize(
    ("forms", "key"),
    [
        (("01088880000", "010-88880000", "+86 10 8888 0000", "861088880000", "+86(010)88880000"), "01088880000"),
        (("106900000000", "86106900000000", "+86106900000000", "0086106900000000"), "106900000000"),
        (("4000000000", "+864000000000", "04000000000"), "4000000000"),
        (("+85221234567", "0085221234567"), "+85221234567"),
        (("13800138000~13800138001", "+8613800138001~13800138000"), "13800138000~13800138001"),
        (("", "-1", "未知号码", "null", "insert-address-token", "Private Number"), ""),
    ],
)
def test_keys_join_exports(forms, key):
    assert {number_key(f) for f in forms} == {key}


@pytest.mark.parametrize("shown_as", ["+8612378", "012378", "+8695588", "+8610086"])
def test_a_spoofed_display_keeps_a_key_of_its_own(shown_as):
    found = classify(shown_as)
    assert found.suspect
    assert found.number_key == shown_as


def test_ten_digits_behind_a_country_code_fit_two_classes():
    found = classify("+861062120000")
    assert (found.number_class, found.doubtful) == ("landline", True)
    assert classify("1062120000").number_class == "sms_port_1062"


@pytest.mark.parametrize(
    "written", ["010-88880000转801", "010-88880000 ext.801", "(010)88880000,801", "010 8888 0000-801"]
)
def test_extensions(written):
    found = classify(written)
    assert (found.number_class, found.canonical) == ("landline_ext", "+861088880000;ext=801")


def test_hostile_lengths_are_bounded():
    assert len(number_key("9" * 1_000_000)) <= 320
    assert len(classify("~".join(["13800138000"] * 100_000)).members) <= 100
