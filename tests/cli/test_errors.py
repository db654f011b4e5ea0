"""Every row of docs/errors.md, shown: message, next step, exit code."""

from __future__ import annotations

import ast
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dunproof import wire
from dunproof.cli.main import _stop
from dunproof.facts.casefile import FORMAT
from dunproof.facts.store import build
from dunproof.judge.pack import PACKS

DOC = Path(__file__).parent.parent.parent / "docs" / "errors.md"
APKS = Path(__file__).parent.parent / "read" / "app" / "fixtures" / "apk"
_ROW = re.compile(r"^\| ([a-z-]+) \| `(.+)` \| (?:`(.+)`)? ?\| (\d+) \|$", re.MULTILINE)
ROWS = {m[1]: (m[2], m[3] or "", int(m[4])) for m in _ROW.finditer(DOC.read_text("utf-8"))}
SHOWN: dict[str, Callable[..., tuple[object, ...]]] = {}


def shows(function: Callable[..., tuple[object, ...]]) -> Callable[..., tuple[object, ...]]:
    """Take a function as the one that shows the row of its name; it returns the command line."""
    SHOWN[function.__name__.replace("_", "-")] = function
    return function


def pack(folder: Path, **changes: str) -> Path:
    """Return a pack with one rule, changed."""
    source = next(PACKS.glob("cn/rules/phone/cn-phone-night-contact.yaml"))
    (folder / "rules").mkdir()
    shutil.copy(PACKS / "cn" / "pack.toml", folder)
    text = source.read_text("utf-8")
    for old, new in changes.items():
        text = re.sub(rf"^{old}:.*$", new, text, count=1, flags=re.MULTILINE)
    (folder / "rules" / source.name).write_text(text, "utf-8")
    return folder


def database(folder: Path) -> Path:
    build(folder / "facts.duckdb", [])
    return folder


@shows
def unknown_command(tmp):
    return ("investigat",)


@shows
def missing_argument(tmp):
    return ("investigate",)


@shows
def unknown_option(tmp):
    return ("law", "list", "--jsn")


@shows
def missing_choice(tmp):
    return ("rules", "new", "cn-phone-calls-at-noon")


@shows
def wrong_choice(tmp):
    return ("problems", "--lang", "fr")


@shows
def no_such_file(tmp):
    return ("investigate", tmp / "absent.apk")


@shows
def nothing_seen(tmp):
    (tmp / "empty.apk").touch()
    return ("investigate", tmp / "empty.apk", "--out", tmp / "out")


@shows
def no_files(tmp):
    (tmp / "none").mkdir()
    return ("investigate", tmp / "none", "--out", tmp / "out")


@shows
def folder_not_empty(tmp):
    (tmp / "full").mkdir()
    (tmp / "full" / "diary.txt").write_text("mine")
    (tmp / "a.txt").write_text("a")
    return ("investigate", tmp / "a.txt", "--out", tmp / "full")


@shows
def out_is_a_file(tmp):
    (tmp / "a.txt").write_text("a")
    return ("investigate", tmp / "a.txt", "--out", tmp / "a.txt")


@shows
def out_is_here(tmp, monkeypatch):
    (tmp / "a.txt").write_text("a")
    monkeypatch.chdir(tmp)
    return ("investigate", tmp / "a.txt", "--out", ".")


@shows
def case_folder_and_more(tmp):
    (tmp / "case.toml").write_text("")
    (tmp / "a.txt").write_text("a")
    return ("investigate", tmp, tmp / "a.txt")


@shows
def no_zone(tmp):
    (tmp / "a.txt").write_text("a")
    return ("investigate", tmp / "a.txt", "--zone", "Asia/Shangai")


@shows
def no_as_of(tmp):
    (tmp / "a.txt").write_text("a")
    return ("investigate", tmp / "a.txt", "--as-of", "yesterday")


@shows
def case_syntax(tmp):
    (tmp / "case.toml").write_text("lender = 某公司\n", "utf-8")
    return ("investigate", tmp)


@shows
def case_encoding(tmp):
    (tmp / "case.toml").write_bytes("lender = '某公司'\n".encode("gb18030"))
    return ("investigate", tmp)


@shows
def case_too_large(tmp):
    (tmp / "case.toml").write_bytes(b"#" * 20_000_000)
    return ("investigate", tmp)


@shows
def case_too_deep(tmp):
    (tmp / "case.toml").write_bytes(b"a = " + b"[" * 100_000)
    return ("investigate", tmp)


@shows
def case_exhibit(tmp):
    (tmp / "exhibits").mkdir()
    (tmp / "exhibits" / "sms.xml").write_text("x")
    (tmp / "case.toml").write_text('[[exhibit]]\nfile = "smss.xml"\n')
    return ("investigate", tmp)


@shows
def case_app(tmp):
    (tmp / "exhibits").mkdir()
    (tmp / "exhibits" / "a.html").write_text("<title>隐私政策</title>" + "您可以查阅个人信息。" * 20, "utf-8")
    (tmp / "case.toml").write_text('[[exhibit]]\nfile = "a.html"\napp = "loan.apk"\n')
    return ("investigate", tmp)


@shows
def case_key(tmp):
    (tmp / "exhibits").mkdir()
    (tmp / "case.toml").write_text('lender_typ = "bank"\n')
    return ("investigate", tmp)


def with_list(tmp, rows: bytes) -> tuple[object, ...]:
    (tmp / "sdks.tsv").write_bytes(rows)
    return ("read", APKS / "good.apk", "--sdk-catalogue", tmp / "sdks.tsv")


@shows
def sdk_list(tmp):
    return with_list(tmp, b"id\tname\n")


@shows
def sdk_list_encoding(tmp):
    return with_list(tmp, b"\xff\xfe")


@shows
def sdk_list_too_large(tmp):
    return with_list(tmp, "甲".encode() * (1 << 19))


@shows
def no_case(tmp):
    return ("facts", tmp / "absent", "SELECT 1")


@shows
def not_investigated(tmp):
    return ("facts", tmp, "SELECT 1")


@shows
def result_again(tmp):
    (tmp / "case.json").write_bytes(wire.document({"format": FORMAT}))
    return ("investigate", tmp)


@shows
def judge_result(tmp):
    (tmp / "case.json").write_bytes(wire.document({"format": FORMAT}))
    return ("judge", tmp)


@shows
def no_case_json(tmp):
    return ("report", tmp)


@shows
def other_case_json(tmp):
    (tmp / "case.json").write_text("{}")
    return ("report", tmp)


@shows
def not_a_database(tmp):
    return ("facts", APKS / "good.apk")


@shows
def not_one_select(tmp):
    return ("facts", database(tmp), "DELETE FROM act")


@shows
def unknown_table(tmp):
    return ("facts", database(tmp), "SELECT * FROM comunication")


@shows
def locked(tmp):
    return ("facts", database(tmp), "SELECT * FROM read_csv('x.csv')")


@shows
def no_pack(tmp):
    return ("rules", "list", "--pack", "cm")


@shows
def no_rule(tmp):
    return ("rules", "show", "cn-phone-nigt-contact")


@shows
def rule_key(tmp):
    return ("rules", "list", "--pack", pack(tmp, revision="revison: 1"))


@shows
def rule_clause(tmp):
    return ("rules", "list", "--pack", pack(tmp, clauses="clauses: [CN-PIPL-666]"))


@shows
def rule_fails(tmp):
    folder = pack(tmp)
    rule = next(folder.glob("rules/*.yaml"))
    text = rule.read_text("utf-8")
    start, stop = text.index("\n  kept:"), text.index("\n  needs-facts:")
    rule.write_text(text[:start] + text[stop:], "utf-8")
    return ("rules", "check", "--pack", folder)


@shows
def rule_id(tmp):
    return ("rules", "new", "No Threats", "--per", "app")


@shows
def rule_exists(tmp):
    return ("rules", "new", "cn-phone-night-contact", "--per", "person", "--pack", pack(tmp))


@shows
def rule_folder(tmp):
    return ("rules", "new", "cn-phone-calls-at-noon", "--per", "person", "--pack", pack(tmp), "--folder", "../..")


@shows
def no_clause(tmp):
    return ("law", "show", "CN-PIPL-100")


@shows
def no_day(tmp):
    return ("law", "in-force", "2026-3-1")


@shows
def no_problem(tmp):
    return ("problems", "zip-bom")


@shows
def diff_no_app(tmp):
    (tmp / "empty.apk").touch()
    return ("diff", tmp / "empty.apk", APKS / "good.apk")


@shows
def diff_many_apps(tmp):
    with zipfile.ZipFile(tmp / "two.zip", "w") as both:
        both.write(APKS / "good.apk", "1.apk")
        both.write(APKS / "picker.apk", "2.apk")
    return ("diff", APKS / "good.apk", tmp / "two.zip")


@shows
def no_permission(tmp, monkeypatch):
    def refused() -> None:
        raise PermissionError(13, "Permission denied", "case/out")

    monkeypatch.setattr("dunproof.law.register.load", refused)
    return ("law", "list")


@shows
def no_room(tmp, monkeypatch):
    def refused() -> None:
        raise OSError(28, "No space left on device", "case/out")

    monkeypatch.setattr("dunproof.law.register.load", refused)
    return ("law", "list")


@shows
def bug(tmp, monkeypatch):
    monkeypatch.setattr("dunproof.law.register.load", lambda: {}["x"])
    return ("law", "list")


@shows
def interrupted(tmp, monkeypatch):
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dunproof.law.register.load", stop)
    return ("law", "list")


@shows
def terminated(tmp, monkeypatch):
    def stop() -> None:
        _stop(15, None)

    monkeypatch.setattr("dunproof.law.register.load", stop)
    return ("law", "list")


def shape(text: str) -> re.Pattern[str]:
    """Return the pattern of a message in the table: '…' stands for anything on that line."""
    return re.compile(".*".join(re.escape(part) for part in text.split("…")) + (".*" if text.endswith("…") else ""))


def test_the_table_and_the_cases_are_the_same():
    assert list(SHOWN) == list(ROWS)


@pytest.mark.parametrize("row", SHOWN)
def test_error(row, dunproof, tmp_path, monkeypatch):
    message, hint, code = ROWS[row]
    function = SHOWN[row]
    extra: dict[str, Any] = {"monkeypatch": monkeypatch} if "monkeypatch" in function.__code__.co_varnames else {}
    ran = dunproof(*function(tmp_path, **extra))
    said = [line for line in ran.err.splitlines() if not line.startswith("report: ")]
    lines = [line.removeprefix("dunproof: ") for line in said]
    assert ran.code == code, ran.err
    assert shape(message).match(lines[0]), (message, lines[0])
    if hint:
        assert lines[1].startswith("  → "), ran.err
        assert shape(hint).search(lines[1].removeprefix("  → ").strip()), (hint, lines[1])
    else:
        assert len(lines) == 1


_NOT_BY_A_COMMAND = (
    "the law package ", "the register does not hold together", "the demonstration case is not installed",
    "dunproof is not installed", "missing: ", "no report language", "no claims for language", "nothing to look at",
    "no facts at ", "…:…: no fact: ", "no zone ", "no norm ",
)  # fmt: skip
"""Messages of a broken installation or of the library, which no command line brings about; other tests show some."""


def raised() -> dict[str, str]:
    """Return every message that the source gives a UseError, its values as '…', and where it stands."""
    out: dict[str, str] = {}
    for path in (DOC.parent.parent / "src" / "dunproof").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "UseError" and node.args:
                first = node.args[0]
                parts = first.values if isinstance(first, ast.JoinedStr) else [first]
                text = "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in parts)
                if text.strip("….: "):
                    out[text] = f"{path.name}:{node.lineno}"
    return out


def test_every_message_has_its_row():
    rows = [message for message, _, _ in ROWS.values()]
    without = {
        text: place
        for text, place in raised().items()
        if not text.startswith(_NOT_BY_A_COMMAND)
        and not any(shape(row).match(text) or shape(text).match(row.replace("…", "x")) for row in rows)
    }
    assert not without, f"add a row to docs/errors.md: {without}"
