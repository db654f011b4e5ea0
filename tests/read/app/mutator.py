"""A good package changed in one way, as packages are that mislead readers: one function for each way.

``ROWS`` is name to function of bytes; ``container`` puts several dex files under one name. Everything is written by the
formats' rules, on its own, so that the reader is not measured by itself.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

ROWS: dict[str, Callable[[bytes], bytes]] = {}
MANIFEST = "AndroidManifest.xml"


def row(work: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    ROWS[work.__name__.replace("_", "-")] = work
    return work


# --- zip ----------------------------------------------------------------------------------------------------------


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        return {name: source.read(name) for name in source.namelist()}


def pack(members: list[tuple[str, bytes]]) -> bytes:
    """A zip of stored members; names may stand twice."""
    out, directory = b"", b""
    for name, data in members:
        raw, crc, at = name.encode(), zlib.crc32(data), len(out)
        out += (
            struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0x5C21, crc, len(data), len(data), len(raw), 0)
            + raw
            + data
        )
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0x5C21, crc, len(data), len(data), len(raw), 0, 0, 0, 0, 0, at
        ) + raw  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(members), len(members), len(directory), len(out), 0)
    return out + directory + end


def _end(data: bytes) -> int:
    return data.rindex(b"PK\5\6")


def _records(data: bytes) -> list[tuple[str, int, int]]:
    """(name, offset of the directory record, offset of the local header) of each entry."""
    count, _, at = struct.unpack_from("<HLL", data, _end(data) + 10)
    found = []
    for _ in range(count):
        n, extra, comment = struct.unpack_from("<3H", data, at + 28)
        (header,) = struct.unpack_from("<L", data, at + 42)
        found.append((data[at + 46 : at + 46 + n].decode(), at, header))
        at += 46 + n + extra + comment
    return found


def _patched(data: bytes, *changes: tuple[int, bytes]) -> bytes:
    out = bytearray(data)
    for at, value in changes:
        out[at : at + len(value)] = value
    return bytes(out)


def _moved(data: bytes, by: int, end: int) -> bytes:
    """The end record at an offset with its directory moved."""
    (at,) = struct.unpack_from("<L", data, end + 16)
    return _patched(data, (end + 16, struct.pack("<L", at + by)))


@row
def encryption_bit(data):
    return _patched(
        data, *[x for _, record, header in _records(data) for x in ((record + 8, b"\1\0"), (header + 6, b"\1\0"))]
    )


@row
def unknown_method_stored(data):
    return _patched(data, *[x for _, r, h in _records(data) for x in ((r + 10, b"\x2a\x2a"), (h + 8, b"\x2a\x2a"))])


@row
def unknown_method_deflated(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, member in _members(data).items():
            target.writestr(zipfile.ZipInfo(name), member, zipfile.ZIP_DEFLATED)
    return unknown_method_stored(out.getvalue())


@row
def local_method_differs(data):
    return _patched(data, *[(h + 8, b"\x08\0") for _, _, h in _records(data)])


@row
def local_sizes_zero(data):
    return _patched(data, *[(h + 14, bytes(12)) for _, _, h in _records(data)])


@row
def local_name_differs(data):
    return _patched(data, *[(h + 30, b"Zndroid") for _, _, h in _records(data)])


@row
def extra_field_corrupt(data):
    (_, at, _), *_ = _records(data)
    return _patched(data, (at + 30, b"\xff\x0f"))


@row
def version_needed_25(data):
    return _patched(data, *[x for _, r, h in _records(data) for x in ((r + 6, b"\xff\0"), (h + 4, b"\xff\0"))])


@row
def bytes_behind(data):
    return data + b"\xa5" * 40_000


@row
def janus(data):
    dex = _members(data)["classes.dex"]
    end = _end(data)
    shifted = _patched(data, *[(r + 42, struct.pack("<L", h + len(dex))) for _, r, h in _records(data)])
    return dex + _moved(shifted, len(dex), end)


@row
def junk_before_unshifted(data):
    return b"\x7fELF junk" * 50 + data


@row
def duplicate_manifest(data):
    members = _members(data)
    fake = members[MANIFEST].replace("READ_CONTACTS".encode("utf-16-le"), "WAKE_UP_ONLYX".encode("utf-16-le"))
    fake = fake.replace(b"READ_CONTACTS", b"WAKE_UP_ONLYX")
    assert fake != members[MANIFEST]
    return pack([*members.items(), (MANIFEST, fake)])


@row
def duplicate_dex(data):
    members = _members(data)
    return pack([*members.items(), ("classes.dex", b"dex\n035\0" + bytes(200))])


@row
def names_below_files(data):
    return pack([*_members(data).items(), ("classes.dex/x", b"x"), (f"{MANIFEST}/y", b"y")])


@row
def names_that_climb(data):
    return pack([("../../../tmp/evil", b"x"), *_members(data).items(), ("/abs/evil", b"y"), ("..\\evil", b"z")])


@row
def second_empty_end(data):
    return data + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0)


@row
def end_record_counts_too_many(data):
    return _patched(data, (_end(data) + 8, b"\x40\0\x40\0"))


@row
def comment_length_lies(data):
    return _patched(data, (_end(data) + 20, b"\x10\x27"))


@row
def directory_behind_end_missing(data):
    return data[: _end(data)]


@row
def crc_wrong(data):
    return _patched(data, *[x for _, r, h in _records(data) for x in ((r + 16, b"\1\2\3\4"), (h + 14, b"\1\2\3\4"))])


@row
def size_declared_huge(data):
    return _patched(data, *[(r + 24, b"\xff\xff\xff\x7f") for _, r, _ in _records(data)])


# --- binary XML ---------------------------------------------------------------------------------------------------


def _chunks(data: bytes) -> list[tuple[int, int, int]]:
    """(type, offset, size) of the chunks in the root."""
    found, at = [], 8
    while at < len(data):
        kind, _, size = struct.unpack_from("<HHI", data, at)
        found.append((kind, at, size))
        at += size
    return found


def _sized(data: bytes) -> bytes:
    return _patched(data, (4, struct.pack("<I", len(data))))


def xml_row(work: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def whole(data: bytes) -> bytes:
        members = _members(data)
        changed = work(members[MANIFEST])
        assert changed != members[MANIFEST]
        return pack([*(members | {MANIFEST: changed}).items()])

    whole.__name__ = work.__name__
    return row(whole)


def _pool(data: bytes) -> tuple[int, int]:
    return next((at, size) for kind, at, size in _chunks(data) if kind == 1)


def _strings(data: bytes) -> list[str]:
    """The strings of the pool (UTF-16 or short UTF-8)."""
    at, _ = _pool(data)
    count, _, flags, start, _ = struct.unpack_from("<5I", data, at + 8)
    found = []
    for n in range(count):
        (place,) = struct.unpack_from("<I", data, at + 28 + 4 * n)
        place += at + start
        if flags & 0x100:
            size = data[place + 1]
            found.append(data[place + 2 : place + 2 + size].decode())
        else:
            (size,) = struct.unpack_from("<H", data, place)
            found.append(data[place + 2 : place + 2 + 2 * size].decode("utf-16-le"))
    return found


def _with_strings(data: bytes, strings: list[str], *, utf8: bool = False) -> bytes:
    """The file with another pool."""
    at, size = _pool(data)
    blob, offsets = b"", []
    for text in strings:
        offsets.append(len(blob))
        raw = text.encode() if utf8 else text.encode("utf-16-le")
        blob += bytes([len(text), len(raw)]) + raw + b"\0" if utf8 else struct.pack("<H", len(text)) + raw + b"\0\0"
    blob += bytes(-len(blob) % 4)
    start = 28 + 4 * len(strings)
    head = struct.pack("<HHIIIIII", 1, 28, start + len(blob), len(strings), 0, 0x100 if utf8 else 0, start, 0)
    return _sized(data[:at] + head + struct.pack(f"<{len(offsets)}I", *offsets) + blob + data[at + size :])


@xml_row
def xml_type_0(data):
    return _patched(data, (0, b"\0\0"))


@xml_row
def xml_type_8(data):
    return _patched(data, (0, b"\x08\0"))


@xml_row
def xml_utf8_pool(data):
    return _with_strings(data, _strings(data), utf8=True)


@xml_row
def xml_string_count_more(data):
    at, _ = _pool(data)
    return _patched(data, (at + 8, struct.pack("<I", len(_strings(data)) + 7)))


@xml_row
def xml_string_count_7fffffff(data):
    at, _ = _pool(data)
    return _patched(data, (at + 8, struct.pack("<I", 0x7FFFFFFF)))


@xml_row
def xml_style_count_fake(data):
    at, _ = _pool(data)
    return _patched(data, (at + 12, struct.pack("<I", 0x1111)))


@xml_row
def xml_size_too_large(data):
    return _patched(data, (4, struct.pack("<I", len(data) + 0x1000)))


@xml_row
def xml_size_too_small(data):
    return _patched(data, (4, struct.pack("<I", 64)))


DUMMY = struct.pack("<HHI", 0x0999, 8, 16) + b"\0" * 8


@xml_row
def xml_dummy_after_map(data):
    at, size = next((at, size) for kind, at, size in _chunks(data) if kind == 0x0180)
    return _sized(data[: at + size] + DUMMY + data[at + size :])


@xml_row
def xml_dummy_before_pool(data):
    return _sized(data[:8] + DUMMY + data[8:])


def _mapped(data: bytes) -> int:
    """How many strings have a resource id."""
    return next((size - 8) // 4 for kind, _, size in _chunks(data) if kind == 0x0180)


@xml_row
def xml_attribute_names_emptied(data):
    n = _mapped(data)
    return _with_strings(data, ["" if i < n else s for i, s in enumerate(_strings(data))])


@xml_row
def xml_attribute_name_lies(data):
    n = _mapped(data)
    return _with_strings(data, ["xame" if i < n and s == "name" else s for i, s in enumerate(_strings(data))])


def _elements(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The file with each start tag changed."""
    out = data[:8]
    for kind, at, size in _chunks(data):
        chunk = data[at : at + size]
        if kind == 0x0102:
            chunk = change(chunk)
            chunk = _patched(chunk, (4, struct.pack("<I", len(chunk))))
        out += chunk
    return _sized(out)


@xml_row
def xml_attribute_size_24(data):
    def change(chunk: bytes) -> bytes:
        rows = [chunk[i : i + 20] + b"\xee" * 4 for i in range(36, len(chunk), 20)]
        return _patched(chunk[:36], (26, b"\x18\0")) + b"".join(rows)

    return _elements(data, change)


@xml_row
def xml_zero_size_chunk_at_end(data):
    return _sized(data + struct.pack("<HHI", 0x0101, 0, 0))


def _fake_first(data: bytes, *, android: bool) -> bytes:
    strings = _strings(data)
    tags = ("uses-permission", "activity")
    ns = strings.index("http://schemas.android.com/apk/res/android") if android else 0xFFFFFFFF
    data = _with_strings(data, [*strings, "name", "com.example.Fake"])
    fake = struct.pack("<IIIHBBI", ns, len(strings), len(strings) + 1, 8, 0, 3, len(strings) + 1)

    def change(chunk: bytes) -> bytes:
        (name,) = struct.unpack_from("<I", chunk, 20)
        if strings[name] not in tags:
            return chunk
        (count,) = struct.unpack_from("<H", chunk, 28)
        return _patched(chunk[:36], (28, struct.pack("<H", count + 1))) + fake + chunk[36:]

    return _elements(data, change)


@xml_row
def xml_fake_attribute_first(data):
    return _fake_first(data, android=False)


@xml_row
def xml_fake_android_attribute_first(data):
    """In the android namespace, but without the resource id that the system goes by."""
    return _fake_first(data, android=True)


@xml_row
def xml_second_pool(data):
    at, size = _pool(data)
    other = (
        data[at : at + size].replace(b"READ", b"XEAD").replace("READ".encode("utf-16-le"), "XEAD".encode("utf-16-le"))
    )
    return _sized(data + other)


@xml_row
def xml_elements_before_pool(data):
    at, size = _pool(data)
    return _sized(data[:at] + data[at + size :] + data[at : at + size])


@xml_row
def xml_cut_in_the_middle(data):
    return data[: len(data) * 2 // 3]


# --- dex ----------------------------------------------------------------------------------------------------------


def dex_row(work: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def whole(data: bytes) -> bytes:
        members = _members(data)
        changed = work(members["classes.dex"])
        assert changed != members["classes.dex"]
        return pack([*(members | {"classes.dex": changed}).items()])

    whole.__name__ = work.__name__
    return row(whole)


def _checked(data: bytes) -> bytes:
    return _patched(data, (8, struct.pack("<I", zlib.adler32(data[12:]))))


@dex_row
def dex_version_041_label(data):
    return _checked(_patched(data, (4, b"041")))


@dex_row
def dex_version_041_container(data):
    return container([data])


@dex_row
def dex_checksum_wrong(data):
    return _patched(data, (8, b"\1\2\3\4"))


@dex_row
def dex_no_map(data):
    return _checked(_patched(data, (52, bytes(4))))


@dex_row
def dex_trailing_bytes(data):
    return _checked(data + b"\x55" * 333)


@dex_row
def dex_method_count_huge(data):
    return _checked(_patched(data, (88, b"\xff\xff\xff\x7f")))


@dex_row
def dex_string_count_7fffffff(data):
    return _checked(_patched(data, (56, b"\xff\xff\xff\x7f")))


@dex_row
def dex_strings_out_of_order(data):
    """The table of strings is turned around, and all that name a string with it: no binary search finds a name."""
    count, at = struct.unpack_from("<II", data, 56)
    out = bytearray(data)
    out[at : at + 4 * count] = struct.pack(f"<{count}I", *struct.unpack_from(f"<{count}I", data, at)[::-1])

    def turn(place: int) -> None:
        (i,) = struct.unpack_from("<I", out, place)
        struct.pack_into("<I", out, place, count - 1 - i)

    for table, step, field in ((64, 4, 0), (72, 12, 0), (80, 8, 4), (88, 8, 4)):
        n, first = struct.unpack_from("<II", data, table)
        for i in range(n):
            turn(first + step * i + field)
    return _checked(bytes(out))


@dex_row
def dex_cut(data):
    return data[: len(data) * 3 // 4]


def _uleb(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _put_uleb(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _moved_dex(data: bytes, base: int) -> bytes:
    """A dex with the longer header of version 041, its offsets counted from the start of a container."""
    by = base + 8
    out = bytearray(data[:0x70] + bytes(8) + data[0x70:])

    def move(at: int) -> None:
        (old,) = struct.unpack_from("<I", out, at)
        if old:
            struct.pack_into("<I", out, at, old + by)

    tables = {at: struct.unpack_from("<II", data, at) for at in (56, 72, 96)}
    for table, step, fields in ((56, 4, (0,)), (72, 12, (8,)), (96, 32, (12, 20, 28))):
        count, first = tables[table]
        for n in range(count):
            for field in fields:
                move(first + 8 + step * n + field)
    count, first = tables[96]
    for n in range(count):
        place = first + 8 + 32 * n + 24
        (at,) = struct.unpack_from("<I", out, place)
        if not at:
            continue
        struct.pack_into("<I", out, place, len(out) + base)
        sizes = []
        for _ in range(4):
            value, at = _uleb(data, at)
            sizes.append(value)
        item = b"".join(map(_put_uleb, sizes))
        for k in range(2 * (sizes[0] + sizes[1]) + 3 * (sizes[2] + sizes[3])):
            value, at = _uleb(data, at)
            is_code = k >= 2 * (sizes[0] + sizes[1]) and (k - 2 * (sizes[0] + sizes[1])) % 3 == 2
            item += _put_uleb(value + by if is_code and value else value)
        out += item
    out += bytes(-len(out) % 4)
    for at in (52, 60, 68, 76, 84, 92, 100, 108):
        move(at)
    out[4:7] = b"041"
    struct.pack_into("<II", out, 32, len(out), 0x78)
    return bytes(out)


def container(dexes: list[bytes]) -> bytes:
    """A container of version 041 with one header for each dex."""
    out = b""
    for data in dexes:
        out += _moved_dex(data, len(out))
    whole, at = bytearray(out), 0
    while at < len(out):
        struct.pack_into("<II", whole, at + 0x70, len(out), at)
        at += struct.unpack_from("<I", whole, at + 32)[0]
    return _checked(bytes(whole))
