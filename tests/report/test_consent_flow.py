"""What a page and a terminal say of the time before anybody agrees, of requests, and of refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts.casefile import LANGUAGES
from dunproof.report.apps import AppBuilder
from dunproof.report.catalogue import catalogue
from dunproof.report.html import render
from dunproof.report.masking import masked

APKS = Path(__file__).parents[1] / "read" / "app" / "fixtures" / "apk"


@pytest.fixture(scope="module")
def case_of(tmp_path_factory):
    def run(name):
        return investigate([APKS / f"{name}.apk"], Options(out=tmp_path_factory.mktemp("o"), cache=False)).casefile

    return run


def lines(case, lang="en"):
    (app,) = AppBuilder(masked(case, show_numbers=False), catalogue(lang)).apps()
    return app.flow


def test_a_read_that_the_start_leads_to_is_named_in_words(case_of):
    case = case_of("start-application")
    assert "the start of the app leads to code that fetches device identifier" in lines(case)[0]
    for lang in LANGUAGES:
        page = render(case, lang)
        assert catalogue(lang)("apps.flow.title") in page
        assert catalogue(lang)("apps.places.at_start") in page


def test_none_is_said_only_where_all_could_be_seen(case_of):
    assert "no code that fetches personal data was seen" in lines(case_of("start-flag"))[0]
    assert "could not be determined" in lines(case_of("start-hidden-by-reflection"))[0]
    assert "could not be determined" in lines(case_of("start-hidden-by-library"))[0]


def test_a_request_says_how_many_groups_and_when(case_of):
    said = " ".join(lines(case_of("ask-four-at-launch")))
    assert "Groups in the largest request: 4." in said
    assert "As soon as the first screen opens, in one request: 4." in said
    said = " ".join(lines(case_of("ask-loop")))
    assert "Requests whose permissions are not determined: 1." in said
    assert "largest" not in said
    assert "No call that brings up the system's question" in lines(case_of("start-flag"))[1]


def test_a_refusal_that_closes_is_told_from_one_that_goes_on(case_of):
    ends, on, open_ = (" ".join(lines(case_of(n))) for n in ("refuse-finish", "refuse-toast", "refuse-dialog"))
    assert "closes the screen or the app on whoever refuses: 1." in ends
    assert "goes on when somebody refuses: 1." in on
    assert "not determined what follows a refusal: 1." in open_


def test_the_page_lists_the_requests(case_of):
    page = render(case_of("ask-helper"), "en")
    assert page.count("cn.example.loan.Main.on") >= 2
