"""Code that is hidden, absent, damaged or elsewhere is told and lowers the coverage of what it could change."""

from __future__ import annotations

import runpy
import struct
import subprocess
import sys
import textwrap
import zipfile
import zlib
from pathlib import Path

import pytest

from dunproof.facts.kinds import CodeSheet, Coverage, Problem, SensitiveRead, Shell
from dunproof.read.app import reader
from dunproof.read.quote import quote
from dunproof.read.source import Source

FOLDER = Path(__file__).parent
MUTATOR = runpy.run_path(str(FOLDER / "mutator.py"))
CODE_KINDS = {"sensitive_read", "permission_request", "sdk", "endpoint", "app_text"}
ACTIVITY, OBJECT = "Landroid/app/Activity;", "Ljava/lang/Object;"
HOUSE = "Lcn/example/loan/"
MAIN = f"{HOUSE}Main;"
PUBLIC, NATIVE, ABSTRACT, STATIC = 0x1, 0x100, 0x400, 0x9
RETURN = [0x000E]
CREATE = "(Landroid/os/Bundle;)V"
QUERY = (
    "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;"
    "Ljava/lang/String;)Landroid/database/Cursor;"
)
CONTACTS = "Landroid/provider/ContactsContract$Contacts;->CONTENT_URI:Landroid/net/Uri;"
READ = [0x0162, ("f", CONTACTS), 0x0012, 0x0212, 0x0312, 0x0412, 0x0512, 0x0674, ("m", QUERY), 0, 0x000E]
STRING, LOADER = "Ljava/lang/String;", "Ljava/lang/ClassLoader;"


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


def codes(facts):
    return {p.code for p in of(facts, Problem)}


def weak(facts):
    return {c.looked_for: c.reason for c in of(facts, Coverage) if c.status != "read"}


def create(code, registers=12):
    return ("onCreate", CREATE, PUBLIC, registers, 2, code)


def call(op, key, count):
    """A call of the range form with the registers from 0 on."""
    return [op | count << 8, ("m", key), 0]


@pytest.fixture
def app(make, read_apk):
    """Return the facts of an app with some classes, components and further members."""

    def run(classes, components=None, package="cn.example.loan", **members):
        parts = {".Main": "activity"} if components is None else components
        permission = "android.permission.READ_CONTACTS"
        return read_apk(make.package({
            "AndroidManifest.xml": make.manifest(permission, components=parts, package=package),
            "classes.dex": make.dex(classes),
            **{name.replace("__", "/"): data for name, data in members.items()},
        }))  # fmt: skip

    return run


@pytest.fixture
def reading(make):
    """A dex of its own in which a class reads the address book."""
    return make.dex({f"{HOUSE}Plugin;": (OBJECT, [("all", "()V", STATIC, 8, 0, READ)])})


def plain(code=RETURN):
    return {MAIN: (ACTIVITY, [create(code)])}


def test_an_app_whose_code_is_all_there_is_fully_read(app) -> None:
    facts = app(plain())
    assert (codes(facts), weak(facts)) == (set(), {})


# --- absent code --------------------------------------------------------------------------------------------------

PARTS = {
    ".Main": "activity",
    ".Part1": "activity",
    ".Part2": "service",
    ".Part3": "receiver",
    "cn.x.Stub": "application",
}
TEN = {f".Page{n}": "activity" for n in range(10)} | {"cn.x.Stub": "application"}
STUB = {"Lcn/x/Stub;": ("Landroid/app/Application;", [])}


@pytest.mark.parametrize(
    ("classes", "components"),
    [
        pytest.param({"Lcn/x/Other;": (OBJECT, [])}, PARTS, id="not even the Application class"),
        pytest.param({"Lcn/x/Other;": (OBJECT, [])}, {".Main": "activity"}, id="no Application class named"),
        pytest.param({**STUB, f"{HOUSE}Part1;": (ACTIVITY, []), f"{HOUSE}Part2;": (OBJECT, [])}, PARTS, id="2 of 4"),
        pytest.param({**STUB, **{f"{HOUSE}Page{n};": (ACTIVITY, []) for n in range(3)}}, TEN, id="3 of 10"),
        pytest.param({f"{HOUSE}Page{n};": (ACTIVITY, []) for n in range(10)}, TEN, id="the Application class alone"),
    ],
)
def test_components_without_a_class_leave_the_code_partly_seen(app, classes, components) -> None:
    facts = app(classes, components)
    assert codes(facts) == {"component-missing"}
    assert weak(facts) == dict.fromkeys(CODE_KINDS, "component-missing")
    assert not of(facts, Shell)


def test_packed_is_proved_by_a_stub_alone(app) -> None:
    facts = app({**STUB, **{f"{HOUSE}Page{n};": (ACTIVITY, []) for n in range(2)}}, TEN)
    assert codes(facts) == {"packed"}
    assert [(s.tier, s.doubtful, s.stub_permille) for s in of(facts, Shell)] == [("derived", False, 800)]


@pytest.mark.parametrize(
    ("attributes", "inside", "told"),
    [
        pytest.param({"splitName": "later"}, (), {"component-missing"}, id="they name the module that brings them"),
        pytest.param({}, [("meta-data", {"name": "com.android.vending.splits.required", "value": "true"}, [])],
                     {"component-missing", "splits-missing"}, id="the app says that splits are missing"),
        pytest.param({}, (), {"packed"}, id="neither"),
    ],
)  # fmt: skip
def test_components_of_modules_that_are_not_here_prove_no_packer(make, read_apk, attributes, inside, told) -> None:
    rows = [("activity", {"name": f"cn.example.later.Page{n}", **attributes}, []) for n in range(9)]
    tree = ("manifest", {"package": "cn.example.loan"}, [
        ("application", {"name": "cn.x.Stub"}, [("activity", {"name": ".Main"}, []), *rows, *inside]),
    ])  # fmt: skip
    facts = read_apk(make.package({"AndroidManifest.xml": make.axml(tree), "classes.dex": make.dex(plain() | STUB)}))
    assert codes(facts) - {"axml-attribute-no-id"} == told
    assert bool(of(facts, Shell)) == ("packed" in told)
    assert {c.status for c in of(facts, Coverage) if c.looked_for == "sensitive_read"} == {"partly"}


@pytest.mark.parametrize("name", ["instant-run.zip", "assets/payload.bin"])
def test_classes_that_can_be_read_elsewhere_in_the_package_prove_no_packer(app, make, name) -> None:
    dex = make.dex({f"{HOUSE}Page{n};": (ACTIVITY, []) for n in range(10)})
    facts = app(STUB, TEN, **{name.replace("/", "__"): make.package({"a.dex": dex}) if ".zip" in name else dex})
    assert codes(facts) == {"extra-dex", "component-missing"}
    assert not of(facts, Shell)


def test_a_stub_without_the_only_component_proves_a_packer(app) -> None:
    """Nothing of the app could start but for code from elsewhere."""
    facts = app(STUB, {".Main": "activity", "cn.x.Stub": "application"})
    assert codes(facts) == {"packed"}
    assert [(s.shell_type, s.tier) for s in of(facts, Shell)] == [("packer", "derived")]


def test_a_screen_of_the_system_proves_no_packer(app) -> None:
    facts = app(STUB, {"android.app.NativeActivity": "activity", "cn.x.Stub": "application"})
    assert codes(facts) == {"native-component"}
    assert not of(facts, Shell)


def test_the_stub_of_a_packer_beside_all_other_classes_is_a_doubt(app) -> None:
    parts = {".Main": "activity", "com.stub.StubApp": "application"}
    facts = app({**plain(), "Lcom/stub/StubApp;": ("Landroid/app/Application;", [])}, parts)
    assert codes(facts) == {"packer-hint"}
    assert [(s.name, s.tier, s.stub_permille) for s in of(facts, Shell)] == [("360加固", "derived", 0)]
    assert weak(facts) == dict.fromkeys(CODE_KINDS, "packer-hint")


def test_classes_of_the_system_are_not_missed(app) -> None:
    facts = app(plain(), {".Main": "activity", "android.app.Application": "application"})
    assert weak(facts) == {}


def test_the_file_of_a_packer_beside_whole_code_is_a_doubt_of_its_own(app) -> None:
    facts = app(plain(), **{"lib__arm64-v8a__libjiagu.so": b"\x7fELF"})
    assert codes(facts) == {"packer-hint"}
    assert weak(facts) == dict.fromkeys(CODE_KINDS, "packer-hint")
    assert all(s.doubtful for s in of(facts, Shell))


@pytest.mark.parametrize("code", [[], [0] * 40 + RETURN], ids=["no code", "fillers"])
def test_methods_whose_code_was_taken_out(app, code) -> None:
    facts = app({MAIN: (ACTIVITY, [create(code), ("on", "()V", PUBLIC, 1, 1, RETURN)])})
    assert codes(facts) == {"method-without-code"}
    assert weak(facts) == dict.fromkeys(CODE_KINDS, "method-without-code")
    (sheet,) = of(facts, CodeSheet)
    assert (sheet.methods, sheet.methods_unreadable) == (1, 1)


def test_methods_without_code_by_design_are_none(app) -> None:
    rows = [("a", "()V", PUBLIC | ABSTRACT, 0, 0, []), create([0, *RETURN])]
    assert weak(app({MAIN: (ACTIVITY, rows)})) == {}


# --- machine code -------------------------------------------------------------------------------------------------


def native(cls, up=OBJECT):
    return {cls: (up, [("go", "()V", PUBLIC | NATIVE, 0, 0, [])])}


def test_a_component_in_machine_code(app) -> None:
    facts = app(native(MAIN, ACTIVITY))
    assert codes(facts) == {"native-component"}
    assert weak(facts) == dict.fromkeys(CODE_KINDS, "native-component")


def test_an_activity_of_the_system_that_runs_machine_code(app) -> None:
    facts = app(plain(), {".Main": "activity", "android.app.NativeActivity": "activity"})
    assert codes(facts) == {"native-component"}


def test_native_methods_of_the_apps_own(app) -> None:
    facts = app(plain() | native(f"{HOUSE}core/Core;"))
    assert codes(facts) == {"native-code"}
    assert weak(facts) == dict.fromkeys(["sensitive_read", "permission_request", "endpoint"], "native-code")


def test_own_code_below_another_package_than_the_apps(app) -> None:
    classes = {"Lnet/house/wallet/Main;": (ACTIVITY, [create(RETURN)])} | native("Lnet/house/wallet/core/Core;")
    facts = app(classes, {"net.house.wallet.Main": "activity"})
    assert codes(facts) == {"native-code"}


@pytest.mark.parametrize("cls", ["Landroidx/graphics/Path;", "Lcn/tongdun/android/shell/FMAgent;", "Lnet/other/lib/X;"])
def test_native_methods_of_others_stay_a_number(app, cls) -> None:
    facts = app(plain() | native(cls), **{"lib__x86__libx.so": b"\x7fELF"})
    assert weak(facts) == {}
    (sheet,) = of(facts, CodeSheet)
    assert (sheet.native_methods, sheet.native_libraries) == (1, 1)


LOAD = "Ljava/lang/System;->loadLibrary(Ljava/lang/String;)V"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ([0x001A, ("s", "core"), *call(0x77, LOAD, 1)], True),
        ([*call(0x77, LOAD, 1)], True),
        ([0x011A, ("s", "/data/x.so"), *call(0x74, "Ljava/lang/Runtime;->load(Ljava/lang/String;)V", 2)], True),
        ([0x001A, ("s", "c++_shared"), *call(0x77, LOAD, 1)], False),
        ([0x001A, ("s", "tongdun"), *call(0x77, LOAD, 1)], False),
    ],
    ids=["unknown", "not named", "by path", "of the tool chain", "of the catalogue"],
)
def test_libraries_that_own_code_loads(app, code, told) -> None:
    facts = app(plain(code + RETURN))
    assert codes(facts) == ({"native-code"} if told else set())


# --- loaded and called by name ------------------------------------------------------------------------------------

SYSTEM = "Ldalvik/system/"
CONSTRUCTORS = [
    f"{SYSTEM}DexClassLoader;-><init>({STRING}{STRING}{STRING}{LOADER})V",
    f"{SYSTEM}PathClassLoader;-><init>({STRING}{LOADER})V",
    f"{SYSTEM}PathClassLoader;-><init>({STRING}{STRING}{LOADER})V",
    f"{SYSTEM}DelegateLastClassLoader;-><init>({STRING}{LOADER})V",
    f"{SYSTEM}BaseDexClassLoader;-><init>({STRING}Ljava/io/File;{STRING}{LOADER})V",
    f"{SYSTEM}InMemoryDexClassLoader;-><init>(Ljava/nio/ByteBuffer;{LOADER})V",
    f"{SYSTEM}InMemoryDexClassLoader;-><init>([Ljava/nio/ByteBuffer;{LOADER})V",
    f"{SYSTEM}InMemoryDexClassLoader;-><init>([Ljava/nio/ByteBuffer;{STRING}{LOADER})V",
    f"{SYSTEM}DexFile;-><init>({STRING})V",
    f"{SYSTEM}DexFile;-><init>(Ljava/io/File;)V",
]


@pytest.mark.parametrize("key", CONSTRUCTORS)
def test_everything_that_loads_code_is_a_loader(app, key) -> None:
    count = 1 + key.count(";", key.index("("))
    facts = app(plain([0x0022, ("t", key.partition("->")[0]), *call(0x76, key, count), *RETURN]))
    assert codes(facts) == {"dynamic-code"}
    assert weak(facts) == dict.fromkeys(CODE_KINDS, "dynamic-code")
    (sheet,) = of(facts, CodeSheet)
    assert sheet.loader_calls == 1


@pytest.mark.parametrize("key", CONSTRUCTORS[:8])
def test_a_loader_of_the_apps_own(app, key) -> None:
    up, _, proto = key.partition("-><init>")
    count = 1 + proto.count(";")
    own = f"{HOUSE}Loader;"
    facts = app({
        MAIN: (ACTIVITY, [create([0x0022, ("t", own), *call(0x76, f"{own}-><init>{proto}", count), *RETURN])]),
        own: (up, [("<init>", proto, 0x10001, 8, 8, [*call(0x76, key, count), *RETURN])]),
    })  # fmt: skip
    assert codes(facts) == {"dynamic-code"}


OPEN_FILE = f"{SYSTEM}DexFile;->loadDex({STRING}{STRING}I){SYSTEM}DexFile;"
MAKE = "Ljava/lang/reflect/Constructor;->newInstance([Ljava/lang/Object;)Ljava/lang/Object;"
FOR_NAME = "Ljava/lang/Class;->forName(Ljava/lang/String;)Ljava/lang/Class;"
FIND = (
    "Ljava/lang/invoke/MethodHandles$Lookup;->findVirtual(Ljava/lang/Class;Ljava/lang/String;"
    "Ljava/lang/invoke/MethodType;)Ljava/lang/invoke/MethodHandle;"
)


def named(name):
    return [0x001A, ("s", name), *call(0x77, FOR_NAME, 1)]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param(call(0x77, OPEN_FILE, 3), {"dynamic-code"}, id="loadDex"),
        pytest.param(call(0x74, FIND, 4), {"reflection"}, id="a handle looked up"),
        pytest.param([*call(0x77, FOR_NAME, 1), *call(0x74, MAKE, 2)], {"reflection"}, id="made by a name not known"),
        pytest.param([*named("android.media.AudioRecord"), *call(0x74, MAKE, 2)], {"reflection"}, id="one that reads"),
        pytest.param([*named("cn.example.loan.Main"), *call(0x74, MAKE, 2)], set(), id="one of the app's own"),
        pytest.param([*named("java.util.ArrayList"), *call(0x74, MAKE, 2)], set(), id="one that reads nothing"),
        pytest.param(call(0x74, MAKE, 2), set(), id="of a class that is given"),
    ],
)
def test_objects_and_calls_by_name(app, code, told) -> None:
    assert codes(app(plain([*code, *RETURN]))) == told


# --- elsewhere in the package -------------------------------------------------------------------------------------

PLACES = [
    "lib__arm64-v8a__libx.so", "META-INF__x.bin", "res__drawable__x.png", "kotlin__x.dex", "a__b__c.dex", "unknown.bin",
    ".__classes2.dex", "CLASSES2.DEX", "assets__deep__x.png",
]  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_a_dex_anywhere_is_read_as_loaded_by_code_alone(app, reading, name) -> None:
    facts = app(plain(), **{name: reading})
    assert codes(facts) == {"extra-dex"}
    (row,) = of(facts, SensitiveRead)
    assert (row.category, row.tier, row.reached) == ("contacts", "derived", None)
    assert weak(facts) == {}
    (sheet,) = of(facts, CodeSheet)
    assert sheet.dex_elsewhere == 1


@pytest.mark.parametrize("name", ["assets__p.jar", "assets__p.bin", "lib__x86__libp.so", "res__drawable__p.png"])
@pytest.mark.parametrize("inner", ["classes.dex", "a/b.bin"])
def test_a_dex_in_an_archive_of_any_name_is_read(app, make, reading, tmp_path, name, inner) -> None:
    files = {name: make.package({inner: reading, "notes.txt": b"words"})}
    facts = app(plain(), **files)
    assert codes(facts) == {"extra-dex"}
    (row,) = of(facts, SensitiveRead)
    assert (row.category, row.tier) == ("contacts", "derived")
    path = tmp_path / "app.apk"
    path.write_bytes(make.package({"AndroidManifest.xml": make.manifest(), name.replace("__", "/"): files[name]}))
    source = Source(
        exhibit="0123456789abcdef", name=path.name, format="apk", encoding="", path=path, size_bytes=path.stat().st_size
    )
    assert "ContentResolver;->query(" in quote(source, row.loc).text


def test_an_archive_without_code_is_none(app, make) -> None:
    pages = make.package({"a.html": b"<p>x</p>", "b.zip": make.package({"c.txt": b"words"})})
    assert weak(app(plain(), **{"assets__www.zip": pages})) == {}


@pytest.mark.parametrize("way", ["deeper", "locked", "broken"])
def test_an_archive_that_cannot_be_looked_into_is_told(app, make, reading, way) -> None:
    inner = make.package({"x.bin": reading}, zipfile.ZIP_STORED)
    data = {
        "deeper": make.package({"b.zip": inner}),
        "locked": MUTATOR["encryption_bit"](make.package({"x.bin": bytes(range(99))}, zipfile.ZIP_STORED)),
        "broken": b"PK\3\4" + inner[50:-60],
    }[way]
    facts = app(plain(), assets__p=data)
    assert "code-archive" in codes(facts)
    assert weak(facts) == dict.fromkeys(CODE_KINDS, "code-archive")


# --- damage -------------------------------------------------------------------------------------------------------


def damaged(data: bytes, name: str, method=zipfile.ZIP_DEFLATED) -> bytes:
    """The package with one byte in the middle of a member turned over."""
    out = bytearray(data)
    _, record, header = next(r for r in MUTATOR["_records"](data) if r[0] == name)
    (packed,) = struct.unpack_from("<I", data, record + 20)
    start = header + 30 + sum(struct.unpack_from("<2H", data, header + 26))
    out[start + packed // 2] ^= 0xFF
    return bytes(out)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("classes.dex", {"component", *CODE_KINDS}),
        ("AndroidManifest.xml", {"app", "permission", "component"}),
        ("resources.arsc", {"app", "endpoint", "app_text"}),
        ("assets/a.html", {"endpoint", "app_text", "sensitive_read"}),
        ("res/drawable/a.png", set()),
    ],
)
def test_a_damaged_member_weakens_what_lies_in_it(make, read_apk, name, kinds, method) -> None:
    page = b"".join(b"<p>http://h%d.example.cn/%d</p>" % (n, n * n) for n in range(200))
    table = struct.pack("<HHII", 2, 12, 2000, 0) + bytes(range(250)) * 8
    members = {
        "AndroidManifest.xml": make.manifest("android.permission.READ_SMS", components={".Main": "activity"}),
        "classes.dex": make.dex(plain(READ)), "resources.arsc": table, "assets/a.html": page,
        "res/drawable/a.png": b"\x89PNG" + page,
    }  # fmt: skip
    whole = weak(read_apk(make.package(members, method)))
    facts = read_apk(damaged(make.package(members, method), name))
    assert set(weak(facts)) >= kinds
    assert kinds or weak(facts) == whole


def test_a_wrong_checksum_of_a_dex_that_came_whole_is_a_note(make, read_apk) -> None:
    dex = bytearray(make.dex(plain(READ)))
    dex[8:12] = b"\1\2\3\4"
    facts = read_apk(make.package({
        "AndroidManifest.xml": make.manifest(components={".Main": "activity"}), "classes.dex": bytes(dex),
    }))  # fmt: skip
    assert codes(facts) == {"dex-checksum"}
    assert weak(facts) == {}


def test_each_of_two_dex_files_of_one_name_is_read(make, read_apk, reading) -> None:
    members = [("AndroidManifest.xml", make.manifest("android.permission.CAMERA", components={".Main": "activity"}))]
    facts = read_apk(MUTATOR["pack"]([*members, ("classes.dex", make.dex(plain())), ("classes.dex", reading)]))
    assert [r.category for r in of(facts, SensitiveRead)] == ["contacts"]
    assert codes(facts) == {"zip-duplicate-name"}
    assert weak(facts) == dict.fromkeys({"component", *CODE_KINDS}, "zip-duplicate-name")


@pytest.mark.parametrize("same", [True, False])
def test_two_manifests_are_both_read(make, read_apk, same) -> None:
    first = make.manifest("android.permission.READ_SMS", components={".Main": "activity"})
    second = first if same else make.manifest("android.permission.CAMERA", components={".Main": "activity"})
    rows = [("AndroidManifest.xml", first), ("classes.dex", make.dex(plain())), ("AndroidManifest.xml", second)]
    facts = read_apk(MUTATOR["pack"](rows))
    assert set(weak(facts)) == {"app", "permission", "component"}
    told = " ".join(p.detail for p in of(facts, Problem) if p.code == "manifest-ambiguous")
    assert ("CAMERA" in told) != same


# --- several dex files in one -------------------------------------------------------------------------------------


def checked(data: bytes, at: int, value: bytes) -> bytes:
    out = bytearray(data)
    out[at : at + len(value)] = value
    out[8:12] = struct.pack("<I", zlib.adler32(bytes(out[12:])))
    return bytes(out)


CONTAINERS = {
    "first says the whole": lambda c, at: checked(c, 32, struct.pack("<I", len(c))),
    "first says four more": lambda c, at: checked(c, 32, struct.pack("<I", at + 4)),
    "first says nothing": lambda c, at: checked(c, 32, bytes(4)),
    "second without magic": lambda c, at: checked(c, at, b"xex\n"),
    "second of another version": lambda c, at: checked(c, at + 4, b"039"),
    "first of another version": lambda c, at: checked(c, 4, b"040"),
    "second elsewhere by its own word": lambda c, at: checked(c, at + 0x74, b"\4\0\0\0"),
    "more behind": lambda c, at: checked(c + bytes(64), 8, bytes(4)),
    "cut": lambda c, at: checked(c[:-40], 8, bytes(4)),
}
LOST = {"second without magic", "second elsewhere by its own word", "cut"}


@pytest.mark.parametrize("way", CONTAINERS)
def test_no_dex_of_a_container_is_lost_in_silence(make, read_apk, reading, way) -> None:
    both = MUTATOR["container"]([make.dex(plain()), reading])
    (at,) = struct.unpack_from("<I", both, 32)
    manifest = make.manifest(components={".Main": "activity"})

    def read(code):
        return read_apk(make.package({"AndroidManifest.xml": manifest, "classes.dex": code}))

    assert (len(of(read(both), SensitiveRead)), weak(read(both))) == (1, {})
    facts = read(CONTAINERS[way](both, at))
    assert codes(facts) & {"dex-container", "dex-size"}
    assert set(weak(facts)) == {"component", *CODE_KINDS}
    assert way in LOST or [r.category for r in of(facts, SensitiveRead)] == ["contacts"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda first, second: first + second, "dex-size"),
        (lambda first, second: first + b"\x55" * 9, "dex-size"),
        (lambda first, second: checked(first, 4, b"099"), "dex-version"),
        (lambda first, second: checked(first, 4, b"xyz"), "dex-version"),
    ],
    ids=["two behind each other", "bytes behind", "version 099", "version xyz"],
)
def test_what_stands_behind_a_dex_and_versions_that_no_system_knows(make, read_apk, reading, change, code) -> None:
    data = change(make.dex(plain(READ)), reading)
    facts = read_apk(make.package({
        "AndroidManifest.xml": make.manifest(components={".Main": "activity"}), "classes.dex": data,
    }))  # fmt: skip
    assert code in codes(facts)
    assert set(weak(facts)) == {"component", *CODE_KINDS}
    assert len(of(facts, SensitiveRead)) == 1


# --- bombs --------------------------------------------------------------------------------------------------------

RUN = """
    import resource, sys
    from pathlib import Path
    from dunproof.facts.kinds import Coverage, Problem
    from dunproof.read.app import reader
    from dunproof.read.source import Source
    import numpy
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    base = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmSize")) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (base + 400 * 2**20,) * 2)
    path = Path(sys.argv[1])
    facts = list(reader.read(Source(exhibit="0123456789abcdef", name=path.name, format="apk", encoding="", path=path,
                                    size_bytes=path.stat().st_size)))
    print(*sorted({f.code for f in facts if isinstance(f, Problem)}))
    print(*sorted({f.looked_for for f in facts if isinstance(f, Coverage)}))
    peak = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM"))
    print(peak // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="limits and sizes of a process as Linux gives them")
def test_a_small_package_of_bombs_ends_within_bounds(make, tmp_path) -> None:
    path = tmp_path / "bomb.apk"
    large = 70 << 20
    dex = make.dex(plain())
    pages = [b"\0", b"http://a.b.cn/x ", "贷款逾期短信通讯录".encode(), b"<p>x</p>"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr("AndroidManifest.xml", make.manifest(components={".Main": "activity"}))
        target.writestr("classes.dex", dex)
        for n in range(2, 4):
            target.writestr(f"classes{n}.dex", dex + bytes(large - len(dex)))
        target.writestr("resources.arsc", struct.pack("<HHII", 2, 12, large, 1) + bytes(large - 12))
        target.writestr("assets/inner.zip", b"PK\3\4" + bytes(large))
        for n in range(8):
            part = pages[n % len(pages)]
            target.writestr(f"assets/p{n}.js", part * ((12 << 20) // len(part)))
    assert path.stat().st_size < 8 << 20
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(RUN), str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told, kinds, peak = done.stdout.splitlines()
    assert {"dex-too-large", "arsc-too-large", "code-archive", "files-not-searched"} <= set(told.split())
    assert {"component", *CODE_KINDS} <= set(kinds.split())
    assert int(peak) < 512


def test_a_bomb_in_a_bundle_is_told_and_the_rest_is_read(make, tmp_path) -> None:
    path = tmp_path / "app.xapk"
    base = make.package({"AndroidManifest.xml": make.manifest(components={".Main": "activity"})})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr("bomb.apk", b"PK\3\4" + bytes(40 << 20))
        target.writestr("base.apk", base)
    source = Source(
        exhibit="0123456789abcdef", name=path.name, format="apks", encoding="", path=path,
        size_bytes=path.stat().st_size,
    )  # fmt: skip
    facts = list(reader.read(source))
    assert "bundle-part" in codes(facts)
    assert {"permission", "component", *CODE_KINDS} <= set(weak(facts))
