"""Which third-party code of an app a list means: the names in lists and the ids of the SDK catalogue.

A list names a product ("极光推送SDK") and its maker, an app shows packages (``cn.jpush``). Where the product is named,
that code is named. Where only its maker is, it may be meant: that edge is doubtful. Both are ``same_party`` edges of
the type ``sdk_vendor`` whose key is the id in the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from dunproof.facts.kinds import Fact, Mint, Recipient, SameParty, Sdk
from dunproof.language.fold import key

_BLANK: Final = r"[\s\-_·•/()\[\]【】]"
_SDK: Final = re.compile("sdk", re.IGNORECASE)
_SHORTEST: Final = 2


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Return what finds a name with blanks anywhere in it; one of letters and digits is a whole word."""
    folded = re.sub(_BLANK, "", key(name).casefold())
    head = r"(?<![a-z0-9])" if folded[:1].isascii() and folded[:1].isalnum() else ""
    tail = r"(?![a-z0-9])" if folded[-1:].isascii() and folded[-1:].isalnum() else ""
    return re.compile(head + (_BLANK + "*").join(map(re.escape, folded)) + tail)


def _folded(written: str) -> str:
    """Return a name in a list for comparing, the word SDK taken for a blank."""
    return _SDK.sub(" ", key(written).casefold())


@cache
def names() -> Mapping[str, tuple[str, ...]]:
    """Return the names by which lists call each SDK of the catalogue, for those that have any."""
    lines = (files("dunproof.link") / "data" / "sdk_names.tsv").read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {sdk: tuple(row.split("|")) for sdk, row in cells}


@cache
def meant(written: str) -> tuple[str, ...]:
    """Return the ids of the SDKs that a name in a list stands for."""
    text = _folded(written)
    return tuple(sdk for sdk, known in names().items() if any(_pattern(n).search(text) for n in known))


def rows(facts: Mapping[str, Sequence[Fact]], mint: Mint) -> Iterator[SameParty]:
    """Yield the edges between names as lists write them and SDKs, each once, in order."""
    inside = {f.sdk: f for f in facts.get("sdk", ()) if isinstance(f, Sdk)}
    edges: dict[tuple[str, str], bool] = {}
    for f in facts.get("recipient", ()):
        if not isinstance(f, Recipient):
            continue
        if f.sdk and f.sdk != "none":
            for sdk in meant(f.sdk):
                edges[f.sdk, sdk] = False
            _makers(f.sdk, inside.values(), edges)
        if f.name:
            surely = _SDK.search(f.name) is not None
            for sdk in meant(f.name):
                edges[f.name, sdk] = edges.get((f.name, sdk), True) and not surely
            _makers(f.name, inside.values(), edges)
    for (written, sdk), doubtful in sorted(edges.items()):
        vendor = inside[sdk].vendor if sdk in inside else written
        yield SameParty(
            fact_id=mint(), exhibit="", loc="", tier="heuristic", doubtful=doubtful, a=written, b=vendor,
            key_type="sdk_vendor", key=sdk,
        )  # fmt: skip


def _makers(written: str, inside: Iterable[Sdk], edges: dict[tuple[str, str], bool]) -> None:
    """Add a doubtful edge to every SDK of the case whose maker stands in a name."""
    text = _folded(written)
    for sdk in inside:
        if any(len(m) >= _SHORTEST and _pattern(m).search(text) for m in (sdk.vendor, sdk.entity or "")):
            edges.setdefault((written, sdk.sdk), True)
