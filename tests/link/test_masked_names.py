"""Masked debtors' names tie a message to the sender that named the debtor in full, and to no other."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import KINDS
from dunproof.link import LinkSettings, link

DAY = 1_772_323_200_000_000


def senders(*texts):
    """Derived sender of each message to one person, each from a number of its own."""
    exhibit = "a" * 16
    facts = {
        "exhibit": [
            KINDS["exhibit"](
                fact_id="a.0",
                exhibit=exhibit,
                loc="",
                tier="exact",
                name="x",
                sha256="0",
                size_bytes=1,
                format="x",
                holder="li",
            )
        ]
    }
    for n, text in enumerate(texts):
        number = f"138000000{n + 10}"
        facts.setdefault("sighting", []).append(
            KINDS["sighting"](
                fact_id=f"a.{n + 1}", exhibit=exhibit, loc=f"record=sms:{n}", tier="exact", number=number,
                number_as_written=number, direction="to_person", channel="sms", device_utc_us=DAY + n, utc_us=DAY + n,
                duration_s=0, outcome="none", text=text, precision="ms", time_basis="handset_utc",
            )
        )  # fmt: skip
    found = list(link(facts, LinkSettings()))
    of = {f.communication: f.sender for f in found if type(f).__name__ == "Sender" and f.level == "derived"}
    return [of[f.fact_id] for f in found if type(f).__name__ == "Communication"]


FULL = "张三丰的借款已逾期"


@pytest.mark.parametrize(("masked", "same"), [("张*丰", True), ("张某某", True), ("张*强", False), ("李*丰", False)])
def test_a_mask_fits_one_full_name(masked, same):
    first, second = senders(FULL, f"{masked}的借款已逾期")
    assert (first == second) is same


def test_a_mask_that_fits_two_names_ties_nobody():
    first, second, third = senders(FULL, "张海丰的借款已逾期", "张*丰的借款已逾期")
    assert len({first, second, third}) == 3


def test_two_signatures_stay_apart():
    first, second = senders("【云杉小贷】" + FULL, "【青檀小贷】张*丰的借款已逾期")
    assert first != second
