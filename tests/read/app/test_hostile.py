"""Damaged and made-up packages give facts and problems or an ExhibitError, never anything else."""

from __future__ import annotations

import contextlib
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import Problem
from dunproof.read.formats.zip import Archive

MANY = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
FLIPS = st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(0, 255)), min_size=1, max_size=12)


def flipped(data: bytes, flips) -> bytes:
    out = bytearray(data)
    for at, value in flips:
        out[at % len(out)] = value
    return bytes(out)


def survives(read_apk, data: bytes) -> None:
    with contextlib.suppress(ExhibitError):
        read_apk(data)


@pytest.fixture(scope="module", params=["fd_souch.smsbypass_9", "fd_duplicate.permisssions_9999999", "at_dynamic_dex"])
def apk(request, corpora):
    return (corpora / "apk" / f"{request.param}.apk").read_bytes()


@pytest.mark.corpus
@MANY
@given(flips=FLIPS)
def test_bytes_changed_anywhere(apk, read_apk, flips):
    survives(read_apk, flipped(apk, flips))


@pytest.mark.corpus
@MANY
@given(flips=FLIPS, part=st.sampled_from(["classes.dex", "AndroidManifest.xml"]), head=st.booleans())
def test_bytes_changed_inside_the_members(apk, read_apk, make, flips, part, head):
    archive = Archive(apk)
    members = {name: archive.read(name) for name in ("classes.dex", "AndroidManifest.xml")}
    if head:
        flips = [(at % 1024, value) for at, value in flips]
    members[part] = flipped(members[part], flips)
    survives(read_apk, make.package(members, zipfile.ZIP_STORED))


@pytest.mark.corpus
@MANY
@given(cut=st.integers(0, 1 << 30))
def test_cut_files(apk, read_apk, cut):
    survives(read_apk, apk[: cut % len(apk)])


@given(data=st.binary(max_size=600))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_noise(read_apk, make, data):
    survives(read_apk, make.package({"AndroidManifest.xml": data, "classes.dex": b"dex\n035\0" + data}))
    survives(read_apk, data)


def test_code_items_that_overlap_cost_no_more_than_the_file(make, read_apk):
    body = [0x0000] * 4000 + [0x000E]
    rows = [(f"m{n}", "()V", 9, 1, 0, body if n == 0 else [0x000E]) for n in range(300)]
    data = bytearray(make.dex({"Lcn/example/A;": ("Ljava/lang/Object;", rows)}))
    first = data.find(b"\x01\0\0\0\5\0\0\0\0\0\0\0")
    for n in range(300):
        at = data.find(b"\x01\0\0\0\5\0\0\0\0\0\0\0", first + 1 + n * 20)
        if at > 0:
            data[at + 12 : at + 16] = (4000).to_bytes(4, "little")
    facts = read_apk(make.package({"AndroidManifest.xml": make.manifest(), "classes.dex": bytes(data)}))
    assert any(isinstance(f, Problem) and f.code == "dex-checksum" for f in facts)


def test_problems_are_bounded(make, read_apk):
    data = make.manifest()
    unknown = b"\x99\x09\x08\x00\x08\x00\x00\x00"
    noisy = data[:8] + unknown * 50_000 + data[8:]
    noisy = noisy[:4] + len(noisy).to_bytes(4, "little") + noisy[8:]
    facts = read_apk(make.package({"AndroidManifest.xml": noisy}))
    assert sum(isinstance(f, Problem) for f in facts) <= 110
