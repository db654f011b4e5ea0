"""SQLite files from anybody: what tables they declare, and rows of plain tables read from a private copy.

The exhibit itself is never opened by SQLite: even reading can change a database. The copy is opened read-only and
immutable, with nothing trusted that its schema says: only tables that are stored as tables are read, of them only
stored columns, values are bounded, and a budget of steps ends what would not end. Rows come in order of their rowid;
one that goes back means that pages are chained wrongly, and reading stops.
Format: https://www.sqlite.org/fileformat2.html, 1.3 (header), 1.6 (b-tree pages), 2.1 (records), 2.6 (schema).
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, NamedTuple, Self
from urllib.parse import quote

from dunproof.errors import ExhibitError
from dunproof.read.formats.sbr import Trouble

MAGIC: Final = b"SQLite format 3\x00"
VALUE_BYTES: Final = 20_000_000
"""Bytes of one value or row."""
STEPS: Final = 1_000_000_000
"""Steps of SQLite's machine that one copy may take: some 50 million rows."""
_STEPS_A_CALL: Final = 1_000_000
_PAGES: Final = 2_000
"""Pages of the schema that are looked at."""
_CHECKED: Final = 256 * 1024 * 1024
"""Bytes up to which a database is checked before it is read."""
_MISSING: Final = 256 * 1024 * 1024
"""Bytes of missing pages that are made up for, in the copy."""
_FAULTS: Final = (sqlite3.Error, OverflowError, UnicodeDecodeError)
"""What sqlite3 raises over a damaged file; the last where its message quotes bytes that are no text."""
_HINT: Final = "copy the database again together with its -wal file, or export the messages with an app"


class Declared(NamedTuple):
    """A row of the schema: table, view, index or trigger, its name, and the start of its SQL."""

    type: str
    name: str
    sql: str


# --- the schema, without SQLite -----------------------------------------------------------------------------------


def schema(file: BinaryIO, size: int) -> list[Declared]:
    """Return what a database declares, as far as its schema pages are readable; [] if they are not. Never raises."""
    file.seek(0)
    head = file.read(100)
    if len(head) < 100 or not head.startswith(MAGIC):
        return []
    page_bytes = _page_bytes(head)
    usable = page_bytes - head[20]
    encoding = {2: "utf-16-le", 3: "utf-16-be"}.get(int.from_bytes(head[56:60], "big"), "utf-8")
    found: list[Declared] = []
    if usable < 480:
        return found
    stack, seen = [1], set[int]()
    while stack and len(seen) < _PAGES:
        number = stack.pop()
        if number in seen or not 1 <= number <= size // page_bytes + 1:
            continue
        seen.add(number)
        file.seek((number - 1) * page_bytes)
        page = file.read(page_bytes)
        at = 100 if number == 1 else 0
        if len(page) < at + 12 or page[at] not in {5, 13}:
            continue
        (cells,) = struct.unpack_from(">H", page, at + 3)
        start = at + (12 if page[at] == 5 else 8)
        pointers = [p for (p,) in struct.iter_unpack(">H", page[start : start + 2 * cells][: 2 * (page_bytes // 4)])]
        if page[at] == 5:
            children = [int.from_bytes(page[p : p + 4], "big") for p in pointers]
            stack += [int.from_bytes(page[at + 8 : at + 12], "big"), *reversed(children)]
            continue
        found += [d for p in pointers if (d := _declared(page, p, usable, encoding)) is not None]
    return found


def _page_bytes(head: bytes) -> int:
    said = int.from_bytes(head[16:18], "big")
    return 65_536 if said == 1 else said


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer and the offset behind it; IndexError at the end of the data."""
    value = 0
    for n in range(9):
        byte = data[at + n]
        if n == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + n + 1
    raise IndexError(at)


def _declared(page: bytes, at: int, usable: int, encoding: str) -> Declared | None:
    """Return the schema row of a leaf cell: type, name, tbl_name, rootpage, sql. Long SQL is cut at the page."""
    try:
        payload, at = _varint(page, at)
        _, at = _varint(page, at)
        if payload > usable - 35:
            low = (usable - 12) * 32 // 255 - 23
            local = low + (payload - low) % (usable - 4)
            payload = local if local <= usable - 35 else low
        body = page[at : at + payload]
        end, here = _varint(body, 0)
        sizes: list[int] = []
        while here < end and len(sizes) < 5:
            serial, here = _varint(body, here)
            sizes.append(_stored_bytes(serial))
    except IndexError:
        return None
    if len(sizes) < 5:
        return None
    texts = []
    here = end
    for length in sizes:
        texts.append(body[here : here + length].decode(encoding, "replace"))
        here += length
    return Declared(texts[0], texts[1], texts[4])


def _stored_bytes(serial: int) -> int:
    if serial >= 12:
        return (serial - 12) // 2
    return (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[serial]


# --- rows, with SQLite over a private copy ------------------------------------------------------------------------


class Database:
    """A private copy of a database, opened to read plain tables."""

    def __init__(self, path: Path) -> None:
        self.troubles: list[Trouble] = []
        self._steps = 0
        self._folder = tempfile.TemporaryDirectory(prefix="dunproof-")
        try:
            copy = Path(self._folder.name) / "copy.db"
            shutil.copyfile(path, copy)
            self._head(copy)
            self._connection = sqlite3.connect(
                f"file:{quote(str(copy))}?mode=ro&immutable=1", uri=True, cached_statements=16
            )
        except sqlite3.Error as error:
            self._folder.cleanup()
            raise ExhibitError("database-damaged", str(error), hint=_HINT) from None
        except BaseException:
            self._folder.cleanup()
            raise
        self._bound()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the copy and delete it."""
        self._connection.close()
        self._folder.cleanup()

    def _head(self, copy: Path) -> None:
        """Note what the header says of missing pages and of a journal that lies beside the file."""
        size = copy.stat().st_size
        with copy.open("rb") as file:
            head = file.read(100)
        if len(head) < 100 or not head.startswith(MAGIC):
            raise ExhibitError("database-damaged", "the header is not that of a database", hint=_HINT)
        pages = int.from_bytes(head[28:32], "big")
        missing = pages * _page_bytes(head) - size
        if head[24:28] == head[92:96] and missing > 0:
            self.troubles.append(
                Trouble("truncated", f"the database has {pages} pages of {_page_bytes(head)} bytes, the file {size}")
            )
            # SQLite refuses a file that is too short, and reads the rest of a cut page as zeros: rows that never were.
            # Bytes that are no page, no number and no text make it stop at the first row that lies there.
            if missing <= _MISSING:
                with copy.open("ab") as file:
                    file.write(b"\xff" * missing)
        if head[18] == 2:
            self.troubles.append(
                Trouble("database-wal", "the database keeps its latest changes in a -wal file beside it")
            )

    def _bound(self) -> None:
        c = self._connection
        c.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES)
        c.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        c.setlimit(sqlite3.SQLITE_LIMIT_VDBE_OP, 100_000)
        c.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
        c.set_progress_handler(self._step, _STEPS_A_CALL)
        c.text_factory = lambda raw: raw.decode("utf-8", "replace")
        for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON", "mmap_size=0", "temp_store=MEMORY"):
            c.execute(f"PRAGMA {pragma}").close()

    def _step(self) -> int:
        self._steps += _STEPS_A_CALL
        return self._steps > STEPS

    def columns(self, table: str) -> list[str]:
        """Return the stored columns of a plain table, [] if there is none of this name.

        Raises ExhibitError (``database-table-refused``) for a view, a virtual table and one without rowids, and
        (``database-damaged``) where the schema cannot be read.
        """
        try:
            with closing(self._connection.cursor()) as cursor:
                found = cursor.execute(
                    "SELECT type, rootpage, sql FROM sqlite_master WHERE lower(name) = lower(?) AND type <> 'index'",
                    (table,),
                ).fetchall()
                if not found:
                    return []
                self._refuse(table, found)
                rows = cursor.execute(f"PRAGMA table_xinfo({_name(table)})").fetchall()
        except _FAULTS as error:
            raise ExhibitError("database-damaged", f"the schema cannot be read: {error}", hint=_HINT) from None
        return [str(row[1]) for row in rows if row[6] == 0]

    def _refuse(self, table: str, found: Sequence[tuple[Any, ...]]) -> None:
        for type_, root, sql in found:
            text = sql if isinstance(sql, str) else ""
            what = ""
            if type_ != "table" or not isinstance(root, int) or root <= 0:
                what = f"is a {str(type_)[:20]}, not a stored table"
            elif re.match(r"\s*create\s+virtual\b", text, re.IGNORECASE):
                what = "is a virtual table"
            elif re.search(r"\bwithout\s+rowid\s*(?:,\s*strict\s*)?;?\s*\Z", text, re.IGNORECASE):
                what = "has no rowids"
            if what:
                raise ExhibitError("database-table-refused", f"{table} {what}", hint="export the messages with an app")

    def check(self, table: str, size: int) -> None:
        """Note where a table is damaged."""
        if size > _CHECKED:
            return
        try:
            with closing(self._connection.execute(f"PRAGMA quick_check({_name(table)})")) as cursor:
                said = cursor.fetchone()
        except _FAULTS as error:
            self._damage(table, str(error))
            return
        if said is not None and said[0] != "ok":
            self._damage(table, str(said[0])[:200])

    def rows(
        self, table: str, columns: Sequence[str], rowid: int | None = None
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (rowid, value by column) of a table in order, or of one row. What stops the reading is a trouble."""
        own = next((n for n in ("_rowid_", "rowid", "oid") if n not in {c.lower() for c in self.columns(table)}), None)
        if own is None:
            raise ExhibitError("database-table-refused", f"{table} hides its rowids", hint="export with an app")
        names = ", ".join([own, *map(_name, columns)])
        sql = f"SELECT {names} FROM {_name(table)} NOT INDEXED"
        last: int | None = None
        try:
            if rowid is None:
                found = self._connection.execute(f"{sql} ORDER BY {own}")
            else:
                found = self._connection.execute(f"{sql} WHERE {own} = ?", (rowid,))
            with closing(found) as cursor:
                for values in cursor:
                    n = values[0]
                    if last is not None and n <= last:
                        self._damage(table, f"row {n} stands behind row {last}")
                        return
                    last = n
                    yield n, dict(zip(columns, values[1:], strict=True))
        except _FAULTS as error:
            self._damage(table, str(error))
            if rowid is not None:
                return
        else:
            return
        # sqlite3 looks one row ahead: the last whole row before the fault is asked for alone
        after = f"{sql} WHERE {own} > ? ORDER BY {own} LIMIT 1"
        with suppress(*_FAULTS), closing(self._connection.execute(after, (-(2**63) if last is None else last,))) as one:
            for values in one:
                yield values[0], dict(zip(columns, values[1:], strict=True))

    def _damage(self, table: str, what: str) -> None:
        if not any(t.code == "database-damaged" and t.detail.startswith(f"{table}:") for t in self.troubles):
            self.troubles.append(Trouble("database-damaged", f"{table}: {' '.join(what.split())[:200]}"))


def _name(text: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + text.replace('"', '""') + '"'
