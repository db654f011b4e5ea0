"""Commands over law, rules, problems and facts."""

from __future__ import annotations

import csv
import io
import json

import pytest

from dunproof.facts.casefile import LANGUAGES
from dunproof.facts.kinds import Problem
from dunproof.facts.store import build


@pytest.fixture
def case(tmp_path):
    (tmp_path / "out").mkdir()
    rows = [
        Problem(fact_id=f"e.{n}", exhibit="0" * 16, loc="", tier="exact", code=code, detail='a "b",\tc\x1b[31m')
        for n, code in enumerate(("truncated", "bad-zip"))
    ]
    build(tmp_path / "out" / "facts.duckdb", rows)
    return tmp_path


def test_facts_as_json_csv_and_table(dunproof, case):
    sql = "SELECT code, detail, doubtful FROM problem ORDER BY code"
    rows = [json.loads(line) for line in dunproof("facts", case, sql, "--json").out.splitlines()]
    assert rows[0] == {"code": "bad-zip", "detail": 'a "b",\tc\x1b[31m', "doubtful": False}
    table = list(csv.reader(io.StringIO(dunproof("facts", case, sql, "--csv").out, newline="")))
    assert table[:2] == [["code", "detail", "doubtful"], ["bad-zip", 'a "b",\tc\x1b[31m', "False"]]
    plain = dunproof("facts", case / "out", sql)
    assert plain.out.splitlines()[1] == 'bad-zip\ta "b", c�[31m\tno'
    assert plain.err == "2 rows\n"


def test_facts_without_a_question_lists_the_tables(dunproof, case):
    assert dunproof("facts", case / "out" / "facts.duckdb").out == "kind\trows\nproblem\t2\n"


@pytest.mark.parametrize(
    "sql",
    ["DROP TABLE problem", "SELECT 1; SELECT 2", "COPY problem TO 'x.csv'", "ATTACH 'x.db'", "SET lock_configuration = false",
     "SELECT * FROM read_csv('pyproject.toml')", "SELECT * FROM glob('*')", "INSTALL httpfs"],
)  # fmt: skip
def test_facts_reach_nothing_but_facts(dunproof, case, sql):
    ran = dunproof("facts", case, sql)
    assert (ran.code, ran.out) == (2, "")


def test_law_show_search_in_force_list_check(dunproof):
    shown = dunproof("law", "show", "CN-PIPL-10", "--lang", "zh-Hans")
    assert "任何组织、个人不得非法收集" in shown.out
    assert "in force   2021-11-01" in shown.out
    assert json.loads(dunproof("law", "show", "CN-PIPL-10", "--json").out)["id"] == "CN-PIPL-10"
    assert "CN-PIPL-10" in dunproof("law", "search", "非法收集").out
    before, after = (dunproof("law", "in-force", day).out for day in ("2021-10-31", "2021-11-01"))
    assert "CN-PIPL-10\t" not in before
    assert "CN-PIPL-10\t" in after
    assert dunproof("law", "list").out.count("\n") > 100
    checked = dunproof("law", "check")
    assert checked.code == 0
    assert ", 0 wrong" in checked.out


def test_law_never_prints_recalled_words(dunproof):
    from dunproof.law.register import load

    recalled = next(c for c in load().clauses if c.level == "A5" and c.quote)
    for args in (("show", recalled.id), ("list",), ("search", recalled.id)):
        assert recalled.quote not in dunproof("law", *args).out


def test_law_of_a_norm_lists_its_clauses(dunproof):
    assert "CN-PIPL-10\t" in dunproof("law", "show", "CN-PIPL").out


def test_nothing_found_is_said(dunproof):
    ran = dunproof("law", "search", "qwertyuiop")
    assert ran.code == 0
    assert "no clause holds all of these words" in ran.err


def test_rules_list_and_show(dunproof):
    listed = [json.loads(line) for line in dunproof("rules", "list", "--json").out.splitlines()]
    first = listed[0]
    assert set(first["title"]) == set(LANGUAGES)
    assert first["clauses"]
    shown = dunproof("rules", "show", first["id"], "--lang", "zh-Hant").out
    assert first["title"]["zh-Hant"] in shown
    assert "```sql" in shown
    assert first["id"] in dunproof("rules", "list").out


def test_rules_of_all_packs_unless_one_is_named(dunproof):
    ran = dunproof("rules", "list")
    assert {"cn-phone-insult", "in-app-barred-read", "google-play-loans-sensitive-read"} <= set(ran.out.split())
    assert "rules in pack in: India: digital lending apps, as of" in ran.err
    assert "off unless --pack in is given" in ran.err
    assert "off unless --pack cn" not in ran.err
    few = [json.loads(x) for x in dunproof("rules", "list", "--pack", "in", "--pack", "cn", "--json").out.splitlines()]
    assert {r["pack"] for r in few} == {"cn", "in"}
    assert "in-app-barred-read" in dunproof("rules", "show", "in-app-barred-read").out
    assert dunproof("rules", "show", "in-app-barred-read", "--pack", "cn").code == 2
    checked = dunproof("rules", "check", "in-app-barred-read", "google-play-loans-sensitive-read")
    assert checked.out.startswith("2 rules, ")
    assert checked.code == 0


@pytest.mark.parametrize(
    ("given", "near"), [("im", "'in'"), ("google-play-loan", "'google-play-loans'"), ("c", "'cn'")]
)
def test_a_misspelt_pack_is_one_line_with_the_nearest_name(dunproof, tmp_path, given, near):
    file = tmp_path / "a.txt"
    file.write_text("a")
    ran = dunproof("investigate", file, "--pack", given, "--out", tmp_path / "out")
    assert ran.code == 2
    assert ran.err.splitlines() == [f"dunproof: no rule pack {given!r}", f"  → did you mean {near}?"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("per", ["app", "document", "person"])
def test_a_new_rule_passes_its_own_examples(dunproof, tmp_path, per):
    (tmp_path / "rules").mkdir()
    (tmp_path / "pack.toml").write_text(
        'name = "mine"\nas_of = "2026-03-01"\n[title]\nzh-Hans = "a"\nzh-Hant = "a"\nen = "a"\n', "utf-8"
    )
    made = dunproof("rules", "new", "mine-some-conduct", "--per", per, "--pack", tmp_path, "--folder", "sub")
    assert made.code == 0
    assert made.out.strip() == str(tmp_path / "rules" / "sub" / "mine-some-conduct.yaml")
    checked = dunproof("rules", "check", "mine-some-conduct", "--pack", tmp_path)
    assert checked.code == 0, checked.out + checked.err
    assert "0 wrong, 0 survivors" in checked.out


def test_a_new_rule_stays_in_its_pack(dunproof, tmp_path):
    (tmp_path / "pack.toml").write_text("")
    ran = dunproof("rules", "new", "mine-some-conduct", "--per", "app", "--pack", tmp_path, "--folder", "../..")
    assert ran.code == 2
    assert "leaves the pack" in ran.err


def test_problems_in_three_languages(dunproof):
    for lang in LANGUAGES:
        lines = dunproof("problems", "truncated", "--lang", lang).out.splitlines()
        assert lines[0] == "truncated"
        assert lines[2].startswith("  → ")
    assert "truncated\t" in dunproof("problems").out


def test_every_problem_has_three_languages():
    from dunproof.facts.problems import load

    for problem in load().values():
        assert set(problem.text) == set(problem.hint) == set(LANGUAGES)
        assert all(problem.text.values())
        assert all(problem.hint.values())
