"""Quoted places as a page shows them: words found inside a message marked in it, one figure a place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from dunproof.errors import LocatorError
from dunproof.facts import locator as loc
from dunproof.facts.casefile import Evidence, Row
from dunproof.report.catalogue import Catalogue
from dunproof.report.sentences import call_text, is_code, language_of, place_text

FRAME: Final = frozenset({"app", "document", "exhibit", "covers", "party", "person", "role", "debt"})
"""Kinds that say whom a line is about, not what was found: they stand last and folded."""


class EvidenceView(msgspec.Struct, frozen=True):
    """One quoted place."""

    before: str
    quote: str
    after: str
    spans: tuple[tuple[int, int], ...]
    """Words inside the quote that were found; none: the whole quote."""
    lang: str
    code: bool
    exhibit: str
    place: str
    locator: str
    inner: tuple[str, ...]
    """Locators of the words inside."""
    tier: str
    part: str
    frame: bool

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The quote in stretches, each with whether it is what was found."""
        if not self.spans:
            return [(self.quote, True)]
        out: list[tuple[str, bool]] = []
        end = 0
        for start, stop in self.spans:
            if start > end:
                out.append((self.quote[end:start], False))
            out.append((self.quote[max(start, end) : stop], True))
            end = stop
        if end < len(self.quote):
            out.append((self.quote[end:], False))
        return out


def _parsed(e: Evidence) -> loc.Locator | None:
    try:
        return loc.parse(e.locator or e.loc)
    except LocatorError:
        return None


def _inside(whole: Evidence, part: Evidence) -> tuple[int, int] | None:
    """Return where the words of a place stand in the quote of another that holds it; None if they do not surely."""
    outer, inner = _parsed(whole), _parsed(part)
    if outer is None or inner is None or not part.quote or part.quote == whole.quote:
        return None
    if (whole.exhibit, outer.members) != (part.exhibit, inner.members):
        return None
    match outer.places, inner.places:
        case (loc.Record() as a,), (loc.Record() as b, loc.Char(start, stop)) if a == b:
            if whole.quote[start:stop] == part.quote:
                return start, stop
        case (loc.Char(a, b),), (loc.Char(start, stop),) if a <= start and stop <= b:
            pass
        case _:
            return None
    if whole.quote.count(part.quote) != 1:
        return None
    at = whole.quote.index(part.quote)
    return at, at + len(part.quote)


def _joined(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return spans in order, those that touch made one."""
    out: list[tuple[int, int]] = []
    for start, stop in sorted(set(spans)):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(stop, out[-1][1]))
        else:
            out.append((start, stop))
    return tuple(out)


def views(evidence: Iterable[Evidence], names: Mapping[str, str], words: Catalogue) -> list[EvidenceView]:
    """Return one view a place, in order; a place inside another that is quoted whole is marked there."""
    places = list({(e.locator or e.loc): e for e in reversed(list(evidence))}.values())[::-1]
    found: dict[str, list[tuple[tuple[int, int], str]]] = {}
    held: set[str] = set()
    for part in places:
        for whole in places:
            span = _inside(whole, part) if whole is not part and whole.locator not in held else None
            if span is not None:
                found.setdefault(whole.locator, []).append((span, part.locator))
                held.add(part.locator)
                break
    return [_view(e, found.get(e.locator, []), names, words) for e in places if e.locator not in held]


def _view(
    e: Evidence, inner: Sequence[tuple[tuple[int, int], str]], names: Mapping[str, str], words: Catalogue
) -> EvidenceView:
    at = e.locator or e.loc
    code = is_code(at)
    call = call_text(e.quote, words)
    return EvidenceView(
        before=e.before,
        quote=call or e.quote,
        after=e.after,
        spans=() if call else _joined(span for span, _ in inner),
        lang="" if code or call else language_of(e.before + e.quote + e.after),
        code=code,
        exhibit=names.get(e.exhibit) or e.exhibit,
        place=place_text(at, words) or words("place.whole"),
        locator=at,
        inner=tuple(dict.fromkeys(text.partition("#")[2] or text for _, text in inner)),
        tier=words.word("tier", e.tier),
        part=words.word("part", e.part) if e.part not in {"", "witness", "find"} else "",
        frame=e.kind in FRAME,
    )


def grouped(rows: Sequence[Row]) -> list[list[Row]]:
    """Return rows in groups: those of one day, lender and clauses that rest first of all on the same place."""
    out: dict[tuple[object, ...], list[Row]] = {}
    for n, row in enumerate(rows):
        lead = (row.evidence[0].locator or row.evidence[0].loc) if row.evidence else n
        out.setdefault((row.sure, row.day, row.lender, row.lender_type, *row.clauses, lead), []).append(row)
    return list(out.values())


def shared(groups: Sequence[Sequence[EvidenceView]]) -> list[EvidenceView]:
    """Return what stands behind every line but at its head: it is shown once. Places that only frame come last."""
    if not groups:
        return []
    heads = {g[0].locator for g in groups if g}
    common = [
        e
        for e in (groups[0][1:] if len(groups) > 1 else [])
        if e.locator not in heads and all(any(o.locator == e.locator for o in g[1:]) for g in groups)
    ]
    frame = {e.locator: msgspec.structs.replace(e, spans=()) for g in groups for e in g[1:] if e.frame}
    return [e for e in common if not e.frame] + list(frame.values())
