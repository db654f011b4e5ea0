"""The law as rows: weights, days, lenders, necessary items."""

from __future__ import annotations

import itertools
import json

from dunproof.law import register, rows
from dunproof.law.structs import LENDER_TYPES, STORES

REG = register.load()
ROWS = list(rows.rows())


def test_weight_follows_force_and_level():
    for row in ROWS:
        clause = REG.clause(row.clause)
        law = clause.force in "LRMJ" and clause.level in ("A1", "A2")
        assert row.weight == ("law" if law else "norm"), clause.id
        assert clause.level != "A5"


def test_recalled_and_criminal_clauses_have_no_row():
    named = {row.clause for row in ROWS}
    for clause in REG.clauses:
        if clause.level == "A5" or clause.norm in rows.background():
            assert clause.id not in named
            assert rows.weight(clause) is None
    assert not any(name.startswith("CN-CL-") for name in named)
    assert "CN-PSAPL-2025-50" in named


def test_lender_types_are_those_of_a_party():
    assert {row.lender_type for row in ROWS} <= {"any", *LENDER_TYPES, *STORES}
    by_clause = {}
    for row in ROWS:
        by_clause.setdefault((row.clause, row.first_day), []).append(row.lender_type)
    assert by_clause["CN-PIPL-6", "2021-11-01"] == ["any"]
    assert by_clause["CN-CBA-2026-hours", "2026-01-30"] == ["bank", "consumer_finance", "collector"]
    assert by_clause["GP-LOANS-perms", "2023-05-31"] == ["google_play"]
    assert by_clause["IN-RBI-DLD-2025-12-res", "2025-05-08"] == [
        "bank", "nbfc", "consumer_finance", "microloan", "lsp", "platform",
    ]  # fmt: skip
    assert all(len(t) == len(set(t)) and ("any" not in t or t == ["any"]) for t in by_clause.values())


def test_only_clauses_that_bind_no_lender_are_left_out():
    named = {row.clause for row in ROWS}
    left = {c.id for c in REG.clauses if rows.weight(c) and c.id not in named}
    assert left
    assert all(not register.lender_types(REG.clause(name)) for name in left)


def test_days_are_those_of_the_register_and_do_not_overlap():
    spans = {}
    for row in ROWS:
        spans.setdefault((row.clause, row.lender_type), []).append((row.first_day, row.last_day))
    for (name, _), days in spans.items():
        clause = REG.clause(name)
        assert days[0][0] == clause.effective
        assert days[-1][1] == (clause.until or rows.OPEN)
        assert all(a[1] < b[0] for a, b in itertools.pairwise(days))


def test_a_disputed_first_day_is_doubtful_until_it_is_sure():
    days = [
        (r.first_day, r.last_day, r.doubtful)
        for r in ROWS
        if r.clause == "CN-MLC-2024-37-5" and r.lender_type == "microloan"
    ]
    assert days == [("2024-12-31", "2025-01-16", True), ("2025-01-17", "9999-12-31", False)]
    assert {r.clause.rsplit("-37", 1)[0] for r in ROWS if r.doubtful} == {"CN-MLC-2024"}


def test_ids_are_unique():
    ids = [r.fact_id for r in (*ROWS, *rows.necessary_items())]
    assert len(ids) == len(set(ids))
    assert list(rows.rows()) == ROWS


def test_lending_needs_five_items():
    items = {r.item for r in rows.necessary_items() if r.service_type == "lending"}
    assert items == {"phone", "name", "id_no", "id_expiry", "bank_card"}
    assert rows.necessary_levels()["lending"] == "A3"


def test_no_recalled_list_becomes_a_row():
    assert set(rows.necessary_levels().values()) <= {"A2", "A3"}
    types = {t.n: t for t in register.necessary_list().types}
    for row in rows._necessary_rows():
        wanted = types[int(row["n"])].necessary
        assert row["words"] in wanted or (row["words"] == "-" and not wanted)
    known = {n for n, t in types.items() if t.level in ("A1", "A2", "A3")}
    assert {int(row["n"]) for row in rows._necessary_rows()} == known
    for n in known:
        assert {r["words"] for r in rows._necessary_rows() if int(r["n"]) == n} - {"-"} == set(types[n].necessary)


def test_items_are_ids_of_the_taxonomy(corpora):
    taxonomy = json.loads((corpora / "policy" / "taxonomy.json").read_text(encoding="utf-8"))
    assert {r.item for r in rows.necessary_items()} <= {i["id"] for i in taxonomy["items"]}
    lending = {r.item for r in rows.necessary_items() if r.service_type == "lending"}
    assert lending == set(taxonomy["necessary_for_lending"]["items"])


def test_the_crosswalk_names_items_of_the_taxonomy(corpora):
    taxonomy = json.loads((corpora / "policy" / "taxonomy.json").read_text(encoding="utf-8"))
    pairs = [(r.category, r.item) for r in rows.crosswalk()]
    assert ("contacts", "contacts_book") in pairs
    assert len(pairs) == len(set(pairs))
    assert {item for _, item in pairs} <= {i["id"] for i in taxonomy["items"]}
