"""The files inside an ordinary zip, each handed back to the intake queue; none is written under its own name.

A zip is read through its central directory; where that is broken, through its local headers as far as they go. Every
member is decompressed in pieces against three bounds: its ratio, its size, the size of all. What is left out is named.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import Coverage, Fact, Mint, Problem
from dunproof.facts.locator import Locator
from dunproof.read.source import Member, Source

FORMATS: Final = frozenset({"zip"})
LOOKS_FOR: Final = ("exhibit",)
VERSION: Final = 2

HELD: Final = ("app", "document", "sighting")
"""What a member that could not be opened may have held."""
RATIO: Final = 200
RATIO_FROM: Final = 64 * 1024 * 1024
MEMBER_BYTES: Final = 512 * 1024 * 1024
TOTAL_BYTES: Final = 2 * 1024 * 1024 * 1024
MEMBERS: Final = 20_000
TROUBLES: Final = 500
"""Broken members that are named, of those found by their local headers."""
_PIECE: Final = 1024 * 1024
_BITE: Final = 64 * 1024
_NAME: Final = 4096
"""Bytes of a name; where a header says more, its four bytes of signature stand there by chance."""
_JUNK: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def read(source: Source) -> Iterator[Fact | Member]:
    """Yield a Member for each file of the zip and a Problem for each that was left out."""
    walk = _Walk(source)
    try:
        with zipfile.ZipFile(source.path) as archive:
            yield from walk.directory(archive)
    except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError, OverflowError) as error:
        yield walk.problem(
            "zip-directory-broken", f"the list of members cannot be read ({error}); read by local headers"
        )
        yield from walk.local_headers()
    yield from walk.coverage()


def is_junk(name: str) -> bool:
    """Return whether a member or file is what a desktop system leaves behind, without meaning for a case."""
    return name.startswith(_JUNK[0]) or name.rpartition("/")[2] in _JUNK[1:]


def _odd_name(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return (
        name.startswith(("/", "\\"))
        or ".." in parts
        or "\\" in name
        or name[1:2] == ":"
        or any(ord(c) < 32 for c in name)
    )


def _name(info: zipfile.ZipInfo) -> str:
    """Return the member's name; names without the UTF-8 flag are GBK in zips made on Chinese Windows."""
    raw = info.orig_filename
    if info.flag_bits & 0x800 or raw.isascii():
        return raw
    try:
        stored = raw.encode("cp437")
    except UnicodeEncodeError:
        return raw
    for encoding in ("utf-8", "gb18030"):
        try:
            return stored.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw


class _TooMuch(Exception):  # noqa: N818 - a signal between two functions of this file
    """A bound was met; the code says which."""


class _Walk:
    """One pass over one zip: what was given out, what was left out."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._mint = Mint(source.exhibit)
        self._left_out = ""
        self._total = 0
        self._given = 0
        self._troubles = 0

    def problem(self, code: str, detail: str, member: str = "") -> Problem:
        """Return a Problem at the member and remember that something is missing."""
        if code != "zip-odd-name":
            self._left_out = self._left_out or code
        loc = str(Locator(members=(member,))) if member else ""
        return Problem(
            fact_id=self._mint(), exhibit=self._source.exhibit, loc=loc, tier="exact", code=code, detail=detail
        )

    def coverage(self) -> Iterator[Fact]:
        """Yield what was looked for: the members and, if some were left out, what they may have held."""
        for kind in ("exhibit", *(HELD if self._left_out else ())):
            yield Coverage(
                fact_id=self._mint(),
                exhibit=self._source.exhibit,
                loc="",
                tier="exact",
                looked_for=kind,
                subject=self._source.exhibit if kind == "exhibit" else "",
                status="partly" if self._left_out else "read",
                reason=self._left_out,
                count=self._given if kind == "exhibit" else None,
            )

    def directory(self, archive: zipfile.ZipFile) -> Iterator[Fact | Member]:
        """Yield the members in the order of the central directory."""
        for n, info in enumerate(archive.infolist()):
            name = _name(info)
            if n >= MEMBERS:
                yield self.problem("zip-too-many-members", f"only the first {MEMBERS} members were read")
                return
            if name.endswith("/") or is_junk(name):
                continue
            if stat.S_ISLNK(info.external_attr >> 16):
                yield self.problem("zip-link", "the member is a link; links are not followed", name)
                continue
            if info.flag_bits & 0x1:
                yield self.problem("zip-encrypted", "the member is encrypted; hand in the opened file", name)
                continue
            yield from self._odd(name)
            try:
                with archive.open(info) as stream:
                    data = self._bounded(iter(lambda stream=stream: stream.read(_PIECE), b""), info.compress_size)  # type: ignore[misc]
            except _TooMuch as bound:
                yield self.problem(str(bound), "the member unpacks to more than the bound", name)
                if str(bound) == "zip-total-bound":
                    return
                continue
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
                yield self.problem("zip-member-broken", f"{type(error).__name__}: {error}", name)
                continue
            self._given += 1
            yield Member(name=name, data=data)

    def _odd(self, name: str) -> Iterator[Fact]:
        if _odd_name(name):
            yield self.problem(
                "zip-odd-name", "the name would lead out of a folder when unpacked; kept as a label", name
            )

    def _bounded(self, pieces: Iterator[bytes], packed: int) -> bytes:
        """Return the joined pieces; _TooMuch when the member's ratio or size or the size of all passes its bound.

        What was unpacked and thrown away counts too: many names for one bomb cost no more than a few bombs.
        """
        out = bytearray()
        try:
            for piece in pieces:
                out += piece
                if len(out) > MEMBER_BYTES or (len(out) > RATIO_FROM and len(out) > RATIO * max(packed, 1)):
                    raise _TooMuch("zip-bomb")
                if self._total + len(out) > TOTAL_BYTES:
                    raise _TooMuch("zip-total-bound")
        finally:
            self._total += len(out)
        return bytes(out)

    def _trouble(self, code: str, detail: str, name: str) -> Iterator[Fact]:
        """Yield a problem of a member found by its header; behind TROUBLES of them one that says so, then none."""
        self._left_out = self._left_out or code
        self._troubles += 1
        if self._troubles <= TROUBLES or code == "zip-total-bound":
            yield self.problem(code, detail, name)
        elif self._troubles == TROUBLES + 1:
            yield self.problem("too-many-problems", f"only the first {TROUBLES} members that cannot be read are listed")

    def local_headers(self) -> Iterator[Fact | Member]:
        """Yield the members that stand whole in the file, found by their local headers (APPNOTE.TXT 4.3.7)."""
        data = self._source.read_bytes()
        at = data.find(b"PK\x03\x04")
        seen = 0
        while at >= 0 and at + 30 <= len(data):
            seen += 1
            if seen > MEMBERS:
                yield self.problem("zip-too-many-members", f"only the first {MEMBERS} headers were read")
                break
            flags, method = struct.unpack_from("<HH", data, at + 6)
            packed, size, n, extra = struct.unpack_from("<IIHH", data, at + 18)
            raw = data[at + 30 : at + 30 + min(n, _NAME)]
            start = at + 30 + n + extra
            at = data.find(b"PK\x03\x04", at + 4)
            name = raw.decode("utf-8" if flags & 0x800 else "gb18030", "replace") if n <= _NAME else ""
            if not name or name.endswith("/") or is_junk(name):
                continue
            if flags & 0x1:
                yield from self._trouble("zip-encrypted", "the member is encrypted; hand in the opened file", name)
                continue
            try:
                content = self._local(data, start, method, packed, size, streamed=bool(flags & 0x8))
            except _TooMuch as bound:
                yield from self._trouble(str(bound), "the member unpacks to more than the bound", name)
                if str(bound) == "zip-total-bound":
                    break
                continue
            except zlib.error as error:
                yield from self._trouble("zip-member-broken", f"cut or damaged: {error}", name)
                continue
            yield from self._odd(name)
            self._given += 1
            yield Member(name=name, data=content)
        if not self._given:
            raise ExhibitError(
                "zip-broken", "no member of the zip can be read", hint="copy the file again from where it came from"
            )

    def _local(self, data: bytes, start: int, method: int, packed: int, size: int, *, streamed: bool) -> bytes:
        if method == zipfile.ZIP_STORED:
            if streamed or start + packed > len(data) or packed != size:
                raise zlib.error("stored member without its length")
            return self._bounded(iter((data[start : start + packed],)), packed)
        if method != zipfile.ZIP_DEFLATED:
            raise zlib.error(f"compression method {method}")
        inflate = zlib.decompressobj(-15)

        stop = start + packed if packed and not streamed else len(data)

        def pieces() -> Iterator[bytes]:
            at, rest = start, b""
            while not inflate.eof:
                if not rest:  # in small bites: a header that leads nowhere must not cost a copy of the file
                    rest = data[at : min(at + _BITE, stop)]
                    at += len(rest)
                piece = inflate.decompress(rest, _PIECE)
                ended = not rest
                rest = inflate.unconsumed_tail
                if ended and not piece and not inflate.eof:
                    raise zlib.error("the data ends early")
                yield piece

        return self._bounded(pieces(), packed or len(data) - start)
