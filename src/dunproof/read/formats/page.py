r"""A page: the words that a reader sees, with a map back to the file, blocks and tables.

The visible text is cut into segments. A segment stands for a run of the source: character by character where both have
the same length, as a whole otherwise (an entity, a run of blanks, a template variable). Block ends are ``\\n``, cell
ends ``\\t``: they have a place in the source but no width there.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import Final

import msgspec

CELL_CAP: Final = 100_000
"""Places of one table grid; a table that spans more is cut there."""
SPAN_CAP: Final = 1000
"""Largest colspan that counts, as in the HTML standard."""


class Block(msgspec.Struct, frozen=True):
    """A paragraph, heading, list item or line of a cell: [start, stop) of the visible text."""

    kind: str
    """title | heading | paragraph | item | cell | caption"""
    start: int
    stop: int
    table: int = -1
    """Ordinal of the innermost table that holds it, -1 outside."""


class Cell(msgspec.Struct, frozen=True):
    """A cell as it stands in the file: row of its table, spans, [start, stop) of the visible text."""

    row: int
    rowspan: int
    colspan: int
    start: int
    stop: int
    head: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table: its cells in file order, number of rows, [start, stop) of the visible text."""

    cells: list[Cell]
    rows: int
    start: int
    stop: int
    nested: bool = False
    """It holds another table: a frame for layout."""


class Grid(msgspec.Struct, frozen=True):
    """A table with every span filled in: ``rows[r][c]`` is an index into ``Table.cells`` or None for a hole."""

    rows: list[list[int | None]]
    cut: bool = False
    """More than CELL_CAP places: the rest is missing."""


class Page(msgspec.Struct, frozen=True):
    """The visible text of a file and where each part of it stands in the source (code points of the decoded file)."""

    source: str
    markup: str
    """html | markdown | text"""
    text: str
    segments: array[int]
    """Flat fours in rising order: start in text, length in text, start in source, length in source.

    A negative source length marks a segment that stands for its source as a whole (an entity, a template variable)."""
    starts: array[int]
    """Starts in text of the segments, for bisection."""
    blocks: list[Block]
    tables: list[Table]
    hidden: list[tuple[int, int]]
    """Ranges of the visible text that a browser would not show."""
    cut: bool = False
    """The file holds more markup than is read."""

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """Return the place in the source of [start, stop) of the visible text; an empty range gives an empty place."""
        if not self.starts:
            return 0, 0
        s = self._at(start)
        if stop <= start:
            return s[0], s[0]
        return s[0], max(self._at(stop - 1)[1], s[0])

    def _at(self, i: int) -> tuple[int, int]:
        k = max(0, bisect_right(self.starts, i) - 1)
        at, width, src, length = self.segments[4 * k : 4 * k + 4]
        if length > 0:
            p = src + min(i - at, width)
            return p, min(p + 1, src + length)
        return src, src - length

    def words(self, start: int, stop: int) -> str:
        """Return what a reader sees of [start, stop) of the **source**; '' where nothing of it is shown."""
        if self.markup == "text":
            return self.source[start:stop]
        out: list[str] = []
        seg = self.segments
        lo, hi = 0, len(seg) // 4
        while lo < hi:  # the first segment that ends behind start; sources rise with the text
            mid = (lo + hi) // 2
            if seg[4 * mid + 2] + abs(seg[4 * mid + 3]) > start:
                hi = mid
            else:
                lo = mid + 1
        for k in range(lo, len(seg) // 4):
            at, width, src, length = seg[4 * k : 4 * k + 4]
            if src >= stop:
                break
            if length > 0:
                a, b = max(src, start), min(src + length, stop)
                out.append(self.text[at + a - src : at + b - src])
            else:
                out.append(self.text[at : at + width])
        return "".join(out).strip(" \t\n")

    def is_hidden(self, start: int, stop: int) -> bool:
        """Return whether a browser would hide a part of [start, stop) of the visible text."""
        k = bisect_right(self.hidden, (start, 1 << 62))
        return (k > 0 and self.hidden[k - 1][1] > start) or (k < len(self.hidden) and self.hidden[k][0] < stop)


class PageWriter:
    """Collects visible text, segments, blocks and tables in file order."""

    def __init__(self, source: str, markup: str) -> None:
        self._source = source
        self._markup = markup
        self._out: list[str] = []
        self._segments: array[int] = array("q")
        self._starts: array[int] = array("q")
        self.length = 0
        self._block_start = 0
        self._block_kind = "paragraph"
        self._inked = False
        self.blocks: list[Block] = []
        self.tables: list[Table | None] = []
        self.open_tables: list[_OpenTable] = []
        self.hidden: list[tuple[int, int]] = []
        self._hidden_from = -1

    def put(self, text: str, start: int, length: int) -> None:
        """Add visible words that stand at ``start`` with ``length`` characters of the source."""
        if not text:
            return
        self._starts.append(self.length)
        alike = len(text) == length and (length == 1 or self._source.startswith(text, start))
        self._segments.extend((self.length, len(text), start, length if alike else -length))
        self._out.append(text)
        self.length += len(text)
        self._inked = self._inked or not text.isspace()

    def blank(self, start: int, length: int) -> None:
        """Add a run of blanks of the source as one blank; nothing at the start of a block or after another blank."""
        if self.length > self._block_start and not self._out[-1].endswith((" ", "\n", "\t")):
            self.put(" ", start, length)

    def end_block(self, at: int, kind: str = "", mark: str = "\n") -> None:
        """End the block here, if it has words, and let the next one be of the kind given."""
        if self._inked:
            table = self.open_tables[-1].number if self.open_tables else -1
            self.blocks.append(Block(self._block_kind, self._block_start, self.length, table))
            self._inked = False
            self.put(mark, at, 0)
            self._inked = False
        self._block_start = self.length
        if kind:
            self._block_kind = kind

    def hide(self, on: bool) -> None:  # noqa: FBT001 - a switch
        """Start or end a range that a browser would not show."""
        if on:
            self._hidden_from = self.length
        elif self._hidden_from >= 0:
            if self.length > self._hidden_from:
                self.hidden.append((self._hidden_from, self.length))
            self._hidden_from = -1

    def open_table(self) -> None:
        """Start a table inside whatever is open."""
        if self.open_tables:
            self.open_tables[-1].nested = True
        self.open_tables.append(_OpenTable(len(self.tables), self.length))
        self.tables.append(None)

    def close_table(self) -> None:
        """End the innermost table; a cell that is still open ends with it."""
        table = self.open_tables.pop()
        table.close_cell(self.length)
        if table.cells:
            self.tables[table.number] = Table(table.cells, table.row + 1, table.start, self.length, table.nested)

    def page(self, *, cut: bool = False) -> Page:
        """Return the page; everything still open is closed."""
        self.end_block(len(self._source))
        while self.open_tables:
            self.close_table()
        self.hide(on=False)
        number: dict[int, int] = {}
        tables: list[Table] = []
        for i, table in enumerate(self.tables):
            if table is not None:
                number[i] = len(tables)
                tables.append(table)
        blocks = [b if b.table < 0 else Block(b.kind, b.start, b.stop, number.get(b.table, -1)) for b in self.blocks]
        return Page(
            source=self._source, markup=self._markup, text="".join(self._out), segments=self._segments,
            starts=self._starts, blocks=blocks, tables=tables, hidden=self.hidden, cut=cut,
        )  # fmt: skip


class _OpenTable:
    """A table whose end has not been seen."""

    __slots__ = ("_cell", "cells", "nested", "number", "row", "start")

    def __init__(self, number: int, start: int) -> None:
        self.number = number
        self.start = start
        self.cells: list[Cell] = []
        self.row = -1
        self.nested = False
        self._cell: tuple[int, int, int, bool] | None = None

    def open_row(self, at: int) -> None:
        self.close_cell(at)
        self.row += 1

    def open_cell(self, at: int, rowspan: int, colspan: int, *, head: bool) -> None:
        self.close_cell(at)
        self.row = max(self.row, 0)
        self._cell = (at, rowspan, colspan, head)

    def close_cell(self, at: int) -> None:
        if self._cell is not None:
            start, rowspan, colspan, head = self._cell
            if len(self.cells) < CELL_CAP:
                self.cells.append(Cell(self.row, rowspan, colspan, start, max(start, at), head))
            self._cell = None


def grid(table: Table) -> Grid:
    """Return the table with row and column spans filled in (HTML standard, section 4.9.12, without overlaps).

    A rowspan of 0 or beyond the last row ends with the table. At most CELL_CAP places are filled.
    """
    rows: list[list[int | None]] = [[] for _ in range(table.rows)]
    filled = 0
    carried: list[tuple[int, int, int, int]] = []  # column, width, last row, cell
    at = 0
    cells = table.cells
    for r in range(table.rows):
        row = rows[r]
        carried = [c for c in carried if c[2] >= r]
        for column, width, _, cell in carried:
            filled += _fill(row, column, width, cell)
        column = 0
        while at < len(cells) and cells[at].row == r:
            cell_ = cells[at]
            while column < len(row) and row[column] is not None:
                column += 1
            width = max(1, min(cell_.colspan, SPAN_CAP))
            filled += _fill(row, column, width, at)
            height = table.rows if cell_.rowspan == 0 else cell_.rowspan
            if height > 1:
                carried.append((column, width, min(r + height, table.rows) - 1, at))
            column += width
            at += 1
            if filled > CELL_CAP:
                return Grid(rows[: r + 1], cut=True)
        while at < len(cells) and cells[at].row < r:
            at += 1
        if filled > CELL_CAP:
            return Grid(rows[: r + 1], cut=True)
    return Grid(rows)


def _fill(row: list[int | None], column: int, width: int, cell: int) -> int:
    """Put a cell into the free places of a row; return how many were looked at."""
    if len(row) < column + width:
        row.extend([None] * (column + width - len(row)))
    for c in range(column, column + width):
        if row[c] is None:
            row[c] = cell
    return width
