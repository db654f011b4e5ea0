"""Messages that stand ready in an app → what they do and name.

Nobody was contacted by a text in a package: such an act belongs to the exhibit, has no communication, no person and no
target, and no rule about a person sees it. It may be a piece of a longer text that code puts together, so one that does
not speak of a debt itself is doubtful.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from dunproof.facts.kinds import Act, AppText, Fact, Mint, Slot, Support
from dunproof.language import speech

LONGEST: Final = 500
"""Characters from which on a text is no message (ours): seven short messages in a row have 469."""
_RECIPIENT: Final = "r_"


def rows(texts: Iterable[Fact], mint: Mint) -> Iterator[Fact]:
    """Yield the acts of the texts of apps, each act of a text once, with their support, and the values named there."""
    for f in texts:
        if not isinstance(f, AppText) or len(f.text) > LONGEST:
            continue
        read = speech.read(f.text)
        hits = [a for a in read.acts if not a.act.startswith(_RECIPIENT)]
        if not hits:
            continue
        sure = {a.act for a in hits if a.certainty == "high"}
        for act in dict.fromkeys(a.act for a in hits):
            fact = Act(
                fact_id=mint(), exhibit=f.exhibit, loc=f.loc, tier="heuristic",
                doubtful=f.doubtful or not read.anchors or act not in sure, communication="", act=act, target=None,
                certainty="high" if act in sure else "low", anchored=bool(read.anchors), app_text=f.fact_id,
            )  # fmt: skip
            yield fact
            yield Support(fact_id=mint(), exhibit=f.exhibit, loc=f.loc, tier="exact", of_fact=fact.fact_id, part="text")
        for slot, value in dict.fromkeys((s.slot, s.value) for s in speech.slots(f.text)):
            yield Slot(
                fact_id=mint(), exhibit=f.exhibit, loc=f.loc, tier="heuristic", doubtful=f.doubtful, communication="",
                slot=slot, value=value, app_text=f.fact_id,
            )  # fmt: skip
