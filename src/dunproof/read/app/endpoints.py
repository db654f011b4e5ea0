"""Hosts named in an app: in the texts that its code loads, in its constants, pages, scripts and resources.

An address in code belongs to the class that loads it; one that no instruction loads stands where its bytes stand and
belongs to nobody. A host in a text is named, not called: what is sent only recorded traffic can show.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.app import catalogue, hosts
from dunproof.read.app.code.program import Code
from dunproof.read.app.owners import NOBODY, Owner, Owners
from dunproof.read.app.package import place
from dunproof.read.app.package.bundle import Package
from dunproof.read.app.package.place import Within

if TYPE_CHECKING:
    from dunproof.read.formats.arsc import Resources
    from dunproof.read.formats.dex import Dex

_STRINGS_CAP: Final = 20_000
"""Texts with addresses that are looked at in one dex."""
_USES_CAP: Final = 8
_TEXT_CAP: Final = 65_536
_BLOB_CAP: Final = 64 * 1024 * 1024
_RUN: Final = re.compile(rb"(?:https?|wss?)://[\x20-\x7e]+")


class Named(msgspec.Struct, frozen=True):
    """A host at a place: address as it stands ('' for a bare host), whose code or file names it, tier, doubt."""

    host: str
    url: str
    owner: Owner
    loc: str
    tier: str
    doubtful: bool


class Endpoint(msgspec.Struct, frozen=True):
    """A host of one owner, its first naming and the places of further ones."""

    first: Named
    further: tuple[str, ...]


def gather(named: Iterable[Named]) -> list[Endpoint]:
    """Return one endpoint for each host and owner; the surest naming comes first."""
    groups: dict[tuple[str, str | None, str | None], list[Named]] = {}
    for one in named:
        groups.setdefault((one.host, one.owner.kind, one.owner.name), []).append(one)
    found = []
    for rows in groups.values():
        rows.sort(key=lambda r: (r.doubtful, r.tier != "exact"))
        places = dict.fromkeys(r.loc for r in rows[1:] if r.loc != rows[0].loc)
        found.append(Endpoint(rows[0], tuple(places)[:_USES_CAP]))
    return found


def in_code(code: Code, owners: Owners) -> Iterator[Named]:
    """Yield the hosts in the texts of all dex files, by file and text."""
    for n, unit in enumerate(code.units):
        dex = unit.dex
        named = dict(_texts(dex))
        if not named:
            continue
        uses: dict[int, list[tuple[Owner, str]]] = {}
        for index, call in code.strings(n, list(named)):
            rows = uses.setdefault(index, [])
            if len(rows) < _USES_CAP:
                owner = owners.of(code.caller(call).cls)
                rows.append((owner, place.insn(unit, call.unit)))
        for row in code.statics(n):
            if row.string in named and row.string not in uses:
                owner = owners.of(dex.type(int(dex.class_defs["cls"][row.row])))
                uses[row.string] = [(owner, place.span(unit.within, unit.member, *dex.string_place(row.string)))]
        for index, found in named.items():
            places = uses.get(index) or [(NOBODY, place.span(unit.within, unit.member, *dex.string_place(index)))]
            for owner, loc in places:
                for one in found:
                    tier = "heuristic" if not one.url else "exact" if index in uses else "derived"
                    yield Named(one.host, one.url, owner, loc, tier, one.prose)


def in_file(within: Within, name: str, text: str) -> Iterator[Named]:
    """Yield the hosts in a text file of the app; it belongs to nobody that its name tells."""
    for one in hosts.find(text):
        yield Named(one.host, one.url, NOBODY, place.words(within, name, one.start, one.stop), "exact", one.prose)


def in_blobs(package: Package) -> Iterator[Named]:
    """Yield the hosts in the compiled code of a hybrid app, of one processor: the others hold the same."""
    libraries = {lib for row in catalogue.shells() if row.kind == "hybrid" for lib in row.hidden}
    told: set[str] = set()
    for name in package.archive.names():
        short = name.rpartition("/")[2]
        entry = package.archive.all(name)[0]
        if name.startswith("lib/") and short in libraries - told and entry.size_bytes <= _BLOB_CAP:
            told.add(short)
            with contextlib.suppress(ExhibitError):
                yield from in_blob(package.within, name, package.archive.read(entry))


def in_blob(within: Within, name: str, data: bytes) -> Iterator[Named]:
    """Yield the hosts in the printable runs of a binary file, such as compiled Dart."""
    for at in _hits(data, b"://")[:_STRINGS_CAP]:
        run = _RUN.search(data, max(0, at - 5), at + 1024)
        if run is not None:
            for one in hosts.find(run[0].decode("ascii")):
                loc = place.span(within, name, run.start() + one.start, one.stop - one.start)
                yield Named(one.host, one.url, NOBODY, loc, "heuristic", one.prose)


def in_resources(within: Within, name: str, table: Resources) -> Iterator[Named]:
    """Yield the hosts in the texts of a resource table."""
    for index in table.pool.holding("://")[:_STRINGS_CAP]:
        for one in hosts.find(table.pool[index]):
            loc = place.span(within, name, *table.pool.place(index))
            yield Named(one.host, one.url, NOBODY, loc, "exact", one.prose)


def _texts(dex: Dex) -> Iterator[tuple[int, list[hosts.Found]]]:
    """Yield the texts of a dex that name hosts."""
    import numpy as np

    places = _hits(dex.data, b"://", *dex.text_span)
    for suffix in catalogue.host_suffixes():
        places += _hits(dex.data, f".{suffix}\0".encode(), *dex.text_span)
    for index in dex.strings_at(np.array(sorted(places), dtype=np.int64)).tolist()[:_STRINGS_CAP]:
        text = dex.string(index)[:_TEXT_CAP]
        found = list(hosts.find(text))
        if found:
            yield index, found
        elif "://" not in text and (host := hosts.bare(text)):
            yield index, [hosts.Found(host, "", 0, len(text), prose=False)]


def _hits(data: bytes, part: bytes, start: int = 0, stop: int | None = None) -> list[int]:
    """Return the offsets of some bytes in a part of a buffer."""
    found: list[int] = []
    at = data.find(part, start, stop)
    while at >= 0 and len(found) < 10 * _STRINGS_CAP:
        found.append(at)
        at = data.find(part, at + 1, stop)
    return found
