"""The result in a terminal: counts, findings with one quote each, what is undecided, what could not be read."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dunproof.facts.casefile import CaseFile
from dunproof.report.appviews import AppView
from dunproof.report.catalogue import Catalogue, catalogue
from dunproof.report.evidence import EvidenceView
from dunproof.report.masking import masked
from dunproof.report.page import Builder
from dunproof.report.sentences import plain
from dunproof.report.terminal_app import AppPrinter
from dunproof.report.views import ExhibitView, Page, VerdictView

FINDINGS: Final = 20
APPS: Final = 6
CONTEXT: Final = 24
QUOTE: Final = 160
_STYLE: Final = {
    "breach": "bold red",
    "departs": "yellow",
    "needs-facts": "blue",
    "unseen": "dim",
    "kept": "green",
    "not-applicable": "dim",
}
_SIGN: Final = {"breach": "◆", "departs": "◇", "needs-facts": "?", "unseen": "○", "kept": "✓", "not-applicable": "–"}
_ASCII_SIGN: Final = {
    "breach": "!",
    "departs": "~",
    "needs-facts": "?",
    "unseen": "o",
    "kept": "+",
    "not-applicable": "-",
}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _short(text: str, *, first: bool, last: bool) -> str:
    """Return words between what was found, cut where they are long: the far end of the first and the last."""
    if len(text) <= 2 * CONTEXT:
        return text
    head, tail = text[:CONTEXT], text[-CONTEXT:]
    return "…" + tail if first else head + "…" if last else f"{head}…{tail}"


def _quote(e: EvidenceView) -> Text:
    """Return the quoted words between their neighbours, cut to a line or two, what was found marked by signs."""
    pieces = [(_one_line(text), found) for text, found in e.pieces]
    out = Text(_one_line(e.before)[-CONTEXT:], "dim", overflow="fold")
    for n, (text, found) in enumerate(pieces):
        if found:
            out.append("»").append(text if len(text) <= QUOTE else text[:QUOTE] + "…", "bold").append("«")
        else:
            out.append(_short(text, first=n == 0, last=n == len(pieces) - 1))
    return out.append(_one_line(e.after)[:CONTEXT], "dim")


class _Printer(AppPrinter):
    """Prints one page of views; every text of an exhibit goes out as Text, never as markup."""

    def __init__(self, console: Console, words: Catalogue) -> None:
        super().__init__(console, words)
        self.verdict_signs = _SIGN if self.signs else _ASCII_SIGN

    def apps(self, apps: list[AppView]) -> None:
        if not apps:
            return
        self.head(self.words("apps.title" if len(apps) == 1 else "apps.titles"))
        for n, app in enumerate(apps[:APPS]):
            if n:
                self.line()
            self.brief(app)
        if len(apps) > APPS:
            self.line(self.words("term.more", n=len(apps) - APPS))

    def counts(self, page: Page) -> None:
        t = self.words
        self.line(t("term.exhibits", n=len(page.exhibits), read=page.read_in_full))
        if not self.console.is_terminal:
            for name, n in page.counts:
                self.line(f"{n:6}  {t('verdict.' + name)}")
            return
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(justify="right")
        table.add_column()
        for name, n in page.counts:
            style = _STYLE[name] if n else "dim"
            table.add_row(Text(str(n), style), Text(f"{self.verdict_signs[name]} {t('verdict.' + name)}", style))
        self.console.print(table)

    def finding(self, v: VerdictView) -> None:
        t = self.words
        head = Text.assemble(
            (f"{self.verdict_signs[v.verdict]} {t('verdict.' + v.verdict)}", _STYLE[v.verdict]), "  ", (v.title, "bold")
        )
        head.append(f"  {v.rule.id}", "dim")
        self.line(head)
        rows = t("finding.rows", n=v.rows_total)
        self.line(Text(t("list.comma").join([v.subject, rows, *([t.word("tier", v.tier)] if v.tier else [])])), 2)
        for r in v.rows[:1]:
            self.line(plain(r.messages[0]), 2)
            for e in r.evidence[:1]:
                self.line(_quote(e), 4)
                self.line(Text(f"{e.exhibit}{t('list.comma')}{e.place}  {e.locator}", "dim", overflow="fold"), 4)
        if v.lead is not None:
            self.line(Text(plain(v.lead.title) + t("list.paren", text=v.lead.level), "dim"), 2)
        for m in v.missing:
            self.line(f"→ {m.ask}", 2)

    def findings(self, page: Page) -> None:
        t = self.words
        found = [*page.verdicts["breach"], *page.verdicts["departs"]]
        self.head(t("term.findings"))
        if not found:
            self.line(t("term.none"))
        for i, v in enumerate(found[:FINDINGS]):
            if i:
                self.line()
            self.finding(v)
        if len(found) > FINDINGS:
            self.line(t("term.more", n=len(found) - FINDINGS))

    def undecided(self, page: Page) -> None:
        t = self.words
        open_ones = [*page.verdicts["needs-facts"], *page.verdicts["unseen"]]
        if not open_ones:
            return
        self.head(t("term.open"))
        asks: dict[str, int] = {}
        for v in open_ones:
            for m in v.missing:
                asks[m.ask] = asks.get(m.ask, 0) + 1
        ranked = sorted(asks.items(), key=lambda a: (-a[1], a[0]))
        for ask, n in ranked[:FINDINGS]:
            self.line(f"→ {ask}{t('list.paren', text=n) if n > 1 else ''}")
        if len(ranked) > FINDINGS:
            self.line(t("term.more", n=len(ranked) - FINDINGS))

    def file(self, e: ExhibitView) -> None:
        """Print one file: what it is, what was found, what could not be read."""
        t = self.words
        kind = t.word("format", e.entry.format) if e.entry.format else t("value.none")
        self.line(Text.assemble((e.entry.name, "bold"), "  ", kind, "  ", t("status." + e.entry.status)))
        for line in e.coverage:
            self.line(line, 2, 2)
        self.problems(e, len(e.problems))

    def problems(self, e: ExhibitView, most: int) -> None:
        """Print what could not be read in a file."""
        t = self.words
        for detail, code, place, hint in e.problems[:most]:
            where = f"{t('list.comma')}{place}" if place else ""
            self.line(_one_line(detail) + t("list.paren", text=code + where), 2, 2)
            if hint:
                self.line(f"→ {hint}", 2, 2)

    def unread(self, page: Page) -> None:
        t = self.words
        parts = [e for e in page.exhibits if e.entry.status != "read" or e.problems]
        if not parts:
            return
        self.head(t("term.unread"))
        for e in parts[:FINDINGS]:
            self.line(Text.assemble((e.entry.name, "bold"), "  ", t("status." + e.entry.status)))
            self.problems(e, 3)
        if len(parts) > FINDINGS:
            self.line(t("term.more", n=len(parts) - FINDINGS))


def render(case: CaseFile, lang: str, *, console: Console, show_numbers: bool = False) -> None:
    """Print the result of a case; plain lines without colour or boxes where the console is no terminal.

    Numbers and names are masked unless ``show_numbers``; control characters of exhibits are written out, so that a
    message cannot steer the terminal. Where the files of the result are is printed by the caller.
    """
    words = catalogue(lang)
    page = Builder(masked(case, show_numbers=show_numbers), words).page()
    out = _Printer(console, words)
    out.counts(page)
    out.apps(page.apps)
    out.findings(page)
    out.undecided(page)
    out.unread(page)
    out.line()
    out.line(Text(words("term.reminder"), "dim" if console.is_terminal else ""))


def render_files(case: CaseFile, exhibits: list[str], lang: str, *, console: Console, show_numbers: bool) -> None:
    """Print how far some files of a case were read, what was found in each, and what could not be read."""
    words = catalogue(lang)
    page = Builder(masked(case, show_numbers=show_numbers), words).page()
    out = _Printer(console, words)
    for e in page.exhibits:
        if e.entry.exhibit in exhibits:
            out.file(e)
    out.line()
