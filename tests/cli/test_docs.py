"""What is written about dunproof is true of it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from dunproof import __version__
from dunproof.cli.main import group
from dunproof.facts.kinds import KINDS

ROOT = Path(__file__).parent.parent.parent
HAND = sorted(
    p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if not p.is_relative_to(ROOT / "docs" / "rules")
)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"`(dunproof [^`\n]*)`")
_FENCED = re.compile(r"^(?:\$ )?(dunproof [a-z][^\n#(]*)", re.MULTILINE)


def test_generated_pages_are_what_the_code_says():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "build.py", "check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", HAND, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in _LINK.findall(page.read_text("utf-8")):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", HAND, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_are_ones_that_dunproof_has(page):
    text = page.read_text("utf-8")
    fenced = [line for block in _FENCE.findall(text) for line in _FENCED.findall(block) if "dunproof: " not in line]
    for command in [*_COMMAND.findall(_FENCE.sub("", text)), *fenced]:
        words = re.sub(r"[\"'…]", " ", command).split()[1:]
        if not words or not re.fullmatch(r"-*[a-z][a-z-]*", words[0]):
            continue
        check(group, [w for w in words if w not in ("|", ">")])


def check(command: click.Command, words: list[str]) -> None:
    with click.Context(command) as ctx:
        options = {o for p in command.get_params(ctx) for o in (*p.opts, *p.secondary_opts)}
        for n, word in enumerate(words):
            if word.startswith("-"):
                assert word.partition("=")[0] in options, f"{command.name} has no {word}"
            elif isinstance(command, click.Group):
                sub = command.get_command(ctx, word)
                assert sub is not None, f"{command.name} has no {word}"
                check(sub, words[n + 1 :])
                return


def test_every_exit_code_and_command_is_documented():
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            assert f"## dunproof {name}\n" in text


def test_requirements_are_pinned_with_hashes_and_name_no_address():
    for name in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text("utf-8")
        assert "://" not in text
        pins = re.findall(r"^[a-z0-9.-]+==", text, re.MULTILINE)
        assert len(pins) > 20
        assert len(re.findall(r"^    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)) >= len(pins)
    assert not (ROOT / "uv.lock").exists()


def test_what_is_pinned_to_run_is_pinned_the_same_to_develop():
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9.-]+==\S+)", (ROOT / "requirements" / name).read_text("utf-8"), re.MULTILINE))

    assert pins("run.txt") <= pins("dev.txt")


def test_every_dependency_is_explained():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    for requirement in project["dependencies"]:
        name = re.match(r"[A-Za-z0-9_.-]+", requirement)
        assert name is not None
        assert f"| {name[0]} |" in page


def test_the_licence_is_whole():
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.lstrip().startswith("Apache License")
    assert "9. Accepting Warranty or Additional Liability" in text


def test_the_version_stands_in_citation():
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


def test_both_readmes_lead_to_each_other():
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-Hans.md"))
    assert "README.zh-Hans.md" in english.splitlines()[2]
    assert "README.md" in chinese.splitlines()[2]


_MAKERS = {"ExhibitError", "Flaw", "Trouble", "problem", "_problem", "_flaw", "_refuse", "_weaken", "_TooMuch", "Limit"}
"""Functions and classes whose first text is a problem code."""
_PREFIXES = ("", "arsc-", "axml-")
"""What a reader puts in front of the code that it names."""
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def slugs() -> tuple[set[str], set[str]]:
    """Return the codes that makers are called with, and every text of the source that could be a code."""
    made: set[str] = set()
    texts: set[str] = set()
    for path in ROOT.glob("src/dunproof/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SLUG.match(node.value):
                texts.add(node.value)
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
                given = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                if name in _MAKERS and given and _SLUG.match(given[0]) and given[0] not in KINDS:
                    made.add(given[0])
    return made, texts


def test_problem_codes_are_explained_and_each_is_used():
    from dunproof.facts.problems import load

    made, texts = slugs()
    assert len(made) > 20
    unexplained = sorted(code for code in made if not any(prefix + code in load() for prefix in _PREFIXES))
    assert not unexplained, f"explain in facts/data/problems.toml: {unexplained}"
    unused = sorted(code for code in load() if not any(code.removeprefix(prefix) in texts for prefix in _PREFIXES))
    assert not unused, f"nobody uses: {unused}"


_NO_CODES = {
    "aria-hidden", "meta-data", "uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m", "uses-sdk",
    "uses-split", "intent-filter", "activity-alias", "network-security-config", "sha-256", "sha-384", "sha-512",
    "x-android-apk-signed", "signature-version",
    "insert-address-token", "latin-1", "cesu-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32",
    "invalid-utf-8", "lone-surrogate", "surrogate-pair", "adb-backup", "android-db", "ios-app", "sbr-xml", "as-of",
    "holder-role", "lender-type", "observed-day", "needs-facts", "exhibit-error", "dunproof-out", "synthetic-fenqi",
}  # fmt: skip
"""Words with hyphens that stand in readers and in case/ for something else: markup, hashes, encodings, settings."""
_HYPHENED = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+\Z")


def test_no_reader_has_a_code_of_its_own():
    from dunproof.facts.problems import load

    known, unknown = set(load()), {}
    for folder in ("read", "case"):
        for path in (ROOT / "src" / "dunproof" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and _HYPHENED.match(node.value)):
                    continue
                if node.value not in _NO_CODES and not any(prefix + node.value in known for prefix in _PREFIXES):
                    unknown.setdefault(node.value, path.name)
    assert not unknown, f"explain in facts/data/problems.toml, or name among the words that are no codes: {unknown}"


def test_limits_name_the_flag_that_lifts_them(dunproof):
    from dunproof.facts.problems import load

    options = dunproof("investigate", "--help").out
    for code, flag in (("reader-timeout", "--limit-seconds"), ("reader-memory", "--limit-mib")):
        assert flag in options
        assert all(flag in hint for hint in load()[code].hint.values()), code
    for problem in load().values():
        for hint in problem.hint.values():
            ours = hint.partition("mitmdump ")[0]  # what follows are flags of that program
            assert all(flag in options for flag in re.findall(r"--[a-z-]+", ours)), problem.code
