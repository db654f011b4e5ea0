"""Rows → verdicts: clauses in force on the day, coverage of the subject, and the first line of the table that matches.

All of it is SQL over the rows of a rule; Python sees one line a subject and the rows that are shown. The table is
DESIGN of the verdicts in docs/verdicts.md: breach, departs, needs-facts, unseen, not-applicable, kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

import msgspec

from dunproof.facts.casefile import VerdictName
from dunproof.judge.bounds import literal
from dunproof.judge.compiled import Compiled
from dunproof.judge.rule import SUBJECT_KINDS, Rule

SHOWN: Final = 20
"""Rows shown a verdict (ours: what a person reads); all are counted."""
BEHIND: Final = 60
"""Witnesses fetched a shown group (ours)."""


class Database(Protocol):
    """What the engine asks of DuckDB and of sqlite3 alike."""

    def execute(self, sql: str, /) -> Any:
        """Run one statement; the result has fetchall()."""
        ...


class Witness(msgspec.Struct, frozen=True):
    """A fact behind a row."""

    kind: str
    fact_id: str


class FoundRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is shown."""

    sure: bool
    day: str | None
    lender: str | None
    lender_type: str | None
    values: dict[str, Any]
    witnesses: list[Witness]
    clauses: list[str]
    unknown: list[str]
    open_day: bool
    open_lender: bool


class Gap(msgspec.Struct, frozen=True):
    """A kind that was not fully read for a subject."""

    kind: str
    status: str
    """partly | unread | none (no exhibit of that sort)."""
    decisive: bool
    """It could undo a finding."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule for one subject."""

    rule: Rule
    subject: str
    verdict: VerdictName
    judged: int
    breach: int
    departs: int
    open: int
    outside: int
    """Rows for which no clause was in force or binding."""
    capped: bool
    gaps: list[Gap]
    rows: list[FoundRow]


_STATUS: Final = ("read", "partly", "unread", "none")


@contextmanager
def _table(db: Database, name: str, sql: str) -> Any:
    db.execute(f"DROP TABLE IF EXISTS {name}")
    db.execute(f"CREATE TEMP TABLE {name} AS {sql}")
    try:
        yield
    finally:
        db.execute(f"DROP TABLE {name}")


def _values(rows: Iterable[Sequence[str]], names: Sequence[str]) -> str:
    return " UNION ALL ".join(
        "SELECT " + ", ".join(f"{v} AS {n}" for v, n in zip(row, names, strict=True)) for row in rows
    )


def judge(db: Database, rule: Rule) -> list[Verdict]:
    """Return the verdicts of one rule, one a subject, in order of subject.

    ``db`` holds every fact table, filled, the reference tables of the law among them.
    """
    compiled = Compiled(rule)
    with (
        _table(db, "find_", compiled.find),
        _table(db, "days_", _days(rule)),
        _table(db, "gaps_", _gaps(rule, compiled)),
        _table(db, "rows_", _rows(rule)),
    ):
        summary = db.execute(_summary()).fetchall()
        stray = db.execute(_stray()).fetchall() != []
        gaps: dict[str, list[Gap]] = {}
        for subject, kind, neg, bad in db.execute(
            "SELECT subject_, kind, neg, bad FROM gaps_ WHERE bad > 0 AND kind <> '' ORDER BY subject_, kind"
        ).fetchall():
            gaps.setdefault(subject, []).append(Gap(kind, _STATUS[bad], bool(neg)))
        rows = _shown(db, compiled)
    out = [
        _verdict(rule, line, gaps.get(line[0], []), rows.get(line[0], []))
        for line in summary
        if not (line[0] == "" and not stray and len(summary) > 1 and line[1] == 0 and sum(line[2:6]) == 0)
    ]
    return [v for v in out if v is not None]


def _days(rule: Rule) -> str:
    """Strength of the rule's clauses for every (day, since, lender) that occurs: law or norm, surely or perhaps."""
    ids = ", ".join(literal(c) for c in rule.spec.clauses)
    sure_day = (
        "(CASE WHEN d.day_ IS NOT NULL THEN d.day_ >= cf.first_day AND d.day_ <= cf.last_day "
        "WHEN d.since_ IS NOT NULL THEN d.since_ >= cf.first_day AND cf.last_day = '9999-12-31' ELSE FALSE END)"
    )
    may_day = (
        "(CASE WHEN d.day_ IS NOT NULL THEN d.day_ >= cf.first_day AND d.day_ <= cf.last_day "
        "WHEN d.since_ IS NOT NULL THEN d.since_ <= cf.last_day ELSE TRUE END)"
    )
    sure_lender = "(cf.lender_type = 'any' OR COALESCE(cf.lender_type = p.lender_type, FALSE))"
    may_lender = "(cf.lender_type = 'any' OR COALESCE(cf.lender_type = p.lender_type, TRUE))"

    def strength(weight: str, day: str, lender: str, name: str) -> str:
        return f"COALESCE(max(CASE WHEN {weight} AND {day} AND {lender} THEN 1 ELSE 0 END), 0) AS {name}"

    law = "cf.weight = 'law'"
    certain = " AND NOT cf.doubtful"
    return f"""
        SELECT d.day_, d.since_, d.lender_, p.lender_type AS type_,
          {strength(law + certain, sure_day, sure_lender, "law_sure")},
          {strength(law, may_day, may_lender, "law_may")},
          {strength("TRUE" + certain, sure_day, sure_lender, "any_sure")},
          {strength("TRUE", may_day, may_lender, "any_may")},
          {strength("TRUE", may_day, sure_lender, "any_day_open")},
          {strength("TRUE", sure_day, may_lender, "any_lender_open")}
        FROM (SELECT DISTINCT day_, since_, lender_ FROM find_) AS d
        LEFT JOIN (SELECT party, CASE WHEN min(lender_type) = max(lender_type) THEN min(lender_type) END AS lender_type
                   FROM party GROUP BY party) AS p ON p.party = d.lender_
        LEFT JOIN (SELECT * FROM clause_in_force WHERE clause IN ({ids})) AS cf ON TRUE
        GROUP BY d.day_, d.since_, d.lender_, p.lender_type"""


def _gaps(rule: Rule, compiled: Compiled) -> str:
    """Every subject × every kind the rule needs, with how badly it was read (0 read … 3 none) and rows in scope."""
    kinds = [(literal(k), "1" if "-" in s else "0") for k, s in rule.needs.items()] or [("''", "0")]
    universe = literal(SUBJECT_KINDS[rule.spec.per])
    itself = "" if rule.spec.per == "person" else " AND subject = exhibit"  # papers of an app are no apps
    return f"""
        WITH scope_ AS (SELECT subject_, count(*) AS judged FROM ({compiled.scope}) AS x GROUP BY subject_),
        subjects_ AS (
          SELECT subject_ FROM scope_
          UNION SELECT subject_ FROM find_
          UNION SELECT subject AS subject_ FROM coverage WHERE looked_for = {universe}{itself}
          UNION SELECT '' AS subject_),
        needs_ AS ({_values(kinds, ("kind", "neg"))}),
        read_ AS (SELECT subject, looked_for,
                    max(CASE status WHEN 'read' THEN 0 WHEN 'partly' THEN 1 ELSE 2 END) AS bad
                  FROM coverage GROUP BY subject, looked_for)
        SELECT s.subject_, n.kind, n.neg, COALESCE(c.judged, 0) AS judged,
          CASE WHEN n.kind = '' THEN 0 ELSE COALESCE(a.bad, b.bad, 3) END AS bad
        FROM subjects_ AS s CROSS JOIN needs_ AS n
        LEFT JOIN scope_ AS c ON c.subject_ = s.subject_
        LEFT JOIN read_ AS a ON a.subject = s.subject_ AND a.looked_for = n.kind
        LEFT JOIN read_ AS b ON b.subject = '' AND b.looked_for = n.kind"""


def _rows(rule: Rule) -> str:
    """Every row of find with its class: 1 breach, 2 departs, 3 open, 4 no clause in force."""
    breach = "3" if rule.spec.question else "2" if rule.spec.at_most else "1"
    departs = "3" if rule.spec.question else "2"
    return f"""
        SELECT f.*, d.type_,
          CASE WHEN d.any_may = 0 THEN 4
               WHEN NOT f.sure_ OR COALESCE(g.undone, 0) = 1 THEN 3
               WHEN d.law_sure = 1 THEN {breach}
               WHEN d.any_sure = 1 THEN {departs}
               ELSE 3 END AS class_,
          CASE WHEN d.any_sure = 0 AND d.any_may = 1 AND d.any_lender_open = 0 THEN 1 ELSE 0 END AS open_day_,
          CASE WHEN d.any_sure = 0 AND d.any_may = 1 AND d.any_day_open = 0 THEN 1 ELSE 0 END AS open_lender_,
          CASE WHEN d.law_sure = 1 THEN 1 ELSE 0 END AS law_
        FROM find_ AS f
        JOIN days_ AS d ON COALESCE(d.day_, '') = COALESCE(f.day_, '')
          AND COALESCE(d.since_, '') = COALESCE(f.since_, '') AND COALESCE(d.lender_, '') = COALESCE(f.lender_, '')
        LEFT JOIN (SELECT subject_, max(CASE WHEN neg = 1 AND bad > 0 THEN 1 ELSE 0 END) AS undone
                   FROM gaps_ GROUP BY subject_) AS g ON g.subject_ = f.subject_"""


def _stray() -> str:
    """Return a query with a row if there is a gap that no subject has: a file of which nobody knows what it is.

    The case as a whole answers for it.
    """
    return (
        "SELECT 1 FROM coverage AS c JOIN gaps_ AS g ON g.subject_ = '' AND g.kind = c.looked_for "
        "WHERE c.subject = '' AND c.exhibit <> '' AND c.status <> 'read' LIMIT 1"
    )


def _summary() -> str:
    def count(n: int) -> str:
        return f"COALESCE(sum(CASE WHEN r.class_ = {n} THEN r.n ELSE 0 END), 0)"

    return f"""
        SELECT g.subject_, max(g.judged), {count(1)}, {count(2)}, {count(3)}, {count(4)}, max(g.bad),
          COALESCE(max(CASE WHEN r.class_ = 2 THEN r.law_ ELSE 0 END), 0)
        FROM (SELECT subject_, max(judged) AS judged, max(bad) AS bad FROM gaps_ GROUP BY subject_) AS g
        LEFT JOIN (SELECT subject_, class_, max(law_) AS law_, count(*) AS n FROM rows_ GROUP BY subject_, class_) AS r
          ON r.subject_ = g.subject_
        GROUP BY g.subject_ ORDER BY g.subject_"""


def _verdict(rule: Rule, line: Sequence[Any], gaps: list[Gap], rows: list[FoundRow]) -> Verdict | None:
    subject, judged, breach, departs, open_, outside, bad, law = line
    name: VerdictName
    if breach:
        name = "breach"
    elif departs:
        name = "departs"
    elif open_:
        name = "needs-facts"
    elif bad:
        name = "unseen"
    elif outside or not judged:
        name = "not-applicable"
    else:
        name = "kept"
    return Verdict(
        rule=rule,
        subject=subject,
        verdict=name,
        judged=judged,
        breach=breach,
        departs=departs,
        open=open_,
        outside=outside,
        capped=bool(rule.spec.at_most) and bool(law),
        gaps=gaps,
        rows=rows,
    )


def _shown(db: Database, compiled: Compiled) -> dict[str, list[FoundRow]]:
    """Fetch the first rows of every subject with what stands behind them."""
    grouped = compiled.select.grouped
    ids = [f"k_{n}" for n in range(len(compiled.select.keys))] if grouped else [w for w, _ in compiled.witnesses]
    order = ", ".join(f"COALESCE(CAST({c} AS VARCHAR), '')" for c in ids)
    names = ["subject_", "class_", "sure_", "day_", "since_", "lender_", "type_", "open_day_", "open_lender_", *ids]
    outs = compiled.outputs
    pick = f"""
        SELECT row_number() OVER (ORDER BY subject_, r_) AS n_, * FROM (
          SELECT {", ".join([*names, *outs])},
            row_number() OVER (PARTITION BY subject_ ORDER BY class_, COALESCE(day_, ''), {order}) AS r_
          FROM rows_ ) AS x WHERE r_ <= {SHOWN}"""
    with _table(db, "shown_", pick):
        shown = db.execute(f"SELECT n_, {', '.join([*names, *outs])} FROM shown_ ORDER BY n_").fetchall()
        if not shown:
            return {}
        sql, unknowns, kinds = compiled.detail()
        behind: dict[int, tuple[dict[tuple[str, str], None], set[str]]] = {}
        width = len(compiled.witnesses)
        first = [f"c_{i}" for i in range(1 + width + len(unknowns) + len(kinds))]
        limited = (
            f"WITH d_({', '.join(first)}) AS ({sql}) SELECT {', '.join(first)} FROM (SELECT *, row_number() OVER "
            f"(PARTITION BY c_0 ORDER BY {', '.join(first[1 : 1 + width])}) AS b_ FROM d_) AS y "
            f"WHERE b_ <= {BEHIND} ORDER BY c_0, b_"
        )
        for line in db.execute(limited).fetchall():
            facts, missing = behind.setdefault(line[0], ({}, set()))
            for (_, kind), fact in zip(compiled.witnesses, line[1 : 1 + width], strict=True):
                facts.setdefault((kind, fact))
            missing.update(n for n, hit in zip(unknowns, line[1 + width :], strict=False) if hit)
            for kind, found in zip(kinds, line[1 + width + len(unknowns) :], strict=True):
                for fact in sorted((found or "").split())[:SHOWN]:
                    facts.setdefault((kind, fact))
    clauses = _clauses(db, compiled.rule)
    out: dict[str, list[FoundRow]] = {}
    base = 1 + len(names)
    for line in shown:
        subject, class_, sure, day, since, lender, type_, open_day, open_lender = line[1:10]
        facts, missing = behind.get(line[0], ({}, set()))
        out.setdefault(subject, []).append(
            FoundRow(
                sure=bool(sure) and class_ < 3,
                day=day,
                lender=lender,
                lender_type=type_,
                values=dict(zip(outs, line[base:], strict=True)),
                witnesses=[Witness(k, f) for k, f in facts],
                clauses=clauses.alive(day, since, type_),
                unknown=[] if sure else sorted(missing),
                open_day=bool(open_day),
                open_lender=bool(open_lender),
            )
        )
    return out


class _Clauses:
    """The rule's clauses with their days, for the few rows that are shown."""

    def __init__(self, rows: list[tuple[str, str, str, str, str]], order: list[str]) -> None:
        self._rows = rows
        self._order = order

    def alive(self, day: str | None, since: str | None, lender_type: str | None) -> list[str]:
        """Return ids in force that bind the lender (or may, where day or type is open): law first, then rule order."""
        found: dict[str, int] = {}
        for clause, first, last, binds, weight in self._rows:
            live = first <= day <= last if day is not None else since is None or since <= last
            if live and (binds == "any" or lender_type is None or binds == lender_type):
                found[clause] = 0 if weight == "law" else 1
        return sorted(found, key=lambda c: (found[c], self._order.index(c)))


def _clauses(db: Database, rule: Rule) -> _Clauses:
    ids = ", ".join(literal(c) for c in rule.spec.clauses)
    rows = db.execute(
        f"SELECT clause, first_day, last_day, lender_type, weight FROM clause_in_force WHERE clause IN ({ids})"
    ).fetchall()
    return _Clauses(rows, rule.spec.clauses)
