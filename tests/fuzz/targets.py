"""Entry functions for fuzzing: bytes in, nothing out; any exception but ExhibitError is a finding."""

from __future__ import annotations

import contextlib
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from dunproof.errors import ExhibitError
from dunproof.read.app import reader, sites
from dunproof.read.app.code import callgraph
from dunproof.read.app.code.program import Code
from dunproof.read.app.code.reach import Reach
from dunproof.read.app.owners import Owners
from dunproof.read.app.package import manifest
from dunproof.read.app.package.unit import Unit
from dunproof.read.formats import apksig, arsc, axml, dexlayout, dexprint, dexvalues
from dunproof.read.formats.dex import Dex
from dunproof.read.formats.zip import Archive
from dunproof.read.source import Source

FIXTURES = Path(__file__).resolve().parent.parent / "read/app/fixtures/apk"
SIZE_CAP = 1 << 16
_MEMBER = 1 << 20


def zip_(data: bytes) -> None:
    """The central directory and every member."""
    archive = Archive(data)
    for entry in archive.entries[:64]:
        archive.peek(entry, 8)
        with contextlib.suppress(ExhibitError):
            assert len(archive.read(entry, _MEMBER)) <= _MEMBER


def axml_(data: bytes) -> None:
    """Binary XML, its meaning as a manifest, and the printed form of each place."""
    document = axml.parse(data)
    read = manifest.read(document)
    for offset in [r.offset for r in read.requests[:8]] + [e.offset for e in document.elements[:8]]:
        axml.describe(data, offset, 20)


def dex_(data: bytes) -> None:
    """Tables, code, calls, values, reach and the call graph of one file with all its headers."""
    code = Code([Unit("classes.dex", Dex(data, at), loaded=True) for at in dexlayout.headers(data)])
    found = sites.find(code)
    readings = sites.Readings(code, Owners("cn.example.loan"))
    for site in found[:64]:
        list(readings.of(site))
    Reach(code, sorted(code.defined)[:16])
    for n, unit in enumerate(code.units):
        assert len(callgraph.edges(code, n).row) <= 64 * len(data)
        unit.dex.annotated("Landroid/webkit/JavascriptInterface;")
        unit.dex.type_names()
        dexvalues.statics(unit.dex)
        dexvalues.handles(unit.dex)
        dexvalues.call_sites(unit.dex)
    for site in found[:4]:
        with contextlib.suppress(ExhibitError):
            dexprint.describe(data, site.offset)


def arsc_(data: bytes) -> None:
    """A resource table: configurations, columns, strings, and what some ids lead to."""
    table = arsc.Resources(data)
    table.configs()
    for package in range(2):
        for id_ in (0x7F010000, 0x7F020001, 0x01010003, package << 24 | 0x020003):
            table.values(id_)
            table.bags(id_)
            table.resolved(id_)
            table.text(id_)
            table.name(id_)
    for _ in zip(range(2000), table.strings(frozenset({"", "zh"})), strict=False):
        pass


def signature(data: bytes) -> None:
    """The bytes as a signing block between members and directory, as a JAR signature, and as a whole package."""
    members = [
        ("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\n\r\n"),
        ("META-INF/C.SF", data[:4096]),
        ("META-INF/C.RSA", data),
    ]
    for whole in (data, _with_block(data), _package(members)):
        with contextlib.suppress(ExhibitError):
            apksig.signers(Archive(whole))


def app(data: bytes) -> None:
    """The whole reader."""
    with tempfile.NamedTemporaryFile(suffix=".apk") as file:
        file.write(data)
        file.flush()
        source = Source(
            exhibit="0123456789abcdef",
            name="app.apk",
            format="apk",
            encoding="",
            path=Path(file.name),
            size_bytes=len(data),
        )
        for fact in reader.read(source):
            assert fact is not None


def _package(members: list[tuple[str, bytes]], block: bytes = b"") -> bytes:
    import zlib

    out, directory = b"", b""
    for name, data in members:
        raw, head = name.encode(), struct.pack("<3L2H", zlib.crc32(data), len(data), len(data), len(name), 0)
        directory += (
            struct.pack("<4s6H", b"PK\1\2", 20, 20, 0, 0, 0, 0)
            + head
            + struct.pack("<3H2L", 0, 0, 0, 0, len(out))
            + raw
        )
        out += struct.pack("<4s5H", b"PK\3\4", 20, 0, 0, 0, 0) + head + raw + data
    at = len(out) + len(block)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(members), len(members), len(directory), at, 0)
    return out + block + directory + end


def _with_block(data: bytes) -> bytes:
    """A package with a signing block whose first v2 or v3 value is the data."""
    scheme = 0x7109871A if len(data) % 2 else 0xF05368C0
    pair = struct.pack("<QI", 4 + len(data), scheme) + data
    size = struct.pack("<Q", len(pair) + 24)
    return _package([("a", b"a")], size + pair + size + b"APK Sig Block 42")


def _pool(*texts: str) -> bytes:
    blob = b"".join(bytes([len(x), len(x)]) + x.encode() + b"\0" for x in texts)
    at, offsets = 0, []
    for text in texts:
        offsets.append(at)
        at += len(text) + 3
    blob += bytes(-len(blob) % 4)
    start = 28 + 4 * len(texts)
    head = struct.pack("<HHIIIIII", 1, 28, start + len(blob), len(texts), 0, 0x100, start, 0)
    return head + struct.pack(f"<{len(texts)}I", *offsets) + blob


def _table() -> bytes:
    """A table of one string, one reference and one style, in one configuration."""
    types, keys = _pool("string", "style"), _pool("app_name", "other", "Theme")
    spec = struct.pack("<HHIBBHI2I", 0x0202, 16, 24, 1, 0, 0, 2, 0, 0)
    config = struct.pack("<I", 64) + bytes(4) + b"zh\0\0" + bytes(52)
    rows = (
        struct.pack("<2I", 0, 16)
        + struct.pack("<HHIHBBI", 8, 0, 0, 8, 0, 3, 0)
        + struct.pack("<HHIHBBI", 8, 0, 1, 8, 0, 1, 0x7F010000)
    )
    one = struct.pack("<HHIBBHII", 0x0201, 84, 84 + len(rows), 1, 0, 0, 2, 92) + config + rows
    bag = struct.pack("<I", 0) + struct.pack("<HHIII", 16, 1, 2, 0, 1) + struct.pack("<IHBBI", 0x01010003, 8, 0, 3, 0)
    two = struct.pack("<HHIBBHII", 0x0201, 84, 84 + len(bag), 2, 0, 0, 1, 88) + config + bag
    body = types + keys + spec + one + two
    name = "cn.example.loan".encode("utf-16-le").ljust(256, b"\0")
    head = struct.pack("<HHII", 0x0200, 288, 288 + len(body), 0x7F) + name
    package = head + struct.pack("<5I", 288, 2, 288 + len(types), 3, 0) + body
    pool = _pool("星".encode().hex(), "agreement")
    return struct.pack("<HHII", 2, 12, 12 + len(pool) + len(package), 1) + pool + package


TABLE = _table()
TARGETS: dict[str, Callable[[bytes], None]] = {
    "zip": zip_, "axml": axml_, "arsc": arsc_, "dex": dex_, "signature": signature, "app": app,
}  # fmt: skip


def run(target: str, data: bytes) -> None:
    """Run one target; what it may raise is caught."""
    with contextlib.suppress(ExhibitError):
        TARGETS[target](data[:SIZE_CAP])


def seeds(target: str) -> Iterator[bytes]:
    """Yield inputs to begin with: the fixtures, or the part of them that a target reads."""
    member = {"axml": "AndroidManifest.xml", "dex": "classes.dex", "arsc": "resources.arsc"}.get(target)
    if target == "arsc":
        yield TABLE
    for path in sorted(FIXTURES.glob("*.apk")):
        data = path.read_bytes()
        archive = Archive(data)
        if target == "signature":
            yield data
            if "META-INF/CERT.RSA" in archive:
                yield archive.read("META-INF/CERT.RSA")
            at = data.find(struct.pack("<I", 0x7109871A))
            if at > 0:
                (size,) = struct.unpack_from("<Q", data, at - 8)
                yield data[at + 4 : at - 8 + 8 + size]
        elif member is None:
            yield data
        elif member in archive:
            yield archive.read(member)
