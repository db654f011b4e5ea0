"""Agreements that lie inside an app as pages or texts: found by where they lie, their name and their words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dunproof.errors import ExhibitError
from dunproof.read.app import catalogue
from dunproof.read.formats.text import decode
from dunproof.read.formats.zip import Archive
from dunproof.read.source import Member

_FOLDERS: Final = ("assets/", "res/")
_ENDINGS: Final = (".html", ".htm", ".xhtml", ".txt", ".md")
_SIZE_CAP: Final = 4 * 1024 * 1024
_TOTAL_CAP: Final = 32 * 1024 * 1024
_COUNT_CAP: Final = 200
_HEAD: Final = 262_144
_WORDS: Final = 4
"""Different words of agreements that have to stand in a text."""


def find(archive: Archive, within: tuple[str, ...] = ()) -> Iterator[Member]:
    """Yield the members that read like agreements, within bounds of size and number."""
    words = catalogue.agreement_words()
    total = count = 0
    for name in archive.names():
        if not name.startswith(_FOLDERS) or not name.lower().endswith(_ENDINGS):
            continue
        entry = archive.all(name)[0]
        if not 0 < entry.size_bytes <= _SIZE_CAP or count >= _COUNT_CAP or total + entry.size_bytes > _TOTAL_CAP:
            continue
        try:
            data = archive.read(entry, _SIZE_CAP)
        except ExhibitError:
            continue
        total += len(data)
        text = decode(data[:_HEAD]).text
        if sum(word in text for word in words) >= _WORDS:
            count += 1
            yield Member(name="!/".join((*within, name)), data=data)
