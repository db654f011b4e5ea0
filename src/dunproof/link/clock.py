"""The wall clock of the person who was contacted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dunproof.errors import UseError
from dunproof.facts.kinds import Sighting

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


def settled(sighting: Sighting, where: ZoneInfo) -> Sighting:
    """Return a sighting whose clock named no zone with its moment in the zone of the case instead of the reader's."""
    s = sighting
    if s.time_basis != "local_assumed" or s.zone is None or s.zone == where.key or s.utc_us is None:
        return s
    try:
        shown = (_EPOCH + timedelta(microseconds=s.utc_us)).astimezone(zone(s.zone)).replace(tzinfo=where)
        at = (shown - _EPOCH) // timedelta(microseconds=1)
    except (OverflowError, ValueError):
        return s
    return msgspec.structs.replace(s, utc_us=at, device_utc_us=at, zone=where.key)


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
