"""The views of a page: what the templates and the terminal are given, in one language, masked."""

from __future__ import annotations

from typing import Final

import msgspec

from dunproof.facts.casefile import CaseFile, ExhibitEntry, RuleText
from dunproof.report.appviews import AppView
from dunproof.report.charts import Bars, Share
from dunproof.report.evidence import EvidenceView
from dunproof.report.sentences import Piece

ORDER: Final = ("breach", "departs", "needs-facts", "unseen", "kept", "not-applicable")
"""Verdicts in the order of the page."""


class RowView(msgspec.Struct, frozen=True):
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


class ClauseView(msgspec.Struct, frozen=True):
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


class MissingView(msgspec.Struct, frozen=True):
    """What would settle a question."""

    ask: str
    lang: str
    what: str
    """What is not determined or not fully read; '' where the sentence says all."""


class ThresholdView(msgspec.Struct, frozen=True):
    """A threshold of a rule, in words."""

    name: str
    value: str
    basis: str
    note: str


class VerdictView(msgspec.Struct, frozen=True):
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


class ExhibitView(msgspec.Struct, frozen=True):
    """One file and how far it was read."""

    entry: ExhibitEntry
    holder: str
    parent: str
    days: str
    coverage: list[str]
    problems: list[tuple[str, str, str, str]]
    """Detail, code, place, hint."""


class TableView(msgspec.Struct, frozen=True):
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


class TitleView(msgspec.Struct, frozen=True):
    """One rule in a list of titles: its first verdict's anchor and how many verdicts it gave."""

    title: str
    anchor: str
    verdict: str
    n: int


class SummaryView(msgspec.Struct, frozen=True):
    """The first screen: what was examined, what was found, what could not be seen."""

    examined: list[str]
    days: str
    found: list[TitleView]
    more: int
    blind: list[str]
    asks: list[str]
    """What would settle most of the open questions."""


class AnswerView(msgspec.Struct, frozen=True):
    """Verdicts by one rule that lack the same, in a list without evidence."""

    verdicts: list[VerdictView]
    what: str
    """What was not fully read; '' = nothing."""


class OpenView(msgspec.Struct, frozen=True):
    """Answers that the same steps would settle."""

    asks: list[MissingView]
    answers: list[AnswerView]


class Page(msgspec.Struct, frozen=True):
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
