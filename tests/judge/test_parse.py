"""The SQL subset: what it takes, and every refusal with file, line of the offending word, and a hint."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import PackError
from dunproof.judge.parse import parse
from dunproof.judge.syntax import And, Arith, Cmp, CountAgg, CountOf, Exists, In, Lit, Or, Param, walk

HEAD = "SELECT c.person AS who\nFROM communication AS c\nWHERE "
PARAMS = {"n": 3, "acts": ["insult"], "day": "2026-03-01", "word": "x"}


def bound(text, params=PARAMS):
    return parse(text, file="r.yaml", line=10, params=params)


def refused(text, params=PARAMS):
    with pytest.raises(PackError) as caught:
        bound(text, params)
    assert caught.value.hint
    assert str(caught.value).startswith("r.yaml:")
    return caught.value


# Text, line within it (1-based) of the offending word, a part of the message.
REFUSED = [
    # names
    ("SELECT c.person AS who\nFROM communicatoin AS c", 2, "no fact kind 'communicatoin'"),
    (HEAD + "c.direction = 'x'\n  AND c.local_mim > 3", 4, "communication has no column 'local_mim'"),
    (HEAD + "c.direction = 'x'\n  AND b.local_minute > 3", 4, "no table 'b'"),
    (HEAD + "c.direction = 'x'\n  AND direction = 'y'", 4, "a bare column 'direction'"),
    (HEAD + "c.direction = 'x'\n  AND main.c.direction = 'y'", 4, "a database before the name"),
    (HEAD + "c.direction = 'x'\n  AND c.local_minute > :m", 4, "no parameter 'm'"),
    (HEAD + "c.duration_s > :n\n  AND c.local_minute > :n\n  AND c.channel = :m", 5, "no parameter 'm'"),
    (HEAD + "c.duration_s > :n\n  AND c.channel IN (:n)", 4, "compares str with int"),
    ("SELECT c.person AS who\nFROM communication", 2, "without an alias"),
    ("SELECT c.person AS who\nFROM communication AS c\nJOIN act AS c ON c.act = 'x'", 3, "stands twice"),
    ("SELECT c.person AS who\nFROM communication AS index", 2, "reserved word"),
    ("SELECT c.person AS who,\n  c.channel AS index\nFROM communication AS c", 2, "output name 'index'"),
    ("SELECT c.person AS who,\n  c.channel AS f_c\nFROM communication AS c", 2, "output name 'f_c'"),
    ("SELECT c.person AS who,\n  c.channel AS sure_\nFROM communication AS c", 2, "output name 'sure_'"),
    ("SELECT c.person AS who,\n  c.channel AS who\nFROM communication AS c", 2, "output name 'who'"),
    ('SELECT c.person AS who\nFROM communication AS c\nWHERE c."channel" = \'sms\'', 3, "a quoted name"),
    # clauses of SELECT
    ("SELECT *\nFROM communication AS c", 1, "an output without a name"),
    ("SELECT c.person AS who,\n  c.*\nFROM communication AS c", 2, "*"),
    ("SELECT DISTINCT c.person AS who\nFROM communication AS c", 1, "DISTINCT"),
    ("SELECT c.person AS who\nFROM communication AS c\nORDER BY\n  c.person", 4, "ORDER BY"),
    ("SELECT c.person AS who\nFROM communication AS c\nLIMIT 3", 3, "LIMIT"),
    ("SELECT c.person AS who\nFROM communication AS c\nOFFSET 3", 3, "OFFSET"),
    ("WITH x AS (SELECT 1)\nSELECT c.person AS who\nFROM communication AS c", 1, "WITH"),
    ("SELECT c.person AS who\nFROM communication AS c\nUNION SELECT a.act AS who FROM act AS a", 3, "UNION"),
    ("SELECT c.person AS who\nFROM communication AS c\nFOR UPDATE", 1, "LOCKS"),
    ("SELECT c.person AS who\nFROM communication AS c;\nDROP TABLE communication", 3, "2 statements"),
    ("DELETE FROM communication", 1, "DELETE"),
    ("COPY communication TO 'x'", 1, "COPY"),
    ("ATTACH 'x' AS y", 1, "no SQL"),
    ("ATTACH DATABASE 'x' AS y", 1, "no SQL"),
    ("PRAGMA database_list", 1, "outside the subset"),
    ("INSTALL httpfs", 1, "outside the subset"),
    ("SET memory_limit = '1GB'", 1, "outside the subset"),
    ("SELECT c.person AS who\nFROM communication AS c;\nATTACH 'x' AS y", 3, "no SQL"),
    ("SELECT 1 AS one", 1, "SELECT without FROM"),
    ("", 1, "0 statements"),
    # FROM
    ("SELECT c.person AS who\nFROM communication AS c\nLEFT JOIN act AS a ON a.communication = c.fact_id", 3, "JOIN"),
    ("SELECT c.person AS who\nFROM communication AS c\nSEMI JOIN act AS a ON a.communication = c.fact_id", 3, "JOIN"),
    ("SELECT c.person AS who\nFROM communication AS c\nJOIN act AS a USING (fact_id)", 3, "only JOIN … ON"),
    ("SELECT c.person AS who\nFROM communication AS c\nNATURAL JOIN act AS a", 3, "only JOIN … ON"),
    ("SELECT c.person AS who\nFROM communication AS c\nCROSS JOIN act AS a", 3, "without ON"),
    ("SELECT c.person AS who\nFROM communication AS c,\n  act AS a", 3, "without ON"),
    ("SELECT c.person AS who\nFROM\n  read_csv('/etc/passwd') AS c", 3, "only fact kinds"),
    ("SELECT c.person AS who\nFROM communication AS c\nJOIN read_json('x') AS j ON j.a = 1", 3, "only fact kinds"),
    ("SELECT c.person AS who\nFROM communication AS c\nJOIN glob('/*') AS g ON g.file = c.text", 3, "no SQL"),
    ("SELECT c.person AS who\nFROM\n  sqlite_scan('x.db', 'y') AS c", 3, "only fact kinds"),
    ("SELECT c.person AS who\nFROM\n  read_text('/etc/passwd') AS c", 3, "only fact kinds"),
    ("SELECT c.person AS who\nFROM\n  read_parquet('x') AS c", 3, "only fact kinds"),
    ("SELECT c.person AS who\nFROM\n  pragma_table_info('act') AS c", 3, "only fact kinds"),
    ("SELECT c.person AS who\nFROM\n  information_schema.tables AS c", 3, "only fact kinds"),
    ("SELECT c.person AS who\nFROM\n  sqlite_master AS c", 3, "no fact kind"),
    ("SELECT c.person AS who\nFROM\n  duckdb_settings() AS c", 3, "only fact kinds"),
    ('SELECT c.person AS who\nFROM\n  "x.csv" AS c', 3, "no fact kind"),
    ("SELECT c.person AS who\nFROM\n  'facts.jsonl' AS c", 3, "no fact kind"),
    ("SELECT c.person AS who\nFROM (\n  SELECT 1) AS c", 3, "only fact kinds"),
    ("SELECT c.person AS who\nFROM other.communication AS c", 2, "only fact kinds"),
    ("SELECT c.person AS who\nFROM communication AS c(a, b)", 2, "a list of column names"),
    ("SELECT c.person AS who\nFROM communication AS c TABLESAMPLE SYSTEM (1)", 2, "TABLESAMPLE"),
    ("SELECT c.person AS who\nFROM communication AS c\nJOIN LATERAL (SELECT 1) AS l ON 1 = 1", 3, "only fact kinds"),
    # conditions
    (HEAD + "c.channel = 'sms'\n  AND c.text LIKE '%x'", 4, "LIKE"),
    (HEAD + "c.channel = 'sms'\n  AND c.text ILIKE '%x'", 4, "LIKE"),
    (HEAD + "c.channel = 'sms'\n  AND c.text ~ 'x'", 4, "LIKE"),
    (HEAD + "c.channel = 'sms'\n  AND c.text IS NULL", 4, "IS NULL"),
    (HEAD + "c.channel = 'sms'\n  AND c.text IS NOT NULL", 4, "IS NULL"),
    (HEAD + "c.channel = 'sms'\n  AND c.text = NULL", 4, "NULL"),
    (HEAD + "c.channel IN ('sms',\n  NULL)", 4, "NULL"),
    (HEAD + "c.channel IN ()", 3, "IN without values"),
    (HEAD + "c.channel IN c.text", 3, "outside the subset"),
    (HEAD + "c.channel = 'sms'\n  AND c.fact_id IN (SELECT a.communication FROM act AS a)", 4, "IN (SELECT"),
    (HEAD + "c.channel = 'sms'\n  AND c.fact_id NOT IN (SELECT a.communication FROM act AS a)", 4, "IN (SELECT"),
    (HEAD + "c.channel IN (c.text)", 3, "constants and parameters"),
    (HEAD + "c.channel = 'sms'\n  AND c.local_minute = 'abc'", 4, "compares int with str"),
    (HEAD + "c.channel = 'sms'\n  AND c.channel < 'tms'", 4, "< on text"),
    (HEAD + "c.channel = 'sms'\n  AND c.local_day < c.channel", 4, "< on text"),
    (HEAD + "c.channel = 'sms'\n  AND c.local_day < 'soon'", 4, "< on text"),
    (HEAD + "c.channel = 'sms'\n  AND c.local_day < :word", 4, "< on text"),
    (HEAD + "c.local_minute BETWEEN SYMMETRIC 3 AND 1", 3, "SYMMETRIC"),
    (HEAD + "c.channel = 'sms'\n  AND c.local_minute > 1.5", 4, "1.5 is no integer"),
    (HEAD + "c.channel = 'sms'\n  AND c.local_minute > -1.5", 4, "1.5 is no integer"),
    (HEAD + "c.channel = 'sms'\n  AND c.local_minute > 1e3", 4, "1e3 is no integer"),
    (HEAD + "c.utc_us > 99999999999999999999", 3, "is no integer"),
    (HEAD + "c.channel = 'sms'\n  AND c.doubtful", 4, "a bare condition"),
    (HEAD + "c.channel = 'sms'\n  AND c.channel = :acts", 4, "parameter 'acts' is a list"),
    # expressions
    (HEAD + "c.channel = 'sms'\n  AND c.local_minute / 60 > 3", 4, "DIV"),
    (HEAD + "c.channel = 'sms'\n  AND lower(c.text) = 'x'", 4, "function lower"),
    (HEAD + "c.channel = 'sms'\n  AND coalesce(c.text, '') = 'x'", 4, "function coalesce"),
    (HEAD + "c.channel = 'sms'\n  AND CASE WHEN c.text = 'x' THEN 1 ELSE 0 END = 1", 4, "function case"),
    (HEAD + "c.channel = 'sms'\n  AND c.utc_us > now()", 4, "function"),
    (HEAD + "c.channel = 'sms'\n  AND pg_read_file('x') = 'y'", 4, "function pg_read_file"),
    (HEAD + "c.channel = 'sms'\n  AND readfile('x') = 'y'", 4, "function readfile"),
    (HEAD + "c.channel = 'sms'\n  AND load_extension('x') = 'y'", 4, "function load_extension"),
    (HEAD + "c.channel = 'sms'\n  AND getenv('HOME') = 'y'", 4, "function getenv"),
    (HEAD + "c.channel = 'sms'\n  AND EXISTS (SELECT 1\n    FROM read_csv('/etc/passwd') AS r)", 5, "only fact kinds"),
    (HEAD + "c.channel = 'sms'\n  AND c.local_minute::text = 'x'", 4, "function cast"),
    (HEAD + "c.channel || 'x' = 'smsx'", 3, "PIPE"),
    (HEAD + "c.channel + 1 = 2", 3, "arithmetic"),
    (HEAD + "length(c.local_minute) = 2", 3, "length of int"),
    (HEAD + "abs(c.channel) = 2", 3, "abs of str"),
    # counts
    (HEAD + "c.channel = 'sms'\n  AND row_number() OVER (ORDER BY c.utc_us) = 1", 4, "WINDOW"),
    (HEAD + "c.channel = 'sms'\n  AND count(*) > 1", 4, "count without GROUP BY"),
    (HEAD + "c.channel = 'sms'\n  AND (SELECT max(a.act) FROM act AS a) = 'x'", 4, "must be count(*)"),
    (HEAD + "c.channel = 'sms'\n  AND (SELECT count(*) FROM act AS a) + 1 > 2", 4, "a count inside an expression"),
    (HEAD + "c.channel = 'sms'\n  AND (SELECT count(*) FROM act AS a) IN (1, 2)", 4, "a count inside an expression"),
    (HEAD + "c.channel = 'sms'\n  AND (SELECT count(*) FROM act AS a) > c.local_minute", 4, "compared with a column"),
    (HEAD + "(SELECT count(*) FROM act AS a) = (SELECT count(*) FROM act AS b)", 3, "a count compared with a count"),
    ("SELECT (SELECT count(*) FROM act AS a) AS n\nFROM communication AS c", 1, "a count inside an expression"),
    (HEAD + "EXISTS (SELECT 1 FROM act AS a\n  GROUP BY a.act)", 3, "GROUP BY inside"),
    (HEAD + "EXISTS (SELECT 1 FROM act AS a\n  ORDER BY a.act)", 4, "ORDER BY"),
    (HEAD + "EXISTS (VALUES (1))", 3, "VALUES"),
    # groups
    ("SELECT c.person AS who\nFROM communication AS c\nHAVING count(*) > 1", 3, "HAVING without GROUP BY"),
    ("SELECT c.channel AS x\nFROM communication AS c\nGROUP BY c.person", 1, "is no key"),
    ("SELECT c.person AS x\nFROM communication AS c\nGROUP BY\n  length(c.person)", 4, "GROUP BY takes columns"),
    ("SELECT c.person AS x\nFROM communication AS c\nGROUP BY ROLLUP (c.person)", 3, "GROUP BY takes columns"),
    ("SELECT c.person AS x\nFROM communication AS c\nGROUP BY ALL", 1, "ALL"),
    ("SELECT c.person AS x\nFROM communication AS c\nGROUP BY c.person\nHAVING max(c.utc_us) > 1", 4, "function max"),
    ("SELECT c.person AS x\nFROM communication AS c\nGROUP BY c.person\nHAVING count(c.text) > 1", 4, "outside the subset"),
    ("SELECT c.person AS x\nFROM communication AS c\nGROUP BY c.person\nHAVING c.channel = 'x'", 4, "is no key"),
    (
        ("SELECT c.person AS x\nFROM communication AS c\nGROUP BY c.person\n"
        "HAVING EXISTS (SELECT 1 FROM act AS a WHERE a.communication = c.fact_id)"),
        4,
        "a subquery in HAVING",
    ),
    ("SELECT count(*) + 1 AS x\nFROM communication AS c\nGROUP BY c.person", 1, "a count inside an expression"),
    # no SQL at all
    (HEAD + "c.channel = 'sms'\n  AND c.text = 'abc", 4, "a quote is not closed"),
    (HEAD + "c.channel = 'sms'\n  AND (c.text = 'abc'", 4, "no SQL"),
    (HEAD, 3, "no SQL"),
    ("$1 \n SELECT", 2, "no SQL"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), REFUSED, ids=[f"{n}-{m}" for n, (_, _, m) in enumerate(REFUSED)])
def test_what_is_outside_the_subset_is_refused_on_its_line(text, line, message):
    error = refused(text)
    assert message in error.message
    assert error.line == 10 + line - 1


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("communicatoin", "communication"), ("acts", "act"), ("objecton", "objection")],
)
def test_a_wrong_table_names_the_nearest(wrong, right):
    assert repr(right) in refused(f"SELECT c.fact_id AS x FROM {wrong} AS c").hint


def test_a_wrong_column_or_parameter_names_the_nearest():
    assert "'local_minute'" in refused(HEAD + "c.local_minuet > 3").hint
    assert "'acts'" in refused(HEAD + "c.channel IN (:act)").hint
    assert "add it to params" in refused(HEAD + "c.channel IN (:act)", {}).hint


def test_deep_and_long_queries_are_refused_not_followed():
    assert refused(HEAD + "(" * 3000 + "c.channel = 'x'" + ")" * 3000)
    assert refused(HEAD + "NOT " * 2000 + "c.channel = 'x'")
    assert "characters" in refused(HEAD + " OR ".join(["c.channel = 'x'"] * 1000)).message


def test_what_the_subset_takes():
    tree = bound(
        """
SELECT c.local_day AS on_day, a.act AS act
FROM communication AS c
JOIN act AS a ON a.communication = c.fact_id AND a.certainty = 'high'
WHERE (c.channel = 'sms' OR c.channel IN ('call', 'chat'))
  AND NOT c.direction = 'from_person'
  AND c.local_minute BETWEEN 60 AND 2 * 60
  AND length(c.text) > 3 AND abs(c.local_minute - 700) < :n
  AND c.local_day >= :day AND 3 < c.duration_s
  AND EXISTS (SELECT 1 FROM objection AS o WHERE o.person = c.person)
  AND :n <= (SELECT count(*) FROM slot AS s WHERE s.communication = c.fact_id)
  AND TRUE
"""
    )
    assert [s.kind for s in tree.sources] == ["communication", "act"]
    nodes = list(walk(tree))
    for kind in (And, Or, In, Exists, CountOf, Arith):
        assert any(isinstance(n, kind) for n in nodes)
    counted = next(n for n in nodes if isinstance(n, Cmp) and isinstance(n.left, CountOf))
    assert (counted.op, counted.right.name) == (">=", "n"), "the count moves to the left"
    assert (
        sum(
            isinstance(n, Cmp) and n.op in (">=", "<=") and isinstance(n.left, type(counted.left)) is False
            for n in nodes
        )
        >= 2
    )


def test_groups():
    tree = bound(
        "SELECT c.local_day AS d, count(*) AS n, count(DISTINCT c.number) AS m FROM communication AS c "
        "GROUP BY c.local_day HAVING count(*) > 3 AND NOT count(DISTINCT c.number) = 2"
    )
    assert tree.grouped
    assert sum(isinstance(n, CountAgg) for n in walk(tree)) == 4


def test_lines_of_constants_and_repeated_parameters():
    tree = bound(
        "SELECT c.person AS who\nFROM communication AS c\nWHERE c.channel IN ('sms',\n  'call')\n"
        "  AND c.local_minute > :n\n  AND c.doubtful = FALSE\n  AND c.duration_s\n    > :n"
    )
    assert {n.value: n.line for n in walk(tree) if isinstance(n, Lit)} == {"sms": 12, "call": 13, False: 15}
    assert [n.line for n in walk(tree) if isinstance(n, Param)] == [14, 17]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["SELECT", "FROM", "WHERE", "communication", "act", "AS", "c", "a", "c.text", "c.local_day", "a.act", "=", "<", "(", ")", ",", "NOT", "EXISTS", "count(*)", "'x", "'y'", "3", ":n", "JOIN", "ON", "GROUP", "BY", "HAVING", "AND", "OR", "IN", "IS", "NULL", "CASE", "BETWEEN", "*", ";", "--", "\n", "[", "]", "->>", "@", "~", "$1"]
        ),
        max_size=25,
    )
)  # fmt: skip
def test_any_words_are_a_query_or_a_pack_error(words):
    try:
        bound(" ".join(words))
    except PackError as error:
        assert error.hint
        assert 10 <= error.line <= 10 + " ".join(words).count("\n")
