"""Sightings of several exports → events: one message or call is one event, however many exports show it.

Records are matched one to one between two exhibits of one person and never inside one: two equal messages in one export
were two messages. Measured on synthetic phones, ±5 s gives the true number of events; sets of (second, number, text)
lose real resends. Exact times are matched first, device clock with device clock and centre with centre.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from dunproof.facts.kinds import Sighting
from dunproof.language.fold import fold

WINDOW_US: Final = 5_000_000
"""Two records within 5 s are one message."""
RING_US: Final = 90_000_000
"""A handset notes when it rang, a carrier when it was answered: so far apart may two records of one call be."""
MINUTE_US: Final = 60_000_000
TALK_S: Final = 2
_BLANK: Final = re.compile(r"\s+")
_MESSAGES: Final = frozenset({"sms", "mms"})


class Event(msgspec.Struct, frozen=True):
    """One message or call: its person and its sightings, the first of them speaks for it."""

    person: str
    sightings: tuple[Sighting, ...]

    @property
    def first(self) -> Sighting:
        """The sighting that speaks for the event."""
        return self.sightings[0]


class _Open:
    """An event being gathered: one sighting an exhibit, repeated records of an exhibit beside it."""

    __slots__ = ("exhibits", "sightings")

    def __init__(self, sighting: Sighting) -> None:
        self.sightings = [sighting]
        self.exhibits = {sighting.exhibit}

    def take(self, sighting: Sighting) -> None:
        self.sightings.append(sighting)
        self.exhibits.add(sighting.exhibit)


def moment(sighting: Sighting) -> int | None:
    """Return the moment of a record: the centre's for what came in, if recorded, else the handset's."""
    if sighting.direction == "to_person" and sighting.sent_utc_us is not None and sighting.sent_utc_us > 0:
        return sighting.sent_utc_us
    return sighting.device_utc_us if sighting.device_utc_us is not None else sighting.utc_us


def _ordinal(sighting: Sighting) -> tuple[str, int]:
    """Return the fact id in counting order."""
    head, _, tail = sighting.fact_id.rpartition(".")
    return head, int(tail) if tail.isdigit() else 0


def _order(sighting: Sighting) -> tuple[bool, int, str, tuple[str, int]]:
    at = moment(sighting)
    return at is None, at or 0, sighting.exhibit, _ordinal(sighting)


def _key(sighting: Sighting, texts: dict[str, str]) -> tuple[object, ...]:
    """Return what two records of one event have in common."""
    text = sighting.text
    if text is not None:
        if text not in texts:
            texts[text] = _BLANK.sub(" ", fold(text).text).strip()
        text = texts[text]
    channel = "message" if sighting.channel in _MESSAGES else sighting.channel
    return channel, sighting.direction, sighting.number, "" if channel == "call" else text


def _without_repeats(sightings: list[Sighting]) -> list[_Open]:
    """Take records that an export holds twice, equal to the millisecond in every column, as one."""
    out: dict[tuple[object, ...], _Open] = {}
    plain: list[_Open] = []
    for s in sightings:
        if s.precision not in {"ms", "us"} or s.device_utc_us is None or s.text is None or s.repaired:
            plain.append(_Open(s))
            continue
        same = (
            s.device_utc_us,
            s.sent_utc_us,
            s.line,
            s.number_as_written,
            s.channel,
            s.duration_s,
            s.outcome,
            s.text,
            s.record_type,
        )
        if same in out:
            out[same].take(s)
        else:
            out[same] = _Open(s)
    return sorted([*out.values(), *plain], key=lambda o: _order(o.sightings[0]))


def _match_equal(events: list[_Open], new: list[_Open], time: Callable[[Sighting], int | None]) -> list[_Open]:
    """Join records of equal time, one to one; return those of ``new`` that found nobody."""
    free: dict[int, list[_Open]] = defaultdict(list)
    mine = {e for o in new for e in o.exhibits}
    for event in reversed(events):
        at = time(event.sightings[0])
        if at is not None and not event.exhibits & mine:
            free[at].append(event)
    left = []
    for one in new:
        at = time(one.sightings[0])
        found = free.get(at) if at is not None else None
        if found:
            event = found.pop()
            for s in one.sightings:
                event.take(s)
        else:
            left.append(one)
    return left


def _match_near(
    events: list[_Open], new: list[_Open], time: Callable[[Sighting], int | None], window: int, talk: int | None
) -> list[_Open]:
    """Join records at most ``window`` apart in order of time, one to one; return those that found nobody."""
    mine = {e for o in new for e in o.exhibits}
    timed = sorted(
        ((at, n) for n, e in enumerate(events) if not e.exhibits & mine and (at := time(e.sightings[0])) is not None)
    )
    coming = sorted((at, n) for n, o in enumerate(new) if (at := time(o.sightings[0])) is not None)
    taken: set[int] = set()
    i = 0
    for at, n in coming:
        while i < len(timed) and timed[i][0] < at - window:
            i += 1
        if i == len(timed) or timed[i][0] > at + window:
            continue
        event, one = events[timed[i][1]], new[n]
        a, b = event.sightings[0].duration_s, one.sightings[0].duration_s
        if talk is not None and (a is None or b is None or a == 0 or b == 0 or abs(a - b) > talk):
            continue
        for s in one.sightings:
            event.take(s)
        taken.add(n)
        i += 1
    return [o for n, o in enumerate(new) if n not in taken]


def _match_minutes(events: list[_Open], new: list[_Open]) -> list[_Open]:
    """Join records of which one shows the minute alone with those of that minute; return those that found nobody."""

    def minute(s: Sighting) -> int | None:
        at = s.device_utc_us if s.device_utc_us is not None else moment(s)
        return None if at is None else at // MINUTE_US

    def coarse(one: _Open) -> bool:
        return one.sightings[0].precision == "min"

    left = _match_equal([e for e in events if coarse(e)], new, minute)
    rough = [o for o in left if coarse(o)]
    return [o for o in left if not coarse(o)] + (_match_equal(events, rough, minute) if rough else [])


def _gather(group: Sequence[Sighting]) -> list[_Open]:
    """Return the events of records that agree in everything but time."""
    by_exhibit: dict[str, list[Sighting]] = defaultdict(list)
    for s in group:
        by_exhibit[s.exhibit].append(s)
    events: list[_Open] = []
    for exhibit in sorted(by_exhibit):
        left = _without_repeats(by_exhibit[exhibit])
        if events:
            left = _match_equal(events, left, lambda s: s.sent_utc_us or None)
            left = _match_equal(events, left, lambda s: s.device_utc_us)
            left = _match_near(events, left, lambda s: s.device_utc_us, WINDOW_US, None)
            left = _match_near(events, left, lambda s: s.sent_utc_us or None, WINDOW_US, None)
            left = _match_near(events, left, moment, WINDOW_US, None)
            left = _match_minutes(events, left)
            if group[0].channel == "call":
                left = _match_near(events, left, moment, RING_US, TALK_S)
        events.extend(left)
    return events


def events(sightings: Iterable[Sighting], holder: Mapping[str, str]) -> list[Event]:
    """Return the events of all sightings in order of person, time and place; events without a time come last."""
    groups: dict[tuple[object, ...], list[Sighting]] = defaultdict(list)
    texts: dict[str, str] = {}
    for s in sightings:
        groups[holder[s.exhibit], *_key(s, texts)].append(s)
    out = []
    for key, group in groups.items():
        for found in _gather(group):
            out.append(Event(str(key[0]), tuple(sorted(found.sightings, key=_order))))  # noqa: PERF401 - two loops
    out.sort(key=lambda e: (e.person, _order(e.first)))
    return out
