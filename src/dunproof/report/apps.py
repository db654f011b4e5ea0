"""What the page and the terminal show of each app of a masked case, in one language.

Everything stands in tables of case.json that the views ``app_*`` filled; here it is put into words and order. A table
that an older case file lacks leaves its part empty. The standing of a kind of data is computed by the view, not here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from msgspec import structs

from dunproof.facts.casefile import CaseFile, ExhibitEntry, Table
from dunproof.facts.problems import load as problems
from dunproof.facts.standings import BLIND, READS, STANDINGS
from dunproof.report.appviews import (
    AppView,
    HostLine,
    IdentityLine,
    MessageLine,
    Owner,
    PlaceGroup,
    PlaceLine,
    ProblemLine,
    RequestLine,
    SdkLine,
    SheetLine,
    StandingLine,
)
from dunproof.report.catalogue import Catalogue
from dunproof.report.sentences import Value, place_text, value_text

TABLES: Final = frozenset(
    {
        *("app_asks_and_reads", "app_identity", "app_signers", "app_permissions", "app_reads", "app_sdks", "app_hosts"),
        *("app_code_sheet", "app_consent_flow", "app_requests", "app_messages"),
    }
)
"""Tables that the part about apps shows in its own way."""
HOSTS: Final = 12
"""Hosts shown of one app at first (ours)."""
_PREFIX: Final = "android.permission."
_PERMILLE: Final = 1000
_PICKED: Final = frozenset({"picker", "documents"})
"""Outcomes in which the user chooses what the app is given."""
_LINEAGE: Final = "-lineage"
"""Ends the scheme of a former certificate."""

Line = Mapping[str, Value]


def lines(tables: Mapping[str, Table], name: str, app: str) -> list[Line]:
    """Return the rows of one app in a table of the case, by column name; [] where the table or its key is missing."""
    table = tables.get(name)
    if table is None:
        return []
    found = (dict(zip(table.columns, row, strict=False)) for row in table.rows)
    return [row for row in found if row.get("app") == app]


@cache
def _versions() -> dict[int, str]:
    source = files("dunproof.report").joinpath("data", "android_versions.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in source.splitlines() if line and not line.startswith("#"))
    return {int(api): version for api, version in rows}


def _number(row: Line, name: str) -> int:
    """Return a count of a row; 0 where it is missing or none."""
    value = row.get(name)
    return value if isinstance(value, int) else 0


def _text(row: Line, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def method(name: str) -> str:
    """Return ``pkg.Cls.name`` of a method as the code names it, whatever stands there otherwise."""
    cls, arrow, rest = name.partition("->")
    return f"{cls[1:-1].replace('/', '.')}.{rest}" if arrow and cls.startswith("L") and cls.endswith(";") else name


class AppBuilder:
    """Builds the views of the apps of one masked case in one language."""

    def __init__(self, case: CaseFile, words: Catalogue) -> None:
        self.case = case
        self.words = words
        self.exhibits = {e.exhibit: e for e in case.exhibits}

    def apps(self) -> list[AppView]:
        """Return the apps in the order of the table of identities, each once."""
        table = self.case.tables.get("app_identity")
        ids = [] if table is None or "app" not in table.columns else [
            row[table.columns.index("app")] for row in table.rows if len(row) > table.columns.index("app")
        ]  # fmt: skip
        return self._told_apart(
            [self._app(n, app) for n, app in enumerate(dict.fromkeys(i for i in ids if isinstance(i, str)), 1)]
        )

    def _told_apart(self, apps: list[AppView]) -> list[AppView]:
        """Return the apps, those of one name and version with the names of their files."""
        named = Counter((app.title, app.subtitle) for app in apps)
        return [
            structs.replace(app, subtitle=f"{app.subtitle}{self.words('list.paren', text=self.exhibits[app.app].name)}")
            if named[app.title, app.subtitle] > 1 and app.app in self.exhibits
            else app
            for app in apps
        ]

    def _app(self, n: int, app: str) -> AppView:
        anchor = f"a{n}"
        tables = self.case.tables
        identity = next(iter(lines(tables, "app_identity", app)), {})
        sheet = next(iter(lines(tables, "app_code_sheet", app)), {})
        vendors = {_text(r, "sdk"): _text(r, "vendor") for r in lines(tables, "app_sdks", app)}
        groups = list(self._places(anchor, app, vendors))
        places: dict[str, str] = {}
        for group in groups:
            places.setdefault(group.category, group.anchor)
        exhibit = self.exhibits.get(app)
        hosts = lines(tables, "app_hosts", app)
        messages = lines(tables, "app_messages", app)
        return AppView(
            anchor=anchor,
            app=app,
            title=_text(identity, "label") or _text(identity, "package") or self.words("apps.nameless"),
            subtitle=" ".join(
                x
                for x in (
                    _text(identity, "package") if _text(identity, "label") else "",
                    _text(identity, "version_name"),
                )
                if x
            ),
            identity=list(self._identity(identity, lines(tables, "app_signers", app), exhibit)),
            standings=_once(self._standing(row, vendors, places) for row in lines(tables, "app_asks_and_reads", app)),
            permissions=list(dict.fromkeys(map(self._request, lines(tables, "app_permissions", app)))),
            headline=self._headline(sheet),
            whole=_text(sheet, "status") == "read",
            sheet=list(self._sheet(sheet)) if sheet else [],
            problems=list(self._problems(exhibit)),
            sdks=[self._sdk(row) for row in lines(tables, "app_sdks", app)],
            hosts=[self._host(row, vendors) for row in hosts],
            hosts_total=max((_number(row, "n") for row in hosts), default=0),
            messages=[self._message(row) for row in messages],
            messages_total=max((_number(row, "n") for row in messages), default=0),
            places=groups,
            hints=self._hints(exhibit),
            flow=[line for row in lines(tables, "app_consent_flow", app) for line in self._flow(row)],
            requests=[self._asked(row) for row in lines(tables, "app_requests", app)],
            requests_total=max((_number(row, "n") for row in lines(tables, "app_requests", app)), default=0),
        )

    # --- identity ---------------------------------------------------------------------------------------------------

    def system(self, api: int) -> str:
        """Return a version of Android in words, by its API level."""
        version = _versions().get(api)
        if version is None:
            return self.words("apps.identity.system_api", api=api)
        return self.words("apps.identity.system", version=version, api=api)

    def _identity(self, row: Line, signers: list[Line], exhibit: ExhibitEntry | None) -> Iterator[IdentityLine]:
        words = self.words
        none = words("value.none")
        code = row.get("version_code")
        version = _text(row, "version_name") or none
        if isinstance(code, int):
            version = words("apps.identity.version_text", name=version, code=code)
        target, least = row.get("target_sdk"), row.get("min_sdk")
        systems = none
        if isinstance(target, int) or isinstance(least, int):
            systems = words(
                "apps.identity.systems_text",
                target=self.system(target) if isinstance(target, int) else none,
                min=self.system(least) if isinstance(least, int) else none,
            )
        yield IdentityLine(words("apps.identity.name"), _text(row, "label") or none)
        yield IdentityLine(words("apps.identity.package"), _text(row, "package") or none, code=True)
        yield IdentityLine(words("apps.identity.version"), version)
        yield IdentityLine(words("apps.identity.systems"), systems)
        yield IdentityLine(words("apps.identity.file"), _text(row, "file"))
        yield IdentityLine(words("apps.identity.sha256"), _text(row, "sha256"), code=True)
        by_cert: dict[str, dict[bool | None, list[str]]] = {}
        for signer in signers:
            holds = signer.get("verifies")
            by_cert.setdefault(_text(signer, "cert_sha256"), {}).setdefault(
                holds if isinstance(holds, bool) else None, []
            ).append(_text(signer, "scheme"))
        for cert, answers in by_cert.items():
            if cert:
                yield IdentityLine(words("apps.identity.certificate"), cert, code=True)
            texts = []
            for holds, all_schemes in answers.items():
                schemes = [s for s in all_schemes if not s.endswith(_LINEAGE)]
                if former := [s.removesuffix(_LINEAGE) for s in all_schemes if s.endswith(_LINEAGE)]:
                    texts.append(words("apps.identity.former", schemes=words("list.comma").join(former)))
                if not schemes:
                    continue
                named = words("list.comma").join(schemes)
                texts.append(
                    words("apps.identity.holds", schemes=named) if holds
                    else words("apps.identity.untried", schemes=named) if holds is None
                    else words("apps.identity.fails", schemes=named)
                )  # fmt: skip
            yield IdentityLine(words("apps.identity.signature"), " ".join(texts), warn=False in answers)
        if not by_cert:
            seen = exhibit is None or all(c.status == "read" for c in exhibit.coverage if c.looked_for == "signer")
            text = words("apps.identity.unsigned" if seen else "apps.identity.signature_unseen")
            yield IdentityLine(words("apps.identity.signature"), text, warn=True)

    # --- the table --------------------------------------------------------------------------------------------------

    def _standing(self, row: Line, vendors: Mapping[str, str], places: Mapping[str, str]) -> StandingLine:
        words = self.words
        category = _text(row, "category")
        standing = _text(row, "standing")
        total = sum(_number(row, name) for name in ("own", "sdk", "library", "nobody"))
        told = standing
        if standing == "not_asked_unseen" and row.get("barred") is not None:
            told = "not_asked_barred" if row.get("barred") else "not_asked_open"
        return StandingLine(
            category=words.word("word", category),
            standing=standing if standing in STANDINGS else "",
            short=words.word("word", told),
            long=words.word("standing_long", told),
            why=self._why(row) if standing in BLIND else [],
            permissions=[self.permission(p) for p in _text(row, "permissions").split(", ") if p],
            owners=list(self._owners(row, vendors)),
            reached=self._reached(row, total) if standing in READS else "",
            whole=row.get("whole") is True,
            places=places.get(category, ""),
            tone=_tone(standing),
        )

    def _why(self, row: Line) -> list[str]:
        parts = []
        if row.get("seen") is not True:
            parts.append(self.words("apps.table.why_blind", reason=self.reason(_text(row, "reason"))))
        if _number(row, "maybe"):
            parts.append(self.words("apps.table.why_open", n=_number(row, "maybe")))
        return parts

    def reason(self, code: str) -> str:
        """Return in words what kept something from being read, by its problem code."""
        known = problems().get(code)
        if known is not None:
            return self.words.choose(known.text)[0].rstrip("。.")
        return self.words.word("reason", code) if code else self.words("exhibit.no_reason")

    def permission(self, text: str) -> str:
        """Return a permission as the table prints it: ``name`` or ``name (API <= n)``, without the usual prefix."""
        name, _, rest = text.partition(" (API <= ")
        name = name.removeprefix(_PREFIX)
        limit = rest.removesuffix(")")
        return self.words("apps.table.up_to", name=name, system=self.system(int(limit))) if limit.isdecimal() else name

    def _request(self, row: Line) -> str:
        limit = _number(row, "max_sdk")
        return self.permission(_text(row, "name") + (f" (API <= {limit})" if limit else ""))

    def named(self, sdk: str, vendors: Mapping[str, str]) -> str:
        """Return an SDK with its maker, by its id; its id alone where the maker is not known."""
        vendor = vendors.get(sdk, "")
        return self.words("list.paren", text=sdk).join((vendor, "")) if vendor and vendor != sdk else sdk

    def _owners(self, row: Line, vendors: Mapping[str, str]) -> Iterator[Owner]:
        words = self.words
        for kind in ("own", "sdk", "library", "nobody", "picked", "maybe"):
            n = _number(row, kind)
            if not n:
                continue
            name = ""
            if kind == "sdk":
                name = words("list.comma").join(self.named(s, vendors) for s in _text(row, "sdks").split(", ") if s)
            yield Owner(kind, words(f"whose.{kind}", n=n, **({"name": name} if kind == "sdk" else {})).strip())

    def _reached(self, row: Line, total: int) -> str:
        n = _number(row, "n_reached")
        if row.get("reached") is True and n < total:
            return self.words("apps.table.reached_some", n=n, total=total)
        if row.get("reached") is True:
            return self.words("apps.table.reached_all")
        return self.words("apps.table.reached_none" if row.get("reached") is False else "apps.table.reached_open")

    # --- before anybody agrees --------------------------------------------------------------------------------------

    def _flow(self, row: Line) -> Iterator[str]:
        """Yield what is read before anybody agrees, what is asked for at once, and what follows a refusal."""
        words = self.words
        at_start, requests = _number(row, "at_start"), _number(row, "requests")
        open_ = _number(row, "start_open")
        if at_start:
            kinds = (words.word("word", kind) for kind in _text(row, "start_kinds").split(", "))
            yield words("apps.flow.start", kinds=words("list.comma").join(kinds), n=at_start)
        elif row.get("reads_seen") is True and not open_:
            yield words("apps.flow.start_none")
        else:
            yield words("apps.flow.start_unseen")
        if at_start and open_:
            yield words("apps.flow.start_open", n=open_)
        if not requests:
            yield words("apps.flow.asks_none" if row.get("requests_seen") is True else "apps.flow.asks_unseen")
            return
        most, launch = row.get("most"), row.get("most_at_launch")
        yield words("apps.flow.asks", n=requests)
        if isinstance(most, int):
            yield words("apps.flow.asks_most", n=most)
        if isinstance(launch, int) and launch:
            yield words("apps.flow.asks_launch", n=launch)
        if open_ := _number(row, "requests_open"):
            yield words("apps.flow.asks_open", n=open_)
        ends, on = _number(row, "ends"), _number(row, "goes_on")
        if ends:
            yield words("apps.flow.refusal_ends", n=ends)
        if on:
            yield words("apps.flow.refusal_goes_on", n=on)
        if open_ := requests - ends - on:
            yield words("apps.flow.refusal_open", n=open_)

    def _asked(self, row: Line) -> RequestLine:
        words = self.words
        asked, launch, refusal = row.get("asked_groups"), row.get("at_launch"), _text(row, "refusal")
        return RequestLine(
            permissions=[self.permission(p) for p in _text(row, "permissions").split(", ") if p],
            asked=str(asked) if isinstance(asked, int) else words("apps.table.reached_open"),
            launch=words(
                "apps.table.reached_all" if launch is True
                else "apps.table.reached_none" if launch is False
                else "apps.table.reached_open"
            ),
            refusal=words.word("after_refusal", refusal) if refusal else words("apps.table.reached_open"),
            caller=method(_text(row, "caller")),
            place=place_text(_text(row, "locator"), words),
            locator=_text(row, "locator"),
        )  # fmt: skip

    # --- the coverage sheet -----------------------------------------------------------------------------------------

    def _headline(self, sheet: Line) -> str:
        status = _text(sheet, "status")
        if status == "read":
            return self.words("apps.sheet.read_native" if _number(sheet, "native_libraries") else "apps.sheet.read")
        key = "apps.sheet.unread" if status == "unread" else "apps.sheet.partly"
        return self.words(key, reason=self.reason(_text(sheet, "reason")))

    def _sheet(self, row: Line) -> Iterator[SheetLine]:
        words = self.words

        # Where no code could be seen at all, a count of nothing says nothing.
        unread = _text(row, "status") == "unread"
        nothing = words("apps.sheet.not_counted" if unread else "apps.sheet.none")

        def line(name: str, value: str, *, limit: bool) -> SheetLine:
            return SheetLine(words.word("sheet_line", name), value, words.word("sheet_note", name), limit=limit)

        def share(part: str, rest: str, *, together: bool) -> tuple[str, bool]:
            a, b = row.get(part), row.get(rest)
            if not isinstance(a, int) or not isinstance(b, int) or (unread and not b):
                return words("apps.sheet.not_counted"), True
            total = a + b if together else b
            return words("apps.sheet.of", n=f"{a:,}", total=f"{total:,}"), a < total

        def count(name: str) -> tuple[str, bool]:
            n = row.get(name)
            if not isinstance(n, int):
                return words("apps.sheet.not_counted"), True
            return (f"{n:,}" if n else nothing), n > 0 or unread

        def shells(name: str) -> tuple[str, bool]:
            named = _text(row, name).replace("nobody_named", words("apps.sheet.packer_unknown"))
            none = nothing if unread else words("apps.sheet.none_known")
            return named.replace(" ?", words("list.paren", text=words("apps.sdks.doubtful"))) or none, bool(named)

        text, limit = share("methods", "methods_unreadable", together=True)
        yield line("methods", text, limit=limit)
        text, limit = share("components_defined", "components", together=False)
        yield line("components", text, limit=limit)
        text, limit = shells("packers")
        yield line("packers", text, limit=limit)
        text, limit = shells("hybrids")
        yield line("hybrids", text, limit=limit)
        text, limit = count("bridges")
        yield line("bridges", text, limit=limit)
        text, limit = count("native_libraries")
        if _number(row, "native_libraries"):
            exports = row.get("native_exports")
            known = f"{exports:,}" if isinstance(exports, int) else words("apps.sheet.not_counted")
            text = words("apps.sheet.native_value", n=text, exports=known)
        yield line("native", text, limit=limit)
        text, _ = count("reflection_calls")
        open_ = _number(row, "reflection_unsettled")
        if _number(row, "reflection_calls"):
            text = words("apps.sheet.reflection_value", n=text, open=f"{open_:,}")
        yield line("reflection", text, limit=open_ > 0)
        text, limit = count("loader_calls")
        yield line("loaders", text, limit=limit)
        text, limit = count("dex_elsewhere")
        yield line("elsewhere", text, limit=limit)
        sealed = _number(row, "encrypted_members") + _number(row, "sealed_files")
        yield line("sealed", f"{sealed:,}" if sealed else nothing, limit=sealed > 0)
        text, classes = nothing, _number(row, "classes")
        if short := _number(row, "short_names"):
            text = words("apps.sheet.of", n=f"{short:,}", total=f"{classes:,}")
        yield line("shortened", text, limit=classes > 0 and short * 2 > classes)
        own, other = _number(row, "unsettled_own"), _number(row, "unsettled_other")
        text = words("apps.sheet.unsettled_value", own=own, other=other) if own or other else nothing
        yield line("unsettled", text, limit=own > 0)

    def _problems(self, exhibit: ExhibitEntry | None) -> Iterator[ProblemLine]:
        for problem in exhibit.problems if exhibit is not None else ():
            known = problems().get(problem.code)
            text = self.words.choose(known.text)[0] if known is not None else problem.detail
            hint = self.words.choose(known.hint)[0] if known is not None else problem.hint
            yield ProblemLine(text, problem.detail if known is not None else "", problem.code, hint)

    def _hints(self, exhibit: ExhibitEntry | None) -> list[str]:
        """Return what would show the rest, each once; the recording of traffic last."""
        hints: dict[str, None] = {}
        for problem in exhibit.problems if exhibit is not None else ():
            known = problems().get(problem.code)
            if known is None or "traffic" not in known.hint["en"]:
                hints.setdefault(self.words.choose(known.hint)[0] if known is not None else problem.hint)
        return [*(h for h in hints if h), self.words("apps.rest.traffic")]

    # --- SDKs, hosts, places ----------------------------------------------------------------------------------------

    def _sdk(self, row: Line) -> SdkLine:
        words = self.words
        purpose = _text(row, "purpose")
        entity = _text(row, "entity")
        return SdkLine(
            sdk=_text(row, "sdk"),
            vendor=_text(row, "vendor"),
            entity=words("apps.sdks.entity", name=entity) if entity else words("apps.sdks.entity_none"),
            purpose=words.word("sdk_purpose", purpose) if purpose else words("value.none"),
            presence=words.word("presence", _text(row, "presence")),
            doubtful=row.get("doubtful") is True,
            claims=list(self._claims(row)),
            reads=_number(row, "reads"),
            place=place_text(_text(row, "locator"), words),
            locator=_text(row, "locator"),
        )

    def _claims(self, row: Line) -> Iterator[str]:
        """Yield what others say of an SDK: that it takes something, and that nobody has checked its row."""
        words = self.words
        basis = _text(row, "data_basis")
        taken = words("list.comma").join(words.word("word", c) for c in _text(row, "data_taken").split())
        if taken and basis:
            yield words.word("sdk_claim", basis).replace("{taken}", taken)
        if _text(row, "row_basis") in {"unverified", "case"}:
            yield words.word("sdk_row", _text(row, "row_basis"))

    def _message(self, row: Line) -> MessageLine:
        words = self.words
        return MessageLine(
            text=_text(row, "text"),
            acts=words("list.comma").join(words.word("word", act) for act in _text(row, "acts").split(", ") if act),
            doubtful=row.get("doubtful") is True,
            place=place_text(_text(row, "locator"), words),
            locator=_text(row, "locator"),
        )

    def _host(self, row: Line, vendors: Mapping[str, str]) -> HostLine:
        kind = _text(row, "owner_kind")
        owner = _text(row, "owner")
        whose = self.words.word("host_whose", kind if kind in {"own", "sdk", "library"} else "nobody")
        named = self.named(owner, vendors) if kind == "sdk" else owner
        return HostLine(
            host=_text(row, "host"),
            whose=whose.replace("{name}", named).strip(),
            doubtful=row.get("doubtful") is True,
            place=place_text(_text(row, "locator"), self.words),
        )

    def _places(self, anchor: str, app: str, vendors: Mapping[str, str]) -> Iterator[PlaceGroup]:
        """Yield the places by kind of data and owner, in the order of the table of standings."""
        words = self.words
        order = [_text(r, "category") for r in lines(self.case.tables, "app_asks_and_reads", app)]
        groups: dict[tuple[str, str], list[Line]] = {}
        for row in lines(self.case.tables, "app_reads", app):
            kind = _text(row, "owner_kind")
            key = (_text(row, "category"), kind if kind in {"own", "sdk", "library"} else "nobody")
            groups.setdefault(key, []).append(row)
        kinds = ("own", "sdk", "nobody", "library")

        def rank(item: tuple[tuple[str, str], list[Line]]) -> tuple[int, int]:
            (category, kind), _ = item
            return order.index(category) if category in order else len(order), kinds.index(kind)

        for n, ((category, kind), rows) in enumerate(sorted(groups.items(), key=rank), 1):
            shown = words.word("word", category) if category else words("apps.places.unsettled")
            total = max((_number(row, "n") for row in rows), default=0)
            count = words("apps.places.all", n=total)
            if total > len(rows):
                count = words("apps.places.some", shown=len(rows), total=total)
            elif picked := sum(row.get("outcome") in _PICKED for row in rows):
                count = words("apps.places.picked", all=count, n=picked)
            yield PlaceGroup(
                anchor=f"{anchor}p{n}",
                category=category,
                title=words("apps.places.head", kind=shown, owner=words.word("place_whose", kind)),
                count=count,
                places=[self._place(row, vendors) for row in rows],
            )  # fmt: skip

    def _place(self, row: Line, vendors: Mapping[str, str]) -> PlaceLine:
        words = self.words
        reached = row.get("reached")
        notes = [
            *([words.word("word", _text(row, "outcome"))] if row.get("outcome") in _PICKED else []),
            *([words("apps.table.whole")] if row.get("scope") == "all" and _text(row, "uri") else []),
            *([words("apps.places.at_start")] if row.get("at_start") is True else []),
            *([words("apps.places.maybe")] if row.get("doubtful") is True else []),
        ]
        return PlaceLine(
            api=method(_text(row, "api")),
            uri=_text(row, "uri"),
            caller=method(_text(row, "caller")),
            owner=self.named(_text(row, "owner"), vendors) if row.get("owner_kind") == "sdk" else _text(row, "owner"),
            reached=words("apps.table.reached_all") if reached is True
            else value_text("reached", reached, words),
            notes=notes,
            place=place_text(_text(row, "locator"), words),
            locator=_text(row, "locator"),
        )  # fmt: skip


def _once(standings: Iterable[StandingLine]) -> list[StandingLine]:
    """Return lines in which each sentence stands where it comes first; the same again is left out."""
    seen: set[str] = set()
    out = []
    for line in standings:
        long = "" if line.long in seen else line.long
        out.append(structs.replace(line, long=long, why=[text for text in line.why if text not in seen]))
        seen.update((line.long, *line.why))
    return out


def _tone(standing: str) -> str:
    if standing in READS:
        return "reads"
    return "blind" if standing in BLIND else "picked" if standing == "picker_only" else "none"
