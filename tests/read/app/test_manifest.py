"""Manifests: what the system reads of them, and what stands there for other readers."""

from __future__ import annotations

import struct

import pytest

from dunproof.facts.kinds import App, Component, Coverage, Permission, Problem
from dunproof.read.quote import quote
from dunproof.read.source import Source

SMS, CONTACTS = "android.permission.READ_SMS", "android.permission.READ_CONTACTS"


def asks(name, tag="uses-permission", **more):
    return (tag, {"name": name, **more}, [])


def sdk(low, target):
    return ("uses-sdk", {"minSdkVersion": low, "targetSdkVersion": target}, [])


def root(*children, tag="manifest"):
    return (tag, {"package": "cn.example.loan", "versionCode": 7}, list(children))


MAIN = ("activity", {"name": ".Main"}, [])
APPLICATION = ("application", {}, [MAIN])


@pytest.fixture
def read(make, read_apk):
    """(permissions with their limit, app, problem codes, kinds read partly) of a manifest given as a tree or bytes."""

    def run(tree):
        data = tree if isinstance(tree, bytes) else make.axml(tree)
        facts = read_apk(make.package({"AndroidManifest.xml": data}))
        (app,) = [f for f in facts if isinstance(f, App)]
        codes = {f.code for f in facts if isinstance(f, Problem)} - {"no-code", "component-missing"}
        weak = {f.looked_for for f in facts if isinstance(f, Coverage)} & {"app", "permission", "component"}
        asked = {f.name: f.max_sdk for f in facts if isinstance(f, Permission)}
        parts = [f.name for f in facts if isinstance(f, Component)]
        return asked, app, codes, weak, parts

    return run


@pytest.mark.parametrize("tag", ["uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"])
@pytest.mark.parametrize(
    "tree",
    [
        lambda p: root(sdk(21, 33), ("application", {}, [p, MAIN])),
        lambda p: root(sdk(21, 33), ("foo", {}, [p]), APPLICATION),
        lambda p: root(sdk(21, 33), asks(CONTACTS), ("application", {}, [("activity", {"name": ".Main"}, [p])])),
        lambda p: root(sdk(21, 33), ("uses-permission", {"name": CONTACTS}, [p]), APPLICATION),
    ],
)
def test_a_permission_counts_only_below_the_root(tag, tree, read):
    asked, _, codes, _, _ = read(tree(asks(SMS, tag)))
    assert SMS not in asked
    assert codes == {"manifest-misplaced"}


@pytest.mark.parametrize("tag", ["uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"])
def test_every_tag_for_a_permission_counts_below_the_root(tag, read):
    asked, _, codes, weak, _ = read(root(sdk(21, 33), asks(SMS, tag), APPLICATION))
    assert (asked, codes, weak) == ({SMS: 0}, set(), set())


@pytest.mark.parametrize("tag", ["Uses-Permission", "uses-permission ", "uses-permission-sdk-24"])
def test_a_tag_that_only_looks_like_it_is_told(tag, read):
    asked, _, codes, _, _ = read(root(sdk(21, 33), asks(SMS, tag), APPLICATION))
    assert (asked, codes) == ({}, {"manifest-misplaced"})


def test_another_root_is_refused(read):
    asked, _, codes, weak, parts = read(root(asks(SMS), APPLICATION, tag="foo"))
    assert (asked, parts) == ({}, [])
    assert codes == {"manifest-root", "manifest-misplaced"}
    assert weak == {"app", "permission", "component"}


def chunks(data):
    """(type, offset, size) of the chunks of a binary XML."""
    at = 8
    while at < len(data):
        kind, _, size = struct.unpack_from("<HHI", data, at)
        yield kind, at, size
        at += size


def patched(data, element, *changes):
    """The start tag of a number with changes at offsets in it."""
    out = bytearray(data)
    at = [at for kind, at, _ in chunks(data) if kind == 0x0102][element]
    for offset, value in changes:
        struct.pack_into("<I", out, at + offset, value)
    return bytes(out)


def test_a_second_root_is_not_read(make, read):
    first, second = make.axml(root(sdk(21, 33), asks(CONTACTS), APPLICATION)), None
    # The same strings, so that the chunks of one can stand in the other.
    second = make.axml(root(sdk(21, 33), asks(CONTACTS), APPLICATION))
    body = b"".join(second[at : at + size] for kind, at, size in chunks(second) if kind in {0x0102, 0x0103})
    both = first + body
    both = both[:4] + struct.pack("<I", len(both)) + both[8:]
    asked, app, codes, _, parts = read(both)
    assert (asked, app.target_sdk, parts) == ({CONTACTS: 0}, 33, ["cn.example.loan.Main"])
    assert codes == {"manifest-misplaced"}


def test_depth_is_counted_however_deep_it_goes(read):
    tree = asks(SMS)
    for _ in range(300):
        tree = ("a", {}, [tree])
    # After 200 levels that are closed again the next tag must not seem to stand below the root.
    deep = ("a", {}, [])
    for n in range(320):
        deep = ("a", {}, [deep, asks(CONTACTS)] if n == 100 else [deep])
    asked, _, codes, _, _ = read(root(deep, tree, asks(SMS)))
    assert (asked, codes) == ({SMS: 0}, {"manifest-misplaced"})


@pytest.mark.parametrize(
    ("limit", "want", "codes"),
    [(18, 18, set()), (0, 0, set()), ("18", None, {"permission-limit"}), ("abc", None, {"permission-limit"}),
     (0xFFFFFFFF, None, {"permission-limit"})],
)  # fmt: skip
def test_a_limit_that_cannot_be_read_is_null(limit, want, codes, read):
    asked, _, told, _, _ = read(root(sdk(21, 33), asks(SMS, maxSdkVersion=limit), APPLICATION))
    assert (asked, told) == ({SMS: want}, codes)


def test_a_limit_by_reference_is_null(make, read):
    data = make.axml(root(sdk(21, 33), asks(SMS, maxSdkVersion=18), APPLICATION))
    # The second attribute of the third tag: type and value.
    asked, _, told, _, _ = read(patched(data, 2, (36 + 20 + 12, 0x01000008), (36 + 20 + 16, 0x7F010001)))
    assert (asked, told) == ({SMS: None}, {"permission-limit"})


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ([(20, 0xFFFFF)], {"axml-string-index"}),
        ([(20, 0xFFFFFFFF)], {"axml-string-index"}),
        ([(36 + 16, 0xFFFFF)], {"axml-string-index", "permission-unnamed"}),
        ([(36 + 12, 0x01000008), (36 + 16, 0x7F010001)], {"permission-unnamed"}),
        ([(36 + 12, 0x10000008), (36 + 16, 5)], {"permission-unnamed"}),
        ([(36 + 4, 0xFFFFF)], {"axml-string-index", "permission-unnamed"}),
    ],
)
def test_a_permission_without_a_readable_name_is_told(changes, codes, make, read):
    data = make.axml(root(sdk(21, 33), asks(CONTACTS), asks(SMS), APPLICATION))
    asked, _, told, weak, _ = read(patched(data, 3, *changes))
    assert (asked, told) == ({CONTACTS: 0}, codes)
    assert "permission" in weak


def test_uses_sdk_counts_only_below_the_root_and_the_last_one(read):
    _, app, codes, _, _ = read(root(("application", {}, [sdk(1, 1), MAIN]), sdk(21, 33)))
    assert (app.min_sdk, app.target_sdk, codes) == (21, 33, {"manifest-misplaced"})
    _, app, codes, weak, _ = read(root(sdk(21, 33), sdk(19, 22), APPLICATION))
    assert (app.min_sdk, app.target_sdk, codes) == (19, 22, {"manifest-twice"})
    assert "app" in weak


def test_components_count_in_the_first_application_alone(read):
    second = ("application", {}, [("service", {"name": ".Other"}, [])])
    nested = ("activity", {"name": ".Main"}, [("receiver", {"name": ".Inner"}, [])])
    *_, codes, _, parts = read(root(sdk(21, 33), ("application", {}, [nested]), second))
    assert (parts, codes) == (["cn.example.loan.Main"], {"manifest-misplaced"})


def test_what_is_told_can_be_quoted(make, tmp_path, read_apk):
    data = make.package({"AndroidManifest.xml": make.axml(root(sdk(21, 33), ("application", {}, [asks(SMS)])))})
    path = tmp_path / "app.apk"
    path.write_bytes(data)
    source = Source(exhibit="0" * 16, name="a", format="apk", encoding="", path=path, size_bytes=len(data))
    (problem,) = [f for f in read_apk(data) if isinstance(f, Problem) and f.code == "manifest-misplaced"]
    assert problem.detail == f"uses-permission {SMS} stands in manifest/application"
    assert quote(source, problem.loc).text


def test_a_permission_in_a_second_application_makes_the_answer_unsure(read):
    # Android 10 and before pass over a second application with all that stands in it; later ones read its children.
    second = ("application", {}, [asks(SMS)])
    asked, _, codes, weak, _ = read(root(sdk(21, 33), asks(CONTACTS), APPLICATION, second))
    assert (asked, codes) == ({CONTACTS: 0}, {"manifest-misplaced"})
    assert "permission" in weak
    first = ("application", {}, [asks(SMS), MAIN])
    assert "permission" not in read(root(sdk(21, 33), first))[3]


@pytest.mark.parametrize("value", ["true", "TRUE", "1", 1, 0xFFFFFFFF])
def test_a_flag_is_read_in_every_form(value, make, read_apk):
    tree = ("manifest", {"package": "cn.example.loan", "isSplitRequired": value}, [APPLICATION])
    facts = read_apk(make.package({"AndroidManifest.xml": make.axml(tree)}))
    assert "splits-missing" in {f.code for f in facts if isinstance(f, Problem)}


@pytest.mark.parametrize("name", [{}, {"name": ("@", 0x7F010001)}, {"name": 5}, {"name": ""}])
def test_a_component_without_a_readable_name_is_told(name, read):
    *_, codes, weak, parts = read(root(sdk(21, 33), ("application", {}, [MAIN, ("service", name, [])])))
    assert (parts, codes) == (["cn.example.loan.Main"], {"component-unnamed"})
    assert "component" in weak
