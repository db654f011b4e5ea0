"""Hosts named in an app: in the texts that its code loads, in its constants, pages, scripts and resources.

An address in code belongs to the class that loads it; one that no instruction loads stands where its bytes stand and
belongs to nobody. A host in a text is named, not called: what is sent only recorded traffic can show.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.app import catalogue, hosts, joined
from dunproof.read.app.code.program import Call, Code
from dunproof.read.app.code.values import Values
from dunproof.read.app.owners import NOBODY, Owner, Owners
from dunproof.read.app.package import js, place
from dunproof.read.app.package.bundle import Package
from dunproof.read.app.package.files import SCRIPTS
from dunproof.read.app.package.limit import Work
from dunproof.read.app.package.place import Within
from dunproof.read.formats import axml

if TYPE_CHECKING:
    from dunproof.read.formats.arsc import Resources
    from dunproof.read.formats.dex import Dex

_STRINGS_CAP: Final = 20_000
"""Texts with addresses that are looked at in one dex."""
_ONE: Final = 300
"""Characters of work that one host counts as: it is kept with its places."""
TEXT_HOSTS_CAP: Final = 50_000
"""Hosts of one file that are told."""
_USES_CAP: Final = 8
_DESCRIPTIONS: Final = ("/package.json", "/bower.json", "/component.json", "/composer.json")
"""Files by which packages of scripts are published: addresses of projects, for people."""
_LICENCE_HEAD: Final = 262_144
_LICENCE_WORDS: Final = 2
_METHODS_CAP: Final = 500
_BEGUN: Final = re.compile(r"://(?:[\w.-]{0,60}\Z|[\w.-]{0,60}[%{$\ufffc])")
"""An address of which the host is to come, whole or in part."""
_TEXT_CAP: Final = 65_536
_SETTINGS_CAP: Final = 256 * 1024
_SETTINGS_ALL_CAP: Final = 16 * 1024 * 1024
"""Bytes of one file of rules for connections, and of all that may be one: an app has one, beside some layouts."""
_BLOB_CAP: Final = 64 * 1024 * 1024
_RUN: Final = re.compile(rf"(?:{hosts.SCHEMES})://[\x20-\x7e]+".encode(), re.IGNORECASE)
_NUMBERS: Final = re.compile(rb"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}:[0-9]{2,5}\0")
_SIGNS: Final = tuple(sign.encode() for sign in (*hosts.SLASHES, *hosts.BASE64_MARKS))
MARKS: Final = (*_SIGNS, b'"//', b"'//")
"""Bytes of which some stand in every text that names an address."""


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


def in_code(code: Code, owners: Owners, work: Work) -> Iterator[Named]:
    """Yield the hosts in the texts of all dex files, by file and text."""
    for n, unit in enumerate(code.units):
        dex = unit.dex
        named = dict(_texts(dex, work))
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
                    sure = index in uses and not one.coded
                    tier = "heuristic" if not one.url else "exact" if sure else "derived"
                    yield Named(one.host, one.url, owner, loc, tier, one.prose)


def in_joined(code: Code, owners: Owners, values: Values, work: Work) -> Iterator[Named]:
    """Yield the hosts of the addresses that methods put together of parts, none of which names the host alone."""
    methods: dict[tuple[int, int], Call] = {}
    for n, unit in enumerate(code.units):
        places = {at for sign in _SIGNS[:1] for at in _hits(unit.dex.data, sign, *unit.dex.text_span)}
        begun = [i for i in _indexes(unit.dex, places) if _BEGUN.search(unit.dex.string(i)[:_TEXT_CAP])]
        for _, call in code.strings(n, begun):
            if owners.of(code.caller(call).cls).kind != "library":
                methods.setdefault((n, call.row), call)
    for (n, row), call in itertools.islice(methods.items(), _METHODS_CAP):
        owner = owners.of(code.caller(call).cls)
        for at, text in joined.texts(code, values, n, row):
            for one in hosts.find(text) if work.spend(len(text)) else ():
                if work.spend(_ONE):
                    yield Named(one.host, one.url, owner, place.insn(code.units[n], at), "derived", one.prose)


def in_file(within: Within, name: str, text: str) -> Iterator[Named]:
    """Yield the hosts in a text file of the app; it belongs to nobody that its name tells.

    What stands in a comment, a licence or the description of a package of scripts is called by nobody.
    """
    found = _find(text)
    if not found or name.lower().endswith(_DESCRIPTIONS) or _is_licence(name, text):
        return
    tokens = js.script(name, text)
    for one in found:
        if tokens.is_comment(one.start):
            continue
        loc = place.words(within, name, one.start, one.stop)
        yield Named(one.host, one.url, NOBODY, loc, "derived" if one.coded else "exact", one.prose)


def _is_licence(name: str, text: str) -> bool:
    """Return whether a text that is no script has words of several licences, or of one more than once."""
    if name.lower().endswith(SCRIPTS) and not name.lower().endswith(".json"):
        return False
    low = text[:_LICENCE_HEAD].casefold()
    return sum(min(2, low.count(words)) for words in catalogue.software_words("licence")) >= _LICENCE_WORDS


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
        run = _RUN.search(data, max(0, at - 6), at + 1024)
        if run is not None:
            for one in hosts.find(run[0].decode("ascii")):
                loc = place.span(within, name, run.start() + one.start, one.stop - one.start)
                yield Named(one.host, one.url, NOBODY, loc, "heuristic", one.prose)


def in_network_config(package: Package, work: Work) -> Iterator[Named]:
    """Yield the domains that the rules of an app for its connections name (network-security-config)."""
    marks = tuple("network-security-config".encode(encoding) for encoding in ("utf-8", "utf-16-le"))
    left = _SETTINGS_ALL_CAP
    for name in package.archive.names():
        entry = package.archive.all(name)[0]
        if not name.startswith(("res/xml/", "r/")) or not name.endswith(".xml") or entry.size_bytes > _SETTINGS_CAP:
            continue
        left -= entry.size_bytes
        if left < 0:
            work.cut = True
            return
        with contextlib.suppress(ExhibitError):
            data = package.archive.read(entry, _SETTINGS_CAP)
            if not any(mark in data for mark in marks):
                continue
            for words in axml.parse(data).words:
                host = words.text.strip().lower()
                if words.element != "domain" or not hosts.is_host(host) or hosts.is_ignored(host):
                    continue
                if work.spend(_ONE):
                    loc = place.span(package.within, name, words.offset, words.length)
                    yield Named(host, "", NOBODY, loc, "exact", doubtful=False)


def in_resources(within: Within, name: str, table: Resources, work: Work) -> Iterator[Named]:
    """Yield the hosts in the texts of a resource table."""
    indexes = sorted({i for sign in _SIGNS for i in table.pool.holding(sign.decode())})
    work.cut |= len(indexes) > _STRINGS_CAP
    for index in indexes[:_STRINGS_CAP]:
        for one in _find(table.pool[index], work):
            loc = place.span(within, name, *table.pool.place(index))
            yield Named(one.host, one.url, NOBODY, loc, "derived" if one.coded else "exact", one.prose)


def _texts(dex: Dex, work: Work) -> Iterator[tuple[int, list[hosts.Found]]]:
    """Yield the texts of a dex that name hosts."""
    places = [at for sign in _SIGNS for at in _hits(dex.data, sign, *dex.text_span)]
    indexes = _indexes(dex, itertools.chain(places, _bare(dex)))
    work.cut |= len(indexes) >= _STRINGS_CAP
    for index in indexes:
        text = dex.string(index)[:_TEXT_CAP]
        found = _find(text, work)
        if found:
            yield index, found
        elif "://" not in text and (host := hosts.bare(text)):
            yield index, [hosts.Found(host, "", 0, len(text), prose=False)]


def _bare(dex: Dex) -> Iterator[int]:
    """Yield places of the texts of a dex that may be hosts without a scheme, by how they end."""
    for end in itertools.islice(_ends().finditer(dex.data, *dex.text_span), 10 * _STRINGS_CAP):
        if end[1] is None:
            yield end.start()
        elif (numbers := _NUMBERS.search(dex.data, max(0, end.start() - 12), end.end())) is not None:
            yield numbers.start()


@cache
def _ends() -> re.Pattern[bytes]:
    """Return what a host without a scheme ends with: a known suffix, or a number with a port behind it.

    A pattern that begins with one known byte is looked for as fast as that byte.
    """
    suffixes = "|".join(map(re.escape, catalogue.host_suffixes()))
    return re.compile(rf"\.(?:(?:{suffixes})[\0:]|([0-9]{{1,3}}):[0-9]{{2,5}}\0)".encode())


def _indexes(dex: Dex, places: Iterable[int]) -> list[int]:
    """Return the texts of a dex in which some places of the file lie."""
    import numpy as np

    found: list[int] = dex.strings_at(np.array(sorted(places), dtype=np.int64)).tolist()
    return found[:_STRINGS_CAP]


def _find(text: str, work: Work | None = None) -> list[hosts.Found]:
    """Return the hosts in a text; the first of them where the work that is left, or one text, allows no more."""
    if work is None:
        return list(itertools.islice(itertools.chain(hosts.find(text), hosts.encoded(text)), TEXT_HOSTS_CAP))
    if not work.spend(len(text)):
        return []
    return list(itertools.takewhile(lambda _: work.spend(_ONE), itertools.chain(hosts.find(text), hosts.encoded(text))))


def _hits(data: bytes, part: bytes, start: int = 0, stop: int | None = None) -> list[int]:
    """Return the offsets of some bytes in a part of a buffer."""
    found: list[int] = []
    at = data.find(part, start, stop)
    while at >= 0 and len(found) < 10 * _STRINGS_CAP:
        found.append(at)
        at = data.find(part, at + 1, stop)
    return found
