"""Hosts and addresses in a text, without what only looks like one: namespaces, package names, versions, file names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec

from dunproof.read.app import catalogue
from dunproof.read.app.traffic import layers

SCHEMES: Final = "https?|wss?|ftps?|mqtts?|tcp|ssl|rtmps?|rtsp|grpcs?"
"""Beginnings of addresses that name a machine on the network."""
SLASHES: Final = ("://", ":\\/\\/", ":\\u002F\\u002F", ":\\u002f\\u002f")
"""How the slashes of an address are written, as they are and escaped in JSON and scripts."""
_SLASH: Final = r"(?:\\?/|\\u002[fF])"
_URL: Final = re.compile(
    rf"(?:(?<![A-Za-z0-9+.-])(?:{SCHEMES}):{_SLASH}{{2}}|(?<=[\"'])//(?=[A-Za-z0-9.-]+\.[a-z]{{2,24}}[/\"':?]))"
    r"(?:[^\s/?#\"'<>\\@\ufffc]{1,128}@)?"
    r"(\[[0-9A-Fa-f:.]{2,45}\]|"
    r"[^\s/?#\"'<>\\:@`|{}$%()\[\],;\ufffc\x00-\x20\u2010-\u205f\u3000-\u301f\uff01-\uff0d\uff0f\uff1a-\uff20]{3,253})"
    rf"(:[0-9]{{1,5}})?(?=$|[^0-9A-Za-z_.$%{{\ufffc-])((?:{_SLASH}|[?#])"
    rf"(?:{_SLASH}|[^\s\"'<>\\`|{{}}\ufffc\x00-\x20]){{0,2000}})?",
    re.IGNORECASE,
)
_BEFORE_PROSE: Final = re.compile(r"(?:[A-Za-z0-9_-]+\.)+[A-Za-z]{2,24}(?=[^\x00-\x7f])")
"""A host with words of another script right behind it."""
BASE64_MARKS: Final = ("aHR0cDovL", "aHR0cHM6Ly", "d3M6Ly", "d3NzOi8v")
"""How http://, https://, ws:// and wss:// begin in base64."""
_BASE64: Final = re.compile(rf"(?<![A-Za-z0-9+/=_-])(?:{'|'.join(BASE64_MARKS)})[A-Za-z0-9+/_-]{{4,2000}}={{0,2}}")
_LABEL: Final = re.compile(r"(?!-)[0-9a-z\u00b7-\uffef_-]{1,63}(?<!-)\Z")
_TOP: Final = re.compile(r"(?:[a-z]{2,24}|xn--[0-9a-z-]{2,59}|[\u00b7-\uffef]{2,24})\Z")
_FOUR: Final = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}\Z")
_PRIVATE: Final = re.compile(r"(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2[0-9]|3[01]))\.")
_WORDS: Final = re.compile(r"[A-Za-z]{2,}+[ ,.:;]++[A-Za-z]{2,}+[ ,.:;]++[A-Za-z]++[ ,.:;(<\"']+\Z")
_TRAILING: Final = ".,;:!?)]}'\"，。；：！？）】」》、"


class Found(msgspec.Struct, frozen=True):
    """A host in a text: the address as it stands ('' for a bare host), its span, whether prose stands before it."""

    host: str
    url: str
    start: int
    stop: int
    prose: bool
    coded: bool = False
    """It stands in base64."""


def encoded(text: str) -> Iterator[Found]:
    """Yield the hosts of the addresses that stand in a text in base64, in order; the address is what it decodes to."""
    for match in _BASE64.finditer(text):
        layer = layers.peeled(match[0])
        for one in find(layer.text) if layer is not None else ():
            yield msgspec.structs.replace(one, start=match.start(), stop=match.end(), coded=True)


def find(text: str) -> Iterator[Found]:
    """Yield the hosts of the addresses in a text, in order."""
    for match in _URL.finditer(text):
        url = match[0].rstrip(_TRAILING)
        host = match[1].lower()
        host = host[1:-1] if host.startswith("[") else host.rstrip(_TRAILING)
        if not is_host(host) and (part := _BEFORE_PROSE.match(match[1])) is not None:
            host = part[0].lower()
            url = text[match.start() : match.start(1) + part.end()]
        if is_host(host) and not is_ignored(host, match[3] or ""):
            prose = _WORDS.search(text, max(0, match.start() - 120), match.start()) is not None
            yield Found(host, url, match.start(), match.start() + len(url), prose)


def bare(text: str) -> str | None:
    """Return the host that a whole text is, without a scheme; None for package, file and version names.

    An address in numbers has its port and is none of a private network.
    """
    host, _, port = text.partition(":")
    labels = host.split(".")
    if _FOUR.match(host) and port.isdecimal() and len(port) > 1:  # four numbers alone are a version
        return host if is_host(host) and not _PRIVATE.match(host) else None
    if len(labels) < 3 or host != host.lower() or labels[-1] not in catalogue.host_suffixes():
        return None
    # A package name counts from the top: com.example.net.
    odd = labels[0] in _tops() or "_" in host or labels[-2].isdigit() or (port and not port.isdigit())
    if odd or not is_host(host):
        return None
    return None if is_ignored(host) else host


def is_host(host: str) -> bool:
    """Return whether a text in lower case is a host name with a top-level domain, or an address in numbers."""
    if _FOUR.match(host):
        return all(int(part) < 256 for part in host.split("."))
    if ":" in host:
        return _address(host) is not None
    labels = host.split(".")
    return len(labels) > 1 and _TOP.match(labels[-1]) is not None and all(_LABEL.match(label) for label in labels)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_ignored(host: str, path: str = "") -> bool:
    """Return whether nobody calls an address: this machine itself, a namespace, a licence, documentation."""
    address = _address(host)
    if address is not None and (address.is_loopback or address.is_unspecified):
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
