"""The self-test bites: a weak rule leaves survivors with their lines, a wrong example is named."""

from __future__ import annotations

import pytest

from dunproof.errors import PackError
from dunproof.judge.mutants import mutants, well_formed
from dunproof.judge.rule import load
from dunproof.judge.selftest import check, check_rule
from dunproof.judge.worlds import examples

FIND = """SELECT c.local_minute AS minute
FROM communication AS c
WHERE c.local_minute >= :late
  AND c.channel IN ('sms',
    'call')
  AND NOT EXISTS (SELECT 1 FROM act AS a WHERE a.communication = c.fact_id)"""
PARAMS = "  late: {value: 1320, unit: minute, basis: ours}\n"
GIVEN = """  given:
    communication: {fact_id: c1, person: P, direction: to_person, channel: sms, lender: L, local_day: "2026-03-01", local_minute: 1320}
    act: {communication: c1}
"""
STRONG = (
    GIVEN
    + """  broken:
    - {communication: [{}]}
    - {communication: [{channel: call}]}
    - {communication: [{}], act: [{communication: c2}]}
  kept:
    - {communication: [{local_minute: 1319}]}
    - {communication: [{channel: chat}]}
    - {communication: [{}], act: [{}]}
  needs-facts:
    - {communication: [{local_minute: ~}]}
  unseen:
    - {communication: [{channel: chat}], coverage: {act: partly}}
  not-applicable:
    - {communication: [{direction: from_person}]}"""
)


@pytest.fixture
def night(rule_of):
    return lambda text: rule_of(find=FIND, params=PARAMS, examples=text, clauses=["CN-CC-1033-1"])


def test_a_strong_rule_passes(night):
    report = check_rule(night(STRONG))
    assert report.passed, report
    assert report.mutants >= 15
    assert report.examples == 9


def test_a_missing_example_leaves_survivors_on_their_lines(night):
    weak = STRONG.replace("    - {communication: [{channel: call}]}\n", "").replace(
        "    - {communication: [{local_minute: 1319}]}\n", ""
    )
    rule = night(weak)
    report = check_rule(rule)
    assert not report.passed
    lines = rule.spec.find.splitlines()
    start = rule.line("find") + 1
    by_what = {s.partition("no example notices: ")[2]: int(s.split(":")[1]) for s in report.survivors}
    assert all(s.startswith("t/t-rule.yaml:") for s in report.survivors)
    call = next(n for w, n in by_what.items() if w.startswith("find: IN without 'call'"))
    text = next(n for w, n in by_what.items() if w.startswith("find: 'call' → other text"))
    param = next(n for w, n in by_what.items() if w.startswith("parameter late: 1320 → 1319"))
    assert text - start == next(n for n, x in enumerate(lines) if "'call'" in x)
    assert call - start == next(n for n, x in enumerate(lines) if "IN ('sms'" in x)
    assert param == rule.line("params", "late")


def test_an_example_that_comes_out_otherwise_is_named(night):
    text = STRONG.replace("  kept:\n", "  kept:\n    - {communication: [{}]}\n")
    rule = night(text)
    (wrong,) = check_rule(rule).wrong
    assert wrong == f"t/t-rule.yaml:{rule.line('examples', 'kept', 0)}: example kept[0] gives breach, not kept"


def test_an_exact_verdict_is_held_to(night):
    text = STRONG.replace("    - {communication: [{}]}\n", "    - {communication: [{}], verdict: departs}\n", 1)
    (wrong,) = check_rule(night(text)).wrong
    assert wrong.endswith("example broken[0] gives breach, not departs")


@pytest.mark.parametrize("name", ["broken", "kept", "needs-facts", "unseen"])
def test_a_set_that_lacks_is_named(night, name):
    head, _, rest = STRONG.partition(f"  {name}:\n")
    body = rest.splitlines(keepends=True)
    keep = [n for n, line in enumerate(body) if not line.startswith("    ")]
    report = check_rule(night(head + "".join(body[keep[0] :] if keep else [])))
    assert any(f"no example of {name}" in w for w in report.wrong)


def test_progress_and_many(night):
    seen = []
    reports = check([night(STRONG)], seen.append)
    assert seen == ["t-rule"]
    assert [r.rule for r in reports] == ["t-rule"]


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ("    - {communicatoin: [{}]}", "no fact kind 'communicatoin'", "'communication'"),
        ("    - {communication: [{chanel: sms}]}", "no column 'chanel'", "'channel'"),
        ("    - {communication: {channel: sms}}", "wants a list", "[{}"),
        ("    - {communication: [{}], coverage: {slot: read}}", "does not need 'slot'", "act"),
        ("    - {communication: [{}], coverage: {act: red}}", "no status 'red'", "'read'"),
        ("    - just words", "an example is a mapping", "{kind"),
    ],
)
def test_wrong_examples_are_errors_on_their_line(night, change, message, hint):
    rule = night(STRONG.replace("  kept:\n", f"  kept:\n{change}\n"))
    with pytest.raises(PackError) as caught:
        examples(rule)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.line == rule.line("examples", "kept", 0)


def test_an_example_sets_every_column_that_the_rule_reads(night):
    rule = night(STRONG.replace("channel: sms, ", ""))
    with pytest.raises(PackError, match=r"the rule reads communication\.channel"):
        examples(rule)


def test_an_unknown_set_is_an_error(night):
    with pytest.raises(PackError, match="no set 'borken'") as caught:
        examples(night(STRONG.replace("  broken:", "  borken:")))
    assert "'broken'" in caught.value.hint


def test_mutants_move_every_part(night):
    what = [m.what for m in mutants(night(STRONG))]
    for start in (
        "scope: drop c.direction = 'to_person'",
        "scope: = → <>",
        "find: drop conjunct",
        "find: >= → >",
        "find: >= → <",
        "find: IN without 'sms'",
        "find: negate c.channel IN",
        "find: drop NOT of EXISTS",
        "find: negate EXISTS",
        "find: drop a.communication = c.fact_id",
        "find: 'sms' → other text",
        "parameter late: 1320 → 1321",
    ):
        assert any(w.startswith(start) for w in what), start
    assert len(what) == len(set(what)), "each change once"


def test_mutants_of_groups_and_lists(rule_of):
    rule = rule_of(
        find="SELECT c.local_day AS d\nFROM communication AS c\nWHERE c.channel IN (:ways)\n"
        "GROUP BY c.person, c.local_day, c.channel\nHAVING count(DISTINCT c.number) > 2",
        params="  ways: {value: [sms, call], unit: channel, basis: ours}\n",
    )
    found = list(mutants(rule))
    what = [m.what for m in found]
    assert "parameter ways: without sms" in what
    assert "find: group without c.channel" in what
    assert "find: count rows, not distinct values" in what
    assert any(w.startswith("find: drop HAVING") for w in what)
    ill = [m.what for m in found if not well_formed(m.rule)]
    assert ill == ["find: group without c.person", "find: group without c.local_day"]


def test_an_article_renumbered_wants_an_example_on_each_side(rule_text):
    text = rule_text(FIND, params=PARAMS, clauses=["CN-CSL-2025-43"], examples=STRONG)
    rule = load(text, file="t/t-rule.yaml", pack="t", clauses={"CN-CSL-2025-43"})
    assert any("renumbered on 2026-01-01" in w for w in check_rule(rule).wrong)


def test_a_question_gives_its_examples_on_each_side_as_open_ones(rule_text):
    words = '{zh-Hans: "问", zh-Hant: "問", en: "ask"}'
    shown = STRONG.replace("  broken:\n", "  needs-facts:\n").replace(
        "  needs-facts:\n    - {communication: [{local_minute: ~}]}\n", ""
    )
    both = shown.replace("  kept:\n", '    - {communication: [{local_day: "2025-12-31"}]}\n  kept:\n')
    for examples_, wanted in ((shown, True), (both, False)):
        text = rule_text(FIND, params=PARAMS, clauses=["CN-CSL-2025-43"], examples=examples_)
        rule = load(f"question: {words}\n{text}", file="t/t-rule.yaml", pack="t", clauses={"CN-CSL-2025-43"})
        assert any("an example of needs-facts on each side" in w for w in check_rule(rule).wrong) is wanted
