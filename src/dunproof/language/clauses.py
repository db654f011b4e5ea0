"""Sentences and clauses of Chinese text, as spans; brackets and quotation marks hold their content together.

Works on original and on folded text alike: the spans belong to the text handed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_HARD: Final = re.compile(r"[。！!？?；;\n\r]|(?<=[㐀-鿿])\.(?![.0-9a-zA-Z])(?=\s|$|[㐀-鿿])|(?<=[a-z])\.(?=\s|$)")
_SOFT: Final = re.compile(r"[，,]|\.{3,}|…+|—{2}")
_CLOSE: Final = re.compile(r"[”\"’'」』）)]*")
_BRACKETS: Final = {"（": "）", "(": ")", "“": "”", "「": "」"}
_SHORT: Final = 40
"""A bracket holds a sentence end inside only if it closes within so many characters."""


def borders(text: str) -> tuple[list[int], list[int]]:
    """Return the places of sentence ends and of clause marks, both in order."""
    return [m.start() for m in _HARD.finditer(text)], [m.start() for m in _SOFT.finditer(text)]


def _shielded(text: str, start: int, stop: int) -> set[int]:
    """Return the places of sentence marks inside short brackets and quotes of ``text[start:stop]``."""
    out: set[int] = set()
    for m in re.finditer("[（(“「]", text[start:stop]):
        begin = start + m.start()
        end = text.find(_BRACKETS[m[0]], begin + 1, min(stop, begin + _SHORT))
        if end >= 0 and "\n" not in text[begin:end]:
            # the mark just before the closing quote ends with the quote, so it stays shielded too
            out.update(range(begin, end))
    return out


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences, marks included, white space at the edges left out, empty ones skipped."""
    shielded = _shielded(text, 0, len(text))
    start = 0
    for m in _HARD.finditer(text):
        if m.start() in shielded or m.start() < start:
            continue
        close = _CLOSE.match(text, m.end()) if m[0] not in "\n\r" else None
        stop = close.end() if close else m.end()
        yield from _trimmed(text, start, stop)
        start = stop
    yield from _trimmed(text, start, len(text))


def clauses(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the clauses: sentences cut at commas and pauses."""
    for first, last in sentences(text):
        start = first
        for m in _SOFT.finditer(text, first, last):
            yield from _trimmed(text, start, m.end())
            start = m.end()
        yield from _trimmed(text, start, last)


def _trimmed(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    part = text[start:stop]
    left = len(part) - len(part.lstrip())
    if left < len(part):
        yield start + left, start + len(part.rstrip())
