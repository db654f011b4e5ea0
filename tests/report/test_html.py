"""The page: self-contained, without script, readable by people and machines, masked."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest

from dunproof.errors import UseError
from dunproof.facts.casefile import LANGUAGES, CaseFile, Missing, Param
from dunproof.report.catalogue import catalogue
from dunproof.report.html import render, style

VOID = {"meta", "br", "hr", "img", "input", "link", "wbr"}


class Page(HTMLParser):
    """Collects what the tests ask of a page, and fails on tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.css = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        assert len({k for k, _ in attrs}) == len(attrs), (tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        if "style" in self.open:
            self.css += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [a for t, a in self.tags if t == name]


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request, sample) -> Page:
    return Page(render(sample.case(), request.param))


def test_nothing_runs_and_nothing_is_loaded(page: Page) -> None:
    names = {t for t, _ in page.tags}
    assert names.isdisjoint({"script", "iframe", "object", "embed", "link", "img", "base", "form", "video", "audio"})
    for tag, attrs in page.tags:
        for key, value in attrs.items():
            assert not key.startswith("on"), tag
            assert key != "style", tag
            if key in {"href", "src", "action", "xlink:href"}:
                assert (value or "").startswith("#"), (tag, value)
    assert "url(" not in page.css
    assert "@import" not in page.css


def test_the_policy_allows_this_style_sheet_alone(page: Page) -> None:
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(page.css.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert len(page.all("style")) == 1


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    levels = [int(t[1]) for t, _ in page.tags if re.fullmatch("h[1-6]", t)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_landmarks_and_skip_link(page: Page) -> None:
    names = [t for t, _ in page.tags]
    assert names.count("main") == 1
    assert names.count("nav") == 1
    assert "footer" in names
    assert page.all("a")[0]["href"] == "#findings"
    assert page.all("nav")[0]["aria-label"]


def test_every_link_and_label_has_its_target_and_ids_are_unique(page: Page) -> None:
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    known = set(ids)
    for _, attrs in page.tags:
        if (attrs.get("href") or "").startswith("#"):
            assert attrs["href"][1:] in known
        for part in (attrs.get("aria-labelledby") or "").split():
            assert part in known


def test_tables_have_heads_and_captions(page: Page) -> None:
    names = [t for t, _ in page.tags]
    assert names.count("table") == names.count("caption") == names.count("thead")
    assert all(a.get("scope") for a in page.all("th"))


def test_pictures_are_described(page: Page) -> None:
    for svg in page.all("svg"):
        assert svg.get("aria-hidden") == "true" or (svg.get("role") == "img" and svg.get("aria-labelledby"))


def test_numbers_names_and_control_characters_do_not_show(page: Page, sample) -> None:
    whole = page.text + repr(page.tags)
    for secret in (
        sample.MOBILE,
        sample.SPACED,
        sample.LANDLINE,
        sample.IDENTITY,
        sample.CARD,
        sample.MAIL,
        sample.BYSTANDER,
        sample.BYSTANDER_LATIN,
        sample.OVERRIDE,
    ):
        assert secret not in whole
    assert "[U+202E]" in page.text
    assert "138****0000" in page.text
    assert sample.PORT in page.text


def test_text_of_an_exhibit_stays_text(page: Page, sample) -> None:
    assert sample.EVIL in page.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_languages_are_marked(lang: str, sample) -> None:
    page = Page(render(sample.case(), lang))
    assert page.all("html")[0]["lang"] == lang
    quotes = {a.get("lang", lang) for a in page.all("blockquote")}
    assert {"zh-Hans", "zh-Hant", ""} <= quotes


def test_each_verdict_is_printed_with_what_it_needs(sample) -> None:
    text = Page(render(sample.case(), "en")).text
    for words in (
        "May breach",
        "Departs from a standard or threshold",
        "14 more lines of this kind",
        "our own threshold",
        "Nothing in these exhibits",
        "Each line names what was looked for and not found",
        "as reported by the press, March 2025",
        "The words of this clause were not seen",
        "In force from 2021-11-01",
        "Why this cannot say more",
        "A1 · official text seen whole",
        "Add a screenshot of the sign-in screen.",
        "Save a copy without password",
        "text message no. 185, characters 15 to 38",
        "a reading that may err",
        "Not in force that day",
        "Show the other 275 rows",
        "2026-01-03 to 2026-03-22",
        "Asia/Shanghai (assumed",
    ):
        assert words in text, words
    assert sample.EXHIBITS[0].sha256 in text


def test_words_of_a_recalled_clause_are_never_printed(sample) -> None:
    case = sample.case()
    clauses = {
        k: msgspec.structs.replace(c, words="秘密の語") if c.level == "A5" else c for k, c in case.clauses.items()
    }
    assert "秘密の語" not in render(msgspec.structs.replace(case, clauses=clauses), "en")


def test_the_same_case_gives_the_same_bytes(sample) -> None:
    assert render(sample.case(), "zh-Hant") == render(sample.case(), "zh-Hant")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_case_says_so(lang: str, sample) -> None:
    case = msgspec.structs.replace(
        sample.case(),
        exhibits=[],
        subjects=[],
        verdicts=[],
        rules={},
        clauses={},
        tables={},
        bystanders=[],
        notes=[],
        packs=[],
        settings=msgspec.structs.replace(
            sample.case().settings, lender="", lender_type=None, holder_role=None, as_of=None
        ),
    )
    page = Page(render(case, lang))
    assert catalogue(lang)("section.none_found") in page.text


def test_ragged_and_odd_tables_are_printed(sample) -> None:
    table = sample.case().tables["communications"]
    odd = {
        "communications": msgspec.structs.replace(table, rows=[["2026-01-01"], []], column_titles=[]),
        "contacts_per_day": msgspec.structs.replace(
            table, id="contacts_per_day", columns=["day", "n"], rows=[["no day", 3], [None, None]]
        ),
        "recipients_by_category": msgspec.structs.replace(table, columns=["category", "n"], rows=[["bank", 0]]),
    }
    Page(render(msgspec.structs.replace(sample.case(), tables=odd), "en"))


def test_a_case_from_json_renders(sample) -> None:
    again = msgspec.json.decode(msgspec.json.encode(sample.case()), type=CaseFile)
    assert render(again, "en") == render(sample.case(), "en")


def test_an_unknown_language_is_named(sample) -> None:
    with pytest.raises(UseError):
        render(sample.case(), "fr")


def test_the_footer_cannot_leave_the_style(sample) -> None:
    sheet = style('</style><script>"\\')
    assert "</style" not in sheet
    assert "\\22" in sheet


# --- contrast ----------------------------------------------------------------------------------------------------


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", style("")))
TEXT = [
    *((fg, bg) for fg in ("ink", "soft", "near", "link") for bg in ("paper", "wash", "law")),
    *((name, bg) for name in ("breach", "departs", "open", "unseen", "kept", "na") for bg in ("paper", "wash")),
    ("ink", "mark"),
    ("breach", "mark"),
    ("ink", "open-wash"),
    ("soft", "open-wash"),
    ("paper", "ink"),
]


@pytest.mark.parametrize(("fg", "bg"), TEXT)
def test_text_has_enough_contrast(fg: str, bg: str) -> None:
    assert _contrast(COLOURS[fg], COLOURS[bg]) >= 4.5


@pytest.mark.parametrize(
    ("fg", "bg"), [("edge", "paper"), ("edge", "law"), ("focus", "paper"), ("focus", "wash"), ("chart", "paper")]
)
def test_lines_and_pictures_have_enough_contrast(fg: str, bg: str) -> None:
    assert _contrast(COLOURS[fg], COLOURS[bg]) >= 3


def test_no_colour_outside_the_palette() -> None:
    sheet = style("")
    body = sheet[sheet.index("}") :]
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s])", body)) <= {"#464e58", "#ffffff"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_step_stands_once_where_it_settles_several_things(lang: str, sample) -> None:
    case = sample.case()
    unseen = next(v for v in case.verdicts if v.verdict == "unseen")
    step = {"en": "Add the exports.", "zh-Hans": "请补充导出。", "zh-Hant": "請補充匯出。"}
    missing = [Missing(what="coverage", name=kind, ask=step) for kind in ("communication", "objection")]
    two = [msgspec.structs.replace(unseen, subject=f"s{n}", rule=rule, missing=missing)
           for n, rule in enumerate(list(case.rules)[:2])]  # fmt: skip
    text = Page(render(msgspec.structs.replace(case, verdicts=two), lang)).text
    t = catalogue(lang)
    both = t("list.enum").join([t("kind.communication"), t("kind.objection")])
    assert text.count(step[lang]) == 2  # in the summary, and before the questions that it would settle
    assert text.count(t("list.colon", a=t("missing.coverage"), b=both)) == 2


def test_options_of_a_command_are_not_broken_over_lines(sample) -> None:
    case = sample.case()
    step = dict.fromkeys(LANGUAGES, "Say it with --as-of, or in case.toml.")
    verdict = next(v for v in case.verdicts if v.verdict == "needs-facts")
    verdict = msgspec.structs.replace(verdict, missing=[Missing(what="day", name="observed_day", ask=step)])
    page = render(msgspec.structs.replace(case, verdicts=[verdict]), "en")
    assert 'with <span class="option">--as-of</span>, or' in page


def test_a_threshold_in_a_message_is_printed_with_its_value(sample) -> None:
    case = sample.case()
    verdict = next(v for v in case.verdicts if v.verdict == "breach")
    rule = case.rules[verdict.rule]
    limit = Param(name="asks_from", value="1320", unit="minute of the day", basis="ours")
    rule = msgspec.structs.replace(rule, params=[limit], message=dict.fromkeys(LANGUAGES, "later than {asks_from}, so"))
    text = Page(render(msgspec.structs.replace(case, rules={**case.rules, verdict.rule: rule}), "en")).text
    assert "later than 22:00, so" in text


def test_links_that_say_nothing_of_themselves_are_not_printed(sample) -> None:
    t = catalogue("en")
    words = {
        t(key) for key in ("finding.as_above_link", "apps.table.sheet", "apps.table.places", "apps.identity.title")
    }
    page = render(sample.case(), "en")
    bare = [
        tag for tag, text in re.findall(r"(<a[^>]*>)([^<]*)</a>", page) if text in words and 'class="jump"' not in tag
    ]
    assert bare == []
    assert re.search(r"@media print \{.*?nav, \.jump \{ display: none; \}", style("x"), re.DOTALL)
