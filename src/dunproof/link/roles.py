"""What each person is in the debt: as declared, else what words show, else not determined. Always one row a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dunproof.facts.kinds import Fact, Mint, Person, Role
from dunproof.language import names
from dunproof.link.communications import Spoken
from dunproof.link.settings import LinkSettings

_THIRD = frozenset({"third_party_disclosure", "third_party_asked_to_pay_or_pass_on"})


def rows(
    facts: Mapping[str, Sequence[Fact]], people: Iterable[str], known: Mapping[str, str], spoken: Iterable[Spoken],
    *, settings: LinkSettings, mint: Mint,
) -> Iterator[Fact]:  # fmt: skip
    """Yield a person row and a role row for everybody who has none.

    Words can show that somebody is not the debtor (a debt is told to him, he says so) but not what he is instead: his
    role
    stays NULL with basis ``words``. That a message greets the holder by his own name and asks him to pay is a doubtful
    reading of him as the debtor.
    """
    have = {f.person for f in facts.get("person", ()) if isinstance(f, Person)}
    with_role = {f.person for f in facts.get("role", ()) if isinstance(f, Role)}
    third: dict[str, bool] = defaultdict(bool)
    addressed: dict[str, bool] = defaultdict(bool)
    for one in spoken:
        c = one.communication
        if c.person in with_role or c.purpose != "collection":
            continue
        acts = {a.act for a in one.reading.by(c.direction)}
        if acts & _THIRD or "r_not_me" in acts:
            third[c.person] = True
        me = known.get(c.person)
        if me and c.direction == "to_person" and "payment_reminder" in acts:
            addressed[c.person] |= any(names.same_person_name(me, n) for n in one.reading.values("debtor_named"))
    for person in sorted({*people, *have}):
        if person not in have:
            yield Person(
                fact_id=mint(),
                exhibit="",
                loc="",
                tier="declared" if not person.startswith("holder-") else "derived",
                person=person,
            )
        if person in with_role:
            continue
        if settings.holder_role:
            role, basis, tier, doubtful = settings.holder_role, "declared", "declared", False
        elif addressed[person] and not third[person]:
            role, basis, tier, doubtful = "debtor", "words", "heuristic", True
        else:
            role, basis, tier, doubtful = (
                None,
                "words" if third[person] else "none",
                "heuristic" if third[person] else "derived",
                False,
            )
        yield Role(
            fact_id=mint(),
            exhibit="",
            loc="",
            tier=tier,
            doubtful=doubtful,
            person=person,
            debt="",
            role=role,
            basis=basis,
        )
