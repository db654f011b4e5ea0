"""Bundles and splits: one app of several packages, what its lists name and what is not there."""

from __future__ import annotations

import json
import runpy
import zipfile
from pathlib import Path

import pytest

from dunproof.facts.kinds import App, Component, Coverage, Permission, Problem, SensitiveRead, Signer
from dunproof.read.app import reader
from dunproof.read.quote import quote
from dunproof.read.source import Member, Source

SIGNING = runpy.run_path(str(Path(__file__).with_name("signing.py")))
QUERY = (
    "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;"
    "[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;"
)
CALLS = "Landroid/provider/CallLog$Calls;->CONTENT_URI:Landroid/net/Uri;"
RESOLVER = "(Landroid/content/ContentResolver;)V"
BASE = "Lcn/example/loan/Main;"
PAY = "Lcn/example/loan/Pay;"


def manifest(make, *permissions, split="", components=(), package="cn.example.loan", **more):
    root = {"package": package, "versionCode": 7, **({"split": split} if split else {}), **more}
    rows = [("activity", {"name": c}, []) for c in components]
    asked = [("uses-permission", {"name": f"android.permission.{p}"}, []) for p in permissions]
    return make.axml(("manifest", root, [*asked, ("application", {}, rows)]))


@pytest.fixture
def parts(make):
    """The files of a base that calls into a feature split, and of that split."""
    code = [0x6007, 0x0162, ("f", CALLS), 0x0212, 0x0312, 0x0412, 0x0512, 0x0674, ("m", QUERY), 0, 0x000E]
    go = [0x0012, 0x1071, ("m", f"{PAY}->all{RESOLVER}"), 0, 0x000E]
    base = {BASE: ("Landroid/app/Activity;", [("onCreate", "(Landroid/os/Bundle;)V", 4, 3, 2, go)])}
    pay = {PAY: ("Ljava/lang/Object;", [("all", RESOLVER, 0x9, 7, 1, code)])}
    first = manifest(make, "INTERNET", components=["cn.example.loan.Main"])
    second = manifest(make, "READ_CALL_LOG", "INTERNET", split="pay", components=["cn.example.loan.PayPage"])
    return (
        make.package({"AndroidManifest.xml": first, "classes.dex": make.dex(base)}),
        make.package({"AndroidManifest.xml": second, "classes.dex": make.dex(pay)}),
    )


@pytest.fixture
def read_bundle(make, tmp_path):
    def run(members):
        path = tmp_path / "app.xapk"
        path.write_bytes(make.package(members, zipfile.ZIP_STORED))
        source = Source(
            exhibit="0123456789abcdef", name=path.name, format="apks", encoding="", path=path,
            size_bytes=path.stat().st_size,
        )  # fmt: skip
        return source, list(reader.read(source))

    return run


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


def test_a_bundle_is_one_app_with_the_permissions_and_code_of_all_parts(parts, read_bundle):
    source, facts = read_bundle({"config.pay.apk": parts[1], "base.apk": parts[0], "icon.png": b"x"})
    (app,) = of(facts, App)
    assert (app.package, app.loc.partition("#")[0]) == ("cn.example.loan", "!/base.apk!/AndroidManifest.xml")
    asked = {p.name.rpartition(".")[2]: p.loc.partition("#")[0] for p in of(facts, Permission)}
    assert asked == {
        "INTERNET": "!/base.apk!/AndroidManifest.xml", "READ_CALL_LOG": "!/config.pay.apk!/AndroidManifest.xml",
    }  # fmt: skip
    assert [(c.name.rpartition(".")[2], c.defined) for c in of(facts, Component)] == [
        ("Main", True),
        ("PayPage", False),
    ]
    (row,) = of(facts, SensitiveRead)
    assert (row.category, row.reached) == ("call_log", True)
    assert row.loc.startswith("!/config.pay.apk#insn=classes.dex@")
    assert "ContentResolver;->query(" in quote(source, row.loc).text
    for fact in (*of(facts, Permission), *of(facts, Component)):
        assert fact.name.rpartition(".")[2] in quote(source, fact.loc).text
    assert of(facts, Signer) == of(facts, Member) == []
    assert [p.code for p in of(facts, Problem)] == ["component-missing"]


def test_parts_that_the_list_names_are_missed(parts, read_bundle):
    named = {"split_apks": [{"file": "base.apk", "id": "base"}, {"file": "config.zh.apk", "id": "config.zh"}]}
    _, facts = read_bundle({"base.apk": parts[0], "manifest.json": json.dumps(named).encode()})
    (problem,) = of(facts, Problem)
    assert (problem.code, problem.detail) == ("splits-missing", "asked for and not here: config.zh.apk")
    assert {c.looked_for for c in of(facts, Coverage)} >= {"permission", "sensitive_read"}


def test_what_is_no_part_goes_back_to_the_queue(parts, read_bundle, make):
    other = make.package({"AndroidManifest.xml": manifest(make, package="cn.example.other")})
    _, facts = read_bundle({"base.apk": parts[0], "other.apk": other, "notes.txt": b"words", "broken.apk": b"PK"})
    assert sorted(m.name for m in of(facts, Member)) == ["notes.txt", "other.apk"]
    assert [p.code for p in of(facts, Problem)] == ["bundle-part"]


def test_a_bundle_without_a_base(parts, read_bundle):
    _, facts = read_bundle({"config.pay.apk": parts[1], "manifest.json": b"{}"})
    assert {p.code for p in of(facts, Problem)} == {"bundle-no-base", "split"}


def test_a_base_that_does_not_run_alone_says_so(make, read_apk):
    meta = ("meta-data", {"name": "com.android.vending.splits.required", "value": "true"}, [])
    data = make.axml(("manifest", {"package": "cn.example.loan"}, [("application", {}, [meta])]))
    facts = read_apk(make.package({"AndroidManifest.xml": data}))
    (problem,) = [p for p in of(facts, Problem) if p.code == "splits-missing"]
    assert problem.detail == (
        "asked for and not here: at least one split, name not stated (com.android.vending.splits.required)"
    )
    data = manifest(make, isSplitRequired="true", requiredSplitTypes="base__abi,base__density")
    facts = read_apk(make.package({"AndroidManifest.xml": data}))
    (problem,) = [p for p in of(facts, Problem) if p.code == "splits-missing"]
    assert problem.detail == (
        "asked for and not here: a split of the type base__abi, a split of the type base__density"
    )


# --- names of what is missing ---------------------------------------------------------------------------------------


REQUIRED = ("meta-data", {"name": "com.android.vending.splits.required", "value": "true"}, [])


def small(make, split="", *, inside=(), top=(), version=7, package="cn.example.loan", files=None, **more):
    root = {"package": package, "versionCode": version, **({"split": split} if split else {}), **more}
    data = make.axml(("manifest", root, [*top, ("application", {}, list(inside))]))
    return make.package({"AndroidManifest.xml": data, **(files or {})})


def told(facts, *codes):
    """(code, detail) of the problems about splits."""
    return [(p.code, p.detail) for p in of(facts, Problem) if p.code.startswith("split") or p.code in codes]


def weak(facts):
    return {c.looked_for for c in of(facts, Coverage)}


@pytest.mark.parametrize(
    ("listed", "want"),
    [
        ({"split_configs": ["config.zh", "config.arm64_v8a"]}, "config.zh, config.arm64_v8a"),
        ({"split_configs": ["config.zh.apk"]}, "config.zh"),
        ({"split_apks": [{"file": "base.apk", "id": "base"}, {"file": "x/config.zh.apk", "id": "config.zh"}]}, "config.zh.apk"),
        ({"split_apks": [{"id": "config.zh"}], "split_configs": ["config.zh"]}, "config.zh"),
        ({"split_configs": ["base", "pay", "config.pay"]}, "config.pay"),
        ({"split_configs": ["pay"], "split_apks": [{"file": "other_name.apk", "id": "pay"}]}, ""),
    ],
)  # fmt: skip
def test_an_xapk_names_splits_by_file_and_by_id(listed, want, make, read_bundle):
    members = {"base.apk": small(make), "split_pay.apk": small(make, "pay")}
    _, facts = read_bundle(
        {**members, "manifest.json": json.dumps({"package_name": "cn.example.loan", **listed}).encode()}
    )
    assert told(facts) == ([("splits-missing", f"asked for and not here: {want}")] if want else [])


@pytest.mark.parametrize("data", [b"{", b"[" * 100_000, b'{"split_apks": 7}', b"\xff\xfe config.zh.apk"])
def test_a_list_that_cannot_be_read_is_told(data, make, read_bundle):
    _, facts = read_bundle({"base.apk": small(make), "manifest.json": data})
    assert "splits-list" in {p.code for p in of(facts, Problem)}
    assert weak(facts) >= {"permission", "sensitive_read"}


def field(number, *values):
    """Length-delimited fields of a protocol buffer."""
    out = b""
    for value in values:
        raw = value.encode() if isinstance(value, str) else value
        size, n = b"", len(raw)
        while n > 0x7F:
            size, n = size + bytes([n & 0x7F | 0x80]), n >> 7
        out += bytes([number << 3 | 2]) + size + bytes([n]) + raw
    return out


def toc(*packages):
    """The table of an APK set: (path, id of the split) of each package."""
    rows = [field(2, path) + field(3, (field(1, id_) if id_ else b"") + b"\x10\x01") for path, id_ in packages]
    standalone = field(2, "standalones/standalone-hdpi.apk") + field(4, field(1, "base"))
    variant = field(2, field(1, b"\x08\x01") + field(2, *rows, standalone)) + b"\x18\x01"
    return field(1, variant) + field(2, field(2, "1.15.6")) + field(4, "cn.example.loan")


def test_the_table_of_an_apk_set_names_its_splits(make, read_bundle):
    listed = [("splits/base-master.apk", ""), ("splits/base-zh.apk", "config.zh"), ("splits/base-zh_2.apk", "config.zh"),
              ("splits/pay-master.apk", "pay")]  # fmt: skip
    members = {"splits/base-master.apk": small(make), "toc.pb": toc(*listed)}
    _, facts = read_bundle(members)
    assert told(facts) == [("splits-missing", "asked for and not here: base-zh.apk, pay-master.apk")]
    _, facts = read_bundle(
        {**members, "splits/base-zh_2.apk": small(make, "config.zh"), "splits/p.apk": small(make, "pay")}
    )
    assert told(facts) == []
    _, facts = read_bundle({**members, "toc.pb": toc(*listed)[:-9]})
    assert {code for code, _ in told(facts)} == {"splits-list", "splits-missing"}


def test_a_split_names_the_splits_that_it_needs(make, read_bundle):
    uses = ("uses-split", {"name": "core"}, [])
    _, facts = read_bundle({"base.apk": small(make), "pay.apk": small(make, "pay", top=[uses])})
    assert told(facts) == [("splits-missing", "asked for and not here: core")]
    _, facts = read_bundle({"base.apk": small(make), "c.apk": small(make, "pay.config.zh", configForSplit="pay")})
    assert told(facts) == [("splits-missing", "asked for and not here: pay")]
    core = small(make, "core")
    _, facts = read_bundle({"base.apk": small(make), "pay.apk": small(make, "pay", top=[uses]), "core.apk": core})
    assert told(facts) == []


def test_one_split_does_not_end_the_need(make, read_bundle):
    members = {"base.apk": small(make, inside=[REQUIRED]), "config.zh.apk": small(make, "config.zh")}
    _, facts = read_bundle(members)
    ((code, detail),) = told(facts)
    assert (code, detail) == (
        "splits-unnamed", "1 here; the manifest says com.android.vending.splits.required and names none",
    )  # fmt: skip
    assert weak(facts) >= {"permission", "sensitive_read"}
    listed = {"split_apks": [{"file": "base.apk", "id": "base"}, {"file": "config.zh.apk", "id": "config.zh"}]}
    _, facts = read_bundle({**members, "manifest.json": json.dumps(listed).encode()})
    assert told(facts) == []


def splits_table(make, *modules):
    """The XML with the names of splits: (module, ids of its languages)."""
    rows = [
        ("module", {"name": m}, [("language", {}, [("entry", {"key": "zh", "split": s}, []) for s in ids])])
        for m, ids in modules
    ]
    # Its attributes lie in no namespace.
    return make.axml(("splits", {}, rows), bare={"name", "key", "split"})


SPLITS = ("meta-data", {"name": "com.android.vending.splits", "value": ("@", 0x7F010000)}, [])


def test_the_table_inside_the_base_names_splits(make, read_apk, read_bundle):
    table = splits_table(make, ("", ["config.zh", "config.en"]))
    base = small(make, inside=[SPLITS], files={"res/xml/splits0.xml": table})
    facts = read_apk(base)
    assert told(facts) == [("splits-listed", "2: config.zh, config.en")]
    assert "sensitive_read" not in weak(facts)
    _, facts = read_bundle({"base.apk": base, "zh.apk": small(make, "config.zh")})
    assert told(facts) == [("splits-listed", "1: config.en")]
    table = splits_table(make, ("", ["config.zh"]), ("pay", ["pay.config.zh"]))
    facts = read_apk(small(make, inside=[SPLITS, REQUIRED], files={"res/xml/splits0.xml": table}))
    assert [code for code, _ in told(facts)] == ["splits-missing", "splits-listed"]
    assert told(facts)[1][1] == "3: config.zh, pay, pay.config.zh"
    assert "sensitive_read" in weak(facts)
    facts = read_apk(small(make, inside=[SPLITS]))
    assert [code for code, _ in told(facts)] == ["splits-list"]


def test_a_package_with_its_modules_merged_in_needs_none(make, read_apk):
    merged = ("meta-data", {"name": "com.android.dynamic.apk.fused.modules", "value": "base,pay"}, [])
    table = splits_table(make, ("", ["config.zh"]), ("pay", []), ("far", []))
    facts = read_apk(small(make, inside=[SPLITS, merged], files={"res/xml/splits0.xml": table}))
    assert told(facts) == [("splits-listed", "1: far")]


# --- sets that the system refuses -------------------------------------------------------------------------------------


def test_a_split_of_another_version_is_told(make, read_bundle):
    _, facts = read_bundle({"base.apk": small(make), "pay.apk": small(make, "pay", version=99)})
    assert told(facts) == [("split-version", "pay.apk has version 99, the base 7")]
    assert weak(facts) >= {"permission", "sensitive_read"}


def test_a_split_of_another_app_is_told_and_goes_back(make, read_bundle):
    _, facts = read_bundle({"base.apk": small(make), "pay.apk": small(make, "pay", package="cn.example.other")})
    assert told(facts, "bundle-part") == [
        ("bundle-part", "pay.apk is the split pay of cn.example.other, not of cn.example.loan")
    ]
    assert [m.name for m in of(facts, Member)] == ["pay.apk"]


@pytest.mark.parametrize(
    ("base", "split", "want"),
    [
        ("TEST-ONLY", "TEST-ONLY", None),
        ("TEST-ONLY", "TEST-ONLY-second", "pay.apk is signed by another than the base"),
        ("TEST-ONLY", "", "pay.apk is not signed, the base is"),
        ("", "TEST-ONLY", "pay.apk is signed, the base is not"),
        ("", "", None),
    ],
)
def test_a_split_of_another_signer_is_told(base, split, want, make, read_bundle):
    def signed(data, name):
        return SIGNING["sign"](data, {SIGNING["V2"]: [SIGNING["Signer"](name)]}) if name else data

    members = {"base.apk": signed(small(make), base), "pay.apk": signed(small(make, "pay"), split)}
    _, facts = read_bundle(members)
    assert told(facts) == ([("split-signer", want)] if want else [])
    assert ("signer" in weak(facts)) == bool(want)
    assert all(s.verifies for s in of(facts, Signer))


def test_two_splits_of_one_name_are_told(make, read_bundle):
    members = {"base.apk": small(make), "pay.apk": small(make, "pay"), "pay_2.apk": small(make, "pay")}
    _, facts = read_bundle(members)
    assert told(facts) == [("split-twice", "pay_2.apk is the split pay, as is pay.apk")]
    assert weak(facts) >= {"component", "sensitive_read"}
