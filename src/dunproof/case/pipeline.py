"""The four verbs in a row: read, link, judge, report. The only place where they meet.

    exhibits ──read──▶ facts ──link──▶ facts ──judge──▶ verdicts ──report──▶ case.json ──▶ report.html

Each step takes what the one before gave; between them stands plain data: facts.jsonl, facts.duckdb, case.json.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof import wire
from dunproof.case import config as configs
from dunproof.case.declared import declared_facts, handed_out, of_apps, unnamed_lender
from dunproof.case.intake import OUT_FOLDER, Case, take_in
from dunproof.case.options import DEFAULT_ZONE, Options, Progress
from dunproof.case.outcome import Outcome
from dunproof.case.output import CASE_JSON, FACTS_DUCKDB, FACTS_JSONL, REPORT_HTML, check, result_folder
from dunproof.case.processes import Processes
from dunproof.case.reading import Reader, Reading, check_declared
from dunproof.case.statements import Statements
from dunproof.case.workplace import Workplace
from dunproof.errors import UseError
from dunproof.facts import store
from dunproof.facts.casefile import CaseFile, Run, Settings, Table
from dunproof.facts.kinds import App, Fact, Mint

if TYPE_CHECKING:
    from dunproof.judge.pack import Pack
    from dunproof.judge.run import Judgement

DEFAULT_OUT: Final = "dunproof-out"
DEFAULT_LANG: Final = "zh-Hans"
SDK_LIST_CAP: Final = 1024 * 1024
"""Bytes of a list of SDKs (ours): it goes to the reading process with every app."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What read and link found: the exhibits and every fact, in a fixed order, and the files that speak of the case."""

    reading: Reading
    facts: list[Fact]
    statements: Statements


def investigate(
    paths: Sequence[str | Path], options: Options | None = None, progress: Progress | None = None
) -> Outcome:
    """Return the outcome of the four verbs over files, folders or one case folder; the results stand in ``out``.

    Errors: UseError for wrong paths, settings or result folder; PackError for a wrong rule pack. A file that cannot be
    read is no error: it is listed with the reason, and weakens what it could have shown.
    """
    options = options or Options()
    started, clock = datetime.now(UTC), time.perf_counter()
    case = take_in(paths)
    settings = settle(options, case)
    lang = options.lang or case.config.lang or DEFAULT_LANG
    out = options.out or (case.folder / OUT_FOLDER if case.folder else Path(DEFAULT_OUT))
    check(out, overwrite=options.overwrite)
    packs = load_packs(options.packs)
    with (
        Workplace(case.folder, keep=options.cache) as place,
        Processes(options.limits.workers) as processes,
        result_folder(out, overwrite=options.overwrite) as part,
    ):
        found = _facts(case, settings, options, place, processes, progress=progress)
        written = store.write(part / FACTS_JSONL, found.facts)
        judgement = judge(part / FACTS_DUCKDB, found.facts, packs, progress)
        from dunproof.case.assemble import Assembler

        assembler = Assembler(
            reading=found.reading, facts=found.facts, judgement=judgement, settings=settings,
            statements=found.statements, case=case, processes=processes, place=place, limits=options.limits,
        )  # fmt: skip
        run = Run(
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - clock, 3),
            command=list(options.command),
            python=platform.python_version(),
        )
        casefile = assembler.casefile(run)
        report(casefile, part, lang=lang, show_numbers=options.show_numbers, progress=progress)
    return Outcome(casefile=casefile, out=out, facts=written)


def read_facts(
    paths: Sequence[str | Path], options: Options | None = None, progress: Progress | None = None
) -> list[Fact]:
    """Return what read and link find in files, folders or one case folder, in a fixed order. Nothing is written."""
    options = options or Options()
    case = take_in(paths)
    settings = settle(options, case)
    with Workplace(case.folder, keep=options.cache) as place, Processes(options.limits.workers) as processes:
        return _facts(case, settings, options, place, processes, progress=progress).facts


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in files: their facts, and a case file without verdicts that a view for people is rendered from."""

    facts: list[Fact]
    casefile: CaseFile


def look(paths: Sequence[str | Path], options: Options | None = None, progress: Progress | None = None) -> Look:
    """Return what read and link find in files, with the tables about apps. Nothing is judged, nothing is written.

    Errors: as of ``investigate``.
    """
    options = options or Options()
    started, clock = datetime.now(UTC), time.perf_counter()
    case = take_in(paths)
    settings = settle(options, case)
    with Workplace(case.folder, keep=options.cache) as place, Processes(options.limits.workers) as processes:
        found = _facts(case, settings, options, place, processes, progress=progress)
        tables = _tables(found.facts) if any(isinstance(f, App) for f in found.facts) else {}
        from dunproof.case.assemble import Assembler
        from dunproof.judge.run import Judgement

        assembler = Assembler(
            reading=found.reading, facts=found.facts, judgement=Judgement(packs=[], verdicts=[], tables=tables),
            settings=settings, statements=found.statements, case=case, processes=processes, place=place,
            limits=options.limits,
        )  # fmt: skip
        run = Run(
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - clock, 3),
            command=list(options.command),
            python=platform.python_version(),
        )
        return Look(facts=found.facts, casefile=assembler.casefile(run))


def _tables(facts: list[Fact]) -> dict[str, Table]:
    """Return the tables of the views of every run."""
    from dunproof.judge.run import fill

    return fill(facts)


# --- the verbs ----------------------------------------------------------------------------------------------


def _facts(
    case: Case, settings: Settings, options: Options, place: Workplace, processes: Processes, *,
    progress: Progress | None,
) -> Facts:  # fmt: skip
    """Read and link."""
    from dunproof.link.covers import whole
    from dunproof.link.references import resolved

    mint = Mint("case")
    sdks = sdk_list(options, case)
    check_declared(case.config, [i.name for i in case.items], inside=False)
    rows = sdk_rows(sdks) if sdks is not None else ""
    reading = Reader(place, processes, options.limits, mint, progress, sdk_rows=rows).read(case.items)
    check_declared(case.config, [t.trail for t in reading.exhibits], inside=True)
    statements = Statements(case.folder, case.config, [sdks] if sdks is not None else [])
    declared = declared_facts(reading.exhibits, reading.facts, case.config, settings, mint, statements=statements)
    facts = resolved([*declared, *of_apps(reading.facts, reading.exhibits, case.config)])
    facts = whole([*facts, *link(facts, settings, progress)])
    facts += [*unnamed_lender(settings, mint), *handed_out(reading, case.config, settings, mint, statements)]
    return Facts(reading=reading, facts=facts, statements=statements)


def link(facts: list[Fact], settings: Settings, progress: Progress | None = None) -> list[Fact]:
    """link: what belongs together, over all facts."""
    from dunproof.link import LinkSettings
    from dunproof.link import link as links

    if progress is not None:
        progress("link", 0, 1, "")
    linked = list(
        links(
            store.by_kind(facts),
            LinkSettings(
                zone=settings.zone,
                zone_declared=settings.zone_declared,
                lender=settings.lender or None,
                lender_type=settings.lender_type,
                holder_role=settings.holder_role,
            ),
        )
    )
    if progress is not None:
        progress("link", 1, 1, "")
    return linked


def judge(database: Path, facts: list[Fact], packs: list[Pack], progress: Progress | None = None) -> Judgement:
    """judge: the rules of the packs over the facts and the law in force; leaves ``database`` behind."""
    from dunproof.judge.run import reference_facts, run

    store.build(database, chain(facts, reference_facts()))

    def step(done: int, total: int, rule: str) -> None:
        if progress is not None:
            progress("judge", done, total, rule)

    return run(database, packs, step)


def report(
    casefile: CaseFile, folder: Path, *, lang: str, show_numbers: bool, progress: Progress | None = None
) -> None:
    """report: case.json and, from it alone, report.html."""
    from dunproof.report.html import render

    if progress is not None:
        progress("report", 0, 1, REPORT_HTML)
    wire.write_whole(folder / CASE_JSON, wire.document(casefile))
    wire.write_whole(folder / REPORT_HTML, render(casefile, lang, show_numbers=show_numbers).encode())
    if progress is not None:
        progress("report", 1, 1, REPORT_HTML)


# --- what holds for the whole run ---------------------------------------------------------------------------


def load_packs(names: Sequence[str]) -> list[Pack]:
    """Return the rule packs by name or folder; a wrong one stops the run before anything is read."""
    from dunproof.judge import pack

    return pack.load_packs(names)


def sdk_list(options: Options, case: Case) -> Path | None:
    """Return the file of the case's own list of SDKs: the flag first, then case.toml; None if there is none."""
    if options.sdk_catalogue is not None:
        return options.sdk_catalogue
    name = case.config.sdk_catalogue
    return case.folder / name if case.folder is not None and name else None


def sdk_rows(path: Path) -> str:
    """Return the text of a list of SDKs. Raises UseError, before anything is read, where it cannot be used."""
    from dunproof.read.app.catalogue import further_sdks

    try:
        with path.open("rb") as file:
            data = file.read(SDK_LIST_CAP + 1)
        if len(data) > SDK_LIST_CAP:
            raise UseError(f"{path.name}: a list of SDKs has at most {SDK_LIST_CAP >> 20} MiB", hint="take rows out")
        text = data.decode("utf-8")
    except OSError as error:
        raise UseError(f"{path.name}: {error.strerror}", hint="the list of SDKs stands beside case.toml") from None
    except UnicodeDecodeError:
        raise UseError(f"{path.name}: the list of SDKs is no UTF-8", hint="save it as UTF-8") from None
    further_sdks(text)
    return text


def settle(options: Options, case: Case) -> Settings:
    """Return what holds for the whole case: the flags first, then case.toml, then the defaults."""
    zone = options.zone or case.config.zone
    as_of = options.as_of or case.config.as_of
    if zone is not None:
        configs.check_zone(zone)
    if as_of is not None:
        configs.check_day(as_of)
    return Settings(
        zone=zone or DEFAULT_ZONE,
        zone_declared=zone is not None,
        as_of=as_of,
        lender=options.lender or case.config.lender,
        lender_type=options.lender_type or case.config.lender_type,
        holder_role=options.holder_role or case.config.holder_role,
        store=options.store or case.config.store,
    )
