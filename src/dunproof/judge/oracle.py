"""The oracle: small worlds with unknowns, every completion enumerated, compared with the two bounds.

For a world and a rule: *certain* is what the author's plain query finds in every completion, *possible* what it finds
in some. Demanded: sure rows ⊆ certain, and possible ⊆ sure ∪ open rows. Worlds are made from the rule's own examples by
seeded changes, so that they lie near the borders that the rule draws. DuckDB and SQLite must give the same rows.
"""

from __future__ import annotations

import itertools
import math
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from dunproof.facts.kinds import LAW_KINDS
from dunproof.facts.schema import columns, ddl, duckdb_types
from dunproof.judge.compiled import Compiled
from dunproof.judge.rule import Rule
from dunproof.judge.syntax import Cmp, Col, CountAgg, CountOf, In, Lit, Param, walk
from dunproof.judge.worlds import Rows, World, examples, reads

_COMPLETIONS: Final = 96
_SMALL: Final = 2
_ROWS: Final = 4
_PLAIN: Final = frozenset({"exhibit", "loc", "tier"})
Key = tuple[Any, ...]
Unknown = tuple[str, str, str, list[Any]]
"""Kind, fact_id and column of an unknown cell, and the values it may have."""


class Disagreement(msgspec.Struct, frozen=True):
    """A world in which a bound is wrong."""

    world: int
    what: str
    key: Key
    rows: Rows


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What the oracle saw of one rule."""

    rule: str
    worlds: int
    completions: int
    sure_worlds: int
    """Worlds in which some row was sure."""
    open_worlds: int
    """Worlds in which some row was possible and not sure."""
    disagreements: list[Disagreement]
    engines_differ: int


def pools(rule: Rule) -> dict[tuple[str, str], list[Any]]:
    """Return for every column that the rule reads the values worth trying.

    Columns that are compared with each other share a pool: constants they meet (numbers also ±1), values of the
    examples, and one value that no constant names.
    """
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def find(x: tuple[str, str]) -> tuple[str, str]:
        parent.setdefault(x, x)
        while parent[x] != x:
            x = parent[x]
        return x

    values: dict[tuple[str, str], list[Any]] = {}
    for tree in (rule.scope, rule.refined):
        for node in walk(tree):
            if isinstance(node, Cmp) and isinstance(node.left, Col) and isinstance(node.right, Col):
                parent[find((node.left.kind, node.left.name))] = find((node.right.kind, node.right.name))
    for kind, names in reads(rule).items():
        for name in names:
            find((kind, name))
    for tree in (rule.scope, rule.refined):
        for node in walk(tree):
            for col, value in _meetings(node, rule):
                values.setdefault(find((col.kind, col.name)), []).append(value)
    for example in examples(rule):
        for kind, rows in example.rows.items():
            for row in rows:
                for name, value in row.items():
                    if (kind, name) in parent and value is not None:
                        values.setdefault(find((kind, name)), []).append(value)
    return {col: _widened(values.get(find(col), []), columns(col[0])[col[1]].type) for col in parent}


def _meetings(node: Any, rule: Rule) -> Iterator[tuple[Col, Any]]:
    sides = (
        (node.left, node.right) if isinstance(node, Cmp) else (node.arg, *node.options) if isinstance(node, In) else ()
    )
    cols = [n for s in sides for n in walk(s) if isinstance(n, Col)]
    for side in sides:
        for leaf in walk(side):
            value = leaf.value if isinstance(leaf, Lit) else rule.params[leaf.name] if isinstance(leaf, Param) else None
            for v in value if isinstance(value, list) else [] if value is None else [value]:
                yield from ((c, v) for c in cols)


def _widened(values: list[Any], type_: type) -> list[Any]:
    if type_ is bool:
        return [False, True]
    if type_ is int:
        return sorted({v + d for v in values if isinstance(v, int) for d in (-1, 0, 1)} or {0, 1})
    return [*dict.fromkeys(v for v in values if isinstance(v, str)), "zz"]


class Worlds:
    """A seeded stream of worlds of one rule."""

    def __init__(self, rule: Rule, seed: int) -> None:
        self.random = random.Random(f"{rule.id} {seed}")  # noqa: S311 - worlds must be the same on every run
        self.pools = pools(rule)
        self.kinds = [k for k in reads(rule) if k not in LAW_KINDS]
        cases = examples(rule)
        broken = [e.rows for e in cases if e.expected == "broken"]
        others = [e.rows for e in cases if e.expected in ("kept", "needs-facts", "not-applicable")]
        self.bases = broken * max(1, 3 * len(others) // max(1, len(broken))) + others

    def __iter__(self) -> Iterator[tuple[Rows, list[Unknown]]]:
        """Yield rows and their unknown cells: (kind, fact_id, column, values it may have)."""
        while True:
            made = self._make()
            if made[1]:
                yield made

    def _make(self) -> tuple[Rows, list[Unknown]]:
        """Copy an example, double a row, change a few cells, then forget a few.

        The unknowns go into the doubled row half of the time, so that what was sure often stays sure.
        """
        rnd = self.random
        base = rnd.choice(self.bases)
        rows: Rows = {kind: [dict(r) for r in base.get(kind, [])[:_ROWS]] for kind in self.kinds}
        filled = [k for k in self.kinds if rows[k]]
        copies: list[int] = []
        if filled and rnd.random() < 0.6:
            kind = rnd.choice(filled)
            copy = {**rnd.choice(rows[kind]), "fact_id": f"{kind}-x"}
            rows[kind].append(copy)
            copies.append(id(copy))
        cells = [(kind, row, name) for kind in filled for row in rows[kind] for name in self._columns(kind)]
        for kind, row, name in rnd.sample(cells, min(len(cells), rnd.choice((0, 0, 1, 1, 2)))):
            row[name] = rnd.choice(self.pools[kind, name])
        if filled and rnd.random() < 0.05:
            rows[rnd.choice(filled)].pop()
        return rows, self._unknowns(rows, copies if rnd.random() < 0.5 else [])

    def _columns(self, kind: str) -> list[str]:
        return sorted(n for k, n in self.pools if k == kind and n not in _PLAIN and n not in ("fact_id", "doubtful"))

    def _unknowns(self, rows: Rows, within: list[int]) -> list[Unknown]:
        rnd = self.random
        cells = [
            (kind, row, name)
            for kind, listed in rows.items()
            for row in listed
            for name in [*(c for c in self._columns(kind) if columns(kind)[c].nullable), "doubtful"]
        ]
        rnd.shuffle(cells)
        out: list[Unknown] = []
        size = 1
        already = [c for c in cells if c[1][c[2]] is None]
        known = [c for c in cells if c[1][c[2]] is not None and (not within or id(c[1]) in within)]
        fresh = known[: rnd.choice((1, 1, 2, 3))]
        for kind, row, name in [*already, *fresh]:
            domain: list[Any] = [False, True]
            if name != "doubtful":
                pool = self.pools[kind, name]
                domain = rnd.sample(pool, min(len(pool), 4))
            if size * len(domain) > _COMPLETIONS:
                if row[name] is None:
                    row[name] = rnd.choice(domain)
                continue
            size *= len(domain)
            row[name] = True if name == "doubtful" else None
            out.append((kind, row["fact_id"], name, domain))
        return out


def small(rule: Rule) -> Rule:
    """Return a rule whose counts are compared with small numbers, so that small worlds reach them."""
    counted = {
        node.right.name
        for node in walk(rule.refined)
        if isinstance(node, Cmp) and isinstance(node.left, CountAgg | CountOf) and isinstance(node.right, Param)
    }
    params = dict(rule.params)
    for name in counted:
        value = params[name]
        if isinstance(value, int):
            params[name] = min(value, _SMALL)
    return rule.mutated(scope=rule.scope, find=rule.find, params=params)


def agree(
    rule: Rule, *, worlds: int, seed: int = 1, compiled: Compiled | None = None, duckdb: bool = True
) -> Agreement:
    """Return how the bounds of a rule compare with brute force on seeded worlds.

    ``compiled`` replaces the rule's own compilation (a test plants a bug there).
    """
    rule = small(rule)
    made = list(itertools.islice(Worlds(rule, seed), worlds))
    query = compiled or Compiled(rule)
    plain = Compiled(rule).plain()
    world = World(rule)
    wrong: list[Disagreement] = []
    found: set[tuple[int, bool, Key]] = set()
    total = sure_worlds = open_worlds = 0
    for n, (rows, unknowns) in enumerate(made):
        db = world.put(rows)
        sure, open_ = _bounds(db, query)
        found |= {(n, True, k) for k in sure} | {(n, False, k) for k in open_}
        certain, possible, count = _enumerate(db, plain, unknowns)
        total += count
        sure_worlds += bool(sure)
        open_worlds += bool(open_)
        wrong += [
            Disagreement(n, "sure, but not in every completion", k, rows) for k in sorted(sure - certain, key=repr)
        ]
        wrong += [
            Disagreement(n, "possible, but neither sure nor open", k, rows)
            for k in sorted(possible, key=repr)
            if not any(_covers(c, k) for c in sure | open_)
        ]
    world.close()
    differ = len(found ^ _on_duckdb(rule, [rows for rows, _ in made])) if duckdb and compiled is None else 0
    return Agreement(
        rule=rule.id, worlds=len(made), completions=total, sure_worlds=sure_worlds, open_worlds=open_worlds,
        disagreements=wrong, engines_differ=differ,
    )  # fmt: skip


def _covers(shown: Key, key: Key) -> bool:
    """Whether a shown row stands for a found one: an undetermined key of a group may be any value."""
    return all(s is None or s == k for s, k in zip(shown, key, strict=True))


def _id_columns(query: Compiled) -> list[str]:
    return (
        [f"k_{n}" for n in range(len(query.select.keys))] if query.select.grouped else [w for w, _ in query.witnesses]
    )


def _bounds(db: sqlite3.Connection, query: Compiled) -> tuple[set[Key], set[Key]]:
    ids = _id_columns(query)
    sure: set[Key] = set()
    open_: set[Key] = set()
    for flag, *key in db.execute(f"SELECT sure_, {', '.join(ids)} FROM ({query.find}) AS f"):
        (sure if flag else open_).add(tuple(key))
    return sure, open_ - sure


def _enumerate(db: sqlite3.Connection, plain: str, unknowns: list[Unknown]) -> tuple[set[Key], set[Key], int]:
    certain: set[Key] | None = None
    possible: set[Key] = set()
    updates = [f"UPDATE {kind} SET {name} = ? WHERE fact_id = ?" for kind, _, name, _ in unknowns]
    last: tuple[Any, ...] = (object(),) * len(unknowns)
    for completion in itertools.product(*(domain for *_, domain in unknowns)):
        for n, value in enumerate(completion):
            if value is not last[n]:
                db.execute(updates[n], (value, unknowns[n][1]))
        last = completion
        got = set(db.execute(plain))
        certain = got if certain is None else certain & got
        possible |= got
    return certain or set(), possible, math.prod(len(d) for *_, d in unknowns)


def _on_duckdb(rule: Rule, worlds: list[Rows]) -> set[tuple[int, bool, Key]]:
    """Return what the compiled query finds in all worlds at once; every table carries the number of its world."""
    import duckdb

    query = Compiled(rule, partition="world")
    needed = sorted(reads(rule))
    out: set[tuple[int, bool, Key]] = set()
    reference = World(rule)
    with duckdb.connect() as con, tempfile.TemporaryDirectory(prefix="dunproof-oracle-") as folder:
        for kind in needed:
            names = ", ".join(columns(kind))
            con.execute(ddl(kind)[:-1] + ", world BIGINT)")
            if kind in LAW_KINDS:
                rows = reference.db.execute(f"SELECT {names} FROM {kind}").fetchall()
                listed = [
                    dict(zip(columns(kind), r, strict=True)) | {"world": n} for n in range(len(worlds)) for r in rows
                ]
            else:
                listed = [{**row, "world": n} for n, world in enumerate(worlds) for row in world.get(kind, [])]
            for row in listed:
                for c in columns(kind).values():
                    if c.type is bool and row[c.name] is not None:
                        row[c.name] = bool(row[c.name])
            if listed:
                path = Path(folder) / kind
                path.write_bytes(msgspec.json.Encoder().encode_lines(listed))
                con.execute(
                    f"INSERT INTO {kind} SELECT {names}, world "
                    "FROM read_json(?, format='newline_delimited', columns=?)",
                    [str(path), {**duckdb_types(kind), "world": "BIGINT"}],
                )
        sql = f"SELECT world_, sure_, {', '.join(_id_columns(query))} FROM ({query.find}) AS f"
        for world, flag, *key in con.execute(sql).fetchall():
            out.add((world, bool(flag), tuple(key)))
    reference.close()
    return {x for x in out if x[1] or (x[0], True, x[2]) not in out}
