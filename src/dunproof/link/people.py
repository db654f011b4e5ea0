"""Whose device each exhibit is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dunproof.facts.kinds import Exhibit, Fact, Person


def declared(exhibits: Iterable[Exhibit]) -> dict[str, str]:
    """Return exhibit → person id of the holder that was declared for it or for what it was found in."""
    known = {e.exhibit: e for e in exhibits}
    found = ((e, known[outermost(e, known)].holder) for e in known)
    return {exhibit: holder for exhibit, holder in found if holder}


def outermost(exhibit: str, known: Mapping[str, Exhibit]) -> str:
    """Return the nearest exhibit around this one, or itself, whose holder is declared; else the outermost one."""
    at, seen = exhibit, {exhibit}
    while at in known and not known[at].holder and known[at].parent in known and known[at].parent not in seen:
        at = known[at].parent
        seen.add(at)
    return at


def holders(exhibits: Iterable[Exhibit], used: Iterable[str]) -> dict[str, str]:
    """Return exhibit → person id of the holder: as declared, else as declared for what it was found in, else its own.

    ``used`` are further exhibit ids that must have a holder.
    """
    known = {e.exhibit: e for e in exhibits}
    out: dict[str, str] = {}
    for exhibit in (*known, *used):
        if exhibit in out:
            continue
        at = outermost(exhibit, known)
        holder = known[at].holder if at in known else ""
        out[exhibit] = holder or f"holder-{at[:8]}"
    return out


def names(persons: Iterable[Fact]) -> dict[str, str]:
    """Return person id → name, of the people whose name is known."""
    return {p.person: p.name for p in persons if isinstance(p, Person) and p.name}


def lines(exhibits: Iterable[Exhibit], holder: Mapping[str, str]) -> dict[str, str]:
    """Return exhibit → the holder's own number as declared for it."""
    return {e.exhibit: e.line for e in exhibits if e.line and e.exhibit in holder}
