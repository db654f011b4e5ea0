"""What of a package could not be seen, as every reader of its parts says it."""

from __future__ import annotations

from typing import Final

import msgspec

CODE_KINDS: Final = ("sensitive_read", "permission_request", "sdk", "endpoint", "app_text")
"""Kinds of fact that lie in code."""


class Limit(msgspec.Struct, frozen=True):
    """Something that could not be seen: problem code, sentence, place, and the kinds of fact that may be missing.

    Without a sentence the code only gives the reason: the problem is told elsewhere.
    """

    code: str
    detail: str = ""
    loc: str = ""
    kinds: tuple[str, ...] = CODE_KINDS
