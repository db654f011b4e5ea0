"""What the page shows of a masked case: findings with their clauses, files, tables in two parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dunproof.facts.casefile import (
    CaseFile,
    ClauseText,
    ExhibitEntry,
    Missing,
    Param,
    ProblemEntry,
    Row,
    RuleText,
    VerdictEntry,
)
from dunproof.facts.problems import load as problems
from dunproof.report.catalogue import Catalogue
from dunproof.report.charts import Bars, Share, bars, shares
from dunproof.report.sentences import Piece, filled, is_code, language_of, place_text, value_text

ORDER: Final = ("breach", "departs", "needs-facts", "unseen", "kept", "not-applicable")
EVIDENCE_OPEN: Final = 3
TABLE_OPEN: Final = 25
CONTENTS_OPEN: Final = 30
WIDE_CELL: Final = 18
"""Characters from which on the cells of a column may be broken."""
_SPEECH: Final = frozenset({"communication", "sighting", "act", "slot", "objection", "in_book", "number", "sender"})


@dataclass(frozen=True)
class EvidenceView:
    """One quoted place."""

    before: str
    quote: str
    after: str
    lang: str
    code: bool
    exhibit: str
    place: str
    locator: str
    tier: str
    part: str


@dataclass(frozen=True)
class RowView:
    """One line of a finding."""

    message: list[Piece]
    sure: bool
    day: str
    lender: str
    lender_type: str
    evidence: list[EvidenceView]
    more: list[EvidenceView]
    clauses: list[list[Piece]]


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


@dataclass(frozen=True)
class MissingView:
    """What would settle a question."""

    ask: str
    lang: str
    what: str


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
    rows: list[RowView]
    rows_total: int
    clauses: list[ClauseView]
    limits: str
    explain: str
    at_most: str
    rests: list[str]
    thresholds: list[Param]
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
class Page:
    """The whole page in one language."""

    case: CaseFile
    verdicts: dict[str, list[VerdictView]]
    exhibits: list[ExhibitView]
    tables: list[TableView]
    read_in_full: int

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Verdict names in the order of the page with how often each was given."""
        return [(name, len(self.verdicts[name])) for name in ORDER]


class Builder:
    """Builds the views of one masked case in one language."""

    def __init__(self, case: CaseFile, words: Catalogue) -> None:
        self.case = case
        self.words = words
        self.names = {e.exhibit: e.name for e in case.exhibits}
        self.subjects = {s.subject: s for s in case.subjects}

    def page(self) -> Page:
        """Return all views."""
        verdicts: dict[str, list[VerdictView]] = {name: [] for name in ORDER}
        for i, v in enumerate(self.case.verdicts, 1):
            verdicts[v.verdict].append(self._verdict(i, v))
        return Page(
            case=self.case,
            verdicts=verdicts,
            exhibits=[self._exhibit(e) for e in self.case.exhibits],
            tables=[self._table(i, t) for i, t in enumerate(self.case.tables, 1)],
            read_in_full=sum(e.status == "read" for e in self.case.exhibits),
        )

    def _exhibit_name(self, exhibit: str) -> str:
        return self.names.get(exhibit) or exhibit

    def _clause_title(self, clause: str) -> list[Piece]:
        c = self.case.clauses.get(clause)
        if c is None:
            return [Piece(self.words("clause.unknown", id=clause), value=False, lang=self.words.lang)]
        norm, lang = self.words.choose(c.norm_title)
        if not c.article:
            return [Piece(norm, value=True, lang=lang)]
        parts = (
            self.words.sentences["clause.article"].replace("{norm}", "\0n\0").replace("{article}", "\0a\0").split("\0")
        )
        known = {
            "n": Piece(norm, value=True, lang=lang),
            "a": Piece(c.article, value=True, lang=_law_language(c.article)),
        }
        return [known.get(p) or Piece(p, value=False, lang=self.words.lang) for p in parts if p]

    def clause_names(self, clauses: list[str]) -> str:
        """Return clauses by name in one line."""
        return self.words("list.comma").join("".join(p.text for p in self._clause_title(c)) for c in clauses)

    def _clause(self, c: ClauseText) -> ClauseView:
        until = {"last": c.until} if c.until else {}
        return ClauseView(
            title=self._clause_title(c.id),
            force=self.words.word("force", c.force),
            level=self.words.word("level", c.level),
            weak=c.level not in {"A1", "A2"},
            days=self.words("clause.in_force_until" if until else "clause.in_force", first=c.effective, **until),
            words="" if c.level == "A5" else c.words,
            lang=_law_language(c.words),
            attribution=self.words.choose(c.attribution)[0],
            caveat=c.caveat,
            caveat_lang=language_of(c.caveat) or "en",
        )

    def _evidence(self, row: Row) -> list[EvidenceView]:
        out = []
        for e in row.evidence:
            place = place_text(e.locator or e.loc, self.words)
            code = is_code(e.locator or e.loc)
            out.append(
                EvidenceView(
                    before=e.before,
                    quote=e.quote,
                    after=e.after,
                    lang="" if code else language_of(e.before + e.quote + e.after),
                    code=code,
                    exhibit=self._exhibit_name(e.exhibit),
                    place=place or self.words("place.whole"),
                    locator=e.locator or e.loc,
                    tier=self.words.word("tier", e.tier),
                    part=self.words.word("part", e.part) if e.part not in {"", "witness", "find"} else "",
                )
            )
        return out

    def _row(self, row: Row, message: str, lang: str, common: list[str]) -> RowView:
        evidence = self._evidence(row)
        return RowView(
            message=filled(message, lang, row.values, self.words),
            sure=row.sure,
            day=row.day or "",
            lender=row.lender or "",
            lender_type=self.words.word("word", row.lender_type) if row.lender_type else "",
            evidence=evidence[:EVIDENCE_OPEN],
            more=evidence[EVIDENCE_OPEN:],
            clauses=[self._clause_title(c) for c in row.clauses] if row.clauses and row.clauses != common else [],
        )

    def _missing(self, m: Missing) -> MissingView:
        ask, lang = self.words.choose(m.ask)
        what = self.words(f"missing.{m.what}")
        name = self.words.word("kind", m.name.partition(".")[0]) if m.what in {"column", "coverage"} else ""
        return MissingView(
            ask=ask or m.reason or self.words("missing.ask_none"),
            lang=lang,
            what=self.words("list.colon", a=what, b=name) if name else what,
        )

    def _rests(self, v: VerdictEntry, clauses: list[ClauseText], params: list[Param]) -> list[str]:
        """Return what carries a finding that no verified law carries, as the case tells it."""
        kinds = {
            "held_back": v.capped and any(c.force in "LRMJ" and c.level in {"A1", "A2"} for c in clauses),
            "standard": any(c.force == "S" for c in clauses),
            "association": any(c.force == "A" for c in clauses),
            "reported": any(c.level in {"A3", "A4"} for c in clauses),
            "ours": any(p.basis == "ours" for p in params),
        }
        return [self.words(f"rests.{kind}") for kind, holds in kinds.items() if holds]

    def _subject(self, v: VerdictEntry) -> str:
        s = self.subjects.get(v.subject)
        if s is not None and s.label:
            return s.label
        if not v.subject:
            return self.words("finding.about_case")
        return self.words.word("kind", s.subject_type) if s is not None else v.subject

    def _verdict(self, n: int, v: VerdictEntry) -> VerdictView:
        rule = self.case.rules[v.rule]
        title, lang = self.words.choose(rule.title)
        message, message_lang = self.words.choose(rule.message)
        rows = [self._row(r, message, message_lang, v.clauses) for r in v.rows]
        known = [self.case.clauses[c] for c in v.clauses if c in self.case.clauses]
        return VerdictView(
            anchor=f"v{n}",
            verdict=v.verdict,
            rule=rule,
            title=title,
            lang=lang,
            subject=self._subject(v),
            tier=v.tier,
            judged=v.judged,
            rows=rows,
            rows_total=max(v.rows_total, len(rows)),
            clauses=[self._clause(c) for c in known],
            limits=self.words.choose(rule.limits)[0],
            explain=self.words.choose(rule.explain)[0],
            at_most=self.words.choose(rule.at_most)[0] if v.capped else "",
            rests=self._rests(v, known, rule.params) if v.verdict == "departs" else [],
            thresholds=rule.params,
            missing=[self._missing(m) for m in v.missing],
            disputed=v.disputed,
            not_in_force=self.clause_names(v.not_in_force),
            speech=bool(_SPEECH.intersection(rule.needs)),
        )

    def _exhibit(self, e: ExhibitEntry) -> ExhibitView:
        words = self.words
        role = words.word("word", e.holder_role) if e.holder_role else ""
        if e.holder and role:
            holder = words("exhibit.holder_role", holder=e.holder, role=role)
        elif role:
            holder = words("exhibit.role_only", role=role)
        else:
            holder = e.holder or words("exhibit.nobody")
        first = min((c.first_day for c in e.coverage if c.first_day), default="")
        last = max((c.last_day for c in e.coverage if c.last_day), default="")
        coverage = []
        for c in e.coverage:
            kind = words.word("kind", c.looked_for)
            if c.status != "read":
                coverage.append(words(f"exhibit.{c.status}", kind=kind, reason=c.reason or words("exhibit.no_reason")))
            elif c.count is None:
                coverage.append(words("exhibit.looked", kind=kind))
            else:
                coverage.append(words("exhibit.found", kind=kind, n=f"{c.count:,}"))
        return ExhibitView(
            entry=e,
            holder=holder,
            parent=self._exhibit_name(e.parent) if e.parent else "",
            days=words("exhibit.days_range", first=first, last=last) if first and last else "",
            coverage=coverage,
            problems=[self._problem(p) for p in e.problems],
        )

    def _problem(self, p: ProblemEntry) -> tuple[str, str, str, str]:
        """Return what is wrong, its code, the place and the next step, in the language of the page.

        The reader's own words are English and more exact: they stand alone on an English page and last on another.
        """
        known = problems().get(p.code)
        text = self.words.choose(known.text)[0] if known is not None else ""
        hint = self.words.choose(known.hint)[0] if known is not None else ""
        place = place_text(p.loc, self.words) or p.loc
        if self.words.lang == "en":
            return p.detail or text, p.code, place, p.hint or hint
        exact = self.words("list.paren", text=p.detail) if p.detail and text else p.detail
        return text + exact, p.code, place, hint or p.hint

    def _table(self, n: int, table_id: str) -> TableView:
        table = self.case.tables[table_id]
        columns = table.columns
        rows = [[value_text(c, v, self.words) for c, v in zip(columns, row, strict=False)] for row in table.rows]
        numeric = [
            any(isinstance(r[i], int) for r in table.rows if i < len(r))
            and all(r[i] is None or (isinstance(r[i], int) and not isinstance(r[i], bool)) for r in table.rows)
            for i in range(len(columns))
        ]
        longest = [max((len(r[i]) for r in rows if i < len(r)), default=0) for i in range(len(columns))]
        kinds = [
            "num short" if is_number else "long" if length > WIDE_CELL else "short"
            for is_number, length in zip(numeric, longest, strict=True)
        ]
        heads = [
            self.words.choose(t)[0] or c
            for c, t in zip(columns, [*table.column_titles, *({} for _ in columns)], strict=False)
        ]
        return TableView(
            anchor=f"t{n}",
            title=self.words.choose(table.title)[0] or table_id,
            heads=heads,
            kinds=kinds,
            first=rows[:TABLE_OPEN],
            rest=rows[TABLE_OPEN:],
            truncated_at=table.truncated_at,
            bars=bars(table, self.words) if table_id == "contacts_per_day" else None,
            shares=shares(table, self.words) if table_id == "recipients_by_category" else [],
        )


def _law_language(text: str) -> str:
    """Return the language of a clause's words: Han characters of both scripts are Simplified in a Mainland norm."""
    lang = language_of(text)
    return "zh-Hans" if lang == "zh" else lang or "en"
