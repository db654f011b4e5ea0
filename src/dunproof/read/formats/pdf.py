r"""The words of a PDF, page by page, and the way from a place in all of them to the page it stands on.

Places are ``page=3&char=120,145``: page from 1, code points of the text of that page as PDFium gives it, line ends as
one ``\n`` and blanks at the end of the page left out. A page without words is a picture: nothing here reads it.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.facts.locator import Char, Locator, Page

PAGE_CAP: Final = 2_000
"""Pages of a file that are read."""
CHARACTER_CAP: Final = 4_000_000
"""Characters of a file that are read."""


class Pages(msgspec.Struct, frozen=True, dict=True):
    """The text of each page, how many pages the file has, and whether the rest was left out."""

    texts: list[str]
    count: int
    cut: bool

    @cached_property
    def text(self) -> str:
        """Return the text of all pages, one line break between two of them."""
        return "\n".join(self.texts)

    @cached_property
    def _starts(self) -> list[int]:
        out, at = [], 0
        for text in self.texts:
            out.append(at)
            at += len(text) + 1
        return out

    @property
    def blank(self) -> list[int]:
        """Return the numbers of the pages without words."""
        return [n for n, text in enumerate(self.texts, 1) if not text.strip()]

    def places(self, start: int, stop: int) -> list[Locator]:
        """Return the places of [start, stop) of the whole text: one a page that it touches, at least one."""
        first = max(0, bisect_right(self._starts, start) - 1)
        out = []
        for n in range(first, len(self.texts)):
            base = self._starts[n]
            if n > first and base >= stop:
                break
            length = len(self.texts[n])
            a, b = min(max(start - base, 0), length), min(stop - base, length)
            if a < b or n == first == bisect_right(self._starts, max(start, stop - 1)) - 1:
                out.append(Locator(places=(Page(n + 1), Char(a, max(a, b)))))
        return out or [Locator(places=(Page(first + 1), Char(0, 0)))]


def read_pages(data: bytes) -> Pages:
    """Return the text of every page. Raises ExhibitError for a file that is locked or broken."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise ExhibitError("pdf-locked", "it wants a password", hint="hand in a copy without a password") from None
        raise ExhibitError("pdf-broken", str(error), hint="ask for the file again, or print it to PDF anew") from None
    try:
        texts: list[str] = []
        size = 0
        for n in range(min(len(document), PAGE_CAP)):
            texts.append(_words(document, n))
            size += len(texts[-1])
            if size > CHARACTER_CAP:
                break
        return Pages(texts, len(document), len(texts) < len(document))
    finally:
        document.close()


def _words(document: object, n: int) -> str:
    """Return the text of a page; a page that PDFium cannot open counts as one without words."""
    import pypdfium2

    try:
        page = document[n]  # type: ignore[index]
        try:
            text = page.get_textpage()
            try:
                return str(text.get_text_range()).replace("\r\n", "\n").replace("\r", "\n").rstrip()
            finally:
                text.close()
        finally:
            page.close()
    except pypdfium2.PdfiumError:
        return ""
