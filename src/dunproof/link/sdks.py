"""Which third-party code of an app a list means: the names in lists and the ids of the SDK catalogue.

A list names a product ("极光推送SDK") and its maker, an app shows packages (``cn.jpush``). Where the product is named,
that code is named, and no other of its maker. Where only its maker is, it may be meant: that edge is doubtful. Both are
``same_party`` edges of the type ``sdk_vendor`` whose key is the id in the catalogue.
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
_GAP: Final = re.compile(_BLANK + "*")
_SDK: Final = re.compile("sdk", re.IGNORECASE)
_SHORTEST: Final = 2
_NONE: Final = "-"
"""Id of the row of words that hold a name and mean no SDK."""


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
def _rows() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return (names, further names of the maker) of each SDK; those of ``-`` mean none."""
    lines = (files("dunproof.link") / "data" / "sdk_names.tsv").read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {sdk: (tuple(names.split("|")), tuple(filter(None, makers.split("|")))) for sdk, names, makers in cells}


@cache
def names() -> Mapping[str, tuple[str, ...]]:
    """Return the names by which lists call each SDK of the catalogue, for those that have any."""
    return {sdk: names for sdk, (names, _) in _rows().items() if sdk != _NONE}


@cache
def _named(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return (begin, end, id) of the names in a folded text; of names that overlap, the first and longest counts."""
    hits = sorted(
        (m.start(), -m.end(), sdk)
        for sdk, (known, _) in _rows().items() for name in known for m in _pattern(name).finditer(text)
    )  # fmt: skip
    found: list[tuple[int, int, str]] = []
    for at, to, sdk in hits:
        if not found or at >= found[-1][1] or (at, -to) == found[-1][:2]:
            found.append((at, -to, sdk))
    return tuple(found)


def meant(written: str) -> tuple[str, ...]:
    """Return the ids of the SDKs that a name in a list stands for."""
    found = {sdk for _, _, sdk in _named(_folded(written))}
    return tuple(sdk for sdk in names() if sdk in found)


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
            if not f.sdk or not meant(f.sdk):  # else the row says which code of that maker it means
                _makers(f.name, inside.values(), edges)
    for (written, sdk), doubtful in sorted(edges.items()):
        vendor = inside[sdk].vendor if sdk in inside else written
        yield SameParty(
            fact_id=mint(), exhibit="", loc="", tier="heuristic", doubtful=doubtful, a=written, b=vendor,
            key_type="sdk_vendor", key=sdk,
        )  # fmt: skip


def _makers(written: str, inside: Iterable[Sdk], edges: dict[tuple[str, str], bool]) -> None:
    """Add a doubtful edge to every SDK of the case whose maker stands in a name, and not as a part of a product's."""
    text = _folded(written)
    taken = _named(text)
    for sdk in inside:
        _, further = _rows().get(sdk.sdk, ((), ()))
        makers = [_pattern(m) for m in (sdk.vendor, sdk.entity or "", *further) if len(m) >= _SHORTEST]
        spans = (m.span() for maker in makers for m in maker.finditer(text))
        if any(not any(_part_of(text, span, name) for name in taken) for span in spans):
            edges.setdefault((written, sdk.sdk), True)


def _part_of(text: str, maker: tuple[int, int], product: tuple[int, int, str]) -> bool:
    """Return whether a maker's name overlaps a product's or stands right before it."""
    begin, end, _ = product
    return maker[0] < end and (maker[1] > begin or _GAP.fullmatch(text, maker[1], begin) is not None)
