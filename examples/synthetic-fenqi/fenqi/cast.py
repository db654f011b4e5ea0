"""The cast of one variant: who lends, who borrows, who is called, when, from which numbers, and what is changed.

Everybody is invented. Companies sit in cities that do not exist; mobile numbers are the showpiece ranges 138 0000 00xx
and 199 0000 00xx, landlines begin with 0000 behind the area code, ports of senders are made up.
"""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

CITIES = ("临垣", "云泊", "砚湖", "青陌", "澜桥", "沐屿", "霁州", "岚泽", "渌安", "栖原", "垠海", "禾峤")
WORDS = ("朗砚", "禾屿", "垣真", "沐恒", "岚序", "栖信", "霁和", "砚丰", "渌源", "陌诚", "泊安", "澜启", "屿通", "峤嘉")
SURNAMES = ("陆", "程", "沈", "顾", "蒋", "韩", "唐", "许", "何", "吕", "宋", "董")
GIVEN = ("砚禾", "禾岚", "以珩", "垣宁", "沐川", "栖真", "霁言", "渌舟", "知陌", "泊然", "峤安", "屿晴")
LENDERS = ("星禾穗小额贷款有限公司", "星禾稔小额贷款有限公司", "星禾畈小额贷款有限公司")

BASE_CLAUSES: dict[str, Any] = {
    "contact_times": 2,
    "refuse": "forced",
    "share_any": "any",
    "withdraw": "irrevocable",
    "third_consent": "warranty",
    "waiver": "waived",
}
REWORDED: dict[str, Any] = {
    "contact_times": 3,
    "refuse": "free",
    "share_any": "named",
    "withdraw": "revocable",
    "third_consent": "asked",
    "waiver": "liable",
}
DROPPABLE = (
    "phones/classmate-sms-2.xml",
    "agreements/sharing-list.html",
    "phones/stranger-calls.xml",
    "xinghe-fenqi.apk",
    "phones/teacher-sms.xml",
    "agreements/privacy-policy.html",
    "phones/classmate-calls.xml",
    "agreements/registration-agreement.html",
    "phones/stranger-sms.xml",
    "agreements/deduction-mandate.txt",
    "phones/debtor-sms.xml",
    "agreements/information-authorisation.html",
)


def _companies(rng: random.Random) -> list[dict[str, Any]]:
    """Return the categories with their companies; each name occurs once."""
    plan = tomllib.loads((TEMPLATES / "sharing.toml").read_text("utf-8"))
    cells = {(cell["category"], cell["position"]): cell for cell in plan["cell"]}
    pairs = [(city, word) for city in CITIES for word in WORDS]
    rng.shuffle(pairs)
    number = 0
    categories = []
    for category in plan["category"]:
        rows = []
        for position in range(category["count"]):
            city, word = pairs.pop()
            number += 1
            row = {
                "name": f"{city}{word}{category['suffix'][position % len(category['suffix'])]}",
                "contact": f"400-000-{number:04d}",
                "sdk": "",
            }
            row |= {k: category[k] for k in ("purpose", "items", "manner")}
            row |= {
                k: v for k, v in cells.get((category["id"], position), {}).items() if k not in ("category", "position")
            }
            rows.append(row)
        categories.append(category | {"rows": rows})
    return categories


def _sharing(categories: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the sharing list in order, each with what its cells print and what they mean."""
    rows: list[dict[str, Any]] = []
    for category in categories:
        above = {"purpose": "", "items": ""}
        for position, company in enumerate(category["rows"]):
            meant = {k: above[k] if company[k] == "同上" else company[k] for k in ("purpose", "items")}
            above = meant
            rows.append(
                company
                | meant
                | {
                    "n": len(rows) + 1,
                    "first": position == 0,
                    "span": len(category["rows"]),
                    "merged": category.get("merged", False),
                    "category": category["id"],
                    "category_zh": category["zh"],
                    "purpose_cell": company["purpose"],
                    "items_cell": company["items"],
                }
            )
    return rows


def _numbers(rng: random.Random, *, base: bool) -> dict[str, str]:
    """Return the numbers by role; none can be dialled to a person."""
    last = list(range(10, 100))
    if not base:
        rng.shuffle(last)
    tail = iter(f"{n:02d}" for n in last)
    numbers = {f"mob{n}": f"138000000{next(tail)}" for n in range(1, 7)}
    port = "10690000" + ("77" if base else f"{rng.randrange(60, 99)}")
    numbers |= {f"port{n}": f"{port}{n:02d}" for n in range(1, 4)}
    numbers["callback"] = "05710000" + ("8823" if base else f"{rng.randrange(1000, 9999)}")
    for who in ("friend", "friend2", "father", "parent"):
        numbers[who] = f"199000000{next(tail)}"
    numbers |= {"bank_port": "1069000011", "courier": "1069000022", "library": "1069000033"}
    numbers |= {"other_lender": "1069000044", "police": "1069000055"}
    return numbers


def cast(seed: int) -> dict[str, Any]:
    """Return the names, days, numbers and changes of variant `seed`; 0 is the committed case."""
    base = seed == 0
    rng = random.Random(20260310 + seed)
    cities, surnames, given = list(CITIES), list(SURNAMES), list(GIVEN)
    if not base:
        rng.shuffle(cities)
        rng.shuffle(surnames)
        rng.shuffle(given)
    categories = _companies(rng)
    if not base:
        rng.shuffle(categories)
        for category in categories:
            if not any(row["purpose"] == "同上" or row["items"] == "同上" for row in category["rows"]):
                rng.shuffle(category["rows"])
    by_id = {c["id"]: [row["name"] for row in c["rows"]] for c in categories}
    due = dt.date(2025, 12, 18) + dt.timedelta(days=0 if base else rng.randrange(-5, 3))
    amount = 3268 if base else rng.randrange(1200, 9800)
    debtor, classmate, teacher, stranger = (a + b for a, b in zip(surnames[:4], given[:4], strict=True))
    numbers = _numbers(rng, base=base)
    keys = sorted(BASE_CLAUSES)
    reworded = "" if base else keys[(seed - 1) % len(keys)]
    clause = BASE_CLAUSES | ({reworded: REWORDED[reworded]} if reworded else {})
    return {
        "seed": seed,
        "brand": "星禾分期",
        "lender": f"{cities[0]}{LENDERS[seed % len(LENDERS)]}",
        "lender_city": f"{cities[0]}市",
        "court_city": f"{cities[1]}市",
        "city_c": cities[2],
        "hotline": "400-000-0017",
        "policy_version": "4.2",
        "policy_day": "2025年11月6日",
        "contract_no": f"2025{1117 + seed:08d}",
        "headline_amount": "202400",
        "debtor": debtor,
        "debtor_spaced": f"{debtor[0]} {debtor[1:]}",
        "debtor_masked": f"{debtor[0]}*{debtor[2:]}",
        "classmate": classmate,
        "teacher": teacher,
        "stranger": stranger,
        "due": due,
        "due_month": due.month,
        "due_date": due.day,
        "amount": str(amount),
        "amount_comma": f"{amount:,}",
        "numbers": numbers,
        "callback_written": f"{numbers['callback'][:4]}-{numbers['callback'][4:]}",
        "bank_short": by_id["bank"][1][:4] + "村镇银行",
        "sharing": _sharing(categories),
        "collector_a": by_id["collection"][0],
        "collector_b": by_id["collection"][1],
        "guarantor": by_id["guarantee"][0],
        "bureau": by_id["credit_bureau"][0],
        "score": by_id["credit_bureau"][1],
        "esign": by_id["esign"][0],
        "pay_a": by_id["payment"][0],
        "pay_b": by_id["payment"][1],
        "clause": clause,
        "reworded": reworded,
        "dropped": "" if base else DROPPABLE[(seed - 1) % len(DROPPABLE)],
        "newest_first": bool(seed % 2),
    }
