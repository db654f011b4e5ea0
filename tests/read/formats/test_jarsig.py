"""Signatures of the first scheme, held as the system holds them (StrictJarVerifier of the Android platform)."""

from __future__ import annotations

import base64
import hashlib
import io
import runpy
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from dunproof.read.formats import apksig
from dunproof.read.formats.zip import Archive

S = runpy.run_path(str(Path(__file__).parents[1] / "app" / "signing.py"))
ONE, TWO = S["sha256"](S["FIRST"]), S["sha256"](S["SECOND"])
LONG = "assets/" + "还款提醒" * 12 + ".txt"
MEMBERS = {"AndroidManifest.xml": b"manifest", "classes.dex": b"dex\n035\0", LONG: b"words"}
V1 = "Signature-Version: 1.0"


def digest(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def lines(*rows):
    """Lines of a manifest, continued after 72 bytes as the format asks for."""
    out = b""
    for row in rows:
        raw, room = row.encode(), 72
        while len(raw) > room:
            out, raw = out + raw[:room] + b"\r\n", b" " + raw[room:]
        out += raw + b"\r\n"
    return out + b"\r\n"


def section(name, data, key="Name", label="SHA-256-Digest"):
    return lines(f"{key}: {name}", f"{label}: {digest(data)}")


def block(data, name, options=(), certs=()):
    cert = x509.load_der_x509_certificate(S["cert"](name))
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data).add_signer(cert, S["key"](name), hashes.SHA256())
    for other in certs:
        builder = builder.add_certificate(other)
    how = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, *options]
    return builder.sign(serialization.Encoding.DER, how)


def jar(
    members=MEMBERS,
    *,
    main=("Manifest-Version: 1.0",),
    named=None,
    listed=None,
    whole=True,
    attributes=(V1,),
    folder="META-INF/",
    key="Name",
    label="SHA-256-Digest",
    by=("FIRST",),
    more=None,
    change=lambda m: m,
    **how,
):
    """A signed JAR: ``named`` of the members stand in the manifest, ``listed`` of them in the signature file."""
    named = list(members) if named is None else named
    listed = list(members) if listed is None else listed
    head = lines(*main)
    sections = {n: section(n, members[n], key, label) for n in named}
    manifest = head + b"".join(sections.values())
    files = {"META-INF/MANIFEST.MF": change(manifest)}
    for n, name in enumerate(by):
        said = [*attributes, f"SHA-256-Digest-Manifest-Main-Attributes: {digest(head)}"]
        said += [f"SHA-256-Digest-Manifest: {digest(manifest)}"] if whole else []
        words = lines(*said) + b"".join(section(m, sections[m], key, label) for m in (listed if n == 0 else members))
        files[f"{folder}CERT{n}.SF"] = words
        files[f"{folder}CERT{n}.RSA"] = block(words, S[name], **how)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in {**members, **files, **(more or {})}.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def held(data):
    return [(1 if s.cert_sha256 == ONE else 2, s.verifies) for s in apksig.signers(Archive(data))[0]]


GOOD = {
    "plain": {},
    "with signed attributes left out": {"options": [pkcs7.PKCS7Options.NoAttributes]},
    "sections alone": {"whole": False},
    "of an edited manifest whose sections are the same": {"change": lambda m: m + b"\r\n"},
    "keys in another case": {"key": "name", "label": "sha-256-digest"},
    "a folder and files of the signature's own folder": {"more": {"assets/": b"", "META-INF/services/x": b"x"}},
}


@pytest.mark.parametrize("name", GOOD)
def test_what_holds(name):
    assert held(jar(**GOOD[name])) == [(1, True)]


def test_two_signers_hold():
    assert held(jar(by=("FIRST", "SECOND"))) == [(1, True), (2, True)]


REFUSED = {
    "the signature file lists no member": {"listed": []},
    "the signature file lists one member": {"listed": ["classes.dex"]},
    "the manifest lists one member": {"named": ["classes.dex"], "listed": ["classes.dex"]},
    "no version": {"attributes": ()},
    "the head of the manifest was changed": {"change": lambda m: m.replace(b"Version: 1.0", b"Version: 1.1", 1)},
    "a member was added": {"more": {"assets/new": b"x"}},
    "a member was added in a folder that only looks alike": {"more": {"meta-inf/new": b"x"}},
    "a section stands twice": {"change": lambda m: m + section("classes.dex", MEMBERS["classes.dex"])},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_system_refuses(name):
    assert held(jar(**REFUSED[name])) == [(1, False)]


def test_a_block_without_its_signature_file_is_passed_over():
    data = jar(more={"META-INF/X.RSA": block(b"words", S["SECOND"])})
    assert held(data) == [(1, True), (2, False)]


def test_a_signature_in_a_folder_that_only_looks_alike_is_none():
    assert held(jar(folder="meta-inf/")) == []


def test_of_two_signers_each_has_to_sign_all():
    assert held(jar(by=("FIRST", "SECOND"), listed=["classes.dex"])) == [(1, False), (2, False)]


def test_the_signer_is_named_by_issuer_and_number():
    own = x509.load_der_x509_certificate(S["cert"](S["FIRST"]))
    key = S["key"](S["SECOND"])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody else")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(own.serial_number).not_valid_before(own.not_valid_before_utc)
    other = builder.not_valid_after(own.not_valid_after_utc).sign(key, hashes.SHA256())
    found = apksig.signers(Archive(jar(certs=[other])))[0]
    assert {s.cert_sha256: s.verifies for s in found}[ONE] is True
    assert [s.cert_sha256 for s in found if s.signs] == [ONE]


def test_of_two_signers_of_the_signing_block_each_has_to_hold():
    data = (Path(__file__).parents[1] / "app/fixtures/apk/unsigned.apk").read_bytes()
    make = S["Signer"]
    both = S["sign"](data, {S["V2"]: [make(), make(S["SECOND"], certs=[S["cert"](S["FIRST"])])]})
    assert [s.verifies for s in apksig.signers(Archive(both))[0]] == [False, False]


def test_a_signature_over_too_much_is_not_tried():
    found, flaws = apksig.signers(Archive(jar({**MEMBERS, **{f"a{n}": b"" for n in range(250)}})))
    assert ([s.verifies for s in found], flaws) == ([True], [])
    data = jar(change=lambda m: m + b"".join(b"Name: %d\r\n\r\n" % n for n in range(200_000)), whole=False)
    found, flaws = apksig.signers(Archive(data))
    assert [s.verifies for s in found] == [None]
    assert [f.code for f in flaws] == ["signature-too-much"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        plain = zipfile.ZipFile(io.BytesIO(jar({**MEMBERS, "assets/zeros": bytes(20_000_000)})))
        for name in plain.namelist():
            archive.writestr(name, plain.read(name))
    found, flaws = apksig.signers(Archive(out.getvalue()))
    assert [s.verifies for s in found] == [None]
