"""Hosts and messages in an app: what is found, where, for whom, and what only looks like one."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.facts.kinds import AppText, Coverage, Endpoint, Problem, Support
from dunproof.read.app import hosts, wording
from dunproof.read.app.code import texts
from dunproof.read.app.code.texts import HOLE
from dunproof.read.app.package.limit import Work
from dunproof.read.formats import axml, dexprint

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


HOSTS = {
    "http://198.51.100.7/u": "198.51.100.7",
    "198.51.100.7:8080": "198.51.100.7",
    "api.loan.cn:8080": "api.loan.cn",
    "https://user:pass@api.loan.example/": "api.loan.example",
    "https://例子.example/x": "例子.example",
    "HTTPS://API.LOAN.EXAMPLE": "api.loan.example",
    "http://[2001:db8::1]:80/x": "2001:db8::1",
    "mqtts://push.loan.example:8883": "push.loan.example",
    "https:\\/\\/api.loan.example\\/v1": "api.loan.example",
    "https:\\u002F\\u002Fapi.loan.example\\u002Fv1": "api.loan.example",
    "访问https://api.loan.example，了解": "api.loan.example",
    "请打开https://api.loan.example查看": "api.loan.example",
    base64.b64encode(b"https://api.loan.example/v1").decode(): "api.loan.example",
}


@pytest.mark.parametrize("text", HOSTS)
def test_hosts_however_they_are_written(app, text):
    assert [f.host for f in kinds(app(loads(text)), Endpoint)] == [HOSTS[text]]


@pytest.mark.parametrize(
    "text",
    [
        "http://javax.xml.XMLConstants/feature/secure-processing", "http://apache.org/xml/features/x", "http://[::1]/x",
        "http://0.0.0.0:80/", "192.168.1.5:8080", "1.2.3.4", "content://com.example.provider/x", "//comment.of.text",
        base64.b64encode(b"http://www.w3.org/2000/svg").decode(),
    ],
)  # fmt: skip
def test_more_look_alikes_name_no_host(app, text):
    assert kinds(app(loads(text)), Endpoint) == []


def joins(*parts, cls=MAIN):
    """Return a method that appends texts; None stands for its parameter."""
    code = [0x0022, ("t", SB), 0x1070, ("m", f"{SB}-><init>()V"), 0]
    for part in parts:
        code += (
            [0x206E, ("m", APPEND), 0x0030] if part is None else [0x011A, ("s", part), 0x206E, ("m", APPEND), 0x0010]
        )
    code += [0x106E, ("m", f"{SB}->toString(){STRING}"), 0, 0x000C, 0x0011]
    return {cls: ("Ljava/lang/Object;", [("go", f"({STRING}){STRING}", 0x9, 4, 1, code)])}


def test_a_host_that_code_joins_is_found_where_it_is_joined(app):
    (found,) = kinds(app(joins("https://", "api.", "loan.example", "/v1/", None)), Endpoint)
    assert (found.host, found.url, found.owner_kind, found.tier) == (
        "api.loan.example", "https://api.loan.example/v1/", "own", "derived",
    )  # fmt: skip
    assert kinds(app(joins("https://", None, ".loan.example/v1")), Endpoint) == []
    assert kinds(app(joins("https://", "api.", "loan.example", cls="Landroidx/core/Thing;")), Endpoint) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("assets/a.json", b'{"h": "https:\\/\\/h.loan.example\\/v1"}'),
        ("assets/a.json", '{"h": "https://h.loan.example"}'.encode("utf-16")),
        ("assets/config", b'{"h": "https://h.loan.example"}'),
        ("assets/a.html", b'<script src="//h.loan.example/a.js"></script>'),
        ("r/a/b.json", b'{"h": "https://h.loan.example"}'),
        ("assets/a.js", b"a=b/2; // https://no.loan.example\nc='https://h.loan.example' /* ws://no.loan.example */"),
        ("assets/a.js", b"r=/[\"']\\/\\//.test(x)?'https://h.loan.example':`//${x}` // 'https://no.loan.example'"),
        ("assets/a.html", b"<!-- https://no.loan.example --><a href='https://h.loan.example'>don't</a>"),
    ],
)
def test_files_however_they_are_written(app, name, data):
    assert [f.host for f in kinds(app(loads(), extra={name: data}), Endpoint)] == ["h.loan.example"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("assets/package.json", b'{"name": "x", "homepage": "https://lib.vendor.example"}'),
        ("assets/a.js", b"/*! lib 1.0 | MIT License | https://lib.vendor.example */ // see https://doc.vendor.example"),
        ("assets/NOTICES", b"Apache License\nhttps://lib.vendor.example\nWITHOUT WARRANTIES OR CONDITIONS OF ANY KIND"),
        ("assets/oss.json", b'[{"license": "MIT License", "url": "https://a.example"}, {"license": "ISC License"}]'),
        ("META-INF/x.properties", b"u=https://lib.vendor.example"),
    ],
)  # fmt: skip
def test_licences_comments_and_descriptions_of_libraries_name_no_host(app, name, data):
    assert kinds(app(loads(), extra={name: data}), Endpoint) == []


def test_domains_of_the_rules_for_connections(app, make):
    tree = ("network-security-config", {}, [("domain-config", {}, [
        ("domain", {}, ["h5.loan.example"]), ("domain", {}, [" 127.0.0.1 "]), ("pin", {}, ["a.b.c"])])])  # fmt: skip
    facts = app(
        loads(), extra={"res/xml/net.xml": make.axml(tree), "res/xml/other.xml": make.axml(("x", {}, ["a.example"]))}
    )
    (found,) = kinds(facts, Endpoint)
    assert (found.host, found.url, found.tier) == ("h5.loan.example", None, "exact")
    start, length = found.loc.partition("#byte=")[2].split(",")
    assert axml.describe(make.axml(tree), int(start, 16), int(length)) == "h5.loan.example"


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


def test_a_format_is_told_once_with_its_values(app):
    form = "尊敬的%1$s，您的借款%2$d元已逾期，请立即还款"
    code = [
        0x011A, ("s", form), 0x2071, ("m", f"{STRING}->format({STRING}[Ljava/lang/Object;){STRING}"), 0x0021, 0x000C,
        0x0011,
    ]  # fmt: skip
    facts = app({MAIN: ("Ljava/lang/Object;", [("go", f"([Ljava/lang/Object;){STRING}", 0x9, 4, 1, code)])})
    assert [t.text for t in kinds(facts, AppText)] == ["尊敬的{1}，您的借款{2}元已逾期，请立即还款"]


class Pool(list):
    def place(self, index):
        return index, 1

    def wide(self, least):
        return [i for i, text in enumerate(self) if sum(c > "\u3400" for c in text) >= least]


def test_entries_of_lists_and_plurals_are_messages_and_texts_of_other_languages_are_not():
    said = {"": ["您的借款%d元已逾期"], "ja": ["返済期限過去三日間支払督促状送付予定"], "zh": ["确定"]}
    listed = ["您有%d笔借款已逾期，请尽快还款", "父母", "请今天还款，否则我们将联系您的通讯录"]
    pool = Pool([*(t for texts_ in said.values() for t in texts_), *listed])
    chunks = [SimpleNamespace(config=SimpleNamespace(language=language)) for language in said]
    table = SimpleNamespace(
        pool=pool,
        packages=[SimpleNamespace(chunks={1: chunks})],
        name=lambda _: "string/a",
        strings=lambda languages: [(n, n) for n, language in enumerate(said) if language in languages],
    )
    assert [m.text for m in wording.in_resources((), "resources.arsc", table, Work(1000))] == [
        "您的借款%d元已逾期", listed[0], listed[2],
    ]  # fmt: skip
