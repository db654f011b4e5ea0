"""What changed between two versions of an app, as plain data: two readings compared by keys that survive a new build.

A place in code moves with every build, so reads are compared by kind of data, owner, call and address, and counted.
What a version lacks is not always gone: where its code could not be seen whole, each change says how sure it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, TypeVar

from dunproof.case.pipeline import Look
from dunproof.errors import UseError
from dunproof.facts.appdiff import (
    SHORT_NAMES,
    AppDiff,
    CallChange,
    Certainty,
    Certificate,
    CoverageChange,
    HostChange,
    OwnerKind,
    PermissionChange,
    ReadChange,
    SdkChange,
    SheetChange,
    StandingChange,
    Status,
    Version,
)
from dunproof.facts.casefile import ExhibitEntry
from dunproof.facts.kinds import (
    App,
    Coverage,
    Endpoint,
    Fact,
    Permission,
    Problem,
    Sdk,
    SensitiveRead,
    Signer,
)
from dunproof.facts.problems import load as problems
from dunproof.facts.standings import STANDINGS
from dunproof.report.apps import lines

F = TypeVar("F", bound=Fact)
T = TypeVar("T")
Way = Literal["read", "picked", "maybe"]

_LEVEL: Final = {"read": 0, "partly": 1, "unread": 2}
_DOUBT: Final = {"sure": 0, "open": 1, "unseen": 2}
_OWNERS: Final[tuple[OwnerKind, ...]] = ("own", "sdk", "nobody", "library")
_PRESENCE: Final = ("called", "defined", "referenced")
_LINEAGE: Final = "-lineage"
"""Ends the scheme of a former certificate, whose key signed for the one that came after."""
_CHANGES: Final = ("gained", "lost", "limit", "presence")
_KINDS: Final = ("app", "signer", "permission", "sensitive_read", "sdk", "endpoint")
_CODE_KINDS: Final = frozenset({"sensitive_read", "sdk", "endpoint"})
"""Kinds that are read from code; what keeps code from being seen limits them, the manifest's kinds not."""


def app_of(look: Look, path: Path) -> str:
    """Return the id of the app that stands at a path; UseError where there is none or there are several."""
    roots = {e.exhibit: e for e in look.casefile.exhibits if not e.parent}
    apps = list(dict.fromkeys(f.app for f in look.facts if isinstance(f, App)))
    whole = [app for app in apps if app in roots] or apps  # an app handed in comes before one that lies in its assets
    if len(whole) == 1:
        return whole[0]
    if whole:
        raise UseError(f"{path} holds {len(whole)} apps", hint="name one app for each version: OLD, then NEW")
    why = "; ".join(dict.fromkeys(_why(p.code, p.detail) for e in roots.values() for p in e.problems))
    raise UseError(
        f"{path} is no app that can be read{f': {why}' if why else ''}",
        hint="name an .apk, .apks, .apkm or .xapk file; 'dunproof read FILE' says what a file is",
    )


def _why(code: str, detail: str) -> str:
    known = problems().get(code)
    return known.text["en"].rstrip(".") if known is not None else detail


class _Side:
    """The facts of one version, by kind, and how far each kind could be read."""

    def __init__(self, look: Look, app: str) -> None:
        self.app = app
        self.case = look.casefile
        self.facts = look.facts
        self.file = _root(app, look.casefile.exhibits)
        self.coverage: dict[str, list[Coverage]] = defaultdict(list)
        for f in look.facts:
            if isinstance(f, Coverage) and f.subject == app:
                self.coverage[f.looked_for].append(f)
        found = {f.code for f in look.facts if isinstance(f, Problem) and f.exhibit == app}
        notes = {c for c in found if c in problems() and problems()[c].note}
        code, other = self._reasons(_CODE_KINDS), self._reasons(k for k in _KINDS if k not in _CODE_KINDS)
        self.hidden = found - notes - other | code
        """What keeps code from being seen. Coverage gives one reason a kind, the first; the problems give the rest."""
        self.unsettled = {
            row.category for row in self.of(SensitiveRead)
            if _way(row) == "maybe" and (row.category is not None or row.outcome is None)
        }  # fmt: skip
        """Kinds of data that calls may fetch without the code settling it; None = any that has an address or key."""

    def _reasons(self, kinds: Iterable[str]) -> set[str]:
        return {c.reason for kind in kinds for c in self.coverage.get(kind, []) if c.status != "read" and c.reason}

    def of(self, kind: type[F]) -> list[F]:
        """Return the facts of a kind about the app."""
        return [f for f in self.facts if isinstance(f, kind) and getattr(f, "app", None) == self.app]

    def status(self, kind: str) -> Status:
        """Return how far a kind was read: as far as its worst row says; unread where nobody said so."""
        rows = {c.status for c in self.coverage.get(kind, [])}
        if rows == {"read"}:
            return "read"
        return "unread" if rows <= {"unread"} else "partly"

    def obstacles(self, kind: str) -> set[str]:
        """Return what kept a kind from being read in full."""
        if kind not in _CODE_KINDS or self.status(kind) == "read":
            return self._reasons([kind])
        return self.hidden if kind == "sdk" else self.hidden - {SHORT_NAMES}

    def table(self, name: str) -> list[Mapping[str, str | int | bool | None]]:
        """Return the rows of a table about the app."""
        return lines(self.case.tables, name, self.app)


def _root(app: str, exhibits: Iterable[ExhibitEntry]) -> ExhibitEntry:
    """Return the file as handed in that an app came from."""
    known = {e.exhibit: e for e in exhibits}
    entry = known[app]
    while entry.parent in known:
        entry = known[entry.parent]
    return entry


def compare(old: Look, old_app: str, new: Look, new_app: str) -> AppDiff:
    """Return what changed from one version of an app to another; the ids come from ``app_of``."""
    a, b = _Side(old, old_app), _Side(new, new_app)
    coverage = {kind: _coverage(kind, a, b) for kind in _KINDS}
    before, after = _version(a), _version(b)
    reads = _reads(a, b, coverage["sensitive_read"])
    return AppDiff(
        dunproof=b.case.dunproof,
        old=before,
        new=after,
        same_file=before.sha256 == after.sha256,
        package=None
        if before.package is None or after.package is None
        else "same" if before.package == after.package else "other",
        order=_order(before.version_code, after.version_code),
        signer=_signer(before.certificates, after.certificates),
        coverage=list(coverage.values()),
        sheet=list(_sheet(a, b)),
        standings=list(_standings(a, b)),
        permissions=list(_permissions(a, b, coverage["permission"])),
        reads=reads,
        sdks=list(_sdks(a, b, coverage["sdk"], reads)),
        hosts=list(_hosts(a, b, coverage["endpoint"])),
    )  # fmt: skip


# --- which app ------------------------------------------------------------------------------------------------------


def _version(side: _Side) -> Version:
    app = side.of(App)[0]
    signers: dict[str, list[Signer]] = defaultdict(list)
    for signer in side.of(Signer):
        signers[signer.cert_sha256].append(signer)
    return Version(
        app=side.app, file=side.file.name, sha256=side.file.sha256, package=app.package, label=app.label,
        version_name=app.version_name, version_code=app.version_code, min_sdk=app.min_sdk, target_sdk=app.target_sdk,
        certificates=[
            Certificate(sha256=sha256, schemes=sorted({s.scheme for s in rows}), verifies=_verifies(rows))
            for sha256, rows in sorted(signers.items())
        ],
    )  # fmt: skip


def _verifies(rows: Iterable[Signer]) -> bool | None:
    said = {s.verifies for s in rows}
    return False if False in said else True if True in said else None


def _signer(
    old: list[Certificate], new: list[Certificate]
) -> Literal["same", "rotated", "other", "partly", "not_verified"]:
    for certificates in (old, new):
        holds = {c.verifies for c in certificates}
        if False in holds or True not in holds:
            return "not_verified"
    a, b = ({c.sha256 for c in certificates if c.verifies} for certificates in (old, new))
    former = {c.sha256 for c in new if any(scheme.endswith(_LINEAGE) for scheme in c.schemes)}
    return "same" if a == b else "partly" if a & b else "rotated" if a <= former else "other"


def _order(old: int | None, new: int | None) -> Literal["newer", "same", "older"] | None:
    if old is None or new is None:
        return None
    return "same" if old == new else "newer" if new > old else "older"


# --- how much could be seen -----------------------------------------------------------------------------------------


def _coverage(kind: str, old: _Side, new: _Side) -> CoverageChange:
    a, b = old.status(kind), new.status(kind)
    x, y = old.obstacles(kind), new.obstacles(kind)
    worse = _LEVEL[b] > _LEVEL[a] or (_LEVEL[b] == _LEVEL[a] and bool(y - x))
    better = _LEVEL[b] < _LEVEL[a] or (_LEVEL[b] == _LEVEL[a] and bool(x - y))
    return CoverageChange(
        looked_for=kind, old=a, new=b,
        obstacles_gained=sorted(y - x), obstacles_lost=sorted(x - y), obstacles_both=sorted(x & y),
        change="mixed" if worse and better else "worse" if worse else "better" if better else "same",
    )  # fmt: skip


def _of_gain(seen: CoverageChange) -> Certainty:
    """Return how sure it is that what NEW alone has was added: OLD lacks it."""
    if seen.old == "read":
        return "sure"
    return "unseen" if seen.change in {"better", "mixed"} else "open"


def _of_loss(seen: CoverageChange) -> Certainty:
    """Return how sure it is that what OLD alone has is gone: NEW lacks it."""
    if seen.new == "read":
        return "sure"
    return "unseen" if seen.change in {"worse", "mixed"} else "open"


def _sheet(old: _Side, new: _Side) -> Iterator[SheetChange]:
    rows = [next(iter(side.table("app_code_sheet")), {}) for side in (old, new)]
    for name in dict.fromkeys([*rows[1], *rows[0]]):
        a, b = rows[0].get(name), rows[1].get(name)
        if name != "app" and a != b:
            yield SheetChange(name=name, old=a, new=b)


# --- what differs ---------------------------------------------------------------------------------------------------


def _standings(old: _Side, new: _Side) -> Iterator[StandingChange]:
    """Yield the lines that differ, in the order of the table."""
    tables: list[dict[str, tuple[str | None, bool]]] = []
    for side in (old, new):
        table: dict[str, tuple[str | None, bool]] = {}
        for row in side.table("app_asks_and_reads"):
            if row.get("standing") in STANDINGS:
                table[str(row.get("category"))] = str(row.get("standing")), row.get("whole") is True
        tables.append(table)
    none: tuple[str | None, bool] = (None, False)
    for category in _merged(list(tables[1]), list(tables[0])):
        a, b = tables[0].get(category, none), tables[1].get(category, none)
        if a != b:
            yield StandingChange(category=category, old=a[0], new=b[0], old_whole=a[1], new_whole=b[1])


def _merged(first: list[str], second: list[str]) -> list[str]:
    """Return the names of both lists, each once; those of the second alone stand after the name before them there."""
    out = list(first)
    at = 0
    for name in second:
        if name in out:
            at = out.index(name) + 1
        else:
            out.insert(at, name)
            at += 1
    return out


def _permissions(old: _Side, new: _Side, seen: CoverageChange) -> Iterator[PermissionChange]:
    a, b = (_asked(side.of(Permission)) for side in (old, new))
    found = []
    for name in a.keys() | b.keys():
        x, y = a.get(name), b.get(name)
        if x == y:
            continue
        more = x is None or (y is not None and _reach(y[1]) > _reach(x[1]))
        found.append(
            PermissionChange(
                name=name,
                category=(y or x or ("", 0))[0],
                change="gained" if x is None else "lost" if y is None else "limit",
                certainty=_of_gain(seen) if more else _of_loss(seen),
                old_max_sdk=None if x is None else x[1],
                new_max_sdk=None if y is None else y[1],
            )
        )
    yield from sorted(found, key=lambda c: (_CHANGES.index(c.change), not c.category, c.name))


def _asked(rows: Iterable[Permission]) -> dict[str, tuple[str, int]]:
    """Return name → (kind of data, maxSdkVersion) of permissions, the widest limit of several rows."""
    out: dict[str, tuple[str, int]] = {}
    for row in rows:
        known = out.get(row.name)
        mine = row.max_sdk or 0  # a limit that cannot be read is none that counts
        limit = mine if known is None else max(known[1], mine, key=_reach)
        out[row.name] = row.perm_group, limit
    return out


def _reach(max_sdk: int) -> float:
    """Return a maxSdkVersion for comparing: 0 is no limit."""
    return max_sdk or float("inf")


_Key = tuple[str, Way, OwnerKind, str]
_Calls = Counter[tuple[str, str]]


def _way(row: SensitiveRead) -> Way:
    """Return how a call fetches data, as the view app_asks_and_reads counts it."""
    if row.outcome in {"picker", "documents"}:
        return "picked"
    return "read" if row.outcome == "resolved" and not row.doubtful else "maybe"


def _calls(side: _Side) -> dict[_Key, _Calls]:
    """Return the calls by kind of data, way and owner."""
    out: dict[_Key, _Calls] = defaultdict(Counter)
    for row in side.of(SensitiveRead):
        if row.category is not None:
            kind = _owner(row.owner_kind)
            owner = row.owner or "" if kind == "sdk" else ""
            out[row.category, _way(row), kind, owner][row.api, row.uri or ""] += 1
    return out


def _owner(kind: str | None) -> OwnerKind:
    return next((k for k in _OWNERS if k == kind), "nobody")


def _reads(old: _Side, new: _Side, seen: CoverageChange) -> list[ReadChange]:
    a, b = _calls(old), _calls(new)
    found = []
    for key in a.keys() | b.keys():
        x, y = a.get(key, Counter()), b.get(key, Counter())
        if x == y:
            continue
        doubts: list[Certainty] = []
        came, gone = y - x, x - y
        if came:
            doubts += [_of_gain(seen), _settled(key, came, old), _renamed(came, key, b, a)]
        if gone:
            doubts += [_of_loss(seen), _settled(key, gone, new), _renamed(gone, key, a, b)]
        found.append(
            ReadChange(
                category=key[0],
                way=key[1],
                owner_kind=key[2],
                owner=key[3],
                change="gained" if not x else "lost" if not y else "changed",
                certainty=max(doubts, key=_DOUBT.__getitem__),
                elsewhere=_moved(came, key, b, a) and _moved(gone, key, a, b),
                old=x.total(),
                new=y.total(),
                calls=[
                    CallChange(api=api, uri=uri, old=x[api, uri], new=y[api, uri])
                    for api, uri in sorted(x.keys() | y.keys())
                    if x[api, uri] != y[api, uri]
                ],
            )
        )
    rows = (side.table("app_asks_and_reads") for side in (new, old))
    rank = {name: n for n, name in enumerate(_merged(*([str(row.get("category")) for row in table] for table in rows)))}
    found.sort(
        key=lambda c: (
            c.owner_kind == "library", rank.get(c.category, len(rank)), c.category, _OWNERS.index(c.owner_kind),
            c.owner, c.way,
        )
    )  # fmt: skip
    return found


def _settled(key: _Key, calls: _Calls, lacking: _Side) -> Certainty:
    """Return whether the version that lacks these calls may have them among those that do not say what they fetch."""
    addressed = any(uri for _, uri in calls)
    may = key[0] in lacking.unsettled or (addressed and None in lacking.unsettled)
    return "open" if may and key[1] != "maybe" else "sure"


def _moved(calls: _Calls, key: _Key, here: Mapping[_Key, _Calls], there: Mapping[_Key, _Calls]) -> bool:
    """Return whether in the other version as many of these calls stand in code of other owners that has fewer here."""
    return calls <= _more(key, here, there)


def _renamed(calls: _Calls, key: _Key, here: Mapping[_Key, _Calls], there: Mapping[_Key, _Calls]) -> Certainty:
    """Return how sure it is that these calls did not only lose, or get, the name that tells whose they are.

    Code of nobody known may be anybody's: calls that left an owner and stand there are no sign that anything went.
    """
    nobody = key[2] == "nobody"
    more = _more(key, here, {k: v for k, v in there.items() if nobody or k[2] == "nobody"})
    return "unseen" if calls <= more else "open" if calls & more else "sure"


def _more(key: _Key, here: Mapping[_Key, _Calls], there: Mapping[_Key, _Calls]) -> _Calls:
    """Return the calls of a kind and way of which other owners have more in the other version than here."""
    more: _Calls = Counter()
    for other, found in there.items():
        if other[:2] == key[:2] and other != key:
            more += found - here.get(other, Counter())
    return more


def _sdks(old: _Side, new: _Side, seen: CoverageChange, reads: Iterable[ReadChange]) -> Iterator[SdkChange]:
    renamed = {r.owner for r in reads if r.owner_kind == "sdk" and r.elsewhere and r.certainty == "unseen"}
    a, b = (_best(side.of(Sdk), lambda s: s.sdk, lambda s: (_presence(s.presence), s.doubtful)) for side in (old, new))
    found = []
    for name in a.keys() | b.keys():
        x, y = a.get(name), b.get(name)
        rows = [row for row in (y, x) if row is not None]
        if x is not None and y is not None and x.presence == y.presence:
            continue
        less = y is None or (x is not None and _presence(y.presence) > _presence(x.presence))
        found.append(
            SdkChange(
                sdk=name,
                vendor=rows[0].vendor,
                purpose=rows[0].purpose,
                change="gained" if x is None else "lost" if y is None else "presence",
                certainty="unseen" if name in renamed else _of_loss(seen) if less else _of_gain(seen),
                doubtful=any(row.doubtful for row in rows),
                old_presence=None if x is None else x.presence,
                new_presence=None if y is None else y.presence,
            )
        )
    yield from sorted(found, key=lambda c: (_CHANGES.index(c.change), c.doubtful, c.sdk))


def _presence(name: str) -> int:
    return _PRESENCE.index(name) if name in _PRESENCE else len(_PRESENCE)


def _hosts(old: _Side, new: _Side, seen: CoverageChange) -> Iterator[HostChange]:
    a, b = (
        _best(side.of(Endpoint), lambda e: e.host, lambda e: (e.doubtful, _OWNERS.index(_owner(e.owner_kind))))
        for side in (old, new)
    )
    found = []
    for host in a.keys() ^ b.keys():
        gained = host in b
        row = b[host] if gained else a[host]
        found.append(
            HostChange(
                host=host,
                owner_kind=_owner(row.owner_kind),
                owner=row.owner or "",
                change="gained" if gained else "lost",
                certainty=_of_gain(seen) if gained else _of_loss(seen),
                doubtful=row.doubtful,
            )
        )
    yield from sorted(found, key=lambda c: (_CHANGES.index(c.change), _OWNERS.index(c.owner_kind), c.doubtful, c.host))


def _best(rows: Iterable[T], key: Callable[[T], str], rank: Callable[[T], tuple[int, int]]) -> dict[str, T]:
    """Return by key the row of the lowest rank, the first of equals."""
    out: dict[str, T] = {}
    for row in rows:
        name = key(row)
        if name not in out or rank(row) < rank(out[name]):
            out[name] = row
    return out
