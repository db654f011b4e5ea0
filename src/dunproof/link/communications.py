"""Events → communications, with the acts and values read in them, at the place of the record they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from dunproof.facts.kinds import Act, Communication, Debt, Fact, Mint, Objection, Role, Slot, Support
from dunproof.language import names
from dunproof.link import clock
from dunproof.link.entities import Parties
from dunproof.link.events import Event, moment
from dunproof.link.settings import LinkSettings
from dunproof.link.threads import HELPING, Reading, Threads

_DISCLOSURE: Final = "third_party_disclosure"
_THIRD: Final = frozenset({_DISCLOSURE, "third_party_asked_to_pay_or_pass_on"})
_OBJECTIONS: Final = {"r_stop_request": "words", "r_not_me": "not_me"}
_REACH: Final = 24
"""Characters between a debtor's name and the words of the debt that are still one statement."""
_UNDATED: Final = frozenset({"suspect_restore", "date_only"})


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What stands fixed while communications are made."""

    settings: LinkSettings
    where: ZoneInfo
    parties: Parties
    threads: Threads
    debts: tuple[Debt, ...]
    roles: dict[str, str]
    names: dict[str, str]
    debtors: tuple[str, ...]
    lines: dict[str, str]


def debtors(facts: Mapping[str, Sequence[Fact]], people: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the declared debtors, of two characters at least."""
    found = {people.get(d.debtor, d.debtor) for d in facts.get("debt", ()) if isinstance(d, Debt) and d.debtor}
    found |= {
        people[r.person]
        for r in facts.get("role", ())
        if isinstance(r, Role) and r.role == "debtor" and r.person in people
    }
    return tuple(sorted(n for n in found if len(n) > 1))


def case(
    facts: Mapping[str, Sequence[Fact]], settings: LinkSettings, parties: Parties, *, threads: Threads,
    people: dict[str, str], lines: dict[str, str],
) -> Case:  # fmt: skip
    """Return what is known before any communication is made."""
    debts = tuple(f for f in facts.get("debt", ()) if isinstance(f, Debt))
    roles = {f.person: f.role for f in facts.get("role", ()) if isinstance(f, Role) and f.role}
    return Case(
        settings=settings, where=clock.zone(settings.zone), parties=parties, threads=threads, debts=debts, roles=roles,
        names=people, debtors=debtors(facts, people), lines=lines,
    )  # fmt: skip


def times(event: Event, case: Case) -> dict[str, Any]:
    """Return the columns of time. A record whose time is suspect keeps its basis and has no wall clock."""
    s = event.first
    at = moment(s)
    if s.time_basis in _UNDATED:
        return {
            "utc_us": None, "local_day": s.local_day, "local_day_n": s.local_day_n, "local_minute": None,
            "zone": case.settings.zone, "time_basis": s.time_basis, "precision": s.precision,
        }  # fmt: skip
    felt = clock.local(at, case.where) if at is not None else None
    centre = s.direction == "to_person" and s.sent_utc_us is not None and at == s.sent_utc_us and s.sent_utc_us > 0
    return {
        "utc_us": at if felt else None,
        "local_day": felt.day if felt else None,
        "local_day_n": felt.day_n if felt else None,
        "local_minute": felt.minute if felt else None,
        "zone": case.settings.zone,
        "time_basis": None if felt is None else "local_declared" if case.settings.zone_declared else "local_assumed",
        "precision": None
        if felt is None
        else "s"
        if centre and at is not None and at % 1_000_000 == 0
        else s.precision,
    }


class Spoken(msgspec.Struct, frozen=True):
    """A communication with its event, its reading and whether its thread speaks of a debt."""

    communication: Communication
    event: Event
    reading: Reading
    anchored: bool


def communications(events: Sequence[Event], case: Case, mint: Mint) -> Iterator[Spoken]:
    """Yield the communications in order, without their sender."""
    lender_by_number = _lenders(events, case)
    for event in events:
        s = event.first
        read = case.threads.read(s.text)
        anchored = case.threads.anchored(event)
        purpose = case.threads.purpose(event)
        lender: str | None = None
        if purpose == "collection":
            said = [*read.values("signature"), *read.values("lender_named")]
            lender, other = case.parties.lender_of(said)
            if lender is None and not other and s.number:
                lender, other = lender_by_number.get(s.number, (None, False))
            if lender is None and not other:
                lender = case.parties.lender
            if other and case.parties.lender is not None and _harmless(read) and not _names_debtor(s.text, case):
                purpose = "other"  # a known affair is judged; this is somebody else's bill
        yield Spoken(
            Communication(
                fact_id=mint(), exhibit=s.exhibit, loc=s.loc,
                tier="heuristic" if purpose == "collection" else "derived",
                doubtful=s.doubtful, **times(event, case),
                line=s.line or case.lines.get(s.exhibit), number=s.number, direction=s.direction, channel=s.channel,
                sent_utc_us=_first(event, "sent_utc_us"), device_utc_us=_first(event, "device_utc_us"),
                duration_s=_first(event, "duration_s"), outcome=_first(event, "outcome"), text=s.text,
                person=event.person, purpose=purpose,
                debt=_debt(case, lender) if purpose == "collection" else None,
                lender=lender if purpose == "collection" else None,
                sightings=len(event.sightings),
            ),
            event, read, anchored,
        )  # fmt: skip


def _first(event: Event, column: str) -> Any:
    """Return what the first sighting that knows it says."""
    for s in event.sightings:
        value = getattr(s, column)
        if value is not None:
            return value
    return None


def _harmless(read: Reading) -> bool:
    return all(a.act in HELPING for a in read.by("to_person"))


def _names_debtor(text: str | None, case: Case) -> bool:
    return bool(text) and any(name in (text or "") for name in case.debtors)


def _lenders(events: Sequence[Event], case: Case) -> dict[str, tuple[str | None, bool]]:
    """Return number → lender that its messages name (None if they name two), and whether they name only another one."""
    found: dict[str, set[tuple[str | None, bool]]] = {}
    for event in events:
        s = event.first
        if not s.number or s.direction != "to_person" or not s.text:
            continue
        read = case.threads.read(s.text)
        said = [*read.values("signature"), *read.values("lender_named")]
        if said:
            named = case.parties.lender_of(said)
            if named != (None, False):
                found.setdefault(s.number, set()).add(named)
    return {number: next(iter(who)) if len(who) == 1 else (None, False) for number, who in found.items()}


def _debt(case: Case, lender: str | None) -> str | None:
    """Return the debt that a collecting communication is about, if only one can be meant."""
    near = [d for d in case.debts if d.lender is None or lender is None or d.lender == lender]
    return near[0].debt if len(near) == 1 else None


def witnesses(spoken: Spoken, mint: Mint) -> Iterator[Support]:
    """Yield a support row for each further sighting."""
    for s in spoken.event.sightings[1:]:
        yield Support(
            fact_id=mint(),
            exhibit=s.exhibit,
            loc=s.loc,
            tier="exact",
            of_fact=spoken.communication.fact_id,
            part="witness",
        )


def words(spoken: Spoken, case: Case, mint: Mint) -> Iterator[Fact]:
    """Yield the acts and slots of one communication, and the objections it makes."""
    c, s = spoken.communication, spoken.event.first
    for hit in _acts(spoken, case):
        act, start, stop, certainty = hit
        yield Act(
            fact_id=mint(), exhibit=s.exhibit, loc=place(s.loc, start, stop), tier="heuristic",
            doubtful=not spoken.anchored or certainty == "low" or s.repaired, communication=c.fact_id, act=act,
            target=_target(act, c, case), certainty=certainty, anchored=spoken.anchored,
        )  # fmt: skip
    for slot in spoken.reading.slots:
        yield Slot(
            fact_id=mint(), exhibit=s.exhibit, loc=place(s.loc, slot.start, slot.stop), tier="heuristic",
            doubtful=s.repaired,
            communication=c.fact_id, slot=slot.slot, value=slot.value,
        )  # fmt: skip
    if c.direction == "from_person":
        told = {_OBJECTIONS[a.act]: a for a in reversed(spoken.reading.by("from_person")) if a.act in _OBJECTIONS}
        for form, hit2 in sorted(told.items()):
            yield Objection(
                fact_id=mint(), exhibit=s.exhibit, loc=place(s.loc, hit2.start, hit2.stop), tier="heuristic",
                doubtful=c.purpose != "collection" or hit2.certainty == "low" or s.repaired, utc_us=c.utc_us,
                local_day=c.local_day, local_day_n=c.local_day_n, local_minute=c.local_minute, zone=c.zone,
                time_basis=c.time_basis, precision=c.precision, person=c.person, toward_party=c.lender,
                toward_sender=c.sender, toward_number=c.number, form=form, communication=c.fact_id,
            )  # fmt: skip


def place(loc: str, start: int, stop: int) -> str:
    """Return the place of a span inside a record."""
    return f"{loc}&char={start},{stop}" if loc else f"char={start},{stop}"


def _acts(spoken: Spoken, case: Case) -> list[tuple[str, int, int, str]]:
    """Return the acts by direction; the name of a debtor who is not the holder makes a disclosure by itself."""
    c = spoken.communication
    found = [(a.act, a.start, a.stop, a.certainty) for a in spoken.reading.by(c.direction)]
    text = c.text or ""
    if c.direction == "to_person" and spoken.reading.anchor and not any(a[0] == _DISCLOSURE for a in found):
        me = case.names.get(c.person)
        if case.roles.get(c.person) not in {"debtor", "guarantor"}:
            for debtor in case.debtors:
                at = text.find(debtor)
                if at >= 0 and me is not None and names.same_person_name(me, debtor) is False:
                    end = at + len(debtor)
                    near = [b for a, b in spoken.reading.anchors if end <= a <= end + _REACH]
                    found.append((_DISCLOSURE, at, max([end, *near]), "high"))
                    break
    return sorted(found, key=lambda a: (a[1], a[2], a[0]))


def _target(act: str, c: Communication, case: Case) -> str | None:
    if act.startswith("r_"):
        return None
    role = case.roles.get(c.person)
    if role == "debtor":
        return "debtor"
    if act in _THIRD or role is not None:
        return "holder" if act in _THIRD else None
    return None
