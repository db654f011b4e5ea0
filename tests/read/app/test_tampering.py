"""A good package changed in one way: the reader is right, or says that something is wrong; never wrong in silence."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import App, Component, Coverage, Permission, Problem, SensitiveRead, Signer
from dunproof.read.source import Member

FOLDER = Path(__file__).parent
MUTATOR = runpy.run_path(str(FOLDER / "mutator.py"))
ROWS = MUTATOR["ROWS"]
GOOD = (FOLDER / "fixtures/apk/good.apk").read_bytes()

TOLD = {
    "encryption-bit": {"zip-encryption-bit"},
    "unknown-method-stored": {"zip-unknown-method"},
    "unknown-method-deflated": {"zip-unknown-method"},
    "local-method-differs": {"zip-local-differs"},
    "local-sizes-zero": {"zip-local-differs"},
    "local-name-differs": {"zip-local-differs"},
    "extra-field-corrupt": {"zip-extra-field"},
    "version-needed-25": set(),
    "bytes-behind": {"zip-junk-behind"},
    "janus": {"janus"},
    "junk-before-unshifted": {"zip-junk-before"},
    "duplicate-manifest": {"zip-duplicate-name", "manifest-ambiguous"},
    "duplicate-dex": {"zip-duplicate-name"},
    "names-below-files": set(),
    "names-that-climb": set(),
    "second-empty-end": {"zip-second-end"},
    "end-record-counts-too-many": {"zip-entry-count"},
    "comment-length-lies": {"zip-comment-clipped"},
    "directory-behind-end-missing": {"zip-no-end"},
    "crc-wrong": {"zip-crc"},
    "size-declared-huge": {"zip-local-differs"},
    "xml-type-0": {"axml-type"},
    "xml-type-8": {"axml-type"},
    "xml-utf8-pool": set(),
    "xml-string-count-more": {"axml-string-count"},
    "xml-string-count-7fffffff": {"axml-string-count"},
    "xml-style-count-fake": {"axml-style-count"},
    "xml-size-too-large": {"axml-size"},
    "xml-size-too-small": {"axml-size"},
    "xml-dummy-after-map": {"axml-unknown-chunk"},
    "xml-dummy-before-pool": {"axml-unknown-chunk"},
    "xml-attribute-names-emptied": set(),
    "xml-attribute-name-lies": set(),
    "xml-attribute-size-24": {"axml-attribute-size"},
    "xml-zero-size-chunk-at-end": {"axml-chunk-size"},
    "xml-fake-attribute-first": set(),
    "xml-fake-android-attribute-first": {"axml-attribute-no-id"},
    "xml-second-pool": {"axml-second-pool"},
    "xml-elements-before-pool": {"axml-order"},
    "xml-cut-in-the-middle": {"axml-size", "axml-chunk-clipped"},
    "dex-version-041-label": {"dex-container"},
    "dex-version-041-container": set(),
    "dex-checksum-wrong": {"dex-checksum"},
    "dex-no-map": set(),
    "dex-trailing-bytes": {"dex-size"},
    "dex-method-count-huge": {"dex-table-clipped"},
    "dex-string-count-7fffffff": {"dex-table-clipped"},
    "dex-strings-out-of-order": {"dex-strings-unsorted"},
    "dex-cut": {"dex-checksum", "dex-size"},
}
"""What has to be told of each row, at the least."""
MAY_DIFFER = {
    "duplicate-dex", "size-declared-huge", "xml-elements-before-pool", "xml-cut-in-the-middle", "dex-cut",
    "xml-size-too-small", "dex-method-count-huge",
}  # fmt: skip
"""Rows of which no reading is the right one; the rest has to be read as if nothing had been changed."""


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


def answers(facts):
    """What a reader of the report sees, by kind."""
    return {
        "app": {(a.package, a.version_name, a.version_code, a.min_sdk, a.target_sdk) for a in of(facts, App)},
        "permission": {(p.name,) for p in of(facts, Permission)},
        "component": {(c.name, c.component_type, c.defined) for c in of(facts, Component)},
        "sensitive_read": {(r.category, r.uri, r.outcome, r.caller, r.reached) for r in of(facts, SensitiveRead)},
    }


@pytest.fixture(scope="module")
def good(read_apk):
    found = answers(read_apk(GOOD))
    assert len(found["permission"]) == len(found["sensitive_read"]) == 2
    return found


def test_every_row_says_what_has_to_be_told():
    assert set(TOLD) == set(ROWS)
    assert set(TOLD) >= MAY_DIFFER


@pytest.mark.parametrize("name", list(ROWS))
def test_right_or_told(name, read_apk, good):
    changed = ROWS[name](GOOD)
    assert changed != GOOD
    facts = read_apk(changed)
    codes = {p.code for p in of(facts, Problem)}
    assert codes >= TOLD[name]
    found = answers(facts)
    weak = {c.looked_for for c in of(facts, Coverage) if c.status in {"partly", "unread"}}
    if name not in MAY_DIFFER:
        assert found == good
    for kind, rows in good.items():
        # NULL is told too: nobody reads "not determined" as an answer.
        sure = {r for r in found[kind] if None not in r}
        told = codes and (kind in weak or (sure < found[kind] and sure <= rows))
        assert found[kind] == rows or told, (kind, found[kind], codes)


@pytest.mark.parametrize("name", list(ROWS))
def test_no_signature_holds_over_a_changed_package(name, read_apk):
    assert not any(s.verifies for s in of(read_apk(ROWS[name](GOOD)), Signer))


@pytest.mark.parametrize("first", ["xml-fake-attribute-first", "xml-attribute-size-24", "xml-utf8-pool"])
@pytest.mark.parametrize("second", ["unknown-method-stored", "second-empty-end", "local-name-differs", "janus"])
def test_two_changes_together(first, second, read_apk, good):
    assert answers(read_apk(ROWS[second](ROWS[first](GOOD)))) == good


@pytest.mark.parametrize("name", ["take-device-id", "packed-named-application", "parameter-across-dex", "signed-v1"])
@pytest.mark.parametrize("way", [n for n in ROWS if not n.startswith("dex-") and n not in MAY_DIFFER])
def test_other_packages_are_read_alike(name, way, read_apk):
    data = (FOLDER / f"fixtures/apk/{name}.apk").read_bytes()
    if way == "duplicate-manifest":
        pytest.skip("the fake changes a permission that this package does not ask for")
    assert answers(read_apk(ROWS[way](data))) == answers(read_apk(data))


def test_a_cut_package_is_an_error_or_told(read_apk, good):
    for size in range(0, len(GOOD), 173):
        try:
            facts = read_apk(GOOD[:size])
        except ExhibitError:
            continue
        told = of(facts, Problem)
        assert told or answers(facts) == good


def test_an_archive_of_itself_ends(read_apk):
    inner = GOOD
    for _ in range(6):
        inner = MUTATOR["pack"]([*MUTATOR["_members"](GOOD).items(), ("assets/again.apk", inner)])
    facts = read_apk(inner)
    assert "code-archive" in {p.code for p in of(facts, Problem)}
    assert not of(facts, Member)


def test_several_dex_files_in_one_container(read_apk):
    data = (FOLDER / "fixtures/apk/parameter-across-dex.apk").read_bytes()
    members = MUTATOR["_members"](data)
    both = MUTATOR["container"]([members["classes.dex"], members["classes2.dex"]])
    one = MUTATOR["pack"]([("AndroidManifest.xml", members["AndroidManifest.xml"]), ("classes.dex", both)])
    facts = read_apk(one)
    assert answers(facts) == answers(read_apk(data))
    assert not of(facts, Problem)
