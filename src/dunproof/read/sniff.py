"""What a file is, by its content: format, text encoding, and whether its name says something else.

A name is a claim of whoever saved the file, so no format is decided by it; only where the content allows several
readings of one plain text (Markdown, a table of whatever) does it all stay ``text``; ``csv`` is a table whose header
names what a call or message has. Pure Python over the head, the tail
and, for zips, the list of names; bounded for files of any size; never raises on content.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from dunproof.read.formats import sqlite, tables
from dunproof.read.formats.android_db import is_android
from dunproof.read.formats.columns import find_head
from dunproof.read.formats.text import decode

HEAD: Final = 65_536
WHOLE: Final = 16 * 1024 * 1024
"""Files up to this size are decoded whole to find the encoding; of larger ones the head speaks."""
_DIRECTORY_CAP: Final = 32 * 1024 * 1024

FORMATS: Final[dict[str, tuple[str, ...]]] = {
    "apk": ("apk",),
    "apks": ("apks", "xapk", "apkm", "zip"),
    "aab": ("aab",),
    "dex": ("dex",),
    "zip": ("zip", "jar", "har"),
    "docx": ("docx", "docm", "dotx"),
    "xlsx": ("xlsx", "xlsm"),
    "pptx": ("pptx",),
    "odf": ("odt", "ods", "odp"),
    "ofd": ("ofd",),
    "epub": ("epub",),
    "ios-app": ("ipa",),
    "html": ("html", "htm", "xhtml", "shtml", "php", "asp", "jsp", "mht", "md", "markdown"),
    "sbr-xml": ("xml",),
    "xml": ("xml", "svg", "plist", "xhtml", "rels", "xsl"),
    "json": ("json", "ndjson", "jsonl", "map", "webmanifest", "geojson", "ipynb"),
    "har": ("har", "json"),
    "ndjson": ("ndjson", "jsonl", "json"),
    "vcard": ("vcf", "vcard"),
    "text": (
        "txt", "md", "markdown", "csv", "tsv", "log", "srt", "vtt", "ts", "js", "css", "yml", "yaml", "toml", "ini",
        "rst", "text", "properties", "sql", "py", "java", "kt", "vue", "tsx", "jsx", "",
    ),
    "csv": ("csv", "tsv", "tab", "txt", "text", "log", ""),
    "pdf": ("pdf",),
    "sqlite": ("db", "sqlite", "sqlite3", "db3", "mddata", "sqlitedb"),
    "android-db": ("db", "sqlite", "sqlite3", "db3"),
    "adb-backup": ("ab",),
    "plist": ("plist", "mdinfo"),
    "ole": ("doc", "xls", "ppt", "wps", "et", "msg"),
    "rtf": ("rtf", "doc"),
    "png": ("png",),
    "jpeg": ("jpg", "jpeg", "jpe"),
    "gif": ("gif",),
    "webp": ("webp",),
    "bmp": ("bmp",),
    "tiff": ("tif", "tiff"),
    "heic": ("heic", "heif"),
    "mp4": ("mp4", "m4a", "m4v", "mov", "3gp"),
    "ogg": ("ogg", "opus", "oga"),
    "wav": ("wav",),
    "mp3": ("mp3",),
    "amr": ("amr",),
    "silk": ("silk", "slk", "amr"),
    "pcap": ("pcap", "pcapng", "cap", "snoop", "pdml", "json"),
    "mitmproxy": ("flows", "flow", "mitm", "dump", ""),
    "fiddler": ("saz",),
    "charles": ("chls", "chlsj", "chlsx", "json", "xml"),
    "burp": ("xml",),
    "proxyman": ("proxymanlog", "proxymanlogv2", "proxymansession", "proxymansessionv2"),
    "httpcanary": ("zip", "hcy"),
    "requests": ("json", "ndjson", "jsonl", "txt", "log", "http", "curl", "sh", ""),
    "tar": ("tar",),
    "gzip": ("gz", "tgz"),
    "bzip2": ("bz2",),
    "xz": ("xz",),
    "7z": ("7z",),
    "rar": ("rar",),
    "zstd": ("zst",),
    "elf": ("so", ""),
    "empty": (),
}  # fmt: skip
"""Every format that is told apart, with the extensions that go with it. '' = none of these."""

TEXT_FORMATS: Final = frozenset({"html", "sbr-xml", "csv", "xml", "json", "har", "ndjson", "vcard", "text"})
IMAGE_FORMATS: Final = frozenset({"png", "jpeg", "gif", "webp", "bmp", "tiff", "heic"})

_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"%PDF-", "pdf"),
    (0, b"SQLite format 3\x00", "sqlite"),
    (0, b"ANDROID BACKUP\n", "adb-backup"),
    (0, b"bplist00", "plist"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"{\\rtf", "rtf"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"OggS", "ogg"),
    (0, b"ID3", "mp3"),
    (0, b"#!AMR", "amr"),
    (0, b"#!SILK_V3", "silk"),
    (0, b"\x02#!SILK_V3", "silk"),
    (0, b"\xd4\xc3\xb2\xa1", "pcap"),
    (0, b"\xa1\xb2\xc3\xd4", "pcap"),
    (0, b"\x4d\x3c\xb2\xa1", "pcap"),
    (0, b"\xa1\xb2\x3c\x4d", "pcap"),
    (0, b"\x0a\x0d\x0d\x0a", "pcap"),
    (0, b"snoop\x00\x00\x00", "pcap"),
    (257, b"ustar", "tar"),
    (0, b"\x1f\x8b\x08", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"\x7fELF", "elf"),
)
_HEIF_BRANDS: Final = (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"hevc")
_SBR: Final = re.compile(r"<(?:smses|calls|allsms)(?=[\s>/])")
_HTML: Final = re.compile(
    r"<!doctype\s+html|<(?:html|head|body|title|meta|div|p|table|article|section|span|h[1-6]|ul|ol|br)(?=[\s>/])",
    re.IGNORECASE,
)
_HTML_SURE: Final = re.compile(r"<!doctype\s+html|<(?:html|head|body)(?=[\s>/])", re.IGNORECASE)
_TAG: Final = re.compile(
    r"</?(?:p|div|span|table|tr|td|th|li|ul|ol|h[1-6]|br|strong|b|a|font|title|u)(?=[\s>/])", re.IGNORECASE
)
_MARKDOWN: Final = re.compile(r"^ {0,3}(?:#{1,6} +\S|\|(?: *:?-{3,}:? *\|)+ *$|[*+] +\S.*\n[*+] +\S)", re.MULTILINE)
_PROLOGUE: Final = re.compile(r"\s*(?:(?:<\?.{0,4000}?\?>|<!--.{0,20000}?-->)\s*)*", re.DOTALL)
_XML: Final = re.compile(r"<\?xml\s|<[A-Za-z_][\w.:-]*(?:\s+[\w.:-]+\s*=\s*[\"'][^\"'<]*[\"'])*\s*/?>")
_JSON_START: Final = re.compile(r"[\[{]\s*(?:[\"\[{\]}0-9tfn-])")

_FLOW: Final = re.compile(
    rb"[1-9][0-9]{0,9}:(?=.{0,65536}?(?:9:websocket;|4:type;4:(?:http|dns);|4:type;3:(?:tcp|udp);))", re.DOTALL
)
"""A flow of mitmproxy (io/tnetstring.py): a netstring, its length in front, the fields of a flow in it."""
_JAVA: Final = b"\xac\xed\x00\x05"
_CHARLES_JSON: Final = re.compile(
    r'\[\s*\{(?=.{0,4000}?"protocolVersion"\s*:)(?=.{0,4000}?"(?:tunnel|keptAlive|actualPort|webSocket)"\s*:)',
    re.DOTALL,
)
_CHARLES_XML: Final = re.compile(r"<charles-session[\s>/]")
_BURP_XML: Final = re.compile(r"<items\s[^>]{0,200}?burpVersion\s*=")
_WIRESHARK_JSON: Final = re.compile(r'\[\s*\{\s*"_index"\s*:\s*"packets-')
_REQUESTS_JSON: Final = re.compile(
    r'(?=.{0,4000}?"(?:url|uri|href|raw|requestUrl|request_url)"\s*:\s*"(?:https?|wss?)://)'
    r'(?=.{0,4000}?"(?:method|verb|requestMethod|request_method|httpMethod)"\s*:\s*"(?:GET|POST|PUT|PATCH|DELETE)")',
    re.DOTALL,
)
_REQUESTS_TEXT: Final = re.compile(
    r"\s*(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT) \S{1,4000} HTTP/[0-9.]{1,3}\s|curl\s[^\n]{0,4000}?https?://)"
)
"""Requests as programs write them: records of them, the protocol's own text (RFC 9112), or to be sent again."""
_WIRESHARK_XML: Final = re.compile(r"<(?:pdml|psml)[\s>]")
_SAZ: Final = re.compile(r"raw/[0-9]+_[cs]\.txt\Z")
_BY_NAME: Final = {
    "proxyman": (".proxymanlog", ".proxymanlogv2", ".proxymansession", ".proxymansessionv2"),
    "charles": (".chls", ".chlsj", ".chlsx"),
    "fiddler": (".saz",),
    "httpcanary": (".hcy",),
}
"""Recordings of which the content need not say what they are: refused under the name that they bear, never read."""

_ODD: Final = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f\x7f-\x9f\ue000-\uf8ff]")
"""Characters that a text does not hold: control characters and private use."""


class Sniffed(msgspec.Struct, frozen=True, kw_only=True):
    """Format ('' = none known), text encoding ('' for binary formats), and a note where the name lies."""

    format: str
    encoding: str = ""
    note: str = ""


def sniff(path: Path, name: str | None = None) -> Sniffed:
    """Return what the file at ``path`` is. ``name`` is the name it was handed in with (the path's own otherwise)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        found = _sniff(file, size)
    name = name or path.name
    told = next((f for f, ends in _BY_NAME.items() if name.lower().endswith(ends)), "")
    if told and found[0] in {"", "zip", "gzip", "json", "ndjson", "plist", "xml"}:
        found = (told, "")
    return Sniffed(format=found[0], encoding=found[1], note=_name_note(name, found[0]))


def _name_note(name: str, format_: str) -> str:
    """Return what is odd about the name's extension for this format; '' if nothing is."""
    _, dot, ext = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    ext = ext.lower() if dot else ""
    claims = [f for f, exts in FORMATS.items() if ext and ext in exts]
    if not claims or not format_ or format_ == "empty" or format_ in claims:
        return ""
    if format_ == "text" and any(c in TEXT_FORMATS for c in claims) and ext not in {"xml", "html", "htm", "vcf"}:
        return ""
    return f"the name ends in .{ext} ({claims[0]}), the content is {format_}"


def _sniff(file: BinaryIO, size: int) -> tuple[str, str]:
    if size == 0:
        return "empty", ""
    head = file.read(HEAD)
    for offset, magic, format_ in _MAGIC:
        if head.startswith(magic, offset):
            return _database_kind(file, size) if format_ == "sqlite" else format_, ""
    if head[:4] == b"RIFF" and head[8:12] in {b"WEBP", b"WAVE"}:
        return ("webp" if head[8:12] == b"WEBP" else "wav"), ""
    if head[:2] == b"BM" and len(head) > 26 and struct.unpack_from("<I", head, 14)[0] in {12, 40, 52, 56, 64, 108, 124}:
        return "bmp", ""
    if head[4:8] == b"ftyp":
        return ("heic" if head[8:12] in _HEIF_BRANDS else "mp4"), ""
    if _FLOW.match(head):
        return "mitmproxy", ""
    if head.startswith(_JAVA) and b"charles" in head:
        return "charles", ""
    names = zip_names(file, size, head)
    if names is not None:
        return _zip_kind(names), ""
    if head.startswith(b"dex\n"):  # after the zips: a package may start with a dex file (CVE-2017-13156)
        return "dex", ""
    return _text_kind(file, size, head)


def _database_kind(file: BinaryIO, size: int) -> str:
    """Return android-db for a database of messages or calls, by what it declares."""
    return "android-db" if is_android(sqlite.schema(file, size)) else "sqlite"


# --- zips ---------------------------------------------------------------------------------------------------------


def zip_names(file: BinaryIO, size: int, head: bytes) -> list[str] | None:
    """Return the member names of a zip, from its central directory or, where that is broken, its local headers.

    None if the file is no zip. A file counts as one if it starts with a local header or an end record, or ends in an
    end record whose directory lies inside the file (data may stand before a zip).
    """
    starts = head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK"))
    central = _central_names(file, size)
    if central:
        return central
    if not starts:
        return None
    file.seek(0)
    return list(_local_names(file.read(_DIRECTORY_CAP)))


def _central_names(file: BinaryIO, size: int) -> list[str]:
    """Return the names of the central directory, as far as it is readable; [] if there is none."""
    back = min(size, 65_557)
    file.seek(size - back)
    tail = file.read(back)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return []
    length, offset = struct.unpack_from("<II", tail, at + 12)
    end = size - back + at
    start = offset if offset != 0xFFFFFFFF else max(0, end - length)
    for begin in (end - length, start):
        if not 0 <= begin < end:
            continue
        file.seek(begin)
        data = file.read(min(end - begin, _DIRECTORY_CAP))
        names = list(_directory_names(data))
        if names:
            return names
    return []


def _directory_names(data: bytes) -> Iterator[str]:
    at = 0
    while data.startswith(b"PK\x01\x02", at) and at + 46 <= len(data):
        n, extra, comment = struct.unpack_from("<HHH", data, at + 28)
        yield data[at + 46 : at + 46 + n].decode("utf-8", "replace")
        at += 46 + n + extra + comment


def _local_names(data: bytes) -> Iterator[str]:
    at = data.find(b"PK\x03\x04")
    while at >= 0 and at + 30 <= len(data):
        (n,) = struct.unpack_from("<H", data, at + 26)
        if 0 < n < 1024:
            yield data[at + 30 : at + 30 + n].decode("utf-8", "replace")
        at = data.find(b"PK\x03\x04", at + 4)


def _zip_kind(names: list[str]) -> str:
    """Return the format of a zip by the names inside it."""
    have = {n.replace("\\", "/").lstrip("/") for n in names}
    if "AndroidManifest.xml" in have or "classes.dex" in have:
        return "apk"
    if "BundleConfig.pb" in have or "base/manifest/AndroidManifest.xml" in have:
        return "aab"
    if "word/document.xml" in have:
        return "docx"
    if "xl/workbook.xml" in have:
        return "xlsx"
    if "ppt/presentation.xml" in have:
        return "pptx"
    if "OFD.xml" in have:
        return "ofd"
    if "META-INF/container.xml" in have and "mimetype" in have:
        return "epub"
    if "content.xml" in have and "mimetype" in have:
        return "odf"
    if any(n.startswith("Payload/") and n.split("/")[1].endswith(".app") for n in have if n.count("/") >= 2):
        return "ios-app"
    if any(_SAZ.match(n) for n in have):
        return "fiddler"
    if any(n.rpartition("/")[2] == "request.hcy" for n in have):
        return "httpcanary"
    top_apks = [n for n in have if n.endswith(".apk") and ("/" not in n or "toc.pb" in have)]
    if top_apks and ("toc.pb" in have or "base.apk" in have or "manifest.json" in have or "info.json" in have):
        return "apks"
    return "zip"


# --- text ---------------------------------------------------------------------------------------------------------


def _text_kind(file: BinaryIO, size: int, head: bytes) -> tuple[str, str]:
    """Return (format, encoding) of a file without magic bytes; ("", "") if it is no text."""
    first = decode(head[: len(head) & ~3])
    if _is_binary(first.text, first.text.count("�")):
        return "", ""
    file.seek(0)
    decoded = decode(file.read(WHOLE)) if size > len(first.text) else first
    text = decoded.text[:HEAD]
    return _markup_kind(text, decoded.text, complete=size <= WHOLE), decoded.encoding


def _is_binary(text: str, replaced: int) -> bool:
    """Return whether a decoded head has too many control, unassigned or replaced characters to be a text."""
    odd = len(_ODD.findall(text))
    return not text.strip("\x00 \t\r\n") or odd * 20 > len(text) or replaced * 10 > len(text)


def _markup_kind(text: str, whole: str, *, complete: bool) -> str:
    m = _PROLOGUE.match(text)
    start = m.end() if m else 0
    body = text[start : start + 4096]
    if _SBR.match(body) or (text.lstrip().startswith("<?xml") and _SBR.search(text[:8192])):
        return "sbr-xml"
    stripped = text.lstrip()
    if stripped.startswith("<"):
        for pattern, kind in ((_CHARLES_XML, "charles"), (_BURP_XML, "burp"), (_WIRESHARK_XML, "pcap")):
            if pattern.search(text[:8192]):
                return kind
    if stripped.startswith("BEGIN:VCARD"):
        return "vcard"
    if _JSON_START.match(stripped):
        kind = _json_kind(whole, complete=complete)
        if kind == "json" and _CHARLES_JSON.match(stripped):
            return "charles"
        if kind == "json" and _WIRESHARK_JSON.match(stripped):
            return "pcap"
        if kind in {"json", "ndjson"} and not _HAR.match(stripped) and _REQUESTS_JSON.match(stripped):
            return "requests"
        if kind:
            return "har" if kind == "json" and _HAR.match(stripped) else kind
    if _REQUESTS_TEXT.match(text):
        return "requests"
    if find_head(tables.rows(text)) is not None:  # other tables stay text: nobody knows what they are of
        return "csv"
    if _HTML.match(body) or _HTML_SURE.search(text[:HEAD]):
        return "html"
    if stripped.startswith("<?xml") or _XML.match(body):
        return "html" if _HTML_SURE.search(text) or len(_TAG.findall(text)) >= 8 else "xml"
    tags = len(_TAG.findall(text))
    if _MARKDOWN.search(text):  # Markdown may hold tags, and its line ends count
        return "text"
    if tags >= 6 and tags * 200 >= len(text):
        return "html"
    return "text"


_PLAIN_MEMBERS: Final = r'(?:\s*"(?:[^"\\]++|\\.)*+"\s*:\s*(?:"(?:[^"\\]++|\\.)*+"|[\w.+-]++)\s*,)*+'
_HAR: Final = re.compile(
    rf'\s*\{{{_PLAIN_MEMBERS}\s*"log"\s*:\s*\{{{_PLAIN_MEMBERS}(?=.{{0,2000}}?"(?:creator|entries|pages)"\s*:)',
    re.DOTALL,
)
"""A HAR is an object "log" with its creator, pages and entries; comments may stand before each."""


def _json_kind(text: str, *, complete: bool) -> str:
    """Return json, ndjson or '' for a text that starts like JSON. A file too deep for the decoder goes by its look."""
    lines = [line for line in text[:HEAD].split("\n", 3)[:3] if line.strip()]
    if complete:
        try:
            msgspec.json.decode(text.encode("utf-8", "surrogatepass"), type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeError):
            pass
        except RecursionError:
            return "json" if "\n" not in text.strip() else "ndjson"
        else:
            return "json"
    if lines and _is_json(lines[0]) and (len(lines) < 2 or _is_json(lines[1]) or _is_json(lines[-1])):
        return "ndjson"
    return "json" if not complete or re.match(r'\s*\{\s*"', text) else ""


def _is_json(line: str) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return line.lstrip()[:1] in {"{", "["}
