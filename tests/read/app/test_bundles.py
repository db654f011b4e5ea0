"""Bundles and splits: one app of several packages, what its lists name and what is not there."""

from __future__ import annotations

import json
import zipfile

import pytest

from dunproof.facts.kinds import App, Component, Coverage, Permission, Problem, SensitiveRead, Signer
from dunproof.read.app import reader
from dunproof.read.quote import quote
from dunproof.read.source import Member, Source

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
    assert "com.android.vending.splits.required" in problem.detail
    data = manifest(make, isSplitRequired="true", requiredSplitTypes="base__abi,base__density")
    facts = read_apk(make.package({"AndroidManifest.xml": data}))
    (problem,) = [p for p in of(facts, Problem) if p.code == "splits-missing"]
    assert problem.detail == "asked for and not here: isSplitRequired, base__abi, base__density"
