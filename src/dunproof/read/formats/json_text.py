"""JSON as programs write it: strict first, and else with what is wrong in it but can be told.

Programs that copy bytes into JSON write half surrogates, control characters, NaN and Infinity, none of which JSON has.
Half surrogates come back as U+FFFD, one for one, so that places in a text hold.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

_ESCAPE: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)


def parse(text: str) -> Any:
    """Return what a JSON text says. Raises ValueError for a text that is none, or is nested too deeply."""
    try:
        return msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        said = error
    try:
        return json.loads(_ESCAPE.sub(_whole, text.rstrip("\0 \r\n\t")), strict=False)
    except (ValueError, RecursionError):  # the first reader says better where it breaks off
        raise ValueError(str(said)) from None


def _whole(found: re.Match[str]) -> str:
    return "\\ufffd" if found[1] else found[0]
