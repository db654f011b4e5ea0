"""Comparable text with a map back to the original.

Folding makes two spellings of one word equal: NFKC, radicals read as ideographs, invisible characters dropped,
Traditional read as Simplified, lower case. It works character by character, so that the folding of a part is a part of
the folding, and every place in the folded text belongs to one character of the original. Folded text is for matching
only; what is shown is always the original.

Note for patterns: NFKC turns full-width signs into ASCII (``，`` → ``,``, ``（`` → ``(``, ``：`` → ``:``, ``…`` →
``...``).
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import compress, pairwise
from typing import Final

from dunproof.language.lexicon import rows

_IDEOGRAPH: Final = "㐀-䶿一-鿿豈-﫿〇々\U00020000-\U000323af"
_FILLER: Final = r" *._\-~·|/^`'\"#+="
_INVISIBLE: Final = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)))
_CHANGES: Final = 4
"""No character needs more rounds than this until its folding is stable."""

_CJK: Final = rf"[{_IDEOGRAPH}、。《》「」『』【】]"
_BLANK: Final = r"[^\S\n\t\v\f]"


@cache
def _tight() -> re.Pattern[str]:
    """Match white space between two CJK characters: one line break at most (two are a blank line), no tab (a cell)."""
    return re.compile(rf"(?:\n(?<={_CJK}\n)|{_BLANK}(?<={_CJK}.){_BLANK}*\n?){_BLANK}*(?={_CJK})")


@cache
def _fillers() -> re.Pattern[str]:
    """Match one or two signs put between two CJK characters of a word. Three dots are a pause, not a filler."""
    return re.compile(rf"[{_FILLER}](?<=[{_IDEOGRAPH}].)[{_FILLER}]?(?=[{_IDEOGRAPH}])")


def _invisible(char: str) -> bool:
    """Tell whether a character leaves no mark: format characters, variation selectors, blank Hangul letters."""
    code = ord(char)
    return (
        unicodedata.category(char) == "Cf"
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0100 <= code <= 0xE01EF
        or 0x180B <= code <= 0x180F
        or char in _INVISIBLE
    )


def _code(text: str) -> str:
    return chr(int(text.removeprefix("U+"), 16))


class _Table(dict[int, str]):
    """Folding of one character by code point, filled as characters are met."""

    def __init__(self, *, lower: bool) -> None:
        super().__init__()
        self._lower = lower
        self._radical = {_code(r["radical"]): _code(r["ideograph"]) for r in rows("radicals.tsv")}
        self._extra = {r["traditional"]: r["simplified"] for r in rows("characters.tsv")}

    def _one(self, char: str) -> str:
        """Return one round of folding. Traditional after NFKC: U+2F3E is 戶 to NFKC, and 户 only after it."""
        if _invisible(char):
            return ""
        out = []
        for part in unicodedata.normalize("NFKC", char):
            if _invisible(part):
                continue
            ideograph = self._radical.get(part, part)
            ideograph = self._extra.get(ideograph, ideograph)
            if ideograph >= "\u2e80":
                simple = _simplifier()(ideograph)
                ideograph = simple if len(simple) == 1 else ideograph
            out.append(ideograph.lower() if self._lower else ideograph)
        return "".join(out)

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if 0xD800 <= code <= 0xDFFF:  # half a surrogate pair out of a broken export stands for itself
            folded = char
        elif code < 0x80:
            folded = char.lower() if self._lower else char
        else:
            folded = self._one(char)
            for _ in range(_CHANGES):
                again = "".join(self._one(c) for c in folded)
                if again == folded:
                    break
                folded = again
        self[code] = folded
        return folded


@cache
def _simplifier() -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert


@cache
def _table(*, lower: bool) -> _Table:
    return _Table(lower=lower)


class Folded:
    """Folded text and where each of its characters came from.

    ``text`` is the comparable text, ``original`` what was handed in; ``origin`` gives for every character of ``text``
    the index in ``original``, or is None where both run in step.
    """

    __slots__ = ("origin", "original", "text")

    def __init__(self, original: str, text: str, origin: array[int] | None) -> None:
        self.original = original
        self.text = text
        self.origin = origin

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """Return the half-open span of the original, in code points, behind ``text[start:stop]``.

        Characters of the original that were dropped between the two ends lie inside. An empty span stays empty.
        """
        if not 0 <= start <= stop <= len(self.text):
            raise IndexError(f"span {start},{stop} lies outside a text of {len(self.text)} characters")
        origin = self.origin
        if origin is None:
            return start, stop
        if start == stop:
            place = origin[start] if start < len(origin) else len(self.original)
            return place, place
        return origin[start], origin[stop - 1] + 1

    def without(self, cuts: Iterable[tuple[int, int]]) -> Folded:
        """Return the same text without the given spans (in order, not overlapping), the map kept."""
        keep = bytearray(b"\x01") * len(self.text)
        parts: list[str] = []
        last = 0
        for start, stop in cuts:
            keep[start:stop] = bytes(stop - start)
            parts.append(self.text[last:start])
            last = stop
        if not last and not parts:
            return self
        parts.append(self.text[last:])
        source: Iterable[int] = range(len(self.text)) if self.origin is None else self.origin
        return Folded(self.original, "".join(parts), array("I", compress(source, keep)))


def _mapped(text: str, table: _Table, changing: list[str]) -> Folded:
    """Fold a text in which some characters become none or several."""
    parts: list[str] = []
    origin = array("I")
    last = 0
    for match in re.finditer("[" + "".join(map(re.escape, changing)) + "]", text):
        place = match.start()
        if place > last:
            parts.append(text[last:place].translate(table))
            origin.extend(range(last, place))
        folded = table[ord(text[place])]
        if folded:
            parts.append(folded)
            origin.extend([place] * len(folded))
        last = place + 1
    parts.append(text[last:].translate(table))
    origin.extend(range(last, len(text)))
    return Folded(text, "".join(parts), origin)


@cache
def _spam() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = rows("spam.tsv")
    every = "|".join(sorted((re.escape(r["word"]) for r in words), key=len, reverse=True))
    strong = "|".join(re.escape(r["word"]) for r in words if r["weight"] == "strong")
    # the run may hold short pieces of Latin, digits and blanks between its words
    run = rf"[〔\[(]?(?:(?:{every})[a-z0-9 ]{{0,8}})+[〕\])]?"
    inside = rf"(?<=[{_IDEOGRAPH}]){run}(?=[{_IDEOGRAPH}])"
    return re.compile(inside, re.IGNORECASE), re.compile(strong, re.IGNORECASE)


def _spam_cuts(text: str) -> list[tuple[int, int]]:
    run, strong = _spam()
    return [m.span() for m in run.finditer(text) if strong.search(m[0])]


def fold(text: str, *, tight: bool = False, despam: bool = False, fillers: bool = False, lower: bool = True) -> Folded:
    """Return the comparable form of a text with its map.

    ``tight`` removes white space between CJK characters (one line break at most, never a tab); ``fillers`` removes
    one or two filler signs between CJK characters; ``despam`` cuts runs of injected gambling advertisement out of
    sentences: what is found only then is a guess (tier heuristic). ``lower=False`` keeps case. Folding a folded text
    changes nothing.
    """
    table = _table(lower=lower)
    changing = [c for c in set(text) if len(table[ord(c)]) != 1]
    folded = _mapped(text, table, sorted(changing)) if changing else Folded(text, text.translate(table), None)
    if tight:
        folded = folded.without(m.span() for m in _tight().finditer(folded.text))
    if fillers:
        folded = folded.without(m.span() for m in _fillers().finditer(folded.text))
    if despam:
        folded = folded.without(_spam_cuts(folded.text))
    return folded


@lru_cache(maxsize=65536)
def key(text: str) -> str:
    """Return the folded form of a short text alone, white space at the edges removed: a key to compare by."""
    return fold(text).text.strip()


def is_monotone(folded: Folded) -> bool:
    """Tell whether the map never runs backwards (it never does; for tests and checks)."""
    return folded.origin is None or all(a <= b for a, b in pairwise(folded.origin))
