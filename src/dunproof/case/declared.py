"""Facts that somebody declared: who holds what, in which role, which paper belongs to which app and lender.

They come from flags and case.toml, have the tier ``declared``, and stand beside what was read: link and the rules use
them like any other fact, and a verdict says that it rests on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from dunproof.case.config import CaseConfig, ExhibitDecl
from dunproof.case.readers import PHONE_KINDS, reader_of
from dunproof.case.reading import Reading, Taken, declaration_of, exhibit_fact_id, plain_name
from dunproof.case.statements import Place, Statements
from dunproof.case.tomlfile import nearest
from dunproof.errors import UseError
from dunproof.facts.casefile import Settings
from dunproof.facts.kinds import (
    App,
    Coverage,
    Covers,
    Debt,
    Document,
    Exhibit,
    Fact,
    Mint,
    Party,
    Person,
    Problem,
    Role,
    SameParty,
    Upload,
)
from dunproof.language.fold import key
from dunproof.language.names import party_key

_BREAKS = re.compile(r"[\W_]+")


def slug(name: str) -> str:
    """Return the id of a person from a name: folded, lower case, words joined by hyphens."""
    return _BREAKS.sub("-", key(name).casefold()).strip("-") or "holder"


def party_id(name: str) -> str:
    """Return the id of a party: its folded name."""
    return party_key(name)


def declared_facts(
    exhibits: Sequence[Taken], facts: Sequence[Fact], config: CaseConfig, settings: Settings, mint: Mint,
    *, statements: Statements | None = None,
) -> Iterator[Fact]:  # fmt: skip
    """Yield the exhibits themselves, then people, roles, parties, debts, and what belongs to what.

    ``statements`` says where each entry is written; without it declared facts have no place.
    Errors: UseError for an app in case.toml that is neither a file nor a package of the case.
    """
    said = {t.exhibit: declaration_of(t, config) for t in exhibits}
    where = statements or Statements(None, config)
    for taken in exhibits:
        yield _exhibit(taken, said[taken.exhibit], settings.as_of)
    yield from _people(said.values(), config, where, mint)
    aliases = {party_id(a): party_id(p.name) for p in config.party for a in (p.name, *p.aliases)}
    yield from _parties(config, settings, aliases, where, mint)
    for debt in config.debt:
        at = where.place("debt", debt)
        yield Debt(
            fact_id=mint(), exhibit=at.exhibit, loc=at.loc, tier="declared", debt=debt.id,
            debtor=slug(debt.debtor) if debt.debtor else None,
            lender=_party(debt.lender, aliases) or None,
            due_day=debt.due_day,
            amount_fen=debt.amount_yuan * 100 if debt.amount_yuan is not None else None,
        )  # fmt: skip
    yield from _covers(exhibits, facts, said, aliases, where=where, mint=mint)
    yield from _unread_phones(exhibits, facts, said, mint)


def of_apps(facts: Iterable[Fact], exhibits: Sequence[Taken], config: CaseConfig) -> Iterator[Fact]:
    """Yield the facts, what recorded traffic shows now tied to the app that case.toml names for its exhibit.

    How far it was read is said of that app alone: a recording of one app tells nothing about another.
    """
    held = list(facts)
    apps = {f.app: f for f in held if isinstance(f, App)}
    said = {t.exhibit: declaration_of(t, config) for t in exhibits}
    for fact in held:
        decl = said.get(fact.exhibit)
        if isinstance(fact, Upload) and decl is not None and decl.app:
            yield msgspec.structs.replace(fact, app=_app(decl.app, exhibits, apps))
        elif isinstance(fact, Coverage) and fact.looked_for == "upload" and decl is not None and decl.app:
            yield msgspec.structs.replace(fact, subject=_app(decl.app, exhibits, apps))
        else:
            yield fact


def handed_out(
    reading: Reading, config: CaseConfig, settings: Settings, mint: Mint, statements: Statements
) -> Iterator[Fact]:
    """Yield whoever hands an app out, where somebody said in which store: a party with the id of the app.

    A store's policy binds that party, whatever kind of lender stands behind the app. Nobody's name is known, so that
    link, which ties names, has no use for it.
    """
    said = {t.exhibit: declaration_of(t, config) for t in reading.exhibits}
    for fact in reading.facts:
        if not isinstance(fact, App):
            continue
        decl = said.get(fact.exhibit)
        own = decl if decl is not None and decl.store is not None else None
        store = own.store if own is not None else settings.store
        if store is not None:
            at = statements.place("exhibit", own, "store") if own is not None else Place()
            yield Party(
                fact_id=mint(), exhibit=at.exhibit, loc=at.loc, tier="declared", party=fact.app,
                name=fact.package or fact.app, lender_type=store,
            )  # fmt: skip


def unnamed_lender(settings: Settings, mint: Mint) -> Iterator[Fact]:
    """Yield the lender of the case where somebody said its kind and not its name: the party '' of ``covers``."""
    if settings.lender_type is not None and not settings.lender:
        yield Party(
            fact_id=mint(), exhibit="", loc="", tier="declared", party="", name="", lender_type=settings.lender_type
        )


def _unread_phones(
    exhibits: Sequence[Taken], facts: Sequence[Fact], said: dict[str, ExhibitDecl | None], mint: Mint
) -> Iterator[Fact]:
    """Yield that messages and calls were not read of a holder's file that no phone reader reads, as a bill in PDF.

    By its format it may be an agreement; that somebody declared whose it is says that it may be a phone's.
    """
    papers = {f.document for f in facts if isinstance(f, Document) and f.document_type is not None}
    looked = {(f.exhibit, f.looked_for) for f in facts if isinstance(f, Coverage)}
    for taken in exhibits:
        decl = said[taken.exhibit]
        if decl is None or not decl.holder or taken.exhibit in papers or not _may_be_a_phone(taken):
            continue
        reason = next(
            (
                f.code
                for f in facts
                if isinstance(f, Problem) and f.exhibit == taken.exhibit and f.code != "name-misleads"
            ),
            "format-not-supported",
        )
        for kind in PHONE_KINDS:
            if (taken.exhibit, kind) not in looked:
                yield Coverage(
                    fact_id=mint(), exhibit=taken.exhibit, loc="", tier="exact", looked_for=kind,
                    subject=taken.exhibit, status="unread", reason=reason,
                )  # fmt: skip


def _may_be_a_phone(taken: Taken) -> bool:
    """Return whether a file may hold messages that were not read: nothing read it, or it was taken for a paper."""
    reader = reader_of(taken.format)
    return taken.status == "unread" if reader is None else "document" in reader.looks_for


def _exhibit(taken: Taken, decl: ExhibitDecl | None, as_of: str | None) -> Exhibit:
    return Exhibit(
        fact_id=exhibit_fact_id(taken.exhibit),
        exhibit=taken.exhibit,
        loc="",
        tier="exact",
        name=taken.item.name,
        sha256=taken.sha256,
        size_bytes=taken.size_bytes,
        format=taken.format,
        encoding=taken.encoding,
        parent=taken.item.parent,
        observed_day=(decl.observed_day if decl is not None else None) or as_of,
        holder=slug(decl.holder) if decl is not None and decl.holder else "",
        line=decl.line if decl is not None else "",
        other_names="\n".join(taken.other_names),
    )


def _people(said: Iterable[ExhibitDecl | None], config: CaseConfig, where: Statements, mint: Mint) -> Iterator[Fact]:
    """Yield each person once and each (person, debt) role once; what an exhibit says beats a [[person]] entry."""
    names: dict[str, tuple[str, Place]] = {}
    roles: dict[tuple[str, str], tuple[str, Place]] = {}
    for decl in said:
        if decl is not None and decl.holder:
            names.setdefault(slug(decl.holder), (decl.holder, where.place("exhibit", decl)))
            if decl.role is not None:
                roles.setdefault((slug(decl.holder), decl.debt), (decl.role, where.place("exhibit", decl, "role")))
    for person in config.person:
        at = where.place("person", person)
        names.setdefault(slug(person.name), (person.name, at))
        if person.role is not None:
            roles.setdefault((slug(person.name), person.debt), (person.role, at))
    for id_, (name, at) in names.items():
        yield Person(fact_id=mint(), exhibit=at.exhibit, loc=at.loc, tier="declared", person=id_, name=name)
    for (id_, debt), (role, at) in roles.items():
        yield Role(
            fact_id=mint(), exhibit=at.exhibit, loc=at.loc, tier="declared", person=id_, debt=debt, role=role,
            basis="declared",
        )  # fmt: skip


def _party(name: str | None, aliases: dict[str, str]) -> str:
    """Return the id of a declared party by any of its declared names; '' for no name."""
    return aliases.get(party_id(name), party_id(name)) if name else ""


def _parties(
    config: CaseConfig, settings: Settings, aliases: dict[str, str], where: Statements, mint: Mint
) -> Iterator[Fact]:
    for party in config.party:
        id_ = party_id(party.name)
        at = where.place("party", party)
        whole = settings.lender_type if _party(settings.lender, aliases) == id_ else None
        yield Party(
            fact_id=mint(),
            exhibit=at.exhibit,
            loc=at.loc,
            tier="declared",
            party=id_,
            name=party.name,
            lender_type=party.lender_type or whole,
        )
        for alias in party.aliases:
            yield SameParty(
                fact_id=mint(), exhibit=at.exhibit, loc=at.loc, tier="declared",
                a=party.name, b=alias, key_type="declared", key=party_id(alias),
            )  # fmt: skip


def _covers(
    exhibits: Sequence[Taken],
    facts: Sequence[Fact],
    said: dict[str, ExhibitDecl | None],
    aliases: dict[str, str],
    *,
    where: Statements,
    mint: Mint,
) -> Iterator[Fact]:
    """Yield which declared app and lender a document belongs to, and which lender an app belongs to."""
    apps = {f.app: f for f in facts if isinstance(f, App)}
    documents = {f.document for f in facts if isinstance(f, Document)}
    for taken in exhibits:
        decl = said[taken.exhibit]
        if decl is None or not (decl.app or decl.lender):
            continue
        party = _party(decl.lender, aliases)
        at = where.place("exhibit", decl, "" if decl.app else "lender")
        if taken.exhibit in documents:
            app = _app(decl.app, exhibits, apps) if decl.app else ""
            yield Covers(
                fact_id=mint(), exhibit=at.exhibit, loc=at.loc, tier="declared", document=taken.exhibit, app=app,
                party=party,
            )  # fmt: skip
        if taken.exhibit in apps and party:
            yield Covers(
                fact_id=mint(), exhibit=at.exhibit, loc=at.loc, tier="declared", document="", app=taken.exhibit,
                party=party,
            )  # fmt: skip


def _app(name: str, exhibits: Sequence[Taken], apps: dict[str, App]) -> str:
    """Return the app id for a file name or a package name."""
    wanted = plain_name(name)
    for taken in exhibits:
        if wanted in {plain_name(taken.trail), taken.item.name.rpartition("/")[2]}:
            return taken.exhibit
    for id_, app in apps.items():
        if app.package == name:
            return id_
    known = [t.trail for t in exhibits if t.exhibit in apps] + [a.package for a in apps.values() if a.package]
    raise UseError(f"case.toml: no app {name!r} in the case", hint=nearest(name, known) if known else "add its APK")
