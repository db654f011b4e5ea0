"""Rule files: everything wrong in one is an error with its line and a hint."""

from __future__ import annotations

import pytest

from dunproof.errors import PackError
from dunproof.judge.rule import load

CLAUSES = {"LAW", "NORM"}
FIND = "SELECT c.local_minute AS minute\nFROM communication AS c\nWHERE c.local_minute >= :late"
PARAMS = "  late: {value: 1320, unit: minute, basis: ours}\n"


@pytest.fixture
def text(rule_text):
    return rule_text(FIND, params=PARAMS)


def refused(text, clauses=CLAUSES):
    with pytest.raises(PackError) as caught:
        load(text, file="r.yaml", pack="t", clauses=clauses)
    assert caught.value.hint
    return caught.value


def line_of(text, part):
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_rule_knows_its_parts(text):
    rule = load(text, file="r.yaml", pack="t", clauses=CLAUSES)
    assert (rule.id, rule.params, rule.needs) == ("t-rule", {"late": 1320}, {"communication": "+"})
    assert rule.line("params", "late") == line_of(text, "late: {")
    assert rule.column_of_scope("day").name == "local_day"
    assert rule.column_of_scope("since") is None
    assert len(rule.refined.where.parts) == 2


@pytest.mark.parametrize(
    ("old", "new", "at", "message", "hint"),
    [
        ("clauses: [LAW]", "clauses: [LAWS]", "clauses:", "no clause 'LAWS'", "'LAW'"),
        ("clauses: [LAW]", "clauses: []", "clauses:", "no clause", "at least one"),
        ("revision: 1", "revison: 1", "revison", "no key 'revison'", "'revision'"),
        ("revision: 1", 'revision: "1"', "revision", "Expected `int`", "quotes"),
        ("revision: 1\n", "", None, "missing required field `revision`", "add the key revision:"),
        ("status: draft", "status: done", "status", "Invalid enum value", "quotes"),
        ("per: person", "per: sender", "per:", "Invalid enum value", "quotes"),
        ("unit: minute", "units: minute", "units", "no key 'units' in a parameter", "'unit'"),
        ("basis: ours", "basis: mine", "basis", "Invalid enum value", "quotes"),
        ("value: 1320", "value: 22.5", "value:", "no plain integer", "in quotes"),
        ("value: 1320", "value: 22:00", "value:", "22:00 means something else", '"22:00"'),
        ("value: 1320", "value: 010", "value:", "010 is no plain", '"010"'),
        ("value: 1320", "value: 1_320", "value:", "1_320 is no plain", '"1_320"'),
        ("basis: ours", "basis: no", "basis:", "no means something else", '"no"'),
        ("value: 1320", "value: 1320, value: 1321", "value:", "'value' stands twice", "keep one"),
        ("revision: 1", "revision: 1\nper: app", "per: person", "'per' stands twice (first on line", "keep one"),
        ("clauses: [LAW]", "clauses: &all [LAW]", "clauses:", "anchors", "write"),
        ("value: 1320", "value: !!int 1320", "value:", "tags", "leave the tag out"),
        ("FROM communication AS c\n  WHERE c.local", "FROM read_csv('/etc/passwd') AS c\n  WHERE c.local", "read_csv", "only fact kinds", "no functions, files"),
        ("FROM communication AS c\n  WHERE c.local", "FROM communication AS c JOIN glob('/*') AS g ON g.x = c.text\n  WHERE c.local", "glob", "no SQL", "parentheses"),
        ("WHERE c.local_minute >= :late", "WHERE c.local_minute >= :late; ATTACH 'x' AS y", ":late", "no SQL", "parentheses"),
        ("c.local_minute >= :late", "c.local_minuet >= :late", "minuet", "communication has no column 'local_minuet'", "'local_minute'"),
        ("c.local_minute >= :late", "c.text IS NULL AND c.local_minute >= :late", "IS NULL", "IS NULL is outside", "not determined"),
        ("value: 1320", "value: []", "late:", "is empty", "give a value"),
        (">= :late", ">= 1320", "late:", "parameter 'late' is not used", ":late"),
        ("  en: x\nlimits", "limits", None, "message has no en", "zh-Hant"),
        ("  en: x\nlimits", "  en: x\n  fr: x\nlimits", "fr: x", "no language 'fr'", "zh-Hans"),
        ("  en: x\nlimits", '  en: "{minutes}"\nlimits', "minutes", "the message names {minutes}", "'minute'"),
        ("AS subject", "AS subjct", "SELECT c.person", "no output 'subjct'", "subject, day"),
        ("c.person AS subject", "c.debt AS subject", "SELECT c.debt", "may be undetermined", "named"),
        ("c.local_day AS day", "c.local_minute AS day", "SELECT c.person", "must be a text column", "AS day"),
        ("c.local_minute AS minute", "c.local_day AS day", "SELECT c.local_day AS day", "is scope's", "rename"),
        ("communication AS c\n  WHERE c.local", "act AS c\n  WHERE c.local", None, "no column", "act"),
        ("scope: |\n", "scope: |\n\n\n", None, None, None),
        ("FROM communication AS c\n  WHERE c.direction", "FROM comunication AS c\n  WHERE c.direction", "FROM comun", "no fact kind", "'communication'"),
        ("c.local_minute >= :late", "c.local_minute >= :lat", ":lat", "no parameter 'lat'", "'late'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(text, old, new, at, message, hint):
    assert old in text
    changed = text.replace(old, new, 1)
    if message is None:
        load(changed, file="r.yaml", pack="t", clauses=CLAUSES)
        return
    error = refused(changed)
    assert message in error.message
    assert hint in error.hint
    if at is not None:
        assert error.line == line_of(changed, at)


def test_find_starts_from_the_tables_of_scope(rule_text):
    error = refused(rule_text("SELECT a.act AS act\nFROM act AS a"))
    assert "find does not start from communication AS c" in error.message


def test_groups_hold_what_scope_says(rule_text):
    error = refused(rule_text("SELECT count(*) AS n\nFROM communication AS c\nGROUP BY c.person"))
    assert "GROUP BY lacks c.local_day" in error.message
    error = refused(
        rule_text("SELECT count(*) AS n\nFROM communication AS c\nGROUP BY c.person, c.local_day, c.number")
    )
    assert "two keys may be undetermined: c.local_day, c.number" in error.message


def test_conditions_of_scope_are_not_asked_twice(rule_text):
    find = "SELECT c.channel AS channel\nFROM communication AS c\nWHERE c.direction = 'to_person' AND c.channel = 'sms'"
    rule = load(rule_text(find), file="r.yaml", pack="t", clauses=CLAUSES)
    assert len(rule.refined.where.parts) == 2


@pytest.mark.parametrize("text", ["", "- a\n", "word", "a: 1\n"])
def test_what_is_no_rule_at_all(text):
    assert refused(text).line == 1
