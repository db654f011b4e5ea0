"""Which paper belongs to which app and company. Every document and every app has at least one row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from dunproof.facts.kinds import App, Covers, Document, Exhibit, Fact, Mint, Recipient
from dunproof.link.entities import Parties


class Tie(msgspec.Struct, frozen=True):
    """A row of covers and how it is known."""

    document: str
    app: str | None
    party: str
    tier: str
    doubtful: bool
    said: tuple[str, str] = ("", "")
    """Exhibit and locator of the statement that a part of it comes from."""


def ties(facts: Mapping[str, Sequence[Fact]], parties: Parties) -> list[Tie]:
    """Return the rows that are missing beside the declared ones.

    A document found inside an app belongs to it. A document handed in beside the only app of a case may belong to it:
    that is doubtful; where its lender was declared the row is sure and its app open, so that one row says both. Its
    company is the one it names as controller, if it names one; an app's is that of its documents.
    """
    said = [f for f in facts.get("covers", ()) if isinstance(f, Covers)]
    apps = sorted({f.app for f in facts.get("app", ()) if isinstance(f, App)})
    documents = sorted({f.document for f in facts.get("document", ()) if isinstance(f, Document)})
    parent = {f.exhibit: f.parent for f in facts.get("exhibit", ()) if isinstance(f, Exhibit)}
    controllers: dict[str, set[str]] = defaultdict(set)
    for f in facts.get("recipient", ()):
        if isinstance(f, Recipient) and f.role == "controller" and f.name and (id_ := parties.of(f.name)):
            controllers[f.document].add(id_)
    declared_app = {c.document for c in said if c.document and c.app}
    declared_party = {c.document for c in said if c.document and c.party}
    out: list[Tie] = []
    party_of_app: dict[str, set[str]] = defaultdict(set)
    for c in said:
        if c.app and c.party:
            party_of_app[c.app].add(c.party)
    for document in documents:
        if document in declared_app and document in declared_party:
            continue
        app, tier, doubtful = _app_of(document, apps, parent)
        at = ("", "")
        if document in declared_app:
            words = next(c for c in said if c.document == document and c.app)
            app, tier, doubtful, at = words.app, "declared", False, (words.exhibit, words.loc)
        named = controllers[document]
        party = next(iter(named)) if len(named) == 1 else ""
        if document in declared_party:
            words = next(c for c in said if c.document == document and c.party)
            party, tier, at = words.party, "declared", (words.exhibit, words.loc)
            if doubtful:
                app, doubtful = None, False
        elif party and tier in {"derived", "declared"}:
            tier = "heuristic"
        if not party and not named and parties.lender:
            party, tier = parties.lender, tier if tier == "heuristic" else "declared"
        if any(c.document == document and c.app == app and c.party == party for c in said):
            continue
        out.append(Tie(document, app, party, tier, doubtful, at))
        if app and party and not doubtful:
            party_of_app[app].add(party)
    have = {c.app for c in said if not c.document and c.app}
    for app in apps:
        if app in have:
            continue
        if parties.lender:
            out.append(Tie("", app, parties.lender, "declared", doubtful=False))
            continue
        found = sorted(party_of_app[app])
        out.append(
            Tie("", app, found[0] if len(found) == 1 else "", "heuristic" if found else "derived", doubtful=False)
        )
    return out


def _app_of(document: str, apps: Sequence[str], parent: Mapping[str, str]) -> tuple[str | None, str, bool]:
    at, seen = document, {document}
    while parent.get(at) and parent[at] not in seen:
        at = parent[at]
        seen.add(at)
        if at in apps:
            return at, "derived", False
    if len(apps) == 1:
        return apps[0], "heuristic", True
    return "", "derived", False


def whole(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts without what says of a document its app or its company alone, where a sure row says both.

    Whoever asks for the lender of a document would meet it twice.
    """
    held = list(facts)
    full = {
        (f.document, f.app, f.party)
        for f in held
        if isinstance(f, Covers) and f.document and f.app != "" and f.party and not f.doubtful
    }
    parts = {(d, a, "") for d, a, _ in full} | {(d, "", p) for d, _, p in full}
    return [f for f in held if not (isinstance(f, Covers) and (f.document, f.app, f.party) in parts)]


def rows(found: Sequence[Tie], mint: Mint) -> Iterator[Covers]:
    """Yield the rows."""
    for tie in found:
        yield Covers(
            fact_id=mint(), exhibit=tie.said[0], loc=tie.said[1], tier=tie.tier, doubtful=tie.doubtful,
            document=tie.document, app=tie.app, party=tie.party,
        )  # fmt: skip
