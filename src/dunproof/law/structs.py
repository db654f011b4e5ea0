"""The structs of the clause register: a norm, a clause of it, a complaint channel, an item of the app method."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["A1", "A2", "A3", "A4", "A5"]
Force = Literal["L", "R", "M", "J", "S", "A"]

FORCES: tuple[Force, ...] = ("L", "R", "M", "J", "S", "A")
"""Law, regulation, ministry rule, judicial, standard, association or store: the order when two speak."""

LAW_FORCES = frozenset({"L", "R", "M", "J"})
"""Forces of the state."""

VERIFIED = frozenset({"A1", "A2"})
"""Levels at which an official text was seen, whole or in part."""

LENDER_TYPES = (
    "bank", "consumer_finance", "microloan", "platform", "collector", "payment", "guarantee", "unlicensed",
    "nbfc", "lsp",
)  # fmt: skip
"""Values of ``party.lender_type``."""

STORES = ("google_play", "elsewhere")
"""Where an app was handed out: values of ``party.lender_type`` too, for the party that stands for whoever hands out an
app. A store's policy binds that party, whatever kind of lender stands behind the app."""


class Norm(msgspec.Struct, frozen=True, kw_only=True):
    """A law, rule, standard or guide. ``title`` has ``zh`` and ``en``, foreign norms ``en`` alone."""

    id: str
    jurisdiction: str
    title: dict[str, str]
    level: Level
    force: Force
    issuer: str
    published: str
    effective: str
    until: str | None
    replaces: str | None
    source: str
    text: str | None
    """``texts/<id>.txt`` (whole) or ``texts/<id>.part.txt``; None if no official text was seen."""
    cross_checked: str = ""
    note: str = ""


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of conduct in a norm. ``quote`` may be shown only as ``print_rules.printed`` allows."""

    id: str
    norm: str
    article: str
    quote: str
    quote_kind: Literal["official", "official_copy", "press", "recalled"]
    effective: str
    until: str | None
    applies_to: tuple[str, ...]
    force: Force
    level: Level
    tags: tuple[str, ...]
    operable: str
    """Our reading in English: what a rule may test. Not the norm's words."""
    caveat: str

    def in_force(self, day: str) -> bool:
        """Whether the clause holds on an ISO day; both ends count."""
        return self.effective <= day and (self.until is None or day <= self.until)


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What the register says of itself."""

    schema: int
    as_of: str
    levels: dict[str, str]
    quote_kinds: dict[str, str]
    force: dict[str, str]
    reader_rules: tuple[str, ...]


class RegisterFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file register.json."""

    meta: Meta
    norms: tuple[Norm, ...]
    clauses: tuple[Clause, ...]


class NecessaryType(msgspec.Struct, frozen=True, kw_only=True):
    """A type of service in the list of necessary personal information, with its items in the words of the list."""

    n: int
    type: str
    basic_function: str
    necessary: tuple[str, ...]
    level: Level
    note: str = ""


class NecessaryList(msgspec.Struct, frozen=True, kw_only=True):
    """The file necessary_pi_39.json."""

    norm: str
    title: str
    verification: str
    reading: str
    unlisted_for_lending: tuple[str, ...]
    types: tuple[NecessaryType, ...]


class MethodItem(msgspec.Struct, frozen=True, kw_only=True):
    """One of the 31 situations of the method CN-CAC-191; ``text`` is printable at A1 and A2 alone."""

    id: str
    n: int
    text: str
    level: Level
    mode: str
    fact: str
    operable: str
    caveat: str = ""


class MethodChapter(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter of the method CN-CAC-191."""

    n: int
    heading: str
    items: tuple[MethodItem, ...]


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """The file cn_191.json."""

    norm: str
    title: str
    number: str
    date: str
    status: str
    verification: str
    modes: dict[str, str]
    chapters: tuple[MethodChapter, ...]


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a complaint can be handed in."""

    id: str
    name: str
    name_en: str
    for_whom: str
    fields: tuple[str, ...]
    materials: tuple[str, ...]
    competence_limits: str
    timing: str
    basis_clauses: tuple[str, ...]
    source: str
    level: Level


class Channels(msgspec.Struct, frozen=True, kw_only=True):
    """The file channels.json."""

    as_of: str
    note: str
    channels: tuple[Channel, ...]
