"""What whole cases showed: each a small paper of its own. All companies are invented."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import CollectedItem, Promise, PromiseTerm, Recipient, Term

START = "<title>用户服务协议</title><p>本协议由您与我们订立。</p>"


def terms(facts):
    return {(f.term_type, f.polarity) for f in facts if isinstance(f, Term)}


def bodies(facts):
    return {(f.name, f.category, f.role) for f in facts if isinstance(f, Recipient)}


def items(facts):
    return {(f.item, f.activity, f.subject) for f in facts if isinstance(f, CollectedItem)}


# --- lists -----------------------------------------------------------------------------------------------------------

LIST = "<title>个人信息共享清单</title><p>我们向下列合作机构共享您的个人信息。</p>"


def listed(facts):
    return [(f.name, f.purpose, f.manner, f.contact, f.sdk) for f in facts if isinstance(f, Recipient) and f.name]


def test_an_empty_cell_states_nothing_and_ditto_repeats_the_cell_above(facts_of):
    facts = facts_of(
        LIST + "<table><tr><th>机构名称<th>共享目的<th>共享方式<th>联系方式"
        "<tr><td>东陵安信信用管理有限公司<td>催收<td>表格<td>400-000-0001"
        "<tr><td>临江禾泽信用管理有限公司<td><td>同上<td>"
        "<tr><td>南汐青檀信用管理有限公司<td>同上<td>同上<td>400-000-0003</table>"
    )
    assert listed(facts) == [
        ("东陵安信信用管理有限公司", "催收", "表格", "400-000-0001", "none"),
        ("临江禾泽信用管理有限公司", "none", "表格", "none", "none"),
        ("南汐青檀信用管理有限公司", "none", "表格", "400-000-0003", "none"),
    ]


def test_two_columns_of_one_field_do_not_pile_up_down_a_merged_cell(facts_of):
    facts = facts_of(
        LIST + "<table><tr><th>合作目的<th>合作SDK名称<th>SDK厂商<th>收集个人信息字段及目的"
        "<tr><td rowspan=3>消息推送<td>甲推送SDK<td>东陵甲网络科技有限公司<td>设备型号，用于甲终端"
        "<tr><td>乙推送SDK<td>临江乙网络科技有限公司<td>设备型号，用于乙终端"
        "<tr><td>丙推送SDK<td>南汐丙网络科技有限公司<td>设备型号，用于丙终端</table>"
    )
    assert [(name, sdk) for name, *_, sdk in listed(facts)] == [
        ("东陵甲网络科技有限公司", "甲推送SDK"),
        ("临江乙网络科技有限公司", "乙推送SDK"),
        ("南汐丙网络科技有限公司", "丙推送SDK"),
    ]
    purposes = [purpose for _, purpose, *_ in listed(facts)]
    assert "甲终端" not in purposes[1]
    assert "乙终端" not in purposes[2]


def test_words_that_point_to_the_list_are_no_further_recipient(facts_of):
    facts = facts_of(LIST + "<table><tr><th>机构名称<th>共享目的<tr><td>东陵安信信用管理有限公司<td>催收</table>")
    assert {name for name, _, role in bodies(facts) if role == "recipient"} == {"东陵安信信用管理有限公司"}
    facts = facts_of(START + "<p>我们会将上述信息提交给持有您上述信息的第三方身份验证机构。</p>")
    assert any(role == "recipient" for _, _, role in bodies(facts))


# --- bodies in running text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("甲方可以自行或者委托东陵安信信用管理有限公司进行催收。", "recipient"),
        ("甲方可以委托东陵安信信用管理有限公司从乙方账户扣划欠款。", "recipient"),
        ("被授权人向东陵安信信用管理有限公司提供授权人的个人信息。", "recipient"),
        ("甲方（贷款人）：东陵安信信用管理有限公司", "controller"),
        ("居间方丙方是指协议中列明的东陵安信信用管理有限公司。", "controller"),
        (
            "本方是临江禾泽消费金融有限公司和服务商东陵安信信用管理有限公司的合称，以下称“我们”，保护您的信息。",
            "controller",
        ),
    ],
)
def test_part_of_a_body(facts_of, words, role):
    found = bodies(facts_of(START + f"<p>{words}</p>"))
    assert {r for name, _, r in found if name == "东陵安信信用管理有限公司"} == {role}


@pytest.mark.parametrize(
    ("words", "category"), [("签约银行", "bank"), ("清算银行", "bank"), ("支付合作伙伴", "payment")]
)
def test_a_class_is_no_name(facts_of, words, category):
    found = bodies(facts_of(START + f"<p>我们会向{words}提供您的个人信息。</p>"))
    assert ("", category, "recipient") in found


def test_those_who_may_use_the_data_beside_the_firm(facts_of):
    found = bodies(facts_of(START + "<p>您同意我们及其关联公司使用您的联系方式，向您推荐商品。</p>"))
    assert any(not name and role == "recipient" for name, _, role in found)


# --- items -----------------------------------------------------------------------------------------------------------


def test_a_heading_opens_a_list(facts_of):
    facts = facts_of(
        START + "<h2>一．我们收集及使用信息的范围</h2><p>1.您的姓名、住址等信息。</p><p>2.您当前的职业。</p>"
    )
    assert {("name", "collect", "borrower"), ("occupation", "collect", "borrower")} <= items(facts)


def test_what_must_be_given_truthfully_is_collected(facts_of):
    facts = facts_of(START + "<p>用户应当如实向对方及其他第三方提供姓名、身份证号、联系人信息。</p>")
    assert ("id_no", "collect", "borrower") in items(facts)
    assert ("contact_person", "collect", "contact") in items(facts)
    facts = facts_of(START + "<p>我们会向其他第三方提供您的姓名。</p>")
    assert ("name", "share", "borrower") in items(facts)


# --- terms and promises ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("您不得以未阅读本条为由提出异议。", "no_pursue"),
        ("使用本服务的行为，视为您已经理解本协议。", "bundle_consent"),
        ("扣款引起的任何责任，与平台及其合作方无关。", "waiver_general"),
        ("出借人可以转让本协议项下的权利义务。", "debt_transfer"),
        ("您的逾期记录将纳入征信系统。", "credit_bureau_report"),
        ("我们可以向第三方披露您的信息。", "share_any_third"),
        ("名单更新后，无须再次征得您的同意。", "no_separate_notice"),
        ("我们收集的信息包括但不限于您填写的内容。", "broad_collection_generic"),
    ],
)
def test_terms(facts_of, words, term):
    assert (term, "asserts") in terms(facts_of(START + f"<p>{words}</p>"))


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("未经甲方同意，不得转让本协议项下的任何权利义务。", "debt_transfer"),
        ("我们不会向第三方披露您的信息。", "share_any_third"),
        ("您以电话为由联系客服。", "no_pursue"),
    ],
)
def test_what_is_no_such_term(facts_of, words, term):
    assert (term, "asserts") not in terms(facts_of(START + f"<p>{words}</p>"))


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("每日21时至次日9时，我们不会致电您或者您的联系人。", "09:00-21:00"),
        ("每日21时至次日9时停止拨打电话。", "09:00-21:00"),
        ("我们只在9时至20时联系您的紧急联系人。", "09:00-20:00"),
    ],
)
def test_hours_of_a_promise(facts_of, words, hours):
    facts = facts_of(START + f"<p>{words}</p>")
    assert [f for f in facts if isinstance(f, Promise)]
    assert {f.value for f in facts if isinstance(f, PromiseTerm) and f.slot == "hours"} == {hours}
