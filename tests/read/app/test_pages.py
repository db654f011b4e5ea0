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
