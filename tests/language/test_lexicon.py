from __future__ import annotations

import pytest

from dunproof.errors import PackError
from dunproof.language import lexicon

GOOD = "# head\nform\tclass\tid\n催收\tCOLLECT\tdunning\n家人\tKIN\t\n"


def test_rows_keep_order_and_class():
    words = lexicon.parse("w.tsv", GOOD, source="ours", date="2026-11-01")
    assert words.forms == ("催收", "家人")
    assert words.of("KIN") == ("家人",)
    assert words.entries[0].id == "dunning"
    assert words.entries[1].source == "ours"
    with pytest.raises(KeyError, match="COLLECT, KIN"):
        words.of("X")


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "w.tsv:1", "no column names"),
        ("form\tclass\na\n", "w.tsv:2", "1 cells where 2"),
        ("form\tclass\na\tX\n\na\tX\n", "w.tsv:4", "already in line 2"),
        ("form\tclass\n\tX\n", "w.tsv:2", "no form"),
        ("form\tform\n", "w.tsv:1", "different names"),
    ],
)
def test_errors_name_file_and_line(text, where, what):
    with pytest.raises(PackError) as error:
        lexicon.parse("w.tsv", text)
    assert str(error.value).startswith(where)
    assert what in str(error.value)
    assert error.value.hint
