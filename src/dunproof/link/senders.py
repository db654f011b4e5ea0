"""Many numbers, one collector: edges between communications, each with its key, and the groups that follow.

Exact: the same number, call-back number, link host or case number. Derived: the same debtor's name in dunning texts as
well, but only where the groups it would join carry one signature at most; a masked name counts as the one name that it
fits among those told to the same person. Signatures alone are never a ground: templates are shared. Edges join
neighbours in time, so that their number grows with the communications.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from dunproof.facts.kinds import Communication, Mint, SameSender, Sender
from dunproof.language import names
from dunproof.language.lexicon import rows
from dunproof.language.phone_numbers import number_key
from dunproof.link.graph import Groups
from dunproof.link.threads import Reading

_EXACT: Final = ("number", "callback", "link_host", "case_number")


class Edge(msgspec.Struct, frozen=True):
    """Two communications by their place in the list, and what they share."""

    a: int
    b: int
    key_type: str
    key: str


class SenderGroups(msgspec.Struct, frozen=True):
    """The edges, and for each communication that takes part its group at the exact and the derived level."""

    edges: tuple[Edge, ...]
    exact: dict[int, str]
    derived: dict[int, str]


def _shorteners() -> frozenset[str]:
    return frozenset(r["host"] for r in rows("shorteners.tsv", "dunproof.link"))


def groups(communications: Sequence[Communication], read: Sequence[Reading]) -> SenderGroups:
    """Return edges and groups of the communications that collect; all others have no sender."""
    short = _shorteners()
    by_key: dict[tuple[str, str], list[int]] = defaultdict(list)
    by_name: dict[str, list[int]] = defaultdict(list)
    masked: list[tuple[str, int]] = []
    signature: dict[int, str] = {}
    taking: list[int] = []
    for n, (c, r) in enumerate(zip(communications, read, strict=True)):
        if c.purpose != "collection" or c.direction != "to_person":
            continue
        taking.append(n)
        if c.number:
            by_key["number", c.number].append(n)
        for slot in r.slots:
            if slot.slot == "callback":
                by_key["callback", number_key(slot.value)].append(n)
            elif slot.slot == "link" and slot.value not in short:
                by_key["link_host", slot.value].append(n)
            elif slot.slot == "case_number":
                by_key["case_number", slot.value].append(n)
            elif slot.slot == "debtor_named" and not slot.value.endswith(("先生", "女士", "小姐")):
                if names.is_masked(slot.value):
                    masked.append((slot.value, n))
                else:
                    by_name[slot.value].append(n)
        if r.signature:
            signature[n] = r.signature
    _unmask(masked, by_name, communications)
    edges: list[Edge] = []
    exact = Groups(taking)
    for (kind, key), members in sorted(by_key.items()):
        at = list(dict.fromkeys(members))
        for a, b in pairwise(at):
            edges.append(Edge(a, b, kind, key))
            exact.join(a, b)
    # a call-back number that is another message's own number joins the two
    for (kind, key), members in sorted(by_key.items()):
        if kind == "callback" and (own := by_key.get(("number", key))):
            edges.append(Edge(min(members[0], own[0]), max(members[0], own[0]), "callback", key))
            exact.join(own[0], members[0])
    edges = [e for e in edges if e.a != e.b]
    derived = _derived(taking, exact, by_name, signature, edges)
    return SenderGroups(
        tuple(sorted(edges, key=lambda e: (e.a, e.b, e.key_type, e.key))),
        _named(taking, exact, "sender"),
        _named(taking, derived, "group"),
    )


def _unmask(
    masked: list[tuple[str, int]], by_name: dict[str, list[int]], communications: Sequence[Communication]
) -> None:
    """Add a masked name (张*三) to the one full name that it fits among those that the same person was told."""
    told: dict[str, set[str]] = defaultdict(set)
    for name, members in by_name.items():
        for n in members:
            told[communications[n].person].add(name)
    for value, n in masked:
        fits = [name for name in told[communications[n].person] if names.same_person_name(value, name) is None]
        if len(fits) == 1:
            by_name[fits[0]] = sorted({*by_name[fits[0]], n})


def _derived(
    taking: list[int], exact: Groups[int], by_name: dict[str, list[int]], signature: dict[int, str], edges: list[Edge]
) -> Groups[int]:
    """Join exact groups that name one debtor: all if they carry one signature at most, else signature by signature."""
    out = Groups(taking)
    signs: dict[int, set[str]] = defaultdict(set)
    for n in taking:
        out.join(exact.find(n), n)
        if n in signature:
            signs[exact.find(n)].add(signature[n])
    for name, members in sorted(by_name.items()):
        at = list(dict.fromkeys(members))
        carried = set().union(*(signs[exact.find(n)] for n in at))
        for part in (
            [at] if len(carried) <= 1 else [[n for n in at if signs[exact.find(n)] == {s}] for s in sorted(carried)]
        ):
            for a, b in pairwise(part):
                edges.append(Edge(a, b, "debtor_name", name))
                out.join(a, b)
    return out


def _named(taking: list[int], found: Groups[int], word: str) -> dict[int, str]:
    """Return item → id of its group, the groups numbered in order of their first item."""
    ids: dict[int, str] = {}
    out: dict[int, str] = {}
    for n in taking:
        root = found.find(n)
        out[n] = ids.setdefault(root, f"{word}-{len(ids) + 1}")
    return out


def facts(communications: Sequence[Communication], found: SenderGroups, mint: Mint) -> Iterator[SameSender | Sender]:
    """Yield the edges and the rows of both levels."""
    for edge in found.edges:
        a, b = communications[edge.a], communications[edge.b]
        yield SameSender(
            fact_id=mint(), exhibit=a.exhibit, loc=a.loc, tier="exact" if edge.key_type in _EXACT else "derived",
            a=a.fact_id, b=b.fact_id, key_type=edge.key_type, key=edge.key,
        )  # fmt: skip
    for n in sorted(found.exact):
        c = communications[n]
        for level, sender in (("exact", found.exact[n]), ("derived", found.derived[n])):
            yield Sender(
                fact_id=mint(),
                exhibit=c.exhibit,
                loc=c.loc,
                tier="derived",
                communication=c.fact_id,
                sender=sender,
                level=level,
            )
