"""The reader over packages made here: what a call reads, for whom, and what could not be seen."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import App, Component, Coverage, Permission, Problem, Sdk, SensitiveRead, Shell, Support
from dunproof.facts.locator import Insn, parse
from dunproof.read.formats import axml as axmls
from dunproof.read.formats import dexprint
from dunproof.read.source import Member

QUERY = (
    "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;"
    "[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;"
)
PHONE = "Landroid/provider/ContactsContract$CommonDataKinds$Phone;->CONTENT_URI:Landroid/net/Uri;"
CALLS = "Landroid/provider/CallLog$Calls;->CONTENT_URI:Landroid/net/Uri;"
RESOLVER = "(Landroid/content/ContentResolver;)V"
MAIN = "Lcn/example/loan/Main;"
STATIC = 0x9

NULLS = [0x0212, 0x0312, 0x0412, 0x0512]
"""const/4 v2..v5, 0"""
ASK = [0x0674, ("m", QUERY), 0x0000, 0x000E]
"""invoke-virtual/range {v0 .. v5} query; return-void"""


def sget(register, field):
    return [register << 8 | 0x62, ("f", field)]


def read_of(*before):
    """static void m(ContentResolver) with 7 registers: v0 = the resolver, the URI in v1."""
    return [0x6007, *[u for part in before for u in part], *NULLS, *ASK]


def main(*methods, sup="Landroid/app/Activity;"):
    return {MAIN: (sup, list(methods))}


def kinds(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


@pytest.fixture
def app(make, read_apk):
    def run(classes, *permissions, components=None, **members):
        parts = {"cn.example.loan.Main": "activity"} if components is None else components
        data = {"AndroidManifest.xml": make.manifest(*permissions, components=parts)}
        tables = classes if isinstance(classes, list) else [classes]
        data |= {f"classes{n or ''}.dex": make.dex(c) for n, c in zip([0, 2, 3], tables, strict=False)}
        return read_apk(make.package(data | members.get("extra", {})))

    return run


def reads(facts):
    return [(r.category, r.uri, r.outcome, r.scope, r.tier, r.reached) for r in kinds(facts, SensitiveRead)]


def test_identity_and_permissions_carry_the_place_of_their_attribute(make, read_apk):
    data = make.manifest("android.permission.READ_CONTACTS", "android.permission.INTERNET")
    facts = read_apk(make.package({"AndroidManifest.xml": data, "classes.dex": make.dex(main())}))
    (app,) = kinds(facts, App)
    assert (app.package, app.version_name, app.version_code, app.min_sdk, app.target_sdk) == (
        "cn.example.loan", "1.0", 7, 21, 33,
    )  # fmt: skip
    rows = kinds(facts, Permission)
    assert [(p.name, p.perm_group) for p in rows] == [
        ("android.permission.READ_CONTACTS", "contacts"),
        ("android.permission.INTERNET", ""),
    ]
    place = parse(rows[0].loc)
    assert place.members == ("AndroidManifest.xml",)
    assert axmls.describe(data, place.places[0].offset, 20) == (
        'uses-permission android:name="android.permission.READ_CONTACTS"'
    )


def test_address_book_by_constant_is_exact_and_reached_with_its_path(app, make):
    own = main(
        ("all", RESOLVER, STATIC, 7, 1, read_of(sget(1, PHONE))),
        ("onCreate", "(Landroid/os/Bundle;)V", 4, 2, 2, [0x0012, 0x1071, ("m", f"{MAIN}->all{RESOLVER}"), 0, 0x000E]),
    )
    facts = app(own)
    assert reads(facts) == [
        ("contacts", "content://com.android.contacts/data/phones", "resolved", "all", "exact", True)
    ]
    (row,) = kinds(facts, SensitiveRead)
    (path,) = [s for s in kinds(facts, Support) if s.part == "path"]
    assert path.of_fact == row.fact_id
    data = make.dex(own)
    for fact, words in ((row, "ContentResolver;->query("), (path, "invoke-static Lcn/example/loan/Main;->all")):
        (place,) = parse(fact.loc).places
        assert isinstance(place, Insn)
        assert words in dexprint.describe(data, place.offset)


def test_two_arms_of_a_switch_give_two_readings(app):
    # 0: packed-switch v6 -> arms at 6 and 9, else falls to 3
    code = [
        0x6007, 0x0012,
        0x002B, 17 + 2, 0,  # unit 2: packed-switch v0, payload at 21
        *sget(1, CALLS), 0x0328,  # 5: sget, goto +3 -> 10
        *sget(1, PHONE),  # 8
        *NULLS,  # 10
        *ASK,  # 14..17
        0, 0, 0,  # 18..20
        0x0100, 1, 0, 0, 6, 0,  # 21: one arm: 2 + 6 = 8
    ]  # fmt: skip
    facts = app(main(("all", RESOLVER, STATIC, 7, 1, code)))
    assert {(r[0], r[4]) for r in reads(facts)} == {("contacts", "derived"), ("call_log", "derived")}


def test_uri_text_and_a_selection_leave_the_scope_open(app):
    parse_uri = "Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;"
    code = [
        0x6007, 0x011A, ("s", "content://sms/inbox"), 0x1071, ("m", parse_uri), 0x0001, 0x010C,
        0x0212, 0x031A, ("s", "address=?"), 0x0412, 0x0512, *ASK,
    ]  # fmt: skip
    assert reads(app(main(("all", RESOLVER, STATIC, 7, 1, code)))) == [
        ("sms", "content://sms/inbox", "resolved", None, "exact", False)
    ]


def test_own_provider_is_nobodys_data(app):
    parse_uri = "Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;"
    code = [
        0x6007, 0x011A, ("s", "content://cn.example.loan.orders/list"), 0x1071, ("m", parse_uri), 1, 0x010C, *NULLS, *ASK,
    ]  # fmt: skip
    assert reads(app(main(("all", RESOLVER, STATIC, 7, 1, code)))) == []


def test_uri_by_parameter_across_two_dex_files(app):
    helper = "Lcn/example/loan/Reader;"
    inner = "(Landroid/content/ContentResolver;Landroid/net/Uri;)V"
    first = main(
        ("go", RESOLVER, STATIC, 3, 1, [*sget(0, CALLS), 0x2071, ("m", f"{helper}->ask{inner}"), 0x0002, 0x000E]),
    )
    second = {helper: ("Ljava/lang/Object;", [("ask", inner, STATIC, 8, 2, [0x6007, 0x7107, *NULLS, *ASK])])}
    facts = app([first, second])
    assert [r[:5] for r in reads(facts)] == [("call_log", "content://call_log/calls", "resolved", "all", "exact")]
    assert [parse(r.loc).places[0].dex for r in kinds(facts, SensitiveRead)] == ["classes2.dex"]


def test_own_field_set_when_the_class_is_loaded(app):
    field = f"{MAIN}->uri:Landroid/net/Uri;"
    facts = app(
        main(
            ("<clinit>", "()V", 0x10008, 1, 0, [*sget(0, PHONE), 0x0069, ("f", field), 0x000E]),
            ("all", RESOLVER, STATIC, 7, 1, read_of(sget(1, field))),
        )
    )
    assert [r[:4] for r in reads(facts)] == [
        ("contacts", "content://com.android.contacts/data/phones", "resolved", "all")
    ]


def test_method_inherited_from_the_framework_is_known_by_the_qualifying_type(app):
    own = (
        f"{MAIN}->managedQuery(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;"
        "Ljava/lang/String;)Landroid/database/Cursor;"
    )
    code = [0x6007, *sget(1, CALLS), *NULLS, 0x0674, ("m", own), 0, 0x000E]
    facts = app(main(("onResume", "()V", 4, 7, 1, code)))
    assert reads(facts) == [("call_log", "content://call_log/calls", "resolved", "all", "exact", True)]


def test_picker_reads_what_the_user_picked(app):
    code = [
        0x6007, 0x106E, ("m", "Landroid/content/Intent;->getData()Landroid/net/Uri;"), 0x0006, 0x010C, *NULLS, *ASK,
    ]  # fmt: skip
    opens = [0x001A, ("s", "android.intent.action.PICK"), *sget(1, PHONE), 0x000E]
    facts = app(
        main(
            ("onActivityResult", "(IILandroid/content/Intent;)V", 4, 7, 4, code),
            ("open", "()V", 1, 3, 1, opens),
        )
    )
    assert reads(facts) == [("contacts", "", "picker", "picked", "derived", True)]


def test_value_from_nowhere_is_null_not_silence(app):
    code = [0x6007, 0x106E, ("m", "Ljava/lang/Object;->toString()Ljava/lang/String;"), 6, 0x010C, *NULLS, *ASK]
    assert [r[:3] for r in reads(app(main(("all", RESOLVER, STATIC, 7, 1, code))))] == [(None, None, None)]


@pytest.mark.parametrize(
    ("called", "field", "open_"),
    [(True, CALLS, True), (False, CALLS, False), (True, "Lcn/example/loan/X;->U:Landroid/net/Uri;", False)],
)
def test_reads_in_code_of_nobody_known_leave_open_which_sdks_are_inside(app, called, field, open_):
    strange = "Lnet/strange/kit/Collector;"
    go = [0x1071, ("m", f"{strange}->take{RESOLVER}"), 0] if called else []
    facts = app(
        main(("onCreate", "(Landroid/os/Bundle;)V", 0x1, 3, 2, [0x0012, *go, 0x000E]))
        | {strange: ("Ljava/lang/Object;", [("take", RESOLVER, STATIC, 7, 1, read_of(sget(1, field)))])}
    )
    (row,) = kinds(facts, SensitiveRead)
    assert (row.owner_kind, row.owner, row.reached is False) == (None, None, not called)
    told = [(c.looked_for, c.status, c.reason) for c in kinds(facts, Coverage)]
    assert told == ([("sdk", "partly", "owner-unknown")] if open_ else [])
    notes = [f for f in kinds(facts, Problem) if f.code == "owner-unknown"]
    assert [n.loc for n in notes] == ([row.loc] if open_ else [])


def test_sdk_owns_its_calls(app):
    sdk = "Lcom/example/riskdemo/Collector;"
    facts = app(
        main(("go", RESOLVER, STATIC, 1, 1, [0x1071, ("m", f"{sdk}->take{RESOLVER}"), 0, 0x000E]))
        | {sdk: ("Ljava/lang/Object;", [("take", RESOLVER, STATIC, 7, 1, read_of(sget(1, CALLS)))])}
    )
    (row,) = kinds(facts, SensitiveRead)
    assert (row.owner_kind, row.owner) == ("sdk", "demo-risk")
    (found,) = kinds(facts, Sdk)
    assert (found.sdk, found.presence, found.entity) == ("demo-risk", "called", None)


def test_a_name_that_only_begins_like_an_sdk_is_none(app):
    other = "Lcom/example/riskdemolition/Thing;"
    assert kinds(app(main() | {other: ("Ljava/lang/Object;", [])}), Sdk) == []


def test_packed_code_is_proved_by_absent_components(app):
    parts = {"com.stub.Shell": "application"} | {f"cn.example.loan.Page{n}": "activity" for n in range(9)}
    facts = app({"Lcom/stub/Shell;": ("Landroid/app/Application;", [])}, components=parts)
    (shell,) = kinds(facts, Shell)
    assert (shell.stub_permille, shell.tier) == (1000, "derived")
    weak = {c.looked_for: (c.status, c.reason) for c in kinds(facts, Coverage)}
    assert weak["sensitive_read"] == weak["sdk"] == ("partly", "packed")
    assert [c.defined for c in kinds(facts, Component)] == [True] + [False] * 9


def test_code_beside_the_systems_list_is_read_and_told(app, make):
    extra = make.dex(main(("all", RESOLVER, STATIC, 7, 1, read_of(sget(1, PHONE)))))
    facts = app({}, components={}, extra={"assets/part.dex": extra, "assets/classes9.dex": b"no dex at all"})
    assert [p.code for p in kinds(facts, Problem)] == ["extra-dex"]
    assert [(r.loc[:20], r.tier, r.reached) for r in kinds(facts, SensitiveRead)] == [
        ("insn=assets/part.dex", "derived", None)
    ]


def test_reflection_weakens_the_reading(app):
    invoke = "Ljava/lang/reflect/Method;->invoke(Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/Object;"
    facts = app(main(("go", "()V", STATIC, 3, 0, [0x306E, ("m", invoke), 0x0210, 0x000E])))
    assert [(c.looked_for, c.status, c.reason) for c in kinds(facts, Coverage)] == [
        ("sensitive_read", "partly", "reflection"),
        ("permission_request", "partly", "reflection"),
    ]


def test_a_manifest_that_misleads_is_not_an_empty_one(make, read_apk):
    data = bytearray(make.manifest())
    data[4:8] = (len(data) + 100).to_bytes(4, "little")
    facts = read_apk(make.package({"AndroidManifest.xml": bytes(data), "classes.dex": make.dex(main())}))
    assert kinds(facts, Permission) == []
    assert ("permission", "partly") in {(c.looked_for, c.status) for c in kinds(facts, Coverage)}


def test_no_manifest_is_unread(make, read_apk):
    facts = read_apk(make.package({"classes.dex": make.dex(main())}))
    assert {c.looked_for: c.status for c in kinds(facts, Coverage)} == dict.fromkeys(
        ("app", "permission", "component"), "unread"
    )


def test_agreements_inside_go_back_to_the_queue(app):
    text = "<html><body>隐私政策：我们收集您的个人信息，同意后授权第三方。</body></html>".encode("gb18030")
    facts = app(main(), extra={"assets/h5/privacy.html": text, "assets/h5/index.html": b"<html>hello</html>"})
    assert [(m.name, m.data) for m in kinds(facts, Member)] == [("assets/h5/privacy.html", text)]
