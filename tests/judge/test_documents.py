"""What the pages on the language of rules and on verdicts say, held against the judge."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dunproof.judge.pack import installed, load_pack
from dunproof.judge.verdict import judge

DOCS = Path(__file__).resolve().parents[2] / "docs"
LANGUAGE = (DOCS / "rule-language.md").read_text("utf-8")
VERDICTS = (DOCS / "verdicts.md").read_text("utf-8")


@pytest.fixture
def worked(rule_text):
    """The rule of the worked example, bound by the shipped rule's own clauses and hours."""
    from dunproof.judge.rule import load

    block = LANGUAGE.partition("## An example, worked")[2].partition("```yaml\n")[2].partition("```")[0]
    scope, find = re.fullmatch(r"scope: \|\n(.*)find: \|\n(.*)", block, re.DOTALL).groups()
    params = "  night_from: {value: 1320, unit: minute, basis: standard}\n  night_to: {value: 480, unit: minute, basis: standard}\n"  # fmt: skip
    text = rule_text(find.strip(), scope=scope.strip(), params=params, clauses=["NORM"])
    return load(text, file="docs", pack="t", clauses={"NORM"})


NIGHT = {"person": "P", "direction": "to_person", "purpose": "collection", "local_day": "2026-03-01", "lender": "L"}


@pytest.mark.parametrize(
    ("row", "coverage", "bank", "wanted"),
    [
        ({"local_minute": 1330}, "read", True, "departs"),
        ({"local_minute": 1330, "purpose": None}, "read", True, "needs-facts"),
        ({"local_minute": None}, "read", True, "needs-facts"),
        ({"local_minute": 1319}, "read", True, "kept"),
        ({"local_minute": 1319}, "partly", True, "unseen"),
        ({"local_minute": 1330}, "read", False, "not-applicable"),
    ],
)
def test_the_worked_example_comes_out_as_its_table_says(worked, world, row, coverage, bank, wanted):
    norm = [("NORM", "2026-01-30", "9999-12-31", "bank", "norm", False)]
    db = world(
        communication=[{**NIGHT, **row}],
        read=[],
        coverage=[("communication", "P", coverage)],
        clauses=norm,
        party=[{"party": "L", "lender_type": "bank" if bank else "microloan"}],
    )
    (verdict,) = (v for v in judge(db, worked) if v.subject == "P")
    assert verdict.verdict == wanted
    table = LANGUAGE.partition("| the fact | certain | possible | verdict |")[2]
    assert f"`{wanted}`" in table.partition("\n\n")[0]


def test_every_verdict_stands_in_the_table_in_its_order():
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*?) \| (.*?) \| ", VERDICTS, re.MULTILINE)
    assert [r[0] for r in rows] == ["breach", "departs", "needs-facts", "unseen", "not-applicable", "kept"]
    for lang, n in (("zh-Hans", 1), ("en", 2)):
        text = (DOCS.parent / "src" / "dunproof" / "report" / "text" / f"{lang}.toml").read_text("utf-8")
        assert all(f'{r[0]} = "{r[n]}"' in text for r in rows), "named as in reports"


def test_every_clause_that_a_rule_cites_leads_to_it():
    page = (DOCS / "rules" / "index.md").read_text("utf-8")
    table = dict(re.findall(r"^\| ([A-Z][\w.-]+) \| (.*) \|$", page, re.MULTILINE))
    cited = {c for pack in map(load_pack, installed()) for r in pack.rules for c in r.spec.clauses}
    assert set(table) == cited
    for pack in map(load_pack, installed()):
        for rule in pack.rules:
            for clause in rule.spec.clauses:
                assert f"({rule.id}.md)" in table[clause], (rule.id, clause)
