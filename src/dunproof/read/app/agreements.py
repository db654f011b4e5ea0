"""Agreements that lie inside an app: found by their content, whatever they are called, and handed back to the queue.

Pages and texts by their words; texts inside scripts and JSON as the string that they are, with its place in their
name; papers (PDF, Word) as they are, for whoever reads such files; and all of these in archives, also in one another.
Bounded; what is left out is said.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.app import catalogue
from dunproof.read.app.package import js
from dunproof.read.app.package.files import QUOTES_CAP
from dunproof.read.app.traffic import layers
from dunproof.read.formats.text import decode
from dunproof.read.formats.zip import Archive, Entry
from dunproof.read.source import Member

_NOT_IN: Final = ("META-INF/", "lib/", "kotlin/", "okhttp3/")
_CODE: Final = (".dex", ".so", ".arsc", ".kotlin_metadata", ".kotlin_builtins", ".version", ".kotlin_module")
_TEXT_CAP: Final = 4 * 1024 * 1024
_PAPER_CAP: Final = 16 * 1024 * 1024
_ARCHIVE_CAP: Final = 32 * 1024 * 1024
_TOTAL_CAP: Final = 96 * 1024 * 1024
_COUNT_CAP: Final = 200
_LOOKS_CAP: Final = 50_000
"""Members whose first bytes are looked at."""
_PEEK: Final = 512
_HEAD: Final = 262_144
_WORDS: Final = 4
"""Different words of agreements that have to stand in a text."""
_MANY_WORDS: Final = 8
"""From so many of them on no other words speak against it (ours): papers about software have a few."""
_SOFTWARE_WORDS: Final = 2
_SOFTWARE_NAME: Final = re.compile(
    r"read_?me|change_?log|changes|licen[cs]e|notices?\b|copying|third_?party", re.IGNORECASE
)
"""How papers about software are called by custom."""
_LENGTH: Final = 120
"""Characters without blanks (ours): below that, under another name, it is what a screen says."""
_SENTENCES: Final = 3
_RUN: Final = re.compile(r"[^。．.！？!?\n]{8,}+")
_END: Final = re.compile(r"[。．.！？!?](?![0-9A-Za-z])")
_HALF: Final = re.compile(r"[；;](?![0-9A-Za-z])")
"""What a sentence is made of, what it ends with, and what it may end with before that: each read once."""
_UNSEEN: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_DEPTH: Final = 3
"""Archives in archives that are looked into."""
_LITERAL_FROM: Final = 200
"""Characters from which a string of a script may be an agreement rather than a sentence on a screen (ours)."""
_SCRIPTS: Final = (".js", ".mjs", ".jsx", ".cjs", ".ts", ".bundle", ".jsbundle")
_LITERALS: Final = (
    re.compile(r'"((?:[^"\\\r\n]++|\\.)*+)"', re.DOTALL),
    re.compile(r"'((?:[^'\\\r\n]++|\\.)*+)'", re.DOTALL),
    re.compile(r"`((?:[^`\\]++|\\.)*+)`", re.DOTALL),
)
_PARAGRAPH: Final = 20
"""Characters from which a string of JSON may be a paragraph rather than a label (ours)."""
_CODED: Final = re.compile(r"[A-Za-z0-9+/]{400}")
_ESCAPED: Final = re.compile(r"(?:\\u[4-9][0-9a-fA-F]{3}){2}")
_TAG: Final = re.compile(r"<[^<>]*>")
_PDF: Final = b"%PDF-"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"
_WORD: Final = "word/document.xml"
_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")


class Unread(msgspec.Struct, frozen=True):
    """What may hold an agreement and was not looked into: problem code, sentence, member."""

    code: str
    detail: str
    member: str


def reads_like_one(text: str, name: str = "") -> bool:
    """Return whether enough different words of agreements stand in the sentences of a text.

    A few of them stand on screens, in licences and in lists of changes too: then its other words and its name decide.
    """
    if "<" in text or "&" in text:
        text = html.unescape(_TAG.sub("", _UNSEEN.sub("", text)))
    low = text.casefold()
    count = sum(word in low for word in catalogue.agreement_words())
    last = name.rpartition("/")[2]
    named = any(part in last.casefold() for part in catalogue.agreement_names())
    if count < _WORDS or _sentences(text) < (1 if named else _SENTENCES):
        return False
    if not named and len("".join(text.split())) < _LENGTH:
        return False
    others = sum(min(2, low.count(word)) for word in catalogue.software_words())
    return count >= _MANY_WORDS or (others < _SOFTWARE_WORDS and not _SOFTWARE_NAME.match(last))


def _sentences(text: str) -> int:
    """Return how many sentences of some length stand in a text."""
    return sum(
        _END.match(text, run.end()) is not None or _HALF.search(text, run.start() + 8, run.end()) is not None
        for run in _RUN.finditer(text)
    )


def find(archive: Archive, within: tuple[str, ...] = ()) -> Iterator[Member | Unread]:
    """Yield the members that read like agreements, within bounds of size and number."""
    return _Search().members(archive, within, depth=0)


class _Search:
    """One search with its bounds; an archive inside counts as part of what is around it."""

    def __init__(self) -> None:
        self._total = self._count = self._looks = self._quotes = 0
        self._told: set[str] = set()

    def members(self, archive: Archive, within: tuple[str, ...], *, depth: int) -> Iterator[Member | Unread]:
        for name in archive.names():
            if name.endswith("/") or name.startswith(_NOT_IN) or name.lower().endswith(_CODE):
                continue
            self._looks += 1
            if self._looks > _LOOKS_CAP or self._count >= _COUNT_CAP:
                yield from self._left_out(name, "there are too many files")
                return
            entry = archive.all(name)[0]
            if entry.size_bytes:
                yield from self._member(archive, entry, (*within, name), depth=depth)

    def _left_out(self, name: str, why: str, code: str = "files-not-searched") -> Iterator[Unread]:
        if code not in self._told:
            self._told.add(code)
            yield Unread(code, f"agreements were not looked for in all files: {why}; first {name}", name)

    def _member(
        self, archive: Archive, entry: Entry, path: tuple[str, ...], *, depth: int
    ) -> Iterator[Member | Unread]:
        name = path[-1]
        if depth and entry.flags & 1:
            if _could_be_text(name):
                yield from self._left_out("!/".join(path), "the archive is encrypted", "zip-encrypted")
            return
        head = archive.peek(entry, _PEEK)
        is_paper = head.startswith((_PDF, _OLE, _ZIP))
        if not is_paper and not _is_text(head):
            return
        is_script = not is_paper and (name.lower().endswith(_SCRIPTS) or head.lstrip()[:1] in (b"{", b"["))
        cap = _ARCHIVE_CAP if head.startswith(_ZIP) else _PAPER_CAP if is_paper or is_script else _TEXT_CAP
        if entry.size_bytes > cap or self._total + entry.size_bytes > _TOTAL_CAP:
            if is_paper or _could_be_text(name):
                yield from self._left_out("!/".join(path), f"{entry.size_bytes} bytes are too much")
            return
        try:
            data = archive.read(entry, cap)
        except ExhibitError:
            return
        self._total += len(data)
        if head.startswith(_ZIP):
            yield from self._archive(data, path, depth=depth)
        elif head.startswith(_PDF) or (head.startswith(_OLE) and _in_utf16(data)):
            yield self._found("!/".join(path), data)
        elif is_script and self._quotes + js.quotes(data) > QUOTES_CAP:
            yield from self._left_out("!/".join(path), "scripts have too many words")
        elif is_script:
            self._quotes += js.quotes(data)
            strings = list(self._strings(data, "!/".join(path)))
            yield from strings
            if not strings and not name.lower().endswith(_SCRIPTS) and not _is_json(data):  # it began like JSON
                yield from self._text(data, path)
        elif not is_paper:
            yield from self._text(data, path)

    def _text(self, data: bytes, path: tuple[str, ...]) -> Iterator[Member]:
        if reads_like_one(decode(data[:_HEAD]).text, path[-1]):
            yield self._found("!/".join(path), data)

    def _found(self, name: str, data: bytes) -> Member:
        self._count += 1
        return Member(name=name, data=data)

    def _archive(self, data: bytes, path: tuple[str, ...], *, depth: int) -> Iterator[Member | Unread]:
        """Look into a Word document, or into an archive that lies in the app itself."""
        try:
            inner = Archive(data)
        except ExhibitError as error:
            if not depth and _could_be_text(path[-1]):
                yield from self._left_out("!/".join(path), error.message, error.code)
            return
        if _WORD in inner:
            try:
                words = decode(inner.read(_WORD, _TEXT_CAP)).text
            except ExhibitError:
                words = ""
            if not words or reads_like_one(_TAG.sub("", words)):  # what cannot be seen is for its reader to say
                yield self._found("!/".join(path), data)
        elif depth < _DEPTH:
            yield from self.members(inner, path, depth=depth + 1)
        elif any(_could_be_text(name) for name in inner.names()):
            yield from self._left_out("!/".join(path), "archives lie too deep in one another")

    def _strings(self, data: bytes, name: str) -> Iterator[Member]:
        """Yield the strings of a script or of JSON that read like agreements, each named with its place.

        Where none does but those of a JSON text do together, they are one agreement, a paragraph each.
        """
        text = decode(data).text
        if not _has_words(text) and not _ESCAPED.search(text) and not _CODED.search(text):
            return
        taken: list[tuple[int, int]] = []
        for start, stop, said in _literals(text):
            if any(a <= start and stop <= b for a, b in taken):
                continue
            if (layer := layers.peeled(said) if _CODED.match(said) else None) is not None:
                said = layer.text  # noqa: PLW2901 - what it says
            if self._count < _COUNT_CAP and reads_like_one(said):
                taken.append((start, stop))
                yield self._found(f"{name}#char={start},{stop}", said.encode("utf-8", "replace"))
        if not taken and _is_json(data):
            yield from self._paragraphs(text, name)

    def _paragraphs(self, text: str, name: str) -> Iterator[Member]:
        parts = [(*m.span(1), layers.json_string(m[1]).text) for m in _LITERALS[0].finditer(text)]
        parts = [part for part in parts if len(part[2]) >= _PARAGRAPH]
        said = "\n".join(part[2] for part in parts)
        if self._count < _COUNT_CAP and len(parts) > 1 and _has_words(said, _MANY_WORDS) and reads_like_one(said):
            yield self._found(f"{name}#char={parts[0][0]},{parts[-1][1]}", said.encode("utf-8", "replace"))


def _literals(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, stop, words) of the long strings of a script, whichever quotes it has, and of those it joins."""
    for pattern in _LITERALS:
        for found in pattern.finditer(text):
            if len(found[1]) >= _LITERAL_FROM:
                yield *found.span(1), layers.json_string(found[1]).text
    for run in js.script(".js", text).joined(text):
        if len(run) > 1 and run[-1][1] - run[0][0] >= _LITERAL_FROM:
            yield run[0][0], run[-1][1], "".join(layers.json_string(text[a:b]).text for a, b in run)


def _has_words(text: str, least: int = _WORDS) -> bool:
    low = text.casefold()
    return sum(word in low for word in catalogue.agreement_words()) >= least


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _is_text(head: bytes) -> bool:
    """Return whether the first bytes of a member may be those of a text."""
    return head.startswith(_BOMS) or not any(c < 9 or 13 < c < 27 for c in head)


def _could_be_text(name: str) -> bool:
    """Return whether a name is one under which apps carry pages, papers or archives of them."""
    last = name.rpartition("/")[2].lower()
    return "." not in last or last.endswith((
        *_SCRIPTS, ".json", ".html", ".htm", ".xhtml", ".txt", ".md", ".pdf", ".doc", ".docx", ".zip", ".wgt",
    ))  # fmt: skip


def _in_utf16(data: bytes) -> bool:
    """Return whether words of agreements stand in a binary document, which keeps its text in UTF-16."""
    return sum(word.encode("utf-16-le") in data for word in catalogue.agreement_words()) >= _WORDS
