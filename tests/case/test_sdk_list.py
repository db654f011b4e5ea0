"""A case's own list of SDKs: it reaches the reader, alone and by flag, and a wrong one stops the run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dunproof.case.options import Options
from dunproof.case.pipeline import look, read_facts
from dunproof.errors import UseError
from dunproof.facts.kinds import Sdk

APP = Path(__file__).parent.parent / "read/app/fixtures/apk/owner-sdk.apk"
ROWS = "id\tname\tvendor\tprefixes\tsource\tdate\nlab\tLab\t{vendor}\tcom.example.riskdemo\tour lab\t2026-11-27\n"


def vendors(facts):
    return [(f.sdk, f.vendor, f.row_basis) for f in facts if isinstance(f, Sdk)]


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    shutil.copyfile(APP, folder / "loan.apk")
    (folder / "case.toml").write_text('sdk_catalogue = "sdks.tsv"\n')
    (folder / "sdks.tsv").write_text(ROWS.format(vendor="One"))
    return folder


def test_without_a_list_nobody_is_named():
    assert vendors(read_facts([APP])) == []


def test_a_list_of_the_case_is_used_and_recorded_and_no_exhibit(case):
    seen = look([case])
    assert vendors(seen.facts) == [("lab", "One", "case")]
    assert [e.name for e in seen.casefile.exhibits] == ["loan.apk"]
    assert [s.name for s in seen.casefile.statements] == ["case.toml", "sdks.tsv"]


def test_a_changed_list_reads_the_apps_again(case):
    assert vendors(read_facts([case])) == [("lab", "One", "case")]
    (case / "sdks.tsv").write_text(ROWS.format(vendor="Two"))
    assert vendors(read_facts([case])) == [("lab", "Two", "case")]


def test_the_flag_comes_before_case_toml(case, tmp_path):
    mine = tmp_path / "mine.tsv"
    mine.write_text(ROWS.format(vendor="Mine"))
    assert vendors(read_facts([case], Options(sdk_catalogue=mine))) == [("lab", "Mine", "case")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (None, "sdks.tsv: "),
        ("id\tname\n", "line 1"),
        (ROWS.format(vendor=""), "line 2: empty: vendor"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_list_that_cannot_be_used_stops_the_run(case, rows, said):
    path = case / "sdks.tsv"
    if rows is None:
        path.unlink()
    elif isinstance(rows, bytes):
        path.write_bytes(rows)
    else:
        path.write_text(rows)
    with pytest.raises(UseError, match=said) as caught:
        read_facts([case])
    assert caught.value.hint


def test_a_path_out_of_the_case_is_refused(case):
    (case / "case.toml").write_text('sdk_catalogue = "../sdks.tsv"\n')
    with pytest.raises(UseError, match="no file name"):
        read_facts([case])
