"""What of a truth.toml is found: every expectation, group, table and verdict against the facts and verdicts of a run.

The rules of matching stand in examples/synthetic-fenqi/README.md. Nothing here knows a reader, a link or a rule.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from dunproof.facts.casefile import VerdictEntry
from dunproof.facts.kinds import Exhibit, Fact, Recipient, Role, Sender, Support
from dunproof.facts.locator import Char, Locator, Place, Record, parse

NOTHING = "none"


class Answer(msgspec.Struct, frozen=True):
    """What became of one entry."""

    entry: str
    """Its id, or what stands in for one."""
    row: str
    kind: str
    met: bool
    why: str = ""


def load(path: Path) -> dict[str, Any]:
    """Return a truth.toml as plain data."""
    return tomllib.loads(path.read_text("utf-8"))


def _kind(fact: Fact) -> str:
    return str(type(fact).__struct_config__.tag)


def touches(found: Locator, wanted: Locator) -> bool:
    """Return whether two places overlap: spans of text by their code points, all else by being equal."""
    if found.members != wanted.members or len(found.places) != len(wanted.places):
        return found.members == wanted.members and _within(found.places, wanted.places)
    return all(map(_meet, found.places, wanted.places))


def _within(found: tuple[Place, ...], wanted: tuple[Place, ...]) -> bool:
    """A whole record holds every span of its text."""
    short, long = sorted((found, wanted), key=len)
    return len(short) == 1 and isinstance(short[0], Record) and short == long[:1]


def _meet(a: Place, b: Place) -> bool:
    if isinstance(a, Char) and isinstance(b, Char):
        return a.start < b.stop and b.start < a.stop
    return a == b


class Facts:
    """The facts of a run, by kind and by file."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._by_kind: dict[str, list[Fact]] = defaultdict(list)
        self._by_id: dict[str, Fact] = {}
        self._further: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for fact in facts:
            self._by_kind[_kind(fact)].append(fact)
            self._by_id[fact.fact_id] = fact
            if isinstance(fact, Support) and fact.exhibit and fact.loc:
                self._further[fact.of_fact].append((fact.exhibit, fact.loc))
        exhibits = [f for f in self._by_kind["exhibit"] if isinstance(f, Exhibit)]
        self.ids = {e.name: e.exhibit for e in exhibits if not e.parent}
        names = {e.exhibit: e.name for e in exhibits}
        self.ids |= {f"{names[e.parent]}!/{e.name.rsplit('!/', 1)[-1]}": e.exhibit for e in exhibits if e.parent}
        self._holders = {e.exhibit: e.holder for e in exhibits if e.holder}
        self._parsed: dict[str, Locator] = {}

    def of(self, kind: str) -> list[Fact]:
        """Return the facts of a kind."""
        return self._by_kind[kind]

    def get(self, fact_id: str) -> Fact:
        """Return one fact."""
        return self._by_id[fact_id]

    def _loc(self, text: str) -> Locator:
        if text not in self._parsed:
            self._parsed[text] = parse(text)
        return self._parsed[text]

    def stands(self, fact: Fact, exhibit: str, loc: str) -> bool:
        """Return whether a fact stands in an exhibit, and if ``loc`` is given, at that place."""
        if isinstance(fact, Role) and self._holders.get(exhibit) == fact.person:
            return True  # what case.toml says of the holder holds for each of his files
        for where, place in [(fact.exhibit, fact.loc), *self._further[fact.fact_id]]:
            if where == exhibit and (not loc or (place and touches(self._loc(place), self._loc(loc)))):
                return True
        return False


def _has(fact: Fact, where: dict[str, Any]) -> bool:
    for column, value in where.items():
        found = getattr(fact, column)
        if found not in value if isinstance(value, list) else found != value:
            return False
    return True


def matching(facts: Facts, entry: dict[str, Any]) -> list[Fact]:
    """Return the facts that meet an expectation; doubtful ones never do."""
    places = [(entry.get("exhibit", ""), entry.get("loc", ""))]
    places += [(p["exhibit"], p["loc"]) for p in entry.get("also", [])]
    out = []
    for fact in facts.of(entry["kind"]):
        if fact.doubtful or not _has(fact, entry["where"]):
            continue
        if any(not e or facts.stands(fact, facts.ids.get(e, e), loc) for e, loc in places):
            out.append(fact)
    return [f for f in out if _terms(facts, f, entry) and _between(f, entry)]


def _terms(facts: Facts, fact: Fact, entry: dict[str, Any]) -> bool:
    rows = [t for t in facts.of("promise_term") if t.promise == getattr(fact, "promise", None)]  # type: ignore[attr-defined]
    for term in entry.get("terms", []):
        found = [t for t in rows if _has(t, term)]
        if not found or ("says" in entry and not any(entry["says"] in t.value for t in found)):  # type: ignore[attr-defined]
            return False
    return True


def _between(fact: Fact, entry: dict[str, Any]) -> bool:
    return all(low <= getattr(fact, c) <= high for c, (low, high) in entry.get("between", {}).items())


def expectations(facts: Facts, truth: dict[str, Any]) -> Iterator[Answer]:
    """Yield an answer for each [[expect]] of this release."""
    for n, entry in enumerate(truth["expect"]):
        if entry.get("slice", "now") != "now":
            continue
        name = entry.get("id", str(n))
        told = f"{entry['kind']} {entry['where']} at {entry.get('exhibit', 'the case')} {entry.get('loc', '')} {entry.get('quote', '')!r}"
        found = matching(facts, entry)
        if entry.get("absent"):
            met = not found
            told += f": found {[f.fact_id for f in found]}, it must not be there"
        elif "count" in entry:
            met = len(found) == entry["count"]
            told += f": {len(found)} found, {entry['count']} expected"
        else:
            met = bool(found)
            told += f": none; there {seen(facts, entry)}"
        yield Answer(name, entry.get("row", ""), entry["kind"], met, "" if met else told)


def seen(facts: Facts, entry: dict[str, Any]) -> list[str]:
    """Return what stands at the place of an expectation instead, for the reader of a failure."""
    exhibit = facts.ids.get(entry.get("exhibit", ""), "")
    if not exhibit or not entry.get("loc"):
        return []
    there = [f for f in facts.of(entry["kind"]) if facts.stands(f, exhibit, entry["loc"])]
    return [f"{ ({c: getattr(f, c) for c in entry['where']}) }{' (doubtful)' if f.doubtful else ''}" for f in there[:6]]


def groups(facts: Facts, truth: dict[str, Any]) -> Iterator[Answer]:
    """Yield an answer for each [[group]]: who must have one sender, and who must not."""
    senders = [f for f in facts.of("sender") if isinstance(f, Sender)]
    for entry in truth.get("group", []):
        level = {s.communication: s.sender for s in senders if s.level == entry["level"]}

        def sender(place: dict[str, str], level: dict[str, str] = level) -> str | None:
            at = facts.ids.get(place["exhibit"], "")
            for fact in facts.of("communication"):
                if facts.stands(fact, at, place["loc"]) and fact.fact_id in level:
                    return level[fact.fact_id]
            return None

        inside = {p["record"]: sender(p) for p in entry["together"]}
        outside = {p["record"]: sender(p) for p in entry["apart"]}
        met = len(set(inside.values())) == 1 and None not in inside.values()
        met = met and not set(inside.values()) & (set(outside.values()) - {None})
        yield Answer(
            f"group {entry['level']} {'+'.join(inside)}",
            entry["row"],
            "sender",
            met,
            "" if met else f"{inside} apart {outside}",
        )


def tables(facts: Facts, truth: dict[str, Any]) -> Iterator[Answer]:
    """Yield an answer for each row of each [[table]], and one for rows too many."""
    for table in truth.get("table", []):
        exhibit = facts.ids.get(table["exhibit"], "")
        rows: Counter[tuple[Any, ...]] = Counter()
        for fact in facts.of(table["kind"]):
            if fact.exhibit == exhibit and not (isinstance(fact, Recipient) and fact.role != "recipient"):
                rows[tuple(getattr(fact, c) for c in table["columns"])] += 1
        for n, wanted in enumerate(table["rows"]):
            met = rows[tuple(wanted)] > 0
            near = [] if met else [r for r in rows if r[0] == wanted[0]]
            rows[tuple(wanted)] -= 1
            yield Answer(
                f"table row {n + 1}", table["row"], table["kind"], met, "" if met else f"{wanted}; there {near}"
            )
        more = [r for r, n in rows.items() if n > 0]
        yield Answer("table: no further rows", table["row"], table["kind"], not more, f"{more}" if more else "")


def verdicts(facts: Facts, entries: Iterable[VerdictEntry], truth: dict[str, Any]) -> Iterator[Answer]:
    """Yield an answer for each [[verdict]]; a subject is a file or a person's name."""
    people = {getattr(p, "name", ""): getattr(p, "person", "") for p in facts.of("person")}
    given = {(v.rule, v.subject): v for v in entries}
    for entry in truth.get("verdict", []):
        subject = facts.ids.get(entry["subject"], people.get(entry["subject"], entry["subject"]))
        right = entry["verdict"] if isinstance(entry["verdict"], list) else [entry["verdict"]]
        found = given.get((entry["rule"], subject))
        said = found.verdict if found is not None else "no verdict"
        why = f"{entry['rule']} on {entry['subject']}: {said}, expected {' or '.join(right)}"
        if found is not None:
            why += f"; {[(r.values, r.unknown) for r in found.rows[:3]]} {[(m.what, m.name, m.reason) for m in found.missing[:4]]}"
        met = said in right
        yield Answer(f"{entry['rule']} {entry['subject']}", "verdict", "verdict", met, "" if met else why)


def check(facts: Iterable[Fact], entries: Iterable[VerdictEntry], truth: dict[str, Any]) -> list[Answer]:
    """Return the answers to a whole truth."""
    held = Facts(facts)
    return [
        *expectations(held, truth), *groups(held, truth), *tables(held, truth), *verdicts(held, entries, truth),
    ]  # fmt: skip


def summary(answers: Iterable[Answer]) -> str:
    """Return one line a row: how many entries were met, of how many."""
    met: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    for answer in answers:
        all_[answer.row] += 1
        met[answer.row] += answer.met
    return "\n".join(f"{row:8} {met[row]:4} of {all_[row]:4}" for row in all_)
