"""Small worlds for the self-test: the examples of a rule as SQLite databases.

An example states rows per kind; ``given`` holds defaults, so that each shows only what differs. It must set every
column that the rule reads, so that no verdict rests on a filled-in default. ``lenders: {L: bank}`` gives parties their
type; ``coverage: {kind: partly | unread | none}`` says what was not fully read (everything else was).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from dunproof.errors import PackError
from dunproof.facts.kinds import KINDS, LAW_KINDS
from dunproof.facts.schema import columns, ddl
from dunproof.judge.hints import near
from dunproof.judge.rule import EXAMPLE_SETS, Rule
from dunproof.judge.syntax import columns as read_columns

Rows = dict[str, list[dict[str, Any]]]
"""Rows by kind, every column set."""

_STATUS = ("read", "partly", "unread", "none")
_EXTRA = ("coverage", "lenders", "verdict", "why")


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One example of a rule."""

    expected: str
    """Set it stands in: broken, kept, needs-facts, unseen, not-applicable."""
    index: int
    line: int
    rows: Rows
    verdict: str
    """Exact verdict where it says one, else ''."""


def reads(rule: Rule) -> dict[str, set[str]]:
    """Return the columns that a rule reads, by kind."""
    used: dict[str, set[str]] = {s.kind: set() for tree in (rule.scope, rule.refined) for s in _sources(tree)}
    for tree in (rule.scope, rule.refined):
        for col in read_columns(tree):
            used[col.kind].add(col.name)
    return used


def _sources(tree: Any) -> Iterator[Any]:
    from dunproof.judge.syntax import Select, walk

    for node in walk(tree):
        if isinstance(node, Select):
            yield from node.sources


def examples(rule: Rule) -> list[Example]:
    """Return the examples of a rule; PackError with the line of what is wrong."""
    spec = rule.spec.examples
    given = spec.get("given", {})
    out: list[Example] = []
    for name, items in spec.items():
        if name == "given":
            continue
        if name not in EXAMPLE_SETS:
            raise PackError(
                rule.file, rule.line("examples", name), f"no set {name!r}", hint=near(name, [*EXAMPLE_SETS, "given"])
            )
        for n, item in enumerate(items or []):
            where: tuple[str | int, ...] = ("examples", name, n)
            if not isinstance(item, dict):
                raise PackError(
                    rule.file, rule.line(*where), "an example is a mapping", hint="{kind: [{column: value}]}"
                )
            out.append(
                Example(
                    expected=name,
                    index=n,
                    line=rule.line(*where),
                    rows=_rows(rule, item, given, where),
                    verdict=item.get("verdict", ""),
                )
            )
    return out


def _rows(rule: Rule, item: Mapping[str, Any], given: Mapping[str, Any], where: tuple[str | int, ...]) -> Rows:
    used = reads(rule)
    rows: Rows = {}
    serial = 0
    for kind, listed in item.items():
        if kind in _EXTRA:
            continue
        if kind not in KINDS:
            raise PackError(rule.file, rule.line(*where, kind), f"no fact kind {kind!r}", hint=near(kind, KINDS))
        if not isinstance(listed, list):
            raise PackError(
                rule.file, rule.line(*where, kind), f"{kind} wants a list of rows", hint="[{}, {column: value}]"
            )
        for n, row in enumerate(listed):
            serial += 1
            full = {**given.get(kind, {}), **(row or {})}
            for column in full:
                if column not in columns(kind):
                    raise PackError(
                        rule.file,
                        rule.line(*where, kind, n, column),
                        f"{kind} has no column {column!r}",
                        hint=near(column, columns(kind)),
                    )
            for column in sorted(used.get(kind, ())):
                if column not in full and column not in ("fact_id", "exhibit", "loc", "tier", "doubtful"):
                    raise PackError(
                        rule.file,
                        rule.line(*where, kind, n),
                        f"the rule reads {kind}.{column}",
                        hint="set it in the example or in given",
                    )
            rows.setdefault(kind, []).append(fill(kind, full, f"{kind}-{n}"))
    lenders = item.get("lenders", given.get("lenders", {}))
    for n, (party, lender_type) in enumerate(lenders.items()):
        row = {"party": party, "name": party, "lender_type": lender_type}
        rows.setdefault("party", []).append(fill("party", row, f"party-{n}"))
    status = item.get("coverage", {})
    for kind in status:
        if kind not in rule.needs:
            raise PackError(
                rule.file,
                rule.line(*where, "coverage", kind),
                f"the rule does not need {kind!r}",
                hint=near(kind, rule.needs),
            )
    for n, kind in enumerate(rule.needs):
        state = status.get(kind, "read")
        if state not in _STATUS:
            raise PackError(
                rule.file, rule.line(*where, "coverage", kind), f"no status {state!r}", hint=near(state, _STATUS)
            )
        if state != "none":
            row = {"looked_for": kind, "subject": "", "status": state}
            rows.setdefault("coverage", []).append(fill("coverage", row, f"coverage-{n}"))
    return rows


def fill(kind: str, row: Mapping[str, Any], fact_id: str) -> dict[str, Any]:
    """Return a row with every column: what is not said is NULL where it may be, else empty."""
    out: dict[str, Any] = {}
    for c in columns(kind).values():
        if c.name in row:
            out[c.name] = row[c.name]
        elif c.name == "fact_id":
            out[c.name] = fact_id
        elif c.name == "tier":
            out[c.name] = "exact"
        else:
            out[c.name] = None if c.nullable else {str: "", int: 0, bool: False}[c.type]
    return out


@cache
def _law() -> dict[str, list[dict[str, Any]]]:
    """Rows of the reference tables."""
    from dunproof.law.rows import crosswalk, necessary_items, rows

    out: dict[str, list[dict[str, Any]]] = {}
    for kind, facts in (
        ("clause_in_force", rows()),
        ("necessary_item", necessary_items()),
        ("crosswalk", crosswalk()),
    ):
        out[kind] = [msgspec.structs.asdict(f) for f in facts]
    return out


class World:
    """A SQLite database for the worlds of one rule; opened once, emptied and filled for each."""

    def __init__(self, rule: Rule, extra: Iterable[str] = ()) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.kinds = sorted({*reads(rule), "coverage", "party", *extra} - LAW_KINDS)
        for kind in [*self.kinds, *LAW_KINDS]:
            self.db.execute(ddl(kind))
        for kind, found in _law().items():
            listed = found if kind != "clause_in_force" else [r for r in found if r["clause"] in rule.spec.clauses]
            self._insert(kind, listed)

    def _insert(self, kind: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            names = list(columns(kind))
            marks = ", ".join("?" * len(names))
            self.db.executemany(f"INSERT INTO {kind} VALUES ({marks})", [[r[n] for n in names] for r in rows])

    def put(self, rows: Rows) -> sqlite3.Connection:
        """Replace the facts by those of one world and return the database."""
        for kind in self.kinds:
            self.db.execute(f"DELETE FROM {kind}")
        for kind, listed in rows.items():
            if kind in self.kinds:
                self._insert(kind, listed)
        return self.db

    def close(self) -> None:
        """Close the database."""
        self.db.close()
