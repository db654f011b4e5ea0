"""The two bounds, expression by expression, on one row with one unknown."""

from __future__ import annotations

import sqlite3

import pytest

from dunproof.facts.schema import columns, ddl
from dunproof.judge.bounds import Renderer, literal
from dunproof.judge.parse import parse
from dunproof.judge.worlds import fill

A = "(SELECT count(*) FROM act AS a WHERE a.target = 'x') {}"
# Condition over one communication (minute 600, channel 'sms', direction unknown, duration unknown; act: one sure 'x',
# one of unknown target, one doubtful 'x', one 'y'), and whether it holds for sure and perhaps.
TABLE = [
    # atoms: over what is known, both bounds are the plain answer
    ("c.local_minute = 600", True, True),
    ("c.local_minute = 601", False, False),
    ("c.channel = 'sms'", True, True),
    ("c.channel <> 'sms'", False, False),
    # over what is unknown: not sure, but possible, whichever way it is asked
    ("c.direction = 'to_person'", False, True),
    ("NOT c.direction = 'to_person'", False, True),
    ("c.direction IN ('a', 'b')", False, True),
    ("NOT c.direction IN ('a', 'b')", False, True),
    ("c.duration_s + 1 > 3", False, True),
    ("length(c.direction) > 3", False, True),
    ("c.duration_s BETWEEN 1 AND 2", False, True),
    ("NOT c.duration_s BETWEEN 1 AND 2", False, True),
    # and, or, not
    ("c.channel = 'sms' AND c.direction = 'x'", False, True),
    ("c.channel = 'call' AND c.direction = 'x'", False, False),
    ("c.channel = 'sms' OR c.direction = 'x'", True, True),
    ("c.channel = 'call' OR c.direction = 'x'", False, True),
    ("NOT (c.channel = 'sms' OR c.direction = 'x')", False, False),
    ("NOT (c.channel = 'call' AND c.direction = 'x')", True, True),
    # a tautology over an unknown is not seen as one: never unsound, not complete
    ("c.direction = 'x' OR NOT c.direction = 'x'", False, True),
    ("TRUE", True, True),
    ("FALSE", False, False),
    # exists: sure by the sure row, excluded only if no row may match
    ("EXISTS (SELECT 1 FROM act AS a WHERE a.target = 'x')", True, True),
    ("EXISTS (SELECT 1 FROM act AS a WHERE a.target = 'z')", False, True),
    ("EXISTS (SELECT 1 FROM act AS a WHERE a.act = 'none')", False, False),
    ("NOT EXISTS (SELECT 1 FROM act AS a WHERE a.target = 'x')", False, False),
    ("NOT EXISTS (SELECT 1 FROM act AS a WHERE a.target = 'z')", False, True),
    ("NOT EXISTS (SELECT 1 FROM act AS a WHERE a.act = 'none')", True, True),
    # a doubtful row alone: may be there, may not
    ("EXISTS (SELECT 1 FROM act AS a WHERE a.act = 'doubt')", False, True),
    ("NOT EXISTS (SELECT 1 FROM act AS a WHERE a.act = 'doubt')", False, True),
    # counts: one sure, at most three
    (A.format("> 0"), True, True),
    (A.format("> 1"), False, True),
    (A.format("> 3"), False, False),
    (A.format(">= 1"), True, True),
    (A.format(">= 3"), False, True),
    (A.format(">= 4"), False, False),
    (A.format("< 4"), True, True),
    (A.format("< 2"), False, True),
    (A.format("< 1"), False, False),
    (A.format("<= 3"), True, True),
    (A.format("<= 1"), False, True),
    (A.format("<= 0"), False, False),
    (A.format("= 2"), False, True),
    (A.format("= 4"), False, False),
    (A.format("<> 4"), True, True),
    (A.format("<> 2"), False, True),
    ("NOT " + A.format("> 3"), True, True),
    ("NOT " + A.format("<> 4"), False, False),
    ("(SELECT count(*) FROM act AS a WHERE a.act = 'plain') = 1", True, True),
    ("(SELECT count(*) FROM act AS a WHERE a.act = 'plain') <> 1", False, False),
]  # fmt: skip


@pytest.fixture(scope="module")
def db():
    con = sqlite3.connect(":memory:")
    rows = {
        "communication": [{"channel": "sms", "local_minute": 600}],
        "act": [
            {"act": "plain", "target": "x"},
            {"act": "other", "target": None},
            {"act": "doubt", "target": "x", "doubtful": True},
            {"act": "more", "target": "y"},
        ],
    }
    for kind, listed in rows.items():
        con.execute(ddl(kind))
        for n, row in enumerate(listed):
            full = fill(kind, row, f"{kind}-{n}")
            con.execute(f"INSERT INTO {kind} VALUES ({','.join('?' * len(full))})", [full[c] for c in columns(kind)])
    yield con
    con.close()


@pytest.mark.parametrize(("condition", "sure", "possible"), TABLE)
def test_bounds(db, condition, sure, possible):
    tree = parse(f"SELECT c.fact_id AS x FROM communication AS c WHERE {condition}", file="r", line=1, params={})
    answers = []
    for bound in ("T", "P"):
        sql = Renderer({}).where(tree, bound)
        (value,) = db.execute(f"SELECT {sql} FROM communication AS c").fetchone()
        assert value in (0, 1), f"a bound is never NULL: {sql}"
        answers.append(bool(value))
    assert answers == [sure, possible]
    assert answers[1] or not answers[0], "what is sure is possible"


def test_columns_that_are_always_known_keep_their_plain_form():
    tree = parse(
        "SELECT c.fact_id AS x FROM communication AS c WHERE c.channel = 'sms' AND c.direction = 'x'",
        file="r", line=1, params={},
    )  # fmt: skip
    text = Renderer({}).where(tree, "T")
    assert "(c.channel = 'sms')" in text
    assert "COALESCE(c.direction = 'x', FALSE)" in text


def test_below_where_what_is_surely_so_keeps_its_plain_form():
    find = "SELECT c.fact_id AS x FROM communication AS c WHERE {}EXISTS (SELECT 1 FROM act AS a WHERE {}a.target = c.direction)"
    for outer, inner, wanted in (
        ("", "", {"T": "(a.target = c.direction)", "P": "COALESCE(a.target = c.direction, TRUE)"}),
        ("NOT ", "", {"T": "COALESCE(a.target = c.direction, TRUE)", "P": "(a.target = c.direction)"}),
        ("", "NOT ", {"T": "(NOT COALESCE(a.target = c.direction, TRUE))", "P": "(NOT COALESCE(a.target = c.direction, FALSE))"}),
    ):  # fmt: skip
        tree = parse(find.format(outer, inner), file="r", line=1, params={})
        for bound, text in wanted.items():
            assert text in Renderer({}).where(tree, bound)


def test_literals():
    assert literal("it's") == "'it''s'"
    assert literal(-3) == "-3"
    assert literal(value=True) == "TRUE"
