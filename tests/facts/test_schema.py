"""Tables, types and schema that derive from the structs."""

from __future__ import annotations

import sqlite3

import duckdb
import msgspec
import pytest

from dunproof.facts import schema
from dunproof.facts.kinds import CASE_KINDS, KINDS, LAW_KINDS, TIERS, Fact, Mint
from dunproof.facts.reserved import reserved_words
from dunproof.facts.schema import columns, ddl


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_of_every_kind_on_both_engines(kind, fact):
    names = list(columns(kind))
    assert names[:5] == ["fact_id", "exhibit", "loc", "tier", "doubtful"]
    facts = [fact(kind, 1), fact(kind, 2, full=True)]
    rows = []
    for con in (sqlite3.connect(":memory:"), duckdb.connect()):
        con.execute(ddl(kind))
        for f in facts:
            con.execute(f"INSERT INTO {kind} VALUES ({', '.join('?' * len(names))})", schema.values(f))
        listed = ", ".join(f"x.{n} AS {n}" for n in names)
        rows.append(con.execute(f"SELECT {listed} FROM {kind} AS x ORDER BY fact_id").fetchall())
        for c in columns(kind).values():
            if not c.nullable:
                broken = [None if n == c.name else v for n, v in zip(names, schema.values(facts[0]), strict=True)]
                with pytest.raises((sqlite3.IntegrityError, duckdb.ConstraintException)):
                    con.execute(f"INSERT INTO {kind} VALUES ({', '.join('?' * len(names))})", broken)
        con.close()
    assert rows[0] == rows[1] == [tuple(schema.values(f)) for f in facts]


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_reserved_nowhere(kind):
    assert kind not in reserved_words()
    assert not set(columns(kind)) & reserved_words()
    assert all(not n.endswith("_") for n in (kind, *columns(kind))), "names that end in _ are the engine's"


def test_the_list_of_reserved_words_is_that_of_this_duckdb():
    taken = "keyword_category IN ('reserved', 'type_function')"
    now = {w for (w,) in duckdb.sql(f"SELECT keyword_name FROM duckdb_keywords() WHERE {taken}").fetchall()}
    assert now <= reserved_words()


@pytest.mark.parametrize("word", ["index", "transaction", "commit", "values", "exists"])
def test_the_list_knows_words_of_sqlite(word):
    with pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(":memory:").execute(f"CREATE TABLE t ({word} INT)")
    assert word in reserved_words()


@pytest.mark.parametrize("word", ["user", "analyse", "session_user", "placing", "current_schema", "verbose"])
def test_the_list_knows_words_of_postgresql(word):
    assert word in reserved_words()


@pytest.mark.parametrize("kind", KINDS)
def test_columns_say_what_they_are(kind):
    assert schema.description(kind).endswith(".")
    for c in columns(kind).values():
        assert c.type in (int, str, bool)
        if c.nullable:
            assert c.default in (None, msgspec.NODEFAULT)
        if c.type is int:
            assert "float" not in c.doc


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_is_the_same_after_json(kind, fact):
    decoder = msgspec.json.Decoder(schema.fact_type())
    for f in (fact(kind, 1), fact(kind, 2, full=True)):
        line = msgspec.json.encode(f)
        assert line.startswith(b'{"kind":"' + kind.encode() + b'"')
        assert decoder.decode(line) == f
        with pytest.raises(AttributeError):
            f.loc = ""


def test_defaults_are_not_determined_or_plain(fact):
    c = fact("communication")
    assert (c.direction, c.utc_us, c.text, c.doubtful, c.sightings) == (None, None, None, True, 0)
    made = KINDS["act"](fact_id="1", exhibit="", loc="", tier="exact", communication="c", act="a")
    assert (made.doubtful, made.target, made.certainty, made.anchored) == (False, None, "high", False)


def test_unset_is_not_empty_in_json(fact):
    line = msgspec.json.encode(fact("communication", 1, text="", number=None))
    assert b'"text":""' in line
    assert b'"number":null' in line


def test_the_json_schema_names_every_kind():
    made = schema.json_schema()
    assert set(made["discriminator"]["mapping"]) == set(KINDS)
    assert msgspec.json.encode(made)


def test_unknown_kinds_and_types():
    with pytest.raises(KeyError):
        columns("nothing")

    class Odd(Fact, tag="odd", frozen=True, kw_only=True):
        share: float

    KINDS["odd"] = Odd
    try:
        with pytest.raises(TypeError, match="only flat scalars"):
            columns("odd")
    finally:
        del KINDS["odd"]


def test_sets_of_kinds():
    assert set(KINDS) >= LAW_KINDS
    assert set(KINDS) >= CASE_KINDS
    assert not LAW_KINDS & CASE_KINDS
    assert TIERS == ("exact", "derived", "heuristic", "declared")


def test_ids_are_minted_in_order():
    mint = Mint("00112233445566ff")
    assert [mint(), mint()] == ["00112233445566ff.1", "00112233445566ff.2"]
