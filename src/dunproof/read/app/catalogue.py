"""The tables of this wing: sources of personal data, permissions, third-party code, packers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from dunproof.errors import UseError

_DATA: Final = Path(__file__).with_name("data")
"""``importlib.resources`` would load modules for temporary files and archives into each reading process."""
RESOLVED_BY_ARGUMENT: Final = frozenset({"by_uri", "by_key"})
BASES: Final = ("verified", "prefix_seen", "rule_only", "libs_or_components_only", "unverified", "case")
"""Libraries or components and prefixes seen; prefixes seen; name alone; prefixes not checked; nobody has checked the
row; row of the case's own list."""
DATA_BASES: Final = ("", "vendor", "list", "names", "unverified")
_SDK_COLUMNS: Final = (
    "id", "name", "vendor", "entity", "entity_source", "purpose", "prefixes", "libs", "components", "sure", "verified",
    "data_taken", "data_basis", "data_source", "source", "licence", "date",
)  # fmt: skip
_SDK_NEEDED: Final = ("id", "name", "vendor", "source", "date")
_SDK_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}\Z")
_PACKAGE: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,12}\Z", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
SDK_ROWS_CAP: Final = 2000
"""Rows of a further list; the shipped one has about 80."""


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
    basis: str
    """What stands behind the row: see ``BASES``."""
    data_taken: str
    """Categories of data that it is said to take, with blanks between them; '' = nothing is on record."""
    data_basis: str
    """Who says so: vendor, list, names, unverified; '' = nobody."""

    @property
    def checked(self) -> bool:
        """Somebody has compared the row with its source."""
        return self.basis != "unverified"


class ShellRow(msgspec.Struct, frozen=True):
    """A packer or hybrid framework: classes, libraries and files that tell it."""

    kind: str
    name: str
    applications: tuple[str, ...]
    libs: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    """What the whole name of a library matches."""
    files: tuple[str, ...]
    prefixes: tuple[str, ...]
    """Packages of classes; a slash at the end of a file is a folder."""
    hidden: tuple[str, ...]
    """Files that hold code or words which cannot be read."""


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of this wing, each by the names of its columns."""
    text = (_DATA / name).read_text(encoding="utf-8")
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
        for r in table("methods.tsv")
    )  # fmt: skip


@cache
def uri_fields() -> dict[str, ContentUri]:
    """Return the framework constants that hold content URIs of personal data, by ``Lcls;->name:type``."""
    rows = table("uris.tsv")
    return {r["field"]: ContentUri(r["category"], r["value"], r["one"] == "yes") for r in rows if r["field"] != "-"}


@cache
def _uri_values() -> list[tuple[str, ContentUri]]:
    rows = {r["value"]: ContentUri(r["category"], r["value"], r["one"] == "yes") for r in reversed(table("uris.tsv"))}
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
    return {r["permission"]: r["category"] for r in table("permissions.tsv")}


@cache
def permission_groups() -> dict[str, str]:
    """Return the permissions that the system asks the user for while the app runs, each with its group."""
    return {r["permission"]: r["perm_group"] for r in table("permission_groups.tsv")}


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
    for r in table("stored_values.tsv"):
        first, _, number = r["first"].rpartition(" ")
        if r["first"].isdigit():
            found[r["cls"], r["name"]] = StoredValue("value", int(r["first"]))
        elif first:
            found[r["cls"], r["name"]] = StoredValue(first, int(number))
        else:
            found[r["cls"], r["name"]] = StoredValue(r["first"], 0)
    return found


def _sdk(r: dict[str, str], basis: str) -> SdkRow:
    return SdkRow(
        r["id"], r["vendor"], r["entity"] or None, r["purpose"], tuple(r["prefixes"].split()),
        tuple(r["libs"].split()), tuple(r["components"].split()), r["sure"] == "yes", basis, r["data_taken"],
        r["data_basis"],
    )  # fmt: skip


class Sdks:
    """The SDK catalogue, with the prefixes of its rows."""

    def __init__(self, rows: tuple[SdkRow, ...]) -> None:
        self.rows = rows
        ids: dict[str, str] = {}
        for sdk in rows:
            for prefix in sdk.prefixes:
                ids[prefix] = f"{ids[prefix]} {sdk.id}" if prefix in ids else sdk.id
        self.prefixes = Prefixes(ids)
        """Each prefix with the ids of the rows that share it, joined by a space."""

    def __iter__(self) -> Iterator[SdkRow]:
        return iter(self.rows)


@cache
def sdks(further: str = "") -> Sdks:
    """Return the shipped SDK catalogue and the rows of a further list, which stand for shipped rows of the same id.

    ``further`` is the text of the list, '' = none. Raises UseError where it is none.
    """
    rows = {r["id"]: _sdk(r, r["verified"].replace("-", "_")) for r in table("sdks.tsv")}
    for row in further_sdks(further):
        rows[row.id] = row
    return Sdks(tuple(rows.values()))


def further_sdks(text: str) -> tuple[SdkRow, ...]:
    """Return the rows of a list that a case brings along. Raises UseError with the line that cannot be used.

    It is a table with tabs and a line of column names, those of data/sdks.tsv; # begins a line that is not read.
    """
    columns: list[str] = []
    found: list[SdkRow] = []
    for n, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if not columns:
            columns = cells
            wrong = [c for c in columns if c not in _SDK_COLUMNS] + [c for c in _SDK_NEEDED if c not in columns]
            if wrong or len(set(columns)) != len(columns):
                raise _no_row(n, f"no list of SDKs by its columns: {', '.join(wrong) or 'one stands twice'}")
            continue
        if len(cells) != len(columns):
            raise _no_row(n, f"{len(cells)} cells, {len(columns)} columns")
        row = dict.fromkeys(_SDK_COLUMNS, "") | dict(zip(columns, cells, strict=True))
        _check_row(n, row)
        if "sure" not in columns:
            row["sure"] = "yes"
        found.append(_sdk(row, "unverified" if row["verified"] == "unverified" else "case"))
        if len(found) > SDK_ROWS_CAP:
            raise _no_row(n, f"more than {SDK_ROWS_CAP} rows")
    return tuple(found)


def _check_row(n: int, row: dict[str, str]) -> None:
    """Refuse a row that could not be told apart, could not be looked up, or would match everything."""
    if not _SDK_ID.match(row["id"]):
        raise _no_row(n, f"no id: {row['id']!r}")
    if empty := [c for c in _SDK_NEEDED if not row[c]]:
        raise _no_row(n, f"empty: {', '.join(empty)}")
    if not _DAY.match(row["date"]):
        raise _no_row(n, f"no day: {row['date']!r}")
    if wrong := [p for p in row["prefixes"].split() if not _PACKAGE.match(p) or "." not in p]:
        raise _no_row(n, f"no package of two parts or more: {wrong[0]!r}")
    if row["entity"] and not row["entity_source"]:
        raise _no_row(n, "an entity without entity_source")
    if row["data_basis"] not in DATA_BASES or bool(row["data_taken"]) != bool(row["data_basis"]):
        raise _no_row(n, "data_taken needs data_basis: vendor, list, names or unverified")


def _no_row(n: int, what: str) -> UseError:
    needed = ", ".join(_SDK_NEEDED)
    return UseError(f"list of SDKs, line {n}: {what}", hint=f"tabs between cells; needed columns: {needed}")


@cache
def sdk_meta() -> dict[str, str]:
    """Return the manifest meta-data keys of third-party code, each with the id of its SDK."""
    return {r["key"]: r["sdk"] for r in table("sdk_meta.tsv")}


@cache
def shells() -> tuple[ShellRow, ...]:
    """Return the packers and hybrid frameworks."""
    return tuple(
        ShellRow(
            r["kind"],
            r["name"],
            tuple(r["applications"].split()),
            tuple(r["libs"].split()),
            tuple(re.compile(p) for p in r["patterns"].split()),
            tuple(r["files"].split()),
            tuple(r["prefixes"].split()),
            tuple(r["hidden"].split()),
        )
        for r in table("shells.tsv")
    )


@cache
def callbacks() -> frozenset[str]:
    """Return the names of methods that the system calls on objects of the app, beside ``on…``."""
    return frozenset(r["name"] for r in table("callbacks.tsv"))


@cache
def made_by_name() -> frozenset[str]:
    """Return the classes of which the system or a library makes objects below, given the class alone."""
    return frozenset(r["cls"] for r in table("made_by_name.tsv"))


@cache
def container_calls(*effects: str) -> frozenset[str]:
    """Return the names of calls of lists, sets and maps that have one of some effects; of ``keyed``, of classes."""
    return frozenset(r["name"] for r in table("containers.tsv") if r["effect"] in effects)


@cache
def agreement_names() -> tuple[str, ...]:
    """Return what stands in the names of files that hold agreements."""
    return tuple(r["name"] for r in table("agreement_names.tsv"))


@cache
def agreement_words() -> tuple[str, ...]:
    """Return words of which several stand in every agreement."""
    return tuple(r["word"] for r in table("agreement_words.tsv"))


@cache
def ignored_hosts() -> dict[str, tuple[str, ...]]:
    """Return the hosts of addresses that nobody calls, each with the paths it is said of ('' = every path)."""
    found: dict[str, tuple[str, ...]] = {}
    for r in table("endpoint_ignored.tsv"):
        host = r["host"].lower()
        found[host] = (*found.get(host, ()), r["path"])
    return found


@cache
def software_words(kind: str = "") -> tuple[str, ...]:
    """Return what stands in papers about software, in lower case: of a kind (licence, changes, manual), or of all."""
    return tuple(r["words"] for r in table("software_words.tsv") if kind in ("", r["kind"]))


@cache
def host_suffixes() -> tuple[str, ...]:
    """Return the ends by which a text without a scheme is read as a host."""
    return tuple(r["suffix"] for r in table("host_suffixes.tsv"))


@cache
def framework_types() -> dict[str, list[str]]:
    """Return the supertypes of types of the framework from which apps inherit a method of the catalogue."""
    found: dict[str, list[str]] = {}
    for r in table("framework_types.tsv"):
        found.setdefault(r["type"], []).append(r["supertype"])
    return found


class ScriptRead(msgspec.Struct, frozen=True):
    """An interface that gives a script personal data."""

    api: str
    category: str
    outcome: str


@cache
def script_reads() -> tuple[ScriptRead, ...]:
    """Return the interfaces of hybrid frameworks that give scripts personal data."""
    return tuple(ScriptRead(r["api"], r["category"], r["outcome"]) for r in table("script_reads.tsv"))


@cache
def known_starts() -> tuple[bytes, ...]:
    """Return the first bytes of formats that look random by nature."""
    return tuple(bytes.fromhex(r["hex"]) for r in table("known_starts.tsv"))


@cache
def library_resources() -> tuple[str, ...]:
    """Return how the names of texts begin that common libraries bring along."""
    return tuple(r["prefix"] for r in table("library_resources.tsv"))


class Prefixes:
    """Package prefixes with what they stand for; the longest match on whole components wins."""

    def __init__(self, rows: dict[str, str]) -> None:
        self._rows = rows
        self._below: dict[str, tuple[str, ...]] = {}

    def match(self, package: str) -> tuple[str, str] | None:
        """Return (prefix, value) of the longest prefix of a dotted name, or None."""
        name = package
        while name:
            if name in self._rows:
                return name, self._rows[name]
            name = name.rpartition(".")[0]
        return None

    def below(self, prefix: str) -> tuple[str, ...]:
        """Return the prefixes that lie below one."""
        found = self._below.get(prefix)
        if found is None:
            found = self._below[prefix] = tuple(p for p in self._rows if p.startswith(prefix + "."))
        return found


@cache
def libraries() -> Prefixes:
    """Return the prefixes of general-purpose libraries."""
    return Prefixes({r["prefix"]: r["prefix"] for r in table("libraries.tsv")})


@cache
def houses() -> frozenset[str]:
    """Return package names of one or two parts that many unrelated apps and vendors share."""
    return frozenset(r["house"] for r in table("houses.tsv"))
