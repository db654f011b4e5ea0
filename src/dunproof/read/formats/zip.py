"""An own reader of zip central directories, for archives that were made to mislead.

Offsets and sizes come from the central directory; of a local header only the lengths of name and extra field are
used, because the system does the same. Where local header and directory disagree the difference is kept as a problem.
Encryption bits, version-needed and extra fields are ignored, unknown methods are tried as stored and deflated with the
CRC-32 as judge. Nothing is ever written to disk, every inflate is bounded by the declared size and a cap.
Format: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from typing import Final

import msgspec

from dunproof.errors import ExhibitError

Buffer = bytes | mmap.mmap

_LOCAL: Final = b"PK\x03\x04"
_ENTRY: Final = b"PK\x01\x02"
_END: Final = b"PK\x05\x06"
_END_STRUCT: Final = struct.Struct("<4s4H2LH")
_ENTRY_STRUCT: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL_STRUCT: Final = struct.Struct("<4s5H3L2H")

MEMBER_CAP: Final = 256 * 1024 * 1024
"""Bytes of one member that are inflated at most."""
ENTRIES_CAP: Final = 200_000
_ENDS_CAP: Final = 64
_END_REACH: Final = 1 << 20
"""Bytes from the end of the file in which an end record is looked for: comment (65 535) and junk behind it."""


class Flaw(msgspec.Struct, frozen=True):
    """Something in a file that goes against its format: stable code, sentence, byte offset in the file."""

    code: str
    detail: str
    offset: int = 0


class Entry(msgspec.Struct, frozen=True):
    """A row of the central directory."""

    name: str
    method: int
    flags: int
    crc32: int
    compressed_bytes: int
    size_bytes: int
    header: int
    """Offset of the local header in the file, base already added."""
    record: int
    """Offset of the directory record in the file."""


class Archive:
    """The members of a zip by name, with every disagreement met on the way in ``flaws``.

    Raises ExhibitError (``zip-no-directory``) when no entry can be found at all.
    """

    def __init__(self, data: Buffer) -> None:
        self.data = data
        self.flaws: list[Flaw] = []
        self.entries: list[Entry] = []
        self.base = 0
        self.directory = 0
        """Offset of the central directory in the file."""
        self.end = 0
        """Offset of the end record in the file."""
        self._noted: set[tuple[str, int]] = set()
        self._find()
        self._by_name: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._by_name.setdefault(entry.name, []).append(entry)
        for name, rows in self._by_name.items():
            if len(rows) > 1:
                self._note("zip-duplicate-name", f"{len(rows)} entries are called {name}", rows[0].record)

    def _note(self, code: str, detail: str, offset: int) -> None:
        if (code, offset) not in self._noted:
            self._noted.add((code, offset))
            self.flaws.append(Flaw(code, detail, offset))

    # --- the directory ----------------------------------------------------------------------------------------

    def _find(self) -> None:
        """Fill ``entries`` from the end record whose directory parses best."""
        size = len(self.data)
        floor = max(0, size - _END_REACH)
        best: tuple[int, int, int, int, list[Entry]] | None = None
        at, tried = size, 0
        while tried < _ENDS_CAP:
            at = self.data.rfind(_END, floor, at + 3)
            if at < 0:
                break
            tried += 1
            found = self._directory_before(at)
            if found is not None:
                base, start, entries = found
                if best is None or len(entries) > len(best[4]):
                    if best is not None:
                        self._note("zip-second-end", "a later end record names fewer entries", best[0])
                    best = (at, base, start, size, entries)
                if entries:
                    break
            if at == floor:
                break
        if best is None or not best[4]:
            self._scan_directory()
            if not self.entries:
                raise ExhibitError(
                    "zip-no-directory",
                    "no central directory can be read",
                    hint="the file is truncated or no zip; ask for the original download",
                )
            return
        self.end, self.base, self.directory, _, self.entries = best
        if self.base:
            self._note("zip-junk-before", f"{self.base} bytes stand before the archive", 0)
        tail = size - self.end - _END_STRUCT.size - _END_STRUCT.unpack_from(self.data, self.end)[7]
        if tail > 0:
            self._note("zip-junk-behind", f"{tail} bytes stand behind the archive", size - tail)

    def _directory_before(self, at: int) -> tuple[int, int, list[Entry]] | None:
        """Return (base, start of directory, entries) of the end record at an offset, None if it cannot be one."""
        if at + _END_STRUCT.size > len(self.data):
            return None
        _, _, _, _, total, cd_size, cd_offset, comment = _END_STRUCT.unpack_from(self.data, at)
        if at + _END_STRUCT.size + comment > len(self.data):
            self._note("zip-comment-clipped", "the archive comment runs past the end of the file", at)
        start, base = cd_offset, 0
        if cd_offset + cd_size > at or bytes(self.data[start : start + 4]) != _ENTRY:
            shifted = at - cd_size
            if shifted >= 0 and bytes(self.data[shifted : shifted + 4]) == _ENTRY and shifted >= cd_offset:
                start, base = shifted, shifted - cd_offset
            elif bytes(self.data[start : start + 4]) != _ENTRY:
                return (0, at, []) if total == 0 else None
            else:
                self._note("zip-directory-size", "the directory runs into the end record", at)
        entries = self._entries(start, at, base)
        if len(entries) != total:
            self._note("zip-entry-count", f"the end record says {total} entries, {len(entries)} can be read", at)
        return base, start, entries

    def _entries(self, start: int, stop: int, base: int) -> list[Entry]:
        entries: list[Entry] = []
        at = start
        while at + _ENTRY_STRUCT.size <= stop and len(entries) < ENTRIES_CAP:
            if bytes(self.data[at : at + 4]) != _ENTRY:
                again = self.data.find(_ENTRY, at, stop)
                if again < 0:
                    break
                self._note("zip-directory-gap", "the directory is interrupted; reading goes on at the next record", at)
                at = again
                continue
            row = _ENTRY_STRUCT.unpack_from(self.data, at)
            flags, method = row[3], row[4]
            crc, packed, size, n_name, n_extra, n_comment = row[7:13]
            header = row[16] + base
            name_at = at + _ENTRY_STRUCT.size
            raw = bytes(self.data[name_at : min(name_at + n_name, stop)])
            entries.append(
                Entry(
                    name=raw.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode("utf-8"),
                    method=method, flags=flags, crc32=crc, compressed_bytes=packed, size_bytes=size,
                    header=header, record=at,
                )
            )  # fmt: skip
            after = name_at + n_name + n_extra + n_comment
            if after > stop or (after < stop and bytes(self.data[after : after + 4]) not in {_ENTRY, b"PK\x06\x06"}):
                # A corrupt extra-field length: the next record is found by its signature instead.
                again = self.data.find(_ENTRY, name_at + n_name, stop)
                if again >= 0 and again != after:
                    self._note("zip-extra-field", f"the extra field of {entries[-1].name} is malformed", at)
                    after = again
            at = after
        return entries

    def _scan_directory(self) -> None:
        """Fill ``entries`` by the signatures of directory records, where no end record leads to them."""
        first = self.data.find(_ENTRY)
        if first < 0:
            return
        self.entries = self._entries(first, len(self.data), 0)
        self.directory = first
        self.end = len(self.data)
        if self.entries:
            self._note("zip-no-end", "no usable end record; entries were found by their signatures", first)

    # --- members ----------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Return the names in directory order, each once."""
        return list(self._by_name)

    def all(self, name: str) -> list[Entry]:
        """Return every entry of a name, in directory order; empty if there is none."""
        return self._by_name.get(name, [])

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def read(self, entry: Entry | str, limit: int = MEMBER_CAP) -> bytes:
        """Return the bytes of a member, at most ``limit`` of them.

        A wrong CRC-32 or a short inflate is kept as a flaw and what could be read is returned. Raises ExhibitError
        (``zip-member``) if nothing can be read.
        """
        if isinstance(entry, str):
            rows = self.all(entry)
            if not rows:
                raise ExhibitError("zip-member", f"no member is called {entry}", hint="list the members with unzip -l")
            entry = rows[0]
        raw = self._raw(entry)
        if entry.size_bytes > limit:
            self._note("zip-member-large", f"{entry.name} is cut at {limit} of {entry.size_bytes} bytes", entry.record)
        size = min(entry.size_bytes, limit)
        if entry.method == 0:
            tries = (raw[:size],)
        elif entry.method == 8:
            tries = (_inflate(raw, size),)
        else:
            # Android treats whatever is not deflated as stored.
            self._note("zip-unknown-method", f"{entry.name} names method {entry.method}", entry.record)
            stored = (raw[:size],) if entry.compressed_bytes == entry.size_bytes else ()
            tries = (*stored, _inflate(raw, size), *((raw[:size],) if not stored else ()))
        for data in tries:
            if len(data) == entry.size_bytes and zlib.crc32(data) == entry.crc32:
                return data
        data = max(tries, key=len)
        if entry.size_bytes and not data:
            raise ExhibitError(
                "zip-member", f"nothing of {entry.name} can be read", loc="", hint="the member is damaged or encrypted"
            )
        if len(data) < size:
            self._note("zip-member-short", f"{entry.name}: {len(data)} of {entry.size_bytes} bytes", entry.record)
        elif entry.size_bytes <= limit:
            self._note("zip-crc", f"the checksum of {entry.name} does not match its bytes", entry.record)
        return data

    def peek(self, entry: Entry, count: int) -> bytes:
        """Return up to ``count`` bytes of the start of a member, b'' if it cannot be read; notes nothing."""
        at = entry.header
        if at + _LOCAL_STRUCT.size > len(self.data) or bytes(self.data[at : at + 4]) != _LOCAL:
            return b""
        n_name, n_extra = struct.unpack_from("<2H", self.data, at + 26)
        start = at + _LOCAL_STRUCT.size + n_name + n_extra
        raw = bytes(self.data[start : start + min(entry.compressed_bytes, 512 + 2 * count)])
        return _inflate(raw, count) if entry.method == 8 else raw[:count]

    def _raw(self, entry: Entry) -> bytes:
        """Return the compressed bytes of a member, as the directory bounds them."""
        at = entry.header
        if at + _LOCAL_STRUCT.size > len(self.data) or bytes(self.data[at : at + 4]) != _LOCAL:
            raise ExhibitError(
                "zip-member", f"the local header of {entry.name} is not where the directory says",
                hint="the archive is truncated or was changed after it was made",
            )  # fmt: skip
        _, _, flags, method, _, _, crc, packed, size, n_name, n_extra = _LOCAL_STRUCT.unpack_from(self.data, at)
        start = at + _LOCAL_STRUCT.size + n_name + n_extra
        name = bytes(self.data[at + _LOCAL_STRUCT.size : at + _LOCAL_STRUCT.size + n_name])
        differs = [
            *(["name"] if name.decode("utf-8", "replace") != entry.name else []),
            *(["method"] if method != entry.method else []),
            # With bit 3 sizes and CRC stand in a data descriptor and are 0 here.
            *(["sizes"] if not flags & 8 and (packed, size) != (entry.compressed_bytes, entry.size_bytes) else []),
            *(["checksum"] if not flags & 8 and crc != entry.crc32 else []),
        ]
        if differs:
            self._note(
                "zip-local-differs", f"local header of {entry.name} has another {', '.join(differs)}", entry.header
            )
        if (flags | entry.flags) & 1:
            self._note("zip-encryption-bit", f"{entry.name} claims to be encrypted", entry.record)
        return bytes(self.data[start : start + entry.compressed_bytes])


def _inflate(raw: bytes, size: int) -> bytes:
    """Return at most ``size`` bytes of a raw deflate stream; what came before an error is kept."""
    machine = zlib.decompressobj(-15)
    out: list[bytes] = []
    got = 0
    try:
        out.append(machine.decompress(raw, size + 1))
    except zlib.error:
        machine = zlib.decompressobj(-15)
        for at in range(0, len(raw), 4096):
            try:
                piece = machine.decompress(raw[at : at + 4096], size + 1 - got)
            except zlib.error:
                break
            out.append(piece)
            got += len(piece)
            if got > size or machine.eof:
                break
    return b"".join(out)[:size]
