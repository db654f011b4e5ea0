"""Facts → facts over a whole case: what belongs together, and what is said in it. Floor 3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from dunproof.facts.kinds import Coverage, Covers, Exhibit, Fact, InBook, Mint, Sighting
from dunproof.link import clock, communications, coverage, covers, debts, events, people, prepared, roles, sdks, senders
from dunproof.link.entities import Parties
from dunproof.link.settings import LinkSettings
from dunproof.link.threads import Threads

__all__ = ["LinkSettings", "link"]


def link(facts: Mapping[str, Sequence[Fact]], settings: LinkSettings) -> Iterator[Fact]:
    """Yield what follows from all facts of a case, in a fixed order: the same facts give the same bytes.

    ``facts`` maps a kind to its facts, those of the exhibits and the declared ones. Yields party, same_party, covers,
    debt, communication with its support, act, slot and objection, same_sender, sender, the acts and slots of messages
    prepared in apps, person, role and coverage.
    Raises UseError for a zone that is none.
    """
    mint = Mint("link")
    exhibits = [f for f in facts.get("exhibit", ()) if isinstance(f, Exhibit)]
    where = clock.zone(settings.zone)
    sightings = [clock.settled(f, where) for f in facts.get("sighting", ()) if isinstance(f, Sighting)]
    holder = people.holders(exhibits, (f.exhibit for f in (*sightings, *facts.get("coverage", ())) if f.exhibit))
    parties = Parties(facts, settings)
    yield from parties.rows(mint, facts)
    yield from sdks.rows(facts, mint)
    tied = list(covers.rows(covers.ties(facts, parties), mint))
    yield from tied
    all_ties = [*(f for f in facts.get("covers", ()) if isinstance(f, Covers)), *tied]

    found = events.events(sightings, holder)
    known = people.names(facts.get("person", ()))
    threads = Threads(
        found,
        ((f.person, f.number) for f in facts.get("in_book", ()) if isinstance(f, InBook)),
        communications.debtors(facts, known),
    )
    case = communications.case(
        facts, settings, parties, threads=threads, people=known, lines=people.lines(exhibits, holder)
    )
    spoken = list(communications.communications(found, case, mint))
    new_debts = list(debts.rows(facts, spoken, mint))
    yield from new_debts
    by_lender = {d.lender: d.debt for d in new_debts}
    grouped = senders.groups([s.communication for s in spoken], [s.reading for s in spoken])
    by_number = {
        s.communication.number: grouped.derived[n]
        for n, s in enumerate(spoken)
        if n in grouped.derived and s.communication.number
    }
    for n, one in enumerate(spoken):
        c = one.communication
        sender = grouped.derived.get(n)
        if sender is None and c.purpose == "collection" and c.number:
            sender = by_number.get(c.number)
        debt = by_lender.get(c.lender) if c.debt is None and c.purpose == "collection" else c.debt
        if sender is not None or debt is not None:
            spoken[n] = msgspec.structs.replace(one, communication=msgspec.structs.replace(c, sender=sender, debt=debt))
        yield spoken[n].communication
        yield from communications.witnesses(spoken[n], mint)
        yield from communications.words(spoken[n], case, mint)
    yield from senders.facts([s.communication for s in spoken], grouped, mint)
    yield from prepared.rows(facts.get("app_text", ()), mint)

    of_whom = people.declared(exhibits)
    phones = {s.exhibit for s in sightings} | {
        f.exhibit
        for f in facts.get("coverage", ())
        if isinstance(f, Coverage) and f.looked_for == "sighting" and (f.subject or f.exhibit in of_whom)
    }
    persons = {holder[e] for e in phones if e in holder}
    yield from roles.rows(facts, persons, known, spoken, settings=settings, mint=mint)
    yield from coverage.rows(facts, coverage.Belongs(holder, of_whom), all_ties, spoken, mint)
