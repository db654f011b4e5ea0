from __future__ import annotations

import pytest

from dunproof.language import names


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("云杉科技（深圳）有限公司", "云杉科技(深圳)有限责任公司"),
        ("雲杉網絡科技有限公司", "云杉网络科技有限公司"),
        ("云杉小额贷款有限公司（以下简称“云杉”）", "云杉小额贷款 有限公司"),
        ("ＹＳ科技有限公司", "ys科技有限公司"),
    ],
)
def test_spellings_of_one_name_have_one_key(a, b):
    assert names.party_key(a) == names.party_key(b) != ""
    assert names.same_party(a, b) == "same_name"


@pytest.mark.parametrize(
    ("a", "b", "key_type"),
    [
        ("云杉消金", "常州云杉消费金融有限公司", "short_form"),
        ("云杉", "云杉消费金融有限公司", "short_form"),
        ("云杉小贷", "温岭云杉小额贷款有限公司", "short_form"),
        ("云杉科技有限公司", "深圳市云杉科技有限公司", "short_form"),
        ("云杉银行股份有限公司深圳分行", "云杉银行", "short_form"),
        ("大兴安岭地区塔河县云杉小额贷款有限公司", "云杉小贷", "short_form"),
        ("云杉科技有限公司", "云杉小额贷款有限公司", None),
        ("云杉小贷", "云杉消费金融有限公司", None),
        ("深圳云杉科技有限公司", "上海云杉科技有限公司", None),
        ("云杉科技股份有限公司", "云杉科技有限公司", None),
        ("云杉科技（深圳）有限公司", "云杉科技（上海）有限公司", None),
        ("云杉", "云松消费金融有限公司", None),
        ("本公司", "云杉公司", None),
        ("银行", "云杉银行", None),
        ("北京银行", "上海银行", None),
        ("建设银行", "中国建设银行股份有限公司", "short_form"),
        ("", "云杉", None),
    ],
)
def test_short_forms(a, b, key_type):
    assert names.same_party(a, b) == key_type
    assert names.same_party(b, a) == key_type


def test_stock_company_keeps_its_word():
    assert names.party_key("云杉股份有限公司") != names.party_key("云杉有限公司")


@pytest.mark.parametrize(
    ("name", "brand"),
    [
        ("深圳市云杉网络科技有限公司", "云杉"),
        ("云杉消费金融有限公司", "云杉"),
        ("云杉信息技术（北京）有限公司", "云杉"),
        ("北京银行", ""),
        ("本公司", ""),
    ],
)
def test_brand(name, brand):
    assert names.brand(name) in ({brand, "北京"} if name == "北京银行" else {brand})


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("张三", "張三", True),
        ("张*", "张三", None),
        ("余××", "余小明", None),
        ("张*", "张三丰", False),
        ("张*", "李四", False),
        ("张三", "李四", False),
        ("*三", "张三", False),
    ],
)
def test_masked_names(a, b, same):
    assert names.same_person_name(a, b) is same


def test_family_name():
    assert names.family_name("欧阳小明") == "欧阳"
    assert names.family_name("张小明") == "张"
    assert names.family_name("嘿") == ""
