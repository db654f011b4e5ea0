"""Pages and scripts: bridges with their methods, interfaces of hybrid frameworks, messages and hosts in compiled code."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import AppText, Coverage, Endpoint, SensitiveRead, Shell, Support

MAIN = "Lcn/example/loan/Main;"
ADD = "Landroid/webkit/WebView;->addJavascriptInterface(Ljava/lang/Object;Ljava/lang/String;)V"


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


@pytest.fixture
def app(make, read_apk):
    def run(code=(0x000E,), members=None, classes=None):
        own = {MAIN: ("Landroid/app/Activity;", [("onCreate", "(Landroid/os/Bundle;)V", 4, 5, 2, list(code))])}
        data = {
            "AndroidManifest.xml": make.manifest(components={"cn.example.loan.Main": "activity"}),
            "classes.dex": make.dex(own | (classes or {})),
        }
        return read_apk(make.package(data | (members or {})))

    return run


def test_an_object_that_nothing_settles_is_a_bridge_without_class_and_methods(app):
    code = [0x0012, 0x011A, ("s", "native"), 0x306E, ("m", ADD), 0x0100, 0x000E]
    (found,) = of(app(code), Shell)
    assert (found.shell_type, found.name, found.page_name, found.page_methods, found.tier) == (
        "bridge", "", "native", None, "heuristic",
    )  # fmt: skip


def test_scripts_that_ask_a_framework_are_doubtful_hints(app):
    script = (
        b"uni.getLocation({type:'wgs84'}); xuni.getLocation(); // uni.getWifiList\n"
        b"plus.contacts.getAddressBook(plus.contacts.ADDRESSBOOK_PHONE, f); uni.chooseContact ({})"
    )
    facts = app(members={"assets/apps/x/www/app-service.js": script})
    assert [(r.category, r.api, r.outcome, r.scope, r.doubtful) for r in of(facts, SensitiveRead)] == [
        ("location", "uni.getLocation", "resolved", None, True),
        ("contacts", "plus.contacts.getAddressBook", "resolved", None, True),
        ("contacts", "uni.chooseContact", "picker", "picked", True),
    ]
    assert [(s.name, s.shell_type) for s in of(facts, Shell)] == [("uni-app", "hybrid")]


def test_messages_in_scripts_plain_and_escaped(app):
    text = "我们将联系您的紧急联系人和单位同事"
    escaped = "".join(f"\\u{ord(c):04x}" for c in "您的借款已经逾期三天请立即还款")
    script = f"a='{text}';b=\"{escaped}\";c='短的'".encode()
    facts = app(members={"assets/www/main.js": script})
    assert [t.text for t in of(facts, AppText)] == [text, "您的借款已经逾期三天请立即还款"]


def test_compiled_dart_is_searched_for_hosts_and_lowers_coverage(app):
    blob = b"\x7fELF" + bytes(60) + b"https://dart.loan.example/api\x00\x01" + bytes(40)
    facts = app(members={"lib/arm64-v8a/libapp.so": blob, "lib/armeabi-v7a/libapp.so": blob})
    (found,) = of(facts, Endpoint)
    assert (found.host, found.tier, found.loc) == (
        "dart.loan.example", "heuristic", "!/lib/arm64-v8a/libapp.so#byte=0x40,29",
    )  # fmt: skip
    assert {c.looked_for for c in of(facts, Coverage)} >= {"endpoint", "app_text", "sensitive_read"}


def test_a_framework_is_told_by_its_classes(app):
    facts = app(classes={"Lio/dcloud/application/DCloudApplication;": ("Landroid/app/Application;", [])})
    assert [(s.name, s.tier) for s in of(facts, Shell)] == [("uni-app", "heuristic")]


def test_calls_of_a_bridge_in_a_script_are_witnesses(read_apk, make):
    """Needs an annotation, so it takes the package of the fixtures."""
    from pathlib import Path

    from dunproof.read.formats.zip import Archive

    path = Path(__file__).parent / "fixtures/apk/webview-bridge.apk"
    archive = Archive(path.read_bytes())
    members = {n: archive.read(n) for n in archive.names() if not n.startswith("META-INF")}
    page = b"<script>native.getContacts(); alternative.getContacts(); native.other()</script>"
    facts = read_apk(make.package(members | {"assets/index.html": page}))
    (bridge,) = of(facts, Shell)
    assert [s.loc for s in of(facts, Support) if s.of_fact == bridge.fact_id] == ["!/assets/index.html#char=8,27"]


LOAD = "Landroid/webkit/WebView;->loadUrl(Ljava/lang/String;)V"
PAGE = b"<html><SCRIPT src='app.js'></SCRIPT></html>"


def loading(url, method=LOAD):
    return [0x0012, 0x011A, ("s", url), 0x206E, ("m", method), 0x0010, 0x000E]


@pytest.mark.parametrize(
    "url",
    ["file:///android_asset/www/index.html?x=1#/home", "https://appassets.androidplatform.net/assets/www/index.html"],
)
def test_a_page_of_the_apps_own_with_a_script_is_a_shell(app, url):
    found = of(app(loading(url), members={"assets/www/index.html": PAGE}), Shell)
    assert [(s.name, s.shell_type, s.tier, s.doubtful) for s in found] == [("H5", "hybrid", "derived", False)]
    assert found[0].loc.startswith("insn=classes.dex@")


def test_a_text_shown_as_a_page_is_no_shell(app):
    agreement = {"assets/agreement.html": b"<html><p>agreement</p></html>"}
    assert of(app(loading("file:///android_asset/agreement.html"), members=agreement), Shell) == []
    assert of(app(loading("file:///android_asset/gone.html"), members={"assets/www/index.html": PAGE}), Shell) == []
    assert of(app(loading("https://h5.loan.example/index.html"), members={"assets/index.html": PAGE}), Shell) == []


def test_a_page_that_a_framework_loads_is_the_frameworks(app):
    members = {"assets/www/index.html": PAGE, "assets/www/cordova.js": b"x"}
    found = of(app(loading("file:///android_asset/www/index.html"), members=members), Shell)
    assert [s.name for s in found] == ["Cordova"]


def test_the_apps_own_web_view_class_loads_and_gives_objects_like_the_systems(app):
    web = "Lcn/example/loan/Web;"
    classes = {web: ("Landroid/webkit/WebView;", [])}
    code = loading("file:///android_asset/www/index.html", LOAD.replace("Landroid/webkit/WebView;", web))
    assert [s.name for s in of(app(code, members={"assets/www/index.html": PAGE}, classes=classes), Shell)] == ["H5"]
    code = [
        0x0012,
        0x011A,
        ("s", "native"),
        0x306E,
        ("m", ADD.replace("Landroid/webkit/WebView;", web)),
        0x0100,
        0x000E,
    ]
    assert [s.page_name for s in of(app(code, classes=classes), Shell)] == ["native"]


@pytest.mark.parametrize(
    "web",
    [
        "Lcom/tencent/smtt/sdk/WebView;", "Lcom/uc/webview/export/WebView;",
        "Lcom/alipay/mobile/nebula/webview/APWebView;",
    ],
)  # fmt: skip
def test_other_makers_web_views_make_bridges_too(app, web):
    code = [
        0x0012,
        0x011A,
        ("s", "native"),
        0x306E,
        ("m", ADD.replace("Landroid/webkit/WebView;", web)),
        0x0100,
        0x000E,
    ]
    assert [(s.shell_type, s.page_name) for s in of(app(code), Shell)] == [("bridge", "native")]


def test_a_listener_for_messages_is_a_bridge_that_takes_messages(app):
    listen = (
        "Landroidx/webkit/WebViewCompat;->addWebMessageListener(Landroid/webkit/WebView;Ljava/lang/String;"
        "Ljava/util/Set;Landroidx/webkit/WebViewCompat$WebMessageListener;)V"
    )
    hears = "Lcn/example/loan/Hears;"
    code = [
        0x0012, 0x0212, 0x011A, ("s", "loan"), 0x0322, ("t", hears), 0x1070, ("m", f"{hears}-><init>()V"), 0x0003,
        0x4071, ("m", listen), 0x3210, 0x000E,
    ]  # fmt: skip
    (found,) = of(app(code, classes={hears: ("Ljava/lang/Object;", [("<init>", "()V", 1, 1, 1, [0x000E])])}), Shell)
    assert (found.shell_type, found.page_name, found.page_methods, found.name) == (
        "bridge", "loan", "postMessage", "cn.example.loan.Hears",
    )  # fmt: skip


@pytest.mark.parametrize(
    "script",
    [
        b"uni.getLocation({})",
        b"a=b/2;c=/[\"']/.test(d);uni.getLocation()",
        b"window.plus.geolocation.getCurrentPosition(f)",
        b"import Geolocation from '@react-native-community/geolocation'; Geolocation.getCurrentPosition(f)",
        b"uni?.getLocation?.({})",
    ],
)
def test_calls_of_a_framework_are_told(app, script):
    assert [r.category for r in of(app(members={"assets/www/a.js": script}), SensitiveRead)] == ["location"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.js", b"/* uni.getLocation() */ // plus.contacts.getAddressBook()"),
        ("a.js", b"a='uni.getLocation()'; b=`plus.contacts.getAddressBook()`; c=/uni.getLocation()/"),
        ("a.js", b"var uni = {getLocation() {}}; uni.getLocation(); my.uni.getLocation(); getLocation()"),
        ("a.js", b"class Contacts { static getAll() {} }\nContacts.getAll()"),
        ("a.js", b"import {Contacts} from './api';\nContacts.getAll()"),
        ("a.html", b"<p>don't call uni.getLocation()</p><!-- <script>uni.getLocation()</script> -->"),
        ("a.json", b'{"help": "uni.getLocation()"}'),
        ("a.txt", b"uni.getLocation() gives the place"),
    ],
)
def test_what_only_looks_like_a_call_is_none(app, name, text):
    assert of(app(members={f"assets/www/{name}": text}), SensitiveRead) == []


@pytest.mark.parametrize(
    ("name", "text", "messages"),
    [
        (
            "a.js",
            "a=`尊敬的${name}，已逾期${d}天`; // '尊敬的用户您已经逾期请立即还款'",
            ["尊敬的${name}，已逾期${d}天"],
        ),
        ("a.js", "t='尊敬的'+o.name+'，您已逾期'+days+'天，请立即'\n+'还款'", ["尊敬的{1}，您已逾期{2}天，请立即还款"]),
        (
            "a.json",
            '{"sms": "尊敬的{name}，已逾期{d}天\\n请还款", "ok": "确定"}',
            ["尊敬的{name}，已逾期{d}天\n请还款"],
        ),
        (
            "a.html",
            "<p>don't</p><script>t='尊敬的用户，您的借款已逾期请还款'</script>",
            ["尊敬的用户，您的借款已逾期请还款"],
        ),
        (
            "a.txt",
            "尊敬的{0}，您的借款已逾期{1}天\n{0}您好，请还款",
            ["尊敬的{0}，您的借款已逾期{1}天", "{0}您好，请还款"],
        ),
        ("a.properties", "sms.due = 尊敬的{0}，您的借款已逾期{1}天", ["尊敬的{0}，您的借款已逾期{1}天"]),
        ("a.txt", "甲方{0}与乙方签订本合同。\n乙方应按期还款。\n双方同意如下条款。\n甲方收集乙方信息。", []),
    ],
)
def test_messages_in_files(app, name, text, messages):
    facts = app(members={f"assets/www/{name}": text.encode()})
    assert [t.text for t in of(facts, AppText)] == messages


def test_messages_of_escapes_alone_are_found(app):
    text = "尊敬的{0}，您的借款已逾期{1}天"
    escaped = "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in text)
    assert [t.text for t in of(app(members={"assets/a.json": f'{{"t": "{escaped}"}}'.encode()}), AppText)] == [text]


def test_a_bridge_named_in_quotes_and_comments_is_not_called(read_apk, make):
    from pathlib import Path

    from dunproof.read.formats.zip import Archive

    path = Path(__file__).parent / "fixtures/apk/webview-bridge.apk"
    archive = Archive(path.read_bytes())
    members = {n: archive.read(n) for n in archive.names() if not n.startswith("META-INF")}
    page = (
        b"<p>native.getContacts()</p><script>/* native.getContacts() */ s='native.getContacts()'; native?.getContacts()"
    )
    facts = read_apk(make.package(members | {"assets/index.html": page + b"</script>"}))
    (bridge,) = of(facts, Shell)
    start = len(page) - len("native?.getContacts()")
    assert [s.loc for s in of(facts, Support) if s.of_fact == bridge.fact_id] == [
        f"!/assets/index.html#char={start},{len(page) - 1}"
    ]
