"""Judging a case: every rule of every pack over a facts database, and the views that fill tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from dunproof.errors import PackError
from dunproof.facts.casefile import Table
from dunproof.facts.kinds import KINDS, Fact
from dunproof.facts.store import in_memory, open_locked
from dunproof.judge.pack import Pack, View, load_views
from dunproof.judge.verdict import Verdict, judge

_WORD: Final = re.compile(r"[a-z_]+")
"""A name in SQL as views write it, kinds of facts among them."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """All verdicts of a case and its tables."""

    packs: list[Pack]
    verdicts: list[Verdict]
    tables: dict[str, Table]


def reference_facts() -> Iterator[Fact]:
    """Yield the law as rows: clauses in force, necessary items, the crosswalk of categories.

    They belong into every facts database that is judged.
    """
    from dunproof.law.rows import crosswalk, necessary_items, rows

    yield from rows()
    yield from necessary_items()
    yield from crosswalk()


def run(database: Path, packs: Sequence[Pack], progress: Callable[[int, int, str], None] | None = None) -> Judgement:
    """Return the judgement of a case; ``database`` was built with ``reference_facts`` among its facts.

    The tables are those of the views of every run and of the packs' own. The database is opened read-only and locked.
    ``progress`` gets (done, total, rule id).
    """
    rules = [rule for pack in packs for rule in pack.rules]
    verdicts: list[Verdict] = []
    with open_locked(database) as con:
        for n, rule in enumerate(rules):
            verdicts += judge(con, rule)
            if progress:
                progress(n + 1, len(rules), rule.id)
        tables = _tables(con, packs)
    return Judgement(packs=list(packs), verdicts=verdicts, tables=tables)


def fill(facts: Iterable[Fact]) -> dict[str, Table]:
    """Return the tables of the views of every run over facts; nothing is judged."""
    words = set(_WORD.findall(" ".join(view.sql for view in load_views())))
    with in_memory(facts, [kind for kind in KINDS if kind in words]) as con:
        return _tables(con, ())


def _tables(con: Any, packs: Sequence[Pack]) -> dict[str, Table]:
    views = [("packs", view) for view in load_views()] + [(pack.name, view) for pack in packs for view in pack.views]
    return {view.id: _table(con, view, where) for where, view in sorted(views, key=lambda v: v[1].id)}


def _table(con: Any, view: View, where: str) -> Table:
    import duckdb

    file = f"{where}/views/{view.id}.yaml"
    try:
        statements = con.extract_statements(view.sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise PackError(file, 1, "a view is one SELECT", hint="only SELECT: a view reads facts")
        rows = con.execute(f"SELECT * FROM ({view.sql.rstrip().rstrip(';')}) AS v LIMIT {view.limit + 1}").fetchall()
        names = [d[0] for d in con.description]
    except duckdb.Error as error:
        raise PackError(file, 1, str(error).splitlines()[0], hint="see docs/facts.md for tables and columns") from None
    if names != list(view.columns):
        raise PackError(
            file, 1, f"the query gives {', '.join(names)}", hint="columns: must name the same, in this order"
        )
    return Table(
        id=view.id,
        title=view.title,
        columns=names,
        column_titles=list(view.columns.values()),
        rows=[list(r) for r in rows[: view.limit]],
        truncated_at=view.limit if len(rows) > view.limit else None,
    )
