"""The law as rows for rules: clauses with their days and lenders, necessary items, the crosswalk of categories."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from dunproof.facts.kinds import ClauseInForce, Crosswalk, Mint, NecessaryItem
from dunproof.law import register as registers
from dunproof.law import tables
from dunproof.law.structs import LAW_FORCES, VERIFIED, Clause, Level

OPEN = "9999-12-31"
"""Last day of what is in force."""


@cache
def background() -> dict[str, str]:
    """Return the norms that never give a verdict (criminal law), with the reason."""
    return {row["norm"]: row["reason"] for row in tables.load("background.tsv", "norm", "reason")}


@cache
def _sure_from() -> dict[str, str]:
    return {row["norm"]: row["sure_from"] for row in tables.load("starts.tsv", "norm", "sure_from", "reason")}


def weight(clause: Clause) -> str | None:
    """Return ``law`` (verified words with the force of the state), ``norm`` (anything weaker) or None (no verdict).

    No verdict rests on a clause that is recalled only (A5) or that stands in criminal law.
    """
    if clause.level == "A5" or clause.norm in background():
        return None
    return "law" if clause.force in LAW_FORCES and clause.level in VERIFIED else "norm"


def rows(register: registers.Register | None = None) -> Iterator[ClauseInForce]:
    """Yield one row a clause and kind of lender that it binds (``any``: every lender), in the register's order.

    A norm whose first day is disputed has two rows, the first one doubtful. Clauses without weight, and those that bind
    nobody who lends or collects, have none.
    """
    mint = Mint("law-clause")
    for clause in (register or registers.load()).clauses:
        value = weight(clause)
        if value is None:
            continue
        last = clause.until or OPEN
        for first_day, last_day, doubtful in _ranges(clause, last):
            for lender in registers.lender_types(clause):
                yield ClauseInForce(
                    fact_id=mint(), exhibit="", loc="", tier="exact", doubtful=doubtful, clause=clause.id,
                    first_day=first_day, last_day=last_day, lender_type=lender, weight=value,
                )  # fmt: skip


def _ranges(clause: Clause, last: str) -> list[tuple[str, str, bool]]:
    sure = _sure_from().get(clause.norm, clause.effective)
    if sure <= clause.effective:
        return [(clause.effective, last, False)]
    eve = (date.fromisoformat(sure) - timedelta(days=1)).isoformat()
    return [(clause.effective, min(eve, last), True)] + ([(sure, last, False)] if sure <= last else [])


def _necessary_rows() -> tuple[dict[str, str], ...]:
    return tables.load("necessary_items.tsv", "service_type", "n", "words", "items")


def necessary_items() -> Iterator[NecessaryItem]:
    """Yield the items that the statutory list allows a type of service as necessary, as ids of the taxonomy.

    Only types whose list was seen or reported stand here (``necessary_levels``): for another type nothing is known.
    """
    mint = Mint("law-necessary")
    seen: set[tuple[str, str]] = set()
    for row in _necessary_rows():
        for item in row["items"].split(","):
            key = (row["service_type"], item)
            if item == "-" or key in seen:
                continue
            seen.add(key)
            yield NecessaryItem(
                fact_id=mint(), exhibit="", loc="", tier="exact", service_type=row["service_type"], item=item
            )


@cache
def necessary_levels() -> dict[str, Level]:
    """Return the types of service with a known list of necessary items, and how well that list is verified."""
    levels = {t.n: t.level for t in registers.necessary_list().types}
    return {row["service_type"]: levels[int(row["n"])] for row in _necessary_rows()}


def crosswalk() -> Iterator[Crosswalk]:
    """Yield the categories of data in apps with the item of the taxonomy that names each in agreements."""
    mint = Mint("law-crosswalk")
    for row in tables.load("crosswalk.tsv", "category", "item"):
        yield Crosswalk(fact_id=mint(), exhibit="", loc="", tier="exact", category=row["category"], item=row["item"])
