"""What lies behind the encodings that apps put around what they send: one layer off, and the way back to the place.

Percent signs, JSON inside a string, base64, hexadecimal, gzip and zlib. Nothing is decrypted. Every layer knows which
characters outside give which inside, so that a find deep within still has its place in the recording.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from array import array
from collections.abc import Callable
from typing import Final

from dunproof.read.formats.text import decode

INFLATE_CAP: Final = 8 * 1024 * 1024
"""Bytes that one compressed value gives at most."""
_FROM: Final = 16
"""Characters from which a text may be base64 or hexadecimal: below that everything looks like it."""
_ESCAPE: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL
)
_PERCENT: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}\Z")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+\Z")
# A plus sign of base64 that was sent in a form as it is reads as a blank.
_BLANK: Final = re.compile(r"\s+")
_GZIP: Final = b"\x1f\x8b"
_ZLIB: Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
ODD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
"""Characters that no text has: control characters, and what stands for bytes that are no text."""


class Layer:
    """A text that was inside another; ``cut``: there was more of it."""

    def __init__(self, text: str, table: Callable[[], array[int]] | None = None, *, cut: bool = False) -> None:
        self.text = text
        self.cut = cut
        self._build = table
        self._table: array[int] | None = None

    def outside(self, start: int, stop: int) -> tuple[int, int]:
        """Return the span outside that gives [start, stop) inside."""
        if self._build is None:
            return start, stop
        if self._table is None:  # most texts hold nothing, and need none
            self._table = self._build()
        return self._table[2 * start], self._table[2 * stop - 1] if stop > start else self._table[2 * start]


def json_string(raw: str) -> Layer:
    """Return what stands between the quotes of a JSON string."""
    if "\\" not in raw:
        return Layer(raw)
    return Layer(_ESCAPE.sub(_unescaped, raw), lambda: _table(_ESCAPE, _unescaped, raw))


def percent(raw: str, *, form: bool = False) -> Layer:
    """Return what a text says without percent signs; in a form a plus sign is a blank."""
    same = raw.replace("+", " ") if form else raw
    if "%" not in raw:
        return Layer(same)
    return Layer(_PERCENT.sub(_unquoted, same), lambda: _table(_PERCENT, _unquoted, raw))


def _unescaped(found: re.Match[str]) -> str:
    said = found[0]
    if said[1] != "u" or len(said) < 6:
        return _SHORT.get(said[1], said[1])
    if len(said) == 12:
        high, low = int(said[2:6], 16), int(said[8:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    return chr(int(said[2:6], 16))


def _unquoted(found: re.Match[str]) -> str:
    raw = bytes.fromhex(found[0].replace("%", ""))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return decode(raw).text


def _table(pattern: re.Pattern[str], read: Callable[[re.Match[str]], str], raw: str) -> array[int]:
    """Return where each character inside begins and ends outside, two numbers each, and where the whole ends."""
    out = array("Q")

    def plain(start: int, stop: int) -> None:
        for n in range(start, stop):
            out.append(n)
            out.append(n + 1)

    past = 0
    for found in pattern.finditer(raw):
        plain(past, found.start())
        said = read(found)
        if pattern is _PERCENT and len(said.encode("utf-8", "surrogatepass")) * 3 == len(found[0]):
            place = found.start()
            for char in said:
                size = 3 * len(char.encode("utf-8", "surrogatepass"))
                out.extend((place, place + size))
                place += size
        else:  # one escape, or bytes of another encoding: they stand together
            out.extend(found.span() * len(said))
        past = found.end()
    plain(past, len(raw))
    out.append(len(raw))
    return out


def peeled(raw: str) -> Layer | None:
    """Return the text inside a text that is base64, hexadecimal or compressed; None if there is none to be had."""
    if raw.startswith("\x1f\x8b"):
        try:
            return _readable(raw.encode("latin-1"), len(raw))
        except UnicodeEncodeError:
            return None
    if len(raw) < _FROM:
        return None
    dense = raw.replace(" ", "+") if " " in raw and BASE64.match(raw.replace(" ", "+")) else _BLANK.sub("", raw)
    if _HEX.match(dense):
        found = _readable(bytes.fromhex(dense), len(raw))
        if found is not None:
            return found
    data = unpacked(dense)
    if data is None:
        return None
    found = _readable(data, len(raw))
    if found is None or found.cut or len(dense) != len(raw) or data.startswith((_GZIP, *_ZLIB)):
        return found
    text = found.text

    def table() -> array[int]:
        out = array("Q")
        at = 0
        for char in text:
            last = at + len(char.encode("utf-8"))
            out.extend((at // 3 * 4, min(len(raw), -(-last // 3) * 4)))
            at = last
        out.append(len(raw))
        return out

    return Layer(text, table)


def unpacked(dense: str) -> bytes | None:
    """Return the bytes of a base64 text without blanks, with or without padding, of either alphabet."""
    if not BASE64.match(dense):
        return None
    core = dense.rstrip("=")
    try:
        return base64.b64decode(core.translate({45: 43, 95: 47}) + "=" * (-len(core) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _readable(data: bytes, length: int) -> Layer | None:
    """Return bytes as the text that they are, inflated first where they are compressed; its place is the whole."""
    cut = False
    if data.startswith((_GZIP, *_ZLIB)):
        machine = zlib.decompressobj(31 if data.startswith(_GZIP) else 15)
        try:
            data = machine.decompress(data, INFLATE_CAP)
        except zlib.error:
            return None
        cut = not machine.eof
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if not cut or len(data) - error.start > 4:
            return None
        text = data[: error.start].decode("utf-8")
    if not text.strip() or ODD.search(text):
        return None
    return Layer(text, lambda: array("Q", (0, length)) * (len(text) + 1), cut=cut)
