"""Values named in a message: who signs, who is meant, how much, until when, where to call and to pay.

Takes folded text, gives (slot, start, stop, value) in it; language/speech.py maps the places back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from dunproof.language import names, numbers
from dunproof.language.fold import key
from dunproof.language.lexicon import load

Value = tuple[str, int, int, str]

_SIGNATURE: Final = re.compile(r"[【\[]\s?([^【】\[\]\n]{2,20}?)\s?[】\]]")
_HAN: Final = "一-鿿"
_HONORIFIC: Final = re.compile(rf"([{_HAN}]{{1,4}})(?:先生|女士|小姐)")
_MASK: Final = re.compile(rf"(?<![{_HAN}*])([{_HAN}]{{1,2}}(?:[*×○]{{1,3}}[{_HAN}]?|某某?))")
_NAMED: Final = re.compile(
    rf"(?:您的(?:朋友|亲友|家人|同事|儿子|女儿|丈夫|妻子|老公|老婆|联系人|亲戚|员工|同学|学生|室友|下属|邻居)|同学|学生|员工|职工|认识|不上|借款人|债务人|欠款人|被告|客户|请问是|请转告|转告|通知|联系|员工)"
    rf"[::]?\s?([{_HAN}]{{2,4}}?)(?=的|在|有|欠|借|逾|拖|贷|本人|先生|女士|吗|,|\(|尽|与|和我|还款)"
)
_OPENING: Final = re.compile(
    rf"(?:^|[】\],;。!?\n])\s?([{_HAN}]{{2,4}}?)(?=您好|你好|欠|,您|,你|将您|把您|有一笔|拖欠|的(?:同学|同事|朋友|家人|家属|联系人|借款|贷款|欠款))"
)
_PHONE: Final = re.compile(
    r"(?<![0-9a-z.])(?:\+?86[- ]?)?(1[3-9][0-9]{9}|1[3-9][0-9][- ][0-9]{4}[- ][0-9]{4}|400[- ]?[0-9]{3}[- ]?[0-9]{4}"
    r"|800[- ]?[0-9]{3}[- ]?[0-9]{4}|95[0-9]{3,6}"
    r"|0[1-9][0-9]{1,2}[- ]?[0-9]{7,8}|\+[0-9]{1,3}[ -][0-9 -]{7,14})(?![0-9])"
)
_LINK: Final = re.compile(
    r"(?:https?://)?((?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,4}(?:com|cn|net|org|cc|top|vip|xyz|info|me|io|co|app|link|site|club|shop|ltd|tech|hk|tw|in))(?![a-z0-9.@-])(?:[:/][^\s一-鿿,。、)】]{0,200})?"
)
_CASE: Final = re.compile(
    rf"\((20[0-9]{{2}})\)\s?([{_HAN}]{{1,2}}[0-9]{{0,6}}[{_HAN}]{{1,6}}[0-9]{{1,8}}号)|(?:案件编号|案号|案件号)[::]?\s?([a-z0-9-]{{4,24}})"
)
_AGENCY: Final = re.compile(
    rf"[{_HAN}a-z×*]{{2,16}}?(?:律师事务所|律所|调解中心|调解委员会|执行局|资产管理公司|催收公司|法务部|法务中心)"
)
_TAIL: Final = re.compile(
    r"(?:卡|账户|手机|手机号|身份证|贷款|合同)?(?:尾号|尾数|末四位|后四位)(?:为|是|[::])?\s?([0-9x*]{3,6})"
)
_PAY: Final = re.compile(
    r"(支付宝|微信|卡号|账号|收款人|户名)(?:账号|号|账户|转账)?(?:为|是|[::<(\s]){0,3}([a-z0-9][a-z0-9._@*-]{4,40}|[0-9]{10,19})"
)
_UNSUBSCRIBE: Final = re.compile(
    r"(?:退订|拒收)(?:请)?(?:回复?)[\"“'’”]?([a-z]{1,3})|回复?[\"“'’”]?(td?|r|n)[\"“'’”]?退订"
)
_PERSON_STOP: Final = frozenset(
    ["尊敬的", "亲爱的", "您好", "请问", "您", "你", "我们", "他", "她", "先生", "客户", "用户"]
)
_NOT_SIGNED: Final = re.compile(
    r"^(?:还款|催款|逾期|通知|提醒|重要|温馨|紧急|客户名|.{0,4}支付|.{0,6}通知|.{0,6}提醒|联系|[0-9]+|.{0,4}天数|.{0,4}金额|.{0,4}编号)$|员名|机构名|名单"
)


def _signature(text: str) -> Iterator[Value]:
    """Signatures stand at an edge of the text; inside it such brackets are decoration or a template's blank."""
    stripped = text.strip()
    lead = len(text) - len(text.lstrip())
    for m in _SIGNATURE.finditer(text):
        at_edge = m.start() == lead or m.end() == lead + len(stripped)
        if at_edge and not _NOT_SIGNED.search(m[1]):
            yield "signature", m.start(), m.end(), key(m[1])


@cache
def _lines() -> str:
    forms = {
        key(e.form)
        for e in load("names.tsv").entries
        if e.cls == "LINE" and e.id in {"消费金融", "小额贷款", "银行", "资产管理", "融资担保", "信托"}
    }
    products = {key(f) for f in load("products.tsv").forms}
    return "|".join(sorted((re.escape(f) for f in forms | {"贷", "金融"} | products), key=lambda f: (-len(f), f)))


_LENDER_LEFT: Final = re.compile(
    r"^.*(?:我是|这里是|我们是|我们为|您在|你在|您于|受|由|委托|来自|欠|名下|申请的|使用的|关于|借的|尊敬的|您的|你的|我方为|以及|和|与|的|在|是|拖欠|通过)"
)


def _lender(text: str) -> Iterator[Value]:
    pattern = re.compile(
        rf"([{_HAN}a-z0-9]{{2,12}}?(?:{_lines()})(?:有限责任公司|股份有限公司|有限公司|公司)?)|([{_HAN}()]{{4,30}}?(?:有限责任公司|股份有限公司|有限公司))"
    )
    for m in pattern.finditer(text):
        start = m.start()
        word = m[0]
        cut = _LENDER_LEFT.match(word)
        if cut and len(word) - cut.end() >= 2:
            start += cut.end()
            word = word[cut.end() :]
        if names.brand(word) and not re.match(
            r"(?:网贷|某|本|我|贵|该|一笔|多家|各|其他|您|你|此|这|不|逾期|欠|还|申请)", word
        ):
            right = text[m.end() : m.end() + 1]
            if word.endswith("银行") and right == "卡":
                continue
            if word.endswith("贷") and right == "款":
                continue
            yield "lender_named", start, m.end(), names.party_key(word)


def _debtor(text: str) -> Iterator[Value]:
    for m in sorted([*_NAMED.finditer(text), *_OPENING.finditer(text)], key=lambda m: m.start(1)):
        name = m[1]
        if names.family_name(name) and name not in _PERSON_STOP and not name.endswith(("先生", "女士", "小姐")):
            yield "debtor_named", m.start(1), m.end(1), name
    for m in _MASK.finditer(text):
        if names.family_name(m[1]) and names.is_masked(m[1]):
            yield "debtor_named", m.start(1), m.end(1), m[1]
    for m in _HONORIFIC.finditer(text):
        word = m[1]
        for length in (4, 3, 2, 1):
            name = word[-length:]
            if len(word) < length or name in _PERSON_STOP:
                continue
            family = names.family_name(name)
            before = text[m.start(1) + len(word) - length - 1 : m.start(1) + len(word) - length]
            if family and len(name) - len(family) <= 2 and (length == len(word) or before in "的是,:,"):
                yield (
                    "debtor_named",
                    m.end(1) - length,
                    m.end(1),
                    name if len(name) > len(family) else name + m[0][len(word) :],
                )
                break


def read(text: str) -> Iterator[Value]:
    """Yield the values of a folded text, in no order; a place may be given by two slots."""
    yield from _signature(text)
    yield from _lender(text)
    yield from _debtor(text)
    taken = [m.span() for pattern in (_PHONE, _LINK, _CASE, _TAIL) for m in pattern.finditer(text)]
    for start, stop, fen in numbers.amounts(text):
        if not any(a < stop and start < b for a, b in taken):
            yield "amount", start, stop, str(fen)
    for start, stop, value in numbers.overdue(text):
        yield "overdue_days", start, stop, value
    for start, stop, value in numbers.deadlines(text):
        yield "deadline", start, stop, value
    for m in _PHONE.finditer(text):
        yield "callback", m.start(1), m.end(1), re.sub(r"[^0-9+]", "", m[1])
    for m in _LINK.finditer(text):
        yield "link", m.start(), m.end(), m[1]
    for m in _CASE.finditer(text):
        yield "case_number", m.start(), m.end(), f"({m[1]}){m[2]}" if m[1] else m[3]
    for m in _AGENCY.finditer(text):
        yield "agency", m.start(), m.end(), m[0]
    for m in _PAY.finditer(text):
        yield "pay_account", m.start(), m.end(), f"{m[1]}:{m[2]}"
    for m in _TAIL.finditer(text):
        yield "tail", m.start(), m.end(), m[1]
    for m in _UNSUBSCRIBE.finditer(text):
        yield "unsubscribe", m.start(), m.end(), (m[1] or m[2]).upper()
