"""case.toml and decisions.toml: what people say about a case, checked before anything is read.

``case.toml`` says what the files do not: who holds a phone, in which role, of which lender an app is.
``decisions.toml`` says what a person decided about the findings: no run writes it, and it survives every one.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from pathlib import Path
from typing import Final

import msgspec

from dunproof.case import tomlfile
from dunproof.errors import UseError
from dunproof.facts.casefile import LANGUAGES

CASE_FILE: Final = "case.toml"
DECISIONS_FILE: Final = "decisions.toml"
LENDER_TYPES: Final = (
    "bank", "consumer_finance", "microloan", "platform", "collector", "payment", "guarantee", "unlicensed",
    "nbfc", "lsp",
)  # fmt: skip
STORES: Final = ("google_play", "elsewhere")
ROLES: Final = ("debtor", "guarantor", "spouse", "emergency_contact", "frequent_contact", "contact", "stranger")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the structs below."""


class ExhibitDecl(_Part, frozen=True, kw_only=True):
    """An [[exhibit]] entry: a file, a folder of files, or a file inside one (``bundle.zip!/a.html``)."""

    file: str
    holder: str = ""
    role: str | None = None
    debt: str = ""
    observed_day: str | None = None
    app: str = ""
    """File name or package name of the app that this belongs to."""
    lender: str = ""
    store: str | None = None
    """Where this app was handed out."""
    line: str = ""
    """The holder's own number in this export."""


class PersonDecl(_Part, frozen=True, kw_only=True):
    """A [[person]] entry."""

    name: str
    role: str | None = None
    debt: str = ""


class PartyDecl(_Part, frozen=True, kw_only=True):
    """A [[party]] entry: a company and its other names."""

    name: str
    aliases: list[str] = []
    lender_type: str | None = None


class DebtDecl(_Part, frozen=True, kw_only=True):
    """A [[debt]] entry."""

    id: str
    debtor: str | None = None
    lender: str | None = None
    due_day: str | None = None
    amount_yuan: int | None = None


class CaseConfig(_Part, frozen=True, kw_only=True):
    """The keys of case.toml. All are optional."""

    lender: str = ""
    lender_type: str | None = None
    store: str | None = None
    """Where the apps were handed out."""
    zone: str | None = None
    as_of: str | None = None
    lang: str | None = None
    holder_role: str | None = None
    sdk_catalogue: str = ""
    """File name of a list of SDKs beside case.toml; '' = the shipped catalogue alone."""
    exhibit: list[ExhibitDecl] = []
    person: list[PersonDecl] = []
    party: list[PartyDecl] = []
    debt: list[DebtDecl] = []


class Dispute(_Part, frozen=True, kw_only=True):
    """A finding that somebody disputes, with the reason."""

    finding: str
    reason: str


class AnswerDecl(_Part, frozen=True, kw_only=True):
    """An answer to what a needs-facts verdict asked for; it counts where case.toml says nothing."""

    what: str
    """holder-role | lender-type | lender | store | observed-day | as-of"""
    value: str
    about: str = ""
    """File name or holder (holder-role, observed-day, store), party (lender-type); '' for the whole case."""
    note: str = ""


class Decisions(_Part, frozen=True, kw_only=True):
    """The keys of decisions.toml."""

    dispute: list[Dispute] = []
    answer: list[AnswerDecl] = []


def load_case(folder: Path) -> CaseConfig:
    """Return case.toml of a case folder, the answers of decisions.toml filled in where it says nothing."""
    path = folder / CASE_FILE
    if not path.is_file():
        return answered(CaseConfig(), load_decisions(folder))
    config, lines = tomlfile.load(path, CaseConfig)
    _check(config, lines)
    return answered(config, load_decisions(folder))


def load_decisions(folder: Path) -> Decisions:
    """Return decisions.toml of a case folder; empty where there is none."""
    path = folder / DECISIONS_FILE
    if not path.is_file():
        return Decisions()
    found, lines = tomlfile.load(path, Decisions)
    for n, dispute in enumerate(found.dispute):
        if not dispute.reason.strip():
            raise lines.error(("dispute", n, "reason"), "no reason", "say why the finding is disputed")
    for n, answer in enumerate(found.answer):
        where = ("answer", n)
        match answer.what:
            case "holder-role":
                _one_of(answer.value, ROLES, lines, (*where, "value"))
            case "lender-type":
                _one_of(answer.value, LENDER_TYPES, lines, (*where, "value"))
            case "store":
                _one_of(answer.value, STORES, lines, (*where, "value"))
            case "observed-day" | "as-of":
                check_day(answer.value, f"{lines.name}:{lines(*where, 'value')}: ")
            case "lender":
                pass
            case _:
                kinds = ("holder-role", "lender-type", "lender", "store", "observed-day", "as-of")
                raise lines.error((*where, "what"), f"no answer {answer.what!r}", tomlfile.nearest(answer.what, kinds))
    return found


def answered(config: CaseConfig, decisions: Decisions) -> CaseConfig:
    """Return the config with answers filled in where it says nothing; case.toml stays the stronger one."""
    for a in decisions.answer:
        if a.what == "as-of":
            config = msgspec.structs.replace(config, as_of=config.as_of or a.value)
        elif a.what == "lender" and not a.about:
            config = msgspec.structs.replace(config, lender=config.lender or a.value)
        elif a.what == "lender-type" and not a.about:
            config = msgspec.structs.replace(config, lender_type=config.lender_type or a.value)
        elif a.what == "store" and not a.about:
            config = msgspec.structs.replace(config, store=config.store or a.value)
        elif a.what == "holder-role" and not a.about:
            config = msgspec.structs.replace(config, holder_role=config.holder_role or a.value)
        elif a.what == "lender-type":
            config = msgspec.structs.replace(config, party=_typed(config.party, a))
        else:
            config = msgspec.structs.replace(config, exhibit=_described(config.exhibit, a))
    return config


def _typed(parties: list[PartyDecl], a: AnswerDecl) -> list[PartyDecl]:
    if not any(a.about in (p.name, *p.aliases) for p in parties):
        return [*parties, PartyDecl(name=a.about, lender_type=a.value)]
    return [
        msgspec.structs.replace(p, lender_type=p.lender_type or a.value) if a.about in (p.name, *p.aliases) else p
        for p in parties
    ]


def _described(exhibits: list[ExhibitDecl], a: AnswerDecl) -> list[ExhibitDecl]:
    field = {"holder-role": "role", "observed-day": "observed_day", "lender": "lender", "store": "store"}[a.what]
    out: list[ExhibitDecl] = []
    hit = False
    for e in exhibits:
        if a.about in (e.file, e.holder):
            hit = True
            out.append(msgspec.structs.replace(e, **{field: getattr(e, field) or a.value}))
        else:
            out.append(e)
    return out if hit else [*out, msgspec.convert({"file": a.about, field: a.value}, ExhibitDecl)]


def _check(config: CaseConfig, lines: tomlfile.Lines) -> None:
    """Refuse values that no run could use."""
    if config.lender_type is not None:
        _one_of(config.lender_type, LENDER_TYPES, lines, ("lender_type",))
    if config.store is not None:
        _one_of(config.store, STORES, lines, ("store",))
    if config.holder_role is not None:
        _one_of(config.holder_role, ROLES, lines, ("holder_role",))
    if config.lang is not None:
        _one_of(config.lang, LANGUAGES, lines, ("lang",))
    if config.as_of is not None:
        check_day(config.as_of, f"{lines.name}:{lines('as_of')}: ")
    if config.zone is not None:
        check_zone(config.zone, f"{lines.name}:{lines('zone')}: ")
    if config.sdk_catalogue and Path(config.sdk_catalogue).name != config.sdk_catalogue:
        raise lines.error(("sdk_catalogue",), f"no file name: {config.sdk_catalogue!r}", "put it beside case.toml")
    debts = [d.id for d in config.debt]
    for n, e in enumerate(config.exhibit):
        if e.role is not None:
            _one_of(e.role, ROLES, lines, ("exhibit", n, "role"))
        if e.store is not None:
            _one_of(e.store, STORES, lines, ("exhibit", n, "store"))
        if e.observed_day is not None:
            check_day(e.observed_day, f"{lines.name}:{lines('exhibit', n, 'observed_day')}: ")
        if e.debt:
            _one_of(e.debt, debts, lines, ("exhibit", n, "debt"))
    for n, person in enumerate(config.person):
        if person.role is not None:
            _one_of(person.role, ROLES, lines, ("person", n, "role"))
        if person.debt:
            _one_of(person.debt, debts, lines, ("person", n, "debt"))
    for n, p in enumerate(config.party):
        if p.lender_type is not None:
            _one_of(p.lender_type, LENDER_TYPES, lines, ("party", n, "lender_type"))
    for n, d in enumerate(config.debt):
        if d.due_day is not None:
            check_day(d.due_day, f"{lines.name}:{lines('debt', n, 'due_day')}: ")
        if debts.index(d.id) != n:
            raise lines.error(("debt", n, "id"), f"two debts {d.id!r}", "give each debt an id of its own")


def _one_of(value: str, pool: list[str] | tuple[str, ...], lines: tomlfile.Lines, path: tomlfile.Path_) -> None:
    if value not in pool:
        hint = tomlfile.nearest(value, pool) if pool else "add a [[debt]] with this id"
        raise lines.error(path, f"no {path[-1]} {value!r}", hint)


def check_day(day: str, where: str = "") -> None:
    """Refuse what is no ISO day."""
    try:
        known = _DAY.match(day) is not None and dt.date.fromisoformat(day) is not None
    except ValueError:
        known = False
    if not known:
        raise UseError(f"{where}no day: {day!r}", hint="write it as 2026-03-01")


def check_zone(zone: str, where: str = "") -> None:
    """Refuse what is no zone of the IANA database."""
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        hint = tomlfile.nearest(zone, known) if len(zone) < 40 else "for instance Asia/Shanghai"
        raise UseError(
            f"{where}no time zone {zone!r}", hint=hint if len(hint) < 200 else "for instance Asia/Shanghai"
        ) from None
