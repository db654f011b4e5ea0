from __future__ import annotations

from pathlib import Path

import pytest

from dunproof.case.config import CaseConfig, DebtDecl, ExhibitDecl, PartyDecl, PersonDecl
from dunproof.case.declared import declared_facts, party_id, slug
from dunproof.case.intake import Item
from dunproof.case.reading import Taken, check_declared, declaration_of
from dunproof.errors import UseError
from dunproof.facts.casefile import Settings
from dunproof.facts.kinds import App, Covers, Debt, Document, Exhibit, Fact, Mint, Party, Person, Role, SameParty

APP, PAPER, INNER, PHONE = "a" * 16, "b" * 16, "c" * 16, "d" * 16


def taken(exhibit: str, *trail: str) -> Taken:
    item = Item(path=Path("x"), name=trail[-1], trail=trail, parent="e" * 16 if len(trail) > 1 else "")
    return Taken(exhibit=exhibit, sha256=exhibit * 4, size_bytes=1, item=item, format="html", encoding="utf-8")


EXHIBITS = [
    taken(APP, "x.apk"),
    taken(PAPER, "papers/p.html"),
    taken(INNER, "x.apk", "assets/a.html"),
    taken(PHONE, "s.xml"),
]
FACTS: list[Fact] = [
    App(fact_id="1", exhibit=APP, loc="", tier="exact", app=APP, package="com.example.loan"),
    Document(fact_id="2", exhibit=PAPER, loc="", tier="exact", document=PAPER),
    Document(fact_id="3", exhibit=INNER, loc="", tier="exact", document=INNER),
]


def declared(config: CaseConfig, **settings: str | None) -> list[Fact]:
    whole = Settings(zone="Asia/Shanghai", zone_declared=False, **settings)  # type: ignore[arg-type]
    return list(declared_facts(EXHIBITS, FACTS, config, whole, Mint("case")))


def test_exhibits_carry_what_was_said_and_the_day_of_the_run() -> None:
    config = CaseConfig(
        exhibit=[
            ExhibitDecl(file="s.xml", holder="沈 以珩", line="13800000000"),
            ExhibitDecl(file="./papers", observed_day="2026-01-01"),
        ]
    )
    found = {f.exhibit: f for f in declared(config, as_of="2026-03-01") if isinstance(f, Exhibit)}
    assert (found[PHONE].holder, found[PHONE].line, found[PHONE].observed_day) == (
        "沈-以珩",
        "13800000000",
        "2026-03-01",
    )
    assert found[PAPER].observed_day == "2026-01-01"
    assert found[APP].fact_id == f"{APP}.0"


def test_people_roles_and_debts_once_each() -> None:
    config = CaseConfig(
        exhibit=[
            ExhibitDecl(file="s.xml", holder="甲", role="contact", debt="l"),
            ExhibitDecl(file="papers/p.html", holder="甲", role="contact", debt="l"),
        ],
        person=[PersonDecl(name="甲", role="stranger", debt="l"), PersonDecl(name="乙", role="debtor")],
        debt=[DebtDecl(id="l", debtor="乙", lender="临垣", amount_yuan=12)],
        party=[PartyDecl(name="临垣小额贷款有限公司", aliases=["临垣"])],
    )
    facts = declared(config, lender="临垣", lender_type="microloan")
    assert [f.person for f in facts if isinstance(f, Person)] == ["甲", "乙"]
    assert [(f.person, f.debt, f.role) for f in facts if isinstance(f, Role)] == [
        ("甲", "l", "contact"),
        ("乙", "", "debtor"),
    ]
    debt = next(f for f in facts if isinstance(f, Debt))
    assert (debt.amount_fen, debt.lender) == (1200, party_id("临垣小额贷款有限公司"))
    assert [(f.party, f.lender_type) for f in facts if isinstance(f, Party)] == [(debt.lender, "microloan")]
    assert [(f.a, f.b) for f in facts if isinstance(f, SameParty)] == [("临垣小额贷款有限公司", "临垣")]


@pytest.mark.parametrize("name", ["x.apk", "com.example.loan"])
def test_papers_belong_to_an_app_by_file_or_package(name: str) -> None:
    config = CaseConfig(exhibit=[ExhibitDecl(file="papers/p.html", app=name), ExhibitDecl(file="x.apk", lender="L")])
    found = [(f.document, f.app, f.party) for f in declared(config) if isinstance(f, Covers)]
    assert found == [("", APP, "l"), (PAPER, APP, ""), (INNER, "", "l")]


def test_an_app_or_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UseError, match="no app"):
        declared(CaseConfig(exhibit=[ExhibitDecl(file="papers/p.html", app="y.apk")]))
    with pytest.raises(UseError, match=r"did you mean papers/p\.html"):
        check_declared(CaseConfig(exhibit=[ExhibitDecl(file="paper/p.html")]), ["papers/p.html"], inside=False)
    with pytest.raises(UseError, match="no exhibit"):
        check_declared(CaseConfig(exhibit=[ExhibitDecl(file="x.apk!/b.html")]), ["x.apk!/a.html"], inside=True)


def test_the_nearest_word_counts() -> None:
    config = CaseConfig(
        exhibit=[ExhibitDecl(file="x.apk", lender="L"), ExhibitDecl(file="x.apk!/assets/a.html", lender="M")]
    )
    found = declaration_of(EXHIBITS[2], config)
    assert found is not None
    assert found.lender == "M"
    assert declaration_of(EXHIBITS[3], config) is None


def test_slugs() -> None:
    assert slug("  Chen  Wei ") == "chen-wei"
    assert slug("陈伟") == "陈伟"
    assert slug("!!") == "holder"
