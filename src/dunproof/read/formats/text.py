"""Decoding of text files whose encoding nobody wrote down, or wrote down wrongly.

Order: byte order mark, UTF-16 without one (zero bytes on one side only), strict UTF-8, the charset that the file
declares, GB18030 (a page that says gb2312 usually holds GBK), Big5-HKSCS. Every Big5 text is also valid GB18030, so
the two are compared by how many of their pairs lie in the frequent half of each table. UTF-8 with a few broken bytes,
or cut in mid-character, stays UTF-8: a misreading of one character is better than a misreading of all.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

import msgspec

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(
    rb"""<\?xml[^>]{0,80}?encoding\s*=\s*["']([A-Za-z0-9._-]{2,20})["']|"""
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._-]{2,20})|"""
    rb"""@charset\s+["']([A-Za-z0-9._-]{2,20})["']|"""
    rb"""coding[:=]\s*([A-Za-z0-9._-]{2,20})""",
    re.IGNORECASE,
)
_CESU8: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
"""A surrogate written as UTF-8, as some Android exporters do: broken, but a sign of UTF-8."""
_HEAD: Final = 4096
_SAMPLE: Final = 262_144
_ACCEPTED: Final = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "hz": "hz",
    "big5": "big5hkscs", "big5hkscs": "big5hkscs", "cp950": "big5hkscs",
    "shift_jis": "shift_jis", "cp932": "cp932", "euc_jp": "euc_jp", "euc_kr": "euc_kr", "cp949": "cp949",
}  # fmt: skip
"""Declared charsets that are believed, by Python's name. The single-byte ones are not: they fit every file."""
_TYPOGRAPHY: Final = frozenset(b"\x80\x85\x91\x92\x93\x94\x95\x96\x97\x99\xa0\xa3\xa7\xa9\xae\xb0\xb7\xe9")
"""Windows-1252 marks of English text: quotes, dashes, ellipsis, no-break space, paragraph, copyright, é."""

_HANZI_HIGH: Final = frozenset([0x00, 0x20, 0x30, 0xFF, *range(0x4E, 0xA0)])
"""High bytes of the UTF-16 units of Chinese text: ASCII, general and CJK punctuation, full width, ideographs."""


class Decoded(msgspec.Struct, frozen=True):
    """A text, the encoding that gave it (a Python codec name), and how many characters had to be replaced."""

    text: str
    encoding: str
    replaced: int = 0


def declared_charset(data: bytes) -> str | None:
    """Return the codec name of the charset that the head of the file declares, or None if none is believed."""
    m = _DECLARED.search(data[:_HEAD])
    if m is None:
        return None
    name = next(g for g in m.groups() if g is not None)
    try:
        return _ACCEPTED.get(codecs.lookup(name.decode("ascii")).name.replace("-", "_"))
    except LookupError:
        return None


def _utf16_without_bom(data: bytes) -> str | None:
    """Return utf-16-le or utf-16-be if zero bytes stand on one side only and often, as ASCII in UTF-16 has them."""
    head = data[:_HEAD]
    half = len(head) // 2
    if half < 4 or len(data) % 2:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd * 10 >= half and even * 20 <= odd:
        return "utf-16-le"
    if even * 10 >= half and odd * 20 <= even:
        return "utf-16-be"
    return None


def _utf16_of_hanzi(data: bytes) -> str | None:
    """Return utf-16-le or utf-16-be if the high bytes of one side are those of Chinese text and the other's are not."""
    head = data[:_HEAD]
    half = len(head) // 2
    if half < 8 or len(data) % 2:
        return None
    even = sum(b in _HANZI_HIGH for b in head[0::2]) * 100 // half
    odd = sum(b in _HANZI_HIGH for b in head[1::2]) * 100 // half
    if odd >= 97 and even < 70:
        return "utf-16-le"
    return "utf-16-be" if even >= 97 and odd < 70 else None


def _utf8_damage(data: bytes) -> tuple[int, int]:
    """Return (valid multi-byte sequences, broken places) of the sample, read as UTF-8."""
    sample = _CESU8.sub(b"\xc3\xa9", data[:_SAMPLE])
    text = sample.decode("utf-8", "replace")
    broken = text.count("�") - sample.count(b"\xef\xbf\xbd")
    return sum(1 for c in text if c > "\x7f") - text.count("�"), broken


def _frequent_permille(data: bytes, *, lead: tuple[int, int], trail_from: int) -> int:
    """Return how many per mille of the two-byte pairs lie in the frequent half of a double-byte table."""
    pairs = good = i = 0
    sample = data[:_SAMPLE]
    stop = len(sample) - 1
    while i < stop:
        b = sample[i]
        if b < 0x81:
            i += 1
            continue
        pairs += 1
        t = sample[i + 1]
        good += (lead[0] <= b <= lead[1] and t >= trail_from) or 0xA1 <= b <= 0xA3
        i += 2
    return good * 1000 // pairs if pairs else 0


def _strict(data: bytes, encoding: str) -> str | None:
    """Return the text if every byte fits; a last character that is cut off is left out, as files are cut."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        return decoder.decode(data)
    except UnicodeError:
        return None


def decode(data: bytes) -> Decoded:
    """Return the text of a file with the encoding found. Never raises: what fits nothing comes back with U+FFFD.

    A byte order mark is not part of the text. Line ends are kept as they are, so that character offsets hold for the
    decoded original.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _replacing(data, encoding)
    utf16 = _utf16_without_bom(data)
    if utf16 is not None:
        return _replacing(data, utf16)
    text = _strict(data, "utf-8")
    if text is not None:
        cut = bool(data) and data[-1] >= 0x80 and not _ends_whole(data)
        return Decoded(text + "�", "utf-8", 1) if cut else Decoded(text, "utf-8")
    good, broken = _utf8_damage(data)
    if good and good >= 8 * broken:
        return _replacing(data, "utf-8")
    utf16 = _utf16_of_hanzi(data)
    if utf16 is not None:
        return _replacing(data, utf16)
    declared = declared_charset(data)
    if declared is not None:
        text = _strict(data, declared)
        if text is not None:
            return Decoded(text, declared)
    return _undeclared(data, declared)


def _undeclared(data: bytes, declared: str | None) -> Decoded:
    """Decide between GB18030, Big5 and English typography by what the pairs look like."""
    high = set(data[:_SAMPLE]) - set(range(0x80))
    gb_share = _frequent_permille(data, lead=(0xB0, 0xD7), trail_from=0xA1)
    if high <= _TYPOGRAPHY and gb_share < 500:
        return _replacing(data, "cp1252")
    gb = _strict(data, "gb18030")
    big5 = _strict(data, "big5hkscs")
    if big5 is not None and (gb is None or _frequent_permille(data, lead=(0xA4, 0xC6), trail_from=0x40) > gb_share):
        return Decoded(big5, "big5hkscs")
    if gb is not None:
        return Decoded(gb, "gb18030")
    tries = [_replacing(data, e) for e in ("utf-8", *((declared,) if declared else ()), "gb18030", "big5hkscs")]
    return min(tries, key=lambda d: d.replaced)


def _ends_whole(data: bytes) -> bool:
    """Return whether the last UTF-8 character is complete."""
    try:
        data[-_start_of_last(data) :].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _start_of_last(data: bytes) -> int:
    """Return how many bytes from the end the last UTF-8 lead byte stands."""
    for back in range(1, min(4, len(data)) + 1):
        if data[-back] & 0xC0 != 0x80:
            return back
    return min(4, len(data))


def _replacing(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    own = data.count(b"\xef\xbf\xbd") if encoding.startswith("utf-8") else 0
    return Decoded(text, encoding, max(0, text.count("�") - own))
