"""Messages in their thread: what each text does and names, and whether its thread speaks of a debt.

A thread is all messages of one number, whoever got them, and all messages with one signature. Threats come as bare
fragments, so the debt word is sought in the thread, not in the sentence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from dunproof.language import speech
from dunproof.language.phone_numbers import number_key
from dunproof.link.events import Event

_MASS: Final = re.compile(r"(?:106|95|100|12|96|400)\d*\Z")
"""Ports and service numbers: one sender, many affairs."""
_COLLECTS: Final = re.compile(r"催|收|贷|骚扰|诈骗|逾期|讨债|律师|法务|未知|unknown|\(")
_SERVICE: Final = re.compile(r"(?:95|12|10|11|96)\d*\Z")
"""Lines that answer for everybody: that a message names one says nothing about who calls from it."""
HELPING: Final = frozenset(
    {"payment_reminder", "offer", "credit_report_notice", "deadline_pressure", "legal_step_announced", "insult"}
)
"""Acts that anybody may do in another matter: they show collection only where a debt is spoken of."""


class Reading(msgspec.Struct, frozen=True):
    """One text as read, without knowing who said it."""

    acts: tuple[speech.ActHit, ...] = ()
    slots: tuple[speech.SlotHit, ...] = ()
    anchors: tuple[tuple[int, int], ...] = ()

    @property
    def anchor(self) -> bool:
        """True where the text itself speaks of a debt."""
        return bool(self.anchors)

    def values(self, slot: str) -> tuple[str, ...]:
        """Return the values of one slot, in order of place."""
        return tuple(s.value for s in self.slots if s.slot == slot)

    @property
    def signature(self) -> str | None:
        """The signature, if the text carries one."""
        return next(iter(self.values("signature")), None)

    def by(self, direction: str | None) -> tuple[speech.ActHit, ...]:
        """Return the acts that fit the direction: a collector's in what came in, the recipient's in what went out."""
        if direction is None:
            return ()
        return tuple(a for a in self.acts if a.act.startswith("r_") == (direction == "from_person"))


_EMPTY: Final = Reading()


class Threads:
    """All texts of a case as read, and which numbers and signatures speak of a debt."""

    def __init__(
        self, events: Sequence[Event], in_book: Iterable[tuple[str, str]] = (), debtors: Sequence[str] = ()
    ) -> None:
        self._known: dict[str, Reading] = {}
        self._names = debtors
        self.numbers: set[str] = set()
        self.signatures: set[str] = set()
        self.private: set[tuple[str, str]] = set(in_book)
        self.talked: dict[str, int] = defaultdict(int)
        self._shown: set[str] = set()
        for event in events:
            s = event.first
            if s.number and s.name_shown and not _COLLECTS.search(s.name_shown):
                self.private.add((event.person, s.number))
        for event in events:
            s = event.first
            read = self.read(s.text)
            if s.text and s.number:
                self.talked[s.number] += 1
            if s.direction != "to_person" or not read.anchor or self.is_private(event):
                continue
            if s.number:
                self.numbers.add(s.number)
            self.numbers.update(k for v in read.values("callback") if not _SERVICE.match(k := number_key(v)))
            if read.signature:
                self.signatures.add(read.signature)

    def read(self, text: str | None) -> Reading:
        """Return a text as read; a text met again is not read again."""
        if not text:
            return _EMPTY
        known = self._known.get(text)
        if known is None:
            found, slots = speech.read(text), speech.slots(text)
            known = Reading(found.acts, (*slots, *self._debtors(text, slots)), found.anchors)
            self._known[text] = known
        return known

    def _debtors(self, text: str, slots: Sequence[speech.SlotHit]) -> list[speech.SlotHit]:
        """Return the places of declared debtors' names that the reader of names did not find."""
        have = {(s.start, s.stop) for s in slots if s.slot == "debtor_named"}
        out = []
        for name in self._names:
            at = text.find(name)
            if at >= 0 and (at, at + len(name)) not in have:
                out.append(speech.SlotHit(at, at + len(name), "debtor_named", name))
        return out

    def is_private(self, event: Event) -> bool:
        """Tell whether the number stands in the holder's address book under a name that is no collector's."""
        return event.first.number is not None and (event.person, event.first.number) in self.private

    def anchored(self, event: Event) -> bool:
        """Tell whether a debt is spoken of in the text or its thread."""
        s = event.first
        read = self.read(s.text)
        if self.is_private(event):
            return False
        own = read.anchor and s.direction == "to_person"
        return (
            own
            or (s.number in self.numbers if s.number else False)
            or (read.signature in self.signatures if read.signature else False)
        )

    def purpose(self, event: Event) -> str | None:
        """Return ``collection``, ``other``, or None where nothing tells.

        A message is collection if it speaks of a debt or does a collector's act in a thread that does. From a port or
        service number, which serves many affairs, each message must show it itself. A call follows its number.
        """
        s = event.first
        read = self.read(s.text)
        if self.is_private(event):
            return "other"
        if not self.anchored(event):
            spoke = s.text or (s.number and self.talked.get(s.number))
            if (
                any(a.act not in HELPING and a.certainty == "high" for a in read.by("to_person"))
                and s.direction == "to_person"
            ):
                return None
            return "other" if spoke else None
        mass = bool(s.number and _MASS.match(s.number))
        if s.direction == "to_person" and s.text and mass and not read.anchor and not read.by("to_person"):
            return "other"
        return "collection"
