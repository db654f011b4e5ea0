"""Texts that code puts together: appended parts, formats with parameters, addresses built step by step.

HOLE stands for a part that is not known. Source of the conversions: java.util.Formatter; of the steps: android.net.Uri.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

HOLE: Final = "\ufffc"
_LONGEST: Final = 16_384
_CONVERSION: Final = re.compile(r"%(?:([0-9]{1,3})\$)?[-#+ 0,(<]{0,6}[0-9]{0,4}(?:\.[0-9]{1,4})?([a-zA-Z%])")
_USER: Final = re.compile(r"^content://[0-9]{1,10}@")
_PLACE: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?.*", re.DOTALL)


def below(base: str, segment: str) -> str:
    """Return the place below an address."""
    return f"{base.rstrip('/')}/{segment.lstrip('/')}"


def known(text: str) -> tuple[str, bool]:
    """Return (what of an address is certain, whether that is all of it): a segment known only in part is not.

    ``content://sms/12`` of ``content://sms/12``; ``content://sms`` and False of ``content://sms/`` + HOLE; '' and False
    where the authority is not known in full.
    """
    # A user's number before the authority names the same data (ContentProvider.getAuthorityWithoutUserId).
    sure, hole, _ = _USER.sub("content://", text).partition(HOLE)
    if not hole:
        return sure, True
    place, query, _ = sure.partition("?")
    whole = place if query or place.endswith("/") else place.rpartition("/")[0]
    whole = whole.rstrip("/")
    return (whole if _PLACE.match(whole) else ""), False


def parameters(form: str) -> int:
    """Return how many arguments a format takes."""
    most = count = 0
    for place, kind in _CONVERSION.findall(form):
        if kind in "%n":
            continue
        if place:
            most = max(most, int(place))
        else:
            count += 1
    return max(most, count)


def filled(form: str, values: Sequence[str]) -> str:
    """Return a format with its arguments put in; HOLE for one that is not there."""
    n = 0

    def one(match: re.Match[str]) -> str:
        nonlocal n
        if match[2] in "%n":
            return "%" if match[2] == "%" else "\n"
        if match[1]:
            place = int(match[1]) - 1
        else:
            place, n = n, n + 1
        return values[place] if match[2] in "sSdcC" and 0 <= place < len(values) else HOLE

    return _CONVERSION.sub(one, form)[:_LONGEST]


class PlainText(msgspec.Struct, frozen=True):
    """The text in a StringBuilder."""

    text: str

    @classmethod
    def of(cls, text: str) -> PlainText:
        """Return a text as it begins."""
        return cls(text)

    def after(self, name: str, part: str) -> PlainText:
        """Return the text after a call with one argument."""
        if name in {"append", "<init>"}:
            return PlainText((self.text + part)[:_LONGEST])
        if name in {"toString", "length", "ensureCapacity", "charAt", "indexOf", "trimToSize", "isEmpty", "capacity"}:
            return self
        return PlainText(HOLE)


class UriText(msgspec.Struct, frozen=True):
    """The address in a Uri.Builder."""

    scheme: str = ""
    authority: str = ""
    path: str = ""
    query: str = ""

    @classmethod
    def of(cls, text: str) -> UriText:
        """Return the parts of an address; what is not known in an unknown one stays so until it is set anew."""
        match = _PLACE.match(text)
        if match is not None:
            return cls(*match.groups(""))
        return cls(HOLE, HOLE, HOLE) if text else cls()

    @property
    def text(self) -> str:
        """The whole address; '' if nothing was set."""
        if not (self.scheme or self.authority or self.path):
            return ""
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme or HOLE}://{self.authority}{self.path}{query}"[:_LONGEST]

    def after(self, name: str, part: str) -> UriText:
        """Return the address after a call, by what its arguments add; a fragment names no other data."""
        replace = msgspec.structs.replace
        if name == "scheme":
            return replace(self, scheme=part)
        if name in {"authority", "encodedAuthority"}:
            return replace(self, authority=part)
        if name in {"path", "encodedPath"}:
            return replace(self, path="/" + part.lstrip("/"))
        if name in {"appendPath", "appendEncodedPath"}:
            return replace(self, path=below(self.path, part)[:_LONGEST])
        if name in {"query", "encodedQuery"}:
            return replace(self, query=part)
        if name == "appendQueryParameter":
            return replace(self, query=f"{self.query}&{part}".lstrip("&")[:_LONGEST])
        if name == "clearQuery":
            return replace(self, query="")
        return UriText.of(HOLE) if name == "opaquePart" else self
