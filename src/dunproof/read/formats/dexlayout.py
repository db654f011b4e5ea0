"""Where in a file the headers of dex files stand: one, or several in a container of version 041.

Format: "Dalvik executable format" of the Android platform (header_item, container).
"""

from __future__ import annotations

import struct
from typing import Final

from dunproof.read.formats.zip import Flaw

MAGIC: Final = b"dex\n"
_CONTAINERS_CAP: Final = 64
_WALK_FLAWS: Final = 16
VERSIONS: Final = ("035", "037", "038", "039", "040", "041")
"""Versions that a system has loaded; 036 belonged to no release (libdex/DexFile.h of the Android platform)."""
_CONTAINER: Final = "041"
_HEADER: Final = 0x70
_CONTAINED: Final = 0x78
"""Bytes of a header, and of one in a container: the size of the container and its own offset stand behind."""
_MARK_AT: Final = 36
"""Where in a header its own size stands, with the mark of the byte order behind it."""


def headers(data: bytes) -> list[int]:
    """Return the offsets of the dex headers in a file: [0], or several in a container of version 041."""
    return walk(data)[0]


def walk(data: bytes) -> tuple[list[int], list[Flaw]]:
    """Return the offsets of the headers that can be read, and what of the file lies outside what they say.

    The chain of sizes is not trusted: a header in a container is found by its own marks too, so that none is lost by a
    size that lies. A header whose offsets do not count from the start of the file is told, not read.
    """
    if data[:4] != MAGIC or len(data) < _HEADER:
        return [0], []
    version, size = data[4:7].decode("latin-1"), _word(data, 32)
    flaws: list[Flaw] = []
    if data[4:8] not in {f"{known}\0".encode() for known in VERSIONS}:
        flaws.append(Flaw("dex-version", f"the version of the dex is {version!a}, which no system knows", 4))
    places = [at for at in _marked(data) if at][: _CONTAINERS_CAP + 1]
    wide = _word(data, 36) >= _CONTAINED and len(data) >= _CONTAINED
    if not wide:
        if version >= _CONTAINER and version in VERSIONS:
            flaws.append(Flaw("dex-container", f"the header is too short for version {version}", 36))
        flaws += _size_flaws(size, len(data))
        flaws += [Flaw("dex-container", "a further dex stands behind the first and was not read", at) for at in places]
        return [0], flaws[:_WALK_FLAWS]
    found, odd = [0], []
    total, stop = _word(data, 0x70), size
    if version < _CONTAINER:
        odd.append(Flaw("dex-container", f"a container of several dex files says version {version}", 4))
    for at in places:
        whole = len(data) >= at + _CONTAINED and data[at : at + 4] == MAGIC and _word(data, at + 36) >= _CONTAINED
        if len(found) >= _CONTAINERS_CAP or not whole or _word(data, at + 0x74) != at:
            odd.append(Flaw("dex-container", "a further dex in the container cannot be read", at))
            continue
        if at != stop:
            odd.append(Flaw("dex-container", f"a dex begins here, the one before says it begins at {stop:#x}", at))
        if data[at + 4 : at + 7] != data[4:7] or _word(data, at + 0x70) != total:
            odd.append(Flaw("dex-container", "the headers of a container say different things", at))
        found.append(at)
        stop = at + _word(data, at + 32)
    if not odd and stop != total:
        odd.append(Flaw("dex-container", f"the container ends at {total:#x}, its last dex at {stop:#x}", found[-1]))
    return found, [*flaws, *odd, *_size_flaws(total, len(data))][:_WALK_FLAWS]


def _size_flaws(said: int, size: int) -> list[Flaw]:
    """Return the flaw of a file that has another size than its header says."""
    if said < size:
        return [Flaw("dex-size", f"{size - said} bytes stand behind the {said} of which the header tells", said)]
    if said > size:
        return [Flaw("dex-size", f"{size} bytes are here of {said} of which the header tells", 32)]
    return []


def _marked(data: bytes) -> list[int]:
    """Return where the headers of dex files stand, by the size of a header and the mark of the byte order."""
    found: set[int] = set()
    for size in (_HEADER, _CONTAINED):
        mark = struct.pack("<II", size, 0x12345678)
        at = data.find(mark)
        while at >= 0 and len(found) <= _CONTAINERS_CAP:
            if at >= _MARK_AT:
                found.add(at - _MARK_AT)
            at = data.find(mark, at + 8)
    return sorted(found)


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
