"""Shapes of the two pictures: contacts per day and recipients by kind. The numbers stand in a table beside each."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from dunproof.facts.casefile import Table
from dunproof.report.catalogue import Catalogue
from dunproof.report.sentences import value_text

HEIGHT: Final = 100
LONGEST_SPAN: Final = 400
"""Days in a picture at most; a longer time would need bars thinner than a pixel of a phone."""


class Bar(msgspec.Struct, frozen=True):
    """One bar in a field of (days, 100): left edge, width, top and height, in thousandths of a unit where not whole."""

    x: str
    width: str
    y: str
    height: str
    label: str


class Bars(msgspec.Struct, frozen=True):
    """The bars of a timeline."""

    width: int
    bars: list[Bar]
    first: str
    last: str
    top: str
    title: str
    description: str


class Share(msgspec.Struct, frozen=True):
    """One line of a list of bars; ``permille`` of the longest."""

    label: str
    n: int
    permille: int


def _decimal(milli: int) -> str:
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".") if rest else str(whole)


def _pairs(table: Table, key: str) -> list[tuple[str, int]]:
    """Return (key, n) of a table whose columns are these two; [] if it has others."""
    if key not in table.columns or "n" not in table.columns:
        return []
    a, b = table.columns.index(key), table.columns.index("n")
    out = []
    for row in table.rows:
        k, n = row[a], row[b]
        if isinstance(k, str) and isinstance(n, int) and not isinstance(n, bool) and n >= 0:
            out.append((k, n))
    return out


def bars(table: Table, words: Catalogue) -> Bars | None:
    """Return the timeline of a table with columns day and n; None if there is nothing to draw."""
    counts: dict[int, int] = {}
    for day, n in _pairs(table, "day"):
        try:
            at = date.fromisoformat(day).toordinal()
        except ValueError:
            continue
        counts[at] = counts.get(at, 0) + n
    if not counts or max(counts.values()) == 0:
        return None
    first, last = min(counts), max(counts)
    span = last - first + 1
    if span > LONGEST_SPAN:
        return None
    top_day = max(counts, key=lambda d: (counts[d], -d))
    top = counts[top_day]
    shapes = [
        Bar(
            x=_decimal((at - first) * 1000 + 100),
            width="0.8",
            y=_decimal((HEIGHT - 2) * 1000 * (top - n) // top),
            height=_decimal((HEIGHT - 2) * 1000 * n // top),
            label=f"{date.fromordinal(at)}: {n}",
        )
        for at, n in sorted(counts.items())
        if n
    ]
    days = {"first": date.fromordinal(first).isoformat(), "last": date.fromordinal(last).isoformat()}
    return Bars(
        width=span,
        bars=shapes,
        first=days["first"],
        last=days["last"],
        top=words("chart.max", max=top, day=date.fromordinal(top_day)),
        title=words("chart.per_day"),
        description=words("chart.per_day_desc", max=top, day=date.fromordinal(top_day), **days),
    )


def shares(table: Table, words: Catalogue) -> list[Share]:
    """Return one bar a category, longest first; [] if there is nothing to draw."""
    pairs = sorted(_pairs(table, "category"), key=lambda p: (-p[1], p[0]))
    if not pairs or pairs[0][1] == 0:
        return []
    top = pairs[0][1]
    return [Share(value_text("category", k, words), n, n * 1000 // top) for k, n in pairs]
