"""The coverage sheet: what is counted, and what stands in the way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dunproof.facts.kinds import CodeSheet, Coverage

APKS = Path(__file__).parent / "fixtures" / "apk"
RETURN = [0x000E]
PUBLIC, NATIVE, ABSTRACT = 0x1, 0x100, 0x400


def sheet(facts) -> CodeSheet:
    (found,) = [f for f in facts if isinstance(f, CodeSheet)]
    return found


def random_bytes(n: int) -> bytes:
    return random.Random(7).randbytes(n)


@pytest.fixture
def of(make, read_apk):
    """Return the sheet of a package with one class beside what is given."""

    def run(methods=(), **members: bytes) -> CodeSheet:
        rows = [("run", "()V", PUBLIC, 1, 1, RETURN), *methods]
        code = make.dex({"Lcn/example/loan/Main;": ("Ljava/lang/Object;", rows), "La/b;": ("Ljava/lang/Object;", [])})
        files = {"AndroidManifest.xml": make.manifest(), "classes.dex": code}
        return sheet(read_apk(make.package(files | {k.replace("__", "/"): v for k, v in members.items()})))

    return run


def test_methods_and_classes_are_counted(of) -> None:
    found = of([("slow", "()V", PUBLIC | NATIVE, 0, 0, []), ("none", "()V", PUBLIC | ABSTRACT, 0, 0, [])])
    assert (found.dex_files, found.classes, found.short_names) == (1, 2, 1)
    assert (found.methods, found.methods_unreadable, found.native_methods) == (1, 0, 1)


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (("a/b", "a/ab", "a/abc", "a/a0z"), 4),
        (("a/Api", "a/Log", "a/Uri", "a/main"), 0),
        (("a/b$1", "a/b$c", "a/Abc"), 1),
    ],
)
def test_names_that_a_shrinker_gives(make, read_apk, names, short) -> None:
    code = make.dex({f"L{name};": ("Ljava/lang/Object;", []) for name in names})
    facts = read_apk(make.package({"AndroidManifest.xml": make.manifest(), "classes.dex": code}))
    assert sheet(facts).short_names == short
    told = [(c.looked_for, c.reason) for c in facts if isinstance(c, Coverage)]
    assert told == ([("sdk", "short-names")] if short * 2 > len(names) else [])


def test_a_method_that_should_have_code_and_has_none_is_unreadable(of) -> None:
    assert of([("gone", "()V", PUBLIC, 0, 0, [])]).methods_unreadable == 1


def test_native_libraries_are_counted_once_and_their_entry_points_named(of) -> None:
    library = b"\x7fELF\0Java_cn_example_Main_a\0Java_cn_example_Main_b\0Java_cn_example_Main_a\0"
    found = of(**{"lib__arm64-v8a__libx.so": library, "lib__armeabi-v7a__libx.so": library, "lib__x86__liby.so": b"\0"})
    assert (found.native_libraries, found.native_exports) == (2, 2)


def test_a_file_that_looks_random_is_told_from_one_of_a_known_format(of) -> None:
    noise = random_bytes(40_000)
    assert of(assets__core=noise).sealed_files == 1
    assert of(assets__core=b"\x89PNG" + noise).sealed_files == 0
    assert of(assets__core=noise[:9_000]).sealed_files == 0
    assert of(assets__core=b"plain words " * 4000).sealed_files == 0
    assert of(**{"lib__x86__libz.so": noise}).sealed_files == 0


def test_members_that_claim_encryption_are_counted(make, read_apk) -> None:
    data = bytearray(make.package({"AndroidManifest.xml": make.manifest(), "assets/a": b"x"}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    assert sheet(read_apk(bytes(data))).encrypted_members == 1


def test_a_package_without_code_has_a_sheet_of_zeros(make, read_apk) -> None:
    found = sheet(read_apk(make.package({"AndroidManifest.xml": make.manifest()})))
    assert (found.dex_files, found.methods, found.methods_unreadable, found.loader_calls) == (0, 0, 0, 0)


def test_damaged_tables_leave_the_number_open(make, read_apk) -> None:
    code = bytearray(make.dex({"La/B;": ("Ljava/lang/Object;", [("run", "()V", PUBLIC, 1, 1, RETURN)])}))
    code[0x60] = 0xFF  # class_defs_size: more rows than the file has room for
    found = sheet(read_apk(make.package({"AndroidManifest.xml": make.manifest(), "classes.dex": bytes(code)})))
    assert found.methods_unreadable is None


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("dynamic-code", "loader_calls", 1),
        ("reflection", "reflection_unsettled", 1),
        ("constant-reflection", "reflection_unsettled", 0),
        ("dex-in-assets", "dex_elsewhere", 1),
        ("good", "reflection_calls", 0),
    ],
)
def test_fixtures(name: str, column: str, value: int, read_apk) -> None:
    assert getattr(sheet(read_apk(APKS / f"{name}.apk")), column) == value
