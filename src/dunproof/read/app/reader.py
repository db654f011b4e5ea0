"""The reader of Android packages: identity, signers, permissions, components, calls, SDKs, shells.

Static reading shows what code can reach, neither that it runs nor that anything is sent. What could not be seen stands
in ``problem`` and ``coverage`` rows: packed code, code loaded at run time, reflection, a manifest that misleads.
"""

from __future__ import annotations

import itertools
import mmap
from collections.abc import Generator, Iterable, Iterator
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.facts import kinds
from dunproof.facts.kinds import Coverage, Fact, Mint, Problem
from dunproof.read.app import agreements, bridges, catalogue, endpoints, parts, scripts, sheet, sites, unseen, wording
from dunproof.read.app.bridges import Bridge
from dunproof.read.app.code.dead import Dead
from dunproof.read.app.code.program import Call, Code
from dunproof.read.app.code.reach import Place, Reach
from dunproof.read.app.code.values import Values
from dunproof.read.app.consent import requests, start
from dunproof.read.app.consent.branches import Branches
from dunproof.read.app.consent.refusal import Refusals
from dunproof.read.app.consent.requests import Request
from dunproof.read.app.consent.start import Start
from dunproof.read.app.owners import Owners, dotted, unknown
from dunproof.read.app.package import dexfiles, manifest, place, splits
from dunproof.read.app.package.bundle import Bundle, Package
from dunproof.read.app.package.files import WIDE, Files
from dunproof.read.app.package.limit import CODE_KINDS, Limit, Work
from dunproof.read.app.package.manifest import Manifest
from dunproof.read.app.package.place import Within
from dunproof.read.app.package.unit import Unit
from dunproof.read.app.scripts import Asked
from dunproof.read.app.sheet import LOADERS, REFLECTION
from dunproof.read.app.sites import Reading, Site
from dunproof.read.formats import apksig, axml
from dunproof.read.formats.arsc import Resources
from dunproof.read.formats.certificates import Signer
from dunproof.read.formats.zip import Archive, Buffer, Entry, Flaw
from dunproof.read.source import Member, Source

FORMATS: Final = frozenset({"apk", "apks"})
LOOKS_FOR: Final = (
    "app", "signer", "permission", "component", "sensitive_read", "permission_request", "sdk", "endpoint", "shell",
    "app_text", "code_sheet",
)  # fmt: skip
VERSION: Final = 6

_RESOURCES: Final = "resources.arsc"
_RESOURCES_CAP: Final = 64 * 1024 * 1024
"""Bytes of a table of resources; that of the Android framework itself has 32 MB."""
_MANIFEST_CAP: Final = 8 * 1024 * 1024
_FLAWS_CAP: Final = 100
_PATH_CAP: Final = 24
_SEARCHED_CAP: Final = 16_000_000
"""Characters of texts in code and resources that are searched for hosts, and for messages: dense texts, not all."""
_MESSAGES_CAP: Final = 20_000
_HOSTS_CAP: Final = endpoints.TEXT_HOSTS_CAP
"""Addresses in code and texts that are kept."""
_LOSSES: Final = frozenset({
    "dex-table-clipped", "dex-class-data", "dex-code-offset", "dex-code-overlap", "dex-strings-unsorted",
    "dex-container", "dex-size", "dex-version", "dex-order", "dex-index",
})  # fmt: skip
"""Flaws of a dex behind which classes or calls may be missing."""


def read(source: Source) -> Iterator[Fact | Member]:
    """Yield the facts of one package. Raises ExhibitError if it holds no readable directory."""
    if not source.size_bytes:
        raise ExhibitError("empty", "the file is empty", hint="ask for the file again")
    with source.open() as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield from _Reading(source, data).facts()


class _Reading:
    """One run over one package."""

    def __init__(self, source: Source, data: Buffer) -> None:
        self.app = source.exhibit
        self.sdks = catalogue.sdks(source.sdk_rows)
        self.split_up = False
        """Splits that hold code are not here, or may not be."""
        self.framed = False
        """A framework for pages was found."""
        self.mint = Mint(source.exhibit)
        outer = Archive(data, scan=True)
        self.bundle = Bundle(outer) if source.format == "apks" else None
        self.packages = self.bundle.packages if self.bundle else [Package((), outer)]
        if not self.packages:
            raise ExhibitError("bundle-no-base", "no package of the bundle can be read", hint="export the app again")
        self.flaws = 0
        self.tables: list[Resources | None] = []
        self.signers: list[tuple[Within, list[Signer]]] = []
        """What each package says of its signers."""
        self.signed: set[tuple[str, str, bool | None]] = set()
        self.budget = dexfiles.Budget()
        self.found: list[Site] = []
        """Calls of all methods of the catalogue."""
        self.unsettled = 0
        """Calls by reflection outside known libraries that do not say what they call."""
        self.partly: dict[str, tuple[str, str]] = {}
        """Kind to (status, reason), the first reason stays."""

    # --- small makers -------------------------------------------------------------------------------------------

    def _problem(self, code: str, detail: str, loc: str = "") -> Problem:
        return Problem(fact_id=self.mint(), exhibit=self.app, loc=loc, tier="exact", code=code, detail=detail)

    def _problems(self, flaws: Iterable[Flaw], within: Within = (), member: str = "") -> Iterator[Problem]:
        """Yield flaws as problems, up to a cap for the whole package; their offsets lie in a member or the file."""
        for flaw in flaws:
            self.flaws += 1
            if self.flaws <= _FLAWS_CAP:
                yield self._problem(flaw.code, flaw.detail, place.span(within, member, flaw.offset, 1))
            elif self.flaws == _FLAWS_CAP + 1:
                yield self._problem("too-many-problems", f"only the first {_FLAWS_CAP} departures are listed")

    def _weaken(self, reason: str, *kinds_: str, status: str = "partly") -> None:
        for kind in kinds_:
            self.partly.setdefault(kind, (status, reason))

    # --- the whole ----------------------------------------------------------------------------------------------

    def facts(self) -> Iterator[Fact | Member]:
        outer = [self.bundle.outer] if self.bundle else []
        if any(archive.partial for archive in (*outer, *(package.archive for package in self.packages))):
            self._weaken("zip-directory-missing", *LOOKS_FOR)
        read = yield from self._manifests()
        for package in self.packages:
            yield from self._signers(package)
        yield from self._limit(splits.signed_unlike(self.signers))
        yield from self._limit(splits.signed_too_old(read.target_sdk, self.signers))
        units: list[Unit] = []
        for package in self.packages:
            units += yield from self._dexes(package)
        yield from self._damage(units)
        code = Code(units)
        yield from self._limit(code.limits())
        defined = yield from self._components(read, code)
        yield from self._shells(read, code, defined)
        owners, values = self._owners(read, code, defined), Values(code, read.package or "")
        yield from self._reads(code, read, owners, values)
        named = list(parts.look_ups(code, self.found, values, owners))
        for carried in parts.sdks(code, read, self.packages, self.sdks, named):
            sdk = carried.sdk
            yield kinds.Sdk(
                fact_id=self.mint(), exhibit=self.app, loc=carried.loc, tier=carried.tier, doubtful=carried.doubtful,
                app=self.app, sdk=sdk.id, vendor=sdk.vendor, entity=sdk.entity if sdk.checked else None,
                presence=carried.presence, purpose=sdk.purpose or None, row_basis=sdk.basis,
                data_taken=sdk.data_taken, data_basis=sdk.data_basis,
            )  # fmt: skip
        yield from self._words(code, owners, values)
        yield from self._limit(code.limits())
        measured = sheet.measure(units, self.packages, self.found, self.unsettled)
        yield kinds.CodeSheet(
            fact_id=self.mint(),
            exhibit=self.app,
            loc="",
            tier="derived",
            app=self.app,
            **msgspec.structs.asdict(measured),
        )
        yield from self._limit(sheet.nameless(measured))
        for package in self.packages:
            for found in agreements.find(package.archive, package.within):
                yield found if isinstance(found, Member) else self._problem(
                    found.code, found.detail, place.member((), found.member)
                )  # fmt: skip
            yield from self._problems(package.archive.flaws, package.within)
        if self.bundle is not None:
            yield from self.bundle.members()
            yield from self._problems(self.bundle.outer.flaws)
        for unit in units:
            yield from self._problems(unit.dex.flaws, unit.within, unit.member)
        yield from self._damage(units)
        for kind, (status, reason) in self.partly.items():
            yield Coverage(
                fact_id=self.mint(), exhibit=self.app, loc="", tier="exact", looked_for=kind, subject=self.app,
                status=status, reason=reason,
            )  # fmt: skip

    # --- resources ------------------------------------------------------------------------------------------------

    def _resources(self, package: Package) -> Generator[Fact, None, Resources | None]:
        archive, within = package.archive, package.within
        rows = archive.all(_RESOURCES)
        if not rows:
            return None
        if not self.budget.allows(rows[0], _RESOURCES_CAP):
            yield self._problem(
                "arsc-too-large", f"they have {rows[0].size_bytes} bytes", place.member(within, _RESOURCES)
            )
            self._weaken("arsc-too-large", "endpoint", "app_text")
            return None
        try:
            table = Resources(archive.read(rows[0], _RESOURCES_CAP))
        except ExhibitError as error:
            yield self._problem(error.code, error.message, place.member(within, _RESOURCES))
            self._weaken(error.code, "endpoint", "app_text")
            return None
        yield from self._problems(table.flaws, within, _RESOURCES)
        if table.flaws:
            self._weaken(table.flaws[0].code, "endpoint", "app_text")
        return table

    def _resource(self, id_: int) -> str | None:
        """Return the text of a resource, Chinese before the default, the first package that has it."""
        texts = (table.text(id_, ("zh", "")) for table in self.tables if table is not None)
        return next((text for text in texts if text is not None), None)

    # --- manifest -----------------------------------------------------------------------------------------------

    def _manifests(self) -> Generator[Fact, None, Manifest]:
        """Return the manifest of the app: that of the base with what its splits add."""
        for package in self.packages:
            self.tables.append((yield from self._resources(package)))
        found: list[Manifest] = []
        for package in self.packages:
            found.append((yield from self._manifest(package)).inside(package.within))  # noqa: PERF401 - it yields
        base, *splits = found
        read = base.joined(splits)
        yield kinds.App(
            fact_id=self.mint(), exhibit=self.app, tier="exact", app=self.app, package=read.package,
            loc="" if read.package_offset is None else place.attribute(read.within, read.package_offset),
            version_name=read.version_name, version_code=read.version_code, min_sdk=read.min_sdk,
            target_sdk=read.target_sdk, label=read.label,
        )  # fmt: skip
        groups = catalogue.permissions()
        for request in read.requests:
            yield kinds.Permission(
                fact_id=self.mint(), exhibit=self.app, loc=place.attribute(request.within, request.offset),
                tier="exact", app=self.app, name=request.name, perm_group=groups.get(request.name, ""),
                max_sdk=request.max_sdk,
            )  # fmt: skip
        yield from self._splits(found)
        return read

    def _splits(self, found: list[Manifest]) -> Iterator[Fact]:
        """Yield which splits are not here, and which the system would not install with the base."""
        base = found[0]
        if base.split:
            yield self._problem("split", f"this is the split {base.split}, not the whole app")
            self._weaken("split", "permission", "component", *CODE_KINDS)
            self.split_up = True
        archives = [package.archive for package in self.packages]
        outer = self.bundle.outer if self.bundle is not None else None
        limits = list(splits.limits(found, archives, self.tables, outer))
        self.split_up |= any("component" in limit.kinds for limit in limits)
        yield from self._limit(limits)
        if self.bundle is not None:
            for code, detail, member in self.bundle.problems:
                yield self._problem(code, detail, place.member((), member) if member else "")
                self._weaken(code, "permission", "component", *CODE_KINDS)

    def _manifest(self, package: Package) -> Generator[Fact, None, Manifest]:
        archive, within = package.archive, package.within
        rows = archive.all(place.MANIFEST)
        document = axml.Document([], [])
        failed = "" if rows else "manifest-missing"
        detail = "the package has no manifest"
        if rows:
            try:
                document = axml.parse(archive.read(rows[0], _MANIFEST_CAP))
            except ExhibitError as error:
                failed, detail = error.code, error.message
        if failed:
            yield self._problem(failed, detail)
            self._weaken(failed, "app", "permission", "component", status="unread")
        read = manifest.read(document, self._resource)
        yield from self._problems(document.flaws, within, place.MANIFEST)
        if rows and (other := _ambiguous(archive, rows[1:], read)):
            yield self._problem("manifest-ambiguous", f"another manifest in the package {other}")
            self._weaken("manifest-ambiguous", "app", "permission", "component")
        yield from self._problems(read.flaws, within, place.MANIFEST)
        for reason, kinds_ in read.weak:
            self._weaken(reason, *kinds_)
        if not read.requests and (document.flaws or archive.flaws):
            # A reader that was misled finds nothing: an empty list beside a warning is no answer.
            self._weaken("manifest-ambiguous", "permission")
        if not document.whole and not failed:
            yield self._problem("manifest-incomplete", "the manifest breaks off", place.member(within, place.MANIFEST))
            self._weaken("manifest-incomplete", "app", "permission", "component")
        return read

    def _signers(self, package: Package) -> Iterator[Fact]:
        if package.archive.partial:
            return  # the signing block stands before the directory, and what was signed is not whole
        found, flaws = apksig.signers(package.archive)
        within = package.within
        self.signers.append((within, found))
        for signer in found:
            mark = (signer.scheme, signer.cert_sha256, signer.verifies)
            if mark in self.signed and within:
                continue
            self.signed.add(mark)
            at = (
                place.member(within, signer.place) if signer.place
                else place.span(within, "", signer.offset, signer.length)
            )  # fmt: skip
            yield kinds.Signer(
                fact_id=self.mint(), exhibit=self.app, loc=at, tier="exact", app=self.app,
                scheme=signer.scheme, cert_sha256=signer.cert_sha256, verifies=signer.verifies,
            )  # fmt: skip
        if flaws:
            self._weaken(flaws[0].code, "signer")
        yield from self._problems(flaws, within)

    # --- code ---------------------------------------------------------------------------------------------------

    def _limit(self, limits: Iterable[Limit]) -> Iterator[Fact]:
        """Yield what could not be seen, and weaken what it could change."""
        for limit in limits:
            if limit.detail:
                yield self._problem(limit.code, limit.detail, limit.loc)
            self._weaken(limit.code, *limit.kinds)

    def _damage(self, units: list[Unit]) -> Iterator[Fact]:
        """Weaken what the flaws met so far may have taken."""
        for package in self.packages:
            members = {unit.member for unit in units if unit.within == package.within}
            yield from self._limit(unseen.damage(package.archive, members))
        if self.bundle is not None:
            yield from self._limit(unseen.damage(self.bundle.outer, ()))
        for unit in units:
            if lost := next((f.code for f in unit.dex.flaws if f.code in _LOSSES), None):
                self._weaken(lost, "component", *CODE_KINDS)

    def _dexes(self, package: Package) -> Generator[Fact, None, list[Unit]]:
        """Return the dex files: those that the system loads first, in its order, then others that the package ships."""
        units: list[Unit] = []
        for found in dexfiles.find(package, self.budget):
            if isinstance(found, Unit):
                units.append(found)
            else:
                yield from self._limit([found])
        return units

    def _components(self, read: Manifest, code: Code) -> Generator[Fact, None, dict[str, bool]]:
        loaded = {cls for unit in code.units if unit.loaded for cls in unit.dex.classes()}
        defined = {part.cls: part.descriptor in loaded for part in (*read.parts, *read.helpers)}
        unreadable = not loaded and "sensitive_read" in self.partly
        for part in read.parts:
            yield kinds.Component(
                fact_id=self.mint(), exhibit=self.app, loc=parts.part_loc(part), tier="exact", app=self.app,
                name=part.cls, component_type=part.type, defined=None if unreadable else defined[part.cls],
            )  # fmt: skip
        if not loaded and read.parts:
            self._weaken("no-code", *CODE_KINDS, status="unread")
        return defined

    def _shells(self, read: Manifest, code: Code, defined: dict[str, bool]) -> Iterator[Fact]:
        stub = parts.stub_permille(read, defined) if code.units else None
        packed = parts.is_packed(read, code, defined) and not self.split_up
        found = list(parts.shells(read, self.packages, code))
        proved = [s for s in found if s.kind == "packer" and s.tier == "derived"]
        if packed and not proved:
            application = next(p for p in read.parts if p.type == "application")
            named = next((s.name for s in found if s.kind == "packer"), "")
            found = [s for s in found if s.kind != "packer"]
            found.append(parts.Shell("packer", named, parts.part_loc(application), "derived", doubtful=False))
        for shell in found:
            yield kinds.Shell(
                fact_id=self.mint(), exhibit=self.app, loc=shell.loc, tier=shell.tier, doubtful=shell.doubtful,
                app=self.app, name=shell.name, stub_permille=stub, shell_type=shell.kind, page_name="", page_methods="",
            )  # fmt: skip
            self.framed |= shell.kind == "hybrid"
            if shell.hidden:
                where = "in no file that is here" if shell.elsewhere else "beside the dex files"
                yield self._problem("hybrid-code", f"{shell.name}: compiled code {where}", shell.hidden)
                self._weaken("hybrid-code", "sensitive_read", "permission_request", "endpoint", "app_text")
        packed = packed or bool(proved and stub != 0)
        if packed:
            gone = [part.cls for part in read.parts if not defined[part.cls]]
            yield self._problem("packed", f"{len(gone)} / {len(read.parts)}{f': {gone[0]}, …' if gone else ''}")
            self._weaken("packed", *CODE_KINDS)
        elif any(unit.loaded for unit in code.units) and not read.split:
            here = {part.descriptor for part in (*read.parts, *read.helpers) if defined[part.cls]}
            yield from self._limit(unseen.absent(read, here))
        if not packed:
            hints = proved or [s for s in found if s.kind == "packer"]
            yield from self._limit(Limit("packer-hint", f"something tells of {s.name}", s.loc) for s in hints[:1])
        yield from self._limit(unseen.hollow(code.units))
        yield from self._limit(unseen.unlinked(code))

    def _owners(self, read: Manifest, code: Code, defined: dict[str, bool]) -> Owners:
        """Return who owns the code; the Application class of a packed app is not its own."""
        classes = [] if parts.is_packed(read, code, defined) else [part.cls for part in read.parts]
        application = next((p.cls for p in read.parts if p.type == "application"), "") if classes else ""
        return Owners(read.package, self.sdks, application, classes)

    # --- calls --------------------------------------------------------------------------------------------------

    def _reads(self, code: Code, read: Manifest, owners: Owners, values: Values) -> Iterator[Fact]:
        found = self.found = sites.find(code)
        yield from self._limit(code.limits())
        readings = sites.Readings(code, owners, values)
        rows: list[Reading] = []
        blind: list[Site] = []
        for site in found:
            told = readings.mirrored(site) if site.source.cls == REFLECTION else None
            if told is not None:
                rows += told
            elif site.source.effect == "visibility":
                blind.append(site)
            else:
                rows += readings.of(site)
        yield from self._limit(readings.strange())
        gap = "sensitive_read" in self.partly or _is_lossy(code)
        yield from self._blind(code, read, owners, values, blind)
        branches = Branches(code, values, read.target_sdk)
        asked = requests.find(code, values, owners, branches)
        if not rows and not asked:
            return
        reach = Reach(code, start.startable(code, read))
        dead = Dead(code, reach) if self._is_closed(code) else None
        hidden = [(s.call.dex, s.call.row) for s in blind if owners.of(s.caller.cls).kind != "library"]
        begin = start.Begin(code, read, branches, reach.edges, hidden, gap=gap or code.classes.work.cut)
        at_start = begin.app({(row.site.call.dex, row.site.call.row) for row in rows})
        facts: list[kinds.SensitiveRead] = []
        for row in rows:
            call = row.site.call
            owner = sites.owner(owners, row.site)
            unit = code.units[call.dex]
            here = (call.dex, call.row)
            runs = at_start.runs(here, call.unit) if unit.loaded else None
            path = at_start.path(here) if runs else _way(reach, values, call) if unit.loaded else None
            fact = kinds.SensitiveRead(
                fact_id=self.mint(), exhibit=self.app, loc=place.insn(unit, call.unit),
                tier=row.tier if unit.loaded or row.tier == "heuristic" else "derived", doubtful=row.doubtful,
                app=self.app, category=row.category, api=f"{row.site.source.cls}->{row.site.callee.name}", uri=row.uri,
                outcome=row.outcome, scope=row.scope, caller=f"{row.site.caller.cls}->{row.site.caller.name}",
                owner_kind=owner.kind, owner=owner.name, at_start=runs,
                reached=_reached(path, dead, values, call) if unit.loaded else None,
            )  # fmt: skip
            facts.append(fact)
            yield fact
            yield from self._supports(code, fact, "path", [(n, at) for (n, _), at in path or []])
        yield from self._limit(unknown(facts))
        mine = (one for one in asked if owners.of(code.caller(one.call).cls).kind != "library")
        at_launch = begin.launcher({(one.call.dex, one.call.row) for one in mine})
        answers = (reach, dead, at_launch, Refusals(code, values, branches))
        yield from self._requests(code, asked, owners, values, answers)

    def _is_closed(self, code: Code) -> bool:
        """Return whether nothing runs in the app but the code that was read, called from where it shows."""
        return not (
            self.partly.keys() & {"sensitive_read", "component"}
            or _is_lossy(code)
            or not all(unit.loaded for unit in code.units)
            or any(name.startswith("lib/") for package in self.packages for name in package.archive.names())
        )

    def _requests(
        self,
        code: Code,
        asked: list[Request],
        owners: Owners,
        values: Values,
        answers: tuple[Reach, Dead | None, Start, Refusals],
    ) -> Iterator[Fact]:
        """Yield where the app asks for permissions while it runs."""
        reach, dead, at_launch, refusals = answers
        for one in asked:
            call, unit = one.call, code.units[one.call.dex]
            caller = code.caller(call)
            owner = owners.of(caller.cls)
            here = (call.dex, call.row)
            # A library asks for what it is told to: that it does so at launch is said where the app tells it.
            runs = at_launch.runs(here, call.unit) if unit.loaded and owner.kind != "library" else None
            path = at_launch.path(here) if runs else _way(reach, values, call) if unit.loaded else None
            refusal = refusals.of(one)
            fact = kinds.PermissionRequest(
                fact_id=self.mint(), exhibit=self.app, loc=place.insn(unit, call.unit), tier="derived", app=self.app,
                permissions=None if one.permissions is None else ", ".join(one.permissions), asked_groups=one.groups,
                api=f"{one.callee.cls}->{one.callee.name}", caller=f"{caller.cls}->{caller.name}",
                owner_kind=owner.kind, owner=owner.name, at_launch=runs,
                reached=_reached(path, dead, values, call) if unit.loaded else None,
                refusal=refusal.kind if refusal is not None else None,
            )  # fmt: skip
            yield fact
            yield from self._supports(code, fact, "path", [(n, at) for (n, _), at in path or []])
            seen = [*one.path, *([refusal.branch, refusal.end] if refusal is not None else [])]
            yield from self._supports(code, fact, "witness", [(c.dex, c.unit) for c in seen if isinstance(c, Call)])

    def _supports(self, code: Code, fact: Fact, part: str, places: list[tuple[int, int]]) -> Iterator[Fact]:
        """Yield further places of a fact, up to a cap."""
        for n, at in places[:_PATH_CAP]:
            yield kinds.Support(
                fact_id=self.mint(), exhibit=self.app, tier="derived", of_fact=fact.fact_id, part=part,
                loc=place.insn(code.units[n], at),
            )  # fmt: skip

    def _words(self, code: Code, owners: Owners, values: Values) -> Iterator[Fact]:
        """Yield the hosts and messages in code and files."""
        searched, read = Work(_SEARCHED_CAP), Work(_SEARCHED_CAP)
        named = [*endpoints.in_code(code, owners, searched), *endpoints.in_joined(code, owners, values, searched)]
        given = bridges.find(code, values, self.found)
        used: list[tuple[Bridge, str]] = []
        asked: list[Asked] = []
        messages = list(wording.in_code(code, owners, values, read))
        for package, table in zip(self.packages, self.tables, strict=True):
            within = package.within
            files = Files(package.archive)
            for file in files.holding((*endpoints.MARKS, WIDE, *bridges.marks(given), *scripts.marks())):
                here = list(itertools.islice(endpoints.in_file(within, file.name, file.text), _HOSTS_CAP + 1))
                if len(named) + len(here) > _HOSTS_CAP:
                    files.left_out = files.left_out or file.name
                named += here[: max(0, _HOSTS_CAP - len(named))]
                if WIDE in file.marks:
                    messages += itertools.islice(wording.in_file(within, file), max(0, _MESSAGES_CAP - len(messages)))
                    read.cut |= len(messages) >= _MESSAGES_CAP
                used += bridges.uses(given, within, file)
                asked += scripts.reads(within, file)
            named += endpoints.in_blobs(package)
            named += endpoints.in_network_config(package, searched)
            if table is not None:
                named += endpoints.in_resources(within, _RESOURCES, table, searched)
                messages += wording.in_resources(within, _RESOURCES, table, read)
            yield from self._unsearched(files, within)
        for work, kind in ((searched, "endpoint"), (read, "app_text")):
            if work.cut:
                detail = f"not all were searched for {'hosts' if kind == 'endpoint' else 'messages'}"
                yield from self._limit([Limit("texts-too-many", detail, kinds=(kind,))])
        for one in endpoints.gather(named):
            first = one.first
            fact = kinds.Endpoint(
                fact_id=self.mint(), exhibit=self.app, loc=first.loc, tier=first.tier, doubtful=first.doubtful,
                app=self.app, host=first.host, owner=first.owner.name, owner_kind=first.owner.kind,
                url=first.url or None,
            )  # fmt: skip
            yield fact
            for loc in one.further:
                yield kinds.Support(
                    fact_id=self.mint(), exhibit=self.app, tier="exact", of_fact=fact.fact_id, part="witness", loc=loc
                )
        if not self.framed and (loc := bridges.page(code, values, owners, self.found, self.packages)):
            yield kinds.Shell(
                fact_id=self.mint(), exhibit=self.app, loc=loc, tier="derived", app=self.app, name="H5",
                shell_type="hybrid", page_name="", page_methods="",
            )  # fmt: skip
        yield from self._pages(given, used, asked)
        for message in messages:
            yield kinds.AppText(
                fact_id=self.mint(), exhibit=self.app, loc=message.loc, tier=message.tier, app=self.app,
                text=message.text,
            )  # fmt: skip

    def _pages(self, given: list[Bridge], used: list[tuple[Bridge, str]], asked: list[Asked]) -> Iterator[Fact]:
        """Yield the bridges to pages, and what scripts ask the framework for."""
        for bridge in given:
            fact = kinds.Shell(
                fact_id=self.mint(), exhibit=self.app, loc=bridge.loc,
                tier="derived" if bridge.methods else "heuristic", app=self.app, name=dotted(bridge.cls or ""),
                shell_type="bridge", page_name=bridge.name, page_methods="\n".join(bridge.methods) or None,
            )  # fmt: skip
            yield fact
            for other, loc in used:
                if other == bridge:
                    yield kinds.Support(
                        fact_id=self.mint(), exhibit=self.app, tier="derived", of_fact=fact.fact_id, part="witness",
                        loc=loc,
                    )  # fmt: skip
        for one in asked:
            yield kinds.SensitiveRead(
                fact_id=self.mint(), exhibit=self.app, loc=one.loc, tier="heuristic", doubtful=True, app=self.app,
                category=one.category, api=one.api, uri="", outcome=one.outcome, scope=one.scope, caller="script",
            )  # fmt: skip

    def _unsearched(self, files: Files, within: Within) -> Iterator[Fact]:
        """Yield what of the texts of a package was not or could not be searched."""
        if files.left_out:
            detail = "pages or scripts are too large or too many, or cannot be read"
            yield self._problem("files-not-searched", detail, place.member(within, files.left_out))
            self._weaken("files-not-searched", "endpoint", "app_text", "sensitive_read")
        for name in files.compiled[:1]:
            yield self._problem("script-compiled", f"{name} is a compiled script", place.member(within, name))
            self._weaken("script-compiled", "endpoint", "app_text", "sensitive_read")

    def _blind(self, code: Code, read: Manifest, owners: Owners, values: Values, found: list[Site]) -> Iterator[Fact]:
        """Yield what limits static reading: code loaded at run time, calls by name, machine code."""
        loaders = [s for s in found if s.source.cls in LOADERS]
        mirrors = unseen.mirrors(found, values, code, owners)
        self.unsettled = len(mirrors)
        for problem, rows, detail in (
            ("dynamic-code", loaders, "calls load code at run time"),
            ("reflection", mirrors, "calls by reflection outside known libraries"),
        ):
            if rows:
                yield self._problem(problem, f"{len(rows)} {detail}; first in {rows[0].caller.key}")
                self._weaken(problem, *(CODE_KINDS if problem == "dynamic-code" else CODE_KINDS[:2]))
        own = unseen.Own(read, owners)
        yield from self._limit(unseen.native(code, read, own))
        yield from self._limit(unseen.libraries(values, found, own, unseen.known_libraries(self.sdks.rows)))


def _way(reach: Reach, values: Values, call: Call) -> list[tuple[Place, int]] | None:
    """Return the calls from what the system calls down to a method, None where none is seen that can run."""
    path = reach.path((call.dex, call.row))
    steps = [*(path or []), ((call.dex, call.row), call.unit)]
    return path if all(values.is_led_to(n, row, unit) for (n, row), unit in steps) else None


def _reached(path: object, dead: Dead | None, values: Values, call: Call) -> bool | None:
    """Return whether something leads to a call; no where nothing does, not in its own method or not to this."""
    here = (call.dex, call.row)
    if path is not None:
        return True
    return False if not values.is_led_to(*here, call.unit) or (dead is not None and dead.holds(here)) else None


def _is_lossy(code: Code) -> bool:
    """Return whether classes or calls may be missing from what was read of the dex files."""
    return any(flaw.code in _LOSSES for unit in code.units for flaw in unit.dex.flaws)


def _ambiguous(archive: Archive, others: list[Entry], read: Manifest) -> str:
    """Return what another manifest of a package says differently; '' where there is none, or all say the same."""
    for entry in others[:8]:
        try:
            other = manifest.read(axml.parse(archive.read(entry, _MANIFEST_CAP)))
        except ExhibitError:
            return "cannot be read"
        asked = {r.name for r in other.requests} ^ {r.name for r in read.requests}
        if asked:
            return f"asks for other permissions: {', '.join(sorted(asked))[:500]}"
        if other.package != read.package:
            return f"is of {other.package or 'no package'}"
        if {(p.cls, p.type) for p in other.parts} != {(p.cls, p.type) for p in read.parts}:
            return "names other components"
    return "is one of too many" if len(others) > 8 else ""
