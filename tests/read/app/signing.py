"""Signs packages with schemes v2, v3 and v3.1, by the formats' own rules and independent of the reader.

Every part of a signer can be set to something else, so that a test gets one thing wrong and the rest right. The keys are
TEST keys, published on purpose; RSA with PKCS #1 v1.5 gives the same bytes each time.
Format: "APK Signature Scheme v2", "v3" and "v3.1" of the Android platform.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

V2, V3, V31 = 0x7109871A, 0xF05368C0, 0x1B93AD61
STRIPPING, LINEAGE, ROTATION_MIN_SDK = 0xBEEFF00D, 0x3BA06F8C, 0x559F8B02
RSA_SHA256, RSA_SHA512 = 0x0103, 0x0104
NEWEST = 0x7FFFFFFF
KEYS = Path(__file__).parent / "fixtures/key"
FIRST, SECOND = "TEST-ONLY", "TEST-ONLY-second"


@cache
def key(name):
    return serialization.load_der_private_key((KEYS / f"{name}-key.pk8").read_bytes(), None)


@cache
def cert(name):
    found = x509.load_pem_x509_certificate((KEYS / f"{name}-cert.pem").read_bytes())
    return found.public_bytes(serialization.Encoding.DER)


def public(name):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key(name).public_key().public_bytes(serialization.Encoding.DER, form)


def sha256(name):
    return hashlib.sha256(cert(name)).hexdigest()


def put(*parts):
    """Parts, each with its length before it."""
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def made(name, data, algorithm=RSA_SHA256):
    digest = {RSA_SHA256: hashes.SHA256, RSA_SHA512: hashes.SHA512}[algorithm]()
    return key(name).sign(data, padding.PKCS1v15(), digest)


def number(value):
    return struct.pack("<I", value)


def lineage(*names, forged=False, order=None):
    """The value of a proof of rotation from the first key to the last."""
    levels = b""
    for n, name in enumerate(names):
        signed = put(cert(name)) + number(RSA_SHA256 if n else 0)
        by = (order or names)[n - 1]
        signature = made(by, signed) if n else b""
        if forged and n:
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        levels += put(put(signed) + number(31) + number(RSA_SHA256) + put(signature))
    return number(1) + levels


@dataclass
class Signer:
    """What a record says; ``outside`` are the systems in the part that is not signed."""

    name: str = FIRST
    systems: tuple = (28, NEWEST)
    outside: tuple | None = None
    attributes: list = field(default_factory=list)
    certs: list | None = None
    algorithms: tuple = (RSA_SHA256,)
    digested: tuple | None = None
    """Algorithms of the digests, where they are others than those of the signatures."""
    key: str | None = None


def record(signer, scheme, digests):
    listed = signer.digested or signer.algorithms
    certs = [cert(signer.name)] if signer.certs is None else signer.certs
    signed = put(b"".join(put(number(a) + put(digests[a])) for a in listed)) + put(put(*certs))
    if scheme != V2:
        signed += struct.pack("<II", *signer.systems)
    signed += put(b"".join(put(number(id_) + value) for id_, value in signer.attributes))
    out = put(signed)
    if scheme != V2:
        out += struct.pack("<II", *(signer.outside or signer.systems))
    signatures = b"".join(put(number(a) + put(made(signer.name, signed, a))) for a in signer.algorithms)
    return out + put(signatures) + put(public(signer.key or signer.name))


def _chunks(name, parts):
    digests = []
    for part in parts:
        for at in range(0, len(part), 1 << 20):
            piece = part[at : at + (1 << 20)]
            digests.append(hashlib.new(name, b"\xa5" + number(len(piece)) + piece).digest())
    return hashlib.new(name, b"\x5a" + number(len(digests)) + b"".join(digests)).digest()


def split(data):
    """(members, directory, end record) of a package, without a signing block."""
    end = data.rindex(b"PK\5\6")
    (directory,) = struct.unpack_from("<I", data, end + 16)
    start = directory
    if data[directory - 16 : directory] == b"APK Sig Block 42":
        (size,) = struct.unpack_from("<Q", data, directory - 24)
        start = directory - size - 8
    return data[:start], data[directory:end], data[end:]


def with_block(data, pairs):
    """A package with a signing block of (id, value) pairs in the place of its own."""
    members, directory, end = split(data)
    body = b"".join(struct.pack("<QI", 4 + len(value), id_) + value for id_, value in pairs)
    size = struct.pack("<Q", len(body) + 24)
    block = size + body + size + b"APK Sig Block 42"
    return members + block + directory + end[:16] + number(len(members) + len(block)) + end[20:]


def block(data):
    """The (id, value) pairs of the signing block of a package."""
    members, *_ = split(data)
    at, stop = len(members) + 8, data.index(b"APK Sig Block 42", len(members)) - 8
    found = []
    while at < stop:
        size, id_ = struct.unpack_from("<QI", data, at)
        found.append((id_, data[at + 12 : at + 8 + size]))
        at += 8 + size
    return found


def sign(data, schemes):
    """A package signed anew: {id: [Signer]} in order."""
    members, directory, end = split(data)
    parts = (members, directory, end[:16] + number(len(members)) + end[20:])
    digests = {RSA_SHA256: _chunks("sha256", parts), RSA_SHA512: _chunks("sha512", parts)}
    return with_block(
        data, [(id_, put(put(*(record(s, id_, digests) for s in rows)))) for id_, rows in schemes.items()]
    )
