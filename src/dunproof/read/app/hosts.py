"""Hosts and addresses in a text, without what only looks like one: namespaces, package names, versions, file names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec

from dunproof.read.app import catalogue

_URL: Final = re.compile(
    r"(?:https?|wss?)://"
    r"(?:[^\s/?#\"'<>\\@\ufffc]{1,128}@)?"
    r"([^\s/?#\"'<>\\:@`|{}$%()\[\],;\ufffc\x00-\x20]{3,253})"
    r"(:[0-9]{1,5})?(?=$|[^0-9A-Za-z_.$%{\ufffc-])([/?#][^\s\"'<>\\`|{}\ufffc\x00-\x20]{0,2000})?",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(r"(?!-)[0-9a-z\u00b7-\uffef_-]{1,63}(?<!-)\Z")
_TOP: Final = re.compile(r"(?:[a-z]{2,24}|xn--[0-9a-z-]{2,59}|[\u00b7-\uffef]{2,24})\Z")
_FOUR: Final = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}\Z")
_WORDS: Final = re.compile(r"[A-Za-z]{2,}[ ,.:;]+[A-Za-z]{2,}[ ,.:;]+[A-Za-z]{1,}[ ,.:;(<\"']+\Z")
_TRAILING: Final = ".,;:!?)]}'\"，。；：！？）】」》、"


class Found(msgspec.Struct, frozen=True):
    """A host in a text: the address as it stands ('' for a bare host), its span, whether prose stands before it."""

    host: str
    url: str
    start: int
    stop: int
    prose: bool


def find(text: str) -> Iterator[Found]:
    """Yield the hosts of the addresses in a text, in order."""
    for match in _URL.finditer(text):
        url = match[0].rstrip(_TRAILING)
        host = match[1].rstrip(_TRAILING).lower()
        if is_host(host) and not _ignored(host, match[3] or ""):
            prose = _WORDS.search(text, max(0, match.start() - 120), match.start()) is not None
            yield Found(host, url, match.start(), match.start() + len(url), prose)


def bare(text: str) -> str | None:
    """Return the host that a whole text is, without a scheme; None for package, file and version names."""
    host, _, port = text.partition(":")
    labels = host.split(".")
    if len(labels) < 3 or host != host.lower() or labels[-1] not in catalogue.host_suffixes():
        return None
    # A package name counts from the top: com.example.net.
    odd = labels[0] in _tops() or "_" in host or labels[-2].isdigit() or (port and not port.isdigit())
    if odd or not is_host(host):
        return None
    return None if _ignored(host, "") else host


def is_host(host: str) -> bool:
    """Return whether a text in lower case is a host name with a top-level domain, or an IPv4 address."""
    if _FOUR.match(host):
        return all(int(part) < 256 for part in host.split("."))
    labels = host.split(".")
    return len(labels) > 1 and _TOP.match(labels[-1]) is not None and all(_LABEL.match(label) for label in labels)


def _ignored(host: str, path: str) -> bool:
    if host.startswith("127.") and _FOUR.match(host):
        return True
    return any(
        not start or path == start or path.startswith((start + "/", start + "?", start + "#"))
        for start in catalogue.ignored_hosts().get(host, ())
    )


@cache
def _tops() -> frozenset[str]:
    return frozenset(
        {*catalogue.host_suffixes(), "edu", "gov", "me", "de", "uk", "javax", "java", "android", "androidx"}
    )
