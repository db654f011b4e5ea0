"""What of a clause may be printed, and with which words beside it."""

from __future__ import annotations

import pytest

from dunproof.errors import UseError
from dunproof.facts.casefile import LANGUAGES
from dunproof.law import register
from dunproof.law.print_rules import attribution, has_title, printed, title

REG = register.load()
EVERY = [pytest.param(c, id=c.id) for c in REG.clauses]


@pytest.mark.parametrize("clause", EVERY)
def test_every_clause_prints_by_its_level(clause):
    text = printed(REG, clause)
    assert set(text.attribution) == set(text.norm_title) == set(LANGUAGES)
    assert all(text.norm_title.values())
    if clause.level == "A5":
        assert text.words == ""
        assert "not quoted" in text.attribution["en"]
    else:
        assert text.words == clause.quote
    match clause.level:
        case "A1":
            assert not any(text.attribution.values())
        case "A2":
            assert text.attribution["en"] == "part of the text seen"
        case "A3" | "A4":
            assert text.attribution["en"].startswith("as reported by ")
            assert text.attribution["zh-Hans"].startswith("据")
            assert text.attribution["zh-Hant"].startswith("據")


@pytest.mark.parametrize("clause", [p for p in EVERY if p.values[0].level == "A4"])
def test_standards_and_guides_say_what_they_are(clause):
    said = attribution(clause)["en"]
    assert any(word in said for word in ("recommended standard", "association guide", "practice guide"))


def test_reports_name_source_and_date():
    assert attribution(REG.clause("CN-MLC-2024-37-5"))["en"] == "as reported by a web page (wxredian.com), 2025-02-04"
    assert attribution(REG.clause("CN-NPI-39-5-12"))["zh-Hans"] == "据WEMONEY（2021-05-10）报道"
    assert attribution(REG.clause("CN-GBT-45251-stop"))["zh-Hant"] == "據北京商報（2025-03-13）報道；推薦性標準"


def test_titles_in_three_languages():
    assert title(REG.norm("CN-PIPL")) == {
        "zh-Hans": "中华人民共和国个人信息保护法",
        "zh-Hant": "中華人民共和國個人信息保護法",
        "en": "Personal Information Protection Law",
    }
    foreign = REG.norm("US-REGF")
    assert len(set(title(foreign).values())) == 1
    assert not has_title(foreign, "zh-Hant")
    assert not has_title(foreign, "zh-Hans")
    assert has_title(REG.norm("CN-PIPL"), "zh-Hant")
    assert all(has_title(n, "zh-Hant") for n in REG.norms if "zh" in n.title)


def test_an_unknown_clause_is_a_wrong_call():
    with pytest.raises(UseError):
        printed(REG, "CN-NOTHING-1")
    assert printed(REG, "CN-PIPL-6").article == "第六条"
