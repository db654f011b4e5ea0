"""Lists of recipients and items as records: tables of every shape, Markdown pipe tables, key-value paragraphs.

A record holds places in the visible text, one or several for each field. Shapes read: head row (of one or two lines),
category in a merged cell, category in a row of its own, bodies in columns, several bodies in a cell, "as above".
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from dunproof.language.fold import fold
from dunproof.read.formats.page import Page, Table, grid
from dunproof.read.policy.catalogue import head_words
from dunproof.read.policy.paper import Paper

Area = tuple[int, int]
"""[start, stop) of the visible text."""

_SAME: Final = re.compile(r"同上|同前|同左|上同|〃|″|\"|''|ditto|same as above")
_NOTHING: Final = re.compile(r"[/\\—\-–无\s]{0,4}|n/?a|不适用|none")
_PIPES: Final = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*")
_KEY: Final = re.compile(r"(?:^|(?<=[;。\s]))\s*(?:[-*•●·]\s*|\(?\d{1,2}[.、)]\s*)?([^\s:,。;|][^:,。;|]{1,23}):")
_NUMBER: Final = re.compile(r"\s*(?:[(\[]?[一二三四五六七八九十\d]{1,3}[)\]]?[、.．)]?|[●•·■◆-])\s*")
_LONGEST_HEAD: Final = 24
_RECORDS: Final = 20_000


class Record(msgspec.Struct, frozen=True):
    """One row, column or block of a list."""

    fields: dict[str, list[Area]]
    """field (name, sdk, category, purpose, items, manner, contact, url) → places with words."""
    heads: dict[str, Area]
    """field → its head cell or key."""
    stated: frozenset[str]
    """Fields that the list has a column or key for, filled or not."""
    copied: frozenset[str]
    """Fields taken from the row above (同上)."""
    shape: str
    """table | columns | pipes | keys"""


class Sheets(msgspec.Struct, frozen=True):
    """The records of a page and the parts of the visible text that they were read from."""

    records: list[Record]
    taken: list[Area]
    cut: bool = False
    """A table or the number of records is larger than what is read."""


def field_of(text: str) -> str | None:
    """Return which field a head cell or key names; None if none."""
    words = fold(text, tight=True).text.strip(" *:#\n\t")
    words = re.sub(r"\s+", "", re.sub(r"\([^()]{0,30}\)\Z", "", words))
    if not 1 < len(words) <= _LONGEST_HEAD:
        return None
    return next((field for field, pattern in head_words() if pattern.fullmatch(words)), None)


def _trim(page: Page, start: int, stop: int) -> Area:
    text = page.text
    while start < stop and text[start].isspace():
        start += 1
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    return start, stop


def _is_same(words: str) -> bool:
    return _SAME.fullmatch(fold(words).text.strip()) is not None


def _is_nothing(words: str) -> bool:
    return _NOTHING.fullmatch(fold(words).text.strip()) is not None


class _Matrix:
    """A table as rows of places; merged cells show the same place."""

    def __init__(self, page: Page, rows: list[list[Area | None]], shape: str) -> None:
        self.page = page
        self.rows = rows
        self.width = max((len(r) for r in rows), default=0)
        self.shape = shape

    def words(self, area: Area | None) -> str:
        return self.page.text[area[0] : area[1]] if area else ""

    def fields(self, cells: list[Area | None]) -> list[str | None]:
        return [field_of(self.words(a)) if a else None for a in cells]

    def column(self, c: int) -> list[Area | None]:
        return [r[c] if c < len(r) else None for r in self.rows]


def _distinct(fields: list[str | None]) -> set[str]:
    return {f for f in fields if f is not None}


def _is_head(fields: list[str | None], cells: list[Area | None]) -> bool:
    found = _distinct(fields)
    return (
        len(found) >= 2
        and bool(found & {"name", "sdk", "items"})
        and len({c for c in cells if c}) >= 2
        and sum(f is not None for f in fields) * 2 >= len({c for c in cells if c})
    )


def _records(
    matrix: _Matrix, inherited: tuple[list[str | None], list[Area | None]] | None
) -> tuple[list[Record], tuple[list[str | None], list[Area | None]] | None]:
    """Return the records of a table and its head, for a following table without one."""
    rows = matrix.rows
    head_at = -1
    fields: list[str | None] = []
    heads: list[Area | None] = []
    for r in range(min(4, len(rows))):
        cells = rows[r]
        found = matrix.fields(cells)
        if _is_head(found, cells):
            head_at, fields, heads = r, found, cells
            if r + 1 < len(rows):
                below = matrix.fields(rows[r + 1])
                if len(_distinct(below)) >= 2 and sum(b is not None for b in below) * 2 > len(below):
                    fields = [b or f for b, f in zip(below, [*fields, *[None] * len(below)], strict=False)]
                    heads = [h or g for h, g in zip(rows[r + 1], [*heads, *[None] * len(below)], strict=False)]
                    head_at = r + 1
            break
    side = matrix.fields(matrix.column(0)) if matrix.width >= 2 else []
    if len(_distinct(side)) > max(1, len(_distinct(fields))) and _distinct(side) & {"name", "sdk"}:
        return _columns(matrix, side), None
    if head_at < 0:
        if inherited is None or len(inherited[0]) != matrix.width:
            return [], inherited
        fields, heads = inherited
    return _rows(matrix, head_at + 1, fields, heads), (fields, heads)


def _rows(matrix: _Matrix, first: int, fields: list[str | None], heads: list[Area | None]) -> list[Record]:
    out: list[Record] = []
    category: Area | None = None
    above: dict[int, Area] = {}
    head_of: dict[str, Area] = {}
    for f, h in zip(fields, heads, strict=False):
        if f and h and f not in head_of:
            head_of[f] = h
    for row in matrix.rows[first:]:
        cells = [c for c in row if c]
        filled = {c for c in cells if matrix.words(c).strip()}
        if not filled:
            continue
        if len(filled) == 1 and matrix.width > 1 and (len(cells) > 1 or len(row) == 1):
            only = next(iter(filled))
            if len(matrix.words(only)) <= 60:
                category = only
            continue
        if _is_head(matrix.fields(row), row):
            continue
        values: dict[str, list[Area]] = {}
        copied: set[str] = set()
        here: dict[int, Area] = {}
        for c, (f, cell) in enumerate(zip(fields, row, strict=False)):
            if f is None or f in {"number", "os"}:
                continue
            words = matrix.words(cell)
            if cell is None or _is_same(
                words
            ):  # a column that the row does not reach, or 同上; an empty cell says nothing
                if c in above and (f != "name" or cell is not None):
                    cell, words = above[c], matrix.words(above[c])  # noqa: PLW2901 - the cell that is meant
                    copied.add(f)
                else:
                    continue
            if not words.strip():
                continue
            here[c] = cell
            if f in {"contact", "manner", "sdk", "url", "category", "purpose"} and _is_nothing(words):
                continue
            if cell not in values.setdefault(f, []):
                values[f].append(cell)
        if category is not None and "category" not in values:
            values["category"] = [category]
        if values.keys() & {"name", "sdk", "items"}:
            stated = frozenset(f for f in fields if f)
            out.append(Record(values, head_of, stated, frozenset(copied), matrix.shape))
            above = {c: a for c, a in here.items() if fields[c] != "category"}
        if len(out) >= _RECORDS:
            break
    return out


def _columns(matrix: _Matrix, side: list[str | None]) -> list[Record]:
    """Return the records of a table that has its bodies in columns (or one body and its keys in rows)."""
    out: list[Record] = []
    groups: list[list[int]] = []
    seen: set[str] = set()
    opener = next(f for f in side if f in {"name", "sdk"})
    for r, f in enumerate(side):
        if f is None:
            continue
        if not groups or (f == opener and f in seen):
            groups.append([])
            seen = set()
        groups[-1].append(r)
        seen.add(f)
    for group in groups:
        for c in range(1, matrix.width):
            values: dict[str, list[Area]] = {}
            heads: dict[str, Area] = {}
            for r in group:
                row = matrix.rows[r]
                f = side[r]
                cell = row[c] if c < len(row) else None
                if f is None or f in {"number", "os"}:
                    continue
                if row[0] is not None:
                    heads.setdefault(f, row[0])
                if cell and cell != row[0] and matrix.words(cell).strip() and not _is_nothing(matrix.words(cell)):
                    values.setdefault(f, []).append(cell)
            if values.keys() & {"name", "sdk"}:
                stated = frozenset(f for r in group if (f := side[r]))
                out.append(Record(values, heads, stated, frozenset(), "columns"))
            if len(out) >= _RECORDS:
                return out
    return out


def _matrix(page: Page, table: Table) -> tuple[_Matrix, bool]:
    """Return the filled table, and whether it was cut."""
    areas = [_trim(page, c.start, c.stop) for c in table.cells]
    filled = grid(table)
    rows = [[areas[i] if i is not None else None for i in row] for row in filled.rows]
    return _Matrix(page, rows, "table"), filled.cut


def _caption(paper: Paper, position: int) -> Area | None:
    """Return the short line in front of a table: its category, if it has none of its own."""
    page = paper.page
    before = None
    for block in page.blocks:
        if block.start >= position:
            break
        if block.table < 0 and block.kind != "title":
            before = block
    if before is None:
        return None
    a, b = _trim(page, before.start, before.stop)
    words = page.text[a:b]
    return (a, b) if len(words) <= 30 and not re.search(r"[。；;]", words) else None


def _pipe_tables(page: Page) -> list[tuple[_Matrix, Area]]:
    """Return the Markdown pipe tables. A row goes on in the next line until it has all its columns."""
    blocks = page.blocks
    lines = [_trim(page, b.start, b.stop) for b in blocks]
    out: list[tuple[_Matrix, Area]] = []
    i = 1
    while i < len(lines):
        a, b = lines[i]
        if not _PIPES.fullmatch(page.text, a, b) or "|" not in page.text[slice(*lines[i - 1])]:
            i += 1
            continue
        head = _cells(page, lines[i - 1])
        rows: list[list[Area | None]] = [list(head)]
        j = i + 1
        pending: list[Area] = []
        while j < len(lines):
            words = page.text[slice(*lines[j])]
            gap = page.source[page.span(*lines[j - 1])[1] : page.span(*lines[j])[0]]
            if gap.count("\n") > 1 or ("|" not in words and not pending):
                break
            cells = _cells(page, lines[j])
            if pending:
                pending = [*pending[:-1], (pending[-1][0], cells[0][1]), *cells[1:]] if cells else pending
            else:
                pending = cells
            j += 1
            if len(pending) >= len(head):
                rows.append(list(pending[: len(head)]))
                pending = []
        if pending:
            rows.append([*pending, *[None] * (len(head) - len(pending))])
        out.append((_Matrix(page, rows, "pipes"), (lines[i - 1][0], lines[j - 1][1])))
        i = j + 1
    return out


def _cells(page: Page, line: Area) -> list[Area]:
    start, stop = line
    text = page.text
    if text[start : start + 1] == "|":
        start += 1
    if text[stop - 1 : stop] == "|" and stop > start:
        stop -= 1
    out: list[Area] = []
    at = start
    for m in re.compile(r"(?<!\\)\|").finditer(text, start, stop):
        out.append(_trim(page, at, m.start()))
        at = m.end()
    out.append(_trim(page, at, stop))
    return out


def _key_records(paper: Paper, taken: list[Area]) -> list[Record]:
    """Return the records of key-value paragraphs; a name key that comes again, or another line, starts a new one."""
    out: list[Record] = []
    values: dict[str, list[Area]] = {}
    heads: dict[str, Area] = {}
    stated: set[str] = set()
    places: list[Area] = []
    heading: Area | None = None
    waiting = ""

    def flush() -> None:
        nonlocal values, heads, stated, places, waiting
        if len(stated) >= 2 and values.keys() & {"name", "sdk"}:
            out.append(Record(values, heads, frozenset(stated), frozenset(), "keys"))
            taken.extend(places)
        values, heads, stated, places, waiting = {}, {}, set(), [], ""

    for paragraph in paper.paragraphs:
        if paragraph.table >= 0 or paragraph.kind == "title":
            continue
        text = paragraph.text
        found = [(m, f) for m in _KEY.finditer(text[:4000]) if (f := field_of(m[1])) is not None]
        origin = paragraph.folded

        def area(a: int, b: int, base: int = paragraph.base) -> Area:
            a, b = origin.span(a, b)  # noqa: B023 - used inside this turn only
            return _trim(paper.page, base + a, base + b)

        if not found or found[0][0].start() > 0:
            if waiting and text:
                values.setdefault(waiting, []).append(area(0, len(text)))
                places.append(area(0, len(text)))
                waiting = ""
            else:
                flush()
                heading = area(0, len(text)) if len(text) <= 40 and not re.search(r"[。;]", text) else None
            continue
        waiting = ""
        for k, (m, f) in enumerate(found):
            stop = found[k + 1][0].start(1) if k + 1 < len(found) else len(text)
            value = area(m.end(), stop)
            again = f in stated and (f in {"name", "sdk"} or not stated & {"name", "sdk"})
            if again or (f == "sdk" and f in values and len(stated) > 2):
                flush()
            if not stated and heading is not None and f == "name":
                values["sdk"] = [heading]
                heading = None
            stated.add(f)
            heads.setdefault(f, area(m.start(1), m.end(1)))
            if value[1] > value[0]:
                words = paper.page.text[slice(*value)]
                if f == "name" or not _is_nothing(words):
                    values.setdefault(f, []).append(value)
            elif k == len(found) - 1:
                waiting = f
        places.append(area(0, len(text)))
    flush()
    return out


def read_sheets(paper: Paper) -> Sheets:
    """Return all records of a paper, in the order tables, pipe tables, key-value paragraphs."""
    page = paper.page
    records: list[Record] = []
    taken: list[Area] = []
    cut = False
    inherited = None
    for table in page.tables:
        if table.nested:
            continue
        matrix, short = _matrix(page, table)
        cut = cut or short
        found, inherited = _records(matrix, inherited)
        if found:
            taken.append((table.start, table.stop))
            caption = _caption(paper, table.start)
            records.extend(_with_category(found, caption))
    if page.markup != "html":
        inherited = None
        for matrix, place in _pipe_tables(page):
            found, inherited = _records(matrix, inherited)
            if found:
                taken.append(place)
                records.extend(_with_category(found, _caption(paper, place[0])))
    records.extend(_key_records(paper, taken))
    return Sheets(records[:_RECORDS], sorted(taken), cut or len(records) >= _RECORDS)


def _with_category(records: list[Record], caption: Area | None) -> list[Record]:
    if caption is None:
        return records
    return [
        r if "category" in r.fields or "sdk" in r.fields
        else msgspec.structs.replace(r, fields={**r.fields, "caption": [caption]})
        for r in records
    ]  # fmt: skip


def without_number(words: str) -> str:
    """Return the words of a cell or line without the number in front."""
    m = _NUMBER.match(words)
    return words[m.end() :] if m and m.end() < len(words) and m[0].strip() else words
