"""What an app does before anybody can agree, what it asks for at one go, what follows a refusal: places and ways."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dunproof.facts.kinds import PermissionRequest, Problem, SensitiveRead, Support
from dunproof.facts.locator import Insn, parse
from dunproof.read.app.package import manifest
from dunproof.read.formats import axml

APKS = Path(__file__).parent / "fixtures" / "apk"
IMEI = "Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;"
APP, MAIN = "Lcn/example/loan/App;", "Lcn/example/loan/Main;"


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


def supports(facts, fact, part):
    return [s for s in of(facts, Support) if s.of_fact == fact.fact_id and s.part == part]


@pytest.fixture
def read(read_apk):
    return lambda name: read_apk(APKS / f"{name}.apk")


def test_a_read_before_any_screen_has_the_way_from_the_start(read):
    facts = read("start-attach-base")
    (found,) = of(facts, SensitiveRead)
    assert (found.at_start, found.reached) == (True, True)
    (step,) = supports(facts, found, "path")
    (place,) = parse(step.loc).places
    assert isinstance(place, Insn)
    assert place.dex == "classes.dex"
    assert step.loc != found.loc


def test_the_way_over_a_thread_stands_on_the_call_that_starts_it(read):
    facts = read("start-thread")
    (found,) = of(facts, SensitiveRead)
    assert found.caller == "Lcn/example/loan/Work;->run"
    assert len(supports(facts, found, "path")) == 1


def test_what_is_not_sure_still_has_the_way_by_which_a_component_reaches_it(read):
    facts = read("start-two-ways")
    (found,) = of(facts, SensitiveRead)
    assert (found.at_start, found.reached) == (None, True)
    assert supports(facts, found, "path")


def test_a_request_names_the_calls_down_to_the_one_that_asks(read):
    facts = read("ask-helper")
    for found in of(facts, PermissionRequest):
        assert found.tier == "derived"
        assert len(supports(facts, found, "witness")) == 1


def test_a_refusal_that_ends_names_the_branch_and_the_end(read):
    for name, places in (("refuse-finish", 2), ("refuse-exit", 2), ("refuse-toast", 1), ("refuse-dialog", 0)):
        facts = read(name)
        (found,) = of(facts, PermissionRequest)
        assert len(supports(facts, found, "witness")) == places, name


# --- before any screen --------------------------------------------------------------------------------------------

HOUSE = "Lcn/example/loan/"
READ = [0x0012, 0x106E, ("m", IMEI), 0]
BACK = [0x000E]
OBJECT = "Ljava/lang/Object;"
THREAD = "Ljava/lang/Thread;"


def made(cls, register=0):
    return [register << 8 | 0x22, ("t", cls), 0x1070, ("m", f"{cls}-><init>()V"), register]


@pytest.fixture
def at_start(make, read_apk):
    """What the start of an application does whose onCreate has some code, beside other classes and components."""

    def run(*code, components=None, **classes):
        rest = {f"{HOUSE}{name};": row for name, row in classes.items()}
        dex = make.dex({APP: ("Landroid/app/Application;", [("onCreate", "()V", 1, 6, 1, [*code])]), **rest})
        parts = {"cn.example.loan.App": "application"} | (components or {})
        members = {"AndroidManifest.xml": make.manifest(components=parts), "classes.dex": dex}
        (found,) = of(read_apk(make.package(members)), SensitiveRead)
        return found.at_start

    return run


def test_a_service_or_worker_that_the_start_names_may_run_then(at_start):
    named = [0x001C, ("t", f"{HOUSE}Work;"), *BACK]
    service = ("Landroid/app/Service;", [("onStartCommand", "(Landroid/content/Intent;II)I", 1, 6, 4, [*READ, 0x000F])])
    assert at_start(*named, components={"cn.example.loan.Work": "service"}, Work=service) is None
    worker = (
        "Landroidx/work/Worker;",
        [("doWork", "()Landroidx/work/ListenableWorker$Result;", 1, 2, 1, [*READ, 0x0011])],
    )
    assert at_start(*named, Work=worker) is None
    screen = ("Landroid/app/Activity;", [("onCreate", "(Landroid/os/Bundle;)V", 1, 4, 2, [*READ, *BACK])])
    assert at_start(*named, components={"cn.example.loan.Work": "activity"}, Work=screen) is False


@pytest.mark.parametrize("op", [0x62, 0x69])
def test_a_static_field_loads_its_class(at_start, op):
    store = (OBJECT, [("<clinit>", "()V", 0x10008, 1, 0, [*READ, *BACK])])
    assert at_start(op, ("f", f"{HOUSE}Store;->it:{OBJECT}"), *BACK, Store=store) is True


def test_a_thread_that_is_made_runs_once_it_is_started(at_start):
    work = [("<init>", "()V", 0x10001, 1, 1, BACK), ("run", "()V", 1, 2, 1, [*READ, *BACK])]
    start = [0x106E, ("m", f"{HOUSE}Work;->start()V"), 0]
    assert at_start(*made(f"{HOUSE}Work;"), *start, *BACK, Work=(THREAD, work)) is True
    assert at_start(*made(f"{HOUSE}Work;"), *BACK, Work=(THREAD, work)) is None
    runnable = [
        *made(f"{HOUSE}Work;", 1),
        0x0022,
        ("t", THREAD),
        0x2070,
        ("m", f"{THREAD}-><init>(Ljava/lang/Runnable;)V"),
        0x0010,
    ]
    start = [0x106E, ("m", f"{THREAD}->start()V"), 0]
    row = (OBJECT, work, ["Ljava/lang/Runnable;"])
    assert at_start(*runnable, *start, *BACK, Work=row) is True
    assert at_start(*runnable, *BACK, Work=row) is None


def test_a_service_that_a_file_names_is_not_seen(at_start):
    load = [
        0x001C,
        ("t", f"{HOUSE}Work;"),
        0x1071,
        ("m", "Ljava/util/ServiceLoader;->load(Ljava/lang/Class;)Ljava/util/ServiceLoader;"),
        0,
    ]
    work = (OBJECT, [("run", "()V", 1, 2, 1, [*READ, *BACK])], ["Ljava/lang/Runnable;"])
    assert at_start(*load, *BACK, Work=work) is None
    assert at_start(*BACK, Work=work) is False


STRING, CONTEXT = "Ljava/lang/String;", "Landroid/content/Context;"
PREFERENCES, EDITOR = "Landroid/content/SharedPreferences;", "Landroid/content/SharedPreferences$Editor;"
OPENED = [  # v4: what is stored
    0x011A, ("s", "cfg"), 0x0212, 0x306E, ("m", f"{CONTEXT}->getSharedPreferences({STRING}I){PREFERENCES}"), 0x0215, 0x040C,
]  # fmt: skip
AGREED = [0x011A, ("s", "agreed"), 0x0212, 0x3072, ("m", f"{PREFERENCES}->getBoolean({STRING}Z)Z"), 0x0214, 0x010A]
IF = [0x0138, 2 + len(READ), *READ, *BACK]
"""Read where v1 is not zero."""


def test_what_a_library_says_whose_code_is_not_here_may_rest_on_anything(at_start):
    told = [0x0071, ("m", "Lcom/other/Store;->agreed()Z"), 0, 0x010A]
    assert at_start(*told, *IF) is None
    system = [0x0071, ("m", "Landroid/os/Looper;->shown()Z"), 0, 0x010A]
    assert at_start(*system, *IF) is True
    granted = [0x1071, ("m", f"Landroid/provider/Settings;->canDrawOverlays({CONTEXT})Z"), 5, 0x010A]
    assert at_start(*granted, *IF) is False  # nobody granted it yet


def test_a_flag_that_the_method_itself_sets_before(at_start):
    edit = [0x1072, ("m", f"{PREFERENCES}->edit(){EDITOR}"), 4, 0x030C]

    def put(key):
        return [0x011A, ("s", key), 0x1212, 0x3072, ("m", f"{EDITOR}->putBoolean({STRING}Z){EDITOR}"), 0x0213]

    assert at_start(*OPENED, *AGREED, *IF) is False
    assert at_start(*OPENED, *edit, *put("agreed"), *AGREED, *IF) is None
    assert at_start(*OPENED, *edit, *put("other"), *AGREED, *IF) is False
    assert at_start(*OPENED, *AGREED, *IF[:-1], *edit, *put("agreed"), *BACK) is False


def test_a_default_that_a_call_leaves_out(at_start):
    """As compilers of Kotlin write it: a mask says which arguments are not given."""
    store, ask = f"{HOUSE}Store;", f"({PREFERENCES}{STRING}Z)Z"
    short = f"({PREFERENCES}{STRING}ZI{OBJECT})Z"
    rows = [
        ("ask", ask, 9, 4, 3, [0x3072, ("m", f"{PREFERENCES}->getBoolean({STRING}Z)Z"), 0x0321, 0x000A, 0x000F]),
        ("ask$default", short, 9, 6, 5, [
            0x04DD, 0x0404, 0x0438, 3, 0x0312, 0x3071, ("m", f"{store}->ask{ask}"), 0x0321, 0x000A, 0x000F,
        ]),
    ]  # fmt: skip
    code = [*OPENED, 0x4007, 0x011A, ("s", "agreed"), 0x0212, 0x4312, 0x0412,
            0x0577, ("m", f"{store}->ask$default{short}"), 0, 0x010A]  # fmt: skip
    assert at_start(*code, *IF, Store=(OBJECT, rows)) is False


SETTING = "Landroid/content/pm/PackageManager;->setComponentEnabledSetting(Landroid/content/ComponentName;II)V"


@pytest.mark.parametrize(
    ("said", "at_start", "reached"),
    [
        ({}, True, True), ({"enabled": 1}, True, True), ({"enabled": 0}, False, None), ({"enabled": "false"}, False, None),
        ({"enabled": ("reference", 0x7F010001)}, None, True), ({"process": ":far"}, None, True),
    ],
)  # fmt: skip
def test_a_provider_that_is_off_or_aside_does_not_surely_start(make, read_apk, said, at_start, reached):
    dex = make.dex(
        {f"{HOUSE}Store;": ("Landroid/content/ContentProvider;", [("onCreate", "()Z", 1, 2, 1, [*READ, 0x000F])])}
    )
    part = ("provider", {"name": "cn.example.loan.Store", **said}, [])
    tree = make.axml(("manifest", {"package": "cn.example.loan"}, [("application", {}, [part])]))
    (found,) = of(read_apk(make.package({"AndroidManifest.xml": tree, "classes.dex": dex})), SensitiveRead)
    assert (found.at_start, found.reached) == (at_start, reached)


@pytest.mark.parametrize(
    ("call", "reached"), [([], None), ([0x0012, 0x0112, 0x0212, 0x406E, ("m", SETTING), 0x2210], True)]
)
def test_a_screen_that_is_off_is_reached_where_code_can_put_it_on(make, read_apk, call, reached):
    screen = "Landroid/app/Activity;"
    dex = make.dex({
        MAIN: (screen, [("onCreate", "(Landroid/os/Bundle;)V", 1, 5, 2, [*call, 0x000E])]),
        f"{HOUSE}Other;": (screen, [("onCreate", "(Landroid/os/Bundle;)V", 1, 4, 2, [*READ, 0x000E])]),
    })  # fmt: skip
    parts = [
        ("activity", {"name": "cn.example.loan.Main"}, []),
        ("activity", {"name": "cn.example.loan.Other", "enabled": 0}, []),
    ]
    tree = make.axml(("manifest", {"package": "cn.example.loan"}, [("application", {}, parts)]))
    (found,) = of(read_apk(make.package({"AndroidManifest.xml": tree, "classes.dex": dex})), SensitiveRead)
    assert found.reached is reached


def test_what_only_follows_an_exception_is_not_sure(read):
    (found,) = of(read("start-after-exception"), SensitiveRead)
    assert found.at_start is None


# --- what the manifest says of the first screen -------------------------------------------------------------------


def launchers(make, application):
    data = make.axml(("manifest", {"package": "cn.example.loan"}, [("application", {}, application)]))
    return manifest.read(axml.parse(data)).launchers


MAIN_ACTION = ("action", {"name": "android.intent.action.MAIN"}, [])
BEGINS = ("category", {"name": "android.intent.category.LAUNCHER"}, [])


def test_the_first_screen_says_both_words_in_one_filter(make):
    both = ("intent-filter", {}, [MAIN_ACTION, BEGINS])
    assert launchers(make, [("activity", {"name": ".Main"}, [both])]) == ("cn.example.loan.Main",)
    apart = [("intent-filter", {}, [MAIN_ACTION]), ("intent-filter", {}, [BEGINS])]
    assert launchers(make, [("activity", {"name": ".Main"}, apart)]) == ()
    assert launchers(make, [("receiver", {"name": ".Main"}, [both])]) == ()


def test_a_screen_that_is_off_begins_nothing(make):
    both = ("intent-filter", {}, [MAIN_ACTION, BEGINS])
    rows = [("activity", {"name": ".First", "enabled": 0}, [both]), ("activity", {"name": ".Second"}, [both])]
    assert launchers(make, rows) == ("cn.example.loan.Second",)


def test_a_filter_belongs_to_the_screen_around_it(make):
    both = ("intent-filter", {}, [MAIN_ACTION, BEGINS])
    rows = [("activity", {"name": ".First"}, []), ("receiver", {"name": ".Boot"}, [both])]
    assert launchers(make, rows) == ()


# --- packed, damaged, hostile -------------------------------------------------------------------------------------


def test_where_code_is_missing_nothing_is_said_of_what_was_not_met(make, read_apk):
    code = make.dex({MAIN: ("Landroid/app/Activity;", [
        ("onCreate", "(Landroid/os/Bundle;)V", 1, 2, 2, [0x106E, ("m", IMEI), 0, 0x000E]),
    ])})  # fmt: skip
    parts = {"cn.example.loan.Main": "activity"}
    whole = {"AndroidManifest.xml": make.manifest(components=parts), "classes.dex": code}
    (found,) = of(read_apk(make.package(whole)), SensitiveRead)
    assert found.at_start is False
    (found,) = of(read_apk(make.package(whole | {"classes2.dex": b"dex\n035\0broken"})), SensitiveRead)
    assert found.at_start is None


def test_code_of_a_dex_that_the_system_does_not_load_is_not_said_to_run(read):
    (found,) = of(read("dex-in-assets"), SensitiveRead)
    assert found.at_start is None


def test_a_method_full_of_branches_on_stored_values_is_read_in_bounded_time(make, read_apk):
    stored = "Landroid/content/SharedPreferences;->getLong(Ljava/lang/String;J)J"
    units = []
    for _ in range(600):
        # Twelve units each: v0 = stored; if it is zero pass over the next nop.
        units += [0x0012, 0x1072, ("m", stored), 0x0000, 0x000A, 0x0038, 0x0003, 0x0000]
    units += [0x106E, ("m", IMEI), 0, 0x000E]
    code = make.dex({APP: ("Landroid/app/Application;", [("onCreate", "()V", 1, 4, 1, units)])})
    parts = {"cn.example.loan.App": "application"}
    members = {"AndroidManifest.xml": make.manifest(components=parts), "classes.dex": code}
    (found,) = of(read_apk(make.package(members)), SensitiveRead)
    assert found.at_start in {True, None}


@pytest.mark.parametrize("seed", range(40))
def test_changed_bytes_never_stop_the_reading(seed, read_apk, make):
    """Whatever stands in the code, an answer comes: the walks follow what they are given and no further."""
    from dunproof.read.formats.zip import Archive

    names = ["start-flag-getter", "ask-helper", "refuse-by-switch", "start-thread", "ask-loop"]
    archive = Archive((APKS / f"{names[seed % len(names)]}.apk").read_bytes())
    chance = random.Random(seed)
    data = bytearray(archive.read("classes.dex"))
    for _ in range(chance.randint(1, 30)):
        data[chance.randrange(0x70, len(data))] = chance.randrange(256)
    members = {"AndroidManifest.xml": archive.read("AndroidManifest.xml"), "classes.dex": bytes(data)}
    for fact in read_apk(make.package(members)):
        if isinstance(fact, PermissionRequest):
            assert (fact.permissions is None) == (fact.asked_groups is None)


QUERY = (
    "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;"
    "[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;"
)
CONTACTS = "Landroid/provider/ContactsContract$Contacts;->CONTENT_URI:Landroid/net/Uri;"
READ = [0x0162, ("f", CONTACTS), 0x0012, 0x0212, 0x0312, 0x0412, 0x0512, 0x0674, ("m", QUERY), 0, 0x000E]
MADE = "(Ljava/lang/ClassLoader;Ljava/lang/String;)Landroid/app/Application;"


@pytest.mark.parametrize(
    ("attribute", "above", "method", "start"),
    [
        ("appComponentFactory", "Landroid/app/AppComponentFactory;", ("instantiateApplication", MADE, 3), True),
        ("appComponentFactory", "Landroid/app/AppComponentFactory;", ("<init>", "()V", 1), True),
        ("backupAgent", "Landroid/app/backup/BackupAgent;", ("onCreate", "()V", 1), False),
        ("zygotePreloadName", "Ljava/lang/Object;", ("doPreload", "(Landroid/content/pm/ApplicationInfo;)V", 2), False),
    ],
)
def test_what_the_system_makes_beside_components_is_reached(attribute, above, method, start, make, read_apk):
    name, proto, count = method
    classes = {
        MAIN: ("Landroid/app/Activity;", [("onCreate", "(Landroid/os/Bundle;)V", 1, 3, 2, [0x000E])]),
        "Lcn/example/loan/Made;": (above, [(name, proto, 1, 12, count, READ)]),
    }
    tree = lambda of: make.axml(  # noqa: E731
        (
            "manifest",
            {"package": "cn.example.loan"},
            [("application", {attribute: of}, [("activity", {"name": ".Main"}, [])])],
        )
    )
    facts = read_apk(make.package({"AndroidManifest.xml": tree(".Made"), "classes.dex": make.dex(classes)}))
    (found,) = of(facts, SensitiveRead)
    assert (found.reached, found.at_start) == (True, start)
    # A class that is not there is missed as a component is.
    facts = read_apk(make.package({"AndroidManifest.xml": tree(".Gone"), "classes.dex": make.dex(classes)}))
    assert [p.code for p in of(facts, Problem)] == ["component-missing"]
