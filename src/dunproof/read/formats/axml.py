"""Android binary XML: elements and attributes with the byte offset of each, read as the platform reads them.

Chunks are walked by their size, unknown ones skipped; string pools are clipped to the file; of several pools, or tables
of ids, the last one before the first tag counts. Attributes are known by their resource id before their name, so that a
decoy with the name and no id never wins, and found in the order of their ids. Every departure from the format is a
flaw, and reading goes on. Format: ResourceTypes.h of the Android platform (chunk types 0x0001, 0x0180, 0x0100-4); how
it is read: ResXMLTree, ResXMLParser (ResourceTypes.cpp), RetrieveAttributes (AttributeResolution.cpp), XmlBlock.java.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.formats.respool import Pool
from dunproof.read.formats.zip import Flaw

ANDROID: Final = "http://schemas.android.com/apk/res/android"
_POOL: Final = 0x0001
_RESOURCE_MAP: Final = 0x0180
_START_NS, _END_NS, _START, _END_ELEMENT, _CDATA = 0x0100, 0x0101, 0x0102, 0x0103, 0x0104
_KNOWN: Final = frozenset({_POOL, _RESOURCE_MAP, _START_NS, _END_NS, _START, _END_ELEMENT, _CDATA})
_NODES: Final = range(0x0100, 0x0180)
"""Chunk types with which the platform's walk over tags begins."""
_NEGATIVE: Final = 0x80000000
"""From here on an index of a string names none."""
_HEADER: Final = struct.Struct("<HHI")
_ATTRIBUTE: Final = struct.Struct("<IIIHBBI")
_CHUNKS_CAP: Final = 500_000
_FLAWS_CAP: Final = 200
_PATH_CAP: Final = 48
_PATHS_CAP: Final = 10_000
"""Elements around one that are named, how deep it stands is counted further; and different paths that are shared."""

IDS: Final = {
    0x01010001: "label", 0x01010003: "name", 0x01010006: "permission", 0x01010018: "authorities",
    0x01010010: "exported", 0x0101000E: "enabled", 0x01010024: "value", 0x01010202: "targetActivity",
    0x0101020C: "minSdkVersion", 0x0101021B: "versionCode", 0x0101021C: "versionName",
    0x01010270: "targetSdkVersion", 0x01010271: "maxSdkVersion", 0x01010011: "process", 0x0101000C: "hasCode",
    0x0101000F: "debuggable", 0x01010280: "allowBackup", 0x01010576: "versionCodeMajor", 0x01010025: "resource",
    0x01010591: "isSplitRequired", 0x0101064E: "requiredSplitTypes", 0x0101064F: "splitTypes",
    0x0101055B: "isFeatureSplit", 0x01010549: "splitName", 0x0101027F: "backupAgent",
    0x0101057A: "appComponentFactory", 0x0101059D: "zygotePreloadName",
}  # fmt: skip
"""Names of the framework attributes that readers ask for, by resource id (android.R.attr)."""
_NAMES: Final = frozenset(IDS.values())


class Attribute(msgspec.Struct, frozen=True):
    """An attribute: its name in the android namespace or its own, typed value, offset of its 20 bytes."""

    name: str
    android: bool
    """It lies in the android namespace, by resource id or by namespace."""
    type: int
    data: int
    text: str | None
    """Decoded string; None where the value is no string."""
    offset: int
    id: int = 0
    """Resource id, by which alone the system knows an attribute of its own; 0 if it has none."""
    spelled: str = ""
    """Name as it is written."""
    bare: bool = False
    """It lies in no namespace."""
    raw: str | None = None
    """The value as it was written, where it still stands there."""

    @property
    def integer(self) -> int | None:
        """The value as an integer, of an integer or of a string of digits; None if it is neither."""
        if 0x10 <= self.type <= 0x1F:
            return self.data - (1 << 32) if self.data >> 31 else self.data
        if self.text is not None and self.text.isascii() and self.text.isdigit() and len(self.text) < 12:
            return int(self.text)
        return None

    @property
    def flag(self) -> bool:
        """Whether the value is true, as the platform takes it: any number but 0, or one of three texts."""
        return bool(self.data) if 0x10 <= self.type <= 0x1F else self.text in {"1", "true", "TRUE"}

    @property
    def printed(self) -> str:
        """The value as a person writes it in a manifest."""
        if self.text is not None:
            return self.text
        if self.type == 0:
            return ""
        if self.type == 0x12:
            return "true" if self.data else "false"
        if self.type in {0x01, 0x02}:
            return f"{'@' if self.type == 1 else '?'}0x{self.data:08x}"
        if 0x10 <= self.type <= 0x1F:
            return f"0x{self.data:x}" if self.type == 0x11 else str(self.integer)
        return f"(type 0x{self.type:x}) 0x{self.data:x}"


class Element(msgspec.Struct, frozen=True):
    """A start tag: name, how deep it stands (0 = root), attributes in file order, offset and length of its chunk."""

    name: str
    depth: int
    path: tuple[str, ...]
    """Names of the elements around it, from outside in."""
    attributes: tuple[Attribute, ...]
    offset: int
    length: int

    def get(self, name: str) -> Attribute | None:
        """Return the android attribute of a name: by its resource id before its spelling; None if it has none.

        The system goes through the attributes once, by ascending ids: one behind a higher id is passed over.
        """
        highest, first = 0, None
        for a in self.attributes:
            if a.android and a.name == name:
                if a.id >= highest and a.id:
                    return a
                first = first or (None if a.id else a)
            highest = max(highest, a.id)
        return first

    def plain(self, name: str) -> Attribute | None:
        """Return the attribute of a name in no namespace, such as ``package``, with its value as it was written."""
        found = next((a for a in self.attributes if a.bare and a.spelled == name), None)
        if found is None:
            return None
        return msgspec.structs.replace(found, text=found.raw if found.raw is not None else found.printed or None)


class Words(msgspec.Struct, frozen=True):
    """A text between tags: the tag that it stands in, offset and length of its chunk."""

    text: str
    element: str
    offset: int
    length: int


class Document(msgspec.Struct):
    """The elements of a file in order, and what went against the format."""

    elements: list[Element]
    flaws: list[Flaw]
    words: list[Words] = []
    whole: bool = True
    """Every tag that was opened was closed, and none was lost."""


def _flaw(document: Document, code: str, detail: str, offset: int) -> None:
    if len(document.flaws) < _FLAWS_CAP:
        document.flaws.append(Flaw(code, detail, offset))


def _chunks(data: bytes, document: Document) -> Iterator[tuple[int, int, int, int]]:
    """Yield (type, header size, offset, size) of the chunks inside the root chunk."""
    if len(data) < 8:
        return
    kind, header, said = _HEADER.unpack_from(data, 0)
    if kind != 0x0003:
        _flaw(document, "axml-type", f"the file has chunk type 0x{kind:04x}", 0)
    if said != len(data):
        _flaw(document, "axml-size", f"the file says {said} bytes and has {len(data)}", 4)
    at = header if 8 <= header <= len(data) else 8
    for _ in range(_CHUNKS_CAP):
        # The platform reads up to the size that the file says, and refuses one that cuts a chunk.
        if at + 8 > len(data) or at == said:
            return
        kind, header, size = _HEADER.unpack_from(data, at)
        if size < 8 or header < 8 or header > size:
            if at < len(data):
                _flaw(document, "axml-chunk-size", f"a chunk of {size} bytes ends the reading", at)
            return
        if at + size > len(data):
            _flaw(document, "axml-chunk-clipped", "a chunk runs past the end of the file", at)
            size = len(data) - at
            if header > size:
                return
        yield kind, header, at, size
        at += size


def parse(data: bytes) -> Document:
    """Return the elements of a binary XML file.

    Raises ExhibitError (``axml-no-strings``) if there is no string pool: then no name can be read.
    """
    document = Document([], [])
    pool: Pool | None = None
    ids: tuple[int, ...] = ()
    paths: list[tuple[str, ...]] = [()]
    """The path of each open element, and of what stands below the last one: elements beside each other share it."""
    known: dict[tuple[str, ...], tuple[str, ...]] = {}
    waiting: list[tuple[int, int, int]] = []
    opened = closed = depth = 0
    begun = mapped = False

    def note(code: str, detail: str, at: int) -> None:
        _flaw(document, f"axml-{code}", detail, at)

    for kind, header, at, size in _chunks(data, document):
        begun |= kind in _NODES
        if kind == _POOL:
            if pool is not None:
                _flaw(document, "axml-second-pool", f"a second string pool {'is ignored' if begun else 'counts'}", at)
            if pool is None or not begun:
                pool = Pool(data, at, size, note)
        elif kind == _RESOURCE_MAP:
            if mapped or begun:
                _flaw(document, "axml-second-map", f"a table of ids {'is ignored' if begun else 'is the second'}", at)
            if not begun:
                ids = struct.unpack_from(f"<{(size - header) // 4}I", data, at + header)
            mapped = True
        elif kind == _START:
            opened += 1
            if pool is None:
                waiting.append((header, at, size))
                continue
            element = _element(data, (header, at, size), pool, ids, paths[-1], depth, document)
            if element is not None:
                document.elements.append(element)
            depth += 1
            if depth <= _PATH_CAP:
                path = (*paths[-1], element.name if element is not None else "")
                paths.append(known.setdefault(path, path) if len(known) < _PATHS_CAP else path)
        elif kind == _END_ELEMENT:
            closed += 1
            depth = max(0, depth - 1)
            del paths[depth + 1 :]
        elif kind == _CDATA and pool is not None and header + 4 <= size:
            (index,) = struct.unpack_from("<I", data, at + header)
            document.words.append(Words(pool[index], paths[-1][-1] if paths[-1] else "", at, size))
        elif kind not in _KNOWN:
            _flaw(document, "axml-unknown-chunk", f"a chunk of type 0x{kind:04x} is skipped", at)
    if pool is None:
        raise ExhibitError(
            "axml-no-strings", "the binary XML has no string pool", hint="the file is damaged or no AXML"
        )
    if waiting:
        _flaw(document, "axml-order", f"{len(waiting)} elements stand before the string pool", waiting[0][1])
    document.whole = 0 < opened == closed and opened == len(document.elements)
    return document


def _element(  # noqa: PLR0917 - the state of one walk
    data: bytes,
    chunk: tuple[int, int, int],
    pool: Pool,
    ids: tuple[int, ...],
    path: tuple[str, ...],
    depth: int,
    document: Document,
) -> Element | None:
    header, at, size = chunk
    body = at + header
    if header + 20 > size:
        _flaw(document, "axml-element", "a start tag is shorter than its header", at)
        return None
    _, name, start, step, count = struct.unpack_from("<IIHHH", data, body)
    if step < 20:
        _flaw(document, "axml-attribute-size", f"attributes of {step} bytes", at)
        step = 20
    elif step != 20:
        _flaw(document, "axml-attribute-size", f"attributes of {step} bytes", at)
    room = max(0, at + size - body - start) // step
    if count > room:
        _flaw(document, "axml-attribute-count", f"{count} attributes are declared, room is for {room}", at)
        count = room
    attributes = tuple(
        _attribute(data, body + start + n * step, pool, ids, document)
        for n in range(count)
        if body + start + n * step + 20 <= len(data)
    )
    if not pool[name]:
        _flaw(document, "axml-string-index", "a tag has no name", at)
    highest = 0
    for a in attributes:
        if a.id and a.id < highest and a.id in IDS:
            _flaw(document, "axml-attribute-order", f"{a.name} stands behind a higher id", a.offset)
        highest = max(highest, a.id)
    return Element(pool[name], depth, path, attributes, at, size)


def _attribute(data: bytes, at: int, pool: Pool, ids: tuple[int, ...], document: Document) -> Attribute:
    ns, name, raw, _, _, type_, value = _ATTRIBUTE.unpack_from(data, at)
    id_ = ids[name] if name < len(ids) else 0
    known = IDS.get(id_)
    bare = ns >= len(pool)
    written = pool[raw] if raw < _NEGATIVE else None
    texts: list[int] = [] if known is not None else [name]
    texts += [raw] if bare and raw < _NEGATIVE else []
    text = None
    if type_ == 0x03:
        text = pool[value]
        texts.append(value)
    if max(texts, default=0) >= len(pool):
        _flaw(document, "axml-string-index", "an attribute names a string that is not there", at)
    spelled = pool[name]
    if bare and known is None and text is not None and written is not None and text != written:
        _flaw(document, "axml-value-differs", f"{spelled} is {written[:80]} as written and {text[:80]} as a value", at)
    android = known is not None or (not bare and pool[ns] == ANDROID)
    if android and known is None and spelled in _NAMES:
        _flaw(document, "axml-attribute-no-id", f"{spelled} stands without its resource id", at)
    return Attribute(known or spelled, android, type_, value, text, at, id_, spelled, bare, written)


def describe(data: bytes, offset: int, length: int) -> str:
    """Return the printed form of the attribute, start tag or text at an offset of a binary XML file.

    ``uses-permission android:name="android.permission.READ_CONTACTS"`` for an attribute, ``<application>`` for a tag.
    Raises ExhibitError (``axml-no-place``) if neither begins there.
    """
    document = parse(data)
    for words in document.words:
        if words.offset == offset:
            return words.text.strip()
    for element in document.elements:
        if element.offset == offset:
            return f"<{element.name}>"
        if element.offset < offset < element.offset + element.length:
            for a in element.attributes:
                if a.offset == offset:
                    return f'{element.name} {"android:" if a.android else ""}{a.name}="{a.printed}"'
    raise ExhibitError(
        "axml-no-place", f"no attribute or tag begins at byte {offset:#x}, {length} bytes",
        loc=f"byte={offset:#x},{length}", hint="the file is another one than the locator was made for",
    )  # fmt: skip
