"""Packages with known contents: every read, owner, SDK, shell and problem of the table is found, and nothing else."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from dunproof.facts.kinds import Coverage, Permission, PermissionRequest, Problem, Sdk, SensitiveRead, Shell, Signer
from dunproof.facts.locator import Insn, parse
from dunproof.read.formats.dex import Dex
from dunproof.read.formats.zip import Archive

FOLDER = Path(__file__).parent / "fixtures"
ROWS = runpy.run_path(str(FOLDER / "build.py"))["fixtures"]()


def marked(row):
    marks = [pytest.mark.xfail(reason=row["xfail"], strict=True)] if "xfail" in row else []
    return pytest.param(row, id=row["name"], marks=marks)


@pytest.fixture(params=[marked(row) for row in ROWS], scope="module")
def row(request):
    return request.param


@pytest.fixture(scope="module")
def facts(row, read_apk):
    return read_apk(FOLDER / "apk" / f"{row['name']}.apk")


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


def shown(fact, keys):
    """The values of some columns as the table writes them."""
    found = {}
    for key in keys:
        if key == "dex":
            (place,) = parse(fact.loc).places
            assert isinstance(place, Insn)
            found[key] = place.dex
        else:
            value = getattr(fact, key)
            found[key] = "null" if value is None else value
    return found


def matched(facts, want):
    """Every row of the table belongs to one fact and every fact to one row."""
    left = list(facts)
    for row in want:
        hit = next((f for f in left if shown(f, row) == row), None)
        assert hit is not None, (row, [shown(f, row) for f in left])
        left.remove(hit)
    assert left == []


def test_what_is_read(row, facts):
    if "reads" in row:
        matched(of(facts, SensitiveRead), row["reads"])


def test_what_is_asked_while_it_runs(row, facts):
    matched(of(facts, PermissionRequest), row.get("requests", []))


def test_whose_code_is_inside(row, facts):
    matched(of(facts, Sdk), row.get("sdks", []))


def test_shells(row, facts):
    matched(of(facts, Shell), row.get("shells", []))


def test_problems_and_what_they_weaken(row, facts):
    # All are made for a system version that v1 alone does not satisfy.
    signed = ["signature-too-old"] if row.get("sign", "v1") == "v1" else []
    assert [p.code for p in of(facts, Problem)] == signed + row.get("problems", [])
    weak = {c.looked_for for c in of(facts, Coverage)}
    assert weak >= set(row.get("partly", []))
    assert row.get("problems") or not weak


def test_permissions(row, facts):
    asked = {p.name: p.max_sdk for p in of(facts, Permission)}
    if "asks" in row:
        assert asked == row["asks"]
    else:
        names = [p.split(" max ")[0].removeprefix("sdk-23 ") for p in row.get("permissions", [])]
        assert set(asked) == {f"android.permission.{n}" for n in names}


def test_signers(row, facts):
    found = [[s.scheme, "null" if s.verifies is None else s.verifies] for s in of(facts, Signer)]
    assert sorted(found) == sorted(row.get("signers", [[s, True] for s in row.get("sign", "v1").split()]))


def test_size_and_dex_version(row):
    data = (FOLDER / "apk" / f"{row['name']}.apk").read_bytes()
    assert len(data) < 10_000
    if "version" in row:
        assert Dex(Archive(data).read("classes.dex")).version == row["version"]


def test_the_table_covers_the_catalogue():
    names = {row["name"] for row in ROWS}
    assert len({n for n in names if n.startswith("take-")}) >= 25
    families = {n for n in names if n.startswith("sdk-") and f"{n}-renamed" in names}
    assert len(families) >= 12
    assert {p.stem for p in (FOLDER / "apk").glob("*.apk")} == names
