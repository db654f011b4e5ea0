"""Reader of agreements, policies and sharing lists: HTML, plain text, Markdown → facts with places in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import (
    CollectedItem,
    Coverage,
    Document,
    Fact,
    Mint,
    Problem,
    Promise,
    PromiseTerm,
    Recipient,
    RecipientItem,
    Reference,
    Support,
    Term,
)
from dunproof.facts.locator import char
from dunproof.language.fold import fold
from dunproof.read.formats.html import read_page
from dunproof.read.formats.page import Page
from dunproof.read.formats.pdf import Pages, read_pages
from dunproof.read.formats.text import decode
from dunproof.read.policy import identity as _identity
from dunproof.read.policy import promises as _promises
from dunproof.read.policy.bodies import free_names
from dunproof.read.policy.items import Reading, purpose_of, readings, taxonomy
from dunproof.read.policy.paper import Paper, Sentence, read_paper
from dunproof.read.policy.recipients import Found, item_places, of_record, of_sentence
from dunproof.read.policy.sheets import Record, Sheets, read_sheets
from dunproof.read.policy.terms import terms_of
from dunproof.read.source import Source

FORMATS: Final = frozenset({"html", "text", "markdown", "pdf"})
LOOKS_FOR: Final = (
    "document", "reference", "collected_item", "recipient", "recipient_item", "term", "promise", "promise_term",
)  # fmt: skip
VERSION: Final = 5

CHARACTER_CAP: Final = 4_000_000
"""Characters of a file that are read; agreements have a thousandth of that."""
FACT_CAP: Final = 20_000
"""Facts of one kind and document."""
_LEFT_OPEN: Final = re.compile(r"等(?:信息|资料|内容|数据|等)?[\s。.;]*\Z|包括但不(?:仅)?限于")
_OPENS: Final = re.compile(r"<(?:html|body)(?=[\s>])", re.IGNORECASE)
_CLOSES: Final = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
LITTLE: Final = 120
"""Characters below which a page is no paper but a shell that a script fills, or an error page (ours)."""
_MINUTE: Final = 300
"""Characters read in a minute (ours)."""


def read(source: Source) -> Iterator[Fact]:
    """Yield the facts of one agreement. Text that is no agreement yields a document without type and its gap alone."""
    mint = Mint(source.exhibit)
    if source.format == "pdf":
        yield from _of_pages(source, read_pages(source.read_bytes()), mint)
        return
    decoded = decode(source.read_bytes())
    if decoded.replaced:
        yield Problem(
            fact_id=mint(), exhibit=source.exhibit, loc="", tier="exact", code="bytes-not-text",
            detail=f"{decoded.replaced} places do not fit {decoded.encoding}",
        )  # fmt: skip
    yield from _of_text(source, decoded.text, mint)


def _of_pages(source: Source, pages: Pages, mint: Mint) -> Iterator[Fact]:
    """Yield the facts of the text of all pages, each at its page; what goes on over the page is a further place."""
    if not pages.text.strip():
        raise ExhibitError(
            "no-text-layer", f"its {pages.count} pages hold pictures alone",
            hint="hand in the text, or make the pages searchable with a program for text recognition",
        )  # fmt: skip
    gap = detail = ""
    if pages.cut:
        gap = "text-too-long"
        detail = f"{len(pages.texts)} of {pages.count} pages were read"
    elif pages.blank:
        gap = "pages-without-text"
        detail = f"{len(pages.blank)} of {pages.count} pages hold no words, the first of them page {pages.blank[0]}"
    if gap:
        yield Problem(fact_id=mint(), exhibit=source.exhibit, loc="", tier="exact", code=gap, detail=detail)
    told = set()
    for fact in _of_text(source, pages.text, mint):
        if isinstance(fact, Coverage):
            told.add(fact.looked_for)
        if not fact.loc.startswith("char="):
            yield fact
            continue
        start, stop = map(int, fact.loc.removeprefix("char=").split(","))
        first, *rest = pages.places(start, stop)
        yield msgspec.structs.replace(fact, loc=str(first))
        of_fact, part = (fact.of_fact, fact.part) if isinstance(fact, Support) else (fact.fact_id, "text")
        for place in rest:
            yield Support(
                fact_id=mint(), exhibit=source.exhibit, loc=str(place), tier=fact.tier, of_fact=of_fact, part=part
            )
    for kind in LOOKS_FOR if gap else ():
        if kind not in told:
            yield Coverage(
                fact_id=mint(), exhibit=source.exhibit, loc="", tier="exact", looked_for=kind, subject=source.exhibit,
                status="partly", reason=gap,
            )  # fmt: skip


def _of_text(source: Source, text: str, mint: Mint) -> Iterator[Fact]:
    """Yield the facts of a text, HTML or plain."""
    page = read_page(text[:CHARACTER_CAP], "html" if source.format == "html" else "text")
    paper = read_paper(page)
    facts = _Facts(source, mint, paper)
    yield from facts.document()
    if facts.is_agreement:
        yield from facts.everything()
    code, detail, status = _gap(source, text, page, facts)
    if code:
        yield Problem(fact_id=mint(), exhibit=source.exhibit, loc="", tier="exact", code=code, detail=detail)
        for kind in LOOKS_FOR if code != "no-agreement" else LOOKS_FOR[1:]:
            yield Coverage(
                fact_id=mint(), exhibit=source.exhibit, loc="", tier="exact", looked_for=kind, subject=source.exhibit,
                status=status, reason=code,
            )  # fmt: skip


def _gap(source: Source, text: str, page: Page, facts: _Facts) -> tuple[str, str, str]:
    """Return (problem code, detail, status of coverage) of what was not read; three empty texts for a whole paper.

    A page whose words a script would fetch, a download that broke off and a text that was taken for no agreement look
    alike to a rule: nothing stands there. None of them may answer that nothing is wrong.
    """
    longer = "the file is longer than an agreement can be; its first part was read"
    if len(text) > CHARACTER_CAP:
        return "text-too-long", longer, "partly"
    if page.cut:
        return "markup-too-long", longer, "partly"
    if facts.cut:
        return "too-many-facts", longer, "partly"
    if source.format == "html":
        shown = _shown(page)
        if shown < LITTLE:
            return "little-text", f"the page shows {shown} characters", "partly" if shown else "unread"
        if _broke_off(text):
            return "markup-cut", "the page opens <html> or <body> and the file ends before either is closed", "partly"
    if not facts.is_agreement:
        return "no-agreement", "nothing in the text says that it is an agreement or a policy", "unread"
    return "", "", ""


def _shown(page: Page) -> int:
    """Return how many characters a page shows, its title and blanks left out."""
    titles = sum(
        sum(not c.isspace() for c in page.text[b.start : b.stop]) for b in page.blocks if b.kind == "title"
    )  # fmt: skip
    return sum(not c.isspace() for c in page.text) - titles


def _broke_off(text: str) -> bool:
    """Return whether a page that opens as a whole one ends before its end, as a broken download does."""
    return _OPENS.search(text) is not None and _CLOSES.search(text) is None


class _Facts:
    """Makes the facts of one paper."""

    def __init__(self, source: Source, mint: Mint, paper: Paper) -> None:
        self.exhibit = source.exhibit
        self.mint = mint
        self.paper = paper
        self.identity = _identity.identity(paper)
        self.is_agreement = self.identity.document_type is not None
        self.cut = False
        self._recipients: dict[str, str] = {}
        self._said: set[tuple[str, str | None]] = set()
        self._gets: set[tuple[str, str]] = set()
        self._items: set[tuple[str, str]] = set()

    def document(self) -> Iterator[Fact]:
        """Yield the document row."""
        page = self.paper.page
        length = sum(1 for c in page.text if not c.isspace())
        found = self.identity
        yield Document(
            fact_id=self.mint(), exhibit=self.exhibit, loc=found.loc, tier="derived", document=self.exhibit,
            title=found.title, document_type=found.document_type, version=found.version,
            effective_day=found.effective_day, length_chars=length, reading_minutes=-(-length // _MINUTE),
        )  # fmt: skip

    def everything(self) -> Iterator[Fact]:
        """Yield all other facts."""
        for title, loc in _identity.references(self.paper, self.identity.title or ""):
            yield Reference(
                fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier="derived", document=self.exhibit, target=title,
                document_type=_identity.type_of(fold(title).text),
            )  # fmt: skip
        sheets = read_sheets(self.paper)
        self.cut = sheets.cut
        for record in sheets.records:
            yield from self._record(record)
        yield from self._sentences(sheets)

    def _sentences(self, sheets: Sheets) -> Iterator[Fact]:
        paper = self.paper
        aliases: dict[str, tuple[str, str]] = {}
        items = terms = 0
        promises: list[tuple[str, int]] = []
        wider: list[tuple[int, str]] = []
        taken = _Ranges(sheets.taken)
        free = free_names(s.text for s in paper.sentences)
        for sentence in paper.sentences:
            paragraph = paper.paragraphs[sentence.paragraph]
            if taken.holds(paragraph.base):
                continue
            read_items: list[Reading] = []
            if items < FACT_CAP:
                read_items = readings(paper, sentence)
                for reading in read_items:
                    items += 1
                    yield from self._item(sentence, reading)
            if len(self._recipients) < FACT_CAP:
                for found in of_sentence(paper, sentence, read_items, aliases, free):
                    yield from self._recipient(found)
            if terms >= FACT_CAP:
                self.cut = True
                continue
            for term in terms_of(paper, sentence):
                terms += 1
                loc = paper.loc(sentence, term.start, term.stop)
                fact = Term(
                    fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier="heuristic", document=self.exhibit,
                    term_type=term.kind, polarity=term.polarity, modality=term.modality, surface=self._words(loc),
                )  # fmt: skip
                yield fact
                yield from self._stem(fact.fact_id, sentence)
                if (
                    term.kind in _promises.KINDS
                    and term.polarity == "asserts"
                    and (not promises or promises[-1][1] != sentence.index)
                ):
                    promise = self.mint()
                    yield from self._promise(promise, sentence, term.modality, loc)
                    promises.append((promise, sentence.index))
                elif term.kind in _promises.WIDER and term.polarity == "asserts":
                    wider.append((sentence.index, loc))
        self.cut = self.cut or items >= FACT_CAP or len(self._recipients) >= FACT_CAP
        for promise, at in promises[:100]:
            for index, loc in wider[:100]:
                if index != at:
                    yield self._support(promise, loc, "contradicts")

    def _words(self, loc: str) -> str:
        words = self.paper.words(loc)
        return words if self.paper.page.markup == "text" else " ".join(words.split())

    def _support(self, fact: str, loc: str, part: str) -> Support:
        return Support(fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier="derived", of_fact=fact, part=part)

    def _stem(self, fact: str, sentence: Sentence) -> Iterator[Fact]:
        stem = self.paper.stem(sentence)
        if stem is not None:
            yield self._support(fact, self.paper.loc(stem), "stem")

    def _item(self, sentence: Sentence, reading: Reading) -> Iterator[Fact]:
        loc = self.paper.loc(sentence, reading.mention.start, reading.mention.stop)
        if (loc, reading.activity or "") in self._items:
            return
        self._items.add((loc, reading.activity or ""))
        fact = CollectedItem(
            fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier="heuristic", document=self.exhibit,
            item=reading.mention.item, surface=self._words(loc), activity=reading.activity, subject=reading.subject,
            purpose=reading.purpose, required=reading.required, open_ended=reading.open_ended,
        )  # fmt: skip
        yield fact
        yield from self._stem(fact.fact_id, sentence)

    def _promise(self, promise: str, sentence: Sentence, modality: str | None, loc: str) -> Iterator[Fact]:
        said = _promises.promised(sentence, modality)
        yield Promise(
            fact_id=promise, exhibit=self.exhibit, loc=loc, tier="heuristic", promise=promise, document=self.exhibit,
            predicate="contact", modality=said.modality,
        )  # fmt: skip
        yield from self._stem(promise, sentence)
        for slot, value, start, stop in said.terms:
            yield PromiseTerm(
                fact_id=self.mint(), exhibit=self.exhibit, loc=self.paper.loc(sentence, start, stop), tier="heuristic",
                promise=promise, slot=slot, value=value,
            )  # fmt: skip

    def _record(self, record: Record) -> Iterator[Fact]:
        """Yield the recipients of a row of a list; a row without a body tells what the firm itself collects."""
        paper = self.paper
        if record.fields.keys() & {"name", "sdk"}:
            activity = "share"
            for found in of_record(paper, record):
                if len(self._recipients) >= FACT_CAP:
                    self.cut = True
                    return
                yield from self._recipient(found)
        else:
            activity = "collect"
        purpose_areas = record.fields.get("purpose", [])
        words = fold("用于" + " ".join(paper.page.text[a:b] for a, b in purpose_areas), tight=True).text
        purpose = (purpose_of(words) or None) if purpose_areas else "none"
        for mention, loc in item_places(paper, record.fields.get("items", [])):
            if (loc, activity) in self._items or len(self._items) >= FACT_CAP:
                continue
            self._items.add((loc, activity))
            fact = CollectedItem(
                fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier="derived", document=self.exhibit,
                item=mention.item, surface=self._words(loc), activity=activity, subject=taxonomy()[mention.item].whose,
                purpose=purpose, required=None,
                open_ended=self._open(record),
            )  # fmt: skip
            yield fact
            if "items" in record.heads:
                yield self._support(fact.fact_id, char(*paper.page.span(*record.heads["items"])), "head")

    def _open(self, record: Record) -> bool:
        """Return whether the items of a record are left open."""
        words = "".join(self.paper.page.text[a:b] for a, b in record.fields.get("items", []))
        return _LEFT_OPEN.search(fold(words, tight=True).text) is not None

    def _recipient(self, found: Found) -> Iterator[Fact]:
        known = self._recipients.get(found.key)
        if known is None:
            known = self._recipients[found.key] = f"{self.exhibit}.r{len(self._recipients) + 1}"
        if found.tier == "exact" or (known, found.role) not in self._said:
            if found.role == "mention" and any(k == known for k, _ in self._said):
                return
            self._said.add((known, found.role))
            fact = Recipient(
                fact_id=self.mint(), exhibit=self.exhibit, loc=found.loc, tier=found.tier, document=self.exhibit,
                recipient=known, name=found.name, entity=found.entity, category=found.category, role=found.role,
                purpose=found.purpose, manner=found.manner, contact=found.contact, sdk=found.sdk,
            )  # fmt: skip
            yield fact
            for loc in found.heads:
                yield self._support(fact.fact_id, loc, "head")
            if found.stem:
                yield self._support(fact.fact_id, found.stem, "stem")
        for item, loc in found.items:
            if (known, item) not in self._gets and len(self._gets) < FACT_CAP:
                self._gets.add((known, item))
                yield RecipientItem(
                    fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier=found.tier, document=self.exhibit,
                    recipient=known, item=item,
                )  # fmt: skip


class _Ranges:
    """Ranges of the visible text, asked in rising or any order."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self._ranges = ranges
        self._starts = [a for a, _ in ranges]

    def holds(self, position: int) -> bool:
        k = bisect_right(self._starts, position) - 1
        return k >= 0 and position < self._ranges[k][1]
