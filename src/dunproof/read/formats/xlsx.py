"""Cells of an XLSX workbook by sheet and address, as the text that a person sees in them.

An own reader over ``zip`` and bare expat: nothing is written, every member is bounded, a document type is refused, and
a formula is its stored value, never computed. Dates and times are numbers with a number format; they are printed as
ISO text, lengths of time as H:MM:SS. Whole numbers of more than 15 digits have lost digits in the program that stored
them: they are printed with an exponent, as that program shows them.
Format: ECMA-376 part 1, 18.2 (workbook), 18.3 (worksheet), 18.4 (shared strings), 18.8.30 (number formats), 18.17.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.parsers import expat

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.formats import zip as zips
from dunproof.read.formats.sbr import Trouble
from dunproof.read.formats.tables import COLUMNS, ROWS, Row, place

MEMBER: Final = 128 * 1024 * 1024
"""Bytes of one part of the workbook."""
STRINGS: Final = 2_000_000
CELLS: Final = 6_000_000
"""Cells of one sheet."""
SHEETS: Final = 64
LONGEST: Final = 32_767
"""Characters of a cell (ECMA-376)."""
_DEEPEST: Final = 32
_BLOCK: Final = 1 << 20
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REF: Final = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}\Z")
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKETS: Final = re.compile(r"\[[^\]]*\]")
_ELAPSED: Final = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_DATES: Final = frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58})
_TIMES: Final = frozenset({18, 19, 20, 21, 45, 47, 32, 33, 34, 35, 55, 56})
"""Built-in formats of dates and of times, the Chinese ones included (18.8.30); 46 is [h]:mm:ss."""
_EXACT: Final = Decimal(10) ** 15


class Sheet(msgspec.Struct, frozen=True):
    """A sheet: its name, and the part that holds it."""

    name: str
    member: str


class Workbook:
    """A workbook: its sheets, and the rows of each."""

    def __init__(self, data: zips.Buffer) -> None:
        self._archive = zips.Archive(data)
        self.troubles: list[Trouble] = []
        self.sheets: list[Sheet] = []
        self._from_1904 = False
        self._targets: dict[str, str] = {}
        self._kinds: list[str] = []
        """What each cell style shows: '' a number, else ``date``, ``time``, ``elapsed``."""
        self._strings: list[str] = []
        self._read_workbook()

    # --- parts -----------------------------------------------------------------------------------------------------

    def _part(self, name: str) -> bytes:
        entries = self._archive.all(name)
        if entries and entries[0].size_bytes > MEMBER:
            raise ExhibitError("table-too-large", f"{name} has {entries[0].size_bytes:,} bytes", hint="split the table")
        return self._archive.read(name, MEMBER)

    def _read_workbook(self) -> None:
        if "xl/workbook.xml" not in self._archive:
            raise ExhibitError("xlsx-broken", "it has no xl/workbook.xml", hint="save it again as XLSX")
        if "xl/_rels/workbook.xml.rels" in self._archive:
            _walk(self._part("xl/_rels/workbook.xml.rels"), self._relation)
        _walk(self._part("xl/workbook.xml"), self._entry)
        for name, read in (("xl/styles.xml", self._read_styles), ("xl/sharedStrings.xml", self._read_strings)):
            path = next((t for t in self._targets.values() if t.endswith(name.rpartition("/")[2])), name)
            if path in self._archive:
                read(self._part(path))

    def _relation(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and len(self._targets) < 10 * SHEETS:
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else "xl/" + target.removeprefix("./")
            self._targets[attributes.get("Id", "")] = path

    def _entry(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self._from_1904 = attributes.get("date1904", "") in {"1", "true"}
        elif name == "sheet":
            relation = next((v for k, v in attributes.items() if k == "id" or k.endswith(":id")), "")
            member = self._targets.get(relation, f"xl/worksheets/sheet{len(self.sheets) + 1}.xml")
            if self.sheet(attributes.get("name", "")) is not None:
                self.troubles.append(Trouble("xlsx-broken", "two sheets have one name; the second was not read"))
            elif len(self.sheets) < SHEETS:
                self.sheets.append(Sheet(attributes.get("name", ""), member))
            elif not any(t.code == "table-too-large" for t in self.troubles):
                self.troubles.append(Trouble("table-too-large", f"more than {SHEETS} sheets; the rest was not read"))

    def _read_styles(self, data: bytes) -> None:
        custom: dict[str, str] = {}
        inside = [False]

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "numFmt":
                custom[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif name in {"cellXfs", "cellStyleXfs", "dxfs"}:
                inside[0] = name == "cellXfs"
            elif name == "xf" and inside[0]:
                number = attributes.get("numFmtId", "0")
                self._kinds.append(_kind(number, custom.get(number)))

        _walk(data, start)

    def _read_strings(self, data: bytes) -> None:
        texts: list[str] = []
        state = {"text": False, "phonetic": False}

        def start(name: str, _attributes: dict[str, str]) -> None:
            if name == "si":
                texts.clear()
            elif name == "rPh":
                state["phonetic"] = True
            elif name == "t":
                state["text"] = not state["phonetic"]

        def end(name: str) -> None:
            if name == "si":
                if len(self._strings) >= STRINGS:
                    raise ExhibitError("table-too-large", f"more than {STRINGS:,} texts", hint="split the table")
                self._strings.append(_plain("".join(texts)))
            elif name == "rPh":
                state["phonetic"] = False
            elif name == "t":
                state["text"] = False

        def words(text: str) -> None:
            if state["text"]:
                texts.append(text)

        _walk(data, start, end, words)

    # --- rows ------------------------------------------------------------------------------------------------------

    def sheet(self, name: str) -> Sheet | None:
        """Return the sheet of a name, None if there is none."""
        return next((s for s in self.sheets if s.name == name), None)

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """Yield the rows that hold something, by number. What ends the reading early is added to ``troubles``."""
        found = _Rows(self)
        try:
            data = self._part(sheet.member)
            parser = _parser(found.start, found.end, found.words)
            for at in range(0, len(data), _BLOCK):
                parser.Parse(data[at : at + _BLOCK], False)  # noqa: FBT003 - expat's own order
                yield from found.take()
            parser.Parse(b"", True)  # noqa: FBT003
            yield from found.take()
        except (ExhibitError, expat.ExpatError) as error:
            yield from found.take()
            code = error.code if isinstance(error, ExhibitError) else "xlsx-broken"
            self.troubles.append(Trouble(str(code), f"sheet {sheet.name[:80]!r}: {error.args[0]}"))

    def shown(self, value: str, type_: str, style: str) -> str:
        """Return the text of a stored value by its type (18.18.11) and style."""
        if type_ == "s":
            n = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else -1
            return self._strings[n] if 0 <= n < len(self._strings) else ""
        if type_ in {"str", "inlineStr"}:
            return _plain(value)
        if type_ == "b":
            return "TRUE" if value == "1" else "FALSE"
        if type_ in {"e", "d"}:
            return value[:LONGEST]
        n = int(style) if style.isascii() and style.isdigit() and len(style) < 7 else 0
        return _number(value, self._kinds[n] if n < len(self._kinds) else "", from_1904=self._from_1904)


class _Rows:
    """Gathers the cells of a sheet while expat runs."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._ready: list[Row] = []
        self._cells: list[str] = []
        self._row = 0
        self._column = -1
        self._type = self._style = ""
        self._value: list[str] = []
        self._take = False
        self._phonetic = False
        self._count = 0

    def take(self) -> list[Row]:
        ready, self._ready = self._ready, []
        return ready

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            said = attributes.get("r", "")
            number = int(said) if said.isascii() and said.isdigit() and len(said) < 8 else self._row + 1
            if number <= self._row:
                raise ExhibitError("xlsx-broken", f"row {number} stands behind row {self._row}", hint="save it again")
            if number > ROWS:
                raise ExhibitError("table-too-large", f"a row {number:,}", hint="split the table")
            self._row, self._column, self._cells = number, -1, []
        elif name == "c":
            ref = attributes.get("r", "")
            self._column = place(ref)[1] if _REF.match(ref) else self._column + 1
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._value = []
            self._count += 1
            if self._count > CELLS:
                raise ExhibitError("table-too-large", f"more than {CELLS:,} cells", hint="split the table")
        elif name == "rPh":
            self._phonetic = True
        elif name in {"v", "t"}:
            self._take = not self._phonetic

    def words(self, text: str) -> None:
        if self._take:
            self._value.append(text)

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._take = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "c" and self._value and 0 <= self._column < COLUMNS and self._row:
            self._cells += [""] * (self._column + 1 - len(self._cells))
            self._cells[self._column] = self._book.shown("".join(self._value), self._type, self._style)
            self._value = []
        elif name == "row" and self._cells:
            self._ready.append(Row(self._row, self._cells))


def _walk(
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    words: Callable[[str], None] | None = None,
) -> None:
    """Parse one part of the workbook whole."""
    parser = _parser(start, end, words)
    try:
        for at in range(0, len(data), _BLOCK):
            parser.Parse(data[at : at + _BLOCK], False)  # noqa: FBT003
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise ExhibitError("xlsx-broken", f"a part of the workbook is no XML: {error}", hint="save it again") from None


def _parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None,
    words: Callable[[str], None] | None,
) -> expat.XMLParserType:
    """Return a parser that hands on names without their prefix and stops at what no workbook has."""
    parser = expat.ParserCreate()
    depth = [0]

    def opened(name: str, attributes: dict[str, str]) -> None:
        depth[0] += 1
        if depth[0] > _DEEPEST:
            raise ExhibitError("xlsx-broken", f"elements stand {depth[0]} deep", hint="save it again")
        start(name.rpartition(":")[2], attributes)

    def closed(name: str) -> None:
        depth[0] -= 1
        if end is not None:
            end(name.rpartition(":")[2])

    def doctype(*_: object) -> None:
        raise ExhibitError("xlsx-broken", "a part declares a document type, which no workbook does", hint="save again")

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.StartDoctypeDeclHandler = doctype
    if words is not None:
        parser.buffer_text = True
        parser.CharacterDataHandler = words
    return parser


def _plain(text: str) -> str:
    """Return a stored text with its ``_x000D_`` escapes read (ST_Xstring), bounded."""
    if "_x" not in text:
        return text[:LONGEST]
    units = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)[:LONGEST]
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pairs joined, halves replaced


def _kind(number: str, code: str | None) -> str:
    """Return what a number format shows: '' a number, ``date``, ``time`` or ``elapsed``."""
    if code is None:
        n = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
        return "date" if n in _DATES else "time" if n in _TIMES else "elapsed" if n == 46 else ""
    bare = _LITERAL.sub("", code[:500]).split(";")[0]
    if _ELAPSED.search(bare):
        return "elapsed"
    bare = _BRACKETS.sub("", bare).lower()
    if "general" in bare:
        return ""
    if "y" in bare or "d" in bare:
        return "date"
    return "time" if "h" in bare or "s" in bare else ""


def _number(value: str, kind: str, *, from_1904: bool) -> str:
    """Return a number as it is shown: dates in ISO, whole numbers in full, those that lost digits with an exponent."""
    try:
        number = Decimal(value.strip()[:40])
    except InvalidOperation:
        return value[:LONGEST]
    if not number.is_finite() or abs(number.adjusted()) > 400:
        return value[:LONGEST]
    if kind and 0 <= number < 2_958_466:  # the last day of 9999
        return _moment(number, kind, from_1904=from_1904)
    if number == number.to_integral_value():
        return str(int(number)) if abs(number) < _EXACT else f"{number.normalize():E}"
    return value.strip()[:40]


def _moment(number: Decimal, kind: str, *, from_1904: bool) -> str:
    seconds = int((number * 86_400).quantize(Decimal(1)))
    days, rest = divmod(seconds, 86_400)
    if kind == "elapsed" or (kind == "time" and not days):
        hours = seconds // 3600
        return f"{hours:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    # 1900 counts a 29 February that never was (18.17.4.1)
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 31 if days < 60 else 30)  # noqa: DTZ001 - no zone
    try:
        at = start + timedelta(days=days, seconds=rest)
    except OverflowError:
        return str(number)
    return at.date().isoformat() if kind == "date" and not rest else at.isoformat(sep=" ")
