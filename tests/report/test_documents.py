"""What README and CHANGELOG say of reports and rules is what the program prints and holds."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.judge.pack import installed, load_pack
from dunproof.report.terminal import render

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    return investigate([ROOT / "examples" / "synthetic-fenqi"], Options(out=out, cache=False)).casefile


@pytest.mark.parametrize(("name", "lang"), [("README.md", "en"), ("README.zh-Hans.md", "zh-Hans")])
def test_the_output_in_the_readme_is_printed_line_after_line(name: str, lang: str, demo) -> None:
    printed = io.StringIO()
    render(demo, lang, console=Console(file=printed, width=120, soft_wrap=True, color_system=None))
    text = "\n".join(line.rstrip() for line in printed.getvalue().splitlines())
    block = (ROOT / name).read_text("utf-8").partition("```text\n")[2].partition("\n```")[0]
    at = 0
    for piece in block.split("\n…\n"):
        assert piece in text[at:], piece
        at = text.index(piece, at)


def test_the_changelog_names_every_rule_and_no_other() -> None:
    rules = {r.id for pack in map(load_pack, installed()) for r in pack.rules}
    text = (ROOT / "CHANGELOG.md").read_text("utf-8").partition("### Rules")[2]
    assert {
        w for w in re.findall(r"`([a-z]+-[a-z-]+)`", text) if w.startswith(tuple(f"{p}-" for p in installed()))
    } == rules
