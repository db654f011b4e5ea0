from __future__ import annotations

import time
from itertools import count

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import UseError
from dunproof.facts import kinds
from dunproof.facts.kinds import KINDS
from dunproof.link import LinkSettings, link

A, B, C = "a" * 16, "b" * 16, "c" * 16
DAY = 1_772_323_200_000_000  # 2026-03-01T00:00:00Z = 08:00 in Shanghai
PORT, MOBILE, OTHER = "106900000001", "13800000010", "13800000011"


class Case:
    """Facts of a case, built by hand."""

    def __init__(self):
        self.facts = {}
        self.ids = count(1)
        self.records = {}

    def add(self, kind, exhibit="", loc="", tier="exact", **columns):
        fact = KINDS[kind](
            fact_id=f"{exhibit or 'case'}.{next(self.ids)}", exhibit=exhibit, loc=loc, tier=tier, **columns
        )
        self.facts.setdefault(kind, []).append(fact)
        return fact

    def exhibit(self, exhibit, holder="", parent="", **more):
        return self.add(
            "exhibit",
            exhibit,
            name="x",
            sha256=exhibit * 4,
            size_bytes=1,
            format="x",
            holder=holder,
            parent=parent,
            **more,
        )

    def phone(self, exhibit, holder="li"):
        self.exhibit(exhibit, holder)
        self.add(
            "coverage",
            exhibit,
            looked_for="sighting",
            subject=exhibit,
            status="read",
            first_day="2026-03-01",
            last_day="2026-03-31",
            count=1,
        )

    def sms(self, text, at=DAY, exhibit=A, number=MOBILE, out=False, sent=None, channel="sms", **more):
        n = self.records[exhibit] = self.records.get(exhibit, -1) + 1
        columns = {
            "number": number, "number_as_written": number or "", "direction": "from_person" if out else "to_person",
            "channel": channel, "device_utc_us": at, "utc_us": at, "sent_utc_us": sent, "duration_s": 0, "outcome": "none",
            "text": text, "precision": "ms", "time_basis": "handset_utc",
        } | more  # fmt: skip
        return self.add("sighting", exhibit, f"record={channel}:{n}", **columns)

    def call(self, at=DAY, exhibit=A, number=MOBILE, duration=0, outcome="missed", **more):
        return self.sms("", at, exhibit, number, channel="call", duration_s=duration, outcome=outcome, **more)

    def link(self, **more):
        out = {}
        for fact in link(self.facts, LinkSettings(**more)):
            out.setdefault(str(type(fact).__struct_config__.tag), []).append(fact)
        return out


@pytest.fixture
def case():
    made = Case()
    made.phone(A)
    return made


# --- events -----------------------------------------------------------------------------------------------------------


def counts(found):
    return [(c.text, c.sightings) for c in found["communication"]]


def test_one_message_in_two_exports_is_one_communication(case):
    case.phone(B)
    first = case.sms("请 还款", DAY, A)
    second = case.sms("请\u00a0 还款", DAY + 700_000, B)
    found = case.link()
    assert counts(found) == [("请 还款", 2)]
    assert [(s.of_fact, s.exhibit, s.loc, s.part) for s in found["support"]] == [
        (found["communication"][0].fact_id, second.exhibit, second.loc, "witness")
    ]
    assert (found["communication"][0].exhibit, found["communication"][0].loc) == (first.exhibit, first.loc)


def test_resends_are_counted(case):
    case.phone(B)
    for exhibit in (A, B):
        for n in range(3):
            case.sms("请还款", DAY + n * 1_500_000, exhibit)
    assert counts(case.link()) == [("请还款", 2)] * 3


@pytest.mark.parametrize(("gap", "rows"), [(0, 1), (5_000_000, 1), (5_000_001, 2), (-5_000_000, 1), (60_000_000, 2)])
def test_window(case, gap, rows):
    case.phone(B)
    case.sms("请还款", DAY, A)
    case.sms("请还款", DAY + gap, B)
    assert len(case.link()["communication"]) == rows


def test_time_of_the_centre_joins_what_the_handset_dates_apart(case):
    case.phone(B)
    case.sms("请还款", DAY + 30_000_000, A, sent=DAY)
    case.sms("请还款", DAY, B, sent=DAY)
    found = case.link()["communication"]
    assert [c.sightings for c in found] == [2]
    assert found[0].utc_us == DAY


def test_record_held_twice_in_one_export_is_one(case):
    case.sms("请还款", DAY, A)
    case.sms("请还款", DAY, A)
    assert counts(case.link()) == [("请还款", 2)]


def test_equal_seconds_are_two_messages(case):
    case.sms("请还款", DAY, A, precision="s")
    case.sms("请还款", DAY, A, precision="s")
    assert counts(case.link()) == [("请还款", 1), ("请还款", 1)]


def test_two_people_have_two_communications(case):
    case.phone(B, "wang")
    case.sms("请还款", DAY, A)
    case.sms("请还款", DAY, B)
    assert [c.person for c in case.link()["communication"]] == ["li", "wang"]


def test_sms_and_mms_of_one_message_are_one(case):
    case.phone(B)
    case.sms("请还款", DAY, A)
    case.sms("请还款", DAY + 1_000_000, B, channel="mms")
    assert [c.channel for c in case.link()["communication"]] == ["sms"]


def test_calls_match_by_talk_time(case):
    case.phone(B)
    case.call(DAY, A, duration=40, outcome="answered")
    case.call(DAY + 20_000_000, B, duration=41, outcome="answered")
    case.call(DAY + 200_000_000, A, duration=0)
    case.call(DAY + 220_000_000, B, duration=0)
    assert [c.sightings for c in case.link()["communication"]] == [2, 1, 1]


def test_direction_and_number_must_agree(case):
    case.phone(B)
    case.sms("好", DAY, A)
    case.sms("好", DAY, B, out=True)
    case.sms("好", DAY, B, number=OTHER)
    assert len(case.link()["communication"]) == 3


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from("甲乙"), st.sampled_from([A, B, C])), max_size=24))
@settings(max_examples=60, deadline=None)
def test_every_sighting_is_in_one_communication_and_exports_never_merge_inside(rows):
    made = Case()
    for exhibit in (A, B, C):
        made.phone(exhibit)
    for second, text, exhibit in rows:
        made.sms(text, DAY + second * 1_000_000, exhibit, precision="s")
    found = made.link()
    total = sum(c.sightings for c in found.get("communication", []))
    assert total == len(rows)
    places = [(f.exhibit, f.loc) for f in (*found.get("communication", []), *found.get("support", []))]
    assert len(places) == len(set(places)) == len(rows)
    by = {}
    for f in found.get("communication", []):
        by.setdefault(f.fact_id, []).append(f.exhibit)
    for f in found.get("support", []):
        by[f.of_fact].append(f.exhibit)
    assert all(len(e) == len(set(e)) for e in by.values())
    most = {(t, e): sum(1 for _, x, y in rows if (x, y) == (t, e)) for _, t, e in rows}
    for text in {t for _, t, _ in rows}:
        have = sum(c.text == text for c in found["communication"])
        assert have >= max(n for (t, _), n in most.items() if t == text)


# --- time -------------------------------------------------------------------------------------------------------------


def test_wall_clock(case):
    case.sms("请还款", DAY + 14 * 3_600_000_000)
    c = case.link()["communication"][0]
    assert (c.local_day, c.local_minute, c.zone, c.time_basis) == (
        "2026-03-01",
        22 * 60,
        "Asia/Shanghai",
        "local_assumed",
    )
    c = case.link(zone="Asia/Urumqi", zone_declared=True)["communication"][0]
    assert (c.local_day, c.local_minute, c.time_basis) == ("2026-03-01", 20 * 60, "local_declared")


def test_zone_that_is_none(case):
    with pytest.raises(UseError, match="no zone"):
        case.link(zone="Mars/Base")


def test_time_of_what_went_out_is_the_handsets(case):
    case.sms("好", DAY, out=True, sent=DAY - 3_600_000_000)
    assert case.link()["communication"][0].utc_us == DAY


def test_zero_is_no_time_of_the_centre(case):
    case.sms("好", DAY, sent=0)
    assert case.link()["communication"][0].utc_us == DAY


def test_restored_record_has_no_day(case):
    case.sms("请尽快还款", DAY, time_basis="suspect_restore")
    c = case.link()["communication"][0]
    assert (c.local_day, c.utc_us, c.time_basis) == (None, None, "suspect_restore")


@pytest.mark.parametrize("at", [2**62, -(2**62)])
def test_moment_outside_the_calendar(case, at):
    case.sms("请尽快还款", at)
    c = case.link()["communication"][0]
    assert (c.local_day, c.utc_us) == (None, None)


# --- words in their thread --------------------------------------------------------------------------------------------


def acts_of(found, text):
    ids = {c.fact_id for c in found["communication"] if c.text == text}
    return {a.act: a for a in found.get("act", []) if a.communication in ids}


def test_thread_anchors_a_bare_threat(case):
    threat = "一小时不处理就告诉你家人"
    case.sms("您的贷款已逾期10天，请尽快还款")
    case.sms(threat, DAY + 60_000_000)
    case.sms(threat, DAY + 60_000_000, number=OTHER)
    found = case.link()
    first, second = [c for c in found["communication"] if c.text == threat]
    anchored = {a.communication: (a.anchored, a.doubtful) for a in found["act"] if a.act == "threat_family_work"}
    assert anchored == {first.fact_id: (True, False), second.fact_id: (False, True)}
    assert (first.purpose, second.purpose) == ("collection", None)


def test_signature_anchors_across_numbers(case):
    case.sms("【云杉小贷】您的贷款已逾期10天，请尽快还款", number=PORT)
    case.sms("【云杉小贷】再不处理就告诉你家人", DAY + 60_000_000, number="106900000002")
    found = case.link()
    assert {c.purpose for c in found["communication"]} == {"collection"}


def test_place_of_an_act_is_inside_its_record(case):
    case.sms("先前一条")
    text = "😀欠款不还就爆你通讯录"
    case.sms(text, DAY + 1)
    act = acts_of(case.link(), text)["addressbook_threat"]
    start = text.index("爆")
    assert act.loc == f"record=sms:1&char={start},{start + 5}"


def test_speaker_follows_the_direction(case):
    case.sms("您的贷款已逾期，请尽快还款")
    case.sms("再骂我就告诉你家人，不要再打了", DAY + 1, out=True)
    found = case.link()
    assert set(acts_of(found, "再骂我就告诉你家人，不要再打了")) == {"r_stop_request"}


def test_objections(case):
    case.sms("您的贷款已逾期，请尽快还款")
    case.sms("你打错了，不要再打了", DAY + 60_000_000, out=True)
    case.sms("打错了，不要再打了", DAY + 60_000_000, number=OTHER, out=True)
    found = case.link()["objection"]
    assert sorted((o.form, o.toward_number, o.doubtful) for o in found) == [
        ("not_me", MOBILE, False), ("not_me", OTHER, True), ("words", MOBILE, False), ("words", OTHER, True),
    ]  # fmt: skip
    assert {o.utc_us for o in found} == {DAY + 60_000_000}
    assert {o.person for o in found} == {"li"}


def test_purpose(case):
    case.sms("您的贷款已逾期，请尽快还款", number=PORT)
    case.sms("您的验证码为604417", number=PORT)
    case.sms("晚上一起吃饭", number=OTHER)
    case.call(number=OTHER)
    case.call(number="13800000099")
    case.call(number=None)
    by = {(c.text, c.number): c.purpose for c in case.link()["communication"]}
    assert by == {
        ("您的贷款已逾期，请尽快还款", PORT): "collection",
        ("您的验证码为604417", PORT): "other",
        ("晚上一起吃饭", OTHER): "other",
        ("", OTHER): "other",
        ("", "13800000099"): None,
        ("", None): None,
    }


def test_call_back_number_of_a_reminder_collects_too(case):
    case.sms("您的贷款已逾期，请尽快还款，详询13800000077")
    case.call(DAY + 60_000_000, number="13800000077")
    assert [c.purpose for c in case.link()["communication"]] == ["collection", "collection"]


def test_friend_in_the_address_book_is_no_collector(case):
    case.sms("你欠的钱什么时候还，逾期了啊", name_shown="老同学")
    case.sms("您已逾期，请尽快还款", number=OTHER, name_shown="催收骚扰")
    assert [c.purpose for c in case.link()["communication"]] == ["other", "collection"]


def test_debt_told_by_the_debtors_name(case):
    case.add("person", tier="declared", person="li", name="李青禾")
    case.add("debt", tier="declared", debt="loan-1", debtor="陆砚禾")
    text = "陆砚禾拖着不露面，欠款三千元"
    case.sms(text)
    found = case.link()
    act = acts_of(found, text)["third_party_disclosure"]
    assert act.loc == "record=sms:0&char=0,11"
    assert [s.loc for s in found["slot"] if s.slot == "debtor_named"] == ["record=sms:0&char=0,3"]
    assert found["communication"][0].debt == "loan-1"


# --- lenders, parties -------------------------------------------------------------------------------------------------


def test_lender_by_name_by_number_and_as_declared(case):
    case.add(
        "party", tier="declared", party="云杉小额贷款有限公司", name="云杉小额贷款有限公司", lender_type="microloan"
    )
    case.sms("【云杉小贷】您的贷款已逾期，请尽快还款", number=PORT)
    case.call(DAY + 1, number=PORT)
    case.sms("【青檀银行】您的贷款已逾期，请尽快还款", number=OTHER)
    case.sms("您的贷款已逾期，请尽快还款", number=MOBILE)
    by = {(c.channel, c.number): c.lender for c in case.link()["communication"]}
    assert by == {
        ("sms", PORT): "云杉小额贷款有限公司",
        ("call", PORT): "云杉小额贷款有限公司",
        ("sms", OTHER): None,
        ("sms", MOBILE): None,
    }
    found = case.link(lender="云杉小额贷款有限公司", lender_type="microloan")
    by = {(c.channel, c.number): (c.lender, c.purpose) for c in found["communication"]}
    assert by["sms", MOBILE] == ("云杉小额贷款有限公司", "collection")
    assert by["sms", OTHER] == (None, "other")
    assert "party" not in found


def test_party_rows_and_names(case):
    case.add("document", B, document=B)
    for name in ("云杉消金", "常州云杉消费金融有限公司", "常州云杉消费金融有限责任公司", "青檀数据科技有限公司"):
        case.add("recipient", B, document=B, recipient=name, name=name)
    found = case.link(lender="芦汀小额贷款有限公司", lender_type="microloan")
    assert {(p.party, p.lender_type, p.tier) for p in found["party"]} == {
        ("常州云杉消费金融公司", "consumer_finance", "derived"),
        ("青檀数据科技公司", None, "derived"),
        ("芦汀小额贷款有限公司", "microloan", "declared"),
    }
    assert {(s.b, s.key_type) for s in found["same_party"]} == {("云杉消金", "short_form")}


def test_vendor_of_a_library_and_recipient(case):
    case.add("recipient", B, document=B, recipient="r", name="青檀数据科技有限公司")
    case.add("sdk", C, app=C, sdk="qt", vendor="青檀", presence="defined")
    assert {(s.a, s.b, s.key_type) for s in case.link()["same_party"]} == {
        ("青檀数据科技有限公司", "青檀", "sdk_vendor")
    }


def _edges(case):
    return {(s.a, s.key, s.doubtful) for s in case.link().get("same_party", ()) if s.key_type == "sdk_vendor"}


@pytest.mark.parametrize(
    ("written", "sdk"),
    [
        ("极光推送SDK", "jpush"), ("App 支付宝客户端 SDK", "alipay"), ("MSA OAID SDK", "msa"), ("OPPO 推送", "oppopush"),
        ("华为联运SDK", None), ("友盟+SDK", None), ("readjusted", None), ("none", None),
        ("极验验证", "geetest"), ("魅族推送", "meizupush"), ("荣耀推送", "honorpush"), ("穿山甲广告SDK", "pangle"),
        ("优量汇", "gdt"), ("快手联盟", "kuaishou-ads"), ("中国联通一键登录", "cucc"), ("连连支付", "lianlian"),
        ("ＪＰｕｓｈ", "jpush"), ("極光推送", "jpush"), ("JVerification", "jverify"), ("Megvii", "megvii"),
        ("百融云创", "bairong"), ("支付宝实人认证", "ali-realid"), ("上海合合信息科技", "intsig"), ("SenseTime", "sensetime"),
        ("金融云服务", None), ("企业微信", None), ("银联商务", None), ("综合合作方", None), ("连环信息", None),
    ],
)  # fmt: skip
def test_a_product_named_in_a_list_is_that_sdk(case, written, sdk):
    case.add("recipient", B, document=B, recipient="r", name="和讯华谷", sdk=written)
    assert _edges(case) == ({(written, sdk, False)} if sdk else set())


def test_a_maker_named_in_a_list_may_mean_its_sdk(case):
    case.add("recipient", B, document=B, recipient="r", name="深圳市腾讯计算机系统有限公司", sdk="none")
    case.add("sdk", C, app=C, sdk="bugly", vendor="腾讯", presence="defined")
    case.add("sdk", C, app=C, sdk="jpush", vendor="极光", presence="defined")
    assert _edges(case) == {("深圳市腾讯计算机系统有限公司", "bugly", True)}


def test_a_product_in_the_column_of_names_counts_where_it_is_called_an_sdk(case):
    case.add("recipient", B, document=B, recipient="r", name="Bugly SDK", sdk="none")
    case.add("recipient", B, document=B, recipient="s", name="微信", sdk="none")
    assert _edges(case) == {("Bugly SDK", "bugly", False), ("微信", "wechat", True)}


def test_a_product_named_in_a_list_is_no_other_product_of_its_maker(case):
    case.add("recipient", B, document=B, recipient="r", name="深圳市腾讯计算机系统有限公司", sdk="腾讯Bugly")
    for sdk in ("bugly", "beacon"):
        case.add("sdk", C, app=C, sdk=sdk, vendor="腾讯", presence="defined")
    assert _edges(case) == {("腾讯Bugly", "bugly", False)}


@pytest.mark.parametrize("written", ["腾讯Bugly等腾讯SDK", "腾讯SDK"])
def test_a_maker_named_beside_a_product_may_mean_more(case, written):
    case.add("recipient", B, document=B, recipient="r", name="", sdk=written)
    case.add("sdk", C, app=C, sdk="beacon", vendor="腾讯", presence="defined")
    assert (written, "beacon", True) in _edges(case)


def test_a_maker_is_known_by_its_company_and_by_names_that_others_have_too(case):
    case.add("recipient", B, document=B, recipient="r", name="深圳市和讯华谷信息技术有限公司", sdk="none")
    case.add("recipient", B, document=B, recipient="s", name="金融云科技有限公司", sdk="FaceID")
    for sdk, vendor in (("jpush", "极光"), ("megvii", "旷视"), ("rongcloud", "融云")):
        case.add("sdk", C, app=C, sdk=sdk, vendor=vendor, presence="defined")
    assert _edges(case) == {("深圳市和讯华谷信息技术有限公司", "jpush", True), ("FaceID", "megvii", True)}


def test_every_named_sdk_is_in_the_catalogue():
    from dunproof.link.sdks import names
    from dunproof.read.app.catalogue import sdks

    assert set(names()) <= {row.id for row in sdks()}
    assert all(all(row) for row in names().values())


# --- senders ----------------------------------------------------------------------------------------------------------


def test_senders_at_two_levels(case):
    case.sms("您的贷款已逾期，详询13800000077", number=MOBILE)
    case.sms("您的贷款已逾期，请致电13800000077", DAY + 1, number=OTHER)
    case.sms("借款人张三丰逾期未还", DAY + 2, number=OTHER)
    case.sms("借款人张三丰拖欠不还", DAY + 3, number="13800000012")
    case.sms("您的贷款已逾期", DAY + 4, number="13800000013")
    found = case.link()
    ids = [c.fact_id for c in found["communication"]]
    level = {
        name: {s.communication: s.sender for s in found["sender"] if s.level == name} for name in ("exact", "derived")
    }
    exact = [level["exact"][i] for i in ids]
    derived = [level["derived"][i] for i in ids]
    assert exact[0] == exact[1] == exact[2] != exact[3] != exact[4]
    assert derived[0] == derived[3] != derived[4]
    assert {e.key_type for e in found["same_sender"]} == {"number", "callback", "debtor_name"}
    assert [c.sender for c in found["communication"]] == derived


def test_name_does_not_join_two_signatures(case):
    case.sms("【云杉小贷】借款人张三丰逾期未还", number=MOBILE)
    case.sms("【青檀小贷】借款人张三丰逾期未还", number=OTHER)
    found = case.link()
    assert len({s.sender for s in found["sender"] if s.level == "derived"}) == 2


def test_shortened_links_tie_nobody(case):
    case.sms("您的贷款已逾期，点t.cn/abc", number=MOBILE)
    case.sms("您的贷款已逾期，点t.cn/xyz", number=OTHER)
    assert len({s.sender for s in case.link()["sender"]}) == 4


# --- people, papers, coverage -----------------------------------------------------------------------------------------


def test_holder_of_a_file_found_in_another(case):
    case.exhibit(B, parent=A)
    case.exhibit(C)
    case.sms("好", exhibit=B)
    case.sms("好", exhibit=C)
    assert {c.person for c in case.link()["communication"]} == {"li", "holder-cccccccc"}


def test_one_role_row_a_person():
    made = Case()
    for exhibit, holder in ((A, "li"), (B, ""), (C, "wang")):
        made.phone(exhibit, holder)
    made.add("role", tier="declared", person="wang", debt="", role="stranger", basis="declared")
    made.sms("您儿子贷款不还，请转告他尽快还款", exhibit=B)
    found = made.link()
    assert {(r.person, r.role, r.basis) for r in found["role"]} == {
        ("li", None, "none"),
        ("holder-bbbbbbbb", None, "words"),
    }
    assert {p.person for p in found["person"]} == {"li", "wang", "holder-bbbbbbbb"}
    found = made.link(holder_role="contact")
    assert {(r.person, r.role, r.basis) for r in found["role"]} == {
        ("li", "contact", "declared"),
        ("holder-bbbbbbbb", "contact", "declared"),
    }


def test_papers_and_apps():
    made = Case()
    app, inside, beside = A, B, C
    made.exhibit(app)
    made.exhibit(inside, parent=app)
    made.exhibit(beside)
    made.add("app", app, app=app)
    for paper in (inside, beside):
        made.add("document", paper, document=paper)
    rows = {(c.document, c.app): (c.party, c.tier, c.doubtful) for c in made.link()["covers"]}
    assert rows == {
        (inside, app): ("", "derived", False),
        (beside, app): ("", "heuristic", True),
        ("", app): ("", "derived", False),
    }
    made.add("app", "d" * 16, app="d" * 16)
    rows = {(c.document, c.app) for c in made.link()["covers"]}
    assert rows == {(inside, app), (beside, ""), ("", app), ("", "d" * 16)}


def test_declared_ties_are_not_repeated():
    made = Case()
    made.exhibit(A)
    made.exhibit(B)
    made.add("app", A, app=A)
    made.add("document", B, document=B)
    made.add("covers", tier="declared", document=B, app=A, party="云杉")
    made.add("covers", tier="declared", document="", app=A, party="云杉")
    assert "covers" not in made.link()


def status(found, subject):
    return {c.looked_for: (c.status, c.first_day) for c in found["coverage"] if c.subject == subject}


def test_coverage_of_a_person(case):
    case.phone(B, "wang")
    case.facts["coverage"][1] = msgspec.structs.replace(case.facts["coverage"][1], status="partly", reason="x")
    found = case.link()
    assert status(found, "li")["communication"] == ("read", "2026-03-01")
    assert set(status(found, "li")) >= {
        "sighting",
        "communication",
        "act",
        "slot",
        "objection",
        "sender",
        "same_sender",
    }
    assert status(found, "wang")["act"] == ("partly", "2026-03-01")
    assert status(found, "")["act"][0] == "partly"


def test_coverage_across_an_app_and_its_papers():
    made = Case()
    packed = "d" * 16
    for exhibit in (A, B, packed):
        made.exhibit(exhibit)
    for app in (A, packed):
        made.add("app", app, app=app)
        for kind in ("app", "sensitive_read"):
            made.add("coverage", app, looked_for=kind, subject=app, status="unread" if app == packed else "read")
    made.add("document", B, document=B)
    made.add("covers", tier="declared", document=B, app=A, party="云杉")
    for kind in ("document", "collected_item"):
        made.add("coverage", B, looked_for=kind, subject=B, status="read")
    found = made.link()
    assert status(found, A)["collected_item"][0] == "read"
    assert status(found, B)["sensitive_read"][0] == "read"
    assert status(found, packed)["collected_item"][0] == "unread"
    assert status(found, "")["sensitive_read"][0] == "unread"


@pytest.mark.parametrize(("resolved", "expected"), [("", "partly"), (None, "read"), (B, "read")])
def test_a_list_that_a_text_points_to_and_nobody_handed_in(resolved, expected):
    made = Case()
    for exhibit in (A, B):
        made.exhibit(exhibit)
    made.add("covers", tier="declared", document=B, app=A, party="云杉")
    made.add("reference", B, document=B, target="第三方共享清单", document_type="sharing_list", resolved=resolved)
    made.add("coverage", B, looked_for="recipient", subject=B, status="read")
    found = made.link()
    assert status(found, A)["recipient"][0] == expected
    assert not [c for c in found["coverage"] if c.subject == B]


def test_debt_where_none_was_declared(case):
    case.sms("借款人张三丰逾期未还，请转告")
    found = case.link()
    assert [(d.debt, d.debtor) for d in found["debt"]] == [("debt-1", "张三丰")]
    assert found["communication"][0].debt == "debt-1"


# --- the whole --------------------------------------------------------------------------------------------------------


def test_nothing_gives_nothing():
    assert list(link({}, LinkSettings())) == []


def test_order_of_facts_does_not_matter(case):
    case.phone(B)
    for n in range(6):
        case.sms(
            f"您的贷款已逾期{n % 3}天，详询1380000007{n % 2}",
            DAY + n,
            (A, B)[n % 2],
            number=(MOBILE, OTHER)[n % 3 // 2],
        )
    first = msgspec.json.encode(list(link(case.facts, LinkSettings())))
    for kind in case.facts:
        case.facts[kind].reverse()
    assert msgspec.json.encode(list(link(case.facts, LinkSettings()))) == first


def test_ids_are_unique_and_witnesses_exist(case):
    case.phone(B)
    case.sms("您的贷款已逾期，请尽快还款", DAY, A)
    case.sms("您的贷款已逾期，请尽快还款", DAY, B)
    facts = list(link(case.facts, LinkSettings()))
    ids = [f.fact_id for f in facts]
    assert len(ids) == len(set(ids))
    for f in facts:
        if isinstance(f, kinds.Support):
            assert f.of_fact in ids
        if isinstance(f, kinds.Act | kinds.Slot | kinds.Sender):
            assert f.communication in ids


def test_floods_stay_linear():
    took = []
    for size in (2_000, 8_000):
        made = Case()
        for exhibit in (A, B):
            made.phone(exhibit)
            for n in range(size):
                made.sms(
                    "您的贷款已逾期，请尽快还款，详询13800000077", DAY + n % 7, exhibit, precision="s", number=PORT
                )
        start = time.process_time()
        total = sum(1 for f in link(made.facts, LinkSettings()) if isinstance(f, kinds.Communication))
        took.append(time.process_time() - start)
        assert total == size
    assert took[1] < 9 * took[0] + 0.5


# --- messages prepared in an app --------------------------------------------------------------------------------------

APP, THREAT = "d" * 16, "{1}，您的借款已逾期{2}天。再不还钱就爆你通讯录，让你身边的人都知道"


def test_a_message_prepared_in_an_app_is_an_act_of_the_exhibit_and_of_no_person(case):
    case.exhibit(APP)
    text = case.add("app_text", APP, "insn=classes.dex@0x10", app=APP, text=THREAT)
    found = case.link()
    (threat,) = [a for a in found["act"] if a.act == "addressbook_threat"]
    assert (threat.exhibit, threat.loc, threat.communication, threat.target) == (APP, text.loc, "", None)
    assert (threat.app_text, threat.doubtful, threat.anchored, threat.tier) == (text.fact_id, False, True, "heuristic")
    assert [(s.part, s.exhibit, s.loc) for s in found["support"] if s.of_fact == threat.fact_id] == [
        ("text", APP, text.loc)
    ]
    assert "communication" not in found
    assert not [r for r in found.get("role", []) if r.role]


def test_a_prepared_message_is_read_by_its_own_words_alone(case):
    case.exhibit(APP)
    case.add("app_text", APP, "insn=classes.dex@0x10", app=APP, text="我们将联系您的紧急联系人和单位同事")
    case.add("app_text", APP, "insn=classes.dex@0x20", app=APP, text="请上传身份证正面照片")
    case.add("app_text", APP, "insn=classes.dex@0x30", app=APP, text="我不是本人，请不要再联系我")
    case.add("app_text", APP, "insn=classes.dex@0x40", app=APP, text=THREAT + "。" * 500)
    found = case.link()
    assert {(a.loc, a.doubtful) for a in found["act"]} == {("insn=classes.dex@0x10", True)}


def test_values_in_a_prepared_message_belong_to_it(case):
    case.exhibit(APP)
    text = case.add(
        "app_text", APP, "insn=classes.dex@0x10", app=APP, text="【星禾分期】您已逾期3天，请今天17:00前还款500元"
    )
    slots = {(s.slot, s.communication, s.app_text) for s in case.link()["slot"]}
    assert ("signature", "", text.fact_id) in slots
    assert {s[1:] for s in slots} == {("", text.fact_id)}


def test_prepared_messages_change_nothing_that_is_said_of_people(case):
    case.sms("您的借款已逾期，请还款", number=PORT)
    before = case.link()
    case.exhibit(APP)
    case.add("app_text", APP, "insn=classes.dex@0x10", app=APP, text=THREAT)
    after = case.link()
    strip = lambda facts, kind: [msgspec.structs.replace(f, fact_id="") for f in facts.get(kind, [])]  # noqa: E731
    for kind in ("communication", "role", "person", "sender", "same_sender", "objection", "debt"):
        assert strip(after, kind) == strip(before, kind), kind
    assert [a for a in after["act"] if a.communication] == [a for a in before["act"] if a.communication]
    said = {(c.subject, c.looked_for, c.status) for c in after["coverage"] if c.looked_for in {"act", "slot"}}
    assert said == {(c.subject, c.looked_for, c.status) for c in before["coverage"] if c.looked_for in {"act", "slot"}}
