"""The table of verdicts, line by line, on DuckDB and on SQLite."""

from __future__ import annotations

import pytest

from dunproof.judge.verdict import BEHIND, SHOWN, judge

DAY = "2026-03-01"
LATE = {
    "person": "P",
    "direction": "to_person",
    "channel": "sms",
    "lender": "L",
    "local_day": DAY,
    "local_minute": 1330,
}
EARLY = {**LATE, "local_minute": 600}
BANK = [{"party": "L", "name": "L", "lender_type": "bank"}]
MICRO = [{"party": "L", "name": "L", "lender_type": "microloan"}]
ACTS = "SELECT c.channel AS channel\nFROM communication AS c\nWHERE NOT EXISTS (SELECT 1 FROM act AS a WHERE a.communication = c.fact_id)"


def only(db, rule):
    found = judge(db, rule)
    assert len(found) == 1, found
    return found[0]


# Name, what the rule and the world are, verdict.
TABLE = [
    ("law in force", {}, {"communication": [LATE]}, "breach"),
    ("only a norm", {"clauses": ["NORM"]}, {"communication": [LATE]}, "departs"),
    ("law and norm", {"clauses": ["NORM", "LAW"]}, {"communication": [LATE]}, "breach"),
    ("at_most holds it", {"at_most": True}, {"communication": [LATE]}, "departs"),
    ("nothing found", {}, {"communication": [EARLY]}, "kept"),
    ("nothing in scope", {}, {"communication": [{**LATE, "direction": "from_person"}]}, "not-applicable"),
    ("minute unknown", {}, {"communication": [{**LATE, "local_minute": None}]}, "needs-facts"),
    ("scope unknown", {}, {"communication": [{**LATE, "direction": None}]}, "needs-facts"),
    ("doubtful row", {}, {"communication": [{**LATE, "doubtful": True}]}, "needs-facts"),
    ("doubtful row beside a sure one", {}, {"communication": [LATE, {**LATE, "doubtful": True}]}, "breach"),
    ("day unknown, dated law", {}, {"communication": [{**LATE, "local_day": None}]}, "needs-facts"),
    ("before the law", {}, {"communication": [{**LATE, "local_day": "2021-10-31"}]}, "not-applicable"),
    ("first day, inclusive", {}, {"communication": [{**LATE, "local_day": "2021-11-01"}]}, "breach"),
    ("last day, inclusive", {"clauses": ["OLD"]}, {"communication": [{**LATE, "local_day": "2025-12-31"}]}, "breach"),
    ("day after the last", {"clauses": ["OLD"]}, {"communication": [{**LATE, "local_day": "2026-01-01"}]}, "not-applicable"),
    ("old before the turn", {"clauses": ["OLD", "NEW"]}, {"communication": [{**LATE, "local_day": "2025-12-31"}]}, "breach"),
    ("new after the turn", {"clauses": ["OLD", "NEW"]}, {"communication": [{**LATE, "local_day": "2026-01-01"}]}, "breach"),
    ("lender bound", {"clauses": ["BANKS"]}, {"communication": [LATE], "party": BANK}, "breach"),
    ("lender not bound", {"clauses": ["BANKS"]}, {"communication": [LATE], "party": MICRO}, "not-applicable"),
    ("lender of no known type", {"clauses": ["BANKS"]}, {"communication": [LATE], "party": [{**BANK[0], "lender_type": None}]}, "needs-facts"),
    ("lender not in the parties", {"clauses": ["BANKS"]}, {"communication": [LATE]}, "needs-facts"),
    ("lender undetermined", {"clauses": ["BANKS"]}, {"communication": [{**LATE, "lender": None}], "party": BANK}, "needs-facts"),
    ("two types of one lender", {"clauses": ["BANKS"]}, {"communication": [LATE], "party": BANK + MICRO}, "needs-facts"),
    ("lender unknown, another clause binds all", {"clauses": ["BANKS", "NORM"]}, {"communication": [LATE]}, "departs"),
    ("doubtful start of the law", {"clauses": ["DOUBT"]}, {"communication": [{**LATE, "local_day": "2024-12-31"}]}, "needs-facts"),
    ("doubtful start, last day of doubt", {"clauses": ["DOUBT"]}, {"communication": [{**LATE, "local_day": "2025-01-16"}]}, "needs-facts"),
    ("after the doubt", {"clauses": ["DOUBT"]}, {"communication": [{**LATE, "local_day": "2025-01-17"}]}, "breach"),
    ("before the doubt", {"clauses": ["DOUBT"]}, {"communication": [{**LATE, "local_day": "2024-12-30"}]}, "not-applicable"),
    ("a finding beside an unknown", {}, {"communication": [LATE, {**LATE, "local_minute": None}]}, "breach"),
    ("a finding under partial reading of '+'", {}, {"communication": [LATE], "read": [], "coverage": [("communication", "P", "partly")]}, "breach"),
    ("no finding, partly read", {}, {"communication": [EARLY], "read": [], "coverage": [("communication", "P", "partly")]}, "unseen"),
    ("no finding, unread", {}, {"communication": [EARLY], "read": [], "coverage": [("communication", "P", "unread")]}, "unseen"),
    ("no finding, never looked for", {}, {"communication": [EARLY], "read": []}, "unseen"),
    ("subject without rows, unread", {}, {"read": [], "coverage": [("communication", "P", "unread")]}, "unseen"),
    ("subject without rows, read", {}, {"read": [], "coverage": [("communication", "P", "read")]}, "not-applicable"),
    ("no finding, in force nowhere, partly read", {}, {"communication": [{**LATE, "local_day": "2020-01-01"}], "read": [], "coverage": [("communication", "P", "partly")]}, "unseen"),
    ("'-' kind read", {"find": ACTS}, {"communication": [LATE], "read": ["communication", "act"]}, "breach"),
    ("'-' kind partly read", {"find": ACTS}, {"communication": [LATE], "coverage": [("act", "P", "partly")]}, "needs-facts"),
    ("'-' kind unread", {"find": ACTS}, {"communication": [LATE], "coverage": [("act", "P", "unread")]}, "needs-facts"),
    ("'-' kind never looked for", {"find": ACTS}, {"communication": [LATE]}, "needs-facts"),
    ("'-' kind of somebody else partly read", {"find": ACTS}, {"communication": [LATE], "coverage": [("act", "P", "read"), ("act", "Q", "partly")]}, None),
    ("worst exhibit counts", {"find": ACTS}, {"communication": [LATE], "coverage": [("act", "P", "read"), ("act", "P", "partly")]}, "needs-facts"),
    ("own coverage before the case's", {"find": ACTS}, {"communication": [LATE], "coverage": [("act", "P", "read"), ("act", "", "unread")]}, "breach"),
    ("the case's coverage where there is none of its own", {"find": ACTS}, {"communication": [LATE], "coverage": [("act", "", "unread")]}, "needs-facts"),
    ("empty case, all read", {}, {}, "not-applicable"),
    ("empty case, nothing read", {}, {"read": []}, "unseen"),
]  # fmt: skip


@pytest.mark.parametrize(("rule_args", "facts", "wanted"), [t[1:] for t in TABLE], ids=[t[0] for t in TABLE])
def test_the_table(rule_of, world, rule_args, facts, wanted):
    found = judge(world(**facts), rule_of(**rule_args))
    mine = [v for v in found if v.subject in ("P", "")]
    assert len(mine) == 1
    assert mine[0].verdict == (wanted or "breach")


def test_at_most_is_said_to_hold_only_where_law_speaks(rule_of, world):
    db = world(communication=[LATE])
    assert only(db, rule_of(at_most=True)).capped
    assert not only(db, rule_of(at_most=True, clauses=["NORM"])).capped
    assert not only(db, rule_of()).capped


def test_rows_no_clause_speaks_of_are_counted_apart(rule_of, world):
    verdict = only(world(communication=[{**LATE, "local_day": "2020-01-01"}, LATE]), rule_of())
    assert (verdict.verdict, verdict.breach, verdict.outside, verdict.judged) == ("breach", 1, 1, 2)
    assert [r.clauses for r in verdict.rows] == [["LAW"], []]


def test_what_is_missing_is_named(rule_of, world):
    row = only(world(communication=[{**LATE, "local_minute": None}]), rule_of()).rows[0]
    assert (row.sure, row.unknown, row.open_day, row.open_lender) == (
        False,
        ["communication.local_minute"],
        False,
        False,
    )
    assert [(w.kind, w.fact_id) for w in row.witnesses] == [("communication", "communication-0")]


def test_a_missing_day_and_a_missing_type_are_told_apart(rule_of, world):
    db = world(communication=[{**LATE, "local_day": None}], party=MICRO)
    row = only(db, rule_of()).rows[0]
    assert (row.sure, row.open_day, row.open_lender, row.unknown) == (False, True, False, [])
    row = only(db, rule_of(clauses=["OLD", "NEW"])).rows[0]
    assert (row.open_day, row.clauses) == (True, ["OLD", "NEW"])


def test_a_missing_type_is_named(rule_of, world):
    row = only(world(communication=[LATE]), rule_of(clauses=["BANKS"])).rows[0]
    assert (row.open_day, row.open_lender, row.lender_type, row.clauses) == (False, True, None, ["BANKS"])


def test_coverage_of_one_subject_does_not_weaken_another(rule_of, world):
    db = world(
        communication=[{**LATE, "person": "A"}, {**LATE, "person": "B"}],
        read=["communication"],
        coverage=[("act", "A", "partly"), ("act", "B", "read")],
    )
    found = judge(db, rule_of(find=ACTS))
    assert [(v.subject, v.verdict) for v in found] == [("A", "needs-facts"), ("B", "breach")]
    assert [(g.kind, g.status, g.decisive) for g in found[0].gaps] == [("act", "partly", True)]
    assert found[1].gaps == []


APP = """SELECT a.app AS subject, e.observed_day AS day, v.party AS lender
FROM app AS a
JOIN exhibit AS e ON e.exhibit = a.app
JOIN covers AS v ON v.app = a.app
WHERE v.document = ''"""
READS = APP.replace(
    "SELECT a.app AS subject, e.observed_day AS day, v.party AS lender", "SELECT s.category AS category"
).replace("WHERE v.document = ''", "JOIN sensitive_read AS s ON s.app = a.app\nWHERE s.category = 'contacts'")


def test_a_packed_app_does_not_weaken_the_other(rule_of, world):
    rule = rule_of(find=READS, scope=APP, per="app")
    db = world(
        read=[],
        app=[{"app": "A"}, {"app": "B"}],
        exhibit=[{"exhibit": x, "observed_day": DAY} for x in "AB"],
        covers=[{"app": x, "document": "", "party": "L"} for x in "AB"],
        sensitive_read=[{"app": "B", "category": "sms"}],
        coverage=[
            ("app", "A", "read"),
            ("app", "B", "read"),
            ("sensitive_read", "A", "partly"),
            ("sensitive_read", "B", "read"),
        ],
    )
    assert [(v.subject, v.verdict) for v in judge(db, rule)] == [("A", "unseen"), ("B", "kept")]


DOC = """SELECT d.document AS subject, e.observed_day AS day, d.effective_day AS since
FROM document AS d
JOIN exhibit AS e ON e.exhibit = d.document"""
LONG = (
    DOC.replace(
        "SELECT d.document AS subject, e.observed_day AS day, d.effective_day AS since", "SELECT d.length_chars AS n"
    )
    + "\nWHERE d.length_chars > 9"
)


@pytest.mark.parametrize(
    ("clauses", "day", "since", "wanted"),
    [
        (["LAW"], None, "2021-11-01", "breach"),  # open-ended and in force on every day since
        (["LAW"], None, "2021-10-31", "needs-facts"),  # not yet in force on the thing's first day
        (["LAW"], None, None, "needs-facts"),
        (["OLD"], None, "2020-01-01", "needs-facts"),  # has ended: perhaps the state is younger than that
        (["OLD"], None, "2026-01-01", "not-applicable"),  # had ended before the thing was
        (["OLD"], "2026-01-01", "2020-01-01", "not-applicable"),  # an observed day goes first
        (["NEW"], "2026-01-01", "2020-01-01", "breach"),
        (["OLD", "NEW"], None, "2020-01-01", "needs-facts"),
    ],
)
def test_a_state_without_a_day(rule_of, world, clauses, day, since, wanted):
    db = world(
        read=["document"],
        document=[{"document": "D", "effective_day": since, "length_chars": 10}],
        exhibit=[{"exhibit": "D", "observed_day": day}],
    )
    verdict = only(db, rule_of(find=LONG, scope=DOC, per="document", clauses=clauses))
    assert verdict.verdict == wanted
    assert verdict.rows[0].open_day == (wanted == "needs-facts")


def test_shown_rows_are_few_and_all_are_counted(rule_of, world):
    verdict = only(world(communication=[LATE] * (SHOWN + 5)), rule_of())
    assert len(verdict.rows) == SHOWN
    assert verdict.breach == SHOWN + 5
    assert len({r.witnesses[0].fact_id for r in verdict.rows}) == SHOWN


def test_shown_rows_put_findings_before_open_ones_and_are_the_same_every_time(rule_of, world):
    rows = [{**LATE, "local_minute": None}] * 15 + [LATE] * 15
    db = world(communication=rows)
    first = only(db, rule_of())
    assert [r.sure for r in first.rows] == [True] * 15 + [False] * 5
    assert only(db, rule_of()).rows == first.rows


MANY = """SELECT c.local_day AS on_day, count(*) AS n
FROM communication AS c
GROUP BY c.person, c.local_day
HAVING count(*) >= 3"""


def test_a_group_names_its_witnesses(rule_of, world):
    verdict = only(world(communication=[LATE, LATE, LATE, {**LATE, "local_day": "2026-03-02"}]), rule_of(find=MANY))
    assert verdict.verdict == "breach"
    assert [w.fact_id for w in verdict.rows[0].witnesses] == [f"communication-{n}" for n in range(3)]
    assert verdict.rows[0].values == {"on_day": DAY, "n": 3}


def test_a_row_of_unknown_day_may_join_any_day(rule_of, world):
    verdict = only(world(communication=[LATE, LATE, {**LATE, "local_day": None}]), rule_of(find=MANY))
    assert (verdict.verdict, verdict.open) == ("needs-facts", 1)
    row = verdict.rows[0]
    assert (row.day, row.sure, row.unknown) == (DAY, False, ["communication.local_day"])
    assert len(row.witnesses) == 3
    assert row.values["n"] == 2, "a count that is shown is the one that is sure"


def test_rows_of_unknown_day_alone_are_an_open_group(rule_of, world):
    verdict = only(world(communication=[{**LATE, "local_day": None}] * 3), rule_of(find=MANY))
    assert (verdict.verdict, verdict.rows[0].day) == ("needs-facts", None)


def test_a_sure_group_stays_sure_beside_unknown_rows(rule_of, world):
    rows = [LATE, LATE, LATE, {**LATE, "direction": None}, {**LATE, "local_day": None}, {**LATE, "doubtful": True}]
    verdict = only(world(communication=rows), rule_of(find=MANY))
    assert (verdict.verdict, verdict.breach) == ("breach", 1)


def test_witnesses_of_a_group_are_bounded(rule_of, world):
    verdict = only(world(communication=[LATE] * (BEHIND + 40)), rule_of(find=MANY))
    assert len(verdict.rows[0].witnesses) == BEHIND
    assert verdict.rows[0].values["n"] == BEHIND + 40


def test_a_group_of_two_lenders_has_none(rule_of, world):
    rows = [LATE, LATE, {**LATE, "lender": "M"}]
    verdict = only(world(communication=rows, party=BANK), rule_of(find=MANY, clauses=["BANKS"]))
    assert (verdict.verdict, verdict.rows[0].lender) == ("needs-facts", None)
    verdict = only(world(communication=[], party=[]), rule_of(find=MANY))
    assert verdict.rows[0].lender is None


BESIDE = """SELECT c.channel AS channel
FROM communication AS c
WHERE EXISTS (SELECT 1 FROM act AS a WHERE a.communication = c.fact_id AND a.target = 'debtor')
  AND NOT EXISTS (SELECT 1 FROM slot AS s WHERE s.communication = c.fact_id)"""


def test_rows_behind_exists_are_witnesses_and_their_unknowns_are_named(rule_of, world):
    rule = rule_of(find=BESIDE)
    db = world(
        read=["communication", "act", "slot"],
        communication=[LATE, {**LATE, "fact_id": "c2"}],
        act=[
            {"communication": "communication-0", "act": "x", "target": "debtor"},
            {"communication": "c2", "act": "x", "target": None},
        ],
        slot=[{"communication": "c9", "slot": "amount", "value": "1"}],
    )
    sure, open_ = only(db, rule).rows
    assert [(w.kind, w.fact_id) for w in sure.witnesses] == [("communication", "communication-0"), ("act", "act-0")]
    assert (open_.sure, open_.unknown) == (False, ["act.target"])
    assert ("act", "act-1") in [(w.kind, w.fact_id) for w in open_.witnesses]


def test_the_database_is_left_as_it_was(rule_of, world):
    db = world(communication=[LATE])
    first = judge(db, rule_of())
    assert judge(db, rule_of()) == first or [v.rows for v in judge(db, rule_of())] == [v.rows for v in first]
    for name in ("find_", "days_", "gaps_", "rows_", "shown_"):
        with pytest.raises(Exception, match=name):
            db.execute(f"SELECT * FROM {name}")


def test_values_that_look_like_sql_stay_values(rule_of, world):
    odd = "x'); DROP TABLE communication; --"
    rule = rule_of(
        find="SELECT c.text AS text\nFROM communication AS c\nWHERE c.text = 'x''); DROP TABLE communication; --'"
    )
    verdict = only(world(communication=[{**LATE, "text": odd, "person": odd}]), rule)
    assert (verdict.verdict, verdict.subject, verdict.rows[0].values["text"]) == ("breach", odd, odd)
