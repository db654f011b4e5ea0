"""The packs beside cn: off until named, several at once, and what each rule says of a small app."""

from __future__ import annotations

from pathlib import Path

import pytest

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.errors import PackError
from dunproof.judge.pack import PACKS, load_packs, load_views
from dunproof.judge.rule import load

APPS = Path(__file__).resolve().parents[1] / "read" / "app" / "fixtures" / "apk"
BOTH = ("google-play-loans", "in")
RULES = {
    "permission": "google-play-loans-barred-permission",
    "picked": "google-play-loans-contacts-not-picked",
    "read": "google-play-loans-sensitive-read",
    "in-permission": "in-app-barred-permission",
    "in-read": "in-app-barred-read",
    "in-once": "in-app-camera-microphone-location",
}
SAID = {"packs": BOTH, "store": "google_play", "lender_type": "nbfc", "as_of": "2026-11-01"}


@pytest.fixture
def judged(tmp_path):
    """Return a function that investigates and gives the case file."""

    def run(*names: str | Path, **options):
        paths = [n if isinstance(n, Path) else APPS / f"{n}.apk" for n in names]
        return investigate(paths, Options(out=tmp_path / "out", overwrite=True, cache=False, **options)).casefile

    return run


def verdicts(case) -> dict[str, str]:
    short = {rule: name for name, rule in RULES.items()}
    return {short.get(v.rule, v.rule): v.verdict for v in case.verdicts if v.subject}


def asked(case, rule: str) -> set[str]:
    return {m.what for v in case.verdicts if v.rule == RULES[rule] for m in v.missing}


def test_they_are_off_until_named(judged):
    case = judged("take-contacts")
    assert [p.name for p in case.packs] == ["cn"]
    assert not set(RULES.values()) & set(case.rules)


@pytest.mark.parametrize(
    ("app", "permission", "picked", "read", "in_permission", "in_read", "in_once"),
    [
        ("take-contacts", "departs", "departs", "departs", "departs", "departs", "kept"),
        ("declared-only", "departs", "departs", "kept", "departs", "kept", "kept"),
        ("picker", "kept", "kept", "kept", "kept", "kept", "kept"),
        ("take-media", "departs", "kept", "departs", "departs", "departs", "kept"),
        ("documents", "kept", "kept", "kept", "kept", "kept", "kept"),
        ("take-call-log", "kept", "kept", "kept", "departs", "departs", "kept"),
        ("take-location", "departs", "kept", "kept", "kept", "kept", "needs-facts"),
        ("take-camera", "kept", "kept", "kept", "kept", "kept", "needs-facts"),
        # The manifest of a packed app is whole: what it asks for is known, what its code reads is not.
        ("packed-named-application", "kept", "kept", "unseen", "kept", "unseen", "kept"),
    ],
)
def test_what_each_rule_says(judged, app, permission, picked, read, in_permission, in_read, in_once):
    case = judged(app, **SAID)
    wanted = (permission, picked, read, in_permission, in_read, in_once)
    assert verdicts(case) == dict(zip(RULES, wanted, strict=True))


def test_a_clause_from_a_report_never_says_breach_and_its_reporter_is_named(judged):
    case = judged("declared-only", **SAID)
    assert {v.verdict for v in case.verdicts} <= {"departs", "kept", "needs-facts", "unseen", "not-applicable"}
    assert {c.level for c in case.clauses.values()} == {"A3"}
    assert all(c.attribution["en"].startswith("as reported by") for c in case.clauses.values())


def test_the_rows_are_the_requests_in_the_manifest(judged):
    case = judged("declared-only", **SAID)
    (verdict,) = (v for v in case.verdicts if v.rule == RULES["permission"])
    rows = {r.values["permission"].rpartition(".")[2]: r for r in verdict.rows}
    assert {name: r.values["max_sdk"] for name, r in rows.items()} == {"READ_CONTACTS": 0, "WRITE_EXTERNAL_STORAGE": 28}
    assert verdict.tier == "exact"
    assert all("AndroidManifest.xml" in r.evidence[0].locator for r in rows.values())
    assert 'name="android.permission.READ_CONTACTS"' in rows["READ_CONTACTS"].evidence[0].quote
    assert all(r.lender is None and r.lender_type is None for r in rows.values()), "an app is no lender to print"


def test_where_an_app_was_handed_out_is_asked_for_and_decides(judged):
    said = {**SAID, "store": None}
    open_ = judged("take-contacts", **said)
    assert {verdicts(open_)[k] for k in ("permission", "picked", "read")} == {"needs-facts"}
    assert asked(open_, "permission") == {"store"}
    ask = next(m.ask for v in open_.verdicts for m in v.missing if m.what == "store")
    assert all("--store google_play" in text and "--store elsewhere" in text for text in ask.values())
    assert verdicts(open_)["in-permission"] == "departs", "another pack does not wait for it"
    other = judged("take-contacts", **{**SAID, "store": "elsewhere"})
    assert {verdicts(other)[k] for k in ("permission", "picked", "read")} == {"not-applicable"}


def test_a_case_says_it_of_each_app(judged, tmp_path):
    folder = tmp_path / "case"
    (folder / "exhibits").mkdir(parents=True)
    for name in ("take-contacts", "declared-only"):
        (folder / "exhibits" / f"{name}.apk").write_bytes((APPS / f"{name}.apk").read_bytes())
    (folder / "case.toml").write_text(
        'as_of = "2026-11-01"\nstore = "elsewhere"\n\n[[exhibit]]\nfile = "take-contacts.apk"\nstore = "google_play"\n'
    )
    case = judged(folder, packs=("google-play-loans",))
    names = {e.exhibit: e.name for e in case.exhibits}
    found = {names[v.subject]: v.verdict for v in case.verdicts if v.rule == RULES["permission"] and v.subject}
    assert {Path(k).stem: v for k, v in found.items()} == {
        "take-contacts": "departs",
        "declared-only": "not-applicable",
    }


def test_an_answer_says_it_too(judged, tmp_path):
    folder = tmp_path / "case"
    (folder / "exhibits").mkdir(parents=True)
    (folder / "exhibits" / "a.apk").write_bytes((APPS / "take-contacts.apk").read_bytes())
    (folder / "case.toml").write_text("")
    (folder / "decisions.toml").write_text('[[answer]]\nwhat = "store"\nvalue = "google_play"\n')
    assert verdicts(judged(folder, packs=BOTH, as_of="2026-11-01"))["permission"] == "departs"


def test_the_picker_is_owed_from_its_first_day_on(judged):
    before, first = (judged("take-contacts", **{**SAID, "as_of": day}) for day in ("2026-10-27", "2026-10-28"))
    assert verdicts(before)["picked"] == "not-applicable"
    assert verdicts(first)["picked"] == "departs"
    assert verdicts(before)["permission"] == "departs"


@pytest.mark.parametrize(
    ("lender_type", "verdict"),
    [("bank", "departs"), ("nbfc", "departs"), ("lsp", "departs"), ("unlicensed", "not-applicable"),
     (None, "needs-facts")],
)  # fmt: skip
def test_whom_india_binds(judged, lender_type, verdict):
    case = judged("take-contacts", **{**SAID, "lender_type": lender_type})
    assert verdicts(case)["in-permission"] == verdict, "a kind of lender counts without a name"
    assert ("lender-type" in asked(case, "in-permission")) is (lender_type is None)
    assert verdicts(case)["permission"] == "departs", "a store binds whatever lender stands behind the app"


def test_a_question_is_asked_in_the_words_of_its_rule(judged):
    case = judged("take-camera", **SAID)
    (verdict,) = (v for v in case.verdicts if v.rule == RULES["in-once"])
    (missing,) = verdict.missing
    assert missing.what == "question"
    assert "KYC" in missing.ask["zh-Hans"]
    assert [r.values["permission"] for r in verdict.rows] == ["android.permission.CAMERA"]


def test_a_question_leaves_no_room_for_a_bound(rule_text):
    text = rule_text("SELECT c.local_minute AS minute\nFROM communication AS c", clauses=["LAW"], at_most=True)
    words = "{zh-Hans: 问, zh-Hant: 問, en: ask}"
    with pytest.raises(PackError, match="at_most beside a question"):
        load(f"question: {words}\n{text}", file="t", pack="t", clauses={"LAW"})


def test_tables_do_not_depend_on_the_pack(judged):
    cn, other = judged("take-contacts"), judged("take-contacts", packs=("in",))
    assert list(cn.tables) == list(other.tables) == sorted(v.id for v in load_views())
    assert cn.tables["app_asks_and_reads"] == other.tables["app_asks_and_reads"]
    assert cn.tables["app_asks_and_reads"].rows


def test_several_at_once_each_once(judged):
    case = judged("take-contacts", packs=("cn", "in", "cn", str(PACKS / "in")))
    assert [p.name for p in case.packs] == ["cn", "in"]
    assert len({v.id for v in case.verdicts}) == len(case.verdicts)
    assert {r.pack for r in case.rules.values()} == {"cn", "in"}


def own(folder: Path, name: str) -> Path:
    folder.mkdir()
    (folder / "pack.toml").write_text(
        (PACKS / "in" / "pack.toml").read_text("utf-8").replace('"in"', f'"{name}"'), "utf-8"
    )
    return folder


def test_a_pack_does_not_hide_what_another_has(tmp_path):
    rule = PACKS / "in" / "rules" / "app" / "in-app-barred-read.yaml"
    same_rule = own(tmp_path / "a", "mine")
    (same_rule / "rules").mkdir()
    (same_rule / "rules" / rule.name).write_bytes(rule.read_bytes())
    assert [p.name for p in load_packs([same_rule, "cn"])] == ["mine", "cn"]
    with pytest.raises(PackError, match="the rule 'in-app-barred-read' stands in in too"):
        load_packs(["in", same_rule])
    with pytest.raises(PackError, match="the pack 'cn' stands in cn too"):
        load_packs(["cn", own(tmp_path / "b", "cn")])
    same_view = own(tmp_path / "c", "views-of-mine")
    (same_view / "views").mkdir()
    view = PACKS / "views" / "app_sdks.yaml"
    (same_view / "views" / view.name).write_bytes(view.read_bytes())
    with pytest.raises(PackError, match="the view 'app_sdks' stands in packs/views too"):
        load_packs([same_view])


def test_a_pack_has_views_of_its_own(judged, tmp_path):
    mine = own(tmp_path / "mine", "mine")
    (mine / "views").mkdir()
    (mine / "views" / "packages.yaml").write_text(
        "id: packages\ntitle: {zh-Hans: 包, zh-Hant: 包, en: Packages}\n"
        "columns:\n  package: {zh-Hans: 包, zh-Hant: 包, en: Package}\nsql: SELECT package FROM app\n",
        "utf-8",
    )
    case = judged("take-contacts", packs=("in", str(mine)))
    assert case.tables["packages"].rows == [["cn.example.loan"]]
