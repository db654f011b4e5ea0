"""Hints for who wrote a wrong name into a rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(name: str, pool: Iterable[str]) -> str:
    """Return a hint that names the nearest right name, or all of a short pool."""
    names = sorted(pool)
    close = difflib.get_close_matches(name, names, 1, 0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return "one of " + ", ".join(names) if len(names) <= 15 else "see docs/facts.md for all names"
