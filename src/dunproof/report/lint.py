"""Words that a report may never claim, found in a message of ours. The words are data: ``data/claims.toml``.

It is for the project's own sentences (catalogues, titles, messages, limits of rules), never for quotes or law.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from dunproof.errors import UseError

_CLAUSE_END: Final = re.compile(r"[。；！？!?;\n]|\.(?=\s|\Z)")


class _Claims(NamedTuple):
    """The claims of one language, compiled."""

    patterns: list[tuple[re.Pattern[str], str]]
    denial: re.Pattern[str]
    reach: int


@cache
def _claims(lang: str) -> _Claims:
    table = tomllib.loads(files("dunproof.report").joinpath("data", "claims.toml").read_text("utf-8"))
    if lang not in table:
        raise UseError(f"no claims for language {lang!r}", hint="one of " + ", ".join(table))
    entry = table[lang]
    word = r"(?<![A-Za-z]){}(?![A-Za-z])" if lang == "en" else "{}"
    patterns = [
        (re.compile(word.format(f"(?:{say})"), re.IGNORECASE), claim["why"])
        for claim in entry["claim"]
        for say in claim["say"]
    ]
    denials = "|".join(re.escape(w) for w in entry["unless"])
    shape = rf"(?<![A-Za-z])(?:{denials})(?![A-Za-z])|n't(?![A-Za-z])" if lang == "en" else denials
    return _Claims(patterns, re.compile(shape, re.IGNORECASE), entry["reach"])


def claims(text: str, lang: str) -> list[str]:
    """Return what a text claims that a report may not: one ``"words: why"`` for each, in the order of the text.

    A word is let through when the same sentence denies it shortly before ("does not show that … sold"). Where a longer
    claim covers a shorter one, only the longer is named. UseError for a language without a list.
    """
    known = _claims(lang)
    found: list[tuple[int, int, str]] = []
    for pattern, why in known.patterns:
        for m in pattern.finditer(text):
            start = max(0, m.start() - known.reach)
            context = _CLAUSE_END.split(text[start : m.start()])[-1]
            if not known.denial.search(context):
                found.append((m.start(), m.end(), why))
    found.sort(key=lambda f: (f[0], -f[1]))
    out: list[str] = []
    end = -1
    for start, stop, why in found:
        if stop > end:
            out.append(f"{text[start:stop]}: {why}")
            end = stop
    return out
