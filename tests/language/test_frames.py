from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.errors import PackError
from dunproof.language import frames
from dunproof.language.fold import fold

EXAMPLES = [
    pytest.param(language, frame.id, text, wanted, id=f"{frame.id}-{'yes' if wanted else 'no'}-{n}")
    for language in ("zh", "en")
    for frame in frames.load(language).frames
    for wanted, texts in ((True, frame.yes), (False, frame.no))
    for n, text in enumerate(texts)
]


@pytest.mark.parametrize(("language", "frame", "text", "wanted"), EXAMPLES)
def test_own_examples(language, frame, text, wanted):
    found = frames.load(language)
    views = {fold(text).text, fold(text, fillers=True).text}
    assert any(f.id == frame for view in views for f, _, _, _ in found.read(view)) == wanted


def test_every_frame_has_both_examples():
    for language in ("zh", "en"):
        for frame in frames.load(language).frames:
            assert frame.yes, frame.id
            assert frame.no, frame.id
            assert all(e.gap <= frames.WIDEST for s in frame.sequences for e in s.elements)


HEAD = "classes: {KIN: 家人 同事}\nframes:\n"
FRAME = "- {id: a, act: x, says: s, yes: [], no: [], match: ['%s']}\n"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "empty"),
        ("a: [", 1, "no YAML"),
        ("classes: {}\n", 1, "top keys"),
        ("classes: {A: B}\nframes: []\n", 1, "no class B"),
        (HEAD + FRAME % "KINN", 3, "no class KINN"),
        (HEAD + FRAME % "KIN <30 KIN", 3, "wider than 24"),
        (HEAD + FRAME % "KIN <3", 3, "a sequence needs"),
        (HEAD + FRAME % "KIN? KIN", 3, "cannot be optional"),
        (HEAD + FRAME % "a||b", 3, "empty word"),
        (HEAD + FRAME % "KIN" + FRAME % "KIN", 4, "stands in line 3"),
        (HEAD + "- {id: a}\n", 3, "no act"),
        (HEAD + "- {id: a, act: x, says: s, yes: [], no: [], match: [KIN], nott: [a]}\n", 3, "unknown key nott"),
        (HEAD + "- {id: a, act: x, says: s, yes: [], no: [], match: [KIN], certainty: maybe}\n", 3, "high or low"),
    ],
)
def test_errors_name_file_and_line(text, line, what):
    with pytest.raises(PackError) as error:
        frames.parse("f.yaml", text)
    assert error.value.line == line
    assert what in str(error.value)


def one(match, **guards):
    extra = "".join(f", {k}: {v}" for k, v in guards.items())
    return frames.parse("f.yaml", HEAD + f"- {{id: a, act: x, says: s, yes: [], no: [], match: ['{match}']{extra}}}\n")


def spans(found, text):
    return [(a, b) for _, a, b, _ in found.read(text)]


@pytest.mark.parametrize(
    ("match", "text", "span"),
    [
        ("告诉 <4 KIN", "告诉你的家人", [(0, 6)]),
        ("告诉 <1 KIN", "告诉你的家人", []),
        ("告诉 <4 KIN", "告诉,家人", []),
        ("告诉 <<4 KIN", "告诉,家人", [(0, 5)]),
        ("告诉 <<4 KIN", "告诉。家人", []),
        ("告诉 <<<4 KIN", "告诉。家人", [(0, 5)]),
        ("告诉 <2 你? KIN", "告诉你家人", [(0, 5)]),
        ("^ 告诉", "我告诉", []),
        ("告诉 $", "我告诉", [(1, 3)]),
        ("告诉 <3 $", "告诉家人们", [(0, 2)]),
        ("告诉", "告诉告诉", [(0, 2), (2, 4)]),
    ],
)
def test_sequences(match, text, span):
    assert spans(one(match), text) == span


@pytest.mark.parametrize(
    ("guards", "text", "found"),
    [
        ({"not_left": "[别]"}, "别告诉", False),
        ({"not_left": "[别]"}, "别。告诉", True),
        ({"not_right": "[他]"}, "告诉他", False),
        ({"not_near": "[他]"}, "他告诉", False),
        ({"not_in": "[他]"}, "他" + "的" * 20 + "告诉", False),
        ({"not_in": "[他]"}, "他。告诉", True),
        ({"not_text": "[他]"}, "他。告诉", False),
        ({"needs": "[他]"}, "告诉", False),
        ({"needs": "[他]"}, "告诉。他", True),
        ({"needs_left": "[他]"}, "告诉他", False),
        ({"needs_left": "[他]"}, "他告诉", True),
    ],
)
def test_guards(guards, text, found):
    assert bool(spans(one("告诉", **guards), text)) == found


@given(st.text(st.sampled_from(list("告诉你家人。,a您的还款 ")), max_size=80))
def test_spans_lie_in_the_text(text):
    folded = fold(text).text
    for _, a, b, _ in frames.load("zh").read(folded):
        assert 0 <= a < b <= len(folded)


def test_dense_text_stays_linear():
    found = frames.load("zh")
    took = []
    for size in (2000, 8000):
        start = time.process_time()
        list(found.read("告诉你家人" * size))
        took.append(time.process_time() - start)
    assert took[1] < 12 * took[0] + 0.5
