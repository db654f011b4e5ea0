"""A case of PDF files: an agreement with words, a scan without, one that is locked; every place of it read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts import store
from dunproof.facts.locator import Page, parse
from dunproof.read.quote import Quoter
from dunproof.read.source import Source

FIRST = [
    "朗月贷用户隐私政策",
    "一、我们收集的信息",
    "为了向您提供网络借贷服务，我们将收集您的姓名、身份证号、手机号码、",
    "银行卡号、通讯录和通话记录等信息。",
    "二、共享",
    "我们会将您的个人信息共享给第三方合作机构，用于风险控制。如果您逾期，我们只",
]
SECOND = ["会联系您的紧急联系人。", "三、免责", "因第三方原因造成的任何损失，本平台不承担任何责任。"]


@pytest.fixture
def papers(tmp_path, pdf):
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "policy.pdf").write_bytes(pdf(FIRST, SECOND))
    (folder / "scan.pdf").write_bytes(pdf([], []))
    (folder / "half.pdf").write_bytes(pdf(FIRST, []))
    (folder / "cut.pdf").write_bytes(pdf(FIRST)[:100])
    outcome = investigate([folder], Options(out=tmp_path / "out", cache=False, lender="朗月", lender_type="microloan"))
    return folder, outcome.casefile, list(store.read(tmp_path / "out" / "facts.jsonl"))


def test_every_place_is_read_again(papers):
    folder, casefile, facts = papers
    whole = next(e for e in casefile.exhibits if e.name == "policy.pdf")
    path = folder / "policy.pdf"
    source = Source(
        exhibit=whole.exhibit, name="policy.pdf", format="pdf", encoding="", path=path, size_bytes=path.stat().st_size
    )
    words: dict[str, list[str]] = {}
    with Quoter(source) as quoter:
        for fact in facts:
            if fact.exhibit == whole.exhibit and fact.loc:
                assert isinstance(parse(fact.loc).places[0], Page)
                of_fact = getattr(fact, "of_fact", fact.fact_id)
                words.setdefault(of_fact, []).append(quoter.quote(fact.loc).text)
    read = {tuple(w) for w in words.values()}
    assert ("通讯录",) in read
    assert any("".join(w).replace("\n", "").endswith("不承担任何责任。") for w in read)
    promise = next(w for w in read if any("紧急联系人" in one for one in w) and any("如果您逾期" in one for one in w))
    assert len(promise) >= 2, "a sentence that goes on over the page has a place on each"
    for verdict in casefile.verdicts:
        for row in verdict.rows:
            assert all(e.quote for e in row.evidence if e.exhibit == whole.exhibit and "page=" in e.loc)


def test_what_was_not_read_is_named_and_weakens(papers):
    _, casefile, facts = papers
    named = {e.name: e.exhibit for e in casefile.exhibits}
    codes = {(f.exhibit, f.code) for f in facts if type(f).__name__ == "Problem"}
    assert (named["scan.pdf"], "no-text-layer") in codes
    assert (named["cut.pdf"], "pdf-broken") in codes
    assert (named["half.pdf"], "pages-without-text") in codes
    status = {
        (c.exhibit, c.looked_for): c.status for c in facts if type(c).__name__ == "Coverage" and c.subject == c.exhibit
    }
    assert status[named["policy.pdf"], "term"] == "read"
    assert status[named["half.pdf"], "term"] == "partly"
    assert status[named["scan.pdf"], "term"] == "unread"
    kept = {v.subject for v in casefile.verdicts if v.verdict == "kept"}
    assert not kept & {named["scan.pdf"], named["cut.pdf"]}


def test_a_bill_in_pdf_of_a_holder_is_a_gap_of_that_person(tmp_path: Path, pdf):
    (tmp_path / "bill.pdf").write_bytes(pdf(["某通信公司语音详单", "2026-03-02 23:10 13800000013"]))
    (tmp_path / "case.toml").write_text('[[exhibit]]\nfile = "bill.pdf"\nholder = "甲"\nrole = "stranger"\n', "utf-8")
    outcome = investigate([tmp_path], Options(out=tmp_path / "out", cache=False))
    about = [v for v in outcome.casefile.verdicts if v.rule == "cn-phone-insult"]
    assert about
    assert {v.verdict for v in about} == {"unseen"}
