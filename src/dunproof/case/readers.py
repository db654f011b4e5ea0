"""Which reader reads which format, and what a file of a format without a reader may hold.

The readers are modules named here and imported in the reading process only. What each looks for stands here too, so
that a reader which cannot even start leaves its gap by name; a test holds both lists against the modules.
"""

from __future__ import annotations

import importlib
from typing import Final, cast

import msgspec

from dunproof.read.source import Reader


class ReaderEntry(msgspec.Struct, frozen=True):
    """One reader: its module, the formats it reads, the kinds it looks for."""

    module: str
    formats: frozenset[str]
    looks_for: tuple[str, ...]

    @property
    def looks_for_sdks(self) -> bool:
        """It is given the case's own list of SDKs."""
        return "sdk" in self.looks_for


_POLICY_KINDS: Final = (
    "document",
    "reference",
    "collected_item",
    "recipient",
    "recipient_item",
    "term",
    "promise",
    "promise_term",
)
PHONE_KINDS: Final = ("sighting", "number")
_APP_KINDS: Final = (
    "app", "signer", "permission", "component", "sensitive_read", "permission_request", "sdk", "endpoint", "shell",
    "app_text", "code_sheet",
)  # fmt: skip

READERS: Final = (
    ReaderEntry("dunproof.read.formats.archive", frozenset({"zip"}), ("exhibit",)),
    ReaderEntry("dunproof.read.app.reader", frozenset({"apk", "apks"}), _APP_KINDS),
    ReaderEntry("dunproof.read.app.traffic.har", frozenset({"har"}), ("upload",)),
    ReaderEntry("dunproof.read.policy.reader", frozenset({"html", "text", "markdown", "pdf"}), _POLICY_KINDS),
    ReaderEntry("dunproof.read.phone.reader", frozenset({"sbr-xml"}), PHONE_KINDS),
    ReaderEntry("dunproof.read.phone.android_db", frozenset({"android-db"}), PHONE_KINDS),
    ReaderEntry("dunproof.read.phone.tables", frozenset({"csv", "xlsx"}), PHONE_KINDS),
)

_PAPERS: Final = frozenset({"docx", "ole", "rtf", "odf", "ofd", "epub", "pptx"})
_EXPORTS: Final = frozenset({"sqlite", "json", "ndjson", "xml", "vcard", "adb-backup", "plist", "xlsx"})
_PACKAGES: Final = frozenset({"aab", "ios-app", "dex"})
_PICTURES: Final = frozenset({"png", "jpeg", "gif", "webp", "bmp", "tiff", "heic", "mp4"})
_SOUNDS: Final = frozenset({"ogg", "wav", "mp3", "amr", "silk"})
_TRAFFIC: Final = frozenset({
    "pcap", "mitmproxy", "fiddler", "charles", "burp", "proxyman", "httpcanary", "requests",
})  # fmt: skip
"""Recordings that are told apart so that they can be refused by name; HAR is the one that is read."""
_ANYTHING: Final = ("app", "document", "sighting")


def reader_of(format_: str) -> ReaderEntry | None:
    """Return the reader of a format, or None where there is none yet."""
    return next((r for r in READERS if format_ in r.formats), None)


def may_hold(format_: str) -> tuple[str, ...]:
    """Return the kinds of fact that a file of this format may hold although nothing reads it."""
    if format_ in _PAPERS:
        return _POLICY_KINDS
    if format_ in _EXPORTS:
        return PHONE_KINDS
    if format_ in _PACKAGES:
        return _APP_KINDS
    if format_ in _PICTURES:
        return ("consent_point", "text_run", "sighting")
    if format_ in _SOUNDS:
        return ("sighting",)
    if format_ in _TRAFFIC:
        return ("upload",)
    return () if format_ == "empty" else _ANYTHING


def says_what_it_is(format_: str) -> bool:
    """Return whether a file of this format is one app or one paper, read or not; of others nobody knows whose they are.

    A folder of 300 pictures is no 300 people.
    """
    return reader_of(format_) is not None or format_ in _PAPERS or format_ in _PACKAGES


def load(module: str) -> Reader:
    """Return the reader of this name, imported now: the reading process calls this, nobody else."""
    return cast("Reader", importlib.import_module(module))  # noqa: TID251 - this is the table of readers
