"""``dunproof read`` on an app: a view for people, facts for programs; and the same table in ``investigate``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

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
    assert done.code == 3
    assert "broken.apk" in done.out
    assert "dunproof: nothing could be read\n  → the summary says why" in done.err
    assert dunproof("read", file, "--json").code == 3
    assert dunproof("read", file, POLICY).code == 0


def test_of_an_app_that_breaks_off_nobody_says_that_it_is_not_signed(dunproof, tmp_path) -> None:
    (tmp_path / "cut.apk").write_bytes(APP.read_bytes()[:-300])
    out = dunproof("read", tmp_path / "cut.apk", "--lang", "en").out
    assert "No certificate was found" not in out
    assert "The file was not read whole, so that this cannot be told." in out
    assert "Download it again" in out


def test_a_text_that_is_named_like_an_app_is_said_to_be_none(dunproof, tmp_path) -> None:
    (tmp_path / "loan.apk").write_bytes(POLICY.read_bytes())
    done = dunproof("read", tmp_path / "loan.apk", "--lang", "en")
    assert "(not-an-app)" in done.out
    assert "  → Download the app again or copy it from a phone" in done.out
    assert "  apps: not read (The file is named like an app and is none" in done.out


def test_what_was_not_read_of_a_file_is_said_once_and_in_words(dunproof, tmp_path) -> None:
    (tmp_path / "loan.txt").write_text("hello")
    out = dunproof("read", tmp_path / "loan.txt", "--lang", "en").out
    assert out.count("The text was not recognised as an agreement") == 1
    assert "  references between documents, items of personal data, " in out
    assert "looked_for=" not in out
    assert "code=" not in out


@pytest.mark.parametrize("command", ["read", "investigate", "diff"])
def test_a_file_that_is_not_there_is_said_in_the_language_asked_for(dunproof, tmp_path, command) -> None:
    (tmp_path / "loan.apk").touch()
    given = [tmp_path / "laon.apk", *([tmp_path / "loan.apk"] if command == "diff" else [])]
    done = dunproof(command, *given, "--lang", "zh-Hans")
    assert done.code == 2
    assert done.err == f"dunproof: 没有这个文件或文件夹：{given[0]}\n  → 是不是 loan.apk？\n"
    done = dunproof(command, tmp_path / "x", *given[1:], "--lang", "zh-Hant")
    assert done.err.endswith("  → 請檢查路徑；路徑裡有空格時請加引號\n")


@pytest.mark.parametrize("command", ["read", "investigate"])
def test_a_file_that_may_not_be_read_is_listed_with_the_way_out(dunproof, tmp_path, monkeypatch, command) -> None:
    file = tmp_path / "loan.apk"
    file.write_bytes(APP.read_bytes())
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **more: str(path) != str(file) and may(path, mode, **more))
    done = dunproof(command, file, "--lang", "en", *(["--out", tmp_path / "out"] if command == "investigate" else []))
    assert done.code == 3
    assert "Invalid value" not in done.err
    assert "(file-not-readable)" in done.out
    assert "chmod u+r FILE" in done.out
    both = dunproof("read", file, POLICY, "--lang", "en")
    assert both.code == 0
    assert "chmod u+r FILE" in both.out
