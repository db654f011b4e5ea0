"""Keys, certificates and signatures over bytes, as every scheme of an Android package uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.errors import ExhibitError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_CHILDREN_CAP: Final = 4096


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


def public_key(der: bytes) -> PublicKeyTypes | None:
    """Return the key of a SubjectPublicKeyInfo; None for one that cannot be read."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def key_of(cert: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a certificate as it stands there; b'' if it cannot be read."""
    try:
        tbs = children(cert, *node(cert, 0)[1:])[0]
        fields = children(cert, tbs[1], tbs[2])
        n = 1 if fields and fields[0][0] == 0xA0 else 0
        spki = fields[n + 5]
    except (IndexError, ExhibitError):
        return b""
    return cert[spki[3] : spki[2]]


def verify(public: PublicKeyTypes, kind: str, name: str, signature: bytes, data: bytes) -> bool | None:
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


def node(data: bytes, at: int) -> tuple[int, int, int, int]:
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


def children(data: bytes, start: int, stop: int, *_: int) -> list[tuple[int, int, int, int]]:
    """Return the DER values between two offsets, each as ``node`` gives it."""
    found: list[tuple[int, int, int, int]] = []
    while start < stop and len(found) < _CHILDREN_CAP:
        found.append(node(data[:stop], start))
        start = found[-1][2]
    return found
