"""Messages of rules with the values of a row put in, values in the words of a language, and places in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from dunproof.errors import LocatorError
from dunproof.facts import locator as loc
from dunproof.report.catalogue import Catalogue

MINUTES_OF_A_DAY: Final = 24 * 60
Value = str | int | bool | None

_TOKEN: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CJK: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_VOCABULARY: Final = re.compile(r"[a-z][a-z0-9_]{1,60}\Z")
_METHOD: Final = re.compile(r"L([\w/$-]+);->([\w$<>-]+)\Z")
"""A method as the code of an app names it, without its signature."""
_DURATION: Final = re.compile(r"P(?:(\d{1,4})D|T(\d{1,4})([HM]))\Z")
_WORKDAYS: Final = re.compile(r"workdays:(\d{1,4})\Z")
_THAT_DAY: Final = re.compile(r"(today|tomorrow)(?:T([0-2]\d:[0-5]\d))?\Z")
_CALL: Final = re.compile(r"call (from|to) (\S+) (\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\S*) (\d+) s (\w+)\Z")
"""The printed form of a call record, as read/quote.py makes it."""
_SIZES: Final = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))


class Piece(NamedTuple):
    """A stretch of a sentence; ``value`` marks what was put in, ``lang`` its language ('' = unknown)."""

    text: str
    value: bool
    lang: str


@cache
def _script_pairs() -> tuple[frozenset[str], frozenset[str]]:
    """Return the characters that only Simplified and only Traditional text has."""
    simplified, traditional = set(), set()
    source = files("dunproof.report").joinpath("data", "script.tsv").read_text("utf-8")
    for line in source.splitlines():
        if line and not line.startswith("#"):
            s, t = line.split("\t")[:2]
            simplified.add(s)
            traditional.add(t)
    return frozenset(simplified - traditional), frozenset(traditional - simplified)


def language_of(text: str) -> str:
    """Return zh-Hans, zh-Hant, zh (Han characters of both), or '' for a text without Han characters."""
    sample = text[:2000]
    if not _CJK.search(sample):
        return ""
    simplified, traditional = (sum(c in only for c in sample) for only in _script_pairs())
    if simplified == traditional:
        return "zh"
    return "zh-Hans" if simplified > traditional else "zh-Hant"


def _grouped(n: int) -> str:
    return f"{n:,}"


def _money(fen: int) -> str:
    yuan, rest = divmod(abs(fen), 100)
    sign = "−" if fen < 0 else ""
    return f"{sign}{yuan:,}.{rest:02d}" if rest else f"{sign}{yuan:,}"


def _milli(n: int) -> str:
    return f"{n / 1000:.3f}".rstrip("0").rstrip(".")


def value_text(name: str, value: Value, words: Catalogue) -> str:
    """Return a value as people read it; the unit stands in the column's name (``_fen``, ``_s``, ``_minute`` …)."""
    if value is None:
        return words("value.none")
    if isinstance(value, bool):
        return words("value.yes" if value else "value.no")
    if isinstance(value, int):
        return _number_text(name, value, words)
    if value == "":
        return words("value.empty")
    if _VOCABULARY.match(value):
        return words.word("word", value)
    if m := _METHOD.match(value):
        return f"{m[1].replace('/', '.')}.{m[2]}"
    return _deadline_text(value, words) or value


def _deadline_text(value: str, words: Catalogue) -> str:
    """Return an ISO 8601 duration, a count of workdays or a time on that day or the next in words; '' for others."""
    if m := _DURATION.match(value):
        n, unit = (m[1], "d") if m[1] else (m[2], {"H": "h", "M": "min"}[m[3]])
        return words("value.within", n=n, unit=words.word("param_unit", unit))
    if m := _WORKDAYS.match(value):
        return words("value.within", n=m[1], unit=words.word("param_unit", "workday"))
    if m := _THAT_DAY.match(value):
        day = words.word("that_day", m[1])
        return f"{day} {m[2]}" if m[2] else day
    return ""


def clock(minute: int) -> str:
    """Return a minute of the day, 0 to 1439, as hours and minutes."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def call_text(quote: str, words: Catalogue) -> str:
    """Return the printed form of a call record as a sentence; '' for what is no such form."""
    m = _CALL.match(quote)
    if m is None:
        return ""
    who, number, day, time, offset, seconds, outcome = m.groups()
    return words(
        f"call.{who}", number=number, day=day, time=time, zone=offset,
        outcome=words.word("word", outcome), length=words("unit.seconds", n=_grouped(int(seconds))),
    )  # fmt: skip


def _number_text(name: str, value: int, words: Catalogue) -> str:
    if name.endswith("_fen"):
        return words("unit.yuan", n=_money(value))
    if name.endswith("_s"):
        return words("unit.seconds", n=_grouped(value))
    if name.endswith("_permille"):
        return f"{_milli(value * 100)}%"
    if name.endswith("_milli") or "_milli_" in name:
        return _milli(value)
    if (name == "minute" or name.endswith(("_minute", "_minute_of_day"))) and 0 <= value < MINUTES_OF_A_DAY:
        return clock(value)
    if name.endswith("_bytes"):
        return size_text(value)
    if name.endswith(("version_code", "_sdk", "_year")):
        return str(value)
    return _grouped(value)


def size_text(size_bytes: int) -> str:
    """Return a size in bytes, kB (1024), MB or GB."""
    for unit, name in _SIZES:
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} B"


def filled(message: str, message_lang: str, values: Mapping[str, Value], words: Catalogue) -> list[Piece]:
    """Return a rule's message in pieces, its placeholders replaced by the values of a row.

    A placeholder without a value reads "not determined": a rule with a wrong placeholder is refused when it is loaded.
    """
    pieces: list[Piece] = []
    end = 0
    for m in _TOKEN.finditer(message):
        if m.start() > end:
            pieces.append(Piece(message[end : m.start()], value=False, lang=message_lang))
        name = m[1]
        value = values.get(name)
        text = value_text(name, value, words)
        own = isinstance(value, str) and text == value
        pieces.append(Piece(text, value=True, lang=language_of(text) if own else words.lang))
        end = m.end()
    if end < len(message):
        pieces.append(Piece(message[end:], value=False, lang=message_lang))
    return pieces


def plain(pieces: list[Piece]) -> str:
    """Return the pieces as one text."""
    return "".join(p.text for p in pieces)


def _place_text(place: loc.Place, words: Catalogue) -> str:
    match place:
        case loc.Char(a, b):
            return words("place.char", a=a + 1, b=max(b, a + 1))
        case loc.Line(a, b):
            return words("place.line", a=a + 1) if b <= a + 1 else words("place.lines", a=a + 1, b=b)
        case loc.TableRow(n):
            return words("place.row", n=n)
        case loc.Page(n):
            return words("place.page", n=n)
        case loc.Box():
            return words("place.box")
        case loc.Time(a, b):
            return words("place.time", a=_milli(a), b=_milli(b))
        case loc.Pointer(p):
            return words("place.pointer", p=p)
        case loc.Byte(offset, length):
            return words("place.byte", a=offset, b=offset + length)
        case loc.Insn(dex, offset):
            return words("place.insn", dex=dex, a=f"{offset:#x}")
        case loc.Record(kind, n):
            return words("place.record", kind=words.word("record", kind), a=n + 1)
        case loc.RowId(table, n):
            return words("place.rowid", table=table, a=n)
        case loc.Cell(sheet, ref):
            return words("place.cell", sheet=sheet, ref=ref)


def place_text(text: str, words: Catalogue) -> str:
    """Return a locator in words, counted from 1; '' for the whole exhibit or what is no locator."""
    try:
        where = loc.parse(text)
    except LocatorError:
        return ""
    parts = [words("place.member", name=m) for m in where.members]
    parts += [_place_text(p, words) for p in where.places]
    return words("list.comma").join(parts)


def is_code(text: str) -> bool:
    """Return whether a locator points at an instruction or at bytes: what is quoted there is a printed form."""
    try:
        where = loc.parse(text)
    except LocatorError:
        return False
    return any(isinstance(p, loc.Insn | loc.Byte) for p in where.places)
