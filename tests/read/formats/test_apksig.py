"""Listed and verified are two facts; a scheme that the system refuses as a whole holds for none of its signers."""

from __future__ import annotations

import hashlib
import runpy
import shutil
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dunproof.read.formats import apksig, sigblock
from dunproof.read.formats.zip import Archive

APP = Path(__file__).parents[1] / "app"
S = runpy.run_path(str(APP / "signing.py"))
V2, V3, V31, NEWEST = S["V2"], S["V3"], S["V31"], S["NEWEST"]
FIRST, SECOND, Signer, lineage, number = S["FIRST"], S["SECOND"], S["Signer"], S["lineage"], S["number"]
ONE, TWO = S["sha256"](FIRST), S["sha256"](SECOND)
PLAIN = (APP / "fixtures/apk/unsigned.apk").read_bytes()
GOOD = (APP / "fixtures/apk/good.apk").read_bytes()
JAR = (APP / "fixtures/apk/signed-v1-v2-v3.apk").read_bytes()

STRIPPING = (S["STRIPPING"], number(3))
PROOF = (S["LINEAGE"], lineage(FIRST, SECOND))
SINCE = (S["ROTATION_MIN_SDK"], number(33))


def sign(**schemes):
    ids = {"v2": V2, "v3": V3, "v31": V31}
    return S["sign"](PLAIN, {ids[name]: [s if isinstance(s, Signer) else Signer(**s) for s in rows]
                             for name, rows in schemes.items()})  # fmt: skip


def relabelled(data, changes):
    """A package with pairs of its signing block under another id, or gone (None)."""
    pairs = [(changes.get(id_, id_), value) for id_, value in S["block"](data)]
    return S["with_block"](data, [(id_, value) for id_, value in pairs if id_ is not None])


def answer(data):
    found, flaws = apksig.signers(Archive(data))
    return [(s.scheme, {ONE: 1, TWO: 2, "": 0}[s.cert_sha256], s.verifies) for s in found], {f.code for f in flaws}


def cut_signers(data):
    """The signers of a v2 block, the last of them cut."""
    value = S["block"](data)[0][1][4:]
    (size,) = struct.unpack_from("<I", value)
    return value[: 4 + size + 40]


ROTATED = {"v2": [{"attributes": [STRIPPING]}], "v3": [{"name": SECOND, "attributes": [PROOF]}]}
TARGETED = {"v3": [{"attributes": [SINCE]}], "v31": [{"name": SECOND, "systems": (33, NEWEST), "attributes": [PROOF]}]}
GOOD_ONES = {
    "v2": (lambda: sign(v2=[{}]), [("v2", 1, True)]),
    "v2 of two signers": (lambda: sign(v2=[{}, {"name": SECOND}]), [("v2", 1, True), ("v2", 2, True)]),
    "v2 with two digests": (
        lambda: sign(v2=[{"algorithms": (S["RSA_SHA256"], S["RSA_SHA512"])}]), [("v2", 1, True)],
    ),
    "v2 and v3": (lambda: sign(v2=[{"attributes": [STRIPPING]}], v3=[{}]), [("v2", 1, True), ("v3", 1, True)]),
    "v3 with a proof of rotation": (
        lambda: sign(**ROTATED), [("v2", 1, True), ("v3", 2, True), ("v3-lineage", 1, None)],
    ),
    "v3 for two ranges of systems": (
        lambda: sign(v3=[{"systems": (28, 30)}, {"name": SECOND, "systems": (31, NEWEST), "attributes": [PROOF]}]),
        [("v3", 1, True), ("v3", 2, True), ("v3-lineage", 1, None)],
    ),
    "v3.1": (lambda: sign(**TARGETED), [("v3", 1, True), ("v3.1", 2, True), ("v3.1-lineage", 1, None)]),
    "a block of no signature": (
        lambda: S["with_block"](GOOD, [*S["block"](GOOD), (0x504B4453, b"words")]), [("v2", 1, True), ("v3", 1, True)],
    ),
}  # fmt: skip


# apksigner 31 does not know v3.1 and sees in v3 the signer of old systems alone.


REFUSED = {
    "v3 gone, v2 says it was there": (lambda: relabelled(GOOD, {V3: None}), [("v2", 1, False)], {"signature-stripped"}),
    "v3 renamed": (lambda: relabelled(GOOD, {V3: 0x04030201}), [("v2", 1, False)], {"signature-stripped"}),
    "v3 as v3.1": (
        lambda: relabelled(GOOD, {V3: V31}), [("v2", 1, False), ("v3.1", 1, False)],
        {"signature-stripped", "signature-refused"},
    ),
    "v3.1 alone": (
        lambda: sign(v31=[{"name": SECOND, "systems": (33, NEWEST)}]), [("v3.1", 2, False)], {"signature-refused"},
    ),
    "v3.1 gone, v3 says it was there": (
        lambda: relabelled(sign(**TARGETED), {V31: None}), [("v3", 1, False)], {"signature-stripped"},
    ),
    "v3.1 from another system on": (
        lambda: sign(v3=TARGETED["v3"], v31=[{"name": SECOND, "systems": (34, NEWEST), "attributes": [PROOF]}]),
        [("v3", 1, False), ("v3.1", 2, True), ("v3.1-lineage", 1, None)], {"signature-refused"},
    ),
    "systems outside are others": (
        lambda: sign(v3=[{"outside": (28, NEWEST - 5)}]), [("v3", 1, False)], {"signature-refused"},
    ),
    "least system outside is another": (
        lambda: sign(v3=[{"outside": (24, NEWEST)}]), [("v3", 1, False)], {"signature-refused"},
    ),
    "systems the wrong way round": (lambda: sign(v3=[{"systems": (30, 28)}]), [("v3", 1, False)], {"signature-refused"}),
    "no signer for new systems": (lambda: sign(v3=[{"systems": (28, 30)}]), [("v3", 1, False)], {"signature-refused"}),
    "two signers for one system": (
        lambda: sign(v3=[{}, {"name": SECOND}]), [("v3", 1, False), ("v3", 2, False)], {"signature-refused"},
    ),
    "a gap of systems": (
        lambda: sign(v3=[{"systems": (28, 29)}, {"systems": (31, NEWEST)}]), [("v3", 1, False)] * 2, {"signature-refused"},
    ),
    "v2 without signers": (
        lambda: S["with_block"](JAR, [(V2, number(0))]), [("v2", 0, False), ("v1", 1, False)],
        {"signature-refused", "signature-stripped"},
    ),
    "v2 empty": (lambda: S["with_block"](PLAIN, [(V2, b"")]), [("v2", 0, False)], {"signing-block"}),
    "v2 cut": (
        lambda: S["with_block"](PLAIN, [(V2, S["block"](sign(v2=[{}, {"name": SECOND}]))[0][1][:-300])]),
        [("v2", 0, False)], {"signing-block"},
    ),
    "the second of two signers ends early": (
        lambda: S["with_block"](PLAIN, [(V2, S["put"](cut_signers(sign(v2=[{}, {}]))))]),
        [("v2", 1, False)], {"signing-block"},
    ),
    "no certificate": (lambda: sign(v2=[{"certs": []}]), [("v2", 0, False)], {"signature-refused"}),
    "digests of other algorithms": (
        lambda: sign(v2=[{"algorithms": (S["RSA_SHA256"],), "digested": (S["RSA_SHA256"], S["RSA_SHA512"])}]),
        [("v2", 1, False)], {"signature-refused"},
    ),
    "signatures of more algorithms": (
        lambda: sign(v3=[{"algorithms": (S["RSA_SHA256"], S["RSA_SHA512"]), "digested": (S["RSA_SHA256"],)}]),
        [("v3", 1, False)], {"signature-refused"},
    ),
    "another's certificate": (
        lambda: sign(v2=[{"certs": [S["cert"](SECOND)]}]), [("v2", 2, False)], set(),
    ),
    "a forged proof of rotation": (
        lambda: sign(v3=[{"name": SECOND, "attributes": [(S["LINEAGE"], lineage(FIRST, SECOND, forged=True))]}]),
        [("v3", 2, False), ("v3-lineage", 1, None)], {"signature-refused"},
    ),
    "a proof of rotation signed by the new key itself": (
        lambda: sign(
            v3=[{"name": SECOND, "attributes": [(S["LINEAGE"], lineage(FIRST, SECOND, order=[SECOND, SECOND]))]}]
        ),
        [("v3", 2, False), ("v3-lineage", 1, None)], {"signature-refused"},
    ),
    "a proof of rotation to another key": (
        lambda: sign(v3=[{"attributes": [PROOF]}]), [("v3", 1, False), ("v3-lineage", 2, None)], {"signature-refused"},
    ),
    "two proofs of rotation": (
        lambda: sign(v3=[{"name": SECOND, "attributes": [PROOF, PROOF]}]), [("v3", 2, False), ("v3-lineage", 1, None)],
        {"signature-refused"},
    ),
    "a proof of rotation of nobody": (
        lambda: sign(v3=[{"attributes": [(S["LINEAGE"], number(1))]}]), [("v3", 1, False)], {"signature-refused"},
    ),
    "v1 says that v2 and v3 were there": (
        lambda: b"".join(S["split"](JAR)[:2]) + S["split"](JAR)[2][:16] + number(len(S["split"](JAR)[0]))
        + S["split"](JAR)[2][20:],
        [("v1", 1, False)], {"signature-stripped"},
    ),
    "v1 says that v3 was there, beside a v2 that does not": (
        lambda: S["sign"](JAR, {V2: [Signer()]}), [("v2", 1, True), ("v1", 1, False)], {"signature-stripped"},
    ),
}  # fmt: skip
NOT_OF_THE_TOOL = {
    # apksigner 31 does not know v3.1, does not look at v1 from system 24 on where v2 holds, and takes two signers of v3
    # for one system and two proofs of rotation, which the system itself does not.
    "two signers for one system", "two proofs of rotation",
    "v3.1 from another system on", "v3.1 gone, v3 says it was there",
    "v1 says that v3 was there, beside a v2 that does not",
}  # fmt: skip


DIFFERING = {
    "v2 and v3 of two keys": ({"v2": [{"attributes": [STRIPPING]}], "v3": [{"name": SECOND}]}, True),
    "v2 of the new key": (
        {"v2": [{"name": SECOND, "attributes": [STRIPPING]}], "v3": [{"name": SECOND, "attributes": [PROOF]}]}, True,
    ),
    "v2 of the old key": (ROTATED, False),
    "v3.1 of a stranger": ({"v3": TARGETED["v3"], "v31": [{"name": SECOND, "systems": (33, NEWEST)}]}, True),
}  # fmt: skip


@pytest.fixture(scope="module")
def apksigner(tmp_path_factory):
    """Whether apksigner verifies each package; empty where it is not installed."""
    if shutil.which("apksigner") is None:
        return {}
    folder = tmp_path_factory.mktemp("signed")
    packages = {name: make() for name, (make, *_) in (GOOD_ONES | REFUSED).items()}
    packages |= {name: sign(**schemes) for name, (schemes, _) in DIFFERING.items()}

    def run(name):
        path = folder / f"{hashlib.sha256(name.encode()).hexdigest()}.apk"
        path.write_bytes(packages[name])
        words = ["apksigner", "verify", "--min-sdk-version", "24", str(path)]
        return subprocess.run(words, check=False, capture_output=True).returncode == 0

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(packages, pool.map(run, packages), strict=True))


@pytest.mark.parametrize("name", GOOD_ONES)
def test_what_holds(name):
    make, want = GOOD_ONES[name]
    assert answer(make()) == (want, set())


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_system_refuses(name):
    make, want, told = REFUSED[name]
    assert answer(make()) == (want, told)


@pytest.mark.parametrize("name", DIFFERING)
def test_signers_that_no_proof_of_rotation_joins_are_told(name):
    schemes, differ = DIFFERING[name]
    rows, told = answer(sign(**schemes))
    assert all(holds for _, _, holds in rows if holds is not None)
    assert told == ({"signers-differ"} if differ else set())


@pytest.mark.slow
def test_apksigner_says_the_same(apksigner):
    if not apksigner:
        pytest.skip("apksigner is not installed")
    want = {name: name in GOOD_ONES for name in (GOOD_ONES | REFUSED) if name not in NOT_OF_THE_TOOL}
    want |= {name: not differ for name, (_, differ) in DIFFERING.items() if "v3.1" not in name}
    assert {name: apksigner[name] for name in want} == want


def test_a_block_whose_sizes_disagree_is_told():
    members, *_ = S["split"](GOOD)
    data = bytearray(GOOD)
    data[len(members)] ^= 1
    rows, told = answer(bytes(data))
    assert (rows, told) == ([], {"signing-block"})


def test_of_two_blocks_the_first_counts_and_the_second_is_told():
    pairs = S["block"](GOOD)
    rows, told = answer(S["with_block"](GOOD, [*pairs, pairs[0]]))
    assert (rows, told) == ([("v2", 1, True), ("v3", 1, True)], {"signing-block"})


def test_every_changed_byte_of_a_signer_is_refused_or_changes_nothing():
    """No byte of the signing block can be changed so that the signature holds over something else."""
    data = sign(**ROTATED)
    good, _ = apksig.signers(Archive(data))
    start, size = sigblock.find(Archive(data))
    for at in range(start, start + size, 7):
        changed = bytearray(data)
        changed[at] ^= 0x10
        found, flaws = apksig.signers(Archive(bytes(changed)))
        held = {s.scheme for s in found if s.verifies}
        assert held < {"v2", "v3"} or flaws or found == good


def test_certificates_of_the_lineage_lie_where_the_fact_says():
    data = sign(**TARGETED)
    for signer in apksig.signers(Archive(data))[0]:
        der = data[signer.offset : signer.offset + signer.length]
        assert hashlib.sha256(der).hexdigest() == signer.cert_sha256


@pytest.mark.corpus
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


@pytest.mark.corpus
def test_certificate_lies_where_the_fact_says(corpora):
    data = (corpora / "apk/fd_v2only.apk").read_bytes()
    ((signer,), _) = apksig.signers(Archive(data))
    der = data[signer.offset : signer.offset + signer.length]
    assert hashlib.sha256(der).hexdigest() == signer.cert_sha256


@pytest.mark.corpus
def test_v1_is_not_tried_beside_a_later_scheme(corpora):
    found, _ = apksig.signers(Archive((corpora / "apk/fd_v1.v2.sig_1020.apk").read_bytes()))
    assert [(s.scheme, s.verifies) for s in found] == [("v2", True), ("v1", None)]


@pytest.mark.corpus
def test_a_stripped_later_scheme_is_told(corpora):
    found, flaws = apksig.signers(Archive((corpora / "apk/jx_fakedex.apk").read_bytes()))
    assert [s.verifies for s in found] == [False]
    assert [f.code for f in flaws] == ["signature-stripped"]
