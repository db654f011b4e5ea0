from __future__ import annotations

import os
from pathlib import Path

import pytest

from dunproof.case.intake import take_in
from dunproof.errors import UseError


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_a_folder_is_walked_in_order_without_system_litter(tmp_path: Path) -> None:
    put(tmp_path, "b.txt", "a/z.txt", "a/.DS_Store", "Thumbs.db", ".dunproof/facts/x", "c/__MACOSX/q", ".hidden")
    assert [i.name for i in take_in([tmp_path]).items] == [".hidden", "b.txt", "a/z.txt"]


def test_an_earlier_result_is_no_exhibit(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "result/report.html", "other/case.json")
    (tmp_path / "result" / "case.json").write_text('{\n "format": "dunproof-case/1"}')
    assert [i.name for i in take_in([tmp_path]).items] == ["a.txt", "other/case.json"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_not_followed_and_those_leading_out_are_named(tmp_path: Path) -> None:
    root = tmp_path / "in"
    put(root, "a.txt")
    put(tmp_path, "secret.txt")
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "same.txt").symlink_to(root / "a.txt")
    (root / "loop").symlink_to(root)
    items = take_in([root]).items
    assert [(i.name, i.refused) for i in items] == [("a.txt", ""), ("out.txt", "link-not-followed")]


def test_a_case_folder(tmp_path: Path) -> None:
    put(tmp_path, "exhibits/phone/a.xml", "out/case.json", "notes.txt")
    (tmp_path / "case.toml").write_text('zone = "Asia/Urumqi"\n')
    case = take_in([tmp_path])
    assert case.folder == tmp_path
    assert case.config.zone == "Asia/Urumqi"
    assert [i.name for i in case.items] == ["phone/a.xml"]
    with pytest.raises(UseError, match="is a case folder"):
        take_in([tmp_path, tmp_path / "notes.txt"])


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    put(tmp_path, "policy.html")
    with pytest.raises(UseError, match=r"did you mean policy\.html"):
        take_in([tmp_path / "polcy.html"])
    with pytest.raises(UseError, match="nothing to look at"):
        take_in([])


@pytest.mark.skipif(not os.sys.platform.startswith("linux"), reason="names there are text")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb4\xdf.txt")).write_text("x")
    assert [i.name for i in take_in([tmp_path]).items] == ["��.txt"]
