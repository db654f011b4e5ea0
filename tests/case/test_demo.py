"""The demonstration case is found, and can be laid out as a folder that may be written to."""

from __future__ import annotations

import tomllib

import pytest

from dunproof.case import demo
from dunproof.case.config import load_case
from dunproof.case.intake import take_in
from dunproof.errors import UseError


def test_folder_holds_a_case_that_loads():
    config = load_case(demo.folder())
    assert config.lender_type == "microloan"
    declared = {e.file for e in config.exhibit}
    assert {item.name for item in take_in([demo.folder()]).items} == declared
    assert tomllib.loads((demo.folder() / demo.TRUTH_FILE).read_text("utf-8"))["expect"]


def test_folder_in_an_installed_package(tmp_path, monkeypatch):
    package = tmp_path / "site" / "dunproof"
    (package / "_demo").mkdir(parents=True)
    (package / "_demo" / "case.toml").write_text("")
    monkeypatch.setattr(demo.dunproof, "__file__", str(package / "__init__.py"))
    assert demo.folder() == package / "_demo"


def test_folder_that_is_not_there_names_the_next_step(tmp_path, monkeypatch):
    monkeypatch.setattr(demo.dunproof, "__file__", str(tmp_path / "a" / "b" / "__init__.py"))
    with pytest.raises(UseError) as caught:
        demo.folder()
    assert "reinstall" in caught.value.hint


def test_laid_out_case_is_the_same_case(tmp_path):
    case = demo.lay_out(tmp_path / "case")
    names = {item.name for item in take_in([case]).items}
    assert names == {item.name for item in take_in([demo.folder()]).items}
    (case / "out").mkdir()
    with pytest.raises(UseError):
        demo.lay_out(case)
