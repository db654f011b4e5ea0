"""Messages of rules with the values of a row put in, values in the words of a language, and places in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, NamedTuple

from dunproof.errors import LocatorError
from dunproof.facts import locator as loc
from dunproof.report.catalogue import Catalogue

Value = str | int | bool | None

_TOKEN: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CJK: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_VOCABULARY: Final = re.compile(r"[a-z][a-z0-9_]{1,60}\Z")
_SIZES: Final = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))


class Piece(NamedTuple):
    """A stretch of a sentence; ``value`` marks what was put in, ``lang`` its language ('' = unknown)."""

    text: str
    value: bool
    lang: str


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


_SIMPLIFIED, _TRADITIONAL = _script_pairs()


def language_of(text: str) -> str:
    """Return zh-Hans, zh-Hant, zh (Han characters of both), or '' for a text without Han characters."""
    sample = text[:2000]
    if not _CJK.search(sample):
        return ""
    simplified = sum(c in _SIMPLIFIED for c in sample)
    traditional = sum(c in _TRADITIONAL for c in sample)
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
    return value


def _number_text(name: str, value: int, words: Catalogue) -> str:
    if name.endswith("_fen"):
        return words("unit.yuan", n=_money(value))
    if name.endswith("_s"):
        return words("unit.seconds", n=_grouped(value))
    if name.endswith("_permille"):
        return f"{_milli(value * 100)}%"
    if name.endswith("_milli") or "_milli_" in name:
        return _milli(value)
    if name.endswith(("local_minute", "_minute_of_day")) and 0 <= value < 24 * 60:
        return f"{value // 60:02d}:{value % 60:02d}"
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
