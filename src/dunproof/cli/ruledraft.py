"""The draft of a rule that ``rules new`` writes: every key, with the line that says what belongs there."""

from __future__ import annotations

import re
from importlib import resources

from dunproof.errors import UseError

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+\Z")


def draft(name: str, per: str) -> str:
    """Return the text of a new rule file; UseError for an id that is none."""
    if not _ID.match(name):
        raise UseError(
            f"{name!r} is no rule id",
            hint="pack, subject and conduct in lower case with hyphens: cn-phone-calls-at-night",
        )
    text = (resources.files("dunproof.cli") / "data" / f"draft-{per}.yaml").read_text("utf-8")
    return text.replace("{ID}", name)
