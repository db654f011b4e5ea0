"""The calls of an app that read personal data, each with category, URI or key, outcome and scope."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.catalogue import Source
from dunproof.read.app.code import texts
from dunproof.read.app.code.program import Call, Code
from dunproof.read.app.code.value import Value
from dunproof.read.app.code.values import URI, Values, arguments
from dunproof.read.app.owners import Owner, Owners
from dunproof.read.app.package import place
from dunproof.read.app.package.limit import Limit
from dunproof.read.formats import dalvik
from dunproof.read.formats.dex import Method

_SELECTS: Final = frozenset({"query", "managedQuery", "startQuery", "<init>"})
_ORDERED: Final = "Ljava/lang/String;[Ljava/lang/String;Ljava/lang/String;"
"""Selection, its arguments and the order, in a prototype."""
_LAUNCHER: Final = "android.intent.category.LAUNCHER"
_CLASS_METHODS: Final = 400
_SHOWN: Final = 8
"""Addresses that are named."""
_CONTENT: Final = re.compile(r"content://([A-Za-z][\w.-]*)(?![^/?#])")
_MIME: Final = {
    "vnd.android.cursor.dir/contact": "contacts", "vnd.android.cursor.item/contact": "contacts",
    "vnd.android.cursor.dir/phone_v2": "contacts", "vnd.android.cursor.item/phone_v2": "contacts", "image/*": "media",
    "video/*": "media",
}  # fmt: skip
"""Types that an app asks a picker for."""
_CONTRACTS: Final = {
    f"Landroidx/activity/result/contract/ActivityResultContracts${name};": category
    for name, category in (
        ("PickContact", "contacts"),
        ("PickVisualMedia", "media"),
        ("PickMultipleVisualMedia", "media"),
    )
}
"""Pickers that an app makes as objects."""


class Site(msgspec.Struct, frozen=True):
    """A call of a method of the catalogue."""

    source: Source
    call: Call
    callee: Method
    caller: Method
    offset: int
    """Byte offset of the instruction in its dex."""


class Reading(msgspec.Struct, frozen=True):
    """What one call reads: category and URI None where the code does not settle them."""

    site: Site
    category: str | None
    uri: str | None
    outcome: str | None
    scope: str | None
    tier: str
    doubtful: bool


def find(code: Code) -> list[Site]:
    """Return the calls of all catalogue methods, by dex and place; those that only limit what is seen among them."""
    by_name: dict[str, list[Source]] = {}
    for source in catalogue.sources():
        by_name.setdefault(source.name, []).append(source)
    sites: list[Site] = []
    for n, unit in enumerate(code.units):
        dex = unit.dex
        found: dict[int, tuple[Method, list[Source]]] = {}
        for index, source in _named(code, n, by_name):
            found.setdefault(index, (dex.method(index), []))[1].append(source)
        for index, call in itertools.chain(code.calls_of(n, list(found)), code.named_by_handle(n, set(found))):
            callee, rows = found[index]
            sites += [Site(source, call, callee, code.caller(call), call.unit * 2) for source in rows]
    return sorted(sites, key=lambda s: (s.call, s.source.id))


def _named(code: Code, n: int, by_name: dict[str, list[Source]]) -> Iterator[tuple[int, Source]]:
    """Yield the method references of a dex that mean a method of the catalogue."""
    import numpy as np

    dex = code.units[n].dex
    of_type = code.classes.of_type[n]
    wanted = np.zeros(len(dex.string_ids) + 1, dtype=bool)
    names = {string: name for name in by_name if (string := dex.find_string(name)) is not None}
    wanted[list(names)] = True
    framework = [type_ for t in catalogue.framework_types() if (type_ := dex.find_type(t)) is not None]
    hits = np.flatnonzero(wanted[np.minimum(dex.method_names, len(dex.string_ids))])
    for string, name in names.items():
        sources = by_name[name]
        rows = hits[dex.method_names[hits] == string]
        owners = dex.method_classes[rows]
        for cls in dict.fromkeys(source.cls for source in sources):
            type_ = dex.find_type(cls)
            for index in rows[owners == type_].tolist() if type_ is not None else ():
                callee = dex.method(index)
                yield from ((index, source) for source in _meant([s for s in sources if s.cls == cls], callee))
        if name != "<init>":
            # A call that names a class below and finds the method in a supertype.
            classes = of_type[np.minimum(owners, len(of_type) - 1)]
            below = (classes >= 0) | np.isin(owners, framework)
            for index, cls in zip(rows[below].tolist(), classes[below].tolist(), strict=True):
                callee = dex.method(index)
                same = [s for s in sources if s.proto == callee.proto and s.cls in code.ancestors[callee.cls]]
                if same and (cls < 0 or int(code.classes.signatures[n][index]) not in code.classes.own(cls)):
                    yield from ((index, source) for source in same)


def _meant(sources: list[Source], callee: Method) -> list[Source]:
    """Return the rows that a method of their class and name means; one with arguments that no row knows, the first."""
    exact = [s for s in sources if s.proto == callee.proto]
    first = sources[0]
    if exact or callee.name == "<init>" or first.effect != "read":
        return exact
    if first.category not in catalogue.RESOLVED_BY_ARGUMENT:
        return [first]
    types = arguments(callee.proto)
    return [msgspec.structs.replace(first, arg=1 + types.index(URI))] if first.arg and URI in types else []


class Readings:
    """Turns calls into what they read."""

    def __init__(self, code: Code, owners: Owners, values: Values | None = None) -> None:
        self.code = code
        self.owners = owners
        self.values = Values(code) if values is None else values
        self._around: dict[str, frozenset[str]] = {}
        self._strange: dict[str, Site] = {}
        """Addresses that the catalogue does not know and that are not the app's own, with the first call to each."""

    def of(self, site: Site) -> Iterator[Reading]:
        """Yield one reading for each category that a call can read; nothing for a call that reads no personal data."""
        source = site.source
        if source.effect != "read":
            return
        if source.category == "by_key":
            yield from self._by_key(site)
        elif source.category == "by_uri":
            yield from self._by_uri(site)
        else:
            sure = source.id not in {"ext.dir", "apps.queryIntent"} or (
                source.id == "apps.queryIntent" and self._says(site, _LAUNCHER)
            )
            tier = "exact" if sure else "heuristic"
            yield Reading(site, source.category, "", "resolved", "all", tier, not sure)

    def mirrored(self, site: Site) -> list[Reading] | None:
        """Return what a call by reflection reads, None where the code does not settle which method it calls."""
        found = [v for v in self.values.argument(site.call, 0) if v.kind != "null"]
        if not found or any(v.kind != "method" for v in found):
            return None
        readings: list[Reading] = []
        for value in sorted(found):
            cls, _, name = value.text.partition("->")
            rows = [s for s in catalogue.sources() if s.cls == cls and s.name == name and s.effect == "read"]
            for source in rows[:1]:
                open_ = source.category in catalogue.RESOLVED_BY_ARGUMENT
                readings.append(Reading(
                    Site(source, site.call, Method(cls, name, ""), site.caller, site.offset),
                    None if open_ else source.category, None if open_ else "", None if open_ else "resolved",
                    None if open_ else "all", "derived", doubtful=False,
                ))  # fmt: skip
        return readings

    def _says(self, site: Site, text: str) -> bool:
        dex = self.code.units[site.call.dex].dex
        insns = self.values.flow(site.call.dex, site.call.row).insns
        return any(dalvik.REFERENCE.get(i.op) == "string" and dex.string(i.index) == text for i in insns)

    def _by_key(self, site: Site) -> Iterator[Reading]:
        found = self.values.argument(site.call, site.source.arg or 0)
        for value in sorted(found):
            if value.kind == "string" and value.text in catalogue.KEYS:
                tier = "exact" if len(found) == 1 else "derived"
                yield Reading(site, catalogue.KEYS[value.text], value.text, "resolved", "all", tier, doubtful=False)
        yield from self._open(site, found)

    def _by_uri(self, site: Site) -> Iterator[Reading]:
        position = site.source.arg or 0
        found = self.values.argument(site.call, position)
        tier = "exact" if len(found) == 1 else "derived"
        seen: set[tuple[str, str, str | None]] = set()
        for value in sorted(found):
            sure, whole = texts.known(value.text) if value.kind in {"uri", "string"} else ("", True)
            row = catalogue.uri(sure)
            if row is None:
                self._note(site, sure)
                continue
            table = whole and not row.one and sure.rstrip("/") == row.value
            scope = self._scope(site, position) if table else None
            if (row.category, sure, scope) not in seen:
                seen.add((row.category, sure, scope))
                yield Reading(site, row.category, sure, "resolved", scope, tier, doubtful=False)
        if any(v.kind == "picked" for v in found):
            named: list[str | None] = [*sorted(self._picks(site.caller.cls))]
            for category in named or [None]:
                yield Reading(site, category, "", "picker", "picked", "derived", doubtful=False)
        if any(v.kind == "documents" for v in found):
            yield Reading(site, "files", "", "documents", "picked", "derived", doubtful=False)
        yield from self._open(site, found)

    def _note(self, site: Site, address: str) -> None:
        """Keep an address at which another app or the system answers with nobody knows what."""
        found = _CONTENT.match(address)
        own = self.owners.package
        if found and found[1] != "null" and not (own and f"{found[1]}.".startswith(f"{own}.")):
            self._strange.setdefault(found[0], site)

    def strange(self) -> Iterator[Limit]:
        """Yield the addresses met so far that nobody is known for: a sign of no kind of data, and against none."""
        if self._strange:
            site = next(iter(self._strange.values()))
            more = len(self._strange) - _SHOWN
            shown = ", ".join([*list(self._strange)[:_SHOWN], *([f"{more} more"] if more > 0 else [])])
            at = place.insn(self.code.units[site.call.dex], site.call.unit)
            yield Limit("address-unknown", f"{shown}; first in {site.caller.key}", at, kinds=())

    def _open(self, site: Site, found: frozenset[Value]) -> Iterator[Reading]:
        """Yield the reading of a call whose argument comes from where the code does not say."""
        if not found or any(_is_open(v) for v in found):
            general = self.owners.of(site.caller.cls).kind == "library"
            yield Reading(
                site, None, None, "parameter_of_library" if general else None, None, "derived", doubtful=False
            )

    def _scope(self, site: Site, position: int) -> str | None:
        """Return ``all`` where a query leaves nothing out: no selection, no limit. None if it may give less."""
        if site.callee.name not in _SELECTS:
            return None
        selection = self.values.argument(site.call, position + 2)
        if not selection or any(v.kind != "null" for v in selection):
            return None
        if _ORDERED not in site.callee.proto:
            return "all"
        order = self.values.argument(site.call, position + 4)
        return "all" if order and all(_keeps_all(v) for v in order) else None

    def _picks(self, cls: str) -> frozenset[str]:
        """Return the categories that a class, or one nested in it, names for a picker."""
        house = cls.partition("$")[0].rstrip(";")
        if house not in self._around:
            self._around[house] = frozenset(self._named(house))
        return self._around[house]

    @cached_property
    def _houses(self) -> list[dict[str, list[int]]]:
        """Of each dex the rows of the classes of each outer class, itself among them."""
        found: list[dict[str, list[int]]] = []
        for unit in self.code.units:
            found.append({})
            for row, name in enumerate(unit.dex.classes()):
                found[-1].setdefault(name.partition("$")[0].rstrip(";"), []).append(row)
        return found

    def _named(self, house: str) -> Iterator[str]:
        import numpy as np

        for n, dexes in enumerate(self._houses):
            dex = self.code.units[n].dex
            items = dex.items
            spans = [np.searchsorted(items.class_row, [row, row + 1]).tolist() for row in dexes.get(house, ())]
            for i in itertools.islice((i for span in spans for i in range(*span)), _CLASS_METHODS):
                if not items.code[i]:
                    continue
                for insn in self.values.flow(n, i).insns:
                    reference = dalvik.REFERENCE.get(insn.op)
                    if reference == "field" and (row := catalogue.uri_fields().get(dex.field(insn.index))):
                        yield row.category
                    elif reference == "type" and dex.type(insn.index) in _CONTRACTS:
                        yield _CONTRACTS[dex.type(insn.index)]
                    elif reference == "string":
                        text = dex.string(insn.index)
                        named = catalogue.uri(text) if text.startswith("content://") else None
                        if named:
                            yield named.category
                        elif text in _MIME:
                            yield _MIME[text]


def _keeps_all(order: Value) -> bool:
    """Return whether an order of rows has no limit in it."""
    return order.kind == "null" or (
        order.kind == "string" and texts.HOLE not in order.text and "limit" not in order.text.lower()
    )


def _is_open(value: Value) -> bool:
    """Return whether a value does not tell what is read."""
    if value.kind in {"uri", "string"}:
        return texts.known(value.text) == ("", False)
    return value.kind not in {"null", "picked", "documents", "own"}


def owner(owners: Owners, site: Site) -> Owner:
    """Return for whom a call runs."""
    return owners.of(site.caller.cls)
