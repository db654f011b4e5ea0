"""read: every exhibit once, each in the reading process, the files found inside included, until the queue is empty.

The queue is worked off in rounds: what was handed in, then what was found inside that, and so on. Results are taken in
the order of the queue, whatever process was faster, so that the same files give the same facts in the same order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

import msgspec

from dunproof.case.config import CaseConfig, ExhibitDecl
from dunproof.case.intake import Item, digest, refused_id
from dunproof.case.jobs import Answer, Job, ReadJob
from dunproof.case.limits import MIB, Limits
from dunproof.case.options import Progress
from dunproof.case.processes import Processes
from dunproof.case.readers import ReaderEntry, may_hold, reader_of, says_what_it_is
from dunproof.case.tomlfile import nearest
from dunproof.case.workplace import Gained, Workplace
from dunproof.errors import UseError
from dunproof.facts.kinds import Coverage, Fact, Mint, Problem, Support
from dunproof.facts.locator import Char, Locator
from dunproof.facts.problems import load
from dunproof.read.sniff import sniff
from dunproof.read.source import Source

_PROBLEMS: Final = 200
"""Problems of one exhibit that are listed (ours); the rest is counted by code."""
_ARCHIVES: Final = frozenset({"zip"})
_TRAFFIC: Final = {
    "pcap": "traffic-not-har", "mitmproxy": "traffic-mitmproxy", "fiddler": "traffic-fiddler",
    "charles": "traffic-charles", "burp": "traffic-burp", "proxyman": "traffic-proxyman",
    "httpcanary": "traffic-httpcanary", "requests": "traffic-requests",
}  # fmt: skip
_UNREAD: Final = {
    "crash": ("reader-crashed", "the reading process died"),
    "timeout": ("reader-timeout", "reading took too long"),
    "memory": ("reader-memory", "reading needed more memory than allowed"),
    "bound": ("reader-output-bound", "the file gives more than one file may"),
    "import": ("reader-missing", "the reader could not start"),
    "error": ("reader-failed", "the reader met something that it does not know"),
}


class Taken(msgspec.Struct, kw_only=True):
    """An exhibit that was taken in, under all its names."""

    exhibit: str
    sha256: str
    size_bytes: int
    item: Item
    format: str
    encoding: str
    other_names: list[str] = []
    status: Literal["read", "partly", "unread"] = "unread"

    def source(self) -> Source:
        """Return it as a reader or quote gets it."""
        return Source(
            exhibit=self.exhibit,
            name=self.item.name,
            format=self.format,
            encoding=self.encoding,
            path=self.item.path.resolve(),
            size_bytes=self.size_bytes,
        )

    @property
    def trail(self) -> str:
        """Its name with the names of the files around it: ``bundle.zip!/a.html``."""
        return "!/".join(self.item.trail)


_APP_NAME: Final = re.compile(r"\.(?:apk|apks|apkm|xapk|aab)\Z", re.IGNORECASE)
_MAY_BE_APP: Final = frozenset({"apk", "apks", "aab", "zip", "dex", "empty"})
_IN_TEXT: Final = re.compile(r"(.+)#char=(\d{1,10}),(\d{1,10})\Z", re.DOTALL)


def inside(name: str) -> Locator:
    """Return the place that a reader named when it gave back a file from inside another; its path may be of several."""
    found = _IN_TEXT.match(name)
    if found is None:
        return Locator(members=(name,))
    return Locator(members=tuple(found[1].split("!/")), places=(Char(int(found[2]), int(found[3])),))


class Reading(msgspec.Struct, kw_only=True):
    """What reading gave: the exhibits in order and the facts of all of them, coverage and problems included."""

    exhibits: list[Taken]
    facts: list[Fact]
    notes: list[str]


class Reader:
    """Works off the intake queue."""

    def __init__(
        self,
        place: Workplace,
        processes: Processes,
        limits: Limits,
        mint: Mint,
        progress: Progress | None,
        *,
        sdk_rows: str = "",
    ) -> None:
        self._place = place
        self._processes = processes
        self._limits = limits
        self._mint = mint
        self._progress = progress
        self._sdk_rows = sdk_rows
        self._known: dict[str, Taken] = {}
        self._facts: list[Fact] = []
        self._notes: list[str] = []
        self._inside_bytes = 0
        self._done = 0

    def read(self, items: Iterable[Item]) -> Reading:
        """Return what the items and everything found inside them gave."""
        queue = list(items)
        while queue:
            fresh = self._take_in(queue)
            queue = self._round(fresh)
        return Reading(exhibits=list(self._known.values()), facts=self._facts, notes=self._notes)

    # --- taking in -------------------------------------------------------------------------------------------------

    def _take_in(self, queue: list[Item]) -> list[Taken]:
        """Return the items that were not seen before; the same bytes under another name only add the name."""
        fresh: list[Taken] = []
        for item in queue:
            if item.refused:
                self._refuse(item, item.refused, item.detail)
                continue
            if len(self._known) >= self._limits.exhibits:
                self._notes.append(f"more than {self._limits.exhibits} files: the rest was not taken in")
                break
            try:
                sha256, size = digest(item.path)
                found = sniff(item.path, item.name)
            except OSError as error:
                self._refuse(item, "file-not-readable", error.strerror or "it cannot be opened")
                continue
            exhibit = sha256[:16]
            if exhibit in self._known:
                self._known[exhibit].other_names.append(item.name)
                continue
            taken = Taken(
                exhibit=exhibit, sha256=sha256, size_bytes=size, item=item, format=found.format, encoding=found.encoding
            )
            self._known[exhibit] = taken
            fresh.append(taken)
            if found.note and _APP_NAME.search(item.name) and found.format not in _MAY_BE_APP:
                self._problem(taken, "not-an-app", found.note)
                self._cover(taken, ("app",), "unread", "not-an-app")
            elif found.note:
                self._problem(taken, "name-misleads", found.note)
            if item.parent:
                self._facts.append(
                    Support(
                        fact_id=self._mint(),
                        exhibit=item.parent,
                        loc=str(inside(item.trail[-1])) if item.trail[-1] else "",
                        tier="exact",
                        of_fact=exhibit_fact_id(exhibit),
                        part="path",
                    )
                )
        return fresh

    def _refuse(self, item: Item, code: str, detail: str) -> None:
        exhibit = refused_id("!/".join(item.trail))
        taken = Taken(exhibit=exhibit, sha256="", size_bytes=0, item=item, format="", encoding="")
        self._known[exhibit] = taken
        self._problem(taken, code, detail)
        self._cover(taken, may_hold(""), "unread", code, subject="")

    # --- one round -------------------------------------------------------------------------------------------------

    def _round(self, fresh: list[Taken]) -> list[Item]:
        """Read the exhibits of one round and return what was found inside them."""
        waiting: list[tuple[Taken, str, Path]] = []
        jobs: list[tuple[Job, int]] = []
        gained: dict[str, Gained] = {}
        for taken in fresh:
            entry = reader_of(taken.format)
            if entry is None or (taken.format in _ARCHIVES and taken.item.depth >= self._limits.depth):
                continue
            lists = (self._sdk_rows,) if self._sdk_rows and entry.looks_for_sdks else ()
            key = self._place.key(taken.sha256, taken.format, taken.encoding, taken.item.name, entry.module, *lists)
            found = self._place.cached(key)
            if found is not None:
                gained[taken.exhibit] = found
                continue
            folder = self._place.job_folder()
            waiting.append((taken, key, folder))
            jobs.append((self._job(taken, entry, folder), taken.size_bytes))
        self._report(len(gained), "")

        def done(n: int) -> None:
            self._report(n, waiting[min(n, len(waiting) - 1)][0].item.name)

        for (taken, key, folder), answer in zip(waiting, self._processes.run(jobs, done), strict=True):
            gained[taken.exhibit] = self._gain(key, folder, answer)
        self._done += len(fresh)
        queue: list[Item] = []
        for taken in fresh:
            if taken.exhibit in gained:
                queue += self._settle(taken, gained[taken.exhibit])
            else:
                self._unreadable(taken)
        return queue

    def _report(self, done: int, name: str) -> None:
        if self._progress is not None:
            self._progress("read", self._done + done, len(self._known), name)

    def _job(self, taken: Taken, entry: ReaderEntry, folder: Path) -> ReadJob:
        limits = self._limits
        source = taken.source()
        if entry.looks_for_sdks:
            source = msgspec.structs.replace(source, sdk_rows=self._sdk_rows)
        return ReadJob(
            module=entry.module,
            source=source,
            folder=str(folder),
            seconds=limits.seconds_for(taken.size_bytes),
            memory_mib=limits.memory_mib,
            max_facts=limits.facts,
            max_members=limits.members,
            max_member_bytes=limits.member_mib * MIB,
        )

    def _gain(self, key: str, folder: Path, answer: Answer) -> Gained:
        try:
            return self._place.gain(key, folder, answer)
        except (msgspec.MsgspecError, OSError, IndexError) as error:
            broken = Answer(end="error", detail=f"its facts cannot be read back: {type(error).__name__}")
            return Gained(answer=broken, looks_for=None, facts=[], members=[])

    def _unreadable(self, taken: Taken) -> None:
        """Name the gap of an exhibit that nothing reads."""
        if taken.format == "empty":
            code, detail = "empty-file", "the file has no content"
        elif taken.format in _ARCHIVES:
            code, detail = "nested-too-deep", f"files inside files are followed {self._limits.depth} deep"
        elif taken.format in _TRAFFIC:
            code = _TRAFFIC[taken.format]
            detail = (
                "a capture of packets is not read; its words are mostly encrypted" if taken.format == "pcap"
                else "a recording in the own format of the program that made it; HAR is read"
            )  # fmt: skip
        elif taken.format:
            code, detail = "format-not-supported", f"{taken.format} is not read yet"
        else:
            code, detail = "format-unknown", "the content is of no known format"
        self._problem(taken, code, detail)
        subject = taken.exhibit if says_what_it_is(taken.format) and taken.format not in _ARCHIVES else ""
        self._cover(taken, may_hold(taken.format if taken.format != "empty" else ""), "unread", code, subject=subject)

    # --- taking the result -----------------------------------------------------------------------------------------

    def _settle(self, taken: Taken, gained: Gained) -> list[Item]:
        """Take the facts of one exhibit, write its coverage and problems, and return the files found inside."""
        answer = gained.answer
        entry = reader_of(taken.format)
        kinds = gained.looks_for if gained.looks_for is not None else (entry.looks_for if entry else ())
        counts = Counter(str(type(f).__struct_config__.tag) for f in gained.facts)
        counts["exhibit"] = len(gained.members)
        own = {f.looked_for: f for f in gained.facts if isinstance(f, Coverage)}
        reason = ""
        facts = gained.facts
        if answer.end != "done":
            reason = self._failure(taken, answer)
            facts = [f for f in facts if not (isinstance(f, Coverage) and f.status == "read")]
            own = {k: f for k, f in own.items() if f.status != "read"}
        self._facts += self._few_problems(taken, facts)
        for kind in kinds:
            if kind in own:
                continue
            status = "read" if not reason else ("partly" if counts[kind] else "unread")
            self._cover(taken, (kind,), status, reason, counts[kind])
        if reason and taken.format in _ARCHIVES:  # nobody knows what it held
            self._cover(taken, may_hold(""), "partly" if gained.members else "unread", reason, subject="")
        states = {c.status for c in own.values()}
        if reason:
            states |= {"partly" if counts[k] else "unread" for k in kinds if k not in own}
        elif not own or any(k not in own for k in kinds):
            states.add("read")
        taken.status = "read" if states == {"read"} else ("unread" if states == {"unread"} else "partly")
        return self._inside(taken, gained)

    def _few_problems(self, taken: Taken, facts: list[Fact]) -> list[Fact]:
        """Return the facts with as many problems as a person can read; how many more there were, and of which kinds."""
        found = [f for f in facts if isinstance(f, Problem)]
        if len(found) <= _PROBLEMS:
            return facts
        shown: Counter[str] = Counter()
        kept: set[str] = set()
        for each in (1, _PROBLEMS):  # one of each code first
            for f in found:
                if len(kept) < _PROBLEMS and shown[f.code] < each and f.fact_id not in kept:
                    shown[f.code] += 1
                    kept.add(f.fact_id)
        more = Counter(f.code for f in found if f.fact_id not in kept)
        self._problem(
            taken,
            "too-many-problems",
            "not listed: " + ", ".join(f"{code} {n} times" for code, n in more.most_common(20)),
        )
        return [f for f in facts if not isinstance(f, Problem) or f.fact_id in kept]

    def _failure(self, taken: Taken, answer: Answer) -> str:
        """Write the problem of an exhibit that was not read to its end; return its code."""
        if answer.end == "exhibit-error":
            code, detail, hint = answer.code, answer.detail, answer.hint
        else:
            code, what = _UNREAD[answer.end]
            detail = f"{what}: {answer.detail}" if answer.detail else what
            hint = load()[code].hint["en"]
        self._problem(taken, code, f"{detail} → {hint}" if hint else detail, answer.loc)
        return code

    def _inside(self, taken: Taken, gained: Gained) -> list[Item]:
        out: list[Item] = []
        for name, path in gained.members:
            self._inside_bytes += path.stat().st_size
            if self._inside_bytes > self._limits.total_mib * MIB:
                self._problem(
                    taken, "archives-too-large", f"more than {self._limits.total_mib} MiB came out of archives"
                )
                self._cover(taken, may_hold(""), "partly", "archives-too-large", subject="")
                taken.status = "partly"
                break
            out.append(
                Item(
                    path=path,
                    name=name,
                    parent=taken.exhibit,
                    trail=(*taken.item.trail, name),
                    depth=taken.item.depth + 1,
                )
            )
        return out

    # --- writing facts ---------------------------------------------------------------------------------------------

    def _problem(self, taken: Taken, code: str, detail: str, loc: str = "") -> None:
        self._facts.append(
            Problem(fact_id=self._mint(), exhibit=taken.exhibit, loc=loc, tier="exact", code=code, detail=detail)
        )

    def _cover(
        self,
        taken: Taken,
        kinds: tuple[str, ...],
        status: str,
        reason: str,
        count: int | None = None,
        *,
        subject: str | None = None,
    ) -> None:
        for kind in kinds:
            self._facts.append(
                Coverage(
                    fact_id=self._mint(),
                    exhibit=taken.exhibit,
                    loc="",
                    tier="exact",
                    looked_for=kind,
                    subject=taken.exhibit if subject is None else subject,
                    status=status,
                    reason=reason,
                    count=count,
                )
            )


_SEPARATOR: Final = re.compile(r"[\\/]+")


def declaration_of(taken: Taken, config: CaseConfig) -> ExhibitDecl | None:
    """Return the [[exhibit]] entry that speaks of an exhibit: of itself, of what it lies in, the nearest first."""
    best: tuple[int, ExhibitDecl] | None = None
    trails = [taken.trail, *("!/".join((*taken.item.trail[:-1], n)) for n in taken.other_names)]
    for decl in config.exhibit:
        name = plain_name(decl.file)
        for trail in trails:
            plain = plain_name(trail)
            if (plain == name or plain.startswith((name + "/", name + "!/"))) and (best is None or len(name) > best[0]):
                best = (len(name), decl)
    return best[1] if best else None


def plain_name(name: str) -> str:
    """Return a declared file name as trails are written: ``/`` between folders, no ``./`` or ``exhibits/`` in front."""
    parts = name.split("!/")
    first = _SEPARATOR.sub("/", parts[0]).strip("/").removeprefix("./").removeprefix("exhibits/")
    return "!/".join([first, *parts[1:]])


def check_declared(config: CaseConfig, names: Iterable[str], *, inside: bool) -> None:
    """Refuse an [[exhibit]] entry that names no file of the case: its words would be lost in silence.

    ``inside`` says which entries: those of files inside others (asked when all are known), or all the rest.
    """
    trails = [plain_name(n) for n in names]
    for decl in config.exhibit:
        name = plain_name(decl.file)
        if ("!/" in name) == inside and not any(t == name or t.startswith((name + "/", name + "!/")) for t in trails):
            raise UseError(f"case.toml: no exhibit {decl.file!r} in the case", hint=nearest(name, trails))


def exhibit_fact_id(exhibit: str) -> str:
    """Return the id of the fact that is the exhibit itself; the ids of its other facts count from 1."""
    return f"{exhibit}.0"
