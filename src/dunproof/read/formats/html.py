"""HTML and Markdown as words with places: an own tokeniser whose tokens, joined, are the file.

The libraries measured give no character offsets (selectolax, lxml) or are slow (html5lib, html.parser), and evidence
needs them. The tokeniser follows the WHATWG HTML standard, section 13.2.5, in what separates words from markup:
comments, raw text elements, quoted attributes, character references with and without semicolon. Every search that can
fail is asked once, so hostile input costs linear time. Template code (``<?php ?>``, ``<%= %>``, ``{{ }}``, ``${ }``)
that was left in a page stands for a value that nobody filled in: it reads ``____``.
"""

from __future__ import annotations

import html as _html
import re
from collections.abc import Iterator
from functools import lru_cache
from html.entities import html5 as _ENTITIES  # noqa: N812 - a table
from typing import Final, NamedTuple

from dunproof.read.formats.page import Page, PageWriter

TOKEN_CAP: Final = 1_000_000
"""Tokens of one file; what follows is not read and the page says so."""
BLANK: Final = "____"

_RAW: Final = frozenset({"script", "style", "iframe", "noembed", "noframes", "xmp"})
_RCDATA: Final = frozenset({"title", "textarea"})
_VOID: Final = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr", "keygen", "frame", "basefont", "bgsound",
})  # fmt: skip
_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5",
    "h6", "head", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup",
    "option", "p", "pre", "search", "section", "select", "summary", "table", "tbody", "tfoot", "thead", "tr",
    "td", "th", "ul", "caption", "title", "textarea", "template", "noscript",
})  # fmt: skip
_HEADINGS: Final = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_SKIPPED: Final = frozenset({"template", "object"})
_CLOSES: Final = {
    "li": frozenset({"ul", "ol", "menu", "dir"}),
    "dd": frozenset({"dl"}),
    "dt": frozenset({"dl"}),
    "option": frozenset({"select"}),
    "td": frozenset({"table"}),
    "th": frozenset({"table"}),
    "tr": frozenset({"table"}),
}
"""Elements that end an open one of their own kind, and where that search stops."""
_ALIKE: Final = {
    "dd": ("dd", "dt"),
    "dt": ("dd", "dt"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "tr": ("tr", "td", "th"),
}
_MARKDOWN_TAGS: Final = frozenset({
    "a", "abbr", "b", "big", "blockquote", "br", "center", "code", "col", "colgroup", "dd", "del", "details",
    "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li",
    "mark", "ol", "p", "pre", "s", "small", "span", "strike", "strong", "sub", "summary", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "html", "head", "body", "meta", "title",
    "script", "style", "header", "footer", "section", "article", "main",
})  # fmt: skip
"""Tags that are markup inside plain text and Markdown; any other ``<word>`` there is text."""

_MARKUP: Final = re.compile(r"<(?=[A-Za-z/!?%])")
_NAME: Final = re.compile(r"[A-Za-z][^\s/>]*")
_IN_TAG: Final = re.compile(r"[>=]|<\?|<%")
_CODE: Final = re.compile(r"<[?%]")
_UNQUOTED: Final = re.compile(r"\s*")
_VALUE: Final = re.compile(r"[^\s>]*")
_ATTRIBUTE: Final = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?""")
_ATTRIBUTE_CAP: Final = 10_000
_HIDING: Final = re.compile(r"hidden|display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,10};?|#[xX][0-9a-fA-F]{1,8};?|[A-Za-z][A-Za-z0-9]{1,31};?)")
_TEMPLATE: Final = r"\{\{[^{}\n]{0,200}\}\}|\{!![^{}\n]{0,200}!!\}|[$#]\{[^{}\n]{0,200}\}"
_HTML_PIECE: Final = re.compile(rf"[ \t\n\r\f]+|{_ENTITY.pattern}|{_TEMPLATE}")
_PRE_PIECE: Final = re.compile(rf"\r?\n|\r|{_ENTITY.pattern}|{_TEMPLATE}")
_TEXT_PIECE: Final = re.compile(
    rf"\r?\n|\r|&(?:nbsp|lt|gt|amp|quot|ldquo|rdquo|#[0-9]{{1,7}});|{_TEMPLATE}|(?<!\*)\*\*(?!\*)|"
    r"(?m:^[ ]{0,3}\#{1,6}[ \t]+)|\\(?=[-*_#.\[\]()!])|\[(?=[^\[\]\n]{1,200}\]\([^()\s]{1,500}\))|"
    r"(?<=.)\]\([^()\s]{1,500}\)"
)
_MARKDOWN: Final = re.compile(r"(?m)^[ ]{0,3}(?:#{1,6}[ \t]+\S|\|?[ ]*:?-{3,}:?[ ]*\|)")
_WHOLE_PAGE: Final = re.compile(r"<!doctype\s+html|<(?:html|body|head)(?=[\s>])", re.IGNORECASE)
_OUTPUT: Final = re.compile(r"<\?=|<\?php\s+(?:echo|print)\b|<\?\s*(?:echo|print)\b|<%[=:-]", re.IGNORECASE)


class Token(NamedTuple):
    """A piece of the file: [start, stop). ``name`` is the lower-case tag name of open, close, raw and rcdata."""

    kind: str
    """text | open | close | comment | template | raw | rcdata"""
    start: int
    stop: int
    name: str = ""


class _Finder:
    """``str.find`` that never searches twice for what does not come again."""

    __slots__ = ("_last", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._last: dict[str, int] = {}

    def __call__(self, needle: str, start: int) -> int:
        last = self._last.get(needle)
        if last is None:
            last = self._last[needle] = self.text.rfind(needle)
        return self.text.find(needle, start) if last >= start else -1


def _tag_stop(text: str, at: int, find: _Finder) -> int:
    """Return the place behind the ``>`` of a tag whose name ends at ``at``; -1 if the file ends first."""
    while True:
        m = _IN_TAG.search(text, at)
        if m is None:
            return -1
        sign = m[0]
        at = m.end()
        if sign == ">":
            return at
        if sign != "=":
            close = find("?>" if sign == "<?" else "%>", at)
            at = close + 2 if close >= 0 else at
            continue
        at = _UNQUOTED.match(text, at).end()  # type: ignore[union-attr]  # matches the empty text
        quote = text[at : at + 1]
        if quote not in {'"', "'"} or not quote:
            at = _VALUE.match(text, at).end()  # type: ignore[union-attr]  # matches the empty text
            continue
        at = _quoted_stop(text, at, quote, find)


def _quoted_stop(text: str, at: int, quote: str, find: _Finder) -> int:
    """Return the place behind a quoted value that opens at ``at``; quotes inside template code do not end it."""
    inside = at + 1
    stop = find(quote, inside)
    while stop >= 0:
        code = _CODE.search(text, inside, stop)
        if code is None:
            return stop + 1
        close = find("?>" if code[0] == "<?" else "%>", code.end())
        if close < 0:
            return stop + 1
        inside = close + 2
        if inside > stop:
            stop = find(quote, inside)
    return at + 1


def tokens(text: str, *, tags: frozenset[str] | None = None) -> Iterator[Token]:
    """Yield the tokens of an HTML file; joined in order they are the file. ``tags`` limits what counts as markup."""
    find = _Finder(text)
    size = len(text)
    done = at = 0
    last = text.rfind(">")
    while True:
        m = _MARKUP.search(text, at)
        if m is None:
            break
        i = m.start()
        if i > last:  # nothing ends any more; only a comment needs no end
            i = find("<!--", i)
            if i < 0:
                break
        token = _markup(text, i, find, tags)
        if token is None:
            at = i + 1
            continue
        if i > done:
            yield Token("text", done, i)
        yield token
        done = at = token.stop
        if token.kind == "open" and token.name in _RAW | _RCDATA:
            close = re.compile(rf"</{token.name}(?=[\s/>])", re.IGNORECASE).search(text, at)
            stop = close.start() if close else size
            if stop > at:
                yield Token("raw" if token.name in _RAW else "rcdata", at, stop, token.name)
            done = at = stop
    if done < size:
        yield Token("text", done, size)


def _markup(text: str, i: int, find: _Finder, tags: frozenset[str] | None) -> Token | None:
    """Return the markup token that starts at the ``<`` at ``i``; None if it is text."""
    size = len(text)
    sign = text[i + 1]
    if sign == "!":
        if text.startswith("<!--", i):
            if text.startswith((">", "->"), i + 4):
                return Token("comment", i, text.index(">", i) + 1)
            stop = find("-->", i + 4)
            return Token("comment", i, stop + 3 if stop >= 0 else size)
        stop = find(">", i)
        return Token("comment", i, stop + 1 if stop >= 0 else size) if tags is None else None
    if sign in "?%":
        close = find("?>" if sign == "?" else "%>", i + 2)
        if close >= 0:
            return Token("template", i, close + 2)
        if sign == "%":
            return None
        stop = find(">", i)
        return Token("comment", i, stop + 1 if stop >= 0 else size) if tags is None else None
    closing = sign == "/"
    name = _NAME.match(text, i + 2 if closing else i + 1)
    if name is None:  # "</" without a name: a comment up to ">", or text where there is none
        stop = find(">", i)
        return Token("comment", i, stop + 1) if stop >= 0 and tags is None else None
    if find(">", i) < 0:
        return None
    word = name[0].lower() if len(name[0]) <= 64 else ""
    if tags is not None and word not in tags:
        return None
    stop = _tag_stop(text, name.end(), find)
    if stop < 0:
        stop = size
    return Token("close" if closing else "open", i, stop, word)


def attributes(tag: str) -> dict[str, str]:
    """Return the attributes of a tag as written, names in lower case; the first of a name counts, values decoded."""
    head = _NAME.match(tag, 1)
    out: dict[str, str] = {}
    for m in _ATTRIBUTE.finditer(tag[:_ATTRIBUTE_CAP], head.end() if head else 1):
        value = m[2] or ""
        if value[:1] in {'"', "'"}:
            value = value[1:-1]
        out.setdefault(m[1].lower(), _html.unescape(value))
    return out


def _number(text: str) -> int:
    m = re.match(r"\s*\+?([0-9]{1,9})", text)
    return int(m[1]) if m else 1


def _entity(name: str) -> tuple[str, int]:
    """Return what a character reference stands for and how much of it is the reference; (name, 0) if it is text."""
    if name[1] == "#":
        return _html.unescape(name), len(name)
    body = name[1:]
    if body in _ENTITIES:
        return _ENTITIES[body], len(name)
    for stop in range(len(body) - 1, 1, -1):  # as browsers read "&ltx": the longest name that needs no semicolon
        if body[:stop] in _ENTITIES:
            return _ENTITIES[body[:stop]], stop + 1
    return name, 0


class _HtmlWriter:
    """Turns tokens into a page."""

    def __init__(self, text: str, markup: str) -> None:
        self.text = text
        self.markup = markup
        self.out = PageWriter(text, markup)
        self.stack: list[tuple[str, bool, bool]] = []  # name, hides, skips
        self.count: dict[str, int] = {}
        self.hiding = 0
        self.skipping = 0
        self.pre = 0

    def words(self, start: int, stop: int) -> None:
        """Add the words of a stretch of text."""
        if self.skipping:
            return
        text, out = self.text, self.out
        pattern = _TEXT_PIECE if self.markup != "html" else _PRE_PIECE if self.pre else _HTML_PIECE
        lines = self.markup != "html" or self.pre > 0
        in_table = bool(out.open_tables)
        at = start
        for m in pattern.finditer(text, start, stop):
            a, b = m.span()
            if a < at:
                continue
            if a > at:
                out.put(text[at:a], at, a - at)
            first = text[a]
            if first in " \t\n\r\f" and not text[a:b].strip():
                if lines and "\n" in m[0] + ("\n" if first == "\r" else "") and not in_table:
                    out.end_block(a)
                else:
                    out.blank(a, b - a)
            elif first == "&":
                value, used = _entity(m[0])
                if used:
                    out.put(value, a, used)
                    b = a + used
                else:
                    out.put(m[0], a, b - a)
            elif m[0].startswith(("{{", "{!", "${", "#{")):
                out.put(BLANK, a, b - a)
            at = b
        if stop > at:
            out.put(text[at:stop], at, stop - at)

    def open(self, token: Token) -> None:
        """Take an opening tag."""
        name, at = token.name, token.start
        out = self.out
        if name in {"br", "hr"}:
            if not self.skipping:
                out.end_block(at)
            return
        if name in _VOID:
            return
        tag = self.text[at : min(token.stop, at + _ATTRIBUTE_CAP)]
        if name in _CLOSES:
            self.close_alike(name, at)
        elif name in _BLOCKS and self.count.get("p") and self.stack[-1][0] == "p":
            self.pop(at)
        hides = _HIDING.search(tag) is not None and _is_hidden(attributes(tag))
        skips = name in _SKIPPED
        self.stack.append((name, hides, skips))
        self.count[name] = self.count.get(name, 0) + 1
        self.skipping += skips
        if self.skipping:
            return
        if name in _BLOCKS:
            out.end_block(at, _kind(name, in_table=bool(out.open_tables)), "\t" if name in {"td", "th"} else "\n")
        if hides:
            self.hiding += 1
            if self.hiding == 1:
                out.hide(on=True)
        if name in {"pre", "textarea"}:
            self.pre += 1
        elif name == "table":
            out.open_table()
        elif name == "tr" and out.open_tables:
            out.open_tables[-1].open_row(out.length)
        elif name in {"td", "th"} and out.open_tables:
            spans = attributes(tag) if "span" in tag.lower() else {}
            out.open_tables[-1].open_cell(
                out.length, _number(spans.get("rowspan", "")), _number(spans.get("colspan", "")), head=name == "th"
            )

    def close_alike(self, name: str, at: int) -> None:
        """End an open element that cannot hold another of its kind (li in li, td in td)."""
        alike = _ALIKE.get(name, (name,))
        if not any(self.count.get(a) for a in alike):
            return
        fence = _CLOSES[name]
        k = len(self.stack) - 1
        found = -1
        floor = max(0, k - 200)  # markup nested deeper than that inside one cell is not meant
        while k >= floor:
            open_name = self.stack[k][0]
            if open_name in fence:
                break
            if open_name in alike:
                found = k
                if name != "tr":
                    break
            k -= 1
        if found >= 0:
            while len(self.stack) > found:
                self.pop(at)

    def close(self, name: str, at: int) -> None:
        """Take a closing tag; everything opened inside ends with it."""
        if name == "p" and not self.count.get("p"):
            self.out.end_block(at)
        if not self.count.get(name):
            return
        if name not in _BLOCKS and self.stack[-1][0] != name:
            # a stray inline end must not end the blocks around it
            for k in range(len(self.stack) - 1, max(-1, len(self.stack) - 50), -1):
                if self.stack[k][0] == name:
                    entry = self.stack.pop(k)
                    self.left(entry, at)
                    return
                if self.stack[k][0] in _BLOCKS:
                    return
            return
        if name not in {"table", "html", "body"} and self.out.open_tables and self.beyond_table(name):
            return
        while self.stack[-1][0] != name:
            self.pop(at)
        self.pop(at)

    def beyond_table(self, name: str) -> bool:
        """Return whether the element stands outside the innermost open table: its end tag is lost in a cell."""
        for k in range(len(self.stack) - 1, max(-1, len(self.stack) - 200), -1):
            if self.stack[k][0] == name:
                return False
            if self.stack[k][0] == "table":
                return True
        return False

    def pop(self, at: int) -> None:
        """End the innermost element."""
        self.left(self.stack.pop(), at)

    def left(self, entry: tuple[str, bool, bool], at: int) -> None:
        """Do what the end of an element means."""
        name, hides, skips = entry
        self.count[name] -= 1
        if skips:
            self.skipping -= 1
            return
        if self.skipping:
            return
        out = self.out
        if name in _BLOCKS:
            out.end_block(at, _kind("", in_table=bool(out.open_tables)), "\t" if name in {"td", "th"} else "\n")
        if hides:
            self.hiding -= 1
            if self.hiding == 0:
                out.hide(on=False)
        if name in {"pre", "textarea"}:
            self.pre -= 1
        elif name == "table" and out.open_tables:
            out.close_table()
        elif name in {"td", "th"} and out.open_tables:
            out.open_tables[-1].close_cell(out.length)

    def page(self) -> Page:
        """Return the page of the whole file."""
        tags = None if self.markup == "html" else _MARKDOWN_TAGS
        cut = False
        for n, token in enumerate(tokens(self.text, tags=tags)):
            if n > TOKEN_CAP:
                cut = True
                break
            match token.kind:
                case "text":
                    self.words(token.start, token.stop)
                case "rcdata":
                    self.pre += 1
                    self.words(token.start, token.stop)
                    self.pre -= 1
                case "open":
                    self.open(token)
                case "close":
                    self.close(token.name, token.start)
                case "template":
                    if not self.skipping and _OUTPUT.match(self.text, token.start):
                        self.out.put(BLANK, token.start, token.stop - token.start)
                case _:
                    pass
        return self.out.page(cut=cut)


def _kind(name: str, *, in_table: bool) -> str:
    if name == "title":
        return "title"
    if name in _HEADINGS:
        return "heading"
    if name in {"li", "dd", "dt"}:
        return "item"
    if name == "caption":
        return "caption"
    return "cell" if in_table or name in {"td", "th"} else "paragraph"


def _is_hidden(found: dict[str, str]) -> bool:
    """Return whether the attributes of an element keep it from the screen (or from a screen reader)."""
    style = found.get("style", "").lower().replace(" ", "")
    return (
        ("hidden" in found and found["hidden"].lower() != "false")
        or "display:none" in style
        or "visibility:hidden" in style
        or found.get("aria-hidden", "").lower() == "true"
    )


@lru_cache(maxsize=4)
def read_page(text: str, markup: str = "html") -> Page:
    """Return the page of a decoded file. ``markup`` is ``html``, or ``text`` for plain text and Markdown.

    In text every line is a block; Markdown marks and the tags that Markdown allows are not words. A file that was taken
    for HTML because tables stand in its Markdown is read like that too.
    """
    if markup == "html" and _MARKDOWN.search(text) and not _WHOLE_PAGE.search(text):
        markup = "markdown"
    return _HtmlWriter(text, markup if markup in {"html", "markdown"} else "text").page()


def visible(source_text: str, start: int, stop: int) -> str:
    """Return what a reader sees of code points [start, stop) of an HTML file: tags dropped, entities decoded.

    Blocks are parted by a line feed, cells by a tab; '' where nothing of the span is shown.
    """
    return read_page(source_text).words(start, stop)
