"""Hostile files through the whole path: each costs itself, by name, and never turns into an all-clear."""

from __future__ import annotations

import functools
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from dunproof.case import processes as processes_module
from dunproof.case import readers
from dunproof.case.limits import Limits
from dunproof.case.options import Options
from dunproof.case.output import RESULT_FILES, result_folder
from dunproof.case.pipeline import investigate

DEMO = Path(__file__).parents[2] / "examples" / "synthetic-fenqi" / "exhibits"
FIXTURES = Path(__file__).parents[1] / "read/app/fixtures/apk"
APK = (DEMO / "xinghe-fenqi.apk").read_bytes()
SMS = (DEMO / "phones" / "teacher-sms.xml").read_bytes()
OTHER_SMS = (DEMO / "phones" / "classmate-sms.xml").read_bytes()
POLICY = (DEMO / "agreements" / "privacy-policy.html").read_bytes()
JUNK = random.Random(20260301).randbytes(300_000)
SHELL = "<html><head><title>隐私政策</title><script src=a.js></script></head><body><div id=app></div></body></html>".encode()
MIB = 1024 * 1024
OPEN = {"unseen", "needs-facts"}

MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and resource limits")


class Ran(NamedTuple):
    """One run of ``dunproof investigate``: exit code, words on stderr, case.json, report.html, peak memory, seconds."""

    code: int
    err: str
    case: dict[str, Any]
    page: str
    peak_mib: int
    seconds: float

    def codes(self, name: str) -> list[str]:
        """Return the problem codes of the exhibit of this name."""
        return [p["code"] for p in self.exhibit(name)["problems"]]

    def exhibit(self, name: str) -> dict[str, Any]:
        return next(e for e in self.case["exhibits"] if e["name"] == name)

    def verdicts(self, subject: str, per: str | None = None) -> set[str]:
        """Return the names of the verdicts about a subject, of rules that judge such a subject."""
        rules = self.case["rules"]
        return {
            v["verdict"] for v in self.case["verdicts"]
            if v["subject"] == subject and per in (None, rules[v["rule"]]["per"])
        }  # fmt: skip

    def read_in_part(self, name: str) -> set[str]:
        return {c["kind"] for c in self.exhibit(name)["coverage"] if c["status"] != "read"}


def cli(folder: Path, *paths: Path, flags: tuple[str, ...] = ()) -> Ran:
    """Run ``dunproof investigate`` over paths in a process of its own and measure its largest process."""
    out = folder / "result"
    before = time.monotonic()
    command = [sys.executable, "-m", "dunproof", "investigate", *map(str, paths), "--out", str(out), *flags]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command, "--lang", "en", "--lender-type", "microloan", "--as-of", "2026-03-10"],
        capture_output=True, text=True, check=False, timeout=500, env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    err, _, peak = done.stderr.rpartition("peak ")
    case = json.loads((out / "case.json").read_bytes())
    page = (out / "report.html").read_text("utf-8")
    ran = Ran(done.returncode, err, case, page, int(peak) // 1024, time.monotonic() - before)
    named(ran)
    return ran


def named(ran: Ran) -> None:
    """Hold that each gap stands in case.json with a next step, and in report.html by its code and by its file."""
    for exhibit in ran.case["exhibits"]:
        assert exhibit["status"] == "read" or exhibit["problems"], exhibit["name"]
        if exhibit["status"] != "read":
            assert exhibit["name"] in ran.page
            assert any(c["status"] != "read" and c["reason"] for c in exhibit["coverage"]), exhibit["name"]
        for problem in exhibit["problems"]:
            assert problem["code"] in ran.page
    assert "Traceback" not in ran.err
    assert "bug" not in ran.err


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(name, data)
    return out.getvalue()


def test_an_empty_folder_is_a_report_in_which_nothing_was_seen(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = cli(tmp_path, tmp_path / "empty")
    assert ran.code == 3
    assert ran.case["exhibits"] == []
    assert {v["verdict"] for v in ran.case["verdicts"]} == {"unseen"}
    assert "there is no file in what was named" in ran.err


UNREAD = {
    "zero.xml": (b"", "empty-file", "empty"),
    "header.apk": (APK[:20], "zip-broken", "zip"),
    "shell.html": (SHELL, "little-text", "html"),
    "head.html": (POLICY[:120], "little-text", "html"),
    "junk.bin": (JUNK, "format-unknown", ""),
    "junk.apk": (JUNK[1:], "format-unknown", ""),
    "blanks.txt": (b" \r\n\t" * 1000, "format-unknown", ""),
    "picture.jpg": (b"\xff\xd8\xff\xe0" + JUNK, "format-not-supported", "jpeg"),
}
"""Files of which nothing can be read: (bytes, problem code, format)."""


def test_files_that_cannot_be_read_are_named_and_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mix").mkdir()
    for name, (data, _, _) in UNREAD.items():
        (tmp_path / "mix" / name).write_bytes(data)
    ran = cli(tmp_path, tmp_path / "mix")
    assert ran.code == 3
    for name, (_, code, format_) in UNREAD.items():
        assert ran.exhibit(name)["format"] == format_
        assert ran.exhibit(name)["status"] == "unread"
        assert code in ran.codes(name)
    assert {v["verdict"] for v in ran.case["verdicts"]} <= OPEN


@pytest.mark.parametrize(
    ("size", "seen"),
    [(2048, {"app"}), (len(APK) // 3, {"permission"}), (len(APK) - 300, {"permission", "sensitive_read"})],
)
def test_an_app_that_breaks_off_is_read_as_far_as_it_stands_and_nothing_is_kept(tmp_path, size, seen) -> None:
    (tmp_path / "cut.apk").write_bytes(APK[:size])
    ran = cli(tmp_path, tmp_path / "cut.apk", flags=("--strict",))
    assert ran.code == 4
    assert ran.exhibit("cut.apk")["status"] == "partly"
    assert "zip-directory-missing" in ran.codes("cut.apk")
    assert {c["status"] for c in ran.exhibit("cut.apk")["coverage"]} <= {"partly", "unread"}
    assert {v["verdict"] for v in ran.case["verdicts"]} <= {
        "unseen",
        "needs-facts",
        "not-applicable",
        "departs",
        "breach",
    }
    facts = [json.loads(line) for line in next(tmp_path.rglob("facts.jsonl")).read_text("utf-8").splitlines()]
    assert seen <= {f["kind"] for f in facts}
    package = None if size == 2048 else "com.xinghe.fenqi"  # the manifest itself breaks off
    assert {f["package"] for f in facts if f["kind"] == "app"} == {package}
    assert not any(f["kind"] == "signer" for f in facts)


PARTLY = {
    "cut.xml": (SMS[: len(SMS) * 2 // 3], "truncated", "person"),
    "cut-in-head.xml": (SMS[:200], "truncated", "person"),
    "cut.html": (POLICY[: len(POLICY) // 2], "markup-cut", "document"),
    "no-agreement.txt": ("今天天气很好，去公园散步。\n".encode() * 40, "no-agreement", "document"),
}
"""Files that are read in part: (bytes, problem code, whom it is about)."""


def test_a_file_read_in_part_weakens_its_subject(tmp_path: Path) -> None:
    (tmp_path / "mix").mkdir()
    for name, (data, _, _) in PARTLY.items():
        (tmp_path / "mix" / name).write_bytes(data)
    ran = cli(tmp_path, tmp_path / "mix", flags=("--strict",))
    assert ran.code == 4
    for name, (_, code, per) in PARTLY.items():
        exhibit = ran.exhibit(name)
        assert exhibit["status"] == "partly", name
        assert code in ran.codes(name)
        subject = exhibit["exhibit"] if per == "document" else f"holder-{exhibit['exhibit'][:8]}"
        found = ran.verdicts(subject, per)
        assert "unseen" in found, name
        if code != "no-agreement":  # of which it is known how long the text is
            assert "kept" not in found, name
    assert {v["rule"] for v in ran.case["verdicts"] if v["verdict"] == "kept"} <= {"cn-policy-hard-to-read"}


def test_a_wrong_name_is_said_and_the_content_is_read(tmp_path: Path) -> None:
    (tmp_path / "mix").mkdir()
    app = (FIXTURES / "take-contacts.apk").read_bytes()  # nothing of it is out of sight
    wrong = {"policy.html": (app, "apk"), "photo.jpg": (SMS, "sbr-xml"), "sms.xml": (POLICY, "html")}
    for name, (data, _) in wrong.items():
        (tmp_path / "mix" / name).write_bytes(data)
    ran = cli(tmp_path, tmp_path / "mix", flags=("--strict",))
    assert ran.code == 0
    for name, (_, format_) in wrong.items():
        assert (ran.exhibit(name)["format"], ran.exhibit(name)["status"]) == (format_, "read")
        assert ran.codes(name)[0] == "name-misleads"
    assert {v["verdict"] for v in ran.case["verdicts"]} & {"breach", "departs"}


# --- size ----------------------------------------------------------------------------------------------------


def sparse(path: Path) -> None:
    with path.open("wb") as f:
        f.truncate(200 * MIB)


def repeated(path: Path, head: bytes, piece: bytes) -> None:
    piece = piece * (MIB // len(piece))
    with path.open("wb") as f:
        f.write(head)
        for _ in range(200 * MIB // len(piece)):
            f.write(piece)


@pytest.mark.parametrize(
    ("name", "code", "peak_mib", "seconds"),
    [("sparse.bin", "format-unknown", 250, 60), ("headers.apk", "zip-broken", 700, 120), ("words.txt", "text-too-long", 1200, 240)],
)  # fmt: skip
def test_200_mb_cost_bounded_memory_and_time(
    tmp_path: Path, name: str, code: str, peak_mib: int, seconds: float
) -> None:
    path = tmp_path / name
    if name == "sparse.bin":
        sparse(path)
    elif name == "headers.apk":
        repeated(path, b"", b"PK\x03\x04")
    else:
        repeated(path, "隐私政策\n".encode(), "今天天气很好，去公园散步，什么事也没有发生。\n".encode())
    ran = cli(tmp_path, path, flags=("--strict",))
    assert ran.code in {3, 4}
    assert code in ran.codes(name)
    assert ran.peak_mib < peak_mib
    assert ran.seconds < seconds
    assert "kept" not in {v["verdict"] for v in ran.case["verdicts"]}


# --- zips ----------------------------------------------------------------------------------------------------


def test_an_exhibit_in_a_zip_in_a_zip_has_its_parent(tmp_path: Path) -> None:
    (tmp_path / "outer.zip").write_bytes(zipped(("inner.zip", zipped(("sms.xml", SMS), ("privacy.html", POLICY)))))
    ran = cli(tmp_path, tmp_path / "outer.zip", flags=("--strict",))
    assert ran.code == 0
    ids = {e["name"]: e["exhibit"] for e in ran.case["exhibits"]}
    assert [(e["name"], e["parent"]) for e in ran.case["exhibits"]] == [
        ("outer.zip", ""), ("inner.zip", ids["outer.zip"]), ("sms.xml", ids["inner.zip"]), ("privacy.html", ids["inner.zip"]),
    ]  # fmt: skip
    assert "breach" in {v["verdict"] for v in ran.case["verdicts"]}


def test_zips_too_deep_are_refused_by_name_and_are_nobodys(tmp_path: Path) -> None:
    data = SMS
    for n in range(Limits().depth + 2):
        data = zipped((f"{n}.zip" if n else "sms.xml", data))
    (tmp_path / "deep.zip").write_bytes(data)
    ran = cli(tmp_path, tmp_path / "deep.zip", flags=("--holder-role", "contact"))
    assert ran.code == 3
    last = ran.case["exhibits"][-1]
    assert ran.codes(last["name"]) == ["nested-too-deep"]
    assert len(ran.case["exhibits"]) == Limits().depth + 1
    assert {v["verdict"] for v in ran.case["verdicts"]} == {"unseen"}
    assert {v["subject"] for v in ran.case["verdicts"]} == {""}


def test_a_zip_bomb_is_named_and_the_file_beside_it_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        with z.open("a.txt", "w", force_zip64=True) as member:
            for _ in range(1500):
                member.write(bytes(MIB))
        z.writestr("sms.xml", SMS)
    ran = cli(tmp_path, tmp_path / "bomb.zip", flags=("--strict",))
    assert ran.code == 4
    assert "zip-bomb" in ran.codes("bomb.zip")
    assert ran.exhibit("sms.xml")["status"] == "read"
    assert ran.peak_mib < 900
    assert "kept" not in ran.verdicts("")


# --- the process that reads ----------------------------------------------------------------------------------


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the reader of the exports in this folder in the place of that of phone exports."""
    entry = next(r for r in readers.READERS if "sbr-xml" in r.formats)
    ours = readers.ReaderEntry("stuck_reader", entry.formats, entry.looks_for)
    monkeypatch.setattr(readers, "READERS", tuple(ours if r is entry else r for r in readers.READERS))
    folder = str(Path(__file__).parent / "readers")
    plain = processes_module.environment
    monkeypatch.setattr(processes_module, "environment", lambda: plain() | {"PYTHONPATH": folder})


@pytest.mark.usefixtures("stuck")
@pytest.mark.parametrize(
    ("word", "code", "flag"),
    [("kill", "reader-crashed", ""), ("hang", "reader-timeout", "--limit-seconds"), ("memory", "reader-memory", "--limit-mib"),
    ],
)  # fmt: skip
def test_what_kills_the_reading_process_leaves_its_holder_unseen(
    tmp_path: Path, word: str, code: str, flag: str
) -> None:
    case = tmp_path / "case"
    (case / "exhibits").mkdir(parents=True)
    (case / "exhibits" / "bad.xml").write_bytes(SMS.replace(b"?>", f"?><!-- {word} -->".encode(), 1))
    (case / "exhibits" / "good.xml").write_bytes(OTHER_SMS)
    (case / "case.toml").write_text(
        'lender_type = "microloan"\n[[exhibit]]\nfile = "bad.xml"\nholder = "甲"\nrole = "contact"\n'
        '[[exhibit]]\nfile = "good.xml"\nholder = "乙"\nrole = "contact"\n',
        "utf-8",
    )
    limits = Limits(seconds=3 if word == "hang" else 60, seconds_per_mib=0, memory_mib=1024)
    before = time.monotonic()
    outcome = investigate([case], Options(limits=limits, lang="en"))
    written = json.loads((case / "out" / "case.json").read_bytes())
    ran = Ran(outcome.exit_code(strict=True), "", written, (case / "out" / "report.html").read_text("utf-8"), 0, 0)
    named(ran)
    assert time.monotonic() - before < 60
    assert ran.code == 4
    assert outcome.exit_code() == 0
    assert ran.codes("bad.xml") == [code]
    assert ran.exhibit("bad.xml")["status"] == "unread"
    assert flag in ran.exhibit("bad.xml")["problems"][0]["hint"]
    assert flag in ran.page
    assert ran.verdicts("甲") == {"unseen"}
    assert "breach" in ran.verdicts("乙")
    assert ran.exhibit("good.xml")["status"] == "read"


DECLARED = {
    "junk.bin": (JUNK, "format-unknown"),
    "empty.xml": (b"", "empty-file"),
    "bill.pdf": (b"%PDF-1.7\n" + JUNK, None),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + JUNK, "format-not-supported"),
    "word.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + JUNK, "format-not-supported"),
    "cut.zip": (zipped(("sms.xml", SMS))[:400], "zip-broken"),
    "deep.zip": (functools.reduce(lambda d, n: zipped((f"{n}.zip", d)), range(6), zipped(("sms.xml", SMS))), None),
    "export.sqlite": (b"SQLite format 3\x00" + bytes(84), None),
}
"""What somebody may hand in as a phone that nothing here reads."""


def test_an_unread_phone_is_unseen_for_its_declared_holder(tmp_path: Path) -> None:
    case = tmp_path / "case"
    (case / "exhibits").mkdir(parents=True)
    lines = ['lender_type = "microloan"', 'as_of = "2026-03-10"']
    for name, (data, _) in DECLARED.items():
        (case / "exhibits" / name).write_bytes(data)
        lines.append(f'[[exhibit]]\nfile = "{name}"\nholder = "holder of {name}"\nrole = "contact"')
    (case / "case.toml").write_text("\n".join(lines), "utf-8")
    outcome = investigate([case], Options(lang="en"))
    case_json = json.loads((case / "out" / "case.json").read_bytes())
    ran = Ran(0, "", case_json, (case / "out" / "report.html").read_text("utf-8"), 0, 0)
    named(ran)
    assert outcome.exit_code() == 3
    people = {s["label"]: s["subject"] for s in case_json["subjects"] if s["subject_type"] == "person"}
    for name, (_, code) in DECLARED.items():
        assert code is None or code in ran.codes(name)
        assert ran.verdicts(people[f"holder of {name}"], "person") == {"unseen"}, name


# --- signals -------------------------------------------------------------------------------------------------

SLOW = """
import sys
from pathlib import Path
from dunproof.case import processes, readers
entry = next(r for r in readers.READERS if "sbr-xml" in r.formats)
ours = readers.ReaderEntry("stuck_reader", entry.formats, entry.looks_for)
readers.READERS = tuple(ours if r is entry else r for r in readers.READERS)
plain = processes.environment
processes.environment = lambda: plain() | {"PYTHONPATH": sys.argv.pop(1)}
plain_start = processes._Process.__init__
def start(self):
    plain_start(self)
    print("worker", self._popen.pid, flush=True)
processes._Process.__init__ = start
from dunproof.cli.main import main
sys.argv[1:2] = []
sys.argv[0] = "dunproof"
main()
"""


def begin(tmp_path: Path, out: Path) -> tuple[subprocess.Popen[str], int, Path]:
    """Start a run that hangs in reading; return it, the reading process, and its folder for temporary files."""
    (tmp_path / "bad.xml").write_bytes(SMS.replace(b"?>", b"?><!-- hang -->", 1))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    folder = str(Path(__file__).parent / "readers")
    code = SLOW.replace("sys.argv.pop(1)", repr(folder)).replace("sys.argv[1:2] = []\n", "")
    running = subprocess.Popen(
        [sys.executable, "-c", code, "investigate", str(tmp_path / "bad.xml"), "--out", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "LC_ALL": "C.UTF-8", "TMPDIR": str(temporary)},
    )  # fmt: skip
    assert running.stdout is not None
    worker = int(running.stdout.readline().split()[1])
    deadline = time.monotonic() + 60
    while not list(temporary.glob("dunproof-*/jobs-*/*/facts.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    return running, worker, temporary


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kept(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_a_signal_leaves_the_older_report_whole_and_no_process(tmp_path: Path, number: int, code: int) -> None:
    out = tmp_path / "result"
    (tmp_path / "a.html").write_bytes(POLICY)
    investigate([tmp_path / "a.html"], Options(out=out, lang="en"))
    (out / "note.txt").write_text("mine")
    before = kept(out)
    running, worker, temporary = begin(tmp_path, out)
    os.kill(running.pid, number)
    said, err = running.communicate(timeout=60)
    assert (running.returncode, said) == (code, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("dunproof: ")
    assert err.endswith("nothing half-written is left\n")
    assert kept(out) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "bad.xml", "result", "tmp"]
    assert not alive(worker)
    assert list(temporary.iterdir()) == []


def test_a_run_that_is_killed_takes_its_reading_process_with_it(tmp_path: Path) -> None:
    running, worker, _ = begin(tmp_path, tmp_path / "result")
    (tmp_path / "result").mkdir(exist_ok=True)
    running.kill()
    running.communicate(timeout=60)
    deadline = time.monotonic() + 20
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.1)
    left = alive(worker)
    if left:
        os.kill(worker, signal.SIGKILL)
    assert not left


def fill(out: Path, then: Callable[[], None]) -> None:
    """Write the result anew; ``then`` is called before it takes its place."""
    with result_folder(out, overwrite=False) as part:
        for name in RESULT_FILES:
            (part / name).write_bytes((out / name).read_bytes())
        then()


def test_an_error_while_a_result_takes_its_place_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.html").write_bytes(POLICY)
    out = tmp_path / "result"
    investigate([tmp_path / "a.html"], Options(out=out, lang="en"))
    (out / "note.txt").write_text("mine")
    before = kept(out)
    plain = Path.replace
    for at in range(1, 4):
        calls: Iterator[int] = iter(range(1, 100))

        def broken(self: Path, target: Path, calls: Iterator[int] = calls, at: int = at) -> Path:
            if next(calls) == at:
                raise KeyboardInterrupt
            return plain(self, target)

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            fill(out, lambda patched=patched, broken=broken: patched.setattr(Path, "replace", broken))
        found = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("note.txt")}
        assert len(found) == 1, at
        assert {n: b for n, b in kept(out).items() if n != "note.txt"} == {
            n: b for n, b in before.items() if n != "note.txt"
        }
        if at < 3:
            assert kept(out) == before
            assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "result"]


@pytest.mark.parametrize("command", [("rules", "list"), ("law", "list"), ("problems",)])
def test_a_pipe_that_closes_is_quiet(command: tuple[str, ...]) -> None:
    line = f"'{sys.executable}' -m dunproof {' '.join(command)} | head -1"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    assert len(done.stdout.splitlines()) == 1
    assert not [
        line for line in done.stderr.splitlines() if not line.endswith("register as of") and "as of" not in line
    ]


def test_two_runs_give_the_same_bytes_but_for_the_run(tmp_path: Path) -> None:
    (tmp_path / "mix").mkdir()
    for name, (data, *_) in {**UNREAD, **PARTLY, "sms.xml": (SMS,), "app.apk": (APK,)}.items():
        (tmp_path / "mix" / name).write_bytes(data)
    found = []
    for n in range(2):
        ran = cli(tmp_path, tmp_path / "mix")
        text = (tmp_path / "result" / "case.json").read_bytes()
        run = msgspec.json.decode(text)["run"]
        head, _, rest = text.partition(b'"run": {')
        inside, _, tail = rest.partition(b"}")
        assert inside.count(b":") >= len(run)
        found.append((head, tail, (tmp_path / "result" / "facts.jsonl").read_bytes(), n and ran.code))
    assert found[0][:3] == found[1][:3]
