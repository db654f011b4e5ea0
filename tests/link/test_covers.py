"""A document has one row for its app and company, whichever of the two was declared."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import App, Covers, Document, Fact, Mint
from dunproof.link import LinkSettings
from dunproof.link.covers import rows, ties, whole
from dunproof.link.entities import Parties

APP, PAPER = "a" * 16, "b" * 16


def joined(app: str, party: str, *, lender: str | None = "云杉") -> list[Covers]:
    """Rows of the paper after linking, one declared with app and party."""
    facts: list[Fact] = [
        App(fact_id="1", exhibit=APP, loc="", tier="exact", app=APP),
        Document(fact_id="2", exhibit=PAPER, loc="", tier="exact", document=PAPER),
        Covers(fact_id="3", exhibit="c" * 16, loc="line=5,9", tier="declared", document=PAPER, app=app, party=party),
    ]
    by_kind = {"app": facts[:1], "document": facts[1:2], "covers": facts[2:]}
    made = rows(ties(by_kind, Parties(by_kind, LinkSettings(zone="Asia/Shanghai", lender=lender))), Mint("link"))
    return [f for f in whole([*facts, *made]) if isinstance(f, Covers) and f.document == PAPER]


def test_an_app_alone_takes_the_lender_of_the_case_and_keeps_its_place():
    (row,) = joined(APP, "")
    assert (row.app, row.party, row.tier, row.loc) == (APP, "云杉", "declared", "line=5,9")


@pytest.mark.parametrize(("party", "lender"), [("云杉", "云杉"), ("", None)])
def test_what_is_said_in_full_or_cannot_be_filled_stays_one_row(party, lender):
    (row,) = joined(APP, party, lender=lender)
    assert (row.fact_id, row.party) == ("3", party)


def test_a_guessed_app_leaves_what_was_said_of_the_lender_standing():
    said, guessed = joined("", "云杉")
    assert (said.fact_id, said.doubtful) == ("3", False)
    assert (guessed.app, guessed.party, guessed.doubtful) == (APP, "云杉", True)
