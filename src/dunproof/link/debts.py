"""The debt that a case is about, where nobody declared one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dunproof.facts.kinds import Debt, Fact, Mint
from dunproof.link.communications import Spoken


def rows(facts: Mapping[str, Sequence[Fact]], spoken: Sequence[Spoken], mint: Mint) -> Iterator[Debt]:
    """Yield one debt a lender that collects, if none was declared; its debtor if the messages name but one."""
    if facts.get("debt"):
        return
    named: dict[str, Counter[str]] = {}
    for one in spoken:
        c = one.communication
        if c.purpose == "collection" and c.direction == "to_person":
            who = named.setdefault(c.lender or "", Counter())
            who.update(
                n
                for n in one.reading.values("debtor_named")
                if "*" not in n and not n.endswith(("先生", "女士", "小姐"))
            )
    for n, lender in enumerate(sorted(named), 1):
        who = named[lender]
        yield Debt(
            fact_id=mint(), exhibit="", loc="", tier="heuristic", debt=f"debt-{n}",
            debtor=next(iter(who)) if len(who) == 1 else None, lender=lender or None,
        )  # fmt: skip
