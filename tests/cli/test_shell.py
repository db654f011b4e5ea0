"""The shell around all commands: help, start-up, streams, ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from dunproof import __version__
from dunproof.cli import choices
from dunproof.cli.exits import MEANING, Exit
from dunproof.cli.main import COMMANDS, _stop, group

HEAVY = {
    "cryptography", "duckdb", "jinja2", "lxml", "msgspec", "numpy", "opencc", "phonenumbers", "pypdfium2", "rich", "sqlglot",
    "weasyprint", "yaml",
}  # fmt: skip


def python(
    code: str, *, args: Sequence[str] = (), env: dict[str, str] | None = None, **kwargs: object
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}, **kwargs,
    )  # fmt: skip


def test_help_imports_nothing_heavy():
    done = python(
        "import sys; from dunproof.cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "investigate" in done.stdout
    assert not loaded & HEAVY


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_imports_nothing_heavy_and_exits_0(command):
    code = f"import sys; from dunproof.cli.main import run; n = run(['{command}', '--help']); print(n, *sys.modules, file=sys.stderr)"
    done = python(code)
    assert done.stderr.split()[0] == "0", done.stderr
    assert "Usage: dunproof" in done.stdout
    assert not {name.partition(".")[0] for name in done.stderr.split()} & HEAVY


APK = Path(__file__).resolve().parents[1] / "read/app/fixtures/apk/take-contacts.apk"


@pytest.mark.parametrize(("form", "needed"), [((), {"duckdb", "msgspec", "rich", "yaml"}), (("--json",), {"msgspec"})])
def test_read_of_an_app_loads_what_it_shows_alone(form, needed):
    """No rules, no page, no words of messages: the app has no text that may be one."""
    code = "import sys; from dunproof.cli.main import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    done = python(code, args=("-q", "read", *form, str(APK)))
    loaded = set(done.stderr.split())
    assert "contacts" in done.stdout
    assert {name.partition(".")[0] for name in loaded} & HEAVY == needed
    assert not loaded & {
        "dunproof.language.frames", "dunproof.language.values", "dunproof.law.register", "dunproof.report.page",
    }  # fmt: skip


def test_every_command_of_the_table_is_one():
    with click.Context(group) as ctx:
        for name in COMMANDS:
            command = group.get_command(ctx, name)
            assert isinstance(command, click.Command)
            assert command.help


def test_version(dunproof):
    assert dunproof("--version") == (0, f"dunproof {__version__}\n", "")


def test_no_command_prints_help_on_stderr_and_exits_2(dunproof):
    ran = dunproof()
    assert (ran.code, ran.out) == (2, "")
    assert "Commands:" in ran.err


def test_a_bug_is_one_line_and_exit_70(dunproof, monkeypatch):
    monkeypatch.setattr("dunproof.law.register.load", lambda: 1 // 0)
    ran = dunproof("law", "list")
    assert ran.code == Exit.BUG
    assert (
        ran.err.splitlines()[0]
        == f"dunproof: a bug in dunproof {__version__}: ZeroDivisionError: "
        + ran.err.splitlines()[0].partition("ZeroDivisionError: ")[2]
    )
    assert "please report it" in ran.err
    assert "Traceback" not in ran.err
    assert "Traceback" in dunproof("--debug", "law", "list").err


def test_a_signal_of_one_run_says_nothing_about_the_next(dunproof, monkeypatch):
    """Who calls the command twice in one process (a test, a notebook) gets each run's own end."""
    monkeypatch.setattr("dunproof.law.register.load", lambda: _stop(15, None))
    assert dunproof("law", "list").code == Exit.TERMINATED
    monkeypatch.setattr("dunproof.law.register.load", lambda: 1 // 0)
    assert dunproof("law", "list").code == Exit.BUG


def test_ctrl_c_while_the_command_is_loaded_is_one_line():
    code = (
        "import sys\nclass Loading:\n    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'dunproof.cli.main': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Loading())\nfrom dunproof.__main__ import main\nmain()"
    )
    done = python(code)
    assert (done.returncode, done.stderr) == (Exit.INTERRUPTED, "dunproof: interrupted; nothing half-written is left\n")


def test_an_operating_system_refusal_is_no_bug(dunproof, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "x/y")

    monkeypatch.setattr("dunproof.law.register.load", full)
    ran = dunproof("law", "list")
    assert ran.code == Exit.WRONG_CALL
    assert ran.err.splitlines()[0] == "dunproof: x/y: the disk is full"


def test_ctrl_c_exits_130_in_one_line(dunproof, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("dunproof.law.register.load", interrupted)
    assert dunproof("law", "list") == (130, "", "dunproof: interrupted; nothing half-written is left\n")


def test_a_closed_pipe_is_no_bug():
    writer = subprocess.Popen(
        [sys.executable, "-m", "dunproof", "law", "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.readline()
    writer.stdout.close()
    err = writer.stderr.read().decode()
    writer.stderr.close()
    assert writer.wait() == Exit.PIPE_CLOSED
    assert "Traceback" not in err
    assert "bug" not in err


def test_chinese_survives_a_c_locale():
    done = subprocess.run(
        [sys.executable, "-m", "dunproof", "law", "show", "CN-PIPL-10"], capture_output=True, check=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert "任何组织" in done.stdout.decode()


def test_no_colour_and_no_progress_without_a_terminal(dunproof):
    ran = dunproof("rules", "check", "cn-phone-night-contact")
    assert ran.code == 0
    assert "\x1b" not in ran.out + ran.err


def test_quiet_says_nothing_on_stderr(dunproof):
    assert dunproof("-q", "law", "in-force", "2026-03-01").err == ""
    assert dunproof("law", "in-force", "2026-03-01").err != ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(dunproof, shell):
    ran = dunproof("completion", shell)
    assert ran.code == 0
    assert "_DUNPROOF_COMPLETE" in ran.out


def test_completion_completes():
    env = {"_DUNPROOF_COMPLETE": "bash_complete", "COMP_WORDS": "dunproof inv", "COMP_CWORD": "1"}
    done = python("from dunproof.cli.main import main; main()", env=env)
    assert "investigate" in done.stdout


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("zh_CN.UTF-8", "zh-Hans"), ("zh_TW.UTF-8", "zh-Hant"), ("zh_HK", "zh-Hant"), ("zh_Hant_TW", "zh-Hant"), ("zh", "zh-Hans"),
     ("en_GB.UTF-8", "en"), ("C", "en"), ("de_AT", "en")],
)  # fmt: skip
def test_language_follows_the_locale(monkeypatch, locale, expected):
    monkeypatch.setenv("LC_ALL", locale)
    assert choices.language() == expected


def test_choices_are_those_of_the_code():
    from dunproof.case import config
    from dunproof.facts.casefile import LANGUAGES
    from dunproof.facts.schema import columns
    from dunproof.judge.pack import installed
    from dunproof.law.structs import LENDER_TYPES, STORES

    assert choices.LANGUAGES == LANGUAGES
    assert choices.LENDER_TYPES == config.LENDER_TYPES == LENDER_TYPES
    assert choices.STORES == config.STORES == STORES
    assert list(choices.PACKS) == installed()
    assert " | ".join(choices.HOLDER_ROLES) == columns("role")["role"].doc


def test_every_exit_code_has_its_meaning():
    assert set(MEANING) == set(Exit)


def test_doctor(dunproof):
    ran = dunproof("doctor", "--json")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert {"click", "duckdb", "clause register", "rule pack cn", "rule pack google-play-loans", "rule pack in"} <= {
        line["what"] for line in lines
    }
    assert all(line["ok"] for line in lines if line["needed"])


def test_doctor_names_what_is_missing_and_the_command(dunproof, monkeypatch):
    from importlib import metadata

    asked = metadata.version

    def version(name: str) -> str:
        if name in ("duckdb", "typst"):
            raise metadata.PackageNotFoundError(name)
        return asked(name)

    monkeypatch.setattr(
        metadata,
        "requires",
        lambda _: ["duckdb>=1", "typst>=0.12; extra == 'pdf'", "tzdata; sys_platform == 'nowhere'"],
    )
    monkeypatch.setattr(metadata, "version", version)
    ran = dunproof("doctor")
    assert ran.code == 2
    assert re.search(r"^missing +duckdb\n +→ pip install duckdb$", ran.out, re.MULTILINE)
    assert re.search(r"^not installed +typst \[pdf\]\n +→ pip install 'dunproof\[pdf\]'$", ran.out, re.MULTILINE)
    assert "tzdata" not in ran.out
    assert ran.err.startswith("dunproof: missing: duckdb\n")


@pytest.mark.parametrize("name", ["rules", "law"])
def test_the_list_of_commands_is_not_cut(name, dunproof, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert "..." not in dunproof(name, "--help").out.partition("Commands:")[2]
