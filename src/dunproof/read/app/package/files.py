"""The texts among the files of an app: pages, scripts, settings. Bounded; what is left out is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.app.package import js
from dunproof.read.formats.text import decode
from dunproof.read.formats.zip import Archive, Entry, is_bomb

_FOLDERS: Final = ("assets/", "res/raw/", "res/xml/", "r/")
"""Where apps keep files of their own; programs that shorten names put all of ``res/`` below ``r/``, layouts too."""
_ENDINGS: Final = (
    ".html", ".htm", ".xhtml", ".js", ".mjs", ".jsx", ".ts", ".vue", ".nvue", ".wxml", ".wxs", ".json", ".bundle",
    ".jsbundle", ".txt", ".xml", ".properties", ".conf", ".cfg", ".ini", ".config", ".yaml", ".yml", ".env", ".plist",
    ".css", ".dat", ".cjs", ".lua",
)  # fmt: skip
_SIZE_CAP: Final = 16 * 1024 * 1024
_TOTAL_CAP: Final = 32 * 1024 * 1024
"""Bytes of one text and of all: the script of a large hybrid app has some 10 MB."""
QUOTES_CAP: Final = 3_000_000
"""Signs of quotes in all texts that are taken apart: a script of 10 MB has some 500 000 (ours)."""
_BOMB_FROM: Final = 2 * 1024 * 1024
_COUNT_CAP: Final = 4000
_NAMELESS_CAP: Final = 1024 * 1024
_PEEK: Final = 256
_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
WIDE: Final = b"\0wide"
_RUN: Final = re.compile(
    rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){3}|(?:\\{1,2}u[4-9][0-9a-fA-F]{3}){3}|(?:[\xb0-\xf7][\xa1-\xfe]){6}"
)
"""A run of Chinese in UTF-8, in escapes, in GB 18030."""
SCRIPTS: Final = (".js", ".mjs", ".jsx", ".vue", ".nvue", ".bundle", ".jsbundle", ".json")
HERMES: Final = b"\xc6\x1f\xbc\x03\xc1\x03\x19\x1f"
"""First bytes of a script compiled for the Hermes engine (facebook/hermes, BytecodeFileFormat.h)."""


class TextFile(msgspec.Struct, frozen=True):
    """A text file of the app, decoded; ``marks`` are the byte sequences looked for that stand in it."""

    name: str
    text: str
    marks: frozenset[bytes]


class Files:
    """Reads the text files that hold one of some byte sequences."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.left_out: str = ""
        """Name of the first file that was too much; '' if none was."""
        self.compiled: list[str] = []
        """Scripts whose words are compiled away."""

    def holding(self, marks: tuple[bytes, ...]) -> Iterator[TextFile]:
        """Yield the text files in which one of the marks stands; WIDE is among them for a run of Chinese."""
        total = count = quotes = 0
        for name in self.archive.names():
            if not name.startswith(_FOLDERS) or name.endswith("/") or (name.startswith("r/") and name.endswith(".xml")):
                continue
            entry = self.archive.all(name)[0]
            if not name.lower().endswith(_ENDINGS) and not self._is_nameless_text(name, entry):
                continue
            count += 1
            large = entry.size_bytes > _SIZE_CAP or is_bomb(entry, _BOMB_FROM)
            if large or total + entry.size_bytes > _TOTAL_CAP or count > _COUNT_CAP:
                self.left_out = self.left_out or name
                continue
            total += entry.size_bytes
            try:
                data = self.archive.read(entry, _SIZE_CAP)
            except ExhibitError:
                self.left_out = self.left_out or name
                continue
            if data.startswith(_WIDE_BOMS):  # the marks are those of a text in bytes
                data = decode(data).text.encode("utf-8", "replace")
            if data.startswith(HERMES):
                self.compiled.append(name)
            elif data[:4] != b"\x03\x00\x08\x00":  # binary XML holds no text of its own
                present = frozenset(m for m in marks if (_RUN.search(data) is not None if m == WIDE else m in data))
                quotes += js.quotes(data) if present else 0
                if quotes > QUOTES_CAP:
                    self.left_out = self.left_out or name
                    quotes -= js.quotes(data)
                elif present:
                    yield TextFile(name, decode(data).text, present)

    def _is_nameless_text(self, name: str, entry: Entry) -> bool:
        """Return whether a file without an ending begins like settings or a page."""
        if "." in name.rpartition("/")[2] or not 0 < entry.size_bytes <= _NAMELESS_CAP:
            return False
        head = self.archive.peek(entry, _PEEK)
        return not any(c < 9 or 13 < c < 32 for c in head)
