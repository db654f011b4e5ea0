"""Locators: exact places in exhibits. One grammar, one parser, one printer, one total order.

A locator is a path of members and at most one place::

    char=120,145                              code points [120, 145) of the decoded original   RFC 5147
    line=12        line=12,15                 lines, 0-based position between lines            RFC 5147
    row=17                                    row of a table, 1-based, the head included       RFC 7111
    page=3         page=3&char=10,25          page, 1-based, and code points of its text
    page=3&xywh=pixel:10,20,300,40            box on a page                                    Media Fragments
    xywh=pixel:10,20,300,40                   box in a picture                                 Media Fragments
    t=12.5,14                                 seconds of a recording, half open                Media Fragments
    pointer=/smses/3/body                     JSON Pointer                                     RFC 6901
    byte=0x1a2b,12                            offset and length in bytes
    insn=classes2.dex@0x1a2b4                 instruction: dex file, absolute byte offset in it
    record=sms:184                            184th record of its type in an export, 0-based
    record=sms:184&char=3,9                   code points of that record's text
    rowid=messages:12                         table and rowid of a database
    cell=Sheet1!B17   cell=!B17               cell of a workbook; of a text table, which has one sheet without a name
    cell=Sheet1!B17&char=3,9                  code points of that cell's text
    !/assets/agreement.html#char=120,145      a place in a member, as in jar URLs
    9f2c0123abcd4567!/assets/a.html#char=1,2  the same with the exhibit in front

``&``, ``#``, ``%`` and ``!/`` inside names are percent-encoded. '' is the whole exhibit.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote as _percent
from urllib.parse import unquote as _unpercent

import msgspec

from dunproof.errors import LocatorError


class Char(msgspec.Struct, frozen=True):
    """Code points [start, stop) of a decoded text."""

    start: int
    stop: int


class Line(msgspec.Struct, frozen=True):
    """Lines [start, stop), positions between lines counted from 0."""

    start: int
    stop: int


class TableRow(msgspec.Struct, frozen=True):
    """Row of a table, 1-based, counted as in the file: the head and what stands above it are rows."""

    row: int


class Page(msgspec.Struct, frozen=True):
    """Page of a paginated file, 1-based."""

    page: int


class Box(msgspec.Struct, frozen=True):
    """Box in pixels."""

    x: int
    y: int
    w: int
    h: int


class Time(msgspec.Struct, frozen=True):
    """Milliseconds [start, stop) of a recording; printed in seconds."""

    start_ms: int
    stop_ms: int


class Pointer(msgspec.Struct, frozen=True):
    """JSON Pointer."""

    pointer: str


class Byte(msgspec.Struct, frozen=True):
    """Offset and length in bytes."""

    offset: int
    length: int


class Insn(msgspec.Struct, frozen=True):
    """Instruction: dex file and absolute byte offset in it."""

    dex: str
    offset: int


class Record(msgspec.Struct, frozen=True):
    """n-th record of its type in an export, 0-based."""

    type: str
    n: int


class RowId(msgspec.Struct, frozen=True):
    """Table and rowid of a database."""

    table: str
    rowid: int


class Cell(msgspec.Struct, frozen=True):
    """Cell of a workbook in A1 notation."""

    sheet: str
    ref: str


Place = Char | Line | TableRow | Page | Box | Time | Pointer | Byte | Insn | Record | RowId | Cell

_ORDER: Final = (Char, Line, TableRow, Page, Box, Time, Pointer, Byte, Insn, Record, RowId, Cell)
_COMBINES: Final = {(Page, Char), (Page, Box), (Record, Char), (Pointer, Char), (Cell, Char), (RowId, Char)}
_EXHIBIT: Final = re.compile(r"[0-9a-f]{16}\Z")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _enc(name: str) -> str:
    """Percent-encode what the grammar uses (% & # and !/) and control characters."""
    out = name.replace("%", "%25").replace("&", "%26").replace("#", "%23").replace("!/", "%21/")
    return _CONTROL.sub(lambda m: _percent(m[0], safe=""), out)


def _dec(text: str) -> str:
    try:
        return _unpercent(text, errors="strict")
    except UnicodeDecodeError:
        raise LocatorError(f"no UTF-8 behind the percent signs: {text!r}", hint="write a plain % as %25") from None


def _seconds(ms: int) -> str:
    whole, rest = divmod(ms, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".") if rest else str(whole)


def _print_place(place: Place) -> str:
    match place:
        case Char(a, b):
            return f"char={a},{b}"
        case Line(a, b):
            return f"line={a},{b}" if b != a + 1 else f"line={a}"
        case TableRow(n):
            return f"row={n}"
        case Page(n):
            return f"page={n}"
        case Box(x, y, w, h):
            return f"xywh=pixel:{x},{y},{w},{h}"
        case Time(a, b):
            return f"t={_seconds(a)},{_seconds(b)}"
        case Pointer(p):
            return f"pointer={_enc(p)}"
        case Byte(offset, length):
            return f"byte={offset:#x},{length}"
        case Insn(dex, offset):
            return f"insn={_enc(dex)}@{offset:#x}"
        case Record(type_, n):
            return f"record={_enc(type_)}:{n}"
        case RowId(table, n):
            return f"rowid={_enc(table)}:{n}"
        case Cell(sheet, ref):
            return f"cell={_enc(sheet)}!{ref}"


class Locator(msgspec.Struct, frozen=True):
    """A place: exhibit ('' = the one at hand), members from outside in, places from coarse to fine."""

    exhibit: str = ""
    members: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()

    def __str__(self) -> str:
        inside = "&".join(_print_place(p) for p in self.places)
        if not self.exhibit and not self.members:
            return inside
        head = self.exhibit + "".join("!/" + _enc(m) for m in self.members)
        return f"{head}#{inside}" if inside else head

    def _key(self) -> tuple[object, ...]:
        return (
            self.exhibit,
            self.members,
            tuple((_ORDER.index(type(p)), msgspec.structs.astuple(p)) for p in self.places),
        )

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Locator):
            return NotImplemented
        return self._key() < other._key()

    # functools.total_ordering adds nothing to a msgspec struct, whose type seems to have all comparisons already.

    def __le__(self, other: object) -> bool:
        if not isinstance(other, Locator):
            return NotImplemented
        return self._key() <= other._key()

    def __gt__(self, other: object) -> bool:
        if not isinstance(other, Locator):
            return NotImplemented
        return self._key() > other._key()

    def __ge__(self, other: object) -> bool:
        if not isinstance(other, Locator):
            return NotImplemented
        return self._key() >= other._key()

    def inside(self, exhibit: str) -> Locator:
        """Return the same place with the exhibit in front."""
        return Locator(exhibit, self.members, self.places)


_INT: Final = r"(0|[1-9][0-9]{0,17})"
_PATTERNS: Final = {
    "char": re.compile(rf"{_INT},{_INT}\Z"),
    "line": re.compile(rf"{_INT}(?:,{_INT})?\Z"),
    "row": re.compile(r"([1-9][0-9]{0,17})\Z"),
    "page": re.compile(r"([1-9][0-9]{0,17})\Z"),
    "xywh": re.compile(rf"pixel:{_INT},{_INT},{_INT},{_INT}\Z"),
    "t": re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?),([0-9]{1,15}(?:\.[0-9]{1,3})?)\Z"),
    "byte": re.compile(rf"0x([0-9a-f]{{1,15}}),{_INT}\Z"),
    "insn": re.compile(r"(.+)@0x([0-9a-f]{1,15})\Z", re.DOTALL),
    "record": re.compile(rf"(.+):{_INT}\Z", re.DOTALL),
    "rowid": re.compile(r"(.+):(-?[0-9]{1,19})\Z", re.DOTALL),
    "cell": re.compile(r"(.*)!([A-Z]{1,3}[1-9][0-9]{0,6})\Z", re.DOTALL),
}


def _ms(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole) * 1000 + int((rest + "000")[:3])


def _parse_place(text: str) -> Place:
    key, eq, value = text.partition("=")
    if not eq:
        raise LocatorError(f"no place: {text!r}", hint="a place is written name=value, for instance char=120,145")
    if key == "pointer":
        if value and not value.startswith("/"):
            raise LocatorError(f"no JSON Pointer: {value!r}", hint="a JSON Pointer is empty or starts with '/'")
        return Pointer(_dec(value))
    pattern = _PATTERNS.get(key)
    if pattern is None:
        raise LocatorError(f"no kind of place: {key!r}", hint="one of " + ", ".join(sorted([*_PATTERNS, "pointer"])))
    m = pattern.match(value)
    if m is None:
        raise LocatorError(f"{key}={value!r} is malformed", hint="see docs/locators.md for the form")
    g = m.groups()
    match key:
        case "char" | "line":
            a = int(g[0])
            b = int(g[1]) if g[1] is not None else a + 1
            if b < a:
                raise LocatorError(f"{key}={value} ends before it starts", hint="write start,stop with start ≤ stop")
            return Char(a, b) if key == "char" else Line(a, b)
        case "row":
            return TableRow(int(g[0]))
        case "page":
            return Page(int(g[0]))
        case "xywh":
            return Box(*(int(x) for x in g))
        case "t":
            a, b = _ms(g[0]), _ms(g[1])
            if b < a:
                raise LocatorError(f"t={value} ends before it starts", hint="write start,stop with start ≤ stop")
            return Time(a, b)
        case "byte":
            return Byte(int(g[0], 16), int(g[1]))
        case "insn":
            return Insn(_dec(g[0]), int(g[1], 16))
        case "record":
            return Record(_dec(g[0]), int(g[1]))
        case "rowid":
            return RowId(_dec(g[0]), int(g[1]))
        case _:
            return Cell(_dec(g[0]), g[1])


def parse(text: str) -> Locator:
    """Parse a locator; raises LocatorError with what is wrong and the right form.

    ``parse(str(x)) == x`` for every Locator (a property test).
    """
    head, hash_, inside = text.partition("#")
    if not hash_ and ("!/" in text or _EXHIBIT.match(text)) and not text.startswith(("cell=", "pointer=")):
        head, inside = text, ""
    elif not hash_:
        head, inside = "", text
    exhibit, *members = head.split("!/") if head else [""]
    if exhibit and not _EXHIBIT.match(exhibit):
        raise LocatorError(
            f"no exhibit id: {exhibit!r}", hint="an exhibit id is the first 16 hex digits of its SHA-256"
        )
    if any(not m for m in members):
        raise LocatorError(f"empty member name in {text!r}", hint="members are written !/path/in/archive")
    places = tuple(_parse_place(p) for p in inside.split("&")) if inside else ()
    if len(places) > 2 or (len(places) == 2 and (type(places[0]), type(places[1])) not in _COMBINES):
        raise LocatorError(f"places do not combine: {inside!r}", hint="page or record first, then char or xywh")
    return Locator(exhibit, tuple(_dec(m) for m in members), places)


def char(start: int, stop: int) -> str:
    """Return ``char=start,stop``, the commonest locator, without building a Locator."""
    return f"char={start},{stop}"
