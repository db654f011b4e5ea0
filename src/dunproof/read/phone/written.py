"""Times and lengths of time as tables write them: what is written in full is read, what could be two things is not.

A clock without a zone is the wall clock of some place: ``zone`` says which was taken. A year that is not written, a day
that may be the month, an hour without minutes give no moment.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

ZONE: Final = "Asia/Shanghai"
"""Zone of a clock that names none; carriers of mainland China write Beijing time. link takes the case's instead."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR: Final = 1973
_LAST_YEAR: Final = 2099
_LONGEST: Final = 60
_DAY: Final = r"(?P<y>\d{4})(?:[-/.年]\s?(?P<m>\d{1,2})[-/.月]\s?(?P<d>\d{1,2})日?|(?P<m2>\d{2})(?P<d2>\d{2}))"
_CLOCK: Final = (
    r"(?:(?P<before>上午|下午|凌晨|中午|晚上|[AaPp]\.?[Mm]\.?)\s?)?"
    r"(?:(?P<H>\d{1,2})[:时点](?P<M>\d{1,2})(?:[:分](?P<S>\d{1,2})(?:[.,](?P<f>\d{1,9}))?秒?)?分?"
    r"|(?P<H2>\d{2})(?P<M2>\d{2})(?P<S2>\d{2}))"
    r"(?:\s?(?P<after>[AaPp]\.?[Mm]\.?))?"
)
_OFFSET: Final = r"\s?(?P<zone>[Zz]|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?\d{2})?"
_MOMENT: Final = re.compile(rf"{_DAY}(?:(?:\s|T|-|\s-\s)?{_CLOCK}{_OFFSET})?\Z")
_CLOCK_ALONE: Final = re.compile(rf"{_CLOCK}\Z")
_MILLISECONDS: Final = re.compile(r"\d{13}\Z")
_YEARLESS: Final = re.compile(r"\d{1,2}[-/.月]\d{1,2}(?:日|\b)|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_WEEKDAY: Final = re.compile(r"\s?[(]?(?:星期|周|週)[一二三四五六日天][)]?\s?")
_LENGTH: Final = (
    re.compile(r"(?:(?P<h>\d{1,4})(?:小时|时|h|hr|hrs))?(?:(?P<m>\d{1,5})(?:分钟|分|m|min|mins))?(?:(?P<s>\d{1,7})(?:秒钟|秒|s|sec|secs|seconds))?\Z"),
    re.compile(r"(?P<h>\d{1,4}):(?P<m>[0-5]?\d):(?P<s>[0-5]?\d)\Z"),
    re.compile(r"(?P<s>\d{1,7})(?:\.0+)?\Z"),
)  # fmt: skip
_LONGEST_S: Final = 10_000_000


class Moment(msgspec.Struct, frozen=True):
    """A written time: microseconds UTC, or a day alone."""

    precision: Literal["ms", "s", "min", "day"]
    utc_us: int | None = None
    day: str | None = None
    """ISO day, of a day written without a time."""
    zoned: bool = False
    """The zone was written, or the time is a count since 1970."""


class NotWritten(msgspec.Struct, frozen=True):
    """Why a text gives no moment: ``ambiguous-time`` (two readings, no year) or ``implausible-time`` (none)."""

    code: Literal["ambiguous-time", "implausible-time"]


def moment(text: str, day: str = "") -> Moment | NotWritten:
    """Return the moment that a cell says; ``day`` is the cell of the day where the clock stands alone."""
    plain = _tidy(text)
    if _MILLISECONDS.match(plain) and (found := _counted(int(plain))) is not None:
        return found
    if day:
        clock = _CLOCK_ALONE.match(plain)
        if clock is not None:
            plain = f"{_tidy(day)} {plain}"
        elif not plain:
            plain = _tidy(day)
    match = _MOMENT.match(plain)
    if match is None:
        return NotWritten("ambiguous-time" if _YEARLESS.match(plain) else "implausible-time")
    try:
        return _made(match.groupdict())
    except (ValueError, OverflowError):
        return NotWritten("implausible-time")


def _tidy(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text[: 2 * _LONGEST]).strip().lstrip("'")
    return " ".join(_WEEKDAY.sub(" ", plain).split())[:_LONGEST]


def _counted(ms: int) -> Moment | None:
    year = ms // 31_556_952_000 + 1970
    return Moment("ms", ms * 1000, zoned=True) if _FIRST_YEAR <= year <= _LAST_YEAR else None


def _made(g: dict[str, str | None]) -> Moment:
    """Return the moment of the parts; ValueError for a day or hour that is none."""
    on = date(int(g["y"] or 0), int(g["m"] or g["m2"] or 0), int(g["d"] or g["d2"] or 0))
    if not _FIRST_YEAR <= on.year <= _LAST_YEAR:
        raise ValueError(on.year)
    hour_text = g["H"] or g["H2"]
    if hour_text is None:
        return Moment("day", day=on.isoformat())
    seconds = g["S"] or g["S2"]
    hour = _hour(int(hour_text), g["before"] or g["after"])
    at = datetime(on.year, on.month, on.day, hour, int(g["M"] or g["M2"] or 0), int(seconds or 0))  # noqa: DTZ001
    fraction = int((g["f"] or "").ljust(6, "0")[:6])
    where = _zone(g["zone"])
    utc = at.replace(tzinfo=where or ZoneInfo(ZONE))
    precision: Literal["ms", "s", "min"] = "ms" if fraction else "s" if seconds else "min"
    return Moment(precision, (utc - _EPOCH) // timedelta(microseconds=1) + fraction, zoned=where is not None)


def _hour(hour: int, half: str | None) -> int:
    """Return the hour of 24 for one with its half of the day; ValueError where the two do not fit."""
    if half is None:
        return hour
    word = half.casefold().replace(".", "")
    if word in {"上午", "凌晨", "am"}:
        if hour > 12:
            raise ValueError(hour)
        return hour % 12
    if word in {"下午", "pm"}:
        return hour if hour > 12 else hour % 12 + 12
    if word == "晚上" and 5 <= hour <= 11:
        return hour + 12
    if hour >= 12:
        return hour
    raise ValueError(hour)


def _zone(written: str | None) -> timezone | None:
    if not written:
        return None
    digits = re.sub(r"\D", "", written)
    if not digits:
        return UTC
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if "-" in written else offset)


def length(text: str, *, in_minutes: bool = False) -> int | None:
    """Return seconds of ``1分20秒``, ``00:01:20`` or ``80``; None for all else, M:SS and billed minutes."""
    plain = "".join(unicodedata.normalize("NFKC", text[:_LONGEST]).casefold().split())
    for n, pattern in enumerate(_LENGTH):
        match = pattern.match(plain)
        if plain and match is not None:
            if n == 2 and in_minutes:
                return None
            g = match.groupdict()
            seconds = int(g.get("h") or 0) * 3600 + int(g.get("m") or 0) * 60 + int(g["s"] or 0)
            return seconds if seconds < _LONGEST_S else None
    return None
