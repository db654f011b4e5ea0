"""The fuzz targets take their own seeds, and a few hundred changed ones, without a finding."""

from __future__ import annotations

import random
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
TARGETS = runpy.run_path(str(FOLDER / "targets.py"))
MUTATED = runpy.run_path(str(FOLDER / "run.py"))["mutated"]


@pytest.mark.parametrize("target", list(TARGETS["TARGETS"]))
def test_changed_seeds(target):
    chance = random.Random(7)
    seeds = list(TARGETS["seeds"](target))
    assert seeds
    for data in [*seeds[:20], *(MUTATED(chance.choice(seeds), chance) for _ in range(300))]:
        TARGETS["run"](target, data)
