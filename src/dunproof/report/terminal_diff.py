"""What changed between two versions of an app, in a terminal; an answer that rests on less sight says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console
from rich.text import Text

from dunproof.facts.appdiff import (
    AppDiff,
    Certainty,
    Change,
    CoverageChange,
    HostChange,
    ReadChange,
    StandingChange,
    Version,
)
from dunproof.facts.casefile import CaseFile
from dunproof.report.apps import AppBuilder, lines, method
from dunproof.report.appviews import AppView
from dunproof.report.catalogue import Catalogue, catalogue
from dunproof.report.masking import masked, masked_diff
from dunproof.report.screen import Screen

CALLS: Final = 6
"""Calls printed of one change; --json lists all."""
LINES: Final = 40
"""Lines printed of one part."""
_SIGNS: Final = {"gained": "+", "lost": "-", "changed": "~"}
_NOT_SURE: Final = "?"


class DiffPrinter(Screen):
    """Prints one comparison."""

    def __init__(
        self, console: Console, words: Catalogue, builder: AppBuilder, vendors: Mapping[str, str], diff: AppDiff
    ) -> None:
        super().__init__(console, words)
        self.builder = builder
        self.vendors = vendors
        self.diff = diff
        self.unchanged: dict[bool, list[str]] = {True: [], False: []}
        """Headings of the parts without a difference, by whether both versions were read in full there."""

    def whole(self, old: AppView, new: AppView) -> None:
        """Print what differs, part by part, then what does not."""
        t, diff = self.words, self.diff
        name = new.title if new.title == old.title else t("diff.arrow", old=old.title, new=new.title)
        self.line(Text.assemble((name, "bold"), "  ", (t("diff.title"), "dim")))
        if diff.same_file:
            self.line(t("diff.same_file"), 2)
            self.versions(old, new)
            return
        self.warnings()
        self.versions(old, new)
        self.coverage(old, new)
        self.standings()
        self.permissions()
        self.reads()
        self.sdks()
        self.hosts()
        self.line()
        if diff.unchanged:
            self.line(t("diff.none" if self._whole(*(c.looked_for for c in diff.coverage)) else "diff.none_seen"), 2)
            return
        for whole, key in ((True, "diff.same"), (False, "diff.same_seen")):
            if self.unchanged[whole]:
                self.line(t(key, what=t("list.semicolon").join(self.unchanged[whole])), 2, 2)
        self.line(t("diff.never"), 2)

    def warnings(self) -> None:
        """Print what puts the comparison itself in doubt."""
        t, diff = self.words, self.diff
        if diff.package != "same":
            self.line(Text(t("diff.package_other" if diff.package else "diff.package_unknown"), "red"), 2, 2)
        if diff.order == "older" and diff.package == "same":
            self.line(Text(t("diff.older"), "red"), 2, 2)
        changes: list[Change] = [*diff.permissions, *diff.reads, *diff.sdks, *diff.hosts]
        said = {_of(c) for c in changes if c.certainty == "unseen"}
        if "changed" in said or {"gained", "lost"} <= said:
            self.line(Text(t("diff.mixed"), "bold"), 2, 2)
        elif said:
            self.line(Text(t("diff.blind" if "lost" in said else "diff.clearer"), "bold"), 2, 2)

    def versions(self, old: AppView, new: AppView) -> None:
        """Print which two files, and whether one key signed both."""
        t, diff = self.words, self.diff
        self.head(t("diff.which"))
        signature = {t("apps.identity.certificate"), t("apps.identity.signature")}
        differing = {t("apps.identity.name"), t("apps.identity.systems")}
        said = [{(x.label, x.value) for x in view.identity} for view in (old, new)]
        for which, version, view in (("diff.old", diff.old, old), ("diff.new", diff.new, new)):
            self.columns([[Text(t(which), "dim"), Text(version.file), Text(self._version(version))]])
            self._labelled(t("apps.identity.sha256"), version.sha256)
            for x in view.identity:
                differs = x.label in differing and not all((x.label, x.value) in one for one in said)
                if differs or (x.label in signature and diff.signer != "same" and not diff.same_file):
                    self._labelled(x.label, x.value, style="red" if x.warn else "")
        if not diff.same_file:
            self._labelled(t("diff.signer"), t.word("diff_signer", diff.signer), indent=2)

    def _labelled(self, label: str, value: str, *, style: str = "", indent: int = 4) -> None:
        before = self.words("list.colon", a=label, b="")
        self.line(Text.assemble((before, "dim"), (value, style)), indent, 2)

    def _version(self, version: Version) -> str:
        none = self.words("value.none")
        if version.package is None and version.version_name is None and version.version_code is None:
            return none
        code = none if version.version_code is None else version.version_code
        named = self.words("apps.identity.version_text", name=version.version_name or none, code=code)
        return f"{version.package or none} {named}"

    def coverage(self, old: AppView, new: AppView) -> None:
        """Print how far each kind was read where that changed or is not all, then how the coverage sheets differ."""
        t = self.words
        grouped: dict[tuple[object, ...], list[CoverageChange]] = {}
        for c in self.diff.coverage:
            if c.change != "same" or c.old != "read" or c.new != "read":
                key = (c.old, c.new, c.change, *map(tuple, (c.obstacles_gained, c.obstacles_lost, c.obstacles_both)))
                grouped.setdefault(key, []).append(c)
        known, now = ({x.label: x.value for x in view.sheet} for view in (old, new))
        none = t("apps.sheet.not_counted")
        differ = [
            [Text(label, "dim"), Text(t("diff.arrow", old=known.get(label, none), new=now.get(label, none)))]
            for label in dict.fromkeys([*now, *known])
            if known.get(label) != now.get(label)
        ]
        if not self._part(t("diff.coverage"), (grouped, differ) if grouped or differ else ()):
            return
        for changes in grouped.values():
            c = changes[0]
            status = t.word("status", c.new)
            if c.old != c.new:
                status = t("diff.arrow", old=t.word("status", c.old), new=status)
            kinds = t("list.enum").join(t.word("kind", x.looked_for) for x in changes)
            said = t("list.semicolon").join((status, t.word("diff_seen", c.change)))
            self.line(t("list.colon", a=kinds, b=said), 2, 2)
            for sentence, codes in (
                ("diff.obstacles_gained", c.obstacles_gained),
                ("diff.obstacles_lost", c.obstacles_lost),
                ("diff.obstacles_both", c.obstacles_both),
            ):
                if codes:
                    named = dict.fromkeys(map(self.builder.reason, codes))
                    self.line(Text(t(sentence, what=t("list.semicolon").join(named)), "dim"), 4, 2)
        self.columns(differ)

    def standings(self) -> None:
        """Print the lines of the table of asking and reading that say something else."""
        t = self.words
        if not self._part(t("apps.table.title"), self.diff.standings, "sensitive_read", "permission"):
            return
        rows = [[Text(x, "dim") for x in (t("apps.table.kind"), t("diff.old"), f"→ {t('diff.new')}")]]
        rows += [
            [
                Text(t.word("word", c.category)),
                Text(self._standing(c, new=False)),
                Text.assemble("→ ", (self._standing(c, new=True), "bold")),
            ]
            for c in self.diff.standings
        ]
        self.columns(rows)

    def _standing(self, change: StandingChange, *, new: bool) -> str:
        t = self.words
        standing, whole = (change.new, change.new_whole) if new else (change.old, change.old_whole)
        if standing is None:
            return t("apps.table.nothing" if self._read("sensitive_read", new=new) else "diff.nothing_open")
        if standing == "not_asked_unseen" and self._read("permission", new=new):
            return t.word("word", "not_asked_open")
        return t.word("word", standing) + (t("list.paren", text=t("apps.table.whole")) if whole else "")

    def permissions(self) -> None:
        """Print the permissions of one version alone, and those whose limit moved."""
        t = self.words

        def limit(max_sdk: int | None) -> str:
            return t("diff.limit", system=self.builder.system(max_sdk)) if max_sdk else t("diff.no_limit")

        rows = []
        for c in self.diff.permissions:
            text = self.builder.permission(c.name)
            if c.category:
                text += t("list.paren", text=t.word("word", c.category))
            notes = [] if c.change == "limit" and c.certainty == "sure" else [self._sure(_of(c), c.certainty)]
            if c.change == "limit":
                notes.append(t("diff.arrow", old=limit(c.old_max_sdk), new=limit(c.new_max_sdk)))
            rows.append(self._row(_of(c), c.certainty, text, notes))
        self._rows(t("apps.table.permissions"), rows, "permission")

    def reads(self) -> None:
        """Print each group of calls that differs, with the calls below it."""
        t = self.words
        if not self._part(t("apps.sdks.reads"), self.diff.reads, "sensitive_read"):
            return
        for c in self.diff.reads:
            text = t("apps.places.head", kind=t.word("word", c.category), owner=self._whose(c))
            if c.way != "read":
                text += t("list.paren", text=t.word("diff_way", c.way))
            notes = [self._sure(c.change, c.certainty), t("diff.places", old=c.old, new=c.new)]
            if c.elsewhere:
                notes.append(t("diff.elsewhere"))
            note = t("list.semicolon").join(notes)
            self.line(Text.assemble(f"{self._sign(c.change, c.certainty)} {text}  ", (note, "dim")), 2, 2)
            for call in c.calls[:CALLS]:
                uri = f" {call.uri}" if call.uri else ""
                self.line(f"{method(call.api)}{uri}  {t('diff.arrow', old=call.old, new=call.new)}", 6, 2)
            if len(c.calls) > CALLS:
                self.line(t("diff.more", n=len(c.calls) - CALLS), 6)

    def sdks(self) -> None:
        """Print the SDKs of one version alone, and those that are there in another way."""
        t = self.words
        rows = []
        for c in self.diff.sdks:
            text = self.builder.named(c.sdk, self.vendors)
            if c.purpose:
                text = t("list.colon", a=text, b=t.word("sdk_purpose", c.purpose))
            notes = [] if c.change == "presence" and c.certainty == "sure" else [self._sure(_of(c), c.certainty)]
            if c.change == "presence":
                old, new = (t.word("presence", x or "") for x in (c.old_presence, c.new_presence))
                notes.append(t("diff.from_to", old=old, new=new))
            rows.append(self._row(_of(c), c.certainty, text, notes, doubtful=c.doubtful))
        self._rows(t("diff.sdks"), rows, "sdk")

    def hosts(self) -> None:
        """Print the hosts that are named in one version alone."""
        self._rows(
            self.words("apps.hosts.title"),
            [
                self._row(
                    c.change, c.certainty, c.host, [self._sure(c.change, c.certainty), self._whose(c)],
                    doubtful=c.doubtful,
                )
                for c in self.diff.hosts
            ],
            "endpoint",
        )  # fmt: skip

    # --- parts --------------------------------------------------------------------------------------------------------

    def _read(self, kind: str, *, new: bool) -> bool:
        seen = self.diff.seen(kind)
        return (seen.new if new else seen.old) == "read"

    def _whole(self, *kinds: str) -> bool:
        """Return whether these kinds were read in full in both versions."""
        return all(self._read(kind, new=new) for kind in kinds for new in (False, True))

    def _part(self, title: str, found: object, *kinds: str) -> bool:
        """Print a heading if there is something below it; else remember that there is no difference in these kinds."""
        if found:
            self.head(title)
        else:
            self.unchanged[self._whole(*kinds)].append(title)
        return bool(found)

    def _rows(self, title: str, rows: list[list[Text]], kind: str) -> None:
        if self._part(title, rows, kind):
            self.columns(rows[:LINES])
            if len(rows) > LINES:
                self.line(self.words("diff.more", n=len(rows) - LINES), 4)

    def _row(
        self, change: str, certainty: Certainty, text: str, notes: Iterable[str], *, doubtful: bool = False
    ) -> list[Text]:
        note = self.words("list.semicolon").join(notes)
        if doubtful:
            note += self.words("list.paren", text=self.words("apps.sdks.doubtful"))
        return [Text(f"{self._sign(change, certainty)} {text}"), Text(note, "dim")]

    def _sign(self, change: str, certainty: Certainty) -> str:
        return _NOT_SURE if certainty == "unseen" else _SIGNS[change]

    def _sure(self, change: str, certainty: Certainty) -> str:
        return self.words.word("diff_certainty", f"{change}_{certainty}")

    def _whose(self, c: ReadChange | HostChange) -> str:
        if c.owner_kind == "sdk":
            return self.words.word("host_whose", "sdk").replace("{name}", self.builder.named(c.owner, self.vendors))
        if c.owner_kind == "library" and c.owner:
            return self.words.word("host_whose", "library").replace("{name}", c.owner)
        return self.words.word("place_whose", c.owner_kind)


def _of(c: Change) -> str:
    """Return gained, lost or changed for a change of any kind."""
    return c.change if c.change in {"gained", "lost"} else "changed"


def render_diff(
    diff: AppDiff, old: CaseFile, new: CaseFile, lang: str, *, console: Console, show_numbers: bool = False
) -> None:
    """Print a comparison of two versions, masked unless ``show_numbers``; control characters are written out."""
    words = catalogue(lang)
    builders = [AppBuilder(masked(case, show_numbers=show_numbers), words) for case in (old, new)]
    views: list[AppView] = []
    vendors: dict[str, str] = {}
    for builder, app in zip(builders, (diff.old.app, diff.new.app), strict=True):
        views.append(next(view for view in builder.apps() if view.app == app))
        for row in lines(builder.case.tables, "app_sdks", app):
            vendors[str(row.get("sdk"))] = str(row.get("vendor") or "")
    shown = masked_diff(diff, show_numbers=show_numbers)
    DiffPrinter(console, words, builders[1], vendors, shown).whole(*views)
