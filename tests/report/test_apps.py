"""The part about apps, in the terminal and on the page: complete, in words, masked, and fitting its width."""

from __future__ import annotations

import io
import re
import runpy
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from dunproof.case.options import Options
from dunproof.case.pipeline import look
from dunproof.facts.casefile import LANGUAGES, CaseFile, RuleText, Subject, VerdictEntry
from dunproof.facts.standings import STANDINGS
from dunproof.report.apps import AppBuilder
from dunproof.report.catalogue import catalogue
from dunproof.report.html import render
from dunproof.report.lint import claims
from dunproof.report.masking import masked
from dunproof.report.screen import Screen, wrapped
from dunproof.report.terminal_app import render_apps

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "synthetic-fenqi" / "exhibits" / "xinghe-fenqi.apk"
APKS = ROOT / "tests" / "read" / "app" / "fixtures" / "apk"
PACKED = APKS / "packed-named-application.apk"
KEYS = {"en": "reading-an-app-report.md", "zh-Hans": "reading-an-app-report.zh-Hans.md"}


@pytest.fixture(scope="module")
def cases() -> dict[str, CaseFile]:
    files = {
        "demo": DEMO, "packed": PACKED, "picker": APKS / "picker.apk", "bridge": APKS / "webview-bridge.apk",
        "dynamic": APKS / "dynamic-code.apk", "open": APKS / "value-from-nowhere.apk",
        "message": APKS / "message-prepared.apk",
    }  # fmt: skip
    options = Options(sdk_catalogue=DEMO.parent.parent / "sdks.tsv")
    return {name: look([file], options).casefile for name, file in files.items()}


def printed(case: CaseFile, lang: str, width: int, *, terminal: bool = True, **more) -> str:
    out = io.StringIO()
    render_apps(case, lang, console=Console(file=out, width=width, force_terminal=terminal, color_system=None), **more)
    return out.getvalue()


def page_text(case: CaseFile, lang: str) -> str:
    parts: list[str] = []

    class Words(HTMLParser):
        def handle_data(self, data: str) -> None:
            parts.append(data)

    Words().feed(render(case, lang))
    return "".join(parts)


def standings(case: CaseFile) -> dict[str, str]:
    table = case.tables["app_asks_and_reads"]
    at = table.columns.index("category"), table.columns.index("standing")
    return {r[at[0]]: r[at[1]] for r in table.rows}


def test_former_keys_and_schemes_without_a_signer_are_no_signers(tmp_path) -> None:
    signing = runpy.run_path(str(APKS.parent.parent / "signing.py"))
    first, second = signing["FIRST"], signing["SECOND"]
    proof = (signing["LINEAGE"], signing["lineage"](first, second))
    plain = (APKS / "unsigned.apk").read_bytes()
    rotated, empty = tmp_path / "rotated.apk", tmp_path / "empty.apk"
    rotated.write_bytes(signing["sign"](plain, {signing["V3"]: [signing["Signer"](second, attributes=[proof])]}))
    empty.write_bytes(signing["with_block"](plain, [(signing["V2"], bytes(4))]))
    out = printed(look([rotated]).casefile, "en", 200)
    assert all(signing["sha256"](name) in out for name in (first, second))
    assert "Yes (v3)" in out
    assert "in the proof of rotation (v3): it did not sign this file" in out
    assert "Not checked" not in out
    out = printed(look([empty]).casefile, "en", 200)
    assert "No (v2)" in out
    assert "SHA-256 of the signer's certificate" not in out


def test_standings_of_the_shipped_app(cases) -> None:
    assert standings(cases["demo"]) == {
        "contacts": "asks_and_reads", "call_log": "asks_and_reads", "sms": "asks_none_seen",
        "location": "asks_and_reads", "calendar": "reads_not_asked", "camera": "asks_and_reads",
        "device_id": "asks_and_reads",
    }  # fmt: skip
    assert standings(cases["picker"])["contacts"] == "picker_only"
    assert standings(cases["packed"])["contacts"] == "not_asked_unseen"
    assert standings(cases["open"])["contacts"] == "asks_unseen"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [40, 80, 100, 140])
def test_it_fits_the_terminal(lang: str, width: int, cases) -> None:
    for name, case in cases.items():
        for line in printed(case, lang, width).splitlines():
            hash_ = re.fullmatch(r"\s*[0-9a-f]{16,64}", line)
            assert cell_len(line) <= width or hash_, (name, line)
            assert line == line.rstrip()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_part_is_there(lang: str, cases) -> None:
    t = catalogue(lang)
    text = printed(cases["demo"], lang, 200, terminal=False)
    for key in ("apps.table.title", "apps.sheet.title", "apps.sdks.title", "apps.hosts.title", "apps.never.title",
                "apps.never.collect", "apps.rest.traffic", "apps.sheet.read", "apps.table.note_reached"):  # fmt: skip
        assert t(key) in text, key
    for words in ("com.xinghe.fenqi", "READ_CONTACTS", "demo-risk", "api.xinghe-fenqi.invalid", "API 30",
                  "0544a2301e934c77e4becb9d1f193c4d600a3150b60ae9ef6ce19ffb833fd50f",
                  "87d3839e932c6348209f0ff5d28a214fea3fad7882c76c7c095e46a4cf1c1ef6"):  # fmt: skip
        assert words in text, words
    assert "\x1b" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_could_not_be_seen_leads_to_the_sheet(lang: str, cases) -> None:
    page = render(cases["packed"], lang)
    rows = re.findall(r'<tr class="(?:blind|none)">.*?</tr>', page, re.DOTALL)
    assert rows
    assert all('href="#a1-sheet"' in row for row in rows)
    assert 'id="a1-sheet"' in page


def test_the_table_leads_to_the_places(cases) -> None:
    page = render(cases["demo"], "en")
    targets = set(re.findall(r'href="#(a1p\d+)"', page))
    assert targets
    assert targets <= set(re.findall(r'id="(a1p\d+)"', page))
    assert "0544a2301e934c77#insn=classes.dex@0xf86" in page


def test_the_part_about_apps_stands_before_the_findings(cases) -> None:
    page = render(cases["demo"], "en")
    assert page.index('id="apps"') < page.index('id="findings"')
    assert "app_asks_and_reads" not in page


def test_a_case_without_the_tables_has_no_such_part(sample) -> None:
    assert AppBuilder(sample.case(), catalogue("en")).apps() == []
    assert 'id="apps"' not in render(sample.case(), "en")


def test_a_file_of_an_older_version_leaves_parts_empty(cases) -> None:
    case = cases["demo"]
    for gone in case.tables:
        if gone != "app_identity":
            less = msgspec.structs.replace(case, tables={k: v for k, v in case.tables.items() if k != gone})
            render(less, "zh-Hans")
            printed(less, "zh-Hans", 80)


def test_texts_of_an_app_neither_steer_nor_mark_up(cases) -> None:
    case = cases["demo"]
    table = case.tables["app_identity"]
    row = ["[red]\x1b[2J\u202e<b>13800000000</b>" if c == "label" else v
           for c, v in zip(table.columns, table.rows[0], strict=True)]  # fmt: skip
    evil = msgspec.structs.replace(
        case, tables=case.tables | {"app_identity": msgspec.structs.replace(table, rows=[row])}
    )
    text = printed(evil, "en", 100)
    assert "[red][U+001B][2J[U+202E]<b>138****0000</b>" in text.replace("\n", "")
    assert "13800000000" in printed(evil, "en", 100, show_numbers=True)
    page = render(evil, "en")
    assert "<b>138" not in page
    assert "\u202e" not in page


def test_hashes_and_places_are_never_masked(cases) -> None:
    case = cases["demo"]
    digits = "1234567890123456"
    tables = {}
    for name, table in case.tables.items():
        rows = [["ab" + digits * 3 if c == "sha256" else f"{digits}#insn=classes.dex@0x10" if c == "locator" else v
                 for c, v in zip(table.columns, row, strict=True)] for row in table.rows]  # fmt: skip
        tables[name] = msgspec.structs.replace(table, rows=rows)
    shown = masked(msgspec.structs.replace(case, tables=tables))
    text = repr(shown.tables["app_identity"].rows) + repr(shown.tables["app_reads"].rows)
    assert "*" not in text
    assert digits in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_standing_has_words_that_claim_nothing(lang: str) -> None:
    sentences = catalogue(lang).sentences
    for standing in STANDINGS:
        for key in (f"word.{standing}", f"standing_long.{standing}"):
            assert claims(sentences[key], lang) == [], key


@pytest.mark.parametrize(("lang", "name"), KEYS.items())
def test_the_key_of_the_eight_questions_stands_in_report_and_terminal(lang: str, name: str, cases) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    tables = [part for part in text.split("\n## ") if "| 8 |" in part]
    assert len(tables) == 2
    for case, part in zip((cases["demo"], cases["packed"]), tables, strict=True):
        rows = re.findall(r"^\| ([1-8]) \|.*?\|(.*?)\|", part, re.MULTILINE)
        assert [n for n, _ in rows] == list("12345678")
        page, terminal = page_text(case, lang), printed(case, lang, 400, terminal=False)
        for n, cell in rows:
            quoted = re.findall("`([^`]+)`", cell)
            assert quoted, n
            for words in quoted:
                assert words in page, (n, words)
                assert words in terminal, (n, words)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_it_is_narrow_each_cell_stands_behind_the_name_of_its_column(lang: str, cases) -> None:
    t = catalogue(lang)
    lines = [line.strip() for line in printed(cases["demo"], lang, 60).splitlines()]

    def named(key: str, value: str) -> str:
        return t("list.colon", a=t(key), b=value)

    assert named("apps.table.standing", f"● {t('word.asks_and_reads')}") in lines
    assert named("apps.table.reached", t("apps.table.reached_all")) in lines
    assert named("apps.table.permissions", "READ_SMS") in lines
    assert named("apps.sdks.reads", t("apps.sheet.none")) in lines


def test_each_sign_of_the_table_is_explained(cases) -> None:
    text = printed(cases["picker"], "en", 100)
    assert "◦ the user picks; no code that fetches more was seen" in " ".join(text.split())
    assert catalogue("en")("apps.table.note_reached")[:40] in " ".join(printed(cases["demo"], "en", 100).split())
    assert "Reached: “yes”" not in printed(cases["packed"], "en", 400)


def test_apps_of_one_name_and_version_are_told_apart_by_their_files() -> None:
    case = look([APKS / "picker.apk", PACKED]).casefile
    for text in (printed(case, "en", 200), page_text(case, "en")):
        assert "1.0 (picker.apk)" in text
        assert f"1.0 ({PACKED.name})" in text
    subjects = [Subject(subject=e.exhibit, subject_type="app", label="cn.example.loan 1.0") for e in case.exhibits]
    about = [VerdictEntry(id=s.subject, rule="r", subject=s.subject, verdict="kept", judged=1) for s in subjects]
    rule = RuleText(id="r", pack="cn", revision=1, status="preview", per="app", title={}, message={}, limits={},
                    explain={}, clauses=[])  # fmt: skip
    judged = msgspec.structs.replace(case, subjects=subjects, verdicts=about, rules={"r": rule})
    assert "cn.example.loan 1.0 (picker.apk), one case looked at" in page_text(judged, "en")
    assert "(picker.apk)" not in printed(look([APKS / "picker.apk"]).casefile, "en", 200)


def test_counts_of_what_could_not_be_seen_at_all_are_not_determined(cases) -> None:
    case = cases["picker"]
    table = case.tables["app_code_sheet"]
    blank = {"status": "unread", "reason": "reader-failed", "components": 0, "components_defined": 0, "bridges": 0,
             "packers": "", "hybrids": "", "unsettled_own": 0, "unsettled_other": 0}  # fmt: skip
    row = [row_ if name == "app" else blank.get(name) for name, row_ in zip(table.columns, table.rows[0], strict=True)]
    sheet = msgspec.structs.replace(table, rows=[row])
    tables = {**case.tables, "app_code_sheet": sheet}
    app = AppBuilder(masked(msgspec.structs.replace(case, tables=tables)), catalogue("en")).apps()[0]
    assert {line.value for line in app.sheet} == {"not determined"}


def test_whose_code_is_not_determined_where_reading_is_not(cases) -> None:
    rows = re.findall(r'<tr class="blind">.*?</tr>', render(cases["packed"], "en"), re.DOTALL)
    assert rows
    assert all("none seen" not in row and "not determined" in row for row in rows)


def test_lines_are_cut_between_characters_and_not_before_a_closing_sign() -> None:
    text = Text("申请，是否读取未能确定。（这里）")
    parts = [p.plain for p in wrapped(text, 10)]
    assert "".join(parts) == text.plain
    assert all(cell_len(p) <= 11 for p in parts)
    assert not any(p[0] in "，。）" for p in parts)
    assert [p.plain for p in wrapped(Text("one two three"), 7)] == ["one two", "three"]
    assert [p.plain for p in wrapped(Text("a" * 9), 4)] == ["aaaa", "aaaa", "a"]
    assert [p.plain for p in wrapped(Text("a\nb"), 4)] == ["a", "b"]
    assert [p.plain for p in wrapped(Text(""), 4)] == [""]


def test_columns_stand_under_one_another_where_it_is_narrow() -> None:
    out = io.StringIO()
    Screen(Console(file=out, width=30, force_terminal=True, color_system=None), catalogue("en")).columns(
        [[Text("kind"), Text("a longer text that is wrapped")]]
    )
    assert out.getvalue() == "  kind\n    a longer text that is\n    wrapped\n"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_prepared_messages_stand_in_the_part_about_the_app(lang: str, cases) -> None:
    t = catalogue(lang)
    said = "再不还钱就爆你通讯录"
    for text in (printed(cases["message"], lang, 200, terminal=False), page_text(cases["message"], lang)):
        assert said in text
        assert t("apps.messages.title") in text
        assert t("apps.messages.lead") in text
        assert t.word("word", "addressbook_threat") in text
    for text in (printed(cases["demo"], lang, 200, terminal=False), page_text(cases["demo"], lang)):
        assert t("apps.messages.title") not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_an_sdk_is_said_to_take_is_a_claim_of_its_source(lang: str, cases) -> None:
    t = catalogue(lang)
    claim = t.word("sdk_claim", "vendor").partition("{taken}")[0]
    for text in (printed(cases["message"], lang, 200, terminal=False), page_text(cases["message"], lang)):
        assert claim in text
        assert t.word("word", "installed_apps") in text
    case = "".join(page_text(cases["demo"], lang))
    assert t.word("sdk_row", "case") in case


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_row_that_nobody_has_checked_is_marked(lang: str) -> None:
    rows = APKS.parent / "sdks-unverified.tsv"
    t = catalogue(lang)
    case = look([APKS / "owner-sdk.apk"], Options(sdk_catalogue=rows)).casefile
    for text in (printed(case, lang, 200, terminal=False), page_text(case, lang)):
        assert t.word("sdk_row", "unverified") in text
        assert t("apps.sdks.doubtful") in text
        assert "Hearsay Ltd" not in text
