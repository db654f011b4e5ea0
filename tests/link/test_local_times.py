"""Clocks that name no zone, and minutes without seconds, beside records that know better."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from dunproof.facts.kinds import Sighting
from dunproof.link import clock, events

AT = 1_772_372_400_000_000  # 2026-03-01 21:40:00 in Shanghai


def sighting(exhibit, n, at, **more):
    row = {
        "tier": "exact", "loc": f"row={n}", "number": "13800000001", "direction": "to_person", "channel": "call",
        "duration_s": 5, "outcome": "answered", "text": "", "number_as_written": "13800000001", "utc_us": at,
        "device_utc_us": at, "precision": "ms", "time_basis": "handset_utc",
    } | more  # fmt: skip
    return Sighting(fact_id=f"{exhibit}.{n}", exhibit=exhibit, **row)


def local(exhibit, n, at, **more):
    return sighting(exhibit, n, at, **{"precision": "s", "time_basis": "local_assumed", "zone": "Asia/Shanghai"} | more)


def found(*sightings):
    return events.events(sightings, dict.fromkeys(("a" * 16, "b" * 16), "holder"))


def test_the_zone_of_the_case_counts():
    s = local("a" * 16, 1, AT)
    assert clock.settled(s, ZoneInfo("Asia/Shanghai")) is s
    moved = clock.settled(s, ZoneInfo("Asia/Urumqi"))
    assert moved.utc_us == moved.device_utc_us == AT + 2 * 3600 * 1_000_000
    assert moved.zone == "Asia/Urumqi"
    known = sighting("a" * 16, 1, AT)
    assert clock.settled(known, ZoneInfo("Asia/Urumqi")) is known


def test_a_bill_and_a_phone_show_one_call():
    assert len(found(local("a" * 16, 1, AT), sighting("b" * 16, 1, AT + 700_000))) == 1


@pytest.mark.parametrize("coarse_first", [True, False])
def test_minutes_are_one_to_one(coarse_first):
    a, b = ("a" * 16, "b" * 16) if coarse_first else ("b" * 16, "a" * 16)
    bill = [local(a, n, AT, precision="min") for n in (1, 2)]
    phone = [
        sighting(b, 1, AT + 20_000_000),
        sighting(b, 2, AT + 58_000_000),
        sighting(b, 3, AT + 61_000_000, duration_s=9),
    ]
    made = found(*bill, *phone)
    assert sorted(len(e.sightings) for e in made) == [1, 2, 2]


def test_seconds_are_not_taken_as_minutes():
    assert len(found(local("a" * 16, 1, AT, duration_s=70), sighting("b" * 16, 1, AT + 40_000_000))) == 2
