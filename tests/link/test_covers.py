"""A document has one row for its app and company, whichever of the two was declared."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dunproof.facts.kinds import App, Covers, Document, Exhibit, Fact, Mint
from dunproof.facts.store import by_kind as by_kind_of
from dunproof.link import LinkSettings
from dunproof.link.covers import rows, ties, whole
from dunproof.link.entities import Parties

APP, PAPER = "a" * 16, "b" * 16


def joined(
    app: str, party: str, *, lender: str | None = "云杉", parent: str = "", apps: Sequence[str] = (APP,)
) -> list[Covers]:
    """Rows of the paper after linking, one declared with app and party."""
    facts: list[Fact] = [
        *(App(fact_id=f"1{a}", exhibit=a, loc="", tier="exact", app=a) for a in apps),
        Document(fact_id="2", exhibit=PAPER, loc="", tier="exact", document=PAPER),
        Exhibit(
            fact_id="4",
            exhibit=PAPER,
            loc="",
            tier="exact",
            name="p",
            sha256="",
            size_bytes=1,
            format="text",
            parent=parent,
        ),
        Covers(fact_id="3", exhibit="c" * 16, loc="line=5,9", tier="declared", document=PAPER, app=app, party=party),
    ]
    by_kind = by_kind_of(facts)
    made = rows(ties(by_kind, Parties(by_kind, LinkSettings(zone="Asia/Shanghai", lender=lender))), Mint("link"))
    return [f for f in whole([*facts, *made]) if isinstance(f, Covers) and f.document == PAPER]


def test_an_app_alone_takes_the_lender_of_the_case_and_keeps_its_place():
    (row,) = joined(APP, "")
    assert (row.app, row.party, row.tier, row.loc) == (APP, "云杉", "declared", "line=5,9")


@pytest.mark.parametrize(("party", "lender"), [("云杉", "云杉"), ("", None)])
def test_what_is_said_in_full_or_cannot_be_filled_stays_one_row(party, lender):
    (row,) = joined(APP, party, lender=lender)
    assert (row.fact_id, row.party) == ("3", party)


def test_a_lender_alone_stays_sure_where_the_app_is_a_guess():
    (row,) = joined("", "云杉")
    assert (row.app, row.party, row.doubtful, row.tier) == (None, "云杉", False, "declared")
    assert (row.exhibit, row.loc) == ("c" * 16, "line=5,9")


def test_a_lender_alone_and_a_paper_inside_an_app_are_one_row():
    (row,) = joined("", "云杉", parent=APP)
    assert (row.app, row.party, row.doubtful, row.tier) == (APP, "云杉", False, "declared")


def test_a_lender_alone_without_an_app_or_among_several_is_tied_to_none():
    assert [(r.app, r.party) for r in joined("", "云杉", apps=())] == [("", "云杉")]
    assert [(r.app, r.party) for r in joined("", "云杉", apps=(APP, "d" * 16))] == [("", "云杉")]
