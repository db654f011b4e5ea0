"""The words at a place: what a locator points to, read again from the exhibit, with a little of what stands around.

For a span of an HTML file the quote is what a reader sees there. For places without words there is a printed form: an
instruction, a manifest attribute, a call. A place that does not exist raises LocatorError; nothing is ever guessed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from zoneinfo import ZoneInfo

import msgspec

from dunproof.errors import ExhibitError, LocatorError
from dunproof.facts.locator import Byte, Cell, Char, Insn, Line, Locator, Page, Pointer, Record, RowId, TableRow, parse
from dunproof.read.formats import tables
from dunproof.read.formats.text import decode
from dunproof.read.source import Source

if TYPE_CHECKING:
    from dunproof.read.formats.android_db import AndroidExport
    from dunproof.read.formats.sbr import SbrRecord

AROUND: Final = 40
"""Characters of the same paragraph shown before and after (ours: one line of context)."""
LONGEST: Final = 4000
"""Characters of one quote; a longer one ends in an ellipsis."""
_CALLS: Final = {
    "1": "answered", "2": "outgoing", "3": "missed", "4": "voicemail", "5": "rejected", "6": "blocked",
    "7": "answered on another device",
}  # fmt: skip
"""Types of a call record (synctech's field page)."""
_SHOWN_BYTES: Final = 32
_WORDS_FROM: Final = 6
"""Characters from which bytes are shown as the words they are."""
_MEMBER_BYTES: Final = 256 * 1024 * 1024
_AXML: Final = b"\x03\x00\x08\x00"
_LOOKS_HTML: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)", re.IGNORECASE | re.DOTALL
)


_LINE_END: Final = re.compile(r"\r\n|\r|\n")
"""Ends of lines as RFC 5147 counts them; ``str.splitlines`` knows more of them."""


class Quote(msgspec.Struct, frozen=True):
    """What stands at a place, and up to 40 characters of the same paragraph before and after."""

    text: str
    before: str = ""
    after: str = ""


def quote(source: Source, locator: str | Locator) -> Quote:
    """Return the words at one place of an exhibit. For many places of one exhibit use Quoter: it reads it once."""
    with Quoter(source) as quoter:
        return quoter.quote(locator)


class Quoter:
    """One exhibit, decoded once, and the words at any of its places."""

    def __init__(self, source: Source, zone: str = "Asia/Shanghai") -> None:
        self._source = source
        self._zone = ZoneInfo(zone)
        self._records: dict[tuple[str, int], str] = {}
        """Words or printed form by type and ordinal."""
        self._rows: AndroidExport | None = None
        self._members: dict[str, _Bytes] = {}
        self._whole = _Bytes(source.read_bytes, source.name, source.format)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._members.clear()
        if self._rows is not None:
            self._rows.close()
            self._rows = None

    def quote(self, locator: str | Locator) -> Quote:
        """Return the words at a place.

        Errors: LocatorError for text that is no locator, a place of another exhibit, a place that this exhibit does
        not have, and kinds of place that no format here can show.
        """
        at = parse(locator) if isinstance(locator, str) else locator
        try:
            return self._quote(at)
        except ExhibitError as error:
            raise LocatorError(f"{at} cannot be shown: {error.message}", hint=error.hint) from None

    def _quote(self, at: Locator) -> Quote:
        if at.exhibit and at.exhibit != self._source.exhibit:
            raise LocatorError(
                f"{at.exhibit} is another exhibit than {self._source.exhibit}", hint="open the exhibit that it names"
            )
        if not at.members and not at.places:
            return Quote(self._source.name)
        if not at.places:
            self._inside(at.members)  # a member that is not there must not be quoted
            return Quote("!/".join(at.members))
        if isinstance(at.places[0], Insn):
            return self._instruction(at.members, at.places[0])
        if isinstance(at.places[0], Record):
            return self._record(at)
        if isinstance(at.places[0], RowId):
            return self._row_id(at, at.places[0])
        return _cut(self._inside(at.members).quote(at))

    def _inside(self, members: tuple[str, ...]) -> _Bytes:
        here = self._whole
        path = ""
        for name in members:
            path += "!/" + name
            found = self._members.get(path)
            if found is None:
                data = here.member(name)
                found = self._members[path] = _Bytes(lambda data=data: data, name, "")  # type: ignore[misc]
            here = found
        return here

    def _instruction(self, members: tuple[str, ...], place: Insn) -> Quote:
        from dunproof.read.formats import dexprint

        data = self._whole.data if self._source.format == "dex" else self._inside((*members, place.dex)).data
        return Quote(dexprint.describe(data, place.offset))

    def prepare(self, locators: list[str]) -> None:
        """Read the records at these places in one pass; without it each record costs a pass of its own."""
        wanted: set[tuple[str, int]] = set()
        for text in locators:
            with suppress(LocatorError):
                places = parse(text).places
                if places and isinstance(places[0], Record):
                    wanted.add((places[0].type, places[0].n))
        self._load_records(wanted - self._records.keys())

    def _load_records(self, wanted: set[tuple[str, int]]) -> None:
        from dunproof.read.formats.sbr import Export

        if not wanted or self._source.format != "sbr-xml":
            return
        with self._source.open() as file:
            for record in Export(file).records():
                key = (record.type, record.n)
                if key in wanted:
                    self._records[key] = record.text or _without_words(record, self._zone)
                    if len(self._records) >= len(wanted) and wanted <= self._records.keys():
                        return

    def _record(self, at: Locator) -> Quote:
        record = at.places[0]
        assert isinstance(record, Record)  # noqa: S101 - asked by the caller
        key = (record.type, record.n)
        if self._source.format != "sbr-xml":
            raise LocatorError(
                f"{self._source.format or 'this format'} has no records", hint="use a place that its format has"
            )
        if key not in self._records:
            self._load_records({key})
        text = self._records.get(key)
        if text is None:
            raise LocatorError(
                f"no {record.type} record {record.n} in {self._source.name}", hint="records count from 0 by type"
            )
        return _in_record(text, at)

    def _row_id(self, at: Locator, row: RowId) -> Quote:
        """Return the words or the printed form of a row of a database, as of a record."""
        from dunproof.read.formats.android_db import AndroidExport
        from dunproof.read.formats.sqlite import Database

        if self._source.format != "android-db" or at.members:
            raise LocatorError(f"{at} cannot be shown for {self._source.name}", hint="open it with its own program")
        if self._rows is None:
            self._rows = AndroidExport(Database(self._source.path), self._source.size_bytes)
        record = self._rows.record(row.table, row.rowid)
        if record is None:
            raise LocatorError(f"no row {row.rowid} in {row.table} of {self._source.name}", hint="rowid=sms:12")
        return _in_record(record.text or _without_words(record, self._zone), at)


def _in_record(text: str, at: Locator) -> Quote:
    """Return the words of a record, or a span of them."""
    if len(at.places) == 1:
        return _cut(Quote(text))
    place = at.places[1]
    if not isinstance(place, Char):
        raise LocatorError(f"no such place in a record: {at}", hint="record=sms:184&char=3,9")
    return _cut(_span(text, place))


def _without_words(record: SbrRecord, zone: ZoneInfo) -> str:
    """Return the printed form of a record without words: ``call from +86… 2026-03-01T21:40:00+08:00 0 s missed``."""
    said = record.get("msg_box" if record.type == "mms" else "type") or ""
    outgoing = said == "2" or (record.type != "call" and said in {"3", "4", "5", "6"})
    number = ", ".join(record.others) or "(withheld)"
    parts = [record.type, "to" if outgoing else "from", number, _moment(record.get("date"), zone)]
    if record.type == "call":
        parts += [f"{record.get('duration') or '?'} s", _CALLS.get(said, f"type {said}")]
    else:
        parts.append("(no words)")
    return " ".join(parts)


def _moment(date: str | None, zone: ZoneInfo) -> str:
    try:
        ms = int(date or "")
        return datetime.fromtimestamp(ms // 1000, tz=zone).isoformat()
    except (ValueError, OverflowError, OSError):
        return "(no time)"


class _Bytes:
    """The bytes of an exhibit or of a member, and what can be made of them, each made once."""

    def __init__(self, load: Callable[[], bytes], name: str, format_: str) -> None:
        self._load = load
        self._name = name
        self._format = format_

    @cached_property
    def data(self) -> bytes:
        return self._load()

    @cached_property
    def text(self) -> str:
        return decode(self.data).text

    @cached_property
    def is_html(self) -> bool:
        return self._format == "html" or (not self._format and _LOOKS_HTML.match(self.text) is not None)

    @cached_property
    def _archive(self) -> Any:
        from dunproof.read.formats import zip as zips

        return zips.Archive(self.data, scan=True)

    def member(self, name: str) -> bytes:
        """Return the bytes of a member of this archive."""
        if name not in self._archive:
            raise LocatorError(f"no member {name!r} in {self._name}", hint="see the names with 'dunproof read'")
        data: bytes = self._archive.read(name, _MEMBER_BYTES)
        return data

    def quote(self, at: Locator) -> Quote:
        place = at.places[0]
        if len(at.places) == 2:
            if isinstance(place, Pointer) and isinstance(at.places[1], Char):
                return _span(self._pointer(place), at.places[1])
            if isinstance(place, Cell) and isinstance(at.places[1], Char):
                return _span(self._cell(place).text, at.places[1])
            if isinstance(place, Page) and isinstance(at.places[1], Char):
                return _span(self._paper(place), at.places[1])
            raise self._no(at)
        match place:
            case Page():
                return _cut(Quote(self._paper(place)))
            case Char():
                return self._html_span(place) if self.is_html else _span(self.text, place)
            case Line():
                return self._lines(place)
            case TableRow():
                return Quote(tables.joined(self._cells("", place.row)))
            case Cell():
                return self._cell(place)
            case Pointer():
                return Quote(self._pointer(place))
            case Byte():
                return self._bytes(place)
            case _:
                raise self._no(at)

    def _no(self, at: Locator) -> LocatorError:
        return LocatorError(
            f"{at} cannot be shown for {self._name}", hint="open the file at that place with its own program"
        )

    @cached_property
    def _pages(self) -> list[str]:
        from dunproof.read.formats.pdf import read_pages

        return read_pages(self.data).texts

    def _paper(self, place: Page) -> str:
        """Return the text of a page of a PDF."""
        if not self.data.startswith(b"%PDF-"):
            raise LocatorError(f"{self._name} has no pages", hint="page= is a place in a PDF")
        if place.page > len(self._pages):
            raise LocatorError(f"page {place.page} of {len(self._pages)}", hint="pages count from 1")
        return self._pages[place.page - 1]

    @cached_property
    def _page(self) -> Any:
        from dunproof.read.formats.html import read_page

        return read_page(self.text)

    @cached_property
    def _blocks(self) -> tuple[list[int], list[int]]:
        """Starts and stops, in the file, of the page's blocks."""
        spans = [self._page.span(b.start, b.stop) for b in self._page.blocks]
        return [s[0] for s in spans], [s[1] for s in spans]

    def _html_span(self, place: Char) -> Quote:
        _check(place, len(self.text))
        starts, stops = self._blocks
        words = self._page.words
        first = max(0, bisect_right(starts, place.start) - 1)
        last = max(0, bisect_right(starts, max(place.start, place.stop - 1)) - 1)
        before = after = ""
        if starts and starts[first] <= place.start:
            before = words(starts[first], place.start)
        if starts and stops[last] >= place.stop:
            after = words(place.stop, stops[last])
        text = words(place.start, place.stop)
        if not text:  # a span of the markup itself, such as a hidden template value
            text = self.text[place.start : place.stop]
        return Quote(text, before[-AROUND:], after[:AROUND])

    def _lines(self, place: Line) -> Quote:
        lines = _LINE_END.split(self.text)
        if place.stop > len(lines):
            raise LocatorError(f"line {place.stop} of {len(lines)}", hint="lines count from 0")
        return Quote("\n".join(lines[place.start : place.stop]))

    @cached_property
    def _sheets(self) -> dict[str, dict[int, Sequence[str]]]:
        """Rows by number of the sheets that were asked for; a text table is the sheet without a name."""
        return {}

    def _cells(self, sheet: str, number: int) -> Sequence[str]:
        if sheet not in self._sheets:
            self._sheets[sheet] = {r.number: r.cells for r in self._rows_of(sheet)}
        cells = self._sheets[sheet].get(number)
        if cells is None:
            raise LocatorError(f"no row {number} in {self._name}", hint="rows count from 1, the head included")
        return cells

    def _rows_of(self, sheet: str) -> Iterator[tables.Row]:
        if self._format != "xlsx" and not sheet:
            return tables.rows(self.text)
        from dunproof.read.formats.xlsx import Workbook

        book = Workbook(self.data)
        found = book.sheet(sheet)
        if found is None:
            raise LocatorError(f"no sheet {sheet!r} in {self._name}", hint="the file is another one than was read")
        return book.rows(found)

    def _cell(self, place: Cell) -> Quote:
        """Return the words of a cell between those of the cells of its row."""
        row, column = tables.place(place.ref)
        cells = self._cells(place.sheet, row)
        if column >= len(cells):
            raise LocatorError(f"no cell {place.ref} in {self._name}", hint="its row ends before it")
        before, after = (tables.joined([c for c in part if c]) for part in (cells[:column], cells[column + 1 :]))
        return Quote(cells[column], f"{before} | "[-AROUND:] if before else "", f" | {after}"[:AROUND] if after else "")

    @cached_property
    def _json(self) -> Any:
        from dunproof.read.formats import json_text

        try:
            return json_text.parse(self.text)
        except ValueError as error:
            raise LocatorError(f"{self._name} is not JSON: {error}", hint="a JSON Pointer needs JSON") from None

    def _pointer(self, place: Pointer) -> str:
        value = self._json
        for step in place.pointer.split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            try:
                value = value[int(key)] if isinstance(value, list) else value[key]
            except (KeyError, IndexError, ValueError, TypeError):
                raise LocatorError(f"nothing at {place.pointer!r}", hint=f"the path ends before {key!r}") from None
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()

    def _bytes(self, place: Byte) -> Quote:
        if place.offset + place.length > len(self.data):
            raise LocatorError(f"byte {place.offset:#x} of {len(self.data):#x}", hint="offsets count from 0")
        if self.data.startswith(_AXML):
            from dunproof.read.formats import axml

            return Quote(axml.describe(self.data, place.offset, place.length))
        words = _words(self.data[place.offset : place.offset + min(place.length, LONGEST)])
        if words is not None:
            return _cut(Quote(words))
        shown = self.data[place.offset : place.offset + min(place.length, _SHOWN_BYTES)].hex(" ")
        return Quote(shown + (" …" if place.length > _SHOWN_BYTES else ""))


def _words(raw: bytes) -> str | None:
    """Return the text that some bytes are, None if they are none: one in a string table of code or resources is."""
    for encoding in ("utf-8", "utf-16-le"):
        with suppress(UnicodeDecodeError):
            text = raw.decode(encoding)
            if len(text) >= _WORDS_FROM and all(c.isprintable() or c == "\n" for c in text) and _plain(text):
                return text
    return None


def _plain(text: str) -> bool:
    """Return whether most of a text is of scripts that people here write: noise read as UTF-16 is of all."""
    return sum(c < "\u0250" or "\u2000" <= c < "\ua000" or c >= "\uff00" for c in text) * 10 >= len(text) * 9


def _check(place: Char, length: int) -> None:
    if place.stop > length:
        raise LocatorError(f"character {place.stop} of {length}", hint="the file is another version than was read")


def _span(text: str, place: Char) -> Quote:
    """Return [start, stop) of a text with the rest of its paragraph."""
    _check(place, len(text))
    head = text[max(0, place.start - AROUND) : place.start]
    tail = text[place.stop : place.stop + AROUND]
    return Quote(
        text[place.start : place.stop],
        re.split(r"[\r\n]", head)[-1],
        re.split(r"[\r\n]", tail, maxsplit=1)[0],
    )


def _cut(quoted: Quote) -> Quote:
    if len(quoted.text) <= LONGEST:
        return quoted
    return Quote(quoted.text[:LONGEST] + "…", quoted.before, "")
