"""Personal data asked for in the scripts of hybrid apps: calls of the frameworks' own interfaces.

A script names an interface; that the call runs, and what the framework then does, stands elsewhere. So every row is a
hint and doubtful. Comments and quoted words call nothing, and neither does what a script has under the same name
itself. The interfaces are those of the frameworks' published references (data/script_reads.tsv).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.package import js, place
from dunproof.read.app.package.files import TextFile
from dunproof.read.app.package.place import Within

_CAP: Final = 40
_BLANK: Final = re.compile(r"[\s?]+")


class Asked(msgspec.Struct, frozen=True):
    """A call in a script: category, interface, outcome and scope, place."""

    category: str
    api: str
    outcome: str
    scope: str | None
    loc: str


def marks() -> tuple[bytes, ...]:
    """Return the bytes of which one stands in every script that is of interest here."""
    return tuple(sorted({row.api.rpartition(".")[2].encode() for row in catalogue.script_reads()}))


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted((r.api for r in catalogue.script_reads()), key=len, reverse=True)
    spelled = "|".join(re.escape(name).replace(r"\.", r"\s*\??\.\s*") for name in names)
    return re.compile(rf"(?<![\w$.])(?:(?:window|self|globalThis|top|this|NativeModules)\.)?({spelled})\s*(?:\?\.)?\(")


@cache
def _own() -> re.Pattern[str]:
    """Match where a script makes an object under the name of one of the frameworks' objects."""
    roots = "|".join(sorted({re.escape(row.api.partition(".")[0]) for row in catalogue.script_reads()}))
    return re.compile(
        rf"(?<![\w$.])(?:(?:class|function)\s+({roots})\b|"
        rf"({roots})\s*=\s*(?:\{{|class\b|function\b|new\b|\(|require\(\s*[\"'][./@])|"
        rf"import\s[^;\"']{{0,200}}\b({roots})\b[^;\"']{{0,200}}\sfrom\s*[\"'](?:[./~]|@/))"
    )


def reads(within: Within, file: TextFile) -> Iterator[Asked]:
    """Yield the calls in one script, each interface once."""
    rows = {r.api: r for r in catalogue.script_reads()}
    told: set[str] = set()
    tokens = js.script(file.name, file.text) if _pattern().search(file.text) else None
    if tokens is None:
        return
    own = {m[1] or m[2] or m[3] for m in _own().finditer(file.text) if tokens.is_code(m.start())}
    for match in _pattern().finditer(file.text):
        row = rows[_BLANK.sub("", match[1])]
        if not tokens.is_code(match.start()) or row.api.partition(".")[0] in own:
            continue
        if row.api not in told and len(told) < _CAP:
            told.add(row.api)
            loc = place.words(within, file.name, match.start(), match.end())
            yield Asked(row.category, row.api, row.outcome, "picked" if row.outcome == "picker" else None, loc)
