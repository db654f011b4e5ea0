"""Brute force over small worlds: every shipped rule, queries beyond them, and a planted bug that must be caught."""

from __future__ import annotations

import pytest

from dunproof.judge import oracle
from dunproof.judge.compiled import Compiled
from dunproof.judge.pack import installed, load_pack
from dunproof.judge.selftest import check_rule

RULES = [rule for name in installed() for rule in load_pack(name).rules]
WORLDS = 1000

GIVEN = """  given:
    communication: {fact_id: c1, person: P, direction: to_person, channel: sms, lender: L, local_day: "2026-03-01", local_minute: 600, duration_s: 1, number: n1, purpose: collection, text: x}
    act: {communication: c1, act: insult, target: debtor}
    slot: {communication: c1, slot: amount, value: x}
"""
ONE = "    - {communication: [{}], act: [{}], slot: [{}]}\n"
TWO = "    - {communication: [{}, {fact_id: c2, number: n2}], act: [{}, {communication: c2, target: x}], slot: [{}]}\n"
EXAMPLES = GIVEN + "  broken:\n" + ONE + TWO + "  kept:\n    - {communication: [{}]}\n"
C = "SELECT c.channel AS channel\nFROM communication AS c\nWHERE "
G = "SELECT c.local_day AS on_day\nFROM communication AS c\nGROUP BY c.person, c.local_day\nHAVING "
ACT = "SELECT 1 FROM act AS a WHERE a.communication = c.fact_id"
COUNT = "(SELECT count(*) FROM act AS a WHERE a.communication = c.fact_id AND a.target = 'debtor') "
SYNTHETIC = {
    "nested-not-exists": C + f"NOT EXISTS ({ACT} AND NOT EXISTS (SELECT 1 FROM slot AS s WHERE s.value = a.target))",
    "and-below-not": C + f"NOT (c.purpose = 'collection' AND EXISTS ({ACT} AND a.target = 'debtor'))",
    "count-less": C + COUNT + "< 1",
    "count-equal": C + COUNT + "= 1",
    "count-unequal": C + COUNT + "<> 1",
    "distinct": G + "count(DISTINCT c.number) >= 2",
    "distinct-and-rows": G + "count(DISTINCT c.number) >= 2 OR count(*) = 1",
    "two-distinct": G + "count(DISTINCT c.number) >= 2 OR count(DISTINCT c.text) < 2",
    "antitone-having": G + "count(*) <= 1",
    "tautology": C + "c.duration_s >= 1 OR c.duration_s < 1",
    "not-between": C + "NOT c.duration_s BETWEEN 1 AND 2",
    "arithmetic": C + "abs(c.local_minute - 600 * c.duration_s) < 1",
}


@pytest.mark.parametrize("rule", RULES, ids=[r.id for r in RULES])
def test_shipped_rules_agree_with_brute_force(rule):
    seen = oracle.agree(rule, worlds=WORLDS)
    assert not seen.disagreements
    assert seen.engines_differ == 0
    assert seen.worlds == WORLDS
    assert seen.sure_worlds >= WORLDS / 10
    assert seen.open_worlds >= WORLDS / 10


@pytest.mark.parametrize("name", SYNTHETIC)
def test_queries_beyond_the_pack_agree_with_brute_force(rule_of, name):
    rule = rule_of(find=SYNTHETIC[name], examples=EXAMPLES)
    seen = oracle.agree(rule, worlds=WORLDS)
    assert not seen.disagreements
    assert seen.engines_differ == 0
    assert seen.open_worlds >= WORLDS / 10


def test_it_is_the_same_on_every_run(rule_of):
    rule = rule_of(find=SYNTHETIC["distinct"], examples=EXAMPLES)
    assert oracle.agree(rule, worlds=50, seed=7) == oracle.agree(rule, worlds=50, seed=7)
    first, other = oracle.Worlds(rule, 7), oracle.Worlds(rule, 8)
    assert [next(iter(first)) for _ in range(5)] != [next(iter(other)) for _ in range(5)]


# Each bug is one that reading did not find, or that a change of the compiler could bring back.
BUGS = {
    "a group without a sure row": ("antitone-having", "ex_ > 0", "TRUE"),
    "rows of unknown key left out": ("distinct", "COALESCE(w.hi_0, 0)", "0"),
    "unknown values not counted": ("distinct", "sum(CASE WHEN a_0 IS NULL THEN n_ ELSE 0 END)", "0"),
    "an unknown key taken for a value": ("antitone-having", "(k_1 IS NOT NULL)", "TRUE"),
    "doubtful rows counted": ("count-equal", "(NOT a.doubtful)", "TRUE"),
    "an unknown taken for false": ("not-between", ", TRUE)", ", FALSE)"),
}  # fmt: skip


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(rule_of, bug):
    name, right, wrong = BUGS[bug]
    rule = rule_of(find=SYNTHETIC[name], examples=EXAMPLES)
    compiled = Compiled(oracle.small(rule))
    assert right in compiled.find
    assert not oracle.agree(rule, worlds=400, compiled=compiled).disagreements
    compiled.find = compiled.find.replace(right, wrong)
    assert oracle.agree(rule, worlds=400, compiled=compiled).disagreements


@pytest.mark.parametrize("rule", RULES, ids=[r.id for r in RULES])
def test_shipped_rules_pass_their_self_test(rule):
    report = check_rule(rule)
    assert report.wrong == []
    assert report.survivors == []
    assert report.mutants >= 5
