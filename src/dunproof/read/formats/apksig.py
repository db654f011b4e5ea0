"""Signatures of an Android package: which certificates are listed, and whether the signature over this file holds.

The two are different facts: a certificate can be copied into any file. Schemes v2, v3 and v3.1 are verified over the
whole file (chunked digests, then the signature over the signed data); v1 (JAR) over its members, and only where no
later scheme is there. A scheme that the system would refuse as a whole holds for none of its signers: it names none,
its parts disagree, or another scheme that it names is gone. Former keys stand in the proof of rotation of v3; they are
listed, and sign nothing. Source: "APK Signature Scheme v2/v3/v3.1" of the Android platform, JAR File Specification.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.formats.zip import Archive, Flaw

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_MAGIC: Final = b"APK Sig Block 42"
_SCHEMES: Final = {0x7109871A: "v2", 0xF05368C0: "v3", 0x1B93AD61: "v3.1"}
_CHUNK: Final = 1 << 20
_BLOCK_CAP: Final = 32 * 1024 * 1024
_SIGNERS_CAP: Final = 16
_CERTS_CAP: Final = 32
_V1_MEMBER_CAP: Final = 8 * 1024 * 1024
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


class Signer(msgspec.Struct, frozen=True):
    """A certificate of a signature: scheme, SHA-256 of the DER, whether the signature holds (None = not tried)."""

    scheme: str
    """v1, v2, v3, v3.1; of a former certificate v3-lineage, v3.1-lineage."""
    cert_sha256: str
    """'' where a scheme is there and names no certificate."""
    verifies: bool | None
    place: str
    """Member that holds it, '' for the signing block of the file."""
    offset: int
    length: int
    """Bytes of the certificate in the file, for the signing block."""
    signs: bool = True
    """Its key makes the signature; False for what is listed beside it: issuers, former keys."""


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


class _Cert(msgspec.Struct, frozen=True):
    der: bytes
    at: int
    """Offset in the signing block."""


class _Signed(msgspec.Struct):
    """One signer of a scheme, as its record says it."""

    data: bytes
    """What is signed."""
    at: int
    digests: list[tuple[int, bytes]]
    certs: list[_Cert]
    systems: tuple[int, int]
    """(minSdkVersion, maxSdkVersion) as signed, and as the record says once more outside."""
    outside: tuple[int, int]
    attributes: list[tuple[int, _Reader]]
    signatures: list[tuple[int, bytes]]
    key: bytes
    lineage: list[_Cert] = []
    """Certificates of the proof of rotation, the oldest first; the last is the signer's own."""

    def values(self, id_: int) -> list[_Reader]:
        return [value for key, value in self.attributes if key == id_]

    @property
    def chain(self) -> list[bytes]:
        """The certificates of the app's history, the signer's own last."""
        return [c.der for c in self.lineage] or [c.der for c in self.certs[:1]]


class _Scheme(msgspec.Struct):
    """What a signing block says under one id, and why the system would refuse it."""

    name: str
    at: int
    """Offset of its pair in the signing block."""
    signers: list[_Signed] = []
    refused: bool = False


def signers(archive: Archive) -> tuple[list[Signer], list[Flaw]]:
    """Return the certificates of all signatures of a package, and what went against the schemes."""
    found: list[Signer] = []
    flaws: list[Flaw] = []
    schemes: dict[str, _Scheme] = {}
    block = _block(archive, flaws)
    if block is not None:
        start, size = block
        data = bytes(archive.data[start : start + size])
        for name, at, value in _pairs(data, flaws, start):
            if name in schemes:
                # The system takes the first.
                flaws.append(Flaw("signing-block", f"a second {name} block is left aside", start + at))
                continue
            schemes[name] = _Scheme(name, at)
            try:
                schemes[name].signers.extend(_signed(name, value))
            except ExhibitError as error:
                _refuse(schemes[name], flaws, start, error.message, code=error.code)
        _judge(schemes, flaws, start)
        digests: dict[str, bytes] = {}
        for scheme in schemes.values():
            found += _rows(archive, scheme, start, digests)
    later = set(schemes)
    try:
        found += _jar(archive, flaws, later)
    except ExhibitError as error:
        flaws.append(Flaw(error.code, error.message, 0))
    _compare(found, schemes, flaws)
    return found, flaws


# --- v2, v3 ---------------------------------------------------------------------------------------------------------


def _block(archive: Archive, flaws: list[Flaw] | None = None) -> tuple[int, int] | None:
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


def _refuse(scheme: _Scheme, flaws: list[Flaw], start: int, why: str, *, code: str = "signature-refused") -> None:
    scheme.refused = True
    flaws.append(Flaw(code, f"{scheme.name}: {why}", start + scheme.at))


def _signed(scheme: str, value: _Reader) -> Iterator[_Signed]:
    """Yield the signers of one scheme."""
    for signer in value.sub().each(_SIGNERS_CAP):
        signed = signer.sub()
        data, at = signed.rest(), signed.at
        digests = [(row.u32(), row.sub().rest()) for row in signed.sub().each(_SIGNERS_CAP)]
        certs = [_Cert(cert.rest(), cert.at) for cert in signed.sub().each(_CERTS_CAP)]
        systems = outside = (0, _NEWEST)
        if scheme != "v2":
            systems = signed.u32(), signed.u32()
            outside = signer.u32(), signer.u32()
        # Writers of old leave the attributes out where they have none.
        rows = signed.sub().each(_CERTS_CAP) if signed.at < signed.stop else ()
        attributes = [(row.u32(), row) for row in rows]
        signatures = [(row.u32(), row.sub().rest()) for row in signer.sub().each(_SIGNERS_CAP)]
        key = signer.sub().rest()
        yield _Signed(data, at, digests, certs, systems, outside, attributes, signatures, key)


def _judge(schemes: dict[str, _Scheme], flaws: list[Flaw], start: int) -> None:
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


def _contradictions(signer: _Signed) -> Iterator[str]:
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


def _lineage(signer: _Signed, value: _Reader) -> Iterator[str]:
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
        signer.lineage.append(_Cert(der, cert.at))
        if former is not None:
            kind, name = _OF_LINEAGE.get(said, ("", "sha256"))
            public = _public_key(_key_of(former[0]))
            if said != former[1] or public is None or _verify(public, kind, name, signature, data) is not True:
                yield "a certificate of the proof of rotation is not signed by the one before"
        former = der, algorithm
    if former is None or not signer.certs or former[0] != signer.certs[0].der:
        yield "the proof of rotation leads to another certificate"


def _uneven(found: list[_Signed]) -> str:
    """Return why the signers of one scheme do not follow one another, '' if they do."""
    rows = sorted(found, key=lambda s: s.systems)
    for one, other in itertools.pairwise(rows):
        if one.systems[1] + 1 != other.systems[0]:
            return "the systems of its signers overlap or leave a gap"
        if other.chain[: len(one.chain)] != one.chain:
            return "its signers have no common history"
    return ""


def _rows(archive: Archive, scheme: _Scheme, start: int, digests: dict[str, bytes]) -> Iterator[Signer]:
    """Yield the certificates of one scheme; the first of each signer is the one whose key signs."""
    name = scheme.name
    if not scheme.signers:
        yield Signer(name, "", verifies=False, place="", offset=start + scheme.at, length=12)
    seen: set[bytes] = set()
    for signer in scheme.signers:
        verifies = False if scheme.refused else _holds(archive, signer, digests)
        if not signer.certs:
            yield Signer(name, "", verifies=False, place="", offset=start + signer.at, length=max(1, len(signer.data)))
        for n, cert in enumerate(signer.certs):
            yield _row(name, cert, start, verifies=verifies if n == 0 else None, signs=n == 0)
        own = signer.certs[0].der if signer.certs else b""
        for cert in signer.lineage:
            if cert.der != own and cert.der not in seen:
                seen.add(cert.der)
                yield _row(f"{name}-lineage", cert, start, verifies=None, signs=False)


def _row(scheme: str, cert: _Cert, start: int, *, verifies: bool | None, signs: bool) -> Signer:
    digest = hashlib.sha256(cert.der).hexdigest()
    return Signer(scheme, digest, verifies, "", start + cert.at, len(cert.der), signs)


def _holds(archive: Archive, signer: _Signed, digests: dict[str, bytes]) -> bool | None:
    """Return whether a signer's strongest known signature and the digest it signs hold; None if it cannot be tried."""
    known = sorted((a for a, _ in signer.signatures if a in _ALGORITHMS), key=lambda a: (_ALGORITHMS[a][1], a))
    if not known:
        return None if signer.signatures else False
    algorithm = known[-1]
    kind, name = _ALGORITHMS[algorithm]
    public = _public_key(signer.key)
    if public is None:
        return False
    held = _verify(public, kind, name, dict(signer.signatures)[algorithm], signer.data)
    if held is not True:
        return held
    if _key_of(signer.certs[0].der) != signer.key:
        return False
    if name not in digests:
        digests[name] = _content_digest(archive, name)
    return dict(signer.digests).get(algorithm) == digests[name]


def _compare(found: list[Signer], schemes: dict[str, _Scheme], flaws: list[Flaw]) -> None:
    """Note where systems of different age take different keys for the app's, and no proof of rotation joins them."""
    by = {name: {s.cert_sha256 for s in found if s.signs and s.scheme == name} - {""} for name in ("v1", "v2")}
    chains = {
        name: [hashlib.sha256(der).hexdigest() for s in scheme.signers for der in s.chain]
        for name, scheme in schemes.items() if name != "v2"
    }  # fmt: skip
    newer = next((n for n in ("v3", "v3.1") if chains.get(n)), "")
    pairs = [("v1", by["v1"], "v2", by["v2"])]
    if newer:
        # What old systems see has to be the key that the app began with.
        first = {chains[newer][0]}
        pairs += [(name, by[name], newer, first) for name in ("v1", "v2")]
    if newer == "v3" and chains.get("v3.1"):
        pairs.append(("v3", {chains["v3"][0]}, "v3.1", {chains["v3.1"][0]}))
    for old, a, new, b in pairs:
        if a and b and a != b:
            flaws.append(Flaw("signers-differ", f"{old} and {new} name different signers", 0))


def _content_digest(archive: Archive, name: str) -> bytes:
    """Return the top digest over the chunks of the file: members, central directory, end record."""
    block = _block(archive)
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
    return hashlib.new(name, b"\x5a" + struct.pack("<I", len(chunks)) + b"".join(chunks)).digest()


# --- keys -----------------------------------------------------------------------------------------------------------


def _public_key(der: bytes) -> PublicKeyTypes | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _key_of(cert: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a certificate as it stands there; b'' if it cannot be read."""
    try:
        tbs = _children(cert, *_node(cert, 0)[1:])[0]
        fields = _children(cert, tbs[1], tbs[2])
        n = 1 if fields and fields[0][0] == 0xA0 else 0
        spki = fields[n + 5]
    except (IndexError, ExhibitError):
        return b""
    return cert[spki[3] : spki[2]]


def _verify(public: PublicKeyTypes, kind: str, name: str, signature: bytes, data: bytes) -> bool | None:
    """Return whether a signature over bytes holds; None for a kind of key that does not go with the algorithm."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa

    algorithms: dict[str, hashes.HashAlgorithm] = {
        "md5": hashes.MD5(), "sha1": hashes.SHA1(), # noqa: S303 - old signatures use them
        "sha224": hashes.SHA224(), "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
    }  # fmt: skip
    digest = algorithms[name]
    try:
        if isinstance(public, rsa.RSAPublicKey) and kind == "pss":
            public.verify(signature, data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        elif isinstance(public, rsa.RSAPublicKey) and kind == "rsa":
            public.verify(signature, data, padding.PKCS1v15(), digest)
        elif isinstance(public, ec.EllipticCurvePublicKey) and kind == "ecdsa":
            public.verify(signature, data, ec.ECDSA(digest))
        elif isinstance(public, dsa.DSAPublicKey) and kind == "dsa":
            public.verify(signature, data, digest)
        else:
            return False
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError):
        return None
    return True


# --- v1 -------------------------------------------------------------------------------------------------------------

_OIDS: Final = {
    bytes.fromhex("2a864886f70d0205"): "md5", bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040204"): "sha224", bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384", bytes.fromhex("608648016503040203"): "sha512",
}  # fmt: skip
_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_DIGEST_NAMES: Final = {"SHA-512": "sha512", "SHA-384": "sha384", "SHA-256": "sha256", "SHA1": "sha1", "SHA": "sha1"}


def _node(data: bytes, at: int) -> tuple[int, int, int, int]:
    """Return (tag, start of content, end, start of the node) of a DER value; ExhibitError if it does not fit."""
    broken = ExhibitError("signature-der", "a signature block is no DER", hint="the file is damaged or made by hand")
    if at + 2 > len(data):
        raise broken
    tag, size, start = data[at], data[at + 1], at + 2
    if size & 0x80:
        n = size & 0x7F
        if n == 0 or n > 4 or start + n > len(data):
            raise broken
        size = int.from_bytes(data[start : start + n], "big")
        start += n
    if start + size > len(data):
        raise broken
    return tag, start, start + size, at


def _children(data: bytes, start: int, stop: int, *_: int) -> list[tuple[int, int, int, int]]:
    found: list[tuple[int, int, int, int]] = []
    while start < stop and len(found) < 4096:
        node = _node(data[:stop], start)
        found.append(node)
        start = node[2]
    return found


class _Pkcs7(msgspec.Struct):
    """Certificates (DER) and, of the first signer, its digest, its serial number and what is signed."""

    certs: list[bytes]
    digest: str
    signature: bytes
    attributes: bytes
    """Signed attributes as a SET, b'' if the content itself is signed."""
    message_digest: bytes
    serial: bytes


def _pkcs7(data: bytes) -> _Pkcs7:
    """Return what a PKCS #7 SignedData holds (RFC 2315 section 9.1); ExhibitError if it is none."""
    try:
        content = _children(data, *_node(data, 0)[1:3])[1]
        signed = _children(data, *_node(data, content[1])[1:3])
        rows = [n for n in signed if n[0] == 0xA0]
        certs = [data[n[3] : n[2]] for n in _children(data, rows[0][1], rows[0][2])] if rows else []
        info = _children(data, *_children(data, signed[-1][1], signed[-1][2])[0][1:3])
        oid = _children(data, info[2][1], info[2][2])[0]
        issuer = _children(data, info[1][1], info[1][2])
        serial = data[issuer[1][1] : issuer[1][2]]
        rest = info[3:]
        attributes, message = b"", b""
        if rest[0][0] == 0xA0:
            attributes = b"\x31" + data[rest[0][3] + 1 : rest[0][2]]
            for row in _children(data, rest[0][1], rest[0][2]):
                name, values = _children(data, row[1], row[2])[:2]
                if data[name[1] : name[2]] == _MESSAGE_DIGEST:
                    value = _node(data, values[1])
                    message = data[value[1] : value[2]]
            rest = rest[1:]
        signature = data[rest[1][1] : rest[1][2]]
    except (IndexError, ValueError) as error:
        raise ExhibitError(
            "signature-der", "a signature block is no signed data", hint="the file is damaged or made by hand"
        ) from error
    return _Pkcs7(certs, _OIDS.get(data[oid[1] : oid[2]], ""), signature, attributes, message, serial)


def _jar(archive: Archive, flaws: list[Flaw], later: set[str]) -> Iterator[Signer]:
    """Yield the certificates of JAR signatures; they are verified where no later scheme is there."""
    names = {name.upper(): name for name in archive.names() if name.upper().startswith("META-INF/")}
    blocks = sorted(n for n in names if n.endswith((".RSA", ".DSA", ".EC")) and n.count("/") == 1)
    if len(blocks) > _SIGNERS_CAP:
        flaws.append(Flaw("signature-refused", f"v1: {len(blocks)} signers, {_SIGNERS_CAP} are read", 0))
    covered: bool | None = None
    for block in blocks[:_SIGNERS_CAP]:
        try:
            parsed = _pkcs7(archive.read(names[block], _V1_MEMBER_CAP))
        except ExhibitError as error:
            flaws.append(Flaw(error.code, f"{names[block]}: {error.message}", 0))
            continue
        words = _member(archive, names.get(block.rpartition(".")[0] + ".SF"), _V1_MEMBER_CAP)
        verifies: bool | None = None
        if gone := _claimed(words) - later:
            flaws.append(Flaw("signature-stripped", f"v1 says that {', '.join(sorted(gone))} was there; it is not", 0))
            verifies = False
        elif not later:
            listed = _member(archive, names.get("META-INF/MANIFEST.MF"), 8 * _V1_MEMBER_CAP)
            verifies = _signs(parsed, words) if words and listed else False
            if verifies:
                verifies = _lists(words, listed)
            if verifies:
                covered = _covers(archive, listed) if covered is None else covered
                verifies = covered
        leaf = _leaf(parsed)
        for n, cert in enumerate(parsed.certs[:_CERTS_CAP]):
            digest = hashlib.sha256(cert).hexdigest()
            yield Signer("v1", digest, verifies if n == leaf else None, names[block], 0, 0, n == leaf)


def _member(archive: Archive, name: str | None, limit: int) -> bytes:
    """Return the bytes of a member, b'' if it is not there or cannot be read."""
    try:
        return archive.read(name, limit) if name else b""
    except ExhibitError:
        return b""


def _leaf(parsed: _Pkcs7) -> int:
    """Return which certificate the signer names by its serial number; 0 if none fits."""
    for n, cert in enumerate(parsed.certs):
        try:
            fields = _children(cert, *_children(cert, *_node(cert, 0)[1:3])[0][1:3])
            serial = fields[1 if fields[0][0] == 0xA0 else 0]
        except (IndexError, ExhibitError):
            continue
        if cert[serial[1] : serial[2]] == parsed.serial:
            return n
    return 0


def _signs(parsed: _Pkcs7, words: bytes) -> bool | None:
    if not parsed.certs or not parsed.digest:
        return None
    public = _public_key(_key_of(parsed.certs[_leaf(parsed)]))
    if public is None:
        return None
    signed = words
    if parsed.attributes:
        if hashlib.new(parsed.digest, words).digest() != parsed.message_digest:
            return False
        signed = parsed.attributes
    kind = {"RSA": "rsa", "Ell": "ecdsa", "ECP": "ecdsa", "DSA": "dsa"}.get(type(public).__name__[:3], "rsa")
    return _verify(public, kind, parsed.digest, parsed.signature, signed)


def _sections(data: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Return (attributes, bytes as they stand) of each section of a JAR manifest; continued lines are joined."""
    found: list[tuple[dict[str, str], bytes]] = []
    rows: list[bytes] = []
    raw: list[bytes] = []
    for line in data.splitlines(keepends=True):
        raw.append(line)
        bare = line.rstrip(b"\r\n")
        if bare.startswith(b" ") and rows:
            rows[-1] += bare[1:]
        elif bare:
            rows.append(bare)
        elif rows:
            found.append((_attributes(rows), b"".join(raw)))
            rows, raw = [], []
    if rows:
        found.append((_attributes(rows), b"".join(raw)))
    return found


def _attributes(rows: list[bytes]) -> dict[str, str]:
    pairs = (row.decode("utf-8", "replace").partition(": ") for row in rows)
    return {key: value for key, _, value in pairs}


def _claimed(words: bytes) -> set[str]:
    """Return the later schemes that a signature file says are there as well (X-Android-APK-Signed)."""
    sections = _sections(words)
    said = sections[0][0].get("X-Android-APK-Signed", "") if sections else ""
    return {f"v{part.strip()}" for part in said.split(",")} & {"v2", "v3"}


def _digest_of(row: dict[str, str], suffix: str) -> tuple[str, bytes] | None:
    """Return (hash, digest) of the strongest digest attribute of a section, None if it has none."""
    for label, name in _DIGEST_NAMES.items():
        value = row.get(f"{label}-Digest{suffix}")
        if value is not None:
            try:
                return name, base64.b64decode(value)
            except ValueError:
                return name, b""
    return None


def _lists(words: bytes, listed: bytes) -> bool:
    """Return whether a signature file's digests of the manifest, or of each of its sections, hold."""
    sections = _sections(words)
    if not sections:
        return False
    whole = _digest_of(sections[0][0], "-Manifest")
    if whole is not None and hashlib.new(whole[0], listed).digest() == whole[1]:
        return True
    rows = {row["Name"]: raw for row, raw in _sections(listed) if "Name" in row}
    for row, _ in sections[1:]:
        digest = _digest_of(row, "")
        raw = rows.get(row.get("Name", ""))
        if digest is None or raw is None or hashlib.new(digest[0], raw).digest() != digest[1]:
            return False
    return {row.get("Name") for row, _ in sections[1:]} >= set(rows)


def _covers(archive: Archive, listed: bytes) -> bool:
    """Return whether the manifest has a right digest for every member outside META-INF."""
    rows = {row["Name"]: row for row, _ in _sections(listed) if "Name" in row}
    for entry in archive.entries:
        if entry.name.upper().startswith("META-INF/") or entry.name.endswith("/"):
            continue
        digest = _digest_of(rows.get(entry.name, {}), "")
        if digest is None:
            return False
        try:
            data = archive.read(entry)
        except ExhibitError:
            return False
        if hashlib.new(digest[0], data).digest() != digest[1]:
            return False
    return True
