"""What a message may not claim is named; a denial of it is let through."""

from __future__ import annotations

import pytest

from dunproof.errors import UseError
from dunproof.report.lint import claims


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "The company is guilty."),
        ("en", "This is a crime under the code."),
        ("en", "The app uploads the address book."),
        ("en", "Your data was sold to partners."),
        ("en", "An illegal lender."),
        ("en", "The clause is void."),
        ("en", "The lender violated the law."),
        ("en", "All calls are shown."),
        ("en", "The number belongs to the collector."),
        ("en", "It is not known. The app sells data."),
        ("zh-Hans", "该公司有罪。"),
        ("zh-Hans", "应用上传了通讯录。"),
        ("zh-Hans", "个人信息被出售给合作方。"),
        ("zh-Hans", "这是非法放贷。"),
        ("zh-Hans", "合同条款无效。"),
        ("zh-Hans", "放贷方违反了民法典。"),
        ("zh-Hans", "未见记录。应用上传了通讯录。"),
        ("zh-Hant", "該公司涉嫌詐騙。"),
        ("zh-Hant", "應用程式上載了通訊錄。"),
        ("zh-Hant", "資料被販賣。"),
        ("zh-Hant", "所有通話均已列出。"),
    ],
)
def test_claims_are_found(lang: str, text: str) -> None:
    assert claims(text, lang)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "It does not show that anybody is guilty."),
        ("en", "Whether data was sold cannot be seen here."),
        ("en", "The message may breach the clause."),
        ("en", "Code reads the address book."),
        ("en", "The offline mode."),
        ("en", "No licence wording found in these exhibits."),
        ("zh-Hans", "看不出是否上传。"),
        ("zh-Hans", "不表示任何人有罪。"),
        ("zh-Hans", "可能违反第六条。"),
        ("zh-Hant", "看不出資料是否被出售。"),
        ("zh-Hant", "可能違反該條文。"),
    ],
)
def test_denials_and_weak_words_pass(lang: str, text: str) -> None:
    assert claims(text, lang) == []


def test_a_claim_says_which_words_and_why() -> None:
    assert claims("Guilty, and the debt is void.", "en") == [
        "Guilty: guilt, crime or offence",
        "debt is void: a lender's licence or a debt's standing",
    ]


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(UseError):
        claims("x", "fr")
