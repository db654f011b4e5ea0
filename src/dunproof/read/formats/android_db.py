"""Android's own databases of messages and calls, as the records that exports of them hold.

``mmssms.db`` has ``sms``, and for MMS ``pdu`` with ``part`` and ``addr``; ``calllog.db``, before Android 7
``contacts2.db``, has ``calls``. A record is given in the shape of an SMS Backup & Restore record, whose attributes are
these columns, so that both are read and printed in one way. Columns: Android's TelephonyProvider and CallLogProvider.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final

from dunproof.errors import ExhibitError
from dunproof.read.formats.sbr import SbrRecord, Trouble
from dunproof.read.formats.sqlite import Database, Declared

TYPES: Final = {"sms": "sms", "pdu": "mms", "calls": "call"}
"""Table → type of its records."""
TABLES: Final = {type_: table for table, type_ in TYPES.items()}
_NEEDED: Final = {
    "sms": ("address", "date", "type", "body"),
    "pdu": ("date", "msg_box"),
    "calls": ("number", "date", "type"),
}
_WANTED: Final = {
    "sms": ("address", "date", "date_sent", "type", "body"),
    "pdu": ("date", "date_sent", "msg_box", "m_type", "sub"),
    "calls": ("number", "date", "duration", "type", "name", "presentation"),
    "part": ("mid", "ct", "text"),
    "addr": ("msg_id", "address", "type"),
}
_MARKS: Final = {"sms": ("address", "body"), "calls": ("number", "duration")}
"""Columns by which a table of this name is taken for Android's."""
_SECONDS: Final = ("date", "date_sent")
_MS: Final = 100_000_000_000
"""MMS count seconds, exports of them milliseconds: a number below this one is no millisecond since 1973."""
_CHILDREN: Final = 1_000_000
"""Parts and addresses of all MMS that are kept."""
_HIDDEN: Final = {"2": "", "3": "", "4": "-3"}
"""``presentation`` restricted and unknown: no number was shown; 4 is a payphone, which older phones wrote as -3."""


def is_android(declared: Iterable[Declared]) -> bool:
    """Return whether a schema is that of messages or calls; a view of such a name counts, for the reader to refuse."""
    for one in declared:
        marks = _MARKS.get(one.name.lower())
        if marks is None or one.type not in {"table", "view"}:
            continue
        if one.type == "view" or all(re.search(rf"\b{m}\b", one.sql, re.IGNORECASE) for m in marks):
            return True
    return False


class RowRecord(SbrRecord):
    """A row as a record: ``n`` is its rowid. The word ``null`` is a word here."""

    def get(self, name: str) -> str | None:
        """Return a column, None for NULL and for what is neither text nor a whole number."""
        return self.attributes.get(name)


class AndroidExport:
    """The records of one database, read once, in the order of their tables and rowids."""

    def __init__(self, database: Database, size: int) -> None:
        self._database = database
        self._size = size
        self.repairs: dict[str, int] = {}
        self.declared_count: int | None = None
        self.found = dict.fromkeys(TABLES, 0)
        self._empty = 0
        self._refused: list[Trouble] = []

    @property
    def troubles(self) -> list[Trouble]:
        """What kept the database from being read in full."""
        empty = [Trouble("database-empty-rows", f"{self._empty} rows hold neither time nor number nor text")]
        return [*self._refused, *self._database.troubles, *(empty if self._empty else ())]

    def loc(self, record: SbrRecord) -> str:
        """Return the place of a record."""
        return f"rowid={TABLES[record.type]}:{record.n}"

    def records(self) -> Iterator[SbrRecord]:
        """Yield the records of every table that is there.

        Raises ExhibitError where none of the tables can be read.
        """
        tables = [t for t in TYPES if self._usable(t)]
        if not tables:
            first = self._refused[0] if self._refused else None
            raise ExhibitError(
                first.code if first else "database-not-recognised",
                first.detail if first else "no table has the columns of Android's messages or calls",
                hint="hand in mmssms.db or calllog.db as the phone keeps them, or an export by an app",
            )
        for table in tables:
            self._database.check(table, self._size)
            for record in self._of(table):
                if not any(record.get(c) for c in ("date", "address", "number", "body")):
                    self._empty += 1
                    continue
                self.found[record.type] += 1
                yield record

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _usable(self, table: str) -> bool:
        try:
            have = {c.lower() for c in self._database.columns(table)}
        except ExhibitError as error:
            if error.code == "database-damaged":
                raise
            self._refused.append(Trouble(str(error.code), error.message))
            return False
        if have and not set(_NEEDED[table]) <= have:
            lacking = ", ".join(sorted(set(_NEEDED[table]) - have))
            self._refused.append(Trouble("database-not-recognised", f"{table} stores no column {lacking}"))
        return bool(have) and set(_NEEDED[table]) <= have

    def _of(self, table: str, rowid: int | None = None) -> Iterator[SbrRecord]:
        parts, addresses = self._mms if table == "pdu" else ({}, {})
        for n, values in self._database.rows(table, self._columns(table), rowid):
            attributes, repaired = _texts(values)
            if table == "pdu":
                attributes |= {
                    c: str(v * 1000) for c in _SECONDS if isinstance(v := values.get(c), int) and 0 < v < _MS
                }
            if attributes.get("presentation") in _HIDDEN and not attributes.get("number", "").strip("-123"):
                attributes["number"] = _HIDDEN[attributes["presentation"]]
            yield RowRecord(
                TYPES[table], n, attributes, None, parts.get(n, ()), addresses.get(n, ()), repaired=repaired
            )

    def _columns(self, table: str) -> list[str]:
        have = {c.lower() for c in self._database.columns(table)}
        return [c for c in _WANTED[table] if c in have]

    @cached_property
    def _mms(self) -> tuple[dict[int, list[dict[str, str]]], dict[int, list[dict[str, str]]]]:
        """Texts and addresses of all MMS by the MMS."""
        return self._children("part", "mid"), self._children("addr", "msg_id")

    def _children(self, table: str, key: str) -> dict[int, list[dict[str, str]]]:
        """Return the texts or addresses of all MMS by the MMS."""
        out: dict[int, list[dict[str, str]]] = defaultdict(list)
        try:
            columns = self._columns(table)
        except ExhibitError as error:
            self._refused.append(Trouble(str(error.code), error.message))
            return out
        if key not in columns:
            return out
        for count, (_, values) in enumerate(self._database.rows(table, columns)):
            if count >= _CHILDREN:
                self._refused.append(Trouble("mms-parts-cut", f"{table} has more than {_CHILDREN:,} rows"))
                break
            attributes, _ = _texts(values)
            owner = values[key]
            if isinstance(owner, int) and (table == "addr" or attributes.get("ct") == "text/plain"):
                out[owner].append(attributes)
        return out

    def record(self, table: str, rowid: int) -> SbrRecord | None:
        """Return the record of one row, None if there is none."""
        if table not in TYPES or not self._usable(table):
            return None
        return next(self._of(table, rowid), None)


def _texts(values: dict[str, Any]) -> tuple[dict[str, str], bool]:
    """Return the columns as attributes, and whether bytes of them were no text."""
    out: dict[str, str] = {}
    repaired = False
    for column, value in values.items():
        if isinstance(value, str):
            out[column] = value
            repaired = repaired or "�" in value
        elif isinstance(value, int):
            out[column] = str(value)
    return out, repaired
