"""What a run came to: the case file, where it was written, and the exit code that says it to a script."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import msgspec

from dunproof.facts.casefile import CaseFile
from dunproof.facts.kinds import Coverage, Exhibit, Fact

DONE: Final = 0
FOUND: Final = 1
NOTHING_SEEN: Final = 3
NOT_IN_FULL: Final = 4
_CONTAINERS: Final = frozenset({"zip"})


def none_seen(facts: Iterable[Fact]) -> bool:
    """Return whether no exhibit that these facts are of could be read; a container alone is none."""
    exhibits: set[str] = set()
    seen: set[str] = set()
    for fact in facts:
        if isinstance(fact, Exhibit) and fact.format not in _CONTAINERS:
            exhibits.add(fact.exhibit)
        elif isinstance(fact, Coverage) and fact.status != "unread":
            seen.add(fact.exhibit)
    return not exhibits & seen


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of ``investigate``."""

    casefile: CaseFile
    out: Path
    facts: int
    """Facts of all exhibits and links."""

    @property
    def nothing_seen(self) -> bool:
        """Whether no exhibit could be read; a container alone is none."""
        return not any(e.status != "unread" and e.format not in _CONTAINERS for e in self.casefile.exhibits)

    @property
    def in_full(self) -> bool:
        """Whether every exhibit was read to its end."""
        return all(e.status == "read" for e in self.casefile.exhibits)

    def found(self, names: Collection[str]) -> int:
        """Return how many verdicts have one of these names; a disputed finding does not count."""
        return sum(v.verdict in names and not v.disputed for v in self.casefile.verdicts)

    def exit_code(self, fail_on: Collection[str] = (), *, strict: bool = False) -> int:
        """Return the exit code: nothing seen (3) before found (1) before not in full (4, with ``strict``)."""
        if self.nothing_seen:
            return NOTHING_SEEN
        if fail_on and self.found(fail_on):
            return FOUND
        return NOT_IN_FULL if strict and not self.in_full else DONE
