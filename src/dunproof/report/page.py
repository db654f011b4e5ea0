"""What the page shows of a masked case: findings with their clauses, files, tables in two parts."""

from __future__ import annotations

from collections import Counter
from typing import Final

from dunproof.facts.casefile import (
    CaseFile,
    ClauseText,
    ExhibitEntry,
    Missing,
    Param,
    ProblemEntry,
    Row,
    VerdictEntry,
)
from dunproof.facts.problems import load as problems
from dunproof.report.apps import TABLES as APP_TABLES
from dunproof.report.apps import AppBuilder
from dunproof.report.appviews import AppView
from dunproof.report.catalogue import Catalogue
from dunproof.report.charts import bars, shares
from dunproof.report.evidence import EvidenceView, grouped, shared, views
from dunproof.report.sentences import Piece, clock, filled, language_of, place_text, plain, value_text
from dunproof.report.views import (
    ORDER,
    AnswerView,
    ClauseView,
    ExhibitView,
    MissingView,
    OpenView,
    Page,
    RowView,
    SummaryView,
    TableView,
    ThresholdView,
    TitleView,
    VerdictView,
)

EVIDENCE_OPEN: Final = 3
TABLE_OPEN: Final = 25
CONTENTS_OPEN: Final = 30
SUMMARY_TITLES: Final = 7
BRIEF: Final = 3
WIDE_CELL: Final = 18
"""Characters from which on the cells of a column may be broken."""
_SPEECH: Final = frozenset({"communication", "sighting", "act", "slot", "objection", "in_book", "number", "sender"})


class Builder:
    """Builds the views of one masked case in one language."""

    def __init__(self, case: CaseFile, words: Catalogue) -> None:
        self.case = case
        self.words = words
        self.names = {e.exhibit: e.name for e in case.exhibits} | {s.exhibit: s.name for s in case.statements}
        self.subjects = {s.subject: s for s in case.subjects}
        self.labels = Counter(s.label for s in case.subjects)
        self.first: dict[tuple[str, str], str] = {}
        self.seen: dict[tuple[str, str], set[str]] = {}

    def page(self) -> Page:
        """Return all views."""
        words = self.words
        verdicts: dict[str, list[VerdictView]] = {name: [] for name in ORDER}
        for i, v in enumerate(self.case.verdicts, 1):
            verdicts[v.verdict].append(self._verdict(i, v))
        titles = {name: _titles(vs) for name, vs in verdicts.items()}
        apps = AppBuilder(self.case, words).apps()
        return Page(
            case=self.case,
            roles_declared=any(e.holder_role for e in self.case.exhibits),
            titles=titles,
            unseen=_open(_answers(verdicts["unseen"], words)),
            kept=_answers(verdicts["kept"], words),
            summary=self._summary(verdicts, titles),
            verdicts=verdicts,
            exhibits=[self._exhibit(e) for e in self.case.exhibits],
            tables=[self._table(i, t) for i, t in enumerate(self._others(apps), 1)],
            apps=apps,
            read_in_full=sum(e.status == "read" for e in self.case.exhibits),
        )

    def _others(self, apps: list[AppView]) -> list[str]:
        """Return the tables that the part about apps does not show."""
        return [name for name in self.case.tables if name not in APP_TABLES or not apps]

    def _summary(self, verdicts: dict[str, list[VerdictView]], titles: dict[str, list[TitleView]]) -> SummaryView:
        words = self.words
        formats: dict[str, int] = {}
        for e in self.case.exhibits:
            name = words.word("format", e.format) if e.format else words("value.none")
            formats[name] = formats.get(name, 0) + 1
        days = sorted(d for e in self.case.exhibits for c in e.coverage for d in (c.first_day, c.last_day) if d)
        found = [*titles["breach"], *titles["departs"]]
        unread = [e.name for e in self.case.exhibits if e.status != "read"]
        asks: dict[str, int] = {}
        for v in (*verdicts["unseen"], *verdicts["needs-facts"]):
            for m in v.missing:
                asks[m.ask] = asks.get(m.ask, 0) + 1
        names = words("list.comma").join(unread[:BRIEF]) + ("…" if len(unread) > BRIEF else "")
        return SummaryView(
            examined=[words("summary.format", n=n, format=f) for f, n in sorted(formats.items(), key=lambda x: -x[1])],
            days=words("exhibit.days_range", first=days[0], last=days[-1]) if days else "",
            found=found[:SUMMARY_TITLES],
            more=max(0, len(found) - SUMMARY_TITLES),
            blind=[words("summary.unread", n=len(unread), names=names) if unread else words("summary.all_read")],
            asks=[a for a, _ in sorted(asks.items(), key=lambda x: (-x[1], x[0]))][:BRIEF],
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

    def _lines(self, clause: str, groups: list[list[Row]]) -> str:
        """Return the numbers of the lines that a clause touches; '' where it touches all."""
        numbers = [n for n, g in enumerate(groups, 1) if clause in g[0].clauses]
        if not numbers or len(numbers) == len(groups):
            return ""
        runs: list[list[int]] = []
        for n in numbers:
            if runs and n == runs[-1][1] + 1:
                runs[-1][1] = n
            else:
                runs.append([n, n])
        text = self.words("list.comma").join(str(a) if a == b else f"{a}–{b}" for a, b in runs)
        return self.words("clause.lines", lines=text)

    def _clause(self, c: ClauseText, groups: list[list[Row]]) -> ClauseView:
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
            lines=self._lines(c.id, groups),
        )

    def _row(self, group: list[Row], evidence: list[EvidenceView], v: VerdictEntry, apart: set[str]) -> RowView:
        rule, row = self.case.rules[v.rule], group[0]
        message, lang = self.words.choose(rule.message)
        limits = {p.name: self._limit(p) for p in rule.params}
        messages = [filled(message, lang, limits | r.values, self.words) for r in group]
        own = list(evidence[:1]) + [e for e in evidence[1:] if e.locator not in apart]
        return RowView(
            messages=list({plain(m): m for m in messages}.values()),
            count=len(group),
            sure=row.sure,
            day=row.day if row.day and not all(row.day in plain(m) for m in messages) else "",
            lender=row.lender if row.lender and not self._one_lender(v) else "",
            lender_type=self.words.word("word", row.lender_type) if row.lender_type else "",
            evidence=own[:EVIDENCE_OPEN],
            more=own[EVIDENCE_OPEN:],
        )

    def _one_lender(self, v: VerdictEntry) -> str:
        """Return the lender that all lines of a verdict are about, with its type; '' where they differ."""
        lenders = {(r.lender, r.lender_type) for r in v.rows}
        if len(lenders) != 1:
            return ""
        lender, kind = lenders.pop()
        return " · ".join([lender, *([self.words.word("word", kind)] if kind else [])]) if lender else ""

    def _rows(self, v: VerdictEntry) -> tuple[list[RowView], list[EvidenceView]]:
        """Return the lines of a verdict and the places that stand behind all of them."""
        groups = grouped(v.rows)
        places = [views([e for r in g for e in r.evidence], self.names, self.words) for g in groups]
        common = shared(places)
        apart = {e.locator for e in common}
        return [self._row(g, p, v, apart) for g, p in zip(groups, places, strict=True)], common

    def _limit(self, p: Param) -> str:
        """Return the value of a threshold in words, without its unit."""
        if _is_minute(p):
            return clock(int(p.value))
        return self.words("list.semicolon").join(value_text("", x, self.words) for x in p.value.split(", "))

    def _threshold(self, p: Param) -> ThresholdView:
        words = self.words
        value = self._limit(p)
        if not _is_minute(p):
            unit = words.word("unit_of", p.unit)
            if unit == p.unit:
                unit = words.word("param_unit", p.unit)
            known = f"unit_of.{p.unit}" in words.sentences or f"param_unit.{p.unit}" in words.sentences
            value += f" {unit}" if known else ""
        return ThresholdView(words.word("threshold", p.name), value, p.basis, p.note)

    def _missing(self, all_missing: list[Missing]) -> list[MissingView]:
        """Return each step once, with all that it would settle."""
        words = self.words
        steps: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
        for m in all_missing:
            ask, lang = words.choose(m.ask)
            named = steps.setdefault((ask or m.reason or words("missing.ask_none"), lang), {})
            if m.what in {"column", "coverage"}:
                kind = words.word("kind", m.name.partition(".")[0])
                named.setdefault(words(f"missing.{m.what}"), {}).setdefault(kind)
        return [
            MissingView(
                ask, lang,
                words("list.semicolon").join(
                    words("list.colon", a=what, b=words("list.enum").join(kinds)) for what, kinds in named.items()
                ),
            )
            for (ask, lang), named in steps.items()
        ]  # fmt: skip

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
        if s is not None and s.label and s.label != v.subject:
            told_apart = self.labels[s.label] > 1 and v.subject in self.names
            return s.label + self.words("list.paren", text=self.names[v.subject]) if told_apart else s.label
        if s is not None and s.subject_type == "person":
            held = [e.name for e in self.case.exhibits if f"holder-{e.exhibit[:8]}" == v.subject]
            return self.words("finding.holder_of", file=held[0]) if held else s.label
        if s is not None and s.label:
            return self._exhibit_name(s.label)
        if not v.subject:
            return self.words("finding.about_case")
        return self.words.word("kind", s.subject_type) if s is not None else v.subject

    def _verdict(self, n: int, v: VerdictEntry) -> VerdictView:
        rule = self.case.rules[v.rule]
        title, lang = self.words.choose(rule.title)
        rows, common = self._rows(v)
        first = self.first.setdefault((v.rule, v.verdict), f"v{n}")
        seen = self.seen.setdefault((v.rule, v.verdict), set())
        before = seen.copy()
        seen.update(v.clauses)
        known = [self.case.clauses[c] for c in v.clauses if c in self.case.clauses]
        groups = grouped(v.rows)
        return VerdictView(
            anchor=f"v{n}",
            verdict=v.verdict,
            rule=rule,
            title=title,
            lang=lang,
            subject=self._subject(v),
            tier=v.tier,
            judged=v.judged,
            lender=self._one_lender(v),
            rows=rows,
            rows_shown=len(v.rows),
            rows_total=max(v.rows_total, len(v.rows)),
            common=[e for e in common if not e.frame],
            frame=[e for e in common if e.frame],
            first="" if first == f"v{n}" else first,
            clauses=[self._clause(c, groups) for c in known if c.id not in before],
            lead=self._clause(known[0], groups) if known else None,
            seen=[self._clause(c, groups) for c in known if c.id in before],
            limits=self.words.choose(rule.limits)[0],
            explain=self.words.choose(rule.explain)[0],
            at_most=self.words.choose(rule.at_most)[0] if v.capped else "",
            rests=self._rests(v, known, rule.params) if v.verdict == "departs" else [],
            thresholds=[self._threshold(p) for p in rule.params],
            missing=self._missing(v.missing),
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
        unseen: dict[tuple[str, str], list[str]] = {}
        for c in e.coverage:
            kind = words.word("kind", c.looked_for)
            if c.status != "read":
                unseen.setdefault((c.status, self._reason(c.reason)), []).append(kind)
            elif c.count is None:
                coverage.append(words("exhibit.looked", kind=kind))
            else:
                coverage.append(words("exhibit.found", kind=kind, n=f"{c.count:,}"))
        for (status, reason), kinds in unseen.items():
            coverage.append(words(f"exhibit.{status}", kind=words("list.enum").join(kinds), reason=reason))
        return ExhibitView(
            entry=e,
            holder=holder,
            parent=self._exhibit_name(e.parent) if e.parent else "",
            days=words("exhibit.days_range", first=first, last=last) if first and last else "",
            coverage=coverage,
            problems=[self._problem(p) for p in e.problems],
        )

    def _reason(self, code: str) -> str:
        """Return why something was not read, in words; the reason as it stands where it is no code."""
        known = problems().get(code)
        if known is not None:
            return self.words.choose(known.text)[0].rstrip("。.")
        return self.words.word("reason", code) if code else self.words("exhibit.no_reason")

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


def _is_minute(p: Param) -> bool:
    return p.unit == "minute of the day" and p.value.isdecimal()


def _answers(verdicts: list[VerdictView], words: Catalogue) -> list[AnswerView]:
    """Return verdicts in groups: those of one rule that lack the same, in the order of the first."""
    out: dict[tuple[str, ...], list[VerdictView]] = {}
    for v in verdicts:
        out.setdefault((v.rule.id, *(m.ask for m in v.missing)), []).append(v)
    return [
        AnswerView(vs, words("list.semicolon").join(m.what for m in vs[0].missing if m.what)) for vs in out.values()
    ]


def _open(answers: list[AnswerView]) -> list[OpenView]:
    """Return answers by the steps that would settle them, in the order of the first."""
    out: dict[frozenset[str], OpenView] = {}
    for answer in answers:
        asks = answer.verdicts[0].missing
        out.setdefault(frozenset(m.ask for m in asks), OpenView(asks, [])).answers.append(answer)
    return list(out.values())


def _titles(verdicts: list[VerdictView]) -> list[TitleView]:
    """Return each rule once, in order, with its first verdict and their number."""
    out: dict[str, list[VerdictView]] = {}
    for v in verdicts:
        out.setdefault(v.rule.id, []).append(v)
    return [TitleView(vs[0].title, vs[0].anchor, vs[0].verdict, len(vs)) for vs in out.values()]


def _law_language(text: str) -> str:
    """Return the language of a clause's words: Han characters of both scripts are Simplified in a Mainland norm."""
    lang = language_of(text)
    return "zh-Hans" if lang == "zh" else lang or "en"
