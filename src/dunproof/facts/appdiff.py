"""The structs of a comparison of two versions of an app: what ``case/appdiff.py`` writes and reports are made from."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

FORMAT: Final = "dunproof-diff/1"

Status = Literal["read", "partly", "unread"]
Certainty = Literal["sure", "open", "unseen"]
OwnerKind = Literal["own", "sdk", "nobody", "library"]

SHORT_NAMES: Final = "short-names"
"""The problem that most classes have shortened names: then third-party code cannot be told by its names."""
_CERTAINTY: Final = (
    "sure: the version that lacks it was read in full in this respect; open: part of it could not be seen, as in the "
    "other version, or it has calls of which it is not settled what they fetch; unseen: less of it could be seen than "
    "of the other, or as many of the same calls stand in code of which it is not known whose it is, so this is no sign "
    "that it was added or removed"
)


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the structs below."""


class Certificate(Part, frozen=True, kw_only=True):
    """A certificate in the signature of one version."""

    sha256: str
    schemes: list[str]
    verifies: Annotated[bool | None, Meta(description="every signature with it holds; null = not tried")]


class Version(Part, frozen=True, kw_only=True):
    """Which app one file is."""

    app: Annotated[str, Meta(description="id of the app, as in facts")]
    file: str
    sha256: str
    package: str | None
    label: str | None
    version_name: str | None
    version_code: int | None
    min_sdk: int | None
    target_sdk: int | None
    certificates: list[Certificate]


class CoverageChange(Part, frozen=True, kw_only=True):
    """How far one kind of fact could be read in both versions."""

    looked_for: Annotated[str, Meta(description="kind of fact (docs/facts.md)")]
    old: Status
    new: Status
    obstacles_gained: Annotated[list[str], Meta(description="problem codes (docs/problems.md) of NEW alone")]
    obstacles_lost: Annotated[list[str], Meta(description="the same of OLD alone")]
    obstacles_both: Annotated[list[str], Meta(description="the same of both")]
    change: Annotated[
        Literal["same", "better", "worse", "mixed"], Meta(description="whether more or less of NEW could be seen")
    ]


class SheetChange(Part, frozen=True, kw_only=True):
    """One number or name of the coverage sheet (table app_code_sheet) that differs."""

    name: str
    old: str | int | bool | None
    new: str | int | bool | None


class PermissionChange(Part, frozen=True, kw_only=True):
    """A permission that only one version asks for, or that is asked for up to another system version."""

    name: str
    category: Annotated[str, Meta(description="kind of personal data that it opens; '' if none")]
    change: Annotated[Literal["gained", "lost", "limit"], Meta(description="limit: in both, up to another version")]
    certainty: Annotated[Certainty, Meta(description=_CERTAINTY)]
    old_max_sdk: Annotated[int | None, Meta(description="maxSdkVersion; 0 = no limit; null = not asked for")]
    new_max_sdk: Annotated[int | None, Meta(description="as old_max_sdk")]


class StandingChange(Part, frozen=True, kw_only=True):
    """A line of the table of what the app asks for and what its code reads that says something else now."""

    category: str
    old: Annotated[str | None, Meta(description="standing; null = no line: nothing of the kind was seen")]
    new: Annotated[str | None, Meta(description="as old")]
    old_whole: Annotated[bool, Meta(description="all entries are read")]
    new_whole: Annotated[bool, Meta(description="as old_whole")]


class CallChange(Part, frozen=True, kw_only=True):
    """A call with an address, and how often it stands in the code of the owner."""

    api: str
    uri: Annotated[str, Meta(description="'' = none belongs to the call, or it is not settled")]
    old: int
    new: int


class ReadChange(Part, frozen=True, kw_only=True):
    """Calls that fetch one kind of data in the code of one owner, where the two versions differ."""

    category: str
    way: Annotated[
        Literal["read", "picked", "maybe"],
        Meta(description="read: it fetches the data; picked: the user chooses an entry; maybe: not settled"),
    ]
    owner_kind: OwnerKind
    owner: Annotated[str, Meta(description="SDK id; '' for the other kinds")]
    change: Literal["gained", "lost", "changed"]
    certainty: Annotated[Certainty, Meta(description=_CERTAINTY)]
    elsewhere: Annotated[
        bool,
        Meta(description="as many of the same calls came or went the other way in code of other owners: perhaps moved"),
    ]
    old: Annotated[int, Meta(description="places in OLD")]
    new: Annotated[int, Meta(description="places in NEW")]
    calls: Annotated[list[CallChange], Meta(description="calls whose count differs")]


class SdkChange(Part, frozen=True, kw_only=True):
    """Third-party code that only one version carries, or that is there in another way."""

    sdk: str
    vendor: str
    purpose: str | None
    change: Literal["gained", "lost", "presence"]
    certainty: Annotated[Certainty, Meta(description=_CERTAINTY)]
    doubtful: Annotated[bool, Meta(description="may be a misreading")]
    old_presence: Annotated[str | None, Meta(description="called | defined | referenced; null = not there")]
    new_presence: Annotated[str | None, Meta(description="as old_presence")]


class HostChange(Part, frozen=True, kw_only=True):
    """A host that is named in one version alone."""

    host: str
    owner_kind: OwnerKind
    owner: str
    change: Literal["gained", "lost"]
    certainty: Annotated[Certainty, Meta(description=_CERTAINTY)]
    doubtful: Annotated[bool, Meta(description="may be a misreading")]


Change = PermissionChange | ReadChange | SdkChange | HostChange
"""A change that says how sure it is."""


class AppDiff(Part, frozen=True, kw_only=True):
    """What changed from OLD to NEW. Lists name what differs and nothing else."""

    format: str = FORMAT
    dunproof: Annotated[str, Meta(description="version of the program")]
    old: Version
    new: Version
    same_file: bool
    package: Annotated[Literal["same", "other"] | None, Meta(description="null = a package name could not be read")]
    order: Annotated[
        Literal["newer", "same", "older"] | None, Meta(description="NEW's version number against OLD's; null = unknown")
    ]
    signer: Annotated[
        Literal["same", "rotated", "other", "partly", "not_verified"],
        Meta(
            description="certificates of signatures that hold; rotated: those of OLD are former ones of NEW, whose "
            "keys signed for those that came after; partly: some in common; "
            "not_verified: in one version no signature holds, or one does not"
        ),
    ]
    coverage: list[CoverageChange]
    sheet: list[SheetChange]
    standings: list[StandingChange]
    permissions: list[PermissionChange]
    reads: list[ReadChange]
    sdks: list[SdkChange]
    hosts: list[HostChange]

    def seen(self, kind: str) -> CoverageChange:
        """Return how far a kind could be read in both."""
        return next(c for c in self.coverage if c.looked_for == kind)

    @property
    def unchanged(self) -> bool:
        """Whether nothing that is compared differs, the names and hashes of the files aside."""
        same = ("package", "label", "version_name", "version_code", "min_sdk", "target_sdk", "certificates")
        return (
            all(getattr(self.old, name) == getattr(self.new, name) for name in same)
            and not any((self.sheet, self.standings, self.permissions, self.reads, self.sdks, self.hosts))
            and all(c.change == "same" for c in self.coverage)
        )
