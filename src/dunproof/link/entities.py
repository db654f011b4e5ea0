"""Companies under all their names: party rows, the edges that say why two names are one, and the id of a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dunproof.facts.kinds import Covers, Debt, Fact, Mint, Party, Recipient, SameParty, Sdk
from dunproof.language import names
from dunproof.language.fold import key
from dunproof.link.settings import LinkSettings

_TYPES: Final = {
    "银行": "bank", "消费金融": "consumer_finance", "小额贷款": "microloan", "融资担保": "guarantee", "支付": "payment",
}  # fmt: skip
"""Line of business in a full legal name → type of lender."""


class Parties:
    """The companies of a case: name → id."""

    def __init__(self, facts: Mapping[str, Sequence[Fact]], settings: LinkSettings) -> None:
        self.declared: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._by_brand: dict[str, list[str]] = defaultdict(list)
        self._edges: list[tuple[str, str, str, str]] = []
        self._names: dict[str, str] = {}
        self._settings = settings
        for fact in facts.get("party", ()):
            if isinstance(fact, Party):
                self._declare(fact.party, fact.name)
        for fact in facts.get("same_party", ()):
            if isinstance(fact, SameParty) and fact.key_type == "declared":
                self._ids[names.party_key(fact.b)] = self.of(fact.a) or key(fact.a)
        for fact in (*facts.get("debt", ()), *facts.get("covers", ())):
            id_ = fact.lender if isinstance(fact, Debt) else fact.party if isinstance(fact, Covers) else None
            if id_:
                self._declare(id_, self.declared.get(id_, id_))
        self.lender = (
            self._declare(self.of(settings.lender) or key(settings.lender), settings.lender)
            if settings.lender
            else None
        )
        self._read(facts)

    def _declare(self, id_: str, name: str) -> str:
        if id_ not in self.declared:
            self.declared[id_] = name
            self._add(id_, name)
        elif self.declared[id_] == id_ != name:
            self.declared[id_] = self._names[id_] = name
        return id_

    def _add(self, id_: str, name: str) -> None:
        self._ids[names.party_key(name)] = id_
        self._ids.setdefault(names.party_key(id_), id_)
        self._names.setdefault(id_, name)
        if brand := names.brand(name):
            self._by_brand[brand].append(id_)

    def of(self, name: str | None) -> str | None:
        """Return the id of the party that a name means, None if the case knows none or more than one."""
        if not name:
            return None
        found = self._ids.get(names.party_key(name))
        if found is not None:
            return found
        near = sorted({i for i in self._by_brand.get(names.brand(name), ()) if names.same_party(name, self._names[i])})
        return near[0] if len(near) == 1 else None

    def _read(self, facts: Mapping[str, Sequence[Fact]]) -> None:
        """Take in the names that were read: the fullest first, so that short forms find their full name."""
        seen: dict[str, str] = {}
        for fact in facts.get("recipient", ()):
            if isinstance(fact, Recipient) and fact.name:
                seen.setdefault(names.party_key(fact.name), fact.name)
        sdks: dict[str, str] = {}
        for fact in facts.get("sdk", ()):
            if isinstance(fact, Sdk) and (fact.entity or fact.vendor):
                name = fact.entity or fact.vendor
                sdks.setdefault(names.party_key(name), name)
        every = {**sdks, **seen}
        for folded, name in sorted(every.items(), key=lambda i: (not names.company(i[1]).full, -len(i[0]), i[0])):
            if not folded:
                continue
            id_ = self.of(name)
            if id_ is None:
                id_ = folded
                self._add(id_, name)
            else:
                self._ids[folded] = id_
                known = self._names[id_]
                if known != name and (folded not in sdks or folded in seen):  # makers of SDKs: see link/sdks.py
                    how = names.same_party(known, name) or "alias"
                    self._edges.append((known, name, how, names.brand(name) or folded))

    def rows(self, mint: Mint, facts: Mapping[str, Sequence[Fact]]) -> Iterator[Fact]:
        """Yield a party row for every id that has none yet, and the same_party edges."""
        known = {f.party for f in facts.get("party", ()) if isinstance(f, Party)}
        for id_ in sorted(self._names):
            if id_ in known:
                continue
            name = self._names[id_]
            said = id_ in self.declared
            parts = names.company(name)
            type_ = self._settings.lender_type if id_ == self.lender else None
            if type_ is None and parts.full:
                type_ = _TYPES.get(parts.line)
            if type_ is None and parts.line == "银行" and name.endswith("银行"):
                type_ = "bank"
            tier = "declared" if said else "derived"
            yield Party(fact_id=mint(), exhibit="", loc="", tier=tier, party=id_, name=name, lender_type=type_)
        for a, b, how, shared in sorted(set(self._edges)):
            tier = "derived" if how == "same_name" else "heuristic"
            yield SameParty(fact_id=mint(), exhibit="", loc="", tier=tier, a=a, b=b, key_type=how, key=shared)

    def lender_of(self, said: Iterable[str]) -> tuple[str | None, bool]:
        """Return the lender that a message speaks for by the names in it, and whether it names another lender.

        A name of the case wins. A name with a lender's line of business that the case does not know is another lender.
        """
        other = False
        for name in said:
            id_ = self.of(name)
            if id_ is not None:
                return id_, False
            if names.company(name).line in {*_TYPES, "信托"} and names.brand(name):
                other = True
        return None, other
