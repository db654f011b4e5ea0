"""Three languages with the same keys and placeholders, no claim that may not be made, and a word for every kind."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from dunproof.errors import UseError
from dunproof.facts.casefile import LANGUAGES
from dunproof.facts.kinds import KINDS
from dunproof.report.catalogue import catalogue, placeholders
from dunproof.report.lint import claims
from dunproof.report.sentences import filled, language_of, place_text, plain, size_text, value_text

NOT_LOOKED_FOR = {"coverage", "problem", "necessary_item", "crosswalk", "clause_in_force"}
VOCABULARIES = {
    *("verdict", "verdict_long", "word", "kind", "force", "level", "level_long", "tier", "tier_long", "status", "part"),
    *("record", "rests", "param", "param_unit", "missing", "column", "format", "threshold", "unit_of", "that_day"),
    *("call", "reason"),
    *("standing_long", "sdk_purpose", "sheet_line", "sheet_note", "whose", "host_whose", "place_whose", "presence"),
    *("after_refusal", "sdk_claim", "sdk_row"),
    *("diff_way", "diff_signer", "diff_seen", "diff_certainty"),
}
"""Groups whose keys are names of values, looked up by the value."""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_same_keys_and_placeholders(lang: str) -> None:
    reference = catalogue("en").sentences
    own = catalogue(lang).sentences
    assert own.keys() == reference.keys()
    assert {k: set(placeholders(v)) for k, v in own.items()} == {k: set(placeholders(v)) for k, v in reference.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_is_empty_or_padded(lang: str) -> None:
    for key, text in catalogue(lang).sentences.items():
        assert text, key
        assert text == text.strip() or key.startswith("list."), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_claims_what_it_may_not(lang: str) -> None:
    assert {k: c for k, v in catalogue(lang).sentences.items() if (c := claims(v, lang))} == {}


def test_traditional_text_is_not_simplified_and_the_other_way_round() -> None:
    assert [k for k, v in catalogue("zh-Hant").sentences.items() if language_of(v) == "zh-Hans"] == []
    assert [k for k, v in catalogue("zh-Hans").sentences.items() if language_of(v) == "zh-Hant"] == []


def test_every_kind_has_a_name() -> None:
    assert {k for k in KINDS if f"kind.{k}" not in catalogue("en").sentences} <= NOT_LOOKED_FOR


def test_every_key_is_used() -> None:
    folder = files("dunproof.report")
    source = "".join(
        f.read_text("utf-8")
        for sub in (folder, folder.joinpath("templates"))
        for f in sub.iterdir()
        if f.name.endswith((".py", ".j2"))
    )
    unused = [
        key
        for key in catalogue("en").sentences
        if key.partition(".")[0] not in VOCABULARIES
        and re.sub(r"\.(one|other)$", "", key) not in source
        and key not in {"exhibit.partly", "exhibit.unread"}
    ]
    assert unused == []


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(UseError, match="no report language: 'fr'"):
        catalogue("fr")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("amount_fen", 1_280_050, "12,800.50 yuan"),
        ("amount_fen", 0, "0 yuan"),
        ("duration_s", 0, "0 s"),
        ("local_minute", 0, "00:00"),
        ("local_minute", 1300, "21:40"),
        ("share_permille", 125, "12.5%"),
        ("contrast_low_milli", 4520, "4.52"),
        ("n", 12345, "12,345"),
        ("version_code", 12345, "12345"),
        ("flag", False, "no"),
        ("role", None, "not determined"),
        ("role", "", "none stated"),
        ("role", "emergency_contact", "emergency contact"),
        ("package", "com.example.loan", "com.example.loan"),
    ],
)
def test_values_in_words(name: str, value: object, expected: str) -> None:
    assert value_text(name, value, catalogue("en")) == expected  # type: ignore[arg-type]


def test_messages_are_filled_once_and_never_fail() -> None:
    words = catalogue("en")
    pieces = filled("{a} and {missing} and {b}", "en", {"a": "{b}", "b": "x {a}"}, words)
    assert plain(pieces) == "{b} and not determined and x {a}"
    assert [p.value for p in pieces] == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("locator", "expected"),
    [
        ("record=sms:184&char=3,9", "text message no. 185, characters 4 to 9"),
        ("0123456789abcdef!/a.html#char=0,1", "in a.html, characters 1 to 1"),
        ("0123456789abcdef", ""),
        ("no locator", ""),
        ("t=12.5,14", "second 12.5 to 14"),
        ("cell=Sheet1!B17", "sheet Sheet1, cell B17"),
    ],
)
def test_places_in_words(locator: str, expected: str) -> None:
    assert place_text(locator, catalogue("en")) == expected


def test_sizes_and_scripts() -> None:
    assert [size_text(n) for n in (0, 1023, 1024, 5 << 20, 3 << 30)] == ["0 B", "1023 B", "1.0 kB", "5.0 MB", "3.0 GB"]
    assert [language_of(t) for t in ("还钱", "還錢", "中文", "pay", "")] == ["zh-Hans", "zh-Hant", "zh", "", ""]
