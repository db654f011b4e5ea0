"""Bounds of one run: what one exhibit may cost, and how much may come out of archives."""

from __future__ import annotations

import msgspec

MIB = 1024 * 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds; the defaults let a 200 MB export and a 300 MB app through on a small laptop."""

    seconds: float = 120.0
    """Wall time that one exhibit may take, before seconds_per_mib are added."""
    seconds_per_mib: float = 3.0
    memory_mib: int = 3072
    """Address space of the process that reads (where the system has such a limit)."""
    facts: int = 5_000_000
    """Facts that one exhibit may give."""
    members: int = 20_000
    """Files that may come out of one exhibit."""
    member_mib: int = 2048
    """Bytes that may come out of one exhibit, in MiB."""
    exhibits: int = 50_000
    """Files in a case, those found inside others included."""
    depth: int = 4
    """How deep files inside files are followed."""
    total_mib: int = 8192
    """Bytes that may come out of all archives of a case, in MiB."""
    workers: int = 2

    def seconds_for(self, size_bytes: int) -> float:
        """Return the wall time that an exhibit of this size may take."""
        return self.seconds + self.seconds_per_mib * (size_bytes / MIB)
