"""Compiled resources of an Android app: texts, dimensions, colours, styles by configuration, decoded when asked for.

Only the chunks are walked; entries are looked up one by one or gathered as columns of a whole type. Plain, sparse,
16-bit and compact entries are read; counts are clipped to the file, every departure is a flaw, and reading goes on.
Format: ResourceTypes.h of the Android platform (chunk types 0x0002, 0x0001, 0x0200 to 0x0206).
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.formats.respool import Pool
from dunproof.read.formats.zip import Flaw

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_TABLE, _POOL, _PACKAGE, _TYPE, _SPEC = 0x0002, 0x0001, 0x0200, 0x0201, 0x0202
_HEADER: Final = struct.Struct("<HHI")
_SPARSE, _OFFSET16 = 1, 2
_COMPLEX, _COMPACT = 1, 8
_NONE: Final = 0xFFFFFFFF
_ENTRY: Final = 8
"""Bytes of an entry before its value, at the least."""
_CHUNKS_CAP: Final = 200_000
_ENTRIES_CAP: Final = 1 << 24
"""Places of entries of all types together: the table of the Android framework has 4.7 million."""
_OF_TYPE: Final = 1 << 16
"""Entries of one type: an id has two bytes for them."""
_TEXTS_CAP: Final = 1 << 21
_LOOK_UPS_CAP: Final = 1 << 22
"""Texts that are told together, and parts of types that are looked into for entries asked for by their id."""
_FLAWS_CAP: Final = 100
_HOPS: Final = 8
"""References that are followed from one value to the next."""
_BAG_CAP: Final = 4096
REFERENCE, STRING, FRACTION, DIMENSION = 0x01, 0x03, 0x06, 0x05
_REFERENCES: Final = frozenset({0x01, 0x07})
_UNITS: Final = ("px", "dp", "sp", "pt", "in", "mm")
_SHIFTS: Final = (0, 7, 15, 23)
_DENSITIES: Final = {120: "ldpi", 160: "mdpi", 213: "tvdpi", 240: "hdpi", 320: "xhdpi", 480: "xxhdpi", 640: "xxxhdpi",
                     0xFFFE: "anydpi", 0xFFFF: "nodpi"}  # fmt: skip


class Config(msgspec.Struct, frozen=True, order=True):
    """A configuration. Empty texts and zeros stand for any."""

    language: str = ""
    region: str = ""
    script: str = ""
    density: int = 0
    sdk: int = 0
    night: bool = False
    other: bytes = b""
    """The whole record where something else is asked for as well, so that it equals no other."""

    @property
    def locale(self) -> str:
        """``zh-Hant-TW``; '' for any."""
        return "-".join(part for part in (self.language, self.script, self.region) if part)

    @property
    def qualifiers(self) -> str:
        """How a folder of resources is named: ``zh-rTW-night-xhdpi-v21``; '' for the default."""
        parts = [self.language, f"r{self.region}" if self.region and not self.script else ""]
        if self.script:
            parts = ["b+" + "+".join(p for p in (self.language, self.script, self.region) if p)]
        parts += ["night" if self.night else ""]
        parts += [_DENSITIES.get(self.density, f"{self.density}dpi") if self.density else ""]
        parts += [f"v{self.sdk}" if self.sdk else ""]
        return "-".join(part for part in parts if part)


_ANY: Final = Config()


class Value(msgspec.Struct, frozen=True):
    """A typed value of one configuration: type and data as in Res_value, text of a string, offset of the value."""

    config: Config
    type: int
    data: int
    text: str | None
    offset: int

    @property
    def printed(self) -> str:
        """The value as a person writes it in a resource file."""
        return self.text if self.text is not None else printed(self.type, self.data)


class Bag(msgspec.Struct, frozen=True):
    """A style, array or plural of one configuration: parent id, and (name id, value) in file order."""

    config: Config
    parent: int
    items: tuple[tuple[int, Value], ...]


class Chunk(msgspec.Struct, frozen=True):
    """The entries of one type in one configuration."""

    type: int
    config: Config
    at: int
    size: int
    header: int
    start: int
    """Offset of the first entry, from the chunk."""
    count: int
    flags: int


class Package:
    """A package of a table: id, name, names of types and entries, chunks by type."""

    def __init__(self, id_: int, name: str, types: Pool, keys: Pool, offset: int = 0) -> None:
        self.id = id_
        self.name = name
        self.types = types
        self.keys = keys
        self.offset = offset
        """Types that another part of the same package has before the first one here."""
        self.chunks: dict[int, list[Chunk]] = {}

    def type_name(self, type_: int) -> str:
        """Return the name of a type, such as ``string``; '' if it has none."""
        return self.types[type_ - 1 - self.offset] if type_ > self.offset else ""


class Resources:
    """A table of resources. Raises ExhibitError (``arsc-no-table``) if the bytes are none."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 12 or _HEADER.unpack_from(data, 0)[0] != _TABLE:
            raise ExhibitError("arsc-no-table", "the bytes are no resource table", hint="the member is damaged or none")
        self.data = data
        self.flaws: list[Flaw] = []
        self.packages: list[Package] = []
        self.pool = Pool(data, len(data), 0, lambda *_: None)
        self._configs: dict[bytes, Config] = {}
        header, size = _HEADER.unpack_from(data, 0)[1:]
        if size > len(data):
            self._flaw("clipped", f"the table says {size} bytes and has {len(data)}", 4)
        self._left = _CHUNKS_CAP
        self._entries_left = _ENTRIES_CAP
        self._look_ups = _LOOK_UPS_CAP
        seen_pool = False
        for kind, inner, at, length in self._chunks(max(8, header), min(size, len(data)) if size >= 12 else len(data)):
            if kind == _POOL and not seen_pool:
                self.pool, seen_pool = Pool(data, at, length, self._flaw), True
            elif kind == _PACKAGE:
                self._package(inner, at, length)
        if not seen_pool:
            self._flaw("no-strings", "the table has no strings", 0)

    def _flaw(self, code: str, detail: str, offset: int) -> None:
        if len(self.flaws) < _FLAWS_CAP:
            self.flaws.append(Flaw(f"arsc-{code}", detail, offset))

    def _chunks(self, at: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield (type, header size, offset, size) of the chunks between two offsets."""
        while at + 8 <= stop:
            self._left -= 1
            if self._left < 0:
                self._flaw("chunk-count", f"only the first {_CHUNKS_CAP} chunks are read", at)
                return
            kind, header, size = _HEADER.unpack_from(self.data, at)
            if size < 8 or header < 8 or header > size:
                self._flaw("chunk-size", f"a chunk of {size} bytes ends the reading", at)
                return
            if at + size > stop:
                self._flaw("clipped", "a chunk runs past its container", at)
                size = stop - at
                if header > size:
                    return
            yield kind, header, at, size
            at += size

    def _package(self, header: int, at: int, size: int) -> None:
        if header < 284 or size < 284:
            self._flaw("package", "a package is shorter than its header", at)
            return
        (id_,) = struct.unpack_from("<I", self.data, at + 8)
        name = self.data[at + 12 : at + 268].decode("utf-16-le", "replace").partition("\0")[0]
        types_at, _, keys_at = struct.unpack_from("<3I", self.data, at + 268)
        none = Pool(self.data, at, 0, lambda *_: None)
        offset = struct.unpack_from("<I", self.data, at + 284)[0] if header >= 288 <= size else 0
        package = Package(id_, name, none, none, offset)
        if any(other.id == id_ for other in self.packages):
            self._flaw("package-twice", f"two packages have the id 0x{id_:02x}: their values stand side by side", at)
        for kind, inner, here, length in self._chunks(at + header, at + size):
            if kind == _POOL and here == at + types_at:
                package.types = Pool(self.data, here, length, self._flaw)
            elif kind == _POOL and here == at + keys_at:
                package.keys = Pool(self.data, here, length, self._flaw)
            elif kind == _TYPE:
                chunk = self._type(inner, here, length)
                if chunk is not None:
                    package.chunks.setdefault(chunk.type, []).append(chunk)
        self.packages.append(package)

    def _type(self, header: int, at: int, size: int) -> Chunk | None:
        if header < 24:
            self._flaw("type", "a type is shorter than its header", at)
            return None
        type_, flags, _, count, start = struct.unpack_from("<BBHII", self.data, at + 8)
        # A sparse table has rows of four bytes whatever the other flag says.
        width = 2 if flags & _OFFSET16 and not flags & _SPARSE else 4
        room = max(0, min(start, size) - header) // width
        if count > room:
            self._flaw("entry-count", f"{count} entries are declared, room is for {room}", at)
            count = room
        if count > min(_OF_TYPE, self._entries_left):
            count = min(_OF_TYPE, self._entries_left)
            self._flaw("chunk-count", f"only {count} entries of a type are read", at)
        self._entries_left -= count
        if flags & _SPARSE:
            keys = struct.unpack_from(f"<{2 * count}H", self.data, at + header)[::2]
            if any(a >= b for a, b in itertools.pairwise(keys)):
                # The system searches by halves and finds some of them only.
                self._flaw("sparse-order", "the entries of a type are not in order", at)
        return Chunk(type_, self._config(self.data[at + 20 : at + header]), at, size, header, start, count, flags)

    # --- configurations -------------------------------------------------------------------------------------------

    def _config(self, raw: bytes) -> Config:
        found = self._configs.get(raw)
        if found is None:
            found = self._configs[raw] = config(raw)
        return found

    def configs(self) -> list[Config]:
        """Return the configurations for which the table has entries, sorted."""
        return sorted({c.config for p in self.packages for rows in p.chunks.values() for c in rows})

    # --- entries --------------------------------------------------------------------------------------------------

    def _entry(self, chunk: Chunk, index: int) -> int | None:
        """Return the offset in the file of an entry, None if the configuration has none."""
        base = chunk.at + chunk.header
        if chunk.flags & _SPARSE:
            low, high = 0, chunk.count
            while low < high:
                mid = (low + high) // 2
                key, offset = struct.unpack_from("<HH", self.data, base + 4 * mid)
                if key == index:
                    return self._inside(chunk, offset * 4)
                low, high = (mid + 1, high) if key < index else (low, mid)
            return None
        if index >= chunk.count:
            return None
        if chunk.flags & _OFFSET16:
            (offset,) = struct.unpack_from("<H", self.data, base + 2 * index)
            return None if offset == 0xFFFF else self._inside(chunk, offset * 4)
        (offset,) = struct.unpack_from("<I", self.data, base + 4 * index)
        return None if offset == _NONE else self._inside(chunk, offset)

    @staticmethod
    def _inside(chunk: Chunk, offset: int) -> int | None:
        at = chunk.start + offset
        return chunk.at + at if at + 8 <= chunk.size else None

    def _found(self, id_: int) -> Iterator[tuple[Package, Chunk, int]]:
        """Yield the entries of a resource id, one for each configuration."""
        for package in self.packages:
            if package.id == id_ >> 24:
                for chunk in package.chunks.get(id_ >> 16 & 0xFF, ()):
                    at = self._entry(chunk, id_ & 0xFFFF)
                    if at is not None:
                        yield package, chunk, at

    def _may_look(self, id_: int) -> bool:
        """Note that all parts of the type of a resource are looked into; return whether they may be."""
        parts = (package.chunks.get(id_ >> 16 & 0xFF, ()) for package in self.packages if package.id == id_ >> 24)
        self._look_ups -= 1 + sum(map(len, parts))
        if self._look_ups < 0:
            self._flaw("chunk-count", f"only {_LOOK_UPS_CAP} parts of types are looked into for names and texts", 0)
        return self._look_ups >= 0

    def _value(self, chunk: Chunk, type_: int, data: int, offset: int) -> Value:
        text = self.pool[data] if type_ == STRING and data < len(self.pool) else None
        return Value(chunk.config, type_, data, text, offset)

    def values(self, id_: int) -> list[Value]:
        """Return the plain values of a resource, one for each configuration, as they stand; none for a bag."""
        found = []
        for _, chunk, at in self._found(id_):
            size, flags, data = struct.unpack_from("<HHI", self.data, at)
            if flags & _COMPACT:
                found.append(self._value(chunk, flags >> 8, data, at + 4))
            elif not flags & _COMPLEX and size >= _ENTRY and at + size + 8 <= chunk.at + chunk.size:
                _, _, type_, data = struct.unpack_from("<HBBI", self.data, at + size)
                found.append(self._value(chunk, type_, data, at + size))
        return found

    def bags(self, id_: int) -> list[Bag]:
        """Return the styles, arrays or plurals of a resource, one for each configuration; none for a plain value."""
        found = []
        for _, chunk, at in self._found(id_):
            size, flags = struct.unpack_from("<HH", self.data, at)
            stop = chunk.at + chunk.size
            if flags & _COMPACT or not flags & _COMPLEX or size < 16 or at + size > stop:
                continue
            parent, count = struct.unpack_from("<II", self.data, at + 8)
            count = min(count, (stop - at - size) // 12, _BAG_CAP)
            items = []
            for n in range(count):
                here = at + size + 12 * n
                name, _, _, type_, data = struct.unpack_from("<IHBBI", self.data, here)
                items.append((name, self._value(chunk, type_, data, here + 4)))
            found.append(Bag(chunk.config, parent, tuple(items)))
        return found

    def name(self, id_: int) -> str:
        """Return ``string/app_name`` of a resource id; '' if the table has none."""
        for package, chunk, at in self._found(id_) if self._may_look(id_) else ():
            key, flags, long = struct.unpack_from("<HHI", self.data, at)
            return f"{package.type_name(chunk.type)}/{package.keys[key if flags & _COMPACT else long]}"
        return ""

    def resolved(self, id_: int) -> list[Value]:
        """Return the values of a resource, references followed, in the first configuration that asks for something."""
        found: dict[Value, None] = {}
        todo = [(id_, _ANY, _HOPS)]
        seen: set[tuple[int, Config]] = set()
        while todo and len(found) < _BAG_CAP:
            at, began, hops = todo.pop(0)
            if (at, began) in seen:
                continue
            seen.add((at, began))
            for value in self.values(at) if self._may_look(at) else ():
                origin = value.config if began == _ANY else began
                if value.type in _REFERENCES and value.data and hops:
                    todo.append((value.data, origin, hops - 1))
                elif value.type not in _REFERENCES:
                    found[msgspec.structs.replace(value, config=origin)] = None
        return list(found)

    def text(self, id_: int, languages: tuple[str, ...] = ("",)) -> str | None:
        """Return the text of a resource in the first of some languages that it has ('' = default), else any."""
        texts = [(v.config, v.text) for v in self.resolved(id_) if v.text is not None]
        for language in languages:
            hit = [(c, t) for c, t in texts if c.language == language]
            if hit:
                return min(hit, key=lambda row: row[0])[1]
        # Of two values for one configuration the first counts.
        return min(texts, key=lambda row: row[0])[1] if texts else None

    # --- whole types ------------------------------------------------------------------------------------------------

    def columns(self, chunk: Chunk) -> tuple[Ints, Ints, Ints, Ints]:
        """Return (entry, value type, data, offset of the value) of the plain values of a chunk."""
        import numpy as np

        raw = np.frombuffer(self.data, np.uint8)
        base = chunk.at + chunk.header
        none = np.zeros(0, np.int64)
        if not chunk.count:
            return none, none, none, none
        if chunk.flags & _SPARSE:
            pairs = np.frombuffer(self.data, "<u2", 2 * chunk.count, base).astype(np.int64)
            entry, offset = pairs[::2], pairs[1::2] * 4
        elif chunk.flags & _OFFSET16:
            offset = np.frombuffer(self.data, "<u2", chunk.count, base).astype(np.int64)
            entry = np.flatnonzero(offset != 0xFFFF)
            offset = offset[entry] * 4
        else:
            offset = np.frombuffer(self.data, "<u4", chunk.count, base).astype(np.int64)
            entry = np.flatnonzero(offset != _NONE)
            offset = offset[entry]
        fits = chunk.start + offset + 8 <= chunk.size
        entry, at = entry[fits], chunk.at + chunk.start + offset[fits]
        size, flags = _u16(raw, at), _u16(raw, at + 2)
        compact = (flags & _COMPACT) != 0
        plain = ~compact & ((flags & _COMPLEX) == 0) & (size >= _ENTRY) & (at + size + 8 <= chunk.at + chunk.size)
        entry, at, size, flags, compact = (c[plain | compact] for c in (entry, at, size, flags, compact))
        place = at + np.where(compact, 4, size)
        where = np.where(compact, at + 4, np.minimum(at + size + 4, len(raw) - 4))
        kind = np.where(compact, flags >> 8, raw[np.minimum(at + size + 3, len(raw) - 1)])
        return entry, kind, _u16(raw, where) | _u16(raw, where + 2) << 16, place

    def strings(self, languages: frozenset[str], types: tuple[str, ...] = ("string",)) -> Iterator[tuple[int, int]]:
        """Yield (resource id, index in the pool) of the plain texts of some types in some languages."""
        left = _TEXTS_CAP
        for package in self.packages:
            for type_, chunks in package.chunks.items():
                if package.type_name(type_) not in types:
                    continue
                for chunk in chunks:
                    if chunk.config.language in languages:
                        entry, kind, data, _ = self.columns(chunk)
                        texts = kind == STRING
                        ids = package.id << 24 | type_ << 16 | entry[texts]
                        left -= len(ids)
                        if left < 0:
                            self._flaw("chunk-count", f"only {_TEXTS_CAP} texts are looked at", chunk.at)
                            return
                        yield from zip(ids.tolist(), data[texts].tolist(), strict=True)


def _u16(raw: npt.NDArray[np.uint8], at: Ints) -> Ints:
    low, high = raw[at].astype("<i8"), raw[at + 1].astype("<i8")
    found: Ints = low | high << 8
    return found


def config(raw: bytes) -> Config:
    """Return the configuration of a ResTable_config record, as far as it goes."""
    raw = raw[: int.from_bytes(raw[:4], "little")] if len(raw) >= 4 else raw
    full = raw.ljust(52, b"\0")
    language, region = _letters(full[8:10], "a"), _letters(full[10:12], "0")
    script = full[36:40].rstrip(b"\0").decode("latin-1")
    density, sdk = int.from_bytes(full[14:16], "little"), int.from_bytes(full[24:26], "little")
    night = full[29] & 0x30 == 0x20
    rest = bytearray(full)
    for start, stop in ((0, 4), (8, 12), (14, 16), (24, 28), (36, 40)):
        rest[start:stop] = bytes(stop - start)
    rest[29] &= ~0x30 & 0xFF
    return Config(language, region, script, density, sdk, night, bytes(raw[4:]) if any(rest[:48]) else b"")


def _letters(raw: bytes, base: str) -> str:
    """Return a language or region: two letters, or three packed into fifteen bits."""
    if not raw[0] & 0x80:
        return raw.rstrip(b"\0").decode("latin-1")
    first, second, third = raw[1] & 0x1F, (raw[1] & 0xE0) >> 5 | (raw[0] & 0x03) << 3, (raw[0] & 0x7C) >> 2
    return "".join(chr(ord(base) + n) for n in (first, second, third))


def milli(data: int) -> int:
    """Return the number of a dimension or fraction in thousandths, rounded down."""
    mantissa = data >> 8
    if mantissa & 0x800000:
        mantissa -= 1 << 24
    return mantissa * 1000 >> _SHIFTS[data >> 4 & 3]


def printed(type_: int, data: int) -> str:
    """Return a value that is no string as a person writes it: ``16dp``, ``#ff0000ff``, ``true``, ``@0x7f010001``."""
    if type_ in {DIMENSION, FRACTION}:
        n = milli(data)
        unit = data & 15
        if type_ == FRACTION:
            n, name = n * 100, ("%", "%p")[unit & 1]
        else:
            name = _UNITS[unit] if unit < len(_UNITS) else "?"
        whole, rest = divmod(abs(n), 1000)
        sign = "-" if n < 0 else ""
        return f"{sign}{whole}{f'.{rest:03d}'.rstrip('0') if rest else ''}{name}"
    if type_ in _REFERENCES:
        return f"@0x{data:08x}" if data else "@null"
    if type_ in {0x02, 0x08}:
        return f"?0x{data:08x}"
    if type_ == 0x12:
        return "true" if data else "false"
    if 0x1C <= type_ <= 0x1F:
        digits = {0x1C: 8, 0x1D: 6, 0x1E: 8, 0x1F: 6}[type_]
        return f"#{data & (16**digits - 1):0{digits}x}"
    if type_ == 0x11:
        return f"0x{data:x}"
    if type_ == 0x10:
        return str(data - (1 << 32) if data >> 31 else data)
    if type_ == 0x04:
        return f"{struct.unpack('<f', struct.pack('<I', data))[0]:g}"
    return "@empty" if type_ == 0 and data == 1 else "" if type_ == 0 else f"(type 0x{type_:x}) 0x{data:x}"
