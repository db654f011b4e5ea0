"""The reader of agreements as a whole: facts, places, encodings, hostile files."""

from __future__ import annotations

import random
import time
from collections import Counter

import msgspec
import opencc
import pytest

from dunproof.facts.kinds import KINDS
from dunproof.language.fold import fold
from dunproof.read.formats.html import read_page
from dunproof.read.formats.text import decode
from dunproof.read.policy import reader
from dunproof.read.policy.items import taxonomy

POLICY = """<html><head><title>云舟借隐私政策</title></head><body>
<p>更新日期：2024年3月5日</p>
<p>运营者：临江云舟信息科技有限公司（以下简称“我们”）。请同时阅读《云舟借用户注册协议》和《中华人民共和国个人信息保护法》。</p>
<p>一、我们收集的信息</p>
<p>1. 您申请借款时，<b>必须</b>提供您的姓名、身份证号码、<span>手机号</span>码及银行卡号。</p>
<p>2. 为评估您的信用状况，我们会读取您的通讯录、通话记录等信息。</p>
<p>3. 我们不会收集您的健康信息。</p>
<p>4. 请您填写两名紧急联系人的姓名、电话、工作单位。</p>
<p>二、共享</p>
<p>为实现催收之目的，我们会将您的个人信息、通讯录提供给东陵安信信用管理有限公司、南汐律师事务所等合作机构。</p>
<p>我们可以从北岭征信有限公司查询您的信用报告。</p>
<p>三、联系</p>
<p>仅在您逾期超过五天或者我们无法与您取得联系时，我们才会致电您填写的紧急联系人，每日不超过两次，不在21:00至次日9:00联系，不透露您的欠款金额。</p>
<p>逾期后，我们有权向您的亲属、同事告知您的欠款情况。</p>
<p>您逾期的，我们有权在网站公布您的姓名及照片。</p>
<p>因系统故障导致信息泄露的，我们不承担任何责任。</p>
</body></html>"""


def rows(facts, kind):
    return [f for f in facts if isinstance(f, KINDS[kind])]


def items(facts, activity=None):
    return {f.item for f in rows(facts, "collected_item") if activity is None or f.activity == activity}


def terms(facts):
    return {f.term_type: f for f in rows(facts, "term")}


def test_document(facts_of):
    document = facts_of(POLICY)[0]
    assert document.title == "云舟借隐私政策"
    assert document.document_type == "privacy_policy"
    assert document.effective_day == "2024-03-05"
    assert document.length_chars > 300
    assert document.reading_minutes == -(-document.length_chars // 300)


def test_reference_leaves_laws_out(facts_of):
    assert [f.target for f in rows(facts_of(POLICY), "reference")] == ["云舟借用户注册协议"]


def test_items_with_activity_subject_and_requirement(facts_of):
    facts = facts_of(POLICY)
    assert {"name", "id_no", "phone", "bank_card", "contacts_book", "call_log"} <= items(facts, "collect")
    assert items(facts, "not_collect") == {"health"}
    book = next(f for f in rows(facts, "collected_item") if f.item == "contacts_book" and f.activity == "collect")
    assert (book.subject, book.purpose, book.open_ended) == ("contact", "credit_assessment", True)
    phones = [f for f in rows(facts, "collected_item") if f.item == "phone"]
    assert [(f.subject, f.required) for f in phones] == [("borrower", True), ("contact", None)]
    assert "contacts_book" in items(facts, "share")


def test_recipients_in_prose(facts_of):
    facts = facts_of(POLICY)
    found = {(f.name, f.role): f for f in rows(facts, "recipient")}
    assert ("临江云舟信息科技有限公司", "controller") in found
    assert ("北岭征信有限公司", "source") in found
    collector = found["东陵安信信用管理有限公司", "recipient"]
    assert collector.purpose == "为实现催收之目的"
    assert collector.entity
    assert found["南汐律师事务所", "recipient"].category == "law_firm"
    assert any(not f.name and f.category == "partner" for f in rows(facts, "recipient"))
    got = {f.item for f in rows(facts, "recipient_item") if f.recipient == collector.recipient}
    assert "contacts_book" in got


def test_terms(facts_of):
    found = terms(facts_of(POLICY))
    assert found["publish_debtor"].polarity == "asserts"
    assert found["publish_debtor"].modality == "may"
    assert {"waiver_security", "disclose_to_contacts", "contact_scope_promise", "contact_frequency_promise"} <= set(
        found
    )


def test_promise_with_its_conditions_and_what_takes_it_back(facts_of):
    facts = facts_of(POLICY)
    (promise,) = rows(facts, "promise")
    assert promise.predicate == "contact"
    assert promise.modality == "only"
    said = {(f.slot, f.value) for f in rows(facts, "promise_term") if f.promise == promise.promise}
    assert said == {
        ("who", "emergency_contact"), ("when", "overdue_days>=5"), ("when", "unreachable"), ("when_op", "or"),
        ("how", "call"), ("times", "2/day"), ("hours", "09:00-21:00"), ("content", "no_amount"),
    }  # fmt: skip
    page = read_page(POLICY)
    against = [f for f in rows(facts, "support") if f.part == "contradicts" and f.of_fact == promise.promise]
    assert ["亲属" in page.words(*map(int, f.loc[5:].split(","))) for f in against] == [True]


def check_places(facts, text, format_):
    """Every locator lies in the text, and the visible words there contain what the fact says stands there."""
    page = read_page(text, "html" if format_ == "html" else "text")
    for fact in facts:
        if not fact.loc:
            continue
        start, stop = map(int, fact.loc.removeprefix("char=").split(","))
        assert 0 <= start < stop <= len(text), fact
        shown = "".join(fold(page.words(start, stop)).text.split())
        for field in ("surface", "name", "title", "target"):
            said = getattr(fact, field, None)
            if said:
                assert "".join(fold(said).text.split()) in shown, fact


def test_every_fact_quotes_its_words(facts_of):
    check_places(facts_of(POLICY), POLICY, "html")


def signature(facts):
    """Return the facts without places, spelling folded."""
    out = Counter()
    for fact in facts:
        row = msgspec.to_builtins(fact)
        for key in ("loc", "fact_id", "of_fact", "promise", "encoding"):
            row.pop(key, None)
        out[tuple((k, fold("".join(v.split())).text if isinstance(v, str) else v) for k, v in sorted(row.items()))] += 1
    return out


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_another_encoding_gives_the_same_facts(facts_of, encoding):
    assert signature(facts_of(POLICY.encode(encoding))) == signature(facts_of(POLICY))


def test_traditional_copies_give_the_same_facts(facts_of):
    traditional = opencc.OpenCC("s2t").convert(POLICY)
    assert signature(facts_of(traditional)) == signature(facts_of(POLICY))
    big5 = traditional.encode("big5hkscs", "ignore")
    assert signature(facts_of(big5)) == signature(facts_of(big5.decode("big5hkscs")))


@pytest.mark.parametrize(
    ("with_not", "kind", "polarity"),
    [
        ("逾期后，我们不会公布您的姓名及照片。", "publish_debtor", "denies"),
        ("您逾期的，我们不会将您列入黑名单。", "blacklist", "denies"),
        ("我们不会将您的信息提供给任何第三方。", "share_any_third", "denies"),
        ("因黑客攻击造成损失的，我们不承担任何责任。", "waiver_security", "asserts"),
        ("我们不会向境外提供您的信息。", "overseas_transfer", "denies"),
    ],
)
def test_deleting_the_negation_flips_the_polarity(facts_of, with_not, kind, polarity):
    frame = "<title>用户协议</title><p>本协议由您与我们签订，您同意本协议。</p><p>{}</p>"
    without = with_not.replace("不会", "会").replace("不承担", "承担")
    assert terms(facts_of(frame.format(with_not)))[kind].polarity == polarity
    assert terms(facts_of(frame.format(without)))[kind].polarity != polarity


def test_swapping_the_parties_changes_who_is_bound(facts_of):
    frame = (
        "<title>借款协议</title><p>甲方（{}）：甲</p><p>乙方（{}）：乙</p><p>本协议由甲方和乙方签订，第三方同意授权。</p>"
        "<p>乙方逾期的，乙方不得在网站公布甲方的姓名及照片。</p>"
    )
    assert "publish_debtor" in terms(facts_of(frame.format("借款人", "出借人")))
    assert "publish_debtor" not in terms(facts_of(frame.format("出借人", "借款人")))


@pytest.mark.parametrize("seed", range(12))
def test_injected_noise_never_gives_a_wrong_quote(facts_of, seed):
    rng = random.Random(seed)
    text = POLICY
    for _ in range(60):
        at = rng.randrange(text.index("<body>") + 6, len(text))
        if text.rfind("<", 0, at) > text.rfind(">", 0, at):
            continue
        text = (
            text[:at]
            + rng.choice(["\u200b", " ", "\u3000", "\u00ad", "〔線上娛樂城〕", "&nbsp;", "<b></b>", "\ufeff", "\n"])
            + text[at:]
        )
    facts = facts_of(text)
    check_places(facts, text, "html")
    assert rows(facts, "collected_item")


def gap(facts):
    """Return (problem codes, kinds not fully read, the statuses)."""
    coverage = rows(facts, "coverage")
    assert all(c.reason == p.code for c in coverage for p in rows(facts, "problem"))
    return [p.code for p in rows(facts, "problem")], {c.looked_for for c in coverage}, {c.status for c in coverage}


def test_text_that_is_no_agreement_gives_a_document_without_type_and_a_gap(facts_of):
    facts = facts_of("今天天气很好，我们去公园散步。\n明天再去。\n", "text")
    assert {type(f).__name__ for f in facts} == {"Document", "Problem", "Coverage"}
    assert facts[0].document_type is None
    assert gap(facts) == (["no-agreement"], set(reader.LOOKS_FOR) - {"document"}, {"unread"})
    assert facts_of(b"", "text")[0].document_type is None


SHELL = """<!doctype html><html><head><title>隐私政策</title></head><body><noscript>{}</noscript><div id=app></div></body></html>"""


@pytest.mark.parametrize(
    ("words", "status"),
    [("", "unread"), ("We're sorry but this app doesn't work properly without JavaScript enabled.", "partly")],
)
def test_a_page_whose_words_a_script_would_fetch_was_not_read(facts_of, words, status):
    assert gap(facts_of(SHELL.format(words))) == (["little-text"], set(reader.LOOKS_FOR), {status})


def test_a_page_that_breaks_off_was_read_in_part(facts_of):
    assert gap(facts_of(POLICY)) == ([], set(), set())
    assert gap(facts_of(POLICY.replace("</body></html>", "</BODY >"))) == ([], set(), set())
    for cut in (len(POLICY) - 14, len(POLICY) * 2 // 3):
        facts = facts_of(POLICY[:cut])
        assert gap(facts) == (["markup-cut"], set(reader.LOOKS_FOR), {"partly"})
        assert rows(facts, "collected_item")
    fragment = POLICY.replace("<html>", "").replace("<body>", "").replace("</body></html>", "")
    assert gap(facts_of(fragment)) == ([], set(), set())


def test_blank_filled_by_a_template_is_no_name(facts_of):
    facts = facts_of(
        "<title>借款协议</title><p>甲方（出借人）：<?php echo $company ?>有限公司</p><p>本协议您同意，我们收集您的通讯录。</p>"
    )
    assert rows(facts, "recipient") == []


def test_list_items_rest_on_their_stem(facts_of):
    facts = facts_of(
        "<title>隐私政策</title><p>为核实身份，我们会收集您的以下信息：</p><p>（1）通讯录；</p><p>（2）身份证号码；</p><p>二、其他</p><p>您可以联系我们。</p>"
    )
    found = rows(facts, "collected_item")
    assert {(f.item, f.activity) for f in found} == {("contacts_book", "collect"), ("id_no", "collect")}
    stems = [f for f in rows(facts, "support") if f.part == "stem"]
    assert {s.of_fact for s in stems} >= {f.fact_id for f in found}


def test_exceptions_of_a_promise_are_not_the_promise(facts_of):
    facts = facts_of(
        "<title>隐私政策</title><p>您同意，我们用户第三方授权。</p><p>我们不会向任何第三方披露您的个人信息，但下列情形除外：</p>"
        "<p>（1）事先获得您的同意；</p><p>（2）我们有权将您的个人信息提供给催收机构。</p>"
    )
    kinds = [f.term_type for f in rows(facts, "term")]
    assert kinds.count("confidentiality_promise") == 1
    assert terms(facts)["share_collector"].polarity == "asserts"


@pytest.mark.parametrize(
    "sentence",
    [
        "您应妥善保管您的账号和密码。",
        "用户不得发布他人的电话号码、身份证号。",
        "个人信息是指以电子方式记录的姓名、出生日期、身份证号码、住址等各种信息。",
        "我们将以短信、电话或电子邮件等方式通知您。",
        "请您将页面拉到显著位置仔细阅读。",
        "我们会通过公布的联系方式与您联系。",
    ],
)
def test_words_that_collect_nothing(facts_of, sentence):
    frame = f"<title>用户协议</title><p>本协议由您与我们签订，您同意本协议。</p><p>{sentence}</p>"
    assert rows(facts_of(frame), "collected_item") == []


def test_item_ids_of_facts_are_those_of_the_taxonomy(facts_of):
    assert items(facts_of(POLICY)) <= set(taxonomy())


def test_facts_are_capped_and_coverage_says_so(facts_of, monkeypatch):
    monkeypatch.setattr(reader, "FACT_CAP", 50)
    facts = facts_of("<title>用户协议</title>" + "<p>我们会收集您的通讯录、姓名、电话。</p>" * 200)
    assert len(rows(facts, "collected_item")) <= 60
    assert rows(facts, "problem")[0].code == "too-many-facts"
    assert {f.status for f in rows(facts, "coverage")} == {"partly"}


@pytest.mark.parametrize(
    "body",
    [
        "<p>我们收集您的通讯录" * 5_000, "我们收集您的通讯录" * 60_000, "通讯录、" * 150_000, "(" * 300_000, "有限公司" * 80_000,
        "向北京甲有限公司、" * 20_000, "<p>1、以下信息：" * 10_000, "<table><tr><td>" * 10_000,
        "<table><tr><td>第三方名称<td>目的" + "<tr><td rowspan=1000000>甲有限公司<td>目的" * 5_000,
        "<p>第三方名称：甲<p>使用目的：乙" * 5_000, "每日" + "一二三四五六七八九十" * 30_000 + "联系人",
    ],
    ids=lambda s: s[:10],
)  # fmt: skip
def test_hostile_agreements_end(facts_of, body):
    before = time.process_time()
    facts = facts_of("<title>用户协议</title><p>本协议由您与我们签订，您同意，我们授权第三方，我们。" + body)
    assert facts[0].document_type == "registration"
    assert time.process_time() - before < 12


def test_bytes_that_fit_no_encoding_are_a_problem(facts_of):
    facts = facts_of("<title>用户协议</title>您同意我们收集您的通讯录".encode() * 3 + b"\xff\xfe\xfa")
    assert any(f.code == "bytes-not-text" for f in rows(facts, "problem"))


@pytest.mark.corpus
def test_corpus_documents(corpora, facts_of):
    folder = corpora / "policy" / "docs"
    files = sorted(folder.iterdir())
    assert len(files) >= 30
    for path in files:
        raw = path.read_bytes()
        format_ = "text" if path.suffix == ".txt" or path.name.startswith(("f2", "f3")) else "html"
        facts = facts_of(raw, format_)
        assert facts[0].document_type is not None, path.name
        check_places(facts, decode(raw).text, format_)
        assert rows(facts, "recipient") or rows(facts, "term"), path.name
