"""``dunproof diff``: what a command line prints, takes and refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from dunproof.cli.exits import Exit
from dunproof.facts.appdiff import AppDiff

ROOT = Path(__file__).resolve().parents[2]
APKS = ROOT / "tests" / "read" / "app" / "fixtures" / "apk"
LIKE, TAKE, GOOD = APKS / "like-contacts.apk", APKS / "take-contacts.apk", APKS / "good.apk"


def bundle(path: Path, **parts: Path) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for name, part in parts.items():
            out.write(part, f"{name}.apk")
    return path


@pytest.mark.parametrize(("lang", "words"), [("en", "added"), ("zh-Hans", "增加"), ("zh-Hant", "取用個人資料的呼叫")])
def test_it_is_shown_to_people(dunproof, lang, words):
    ran = dunproof("diff", LIKE, TAKE, "--lang", lang)
    assert (ran.code, ran.err) == (0, "")
    assert words in ran.out
    assert "\x1b" not in ran.out


def test_json_is_what_the_schema_says(dunproof):
    ran = dunproof("diff", LIKE, TAKE, "--json")
    found = msgspec.json.decode(ran.out, type=AppDiff)
    assert [(r.category, r.change) for r in found.reads] == [("contacts", "gained")]
    assert (found.old.file, found.new.file) == ("like-contacts.apk", "take-contacts.apk")
    assert json.loads((ROOT / "docs" / "diff.schema.json").read_text("utf-8")) == json.loads(
        json.dumps(msgspec.json.schema(AppDiff))
    )
    assert dunproof("diff", LIKE, TAKE, "--json").out == ran.out


def test_changed_over_it_is_lost(dunproof):
    found = json.loads(dunproof("diff", TAKE, LIKE, "--json").out)
    assert [(r["change"], r["certainty"]) for r in found["reads"]] == [("lost", "sure")]


def test_the_same_file_twice(dunproof):
    assert "Both are the same file, byte for byte." in dunproof("diff", TAKE, TAKE).out
    found = json.loads(dunproof("diff", TAKE, TAKE, "--json").out)
    assert found["same_file"] is True
    assert not any(found[part] for part in ("sheet", "standings", "permissions", "reads", "sdks", "hosts"))


@pytest.mark.parametrize("ending", ["xapk", "apks", "apkm"])
def test_a_bundle_is_one_app(dunproof, tmp_path, ending):
    split = bundle(tmp_path / f"app.{ending}", base=GOOD, split_config=APKS / "split-config.apk")
    found = json.loads(dunproof("diff", split, GOOD, "--json").out)
    assert found["package"] == "same"
    assert found["signer"] == "same"
    assert not found["reads"]
    assert found["old"]["sha256"] != found["new"]["sha256"]


def test_another_app_in_a_bundle_is_not_the_one_compared(dunproof, tmp_path):
    demo = ROOT / "examples" / "synthetic-fenqi" / "exhibits" / "xinghe-fenqi.apk"
    found = json.loads(dunproof("diff", bundle(tmp_path / "app.xapk", base=GOOD, other=demo), GOOD, "--json").out)
    assert found["old"]["package"] == found["new"]["package"] == "cn.example.loan"


def test_an_app_in_a_folder_or_an_archive_is_found(dunproof, tmp_path):
    (tmp_path / "3.1").mkdir()
    shutil.copy(TAKE, tmp_path / "3.1" / "loan.apk")
    (tmp_path / "3.1" / "readme.txt").write_text("as sent")
    inside = bundle(tmp_path / "3.2.zip", loan=TAKE)
    assert "Nothing that is compared differs." in dunproof("diff", tmp_path / "3.1", inside).out


def test_a_case_folder_is_left_as_it_was(dunproof, tmp_path):
    (tmp_path / "a").mkdir()
    shutil.copy(TAKE, tmp_path / "a")
    dunproof("diff", tmp_path / "a", GOOD)
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["take-contacts.apk"]


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.apk", b"", "is no app that can be read: The file is empty (0 bytes)"),
        ("notes.txt", b"hello", "is no app that can be read: The text was not recognised as an agreement"),
    ],
)
def test_a_file_that_is_no_app_is_named_with_the_reason(dunproof, tmp_path, at, name, content, why):
    file = tmp_path / name
    file.write_bytes(content)
    ran = dunproof("diff", *([file, GOOD] if at == 0 else [GOOD, file]))
    assert (ran.code, ran.out) == (Exit.WRONG_CALL, "")
    message, hint = ran.err.splitlines()
    assert message.startswith(f"dunproof: {file} {why}")
    assert hint == "  → name an .apk, .apks, .apkm or .xapk file; 'dunproof read FILE' says what a file is"


def test_a_split_alone_hides_what_the_rest_of_the_app_holds(dunproof):
    found = json.loads(dunproof("diff", GOOD, APKS / "split-config.apk", "--json").out)
    assert {row["certainty"] for part in ("permissions", "reads") for row in found[part]} == {"unseen"}


def test_a_folder_without_files_is_named(dunproof, tmp_path):
    assert dunproof("diff", tmp_path, GOOD).err.startswith(f"dunproof: {tmp_path} is no app that can be read\n")


def test_several_apps_are_refused_with_the_place(dunproof, tmp_path):
    two = bundle(tmp_path / "two.zip", a=TAKE, b=GOOD)
    ran = dunproof("diff", two, GOOD)
    assert (ran.code, ran.out) == (Exit.WRONG_CALL, "")
    assert ran.err == f"dunproof: {two} holds 2 apps\n  → name one app for each version: OLD, then NEW\n"


def test_a_path_that_is_not_there_says_what_is_near(dunproof):
    ran = dunproof("diff", GOOD, APKS / "goood.apk")
    assert ran.code == Exit.WRONG_CALL
    assert ran.err.startswith(f"dunproof: no such file or folder: {APKS / 'goood.apk'}\n  → did you mean good.apk")


@pytest.mark.parametrize("words", [(), (GOOD,), (GOOD, GOOD, GOOD)])
def test_two_files_no_more_no_less(dunproof, words):
    ran = dunproof("diff", *words)
    assert (ran.code, ran.out) == (Exit.WRONG_CALL, "")
    assert ran.err.endswith("  → dunproof diff --help\n")


def test_ctrl_c_ends_it_in_one_line(dunproof, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("dunproof.case.pipeline.look", interrupted)
    assert dunproof("diff", GOOD, GOOD) == (130, "", "dunproof: interrupted; nothing half-written is left\n")


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_closed_pipe_is_no_bug(options):
    """The reader of the pipe is gone before a word is written."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "dunproof", "diff", str(LIKE), str(TAKE), *options]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.returncode == Exit.PIPE_CLOSED
    assert done.stderr == b""
