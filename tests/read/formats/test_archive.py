from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import Coverage, Fact, Problem
from dunproof.read.formats import archive
from dunproof.read.source import Member, Source


def read(tmp_path: Path, data: bytes) -> tuple[dict[str, bytes], list[str], list[Fact]]:
    path = tmp_path / "z.zip"
    path.write_bytes(data)
    source = Source(exhibit="0" * 16, name="z.zip", format="zip", encoding="", path=path, size_bytes=len(data))
    things = list(archive.read(source))
    facts = [t for t in things if not isinstance(t, Member)]
    return (
        {t.name: t.data for t in things if isinstance(t, Member)},
        [f.code for f in facts if isinstance(f, Problem)],
        [f for f in facts if isinstance(f, Coverage)],
    )


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in members.items():
            z.writestr(name, data)
    return out.getvalue()


def test_members_in_order_without_litter(tmp_path: Path) -> None:
    members, problems, coverage = read(tmp_path, zipped({"b.txt": b"1", "dir/": b"", "__MACOSX/x": b"", "a.txt": b"2"}))
    assert list(members.items()) == [("b.txt", b"1"), ("a.txt", b"2")]
    assert problems == []
    assert [(c.looked_for, c.status, c.count) for c in coverage] == [("exhibit", "read", 2)]


def test_odd_names_stay_labels(tmp_path: Path) -> None:
    members, problems, coverage = read(tmp_path, zipped({"../../evil.txt": b"1", "/abs": b"2", "C:\\x": b"3"}))
    assert len(members) == 3
    assert problems == ["zip-odd-name"] * 3
    assert coverage[0].status == "read"


def test_a_chinese_name_of_an_old_windows_zip(tmp_path: Path) -> None:
    data = zipped({"XXXX.txt": b"1"}).replace(b"XXXX.txt", "协议".encode("gbk") + b".txt")
    members, _, _ = read(tmp_path, data)
    assert list(members) == ["协议.txt"]


def test_an_encrypted_member_is_named(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"1", "b.txt": b"2"}))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + at] |= 1
    members, problems, coverage = read(tmp_path, bytes(data))
    assert list(members) == ["b.txt"]
    assert problems == ["zip-encrypted"]
    assert {(c.looked_for, c.status, c.reason) for c in coverage} == {
        (k, "partly", "zip-encrypted") for k in ("exhibit", *archive.HELD)
    }


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    members, problems, _ = read(tmp_path, zipped({"bomb": bytes(archive.RATIO_FROM + 2_000_000), "a": b"1"}))
    assert list(members) == ["a"]
    assert problems == ["zip-bomb"]


def test_a_cut_zip_gives_what_stands_whole(tmp_path: Path) -> None:
    data = zipped({"a.txt": b"first" * 100, "b.txt": bytes(range(256)) * 100})
    members, problems, coverage = read(tmp_path, data[: data.index(b"b.txt") + 100])
    assert members == {"a.txt": b"first" * 100}
    assert problems == ["zip-directory-broken", "zip-member-broken"]
    assert coverage[0].status == "partly"
    with pytest.raises(ExhibitError, match="no member"):
        read(tmp_path, data[:36])


def test_a_damaged_member_does_not_cost_the_others(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"first" * 100, "b.txt": b"second"}))
    data[data.index(b"a.txt") + 10] ^= 0xFF
    members, problems, _ = read(tmp_path, bytes(data))
    assert list(members) == ["b.txt"]
    assert problems == ["zip-member-broken"]


def test_signatures_without_a_member_cost_no_copy_of_the_file_each(tmp_path):
    path = tmp_path / "loan.zip"
    path.write_bytes(b"PK\x03\x04" * 2_000_000)
    source = Source(exhibit="0" * 16, name="loan.zip", format="zip", encoding="", path=path, size_bytes=8_000_000)
    before = time.process_time()
    with pytest.raises(ExhibitError, match="no member"):
        list(archive.read(source))
    header = b"PK\x03\x04" + bytes(4) + b"\x08\x00" + bytes(16) + b"\x01\x00\x00\x00a"  # deflated, no sizes
    path.write_bytes(header * 300_000)
    with pytest.raises(ExhibitError, match="no member"):
        list(archive.read(source))
    assert time.process_time() - before < 20


def test_many_names_for_one_bomb_cost_as_much_as_a_few_bombs(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "RATIO_FROM", 1 << 20)
    monkeypatch.setattr(archive, "TOTAL_BYTES", 8 << 20)
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = bomb.compress(bytes(4 << 20)) + bomb.flush()
    header = b"PK\x03\x04" + bytes(4) + b"\x08\x00" + bytes(16) + b"\x01\x00%b%b"
    names = 200
    size = 31 * names
    heads = b"".join(header.replace(b"%b%b", struct.pack("<H", size - 31 * (n + 1))) + b"a" for n in range(names))
    path = tmp_path / "bomb.zip"
    path.write_bytes(heads + data)
    source = Source(
        exhibit="0" * 16, name="bomb.zip", format="zip", encoding="", path=path, size_bytes=path.stat().st_size
    )
    problems: list[str] = []
    with pytest.raises(ExhibitError, match="no member"):
        problems.extend(fact.code for fact in archive.read(source) if isinstance(fact, Problem))
    assert "zip-total-bound" in problems
    assert problems.count("zip-bomb") < 10
