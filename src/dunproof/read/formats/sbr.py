"""SMS Backup & Restore XML: records of SMS, MMS and calls, streamed, with their place in the exhibit.

Also what Silence, converters from other stores and Super Backup (``allsms``) write in the same shape. Bare expat
behind ``xml_repair``: constant memory, byte offsets of the exhibit. A document type is refused, as no exporter writes
one; depth, attributes and repairs are capped. The declared count is never a bound.

Field meanings: synctech's field page and Android's ``Telephony`` and ``CallLog`` providers.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final
from xml.parsers import expat

import msgspec

from dunproof.errors import ExhibitError, LocatorError
from dunproof.read.formats.xml_repair import Repair

BLOCK: Final = 1 << 20
"""Bytes a read: expat 2.5 rescans an unfinished token with every block, so small blocks are slow."""
DEEPEST: Final = 16
LONGEST_TOKEN: Final = 16 << 20
MOST_CHILDREN: Final = 10_000
"""Parts and addresses of one MMS that are kept."""

TYPES: Final = ("sms", "mms", "call")
_ROOTS: Final = frozenset({"smses", "calls", "allsms"})
_NULL: Final = "null"
_ADDRESS_FROM: Final = "137"
_OWN: Final = "insert-address-token"
_TRUNCATED: Final = (
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
)
_DECLARED: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")


class SbrRecord(msgspec.Struct):
    """One ``sms``, ``mms`` or ``call`` element. ``n`` counts the elements of its type in file order, from 0."""

    type: str
    n: int
    attributes: dict[str, str]
    offset: int | None = None
    """Byte of its ``<`` in the exhibit; None in a file that had to be transcoded."""
    parts: Sequence[dict[str, str]] = ()
    addresses: Sequence[dict[str, str]] = ()
    repaired: bool = False
    """Bytes in it had to be repaired to be read."""

    def get(self, name: str) -> str | None:
        """Return an attribute, None if it is absent or the literal ``null`` that stands for absent."""
        value = self.attributes.get(name)
        return None if value == _NULL else value

    def add(self, child: str, attributes: dict[str, str]) -> None:
        """Add a ``part`` or an address to an MMS; beyond ``MOST_CHILDREN`` they are dropped."""
        rows = self.parts if child == "part" else self.addresses
        if len(rows) < MOST_CHILDREN:
            if isinstance(rows, list):
                rows.append(attributes)
            elif child == "part":
                self.parts = [attributes]
            else:
                self.addresses = [attributes]

    @property
    def text(self) -> str | None:
        """The words of the record: '' for calls, None if the record holds none (a notification, ``null``)."""
        if self.type == "call":
            return ""
        if self.type == "sms":
            return self.get("body")
        lines = [p["text"] for p in self.parts if p.get("ct") == "text/plain" and p.get("text", _NULL) != _NULL]
        subject = self.subject
        if subject:
            lines.insert(0, subject)
        return "\n".join(lines) if lines else None

    @property
    def subject(self) -> str:
        """The subject of an MMS, '' if it has none. UTF-8 that was read as Latin-1 is read again."""
        subject = self.get("sub") or ""
        if subject.isascii():
            return subject
        try:
            return subject.encode("latin-1").decode("utf-8")
        except ValueError:
            return subject

    @property
    def others(self) -> list[str]:
        """Numbers of the other side as written: who sent a received MMS (type 137), who got a sent one."""
        shown = self.get("number" if self.type == "call" else "address") or ""
        if self.type != "mms" or not self.addresses:
            return [shown]
        box = self.get("msg_box")
        rows = [(a.get("type"), a.get("address", "")) for a in self.addresses]
        if box == "1":
            found = [number for type_, number in rows if type_ == _ADDRESS_FROM and number not in ("", _NULL, _OWN)]
            return found[:1] or [shown]
        if box in ("2", "4", "5") and (not shown or "@" in shown):
            found = [number for type_, number in rows if type_ != _ADDRESS_FROM and number not in ("", _NULL, _OWN)]
            return list(dict.fromkeys(found)) or [shown]
        return [shown]


class Trouble(msgspec.Struct, frozen=True):
    """Something that kept the export from being read in full. ``code`` is a slug of docs/problems.md."""

    code: str
    detail: str
    loc: str = ""


class Export:
    """One export, read once: iterate ``records()``, then ask for the rest."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._found = dict.fromkeys(TYPES, 0)
        self._batch: list[SbrRecord] = []
        self._others: list[str] = []
        self._ends: list[str] = []
        self._depth = 0
        self._counted = 0
        self._transcoded = False
        self._repair = Repair()
        self.root = ""
        self.declared_count: int | None = None
        self.troubles: list[Trouble] = []

    @property
    def found(self) -> dict[str, int]:
        """Elements seen by type."""
        return dict(self._found)

    @property
    def repairs(self) -> dict[str, int]:
        """Repairs by kind."""
        return dict(self._repair.kinds)

    @property
    def complete(self) -> bool:
        """Whether the file was read to its end."""
        return not self.troubles

    def loc(self, record: SbrRecord) -> str:
        """Return the place of a record: its type and ordinal."""
        return f"record={record.type}:{record.n}"

    def records(self) -> Iterator[SbrRecord]:
        """Yield the records in file order; what stops the reading is a ``Trouble``, the records before it stand.

        Raises ExhibitError (``xml-doctype``, ``not-an-export``) where nothing of the file may be believed.
        """
        parser = self._parser()
        ended = False
        try:
            for block in self._blocks():
                ended = not block
                data = self._repair.feed(block, final=ended)
                parser.Parse(data, ended)
                self._check_depth(parser)
                if not ended:
                    self._check_token(parser)
                yield from self._ready(last=ended)
        except expat.ExpatError as exc:
            self._trouble(exc, parser)
        except ExhibitError as exc:
            if exc.code in ("xml-doctype", "not-an-export"):
                raise
            self.troubles.append(Trouble(exc.code, exc.message, exc.loc))
        yield from self._ready(last=True)

    def _blocks(self) -> Iterator[bytes]:
        """Yield the file in UTF-8, then one empty block."""
        head = self._file.read(BLOCK)
        encoding = _encoding(head)
        decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
        self._transcoded = decoder is not None
        block = head
        while block:
            yield decoder.decode(block).encode("utf-8", "surrogatepass") if decoder else block
            block = self._file.read(BLOCK)
        yield b""

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate("utf-8")  # the declaration may lie: bytes are UTF-8 here
        parser.buffer_text = False
        found, batch, others = self._found, self._batch, self._others
        names = frozenset(TYPES)

        def start(name: str, attributes: dict[str, str]) -> None:
            if name in names:
                n = found[name]
                found[name] = n + 1
                batch.append(SbrRecord(name, n, attributes, parser.CurrentByteIndex))
                return
            others.append(name)
            if name in ("part", "addr"):
                if batch and batch[-1].type == "mms":
                    batch[-1].add(name, attributes)
            elif not self.root:
                self._root(name, attributes)

        def doctype(*_: object) -> None:
            raise ExhibitError(
                "xml-doctype",
                "the file declares a document type, which no export does",
                hint="export again from the phone",
            )

        parser.StartElementHandler = start
        parser.EndElementHandler = self._ends.append
        parser.StartDoctypeDeclHandler = doctype
        return parser

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name not in _ROOTS:
            raise ExhibitError(
                "not-an-export", f"the file begins with <{name[:40]}>, not with smses or calls",
                hint="hand in the XML that SMS Backup & Restore wrote",
            )  # fmt: skip
        self.root = name
        count = attributes.get("count", "")
        self.declared_count = int(count) if count.isascii() and count.isdigit() and len(count) < 12 else None

    def _loc(self, index: int) -> str:
        return "" if self._transcoded else f"byte={self._repair.original(index):#x},1"

    def _check_depth(self, parser: expat.XMLParserType) -> None:
        """Stop at nesting that no export has. Once a block: a Python call for each end tag would cost a fifth."""
        seen = sum(self._found.values())
        if seen and not self.root:
            raise ExhibitError("not-an-export", "records without smses or calls around them", hint="export again")
        self._depth += seen - self._counted + len(self._others) - len(self._ends)
        self._counted = seen
        self._others.clear()
        self._ends.clear()
        if self._depth > DEEPEST:
            raise ExhibitError(
                "xml-too-deep",
                f"elements stand {self._depth} deep; an export has 4",
                loc=self._loc(max(parser.CurrentByteIndex, 0)),
            )

    def _check_token(self, parser: expat.XMLParserType) -> None:
        """Stop at a token that outgrows every message: expat would hold it whole."""
        begun = max(parser.CurrentByteIndex, 0)
        if self._repair.given - begun > LONGEST_TOKEN:
            raise ExhibitError(
                "xml-token-too-long", f"one element is longer than {LONGEST_TOKEN >> 20} MiB", loc=self._loc(begun)
            )

    def _trouble(self, exc: expat.ExpatError, parser: expat.XMLParserType) -> None:
        loc = self._loc(max(parser.ErrorByteIndex, 0))
        if exc.code in _TRUNCATED:
            self.troubles.append(Trouble("truncated", "the file ends inside an element: what came behind is lost", loc))
        else:
            said = expat.ErrorString(exc.code)
            self.troubles.append(Trouble("xml-malformed", f"{said}: nothing behind this place was read", loc))

    def _ready(self, *, last: bool) -> Iterator[SbrRecord]:
        """Yield the records that are whole: all but the newest one, which may still get parts and repairs."""
        batch = self._batch
        whole = len(batch) if last else len(batch) - 1
        if whole <= 0:
            return
        places, original = self._repair.places, self._repair.original
        ready = batch[:whole]
        del batch[:whole]
        if not places and self._repair.plain and not self._transcoded:
            yield from ready
            return
        next_start = original(batch[0].offset or 0) if batch else None
        at = 0
        for i, record in enumerate(ready):
            offset = original(record.offset or 0)
            record.offset = None if self._transcoded else offset
            if at < len(places):
                behind = ready[i + 1].offset if i + 1 < len(ready) else None
                stop = original(behind) if behind is not None else next_start
                while at < len(places) and (stop is None or places[at] < stop):
                    record.repaired = record.repaired or places[at] >= offset
                    at += 1
        del places[:at]
        yield from ready


def _encoding(head: bytes) -> str:
    """Return the encoding that must be transcoded before parsing; '' for UTF-8 and ASCII, whatever they declare."""
    if head.startswith(codecs.BOM_UTF16_LE) or head[:4] == b"<\x00?\x00":
        return "utf-16-le" if head[:2] == b"<\x00" else "utf-16"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16"
    if head[:4] == b"\x00<\x00?":
        return "utf-16-be"
    declared = _DECLARED.search(head[:300])
    name = declared[1].decode("ascii").lower() if declared else ""
    if name.startswith(("gb", "hz", "big5")):
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            return "big5hkscs" if name.startswith("big5") else "gb18030"
    return ""


def record(file: Path | BinaryIO, type_: str, n: int) -> SbrRecord:
    """Return the n-th record of a type, 0-based; raises LocatorError if the export has no such record."""
    return select(file, [(type_, n)])[type_, n]


def select(file: Path | BinaryIO, wanted: list[tuple[str, int]]) -> dict[tuple[str, int], SbrRecord]:
    """Return several records by type and ordinal in one pass; raises LocatorError for the first that is not there."""
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return select(opened, wanted)
    open_ = set(wanted)
    found: dict[tuple[str, int], SbrRecord] = {}
    export = Export(file)
    for candidate in export.records():
        key = (candidate.type, candidate.n)
        if key in open_:
            found[key] = candidate
            open_.remove(key)
            if not open_:
                break
    for type_, n in wanted:
        if (type_, n) not in found:
            raise LocatorError(
                f"no record {type_}:{n} in the export", hint=f"it has {export.found.get(type_, 0)} of type {type_!r}"
            )
    return found
