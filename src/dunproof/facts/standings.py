"""The standings of an app towards one kind of personal data: what it asks for against what its code was seen to do.

Which one holds is computed by the view ``packs/views/app_asks_and_reads.yaml``; reports and comparisons use these
names. None of them says that anything ran or left the phone.
"""

from __future__ import annotations

from typing import Final

STANDINGS: Final = (
    "asks_and_reads",
    "reads_not_asked",
    "reads_asking_unread",
    "reads_needs_none",
    "asks_none_seen",
    "asks_unseen",
    "picker_only",
    "not_asked_unseen",
    "not_asked_none_seen",
)
"""Every standing, those with reads first.

- ``asks_and_reads``: the manifest asks for a permission and code reads.
- ``reads_not_asked``: code reads, no permission is asked for: it cannot succeed on this build.
- ``reads_asking_unread``: code reads; whether a permission is asked for could not be read.
- ``reads_needs_none``: code reads in a way for which no permission is needed, or not this one.
- ``asks_none_seen``: asked for, no reading code in code that was seen whole.
- ``asks_unseen``: asked for; whether code reads could not be seen or is not settled.
- ``picker_only``: the user chooses what is handed over, and nothing else was seen in code that was seen whole.
- ``not_asked_unseen``: not asked for as far as seen; not all could be seen.
- ``not_asked_none_seen``: neither asked for nor read, and everything was seen.
"""

READS: Final = frozenset(STANDINGS[:4])
"""Code that reads was seen."""
BLIND: Final = frozenset({"reads_asking_unread", "asks_unseen", "not_asked_unseen"})
"""Something that would decide it could not be seen."""
