"""Word lists as data: tables beside the code, each row with its source.

A table is tab-separated, UTF-8, its first line that is no comment names the columns. A line that starts with ``#`` is a
comment; the header comment says source and date where no column does. A lexicon has the columns ``form`` and ``class``
and may have ``id``, ``source``, ``date``.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from dunproof.errors import PackError

PACKAGE: Final = "dunproof.language"


def table(file: str, text: str) -> list[dict[str, str]]:
    """Return the rows of a table; each row has its line number under ``line``. Raises PackError with file and line."""
    columns: list[str] | None = None
    out: list[dict[str, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        row = line.rstrip("\r")
        if not row.strip() or row.startswith("#"):
            continue
        cells = row.split("\t")
        if columns is None:
            columns = cells
            if len(set(columns)) != len(columns) or "line" in columns:
                raise PackError(file, number, "columns must have different names, none of them 'line'",
                                hint="name each column once in the first line that is no comment")  # fmt: skip
            continue
        if len(cells) != len(columns):
            raise PackError(
                file, number, f"{len(cells)} cells where {len(columns)} columns are named",
                hint="separate the cells by one tab each: " + " ⇥ ".join(columns),
            )  # fmt: skip
        out.append(dict(zip(columns, cells, strict=True), line=str(number)))
    if columns is None:
        raise PackError(file, 1, "no column names", hint="the first line that is no comment names the columns")
    return out


@cache
def rows(file: str, package: str = PACKAGE) -> tuple[dict[str, str], ...]:
    """Return the rows of a table that is shipped in ``data/`` of a package."""
    text = files(package).joinpath("data", file).read_text(encoding="utf-8")
    return tuple(table(f"{package.replace('.', '/')}/data/{file}", text))


class Entry(msgspec.Struct, frozen=True):
    """One form of a lexicon."""

    form: str
    id: str
    cls: str
    source: str
    date: str


class Lexicon:
    """Forms with their class, in the order of the file."""

    def __init__(self, file: str, entries: tuple[Entry, ...]) -> None:
        self.file = file
        self.entries = entries
        self.classes: dict[str, tuple[str, ...]] = {}
        for entry in entries:
            self.classes[entry.cls] = (*self.classes.get(entry.cls, ()), entry.form)

    @property
    def forms(self) -> tuple[str, ...]:
        """Return all forms, in order."""
        return tuple(e.form for e in self.entries)

    def of(self, cls: str) -> tuple[str, ...]:
        """Return the forms of one class; raises KeyError with the classes there are."""
        if cls not in self.classes:
            raise KeyError(f"{self.file} has no class {cls!r}; it has {', '.join(sorted(self.classes))}")
        return self.classes[cls]


def parse(file: str, text: str, *, source: str = "", date: str = "") -> Lexicon:
    """Return a lexicon from the text of its table; raises PackError for an empty form, no class or a double row."""
    entries: list[Entry] = []
    seen: dict[tuple[str, str], str] = {}
    for row in table(file, text):
        line = int(row["line"])
        for column in ("form", "class"):
            if not row.get(column, "").strip():
                raise PackError(file, line, f"no {column}", hint="a lexicon row has at least a form and a class")
        pair = (row["form"], row["class"])
        if pair in seen:
            raise PackError(file, line, f"{pair[0]} stands in class {pair[1]} already in line {seen[pair]}",
                            hint="keep one of the two rows")  # fmt: skip
        seen[pair] = row["line"]
        entries.append(
            Entry(
                row["form"],
                row.get("id", "") or row["form"],
                row["class"],
                row.get("source", source),
                row.get("date", date),
            )
        )
    return Lexicon(file, tuple(entries))


@cache
def load(file: str, package: str = PACKAGE) -> Lexicon:
    """Return a lexicon that is shipped in ``data/`` of a package."""
    text = files(package).joinpath("data", file).read_text(encoding="utf-8")
    return parse(f"{package.replace('.', '/')}/data/{file}", text)
