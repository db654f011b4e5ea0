"""Places as a page shows them: words marked inside their message, lines on one place made one, what all share once."""

from __future__ import annotations

import msgspec

from dunproof.facts.casefile import Evidence, Row
from dunproof.report.catalogue import catalogue
from dunproof.report.evidence import grouped, shared, views

EN = catalogue("en")


def piece(loc: str, quote: str, kind: str = "communication", exhibit: str = "0123456789abcdef") -> Evidence:
    return Evidence(
        fact=loc, kind=kind, part="", exhibit=exhibit, loc=loc, locator=f"{exhibit}#{loc}", tier="exact", quote=quote
    )


def row(*evidence: Evidence, day: str = "2026-01-01", **values: str) -> Row:
    return Row(sure=True, day=day, tier="exact", values=values, evidence=list(evidence))


WHOLE = piece("record=sms:0", "pay now or all will know")
PART = piece("record=sms:0&char=11,24", "all will know", "act")


def test_words_inside_a_message_are_marked_in_it() -> None:
    (view,) = views([WHOLE, PART], {}, EN)
    assert view.pieces == [("pay now or ", False), ("all will know", True)]
    assert view.inner == ("record=sms:0&char=11,24",)


def test_overlapping_words_become_one_mark() -> None:
    (view,) = views([WHOLE, PART, piece("record=sms:0&char=4,15", "now or all ", "act")], {}, EN)
    assert view.pieces == [("pay ", False), ("now or all will know", True)]


def test_words_of_a_record_that_moved_by_masking_are_found_or_stand_alone() -> None:
    moved = msgspec.structs.replace(WHOLE, quote="[U+202E]pay now or all will know")
    (view,) = views([moved, PART], {}, EN)
    assert ("all will know", True) in view.pieces
    twice = msgspec.structs.replace(WHOLE, quote="[U+202E]all will know, all will know")
    assert [len(v.spans) for v in views([twice, PART], {}, EN)] == [0, 0]


def test_words_of_another_record_or_file_are_not_marked() -> None:
    other = piece("record=sms:1&char=11,24", "all will know", "act")
    elsewhere = piece("record=sms:0&char=11,24", "all will know", "act", "fedcba9876543210")
    assert len(views([WHOLE, other, elsewhere], {}, EN)) == 3


def test_a_sentence_marks_the_words_inside_it() -> None:
    sentence = piece("char=100,130", "only the emergency contact", "promise")
    (view,) = views([sentence, piece("char=109,126", "emergency contact", "promise_term")], {}, EN)
    assert view.pieces == [("only the ", False), ("emergency contact", True)]


def test_a_place_stands_once() -> None:
    assert len(views([WHOLE, WHOLE], {}, EN)) == 1


def test_a_call_is_a_sentence_in_the_language_of_the_page() -> None:
    call = piece("record=call:0", "call from 0571****8823 2025-12-23T22:47:19+08:00 31 s answered")
    assert views([call], {}, EN)[0].quote == "call from 0571****8823, 2025-12-23 22:47:19 (+08:00), 31 s, answered"
    assert "来自 0571****8823 的电话" in views([call], {}, catalogue("zh-Hans"))[0].quote


def test_lines_on_one_place_are_one_group_and_others_are_not() -> None:
    other = piece("record=sms:7", "again")
    rows = [
        row(WHOLE, PART, act="a"),
        row(WHOLE, PART, act="b"),
        row(other),
        row(WHOLE, day="2026-01-02"),
        row(),
        row(),
    ]
    assert [len(g) for g in grouped(rows)] == [2, 1, 1, 1, 1]


def test_what_all_lines_share_is_shown_once_and_heads_stay() -> None:
    promise = piece("char=1,9", "only you", "promise")
    paper = piece("", "policy.html", "exhibit")
    groups = [views([piece(f"record=sms:{n}", f"message {n}"), promise, paper], {}, EN) for n in (1, 2)]
    assert [(e.quote, e.frame) for e in shared(groups)] == [("only you", False), ("policy.html", True)]
    assert [e.quote for e in shared(groups[:1])] == ["policy.html"]
    assert shared([views([promise], {}, EN)] * 2) == []
