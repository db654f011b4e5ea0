"""Signatures of the first scheme (v1): a JAR whose manifest lists a digest of each member (JAR File Specification).

They hold as the system lets them hold: every signature that is there, over every member outside ``META-INF/``, in
exactly that spelling. Source: StrictJarVerifier, ApkSignatureVerifier of the Android platform.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.formats.certificates import Signer, children, key_of, node, public_key, verify
from dunproof.read.formats.zip import Archive, Entry, Flaw, is_bomb

_FOLDER: Final = "META-INF/"
_SIGNERS_CAP: Final = 16
_CERTS_CAP: Final = 32
_MEMBER_CAP: Final = 16 * 1024 * 1024
"""Bytes of a manifest and of a signature file: a manifest of 65 535 members has 8 to 10 MB (ours)."""
_BLOCK_CAP: Final = 256 * 1024
"""Bytes of a block: some certificates have a few thousand."""
_LINES_CAP: Final = 2_000_000
"""Lines that are read of all of them together: an app of 65 535 members has some 600 000 (ours)."""
_SECTIONS_CAP: Final = 200_000
"""Sections that are read of them: an app of 65 535 members has 131 000."""
_COVERED_CAP: Final = 1 << 29
_COVERED_MEMBER_CAP: Final = 1 << 27
"""Bytes of members that are held against their digests, of all and of one (ours)."""
_LINE: Final = re.compile(rb"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_VALUE_CAP: Final = 65_536
"""Bytes of an attribute that are read: the names of members are no longer."""
_OIDS: Final = {
    bytes.fromhex("2a864886f70d0205"): "md5", bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040204"): "sha224", bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384", bytes.fromhex("608648016503040203"): "sha512",
}  # fmt: skip
_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_DIGEST_NAMES: Final = {"sha-512": "sha512", "sha-384": "sha384", "sha-256": "sha256", "sha1": "sha1", "sha": "sha1"}
_SCHEMES: Final = "x-android-apk-signed"
_OF: Final = ("", "-manifest", "-manifest-main-attributes")
_ATTRIBUTES: Final = frozenset({
    b"name", b"signature-version", _SCHEMES.encode(),
    *(f"{label}-digest{of}".encode() for label in _DIGEST_NAMES for of in _OF),
})  # fmt: skip
"""Attributes that are asked for; no others are kept."""
_LONGEST: Final = max(map(len, _ATTRIBUTES)) + 2


class _Section(msgspec.Struct, frozen=True):
    """The attributes of a section that are asked for, and where it stands."""

    attributes: dict[str, str]
    start: int
    stop: int


class _TooMuchError(Exception):
    """A signature takes more work than the limit."""


class _Lines:
    """What may still be read of the manifest and signature files of one package."""

    def __init__(self) -> None:
        self._left = _LINES_CAP
        self._sections = _SECTIONS_CAP

    def sections(self, data: bytes) -> Iterator[_Section]:
        """Yield the sections of a manifest or signature file; continued lines are joined.

        Names of attributes are in lower case: the format makes no difference. Raises _TooMuchError.
        """
        rows: dict[str, str] = {}
        begun = 0
        open_ = False
        key, value = b"", bytearray()

        def close() -> None:
            nonlocal key
            if key:
                rows[key.decode()] = value.decode("utf-8", "replace")
            key = b""

        for line in _LINE.finditer(data):
            start, stop = line.span(1)
            self._left -= 1
            if self._left < 0 or self._sections < 0:
                raise _TooMuchError
            if stop > start and data[start] == 0x20 and open_:
                if key:
                    value += data[start + 1 : stop]
                    if len(value) > _VALUE_CAP:
                        raise _TooMuchError
                continue
            close()
            if stop > start:
                open_ = True
                name = data[start : min(stop, start + _LONGEST)].partition(b": ")[0].lower()
                if name in _ATTRIBUTES:
                    key, value = name, bytearray(data[start + len(name) + 2 : stop])
            elif open_:
                self._sections -= 1
                yield _Section(rows, begun, line.end())
                rows, begun, open_ = {}, line.end(), False
        close()
        if open_:
            yield _Section(rows, begun, len(data))


class _Pkcs7(msgspec.Struct):
    """Certificates (DER) and, of the first signer, its digest, whom it names as issuer and number, what is signed."""

    certs: list[bytes]
    digest: str
    signature: bytes
    attributes: bytes
    """Signed attributes as a SET, b'' if the content itself is signed."""
    message_digest: bytes
    issuer: bytes
    serial: bytes


def _pkcs7(data: bytes) -> _Pkcs7:
    """Return what a PKCS #7 SignedData holds (RFC 2315 section 9.1); ExhibitError if it is none."""
    try:
        content = children(data, *node(data, 0)[1:3])[1]
        signed = children(data, *node(data, content[1])[1:3])
        rows = [n for n in signed if n[0] == 0xA0]
        certs = [data[n[3] : n[2]] for n in children(data, rows[0][1], rows[0][2])] if rows else []
        info = children(data, *children(data, signed[-1][1], signed[-1][2])[0][1:3])
        oid = children(data, info[2][1], info[2][2])[0]
        issuer, number = children(data, info[1][1], info[1][2])[:2]
        issued_by, serial = data[issuer[3] : issuer[2]], data[number[1] : number[2]]
        rest = info[3:]
        attributes, message = b"", b""
        if rest[0][0] == 0xA0:
            attributes = b"\x31" + data[rest[0][3] + 1 : rest[0][2]]
            for row in children(data, rest[0][1], rest[0][2]):
                name, values = children(data, row[1], row[2])[:2]
                if data[name[1] : name[2]] == _MESSAGE_DIGEST:
                    value = node(data, values[1])
                    message = data[value[1] : value[2]]
            rest = rest[1:]
        signature = data[rest[1][1] : rest[1][2]]
    except (IndexError, ValueError) as error:
        raise ExhibitError(
            "signature-der", "a signature block is no signed data", hint="the file is damaged or made by hand"
        ) from error
    return _Pkcs7(certs, _OIDS.get(data[oid[1] : oid[2]], ""), signature, attributes, message, issued_by, serial)


def signers(archive: Archive, flaws: list[Flaw], later: set[str]) -> list[Signer]:
    """Return the certificates of JAR signatures; they are verified where no later scheme is there."""
    names = {name.upper(): name for name in archive.names() if name.startswith(_FOLDER)}
    blocks = sorted(n for n in names if n.endswith((".RSA", ".DSA", ".EC")) and n.count("/") == 1)
    if len(blocks) > _SIGNERS_CAP:
        flaws.append(Flaw("signature-refused", f"v1: {len(blocks)} signers, {_SIGNERS_CAP} are read", 0))
    found: list[tuple[str, _Pkcs7, bool | None]] = []
    verifies: bool | None
    judge = _Judge(archive, names.get("META-INF/MANIFEST.MF"))
    refused = False
    for block in blocks[:_SIGNERS_CAP]:
        try:
            parsed = _pkcs7(archive.read(names[block], _BLOCK_CAP))
        except ExhibitError as error:
            flaws.append(Flaw(error.code, f"{names[block]}: {error.message}", 0))
            continue
        words, verifies = b"", None
        try:
            words = _member(archive, names.get(block.rpartition(".")[0] + ".SF"))
            if gone := judge.claimed(words) - later:
                detail = f"v1 says that {', '.join(sorted(gone))} was there; it is not"
                flaws.append(Flaw("signature-stripped", detail, 0))
                verifies = False
            elif not later:
                verifies = (_signs(parsed, words) if words and judge.listed else False) and judge.holds(words)
        except _TooMuchError:
            flaws.append(Flaw("signature-too-much", f"{names[block]}: it was not tried", 0))
        found.append((names[block], parsed, verifies))
        refused |= bool(words) and verifies is False
    if refused:
        # Of several signatures the system wants every one; it passes over a block without a signature file.
        found = [(name, parsed, False) for name, parsed, _ in found]
    return [row for one in found for row in _rows(*one)]


class _Judge:
    """Holds signature files against the manifest of a package, and that once against its members."""

    def __init__(self, archive: Archive, manifest: str | None) -> None:
        self._name = manifest
        self._archive = archive
        self._lines = _Lines()
        self._manifest: list[_Section] = []
        self._covered: bool | None = None

    @cached_property
    def listed(self) -> bytes:
        """The manifest, b'' if there is none. Raises _TooMuchError."""
        return _member(self._archive, self._name)

    def claimed(self, words: bytes) -> set[str]:
        """Return the later schemes that a signature file says are there as well (X-Android-APK-Signed)."""
        head = next(self._lines.sections(words), None)
        said = head.attributes.get(_SCHEMES, "") if head is not None else ""
        return {f"v{part.strip()}" for part in said.split(",")} & {"v2", "v3"}

    def holds(self, words: bytes) -> bool:
        """Return whether a signature file and the manifest are right; _TooMuchError where that takes too much work."""
        members = {n for n in self._archive.names() if not n.startswith(_FOLDER) and not n.endswith("/")}
        if not self._manifest:
            self._manifest = list(self._lines.sections(self.listed))
        if not _lists(list(self._lines.sections(words)), self.listed, self._manifest, members):
            return False
        if self._covered is None:
            self._covered = _covers(self._archive, self._manifest, members)
        return self._covered


def _rows(place: str, parsed: _Pkcs7, verifies: bool | None) -> Iterator[Signer]:  # noqa: FBT001 - a value, no switch
    leaf = _leaf(parsed)
    for n, cert in enumerate(parsed.certs[:_CERTS_CAP]):
        digest = hashlib.sha256(cert).hexdigest()
        yield Signer("v1", digest, verifies if n == leaf else None, place, 0, 0, n == leaf)


def _member(archive: Archive, name: str | None) -> bytes:
    """Return the bytes of a member, b'' if it is not there or cannot be read. Raises _TooMuchError."""
    if name and archive.all(name)[0].size_bytes > _MEMBER_CAP:
        raise _TooMuchError
    try:
        return archive.read(name) if name else b""
    except ExhibitError:
        return b""


def _leaf(parsed: _Pkcs7) -> int:
    """Return which certificate the signer names by its issuer and its number; 0 if none fits."""
    for n, cert in enumerate(parsed.certs):
        try:
            fields = children(cert, *children(cert, *node(cert, 0)[1:3])[0][1:3])
            first = 1 if fields[0][0] == 0xA0 else 0
            serial, issuer = fields[first], fields[first + 2]
        except (IndexError, ExhibitError):
            continue
        if cert[serial[1] : serial[2]] == parsed.serial and cert[issuer[3] : issuer[2]] == parsed.issuer:
            return n
    return 0


def _signs(parsed: _Pkcs7, words: bytes) -> bool | None:
    if not parsed.certs or not parsed.digest:
        return None
    public = public_key(key_of(parsed.certs[_leaf(parsed)]))
    if public is None:
        return None
    signed = words
    if parsed.attributes:
        if hashlib.new(parsed.digest, words).digest() != parsed.message_digest:
            return False
        signed = parsed.attributes
    kind = {"RSA": "rsa", "Ell": "ecdsa", "ECP": "ecdsa", "DSA": "dsa"}.get(type(public).__name__[:3], "rsa")
    return verify(public, kind, parsed.digest, parsed.signature, signed)


def _digest_of(row: dict[str, str], suffix: str) -> tuple[str, bytes] | None:
    """Return (hash, digest) of the strongest digest attribute of a section, None if it has none."""
    for label, name in _DIGEST_NAMES.items():
        value = row.get(f"{label}-digest{suffix}")
        if value is not None:
            try:
                return name, base64.b64decode(value)
            except ValueError:
                return name, b""
    return None


def _lists(sections: list[_Section], listed: bytes, manifest: list[_Section], members: set[str]) -> bool:
    """Return whether a signature file lists every member, and its digests of the manifest or of its sections hold."""
    if not sections or not manifest or "signature-version" not in sections[0].attributes:
        return False
    head = _digest_of(sections[0].attributes, "-manifest-main-attributes")
    if head is not None and _digest(head[0], listed, manifest[0]) != head[1]:
        return False
    if not {section.attributes.get("name") for section in sections[1:]} >= members:
        return False
    whole = _digest_of(sections[0].attributes, "-manifest")
    if whole is not None and hashlib.new(whole[0], listed).digest() == whole[1]:
        return True
    rows = {section.attributes["name"]: section for section in manifest if "name" in section.attributes}
    made: dict[tuple[str, str], bytes] = {}
    for section in sections[1:]:
        name = section.attributes.get("name", "")
        digest = _digest_of(section.attributes, "")
        if digest is None or name not in rows:
            return False
        mark = (name, digest[0])
        if mark not in made:  # one section may be named again and again
            made[mark] = _digest(digest[0], listed, rows[name])
        if made[mark] != digest[1]:
            return False
    return True


def _digest(name: str, listed: bytes, section: _Section) -> bytes:
    """Return a digest of a section of the manifest."""
    return hashlib.new(name, memoryview(listed)[section.start : section.stop]).digest()


def _covers(archive: Archive, manifest: list[_Section], members: set[str]) -> bool:
    """Return whether the manifest has one section, with the right digest, for every one of some members."""
    sections = [section.attributes for section in manifest if "name" in section.attributes]
    rows = {row["name"]: row for row in sections}
    if len(rows) < len(sections):
        return False
    left = _COVERED_CAP
    for entry in archive.entries:
        if entry.name not in members:
            continue
        digest = _digest_of(rows.get(entry.name, {}), "")
        if digest is None:
            return False
        left -= entry.size_bytes
        if left < 0 or entry.size_bytes > _COVERED_MEMBER_CAP or is_bomb(entry):
            raise _TooMuchError
        if not _has(archive, entry, *digest):
            return False
    return True


def _has(archive: Archive, entry: Entry, name: str, digest: bytes) -> bool:
    """Return whether a member has a digest; its bytes are let go of before those of the next one are read."""
    try:
        return hashlib.new(name, archive.read(entry)).digest() == digest
    except ExhibitError:
        return False
