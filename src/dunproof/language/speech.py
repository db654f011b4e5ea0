"""What a text does: the speech acts in it and the values it names, at exact places.

Whether an act is unlawful is not asked here. Words give readings (tier heuristic); who spoke and to whom comes from the
export, never from the words, so a caller that knows the speaker says so.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from dunproof.language.fold import Folded, fold

Speaker = Literal["collector", "recipient"]

LONGEST: Final = 20_000
"""Characters of one text that are read; a message of more is no message."""

_ANCHOR: Final = "_anchor"
_ENGLISH: Final = re.compile(r"[A-Za-z]{2,}[ ,.'!?]+[A-Za-z]{2,}")


class SlotHit(msgspec.Struct, frozen=True, order=True):
    """A value named in a text: half-open span in code points of the original, which slot, the value in one form."""

    start: int
    stop: int
    slot: str
    value: str


class ActHit(msgspec.Struct, frozen=True, order=True):
    """An act read in a text: half-open span in code points of the original, the frame that showed it, high or low."""

    start: int
    stop: int
    act: str
    frame: str
    certainty: str


def languages(text: str) -> tuple[str, ...]:
    """Return the frame languages worth trying on a text, in order."""
    chinese = any("㐀" <= c <= "鿿" for c in text)
    english = _ENGLISH.search(text) is not None
    return tuple(name for name, wanted in (("zh", chinese), ("en", english)) if wanted)


def _views(text: str) -> list[Folded]:
    """Return the text folded, and without filler signs where that makes a difference (a mask 张* is a filler too)."""
    plain = fold(text[:LONGEST])
    bare = fold(text[:LONGEST], fillers=True)
    return [plain] if bare.text == plain.text else [plain, bare]


def _read(text: str) -> list[ActHit]:
    from dunproof.language import frames  # words, shapes and an automaton: only where there is a text

    out: list[ActHit] = []
    for language in languages(text):
        found = frames.load(language)
        for folded in _views(text):
            for frame, start, stop, certainty in found.read(folded.text):
                a, b = folded.span(start, stop)
                shown = (frame.act, *found.implies.get(frame.act, ()))
                out.extend(ActHit(a, b, act, frame.id, certainty) for act in shown)
    return out


class Reading(msgspec.Struct, frozen=True):
    """A text as read: its acts, whoever said it, and the spans where it speaks of a debt."""

    acts: tuple[ActHit, ...]
    anchors: tuple[tuple[int, int], ...]


def _merged(hits: list[ActHit]) -> list[ActHit]:
    """Keep of overlapping spans of one act the leftmost longest, in order of place."""
    by_act: dict[str, list[ActHit]] = {}
    for hit in hits:
        by_act.setdefault(hit.act, []).append(hit)
    out: list[ActHit] = []
    for same in by_act.values():
        end = -1
        for hit in sorted(same, key=lambda h: (h.start, -h.stop, h.certainty, h.frame)):
            if hit.start >= end:
                out.append(hit)
                end = hit.stop
    return sorted(out)


def read(text: str) -> Reading:
    """Return the acts and anchors of a text, in one pass over it."""
    found = _merged(_read(text))
    return Reading(
        tuple(h for h in found if h.act != _ANCHOR),
        tuple((h.start, h.stop) for h in found if h.act == _ANCHOR),
    )


def acts(text: str, speaker: Speaker | None = None) -> list[ActHit]:
    """Return the acts of a text in order of place; of overlapping spans of one act the leftmost longest stays.

    With ``speaker="collector"`` the recipient's acts are left out, with ``"recipient"`` the collector's.
    """
    return [
        hit
        for hit in _merged(_read(text))
        if hit.act != _ANCHOR and (speaker is None or hit.act.startswith("r_") == (speaker == "recipient"))
    ]


def is_anchor(text: str) -> bool:
    """Tell whether a text speaks of a debt in its own words: it anchors the thread it stands in."""
    return any(hit.act == _ANCHOR for hit in _read(text))


def definition(frame: str) -> str:
    """Return the one-line definition of a frame, '' if there is none of that id."""
    from dunproof.language import frames

    for language in ("zh", "en"):
        for known in frames.load(language).frames:
            if known.id == frame:
                return known.says
    return ""


def slots(text: str) -> list[SlotHit]:
    """Return the values that a text names, in order of place.

    Slots: signature, lender_named, debtor_named, amount (fen), overdue_days (ISO 8601 duration or stage M1-M6),
    deadline (ISO 8601 duration, time or day), callback (digits), link (host), case_number, agency, pay_account, tail,
    unsubscribe.
    """
    from dunproof.language import values

    folded = fold(text[:LONGEST])
    out = {SlotHit(*folded.span(start, stop), slot, value) for slot, start, stop, value in values.read(folded.text)}
    return sorted(out)
