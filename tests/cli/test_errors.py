"""Every row of docs/errors.md, shown: message, next step, exit code."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dunproof.facts.store import build
from dunproof.judge.pack import PACKS

DOC = Path(__file__).parent.parent.parent / "docs" / "errors.md"
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
def folder_not_empty(tmp):
    (tmp / "full").mkdir()
    (tmp / "full" / "diary.txt").write_text("mine")
    (tmp / "a.txt").write_text("a")
    return ("investigate", tmp / "a.txt", "--out", tmp / "full")


@shows
def case_key(tmp):
    (tmp / "exhibits").mkdir()
    (tmp / "case.toml").write_text('lender_typ = "bank"\n')
    return ("investigate", tmp)


@shows
def no_case(tmp):
    return ("facts", tmp / "absent", "SELECT 1")


@shows
def not_investigated(tmp):
    return ("facts", tmp, "SELECT 1")


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
def no_clause(tmp):
    return ("law", "show", "CN-PIPL-100")


@shows
def no_day(tmp):
    return ("law", "in-force", "2026-3-1")


@shows
def no_problem(tmp):
    return ("problems", "zip-bom")


@shows
def no_permission(tmp, monkeypatch):
    def refused() -> None:
        raise PermissionError(13, "Permission denied", "case/out")

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
