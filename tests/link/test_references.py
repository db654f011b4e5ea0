"""Titles in 《》 and the papers of the case."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import Document, Reference
from dunproof.link.references import resolved

A, B, C = "a" * 16, "b" * 16, "c" * 16


def paper(document, title):
    return Document(
        fact_id=f"{document}.1", exhibit=document, loc="char=0,4", tier="derived", document=document, title=title
    )


def named(target, document=A):
    return Reference(
        fact_id=f"{document}.2", exhibit=document, loc="char=9,13", tier="derived", document=document, target=target
    )


def target_of(target, *papers):
    return resolved([paper(A, "借款合同"), *papers, named(target)])[-1].resolved


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("岚雀贷隐私政策", B),
        ("隐私政策", B),
        ("隐私 政策", B),
        ("《隐私政策》", B),
        ("会员权益规则", ""),
        ("借款合同", ""),
        ("政策", ""),
    ],
)
def test_a_title_means_a_paper_of_the_case_or_none(target, found):
    assert target_of(target, paper(B, "岚雀贷隐私政策")) == found


def test_a_title_that_fits_several_papers_is_not_determined():
    assert target_of("隐私政策", paper(B, "岚雀贷隐私政策"), paper(C, "云杉贷隐私政策")) is None
    assert target_of("岚雀贷隐私政策", paper(B, "岚雀贷隐私政策"), paper(C, "隐私政策")) == B


def test_a_paper_without_title_may_be_any_paper():
    assert target_of("会员权益规则", paper(B, None)) is None


def test_what_is_determined_stays():
    kept = named("隐私政策").__class__(
        fact_id="x.1", exhibit=A, loc="", tier="declared", document=A, target="隐私政策", resolved=C
    )
    assert resolved([paper(B, "隐私政策"), kept])[-1].resolved == C
