"""The signing block of an Android package: schemes v2, v3 and v3.1, read, held against one another, and verified.

Each is verified over the whole file: chunked digests, then the signature over the signed data. A scheme that the
system would refuse as a whole holds for none of its signers. Source: "APK Signature Scheme v2/v3/v3.1", Android.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.formats.certificates import Signer, key_of, public_key, verify
from dunproof.read.formats.zip import Archive, Flaw, forget

_MAGIC: Final = b"APK Sig Block 42"
_SCHEMES: Final = {0x7109871A: "v2", 0xF05368C0: "v3", 0x1B93AD61: "v3.1"}
_LARGE: Final = 64 * 1024 * 1024
"""Bytes of a file from which on it does not stay in memory once it was signed over."""
_CHUNK: Final = 1 << 20
_BLOCK_CAP: Final = 32 * 1024 * 1024
_SIGNERS_CAP: Final = 16
_CERTS_CAP: Final = 32
_NEWEST: Final = 0x7FFFFFFF
"""maxSdkVersion of a signer that has no end."""

_ALGORITHMS: Final = {
    0x0101: ("pss", "sha256"), 0x0102: ("pss", "sha512"), 0x0103: ("rsa", "sha256"), 0x0104: ("rsa", "sha512"),
    0x0201: ("ecdsa", "sha256"), 0x0202: ("ecdsa", "sha512"), 0x0301: ("dsa", "sha256"),
}  # fmt: skip
"""Signature algorithm ids with chunked digests; those over a Merkle tree are not tried over the file."""
_OF_LINEAGE: Final = {
    **_ALGORITHMS, 0x0421: ("rsa", "sha256"), 0x0423: ("ecdsa", "sha256"), 0x0425: ("dsa", "sha256"),
}  # fmt: skip
"""Algorithm ids over a certificate: how the file is digested makes no difference there."""

_STRIPPING, _LINEAGE, _ROTATION_MIN_SDK = 0xBEEFF00D, 0x3BA06F8C, 0x559F8B02
"""Signed attributes: a later scheme is there as well; former certificates; v3.1 signs from this system on."""


class _Reader:
    """Length-prefixed little-endian values of a signing block; running out raises ExhibitError."""

    def __init__(self, data: bytes, start: int, stop: int) -> None:
        self.data, self.at, self.stop = data, start, stop

    def u32(self) -> int:
        if self.at + 4 > self.stop:
            raise ExhibitError("signing-block", "the signing block ends early", hint="the file is truncated or changed")
        (value,) = struct.unpack_from("<I", self.data, self.at)
        self.at += 4
        return int(value)

    def sub(self) -> _Reader:
        size = self.u32()
        if self.at + size > self.stop:
            raise ExhibitError("signing-block", "the signing block ends early", hint="the file is truncated or changed")
        self.at += size
        return _Reader(self.data, self.at - size, self.at)

    def rest(self) -> bytes:
        return self.data[self.at : self.stop]

    def each(self, cap: int) -> Iterator[_Reader]:
        while self.at < self.stop:
            cap -= 1
            if cap < 0:
                raise ExhibitError("signing-block", "a list of the signing block is too long", hint="made by hand")
            yield self.sub()


class Cert(msgspec.Struct, frozen=True):
    """A certificate as it stands in the block."""

    der: bytes
    at: int
    """Offset in the signing block."""


class Signed(msgspec.Struct):
    """One signer of a scheme, as its record says it."""

    data: bytes
    """What is signed."""
    at: int
    digests: list[tuple[int, bytes]]
    certs: list[Cert]
    systems: tuple[int, int]
    """(minSdkVersion, maxSdkVersion) as signed, and as the record says once more outside."""
    outside: tuple[int, int]
    attributes: list[tuple[int, _Reader]]
    signatures: list[tuple[int, bytes]]
    key: bytes
    lineage: list[Cert] = []
    """Certificates of the proof of rotation, the oldest first; the last is the signer's own."""

    def values(self, id_: int) -> list[_Reader]:
        """Return the values of a signed attribute, in order."""
        return [value for key, value in self.attributes if key == id_]

    @property
    def chain(self) -> list[bytes]:
        """The certificates of the app's history, the signer's own last."""
        return [c.der for c in self.lineage] or [c.der for c in self.certs[:1]]


class Scheme(msgspec.Struct):
    """What a signing block says under one id, and why the system would refuse it."""

    name: str
    at: int
    """Offset of its pair in the signing block."""
    signers: list[Signed] = []
    refused: bool = False


def schemes(archive: Archive, flaws: list[Flaw]) -> tuple[dict[str, Scheme], list[Signer]]:
    """Return what the signing block says by name of the scheme, and its certificates; what is wrong goes to flaws."""
    block = find(archive, flaws)
    if block is None:
        return {}, []
    start, size = block
    said: dict[str, Scheme] = {}
    data = bytes(archive.data[start : start + size])
    for name, at, value in _pairs(data, flaws, start):
        if name in said:
            # The system takes the first.
            flaws.append(Flaw("signing-block", f"a second {name} block is left aside", start + at))
            continue
        said[name] = Scheme(name, at)
        try:
            said[name].signers.extend(_signed(name, value))
        except ExhibitError as error:
            _refuse(said[name], flaws, start, error.message, code=error.code)
    _judge(said, flaws, start)
    digests: dict[str, bytes] = {}
    return said, [row for scheme in said.values() for row in _rows(archive, scheme, start, digests)]


def find(archive: Archive, flaws: list[Flaw] | None = None) -> tuple[int, int] | None:
    """Return (offset, size) of the signing block before the central directory, None if there is none."""
    directory = archive.directory
    if directory < 32 or bytes(archive.data[directory - 16 : directory]) != _MAGIC:
        return None
    (size,) = struct.unpack_from("<Q", archive.data, directory - 24)
    start = directory - size - 8
    if 24 <= size <= min(directory - 8, _BLOCK_CAP) and struct.unpack_from("<Q", archive.data, start)[0] == size:
        return start, size + 8
    if flaws is not None:
        flaws.append(Flaw("signing-block", "the signing block has another size than it says", directory - 24))
    return None


def _pairs(data: bytes, flaws: list[Flaw], offset: int) -> Iterator[tuple[str, int, _Reader]]:
    at, stop = 8, len(data) - 24
    while at + 12 <= stop:
        (size,) = struct.unpack_from("<Q", data, at)
        if size < 4 or at + 8 + size > stop:
            flaws.append(Flaw("signing-block", "a pair of the signing block runs past its end", offset + at))
            return
        (key,) = struct.unpack_from("<I", data, at + 8)
        if key in _SCHEMES:
            yield _SCHEMES[key], at, _Reader(data, at + 12, at + 8 + size)
        at += 8 + size


def _refuse(scheme: Scheme, flaws: list[Flaw], start: int, why: str, *, code: str = "signature-refused") -> None:
    scheme.refused = True
    flaws.append(Flaw(code, f"{scheme.name}: {why}", start + scheme.at))


def _signed(scheme: str, value: _Reader) -> Iterator[Signed]:
    """Yield the signers of one scheme."""
    for signer in value.sub().each(_SIGNERS_CAP):
        signed = signer.sub()
        data, at = signed.rest(), signed.at
        digests = [(row.u32(), row.sub().rest()) for row in signed.sub().each(_SIGNERS_CAP)]
        certs = [Cert(cert.rest(), cert.at) for cert in signed.sub().each(_CERTS_CAP)]
        systems = outside = (0, _NEWEST)
        if scheme != "v2":
            systems = signed.u32(), signed.u32()
            outside = signer.u32(), signer.u32()
        # Writers of old leave the attributes out where they have none.
        rows = signed.sub().each(_CERTS_CAP) if signed.at < signed.stop else ()
        attributes = [(row.u32(), row) for row in rows]
        signatures = [(row.u32(), row.sub().rest()) for row in signer.sub().each(_SIGNERS_CAP)]
        key = signer.sub().rest()
        yield Signed(data, at, digests, certs, systems, outside, attributes, signatures, key)


def _judge(schemes: dict[str, Scheme], flaws: list[Flaw], start: int) -> None:
    """Mark the schemes that the system refuses, whatever their signatures say."""
    for scheme in schemes.values():
        if not scheme.signers and not scheme.refused:
            _refuse(scheme, flaws, start, "the block names no signer")
        for signer in scheme.signers:
            for why in _contradictions(signer):
                _refuse(scheme, flaws, start, why)
    v2, v3, v31 = (schemes.get(name) for name in ("v2", "v3", "v3.1"))
    if v2 and not v3:
        said = [value.rest()[:4] for signer in v2.signers for value in signer.values(_STRIPPING)]
        if b"\3\0\0\0" in said:
            _refuse(v2, flaws, start, "the signer says that v3 is there as well; it is not", code="signature-stripped")
    if v31 and not v3:
        _refuse(v31, flaws, start, "no v3 stands beside it")
    if v3:
        for value in (value for signer in v3.signers for value in signer.values(_ROTATION_MIN_SDK)):
            since = int.from_bytes(value.rest()[:4], "little")
            if not v31:
                why = f"the signer says that v3.1 signs from system {since} on; it is not there"
                _refuse(v3, flaws, start, why, code="signature-stripped")
            elif min((s.systems[0] for s in v31.signers), default=since) != since:
                _refuse(v3, flaws, start, f"the signer says that v3.1 signs from system {since} on; it does not")
    new = [one for one in (v3, v31) if one]
    for one in new:
        if why := _uneven(one.signers):
            _refuse(one, flaws, start, why)
    both = [s for one in new for s in one.signers]
    if v3 and both and max(s.systems[1] for s in both) < _NEWEST:
        _refuse(v3, flaws, start, "no signer is for the newest systems")


def _contradictions(signer: Signed) -> Iterator[str]:
    """Yield what in one signer's record the system takes for a forgery; the proof of rotation is read on the way."""
    if not signer.certs:
        yield "a signer names no certificate"
    if [a for a, _ in signer.signatures] != [a for a, _ in signer.digests]:
        yield "the algorithms of the digests are not those of the signatures"
    if signer.systems != signer.outside:
        yield "the systems that a signer is for are signed as others"
    elif signer.systems[0] > signer.systems[1]:
        yield "a signer is for no system"
    lineages = signer.values(_LINEAGE)
    if len(lineages) > 1:
        yield "a signer has two proofs of rotation"
    for value in lineages[:1]:
        try:
            yield from _lineage(signer, value)
        except ExhibitError:
            yield "the proof of rotation ends early"


def _lineage(signer: Signed, value: _Reader) -> Iterator[str]:
    """Fill the lineage of a signer, and yield what is wrong with it: each certificate is signed by the one before."""
    if value.u32() != 1:
        yield "the proof of rotation has an unknown version"
        return
    former: tuple[bytes, int] | None = None
    for level in value.each(_CERTS_CAP):
        signed = level.sub()
        data = signed.rest()
        cert = signed.sub()
        said = signed.u32()
        level.u32()  # what the holder of the former key may still do
        algorithm, signature = level.u32(), level.sub().rest()
        der = cert.rest()
        if der in {c.der for c in signer.lineage}:
            yield "a certificate stands twice in the proof of rotation"
        signer.lineage.append(Cert(der, cert.at))
        if former is not None:
            kind, name = _OF_LINEAGE.get(said, ("", "sha256"))
            public = public_key(key_of(former[0]))
            if said != former[1] or public is None or verify(public, kind, name, signature, data) is not True:
                yield "a certificate of the proof of rotation is not signed by the one before"
        former = der, algorithm
    if former is None or not signer.certs or former[0] != signer.certs[0].der:
        yield "the proof of rotation leads to another certificate"


def _uneven(found: list[Signed]) -> str:
    """Return why the signers of one scheme do not follow one another, '' if they do."""
    rows = sorted(found, key=lambda s: s.systems)
    for one, other in itertools.pairwise(rows):
        if one.systems[1] + 1 != other.systems[0]:
            return "the systems of its signers overlap or leave a gap"
        if other.chain[: len(one.chain)] != one.chain:
            return "its signers have no common history"
    return ""


def _rows(archive: Archive, scheme: Scheme, start: int, digests: dict[str, bytes]) -> Iterator[Signer]:
    """Yield the certificates of one scheme; the first of each signer is the one whose key signs."""
    name = scheme.name
    if not scheme.signers:
        yield Signer(name, "", verifies=False, place="", offset=start + scheme.at, length=12)
    seen: set[bytes] = set()
    held = [False if scheme.refused else _holds(archive, signer, digests) for signer in scheme.signers]
    if name == "v2" and False in held:
        # Of several signers the system wants every one; those of v3 are for different systems.
        held = [False] * len(held)
    for signer, verifies in zip(scheme.signers, held, strict=True):
        if not signer.certs:
            yield Signer(name, "", verifies=False, place="", offset=start + signer.at, length=max(1, len(signer.data)))
        for n, cert in enumerate(signer.certs):
            yield _row(name, cert, start, verifies=verifies if n == 0 else None, signs=n == 0)
        own = signer.certs[0].der if signer.certs else b""
        for cert in signer.lineage:
            if cert.der != own and cert.der not in seen:
                seen.add(cert.der)
                yield _row(f"{name}-lineage", cert, start, verifies=None, signs=False)


def _row(scheme: str, cert: Cert, start: int, *, verifies: bool | None, signs: bool) -> Signer:
    digest = hashlib.sha256(cert.der).hexdigest()
    return Signer(scheme, digest, verifies, "", start + cert.at, len(cert.der), signs)


def _holds(archive: Archive, signer: Signed, digests: dict[str, bytes]) -> bool | None:
    """Return whether a signer's strongest known signature and the digest it signs hold; None if it cannot be tried."""
    known = sorted((a for a, _ in signer.signatures if a in _ALGORITHMS), key=lambda a: (_ALGORITHMS[a][1], a))
    if not known:
        return None if signer.signatures else False
    algorithm = known[-1]
    kind, name = _ALGORITHMS[algorithm]
    public = public_key(signer.key)
    if public is None:
        return False
    held = verify(public, kind, name, dict(signer.signatures)[algorithm], signer.data)
    if held is not True:
        return held
    if key_of(signer.certs[0].der) != signer.key:
        return False
    if name not in digests:
        digests[name] = _content_digest(archive, name)
    return dict(signer.digests).get(algorithm) == digests[name]


def _content_digest(archive: Archive, name: str) -> bytes:
    """Return the top digest over the chunks of the file: members, central directory, end record."""
    block = find(archive)
    start = block[0] if block else archive.directory
    end = bytearray(archive.data[archive.end :])
    if len(end) >= 20:
        # The end record is signed as if the directory began where the signing block does.
        struct.pack_into("<I", end, 16, start & 0xFFFFFFFF)
    parts: tuple[tuple[bytes | memoryview, int, int], ...] = (
        (memoryview(archive.data), 0, start),
        (memoryview(archive.data), archive.directory, archive.end),
        (bytes(end), 0, len(end)),
    )
    chunks = []
    for data, low, high in parts:
        for at in range(low, high, _CHUNK):
            stop = min(at + _CHUNK, high)
            chunk = hashlib.new(name, b"\xa5" + struct.pack("<I", stop - at))
            chunk.update(data[at:stop])
            chunks.append(chunk.digest())
            if len(archive.data) > _LARGE and data is not parts[2][0]:
                forget(archive.data, at, stop)
    return hashlib.new(name, b"\x5a" + struct.pack("<I", len(chunks)) + b"".join(chunks)).digest()
