"""Whose device each exhibit is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dunproof.facts.kinds import Exhibit, Fact, Person


def holders(exhibits: Iterable[Exhibit], used: Iterable[str]) -> dict[str, str]:
    """Return exhibit → person id of the holder: as declared, else as declared for what it was found in, else its own.

    ``used`` are further exhibit ids that must have a holder.
    """
    known = {e.exhibit: e for e in exhibits}
    out: dict[str, str] = {}
    for exhibit in (*known, *used):
        if exhibit in out:
            continue
        at, seen = exhibit, {exhibit}
        while at in known and not known[at].holder and known[at].parent and known[at].parent not in seen:
            at = known[at].parent
            seen.add(at)
        declared = known[at].holder if at in known else ""
        out[exhibit] = declared or f"holder-{at[:8]}"
    return out


def names(persons: Iterable[Fact]) -> dict[str, str]:
    """Return person id → name, of the people whose name is known."""
    return {p.person: p.name for p in persons if isinstance(p, Person) and p.name}


def lines(exhibits: Iterable[Exhibit], holder: Mapping[str, str]) -> dict[str, str]:
    """Return exhibit → the holder's own number as declared for it."""
    return {e.exhibit: e.line for e in exhibits if e.line and e.exhibit in holder}
