"""Lists of recipients in every shape: tables, pipe tables, key-value paragraphs."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import CollectedItem, Coverage, Recipient, RecipientItem

HEAD = "<title>第三方信息共享清单</title><p>我们向以下第三方共享您的个人信息，您同意，用户授权。</p>"


def bodies(facts):
    return [f for f in facts if isinstance(f, Recipient) and f.role == "recipient" and f.name]


def given(facts, recipient):
    return {f.item for f in facts if isinstance(f, RecipientItem) and f.recipient == recipient.recipient}


def short(facts):
    return [(f.name, f.category, f.purpose) for f in bodies(facts)]


WANTED = [
    ("临江禾泽银行股份有限公司", "bank", "放款"),
    ("东陵安信信用管理有限公司", "collection", "催收"),
    ("南汐律师事务所", "collection", "催收"),
]

SHAPES = {
    "rowspan category": "<table><tr><th>类别<th>第三方名称<th>使用目的<th>共享信息"
    "<tr><td>银行<td>临江禾泽银行股份有限公司<td>放款<td>姓名、手机号"
    "<tr><td rowspan=2>贷后催收<td>东陵安信信用管理有限公司<td rowspan=2>催收<td rowspan=2>姓名、通讯录"
    "<tr><td>南汐律师事务所</table>",
    "category row": "<table><tr><td>名称<td>目的<td>信息类型<tr><td colspan=3>（一）银行类"
    "<tr><td>临江禾泽银行股份有限公司<td>放款<td>姓名、手机号<tr><td colspan=3>（二）催收类"
    "<tr><td>东陵安信信用管理有限公司<td>催收<td>姓名、通讯录<tr><td>南汐律师事务所<td>同上<td>〃</table>",
    "two-line head": "<table><tr><th rowspan=2>类别<th colspan=3>接收方<tr><th>公司名称<th>用途<th>个人信息字段"
    "<tr><td>银行<td>临江禾泽银行股份有限公司<td>放款<td>姓名、手机号"
    "<tr><td>催收<td>东陵安信信用管理有限公司<td>催收<td>姓名、通讯录<tr><td>催收<td>南汐律师事务所<td>催收<td>姓名、通讯录</table>",
    "transposed": "<h4>银行</h4><table><tr><td>机构<td>临江禾泽银行股份有限公司<tr><td>用途<td>放款<tr><td>信息<td>姓名、手机号</table>"
    "<h4>贷后催收</h4><table><tr><td>机构<td>东陵安信信用管理有限公司<td>南汐律师事务所<tr><td>用途<td colspan=2>催收"
    "<tr><td>信息<td colspan=2>姓名、通讯录</table>",
    "several in a cell": "<table><tr><td>类型<td>机构名称<td>使用目的<td>信息范围<tr><td>银行<td>1. 临江禾泽银行股份有限公司<td>放款<td>姓名、手机号"
    "<tr><td>催收<td>东陵安信信用管理有限公司<br>（原名安信）<br>南汐律师事务所<td>催收<td>姓名、通讯录</table>",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_tables(facts_of, shape):
    facts = facts_of(HEAD + SHAPES[shape])
    assert short(facts) == WANTED
    assert [given(facts, f) for f in bodies(facts)] == [
        {"name", "phone"},
        {"name", "contacts_book"},
        {"name", "contacts_book"},
    ]


def test_copied_cells_are_derived(facts_of):
    facts = facts_of(HEAD + SHAPES["category row"])
    assert [f.tier for f in bodies(facts)] == ["exact", "exact", "derived"]


def test_missing_columns_are_none_and_filled_ones_as_written(facts_of):
    facts = facts_of(
        HEAD + "<table><tr><td>SDK名称<td>第三方名称<td>使用目的<td>联系方式<td>共享方式"
        "<tr><td>云信推送SDK<td>北岭云信网络有限公司<td>消息推送<td>/<td>接口加密传输</table>"
    )
    (found,) = bodies(facts)
    assert (found.sdk, found.contact, found.manner, found.purpose) == (
        "云信推送SDK",
        "none",
        "接口加密传输",
        "消息推送",
    )
    facts = facts_of(HEAD + SHAPES["several in a cell"])
    assert {(f.manner, f.contact, f.sdk) for f in bodies(facts)} == {("none", "none", "none")}


PIPES = """# 共享清单

我们向第三方共享您的信息，您同意，用户授权。

|名称|使用目的|
|---|---|
|临江禾泽银行股份有限公司|放款|
|东陵安信信用管理
有限公司|催收|

我们会保护您的信息。
"""


def test_pipe_table_with_a_broken_row(facts_of):
    facts = facts_of(PIPES, "text")
    names = ["".join(f.name.split()) for f in bodies(facts)]
    assert names == ["临江禾泽银行股份有限公司", "东陵安信信用管理有限公司"]


KEYS = """第三方SDK清单

我们接入第三方SDK，您同意，用户授权第三方。

云信推送
第三方名称：北岭云信网络有限公司
使用目的：消息推送
处理的个人信息类型：设备型号、IP地址

第三方 SDK 名称：宝付 SDK
提供方名称：南汐支付服务有限公司
使用场景：代扣还款
收集信息：
银行卡号、姓名等
"""


def test_key_value_paragraphs(facts_of):
    facts = facts_of(KEYS, "text")
    first, second = bodies(facts)
    assert (first.name, first.sdk, first.purpose) == ("北岭云信网络有限公司", "云信推送", "消息推送")
    assert given(facts, first) == {"device_info", "ip"}
    assert (second.name, second.sdk) == ("南汐支付服务有限公司", "宝付 SDK")
    assert given(facts, second) == {"bank_card", "name"}
    assert any(f.open_ended for f in facts if isinstance(f, CollectedItem) and f.item == "bank_card")


def test_table_of_own_collection_has_no_recipients(facts_of):
    facts = facts_of(
        "<title>个人信息收集清单</title><p>我们收集您的信息，您同意，用户授权第三方。</p>"
        "<table><tr><td>功能<td>收集的个人信息<tr><td>实名认证<td>姓名、身份证号码</table>"
    )
    assert bodies(facts) == []
    found = {
        (f.item, f.activity, f.purpose) for f in facts if isinstance(f, CollectedItem) and f.item != "personal_info"
    }
    assert found == {("name", "collect", "identity_check"), ("id_no", "collect", "identity_check")}


def test_a_table_that_is_cut_is_not_called_read(facts_of):
    rows = "<tr><td rowspan=1000000>甲有限公司<td>目的" * 600
    facts = facts_of(HEAD + "<table><tr><td>第三方名称<td>使用目的" + rows + "</table>")
    assert {f.status for f in facts if isinstance(f, Coverage) and f.looked_for == "recipient"} == {"partly"}
