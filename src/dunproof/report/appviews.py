"""The views of an app: what the template and the terminal are given, in one language, masked."""

from __future__ import annotations

import msgspec


class IdentityLine(msgspec.Struct, frozen=True):
    """One line of the identity of an app."""

    label: str
    value: str
    code: bool = False
    warn: bool = False


class Owner(msgspec.Struct, frozen=True):
    """How many calls of one kind of owner, in words; ``kind`` is own, sdk, library, nobody, picked or maybe."""

    kind: str
    text: str


class StandingLine(msgspec.Struct, frozen=True):
    """One line of the table of standings."""

    category: str
    standing: str
    """One of facts/standings.py; '' for a name that is none."""
    short: str
    long: str
    why: list[str]
    """Why it could not be determined; [] where it could."""
    permissions: list[str]
    owners: list[Owner]
    reached: str
    whole: bool
    places: str
    """Anchor of its places; '' = none."""
    tone: str
    """How it is set: reads, blind, picked or none."""

    @property
    def readers(self) -> list[Owner]:
        """Whose code fetches the data."""
        return [owner for owner in self.owners if owner.kind not in {"picked", "maybe"}]

    @property
    def others(self) -> list[Owner]:
        """What the user picks, and what is not settled."""
        return [owner for owner in self.owners if owner.kind in {"picked", "maybe"}]


class SheetLine(msgspec.Struct, frozen=True):
    """One line of the coverage sheet; ``limit`` marks what keeps code from being seen."""

    label: str
    value: str
    note: str
    limit: bool


class ProblemLine(msgspec.Struct, frozen=True):
    """Something odd or missing in the package, and the next step."""

    text: str
    detail: str
    code: str
    hint: str


class SdkLine(msgspec.Struct, frozen=True):
    """One SDK inside an app."""

    sdk: str
    vendor: str
    entity: str
    purpose: str
    presence: str
    doubtful: bool
    claims: list[str]
    """What its maker or others say that it takes, and that nobody has checked its row: in whole sentences."""
    reads: int
    place: str
    locator: str


class HostLine(msgspec.Struct, frozen=True):
    """One host named in an app."""

    host: str
    whose: str
    doubtful: bool
    place: str


class MessageLine(msgspec.Struct, frozen=True):
    """One text prepared in an app that does what collectors do."""

    text: str
    acts: str
    doubtful: bool
    place: str
    locator: str


class PlaceLine(msgspec.Struct, frozen=True):
    """One call that fetches personal data."""

    api: str
    uri: str
    caller: str
    owner: str
    reached: str
    notes: list[str]
    place: str
    locator: str


class PlaceGroup(msgspec.Struct, frozen=True):
    """The calls for one kind of data by one kind of owner."""

    anchor: str
    category: str
    title: str
    count: str
    places: list[PlaceLine]


class RequestLine(msgspec.Struct, frozen=True):
    """One request for permissions while the app runs."""

    permissions: list[str]
    """[] where the code does not settle them all."""
    asked: str
    launch: str
    refusal: str
    caller: str
    place: str
    locator: str


class AppView(msgspec.Struct, frozen=True):
    """One app with everything that is printed of it."""

    anchor: str
    app: str
    title: str
    subtitle: str
    identity: list[IdentityLine]
    standings: list[StandingLine]
    permissions: list[str]
    """All that it asks for, those that open personal data first."""
    headline: str
    """How much of its code could be seen, in one sentence."""
    whole: bool
    sheet: list[SheetLine]
    problems: list[ProblemLine]
    sdks: list[SdkLine]
    hosts: list[HostLine]
    hosts_total: int
    messages: list[MessageLine]
    messages_total: int
    places: list[PlaceGroup]
    hints: list[str]
    flow: list[str]
    """What it reads before anybody agrees, what it asks for at once, what follows a refusal: a sentence each."""
    requests: list[RequestLine]
    requests_total: int
