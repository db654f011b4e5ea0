"""Words that are reserved in DuckDB, SQLite or PostgreSQL: no column, alias or output of a rule may be called so."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def reserved_words() -> frozenset[str]:
    """Return every reserved word, in lower case (data/reserved.tsv says which engine reserves it)."""
    text = (resources.files("dunproof.facts") / "data" / "reserved.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(word for word, _ in rows[1:])
