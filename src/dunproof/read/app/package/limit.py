"""What of a package could not be seen, as every reader of its parts says it."""

from __future__ import annotations

from typing import Final

import msgspec

CODE_KINDS: Final = ("sensitive_read", "permission_request", "sdk", "endpoint", "app_text")
"""Kinds of fact that lie in code."""


class Work:
    """What of one sort of work may still be done for an app, in characters; ``cut`` once something was left out."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.cut = False

    def spend(self, count: int) -> bool:
        """Note work that is about to be done; return whether it may be."""
        if count > self.left:
            self.cut = True
            return False
        self.left -= count
        return True


class Limit(msgspec.Struct, frozen=True):
    """Something that could not be seen: problem code, sentence, place, and the kinds of fact that may be missing.

    Without a sentence the code only gives the reason: the problem is told elsewhere.
    """

    code: str
    detail: str = ""
    loc: str = ""
    kinds: tuple[str, ...] = CODE_KINDS
