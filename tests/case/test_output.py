from __future__ import annotations

from pathlib import Path

import pytest

from dunproof.case.output import is_ours, result_folder
from dunproof.errors import UseError

OURS = '{\n "format": "dunproof-case/1"\n}'


def fill(out: Path, *, overwrite: bool = False, word: str = "new") -> None:
    with result_folder(out, overwrite=overwrite) as part:
        (part / "case.json").write_text(OURS)
        (part / "report.html").write_text(word)


def test_a_new_folder_is_private_and_whole(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    fill(out)
    assert is_ours(out)
    assert out.stat().st_mode & 0o077 == 0
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def test_our_result_is_replaced_and_what_a_person_added_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, word="old")
    (out / "facts.duckdb").write_text("old")
    (out / "letter.docx").write_text("mine")
    fill(out)
    assert sorted(p.name for p in out.iterdir()) == ["case.json", "letter.docx", "report.html"]
    assert (out / "report.html").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.doc").write_text("mine")
    with pytest.raises(UseError, match="not empty"):
        fill(out)
    fill(out, overwrite=True)
    assert sorted(p.name for p in out.iterdir()) == ["case.json", "report.html", "thesis.doc"]
    with pytest.raises(UseError, match="is a file"):
        fill(out / "thesis.doc")


def interrupted(out: Path) -> None:
    with result_folder(out, overwrite=False) as part:
        (part / "case.json").write_text(OURS)
        raise KeyboardInterrupt


def test_nothing_half_written_stays_after_ctrl_c(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, word="old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(out)
    assert (out / "report.html").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
