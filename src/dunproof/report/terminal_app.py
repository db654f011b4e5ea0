"""An app in a terminal: identity, table of standings, coverage sheet, whose code is inside, and how to see the rest."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.text import Text

from dunproof.facts.casefile import CaseFile
from dunproof.report.apps import AppBuilder
from dunproof.report.appviews import AppView
from dunproof.report.catalogue import catalogue
from dunproof.report.masking import masked
from dunproof.report.screen import Screen

WIDE: Final = 110
"""Cells from which on the permissions have a column of their own; as a line of their own they always fit."""
HOSTS: Final = 12
MESSAGES: Final = 8
PROBLEMS: Final = 8
_SIGNS: Final = {"reads": "●", "blind": "?", "none": "○", "picked": "◦"}
_ASCII: Final = {"reads": "*", "blind": "?", "none": "o", "picked": "."}
_STYLE: Final = {"reads": "bold", "blind": "blue", "none": "dim", "picked": ""}


class AppPrinter(Screen):
    """Prints apps."""

    def standings(self, app: AppView) -> None:
        """Print the table: one line a kind of data."""
        t = self.words
        wide = self.console.width >= WIDE or self.stacks()
        signs = _SIGNS if self.signs else _ASCII
        heads = ["apps.table.kind", "", "apps.table.standing", "apps.table.whose", "apps.table.reached"]
        rows = [[Text(t(key) if key else "", "dim") for key in (*heads, *(["apps.table.permissions"] if wide else []))]]
        for line in app.standings:
            way = line.tone
            owners = [o.text for o in line.readers] + ([t("apps.table.whole")] if line.whole else [])
            owners += [o.text for o in line.others]
            row = [
                Text(line.category),
                Text(signs[way], _STYLE[way]),
                Text(line.short, _STYLE[way]),
                Text("\n".join(owners)),
                Text(line.reached),
            ]
            rows.append([*row, *([Text("\n".join(line.permissions))] if wide else [])])
        self.columns(rows, headed=True)
        ways = {line.tone for line in app.standings}
        named = {
            "reads": "apps.legend.read", "picked": "apps.legend.picked", "none": "apps.legend.none",
            "blind": "apps.legend.blind",
        }  # fmt: skip
        legend = [f"{signs[way]} {t(key)}" for way, key in named.items() if way in ways]
        self.line(Text("   ".join(legend), "dim"), 2)

    def identity(self, app: AppView) -> None:
        """Print which app it is; long hashes on a line of their own."""
        rows: list[list[Text]] = []
        for line in app.identity:
            style = "red" if line.warn else ""
            label = Text(line.label, "dim")
            if line.code and self.console.width < 100 and len(line.value) > 40:
                self._flush(rows)
                self.line(label, 2)
                self.line(Text(line.value, style, overflow="fold"), 4)
            else:
                rows.append([label, Text(line.value, style)])
        self._flush(rows)

    def _flush(self, rows: list[list[Text]]) -> None:
        if rows:
            self.columns(rows)
            rows.clear()

    def flow(self, app: AppView) -> None:
        """Print what is read before anybody agrees, what is asked for at once, and what follows a refusal."""
        if app.flow:
            self.head(self.words("apps.flow.title"))
            for line in app.flow:
                self.line(f"- {line}", 2, 2)

    def sheet(self, app: AppView) -> None:
        """Print the coverage sheet; a note stands beside what keeps code from being seen."""
        t = self.words
        self.head(t("apps.sheet.title"))
        self.line(Text(app.headline, "" if app.whole else "bold"), 2)
        self.columns([[Text(x.label, "dim"), Text(x.value, "bold" if x.limit else "")] for x in app.sheet])
        for x in app.sheet:
            if x.limit:
                self.line(Text(t("list.colon", a=x.label, b=x.note), "dim"), 2)
        for p in app.problems[:PROBLEMS]:
            self.line(f"! {p.text}{t('list.paren', text=p.code)}", 2, 2)
        if len(app.problems) > PROBLEMS:
            self.line(t("term.more", n=len(app.problems) - PROBLEMS), 2)

    def inside(self, app: AppView) -> None:
        """Print the SDKs and the hosts."""
        t = self.words
        self.head(t("apps.sdks.title"))
        if app.sdks:
            rows = [
                [
                    Text(t(k), "dim")
                    for k in ("apps.sdks.sdk", "apps.sdks.purpose", "apps.sdks.presence", "apps.sdks.reads")
                ]
            ]
            for s in app.sdks:
                name = s.vendor if s.vendor == s.sdk else f"{s.vendor}{t('list.paren', text=s.sdk)}"
                presence = s.presence + (t("list.paren", text=t("apps.sdks.doubtful")) if s.doubtful else "")
                rows.append(
                    [
                        Text(name),
                        Text(s.purpose),
                        Text(presence),
                        Text(str(s.reads) if s.reads else t("apps.sheet.none")),
                    ]
                )
            self.columns(rows, headed=True)
            for s in app.sdks:
                for claim in s.claims:
                    self.line(Text(t("list.colon", a=s.vendor or s.sdk, b=claim), "dim"), 2, 2)
        else:
            self.line(t("apps.sdks.none"), 2)
        if not app.whole:
            self.line(t("apps.sdks.partly"), 2)
        self.head(t("apps.hosts.title"))
        if app.hosts:
            self.columns([[Text(h.host), Text(h.whose, "dim")] for h in app.hosts[:HOSTS]])
        else:
            self.line(t("apps.hosts.none"), 2)
        if app.hosts_total > HOSTS:
            self.line(t("term.more", n=app.hosts_total - HOSTS), 2)

    def messages(self, app: AppView) -> None:
        """Print the messages that stand ready in the app; those that may be a misreading are counted alone."""
        t = self.words
        if not app.messages:
            return
        self.head(t("apps.messages.title"))
        self.line(Text(t("apps.messages.lead"), "dim"), 2)
        sure = [m for m in app.messages if not m.doubtful]
        for m in sure[:MESSAGES]:
            self.line(t("list.colon", a=m.acts, b=t("apps.messages.quote", text=m.text)), 2, 2)
            self.line(Text(m.place, "dim"), 4)
        more = app.messages_total - min(len(sure), MESSAGES)
        if more:
            self.line(t("apps.messages.more", n=more), 2)

    def limits(self, app: AppView, *, commands: bool) -> None:
        """Print what such a reading never shows, and how to see the rest."""
        t = self.words
        self.head(t("apps.never.title"))
        for key in ("apps.never.ran", "apps.never.sent", "apps.never.collect"):
            self.line(f"- {t(key)}", 2, 2)
        self.head(t("apps.rest.title"))
        for hint in app.hints:
            self.line(f"→ {hint}", 2, 2)
        if commands:
            for key in ("apps.rest.investigate", "apps.rest.json"):
                self.line(f"→ {t(key)}", 2, 2)

    def whole(self, app: AppView) -> None:
        """Print everything about one app."""
        self.title(app)
        self.identity(app)
        self.head(self.words("apps.table.title"))
        self.standings(app)
        if any(line.owners for line in app.standings):
            self.line(Text(self.words("apps.table.note_reached"), "dim"), 2)
        self.head(self.words("apps.permissions.title"))
        named = self.words("list.comma").join(app.permissions)
        self.line(named or self.words("apps.permissions.none"), 2)
        self.flow(app)
        self.sheet(app)
        self.inside(app)
        self.messages(app)
        self.limits(app, commands=True)

    def title(self, app: AppView) -> None:
        """Print the name of an app."""
        self.line(Text.assemble((app.title, "bold"), "  ", (app.subtitle, "dim")))

    def brief(self, app: AppView) -> None:
        """Print the table, how much could be seen, and the SDKs by name."""
        t = self.words
        self.title(app)
        self.standings(app)
        self.line(Text(app.headline, "" if app.whole else "bold"), 2)
        if app.sdks:
            names = t("list.comma").join(s.vendor or s.sdk for s in app.sdks)
            self.line(t("list.colon", a=t("apps.sdks.title"), b=names), 2)


def render_apps(case: CaseFile, lang: str, *, console: Console, show_numbers: bool = False) -> None:
    """Print the apps of a case one after another, masked unless ``show_numbers``."""
    words = catalogue(lang)
    out = AppPrinter(console, words)
    for n, app in enumerate(AppBuilder(masked(case, show_numbers=show_numbers), words).apps()):
        if n:
            out.line()
        out.whole(app)
