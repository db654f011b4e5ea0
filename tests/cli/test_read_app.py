"""``dunproof read`` on an app: a view for people, facts for programs; and the same table in ``investigate``."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "examples" / "synthetic-fenqi" / "exhibits" / "xinghe-fenqi.apk"
POLICY = ROOT / "examples" / "synthetic-fenqi" / "exhibits" / "agreements" / "privacy-policy.html"


def test_an_app_is_shown_to_people(dunproof) -> None:
    done = dunproof("read", APP, "--lang", "zh-Hans")
    assert done.code == 0, done.err
    assert done.out.startswith("星禾分期  com.xinghe.fenqi 3.1.8\n")
    for words in ("申请，且有读取代码", "代码能看到多少", "不能说明应用“不收集”某类信息"):
        assert words in done.out
    assert "sensitive_read" not in done.out
    assert done.err.endswith(" facts\n")


def test_json_stays_one_fact_a_line(dunproof) -> None:
    rows = [json.loads(line) for line in dunproof("read", APP, "--json").out.splitlines()]
    assert {"app", "sensitive_read", "code_sheet", "coverage"} <= {r["kind"] for r in rows}


def test_two_apps_stand_one_after_the_other(dunproof) -> None:
    other = ROOT / "tests" / "read" / "app" / "fixtures" / "apk" / "picker.apk"
    out = dunproof("read", APP, other).out
    assert out.count("What this reading never shows") == 2


def test_other_files_keep_their_summary_and_facts(dunproof) -> None:
    out = dunproof("read", APP, POLICY).out
    assert "privacy-policy.html  web page (HTML)  Read in full\n" in out
    assert "\ndocument  " in out
    assert "\npermission " not in out


def test_investigate_shows_the_same_table_short(dunproof, tmp_path) -> None:
    out = dunproof("investigate", APP, "--out", tmp_path / "out", "--lang", "en").out
    assert "asks; no reading code seen" in out
    assert "What this reading never shows" not in out
    assert out.index("The app: what it asks for") < out.index("Findings")


def test_a_file_that_is_no_app_says_how_far_it_was_read(dunproof, tmp_path) -> None:
    file = tmp_path / "broken.apk"
    file.write_bytes(b"PK\x03\x04" + b"\0" * 64)
    done = dunproof("read", file)
    assert done.code == 0
    assert "broken.apk" in done.out


def test_of_an_app_that_breaks_off_nobody_says_that_it_is_not_signed(dunproof, tmp_path) -> None:
    (tmp_path / "cut.apk").write_bytes(APP.read_bytes()[:-300])
    out = dunproof("read", tmp_path / "cut.apk", "--lang", "en").out
    assert "No certificate was found" not in out
    assert "The file was not read whole, so that this cannot be told." in out
    assert "Download it again" in out
