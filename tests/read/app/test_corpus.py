"""Equality with androguard and apksigner over the shared packages; every difference is explained in a file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import App, CodeSheet, Permission, SensitiveRead, Signer, Support
from dunproof.facts.locator import Insn, parse
from dunproof.read.app import catalogue, sites
from dunproof.read.app.code.program import Code
from dunproof.read.app.package.unit import Unit
from dunproof.read.formats import axml, dexlayout, dexprint
from dunproof.read.formats.dalvik import sweep
from dunproof.read.formats.dex import Dex
from dunproof.read.formats.zip import Archive
from dunproof.read.source import Member

pytestmark = pytest.mark.corpus
UNRESOLVED = json.loads((Path(__file__).parent / "unresolved_sites.json").read_text(encoding="utf-8"))
DIFFERENCES = json.loads((Path(__file__).parent / "oracle_differences.json").read_text(encoding="utf-8"))
NAMES = [
    "ag_a2dp.Vol_137",
    "ag_multidex",
    "ai_eocd_at_offset_1026",
    "ai_minimal_SIZE_ExtraField",
    "ai_minimal_def_mod",
    "ai_minimal_orig",
    "ai_minimal_zero_sized_end_ns",
    "ai_truncated-cd",
    "at_GHSA-2hqv-2xv4-5h5w",
    "at_dynamic_dex",
    "at_issue1730",
    "at_issue2701",
    "at_unknown_compression",
    "db_LocationLeak1",
    "db_PrivateDataLeak1",
    "db_Reflection4",
    "db_ServiceCommunication1",
    "ex_blooddonation",
    "fd_com.politedroid_6",
    "fd_duplicate.permisssions_9999999",
    "fd_issue-1128-poc1",
    "fd_issue-1128-poc3a",
    "fd_janus",
    "fd_org.maxsdkversion_4",
    "fd_souch.smsbypass_9",
    "fd_urzip-badsig",
    "fd_urzip",
    "fd_v1.v2.sig_1020",
    "fd_v2only",
    "ib_InsecureBankv2",
    "jx_fakedex",
    "jx_resonly",
]


@pytest.fixture(scope="module")
def oracle(corpora):
    return json.loads(gzip.decompress((corpora / "apk/oracle/androguard.json.gz").read_bytes()))["files"]


@pytest.fixture(params=NAMES, scope="module")
def name(request):
    return f"{request.param}.apk"


@pytest.fixture(scope="module")
def facts(name, corpora, read_apk):
    return read_apk(corpora / "apk" / name)


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


def test_package_sdk_levels_and_permissions(name, facts, oracle):
    want = oracle[name]
    (app,) = of(facts, App)
    assert (app.package or "") == want["package"]
    assert app.target_sdk == (int(want["target_sdk"]) if want["target_sdk"] else None)
    assert app.min_sdk == (int(want["min_sdk"]) if want["min_sdk"] else None)
    same = {p.name for p in of(facts, Permission)} == set(want["permissions"])
    assert same != (name in DIFFERENCES["permissions"])


def test_certificates_and_whether_the_signature_holds(name, facts, oracle):
    want = oracle[name]
    found = of(facts, Signer)
    assert ({s.cert_sha256 for s in found} == set(want.get("cert_sha256", []))) != (name in DIFFERENCES["certificates"])
    tried = [s.verifies for s in found if s.verifies is not None]
    same = (all(tried) and bool(tried)) == want["apksigner"]["verify"]
    assert same != (name in DIFFERENCES["verifies"])


def test_call_sites_are_equal(name, corpora, oracle):
    """Same (caller, byte offset from the first instruction, row) as androguard, exact classes, for the rows it knew."""
    asked = json.loads((corpora / "apk/sources_catalogue.json").read_bytes())["methods"]
    rows = {(m["id"], m["cls"], m["name"], m["proto"]) for m in asked}
    assert {(s.id, s.cls, s.name, s.proto) for s in catalogue.sources()} >= rows
    archive = Archive((corpora / "apk" / name).read_bytes())
    members = [m for m in archive.names() if m.startswith("classes") and m.endswith(".dex")]
    code = Code([Unit(m, Dex(archive.read(m)), loaded=True) for m in members])
    found = set()
    for site in sites.find(code):
        dex = code.units[site.call.dex].dex
        first = dex.body(int(dex.items.code[site.call.row]))[0]
        if (site.source.id, *msgspec.structs.astuple(site.callee)) in rows:
            found.add((site.caller.key, site.offset - 2 * first, site.source.id))
    assert found == {tuple(x) for x in oracle[name]["sites"]}
    classes = [len(unit.dex.class_defs) for unit in code.units]
    assert (classes == oracle[name]["dex_classes"]) != (name in DIFFERENCES["classes"])


def test_starts_of_instructions_are_those_of_a_plain_sweep(name, corpora):
    archive = Archive((corpora / "apk" / name).read_bytes())
    for member in archive.names():
        if member.endswith(".dex") and archive.peek(archive.all(member)[0], 4) == dexlayout.MAGIC:
            data = archive.read(member)
            if len(data) > 2_000_000:
                continue
            dex = Dex(data)
            bodies = zip(*(x.tolist() for x in dex.items.bodies()), strict=True)
            plain = sorted({i.at for first, size in bodies for i in sweep(dex.units, first, size)})
            assert dex.items.starts.tolist() == plain


def test_every_place_can_be_quoted(name, facts, corpora):
    archive = Archive((corpora / "apk" / name).read_bytes())
    shown = 0
    for fact in facts:
        if isinstance(fact, Member) or not isinstance(fact, (Permission, SensitiveRead, Support)):
            continue
        if isinstance(fact, Support) and fact.part != "path":
            continue
        locator = parse(fact.loc)
        (place,) = locator.places
        if isinstance(place, Insn):
            if shown < 12:
                words = dexprint.describe(archive.read(place.dex), place.offset)
                # A step of a path may be the making of an object whose callback runs.
                assert "invoke" in words or (isinstance(fact, Support) and "new-instance" in words)
            shown += 1
        else:
            words = axml.describe(archive.read(locator.members[0]), place.offset, place.length)
            assert words.endswith(f'android:name="{fact.name}"')


def test_places_that_are_none_raise(corpora):
    archive = Archive((corpora / "apk/fd_souch.smsbypass_9.apk").read_bytes())
    with pytest.raises(ExhibitError):
        axml.describe(archive.read("AndroidManifest.xml"), 9, 20)
    with pytest.raises(ExhibitError):
        dexprint.describe(archive.read("classes.dex"), 4)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("fd_souch.smsbypass_9", {
            ("contacts", "content://com.android.contacts/data/phones", "resolved", "all"),
            ("contacts", "content://com.android.contacts/phone_lookup", "resolved", None),
            ("contacts", "", "picker", "picked"),
        }),
        ("ag_a2dp.Vol_137", {("contacts", "content://com.android.contacts/phone_lookup", "resolved", None)}),
        ("fd_com.politedroid_6", {
            ("calendar", "content://com.android.calendar/calendars", "resolved", "all"),
            ("calendar", "content://com.android.calendar/instances/when", "resolved", None),
        }),
    ],
)  # fmt: skip
def test_known_readers_of_contacts_and_calendar_resolve(corpora, read_apk, name, found):
    reads = of(read_apk(corpora / "apk" / f"{name}.apk"), SensitiveRead)
    mine = [r for r in reads if r.owner_kind != "library" and r.category in {"contacts", "calendar", None}]
    assert {(r.category, r.uri, r.outcome, r.scope) for r in mine} == found


def test_what_the_code_does_not_settle_is_listed_with_the_reason(name, facts):
    open_ = [r for r in of(facts, SensitiveRead) if r.owner_kind != "library" and r.category is None]
    listed = UNRESOLVED["sites"].get(name, {})
    assert {r.loc for r in open_} == set(listed)
    (sheet,) = of(facts, CodeSheet)
    assert sheet.reflection_unsettled == UNRESOLVED["reflection"].get(name, {"calls": 0})["calls"]
