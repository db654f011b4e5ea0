"""The own zip reader: what zipfile writes it reads, and what was made to mislead it reads and tells."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError
from dunproof.read.formats.zip import Archive
from dunproof.read.formats.zipgaps import unlisted

MEMBERS = {"AndroidManifest.xml": b"manifest " * 40, "classes.dex": b"dex\n035\0" + bytes(range(256))}


def made(members=MEMBERS, method=zipfile.ZIP_DEFLATED, comment=b"") -> bytearray:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.comment = comment
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return bytearray(out.getvalue())


def codes(archive: Archive) -> set[str]:
    return {flaw.code for flaw in archive.flaws}


def everything(archive: Archive) -> dict[str, bytes]:
    return {name: archive.read(name) for name in archive.names()}


@given(
    members=st.dictionaries(st.text("abc/._é中", min_size=1, max_size=12), st.binary(max_size=300), min_size=1),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    comment=st.binary(max_size=40),
)
@settings(max_examples=80, deadline=None)
def test_reads_what_zipfile_writes(members, method, comment):
    archive = Archive(bytes(made(members, method, comment.replace(b"PK", b"pk"))))
    assert everything(archive) == members
    assert archive.flaws == []


def test_encryption_bit_and_version_needed_are_ignored():
    data = made()
    for at in (data.find(b"PK\x01\x02"), data.find(b"PK\x03\x04")):
        shift = 2 if data[at + 2] == 1 else 0
        data[at + 6 + shift] |= 1
    struct.pack_into("<H", data, data.find(b"PK\x01\x02") + 6, 255)
    archive = Archive(bytes(data))
    assert everything(archive) == MEMBERS
    assert "zip-encryption-bit" in codes(archive)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_unknown_method_is_tried_both_ways(method):
    data = made(method=method)
    struct.pack_into("<H", data, data.find(b"PK\x01\x02") + 10, 0x2A2A)
    archive = Archive(bytes(data))
    assert everything(archive) == MEMBERS
    assert "zip-unknown-method" in codes(archive)


def test_local_header_that_says_something_else_is_told():
    data = made()
    struct.pack_into("<II", data, 18, 1, 1)
    data[30:31] = b"X"
    archive = Archive(bytes(data))
    assert everything(archive) == MEMBERS
    assert "zip-local-differs" in codes(archive)


def test_junk_before_and_behind():
    archive = Archive(b"dex\n" + bytes(400) + bytes(made()) + bytes(40_000))
    assert everything(archive) == MEMBERS
    assert {"zip-junk-before", "zip-junk-behind"} <= codes(archive)
    assert archive.base == 404


def test_second_empty_end_record_does_not_win():
    archive = Archive(bytes(made()) + b"PK\x05\x06" + bytes(18))
    assert everything(archive) == MEMBERS
    assert "zip-second-end" in codes(archive)


def test_duplicate_names_are_all_kept():
    data = bytes(made({"a.xml": b"one", "b.xml": b"two"})).replace(b"b.xml", b"a.xml")
    archive = Archive(data)
    assert [archive.read(e) for e in archive.all("a.xml")] == [b"one", b"two"]
    assert "zip-duplicate-name" in codes(archive)


def test_no_end_record_at_all():
    data = made()
    archive = Archive(bytes(data[: data.find(b"PK\x05\x06")]))
    assert everything(archive) == MEMBERS
    assert "zip-no-end" in codes(archive)


def streamed(members, method=zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip whose sizes stand behind the data (bit 3), as a writer that cannot seek makes it."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.data += bytes(data)
            return len(data)

    out = Pipe()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.data


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("write", [made, streamed])
def test_without_a_directory_members_are_found_by_their_headers(write, method):
    data = bytes(write(MEMBERS, method))
    cut = data[: data.find(b"PK\x01\x02")]
    with pytest.raises(ExhibitError, match="no central directory"):
        Archive(cut)
    archive = Archive(cut, scan=True)
    assert everything(archive) == MEMBERS
    assert archive.partial
    assert codes(archive) == {"zip-directory-missing"}


def test_a_whole_file_is_never_scanned():
    archive = Archive(bytes(made()), scan=True)
    assert (archive.partial, archive.flaws) == (False, [])


def test_a_directory_cut_in_its_middle_is_filled_up_from_the_headers():
    data = bytes(made())
    archive = Archive(data[: data.rfind(b"PK\x01\x02") + 20], scan=True)
    assert everything(archive) == MEMBERS
    assert {"zip-no-end", "zip-directory-missing"} <= codes(archive)


def test_a_member_that_the_cut_goes_through_is_read_as_far_as_it_stands():
    data = bytes(made({"a.xml": b"whole" * 9, "b.bin": bytes(range(256)) * 40}, zipfile.ZIP_STORED))
    archive = Archive(data[: data.find(b"b.bin") + 5 + 1000], scan=True)
    assert archive.read("a.xml") == b"whole" * 9
    assert archive.read("b.bin") == (bytes(range(256)) * 40)[:1000]
    assert {"zip-directory-missing", "zip-member-short"} <= codes(archive)
    data = streamed({"a.xml": b"whole" * 9, "b.bin": bytes(range(256)) * 4000})
    archive = Archive(data[: data.find(b"b.bin") + 5 + 300], scan=True)
    assert archive.read("a.xml") == b"whole" * 9
    assert archive.read("b.bin") == (bytes(range(256)) * 4000)[: archive.all("b.bin")[0].size_bytes - 1]
    assert "zip-member-short" in codes(archive)


def test_members_of_an_inner_archive_are_not_taken_for_members():
    inner = bytes(made({"inner.xml": b"inner"}))
    for write in (made, streamed):
        data = bytes(write({"in.zip": inner, "out.xml": b"out"}, zipfile.ZIP_STORED))
        cut = data[: data.rfind(b"PK\x01\x02") - 60]
        archive = Archive(cut, scan=True)
        assert archive.read("in.zip") == inner
        assert "inner.xml" not in archive


def test_sizes_in_headers_that_lie_lead_nowhere():
    data = made()
    struct.pack_into("<II", data, 18, 7, 7)
    archive = Archive(bytes(data[: data.find(b"PK\x01\x02")]), scan=True)
    assert everything(archive) == MEMBERS


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=20), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_damage_of_a_file_that_is_cut_raises_nothing_else(flips, cut):
    data = bytearray(streamed(MEMBERS))
    for at, value in flips:
        data[at % len(data)] = value
    try:
        archive = Archive(bytes(data[: len(data) - cut]), scan=True)
    except ExhibitError:
        return
    for entry in archive.entries:
        archive.peek(entry, 8)
        with contextlib.suppress(ExhibitError):
            archive.read(entry, 10_000)


def test_a_scan_of_many_headers_that_lead_nowhere_is_bounded():
    import time

    lie = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 8, 8, 0, 0, 0, 0, 0, 1, 0) + b"a" + b"\x00" * 3
    began = time.process_time()
    with contextlib.suppress(ExhibitError):
        Archive(lie * 60_000, scan=True)
    assert time.process_time() - began < 20


def test_a_bomb_gives_no_more_than_it_declares_and_no_more_than_the_limit():
    data = made({"bomb": bytes(5_000_000)})
    assert len(Archive(bytes(data)).read("bomb", 1000)) == 1000
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, 77)
    archive = Archive(bytes(data))
    assert len(archive.read("bomb")) == 77
    assert "zip-crc" in codes(archive)


def test_no_zip():
    for data in (b"", b"PK", b"hello" * 99, b"PK\x05\x06" + bytes(18)):
        with pytest.raises(ExhibitError) as error:
            Archive(data)
        assert error.value.code == "zip-no-directory"
        assert error.value.hint


def test_absent_member():
    with pytest.raises(ExhibitError):
        Archive(bytes(made())).read("nothing")


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=20))
@settings(max_examples=200, deadline=None)
def test_damage_raises_nothing_else(flips):
    data = made()
    for at, value in flips:
        data[at % len(data)] = value
    try:
        archive = Archive(bytes(data))
    except ExhibitError:
        return
    for entry in archive.entries:
        archive.peek(entry, 8)
        with contextlib.suppress(ExhibitError):
            assert len(archive.read(entry)) <= entry.size_bytes


# --- as the platform reads ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [0, 3, 100_000])
def test_a_stored_member_has_the_size_that_the_system_reads(packed):
    data = made(method=zipfile.ZIP_STORED)
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 20, packed)
    archive = Archive(bytes(data))
    assert everything(archive) == MEMBERS
    assert archive.peek(archive.entries[0], 4) == b"mani"
    assert "zip-stored-size" in codes(archive)


def test_a_name_in_another_encoding_is_no_difference():
    data = made({"assets/xxxx.txt": b"words"})
    raw = bytes(data).replace(b"xxxx", "说明".encode("gb18030"))
    archive = Archive(raw)
    assert archive.read(archive.entries[0]) == b"words"
    assert archive.flaws == []


def zip64(members, *, whole=True):
    """A zip whose sizes and offsets stand in the extra fields of APPNOTE 4.5.3, and its end in a record of its own."""
    out, directory = b"", b""
    for name, data in members.items():
        raw, at, crc = name.encode(), len(out), zlib.crc32(data)
        extra = struct.pack("<HHQQ", 1, 16, len(data), len(data))
        out += (
            struct.pack("<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 0, crc, *[0xFFFFFFFF] * 2, len(raw), 20)
            + raw
            + extra
            + data
        )
        extra = struct.pack("<HHQQQ", 1, 24, len(data), len(data), at)
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 45, 45, 0, 0, 0, 0, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(raw), 28, 0, 0, 0, 0, 0xFFFFFFFF
        ) + raw + extra  # fmt: skip
    count, at = len(members), len(out)
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), at)
    end += struct.pack("<4sLQL", b"PK\6\7", 0, at + len(directory), 1)
    said = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF) if whole else (count, count, len(directory), at)
    return out + directory + (end if whole else b"") + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *said, 0)


@pytest.mark.parametrize("whole", [True, False])
def test_sizes_of_64_bits_are_read(whole):
    archive = Archive(zip64(MEMBERS, whole=whole))
    assert everything(archive) == MEMBERS
    assert archive.flaws == []


def test_sizes_of_64_bits_that_lie_are_told():
    data = bytearray(zip64(MEMBERS))
    at = data.find(b"PK\6\6")
    struct.pack_into("<Q", data, at + 48, 1 << 60)
    archive = Archive(bytes(data))
    assert everything(archive) == MEMBERS
    assert archive.flaws
    data = bytearray(zip64(MEMBERS))
    at = data.find(b"PK\1\2") + 46 + len("AndroidManifest.xml") + 4
    struct.pack_into("<Q", data, at, 1 << 60)
    archive = Archive(bytes(data))
    archive.read(archive.entries[0], 1000)
    assert archive.flaws


def appended(first, second):
    """A zip behind another, its offsets counted from the start of the file."""
    data, by = bytearray(second), len(first)
    end = data.rfind(b"PK\5\6")
    at = struct.unpack_from("<L", data, end + 16)[0]
    struct.pack_into("<L", data, end + 16, at + by)
    while at < end:
        n = struct.unpack_from("<3H", data, at + 28)
        struct.pack_into("<L", data, at + 42, struct.unpack_from("<L", data, at + 42)[0] + by)
        at += 46 + sum(n)
    return first + bytes(data)


def test_what_no_member_covers_is_told():
    import random

    noise = random.Random(1).randbytes(3000)
    good = bytes(made(method=zipfile.ZIP_STORED))
    assert unlisted(Archive(good)) == []
    archive = Archive(appended(bytes(made({"a.xml": b"one"})), good))
    assert everything(archive) == MEMBERS
    assert [(code, at) for _, code, at in unlisted(archive)] == [("names", 0)]
    for hidden, kind in ((noise, ""), (b"xx" + b"dex\n035\0" + noise, "dex"), (bytes(3000), None)):
        found = unlisted(Archive(appended(hidden, good)))
        assert [kind for _, kind, _ in found] == ([kind] if kind is not None else [])
    # Between a header and the data of its member.
    data = bytearray(good)
    name = 30 + len("AndroidManifest.xml")
    struct.pack_into("<H", data, 28, len(noise))
    grown = bytes(data[:name]) + noise + bytes(data[name:])
    second = grown.find(b"PK\1\2")
    grown = bytearray(grown)
    at = grown.find(b"PK\1\2", second + 4)
    struct.pack_into("<L", grown, at + 42, struct.unpack_from("<L", grown, at + 42)[0] + len(noise))
    end = grown.rfind(b"PK\5\6")
    struct.pack_into("<L", grown, end + 16, struct.unpack_from("<L", grown, end + 16)[0] + len(noise))
    archive = Archive(bytes(grown))
    assert everything(archive) == MEMBERS
    assert [at for *_, at in unlisted(archive)] == [name]


def test_gaps_that_tools_leave_are_none():
    data = streamed(MEMBERS)
    assert unlisted(Archive(data)) == []
    padded = bytes(made(method=zipfile.ZIP_STORED))
    # Android's build tools fill a gap with a header without a name.
    filler = struct.pack("<4s5H3L2H", b"PK\x03\x04", 0, 0, 0, 0, 0, 0, 0, 0, 0, 4000) + bytes(4000)
    assert unlisted(Archive(appended(filler, padded))) == []


@given(st.binary(max_size=80), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_extra_fields_of_any_bytes_are_read(extra, full):
    from dunproof.read.formats import zip64

    said = [0xFFFFFFFF if n < full else n for n in range(3)]
    assert len(zip64.entry(b"\1\0\x18\0" + extra, *said)) == len(zip64.entry(extra, *said)) == 3
