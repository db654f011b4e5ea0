"""What of a script is code, what are words in it, and what is a comment: enough of its grammar to tell them apart.

ECMA-262, lexical grammar. Whether a slash begins a pattern or divides is told by what stands before it, as nearly every
highlighter does. In a page only what stands in its ``script`` elements is a script.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from heapq import merge
from itertools import chain
from typing import Final

COMMENT: Final = "comment"
WORDS: Final = "words"
PATTERN: Final = "pattern"
_KINDS: Final = (COMMENT, WORDS, PATTERN)
_WORDS_KIND: Final = 1
_OPENS: Final = re.compile(r"/\*|//|[\"'`/]")
_REST: Final = {
    '"': re.compile(r"(?:[^\"\\\n]|\\.)*+", re.DOTALL),
    "'": re.compile(r"(?:[^'\\\n]|\\.)*+", re.DOTALL),
    "`": re.compile(r"(?:[^`\\]|\\.)*+", re.DOTALL),
    "/": re.compile(r"(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*+\])++", re.DOTALL),
}
"""What stands between the signs that words and patterns begin and end with."""
_ENDS_VALUE: Final = re.compile(r"(?:[\w$)\]}\"'`]|\+\+|--)\s*\Z")
_KEYWORD: Final = re.compile(r"(?<![\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|do|else|instanceof)\s*\Z")
_BEFORE: Final = 24
_PAGES: Final = (".html", ".htm", ".xhtml", ".vue", ".nvue", ".wxml")
_SCRIPTS: Final = (".js", ".mjs", ".jsx", ".cjs", ".ts", ".bundle", ".jsbundle", ".wxs")
_SCRIPT: Final = re.compile(r"<script\b[^<>]{0,2000}>(.*?)(?:</script|\Z)", re.DOTALL | re.IGNORECASE)
_PLUS: Final = re.compile(r"\s*\+\s*(?:([\w$.()\[\] ]{1,60}?)\s*\+\s*)?\Z")
_BETWEEN: Final = 80
_RUN_CAP: Final = 2000
_TAG: Final = re.compile(r"<[A-Za-z][^<>]{0,4000}>")
"""A tag may have code in its attributes (onclick, @click)."""
_HTML_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


class Script:
    """The comments, quoted words and patterns of a script, page or JSON text, by place; other files have none."""

    def __init__(self, name: str, text: str) -> None:
        low = name.lower()
        rows: Iterable[tuple[int, int, str]] = ()
        self._parts: list[tuple[int, int]] = []
        """Where code can stand."""
        if low.endswith(_SCRIPTS):
            self._parts = [(0, len(text))]
            rows = _tokens(text, 0, len(text))
        elif low.endswith(".json"):
            rows = _tokens(text, 0, len(text))
        elif low.endswith(_PAGES):
            parts = [part.span(1) for part in _SCRIPT.finditer(text)]
            comments = ((*m.span(), COMMENT) for m in _HTML_COMMENT.finditer(text))
            rows = merge(comments, chain.from_iterable(_tokens(text, *part) for part in parts))
            self._parts = sorted([*parts, *(m.span() for m in _TAG.finditer(text))])
        # A script may have millions of them.
        self._starts, self._stops, self._kinds = array("i"), array("i"), bytearray()
        for start, stop, kind in rows:
            self._starts.append(start)
            self._stops.append(stop)
            self._kinds.append(_KINDS.index(kind))
        self._begins = [start for start, _ in self._parts]

    def is_comment(self, at: int) -> bool:
        """Return whether a place lies in a comment."""
        return self._at(at) == COMMENT

    def is_code(self, at: int) -> bool:
        """Return whether a place lies where code stands, neither in a comment nor in quotes."""
        n = bisect_right(self._begins, at) - 1
        return n >= 0 and at < self._parts[n][1] and not self._at(at)

    def joined(self, text: str) -> Iterator[list[tuple[int, int]]]:
        """Yield the (start, stop) of the quoted words that plus signs join; a span (at, at) is a value between them."""
        run: list[tuple[int, int]] = []
        for start, stop in self.words():
            if run:
                last = run[-1][1] + 1
                plus = _PLUS.match(text[last : start - 1]) if start - last < _BETWEEN else None
                if plus is None or len(run) >= _RUN_CAP:
                    yield run
                    run = []
                elif plus[1]:
                    run.append((last, last))
            run.append((start, stop))
        if run:
            yield run

    def words(self) -> Iterator[tuple[int, int]]:
        """Yield (start, stop) of the quoted words without their quotes, in order."""
        for start, stop, kind in zip(self._starts, self._stops, self._kinds, strict=True):
            if kind == _WORDS_KIND:
                yield start + 1, stop - 1

    def _at(self, at: int) -> str:
        n = bisect_right(self._starts, at) - 1
        return _KINDS[self._kinds[n]] if n >= 0 and at < self._stops[n] else ""


def quotes(data: bytes) -> int:
    """Return how many signs in a text may begin or end words: what taking it apart costs goes by them."""
    return data.count(b'"') + data.count(b"'") + data.count(b"`")


def has_words(name: str) -> bool:
    """Return whether a file of this name has quoted words: a script, a page or JSON."""
    return name.lower().endswith((*_SCRIPTS, *_PAGES, ".json"))


@lru_cache(maxsize=1)
def script(name: str, text: str) -> Script:
    """Return the tokens of a file; of the last one they are kept, since several questions are asked of it."""
    return Script(name, text)


def _tokens(text: str, start: int, stop: int) -> Iterator[tuple[int, int, str]]:
    """Yield (start, stop, kind) of the comments, words and patterns of a script."""
    at = start
    barren: dict[str, int] = {}
    """Sign to the place before which nothing closes it: each stretch is looked through once."""
    while (found := _OPENS.search(text, at, stop)) is not None:
        sign, begin = found[0], found.start()
        at = found.end()
        if sign in ("/*", "//"):
            end = text.find("*/" if sign == "/*" else "\n", at, stop)
            at = stop if end < 0 else end + 2 * (sign == "/*")
            yield begin, at, COMMENT
            continue
        if sign == "/":
            before = text[max(start, begin - _BEFORE) : begin]
            if _ENDS_VALUE.search(before) and not _KEYWORD.search(before):
                continue  # it divides
        if begin < barren.get(sign, start):
            continue
        rest = _REST[sign].match(text, at, stop)
        end = at if rest is None else rest.end()
        if end > at - (sign != "/") and end < stop and text[end] == sign:
            at = end + 1
            yield begin, at, PATTERN if sign == "/" else WORDS
        else:
            line = text.find("\n", end, stop)
            barren[sign] = stop if line < 0 else line
