"""A comparison of two versions in a terminal: in words, in three languages, within its width, and never saying too much."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from dunproof.case.appdiff import app_of, compare
from dunproof.case.pipeline import Look, look
from dunproof.facts.appdiff import AppDiff, HostChange, PermissionChange, ReadChange, SdkChange, StandingChange
from dunproof.facts.casefile import LANGUAGES
from dunproof.facts.standings import STANDINGS
from dunproof.report.catalogue import catalogue
from dunproof.report.lint import claims
from dunproof.report.terminal_diff import CALLS, LINES, render_diff

ROOT = Path(__file__).resolve().parents[2]
APKS = ROOT / "tests" / "read" / "app" / "fixtures" / "apk"
DEMO = ROOT / "examples" / "synthetic-fenqi" / "exhibits" / "xinghe-fenqi.apk"
TAKE, PACKED = APKS / "take-contacts.apk", APKS / "packed-named-application.apk"
OPEN, ALIKE = APKS / "value-from-nowhere.apk", APKS / "like-contacts.apk"
RENAMED, PLAIN = APKS / "sdk-tongdun-renamed.apk", APKS / "sdk-tongdun.apk"
PAIRS = [(DEMO, PACKED), (PACKED, DEMO), (OPEN, TAKE), (ALIKE, TAKE), (PLAIN, RENAMED), (PACKED, PACKED), (TAKE, TAKE)]
IDS = [f"{a.stem}-{b.stem}" for a, b in PAIRS]


@pytest.fixture(scope="module")
def looks() -> dict[Path, Look]:
    return {path: look([path]) for path in {p for pair in PAIRS for p in pair}}


@pytest.fixture(scope="module")
def show(looks):
    """Return a function that prints a comparison, after ``change`` made another one of it."""

    def run(old: Path, new: Path, lang: str = "en", width: int = 120, *, terminal: bool = False, change=None, **more):
        a, b = looks[old], looks[new]
        found: AppDiff = compare(a, app_of(a, old), b, app_of(b, new))
        out = io.StringIO()
        console = Console(file=out, width=width, force_terminal=terminal, color_system=None)
        render_diff(change(found) if change else found, a.casefile, b.casefile, lang, console=console, **more)
        return out.getvalue()

    return run


def every_value(diff: AppDiff) -> AppDiff:
    """Return the comparison with one change of every sort, so that each word of the vocabulary is needed."""
    sure = ("sure", "open", "unseen")
    return msgspec.structs.replace(
        diff,
        standings=[
            StandingChange(category="contacts", old=old, new=new, old_whole=False, new_whole=True)
            for old, new in zip([*STANDINGS, None], [None, *STANDINGS], strict=True)
        ],
        permissions=[
            PermissionChange(
                name=f"P{n}", category="sms", change=change, certainty=certainty, old_max_sdk=28, new_max_sdk=0
            )
            for n, change in enumerate(("gained", "lost", "limit")) for certainty in sure
        ],
        reads=[
            ReadChange(
                category="sms", way=way, owner_kind=owner, owner="tongdun" if owner == "sdk" else "", change=change,
                certainty=certainty, elsewhere=True, old=1, new=2, calls=[],
            )
            for way in ("read", "picked", "maybe") for owner in ("own", "sdk", "nobody", "library")
            for change in ("gained", "lost", "changed") for certainty in sure
        ],
        sdks=[
            SdkChange(
                sdk="tongdun", vendor="同盾", purpose="risk_control", change=change, certainty=certainty, doubtful=True,
                old_presence=old, new_presence=new,
            )
            for change in ("gained", "lost", "presence") for certainty in sure
            for old, new in (("called", "defined"), ("defined", "referenced"))
        ],
        hosts=[
            HostChange(
                host="a.invalid", owner_kind=owner, owner="com.example", change=change, certainty=certainty, doubtful=True
            )
            for owner in ("own", "sdk", "nobody", "library") for change in ("gained", "lost") for certainty in sure
        ],
    )  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("signer", ["same", "rotated", "other", "partly", "not_verified"])
def test_every_value_has_a_word(show, lang, signer) -> None:
    out = show(DEMO, PACKED, lang, change=lambda d: msgspec.structs.replace(every_value(d), signer=signer))
    for code in (
        *STANDINGS,
        "gained",
        "rotated",
        "lost_",
        "_sure",
        "_open",
        "unseen",
        "picked",
        "maybe",
        "not_verified",
        "partly",
    ):
        assert code not in out.replace("may be", "")
    for code in ("sensitive_read", "short-names", "endpoint", "worse", "better", "mixed", "presence", "nobody", "None"):
        assert code not in out
    assert "{" not in out


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("old", "new"), PAIRS, ids=IDS)
def test_it_says_nothing_that_may_not_be_said(show, lang, old, new) -> None:
    assert claims(show(old, new, lang), lang) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [20, 60, 80, 100])
def test_it_fits_its_width(show, lang, width) -> None:
    for old, new in PAIRS:
        lines = show(old, new, lang, width, terminal=True).splitlines()
        assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_languages_are_not_mixed(show, lang) -> None:
    other = {"zh-Hans": "zh-Hant", "zh-Hant": "zh-Hans", "en": "zh-Hans"}[lang]
    out = show(DEMO, PACKED, lang)
    for key in ("diff.title", "diff.never", "diff.blind", "apps.table.title"):
        assert catalogue(lang)(key) in out
        assert catalogue(other)(key) not in out


def test_a_packed_version_shows_less_and_its_manifest_all(show) -> None:
    out = show(TAKE, PACKED)
    assert "Less of NEW could be seen than of OLD. What is “no longer seen” may still be there." in out
    assert "  ? address book, the app's own code  no longer seen; places: 2 → 0\n" in out
    assert "  - READ_CONTACTS (address book)  gone\n" in out
    assert "asks, and code reads (all entries)  → does not ask; reading not determined" in out
    assert "not seen to ask" not in out
    assert "No difference in what could be seen, which is not everything: Third-party code (SDKs)" in out


def test_a_manifest_that_was_not_read_whole_is_not_said_to_ask_for_nothing(show) -> None:
    def change(d: AppDiff) -> AppDiff:
        return msgspec.structs.replace(
            d,
            coverage=[
                msgspec.structs.replace(c, new="partly") if c.looked_for == "permission" else c for c in d.coverage
            ],
        )

    assert "not seen to ask; reading not determined" in show(TAKE, PACKED, change=change)


def test_a_kind_without_a_line_is_not_said_to_be_absent_from_packed_code(show) -> None:
    assert "none seen; not all code could be seen" in show(DEMO, PACKED)
    assert "none seen; not all code could be seen" not in show(DEMO, TAKE)


def test_a_clearer_version_may_have_nothing_new(show) -> None:
    out = show(PACKED, DEMO)
    assert "What is “seen now” may have been there before." in out
    assert "  ? call log" in out
    assert "added;" not in out.partition("Calls that fetch")[2]


def test_the_same_file_ends_early(show) -> None:
    out = show(TAKE, TAKE)
    assert "Both are the same file, byte for byte." in out
    assert "Permissions" not in out
    assert out.count("SHA-256") == 2


def test_no_difference_between_packed_versions_is_said_of_what_was_seen(show) -> None:
    out = show(PACKED, PACKED, change=lambda d: msgspec.structs.replace(d, same_file=False))
    assert "Nothing that is compared differs in what could be seen; not everything could be seen." in out
    assert "the app is packed" in out


def test_versions_that_are_none_of_one_app_are_named(show) -> None:
    assert "The package names differ" in show(DEMO, PACKED)
    assert "lower version number" not in show(DEMO, PACKED)
    older = show(TAKE, PACKED, change=lambda d: msgspec.structs.replace(d, order="older"))
    assert "NEW has the lower version number; the files may stand in the wrong order." in older
    unknown = show(TAKE, PACKED, change=lambda d: msgspec.structs.replace(d, package=None))
    assert "A package name could not be read" in unknown


def test_a_version_of_which_nothing_could_be_read_says_so_once(show) -> None:
    blank = {"package": None, "version_name": None, "version_code": None}
    out = show(TAKE, PACKED, change=lambda d: msgspec.structs.replace(d, old=msgspec.structs.replace(d.old, **blank)))
    assert "  OLD  take-contacts.apk  not determined\n" in out


def test_the_certificates_are_shown_where_they_differ(show) -> None:
    assert "certificate: " not in show(ALIKE, TAKE)
    other = show(ALIKE, TAKE, change=lambda d: msgspec.structs.replace(d, signer="other"))
    assert other.count("SHA-256 of the signer's certificate: ") == 2


def test_long_lists_are_cut_and_say_so(show) -> None:
    def change(d: AppDiff) -> AppDiff:
        (row,) = d.reads
        host = HostChange(host="a.invalid", owner_kind="own", owner="", change="lost", certainty="sure", doubtful=False)
        return msgspec.structs.replace(
            d, hosts=[host] * (LINES + 3), reads=[msgspec.structs.replace(row, calls=row.calls[:1] * (CALLS + 2))]
        )

    out = show(ALIKE, TAKE, change=change)
    assert out.count("a.invalid") == LINES
    assert "… 3 more; --json lists all" in out
    assert "… 2 more; --json lists all" in out


def test_nothing_from_a_package_steers_the_terminal_and_numbers_are_masked(show) -> None:
    def change(d: AppDiff) -> AppDiff:
        evil = "\x1b[31m\u202e13812345678"
        host = HostChange(host=evil, owner_kind="own", owner="", change="lost", certainty="sure", doubtful=False)
        limit = {
            "name": evil,
            "category": "",
            "change": "lost",
            "certainty": "sure",
            "old_max_sdk": 0,
            "new_max_sdk": None,
        }
        return msgspec.structs.replace(
            d, hosts=[host], permissions=[msgspec.convert(limit, PermissionChange)],
            new=msgspec.structs.replace(d.new, package=evil, version_name=evil, file=evil),
        )  # fmt: skip

    out = show(ALIKE, TAKE, change=change)
    assert out.count("[U+001B][31m[U+202E]138****5678") == 5
    assert "\x1b" not in out
    assert show(ALIKE, TAKE, change=change, show_numbers=True).count("13812345678") == 5
