"""Facts as JSON lines and as a DuckDB file: nothing lost, nothing half-written, nothing reachable from a question."""

from __future__ import annotations

import stat
import sys

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import UseError
from dunproof.facts import store
from dunproof.facts.kinds import KINDS, Communication

ROWS = 50_000
"""bench/load.py does the million."""


def message(n, text="x", **more):
    return Communication(
        fact_id=f"c.{n}",
        exhibit="0" * 16,
        loc=f"record=sms:{n}",
        tier="exact",
        person="P",
        channel="sms",
        text=text,
        **more,
    )


@pytest.fixture
def database(tmp_path, fact):
    path = tmp_path / "facts.duckdb"
    store.build(path, [fact("act", 1), message(1), message(2, text=None)])
    return path


def test_lines_come_back(tmp_path, fact):
    path = tmp_path / "facts.jsonl"
    facts = [fact(kind, n, full=n % 2 == 0) for kind in KINDS for n in range(3)]
    assert store.write(path, iter(facts)) == len(facts)
    assert list(store.read(path)) == facts
    assert path.read_bytes() == b"".join(map(store.encode, facts))
    assert list(store.by_kind(facts)) == list(KINDS)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), TEXT), max_size=6), st.one_of(st.none(), st.integers(-(2**62), 2**62)))
def test_every_text_is_the_same_in_the_table(texts, moment):
    facts = [message(n, text=t, utc_us=moment) for n, t in enumerate(texts)]
    with duckdb.connect() as con:
        assert store.load(con, facts)["communication"] == len(facts)
        found = con.execute("SELECT text, utc_us FROM communication ORDER BY fact_id").fetchall()
    assert found == [(t, moment) for t in texts]


def test_empty_is_not_null_in_the_table(tmp_path):
    path = tmp_path / "facts.duckdb"
    store.build(
        path, [message(1, text=""), message(2, text=None), message(3, text="null"), message(4, text="2026-03-01")]
    )
    names, rows = store.query(path, "SELECT text, text IS NULL AS missing FROM communication ORDER BY fact_id")
    assert names == ["text", "missing"]
    assert rows == [("", False), (None, True), ("null", False), ("2026-03-01", False)]


def test_every_kind_has_its_table(tmp_path, fact):
    path = tmp_path / "facts.duckdb"
    counts = store.build(path, [fact(kind, n, full=True) for kind in KINDS for n in range(2)])
    assert counts == dict.fromkeys(KINDS, 2)
    for kind in KINDS:
        assert store.query(path, f"SELECT count(*) FROM {kind}")[1] == [(2,)]
    assert [p.name for p in tmp_path.iterdir()] == ["facts.duckdb"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("rows", [ROWS, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_many_rows(tmp_path, request, rows):
    if rows > ROWS and "slow" not in request.config.getoption("-m"):
        pytest.skip("a million rows: run with -m slow")
    path = tmp_path / "facts.duckdb"
    made = (message(n, text="" if n % 3 else None, local_minute=n % 1440) for n in range(rows))
    assert store.build(path, made)["communication"] == rows
    sql = "SELECT count(*), count(text), count(DISTINCT fact_id), sum(local_minute) FROM communication"
    (found,) = store.query(path, sql)[1]
    assert found == (rows, rows - (rows + 2) // 3, rows, sum(n % 1440 for n in range(rows)))


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"{}",
        b'{"kind":"nothing"}',
        b'{"kind":"act","fact_id":"1"}',
        b'{"kind":"act","fact_id":1,"exhibit":"","loc":"","tier":"exact","communication":"","act":""}',
        b"\xff\xfe",
        b'{"kind":' * 3000,
    ],
)
def test_a_line_that_is_no_fact_is_named(tmp_path, line, fact):
    path = tmp_path / "facts.jsonl"
    path.write_bytes(store.encode(fact("act")) + b"\n" + line + b"\n")
    read = store.read(path)
    next(read)
    with pytest.raises(UseError) as caught:
        next(read)
    assert str(caught.value).startswith(f"{path}:3: no fact")
    assert caught.value.hint


def broken(fact):
    yield fact("act", 1)
    raise ValueError("the reader fell")


def test_a_failure_leaves_the_old_files_and_nothing_else(tmp_path, fact):
    lines, database = tmp_path / "facts.jsonl", tmp_path / "facts.duckdb"
    store.write(lines, [fact("act", 7)])
    store.build(database, [fact("act", 7)])
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    for work in (lambda: store.write(lines, broken(fact)), lambda: store.build(database, broken(fact))):
        with pytest.raises(ValueError, match="the reader fell"):
            work()
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert store.query(database, "SELECT fact_id FROM act")[1] == [("act.7",)]


def test_a_rest_of_an_earlier_crash_is_no_hindrance(tmp_path, fact):
    database = tmp_path / "facts.duckdb"
    (tmp_path / "facts.duckdb.part").write_bytes(b"half")
    store.build(database, [fact("act", 7)])
    assert [p.name for p in tmp_path.iterdir()] == ["facts.duckdb"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM read_json('{file}')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM sniff_csv('{file}')",
        "COPY act TO '{file}.out'",
        "COPY (SELECT 1) TO '{file}.out'",
        "EXPORT DATABASE '{file}.out'",
        "ATTACH '{file}' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "RESET enable_external_access",
        "SET lock_configuration = false",
        "PRAGMA enable_external_access = true",
        "CREATE TABLE mine AS SELECT 1",
        "INSERT INTO act SELECT * FROM act",
        "DELETE FROM act",
        "DROP TABLE act",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE act",
        "",
        "-- nothing",
        "SELECT",
        "SELECT * FROM acts",
        "SELECT acct FROM act",
    ],
)
def test_a_question_reaches_facts_alone(database, tmp_path, sql):
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    with pytest.raises(UseError) as caught:
        store.query(database, sql.format(file=secret))
    assert caught.value.hint
    assert sorted(p.name for p in tmp_path.iterdir()) == ["facts.duckdb", "secret.csv"]


def test_the_lock_holds_inside_the_connection(database, tmp_path, fact):
    barred = [
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        f"ATTACH '{tmp_path / 'x.duckdb'}' AS x",
        f"COPY act TO '{tmp_path / 'x.csv'}'",
        "INSTALL httpfs",
    ]
    with store.in_memory([fact("act", 1), message(1)], ["act", "slot"]) as con:
        for sql in (*barred, "SELECT * FROM communication"):
            with pytest.raises(duckdb.Error):
                con.execute(sql)
        assert con.execute("SELECT (SELECT count(*) FROM act), (SELECT count(*) FROM slot)").fetchall() == [(1, 0)]
    with store.open_locked(database) as con:
        for sql in (*barred, "DELETE FROM act"):
            with pytest.raises(duckdb.Error):
                con.execute(sql)
        assert con.execute("SELECT count(*) FROM act").fetchall() == [(1,)]
        con.execute("CREATE TEMP TABLE judge_needs_this AS SELECT 1 AS one")


def test_wrong_names_are_met_with_the_nearest(database):
    with pytest.raises(UseError, match=r"acts") as caught:
        store.query(database, "SELECT * FROM acts")
    assert "act" in caught.value.hint


def test_no_database_names_the_next_step(tmp_path):
    with pytest.raises(UseError, match="no facts at") as caught:
        store.query(tmp_path / "none.duckdb", "SELECT 1")
    assert "dunproof investigate" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
