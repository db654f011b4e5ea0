"""How far each kind was read for each person, app and document, and for the whole case.

Readers say it of their exhibit. Here it is said of the subjects that rules judge: what was read on a person's phones
counts for the person, an app's code for the app and for the papers tied to it, and the other way about. A packed app
does not weaken another one. A file of which nobody knows what it is belongs to no subject (reading says so with the
subject ''): unless a holder or an app is declared for it, it weakens the case as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

import msgspec

from dunproof.facts.kinds import CASE_KINDS, LAW_KINDS, App, Coverage, Covers, Exhibit, Fact, Mint, Reference
from dunproof.link.communications import Spoken

SPOKEN: Final = ("communication", "act", "slot", "objection", "same_sender", "sender")
"""Kinds that link makes of sightings: read as far as these were."""
PERSONAL: Final = frozenset({"sighting", "number", "in_book", "access", "reply", *SPOKEN})
PAPERS: Final = frozenset(
    {"document", "reference", "collected_item", "recipient", "recipient_item", "term", "promise", "promise_term"}
)
CODE: Final = frozenset(
    {"app", "signer", "permission", "component", "sensitive_read", "permission_request", "sdk", "endpoint", "shell",
     "app_text", "upload", "consent_point", "text_run"}
)  # fmt: skip
WRITTEN: Final = ("same_party",)
"""Kinds that link writes in full from what was read: that an edge is missing says what its witnesses say."""
TRAFFIC: Final = "upload"
"""What a recording shows: the case says of which app it is."""
_WORSE: Final = {"read": 0, "partly": 1, "unread": 2}


class Belongs(NamedTuple):
    """Exhibit → person id of its holder: of every exhibit, and where somebody said so."""

    holder: Mapping[str, str]
    declared: Mapping[str, str]


class _Row(msgspec.Struct, frozen=True):
    subject: str
    kind: str
    exhibit: str
    status: str
    reason: str
    first_day: str | None
    last_day: str | None
    count: int | None


def rows(
    facts: Mapping[str, Sequence[Fact]],
    belongs: Belongs,
    ties: Iterable[Covers],
    spoken: Iterable[Spoken],
    mint: Mint,
) -> Iterator[Coverage]:
    """Yield the coverage rows of subjects: person, app, document, and '' for the whole case (the worst of each)."""
    said = [
        f for f in facts.get("coverage", ()) if isinstance(f, Coverage) and f.exhibit and f.subject in {f.exhibit, ""}
    ]
    apps, documents = _tied(ties, {f.app for f in facts.get("app", ()) if isinstance(f, App)})
    lenders: dict[str, set[str]] = defaultdict(set)
    for one in spoken:
        if one.communication.lender:
            lenders[one.communication.lender].add(one.communication.person)
    of_party: dict[str, set[str]] = defaultdict(set)
    for c in ties:
        for exhibit in (c.document, c.app):
            if exhibit and c.party:
                of_party[exhibit] |= lenders.get(c.party, set())
    out: dict[tuple[str, str, str], _Row] = {}
    for f in said:
        kinds = (f.looked_for, *SPOKEN) if f.looked_for == "sighting" else (f.looked_for,)
        for kind in kinds:
            subjects = _subjects(
                kind, f.exhibit, belongs.declared if not f.subject else belongs.holder,
                apps=apps, documents=documents, of_party=of_party,
            )  # fmt: skip
            if not f.subject and f.exhibit:
                subjects = subjects - {f.exhibit} or {""}
            for subject in subjects:
                row = _Row(
                    subject,
                    kind,
                    f.exhibit,
                    f.status,
                    f.reason,
                    f.first_day,
                    f.last_day,
                    f.count if kind == f.looked_for else None,
                )
                known = out.get((subject, kind, f.exhibit))
                if known is None or _WORSE[known.status] < _WORSE[row.status]:
                    out[subject, kind, f.exhibit] = row
    for row in (*_lists_named(facts, apps), *_recordings(facts)):
        known = out.get((row.subject, row.kind, row.exhibit))
        if known is None or _WORSE[known.status] < _WORSE[row.status]:
            out[row.subject, row.kind, row.exhibit] = row
    done = {
        (c.exhibit, c.subject, c.looked_for, c.status) for c in facts.get("coverage", ()) if isinstance(c, Coverage)
    }
    for subject, kind, exhibit in sorted(out):
        if (exhibit, subject, kind, out[subject, kind, exhibit].status) not in done:
            yield _fact(out[subject, kind, exhibit], mint)
    yield from _whole(out.values(), mint)
    yield from _missing(facts, out, apps, documents, mint)


def _fact(row: _Row, mint: Mint) -> Coverage:
    return Coverage(
        fact_id=mint(), exhibit=row.exhibit, loc="", tier="derived", looked_for=row.kind, subject=row.subject,
        status=row.status, reason=row.reason, first_day=row.first_day, last_day=row.last_day, count=row.count,
    )  # fmt: skip


def _tied(ties: Iterable[Covers], known: AbstractSet[str]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return document → apps and app → documents; an open app may be any that is known."""
    apps: dict[str, set[str]] = defaultdict(set)
    documents: dict[str, set[str]] = defaultdict(set)
    for c in ties:
        if c.document and c.app != "":
            for app in known if c.app is None else {c.app}:
                apps[c.document].add(app)
                documents[app].add(c.document)
    return apps, documents


def _subjects(
    kind: str, exhibit: str, holder: Mapping[str, str], *, apps: Mapping[str, set[str]],
    documents: Mapping[str, set[str]], of_party: Mapping[str, set[str]],
) -> set[str]:  # fmt: skip
    """Return whom what was read of a kind in an exhibit tells something about."""
    if kind in PERSONAL:
        return {holder[exhibit]} if exhibit in holder else set()
    if kind in PAPERS:
        return {exhibit, *apps.get(exhibit, ()), *of_party.get(exhibit, ())}
    if kind in CODE:
        return {exhibit, *documents.get(exhibit, ()), *of_party.get(exhibit, ())}
    return {exhibit} if kind not in CASE_KINDS and kind not in LAW_KINDS else set()


def _lists_named(facts: Mapping[str, Sequence[Fact]], apps: Mapping[str, set[str]]) -> Iterator[_Row]:
    """Yield ``partly`` for the recipients of an app where a text of it points to a list that nobody handed in.

    Whoever its texts do not name may be named in that list. The text itself was read in full.
    """
    for f in facts.get("reference", ()):
        if isinstance(f, Reference) and f.resolved == "" and f.document_type == "sharing_list":
            for subject in sorted(apps.get(f.document, ())):
                for kind in ("recipient", "recipient_item"):
                    yield _Row(subject, kind, f.exhibit, "partly", "list-not-handed-in", None, None, None)


def _recordings(facts: Mapping[str, Sequence[Fact]]) -> Iterator[_Row]:
    """Yield how far the recordings were read that the case ties to an app."""
    for f in facts.get("coverage", ()):
        if isinstance(f, Coverage) and f.looked_for == TRAFFIC and f.subject not in {f.exhibit, ""}:
            yield _Row(f.subject, TRAFFIC, f.exhibit, f.status, f.reason, f.first_day, f.last_day, f.count)


def _whole(known: Iterable[_Row], mint: Mint) -> Iterator[Coverage]:
    """Yield one row a kind for the whole case: the worst status of any exhibit."""
    worst: dict[str, _Row] = {}
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for row in sorted(known, key=lambda r: (r.kind, r.exhibit, r.subject)):
        held = worst.get(row.kind)
        if held is None or _WORSE[held.status] < _WORSE[row.status]:
            worst[row.kind] = row
        if row.first_day is not None:
            first[row.kind] = min(first.get(row.kind, row.first_day), row.first_day)
        if row.last_day is not None:
            last[row.kind] = max(last.get(row.kind, row.last_day), row.last_day)
    for kind, row in sorted(worst.items()):
        yield _fact(_Row("", kind, "", row.status, row.reason, first.get(kind), last.get(kind), None), mint)
    for kind in WRITTEN if worst else ():
        yield _fact(_Row("", kind, "", "read", "", None, None, None), mint)


def _missing(
    facts: Mapping[str, Sequence[Fact]], known: Mapping[tuple[str, str, str], _Row], apps: Mapping[str, set[str]],
    documents: Mapping[str, set[str]], mint: Mint,
) -> Iterator[Coverage]:  # fmt: skip
    """Yield ``unread`` for kinds that were read elsewhere in the case but not for an app or document of it.

    Without such a row the case as a whole would answer for an app whose papers nobody handed in, or whose traffic
    nobody recorded.
    """
    kinds = {kind for _, kind, _ in known}
    have = {(subject, kind) for subject, kind, _ in known}
    exhibits = {f.exhibit for f in facts.get("exhibit", ()) if isinstance(f, Exhibit)}
    all_apps = {s for s, kind, _ in known if kind == "app" and s in exhibits and s not in apps}
    all_documents = {s for s, kind, _ in known if kind == "document" and s in exhibits and s not in documents}
    for subjects, wanted in ((all_apps, PAPERS | {TRAFFIC}), (all_documents, CODE)):
        for subject in sorted(subjects):
            for kind in sorted(kinds & wanted):
                if (subject, kind) not in have:
                    yield _fact(_Row(subject, kind, "", "unread", "not-handed-in", None, None, None), mint)
