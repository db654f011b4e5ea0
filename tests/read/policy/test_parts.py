"""Parts of the policy reader: names in running text, titles, numbers, hours, the data files."""

from __future__ import annotations

import pytest

from dunproof.language.fold import fold
from dunproof.read.formats.html import read_page
from dunproof.read.policy.bodies import bodies, category_of, free_names
from dunproof.read.policy.catalogue import catalogue, compiled, term_kinds
from dunproof.read.policy.identity import is_law, type_of
from dunproof.read.policy.items import mentions, taxonomy
from dunproof.read.policy.paper import read_paper
from dunproof.read.policy.promises import number, promised


def names(text):
    folded = fold(text).text
    return [folded[b.start : b.stop] for b in bodies(folded)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("您同意我们向北京甲丁科技有限公司提供信息", ["北京甲丁科技有限公司"]),
        (
            "包括但不限于上海乙禾银行股份有限公司和深圳丙汐小额贷款有限公司",
            ["上海乙禾银行股份有限公司", "深圳丙汐小额贷款有限公司"],
        ),
        ("与华辰技术有限公司合作", ["华辰技术有限公司"]),
        ("由深圳市和汇信息技术有限公司运营", ["深圳市和汇信息技术有限公司"]),
        ("委托丁岚（杭州）律师事务所催告", ["丁岚(杭州)律师事务所"]),
        ("甲辰财产保险股份有限公司西宁中心支公司", ["甲辰财产保险股份有限公司西宁中心支公司"]),
        ("从您绑定的银行卡划转至银行，相关银行和本公司、某某公司", []),
        ("合作的第三方公司及其他有限公司", []),
        ("上海甲有限公司、云信支付、北京乙有限公司", ["上海甲有限公司", "云信支付", "北京乙有限公司"]),
    ],
)
def test_names_of_bodies(text, found):
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # a word of joining in front of a name that opens with no known place
        ("本协议由您与垣禾穗小额贷款有限公司订立", ["垣禾穗小额贷款有限公司"]),
        ("(以下简称“用户”或“您”)与云岚舟(临江)科技有限公司之间", ["云岚舟(临江)科技有限公司"]),
        ("您和岚舟科技有限公司共同约定", ["岚舟科技有限公司"]),
        ("我们同岚舟科技有限公司共享信息", ["岚舟科技有限公司"]),
        ("甲方有权与岚舟科技有限公司合作", ["岚舟科技有限公司"]),
        ("非常感谢您对岚舟印书馆有限公司的信任", ["岚舟印书馆有限公司"]),
        ("本政策仅适用于岚舟科技有限公司的产品", ["岚舟科技有限公司"]),
        ("甲辰科技有限公司(以下简称“甲辰”)与岚舟科技有限公司", ["甲辰科技有限公司", "岚舟科技有限公司"]),
        ("甲辰科技有限公司及岚舟科技有限公司", ["甲辰科技有限公司", "岚舟科技有限公司"]),
        ("甲辰科技有限公司以及岚舟科技有限公司", ["甲辰科技有限公司", "岚舟科技有限公司"]),
        ("授权岚舟征信有限公司或甲辰征信有限公司", ["岚舟征信有限公司", "甲辰征信有限公司"]),
        ("由岚舟科技有限公司运营,向甲辰科技有限公司提供", ["岚舟科技有限公司", "甲辰科技有限公司"]),
        ("委托给与岚舟科技有限公司合作的机构", ["岚舟科技有限公司"]),
        ("您授权并同意岚舟征信有限公司查询", ["岚舟征信有限公司"]),
        ("经岚舟科技有限公司同意", ["岚舟科技有限公司"]),
        ("为岚舟科技有限公司的利益", ["岚舟科技有限公司"]),
        ("我们和和信澜科技有限公司共享", ["和信澜科技有限公司"]),
        ("我们产品中集成了友岚同澜(临江)科技有限公司", ["友岚同澜(临江)科技有限公司"]),
        ("产品和服务提供者岚舟教育科技有限公司", ["岚舟教育科技有限公司"]),
        ("您有权在充值后30日内要求岚舟科技有限公司退款", ["岚舟科技有限公司"]),
        # names that open with such a character
        ("和讯澜信息科技有限公司将收集您的信息", ["和讯澜信息科技有限公司"]),
        ("由和讯澜信息科技有限公司运营", ["和讯澜信息科技有限公司"]),
        ("与和讯澜信息科技有限公司合作", ["和讯澜信息科技有限公司"]),
        ("委托和禾舟科技有限公司处理", ["和禾舟科技有限公司"]),
        ("合作方:和禾舟科技有限公司、同禾舟科技有限公司", ["和禾舟科技有限公司", "同禾舟科技有限公司"]),
        ("同花顺澜网络信息股份有限公司", ["同花顺澜网络信息股份有限公司"]),
        ("您授权同盾澜科技有限公司查询", ["同盾澜科技有限公司"]),
        ("第三方同程澜科技有限公司", ["同程澜科技有限公司"]),
        ("由及时雨澜信息科技有限公司提供", ["及时雨澜信息科技有限公司"]),
        ("向向日葵澜科技有限公司提供", ["向日葵澜科技有限公司"]),
        ("提供给向上澜金融信息服务有限公司", ["向上澜金融信息服务有限公司"]),
        ("您同意向上海岚舟科技有限公司提供", ["上海岚舟科技有限公司"]),
        ("北京致远澜软件有限公司", ["北京致远澜软件有限公司"]),
        ("自由舟科技有限公司", ["自由舟科技有限公司"]),
        ("均瑶澜集团股份有限公司", ["均瑶澜集团股份有限公司"]),
        ("经纬澜信息咨询有限公司与平等舟科技有限公司", ["经纬澜信息咨询有限公司", "平等舟科技有限公司"]),
        ("北京与爱澜科技有限公司", ["北京与爱澜科技有限公司"]),
        ("委托和田禾舟科技有限公司", ["和田禾舟科技有限公司"]),
    ],
)
def test_a_name_begins_behind_a_word_of_joining_and_with_a_character_of_its_own(text, found):
    assert names(text) == found


@pytest.mark.parametrize(
    ("free", "text", "found"),
    [
        ("岚舟科技有限公司", "用户在此承诺岚舟科技有限公司无须担责", ["岚舟科技有限公司"]),
        ("岚舟科技有限公司", "星禾分期与岚舟科技有限公司签约", ["岚舟科技有限公司"]),
        ("岚舟科技有限公司", "新岚舟科技有限公司成立", ["新岚舟科技有限公司"]),  # another name, no word in between
        ("和禾舟科技有限公司", ",和禾舟科技有限公司合作", ["和禾舟科技有限公司"]),
    ],
)
def test_a_name_that_stands_free_elsewhere_in_the_paper_tells_where_it_begins(free, text, found):
    assert [text[b.start : b.stop] for b in bodies(text, frozenset({free}))] == found


def test_names_that_stand_free():
    texts = ["运营方:岚舟科技有限公司", "您与云禾科技有限公司订立", "甲辰科技有限公司将处理,乙巳科技有限公司不处理"]
    assert free_names(texts) == {"岚舟科技有限公司", "甲辰科技有限公司"}


def test_alias_for_the_firm_itself():
    text = fold("临江云舟信息科技有限公司（以下简称“我们”）").text
    (body,) = bodies(text)
    assert body.itself


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("（三）贷后管理服务类", "collection"),
        ("甲辰消费金融有限公司", "consumer_finance"),
        ("短信服务类", "sms_comm"),
        ("甲丁科技有限公司", None),
    ],
)
def test_category(words, category):
    assert category_of(words) == category


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("云舟借隐私政策", "privacy_policy"), ("个人信用信息查询授权书", "authorisation"), ("借款协议", "loan"),
        ("代扣服务协议", "deduction"), ("用户注册协议", "registration"), ("第三方sdk目录", "sharing_list"), ("公证告知书", "other"),
        ("今天的新闻", None),
    ],
)  # fmt: skip
def test_type_of_a_title(title, kind):
    assert type_of(title) == kind


@pytest.mark.parametrize(
    "title", ["民法典", "征信业管理条例", "最高人民法院关于审理民间借贷案件适用法律若干问题的规定", "个人信息保护法"]
)
def test_laws(title):
    assert is_law(title)


@pytest.mark.parametrize("title", ["借款协议", "用户规则", "平台服务规范", "隐私政策"])
def test_papers_are_no_laws(title):
    assert not is_law(title)


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("十", 10), ("十二", 12), ("二十", 20), ("九十", 90), ("一百二十", 120), ("两", 2), ("甲", None)],
)
def test_numbers(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("我们不会在22时至次日8时联系您的紧急联系人。", "08:00-22:00"),
        ("我们不会在晚上十点到早上八点致电紧急联系人。", "08:00-22:00"),
        ("我们仅在9:00-18:00联系紧急联系人。", "09:00-18:00"),
        ("我们不在8点前和21点后联系紧急联系人。", "08:00-21:00"),
        ("我们不在22:00之后、次日8:00之前联系紧急联系人。", "08:00-22:00"),
    ],
)
def test_hours(text, hours):
    paper = read_paper(read_page(text, "text"))
    said = promised(paper.sentences[0], None)
    assert [v for slot, v, *_ in said.terms if slot == "hours"] == [hours]


def test_look_alikes_of_items():
    assert mentions(fold("短信验证码").text)[0].item == "sms_code"
    assert mentions(fold("VIP 与 IPO").text) == []
    assert [m.item for m in mentions(fold("IP地址、MAC地址").text)] == ["ip", "mac"]


def test_data_is_whole():
    assert len(taxonomy()) == 74
    assert len(term_kinds()) == 47
    for kind in term_kinds():
        for pattern in [*kind.patterns, *kind.counter, kind.needs, kind.unless]:
            compiled(pattern)
    assert {c.id for c in catalogue().category} >= {"collection", "law_firm", "contacts", "any_third_party"}


def test_a_list_ends_where_another_number_starts():
    page = read_page("<p>一、收集以下信息：</p><p>1、通讯录</p><p>2、短信</p><p>二、其他</p><p>三、结束</p>")
    paper = read_paper(page)
    assert [s.stem for s in paper.sentences] == [-1, 0, 0, -1, -1]
