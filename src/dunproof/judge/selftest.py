"""The self-test of a pack: every example comes out as written, and every mutant is noticed by an example."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from dunproof.judge.mutants import Mutant, mutants, well_formed
from dunproof.judge.rule import EXAMPLE_SETS, Rule
from dunproof.judge.verdict import Verdict, judge
from dunproof.judge.worlds import Example, World, examples

_ORDER = ("breach", "departs", "needs-facts", "unseen", "not-applicable", "kept")
_ALLOWED = {"broken": {"breach", "departs"}, **{n: {n} for n in EXAMPLE_SETS if n != "broken"}}
_REQUIRED = ("broken", "kept", "needs-facts")
_RENUMBERED = ("CN-CSL-2016", "CN-CSL-2025", "CN-PSAPL-2012", "CN-PSAPL-2025")
_TURN = "2026-01-01"


class RuleReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the self-test found in one rule."""

    rule: str
    examples: int
    wrong: list[str]
    """Examples that came out otherwise, and sets that lack one; each with file:line."""
    mutants: int
    survivors: list[str]
    """Mutants that no example noticed, with file:line."""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong and nothing survived."""
        return not self.wrong and not self.survivors


def check(rules: Iterable[Rule], progress: Callable[[str], None] | None = None) -> list[RuleReport]:
    """Return the self-test of rules, one report each."""
    out = []
    for rule in rules:
        out.append(check_rule(rule))
        if progress:
            progress(rule.id)
    return out


def check_rule(rule: Rule) -> RuleReport:
    """Return the self-test of one rule."""
    cases = examples(rule)
    wrong = _lacking(rule, cases)
    base: list[list[Any]] = []
    world = World(rule, extra=[k for e in cases for k in e.rows])
    try:
        for case in cases:
            verdicts = judge(world.put(case.rows), rule)
            base.append(_signature(verdicts))
            name = overall(verdicts)
            if name not in _ALLOWED[case.expected] or (case.verdict and name != case.verdict):
                wanted = case.verdict or case.expected
                wrong.append(
                    f"{rule.file}:{case.line}: example {case.expected}[{case.index}] gives {name}, not {wanted}"
                )
        total = 0
        survivors = []
        for mutant in mutants(rule):
            if not well_formed(mutant.rule):
                continue
            total += 1
            if not _noticed(mutant, cases, base, world):
                survivors.append(f"{rule.file}:{mutant.line}: no example notices: {mutant.what}")
    finally:
        world.close()
    return RuleReport(rule=rule.id, examples=len(cases), wrong=wrong, mutants=total, survivors=survivors)


def _noticed(mutant: Mutant, cases: list[Example], base: list[list[Any]], world: World) -> bool:
    return any(
        _signature(judge(world.put(case.rows), mutant.rule)) != was for case, was in zip(cases, base, strict=True)
    )


def overall(verdicts: list[Verdict]) -> str:
    """Return the strongest verdict of an example."""
    return min((v.verdict for v in verdicts), key=_ORDER.index, default="not-applicable")


def _signature(verdicts: list[Verdict]) -> list[Any]:
    """Return what a mutant must change: verdicts, and the rows with their witnesses and strength."""
    return [
        (v.subject, v.verdict, [(r.sure, r.day, [(w.kind, w.fact_id) for w in r.witnesses]) for r in v.rows])
        for v in verdicts
    ]


def _lacking(rule: Rule, cases: list[Example]) -> list[str]:
    have = {c.expected for c in cases}
    required = [name for name in _REQUIRED if name != "broken" or not rule.spec.question]
    if any("-" in sign for sign in rule.needs.values()):
        required.append("unseen")
    out = [f"{rule.file}:{rule.line('examples')}: no example of {name}" for name in required if name not in have]
    if any(c.startswith(_RENUMBERED) for c in rule.spec.clauses):
        found = "needs-facts" if rule.spec.question else "broken"
        days = {
            v
            for c in cases
            if c.expected == found
            for rows in c.rows.values()
            for row in rows
            for k, v in row.items()
            if k in ("local_day", "observed_day") and v
        }
        if not any(d < _TURN for d in days) or not any(d >= _TURN for d in days):
            out.append(
                f"{rule.file}:{rule.line('examples')}: cites an article renumbered on {_TURN}: "
                f"give an example of {found} on each side of it"
            )
    return out
