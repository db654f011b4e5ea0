from __future__ import annotations

from pathlib import Path

import pytest

from dunproof.case.config import load_case, load_decisions
from dunproof.errors import UseError


def wrong(tmp_path: Path, text: str) -> str:
    (tmp_path / "case.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UseError) as caught:
        load_case(tmp_path)
    assert caught.value.hint
    return str(caught.value)


def test_everything_that_may_be_said(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(
        """
lender = "临垣小额贷款有限公司"
lender_type = "microloan"
zone = "Asia/Urumqi"
as_of = 2026-03-01
lang = "zh-Hant"
holder_role = "stranger"

[[exhibit]]
file = "phone/a.xml"
holder = "甲"
role = "contact"
debt = "loan-1"
observed_day = "2026-01-01"
app = "x.apk"
lender = "临垣"
line = "13800000000"

[[person]]
name = "甲"

[[party]]
name = "临垣小额贷款有限公司"
aliases = ["临垣"]
lender_type = "microloan"

[[debt]]
id = "loan-1"
debtor = "乙"
amount_yuan = 3268
due_day = 2025-12-18
""",
        encoding="utf-8",
    )
    config = load_case(tmp_path)
    assert config.as_of == "2026-03-01"
    assert config.exhibit[0].line == "13800000000"
    assert config.debt[0].due_day == "2025-12-18"
    assert config.party[0].aliases == ["临垣"]


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ('\nlendr = "x"\n', "case.toml:2: no key 'lendr'", "did you mean lender"),
        ('[[exhibit]]\nfile = "a"\n[[exhibit]]\nfile = "b"\nholdr = "x"\n', "case.toml:5: no key 'holdr'", "holder"),
        ('[[exhibits]]\nfile = "a"\n', "case.toml:1: no key 'exhibits'", "exhibit"),
        ('zone = "Asia/Shanghia"\n', "case.toml:1: no time zone", "Asia/Shanghai"),
        ('lender_type = "banc"\n', "case.toml:1: no lender_type 'banc'", "bank"),
        ('store = "googleplay"\n', "case.toml:1: no store 'googleplay'", "google_play"),
        ('[[exhibit]]\nfile = "a"\nstore = "x"\n', "case.toml:3: no store 'x'", "one of"),
        ('as_of = "2026-02-30"\n', "case.toml:1: no day", "2026-03-01"),
        ('[[exhibit]]\nfile = "a"\nrole = "freind"\n', "case.toml:3: no role", "one of"),
        ('[[exhibit]]\nfile = "a"\ndebt = "loan-2"\n[[debt]]\nid = "loan-1"\n', "case.toml:3: no debt", "loan-1"),
        ('[[exhibit]]\nholder = "a"\n', "case.toml:1: Object missing required field `file`", "add file"),
        ("lender = 3\n", "case.toml:1: Expected `str`, got `int`", "docs"),
        ("[[party]]\nname = \"x\"\nlender_type = 'x'\n", "case.toml:3", "one of"),
        ("lender = x\n", "case.toml:1", "quotes"),
        ("a = " + "[" * 5000 + "\n", "case.toml:1", ""),
        ('[[debt]]\nid = "a"\n\n[[debt]]\nid = "a"\n', "case.toml:5: two debts", "own"),
        ('x = """\nlender = "a"\n"""\n', "case.toml:1: no key 'x'", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, place: str, hint: str) -> None:
    said = wrong(tmp_path, text)
    assert place in said
    assert hint in said


def test_answers_fill_what_case_toml_leaves_open(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('as_of = "2026-03-01"\n[[exhibit]]\nfile = "a.xml"\n', encoding="utf-8")
    (tmp_path / "decisions.toml").write_text(
        """
[[answer]]
what = "as-of"
value = "2020-01-01"
[[answer]]
what = "holder-role"
about = "a.xml"
value = "contact"
[[answer]]
what = "observed-day"
about = "b.html"
value = "2026-01-02"
[[answer]]
what = "store"
about = "b.html"
value = "google_play"
[[answer]]
what = "store"
value = "elsewhere"
[[answer]]
what = "lender-type"
about = "临垣"
value = "microloan"
[[dispute]]
finding = "r@x"
reason = "an answer from my own brother"
""",
        encoding="utf-8",
    )
    config = load_case(tmp_path)
    assert config.as_of == "2026-03-01"
    assert config.exhibit[0].role == "contact"
    assert (config.exhibit[1].file, config.exhibit[1].observed_day) == ("b.html", "2026-01-02")
    assert (config.exhibit[1].store, config.store) == ("google_play", "elsewhere")
    assert config.party[0].lender_type == "microloan"
    assert load_decisions(tmp_path).dispute[0].finding == "r@x"


@pytest.mark.parametrize(
    "text",
    [
        '[[dispute]]\nfinding = "a"\nreason = " "\n',
        '[[answer]]\nwhat = "rolle"\nvalue = "x"\n',
        '[[answer]]\nwhat = "store"\nvalue = "play"\n',
        "[[disput]]\n",
    ],
)
def test_a_wrong_decision_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "decisions.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UseError, match=r"decisions\.toml:\d"):
        load_decisions(tmp_path)
