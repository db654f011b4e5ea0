"""Small rules and small databases, on both engines, for the tests of the judge."""

from __future__ import annotations

import sqlite3

import pytest

from dunproof.facts.kinds import KINDS
from dunproof.facts.schema import columns, ddl
from dunproof.judge.rule import load
from dunproof.judge.worlds import fill

CLAUSES = {"CN-CC-1033-1", "LAW", "NORM", "BANKS", "OLD", "NEW", "DOUBT"}
IN_FORCE = [
    # clause, first, last, lender type, weight, doubtful
    ("LAW", "2021-11-01", "9999-12-31", "any", "law", False),
    ("NORM", "2021-11-01", "9999-12-31", "any", "norm", False),
    ("BANKS", "2021-11-01", "9999-12-31", "bank", "law", False),
    ("OLD", "2013-01-01", "2025-12-31", "any", "law", False),
    ("NEW", "2026-01-01", "9999-12-31", "any", "law", False),
    ("DOUBT", "2024-12-31", "2025-01-16", "any", "law", True),
    ("DOUBT", "2025-01-17", "9999-12-31", "any", "law", False),
]
SCOPE = """SELECT c.person AS subject, c.local_day AS day, c.lender AS lender
FROM communication AS c
WHERE c.direction = 'to_person'"""
NIGHT = """SELECT c.local_minute AS minute
FROM communication AS c
WHERE c.local_minute >= 1320"""


def yaml_rule(
    find,
    *,
    scope=SCOPE,
    per="person",
    clauses=("LAW",),
    params="",
    at_most=False,
    examples="  broken: []",
    rule="t-rule",
):
    """Return the text of a rule file."""

    def block(text):
        return "".join(f"  {line}\n" for line in text.strip().splitlines())

    three = "\n  zh-Hans: x\n  zh-Hant: x\n  en: x\n"
    return (
        f"id: {rule}\ntitle:{three}status: draft\nrevision: 1\nclauses: [{', '.join(clauses)}]\nper: {per}\n"
        + (f"params:\n{params}" if params else "")
        + f"scope: |\n{block(scope)}find: |\n{block(find)}"
        + (f"at_most:{three}" if at_most else "")
        + f"message:{three}limits:{three}explain:{three}examples:\n{examples}\n"
    )


@pytest.fixture
def rule_text():
    return yaml_rule


@pytest.fixture
def rule_of():
    """Return a function that makes a rule from its queries."""

    def make(find=NIGHT, **more):
        return load(yaml_rule(find, **more), file="t/t-rule.yaml", pack="t", clauses=CLAUSES)

    return make


def _sqlite():
    db = sqlite3.connect(":memory:", isolation_level=None)
    for kind in KINDS:
        db.execute(ddl(kind))
    return db


def _duckdb():
    import duckdb

    db = duckdb.connect()
    for kind in KINDS:
        db.execute(ddl(kind))
    return db


@pytest.fixture(params=["sqlite", "duckdb"])
def engine(request):
    """An empty facts database of each engine."""
    db = _sqlite() if request.param == "sqlite" else _duckdb()
    yield db
    db.close()


@pytest.fixture
def world(engine):
    """Return a function that fills the database: ``world(communication=[{…}], read=[...], coverage=[...])``.

    ``read`` names kinds that were read in full for the whole case; ``coverage`` gives rows of its own.
    """

    def put(read=("communication",), coverage=(), clauses=IN_FORCE, **rows):
        def insert(kind, row, n):
            full = fill(kind, {"fact_id": f"{kind}-{n}", **row}, f"{kind}-{n}")
            names = list(columns(kind))
            engine.execute(f"INSERT INTO {kind} VALUES ({', '.join('?' * len(names))})", [full[c] for c in names])

        rows["coverage"] = [
            *({"looked_for": k, "subject": "", "status": "read"} for k in read),
            *({"looked_for": k, "subject": s, "status": x} for k, s, x in coverage),
        ]
        names = ("clause", "first_day", "last_day", "lender_type", "weight", "doubtful")
        rows["clause_in_force"] = [dict(zip(names, c, strict=True)) for c in clauses]
        for kind, listed in rows.items():
            for n, row in enumerate(listed):
                insert(kind, row, n)
        return engine

    return put
