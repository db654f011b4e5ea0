"""Two versions of an app compared: what came, what went, and how sure each answer is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.case.appdiff import app_of, compare
from dunproof.case.pipeline import Look, look
from dunproof.facts.appdiff import AppDiff
from dunproof.facts.kinds import (
    App,
    Coverage,
    Endpoint,
    Fact,
    Mint,
    Permission,
    Problem,
    Sdk,
    SensitiveRead,
    Signer,
)

APKS = Path(__file__).resolve().parents[1] / "read" / "app" / "fixtures" / "apk"
APP = "00000000000000aa"
KINDS = ("app", "signer", "permission", "sensitive_read", "sdk", "endpoint")
QUERY = "Landroid/content/ContentResolver;->query"
BOOK = "content://com.android.contacts/data/phones"


@pytest.fixture(scope="module")
def frame() -> Look:
    """A look at a real app, whose facts the tests replace by their own."""
    return look([APKS / "good.apk"])


@pytest.fixture(scope="module")
def version(frame):
    """Return a maker of a version: of the facts that a test names, every kind read in full unless said otherwise."""
    root = frame.casefile.exhibits[0]
    casefile = msgspec.structs.replace(
        frame.casefile, tables={}, exhibits=[msgspec.structs.replace(root, exhibit=APP, problems=[])]
    )
    mint = Mint(APP)

    def make(*rows: Fact, code: int | None = 1, package: str | None = "cn.example.loan", **status: str) -> Look:
        """``status``: kind=reason where it was read in part; several reasons leave problems, as a reader does."""
        facts: list[Fact] = [fact(App, package=package, version_code=code), *rows]
        for kind in KINDS:
            first, *rest = status.get(kind, "").split()[:9] or [""]
            facts.append(
                Coverage(
                    fact_id=mint(), exhibit=APP, loc="", tier="exact", looked_for=kind, subject=APP,
                    status="partly" if first else "read", reason=first,
                )
            )  # fmt: skip
            facts += [
                Problem(fact_id=mint(), exhibit=APP, loc="", tier="exact", code=reason, detail="")
                for reason in (first, *rest)
                if reason
            ]
        return Look(facts=facts, casefile=casefile)

    return make


def fact(kind, **columns) -> Fact:
    base = {"fact_id": "1", "exhibit": APP, "loc": "", "tier": "exact", "app": APP}
    return kind(**{**base, **columns})


def asks(name, max_sdk=0):
    return fact(Permission, name=name, perm_group="contacts" if "CONTACTS" in name else "", max_sdk=max_sdk)


def reads(uri=BOOK, *, category="contacts", owner_kind="own", owner="", outcome="resolved", api=QUERY, doubtful=False):
    return fact(
        SensitiveRead, category=category, api=api, uri=uri, outcome=outcome, caller="La;->b", owner_kind=owner_kind,
        owner=owner, doubtful=doubtful,
    )  # fmt: skip


def has(sdk, presence="called", *, doubtful=False):
    return fact(Sdk, sdk=sdk, vendor=sdk, presence=presence, doubtful=doubtful)


def names(host, owner_kind="own", *, doubtful=False):
    return fact(Endpoint, host=host, owner_kind=owner_kind, owner="", doubtful=doubtful)


def signed(cert, scheme="v2", *, verifies: bool | None = True):
    return fact(Signer, scheme=scheme, cert_sha256=cert * 64, verifies=verifies)


def diff(old: Look, new: Look) -> AppDiff:
    return compare(old, APP, new, APP)


# --- what came and went ---------------------------------------------------------------------------------------------


def test_what_came_and_what_went_between_versions_that_were_read_in_full(version):
    old = version(asks("READ_CONTACTS"), reads(), has("tongdun"), names("a.invalid"), code=7)
    new = version(
        asks("CAMERA"), reads(category="camera", uri="", api="Lc;->open"), has("bugly"), names("b.invalid"), code=8
    )
    found = diff(old, new)
    for rows, name in (
        (found.permissions, "name"),
        (found.sdks, "sdk"),
        (found.hosts, "host"),
        (found.reads, "category"),
    ):
        assert {r.certainty for r in rows} == {"sure"}
        assert sorted(r.change for r in rows) == ["gained", "lost"], name
    assert {(p.name, p.change) for p in found.permissions} == {("CAMERA", "gained"), ("READ_CONTACTS", "lost")}
    assert {(r.category, r.change, r.old, r.new) for r in found.reads} == {
        ("camera", "gained", 0, 1),
        ("contacts", "lost", 1, 0),
    }
    assert found.order == "newer"
    assert not found.unchanged


def test_a_moved_place_is_no_change(version):
    old = version(reads())
    new = version(msgspec.structs.replace(reads(), loc="!/classes.dex#insn=classes.dex@0x10", caller="Lx;->y"))
    assert diff(old, new).unchanged


def test_more_calls_of_one_kind_are_counted_call_by_call(version):
    found = diff(version(reads()), version(reads(), reads(), reads("content://com.android.contacts/contacts")))
    (row,) = found.reads
    assert (row.change, row.old, row.new) == ("changed", 1, 3)
    assert [(c.uri.rpartition("/")[2], c.old, c.new) for c in row.calls] == [("contacts", 0, 1), ("phones", 1, 2)]
    (row,) = diff(version(reads()), version(reads(), reads("content://com.android.contacts/contacts"))).reads
    assert [c.uri.rpartition("/")[2] for c in row.calls] == ["contacts"]


@pytest.mark.parametrize(
    ("old", "new", "certainty_when_old_partly", "certainty_when_new_partly"),
    [(28, 0, "unseen", "sure"), (0, 28, "sure", "unseen"), (28, 32, "unseen", "sure")],
)
def test_the_limit_of_a_permission(version, old, new, certainty_when_old_partly, certainty_when_new_partly):
    """A missing split may hold the same request without a limit; a limit that cannot be read is none that counts."""
    assert diff(version(asks("READ_CONTACTS", 0)), version(asks("READ_CONTACTS", None))).permissions == []
    before, after = asks("READ_CONTACTS", old), asks("READ_CONTACTS", new)
    (row,) = diff(version(before), version(after)).permissions
    assert (row.change, row.old_max_sdk, row.new_max_sdk, row.certainty) == ("limit", old, new, "sure")
    (row,) = diff(version(before, permission="splits-missing"), version(after)).permissions
    assert row.certainty == certainty_when_old_partly
    (row,) = diff(version(before), version(after, permission="splits-missing")).permissions
    assert row.certainty == certainty_when_new_partly


def test_of_several_requests_for_one_permission_the_widest_counts(version):
    twice = [asks("CAMERA", 28), asks("CAMERA")]
    for rows in (twice, twice[::-1]):
        assert diff(version(*rows), version(asks("CAMERA"))).permissions == []
        assert [p.old_max_sdk for p in diff(version(asks("CAMERA", 28)), version(*rows)).permissions] == [28]


def test_an_sdk_that_is_there_in_another_way(version):
    (row,) = diff(version(has("tongdun")), version(has("tongdun", "referenced", doubtful=True))).sdks
    assert (row.change, row.old_presence, row.new_presence, row.doubtful) == ("presence", "called", "referenced", True)
    (row,) = diff(version(has("tongdun", "referenced", doubtful=True)), version(has("tongdun"))).sdks
    assert row.doubtful
    assert diff(version(has("tongdun", "defined"), has("tongdun")), version(has("tongdun"))).sdks == []


def test_an_sdk_that_no_visible_code_calls_any_more_may_be_called_by_code_that_is_hidden(version):
    called, inside = has("tongdun"), has("tongdun", "defined")
    for old, new, certainty in (
        (version(called), version(inside, sdk="packed"), "unseen"),
        (version(inside), version(called, sdk="packed"), "sure"),
        (version(inside, sdk="packed"), version(called), "unseen"),
        (version(called, sdk="packed"), version(inside), "sure"),
    ):
        assert [s.certainty for s in diff(old, new).sdks] == [certainty]


# --- how sure -------------------------------------------------------------------------------------------------------


def test_what_a_packed_version_lacks_is_not_gone(version):
    packed = dict.fromkeys(("sensitive_read", "sdk", "endpoint"), "packed")
    found = diff(version(asks("CAMERA"), reads(), has("tongdun"), names("a.invalid")), version(**packed))
    assert {r.certainty for r in (*found.reads, *found.sdks, *found.hosts)} == {"unseen"}
    (asked,) = found.permissions
    assert asked.certainty == "sure"
    assert found.seen("permission").change == "same"
    assert found.seen("sdk").change == "worse"


def test_what_a_packed_version_lacked_may_have_been_there(version):
    found = diff(version(sensitive_read="packed"), version(reads()))
    assert [(r.change, r.certainty) for r in found.reads] == [("gained", "unseen")]


def test_what_a_version_read_in_part_gains_over_one_read_in_full_is_sure(version):
    found = diff(version(), version(reads(), sensitive_read="packed"))
    assert [(r.change, r.certainty) for r in found.reads] == [("gained", "sure")]


def test_the_same_obstacle_in_both_leaves_it_open(version):
    found = diff(version(reads(), sensitive_read="hybrid-code"), version(sensitive_read="hybrid-code"))
    assert [r.certainty for r in found.reads] == ["open"]
    assert found.seen("sensitive_read").obstacles_both == ["hybrid-code"]


def test_an_obstacle_behind_the_first_one_counts(version):
    """Coverage names the first reason of a kind; a version that is also packed shows less."""
    found = diff(version(reads(), sensitive_read="hybrid-code"), version(sensitive_read="hybrid-code packed"))
    assert [r.certainty for r in found.reads] == ["unseen"]
    assert found.seen("sensitive_read").obstacles_gained == ["packed"]


def test_an_obstacle_of_the_manifest_hides_no_code(version):
    code = {"sensitive_read": "hybrid-code"}
    found = diff(version(reads(), **code), version(permission="manifest-ambiguous", **code))
    assert [r.certainty for r in found.reads] == ["open"]


def test_each_version_sees_something_that_the_other_hides(version):
    found = diff(version(reads(), sensitive_read="reflection"), version(sensitive_read="packed"))
    assert found.seen("sensitive_read").change == "mixed"
    assert [r.certainty for r in found.reads] == ["unseen"]
    found = diff(version(sensitive_read="reflection"), version(reads(), sensitive_read="packed"))
    assert [r.certainty for r in found.reads] == ["unseen"]


def test_an_obstacle_of_manifest_and_code_hides_both(version):
    old = version(reads(), asks("CAMERA"), sensitive_read="hybrid-code", permission="axml-pool")
    missing = version(sensitive_read="splits-missing hybrid-code", permission="splits-missing")
    found = diff(old, missing)
    assert [r.certainty for r in found.reads] == ["unseen"]
    assert found.seen("sensitive_read").obstacles_gained == ["splits-missing"]


def test_an_obstacle_of_code_hides_no_permission(version):
    found = diff(
        version(asks("CAMERA"), permission="splits-missing"), version(permission="splits-missing", sdk="packed")
    )
    assert [p.certainty for p in found.permissions] == ["open"]
    assert found.seen("permission").obstacles_both == ["splits-missing"]


def test_shortened_names_hide_third_party_code_and_nothing_else(version):
    found = diff(version(has("tongdun"), reads()), version(sdk="short-names"))
    assert [s.certainty for s in found.sdks] == ["unseen"]
    assert [r.certainty for r in found.reads] == ["sure"]
    assert found.seen("sdk").obstacles_gained == ["short-names"]
    both = diff(version(reads()), version(sensitive_read="reflection", sdk="short-names"))
    assert both.seen("sensitive_read").obstacles_gained == ["reflection"]


@pytest.mark.parametrize(
    ("unsettled", "certainty"),
    [
        (reads(None, category=None, outcome=None), "open"),
        (reads(None, outcome=None, doubtful=True), "open"),
        (reads("", category="files", outcome=None, doubtful=True), "sure"),
        (reads(None, category=None, outcome="parameter_of_library", owner_kind="library"), "sure"),
        (reads(None, category=None, outcome="picker"), "sure"),
    ],
)
def test_a_call_that_does_not_say_what_it_fetches_may_be_the_one_that_went(version, unsettled, certainty):
    found = diff(version(reads()), version(unsettled))
    assert next(r.certainty for r in found.reads if r.way == "read") == certainty


def test_a_call_without_an_address_is_none_of_those_that_lack_theirs(version):
    camera = reads("", category="camera", api="Lc;->open")
    found = diff(version(camera), version(reads(None, category=None, outcome=None)))
    assert [r.certainty for r in found.reads] == ["sure"]


def test_a_call_that_is_doubtful_is_no_read(version):
    found = diff(version(), version(reads(doubtful=True)))
    assert [(r.way, r.change) for r in found.reads] == [("maybe", "gained")]


def test_that_an_unsettled_call_came_is_sure(version):
    open_ = reads(None, outcome=None)
    found = diff(version(open_), version(open_, open_))
    assert [(r.way, r.old, r.new, r.certainty) for r in found.reads] == [("maybe", 1, 2, "sure")]


def test_calls_that_lost_the_name_of_their_owner_are_neither_gone_nor_added(version):
    sdk, own = reads(owner_kind="sdk", owner="tongdun"), reads()
    nobody = reads(owner_kind=None, owner=None)
    for known, has_sdk in ((sdk, [has("tongdun")]), (own, [])):
        named, renamed = version(known, *has_sdk), version(nobody)
        for a, b in ((named, renamed), (renamed, named)):
            found = diff(a, b)
            assert {(r.elsewhere, r.certainty) for r in found.reads} == {(True, "unseen")}
            assert {s.certainty for s in found.sdks} <= {"unseen"}
    some = diff(version(own, own, own), version(own, own, nobody))
    assert {(r.change, r.elsewhere, r.certainty) for r in some.reads} == {
        ("changed", True, "unseen"), ("gained", True, "unseen"),
    }  # fmt: skip
    fewer = diff(version(own, own, own), version(nobody))
    assert {(r.change, r.elsewhere, r.certainty) for r in fewer.reads} == {
        ("lost", False, "open"), ("gained", True, "unseen"),
    }  # fmt: skip
    other = diff(version(sdk, has("tongdun")), version(own))
    assert {r.certainty for r in other.reads} == {"sure"}
    assert [s.certainty for s in other.sdks] == ["sure"]


def test_calls_that_changed_their_owner_are_perhaps_only_moved(version):
    sdk = reads(owner_kind="sdk", owner="tongdun")
    moved = diff(version(sdk), version(reads(owner_kind=None, owner=None)))
    assert [r.elsewhere for r in moved.reads] == [True, True]
    stayed = diff(version(sdk, reads()), version(reads()))
    assert [r.elsewhere for r in stayed.reads] == [False]
    fewer = diff(version(sdk, sdk), version(reads()))
    assert {(r.change, r.elsewhere) for r in fewer.reads} == {("lost", False), ("gained", True)}


# --- which app ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ([signed("a")], [signed("a", "v3")], "same"),
        ([signed("a")], [signed("b")], "other"),
        ([signed("a"), signed("b")], [signed("b")], "partly"),
        ([signed("a")], [signed("a", verifies=False)], "not_verified"),
        ([signed("a")], [signed("a"), signed("b", verifies=False)], "not_verified"),
        ([signed("a", verifies=None)], [signed("a")], "not_verified"),
        ([], [signed("a")], "not_verified"),
        ([signed("a", "v1", verifies=None), signed("a")], [signed("a")], "same"),
        ([signed("a")], [signed("a"), signed("b", "v3"), signed("a", "v3-lineage", verifies=None)], "partly"),
        ([signed("a")], [signed("a", "v3"), signed("b", "v3-lineage", verifies=None)], "same"),
    ],
)
def test_signers(version, old, new, answer):
    assert diff(version(*old), version(*new)).signer == answer
    assert diff(version(*new), version(*old)).signer == answer


def test_a_key_that_handed_over_to_the_next_one(version):
    old, other = version(signed("a")), version(signed("c"))
    new = version(signed("b", "v3"), signed("a", "v3-lineage", verifies=None))
    assert diff(old, new).signer == "rotated"
    assert diff(new, old).signer == "other"
    assert diff(other, new).signer == "other"


@pytest.mark.parametrize(
    ("old", "new", "answer"), [(1, 2, "newer"), (2, 1, "older"), (2, 2, "same"), (None, 2, None), (0, 1, "newer")]
)
def test_order(version, old, new, answer):
    assert diff(version(code=old), version(code=new)).order == answer


@pytest.mark.parametrize(
    ("package", "answer"), [("cn.example.loan", "same"), ("cn.example.other", "other"), (None, None)]
)
def test_package(version, package, answer):
    assert diff(version(), version(package=package)).package == answer


# --- laws -----------------------------------------------------------------------------------------------------------

_ROWS = st.lists(
    st.one_of(
        st.builds(asks, st.sampled_from(["CAMERA", "READ_CONTACTS"]), st.sampled_from([0, 28])),
        st.builds(
            reads, st.sampled_from([BOOK, "", None]), category=st.sampled_from(["contacts", "sms", None]),
            owner_kind=st.sampled_from(["own", "sdk", "library", None]), owner=st.sampled_from(["", "tongdun"]),
            outcome=st.sampled_from(["resolved", "picker", None]), doubtful=st.booleans(),
        ),
        st.builds(
            has, st.sampled_from(["tongdun", "bugly"]), st.sampled_from(["called", "defined"]), doubtful=st.booleans()
        ),
        st.builds(names, st.sampled_from(["a.invalid", "b.invalid"]), st.sampled_from(["own", "sdk", None])),
        st.builds(signed, st.sampled_from("ab"), verifies=st.sampled_from([True, False, None])),
    ),
    max_size=6,
)  # fmt: skip
_SEEN = st.dictionaries(st.sampled_from(KINDS), st.sampled_from(["packed", "hybrid-code", "hybrid-code packed"]))
_VERSIONS = st.tuples(_ROWS, _SEEN, st.sampled_from([None, 1, 2]))
_OTHER_WAY = {
    "gained": "lost",
    "lost": "gained",
    "better": "worse",
    "worse": "better",
    "newer": "older",
    "older": "newer",
}


def _mirror(value):
    """Return a comparison as it reads with OLD and NEW changed over: names, words, and lists in any order."""
    if isinstance(value, dict):
        pairs = (("old", "new"), ("obstacles_gained", "obstacles_lost"))
        swap = {x: y for a, b in pairs for x, y in ((a, b), (b, a))}
        swap |= {
            x + end: y + end for end in ("_whole", "_presence", "_max_sdk") for x, y in (("old", "new"), ("new", "old"))
        }
        return {swap.get(k, k): _mirror(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_mirror(v) for v in value]
    return _OTHER_WAY.get(value, value) if isinstance(value, str) else value


def _any_order(value):
    if isinstance(value, dict):
        return {k: _any_order(v) for k, v in value.items()}
    return sorted((_any_order(v) for v in value), key=repr) if isinstance(value, list) else value


@given(_VERSIONS, _VERSIONS)
def test_changed_over_each_answer_is_the_opposite(version, one, other):
    a, b = (version(*rows, code=code, **seen) for rows, seen, code in (one, other))
    there, back = (_any_order(msgspec.to_builtins(d)) for d in (diff(a, b), diff(b, a)))
    assert _any_order(_mirror(there)) == _any_order({k: back[k] for k in _mirror(there)})


@given(_VERSIONS)
def test_nothing_changed_from_a_version_to_itself(version, one):
    rows, seen, code = one
    found = diff(version(*rows, code=code, **seen), version(*reversed(rows), code=code, **seen))
    assert found.unchanged
    assert not any((found.permissions, found.reads, found.sdks, found.hosts))


@given(_VERSIONS, _VERSIONS)
def test_gone_is_said_only_where_the_other_version_was_read_in_full(version, one, other):
    a, b = (version(*rows, code=code, **seen) for rows, seen, code in (one, other))
    found = diff(a, b)
    kinds = {"permission": found.permissions, "sensitive_read": found.reads, "sdk": found.sdks, "endpoint": found.hosts}
    for kind, rows in kinds.items():
        for row in rows:
            if row.certainty == "sure" and row.change == "lost":
                assert found.seen(kind).new == "read"
            if row.certainty == "sure" and row.change == "gained":
                assert found.seen(kind).old == "read"
    assert msgspec.json.decode(msgspec.json.encode(found), type=AppDiff) == found


# --- real packages --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared():
    seen: dict[str, Look] = {}

    def run(old: str, new: str) -> AppDiff:
        for name in (old, new):
            seen.setdefault(name, look([APKS / name]))
        return compare(seen[old], app_of(seen[old], APKS / old), seen[new], app_of(seen[new], APKS / new))

    return run


def test_a_read_that_was_added(compared):
    found = compared("like-contacts.apk", "take-contacts.apk")
    assert [(s.category, s.old, s.new) for s in found.standings] == [("contacts", "asks_none_seen", "asks_and_reads")]
    assert [(r.category, r.change, r.certainty, r.new) for r in found.reads] == [("contacts", "gained", "sure", 2)]
    assert not found.permissions
    assert found.signer == "same"


def test_a_version_that_was_packed(compared):
    found = compared("take-contacts.apk", "packed-named-application.apk")
    assert [(p.name.rpartition(".")[2], p.change, p.certainty) for p in found.permissions] == [
        ("READ_CONTACTS", "lost", "sure")
    ]
    assert [(r.change, r.certainty) for r in found.reads] == [("lost", "unseen")]
    assert [(c.looked_for, c.change) for c in found.coverage if c.change != "same"] == [
        (kind, "worse") for kind in ("sensitive_read", "sdk", "endpoint")
    ]
    assert {s.name: (s.old, s.new) for s in found.sheet}["components"] == (1, 6)


def test_a_renamed_sdk_is_still_the_same_one(compared):
    (row,) = compared("sdk-tongdun.apk", "sdk-tongdun-renamed.apk").sdks
    assert (row.sdk, row.change, row.new_presence) == ("tongdun", "presence", "defined")
