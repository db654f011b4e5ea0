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


def test_a_sparse_table_with_short_offsets_stays_in_the_file():
    """Both flags at once: the rows of a sparse table have four bytes, and the table of rows ends with the file."""
    table = bytearray(TARGETS["TABLE"])
    at = table.index(b"\x01\x02\x54\x00")
    table[at + 9] = 3
    cut = at + 84 + 8
    table[at + 12 : at + 16] = (400).to_bytes(4, "little")
    table[at + 16 : at + 20] = (0xFFFF).to_bytes(4, "little")
    for data in (bytes(table), bytes(table[:cut])):
        TARGETS["run"]("arsc", data)
