"""The views of a page: what the templates and the terminal are given, in one language, masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dunproof.facts.casefile import CaseFile, ExhibitEntry, RuleText
from dunproof.report.appviews import AppView
from dunproof.report.charts import Bars, Share
from dunproof.report.evidence import EvidenceView
from dunproof.report.sentences import Piece

ORDER: Final = ("breach", "departs", "needs-facts", "unseen", "kept", "not-applicable")
"""Verdicts in the order of the page."""


@dataclass(frozen=True)
class RowView:
    """One line of a finding."""

    messages: list[list[Piece]]
    count: int
    """How many rows of the rule it stands for."""
    sure: bool
    day: str
    lender: str
    lender_type: str
    evidence: list[EvidenceView]
    more: list[EvidenceView]


@dataclass(frozen=True)
class ClauseView:
    """One clause as it may be printed."""

    title: list[Piece]
    force: str
    level: str
    weak: bool
    days: str
    words: str
    lang: str
    attribution: str
    caveat: str
    caveat_lang: str
    lines: str
    """Numbers of the lines it touches; '' = all."""


@dataclass(frozen=True)
class MissingView:
    """What would settle a question."""

    ask: str
    lang: str
    what: str
    """What is not determined or not fully read; '' where the sentence says all."""


@dataclass(frozen=True)
class ThresholdView:
    """A threshold of a rule, in words."""

    name: str
    value: str
    basis: str
    note: str


@dataclass(frozen=True)
class VerdictView:
    """One verdict with everything that is printed of it."""

    anchor: str
    verdict: str
    rule: RuleText
    title: str
    lang: str
    subject: str
    tier: str
    judged: int
    lender: str
    rows: list[RowView]
    rows_shown: int
    rows_total: int
    common: list[EvidenceView]
    """Places behind every line, shown once."""
    frame: list[EvidenceView]
    """Places that say which file or app this is."""
    first: str
    """Anchor of the first verdict of this kind by this rule on the page; '' = this one."""
    lead: ClauseView | None
    """The strongest clause."""
    seen: list[ClauseView]
    """Clauses whose words stand at an earlier verdict of this kind by this rule."""
    clauses: list[ClauseView]
    limits: str
    explain: str
    at_most: str
    rests: list[str]
    thresholds: list[ThresholdView]
    missing: list[MissingView]
    disputed: str
    not_in_force: str
    speech: bool


@dataclass(frozen=True)
class ExhibitView:
    """One file and how far it was read."""

    entry: ExhibitEntry
    holder: str
    parent: str
    days: str
    coverage: list[str]
    problems: list[tuple[str, str, str, str]]
    """Detail, code, place, hint."""


@dataclass(frozen=True)
class TableView:
    """A table in two parts, and its picture."""

    anchor: str
    title: str
    heads: list[str]
    kinds: list[str]
    """How a column is set: ``num``, ``short`` (not broken) or ``long``."""
    first: list[list[str]]
    rest: list[list[str]]
    truncated_at: int | None
    bars: Bars | None
    shares: list[Share]


@dataclass(frozen=True)
class TitleView:
    """One rule in a list of titles: its first verdict's anchor and how many verdicts it gave."""

    title: str
    anchor: str
    verdict: str
    n: int


@dataclass(frozen=True)
class SummaryView:
    """The first screen: what was examined, what was found, what could not be seen."""

    examined: list[str]
    days: str
    found: list[TitleView]
    more: int
    blind: list[str]
    asks: list[str]
    """What would settle most of the open questions."""


@dataclass(frozen=True)
class AnswerView:
    """Verdicts by one rule that lack the same, in a list without evidence."""

    verdicts: list[VerdictView]
    what: str
    """What was not fully read; '' = nothing."""


@dataclass(frozen=True)
class OpenView:
    """Answers that the same steps would settle."""

    asks: list[MissingView]
    answers: list[AnswerView]


@dataclass(frozen=True)
class Page:
    """The whole page in one language."""

    case: CaseFile
    verdicts: dict[str, list[VerdictView]]
    exhibits: list[ExhibitView]
    tables: list[TableView]
    """Tables that no other part of the page shows."""
    apps: list[AppView]
    read_in_full: int
    unseen: list[OpenView]
    kept: list[AnswerView]
    """Verdicts without evidence, those of one rule with the same gaps together."""
    roles_declared: bool
    """The role of a holder is declared for a file of its own."""
    titles: dict[str, list[TitleView]]
    summary: SummaryView

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Verdict names in the order of the page with how often each was given."""
        return [(name, len(self.verdicts[name])) for name in ORDER]
