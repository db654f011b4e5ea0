"""The tables of this wing: sources of personal data, permissions, third-party code, packers."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

import msgspec

RESOLVED_BY_ARGUMENT: Final = frozenset({"by_uri", "by_key"})


class Source(msgspec.Struct, frozen=True):
    """A method that reads personal data (or limits what can be seen: effect ``visibility``)."""

    id: str
    category: str
    cls: str
    name: str
    proto: str
    arg: int | None
    """Register position that holds URI or key, receiver = 0; None if the category is fixed."""
    subclasses: bool
    effect: str


class ContentUri(msgspec.Struct, frozen=True):
    """A content URI of personal data, and whether a query below it gives single rows only."""

    category: str
    value: str
    one: bool


class SdkRow(msgspec.Struct, frozen=True):
    """A row of the SDK catalogue."""

    id: str
    vendor: str
    entity: str | None
    purpose: str
    prefixes: tuple[str, ...]
    libs: tuple[str, ...]
    components: tuple[str, ...]
    sure: bool
    """Its package prefixes were seen in published code."""


class ShellRow(msgspec.Struct, frozen=True):
    """A packer or hybrid framework: classes, libraries and files that tell it."""

    kind: str
    name: str
    applications: tuple[str, ...]
    libs: tuple[str, ...]
    files: tuple[str, ...]
    prefixes: tuple[str, ...]
    """Packages of classes; a slash at the end of a file is a folder."""
    hidden: tuple[str, ...]
    """Files that hold code or words which cannot be read."""


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("dunproof.read.app") / "data" / name).read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@cache
def sources() -> tuple[Source, ...]:
    """Return the methods that read personal data."""
    return tuple(
        Source(
            r["id"], r["category"], r["cls"], r["name"], r["proto"],
            int(r["arg"]) if r["arg"] else None, r["subclasses"] == "yes", r["effect"],
        )
        for r in _rows("methods.tsv")
    )  # fmt: skip


@cache
def uri_fields() -> dict[str, ContentUri]:
    """Return the framework constants that hold content URIs of personal data, by ``Lcls;->name:type``."""
    rows = _rows("uris.tsv")
    return {r["field"]: ContentUri(r["category"], r["value"], r["one"] == "yes") for r in rows if r["field"] != "-"}


@cache
def _uri_values() -> list[tuple[str, ContentUri]]:
    rows = {r["value"]: ContentUri(r["category"], r["value"], r["one"] == "yes") for r in reversed(_rows("uris.tsv"))}
    return sorted(rows.items(), key=lambda row: -len(row[0]))


def uri(text: str) -> ContentUri | None:
    """Return the row of the longest URI that a content URI equals or lies below; None if it is nobody's data."""
    for value, row in _uri_values():
        if text == value or text.startswith((value + "/", value + "?")):
            return row
    return None


KEYS: Final = {"android_id": "device_id", "deviceUniqueId": "device_id", "bluetooth_address": "device_id"}
"""Keys of Settings and MediaDrm that name the device."""


@cache
def permissions() -> dict[str, str]:
    """Return the category of personal data that each permission opens; '' if none."""
    return {r["permission"]: r["category"] for r in _rows("permissions.tsv")}


@cache
def permission_groups() -> dict[str, str]:
    """Return the permissions that the system asks the user for while the app runs, each with its group."""
    return {r["permission"]: r["perm_group"] for r in _rows("permission_groups.tsv")}


class StoredValue(msgspec.Struct, frozen=True):
    """What a call gives back while nothing is stored yet.

    ``first`` is ``argument`` or ``permission`` (of the register with that number), ``value`` (the number itself) or
    ``unknown``.
    """

    first: str
    argument: int


@cache
def stored_values() -> dict[tuple[str, str], StoredValue]:
    """Return the calls that give back what an earlier run or the user left behind, by class and name."""
    found: dict[tuple[str, str], StoredValue] = {}
    for r in _rows("stored_values.tsv"):
        first, _, number = r["first"].rpartition(" ")
        if r["first"].isdigit():
            found[r["cls"], r["name"]] = StoredValue("value", int(r["first"]))
        elif first:
            found[r["cls"], r["name"]] = StoredValue(first, int(number))
        else:
            found[r["cls"], r["name"]] = StoredValue(r["first"], 0)
    return found


@cache
def sdks() -> tuple[SdkRow, ...]:
    """Return the SDK catalogue."""
    return tuple(
        SdkRow(
            r["id"], r["vendor"], r["entity"] or None, r["purpose"], tuple(r["prefixes"].split()),
            tuple(r["libs"].split()), tuple(r["components"].split()), r["sure"] == "yes",
        )
        for r in _rows("sdks.tsv")
    )  # fmt: skip


@cache
def sdk_meta() -> dict[str, str]:
    """Return the manifest meta-data keys of third-party code, each with the id of its SDK."""
    return {r["key"]: r["sdk"] for r in _rows("sdk_meta.tsv")}


@cache
def shells() -> tuple[ShellRow, ...]:
    """Return the packers and hybrid frameworks."""
    return tuple(
        ShellRow(
            r["kind"],
            r["name"],
            tuple(r["applications"].split()),
            tuple(r["libs"].split()),
            tuple(r["files"].split()),
            tuple(r["prefixes"].split()),
            tuple(r["hidden"].split()),
        )
        for r in _rows("shells.tsv")
    )


@cache
def callbacks() -> frozenset[str]:
    """Return the names of methods that the system calls on objects of the app, beside ``on…``."""
    return frozenset(r["name"] for r in _rows("callbacks.tsv"))


@cache
def agreement_words() -> tuple[str, ...]:
    """Return words of which several stand in every agreement."""
    return tuple(r["word"] for r in _rows("agreement_words.tsv"))


@cache
def ignored_hosts() -> dict[str, tuple[str, ...]]:
    """Return the hosts of addresses that nobody calls, each with the paths it is said of ('' = every path)."""
    found: dict[str, tuple[str, ...]] = {}
    for r in _rows("endpoint_ignored.tsv"):
        found[r["host"]] = (*found.get(r["host"], ()), r["path"])
    return found


@cache
def host_suffixes() -> tuple[str, ...]:
    """Return the ends by which a text without a scheme is read as a host."""
    return tuple(r["suffix"] for r in _rows("host_suffixes.tsv"))


class ScriptRead(msgspec.Struct, frozen=True):
    """An interface that gives a script personal data."""

    api: str
    category: str
    outcome: str


@cache
def script_reads() -> tuple[ScriptRead, ...]:
    """Return the interfaces of hybrid frameworks that give scripts personal data."""
    return tuple(ScriptRead(r["api"], r["category"], r["outcome"]) for r in _rows("script_reads.tsv"))


@cache
def known_starts() -> tuple[bytes, ...]:
    """Return the first bytes of formats that look random by nature."""
    return tuple(bytes.fromhex(r["hex"]) for r in _rows("known_starts.tsv"))


@cache
def library_resources() -> tuple[str, ...]:
    """Return how the names of texts begin that common libraries bring along."""
    return tuple(r["prefix"] for r in _rows("library_resources.tsv"))


class Prefixes:
    """Package prefixes with what they stand for; the longest match on whole components wins."""

    def __init__(self, rows: dict[str, str]) -> None:
        self._rows = rows

    def match(self, package: str) -> tuple[str, str] | None:
        """Return (prefix, value) of the longest prefix of a dotted name, or None."""
        name = package
        while name:
            if name in self._rows:
                return name, self._rows[name]
            name = name.rpartition(".")[0]
        return None


@cache
def libraries() -> Prefixes:
    """Return the prefixes of general-purpose libraries."""
    return Prefixes({r["prefix"]: r["prefix"] for r in _rows("libraries.tsv")})


@cache
def sdk_prefixes() -> Prefixes:
    """Return the prefixes of the SDK catalogue with the ids of the rows that share each, joined by a space."""
    rows: dict[str, str] = {}
    for sdk in sdks():
        for prefix in sdk.prefixes:
            rows[prefix] = f"{rows[prefix]} {sdk.id}" if prefix in rows else sdk.id
    return Prefixes(rows)
