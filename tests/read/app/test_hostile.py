"""Damaged and made-up packages give facts and problems or an ExhibitError, never anything else."""

from __future__ import annotations

import contextlib
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import Coverage, Endpoint, Problem, SensitiveRead
from dunproof.read.app import reader
from dunproof.read.app.code import classes, program, values
from dunproof.read.app.package import files
from dunproof.read.app.package.limit import CODE_KINDS
from dunproof.read.app.package.unit import Unit
from dunproof.read.formats import axml, dalvik, dexvalues
from dunproof.read.formats.dex import Dex
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


# --- what is too much is left out and said --------------------------------------------------------------------------

READ = "Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;"
START = ("onCreate", "(Landroid/os/Bundle;)V", 1, 4, 2)
CALL = [0x106E, ("m", READ), 0x0000]


def app(make, classes, **more):
    parts = {"cn.example.loan.Main": "activity"}
    members = {"AndroidManifest.xml": make.manifest(components=parts), "classes.dex": make.dex(classes), **more}
    return make.package(members)


def screen(code):
    return {"Lcn/example/loan/Main;": ("Landroid/app/Activity;", [(*START, code)])}


def partly(facts, reason):
    return {f.looked_for for f in facts if isinstance(f, Coverage) and f.reason == reason and f.status == "partly"}


def reads(facts):
    return [f for f in facts if isinstance(f, SensitiveRead)]


def test_code_behind_the_limit_is_left_out_and_said(make, read_apk, monkeypatch):
    rows = [(f"m{n}", "()V", 9, 1, 0, [*[0x0012] * 400, 0x000E]) for n in range(20)]
    made = {**screen([*CALL, 0x000E]), "Lcn/example/loan/Z;": ("Ljava/lang/Object;", rows)}
    facts = read_apk(app(make, made))
    assert not partly(facts, "code-too-much")
    assert reads(facts)[0].at_start is False
    monkeypatch.setattr(program, "_UNITS_CAP", 2000)
    facts = read_apk(app(make, made))
    assert set(CODE_KINDS) <= partly(facts, "code-too-much")
    assert [r.at_start for r in reads(facts)] == [None]


def test_a_method_longer_than_any_is_left_out_and_the_others_are_read(make, read_apk):
    long = [("m", "()V", 9, 1, 0, [*[0x0012] * (program.METHOD_CAP + 1), 0x000E])]
    facts = read_apk(app(make, {**screen([*CALL, 0x000E]), "Lcn/example/loan/Z;": ("Ljava/lang/Object;", long)}))
    assert len(reads(facts)) == 1
    assert "sensitive_read" in partly(facts, "code-too-much")


def test_a_call_that_stands_again_and_again_is_told_some_times(make, read_apk):
    facts = read_apk(app(make, screen([*CALL * 1500, 0x000E])))
    assert len(reads(facts)) == 1000
    assert "sensitive_read" in partly(facts, "code-too-much")


def test_classes_whose_ways_are_too_many_leave_nothing_unreached(make, read_apk, monkeypatch):
    monkeypatch.setattr(classes, "_WORK_CAP", 50)
    names = [f"m{n}" for n in range(12)]
    base = "La/base;"
    calls = [unit for name in names for unit in (0x106E, ("m", f"{base}->{name}()V"), 0)]
    made = [unit for n in range(12) for unit in (0x0022, ("t", f"La/c{n};"))]
    rows = [(name, "()V", 1, 1, 1, [*CALL, 0x000E] if name == "m7" else [0x000E]) for name in names]
    below = {f"La/c{n};": (base, []) for n in range(12)}
    facts = read_apk(app(make, {**screen([*made, *calls, 0x000E]), base: ("Ljava/lang/Object;", rows), **below}))
    assert "sensitive_read" in partly(facts, "code-too-much")
    assert all(r.reached is not False and r.at_start is not False for r in reads(facts))


def test_values_are_not_followed_for_ever(make, read_apk, monkeypatch):
    code = [0x001A, ("s", "https://pay.example.invalid/"), 0x000E]
    classes_ = {**screen([*CALL, 0x000E]), "Lcn/example/loan/Z;": ("Ljava/lang/Object;", [("m", "()V", 9, 1, 0, code)])}
    monkeypatch.setattr(values, "_DECODED_CAP", 0)
    facts = read_apk(app(make, classes_))
    assert len(reads(facts)) == 1
    assert "sensitive_read" in partly(facts, "code-too-much")


def test_texts_behind_the_limit_are_said(make, read_apk, monkeypatch):
    texts = [f"https://pay{n}.example.com/ 您好，请尽快还清您的欠款，否则后果自负 %s" for n in range(40)]
    code = [unit for text in texts for unit in (0x001A, ("s", text))]
    monkeypatch.setattr(reader, "_SEARCHED_CAP", 1500)
    facts = read_apk(app(make, screen([*code, 0x000E])))
    assert partly(facts, "texts-too-many") == {"endpoint", "app_text"}
    assert 0 < sum(isinstance(f, Endpoint) for f in facts) < 40


def test_scripts_of_too_many_words_are_said(make, read_apk, monkeypatch):
    monkeypatch.setattr(files, "QUOTES_CAP", 100)
    script = b'var u="http://pay.example.com/";' + b'"a",' * 100
    facts = read_apk(app(make, screen([0x000E]), **{"assets/a.js": script}))
    assert "endpoint" in partly(facts, "files-not-searched")


def test_a_site_of_many_handles_costs_no_more_than_some(make):
    data = bytearray(make.dex({"La/b;": ("Ljava/lang/Object;", [("m", "()V", 9, 1, 0, [0x00FC, 0, 0, 0x000E])])}))
    data += bytes(-len(data) % 4)
    handles = len(data)
    data += (4).to_bytes(2, "little") + bytes(6)
    array = len(data)
    data += b"\xe8\x07" + bytes([0x16, 0]) * 1000
    data += bytes(-len(data) % 4)
    sites, rows = len(data), len(data) + 4
    data += array.to_bytes(4, "little") + struct.pack("<IHHIIHHII", 2, 7, 0, 1, sites, 8, 0, 1, handles)
    struct.pack_into("<I", data, 52, rows)
    code = program.Code([Unit("classes.dex", Dex(bytes(data)), loaded=True)])
    assert [len(site) for site in code.call_sites(0)] == [16]
    assert [column.tolist() for column in code.handle_columns(0)] == [code.instructions(0)[0][:1].tolist(), [0]]


def test_static_fields_that_classes_share_are_read_as_far_as_they_have_values(make, monkeypatch):
    fields = [unit for n in range(200) for unit in (0x0060, ("f", f"La/a;->f{n:03d}:I"))]
    names = [f"La/{chr(97 + n)};" for n in range(20)]
    rows = {name: ("Ljava/lang/Object;", [("m", "()V", 9, 1, 0, [*fields, 0x000E])]) for name in names}
    data = bytearray(make.dex(rows))
    at = len(data)
    data += bytes([200 & 0x7F | 0x80, 1, 0, 0, 0]) + bytes([0, 0]) + bytes([1, 0]) * 199
    array = len(data)
    data += bytes([1, 0x17, 0])
    for row in range(len(names)):
        struct.pack_into("<II", data, Dex(bytes(data)).class_defs_at + 32 * row + 24, at, array)
    read = []
    one = dalvik.uleb128
    monkeypatch.setattr(dalvik, "uleb128", lambda *args: read.append(args) or one(*args))
    assert len(dexvalues.statics(Dex(bytes(data)))) == 20
    assert len(read) < 200


def test_paths_of_elements_beside_each_other_are_one(make):
    tree = ("a", {}, [("b", {}, [("c", {}, []), ("c", {}, [])]), ("b", {}, [("c", {}, [])])])
    found = [e.path for e in axml.parse(make.axml(tree)).elements if e.name == "c"]
    assert found == [("a", "b")] * 3
    assert len({id(path) for path in found}) == 1
