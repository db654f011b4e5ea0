"""Rules over a million communications: two bounds beside the same query without them, and beside a bare scan.

``python bench/judge.py [--rows 1000000] [--smaller 100000 10000]`` prints one Markdown table. Each figure is of a child
process of its own (CPU of all threads, peak memory). The database is made once, from a seed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import child, inside, machine, report

PEOPLE = 20_000
"""Communications a person at a million rows: 50."""
LENDERS = 3
"""Lenders of a case, each with an app and a text. One contact in ten is of a lender not determined."""

# Every table in one statement; hash() of the row number is the seeded chance, so that any size gives the same rows.
_PICK = "CAST(hash(i * 7919 + {salt}) % 1000 AS BIGINT)"


def _pick(salt: int) -> str:
    return _PICK.format(salt=salt)


def _texts(column: str, values: list[str], salt: int) -> str:
    listed = ", ".join(f"'{v}'" for v in values)
    return f"list_value({listed})[1 + {_pick(salt)} % {len(values)}] AS {column}"


def _null(column: str, sql: str, salt: int, permille: int) -> str:
    return f"CASE WHEN {_pick(salt)} >= {permille} THEN {sql} END AS {column}"


WORDS = [
    "【星辰速贷】您的借款已逾期{n}天，请立即还款，否则将联系您的通讯录好友。",
    "请转告{n}，其债务已移交催收，今日18点前务必处理。",
    "再不还钱，后果自负，单位和家人都会知道。",
    "您好，温馨提示：本期账单{n}元，请按时还款。",
]
ACTS = [
    "payment_reminder", "addressbook_threat", "threat_family_work", "third_party_disclosure", "insult", "threat_person",
    "impersonation_police_court", "false_legal_consequence", "threat_exposure", "sexual_or_edited_image", "offer",
]  # fmt: skip


def build(path: Path, rows: int, lenders: int) -> None:
    """Write the database: communications, acts (3 in 10), slots, senders, roles, objections, parties, the law."""
    import duckdb

    from dunproof.facts.kinds import KINDS
    from dunproof.facts.store import load
    from dunproof.judge.run import reference_facts

    people = max(rows * PEOPLE // 1_000_000, 10)
    day = f"(20400 + CAST(hash(i * 31 + 5) % {max(rows // people, 1) // 2 + 30} AS BIGINT))"
    with duckdb.connect(str(path)) as con:
        load(con, reference_facts())

        def fill(kind: str, n: int, columns: dict[str, str]) -> None:
            base = {"fact_id": f"'{kind}.' || i", "exhibit": "'00112233445566ff'", "loc": "'record=sms:' || i"}
            full = {**base, "tier": "'exact'", "doubtful": f"{_pick(99)} < 10", **columns}
            listed = ", ".join(v if " AS " in v and v.endswith(f" AS {k}") else f"{v} AS {k}" for k, v in full.items())
            con.execute(f"INSERT INTO {kind} BY NAME SELECT {listed} FROM range({n}) AS t(i)")

        iso = "strftime(DATE '1970-01-01' + CAST({d} AS INTEGER), '%Y-%m-%d')"
        minute = "CAST(hash(i * 17) % 1440 AS BIGINT)"
        fill(
            "communication",
            rows,
            {
                "doubtful": "FALSE",
                "person": f"'p' || (i % {people})",
                "line": "'+8613800000000'",
                "number": _null("number", f"'1069' || (hash(i * 3) % {people * 3})", 1, 20),
                "direction": _null("direction", f"if({_pick(2)} < 900, 'to_person', 'from_person')", 3, 5),
                "channel": _texts("channel", ["sms", "call", "sms", "sms"], 4),
                "purpose": _null("purpose", f"if({_pick(5)} < 850, 'collection', 'other')", 6, 50),
                "lender": _null("lender", f"'l' || (i % {people} % {lenders})", 7, 100),
                "local_day": _null("local_day", iso.format(d=day), 8, 10),
                "local_day_n": _null("local_day_n", day, 8, 10),
                "local_minute": _null("local_minute", minute, 8, 10),
                "utc_us": _null("utc_us", f"({day} * 86400 + {minute} * 60) * 1000000", 9, 10),
                "zone": "'Asia/Shanghai'",
                "duration_s": "0",
                "outcome": _texts("outcome", ["none", "missed", "rejected", "answered", "unanswered"], 10),
                "text": f"replace({_texts('x', WORDS, 11).removesuffix(' AS x')}, '{{n}}', CAST(i AS VARCHAR))",
                "sightings": "1",
            },
        )  # fmt: skip
        some = f"'communication.' || (hash(i * 13) % {rows})"
        act_columns = {"communication": some, "act": _texts("act", ACTS, 12), "certainty": "'high'", "anchored": "TRUE"}
        fill("act", rows * 3 // 10, act_columns)
        slots = _texts("slot", ["deadline", "amount", "case_number", "signature"], 13)
        fill("slot", rows // 10, {"communication": some, "slot": slots, "value": "'2h'"})
        sender = {"communication": "'communication.' || i", "sender": f"'s' || (i % {people * 2})", "level": "'exact'"}
        fill("sender", rows, sender)
        forms = _texts("form", ["words", "blocked", "not_me"], 14)
        said = _null("utc_us", "(20420 + i % 9) * 86400 * 1000000", 15, 50)
        who = f"'p' || (hash(i * 5) % {people})"
        fill("objection", max(rows // 200, 1), {"person": who, "utc_us": said, "form": forms, "communication": "''"})
        roles = ["debtor", "contact", "stranger", "emergency_contact", "guarantor"]
        role = _null("role", _texts("x", roles, 16).removesuffix(" AS x"), 17, 50)
        fill("role", people, {"person": "'p' || i", "debt": "''", "role": role, "basis": "'declared'"})
        # Each lender: one app that reads the address book, one text that promises whom it contacts.
        one = f"(i % {lenders})"
        tied = {"document": f"if(i < {lenders}, '', 'd' || {one})", "app": f"'a' || {one}", "party": f"'l' || {one}"}
        fill("covers", lenders * 2, tied)
        read = {"category": "'contacts'", "scope": "if(i % 3 = 2, NULL, 'all')", "outcome": "'resolved'"}
        fill("sensitive_read", lenders * 2, {"app": f"'a' || {one}", **read, "caller": "'x'", "api": "'y'"})
        promised = {"predicate": "'contact'", "modality": "if(i % 4 = 1, NULL, 'only')"}
        fill("promise", lenders, {"promise": "'q' || i", "document": "'d' || i", **promised})
        whom = _texts("value", ["emergency_contact", "debtor", "contact"], 18)
        fill("promise_term", lenders * 2, {"promise": f"'q' || {one}", "slot": "'who'", "value": whom})
        lender_type = "list_value('bank', 'microloan', 'consumer_finance', NULL)[1 + i % 4]"
        fill("party", lenders, {"party": "'l' || i", "name": "'甲' || i", "lender_type": lender_type})
        kinds = ", ".join(f"'{k}'" for k in KINDS)
        looked = f"list_value({kinds})[1 + i]"
        fill("coverage", len(KINDS), {"looked_for": looked, "subject": "''", "status": "'read'", "reason": "''"})
        con.execute("CHECKPOINT")


def _rules(per: str) -> list[Any]:
    from dunproof.judge.pack import load_pack

    rules = [r for r in load_pack("cn").rules if "communication" in {s.kind for s in r.refined.sources}]
    return [r for r in rules if r.spec.per == per]


def _query(rule: Any, form: str) -> str:
    from dunproof.judge.compiled import Compiled

    compiled = Compiled(rule)
    if form == "scan":
        return "SELECT count(*), count(DISTINCT person), min(local_minute), max(length(text)) FROM communication"
    sql = compiled.find if form == "bounds" else compiled.plain(outputs=True)
    # The answer is made in full and counted in the engine: neither form pays for carrying rows to Python, and hashing
    # whole rows keeps the engine from leaving out columns that nobody counts.
    sure = "sum(CASE WHEN sure_ THEN 1 ELSE 0 END)" if form == "bounds" else "0"
    return f"SELECT count(*), {sure}, bit_xor(hash(f)) % 1000 FROM ({sql}) AS f"


def _one(database: str, sql: str) -> None:
    """Run one query (or the verdict of the rule ``verdict:ID``) and report what it cost (in a child)."""
    import duckdb

    with duckdb.connect(database, read_only=True) as con:
        if sql.startswith("verdict:"):
            from dunproof.judge.verdict import judge

            rule = next(r for r in _rules("person") if r.id == sql.removeprefix("verdict:"))
            cpu, wall, verdicts = inside(lambda: judge(con, rule))
            report(cpu, wall, [len(verdicts), 0, 0])
            return
        report(*inside(lambda: [int(x or 0) for x in con.execute(sql).fetchone() or ()]))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--smaller", type=int, nargs="*", default=[100_000, 10_000], help="sizes for the growth")
    parser.add_argument("--lenders", type=int, default=LENDERS, help="lenders of the case")
    parser.add_argument("--only", default="", help="rules whose id contains this")
    parser.add_argument("--repeat", type=int, default=3, help="best of so many")
    parser.add_argument("--verdicts", action="store_true", help="also the whole verdict: coverage, clauses, shown rows")
    parser.add_argument("--keep", default="", help="folder to keep the databases in, for a closer look")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _one(*options.one)
        return 0
    rules = {r.id: r for r in _rules("person") if options.only in r.id}
    with tempfile.TemporaryDirectory(prefix="dunproof-bench-") as folder:
        place = Path(options.keep or folder)
        files = {n: place / f"{n}.duckdb" for n in (options.rows, *options.smaller)}
        for n, path in files.items():
            if not path.exists():
                build(path, n, options.lenders)

        def best(n: int, rule: str, form: str) -> Any:
            sql = f"verdict:{rule}" if form == "verdict" else _query(rules[rule], form)
            runs = [child(__file__, ["--one", str(files[n]), sql]) for _ in range(options.repeat)]
            return min(runs, key=lambda r: r.cpu_s)

        big = options.rows
        scan = best(big, next(iter(rules)), "scan")
        about = f"{big:,} communications, {big * 3 // 10:,} acts, {big // 200:,} objections, {options.lenders} lenders"
        print(f"{about}; {machine()}; CPU seconds\n")
        more = [f"CPU of ×{big // n} rows" for n in options.smaller] + ["verdicts"] * options.verdicts
        print("| " + " | ".join(["rule", "plain", "two bounds", "ratio", "peak MiB", "rows", "sure", *more]) + " |")
        print("|---|--:|--:|--:|--:|--:|--:|" + "--:|" * len(more))
        print(f"| bare scan and aggregate | {scan.cpu_s:.3f} | | | {scan.peak_mib:.0f} | | |" + " |" * len(more))
        plain_sum = bounds_sum = 0.0
        for rule in rules:
            plain, bounds = best(big, rule, "plain"), best(big, rule, "bounds")
            plain_sum, bounds_sum = plain_sum + plain.cpu_s, bounds_sum + bounds.cpu_s
            cells = [rule, f"{plain.cpu_s:.3f}", f"{bounds.cpu_s:.3f}", f"{bounds.cpu_s / plain.cpu_s:.2f}"]
            cells += [f"{bounds.peak_mib:.0f}", f"{bounds.value[0]:,}", f"{bounds.value[1]:,}"]
            for n in options.smaller:
                cells.append(f"×{bounds.cpu_s / max(best(n, rule, 'bounds').cpu_s, 1e-4):.1f}")
            if options.verdicts:
                cells.append(f"{best(big, rule, 'verdict').cpu_s:.2f}")
            print("| " + " | ".join(cells) + " |", flush=True)
        ratio = bounds_sum / plain_sum
        print(f"| all | {plain_sum:.2f} | {bounds_sum:.2f} | {ratio:.2f} | | | |" + " |" * len(more))
    return 0


if __name__ == "__main__":
    sys.exit(main())
