"""Hosts and messages in an app: what is found, where, for whom, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.facts.kinds import AppText, Coverage, Endpoint, Problem, Support
from dunproof.read.app import hosts, wording
from dunproof.read.app.code import texts
from dunproof.read.app.code.texts import HOLE
from dunproof.read.formats import dexprint

MAIN = "Lcn/example/loan/Main;"
SB = "Ljava/lang/StringBuilder;"
APPEND = f"{SB}->append(Ljava/lang/String;){SB}"
APPEND_INT = f"{SB}->append(I){SB}"
STRING = "Ljava/lang/String;"


def kinds(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


@pytest.fixture
def app(make, read_apk):
    def run(classes, **members):
        data = {"AndroidManifest.xml": make.manifest(components={"cn.example.loan.Main": "activity"})}
        data["classes.dex"] = make.dex(classes)
        return read_apk(make.package(data | members.get("extra", {})))

    return run


def loads(*strings, cls=MAIN):
    code = [u for s in strings for u in (0x001A, ("s", s))]
    return {cls: ("Ljava/lang/Object;", [("go", "()V", 0x9, 1, 0, [*code, 0x000E])])}


def test_an_address_in_code_has_its_owner_and_place(app, make):
    classes = loads("https://api.loan.example/v1/contacts") | loads(
        "https://gather.risk.example/up", cls="Lcom/example/riskdemo/Collector;"
    )
    found = kinds(app(classes), Endpoint)
    assert [(f.host, f.owner_kind, f.owner, f.url, f.tier) for f in found] == [
        ("api.loan.example", "own", "", "https://api.loan.example/v1/contacts", "exact"),
        ("gather.risk.example", "sdk", "demo-risk", "https://gather.risk.example/up", "exact"),
    ]
    offset = int(found[0].loc.partition("@0x")[2], 16)
    assert dexprint.describe(make.dex(classes), offset).endswith('const-string "https://api.loan.example/v1/contacts"')


def test_one_endpoint_for_each_host_of_an_owner(app):
    facts = app(loads("https://api.loan.example/a", "https://api.loan.example/b", "http://API.loan.example:8080/c"))
    (found,) = kinds(facts, Endpoint)
    assert [s.part for s in kinds(facts, Support) if s.of_fact == found.fact_id] == ["witness", "witness"]


LOOK_ALIKES = [
    "http://schemas.android.com/apk/res/android", "http://www.w3.org/2000/svg", "http://", "https://%s/api", "https://api.",
    "com.example.net", "1.2.3.4", "v1.2.com", "libfoo.so", "index.html", "http://www.apache.org/licenses/LICENSE-2.0",
    "http://localhost:8081", "http://127.0.0.1/", "http://java.sun.com/xml/ns", "android.intent.extra.com",
    "Lcom/example/Thing;", "http://user", "https://-bad.example.com/", "https://a..com/x", "http://ns.adobe.com/xap/1.0/",
]  # fmt: skip


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alikes_name_no_host(app, text):
    assert kinds(app(loads(text)), Endpoint) == []


def test_prose_about_an_address_is_doubtful_and_bare_hosts_are_heuristic(app):
    facts = app(loads("Please read the manual at https://help.vendor.example/x", "gate.loan.com", "10.1.2.3:8080"))
    assert [(f.host, f.tier, f.doubtful) for f in kinds(facts, Endpoint)] == [
        ("help.vendor.example", "exact", True),
        ("gate.loan.com", "heuristic", False),
    ]


def test_pages_and_scripts_are_searched_with_their_place(app):
    script = "var 地址 = 'https://h5.loan.example/u?x=1';".encode("gb18030")
    facts = app(loads(), extra={"assets/h5/app.js": script, "assets/logo.png": b"https://no.loan.example/"})
    (found,) = kinds(facts, Endpoint)
    assert (found.host, found.owner, found.loc) == ("h5.loan.example", None, "!/assets/h5/app.js#char=10,39")


def test_compiled_scripts_are_told(app):
    facts = app(loads(), extra={"assets/index.android.bundle": b"\xc6\x1f\xbc\x03\xc1\x03\x19\x1f" + b"\0" * 40})
    assert [p.code for p in kinds(facts, Problem)] == ["script-compiled"]
    assert {c.looked_for for c in kinds(facts, Coverage)} >= {"endpoint", "app_text", "sensitive_read"}


def test_a_message_is_joined_in_the_order_of_its_parts(app):
    code = [
        0x0022, ("t", SB), 0x1070, ("m", f"{SB}-><init>()V"), 0,
        0x011A, ("s", "尊敬的"), 0x206E, ("m", APPEND), 0x0010, 0x206E, ("m", APPEND), 0x0030,
        0x011A, ("s", "，您已逾期"), 0x206E, ("m", APPEND), 0x0010, 0x206E, ("m", APPEND_INT), 0x0040,
        0x011A, ("s", "天，请立即还款"), 0x206E, ("m", APPEND), 0x0010,
        0x106E, ("m", f"{SB}->toString(){STRING}"), 0, 0x000C, 0x0011,
    ]  # fmt: skip
    facts = app({MAIN: ("Ljava/lang/Object;", [("say", f"({STRING}I){STRING}", 0x9, 5, 2, code)])})
    assert [(t.text, t.tier) for t in kinds(facts, AppText)] == [("尊敬的{1}，您已逾期{2}天，请立即还款", "derived")]


def test_long_texts_and_texts_with_parameters_are_messages_short_ones_and_libraries_are_not(app):
    long = "我们将联系您的紧急联系人和单位同事"
    classes = loads(long, "确定", "欠款%s元整", "loading %s", "取消登录") | loads(
        long + "呀", cls="Landroidx/core/Thing;"
    )
    assert [t.text for t in kinds(app(classes), AppText)] == [long, "欠款%s元整"]


@given(st.text(max_size=300))
def test_hosts_are_where_they_are_said_to_be(text):
    for one in hosts.find(text):
        assert text[one.start : one.stop] == one.url
        assert hosts.is_host(one.host)


@given(st.lists(st.text(alphabet="年月ab %s", max_size=5), max_size=6))
def test_a_hole_gets_a_number_each(parts):
    out = wording.numbered(HOLE.join(parts))
    assert all(f"{{{n}}}" in out for n in range(1, len(parts)))


@given(st.text(max_size=60), st.lists(st.text(max_size=5), max_size=4))
def test_formats_never_fail(form, values):
    count = texts.parameters(form)
    assert count <= 999
    texts.filled(form, values)


def test_formats_are_filled_by_number():
    assert texts.filled("%2$s欠%1$s元 100%%", ["500", "张某"]) == "张某欠500元 100%"
    assert texts.filled("%s，%d天", ["甲"]) == f"甲，{HOLE}天"
