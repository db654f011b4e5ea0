from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.language.fold import fold
from dunproof.language.speech import acts, definition, is_anchor, read, slots

RELEVANT = frozenset(
    [
        "deadline_pressure",
        "threat_visit",
        "threat_person",
        "insult",
        "false_legal_consequence",
        "impersonation_police_court",
        "private_account_demand",
        "sexual_or_edited_image",
        "threat_family_work",
        "threat_exposure",
        "addressbook_threat",
        "harass_children_school_employer",
        "third_party_disclosure",
        "third_party_asked_to_pay_or_pass_on",
    ]
)


def named(text, speaker="collector"):
    return {h.act for h in acts(text, speaker)}


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        # a lawful step is no falsehood
        ("再不还款我司将依法起诉", {"legal_step_announced"}, {"false_legal_consequence"}),
        ("再不还款就让你坐牢", {"false_legal_consequence"}, {"legal_step_announced"}),
        ("法院判决后仍不履行的，将列入失信被执行人名单", set(), {"false_legal_consequence"}),
        # who speaks: the creditor about the police, or the police
        ("我方将向公安机关报案", {"false_legal_consequence"}, {"impersonation_police_court"}),
        ("我是派出所民警，你涉嫌诈骗", {"impersonation_police_court", "false_legal_consequence"}, set()),
        # debtor or another
        ("您的贷款已逾期10天，请尽快还款", {"payment_reminder"}, {"third_party_disclosure"}),
        ("您儿子贷款不还，请转告他尽快还款", {"third_party_disclosure", "third_party_asked_to_pay_or_pass_on"}, set()),
    ],
)
def test_three_distinctions(text, wanted, unwanted):
    found = named(text)
    assert wanted <= found
    assert not unwanted & found


UNLAWFUL = frozenset(RELEVANT) - {"deadline_pressure", "legal_step_announced"}


@pytest.mark.parametrize(
    "text",
    [
        "我们不会骚扰您的联系人", "我司承诺不会联系您的通讯录好友", "本公司绝不爆通讯录", "我們從不打電話給您的單位",
        "我们不会向您的家人透露您的借款信息", "请放心，我们不会把您的欠款告诉您的家人和同事", "我们不会上门催收",
        "催收人员不得联系借款人的家人、同事", "您的家人不会收到我们打来的催收电话",
        "We will never call your family or your employer", "We do not share your contacts with anybody",
    ],
)  # fmt: skip
def test_who_says_that_an_act_will_not_be_done_does_not_do_it(text):
    assert not named(text) & UNLAWFUL


@pytest.mark.parametrize(
    "text",
    [
        # not a denial of the act: of its end, of its bounds, of a promise
        "再不还就不会放过你家人", "我们不会停止联系你的家人", "我们不会只联系你，你的家人同事都会收到电话",
        "不还钱我不能保证不会联系你家人", "会不会联系你家人，看你自己", "别以为我们不会去你家", "我们不得不联系你的家人",
        "我们将不再找你而是直接联系你的家人", "你不会希望我们联系你的家人吧", "你从来不还款，我们现在就联系你家人",
        # not of the same clause
        "我们不会再提醒你，马上联系你家人", "我们不会等了。今天就打电话给你单位",
        "We will not stop until we call your family", "We will not wait, we will call your family today",
    ],
)  # fmt: skip
def test_a_threat_with_a_word_of_denial_is_a_threat(text):
    assert {h.certainty for h in acts(text, "collector") if h.act in UNLAWFUL} == {"high"}


@pytest.mark.parametrize("text", ["我不会去你单位闹的，只要你还钱", "只要你今天还款，我们就不会联系你的家人"])
def test_a_denial_on_a_condition_is_in_doubt(text):
    assert {h.certainty for h in acts(text, "collector") if h.act in UNLAWFUL} == {"low"}


def test_speaker_decides():
    assert named("骗子，我没借过", "collector") == {"insult"}
    assert named("骗子，我没借过", "recipient") == {"r_dispute"}


def test_address_book_implies_exposure():
    found = {h.act: h for h in acts("再拖就群发给通讯录里的人")}
    assert found["addressbook_threat"].start == found["threat_exposure"].start


def test_english():
    text = "Your loan is overdue. Pay within 2 hours or we will call all your family and send your nude photos to your contact list"
    assert {
        "payment_reminder",
        "deadline_pressure",
        "threat_family_work",
        "sexual_or_edited_image",
        "addressbook_threat",
    } <= named(text)
    assert named("Please stop calling me, wrong number", "recipient") == {"r_stop_request", "r_not_me"}


@pytest.mark.parametrize(
    "disguise",
    [
        lambda t: re.sub("([一-鿿])(?=[一-鿿])", r"\1 ", t),
        "\u200b".join,
        lambda t: t.replace("通讯录", "通*讯-录").replace("家人", "家_人"),
        lambda t: t.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)}),
        lambda t: t.translate(str.maketrans("您欠还钱们会联系让单爆讯录时处", "您欠還錢們會聯系讓單爆訊錄時處")),
    ],
)
def test_disguises_change_nothing(disguise):
    text = "您欠的钱24小时内不还，我们会联系您的家人和单位，爆你通讯录！"
    hidden = disguise(text)
    assert named(hidden) == named(text) >= {"deadline_pressure", "threat_family_work", "addressbook_threat"}
    for hit in acts(hidden):
        inside = fold(hidden[hit.start : hit.stop], fillers=True).text
        assert inside in fold(text, fillers=True).text


def test_spans_survive_emoji_and_line_ends():
    text = "😀👨‍👩‍👧\r\n再不还钱就告诉你家人\r\n"
    hit = next(h for h in acts(text) if h.act == "threat_family_work")
    assert text[hit.start : hit.stop] == "就告诉你家人"


@given(
    st.text(max_size=120),
    st.text(st.sampled_from(list("还款您的家人告诉24小时内【】*张元5,000.逾期天。 \u200b")), max_size=60),
)
def test_never_fails_and_stays_inside(a, b):
    text = a + b
    found = read(text)
    for hit in (*found.acts, *slots(text)):
        assert 0 <= hit.start < hit.stop <= len(text)
    assert list(found.acts) == acts(text)
    assert bool(found.anchors) == is_anchor(text)


def test_definition():
    assert "contacts" in definition("expose.book")
    assert definition("nothing") == ""


SLOTS = [
    ("【云杉消金】您好", "signature", ["云杉消金"]),
    ("您好，请还款【云杉】", "signature", ["云杉"]),
    ("请登录【银行卡支付】还款", "signature", []),
    ("【逾期天数】天", "signature", []),
    ("[云杉小贷] 您好", "signature", ["云杉小贷"]),
    ("您在云杉消费金融的借款", "lender_named", ["云杉消费金融"]),
    ("我是云杉银行催收专员", "lender_named", ["云杉银行"]),
    ("您的银行卡尾号1234", "lender_named", []),
    ("请办理贷款", "lender_named", []),
    ("您在本公司的贷款", "lender_named", []),
    ("借款人张三丰逾期", "debtor_named", ["张三丰"]),
    ("张*，您好", "debtor_named", ["张*"]),
    ("您的朋友李小明欠款", "debtor_named", ["李小明"]),
    ("王先生，您好", "debtor_named", ["王先生"]),
    ("尊敬的先生/女士", "debtor_named", []),
    ("欠5000元", "amount", ["500000"]),
    ("应还5,000.50元", "amount", ["500050"]),
    ("¥88", "amount", ["8800"]),
    ("还2万", "amount", ["2000000"]),
    ("欠我2w", "amount", ["2000000"]),
    ("欠款两万五", "amount", ["2500000"]),
    ("未还金额10,529。", "amount", ["1052900"]),
    ("五千元", "amount", ["500000"]),
    ("3-6期，24小时，尾号1234，106900001234", "amount", []),
    ("致电13800000000", "amount", []),
    ("逾期67天", "overdue_days", ["P67D"]),
    ("已逾期三个月", "overdue_days", ["P3M"]),
    ("现为M3阶段", "overdue_days", ["M3"]),
    ("逾期1天起计息", "overdue_days", []),
    ("还有2天到期", "overdue_days", []),
    ("24小时内还款", "deadline", ["PT24H"]),
    ("三个工作日内", "deadline", ["workdays:3"]),
    ("今天18:00前", "deadline", ["todayT18:00"]),
    ("今晚十点前", "deadline", ["todayT22:00"]),
    ("2026年3月1日前", "deadline", ["2026-03-01"]),
    ("3月1日前", "deadline", ["--03-01"]),
    ("13月45日前", "deadline", []),
    ("详询400-000-0000", "callback", ["4000000000"]),
    ("电0571-00008823", "callback", ["057100008823"]),
    ("点https://pay.example.com/a?b=1还款", "link", ["pay.example.com"]),
    ("点t.cn/abc", "link", ["t.cn"]),
    ("案号（2026）沪0113民初1234号", "case_number", ["(2026)沪0113民初1234号"]),
    ("云杉律师事务所受托", "agency", ["云杉律师事务所"]),
    ("转支付宝：abc123@example.com", "pay_account", ["支付宝:abc123@example.com"]),
    ("您尾号0017的卡", "tail", ["0017"]),
    ("退订回T", "unsubscribe", ["T"]),
    ("拒收请回复R", "unsubscribe", ["R"]),
]


@pytest.mark.parametrize(("text", "slot", "values"), SLOTS)
def test_slots(text, slot, values):
    assert [s.value for s in slots(text) if s.slot == slot] == values


# --- measured on quoted messages: frames were corrected after reading their misses here, so these are upper bounds ------


def rows(corpora, name):
    return [json.loads(line) for line in (corpora / "messages" / name).read_text("utf-8").splitlines()]


@pytest.mark.corpus
def test_quoted_messages(corpora):
    hit, false, miss = Counter(), Counter(), Counter()
    flagged = {True: [0, 0], False: [0, 0]}
    for row in rows(corpora, "quoted.jsonl"):
        got = named(row["text"], "recipient" if row["speaker"] == "recipient" else "collector")
        want = set(row["labels"]) - {"none"}
        for act in got | want:
            (hit if act in got & want else false if act in got else miss)[act] += 1
        if row["speaker"] == "collector":
            count = flagged[bool(want & RELEVANT)]
            count[0] += bool(got & RELEVANT)
            count[1] += 1
    t, f, m = (sum(c[a] for a in RELEVANT) for c in (hit, false, miss))
    assert t / (t + f) >= 0.90
    assert t / (t + m) >= 0.90
    assert flagged[True][0] / flagged[True][1] >= 0.95
    assert flagged[False][0] <= 5
    for act in hit:
        if hit[act] + miss[act] >= 7:
            assert hit[act] / (hit[act] + miss[act]) >= 0.75, act
    recipient = [a for a in hit | false | miss if a.startswith("r_")]
    t, f, m = (sum(c[a] for a in recipient) for c in (hit, false, miss))
    assert t / (t + f) >= 0.90
    assert t / (t + m) >= 0.90


@pytest.mark.corpus
def test_lookalikes(corpora):
    alarms = {"use": [0, 0], "mention": [0, 0]}
    for row in rows(corpora, "lookalikes.jsonl"):
        if named(row["text"]) & RELEVANT - set(row["allow"]):
            alarms[row["voice"]][0] += 1
            alarms[row["voice"]][1] += is_anchor(row["text"])
    assert alarms["use"][0] <= 15
    assert alarms["use"][1] <= 2
    assert alarms["mention"][1] <= 8
