"""Words for all that a case can print: no id of a vocabulary reaches a reader."""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
import yaml

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts.casefile import LANGUAGES
from dunproof.facts.kinds import KINDS
from dunproof.judge.pack import installed, load_pack
from dunproof.read.sniff import FORMATS
from dunproof.report.catalogue import catalogue
from dunproof.report.html import render

ROOT = Path(__file__).resolve().parents[2]
WORDS = catalogue("en").sentences
OWN = {"code", "blockquote", "style", "title"}
"""Elements that hold locators, words of files and law, and the names of files."""
VOID = {"meta", "br", "rect", "path", "wbr"}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
ID = re.compile(
    r"(?<![\w./+-])(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+|holder-[0-9a-f]{8}|none|PT\d+[HM]|(?:today|tomorrow)T\d.*)(?![\w./-])"
)


class Visible(HTMLParser):
    """The project's own words on a page: not its code, quotes, file names, nor what is marked as another language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.parts: list[str] = []
        self.lang = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "html":
            self.lang = given["lang"]
        if tag not in VOID:
            foreign = given.get("lang", self.lang) == "en" != self.lang
            self.open.append((tag, tag in OWN or given.get("class") in {"file", "near"} or foreign))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data):
        if not any(hidden for _, hidden in self.open):
            self.parts.append(data)


def case_of(name: str, request, folder: Path):
    if name == "demo":
        return investigate([ROOT / "examples" / "synthetic-fenqi"], Options(out=folder, cache=False)).casefile
    corpora = request.getfixturevalue("corpora")
    real = tomllib.loads((ROOT / "tests" / "case" / "expected_real.toml").read_text("utf-8"))["case"]
    keys = ("zone", "as_of", "holder_role", "lender", "lender_type")
    return investigate(
        [corpora / f for f in real["files"]], Options(out=folder, cache=False, **{k: real[k] for k in keys})
    ).casefile


@pytest.mark.parametrize("name", ["demo", pytest.param("real", marks=[pytest.mark.corpus, pytest.mark.slow])])
def test_no_raw_id_reaches_the_page(name: str, request, tmp_path) -> None:
    case = case_of(name, request, tmp_path / "out")
    names = {w for e in case.exhibits for w in re.findall(r"\w+", e.name)}
    for lang in LANGUAGES:
        text = "\n".join(Visible(render(case, lang)).parts)
        found = {m for m in ID.findall(text) if m not in names and not (lang == "en" and m == "none")}
        assert found == set(), lang


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_asked_for_is_named_in_words(lang: str, tmp_path) -> None:
    case = investigate(
        [ROOT / "examples" / "synthetic-fenqi" / "exhibits" / "phones"], Options(out=tmp_path / "o")
    ).casefile
    asks = {m.ask[lang] for v in case.verdicts for m in v.missing}
    assert asks
    assert {a for a in asks if ID.search(a)} == set()


def test_every_format_and_open_column_has_a_word() -> None:
    assert {f for f in FORMATS if f"format.{f}" not in WORDS} == set()
    open_columns = {f.name for k in KINDS.values() for f in msgspec.structs.fields(k) if "None" in str(f.type)}
    assert {c for c in open_columns if f"column.{c}" not in WORDS} == set()


def test_every_threshold_of_the_packs_has_a_name_a_unit_and_words_for_its_values() -> None:
    missing = set()
    for pack in map(load_pack, installed()):
        for rule in pack.rules:
            for name, p in rule.spec.params.items():
                values = p.value if isinstance(p.value, list) else [p.value]
                missing |= {f"threshold.{name}"} - WORDS.keys()
                missing |= {f"word.{v}" for v in values if isinstance(v, str) and not DAY.match(v)} - WORDS.keys()
                if isinstance(p.value, int) and p.unit != "minute of the day":
                    missing |= {f"unit_of.{p.unit}"} - WORDS.keys()
    assert missing == set()


def test_every_value_that_our_data_can_give_has_a_word() -> None:
    root = files("dunproof")

    def text(path: str) -> str:
        return root.joinpath(path).read_text("utf-8")

    terms = {t["id"] for t in tomllib.loads(text("read/policy/data/terms.toml"))["term"]}
    items = {i["id"] for i in tomllib.loads(text("language/data/items.toml"))["item"]}
    acts = {f["act"] for f in yaml.safe_load(text("language/data/frames.zh.yaml"))["frames"] if f["act"][0] != "_"}
    assert terms
    assert items
    assert acts
    assert {w for w in terms | items | acts if f"word.{w}" not in WORDS} == set()
