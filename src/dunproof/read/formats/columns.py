"""Which column of a table of calls or messages holds what, by its header words, and what the words of its cells say.

Nothing is known by position. A table is one of calls or messages if a row near its top names a time, a number, and a
length, a text or a direction. Data: ``data/table_headers.toml``.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import resources
from itertools import islice
from typing import Final

import msgspec

from dunproof.read.formats.tables import Row

HEAD_ROWS: Final = 20
"""Rows in which the header is looked for: owner, month and notes may stand above it."""
_FEWEST: Final = 3
_LONGEST: Final = 40
_BRACKETS: Final = re.compile(r"[(\[{【<].*?[)\]}】>]|[(\[【].*\Z")
_UNIT: Final = re.compile(r"[(\[【/]\s*([^)\]】]*)")
_BLANK: Final = re.compile(r"[\W_]+")


class Head(msgspec.Struct, frozen=True):
    """A header row: its number and the column of each role, counted from 0."""

    row: int
    columns: dict[str, int]
    in_minutes: bool = False
    """Lengths are billed minutes."""

    def cell(self, role: str, cells: Sequence[str]) -> str:
        """Return the cell of a role without blanks around it; '' if the table or the row has none."""
        column = self.columns.get(role)
        return cells[column].strip() if column is not None and column < len(cells) else ""


class Said(msgspec.Struct, frozen=True):
    """What the words of a cell say: NULL where they say nothing or two things."""

    direction: str | None = None
    outcome: str | None = None
    aside: str = ""
    """``forwarded`` or ``draft``; '' for what reached or left the person."""
    channel: str | None = None


class _Words(msgspec.Struct, frozen=True):
    columns: dict[str, list[str]]
    minutes: dict[str, list[str]]
    to_person: dict[str, list[str]]
    from_person: dict[str, list[str]]
    aside: dict[str, list[str]]
    channel: dict[str, list[str]]


@cache
def _words() -> _Words:
    text = (resources.files("dunproof.read.formats") / "data" / "table_headers.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Words)


@cache
def _roles() -> dict[str, list[tuple[int, str]]]:
    """Return word → (rank, role) of every role that it can name."""
    out: dict[str, list[tuple[int, str]]] = {}
    for role, words in _words().columns.items():
        for rank, word in enumerate(words):
            out.setdefault(word, []).append((rank, role))
    return out


def _plain(cell: str) -> str:
    """Return a header cell as it is compared."""
    text = unicodedata.normalize("NFKC", cell[: 4 * _LONGEST]).casefold()
    return _BLANK.sub("", _BRACKETS.sub("", text))[:_LONGEST]


def find_head(rows: Iterable[Row]) -> Head | None:
    """Return the header among the first rows of a table of calls or messages, None if this is no such table."""
    for row in islice(rows, HEAD_ROWS):
        head = _head(row)
        if head is not None:
            return head
    return None


def _head(row: Row) -> Head | None:
    best: dict[str, tuple[int, int]] = {}
    for column, cell in enumerate(row.cells):
        for rank, role in _roles().get(_plain(cell), ()):
            best[role] = min(best.get(role, (rank, column)), (rank, column))
    columns = {role: column for role, (_, column) in best.items()}
    if "date" in columns and "time" not in columns:
        columns["time"] = columns.pop("date")
    if "direction" not in columns and "kind" in columns:
        columns["direction"] = columns["kind"]
    known = columns.keys()
    sided = "number" in known or "chat" in known or {"caller", "callee"} <= known
    told = bool(known & {"duration", "text"}) or best.keys() >= {"direction"}
    used = known & {"time", "date", "number", "caller", "callee", "chat", "direction", "duration", "text"}
    if not ("time" in known and sided and told and len({columns[r] for r in used}) >= _FEWEST):
        return None
    unit = _UNIT.search(unicodedata.normalize("NFKC", row.cells[columns["duration"]])) if "duration" in known else None
    minutes = unit is not None and unit[1].strip().casefold() in _words().minutes["words"]
    return Head(row.number, columns, minutes)


def _holds(cell: str, words: list[str]) -> bool:
    """Return whether a cell says one of the words: Chinese ones inside it, the others as the whole of it."""
    return any(word == cell or (not word.isascii() and word in cell) for word in words)


@lru_cache(maxsize=4096)
def said(cell: str) -> Said:
    """Return what a cell of direction or type says."""
    plain = _plain(cell)
    if not plain:
        return Said()
    words = _words()
    aside = next((kind for kind, group in words.aside.items() if _holds(plain, group)), "")
    outcomes = {o for o, group in words.to_person.items() if o != "any" and _holds(plain, group)}
    to = bool(outcomes) or _holds(plain, words.to_person["any"])
    from_ = _holds(plain, words.from_person["any"])
    return Said(
        direction=None if to == from_ else "to_person" if to else "from_person",
        outcome=next(iter(outcomes)) if len(outcomes) == 1 and not from_ else None,
        aside=aside,
        channel=channel(cell),
    )


@lru_cache(maxsize=4096)
def channel(cell: str) -> str | None:
    """Return the channel that a cell of type or service names, None if it names none or several."""
    plain = _plain(cell)
    found = {name for name, group in _words().channel.items() if plain and _holds(plain, group)}
    return next(iter(found)) if len(found) == 1 else None
