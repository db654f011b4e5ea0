"""A fact of every kind."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import KINDS
from dunproof.facts.schema import columns


def of_kind(kind, n=0, *, full=False, **more):
    """Return a fact with every required column; with ``full`` also those that may be undetermined."""
    sample = {str: f"值{n} '\"\n", int: n, bool: n % 2 == 0}
    row = {c.name: sample[c.type] for c in columns(kind).values() if full or not c.nullable}
    return KINDS[kind](**{**row, "fact_id": f"{kind}.{n}", "tier": "exact", **more})


@pytest.fixture
def fact():
    return of_kind
