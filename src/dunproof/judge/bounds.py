"""One query, two bounds: certain and possible answers over facts with unknowns.

``T(e)`` holds only if e holds however the unknowns come out; ``P(e)`` if it may hold. Neither is ever NULL. After
Guagliardo and Libkin, "Making SQL queries correct on incomplete databases" (PODS 2016). A doubtful row is a row that
may not exist: it is left out under T and taken in under P (and the other way round below NOT EXISTS).

The compiled text runs unchanged on DuckDB and SQLite. Names that end in ``_`` are the engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dunproof.facts.kinds import LAW_KINDS
from dunproof.judge.syntax import (
    And,
    Arith,
    Cmp,
    Col,
    Cond,
    CountAgg,
    CountOf,
    Exists,
    Expr,
    Func,
    In,
    Lit,
    Not,
    Or,
    Param,
    ParamValue,
    Select,
    Truth,
    Value,
    bare,
    columns,
)

_FLIP: Final = {"T": "P", "P": "T"}


def literal(value: Value) -> str:
    """Return a value as an SQL constant; text is quoted, nothing else is taken."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"


class Renderer:
    """Renders expressions and conditions with parameters written in.

    ``two_valued`` renders the author's plain query over the rows that are no misreading (for oracle and benchmark).
    ``partition`` is a column that every table of a query must agree on (the oracle runs many worlds in one query).
    """

    def __init__(self, params: Mapping[str, ParamValue], *, two_valued: bool = False, partition: str = "") -> None:
        self.params = params
        self.two_valued = two_valued
        self.partition = partition
        self.counts: dict[CountAgg, tuple[str, str]] = {}
        """Names of the lower and upper count of each aggregate, filled by the grouped query."""
        self._outer = ""
        self.keys: dict[tuple[str, str], str] = {}
        """Key columns of a grouped query under their names in its last step."""

    def value(self, e: Expr) -> str:
        """Return an expression that is no count."""
        if isinstance(e, Col):
            return self.keys.get((e.alias, e.name), f"{e.alias}.{e.name}")
        if isinstance(e, Lit):
            return literal(e.value)
        if isinstance(e, Param):
            value = self.params[e.name]
            if isinstance(value, list):
                return ", ".join(literal(v) for v in value)
            return literal(value)
        if isinstance(e, Arith):
            return f"({self.value(e.left)} {e.op} {self.value(e.right)})"
        if isinstance(e, Func):
            return f"{e.name}({self.value(e.arg)})"
        raise TypeError(f"a count has two values: {e}")

    def cond(self, e: Cond, bound: str, *, filters: bool = False) -> str:
        """Return a condition under bound ``T`` or ``P``.

        ``filters``: it stands in WHERE, where NULL and FALSE are one. There ``T`` of an atom that no NOT is around is
        the atom itself, which leaves the engine its hash joins and indexes.
        """
        if isinstance(e, And):
            return "(" + " AND ".join(self.cond(p, bound, filters=filters) for p in e.parts) + ")"
        if isinstance(e, Or):
            return "(" + " OR ".join(self.cond(p, bound, filters=filters) for p in e.parts) + ")"
        if isinstance(e, Not):
            return f"(NOT {self.cond(e.part, _FLIP[bound])})"
        if isinstance(e, Truth):
            return "TRUE" if e.value else "FALSE"
        if isinstance(e, Exists):
            return f"EXISTS (SELECT 1 {self.body(e.select, bound)})"
        if isinstance(e, In):
            options = ", ".join(self.value(o) for o in e.options)
            return self._atom(f"{self.value(e.arg)} IN ({options})", e, bound, filters)
        if isinstance(e.left, CountAgg | CountOf):
            return self._count(e, bound)
        return self._atom(f"{self.value(e.left)} {e.op} {self.value(e.right)}", e, bound, filters)

    def _atom(self, sql: str, e: Cmp | In, bound: str, filters: bool) -> str:  # noqa: FBT001 - as in cond
        if self.two_valued or (filters and bound == "T") or not any(c.nullable for c in columns(e)):
            return f"({sql})"
        return f"COALESCE({sql}, {'TRUE' if bound == 'P' else 'FALSE'})"

    def _count(self, e: Cmp, bound: str) -> str:
        low, high = self.interval(e.left)
        n = self.value(e.right)
        match e.op:
            case ">" | ">=":
                return f"({low if bound == 'T' else high} {e.op} {n})"
            case "<" | "<=":
                return f"({high if bound == 'T' else low} {e.op} {n})"
            case "=":
                return f"({low} = {n} AND {high} = {n})" if bound == "T" else f"({low} <= {n} AND {high} >= {n})"
            case _:
                return f"({low} > {n} OR {high} < {n})" if bound == "T" else f"(NOT ({low} = {n} AND {high} = {n}))"

    def interval(self, e: Expr) -> tuple[str, str]:
        """Return the least and the greatest value that a count can have."""
        if isinstance(e, CountAgg):
            return self.counts[bare(e)]
        if isinstance(e, CountOf):
            return (
                f"(SELECT count(*) {self.body(e.select, 'T')})",
                f"(SELECT count(*) {self.body(e.select, 'P')})",
            )
        raise TypeError(f"no count: {e}")

    def body(self, s: Select, bound: str, extra: str = "") -> str:
        """Return FROM and WHERE of a query under a bound."""
        tables = ", ".join(f"{t.kind} AS {t.alias}" for t in s.sources)
        return f"FROM {tables} WHERE {self.where(s, bound, filters=True)}{extra}"

    def where(self, s: Select, bound: str, *, filters: bool = False) -> str:
        """Return the WHERE condition of a query under a bound, doubt and partition included; ``filters`` as above."""
        parts = [] if isinstance(s.where, Truth) and s.where.value else [self.cond(s.where, bound, filters=filters)]
        if bound == "T" or self.two_valued:
            parts += [f"(NOT {t.alias}.doubtful)" for t in s.sources if t.kind not in LAW_KINDS]
        if self.partition:
            first = self._outer or s.sources[0].alias
            parts += [f"({t.alias}.{self.partition} = {first}.{self.partition})" for t in s.sources if t.alias != first]
        return " AND ".join(parts) or "TRUE"

    def within(self, s: Select) -> Renderer:
        """Tie inner queries to the partition of the first table of ``s``."""
        self._outer = s.sources[0].alias
        return self
