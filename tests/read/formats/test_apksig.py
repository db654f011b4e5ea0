"""Listed and verified are two facts: one changed byte leaves the certificate and breaks the signature."""

from __future__ import annotations

import pytest

from dunproof.read.formats import apksig
from dunproof.read.formats.zip import Archive

pytestmark = pytest.mark.corpus


@pytest.mark.parametrize(("name", "scheme"), [("fd_v2only", "v2"), ("fd_urzip", "v1"), ("ai_minimal_orig", "v3")])
def test_one_changed_byte_breaks_the_signature_and_leaves_the_certificate(corpora, name, scheme):
    data = bytearray((corpora / "apk" / f"{name}.apk").read_bytes())
    good, flaws = apksig.signers(Archive(bytes(data)))
    assert flaws == []
    assert [s.verifies for s in good if s.scheme == scheme] == [True]
    entry = Archive(bytes(data)).all("classes.dex")[0]
    data[entry.header + 60] ^= 1
    bad, _ = apksig.signers(Archive(bytes(data)))
    assert [(s.scheme, s.cert_sha256) for s in bad] == [(s.scheme, s.cert_sha256) for s in good]
    assert [s.verifies for s in bad if s.scheme == scheme] == [False]


def test_certificate_lies_where_the_fact_says(corpora):
    import hashlib

    data = (corpora / "apk/fd_v2only.apk").read_bytes()
    ((signer,), _) = apksig.signers(Archive(data))
    der = data[signer.offset : signer.offset + signer.length]
    assert hashlib.sha256(der).hexdigest() == signer.cert_sha256


def test_v1_is_not_tried_beside_a_later_scheme(corpora):
    found, _ = apksig.signers(Archive((corpora / "apk/fd_v1.v2.sig_1020.apk").read_bytes()))
    assert [(s.scheme, s.verifies) for s in found] == [("v2", True), ("v1", None)]


def test_a_stripped_later_scheme_is_told(corpora):
    found, flaws = apksig.signers(Archive((corpora / "apk/jx_fakedex.apk").read_bytes()))
    assert [s.verifies for s in found] == [False]
    assert [f.code for f in flaws] == ["signature-stripped"]
