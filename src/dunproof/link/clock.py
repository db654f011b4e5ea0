"""The wall clock of the person who was contacted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dunproof.errors import UseError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_ONE = date(1970, 1, 1)


class LocalTime(msgspec.Struct, frozen=True):
    """A moment on a wall clock."""

    day: str
    day_n: int
    minute: int


def zone(name: str) -> ZoneInfo:
    """Return a zone by its IANA name; raises UseError for one that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UseError(f"no zone {name!r}", hint="use an IANA name such as Asia/Shanghai") from None


@lru_cache(maxsize=4096)
def _day(ordinal: int) -> str:
    return (_DAY_ONE + timedelta(days=ordinal)).isoformat()


def local(utc_us: int, where: ZoneInfo) -> LocalTime | None:
    """Return the wall clock of a moment, None for one outside the calendar."""
    try:
        at = (_EPOCH + timedelta(microseconds=utc_us)).astimezone(where)
    except (OverflowError, ValueError):
        return None
    day_n = at.toordinal() - _DAY_ONE.toordinal()
    return LocalTime(_day(day_n), day_n, at.hour * 60 + at.minute)
