"""YAML with lines: the traps of YAML 1.1, what is refused and where, and arbitrary text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import PackError
from dunproof.judge.yamltree import load, nearest


def value(text):
    return load(text, "r.yaml")[0]


def refused(text):
    with pytest.raises(PackError) as caught:
        load(text, "r.yaml")
    assert caught.value.hint
    assert caught.value.file == "r.yaml"
    return caught.value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: 2026-03-01", "2026-03-01"),
        ('a: "22:00"', "22:00"),
        ("a: 'no'", "no"),
        ("a: 12", 12),
        ("a: -3", -3),
        ("a: 0", 0),
        ("a: true", True),
        ("a: FALSE", False),
        ("a: ~", None),
        ("a: null", None),
        ("a:", None),
        ("a: ''", ""),
        ("a: 22:00 sharp", "22:00 sharp"),
        ("a: 1.2.3", "1.2.3"),
        ("a: north", "north"),
        ("a: |\n  12\n", "12\n"),
        ('a: "12"', "12"),
    ],
)
def test_scalars(text, wanted):
    found = value(text)["a"]
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    "word",
    ["22:00", "1:30:15", "no", "Yes", "on", "OFF", "y", "N", "010", "1_000", "0x1f", "0o17", "1.5", ".5", "1e3", "+5", "9" * 30],
)  # fmt: skip
def test_words_that_mean_something_else_elsewhere_are_refused(word):
    error = refused(f"x: 1\na:\n  - b\n  - {word}\n")
    assert (error.line, error.column) == (4, 5)
    assert f'"{word}"' in error.hint


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands twice (first on line 1)"),
        ("a:\n  b: {c: 1, c: 2}\n", 2, "'c' stands twice"),
        ("a: &x 1\n", 1, "anchors"),
        ("b: 1\n&x a: 1\n", 2, "anchors"),
        ("a: [1]\nb: *a\n", 2, "anchors"),
        ("a: &x [1]\nb: *x\n", 1, "anchors"),
        ("b: 1\na: !!python/object:os.system {}\n", 2, "tags"),
        ("!!str a: 1\n", 1, "tags"),
        ("a: ! x\n", 1, "tags"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("a: 1\n? [b]\n: 2\n", 2, "a key must be plain text"),
        ("a: 1\n b: 2\n", 2, "mapping values"),
        ("a: [1, 2\nb: 3\n", 2, "expected"),
        ("a: 1\nb: '\n", 2, "end of stream"),
        ("a: 1\n\tb: 2\n", 2, "tab character"),
        ("a: 1\nb: \x00\n", 2, "character"),
        ("a: 1\nb: \ud800\n", 2, "character"),
    ],
)
def test_what_is_refused_and_on_which_line(text, line, message):
    error = refused(text)
    assert message in error.message
    assert error.line == line


def test_depth_is_bounded_without_recursion():
    assert "too deep" in refused("[" * 40 + "]" * 40).message
    assert "too deep" in refused("[" * 100_000).message
    assert "too deep" in refused("- " * 100_000).message
    assert refused("\n".join(" " * n + "a:" for n in range(200)))


def test_marks_say_where_a_value_and_a_block_stand():
    _, marks = load("a: 1\nb:\n  - x\n  - c: |\n      t\n", "r")
    assert (marks["a",].line, marks["a",].column) == (1, 4)
    assert marks["b", 1, "c"].line == 4
    assert marks["b", 1, "c"].block
    assert not marks["b", 0].block
    assert nearest(marks, ("b", 1, "c", "d")).line == 4
    assert nearest(marks, ("zz",)).line == 1
    assert nearest({}, ("zz",)).line == 1


def test_an_empty_file_is_null():
    assert value("") is None
    assert value("# nothing\n") is None


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="abc:-[]{}&*!|>'\"#%@?,~ \n\t01.é中", max_size=60)))
def test_any_text_is_a_tree_or_a_pack_error(text):
    try:
        tree, marks = load(text, "r.yaml")
    except PackError as error:
        assert error.line >= 1
        assert error.hint
    else:
        assert tree is None or () in marks
