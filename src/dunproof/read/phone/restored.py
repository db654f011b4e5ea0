"""Messages whose time is that of a restore: many within a minute that were sent on different days.

A phone that got its messages back from a backup can show the minute of the restore as their time; an export of it lists
them side by side.
"""

from __future__ import annotations

from typing import Final

import msgspec

from dunproof.facts.kinds import Sighting

WITHIN_US: Final = 60_000_000
MORE_THAN: Final = 20
SPREAD_US: Final = 2 * 86_400_000_000
"""Sent times within this span are one busy time, not a restore."""


class Restored:
    """Holds back the messages of one minute until it is known whether they were restored."""

    __slots__ = ("_first", "_held", "_high", "_low", "_suspect", "count")

    def __init__(self) -> None:
        self._held: list[Sighting] = []
        self._first = 0
        self._low = self._high = 0
        self._suspect = False
        self.count = 0
        """Sightings marked so far."""

    def push(self, sighting: Sighting) -> list[Sighting]:
        """Take the next sighting of the file, return those that are settled, in order."""
        device, sent = sighting.device_utc_us, sighting.sent_utc_us
        if device is None or sent is None:
            return [*self.flush(), sighting]
        out: list[Sighting] = []
        if abs(device - self._first) > WITHIN_US:
            out = self.flush()
            self._first = device
            self._low = self._high = sent
            self._suspect = False
        if self._suspect:
            return [self._marked(sighting)]
        self._low, self._high = min(self._low, sent), max(self._high, sent)
        self._held.append(sighting)
        if len(self._held) > MORE_THAN:
            if self._high - self._low > SPREAD_US:
                self._suspect = True
                out += [self._marked(s) for s in self._held]
            else:  # a burst sent at one time: the oldest one can no longer be among the suspects
                out += self._held
            self._held.clear()
        return out

    def flush(self) -> list[Sighting]:
        """Return what is still held back: too few to be a restore."""
        held, self._held = self._held, []
        return held

    def _marked(self, sighting: Sighting) -> Sighting:
        self.count += 1
        return msgspec.structs.replace(sighting, time_basis="suspect_restore")
