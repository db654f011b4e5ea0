"""Signatures of an Android package: which certificates are listed, and whether the signature over this file holds.

The two are different facts: a certificate can be copied into any file. Schemes v2, v3 and v3.1 are verified over the
whole file (chunked digests, then the signature over the signed data); v1 (JAR) over its members, and only where no
later scheme is there. A scheme that the system would refuse as a whole holds for none of its signers: it names none,
its parts disagree, or another scheme that it names is gone. Former keys stand in the proof of rotation of v3; they are
listed, and sign nothing. Source: "APK Signature Scheme v2/v3/v3.1" of the Android platform, JAR File Specification.
"""

from __future__ import annotations

import hashlib

from dunproof.errors import ExhibitError
from dunproof.read.formats import jarsig, sigblock
from dunproof.read.formats.certificates import Signer
from dunproof.read.formats.sigblock import Scheme
from dunproof.read.formats.zip import Archive, Flaw


def signers(archive: Archive) -> tuple[list[Signer], list[Flaw]]:
    """Return the certificates of all signatures of a package, and what went against the schemes."""
    flaws: list[Flaw] = []
    schemes, found = sigblock.schemes(archive, flaws)
    try:
        found += jarsig.signers(archive, flaws, set(schemes))
    except ExhibitError as error:
        flaws.append(Flaw(error.code, error.message, 0))
    _compare(found, schemes, flaws)
    return found, flaws


def _compare(found: list[Signer], schemes: dict[str, Scheme], flaws: list[Flaw]) -> None:
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
