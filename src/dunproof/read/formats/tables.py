"""Rows of a text table (CSV, TSV and their kin), counted as they stand in the file, and the letters of columns.

RFC 4180 with what programs make of it: comma, tab, semicolon or bar; quoted fields with line ends in them; no promise
of equal widths. Rows are counted as RFC 7111 does: from 1, the head included, a record with line ends in it as one.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from dunproof.read.formats.sbr import Trouble

BYTES: Final = 64 * 1024 * 1024
"""Bytes of a text table that are read: half a million calls."""
ROWS: Final = 1_048_576
"""Rows of a sheet, as many as a workbook can have."""
COLUMNS: Final = 256
"""Columns of a row that are read."""
_DELIMITERS: Final = ",\t;|"
_SAMPLE: Final = 65_536
_SAMPLE_ROWS: Final = 50
_LONGEST_LINE: Final = 1 << 20


class Row(NamedTuple):
    """A row of a table: its number, counted from 1, and its cells as text."""

    number: int
    cells: Sequence[str]


def delimiter(text: str) -> str:
    """Return the character between the cells: the one by which most of the first rows have the same width."""
    head = text[:_SAMPLE]
    if len(text) > len(head):
        head = head[: head.rfind("\n") + 1] or head
    best = (0, 0)
    found = ","
    for candidate in _DELIMITERS:
        widths: Counter[int] = Counter()
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=candidate)
        try:
            for row in reader:
                widths[len(row)] += len(row) > 1
                if reader.line_num >= _SAMPLE_ROWS:
                    break
        except csv.Error:
            pass
        score = max(((n, width) for width, n in widths.items()), default=(0, 0))
        if score > best:
            best, found = score, candidate
    return found


def rows(text: str, troubles: list[Trouble] | None = None) -> Iterator[Row]:
    """Yield the rows of a text table, empty ones included. What ends the reading early is added to ``troubles``."""
    troubles = [] if troubles is None else troubles
    number = 0
    try:
        for cells in csv.reader(_lines(text), delimiter=delimiter(text)):
            number += 1
            if number > ROWS:
                troubles.append(Trouble("table-too-large", f"more than {ROWS:,} rows; the rest was not read"))
                return
            yield Row(number, cells[:COLUMNS])
    except csv.Error as error:
        troubles.append(
            Trouble("table-malformed", f"{error}: nothing behind row {number} was read", f"row={number}" * (number > 0))
        )


def _lines(text: str) -> Iterator[str]:
    """Yield the lines with their ends; one that is no line of a table ends the reading."""
    for line in io.StringIO(text, newline=""):
        if len(line) > _LONGEST_LINE:
            raise csv.Error(f"a line of {len(line):,} characters")
        yield line


def joined(cells: Sequence[str]) -> str:
    """Return the printed form of a row: its cells with bars between."""
    return " | ".join(cells)


def letters(column: int) -> str:
    """Return the letters of a column counted from 0: A to Z, then AA, AB and so on."""
    out = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


def place(ref: str) -> tuple[int, int]:
    """Return (row from 1, column from 0) of a cell in A1 notation, which must be one."""
    name = ref.rstrip("0123456789")
    column = 0
    for letter in name:
        column = column * 26 + ord(letter) - 64
    return int(ref[len(name) :]), column - 1
