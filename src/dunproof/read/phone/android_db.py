"""Android's ``mmssms.db``, ``calllog.db`` and ``contacts2.db`` to sightings, numbers and what could not be read.

Everything is as in an export of them (``phone.reader``); a sighting stands at its row, ``rowid=sms:12``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dunproof.facts.kinds import Fact
from dunproof.read.formats.android_db import AndroidExport
from dunproof.read.formats.sqlite import Database
from dunproof.read.phone.reader import Reading
from dunproof.read.source import Source

FORMATS: Final = frozenset({"android-db"})
LOOKS_FOR: Final = ("sighting", "number")
VERSION: Final = 1


def read(source: Source) -> Iterator[Fact]:
    """Yield sightings and numbers of one database, then its problems and coverage.

    Raises ExhibitError for a database that is damaged throughout or whose tables are none of Android's.
    """
    with Database(source.path) as database:
        yield from Reading(source.exhibit, AndroidExport(database, source.size_bytes)).facts()
