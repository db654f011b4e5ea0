"""Personal data in a text that was sent: by the name it is sent under and the shape of its value.

A name alone proves nothing, a value without a name only where its own check digit speaks. A text is read through its
layers (see layers.py), within bounds of depth and size; what no layer explains is said to be unread, so that silence
means something. Values are never copied.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from math import log2
from typing import Final, NamedTuple

import msgspec

from dunproof.read.app.traffic import layers
from dunproof.read.app.traffic.layers import Layer
from dunproof.read.app.traffic.lists import MANY, Fields, Seen, is_wrap, rows, squeezed
from dunproof.read.app.traffic.shapes import fits, is_citizen, numbers

DEPTH: Final = 16
"""Texts inside texts that are followed: JSON in base64 in JSON are two."""
BUDGET: Final = 32 * 1024 * 1024
"""Characters of one request that are read, those of its layers included."""
TOTAL: Final = 1024 * 1024 * 1024
"""The same for all requests of a recording."""
SEALED: Final = 128
"""Characters from which a value that nothing explains may hold personal data (ours, 2026-11-27). Shorter ones cannot be
told from tokens, checksums and keys: 128 are a SHA-512 in hexadecimal. What makes up half of a body counts from 40 on,
two blocks of a cipher in base64."""
SEALED_FROM: Final = 40
SEALED_TOKEN: Final = 1024
"""The same for what is sent under the name of a signature or token, and for headers and cookies: a signature of 4096
bits is 1024 hexadecimal digits."""
_NESTING: Final = 500
_NUMBERS: Final = 128
"""Small whole numbers in one list from which they may be the bytes of something."""
_BITS: Final = 3
"""Bits a character from which a value is no mere repetition; hexadecimal has 4."""
_PROBE: Final = 4096

_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+("|\\?\Z)|[{}\[\]:,]|[^\s"{}\[\],:]++', re.DOTALL)
_WHOLE_STRING: Final = re.compile(r'\s*"((?:[^"\\]++|\\.)*+)"\s*\Z', re.DOTALL)
_OPENS: Final = re.compile(r"\s*[\[{]")
_FRAMED: Final = re.compile(r"\d{1,6}(?:/[^,\s]{0,64},)?(?=[\[{])")
"""Numbers that socket.io and engine.io put before a message."""
_PAIR: Final = re.compile(r"[^&]+")
_FORM: Final = re.compile(r"[^\s=&?:/{}\[\]\"<>]{1,100}(?:\[[^\s=&]{0,100})?=")
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s?#]*\?", re.IGNORECASE)
_PART: Final = re.compile(r"\s*--([^\r\n]{1,100})\r?\n")
_PART_NAME: Final = re.compile(r"(?<![a-z])name=\"?([^\";\r\n]*)", re.IGNORECASE)
_PART_HEAD: Final = re.compile(r"\r?\n\r?\n")
_JWT: Final = re.compile(r"(eyJ[\w-]{8,})\.([\w-]{8,})\.([\w-]*)\Z")
_LITERAL: Final = re.compile(r"(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\Z")
_SMALL: Final = re.compile(r"-?\d{1,3}\Z")
_SEALED: Final = re.compile(r"[A-Za-z0-9+/=_%~-]+\Z")
_WORDS: Final = re.compile(r"[^\s/_~-]+")
_RUN: Final = 10
"""Characters between blanks, slashes and dashes, on average, from which a text is not made of words or of a path."""
_SPLIT: Final = re.compile(r"[.:|,;$!*@]")
_WORDY: Final = frozenset({"network", "text"})
"""Shapes that nearly any words have."""
_OF_PEOPLE: Final = frozenset({"contacts", "call_log", "sms"})
_TOKENS: Final = frozenset({
    "sign", "signature", "sig", "token", "accesstoken", "refreshtoken", "idtoken", "usertoken", "authtoken",
    "authorization", "pushtoken", "fcmtoken", "registrationid", "csrftoken", "xsrftoken", "session", "sessionid", "jwt",
})  # fmt: skip
"""Names under which a signature or token is sent (ours, 2026-11-27)."""


class Hit(NamedTuple):
    """Personal data in a text: what, and its span there."""

    category: str
    start: int
    stop: int
    doubtful: bool = False


class Found(msgspec.Struct):
    """What a text gave. ``seen``: of what it is a list or object; ``words``: itself, if it is a plain value."""

    hits: list[Hit] = []
    whole: bool = True
    seen: Seen | None = None
    words: str = ""


class Named(NamedTuple):
    """What a value under a name is; '' for nothing."""

    category: str = ""
    doubtful: bool = False


class Search:
    """Searches the texts of a recording, request by request, within bounds for each and for all."""

    def __init__(self) -> None:
        self._left = 0
        self._total = TOTAL
        self._sealed = SEALED

    def begin(self) -> None:
        """Begin the next request."""
        self._left = min(BUDGET, self._total)

    def body(self, text: str) -> Found:
        """Return what stands in a body. One that has no structure that is known here was not read."""
        self._sealed = max(SEALED_FROM, min(SEALED, len(text) // 2))
        found = self.text(text)
        if found.words and not _LITERAL.match(text.strip()):
            found.whole = False
        return found

    def message(self, text: str) -> Found:
        """Return what stands in a message, which may be plain words."""
        self._sealed = SEALED
        return self.text(text)

    def field(self, name: str, text: str, *, sealed: int = SEALED, is_head: bool = False) -> tuple[Named, Found]:
        """Return what a value under a name is, and else what stands in it.

        ``is_head``: of a header or cookie, where words under a name are most often a session's.
        """
        self._sealed = sealed
        row = rows().get(squeezed(name))
        return self._value("" if is_head and row is not None and row.shape in _WORDY else name, text, 0)

    # --- one text ---------------------------------------------------------------------------------------------------

    def text(self, text: str, depth: int = 0, sealed: int = 0) -> Found:
        """Return what stands in a text, whatever layers are around it."""
        self._left -= len(text)
        self._total -= len(text)
        if depth > DEPTH or self._left < 0:
            return Found(whole=False)
        if _OPENS.match(text):
            return self._json(text, depth)
        framed = _FRAMED.match(text)
        if framed:
            return _shifted(self._json(text[framed.end() :], depth), framed.end())
        if (quoted := _WHOLE_STRING.match(text)) is not None:
            return self._inside(layers.json_string(quoted[1]), depth, sealed, quoted.start(1))
        if (part := _PART.match(text)) is not None and _PART_NAME.search(text, 0, 2000):
            return self._parts(text, part[1], depth)
        if (signed := _JWT.match(text)) is not None:
            return self._signed(text, signed, depth)
        if (layer := layers.peeled(text)) is not None:
            return self._inside(layer, depth, sealed)
        if (address := _ADDRESS.match(text)) is not None:
            return _shifted(self._form(text[address.end() :], depth), address.end())
        if _FORM.match(text) and not (len(text) >= _CIPHER_FROM and layers.BASE64.match(text)) and _is_dense(text):
            return self._form(text, depth)
        if "%" in text and (plain := layers.percent(text)).text != text:
            return self._inside(plain, depth, sealed)
        return Found(hits=_people(text), whole=not _is_sealed(text, sealed or self._sealed), words=text)

    def _inside(self, layer: Layer, depth: int, sealed: int, shift: int = 0) -> Found:
        found = self.text(layer.text, depth + 1, sealed)
        found.hits = list(outward(found.hits, layer, shift))
        found.whole = found.whole and not layer.cut
        return found

    def _value(self, name: str, text: str, depth: int, around: str = "") -> tuple[Named, Found]:
        """Return what a value under a name is; ``around``: the name by which a list goes whose own says nothing."""
        key = squeezed(name)
        row = rows().get(key)
        if row is not None and fits(row.shape, text):
            return Named(row.category, row.shape == "serial"), Found()
        sealed = max(self._sealed, SEALED_TOKEN) if key in _TOKENS else 0
        found = self.text(text, depth + 1, sealed) if text else Found()
        if found.seen is not None and (told := found.seen.judge(around or name)) is not None:
            return Named(*told), Found(whole=found.whole)
        if found.words:
            if row is not None and fits(row.shape, found.words):
                return Named(row.category, row.shape == "serial"), Found()
            if is_citizen(found.words.strip(), named=False):  # its check digit and its day of birth speak for it
                return Named("id_no"), Found()
        people = rows().get(squeezed(around or name))
        if people is not None and people.category in _OF_PEOPLE and any(hit.doubtful for hit in found.hits):
            return Named(people.category), found  # text in a form of its own, with many numbers
        return Named(), found

    # --- structures -------------------------------------------------------------------------------------------------

    def _json(self, text: str, depth: int) -> Found:
        found = _Json(self, text, depth).read()
        if not found.whole and not found.hits:  # lists as Java prints them begin like JSON
            found.hits = _people(text)
        return found

    def _form(self, text: str, depth: int) -> Found:
        out, fields = Found(), Fields()
        hits: list[tuple[int, Hit]] = []
        ends: dict[int, int] = {}
        for pair in _PAIR.finditer(text):
            name, sign, value = pair[0].partition("=")
            layer = layers.percent(value, form=True)
            plain = layers.percent(name, form=True).text
            named, found = self._value(plain, layer.text, depth)
            start, ends[pair.start()] = pair.span()
            fields.add(plain, layer.text, start)
            if named.category:
                hits.append((start, Hit(named.category, start, pair.end(), named.doubtful)))
            else:
                hits += [(start, hit) for hit in outward(found.hits, layer, start + len(name) + len(sign))]
            out.whole = out.whole and found.whole
            if not sign:  # a name alone may be all there is
                out.whole = out.whole and not _is_sealed(name, self._sealed)
        listed = list(fields.lists())
        inside = {at for _, places in listed for at in places}
        hits = [(at, hit) for at, hit in hits if at not in inside]
        for told, places in listed:
            hits.append((places[0], Hit(told.category, places[0], ends[places[-1]], told.doubtful)))
        out.hits = [hit for _, hit in sorted(hits)]
        return out

    def _parts(self, text: str, boundary: str, depth: int) -> Found:
        """Read a multipart body. A file whose content is no text, or was not recorded, is unread."""
        out = Found()
        marks = [m.span() for m in re.finditer(rf"^--{re.escape(boundary)}(?:--)?[ \t]*\r?$", text, re.MULTILINE)]
        for (_, start), (stop, _) in zip(marks, [*marks[1:], (len(text), 0)], strict=True):
            head = _PART_HEAD.search(text, start, stop)
            if head is None:
                continue
            name = _PART_NAME.search(text, start, head.start())
            first, last = head.end(), stop
            while last > first and text[last - 1] in "\r\n":
                last -= 1
            value = text[first:last]
            named, found = self._value(name[1] if name else "", value, depth)
            if named.category:
                out.hits.append(Hit(named.category, first, last, named.doubtful))
            else:
                out.hits += _shifted(found, first).hits
            is_file = "filename" in text[start : head.start()].casefold()
            out.whole = out.whole and found.whole and not (is_file and not value)
        return out

    def _signed(self, text: str, signed: re.Match[str], depth: int) -> Found:
        """Read a JSON web token: two parts in base64, and a signature that holds nothing else."""
        out = Found()
        for n in (1, 2):
            layer = layers.peeled(signed[n])
            if layer is None:
                return Found(whole=not _is_sealed(text, self._sealed), words=text)
            found = self._inside(layer, depth, 0, signed.start(n))
            out.hits += found.hits
            out.whole = out.whole and found.whole
        out.whole = out.whole and len(signed[3]) <= SEALED_TOKEN
        return out


class _Box:
    """An open list or object."""

    __slots__ = ("around", "at", "items", "key", "key_at", "kind", "name", "seen", "small")

    def __init__(self, kind: str, name: str, at: int, around: str) -> None:
        self.kind = kind
        self.name = name
        """The key that it stands under."""
        self.at = at
        """Where that key begins."""
        self.around = around if is_wrap(name) else name
        """The name by which a list in it goes whose own says nothing."""
        self.key = ""
        self.key_at = -1
        self.items = 0
        self.small = 0
        self.seen = Seen()


class _Json:
    """One pass over a JSON text, token by token, so that depth costs nothing and a text cut off is still read."""

    def __init__(self, search: Search, text: str, depth: int) -> None:
        self._search = search
        self._text = text
        self._depth = depth
        self._out = Found()
        self._stack = [_Box("", "", 0, "")]
        self._token: tuple[int, int] | None = None

    def read(self) -> Found:
        out, text = self._out, self._text
        for m in _TOKEN.finditer(text):
            sign = text[m.start()]
            if sign in "{[":
                box = self._stack[-1]
                if len(self._stack) > _NESTING:
                    out.whole = False
                    break
                around = box.around if box.kind == "{" else ""  # an entry of a list is not that list
                self._stack.append(_Box(sign, box.key, box.key_at if box.key_at >= 0 else m.start(), around))
            elif sign in "}]":
                self._settle()
                if len(self._stack) > 1:
                    out.whole = out.whole and self._stack[-1].kind + sign in ("{}", "[]")
                    self._close(m.end())
                else:
                    out.whole = False
            elif sign == ",":
                self._settle()
                self._stack[-1].key_at = -1
                self._stack[-1].key = ""
            elif sign == ":":
                self._name()
            else:
                if self._token is not None:
                    out.whole = False
                self._token = m.span()
                if sign == '"' and m[1] != '"':
                    out.whole = False
        self._settle()
        while len(self._stack) > 1:
            out.whole = False
            self._close(len(text))
        if (told := self._stack[0].seen.judge("")) is not None:  # a record a line
            out.hits = [Hit(told.category, 0, len(text), told.doubtful)]
        return out

    def _name(self) -> None:
        if self._token is None:
            self._out.whole = False
            return
        a, b = self._token
        self._token = None
        said = self._text[a + 1 : b - 1] if self._text[a] == '"' else self._text[a:b]
        self._stack[-1].key = layers.json_string(said).text
        self._stack[-1].key_at = a

    def _enter(self, box: _Box, *, record: bool) -> None:
        """Count an entry of a list, or of an object whose keys are numbers, as some write lists."""
        box.items += 1
        if record and _is_listed(box):
            box.seen.entries += 1

    def _settle(self) -> None:
        """Take the token at hand as a value."""
        if self._token is None:
            return
        (a, b), box = self._token, self._stack[-1]
        self._token = None
        raw = self._text[a:b]
        if raw[0] != '"':
            self._enter(box, record=False)
            box.small += _SMALL.match(raw) is not None
            if not _LITERAL.match(raw):
                self._out.whole = False
            elif raw[0] in "-0123456789":
                box.seen.value(box.key, raw)
                row = rows().get(squeezed(box.key)) if box.key else None
                if row is not None and row.shape not in _WORDY and fits(row.shape, raw):
                    self._out.hits.append(Hit(row.category, box.key_at, b, row.shape == "serial"))
            return
        layer = layers.json_string(raw[1:-1] if len(raw) > 1 and raw[-1] == '"' else raw[1:])
        self._enter(box, record=bool(layer.text))
        if not layer.text:
            return
        box.seen.value(box.key, layer.text)
        around = box.around if box.kind == "{" and is_wrap(box.key) else ""
        named, found = self._search._value(box.key, layer.text, self._depth, around)  # noqa: SLF001 - its other half
        if named.category:
            self._out.hits.append(Hit(named.category, box.key_at if box.key_at >= 0 else a, b, named.doubtful))
        else:
            self._out.hits += outward(found.hits, layer, a + 1)
        self._out.whole = self._out.whole and found.whole

    def _close(self, stop: int) -> None:
        box = self._stack.pop()
        outer = self._stack[-1]
        if len(self._stack) == 1:
            self._out.seen = box.seen
        self._enter(outer, record=box.items > 0)
        outer.seen.inner(outer.key, box.seen)
        if box.kind == "{" and _is_listed(outer):
            outer.seen.record(box.seen)
        if box.small >= _NUMBERS and box.small == box.items:
            self._out.whole = False
        hits = self._out.hits
        if (told := box.seen.judge(box.around)) is not None:
            while hits and hits[-1].start >= box.at:  # what stands inside of somebody's list is that list
                hits.pop()
            hits.append(Hit(told.category, box.at, stop, told.doubtful))
        elif _is_listed(box) and len(box.seen.places) >= 2 * MANY:  # of towns or shops, or of a way
            for n in range(len(hits) - 1, -1, -1):
                if hits[n].start < box.at:
                    break
                if hits[n].category == "location":
                    hits[n] = hits[n]._replace(doubtful=True)


def _is_listed(box: _Box) -> bool:
    return box.kind != "{" or box.key.isdecimal()


def _people(text: str) -> list[Hit]:
    """Return a doubtful address book where many different numbers stand in one text."""
    return [Hit("contacts", 0, len(text), doubtful=True)] if len(numbers(text, MANY)) >= MANY else []


def outward(hits: Iterable[Hit], layer: Layer, shift: int = 0) -> Iterator[Hit]:
    """Yield what was found in a layer at its places in the text around it, which begins at ``shift``."""
    for hit in hits:
        start, stop = layer.outside(hit.start, hit.stop)
        yield Hit(hit.category, start + shift, stop + shift, hit.doubtful)


def _shifted(found: Found, by: int) -> Found:
    found.hits = [hit._replace(start=hit.start + by, stop=hit.stop + by) for hit in found.hits]
    return found


def _is_sealed(text: str, limit: int) -> bool:
    """Return whether a value looks like bytes or like a cipher, is long, and so may hold anything."""
    if len(text) >= _ODD_FROM and len(layers.ODD.findall(text[:_PROBE])) * 50 >= min(len(text), _PROBE):
        return True
    if len(text) < limit:
        return False
    part = max(_SPLIT.split(text[: 4 * _PROBE].strip()), key=len)
    dense = "".join(part.split())  # a plus sign of base64 in a form has become a blank
    if len(dense) < min(limit, 4 * _PROBE) or not _SEALED.match(dense) or _RUN * len(_WORDS.findall(part)) > len(part):
        return False
    probe = dense[:_PROBE]
    counts = Counter(probe)
    return -sum(n / len(probe) * log2(n / len(probe)) for n in counts.values()) >= _BITS


def _is_dense(text: str) -> bool:
    """Return whether a text has neither line ends nor control characters, as a form has none."""
    return not any(c in "\r\n\t" for c in text[:_PROBE]) and not layers.ODD.search(text)


_ODD_FROM: Final = 8
_CIPHER_FROM: Final = 16
"""Characters from which base64 with its ``=`` at the end is no name without a value."""
