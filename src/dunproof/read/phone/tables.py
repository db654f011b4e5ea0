"""Tables of calls or messages to sightings: a carrier's bill, an app's export, as CSV or as a workbook.

Columns are known by their header words, never by place. A message stands at the cell of its words, a call in a
workbook at the cell of its time, a call in a text table at its row. Clocks without a zone are taken as Beijing time,
``local_assumed``; link takes the case's zone instead. What could be two things stays undetermined and is counted.
A sheet without such a header is read by nothing and named.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import chain
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from dunproof.facts.kinds import Coverage, Fact, Mint, Number, Problem, Sighting, Support
from dunproof.facts.locator import Cell, Locator, TableRow
from dunproof.language.phone_numbers import PhoneNumber, classify
from dunproof.read.formats import columns, tables
from dunproof.read.formats.columns import Head
from dunproof.read.formats.sbr import Trouble
from dunproof.read.formats.tables import Row
from dunproof.read.formats.text import decode
from dunproof.read.phone.written import ZONE, Moment, NotWritten, length, moment
from dunproof.read.source import Source

FORMATS: Final = frozenset({"csv", "xlsx"})
LOOKS_FOR: Final = ("sighting", "number")
VERSION: Final = 1

_LONGEST: Final = 300
"""Characters of a number or name that are kept."""
_TO, _FROM = "to_person", "from_person"
_DAY_ONE: Final = date(1970, 1, 1)
_FORMULA_TEXT: Final = re.compile(r'="([^"]*)"\Z')
_LOST: Final = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+?\d+\Z")
"""A number that a spreadsheet shows with an exponent: its last digits are gone."""
_OWN: Final = re.compile(r"(?:本机|用户|手机|业务|计费|客户)?号码\s*[:：]?\s*(\+?[0-9][0-9 *-]{6,20})?\Z")
_NOTES: Final = {
    "ambiguous-time": "rows have a time without its year, or one that may be read in two ways",
    "implausible-time": "rows have no time that can be",
    "implausible-duration": "calls have no talk time that can be",
    "unknown-record-type": "rows do not say, or say in unknown words, who called or wrote",
    "number-digits-lost": "numbers were stored as quantities and lost their last digits",
    "forwarded-left-out": "forwarded calls, which did not reach the person, were left out",
    "drafts-left-out": "drafts, which nobody received, were left out",
    "table-rows-left-out": "rows without time and number, such as totals, were left out",
}


def read(source: Source) -> Iterator[Fact]:
    """Yield sightings and numbers of one table, then its problems and coverage.

    Raises ExhibitError for a workbook that cannot be opened.
    """
    reading = _Reading(source.exhibit)
    if source.format == "xlsx":
        yield from reading.workbook(source)
    else:
        yield from reading.text(source)
    yield from reading.problems()
    yield from reading.coverage()


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row as far as it is a call or message."""

    at: Moment | NotWritten
    row: Row
    head: Head
    channel: str
    text: str | None
    said: columns.Said
    written: str
    number: PhoneNumber


class _Reading:
    """One pass over one exhibit."""

    def __init__(self, exhibit: str) -> None:
        self.exhibit = exhibit
        self.mint = Mint(exhibit)
        self.troubles: list[Trouble] = []
        self.counted: dict[str, tuple[int, str]] = {}
        self.numbers: set[str] = set()
        self.tables = 0
        self.sightings = 0
        self._moments: tuple[int, int] | tuple[()] = ()
        self._days: tuple[str, str] | tuple[()] = ()
        self._line: str | None = None
        self._sheet: str | None = None

    # --- tables ----------------------------------------------------------------------------------------------------

    def text(self, source: Source) -> Iterator[Fact]:
        with source.open() as file:
            data = file.read(tables.BYTES + 1)
        if len(data) > tables.BYTES:
            data = data[: tables.BYTES]
            self.troubles.append(
                Trouble("table-too-large", f"more than {tables.BYTES >> 20} MiB; the rest was not read")
            )
        yield from self._table(tables.rows(decode(data).text, self.troubles))

    def workbook(self, source: Source) -> Iterator[Fact]:
        from dunproof.read.formats.xlsx import Workbook

        with source.open() as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            book = Workbook(data)
            unknown: list[str] = []
            for sheet in book.sheets:
                self._sheet = sheet.name
                before, rows = self.tables, book.rows(sheet)
                first = next(rows, None)
                if first is not None:
                    yield from self._table(chain([first], rows))
                    if self.tables == before:
                        unknown.append(sheet.name)
            self.troubles += book.troubles
            for name in unknown if self.tables else ():
                self.troubles.append(
                    Trouble("sheet-not-recognised", f"sheet {name[:80]!r} has no header of calls or messages")
                )

    def _table(self, rows: Iterable[Row]) -> Iterator[Fact]:
        """Yield the facts of one table; nothing of one that has no header of calls or messages."""
        self._line = None
        above: list[Row] = []
        head: Head | None = None
        for row in rows:
            if head is not None:
                yield from self._row(head, row)
                continue
            head = columns.find_head([row])
            above.append(row)
            if head is not None:
                self.tables += 1
                self._line = _own_number(above[:-1])
            elif len(above) >= columns.HEAD_ROWS:
                return

    # --- rows ------------------------------------------------------------------------------------------------------

    def _note(self, code: str, loc: str) -> None:
        count, first = self.counted.get(code, (0, loc))
        self.counted[code] = count + 1, first

    def _loc(self, row: Row, column: int | None) -> str:
        """Return the place of a cell, or of the whole row of a text table."""
        if column is None and self._sheet is None:
            return str(Locator(places=(TableRow(row.number),)))
        return str(Locator(places=(Cell(self._sheet or "", f"{tables.letters(column or 0)}{row.number}"),)))

    def _row(self, head: Head, row: Row) -> Iterator[Fact]:
        here = self._loc(row, head.columns["time"] if self._sheet is not None else None)
        if not any(cell.strip() for cell in row.cells):
            return
        said = columns.said(head.cell("direction", row.cells))
        written = self._written(head, row, said)
        at = moment(head.cell("time", row.cells), head.cell("date", row.cells))
        if not written and isinstance(at, NotWritten):
            self._note("table-rows-left-out", here)
            return
        if said.aside:
            self._note("forwarded-left-out" if said.aside == "forwarded" else "drafts-left-out", here)
            return
        channel = _channel(head, row, said)
        if channel is None:
            self._note("unknown-record-type", here)
            return
        column = head.columns.get("text")
        text: str | None = ""
        if channel != "call":
            text = row.cells[column] if column is not None and column < len(row.cells) else ""
            if text.strip():
                here = self._loc(row, column)
            text = text if text.strip() else None
        lost = _LOST.match(written) is not None
        if lost:
            self._note("number-digits-lost", here)
        # a message always has another side: nothing written there is nothing recorded, not a number withheld
        shown = written if written or (channel == "call" and "number" in head.columns) else "null"
        number = classify("null" if lost else shown)
        entry = _Entry(at=at, row=row, head=head, channel=channel, text=text, said=said, written=written, number=number)
        if number.number_key and number.number_key not in self.numbers:
            self.numbers.add(number.number_key)
            yield self._number(number, here)
        yield from self._sighting(entry, here)

    def _written(self, head: Head, row: Row, said: columns.Said) -> str:
        """Return the other side's number as written; '' if the row has none or does not say which side is the other."""
        cells = row.cells
        found = head.cell("number", cells)
        if not found and {"caller", "callee"} <= head.columns.keys():
            caller, callee = head.cell("caller", cells), head.cell("callee", cells)
            if said.direction is not None:
                found = callee if said.direction == _FROM else caller
            elif self._line is not None and (caller or callee):
                own = [classify(_bare(n)).number_key == self._line for n in (caller, callee)]
                found = "" if own[0] == own[1] else callee if own[0] else caller
        if not found and (chat := _bare(head.cell("chat", cells))):  # a chat may be called by a name
            return chat if classify(chat).number_class not in {"alphanumeric", "other"} else ""
        return _bare(found)

    def _direction(self, entry: _Entry) -> str | None:
        """Return who spoke to whom: by the words of the row, else by the side on which the own number stands."""
        if entry.said.direction is not None or self._line is None:
            return entry.said.direction
        sides = [
            classify(_bare(entry.head.cell(role, entry.row.cells))).number_key == self._line
            for role in ("caller", "callee")
        ]
        return None if sides[0] == sides[1] else _FROM if sides[0] else _TO

    def _sighting(self, entry: _Entry, here: str) -> Iterator[Fact]:
        head, cells = entry.head, entry.row.cells
        at = entry.at if isinstance(entry.at, Moment) else None
        if isinstance(entry.at, NotWritten):
            self._note(entry.at.code, here)
        direction = self._direction(entry)
        if direction is None:
            self._note("unknown-record-type", here)
        duration: int | None = 0
        if entry.channel == "call":
            duration = length(head.cell("duration", cells), in_minutes=head.in_minutes)
            if duration is None:
                self._note("implausible-duration", here)
        own = classify(_bare(head.cell("own", cells) or "null")).number_key or self._line
        utc_us = at.utc_us if at is not None else None
        self._cover(at)
        self.sightings += 1
        sighting = Sighting(
            fact_id=self.mint(),
            exhibit=self.exhibit,
            loc=here,
            tier="exact",
            utc_us=utc_us,
            local_day=at.day if at is not None else None,
            local_day_n=(date.fromisoformat(at.day) - _DAY_ONE).days if at is not None and at.day else None,
            zone=ZONE if at is not None and not at.zoned else None,
            time_basis=None
            if at is None
            else "date_only"
            if at.day
            else "handset_utc"
            if at.zoned
            else "local_assumed",
            precision=at.precision if at is not None else None,
            line=own,
            number=None if entry.number.number_class in ("missing", "self") else entry.number.number_key,
            direction=direction,
            channel=entry.channel,
            device_utc_us=utc_us,
            duration_s=duration,
            outcome=_outcome(entry, direction, duration),
            text=entry.text,
            number_as_written=entry.written[:_LONGEST],
            name_shown=head.cell("name", cells)[:_LONGEST],
            record_type=(head.cell("direction", cells) or head.cell("service", cells))[:16],
        )
        yield sighting
        yield from self._further(entry, sighting)

    def _further(self, entry: _Entry, sighting: Sighting) -> Iterator[Support]:
        """Yield the cells of number and time where the sighting stands at one cell of its row."""
        if not sighting.loc.startswith("cell="):
            return
        for role in ("number", "caller", "callee", "date", "time"):
            column = entry.head.columns.get(role)
            if column is None or not entry.head.cell(role, entry.row.cells):
                continue
            loc = self._loc(entry.row, column)
            if loc != sighting.loc:
                yield Support(
                    fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier="exact",
                    of_fact=sighting.fact_id, part="witness",
                )  # fmt: skip

    def _number(self, number: PhoneNumber, loc: str) -> Number:
        return Number(
            fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier="derived", doubtful=number.doubtful,
            number=number.number_key, number_class=number.number_class, area=number.area, masked=number.masked,
        )  # fmt: skip

    # --- what is said of the whole ---------------------------------------------------------------------------------

    def _cover(self, at: Moment | None) -> None:
        if at is None:
            return
        if at.utc_us is not None:
            self._moments = (
                (min(self._moments[0], at.utc_us), max(self._moments[1], at.utc_us))
                if self._moments
                else (at.utc_us, at.utc_us)
            )
        elif at.day is not None:
            self._days = (min(self._days[0], at.day), max(self._days[1], at.day)) if self._days else (at.day, at.day)

    def _range(self) -> tuple[str | None, str | None]:
        """Return the first and the last day."""
        days = [*self._days] + [
            datetime.fromtimestamp(m // 1_000_000, UTC).astimezone(ZoneInfo(ZONE)).date().isoformat()
            for m in self._moments
        ]
        return min(days, default=None), max(days, default=None)

    def _problem(self, code: str, detail: str, loc: str = "") -> Problem:
        return Problem(fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier="exact", code=code, detail=detail)

    def problems(self) -> Iterator[Problem]:
        for trouble in self.troubles:
            yield self._problem(trouble.code, trouble.detail, trouble.loc)
        if not self.tables:
            yield self._problem("table-not-recognised", "no row near the top names the columns of calls or messages")
        for code, text in _NOTES.items():
            if code in self.counted:
                count, loc = self.counted[code]
                yield self._problem(code, f"{count} {text}", loc)

    def coverage(self) -> Iterator[Coverage]:
        status: Literal["read", "partly", "unread"] = "read"
        reason = ""
        if not self.tables:
            status, reason = "unread", "table-not-recognised"
        elif self.troubles:
            status, reason = "partly", self.troubles[0].code
        first_day, last_day = self._range()
        for kind, count in (("sighting", self.sightings), ("number", len(self.numbers))):
            yield Coverage(
                fact_id=self.mint(), exhibit=self.exhibit, loc="", tier="exact", looked_for=kind,
                # nobody knows whose a table is, or whether it is one of calls, that has no header of them
                subject=self.exhibit if self.tables else "",
                status=status, reason=reason, first_day=first_day, last_day=last_day, count=count,
            )  # fmt: skip


def _bare(cell: str) -> str:
    """Return a number without what spreadsheets put around it to keep it a text."""
    text = cell.strip()
    match = _FORMULA_TEXT.match(text)
    return (match[1] if match else text).strip().lstrip("'")


def _own_number(above: list[Row]) -> str | None:
    """Return the key of the owner's number, where the rows above the header name one in full."""
    for row in above:
        cells = [c.strip() for c in row.cells if c.strip()]
        for n, cell in enumerate(cells):
            match = _OWN.match(cell)
            if match is None:
                continue
            found = classify(match[1] or (cells[n + 1] if n + 1 < len(cells) else "null"))
            if found.number_class.startswith(("mobile", "landline")):
                return found.number_key
    return None


def _channel(head: Head, row: Row, said: columns.Said) -> str | None:
    """Return sms, mms, chat or call of a row: by its words, else by the columns that the table has."""
    service = columns.channel(head.cell("service", row.cells))
    if service is not None and service != "call":
        return service
    has_text, has_length = "text" in head.columns, "duration" in head.columns
    if has_text != has_length:
        return (said.channel if said.channel in {"mms", "chat"} else "sms") if has_text else "call"
    if service is not None or said.channel is not None:
        return service or said.channel
    if has_text:
        words, spoken = head.cell("text", row.cells), head.cell("duration", row.cells)
        return None if bool(words) == bool(spoken) else "sms" if words else "call"
    return None


def _outcome(entry: _Entry, direction: str | None, duration: int | None) -> str | None:
    """Return how a call ended, as far as its words and its length say it."""
    if entry.channel != "call":
        return "none"
    if entry.said.outcome is not None:
        return entry.said.outcome
    if duration is None or direction is None:
        return None
    if duration:
        return "answered"
    return "unanswered" if direction == _FROM else None
