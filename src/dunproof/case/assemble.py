"""Verdicts and facts → case.json: every row with its evidence quoted from the exhibit, every gap with what to ask for.

Quotes are read again in the reading process, one pass an exhibit: what stands in case.json stands in the file. A place
that cannot be quoted keeps its locator and an empty quote, and is named in ``notes``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

import dunproof
from dunproof.case.asks import missing
from dunproof.case.config import Decisions, load_decisions
from dunproof.case.intake import Case
from dunproof.case.jobs import Job, Quoted, QuoteJob
from dunproof.case.limits import Limits
from dunproof.case.processes import Processes
from dunproof.case.reading import Reading, Taken, declaration_of
from dunproof.case.statements import Statements
from dunproof.case.workplace import Workplace
from dunproof.facts.casefile import (
    CaseFile,
    ClauseText,
    Evidence,
    ExhibitEntry,
    KindCoverage,
    PackInfo,
    Param,
    ProblemEntry,
    Row,
    RuleText,
    Run,
    Settings,
    StatementEntry,
    Subject,
    VerdictEntry,
)
from dunproof.facts.kinds import (
    TIERS,
    App,
    Coverage,
    Document,
    Exhibit,
    Fact,
    InBook,
    Person,
    Problem,
    Sighting,
    Support,
)
from dunproof.facts.locator import Locator
from dunproof.facts.locator import parse as parse_locator
from dunproof.judge.rule import Rule
from dunproof.judge.run import Judgement
from dunproof.judge.verdict import FoundRow, Verdict

PLACES: Final = 6
"""Places shown of one fact (ours); the rest stands in facts.jsonl."""
EVIDENCE: Final = 24
"""Places shown of one row (ours)."""
_FRAME: Final = frozenset({"app", "document", "exhibit", "covers", "party", "person", "role", "debt"})
"""Kinds that say whom a row is about, not what was found: their places come last."""
_WORDLESS: Final = frozenset(
    {"sdk", "shell", "signer", "endpoint", "component", "number", "in_book", "sender", "same_sender", "same_party"}
)
"""Kinds whose place is a class, a key or a name: it bears a finding out, but says nothing by itself."""
_PARTS: Final = frozenset({"promise_term", "recipient_item"})
"""Kinds that stand inside the words of another."""


def _rank(kind: str, found: frozenset[str]) -> tuple[int, bool]:
    """Return where a witness stands: the words that decide, then what bears them out, then whom they are about.

    ``found`` are the kinds that the rule's find query itself names; of two alike, they stand before what a subquery
    names.
    """
    weight = 3 if kind in _FRAME else 2 if kind in _WORDLESS else 1 if kind in _PARTS else 0
    return weight, kind not in found


class _Place(msgspec.Struct, frozen=True):
    """One place of one fact, before it is quoted."""

    fact: Fact
    part: str
    exhibit: str
    loc: str


class Assembler:
    """Makes the case file out of one run."""

    def __init__(
        self,
        *,
        reading: Reading,
        facts: Sequence[Fact],
        judgement: Judgement,
        settings: Settings,
        statements: Statements,
        case: Case,
        processes: Processes,
        place: Workplace,
        limits: Limits,
    ) -> None:
        self._reading = reading
        self._facts = facts
        self._judgement = judgement
        self._settings = settings
        self._case = case
        self._processes = processes
        self._place = place
        self._limits = limits
        self._taken = {t.exhibit: t for t in reading.exhibits}
        self._statements = {s.exhibit: s for s in statements.files}
        self._by_id = {f.fact_id: f for f in facts}
        self._support: dict[str, list[Support]] = defaultdict(list)
        self._about: dict[str, list[Fact]] = defaultdict(list)
        """Facts about the reading of an exhibit."""
        self._reasons: dict[tuple[str, str], str] = {}
        """Why a kind was not read in full, by (subject, kind)."""
        for fact in facts:
            if isinstance(fact, Support):
                self._support[fact.of_fact].append(fact)
            elif isinstance(fact, Exhibit | Coverage | Problem):
                self._about[fact.exhibit].append(fact)
            if isinstance(fact, Coverage) and fact.status != "read":
                self._reasons.setdefault((fact.subject, fact.looked_for), fact.reason)
        self._notes = list(reading.notes)

    def casefile(self, run: Run) -> CaseFile:
        """Return the whole case file."""
        verdicts = self._judgement.verdicts
        quotes = self._quotes(verdicts)
        decisions = load_decisions(self._case.folder) if self._case.folder is not None else Decisions()
        disputes = {d.finding: d.reason for d in decisions.dispute}
        entries = [self._verdict(v, quotes, disputes) for v in verdicts]
        ids = {e.id for e in entries}
        self._notes += [
            f"decisions.toml disputes {f!r}, which is no finding of this run" for f in disputes if f not in ids
        ]
        return CaseFile(
            dunproof=dunproof.__version__,
            run=run,
            settings=self._settings,
            register_as_of=self._register_as_of(),
            packs=[
                PackInfo(name=p.name, as_of=p.as_of, sha256=p.sha256, rules=len(p.rules)) for p in self._judgement.packs
            ],
            exhibits=[self._exhibit(t) for t in self._reading.exhibits],
            statements=[
                StatementEntry(exhibit=s.exhibit, name=s.name, sha256=s.sha256, size_bytes=s.size_bytes)
                for s in self._statements.values()
            ],
            subjects=self._subjects(verdicts),
            verdicts=entries,
            rules={r.id: _rule(r) for p in self._judgement.packs for r in p.rules},
            clauses=self._clauses(),
            tables=self._judgement.tables,
            bystanders=self._bystanders(),
            notes=self._notes,
        )

    def _register_as_of(self) -> str:
        """Return the day of the register; '' where no rule was asked."""
        if not self._judgement.packs:
            return ""
        from dunproof.law.register import load

        return load().as_of

    # --- exhibits --------------------------------------------------------------------------------------------------

    def _exhibit(self, taken: Taken) -> ExhibitEntry:
        decl = declaration_of(taken, self._case.config)
        fact = next((f for f in self._about[taken.exhibit] if isinstance(f, Exhibit)), None)
        return ExhibitEntry(
            exhibit=taken.exhibit,
            name=taken.item.name,
            sha256=taken.sha256,
            size_bytes=taken.size_bytes,
            format=taken.format,
            encoding=taken.encoding,
            parent=taken.item.parent,
            holder=decl.holder if decl is not None else "",
            holder_role=(decl.role if decl is not None else None) or "",
            observed_day=fact.observed_day if fact is not None else None,
            other_names=taken.other_names,
            status=taken.status,
            coverage=[
                KindCoverage(
                    looked_for=c.looked_for,
                    status=c.status,  # type: ignore[arg-type]  # the values of the column
                    reason=c.reason,
                    count=c.count,
                    first_day=c.first_day,
                    last_day=c.last_day,
                )
                for c in self._about[taken.exhibit]
                if isinstance(c, Coverage) and c.subject in {taken.exhibit, ""} and c.tier == "exact"
            ],
            problems=[_problem(p) for p in self._about[taken.exhibit] if isinstance(p, Problem)],
        )

    # --- evidence --------------------------------------------------------------------------------------------------

    def _places(self, row: FoundRow, rule: Rule) -> list[_Place]:
        """Return the places of a row: its witnesses and what supports them, each place once, what decides first."""
        out: dict[tuple[str, str, str], _Place] = {}
        found = frozenset(s.kind for s in rule.find.sources)
        for witness in sorted(row.witnesses, key=lambda w: _rank(w.kind, found)):
            fact = self._by_id.get(witness.fact_id)
            if fact is None:
                continue
            own = [_Place(fact, "", fact.exhibit, fact.loc)] if fact.exhibit else []
            rest = [_Place(fact, s.part, s.exhibit, s.loc) for s in self._support[fact.fact_id] if s.exhibit]
            for place in [*own, *rest][:PLACES]:
                out.setdefault((place.exhibit, place.loc, witness.kind), place)
        return list(out.values())[:EVIDENCE]

    def _quotes(self, verdicts: Iterable[Verdict]) -> dict[tuple[str, str], Quoted]:
        """Return the quote of every place that is shown, by (exhibit, locator); one job an exhibit."""
        wanted: dict[str, dict[str, None]] = defaultdict(dict)
        for verdict in verdicts:
            for row in verdict.rows:
                for place in self._places(row, verdict.rule):
                    wanted[place.exhibit][place.loc] = None
        jobs: list[tuple[Job, int]] = []
        asked: list[tuple[str, list[str]]] = []
        folders: list[Path] = []
        for exhibit, locs in wanted.items():
            taken = self._taken.get(exhibit) or self._statements.get(exhibit)
            if taken is None or not taken.sha256:
                continue
            folder = self._place.job_folder()
            job = QuoteJob(
                source=taken.source(),
                folder=str(folder),
                locators=list(locs),
                zone=self._settings.zone,
                seconds=self._limits.seconds_for(taken.size_bytes),
                memory_mib=self._limits.memory_mib,
            )
            jobs.append((job, 0))
            asked.append((exhibit, job.locators))
            folders.append(folder)
        out: dict[tuple[str, str], Quoted] = {}
        decoder = msgspec.json.Decoder(Quoted)
        for (exhibit, places), folder, answer in zip(asked, folders, self._processes.run(jobs), strict=True):
            if answer.end != "done":
                self._notes.append(
                    f"{exhibit}: its places could not be read again ({answer.end} {answer.detail})".rstrip()
                )
                continue
            lines = (folder / "quotes.jsonl").read_bytes().splitlines()
            for loc, line in zip(places, lines, strict=True):
                quoted = decoder.decode(line)
                out[exhibit, loc] = quoted
                if quoted.error:
                    self._notes.append(f"{exhibit} {loc}: {quoted.error}")
        return out

    # --- verdicts --------------------------------------------------------------------------------------------------

    def _verdict(
        self, verdict: Verdict, quotes: dict[tuple[str, str], Quoted], disputes: dict[str, str]
    ) -> VerdictEntry:
        rule = verdict.rule
        id_ = f"{rule.id}@{verdict.subject}"
        rows = [self._row(r, rule, quotes) for r in verdict.rows]
        clauses = list(dict.fromkeys(c for r in rows for c in r.clauses))
        return VerdictEntry(
            id=id_,
            rule=rule.id,
            subject=verdict.subject,
            verdict=verdict.verdict,
            tier=_weakest(r.tier for r in rows),
            judged=verdict.judged,
            rows_total=verdict.breach + verdict.departs + verdict.open + verdict.outside,
            rows=rows,
            missing=list(missing(verdict, self._reasons)),
            clauses=clauses,
            capped=verdict.capped,
            not_in_force=[c for c in rule.spec.clauses if c not in clauses] if verdict.outside else [],
            disputed=disputes.get(id_, ""),
        )

    def _row(self, row: FoundRow, rule: Rule, quotes: dict[tuple[str, str], Quoted]) -> Row:
        facts = [self._by_id[w.fact_id] for w in row.witnesses if w.fact_id in self._by_id]
        # Whoever hands an app out has no name but the app's, and the row says already which app it is.
        lender = row.lender if row.lender not in self._taken else None
        evidence = []
        for place in self._places(row, rule):
            quoted = quotes.get((place.exhibit, place.loc), Quoted())
            evidence.append(
                Evidence(
                    fact=place.fact.fact_id,
                    kind=str(type(place.fact).__struct_config__.tag),
                    part=place.part,
                    exhibit=place.exhibit,
                    loc=place.loc,
                    locator=_full(place.exhibit, place.loc),
                    tier=place.fact.tier,
                    quote=quoted.text,
                    before=quoted.before,
                    after=quoted.after,
                )
            )
        return Row(
            sure=row.sure,
            day=row.day,
            lender=lender,
            lender_type=row.lender_type if lender is not None else None,
            tier=_weakest(f.tier for f in facts),
            values=row.values,
            evidence=evidence,
            clauses=row.clauses,
            unknown=row.unknown,
        )

    def _subjects(self, verdicts: Iterable[Verdict]) -> list[Subject]:
        """Return every subject of a verdict once, with a name for people to read."""
        apps = {f.app: f for f in self._facts if isinstance(f, App)}
        documents = {f.document: f for f in self._facts if isinstance(f, Document)}
        people = {f.person: f for f in self._facts if isinstance(f, Person)}
        out: dict[tuple[str, str], Subject] = {}
        for verdict in verdicts:
            id_, sort = verdict.subject, verdict.rule.spec.per
            taken = self._taken.get(id_)
            label = taken.item.name if taken is not None else id_
            if sort == "app" and id_ in apps and apps[id_].package is not None:
                app = apps[id_]
                label = " ".join(x for x in (app.package, app.version_name) if x)
            elif sort == "document" and id_ in documents and documents[id_].title is not None:
                label = documents[id_].title or label
            elif sort == "person" and id_ in people and people[id_].name is not None:
                label = people[id_].name or label
            out.setdefault((sort, id_), Subject(subject=id_, subject_type=sort if id_ else "case", label=label))
        return list(out.values())

    def _clauses(self) -> dict[str, ClauseText]:
        """Return every clause that a rule of the packs names, as a report may print it."""
        ids = dict.fromkeys(c for p in self._judgement.packs for r in p.rules for c in r.spec.clauses)
        if not ids:
            return {}
        from dunproof.law.print_rules import printed
        from dunproof.law.register import load

        register = load()
        return {id_: printed(register, id_) for id_ in ids}

    def _bystanders(self) -> list[str]:
        """Return the names that stand in address books and beside records: people who handed nothing in."""
        holders = {f.name for f in self._facts if isinstance(f, Person)}
        names = {f.name_shown for f in self._facts if isinstance(f, InBook | Sighting) and f.name_shown}
        return sorted(names - {h for h in holders if h is not None})


def _problem(problem: Problem) -> ProblemEntry:
    detail, _, hint = problem.detail.partition(" → ")
    return ProblemEntry(code=problem.code, detail=detail, loc=problem.loc, hint=hint)


def _full(exhibit: str, loc: str) -> str:
    """Return the locator with its exhibit in front."""
    at: Locator = parse_locator(loc)
    return str(at.inside(exhibit))


def _weakest(tiers: Iterable[str]) -> str:
    """Return the weakest tier; '' where there is none."""
    ranks = [TIERS.index(t) for t in tiers if t]
    return TIERS[max(ranks)] if ranks else ""


def _rule(rule: Rule) -> RuleText:
    spec = rule.spec
    return RuleText(
        id=rule.id,
        pack=rule.pack,
        revision=spec.revision,
        status=spec.status,
        per=spec.per,
        title=spec.title,
        message=spec.message,
        limits=spec.limits,
        explain=spec.explain,
        clauses=spec.clauses,
        params=[
            Param(
                name=name,
                value=", ".join(map(str, p.value)) if isinstance(p.value, list) else str(p.value),
                unit=p.unit,
                basis=p.basis,
                note=p.note,
            )
            for name, p in spec.params.items()
        ],
        at_most=spec.at_most,
        needs=sorted(rule.needs),
    )
