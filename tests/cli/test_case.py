"""Commands over a case, on the demonstration case."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dunproof.case import demo
from dunproof.facts.casefile import FORMAT
from dunproof.facts.kinds import KINDS

ROOT = Path(__file__).parent.parent.parent
NUMBER = "13800000013"


def cli(*args: object, **kwargs: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dunproof", *map(str, args)], capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"}, **kwargs,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The demonstration, run once: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "case"
    done = cli("demo", "--out", folder, "--lang", "en")
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture(scope="module")
def phone(tmp_path_factory):
    """One phone's export, as a person would hand it in."""
    folder = tmp_path_factory.mktemp("phone")
    return Path(shutil.copy(demo.folder() / "exhibits" / "phones" / "teacher-sms.xml", folder))


def test_demo_prints_the_summary_and_where_the_report_is(shown):
    folder, done = shown
    assert "May breach" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == f"report: {folder}/out/report.html\n"
    for name in ("case.json", "facts.jsonl", "facts.duckdb", "report.html"):
        assert (folder / "out" / name).stat().st_size > 0


def test_demo_writes_over_nothing_else(tmp_path):
    (tmp_path / "diary.txt").write_text("mine")
    again = cli("demo", "--out", tmp_path)
    assert again.returncode == 2
    assert again.stderr.startswith(f"dunproof: {tmp_path} is not empty\n")
    assert [p.name for p in tmp_path.iterdir()] == ["diary.txt"]


def test_numbers_are_masked_unless_asked(shown, phone, tmp_path):
    _, done = shown
    assert NUMBER not in done.stdout
    assert NUMBER not in cli("read", phone).stdout
    assert NUMBER in cli("read", phone, "--show-numbers").stdout


def test_read_json_is_one_fact_a_line(phone):
    done = cli("read", phone, "--json")
    facts = [json.loads(line) for line in done.stdout.splitlines()]
    assert {f["kind"] for f in facts} <= set(KINDS)
    assert {"exhibit", "sighting", "communication", "act"} <= {f["kind"] for f in facts}
    assert all({"fact_id", "exhibit", "loc", "tier"} <= set(f) for f in facts)
    assert done.stderr == f"{len(facts)} facts\n"


def test_investigate_loose_files(phone, tmp_path):
    out = tmp_path / "result"
    done = cli("investigate", phone, "--out", out, "--holder-role", "contact", "--lender-type", "microloan", "--json")
    assert done.returncode == 0, done.stderr
    case = json.loads(done.stdout)
    assert done.stdout.encode() == (out / "case.json").read_bytes()
    assert case["format"] == FORMAT
    assert case["settings"]["holder_role"] == "contact"
    assert case["settings"]["lender_type"] == "microloan"
    assert done.stderr == f"report: {out}/report.html\n"


def test_fail_on(phone, tmp_path):
    done = cli("-q", "investigate", phone, "--out", tmp_path / "o", "--holder-role", "contact", "--fail-on", "departs")
    assert (done.returncode, done.stderr) == (1, "")


def test_strict_counts_what_could_not_be_read(phone, tmp_path):
    (tmp_path / "empty.xml").touch()
    done = cli("-q", "investigate", phone, tmp_path / "empty.xml", "--out", tmp_path / "o", "--strict")
    assert done.returncode == 4
    assert "empty-file" in done.stdout


def test_judge_and_report_start_from_what_was_written(shown):
    folder, _ = shown
    before = json.loads((folder / "out" / "case.json").read_bytes())
    judged = cli("judge", folder, "--json")
    assert judged.returncode == 0, judged.stderr
    after = json.loads(judged.stdout)
    assert {**before, "run": None} == {**after, "run": None}
    page = folder / "out" / "report.html"
    english = page.read_text("utf-8")
    written = cli("report", folder, "--lang", "zh-Hant")
    assert (written.returncode, written.stdout) == (0, f"{page}\n")
    assert 'lang="zh-Hant"' in page.read_text("utf-8")
    assert page.read_text("utf-8") != english


def test_what_was_not_investigated_is_neither_judged_nor_reported(tmp_path):
    for command in ("judge", "report"):
        done = cli(command, tmp_path)
        assert done.returncode == 2
        assert done.stderr.splitlines()[1] == f"  → dunproof investigate {tmp_path}"


def test_a_case_json_of_another_kind_is_no_bug(tmp_path):
    (tmp_path / "case.json").write_text('{"format": "other"}')
    done = cli("report", tmp_path)
    assert done.returncode == 2
    assert "is no case.json of this version" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals to a process group as a terminal sends them")
def test_ctrl_c_leaves_nothing_half_written(tmp_path):
    folder = tmp_path / "case"
    running = subprocess.Popen(
        [sys.executable, "-m", "dunproof", "demo", "--out", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not any(folder.glob(".out.*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert (out, err) == ("", "dunproof: interrupted; nothing half-written is left\n")
    assert not (folder / "out").exists()
    assert not list(folder.glob(".out*"))


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize("error", ["RuntimeError('Query interrupted')", "DunproofError('the query failed')"])
def test_a_signal_that_a_library_turned_into_an_error_of_its_own_is_no_bug(name, code, error):
    """DuckDB ends a query on a signal with RuntimeError; what the handler raised is forgotten."""
    program = (
        "import signal, sys\nfrom dunproof.cli import main\nfrom dunproof.errors import DunproofError\n"
        "def query(*_):\n    try:\n        signal.raise_signal(signal." + name + ")\n"
        f"    except BaseException:\n        pass\n    raise {error}\n"
        "main.group.invoke = query\nmain.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "doctor"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.endswith("nothing half-written is left\n")


def test_the_output_in_the_readme_is_real(shown):
    _, done = shown
    printed = {line.rstrip() for line in done.stdout.splitlines()}
    for name in ("README.md", "README.zh-Hans.md"):
        text = (ROOT / name).read_text("utf-8")
        assert "```text" in text
        if name == "README.zh-Hans.md":
            printed = {
                line.rstrip() for line in cli("demo", "--out", shown[0], "--lang", "zh-Hans").stdout.splitlines()
            }
        block = text.partition("```text\n")[2].partition("```")[0]
        for line in block.splitlines():
            assert not line.strip() or line.strip() == "…" or line.rstrip() in printed, line
