"""The structs of case.json: all that a report may know. ``dunproof-case/1``; its JSON Schema is generated from here.

Every text that is shown to people stands in three languages (``zh-Hans``, ``zh-Hant``, ``en``). Numbers and names are
whole here; renderers mask them. ``run`` is the only place that holds times of the run, so that the rest of the file is
the same bytes for the same exhibits, rules and version.
"""

from __future__ import annotations

from typing import Literal

import msgspec

FORMAT = "dunproof-case/1"
LANGUAGES = ("zh-Hans", "zh-Hant", "en")

Text3 = dict[str, str]
"""One text in three languages, keyed by BCP 47 tag."""

VerdictName = Literal["breach", "departs", "needs-facts", "unseen", "not-applicable", "kept"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the structs below."""


class Run(Part, frozen=True, kw_only=True):
    """When and with what the case was judged."""

    started: str
    seconds: float
    command: list[str]
    python: str


class Settings(Part, frozen=True, kw_only=True):
    """What the person declared for the whole case; '' and None mean that nothing was said."""

    zone: str
    zone_declared: bool
    as_of: str | None = None
    lender: str = ""
    lender_type: str | None = None
    holder_role: str | None = None
    store: str | None = None


class KindCoverage(Part, frozen=True, kw_only=True):
    """How far one kind of fact could be read in one exhibit."""

    looked_for: str
    status: Literal["read", "partly", "unread"]
    reason: str = ""
    count: int | None = None
    first_day: str | None = None
    last_day: str | None = None


class ProblemEntry(Part, frozen=True, kw_only=True):
    """Something that could not be read; ``code`` has a page in docs/problems.md."""

    code: str
    detail: str
    loc: str = ""
    hint: str = ""


class ExhibitEntry(Part, frozen=True, kw_only=True):
    """One file of the case."""

    exhibit: str
    name: str
    sha256: str
    size_bytes: int
    format: str
    encoding: str = ""
    parent: str = ""
    holder: str = ""
    holder_role: str = ""
    observed_day: str | None = None
    other_names: list[str] = []
    """Further names under which the same bytes were handed in."""
    status: Literal["read", "partly", "unread"]
    coverage: list[KindCoverage] = []
    problems: list[ProblemEntry] = []


class StatementEntry(Part, frozen=True, kw_only=True):
    """A file in which somebody says something about the case: case.toml, decisions.toml. It is no exhibit."""

    exhibit: str
    """Its id, as evidence from it gives it."""
    name: str
    sha256: str
    size_bytes: int


class Subject(Part, frozen=True, kw_only=True):
    """What a verdict is about: an app, a document, a person, a sender, or the case ('')."""

    subject: str
    subject_type: str
    label: str


class Evidence(Part, frozen=True, kw_only=True):
    """One place. ``quote`` is what stands there, re-read from the exhibit; before and after are its neighbours."""

    fact: str
    kind: str
    part: str
    exhibit: str
    loc: str
    locator: str
    tier: str
    quote: str
    before: str = ""
    after: str = ""


class Row(Part, frozen=True, kw_only=True):
    """One finding, or one row that may become one."""

    sure: bool
    day: str | None = None
    lender: str | None = None
    lender_type: str | None = None
    tier: str
    values: dict[str, str | int | bool | None]
    evidence: list[Evidence]
    clauses: list[str] = []
    """Ids of the rule's clauses in force on the day and for the lender, strongest first."""
    unknown: list[str] = []
    """``kind.column`` that would decide the row."""


class Missing(Part, frozen=True, kw_only=True):
    """What is missing for a verdict.

    An undetermined column, a kind not fully read, a day, a lender's type, the store of an app, a question of the rule.
    """

    what: Literal["column", "coverage", "day", "lender-type", "store", "question"]
    name: str
    reason: str = ""
    ask: Text3
    """How to get it, as a sentence for the person."""


class VerdictEntry(Part, frozen=True, kw_only=True):
    """One verdict: a rule and a subject. ``rows`` holds the first ones, ``rows_total`` counts all."""

    id: str
    rule: str
    subject: str
    verdict: VerdictName
    tier: str = ""
    judged: int = 0
    rows_total: int = 0
    rows: list[Row] = []
    missing: list[Missing] = []
    clauses: list[str] = []
    capped: bool = False
    """The rule's at_most held the verdict at ``departs``."""
    not_in_force: list[str] = []
    disputed: str = ""
    """Reason given in decisions.toml, '' if nobody disputed it."""


class Param(Part, frozen=True, kw_only=True):
    """A threshold of a rule and who set it."""

    name: str
    value: str
    unit: str
    basis: Literal["law", "standard", "ours"]
    note: str = ""


class RuleText(Part, frozen=True, kw_only=True):
    """What a report may print of a rule."""

    id: str
    pack: str
    revision: int
    status: str
    per: str
    title: Text3
    message: Text3
    limits: Text3
    explain: Text3
    clauses: list[str]
    params: list[Param] = []
    at_most: Text3 = {}
    needs: list[str] = []


class ClauseText(Part, frozen=True, kw_only=True):
    """A clause as a report may print it. ``words`` is '' where the words must not be printed (level A5)."""

    id: str
    norm: str
    norm_title: Text3
    article: str
    force: str
    level: str
    effective: str
    until: str | None
    words: str
    attribution: Text3
    """Empty for official words; 'as reported by …' for A3 and A4; 'part of the text seen' for A2."""
    caveat: str = ""


class Table(Part, frozen=True, kw_only=True):
    """A named view: a table or the data of a picture."""

    id: str
    title: Text3
    columns: list[str]
    column_titles: list[Text3]
    rows: list[list[str | int | bool | None]]
    truncated_at: int | None = None


class PackInfo(Part, frozen=True, kw_only=True):
    """A rule pack that was used."""

    name: str
    as_of: str
    sha256: str
    rules: int


class CaseFile(Part, frozen=True, kw_only=True):
    """The whole result of a case."""

    format: str = FORMAT
    dunproof: str
    run: Run
    settings: Settings
    register_as_of: str
    packs: list[PackInfo]
    exhibits: list[ExhibitEntry]
    statements: list[StatementEntry] = []
    subjects: list[Subject]
    verdicts: list[VerdictEntry]
    rules: dict[str, RuleText]
    clauses: dict[str, ClauseText]
    tables: dict[str, Table] = {}
    bystanders: list[str] = []
    """Names of people that renderers mask unless asked."""
    notes: list[str] = []
