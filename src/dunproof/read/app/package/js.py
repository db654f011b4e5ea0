"""What of a script is code, what are words in it, and what is a comment: enough of its grammar to tell them apart.

ECMA-262, lexical grammar. Whether a slash begins a pattern or divides is told by what stands before it, as nearly every
highlighter does. In a page only what stands in its ``script`` elements is a script.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

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
_SCRIPT: Final = re.compile(r"<script\b[^>]{0,2000}>(.*?)</script", re.DOTALL | re.IGNORECASE)
_HTML_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


class Script:
    """The comments and the quoted words of a script or page, by place; other files have neither."""

    def __init__(self, name: str, text: str) -> None:
        self._starts: list[int] = []
        self._rows: list[tuple[int, bool]] = []
        low = name.lower()
        if low.endswith(_SCRIPTS):
            self._take(_tokens(text, 0, len(text)))
        elif low.endswith(_PAGES):
            found = [(m.start(), m.end(), True) for m in _HTML_COMMENT.finditer(text)]
            for part in _SCRIPT.finditer(text):
                found += _tokens(text, part.start(1), part.end(1))
            self._take(iter(sorted(found)))

    def _take(self, tokens: Iterator[tuple[int, int, bool]]) -> None:
        for start, stop, is_comment in tokens:
            self._starts.append(start)
            self._rows.append((stop, is_comment))

    def is_comment(self, at: int) -> bool:
        """Return whether a place lies in a comment."""
        return self._at(at) is True

    def is_code(self, at: int) -> bool:
        """Return whether a place lies neither in a comment nor in quotes."""
        return self._at(at) is None

    def _at(self, at: int) -> bool | None:
        n = bisect_right(self._starts, at) - 1
        return self._rows[n][1] if n >= 0 and at < self._rows[n][0] else None


@lru_cache(maxsize=1)
def script(name: str, text: str) -> Script:
    """Return the tokens of a file; of the last one they are kept, since several questions are asked of it."""
    return Script(name, text)


def _tokens(text: str, start: int, stop: int) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, stop, whether it is a comment) of the comments, words and patterns of a script."""
    at = start
    barren: dict[str, int] = {}
    """Sign to the place before which nothing closes it: each stretch is looked through once."""
    while (found := _OPENS.search(text, at, stop)) is not None:
        sign, begin = found[0], found.start()
        at = found.end()
        if sign in ("/*", "//"):
            end = text.find("*/" if sign == "/*" else "\n", at, stop)
            at = stop if end < 0 else end + 2 * (sign == "/*")
            yield begin, at, True
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
            yield begin, at, False
        else:
            line = text.find("\n", end, stop)
            barren[sign] = stop if line < 0 else line
