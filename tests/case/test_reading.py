"""One exhibit may do anything to its reading process: it costs that exhibit, by name, and nothing else."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from dunproof.case import processes as processes_module
from dunproof.case import readers
from dunproof.case.intake import take_in
from dunproof.case.limits import Limits
from dunproof.case.processes import Processes
from dunproof.case.reading import Reader, Reading
from dunproof.case.workplace import Workplace
from dunproof.facts.kinds import AppText, Coverage, Mint, Problem

HERE = Path(__file__).parent / "readers"


@pytest.fixture
def bad_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = readers.ReaderEntry("bad_reader", frozenset({"text"}), ("app_text", "endpoint"))
    monkeypatch.setattr(readers, "READERS", (readers.READERS[0], entry))
    plain = processes_module.environment
    monkeypatch.setattr(processes_module, "environment", lambda: plain() | {"PYTHONPATH": str(HERE)})


def run(*paths: Path, limits: Limits | None = None, case: Path | None = None) -> tuple[Reading, int]:
    taken = take_in(list(paths))
    with Workplace(case, keep=case is not None) as place, Processes() as processes:
        reading = Reader(place, processes, limits or Limits(seconds=20), Mint("case"), None).read(taken.items)
        return reading, processes.started


def codes(reading: Reading) -> dict[str, list[str]]:
    names = {t.exhibit: t.item.name for t in reading.exhibits}
    out: dict[str, list[str]] = {}
    for f in reading.facts:
        if isinstance(f, Problem):
            out.setdefault(names[f.exhibit], []).append(f.code)
    return out


def coverage(reading: Reading, name: str) -> dict[str, tuple[str, str]]:
    exhibit = next(t.exhibit for t in reading.exhibits if t.item.name == name)
    return {
        f.looked_for: (f.status, f.reason) for f in reading.facts if isinstance(f, Coverage) and f.subject == exhibit
    }


@pytest.mark.usefixtures("bad_reader")
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_a_hanging_and_a_broken_reader_cost_one_exhibit_each(tmp_path: Path) -> None:
    for word in ("kill", "exit", "hang", "bug", "broken", "print", "fine"):
        (tmp_path / f"{word}.txt").write_text(f"{word} reader\n")
    reading, started = run(tmp_path, limits=Limits(seconds=1.5))
    assert codes(reading) == {
        "kill.txt": ["reader-crashed"],
        "exit.txt": ["reader-crashed"],
        "hang.txt": ["reader-timeout"],
        "bug.txt": ["reader-failed"],
        "broken.txt": ["half-file"],
    }
    assert coverage(reading, "kill.txt") == dict.fromkeys(("app_text", "endpoint"), ("unread", "reader-crashed"))
    assert coverage(reading, "hang.txt")["app_text"] == ("unread", "reader-timeout")
    assert coverage(reading, "broken.txt") == {"app_text": ("partly", "half-file"), "endpoint": ("unread", "half-file")}
    assert coverage(reading, "print.txt") == dict.fromkeys(("app_text", "endpoint"), ("read", ""))
    assert coverage(reading, "fine.txt")["endpoint"] == ("read", "")
    kept = sorted(f.text.split()[0] for f in reading.facts if isinstance(f, AppText))
    assert kept == ["broken", "bug", "fine", "print"]
    assert started <= 4
    detail = next(f.detail for f in reading.facts if isinstance(f, Problem) and f.code == "reader-failed")
    assert "KeyError" in detail
    assert str(tmp_path) not in detail
    assert "/" not in detail


@pytest.mark.usefixtures("bad_reader")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux bounds the address space")
def test_memory_and_output_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "memory.txt").write_text("memory\n")
    (tmp_path / "flood.txt").write_text("flood\n")
    (tmp_path / "fine.txt").write_text("fine\n")
    reading, _ = run(tmp_path, limits=Limits(seconds=20, memory_mib=1024, facts=1000))
    assert codes(reading) == {"flood.txt": ["reader-output-bound"], "memory.txt": ["reader-memory"]}
    assert coverage(reading, "memory.txt")["app_text"] == ("unread", "reader-memory")
    assert coverage(reading, "fine.txt")["app_text"] == ("read", "")


@pytest.mark.usefixtures("bad_reader")
def test_files_found_inside_come_back_as_exhibits_with_a_parent(tmp_path: Path) -> None:
    (tmp_path / "members.txt").write_text("members\n")
    reading, started = run(tmp_path)
    assert [t.trail for t in reading.exhibits] == ["members.txt", "members.txt!/a/inside.bin", "members.txt!/b.bin"]
    parent = reading.exhibits[0].exhibit
    assert [t.item.parent for t in reading.exhibits] == ["", parent, parent]
    assert started == 1


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.xml").write_bytes(b"")
    (tmp_path / "junk.apk").write_bytes(bytes(range(256)) * 64)
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04" + bytes(20))
    (tmp_path / "wrong.html").write_bytes(b"%PDF-1.7\n...")
    with (tmp_path / "sparse.bin").open("wb") as f:
        f.truncate(200 * 1024 * 1024)
    reading, _ = run(tmp_path)
    assert codes(reading) == {
        "empty.xml": ["empty-file"],
        "junk.apk": ["format-unknown"],
        "cut.zip": ["zip-broken", "zip-directory-broken"],
        "wrong.html": ["name-misleads", "pdf-broken"],
        "sparse.bin": ["format-unknown"],
    }
    assert all(t.status != "read" for t in reading.exhibits)
    for t in reading.exhibits:
        assert any(isinstance(f, Coverage) and f.exhibit == t.exhibit and f.status != "read" for f in reading.facts)


def test_the_same_bytes_are_one_exhibit_with_several_names(tmp_path: Path) -> None:
    for name in ("a.bin", "b/c.bin"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\x00\x01same")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as z:
        z.writestr("d.bin", b"\x00\x01same")
    reading, _ = run(tmp_path)
    assert [(t.item.name, t.other_names) for t in reading.exhibits] == [("a.bin", ["b/c.bin", "d.bin"]), ("z.zip", [])]


def test_zips_in_zips_are_followed_to_a_depth(tmp_path: Path) -> None:
    data = b"\x00\x01core"
    for n in range(6):
        path = tmp_path / f"{n}.zip"
        with zipfile.ZipFile(path, "w") as z:
            z.writestr(f"{n}.bin" if n == 0 else f"{n - 1}.zip", data)
        data = path.read_bytes()
        if n < 5:
            path.unlink()
    reading, _ = run(tmp_path / "5.zip", limits=Limits(depth=2))
    assert [t.item.name for t in reading.exhibits] == ["5.zip", "4.zip", "3.zip"]
    assert codes(reading) == {"3.zip": ["nested-too-deep"]}


def test_all_archives_together_are_bounded(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as z:
        for n in range(4):
            z.writestr(f"{n}.bin", b"\x00" + bytes([n]) * (1 << 20))
    reading, _ = run(tmp_path / "a.zip", limits=Limits(total_mib=2))
    assert codes(reading)["a.zip"] == ["archives-too-large"]
    assert len(reading.exhibits) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_pipes_and_locked_files_are_named_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "x.bin").write_bytes(b"\x00\x01")
    reading, started = run(tmp_path)
    assert codes(reading) == {"pipe": ["not-a-file"], "x.bin": ["format-unknown"]}
    assert started == 0


@pytest.mark.usefixtures("bad_reader")
def test_facts_are_cached_by_content_and_a_damaged_entry_is_read_again(tmp_path: Path) -> None:
    case = tmp_path / "case"
    (case / "exhibits").mkdir(parents=True)
    (case / "case.toml").write_text("")
    (case / "exhibits" / "members.txt").write_text("members\n")
    (case / "exhibits" / "kill.txt").write_text("fine\n")
    first, started = run(case, case=case)
    assert started == 1
    second, started = run(case, case=case)
    assert started == 0
    assert second.facts == first.facts
    assert (case / ".dunproof").stat().st_mode & 0o077 == 0
    for entry in (case / ".dunproof" / "facts").glob("*.jsonl"):
        entry.write_bytes(entry.read_bytes()[:-5])
    third, started = run(case, case=case)
    assert started == 1
    assert third.facts == first.facts
    for blob in (case / ".dunproof" / "files").iterdir():
        blob.unlink()
    fourth, started = run(case, case=case)
    assert started == 1
    assert fourth.facts == first.facts
    (case / "exhibits" / "members.txt").unlink()
    run(case, case=case)
    assert not list((case / ".dunproof" / "files").iterdir())


def test_the_table_of_readers_says_what_the_readers_say() -> None:
    for entry in readers.READERS:
        try:
            module = readers.load(entry.module)
        except ModuleNotFoundError:
            continue
        assert entry.formats == module.FORMATS, entry.module
        assert set(module.LOOKS_FOR) == set(entry.looks_for), entry.module
