"""The catalogues: every row has its source, and what rows of SDKs, packers and houses make of an app."""

from __future__ import annotations

import datetime as dt
import re
from importlib.resources import files

import pytest

from dunproof.errors import UseError
from dunproof.facts.kinds import Coverage, Problem, Sdk, Shell
from dunproof.read.app import catalogue
from dunproof.read.app.owners import Owners

DATA = sorted(
    (p for p in files("dunproof.read.app").joinpath("data").iterdir() if p.name.endswith(".tsv")), key=lambda p: p.name
)
LICENCES = {"facts", "own", "Apache-2.0"}
MAIN = "Lcn/example/loan/Main;"


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


def rows(path):
    lines = [x.split("\t") for x in path.read_text("utf-8").splitlines() if x and not x.startswith("#")]
    return [dict(zip(lines[0], x, strict=True)) for x in lines[1:]]


@pytest.fixture
def app(make, read_apk):
    """The facts of an app with some classes, members and components beside its own."""

    def run(classes=(), members=(), components=None, sdk_rows=""):
        parts = components or {"cn.example.loan.Main": "activity"}
        known = {MAIN: ("Landroid/app/Activity;", [])} | {c: ("Ljava/lang/Object;", []) for c in classes}
        data = {"AndroidManifest.xml": make.manifest(components=parts), "classes.dex": make.dex(known)}
        return read_apk(make.package(data | dict.fromkeys(members, b"x")), sdk_rows=sdk_rows)

    return run


# --- every row ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DATA, ids=lambda p: p.name)
def test_every_row_has_source_licence_and_day(path):
    found = rows(path)
    assert found
    for row in found:
        assert row["source"].strip(), row
        assert row["licence"] in LICENCES, row
        assert dt.date.fromisoformat(row["date"]).isoformat() == row["date"], row


def test_what_comes_from_libchecker_says_so_and_has_its_licence():
    (path,) = [p for p in DATA if p.name == "sdks.tsv"]
    for row in rows(path):
        assert ("LibChecker" in row["source"]) == (row["licence"] == "Apache-2.0"), row["id"]


def test_only_rows_on_record_name_a_company_and_what_is_taken():
    (path,) = [p for p in DATA if p.name == "sdks.tsv"]
    table = rows(path)
    for row in table:
        assert bool(row["entity"]) == bool(row["entity_source"]), row["id"]
        assert bool(row["data_taken"]) == bool(row["data_basis"]) == bool(row["data_source"]), row["id"]
        assert row["data_basis"] in catalogue.DATA_BASES
        assert row["verified"].replace("-", "_") in catalogue.BASES
        assert row["verified"] != "unverified" or not row["entity"]
    assert sum(bool(row["data_taken"]) for row in table) == 19


def test_nobody_in_the_shipped_catalogue_is_invented():
    (path,) = [p for p in DATA if p.name == "sdks.tsv"]
    assert [r["id"] for r in rows(path) if "example" in r["prefixes"] or "虚构" in r["vendor"] + r["name"]] == []


def test_patterns_of_libraries_are_simple():
    """No run within a run and few runs at all: a name of a hundred characters is answered at once."""
    for row in catalogue.shells():
        for pattern in row.patterns:
            assert not re.search(r"\)[*+{]|[*+}][*+{]", pattern.pattern), pattern
            assert len(re.findall(r"[*+]", pattern.pattern)) <= 4, pattern


# --- a list that a case brings along --------------------------------------------------------------------------------

HEAD = "id\tname\tvendor\tprefixes\tsource\tdate\n"


def test_an_invented_vendor_is_known_to_the_case_that_names_it_alone(app):
    classes = ["Lcom/example/riskdemo/Collector;"]
    assert of(app(classes), Sdk) == []
    rows = HEAD + "lab\tLab SDK\tLab\tcom.example.riskdemo\tour lab\t2026-11-27\n"
    (found,) = of(app(classes, sdk_rows=rows), Sdk)
    assert (found.sdk, found.vendor, found.row_basis, found.doubtful) == ("lab", "Lab", "case", False)


def test_a_row_of_the_case_stands_for_the_shipped_one():
    known = catalogue.sdks(HEAD + "tongdun\tX\tAnother name\tcn.tongdun.android\tour lab\t2026-11-27\n")
    assert [s.vendor for s in known if s.id == "tongdun"] == ["Another name"]
    assert [s.vendor for s in catalogue.sdks() if s.id == "tongdun"] == ["同盾"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id\tname\n", "vendor, source, date"),
        (HEAD.replace("name", "nombre"), "nombre"),
        (HEAD + "a\tb\n", "line 2: 2 cells"),
        (HEAD + "a b\tn\tv\tcom.x\ts\t2026-11-27\n", "no id"),
        (HEAD + "a\tn\tv\tcom\ts\t2026-11-27\n", "no package of two parts"),
        (HEAD + "a\tn\tv\tcom.x\t\t2026-11-27\n", "empty: source"),
        (HEAD + "a\tn\tv\tcom.x\ts\tyesterday\n", "no day"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_its_line(text, said):
    with pytest.raises(UseError, match=re.escape(said)):
        catalogue.further_sdks(text)


# --- rows that nobody has checked -----------------------------------------------------------------------------------


def test_a_row_that_nobody_has_checked_is_doubtful_and_names_no_company(app):
    text = (
        "id\tname\tvendor\tentity\tentity_source\tcomponents\tverified\tsource\tdate\n"
        "guess\tGuess\tGuess\tGuess Ltd\thearsay\tcom.guess.Page\tunverified\thearsay\t2026-11-27\n"
    )
    parts = {"cn.example.loan.Main": "activity", "com.guess.Page": "activity"}
    (found,) = of(app(components=parts, sdk_rows=text), Sdk)
    assert (found.row_basis, found.doubtful, found.entity, found.tier) == ("unverified", True, None, "derived")


def test_what_an_sdk_is_said_to_take_is_carried_with_who_says_so(app):
    (found,) = of(app(["Lcom/trustdecision/mobrisk/TDRisk;"]), Sdk)
    assert (found.row_basis, found.data_basis) == ("prefix_seen", "vendor")
    assert "installed_apps" in found.data_taken.split()
    (other,) = of(app(["Lcom/bairong/mobile/BrAgent;"]), Sdk)
    assert (other.data_taken, other.data_basis) == ("", "")


# --- names that several share ---------------------------------------------------------------------------------------

FRESCO = [
    "Lcom/facebook/imagepipeline/core/ImagePipeline;", "Lcom/facebook/react/ReactActivity;", "Lcom/facebook/yoga/Yoga;",
    "Lcom/facebook/common/internal/Preconditions;", "Lcom/facebook/soloader/SoLoader;", "Lcom/facebook/jni/Ptr;",
]  # fmt: skip


def test_libraries_in_the_house_of_a_vendor_are_not_its_sdk(app):
    assert of(app(FRESCO), Sdk) == []
    assert of(app(FRESCO, members=["lib/arm64-v8a/libfbjni.so"]), Sdk) == []
    (found,) = of(app([*FRESCO, "Lcom/facebook/appevents/AppEventsLogger;"]), Sdk)
    assert (found.sdk, found.tier, found.doubtful) == ("facebook", "derived", False)


def test_a_package_that_two_products_share_is_a_doubtful_witness_of_either(app):
    found = of(app(["Lcom/umeng/commonsdk/UMConfigure;"]), Sdk)
    assert {(s.sdk, s.tier, s.doubtful) for s in found} == {
        ("umeng", "heuristic", True), ("umeng-risk", "heuristic", True),
    }  # fmt: skip


def test_a_shared_package_is_doubtful_where_the_row_has_another_sure_one(app):
    text = "id\tname\tvendor\tprefixes\tsource\tdate\n" + "".join(
        f"{name}\t{name}\t{name}\tcom.maker.common com.maker.{name}\tlab\t2026-11-27\n" for name in ("one", "two")
    )
    assert {(s.sdk, s.doubtful) for s in of(app(["Lcom/maker/common/Core;"], sdk_rows=text), Sdk)} == {
        ("one", True), ("two", True),
    }  # fmt: skip
    found = of(app(["Lcom/maker/common/Core;", "Lcom/maker/two/Core;"], sdk_rows=text), Sdk)
    assert {(s.sdk, s.doubtful) for s in found} == {("one", True), ("two", False)}


@pytest.mark.parametrize(
    ("cls", "found"),
    [
        ("com/geetest/onelogin/OneLoginHelper", "geetest"), ("com/unicom/online/account/kernel/a", "cucc"),
        ("com/meizu/cloud/pushsdk/PushManager", "meizupush"), ("com/hihonor/push/sdk/HonorPushClient", "honorpush"),
        ("com/bytedance/sdk/openadsdk/TTAdSdk", "pangle"), ("com/qq/e/comm/managers/GDTAdSdk", "gdt"),
        ("com/kwad/sdk/api/KsAdSDK", "kuaishou-ads"), ("com/growingio/android/sdk/collection/GrowingIO", "growingio"),
        ("com/netease/nis/quicklogin/QuickLogin", "yidun"),
        # Yidun hardens other makers' code: that is none of its own.
        ("com/netease/nis/sdkwrapper/Utils", None), ("com/netease/nis/wrapper/MyApplication", None),
        ("com/qq/ebook/Reader", None), ("com/hihonor/pushy/A", None), ("com/unicom/online/accounts/A", None),
    ],
)  # fmt: skip
def test_families_that_lending_apps_carry(app, cls, found):
    assert [s.sdk for s in of(app([f"L{cls};"]), Sdk)] == ([found] if found else [])


# --- how it is there ------------------------------------------------------------------------------------------------

AGENT = "Lcn/tongdun/android/shell/FMAgent;"
OBJECT = "Ljava/lang/Object;"
ACTIVITY = "Landroid/app/Activity;"
RETURN = [0x0E]
FOR_NAME = "Ljava/lang/Class;->forName(Ljava/lang/String;)Ljava/lang/Class;"


def method(name, code=(), proto="()V"):
    return (name, proto, 9, 8, 0, [*code, *RETURN])


def invoke(key):
    return [0x71, ("m", key), 0]


def look_up(name):
    return [0x1A, ("s", name), 0x1071, ("m", FOR_NAME), 0]


@pytest.fixture
def levels(make, read_apk):
    """How the SDKs of an app are there, by id; each argument is a dex, the first has the app's screen."""

    def run(*dexes, package="cn.example.loan"):
        head = {MAIN: (ACTIVITY, [])}
        data = {f"classes{n or ''}.dex": make.dex((head if n < 2 else {}) | d) for n, d in enumerate(dexes, 1) if n > 1}
        data["classes.dex"] = make.dex(head | dexes[0])
        data["AndroidManifest.xml"] = make.manifest(components={"cn.example.loan.Main": "activity"}, package=package)
        return {s.sdk: s.presence for s in of(read_apk(make.package(data), sdk_rows=""), Sdk)}

    return run


def test_a_call_from_another_dex_file_is_a_call(levels):
    use = {MAIN: (ACTIVITY, [method("go", invoke(f"{AGENT}->init()V"))])}
    assert levels(use, {AGENT: (OBJECT, [method("init")])}) == {"tongdun": "called"}
    assert levels(use) == {"tongdun": "referenced"}


def test_code_of_the_same_sdk_that_calls_is_none_of_the_apps(levels):
    """The SDK has two packages, and one calls the other."""
    core = "Lcn/jiguang/api/JCore;"
    push = {"Lcn/jpush/android/Push;": (OBJECT, [method("go", invoke(f"{core}->init()V"))])}
    assert levels(push | {core: (OBJECT, [method("init")])}) == {"jpush": "defined"}
    other = {"Lcom/moxie/client/A;": (OBJECT, [method("go", invoke(f"{core}->init()V"))])}
    assert levels(other | {core: (OBJECT, [method("init")])}) == {"jpush": "called", "moxie": "defined"}


def test_a_method_inherited_from_an_sdk_is_its_code(levels):
    classes = {AGENT: (OBJECT, [method("init")]), "Lcn/example/loan/Sub;": (AGENT, [method("other")])}
    for name, level in (("init", "called"), ("other", "defined")):
        use = {MAIN: (ACTIVITY, [method("go", invoke(f"Lcn/example/loan/Sub;->{name}()V"))])}
        assert levels(classes | use) == {"tongdun": level}


@pytest.mark.parametrize(
    ("code", "inside", "outside"),
    [
        (look_up("cn.tongdun.android.shell.FMAgent"), {"tongdun": "called"}, {"tongdun": "referenced"}),
        ([0x1A, ("s", "cn.tongdun.android.shell.FMAgent")], {"tongdun": "defined"}, {}),
        (look_up("cn.tongdun.androidx.FMAgent"), {"tongdun": "defined"}, {}),
    ],
    ids=["looked up", "a text alone", "a name that begins alike"],
)
def test_a_class_looked_up_by_its_name(levels, code, inside, outside):
    use = {MAIN: (ACTIVITY, [method("go", code)])}
    assert levels(use | {AGENT: (OBJECT, [])}) == inside
    assert levels(use) == outside


def test_an_sdk_that_tries_whether_another_is_there_does_not_name_it(levels):
    use = {"Lcom/moxie/client/A;": (OBJECT, [method("go", look_up("cn.tongdun.android.shell.FMAgent"))])}
    assert levels(use) == {"moxie": "defined"}


def test_a_product_inside_the_package_of_another_is_not_the_other(levels):
    assert levels({"Lcn/jiguang/verifysdk/api/JVerify;": (OBJECT, [])}) == {"jverify": "defined"}


@pytest.mark.parametrize("package", ["cn.tongdun", "cn.tongdun.android", "cn.tongdun.android.demo"])
def test_the_code_of_an_app_of_the_vendor_is_its_own(levels, package):
    assert levels({AGENT: (OBJECT, [])}, package=package) == {}


@pytest.mark.parametrize(
    "cls", ["Lcn/tongdun/Android/A;", "Lcn/tongdun/androidx/A;", "Lcn/example/cn/tongdun/android/A;"]
)
def test_a_package_that_looks_alike_is_another(levels, cls):
    assert levels({cls: (OBJECT, [])}) == {}


def test_a_component_whose_class_is_here_is_code_inside(app):
    """The component lies outside the packages of the row."""
    parts = {"cn.example.loan.Main": "activity", "cn.android.service.JTransitActivity": "activity"}
    (named,) = of(app(components=parts), Sdk)
    (inside,) = of(app(["Lcn/android/service/JTransitActivity;"], components=parts), Sdk)
    assert (named.presence, inside.presence) == ("referenced", "defined")
    assert not inside.doubtful


def test_a_library_beside_a_component_is_code_inside(app):
    parts = {"cn.example.loan.Main": "activity", "com.chuanglan.shanyan_sdk.view.CmccLoginActivity": "activity"}
    (found,) = of(app(members=["lib/arm64-v8a/libShanYCore.so"], components=parts), Sdk)
    assert (found.presence, found.tier, found.doubtful) == ("defined", "derived", False)


@pytest.mark.parametrize(
    "member",
    [
        "lib/arm64-v8a/libtongdun2.so", "lib/arm64-v8a/libTongdun.so", "lib/arm64-v8a/tongdun.so", "assets/libtongdun.so",
        "lib/arm64-v8a/old/libtongdun.so", "lib/libtongdun.so", "lib/arm64-v8a/libsigner.so",
        "lib/arm64-v8a/libmp3decoder.so", "lib/arm64-v8a/libnesec.so",
    ],
)  # fmt: skip
def test_a_library_that_looks_alike_or_is_never_loaded_is_none(app, member):
    assert of(app(members=[member]), Sdk) == []


# --- packers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        ("com.qihoo.util.StubApplication", "360加固"),
        ("com.secneo.apkwrapper.ApplicationWrapper", "梆梆安全（企业版）"),
        ("com.SecShell.SecShell.AW", "梆梆安全（免费版）"),
        ("com.shell.NativeApplication", "爱加密"),
    ],
)
def test_the_application_class_names_the_packer(app, cls, name):
    facts = app([f"L{cls.replace('.', '/')};"], components={cls: "application", "cn.example.loan.Page": "activity"})
    assert [(s.name, s.shell_type, s.tier) for s in of(facts, Shell)] == [(name, "packer", "derived")]
    assert "packed" in {p.code for p in of(facts, Problem)}


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("assets/libjiagu.so", "360加固"),
        ("lib/armeabi-v7a/libjiagu_xyz.so", "360加固"),
        ("lib/arm64-v8a/libshella-4.5.0.7.so", "腾讯乐固（旧版）"),
        ("lib/arm64-v8a/libdexprotector.abc.so", "DexProtector"),
    ],
)
def test_a_library_of_a_packer_is_a_hint_wherever_it_stands(app, member, name):
    assert [(s.name, s.tier, s.doubtful) for s in of(app(members=[member]), Shell)] == [(name, "heuristic", True)]


@pytest.mark.parametrize(
    "member",
    [
        "lib/arm64-v8a/libjiagu_long.so", "lib/arm64-v8a/xlibjiagu_xyz.so", "lib/arm64-v8a/libsgmain.so",
        "lib/arm64-v8a/libjni.so", "assets/libjiagu.so.txt", "lib/arm64-v8a/libloader.so", "assets/classes.jar",
        "assets/pkgInfo.txt", "assets/dex.dat", "assets/sign.bin",
    ],
)  # fmt: skip
def test_names_that_only_look_like_a_packers_are_none(app, member):
    assert of(app(members=[member]), Shell) == []


# --- frameworks -----------------------------------------------------------------------------------------------------


def test_flutter_without_its_code_lowers_coverage(app):
    facts = app(members=["assets/flutter_assets/AssetManifest.json"])
    assert [(s.name, s.shell_type) for s in of(facts, Shell)] == [("Flutter", "hybrid")]
    assert [p.code for p in of(facts, Problem)] == ["hybrid-code"]
    assert {c.looked_for for c in of(facts, Coverage)} >= {"sensitive_read", "endpoint", "app_text"}


def test_frameworks_are_told_by_their_files(app):
    facts = app(members=["lib/arm64-v8a/libhermes.so"])
    assert [(s.name, s.doubtful) for s in of(facts, Shell)] == [("React Native", False)]
    assert [s.name for s in of(app(members=["assets/capacitor.config.json"]), Shell)] == ["Capacitor"]


# --- whose code -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("house", ["com.cn", "cn.com", "com.android", "com.app", "com.mobile", "com.loan", "io.github"])
def test_a_house_that_anybody_may_have_is_nobodys(house):
    owners = Owners(f"{house}.quickloan")
    assert owners.of(f"L{house.replace('.', '/')}/quickloan/ui/Page;").kind == "own"
    assert owners.of(f"L{house.replace('.', '/')}/vendor/Collector;").kind is None


def test_a_house_of_a_name_is_the_apps_own():
    assert Owners("com.xinghe.fenqi").of("Lcom/xinghe/base/Net;").kind == "own"


def test_the_application_class_shows_where_an_app_lives_that_is_installed_under_another_name():
    parts = ["com.realhouse.loan.App", "com.realhouse.loan.Main", "com.realhouse.loan.Pay", "com.vendor.page.Web"]
    owners = Owners("com.app.quick", application=parts[0], components=parts)
    assert owners.of("Lcom/realhouse/loan/net/Api;").kind == "own"
    assert owners.of("Lcom/realhouse/other/Api;").kind is None
    assert owners.of("Lcom/vendor/page/Web;").kind is None
    few = ["com.vendor.core.VendorApp", "com.app.quick.Main", "com.app.quick.Pay"]
    assert Owners("com.app.quick", application=few[0], components=few).of("Lcom/vendor/core/Net;").kind is None
    stub = ["com.stub.StubApp", "com.stub.One"]
    assert Owners("com.app.quick", application=stub[0], components=stub).of("Lcom/stub/One;").kind is None
