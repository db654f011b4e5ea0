"""Makers of small packages: binary XML, dex and zip, written by the formats' own rules and independent of the readers."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from dunproof.facts.kinds import Fact
from dunproof.read.app import reader
from dunproof.read.source import Member, Source

SDK_ROWS = (Path(__file__).parent / "fixtures" / "sdks.tsv").read_text("utf-8")
"""A list of SDKs that a case brings along: invented vendors, which the shipped catalogue does not know."""
NS = "http://schemas.android.com/apk/res/android"
IDS = {"name": 0x01010003, "versionCode": 0x0101021B, "versionName": 0x0101021C, "minSdkVersion": 0x0101020C,
       "targetSdkVersion": 0x01010270, "maxSdkVersion": 0x01010271, "splitName": 0x01010549,
       "enabled": 0x0101000E, "process": 0x01010011,
       "backupAgent": 0x0101027F, "appComponentFactory": 0x0101057A, "zygotePreloadName": 0x0101059D}  # fmt: skip


def axml(tree: tuple, bare: frozenset[str] | set[str] = frozenset({"package", "split", "configForSplit"})) -> bytes:
    """(tag, {attribute: text or int}, [children or texts]); ``package`` has no namespace, all others are android's."""
    known = {name: id_ for name, id_ in IDS.items() if name not in bare}
    strings: list[str] = list(known)

    def put(text: str) -> int:
        if text not in strings:
            strings.append(text)
        return strings.index(text)

    body = b""

    def walk(node: tuple | str) -> None:
        nonlocal body
        if isinstance(node, str):
            chunk = struct.pack("<IIIHBBI", 1, 0xFFFFFFFF, put(node), 8, 0, 0, 0)
            body += struct.pack("<HHI", 0x0104, 16, 8 + len(chunk)) + chunk
            return
        tag, attributes, children = node
        rows = b""
        for name, value in attributes.items():
            ns = 0xFFFFFFFF if name in bare else put(NS)
            if isinstance(value, tuple):  # a reference
                rows += struct.pack("<IIIHBBI", ns, put(name), 0xFFFFFFFF, 8, 0, 1, value[1])
            elif isinstance(value, int):
                rows += struct.pack("<IIIHBBI", ns, put(name), 0xFFFFFFFF, 8, 0, 0x10, value)
            else:
                rows += struct.pack("<IIIHBBI", ns, put(name), put(value), 8, 0, 3, put(value))
        head = struct.pack("<IIHHHHHH", 0xFFFFFFFF, put(tag), 20, 20, len(attributes), 0, 0, 0)
        chunk = struct.pack("<II", 1, 0xFFFFFFFF) + head + rows
        body += struct.pack("<HHI", 0x0102, 16, 8 + len(chunk)) + chunk
        for child in children:
            walk(child)
        end = struct.pack("<IIII", 1, 0xFFFFFFFF, 0xFFFFFFFF, put(tag))
        body += struct.pack("<HHI", 0x0103, 16, 8 + len(end)) + end

    walk(tree)
    blob, offsets = b"", []
    for text in strings:
        offsets.append(len(blob))
        raw = text.encode("utf-16-le")
        blob += struct.pack("<H", len(raw) // 2) + raw + b"\0\0"
    blob += b"\0" * (-len(blob) % 4)
    start = 28 + 4 * len(strings)
    pool = struct.pack("<HHIIIIII", 1, 28, start + len(blob), len(strings), 0, 0, start, 0)
    pool += struct.pack(f"<{len(offsets)}I", *offsets) + blob
    ids = struct.pack("<HHI", 0x0180, 8, 8 + 4 * len(known)) + struct.pack(f"<{len(known)}I", *known.values())
    whole = pool + ids + body
    return struct.pack("<HHI", 3, 8, 8 + len(whole)) + whole


def _uleb(n: int) -> bytes:
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _mutf8(text: str) -> bytes:
    """Every UTF-16 unit by itself, U+0000 as two bytes."""
    units = struct.unpack(f">{len(_utf16(text)) // 2}H", _utf16(text))
    return b"".join(chr(u).encode("utf-8", "surrogatepass") if u else b"\xc0\x80" for u in units)


def dex(classes: dict[str, tuple]) -> bytes:
    """{descriptor: (superclass, [(name, proto, access, registers, incoming, code)], interfaces)}; the last may be left out.

    Code is a list of units; ("m", "Lcls;->name(args)ret"), ("f", "Lcls;->name:type"), ("s", text) and ("t", descriptor)
    stand for the index.
    """
    methods, fields, strings, types, protos = set(), set(), set(), set(), set()

    def ref_method(key: str) -> tuple[str, str, str]:
        cls, _, rest = key.partition("->")
        return cls, rest[: rest.index("(")], rest[rest.index("(") :]

    for cls, (sup, rows, *above) in classes.items():
        types |= {cls, sup, *(above[0] if above else ())}
        for name, proto, _, _, _, code in rows:
            methods.add((cls, name, proto))
            for unit in code:
                if isinstance(unit, tuple):
                    if unit[0] == "m":
                        methods.add(ref_method(unit[1]))
                    elif unit[0] == "f":
                        c, _, rest = unit[1].partition("->")
                        fields.add((c, *rest.split(":")))
                    else:
                        {"s": strings, "t": types}[unit[0]].add(unit[1])
    for c, n, p in methods:
        types.add(c)
        strings.add(n)
        protos.add(p)
    for c, n, t in fields:
        types |= {c, t}
        strings.add(n)

    def arguments(proto: str) -> list[str]:
        text, out, i = proto[1 : proto.index(")")], [], 0
        while i < len(text):
            j = i
            while text[j] == "[":
                j += 1
            j = text.index(";", j) + 1 if text[j] == "L" else j + 1
            out.append(text[i:j])
            i = j
        return out

    for p in protos:
        types |= {*arguments(p), p[p.index(")") + 1 :]}
        strings.add("V")
    strings |= types
    s = sorted(strings, key=_utf16)
    t = sorted(types)
    result = {p: p[p.index(")") + 1 :] for p in protos}
    pr = sorted(protos, key=lambda p: (t.index(result[p]), [t.index(a) for a in arguments(p)]))
    fl = sorted(fields, key=lambda f: (t.index(f[0]), s.index(f[1]), t.index(f[2])))
    me = sorted(methods, key=lambda m: (t.index(m[0]), s.index(m[1]), pr.index(m[2])))

    def index(unit: tuple) -> int:
        kind, text = unit
        if kind == "m":
            return me.index(ref_method(text))
        if kind == "f":
            c, _, rest = text.partition("->")
            return fl.index((c, *rest.split(":")))
        return (s if kind == "s" else t).index(text)

    at = 0x70
    place = {}
    for name, rows, size in (("s", s, 4), ("t", t, 4), ("p", pr, 12), ("f", fl, 8), ("m", me, 8), ("c", classes, 32)):
        place[name] = at
        at += len(rows) * size
    data_at = at
    data = b""

    def put(raw: bytes, align: int = 1) -> int:
        nonlocal data
        data += b"\0" * (-(data_at + len(data)) % align)
        here = data_at + len(data)
        data += raw
        return here

    lists = {p: put(struct.pack("<I", len(a)) + struct.pack(f"<{len(a)}H", *map(t.index, a)), 4)
             for p in pr if (a := arguments(p))}  # fmt: skip
    above_of = {cls: put(struct.pack(f"<I{len(up)}H", len(up), *map(t.index, up)), 4) if up else 0
                for cls, up in ((cls, more[0] if more else ()) for cls, (_, _, *more) in classes.items())}  # fmt: skip
    codes = {}
    for cls, (_, rows, *_) in classes.items():
        for name, proto, _, registers, incoming, code in rows:
            if code:
                units = [index(u) if isinstance(u, tuple) else u for u in code]
                raw = struct.pack("<4HII", registers, incoming, 5, 0, 0, len(units))
                codes[cls, name, proto] = put(raw + struct.pack(f"<{len(units)}H", *units), 4)
    items = {}
    for cls, (_, rows, *_above) in classes.items():
        kinds = ([], [])
        for name, proto, access, *_ in rows:
            direct = bool(access & 0xA) or name.startswith("<")
            kinds[not direct].append((me.index((cls, name, proto)), access, codes.get((cls, name, proto), 0)))
        raw = _uleb(0) + _uleb(0) + _uleb(len(kinds[0])) + _uleb(len(kinds[1]))
        for group in kinds:
            last = 0
            for i, access, code in sorted(group):
                raw += _uleb(i - last) + _uleb(access) + _uleb(code)
                last = i
        items[cls] = put(raw)
    texts = [put(_uleb(len(_utf16(x)) // 2) + _mutf8(x) + b"\0") for x in s]
    out = struct.pack(f"<{len(s)}I", *texts) + struct.pack(f"<{len(t)}I", *(s.index(x) for x in t))
    for p in pr:
        out += struct.pack("<III", s.index("V"), t.index(result[p]), lists.get(p, 0))
    for c, n, ty in fl:
        out += struct.pack("<HHI", t.index(c), t.index(ty), s.index(n))
    for c, n, p in me:
        out += struct.pack("<HHI", t.index(c), pr.index(p), s.index(n))
    for cls, (sup, *_) in classes.items():
        out += struct.pack("<8I", t.index(cls), 1, t.index(sup), above_of[cls], 0xFFFFFFFF, 0, items[cls], 0)
    head = struct.pack(
        "<20I", data_at + len(data), 0x70, 0x12345678, 0, 0, 0, len(s), place["s"], len(t), place["t"], len(pr), place["p"],
        len(fl), place["f"], len(me), place["m"], len(classes), place["c"], len(data), data_at,
    )  # fmt: skip
    rest = b"\0" * 20 + head + out + data
    return b"dex\n035\0" + struct.pack("<I", zlib.adler32(rest)) + rest


def manifest(*permissions: str, components: dict[str, str] | None = None, package: str = "cn.example.loan") -> bytes:
    """A manifest with permissions and {class: element} under application."""
    parts = components or {}
    application = dict([("name", c) for c, kind in parts.items() if kind == "application"][:1])
    rows = [(kind, {"name": c}, []) for c, kind in parts.items() if kind != "application"]
    return axml(
        ("manifest", {"package": package, "versionCode": 7, "versionName": "1.0"}, [
            ("uses-sdk", {"minSdkVersion": 21, "targetSdkVersion": 33}, []),
            *[("uses-permission", {"name": p}, []) for p in permissions],
            ("application", application, rows),
        ])
    )  # fmt: skip


def package(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


class Make:
    """The makers above in one place for tests."""

    axml = staticmethod(axml)
    dex = staticmethod(dex)
    manifest = staticmethod(manifest)
    package = staticmethod(package)


@pytest.fixture(scope="session")
def make() -> type[Make]:
    return Make


@pytest.fixture(scope="session")
def read_apk(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes | Path], list[Fact | Member]]:
    """Return the facts of a package given as bytes or as a path."""
    folder = tmp_path_factory.mktemp("apk")

    def run(data: bytes | Path, sdk_rows: str = SDK_ROWS) -> list[Fact | Member]:
        path = data
        if isinstance(data, bytes):
            path = folder / "app.apk"
            path.write_bytes(data)
        return list(reader.read(Source(
            exhibit="0123456789abcdef", name=path.name, format="apk", encoding="", path=path,
            size_bytes=path.stat().st_size, sdk_rows=sdk_rows,
        )))  # fmt: skip

    return run
