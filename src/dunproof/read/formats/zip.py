"""An own reader of zip central directories, for archives that were made to mislead.

Offsets and sizes come from the central directory; of a local header only the lengths of name and extra field are
used, because the system does the same. Where local header and directory disagree the difference is kept as a problem.
Encryption bits, version-needed and extra fields are ignored, unknown methods are tried as stored and deflated with the
CRC-32 as judge. Where the file ends before its directory does, members can be found by their local headers, which is
never the whole: what lay behind the cut is not known. Nothing is ever written to disk, every inflate is bounded by the
declared size and a cap.
Format: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.formats import zip64

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
_SPENT_CAP: Final = 512 * 1024 * 1024
"""Bytes that are inflated at most to find where members end, all members of a scan together."""
_PIECE: Final = 65_536
_DESCRIPTOR: Final = b"PK\x07\x08"
_NAME_CAP: Final = 4096
_LARGE: Final = 1 << 20
"""Bytes of a name; where a header says more, its four bytes of signature stand there by chance."""
_BOMB_FROM: Final = 16 * 1024 * 1024
_RATIO: Final = 64
"""Size from which on a member is a bomb that is packed tighter than this: code and tables come to a quarter (ours)."""
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

    With ``scan`` a file whose directory is missing or cut off is read by its local headers, as far as they go.
    Raises ExhibitError (``zip-no-directory``) when no entry can be found at all.
    """

    def __init__(self, data: Buffer, *, scan: bool = False) -> None:
        self.data = data
        self.partial = False
        """Whether members were found by local headers: there may have been others."""
        self._scan = scan
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
        if best is not None and self._scan and best[1] and bytes(self.data[:4]) == _LOCAL:
            # A file that begins as a zip and has a directory of something that begins later: that of an inner archive.
            best = None
            self.flaws.clear()
            self._noted.clear()
        if best is None or not best[4]:
            self._scan_directory()
            if self._scan:
                self._scan_headers()
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
        *_, total, cd_size, cd_offset, comment = _END_STRUCT.unpack_from(self.data, at)
        if at + _END_STRUCT.size + comment > len(self.data):
            self._note("zip-comment-clipped", "the archive comment runs past the end of the file", at)
        total, cd_size, cd_offset, stop = zip64.end(self.data, at, (total, cd_size, cd_offset))
        start, base = cd_offset, 0
        if cd_offset + cd_size > stop or bytes(self.data[start : start + 4]) != _ENTRY:
            shifted = stop - cd_size
            if shifted >= 0 and bytes(self.data[shifted : shifted + 4]) == _ENTRY and shifted >= cd_offset:
                start, base = shifted, shifted - cd_offset
            elif bytes(self.data[start : start + 4]) != _ENTRY:
                return (0, at, []) if total == 0 else None
            else:
                self._note("zip-directory-size", "the directory runs into the end record", at)
        entries = self._entries(start, stop, base)
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
            header = row[16]
            name_at = at + _ENTRY_STRUCT.size
            raw = bytes(self.data[name_at : min(name_at + n_name, stop)])
            if zip64.FULL in {size, packed, header}:
                extra = bytes(self.data[name_at + n_name : min(name_at + n_name + n_extra, stop)])
                size, packed, header = zip64.entry(extra, size, packed, header)
            entries.append(
                Entry(
                    name=_name(raw), method=method, flags=flags, crc32=crc, compressed_bytes=packed, size_bytes=size,
                    header=header + base, record=at,
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

    # --- without a directory ------------------------------------------------------------------------------------

    def _scan_headers(self) -> None:
        """Add the members that stand in the file and not in what is left of the directory (APPNOTE 4.3.7)."""
        listed = {entry.header: entry for entry in self.entries if self._is_header(entry)}
        stop = self.directory if listed else len(self.data)
        found = [entry for entry in self._local_entries(stop) if entry.header not in listed]
        if not found:
            return
        self.partial = True
        self.entries = sorted((*listed.values(), *found), key=lambda entry: entry.header)
        self.base = self.directory = 0
        self.end = len(self.data)
        self._note("zip-directory-missing", f"{len(found)} members were found by their own headers", found[0].header)

    def _is_header(self, entry: Entry) -> bool:
        """Return whether a local header of that name is where a directory record says: others are of inner archives."""
        at = entry.header + _LOCAL_STRUCT.size
        name = entry.name.encode("utf-8", "replace")
        return self.data[entry.header : entry.header + 4] == _LOCAL and self.data[at : at + len(name)] == name

    def _local_entries(self, stop: int) -> list[Entry]:
        out: list[Entry] = []
        left = _SPENT_CAP
        at = self.data.find(_LOCAL, 0, stop)
        while 0 <= at <= stop - _LOCAL_STRUCT.size and len(out) < ENTRIES_CAP:
            _, _, flags, method, _, _, crc, packed, size, n_name, n_extra = _LOCAL_STRUCT.unpack_from(self.data, at)
            name_at = at + _LOCAL_STRUCT.size
            start = name_at + n_name + n_extra
            if not 0 < n_name <= _NAME_CAP or start > stop:
                at = self.data.find(_LOCAL, at + 4, stop)
                continue
            sizes = (crc, packed, size)
            # A member that the cut goes through has the size that its header says; what is left of it is read.
            is_cut = start + packed > stop and 0 < size <= MEMBER_CAP
            if not is_cut and (not self._ends_well(start + packed, stop) or (flags & 8 and not packed)):
                if method == 0:
                    sizes = self._stored(start, stop)
                else:
                    sizes, spent = self._measured(start, stop, left)
                    left -= spent
            raw = bytes(self.data[name_at : name_at + n_name])
            out.append(
                Entry(
                    name=_name(raw), method=method, flags=flags, crc32=sizes[0],
                    compressed_bytes=min(sizes[1], stop - start), size_bytes=sizes[2], header=at, record=at,
                )
            )  # fmt: skip
            at = self.data.find(_LOCAL, start + min(sizes[1], stop - start), stop)
        return out

    def _ends_well(self, at: int, stop: int) -> bool:
        """Return whether something that follows a member begins at an offset: a size that leads elsewhere is none."""
        return at == stop or (at < stop and bytes(self.data[at : at + 4]) in {_LOCAL, _ENTRY, _END, _DESCRIPTOR})

    def _stored(self, start: int, stop: int) -> tuple[int, int, int]:
        """Return checksum and sizes of a stored member without them: it ends where a descriptor names its length."""
        at = self.data.find(_DESCRIPTOR, start, stop)
        while 0 <= at <= stop - 16:
            crc, packed, size = struct.unpack_from("<3L", self.data, at + 4)
            if packed == size == at - start:
                return crc, packed, size
            at = self.data.find(_DESCRIPTOR, at + 4, stop)
        at = self.data.find(_LOCAL, start, stop)
        size = (at if at >= 0 else stop) - start
        return zlib.crc32(self.data[start : start + size]), size, size

    def _measured(self, start: int, stop: int, left: int) -> tuple[tuple[int, int, int], int]:
        """Return checksum and sizes of a deflated member by inflating it to its end, and what that cost.

        One that does not come to its end is said to be longer than what can be read of it.
        """
        machine = zlib.decompressobj(-15)
        crc = size = 0
        at, rest = start, b""
        while not machine.eof and size <= min(left, MEMBER_CAP):
            if not rest:
                rest = bytes(self.data[at : min(at + _PIECE, stop)])
                at += len(rest)
                if not rest:
                    break
            try:
                piece = machine.decompress(rest, _PIECE)
            except zlib.error:
                break
            crc, size, rest = zlib.crc32(piece, crc), size + len(piece), machine.unconsumed_tail
        if machine.eof:
            return (crc, at - start - len(machine.unused_data), size), size + at - start
        # Broken data ends somewhere before the next header; data that is cut off ends with the file.
        behind = self.data.find(_LOCAL, start, stop) if at < stop or rest else -1
        return (0, (behind if behind >= 0 else stop) - start, size + 1 if size else 0), size + at - start

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
        tries: tuple[bytes, ...]
        if entry.method == 0:
            tries = (raw[:size],)
        elif entry.method == 8:
            tries = (_inflate(raw, size),)
        else:
            # Android treats whatever is not deflated as stored.
            self._note("zip-unknown-method", f"{entry.name} names method {entry.method}", entry.record)
            tries = (raw[:size], _inflate(raw[: entry.compressed_bytes], size))
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
        raw = bytes(self.data[start : start + min(_held(entry), 512 + 2 * count)])
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
            *(["name"] if _name(name) != entry.name else []),
            *(["method"] if method != entry.method else []),
            # With bit 3 sizes and CRC stand in a data descriptor and are 0 here.
            *(
                ["sizes"]
                if not flags & 8
                and any(
                    said not in {zip64.FULL, real}
                    for said, real in ((packed, entry.compressed_bytes), (size, entry.size_bytes))
                )
                else []
            ),
            *(["checksum"] if not flags & 8 and crc != entry.crc32 else []),
        ]
        if differs:
            self._note(
                "zip-local-differs", f"local header of {entry.name} has another {', '.join(differs)}", entry.header
            )
        if (flags | entry.flags) & 1:
            self._note("zip-encryption-bit", f"{entry.name} claims to be encrypted", entry.record)
        if entry.method == 0 and entry.compressed_bytes != entry.size_bytes:
            detail = f"{entry.name} is stored and says {entry.compressed_bytes} and {entry.size_bytes} bytes"
            self._note("zip-stored-size", detail, entry.record)
        raw = bytes(self.data[start : start + _held(entry)])
        if len(raw) > _LARGE:
            forget(self.data, start, start + len(raw))
        return raw


def forget(data: Buffer, start: int, stop: int) -> None:
    """Let go of the memory of a part of a mapped file that was read and need not stay; nothing is lost."""
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        first = start // mmap.PAGESIZE * mmap.PAGESIZE
        data.madvise(mmap.MADV_DONTNEED, first, stop - first)


def _held(entry: Entry) -> int:
    """Return how many bytes of the file a member is read from: what is not inflated has the size that it gives."""
    return entry.compressed_bytes if entry.method == 8 else max(entry.compressed_bytes, entry.size_bytes)


def _name(raw: bytes) -> str:
    """Return a name; what is no UTF-8 in it is replaced."""
    return raw.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode("utf-8")


def is_bomb(entry: Entry, least: int = _BOMB_FROM) -> bool:
    """Return whether a member is packed as no real code, table or text is."""
    return entry.size_bytes > least and entry.size_bytes > _RATIO * max(entry.compressed_bytes, 1)


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
