"""Where any of many words stand in a text, whatever their spelling.

One automaton (Aho-Corasick) over the folded text, in several views of it: plain, tight, without filler signs, without
injected advertisement. Hits carry the span of the original.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import ahocorasick_rs
import msgspec

from dunproof.language.fold import Folded, fold

View = Literal["plain", "tight", "fillers", "despam"]
VIEWS: Final[tuple[View, ...]] = ("plain", "tight", "fillers", "despam")


class Hit(msgspec.Struct, frozen=True, order=True):
    """A pattern found: half-open span in code points of the original, index of the pattern, view that showed it."""

    start: int
    stop: int
    pattern: int
    view: str

    @property
    def guessed(self) -> bool:
        """True where only the view without advertisement showed it: a reading of tier heuristic."""
        return self.view == "despam"


def _latin(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")


def _folded(text: str, view: View) -> Folded:
    if view == "plain":
        return fold(text)
    return fold(text, tight=True, fillers=view in {"fillers", "despam"}, despam=view == "despam")


class Matcher:
    """Finds patterns in texts. The patterns are folded once, here; an empty one raises ValueError."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns: Sequence[str] = tuple(patterns)
        self._groups: dict[str, list[int]] = {}
        for index, pattern in enumerate(self.patterns):
            folded = fold(pattern).text
            if not folded.strip():
                raise ValueError(f"pattern {index} ({pattern!r}) has no visible character")
            self._groups.setdefault(folded, []).append(index)
        self._forms = list(self._groups)
        self._edges = [(_latin(f[0]), _latin(f[-1])) for f in self._forms]
        self._automaton = ahocorasick_rs.AhoCorasick(
            self._forms, matchkind=ahocorasick_rs.MATCHKIND_STANDARD, store_patterns=False
        )

    def raw(self, folded: str) -> list[tuple[int, int, int]]:
        """Return (start, stop, form index) of every form, overlapping ones too, in text that is folded already.

        A form that starts or ends with a Latin letter or digit counts only at the border of such a run.
        """
        out = []
        last = len(folded)
        for form, start, stop in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            left, right = self._edges[form]
            if (left and start and _latin(folded[start - 1])) or (right and stop < last and _latin(folded[stop])):
                continue
            out.append((start, stop, form))
        return out

    def indexes(self, form: int) -> list[int]:
        """Return the indexes of the patterns that fold to one form."""
        return self._groups[self._forms[form]]

    def find(self, text: str, *, views: Sequence[View] = ("plain",), overlapping: bool = False) -> list[Hit]:
        """Return the hits in order of place.

        Without ``overlapping`` the leftmost, and of those the longest, wins over all views together, the plainer view
        on
        equal spans; a hit that only the despam view shows never displaces another one. Patterns that fold to the same
        form give one hit each.
        """
        sure: dict[tuple[int, int, int], View] = {}
        guessed: dict[tuple[int, int, int], View] = {}
        done: set[str] = set()
        for view in sorted(views, key=VIEWS.index):
            folded = _folded(text, view)
            if folded.text in done:
                continue
            done.add(folded.text)
            found = guessed if view == "despam" else sure
            for start, stop, form in self.raw(folded.text):
                place = (*folded.span(start, stop), form)
                if place not in sure:
                    found.setdefault(place, view)
        if overlapping:
            places = sorted({**guessed, **sure}.items())
        else:
            kept = _leftmost_longest(sure)
            borders = [(a, b) for (a, b, _), _ in kept]
            extra = [g for g in _leftmost_longest(guessed) if not _touches(g[0][0], g[0][1], borders)]
            places = sorted([*kept, *extra])
        return [Hit(a, b, index, view) for (a, b, form), view in places for index in self.indexes(form)]


_Place = tuple[tuple[int, int, int], View]


def _leftmost_longest(found: dict[tuple[int, int, int], View]) -> list[_Place]:
    out: list[_Place] = []
    end = -1
    for place in sorted(found, key=lambda p: (p[0], -p[1], VIEWS.index(found[p]), p[2])):
        if place[0] >= end:
            out.append((place, found[place]))
            end = place[1]
    return out


def _touches(start: int, stop: int, borders: list[tuple[int, int]]) -> bool:
    from bisect import bisect_left

    place = bisect_left(borders, (stop, -1))
    return place > 0 and borders[place - 1][1] > start
