"""A stream filter that makes the XML of phone exports readable and remembers where it touched it.

Exporters write what XML forbids: emoji as two surrogate references (``&#55357;&#56832;``) or as CESU-8, lone
surrogates, references to control characters, raw control bytes, broken UTF-8. A repair keeps the length of the
stream wherever it can (leading zeros are legal in a character reference), so that the parser's byte index stays that
of the exhibit; where it cannot, ``original`` maps the index back. Long ``data="…"`` values (pictures in base64) are
left out of the stream: a parser would hold them whole.

Input is UTF-8 or ASCII; the exhibit itself is never changed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from dunproof.errors import ExhibitError

LONGEST_DATA: Final = 4096
"""Bytes of a ``data`` value that pass; longer ones are cut out."""
MOST_REPAIRS: Final = 1_000_000

_REFERENCE: Final = rb"&#(?!(?:10|13|9);)(?:[0-9]{1,10}|x[0-9A-Fa-f]{1,8});"
_ONE: Final = re.compile(_REFERENCE)
_RUN: Final = re.compile(_REFERENCE + rb"(?:" + _REFERENCE + rb")*")  # begins with a literal: ten times faster
_DIRTY: Final = re.compile(rb"(?:" + _REFERENCE + rb")+|[\x00-\x08\x0b\x0c\x0e-\x1f]+|[\x80-\xff]+")
_CONTROL: Final = bytes(b for b in range(32) if b not in b"\t\n\r")
_LAST_REFERENCE: Final = re.compile(rb"&#(?:[0-9]{1,10}|x[0-9A-Fa-f]{1,8});\Z")
_BASE64: Final = re.compile(rb"(?:[A-Za-z0-9+/=\s]|&#1[03];)*(?:&[#0-9]{0,4})?\Z")
_LONGEST_REFERENCE: Final = 14
_UNKNOWN: Final = "\ufffd".encode()


def _value(reference: bytes) -> int:
    return int(reference[3:-1], 16) if reference[2:3] == b"x" else int(reference[2:-1])


def _high(code: int) -> bool:
    return 0xD800 <= code <= 0xDBFF


def _low(code: int) -> bool:
    return 0xDC00 <= code <= 0xDFFF


def _legal(code: int) -> bool:
    """Whether XML 1.0 (production 2) has this character."""
    return code in (9, 10, 13) or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


class Repair:
    """One pass over one exhibit: ``feed`` blocks, then ``feed(b"", final=True)``."""

    __slots__ = ("_at", "_carry", "_in", "_out", "_quote", "_shift", "cut", "kinds", "places")

    def __init__(self, start: int = 0) -> None:
        self._carry = b""
        self._in = start
        """Offset in the exhibit of the first byte not given out yet."""
        self._out = 0
        self._quote = b""
        """Quotation mark that ends the ``data`` value being cut out; b'' outside one."""
        self._at: list[int] = [0]
        self._shift: list[int] = [start]
        self.places: list[int] = []
        """Offsets in the exhibit of all repairs, rising; the consumer may empty it from the front."""
        self.kinds: dict[str, int] = {}
        """Repairs by kind: surrogate-pair, lone-surrogate, control, cesu-8, invalid-utf-8, noncharacter."""
        self.cut = 0
        """``data`` values cut out."""

    @property
    def given(self) -> int:
        """Bytes of the repaired stream given out so far."""
        return self._out

    @property
    def plain(self) -> bool:
        """Whether every offset of the stream is that of the exhibit so far."""
        return self._shift == [0]

    def original(self, index: int) -> int:
        """Return the offset in the exhibit of a byte index of the repaired stream."""
        return index + self._shift[bisect_right(self._at, index) - 1]

    def feed(self, block: bytes, *, final: bool = False) -> bytes:
        """Return the next bytes of the repaired stream; raises ExhibitError after ``MOST_REPAIRS`` repairs."""
        data = self._carry + block if self._carry else block
        keep = len(data) if final else _safe_end(data)
        pieces: list[bytes] = []
        done = 0
        while done < keep:
            if self._quote:
                done = self._skip(data, done, keep)
                continue
            value = _data_value(data, done, keep)
            if value < 0:
                pieces.append(self._mend(data[done:keep] if done or keep < len(data) else data))
                done = keep
                continue
            mark = data[value - 1 : value]
            end = data.find(mark, value, keep)
            if end < 0 and keep - value <= LONGEST_DATA and not final:
                begin = max(done, value - len(b" data='"))
                pieces.append(self._mend(data[done:begin]))
                done = begin
                break  # too short yet to tell: wait for more of it
            stop = keep if end < 0 else end
            if stop - value > LONGEST_DATA and _BASE64.match(data, value, value + LONGEST_DATA):
                pieces.append(self._mend(data[done:value]))
                self._quote = mark
                self.cut += 1
                done = value
            else:
                pieces.append(self._mend(data[done:stop]))
                done = stop
        self._carry = data[done:]
        return b"".join(pieces) if len(pieces) != 1 else pieces[0]

    def _skip(self, data: bytes, done: int, keep: int) -> int:
        """Drop the rest of a ``data`` value, up to its end or to the tag that shows that it has none."""
        end = data.find(self._quote, done, keep)
        tag = data.find(b"<", done, keep if end < 0 else end)
        stop = tag if tag >= 0 else end
        if stop >= 0:
            self._quote = b""
        else:
            stop = keep
        self._in += stop - done
        self._moved(self._out)
        return stop

    def _moved(self, out: int) -> None:
        """Note that from byte ``out`` of the stream on, offsets of the exhibit are ``_in - _out`` away."""
        shift = self._in - self._out
        if self._at[-1] == out:
            self._shift[-1] = shift
        elif self._shift[-1] != shift:
            self._at.append(out)
            self._shift.append(shift)

    def _note(self, kind: str, place: int) -> None:
        if len(self.places) >= MOST_REPAIRS or sum(self.kinds.values()) >= MOST_REPAIRS:
            raise ExhibitError(
                "too-many-repairs",
                f"more than {MOST_REPAIRS:,} places of the file are no XML",
                loc=f"byte={place:#x},1",
                hint="export again, or hand in the file as text",
            )
        self.places.append(place)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1

    def _mend(self, piece: bytes) -> bytes:
        """Return a piece that no repair straddles, repaired; counts it as given out."""
        try:
            piece.decode("utf-8")
            dirty = b"\xef\xbf" in piece and re.search(rb"\xef\xbf[\xbe\xbf]", piece) is not None
        except UnicodeDecodeError:
            dirty = True
        dirty = dirty or len(piece.translate(None, _CONTROL)) != len(piece)
        if not dirty and b"&#" not in piece:
            self._in += len(piece)
            self._out += len(piece)
            return piece
        mended: list[bytes] = []
        last = 0
        for match in (_DIRTY if dirty else _RUN).finditer(piece):
            self._give(piece[last : match.start()], match.start() - last, mended)
            run = match[0]
            if run[:1] == b"&":
                self._references(run, mended)
            elif run[0] < 32:
                for _ in run:
                    self._note("control", self._in)
                    self._give(_UNKNOWN, 1, mended)
            else:
                self._bytes(run, mended)
            last = match.end()
        self._give(piece[last:], len(piece) - last, mended)
        return b"".join(mended)

    def _give(self, new: bytes, old_length: int, into: list[bytes]) -> None:
        """Put out ``new`` for the next ``old_length`` bytes of the exhibit."""
        if not old_length and not new:
            return
        into.append(new)
        self._in += old_length
        self._out += len(new)
        if len(new) != old_length:
            self._moved(self._out)

    def _references(self, run: bytes, into: list[bytes]) -> None:
        """Repair adjacent character references: pairs, lone surrogates, characters that XML does not have."""
        high = b""
        for match in _ONE.finditer(run):
            reference = match[0]
            code = _value(reference)
            if high:
                if _low(code):
                    pair = 0x10000 + ((_value(high) - 0xD800) << 10) + (code - 0xDC00)
                    self._note("surrogate-pair", self._in)
                    length = len(high) + len(reference)
                    self._give(b"&#" + str(pair).encode().zfill(length - 3) + b";", length, into)
                    high = b""
                    continue
                self._unknown(high, into)
                high = b""
            if _high(code):
                high = reference
            elif _legal(code):
                self._give(reference, len(reference), into)
            else:
                self._unknown(reference, into)
        if high:
            self._unknown(high, into)

    def _unknown(self, reference: bytes, into: list[bytes]) -> None:
        code = _value(reference)
        kind = "lone-surrogate" if _high(code) or _low(code) else "control" if code < 32 else "noncharacter"
        self._note(kind, self._in)
        n = len(reference)
        self._give(b"&#" + b"65533".zfill(n - 3) + b";" if n >= 8 else _UNKNOWN, n, into)

    def _bytes(self, run: bytes, into: list[bytes]) -> None:
        """Repair a run of bytes above 0x7F: CESU-8, broken UTF-8, the two noncharacters of plane 0."""
        while run:
            try:
                run.decode("utf-8")
                good = len(run)
            except UnicodeDecodeError as exc:
                good = exc.start
                bad = exc.end - exc.start
            else:
                bad = 0
            self._noncharacters(run[:good], into)
            run = run[good:]
            if not bad:
                return
            high, low = _cesu(run[:3]), _cesu(run[3:6])
            if _high(high) and _low(low):
                pair = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
                self._note("cesu-8", self._in)
                self._give(chr(pair).encode(), 6, into)
                run = run[6:]
            else:
                self._note("lone-surrogate" if high else "invalid-utf-8", self._in)
                bad = 3 if high else bad
                self._give(_UNKNOWN, bad, into)
                run = run[bad:]

    def _noncharacters(self, good: bytes, into: list[bytes]) -> None:
        for i, part in enumerate(re.split(rb"\xef\xbf[\xbe\xbf]", good)):
            if i:
                self._note("noncharacter", self._in)
                self._give(_UNKNOWN, 3, into)
            self._give(part, len(part), into)


def _cesu(three: bytes) -> int:
    """Return the surrogate that three bytes spell in CESU-8 (UTR 26), 0 if none."""
    if len(three) < 3 or three[0] != 0xED or not 0xA0 <= three[1] <= 0xBF or not 0x80 <= three[2] <= 0xBF:
        return 0
    return 0xD000 | (three[1] & 0x3F) << 6 | (three[2] & 0x3F)


def _data_value(data: bytes, start: int, end: int) -> int:
    """Return where the value of the next ``data`` attribute begins, -1 if none begins in ``data[start:end]``."""
    at = start
    while (at := data.find(b"data=", at, end)) >= 0:
        if at and data[at - 1] in b" \t\r\n" and at + 5 < end and data[at + 5] in b"\"'":
            return at + 6
        at += 5
    return -1


def _safe_end(data: bytes) -> int:
    """Return up to where a block may be worked on: no entity, no character, no surrogate pair is cut in two.

    A pair is a high surrogate and the low one behind it, so a cut right before a high one is always safe.
    """
    end = len(data)
    entity = data.rfind(b"&", max(0, end - _LONGEST_REFERENCE))
    if entity >= 0 and data.find(b";", entity) < 0:
        end = entity
    for back in range(1, min(4, end) + 1):  # an unfinished UTF-8 character
        byte = data[end - back]
        if byte & 0xC0 == 0x80:
            continue
        if byte >= 0xC0 and back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4):
            end -= back
        break
    last = _LAST_REFERENCE.search(data, max(0, end - _LONGEST_REFERENCE), end)
    if last is not None and _high(_value(last[0])):
        end = last.start()
    elif _high(_cesu(data[max(0, end - 3) : end])):
        end -= 3
    for n in range(7, 0, -1):
        if data.endswith((b' data="'[:n], b" data='"[:n]), 0, end):
            return end - n
    return end
