"""Packages made to cost much, each aimed at one part of the reader; ``app_hostile.py`` measures what they cost."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

FIXTURE = Path(__file__).resolve().parents[1] / "tests/read/app/fixtures/apk/good.apk"
MIB = 1 << 20
OBJECT = "Ljava/lang/Object;"
READ = "Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;"
QUERY = (
    "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;"
    "[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;"
)
Index = Callable[[str, str], int]
"""Kind (``m`` method, ``f`` field, ``s`` text, ``t`` type) and what it names to its index."""
Body = Callable[[Index], bytes]


def packed(members: dict[str, bytes], level: int = 9) -> bytes:
    """Return a package of deflated members, stored at level 0."""
    out = io.BytesIO()
    with zipfile.ZipFile(
        out, "w", zipfile.ZIP_DEFLATED if level else zipfile.ZIP_STORED, compresslevel=level
    ) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def good() -> dict[str, bytes]:
    """Return the members of a small good package."""
    with zipfile.ZipFile(FIXTURE) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.startswith("META-INF/")}


# --- dex ----------------------------------------------------------------------------------------------------------


def _uleb(n: int) -> bytes:
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def _arguments(proto: str) -> list[str]:
    text, out, i = proto[1 : proto.index(")")], [], 0
    while i < len(text):
        j = i
        while text[j] == "[":
            j += 1
        j = text.index(";", j) + 1 if text[j] == "L" else j + 1
        out.append(text[i:j])
        i = j
    return out


class Dex:
    """Puts together a dex of many rows, fast; what classes share is written once."""

    def __init__(self) -> None:
        self.methods: dict[str, None] = {}
        self.fields: dict[str, None] = {}
        self.strings: dict[str, None] = {}
        self.types: dict[str, None] = {}
        self.classes: dict[str, tuple[str, list[tuple[str, int, Body | None]], list[tuple[str, int]]]] = {}
        self.interfaces: dict[str, list[str]] = {}
        self.statics: dict[str, Callable[[Index], bytes]] = {}
        self.annotations: dict[str, Callable[[Callable[[bytes], int], Index], int]] = {}
        self.same_data: dict[str, str] = {}
        """Class to the class whose class_data_item it names as well."""

    def add(
        self,
        cls: str,
        methods: Iterable[tuple[str, int, Body | None]] = (),
        above: str = OBJECT,
        fields: Iterable[tuple[str, int]] = (),
    ) -> None:
        """Add a class: methods as (name and prototype, access, code), static fields as (name:type, access)."""
        rows, held = list(methods), list(fields)
        self.classes[cls] = (above, rows, held)
        self.types.update(dict.fromkeys((cls, above)))
        self.methods.update(dict.fromkeys(f"{cls}->{name}" for name, _, _ in rows))
        self.fields.update(dict.fromkeys(f"{cls}->{name}" for name, _ in held))

    def build(self) -> bytes:
        """Return the bytes."""
        method_parts = {m: self._split(m) for m in self.methods}
        field_parts = {f: (f.partition("->")[0], *f.partition("->")[2].split(":")) for f in self.fields}
        protos = {p for _, _, p in method_parts.values()}
        for cls, _, proto in method_parts.values():
            self.types.update(dict.fromkeys((cls, proto[proto.index(")") + 1 :], *_arguments(proto))))
        for cls, _, kind in field_parts.values():
            self.types.update(dict.fromkeys((cls, kind)))
        for above in self.interfaces.values():
            self.types.update(dict.fromkeys(above))
        names = {*self.strings, *self.types, "V", *(n for _, n, _ in method_parts.values())}
        names |= {n for _, n, _ in field_parts.values()}
        s = {x: i for i, x in enumerate(sorted(names, key=lambda x: x.encode("utf-16-be")))}
        t = {x: i for i, x in enumerate(sorted(self.types, key=s.__getitem__))}
        p = {
            x: i
            for i, x in enumerate(
                sorted(protos, key=lambda x: (t[x[x.index(")") + 1 :]], [t[a] for a in _arguments(x)]))
            )
        }
        f = {
            x: i
            for i, x in enumerate(
                sorted(field_parts, key=lambda x: (t[field_parts[x][0]], s[field_parts[x][1]], t[field_parts[x][2]]))
            )
        }
        m = {
            x: i
            for i, x in enumerate(
                sorted(
                    method_parts, key=lambda x: (t[method_parts[x][0]], s[method_parts[x][1]], p[method_parts[x][2]])
                )
            )
        }
        table = {"m": m, "f": f, "s": s, "t": t}
        index: Index = lambda kind, text: table[kind][text]  # noqa: E731
        at, place = 0x70, {}
        for name, rows, size in (
            ("s", s, 4),
            ("t", t, 4),
            ("p", p, 12),
            ("f", f, 8),
            ("m", m, 8),
            ("c", self.classes, 32),
        ):
            place[name] = at
            at += len(rows) * size
        begin, data = at, bytearray()

        def put(raw: bytes, align: int = 1) -> int:
            data.extend(bytes(-(begin + len(data)) % align))
            here = begin + len(data)
            data.extend(raw)
            return here

        def types(rows: list[str]) -> bytes:
            return struct.pack(f"<I{len(rows)}H", len(rows), *(t[x] for x in rows))

        lists = {x: put(types(a), 4) if (a := _arguments(x)) else 0 for x in p}
        shared: dict[tuple[str, ...], int] = {}
        for above in self.interfaces.values():
            if tuple(above) not in shared:
                shared[tuple(above)] = put(types(above), 4)
        items: dict[str, int] = {}
        for cls, (_, defined, held) in self.classes.items():
            if cls in self.same_data:
                continue
            kinds: tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]] = ([], [])
            for name, access, code in defined:
                body = code(index) if code is not None else b""
                here = put(struct.pack("<4HII", 16, 1, 5, 0, 0, len(body) // 2) + body, 4) if body else 0
                direct = bool(access & 0x1000A) or name.startswith("<")
                kinds[not direct].append((m[f"{cls}->{name}"], access, here))
            raw = bytearray(_uleb(len(held)) + _uleb(0) + _uleb(len(kinds[0])) + _uleb(len(kinds[1])))
            last = 0
            for i, access in sorted((f[f"{cls}->{name}"], access) for name, access in held):
                raw += _uleb(i - last) + _uleb(access)
                last = i
            for group in kinds:
                last = 0
                for i, access, here in sorted(group):
                    raw += _uleb(i - last) + _uleb(access) + _uleb(here)
                    last = i
            items[cls] = put(bytes(raw))
        for cls, other in self.same_data.items():
            items[cls] = items[other]
        marks = {cls: make(lambda raw: put(raw, 4), index) for cls, make in self.annotations.items()}
        firsts: dict[int, int] = {}
        static = {}
        for cls, made in self.statics.items():
            if id(made) not in firsts:
                firsts[id(made)] = put(made(index))
            static[cls] = firsts[id(made)]
        texts = [put(_uleb(len(x)) + x.encode("utf-8") + b"\0") for x in s]
        out = bytearray(struct.pack(f"<{len(s)}I", *texts) + struct.pack(f"<{len(t)}I", *(s[x] for x in t)))
        for x in p:
            out += struct.pack("<III", s["V"], t[x[x.index(")") + 1 :]], lists[x])
        for x in f:
            cls, name, kind = field_parts[x]
            out += struct.pack("<HHI", t[cls], t[kind], s[name])
        for x in m:
            cls, name, proto = method_parts[x]
            out += struct.pack("<HHI", t[cls], p[proto], s[name])
        for cls, (parent, *_) in self.classes.items():
            up = shared.get(tuple(self.interfaces[cls]), 0) if cls in self.interfaces else 0
            out += struct.pack(
                "<8I", t[cls], 1, t[parent], up, 0xFFFFFFFF, marks.get(cls, 0), items[cls], static.get(cls, 0)
            )
        head = struct.pack(
            "<20I", begin + len(data), 0x70, 0x12345678, 0, 0, 0, len(s), place["s"], len(t), place["t"],
            len(p), place["p"], len(f), place["f"], len(m), place["m"], len(self.classes), place["c"], len(data), begin,
        )  # fmt: skip
        rest = bytes(20) + head + bytes(out) + bytes(data)
        return b"dex\n035\0" + struct.pack("<I", zlib.adler32(rest)) + rest

    @staticmethod
    def _split(key: str) -> tuple[str, str, str]:
        cls, _, rest = key.partition("->")
        return cls, rest[: rest.index("(")], rest[rest.index("(") :]


def units(*values: int) -> bytes:
    """Return code units as bytes."""
    return struct.pack(f"<{len(values)}H", *values)


def call(method: int, kind: int = 0x71, count: int = 0) -> bytes:
    """Return a call of a method with no or some registers, from register 0 on; invoke-static unless said otherwise."""
    return units(count << 12 | kind, method, 0x3210)


SCREEN = "Lcn/example/loan/Main;"
START = "onCreate(Landroid/os/Bundle;)V"


def app(dexes: list[Dex | bytes]) -> bytes:
    """Return a package with a manifest of one screen and some dex files, stored: what packs too well is left out."""
    files = [dex.build() if isinstance(dex, Dex) else dex for dex in dexes]
    names = ["classes.dex", *(f"classes{n}.dex" for n in range(2, len(files) + 1))]
    return packed({"AndroidManifest.xml": good()["AndroidManifest.xml"], **dict(zip(names, files, strict=True))}, 0)


def _reads(dex: Dex, body: Body | None = None) -> None:
    """Add a screen whose start reads the number of the device."""
    dex.methods[READ] = None
    dex.add(
        SCREEN, [(START, 1, body or (lambda i: call(i("m", READ), 0x6E, 1) + units(0x0E)))], "Landroid/app/Activity;"
    )


# --- code ---------------------------------------------------------------------------------------------------------


def much_code() -> bytes:
    """A dex of 63 MB: one real read and 600 methods of 50 000 instructions of one unit."""
    dex = Dex()
    _reads(dex)
    body = units(*[0x0012] * 50_000) + units(0x0E)
    dex.add("Lcn/example/B;", [(f"m{n:04d}()V", 9, lambda _: body) for n in range(620)])
    return app([dex])


def one_long_method() -> bytes:
    """One method of 62 MB, the read at its end."""
    dex = Dex()
    _reads(dex, lambda i: units(0x0012) * (31 * MIB) + call(i("m", READ), 0x6E, 1) + units(0x0E))
    return app([dex])


def many_long_methods() -> bytes:
    """400 methods of 65 000 instructions that end in a query with what came before."""
    dex = Dex()
    _reads(dex)
    dex.methods[QUERY] = None
    filler = units(0x0012) * 65_000

    def ranged(i: Index) -> bytes:
        return filler + units(6 << 8 | 0x74, i("m", QUERY), 0) + units(0x0E)

    dex.add("Lcn/example/B;", [(f"m{n:04d}()V", 9, ranged) for n in range(400)])
    return app([dex])


def many_reads() -> bytes:
    """A method of the catalogue called ten million times, by 1 000 methods."""
    dex = Dex()
    _reads(dex)

    def body(i: Index) -> bytes:
        return call(i("m", READ), 0x6E, 1) * 10_000 + units(0x0E)

    dex.add("Lcn/example/B;", [(f"m{n:04d}()V", 9, body) for n in range(1000)])
    return app([dex])


def many_loads() -> bytes:
    """A message and an address of 60 000 characters, each loaded five million times."""
    dex = Dex()
    _reads(dex)
    message, address = "您好请尽快还款%s" * 2_400, "https://pay.example.invalid/a " * 2_000
    dex.strings.update({message: None, address: None})

    def body(i: Index) -> bytes:
        return (units(0x001A, i("s", message)) + units(0x001A, i("s", address))) * 5_000 + units(0x0E)

    dex.add("Lcn/example/B;", [(f"m{n:04d}()V", 9, body) for n in range(1000)])
    return app([dex])


def many_texts() -> bytes:
    """A dex of 60 MB of texts of addresses and messages."""
    dex = Dex()
    _reads(dex)
    rows = [f"{n:05d}" + f"https://a{n}.example.invalid/x 您好请尽快还款%s " * 20 for n in range(50_000)]
    dex.strings.update(dict.fromkeys(rows))
    return app([dex])


def dense_calls() -> bytes:
    """A dex of 60 MB of calls of 60 000 methods of its own, each of another one."""
    dex = Dex()
    names = [f"m{n:05d}()V" for n in range(60_000)]
    big = "Lcn/example/B;"

    def body(low: int) -> Body:
        return lambda i: b"".join(call(i("m", f"{big}->{names[(low + k) % 60_000]}")) for k in range(160)) + units(0x0E)

    _reads(dex, lambda i: call(i("m", f"{big}->{names[0]}")) + call(i("m", READ), 0x6E, 1) + units(0x0E))
    dex.add(big, [(name, 9, body(n * 7)) for n, name in enumerate(names)])
    return app([dex])


def lists_of_lists(methods: int = 3000) -> bytes:
    """3 000 methods that put a list into that of the next one, ask for what it holds and query with it."""
    dex = Dex()
    array, uri = "Ljava/util/ArrayList;", "Landroid/net/Uri;"
    new, add = f"{array}-><init>()V", f"{array}->add({OBJECT})Z"
    add_all, get = f"{array}->addAll(Ljava/util/Collection;)Z", f"{array}->get(I){OBJECT}"
    dex.methods.update(dict.fromkeys((QUERY, new, add, add_all, get)))
    dex.types[uri] = None
    keep = [f"k{n:04d}:{array}" for n in range(20)]
    big = "Lcn/example/B;"

    def body(n: int) -> Body:
        def made(i: Index) -> bytes:
            out = units(0x0122, i("t", array)) + units(1 << 12 | 0x70, i("m", new), 1)
            for k in range(12):
                field = i("f", f"{big}->{keep[(n + k) % 20]}")
                out += units(0x0262, field) + units(2 << 12 | 0x6E, i("m", add_all), 0x0021)
                out += units(2 << 12 | 0x6E, i("m", add), 0x0012) + units(0x0169, field)
                out += units(2 << 12 | 0x71, i("m", f"{big}->{names[(n * 3 + k) % methods]}"), 0x0021)
            out += units(0x0312) + units(2 << 12 | 0x6E, i("m", get), 0x0031) + units(0x010C)
            return out + units(0x011F, i("t", uri)) + units(6 << 8 | 0x74, i("m", QUERY), 0) + units(0x0E)

        return made

    names = [f"m{n:04d}({array}{array})V" for n in range(methods)]
    dex.add(big, [(name, 9, body(n)) for n, name in enumerate(names)], fields=[(name, 9) for name in keep])
    _reads(dex)
    return app([dex])


def lambdas(methods: int = 3000) -> bytes:
    """3 000 methods that call functions which callers hand over, sixteen callers each, in circles."""
    dex = Dex()
    function, result = "Lkotlin/jvm/functions/Function0;", "Landroid/net/Uri;"
    invoke = f"{function}->invoke(){OBJECT}"
    big = "Lcn/example/B;"
    dex.methods.update(dict.fromkeys((QUERY, invoke)))
    dex.types[result] = None
    names = [f"m{n:04d}({function}){OBJECT}" for n in range(methods)]

    def body(n: int) -> Body:
        def made(i: Index) -> bytes:
            out = b""
            for k in range(16):
                out += units(1 << 12 | 0x71, i("m", f"{big}->{names[(n * 16 + k) % methods]}"), 0x000F) + units(0x020C)
                out += units(0x0238, 3) + units(0x0000)
            out += units(1 << 12 | 0x72, i("m", invoke), 0x000F) + units(0x010C) + units(0x011F, i("t", result))
            return out + units(6 << 8 | 0x74, i("m", QUERY), 0) + units(0x0211)

        return made

    dex.add(big, [(name, 9, body(n)) for n, name in enumerate(names)])
    _reads(dex)
    return app([dex])


def splits() -> bytes:
    """A bundle of a package and 200 splits with 300 KB of code each."""
    dex = Dex()
    dex.add("Lcn/example/B;", [(f"m{n:04d}()V", 9, lambda _: units(0x0012) * 7_000 + units(0x0E)) for n in range(20)])
    code = dex.build()
    inner = packed({**good(), "classes.dex": code}, 1)
    return packed({"base.apk": packed(good()), **{f"split_config.s{n}.apk": inner for n in range(200)}}, 0)


def covered() -> bytes:
    """A signature of the first scheme over four members of 120 MB."""
    import random

    noise = random.Random(0).randbytes(1 << 20)
    files = {f"assets/m{n}.bin": noise * 120 for n in range(4)}
    out = [b"Manifest-Version: 1.0\r\n\r\n"]
    for name, data in {**good(), **files}.items():
        digest = base64.b64encode(hashlib.sha256(data).digest())
        out.append(b"Name: %s\r\nSHA-256-Digest: %s\r\n\r\n" % (name.encode(), digest))
    return _signed(b"".join(out), files, 1)


def many_handles() -> bytes:
    """Calls of call sites of 4 000 handles each, one million times."""
    dex = Dex()
    _reads(dex)
    body = units(0x00FC, 0, 0) * 10_000 + units(0x0E)
    dex.add("Lcn/example/B;", [(f"m{n:04d}()V", 9, lambda _: body) for n in range(100)])
    data = bytearray(dex.build())
    data += bytes(-len(data) % 4)
    handles = len(data)
    data += struct.pack("<HHHH", 4, 0, 0, 0)
    values = len(data)
    data += _uleb(4000) + bytes([0x16, 0]) * 4000
    data += bytes(-len(data) % 4)
    sites = len(data)
    data += struct.pack("<I", values) * 2
    rows = len(data)
    data += struct.pack("<I", 2) + struct.pack("<HHII", 7, 0, 2, sites) + struct.pack("<HHII", 8, 0, 1, handles)
    struct.pack_into("<I", data, 52, rows)
    return app([bytes(data)])


def one_class_data() -> bytes:
    """60 000 classes that all name the class_data of one, with 30 000 static fields, and an array of one text."""
    dex = Dex()
    _reads(dex)
    big = "Lcn/example/B;"
    dex.strings["x"] = None
    dex.add(big, [("m()V", 9, lambda _: units(0x0E))], fields=[(f"f{n:05d}:I", 9) for n in range(30_000)])
    value = lambda i: _uleb(1) + bytes([0x57]) + i("s", "x").to_bytes(3, "little")  # noqa: E731
    dex.statics[big] = value
    for n in range(60_000):
        name = f"Lcn/example/c{n:05d};"
        dex.add(name)
        dex.same_data[name] = big
        dex.statics[name] = value
    return app([dex])


def many_members() -> bytes:
    """60 000 classes that all name the class_data of one, with 60 000 methods."""
    dex = Dex()
    _reads(dex)
    big = "Lcn/example/B;"
    dex.add(big, [(f"m{n:05d}()V", 9, lambda _: units(0x0E)) for n in range(60_000)])
    for n in range(60_000):
        name = f"Lcn/example/c{n:05d};"
        dex.add(name)
        dex.same_data[name] = big
    return app([dex])


def many_annotations() -> bytes:
    """30 000 methods that share a set of 256 annotations, each for pages."""
    dex = Dex()
    _reads(dex)
    big, page = "Lcn/example/B;", "Landroid/webkit/JavascriptInterface;"
    names = [f"m{n:05d}()V" for n in range(60_000)]
    dex.types[page] = None
    dex.types["Lcn/example/Other;"] = None
    dex.add(big, [(name, 1, lambda _: units(0x0E)) for name in names])

    def marks(put: Callable[[bytes], int], i: Index) -> int:
        item = put(bytes([1]) + _uleb(i("t", "Lcn/example/Other;")) + _uleb(0))
        rows = put(struct.pack("<I", 256) + struct.pack("<I", item) * 256)
        head = struct.pack("<IIII", 0, 0, len(names), 0)
        return put(head + b"".join(struct.pack("<II", i("m", f"{big}->{name}"), rows) for name in names))

    dex.annotations[big] = marks
    return app([dex])


def deep_family(wide: int = 250, count: int = 50_000) -> bytes:
    """50 000 classes below one that has 250 interfaces with 250 interfaces each; each overrides a method of all."""
    dex = Dex()
    top = [f"La/i{n:03d};" for n in range(wide)]
    low = [f"La/j{n:03d};" for n in range(wide)]
    more = [f"La/k{n:03d};" for n in range(wide)]
    for name in (*top, *low, *more):
        dex.add(name)
    for name in top:
        dex.interfaces[name] = low
    for name in low:
        dex.interfaces[name] = more
    dex.add("La/base;")
    dex.interfaces["La/base;"] = top
    news = []
    for n in range(count):
        name = f"Lb/c{n:05d};"
        dex.add(name, [("a()V", 1, lambda _: units(0x0E))], "La/base;")
        news.append(name)

    def body(i: Index) -> bytes:
        made = b"".join(units(0x0022, i("t", name)) for name in news)
        return made + call(i("m", READ), 0x6E, 1) + units(0x0E)

    _reads(dex, body)
    return app([dex])


def many_open_calls(count: int = 20_000) -> bytes:
    """20 000 classes below one are made, and 20 000 methods of that one are called."""
    dex = Dex()
    base = "La/base;"
    names = [f"m{n:05d}()V" for n in range(count)]
    dex.add(base, [(name, 1, lambda _: units(0x0E)) for name in names])
    news = [f"Lb/c{n:05d};" for n in range(count)]
    for name in news:
        dex.add(name, (), base)

    def body(i: Index) -> bytes:
        made = b"".join(units(0x0022, i("t", name)) for name in news)
        calls = b"".join(call(i("m", f"{base}->{name}"), 0x6E, 1) for name in names)
        return calls + made + call(i("m", READ), 0x6E, 1) + units(0x0E)

    _reads(dex, body)
    return app([dex])


def one_signature(count: int = 50_000) -> bytes:
    """50 000 classes whose one method, called alike, asks for contacts by its parameter; nothing calls most."""
    dex = Dex()
    dex.methods[READ] = None
    _reads(dex)
    for n in range(count):
        dex.add(f"Lb/c{n:05d};", [("a()V", 1, lambda i: call(i("m", READ), 0x6E, 1) + units(0x0E))])
    return app([dex])


def many_pickers(count: int = 15_000) -> bytes:
    """15 000 classes that each query what a picker gave."""
    dex = Dex()
    _reads(dex)
    get = "Landroid/content/Intent;->getData()Landroid/net/Uri;"
    dex.methods.update({QUERY: None, get: None})

    def body(i: Index) -> bytes:
        out = units(1 << 12 | 0x6E, i("m", get), 0x000F) + units(0x010C)
        return (
            out + units(0x0012, 0x0212, 0x0312, 0x0412, 0x0512) + units(6 << 8 | 0x74, i("m", QUERY), 0) + units(0x0E)
        )

    for n in range(count):
        dex.add(f"Lb/c{n:05d};", [("onActivityResult(IILandroid/content/Intent;)V", 1, body)], "Landroid/app/Activity;")
    return app([dex])


def long_chains(methods: int = 1400, appends: int = 480) -> bytes:
    """1 400 methods that append one of two texts of 16 000 characters 480 times."""
    dex = Dex()
    _reads(dex)
    one, two = "https://" + "一" * 8_000, "二" * 8_000
    dex.strings.update({one: None, two: None})
    builder = "Ljava/lang/StringBuilder;"
    add, end = f"{builder}->append(Ljava/lang/String;){builder}", f"{builder}->toString()Ljava/lang/String;"
    dex.methods.update({add: None, end: None, f"{builder}-><init>()V": None})

    def body(i: Index) -> bytes:
        begin = units(0x0022, i("t", builder)) + units(1 << 12 | 0x70, i("m", f"{builder}-><init>()V"), 0)
        begin += units(0x021A, i("s", two), 0x0438, 4) + units(0x021A, i("s", one)) + units(0x0000)
        step = units(2 << 12 | 0x6E, i("m", add), 0x0020)
        return begin + step * appends + units(1 << 12 | 0x6E, i("m", end), 0) + units(0x000C, 0x0E)

    dex.add("Lcn/example/B;", [(f"m{n:04d}()V", 9, body) for n in range(methods)])
    return app([dex])


def many_dexes() -> bytes:
    """100 dex files of 2.5 MB of calls."""
    dexes = []
    for n in range(100):
        dex = Dex()
        cls = f"Lcn/example/B{n};"
        if not n:
            _reads(dex)
        names = [f"m{k:04d}()V" for k in range(24)]
        body: Body = lambda i, cls=cls: call(i("m", f"{cls}->m0007()V")) * 17_000 + units(0x0E)  # type: ignore[misc]  # noqa: E731
        dex.add(cls, [(name, 9, body) for name in names])
        dexes.append(dex)
    return app(list(dexes))


# --- tables and markup --------------------------------------------------------------------------------------------


def _pool(rows: list[bytes]) -> bytes:
    """Return a string pool in UTF-8."""
    blob, offsets = bytearray(), []
    for raw in rows:
        offsets.append(len(blob))
        chars = len(raw.decode("utf-8"))
        for size in (chars, len(raw)):
            blob += bytes([size >> 8 & 0x7F | 0x80, size & 0xFF]) if size > 0x7F else bytes([size])
        blob += raw + b"\0"
    blob += bytes(-len(blob) % 4)
    start = 28 + 4 * len(offsets)
    head = struct.pack("<HHIIIIII", 1, 28, start + len(blob), len(offsets), 0, 0x100, start, 0)
    return head + struct.pack(f"<{len(offsets)}I", *offsets) + bytes(blob)


def _table(pool: bytes, chunks: bytes, types: list[bytes], keys: list[bytes]) -> bytes:
    inner = _pool(types) + (keys_pool := _pool(keys)) + chunks
    types_size = len(inner) - len(keys_pool) - len(chunks)
    head = struct.pack("<HHII", 0x0200, 288, 288 + len(inner), 0x7F) + bytes(256)
    head += struct.pack("<5I", 288, len(types), 288 + types_size, len(keys), 0)
    body = pool + head + inner
    return struct.pack("<HHII", 2, 12, 12 + len(body), 1) + body


def _type(count: int, entries: bytes, offsets: bytes, flags: int = 0) -> bytes:
    header = 20 + 64
    start = header + len(offsets)
    raw = struct.pack("<BBHII", 1, flags, 0, count, start) + struct.pack("<I", 64) + bytes(60)
    return struct.pack("<HHI", 0x0201, header, start + len(entries)) + raw + offsets + entries


def _entry(text: int) -> bytes:
    return struct.pack("<HHI", 8, 0, 0) + struct.pack("<HBBI", 8, 0, 3, text)


def long_texts() -> bytes:
    """A resource table of 60 MB of long texts full of addresses and messages, each an entry."""
    words = "https://a.example.invalid/b?c=d 您好请尽快还款%s a.b.example.com one two three four five six {name} "
    rows = [(f"{n:06d} " + words * 250).encode() for n in range(2400)]
    offsets = struct.pack(f"<{len(rows)}I", *(16 * n for n in range(len(rows))))
    chunk = _type(len(rows), b"".join(map(_entry, range(len(rows)))), offsets)
    return packed({**good(), "resources.arsc": _table(_pool(rows), chunk, [b"string"], [b"k"])}, 0)


def short_texts() -> bytes:
    """A resource table of 900 000 texts with an address and a message each."""
    rows = [f"{n} http://a{n}.cn/ 请{n}还%s".encode() for n in range(900_000)]
    blocks = []
    for low in range(0, len(rows), 65_536):
        here = range(low, min(low + 65_536, len(rows)))
        offsets = struct.pack(f"<{len(here)}I", *(16 * n for n in range(len(here))))
        blocks.append(_type(len(here), b"".join(map(_entry, here)), offsets))
    return packed({**good(), "resources.arsc": _table(_pool(rows), b"".join(blocks), [b"string"], [b"k"])}, 0)


def one_entry() -> bytes:
    """A resource table of 60 MB of offsets that all name one entry."""
    count = 30 * MIB - 1000
    chunk = _type(count, _entry(0), bytes(2 * count), 2)
    return packed({**good(), "resources.arsc": _table(_pool([b"http://a.cn/ x"]), chunk, [b"string"], [b"k"])}, 0)


def many_rows() -> bytes:
    """A resource table of 900 types of 30 000 offsets each, that all name one entry with a text."""
    chunk = _type(30_000, _entry(0), bytes(60_000), 2)
    text = "您好请尽快还款您好请尽快还款您好%s".encode()
    return packed({**good(), "resources.arsc": _table(_pool([text]), chunk * 1000, [b"string"], [b"k"])}, 0)


def nested() -> bytes:
    """A manifest of 8 MB of elements, 199 deep and beside each other."""
    name = _pool([b"a"])
    begin = struct.pack("<HHIII", 0x0102, 16, 36, 1, 0xFFFFFFFF) + struct.pack(
        "<IIHHHHHH", 0xFFFFFFFF, 0, 20, 20, 0, 0, 0, 0
    )
    end = struct.pack("<HHIIIII", 0x0103, 16, 24, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    pairs = (8 * MIB - 30_000) // 120
    body = name + begin * 197 + (begin + begin + end + end) * pairs + end * 197
    return packed({**good(), "AndroidManifest.xml": struct.pack("<HHI", 3, 8, 8 + len(body)) + body})


def attributes() -> bytes:
    """A manifest of 8 MB of attributes."""
    name = _pool([b"a"])
    rows = struct.pack("<IIIHBBI", 0xFFFFFFFF, 0, 0, 8, 0, 3, 0) * 65_000
    begin = struct.pack("<HHIII", 0x0102, 16, 36 + len(rows), 1, 0xFFFFFFFF)
    begin += struct.pack("<IIHHHHHH", 0xFFFFFFFF, 0, 20, 20, 65_000, 0, 0, 0) + rows
    end = struct.pack("<HHIIIII", 0x0103, 16, 24, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    body = name + (begin + end) * 6
    return packed({**good(), "AndroidManifest.xml": struct.pack("<HHI", 3, 8, 8 + len(body)) + body})


def network_configs() -> bytes:
    """20 000 files of rules for connections of 250 KB of domains."""
    word = "network-security-config"
    rows = ["domain", word, *(f"h{n}.example.com" for n in range(2000))]
    texts, offsets = bytearray(), []
    for row in rows:
        offsets.append(len(texts))
        texts += struct.pack("<H", len(row)) + row.encode("utf-16-le") + b"\0\0"
    texts += bytes(-len(texts) % 4)
    start = 28 + 4 * len(rows)
    pool = struct.pack("<HHIIIIII", 1, 28, start + len(texts), len(rows), 0, 0, start, 0)
    pool += struct.pack(f"<{len(rows)}I", *offsets) + bytes(texts)
    tag = struct.pack("<HHIII", 0x0102, 16, 36, 1, 0xFFFFFFFF) + struct.pack(
        "<IIHHHHHH", 0xFFFFFFFF, 0, 20, 20, 0, 0, 0, 0
    )
    words = b"".join(struct.pack("<HHIIIIHBBI", 0x0104, 16, 28, 1, 0xFFFFFFFF, n, 8, 0, 0, 0) for n in range(2, 2002))
    body = pool + tag + words * 2
    data = struct.pack("<HHI", 3, 8, 8 + len(body)) + body
    return packed({**good(), **{f"res/xml/n{n:05d}.xml": data for n in range(4000)}}, 9)


# --- members ------------------------------------------------------------------------------------------------------


def long_names() -> bytes:
    """200 000 members with names of 300 characters."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in good().items():
            archive.writestr(name, data)
        for n in range(199_990):
            archive.writestr(zipfile.ZipInfo(f"assets/{n:06d}{'x' * 290}"), b"")
    return out.getvalue()


def signed_list() -> bytes:
    """A signature of the first scheme over a manifest of 60 MB of sections."""
    listed = b"Manifest-Version: 1.0\r\n\r\n" + b"".join(b"Name: a/%07d\r\n\r\n" % n for n in range(3_000_000))
    return _signed(listed)


def long_section() -> bytes:
    """The same over one section of 60 MB of continued lines."""
    return _signed(b"Manifest-Version: 1.0\r\n\r\nName: a\r\n" + b" x\r\n" * (15 * MIB))


def _signed(listed: bytes, more: dict[str, bytes] | None = None, level: int = 0) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import pkcs7

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TEST-ONLY")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(day).not_valid_after(day.replace(year=2046))
    cert = made.sign(key, hashes.SHA256())
    digest = base64.b64encode(hashlib.sha256(listed).digest())
    words = b"Signature-Version: 1.0\r\nSHA-256-Digest-Manifest: " + digest + b"\r\n\r\n"
    words += b"".join(b"Name: %s\r\n\r\n" % name.encode() for name in {**good(), **(more or {})})
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(words).add_signer(cert, key, hashes.SHA256())
    block = builder.sign(serialization.Encoding.DER, options)
    files = {"META-INF/MANIFEST.MF": listed, "META-INF/A.SF": words, "META-INF/A.RSA": block}
    return packed({**good(), **(more or {}), **files}, level)


def quotes() -> bytes:
    """Three scripts of 15 MB in one line: nothing but quoted words, joined by plus signs."""
    text = b'"http://a.cn/"+"\xe8\xaf\xb7\xe8\xaf\xb7\xe8\xaf\xb7\xe8\xaf\xb7"+' + b'"a"+' * (15 * MIB // 4)
    return packed({**good(), **{f"assets/s{n}.js": text for n in range(3)}}, 0)


def addresses() -> bytes:
    """Three pages of 15 MB of the beginnings of addresses, and of addresses behind words."""
    text = (b"http://" * 100 + b"x" * 119 + b" http://a.cn/" * 20) * (15 * MIB // 1100)
    return packed({**good(), **{f"assets/p{n}.html": text for n in range(3)}}, 0)


def quotes_apart() -> bytes:
    """24 scripts of 4 MB of quoted words, which may hold agreements."""
    text = "您好隐私政策个人信息用户协议同意".encode() + b'"a",' * (4 * MIB // 4 - 100)
    return packed({**good(), **{f"assets/s{n}.json": text for n in range(24)}}, 0)


def layered() -> bytes:
    """A script of words in base64 in base64, twelve deep."""
    data = b"http://a.cn/ " * 20_000
    for _ in range(12):
        data = base64.b64encode(data)
    return packed({**good(), "assets/s.js": b'x="' + data[: 15 * MIB] + b'"; var u="http://a.cn/"'}, 0)


def papers() -> bytes:
    """30 archives of 500 agreements of 60 KB each."""
    words = ("隐私政策：我们收集您的个人信息，用户协议，同意授权，第三方共享。" * 700).encode()
    inner = packed({f"p{n}.html": words for n in range(500)})
    return packed({**good(), **{f"assets/a{n}.zip": inner for n in range(30)}}, 0)


CASES: dict[str, Callable[[], bytes]] = {
    "dex of 62 MB, a read among 31 million instructions": much_code,
    "one method of 62 MB": one_long_method,
    "400 methods of 65 000 instructions": many_long_methods,
    "a read ten million times": many_reads,
    "a message loaded five million times": many_loads,
    "texts of 60 MB in a dex": many_texts,
    "dex of 60 MB of calls": dense_calls,
    "lists in lists": lists_of_lists,
    "functions handed on in circles": lambdas,
    "bundle of 200 splits": splits,
    "v1 signature over 480 MB": covered,
    "call sites of 4 000 handles": many_handles,
    "60 000 classes share 30 000 fields": one_class_data,
    "60 000 classes share 60 000 methods": many_members,
    "60 000 methods share 256 annotations": many_annotations,
    "50 000 classes with 750 interfaces": deep_family,
    "20 000 classes under 20 000 calls": many_open_calls,
    "50 000 methods of one signature": one_signature,
    "15 000 pickers": many_pickers,
    "texts put together of 480 parts": long_chains,
    "100 dex files": many_dexes,
    "resource table of 60 MB, long texts": long_texts,
    "resource table of 900 000 texts": short_texts,
    "resource table, 30 million offsets of one entry": one_entry,
    "resource table, 1 000 types of 30 000": many_rows,
    "manifest nested 199 deep": nested,
    "manifest of attributes": attributes,
    "4 000 network configurations": network_configs,
    "200 000 long names": long_names,
    "v1 signature over 60 MB of sections": signed_list,
    "v1 signature over one section of 60 MB": long_section,
    "scripts of quotes": quotes,
    "pages of beginnings of addresses": addresses,
    "scripts of quotes, 96 MB": quotes_apart,
    "base64 in base64": layered,
    "15 000 agreements in archives": papers,
}
