"""The terminal: compact, masked, and not to be steered by what a message holds."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from dunproof.facts.casefile import LANGUAGES
from dunproof.report.terminal import render


def _printed(case, lang: str, *, terminal: bool = False, width: int = 100, **more) -> str:
    out = io.StringIO()
    render(case, lang, console=Console(file=out, width=width, force_terminal=terminal, color_system=None), **more)
    return out.getvalue()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("terminal", [False, True])
def test_numbers_and_control_characters_do_not_show(sample, lang: str, terminal: bool) -> None:
    text = _printed(sample.case(), lang, terminal=terminal)
    for secret in (sample.MOBILE, sample.SPACED, sample.IDENTITY, sample.BYSTANDER, sample.OVERRIDE, sample.MAIL):
        assert secret not in text
    assert "[U+202E]" in text


def test_counts_findings_and_what_could_not_be_read(sample) -> None:
    text = _printed(sample.case(), "en")
    for words in (
        "3 of 6 files read in full",
        "2  May breach",
        "Contacted again after saying stop",
        "17 lines",
        "»不要再联系我，我不认识这个人。«",
        "record=sms:170&char=0,16",
        "xml-truncated",
        "→ Add a screenshot",
        "a pointer to evidence and a clause, not a judgment of guilt",
    ):
        assert words in text, words


def test_plain_output_has_no_escape_and_no_padding(sample) -> None:
    text = _printed(sample.case(), "zh-Hant", width=40)
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_markup_and_escapes_of_an_exhibit_are_text(sample) -> None:
    case = sample.case()
    evil = "[red]x[/red] [/] \x1b[2J"
    verdict = case.verdicts[0]
    row = verdict.rows[0]
    row = msgspec.structs.replace(row, evidence=[msgspec.structs.replace(row.evidence[0], quote=evil)])
    verdict = msgspec.structs.replace(verdict, rows=[row])
    text = _printed(msgspec.structs.replace(case, verdicts=[verdict]), "en", terminal=True)
    assert "[red]x[/red] [/] [U+001B][2J" in text


def test_numbers_show_when_asked(sample) -> None:
    assert sample.MOBILE in _printed(sample.case(), "en", show_numbers=True)


def test_many_findings_are_cut_with_a_count(sample) -> None:
    case = sample.case()
    many = msgspec.structs.replace(case, verdicts=[case.verdicts[1]] * 30)
    assert "10 more in the report" in _printed(many, "en")


def test_no_finding_is_said(sample) -> None:
    none = msgspec.structs.replace(sample.case(), verdicts=[])
    assert "No finding stands in what was read." in _printed(none, "en")
