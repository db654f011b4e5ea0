"""Promises about contacting others: whom, when, how, how often, between which hours, what is said and what for."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from dunproof.read.policy.paper import Sentence

KINDS: Final = frozenset({"contact_scope_promise", "contact_frequency_promise"})
"""Kinds of term that make a promise."""
WIDER: Final = frozenset({"contact_third_right", "disclose_to_contacts", "call_log_reach"})
"""Kinds of term that take such a promise back where they assert."""

_WHO: Final = (
    ("emergency_contact", r"紧急(?:联系|联络)人|应急联系人"),
    ("frequent_contact", r"常用联系人"),
    ("guarantor", r"担保人|保证人|共同借款人"),
    ("relative", r"亲属|亲友|亲戚|家人|家属|配偶|父母"),
    ("colleague", r"同事"),
    ("employer", r"(?:工作|所在|用人)单位"),
    ("contacts_book", r"通讯录|通信录|电话簿"),
    ("any_contact", r"(?<!紧急)(?<!常用)(?:其他|任何|所有)(?:的)?(?:联系人|第三人)|无关(?:的)?(?:第三)?人"),
)
_BORROWER: Final = re.compile(
    r"(?:联系|致电|拨打|催收|通知)(?:给)?(?:您|用户|借款人|本人|乙方)(?!填写|的|预留|指定|提供|通讯录)"
)
_NUMBER: Final = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_NUM: Final = r"(?:\d{1,3}|[零一二两三四五六七八九十百]{1,4})"
_DAYS: Final = re.compile(
    rf"逾期[^,。;]{{0,6}}?(?:超过|达到?|满|大于|已超过|届满)?\s?({_NUM})\s?(?:日|天|个?自然日|个?工作日)(?:以上|后)?"
)
_OVERDUE: Final = re.compile(r"逾期|未(?:能)?按(?:时|期|约)[^,。;]{0,6}(?:还款|偿还|归还)|拖欠")
_UNREACHABLE: Final = re.compile(
    r"失联|(?:无法|不能|未能|不可)(?:与|和|同)?(?:您|用户|借款人|乙方|本人)?(?:本人)?(?:正常)?(?:取得联系|联系到?(?:您|用户|借款人|本人|上)?|联络)|联系不(?:上|到)|取得不(?:了|到)联系"
)
_VERIFY: Final = re.compile(r"核实|核验|验证|审核")
_TIMES: Final = re.compile(
    rf"每\s?([日天周月]|个?自然日)[^,。;]{{0,20}}?(?:不(?:得|会)?(?:超过|多于)|至多|最多|不高于|以)\s?({_NUM})\s?次"
)
_CLOCK: Final = (
    rf"((?:凌晨|早上?|上午|中午|下午|晚上?|夜间|次日|当日)*)\s?({_NUM})\s?(?:时|点|:(\d\d))(半|[0-5]?\d分)?(?:整|钟)?"
)
_RANGE: Final = re.compile(rf"{_CLOCK}\s?(?:至|到|-|~|—|–|——)\s?(?:次日|第二天|翌日)?{_CLOCK}")
_BEFORE_AFTER: Final = re.compile(
    rf"{_CLOCK}(?:之?前|以前)(?:和|、|或|及){_CLOCK}(?:之?后|以后)|{_CLOCK}(?:之?后|以后)(?:和|、|或|及)?(?:次日)?{_CLOCK}(?:之?前|以前)"
)
_QUIET: Final = re.compile(r"(?:不在|不会在|不会于|不于|避开|禁止在|不得在|不得于|除|停止|免打扰)[^。;]{0,10}\Z")
_HOW: Final = (
    ("call", r"电话|致电|拨打|来电|通话|语音"),
    ("sms", r"短信|短消息"),
    ("app_push", r"推送|站内信|app消息"),
    ("letter", r"信函|函件|邮寄|律师函"),
    ("visit", r"上门|拜访|面访|外访|走访"),
)
_PURPOSE: Final = (
    ("relay_message", r"转告|转达|代为告知|代为通知"),
    ("verify", r"核实|核验|验证"),
    ("locate", r"(?:了解|获取|查询|询问|核实)[^,。;]{0,10}(?:下落|联系方式|去向|行踪|近况)|寻找"),
    ("urge_repayment", r"催收|催告|催促|督促|提醒[^,。;]{0,6}还款|代为还款"),
)
_SAYS_NOT: Final = re.compile(
    r"(?:不会?|不得|绝不|不予)(?:向[^,。;]{0,16})?(?:透露|披露|告知|泄露|公开|提及)([^,。;]{0,30})"
)
_MONEY: Final = re.compile(r"金额|数额|多少")
_FACT: Final = re.compile(r"逾期")
_DEBT: Final = re.compile(r"欠款|借款|债务|贷款|借贷|任何(?:个人)?信息|隐私|个人信息")


class Promised(msgspec.Struct, frozen=True):
    """A promise: its modality, and its conditions as (slot, value, start, stop) in the sentence's text."""

    modality: str
    terms: tuple[tuple[str, str, int, int], ...]


def number(text: str) -> int | None:
    """Return a number written in digits or in Chinese numerals up to 999; None if it is none."""
    if text.isdecimal():
        return int(text)
    total = digit = 0
    for c in text:
        if c == "百":
            total += (digit or 1) * 100
            digit = 0
        elif c == "十":
            total += (digit or 1) * 10
            digit = 0
        elif c in _NUMBER:
            digit = _NUMBER[c]
        else:
            return None
    return total + digit


def _clock(groups: tuple[str | None, ...]) -> str | None:
    """Return HH:MM of a time of day; None if it is no time."""
    part, hour_text, minute_text, half = groups
    hour = number(hour_text or "")
    if hour is None or hour > 24:
        return None
    minute = int(minute_text) if minute_text else 30 if half == "半" else int(half[:-1]) if half else 0
    part = part or ""
    if hour < 12 and any(p in part for p in ("下午", "晚", "夜间")) and not (hour <= 5 and "夜" in part):
        hour += 12
    return f"{hour:02d}:{minute:02d}" if minute < 60 else None


def _hours(text: str) -> tuple[str, int, int] | None:
    """Return the hours within which contact is promised to stay, as HH:MM-HH:MM, and where they stand."""
    for m in _RANGE.finditer(text):
        start, stop = _clock(m.groups()[0:4]), _clock(m.groups()[4:8])
        if start is None or stop is None:
            continue
        quiet = _QUIET.search(text[: m.start()]) or re.match(
            r"[^,。;]{0,8},?[^,。;]{0,8}?(?:不(?:会|得|再)?|停止|禁止)(?:联系|致电|拨打|催|进行|打扰|外呼)",
            text[m.end() :],
        )
        return (f"{stop}-{start}" if quiet else f"{start}-{stop}", m.start(), m.end())
    for m in _BEFORE_AFTER.finditer(text):
        groups = m.groups()
        if groups[1] is not None:  # 8 点前和 22 点后
            first, last = _clock(groups[0:4]), _clock(groups[4:8])
        else:  # 22 点后、8 点前
            last, first = _clock(groups[8:12]), _clock(groups[12:16])
        if first is not None and last is not None:
            return f"{first}-{last}", m.start(), m.end()
    return None


def promised(sentence: Sentence, modality: str | None) -> Promised:
    """Return what a sentence promises about contacting others."""
    text = sentence.text
    terms: list[tuple[str, str, int, int]] = []
    told = re.search(r"不会?(?:得|再)?[^,。;]{0,6}(?:联系|向|与|骚扰|拨打|催)", text)
    for value, pattern in _WHO:
        m = re.search(pattern, text)
        if m:
            terms.append(("who", value, m.start(), m.end()))
    if not terms and (m := _BORROWER.search(text)):
        terms.append(("who", "borrower", m.start(), m.end()))
    conditions: list[tuple[str, str, int, int]] = []
    if m := _DAYS.search(text):
        conditions.append(("when", f"overdue_days>={number(m[1])}", m.start(), m.end()))
    elif m := _OVERDUE.search(text):
        conditions.append(("when", "overdue", m.start(), m.end()))
    if m := _UNREACHABLE.search(text):
        conditions.append(("when", "unreachable", m.start(), m.end()))
    if not conditions and (m := _VERIFY.search(text)):
        conditions.append(("when", "verification", m.start(), m.end()))
    terms += conditions
    if len(conditions) > 1:
        a = min(c[3] for c in conditions)
        b = max(c[2] for c in conditions)
        between = text[a:b]
        op = "or" if re.search(r"或", between) else "and"
        terms.append(("when_op", op, min(a, b), max(a, b)))
    if m := _TIMES.search(text):
        unit = {"日": "day", "天": "day", "周": "week", "月": "month"}.get(m[1][-1], "day")
        terms.append(("times", f"{number(m[2])}/{unit}", m.start(), m.end()))
    if hours := _hours(text):
        terms.append(("hours", *hours))
    for slot, table in (("how", _HOW), ("purpose", _PURPOSE)):
        for value, pattern in table:
            m = re.search(pattern, text)
            if m and not (slot == "purpose" and told and modality == "will_not"):
                terms.append((slot, value, m.start(), m.end()))
    if m := _SAYS_NOT.search(text):
        what = m[1]
        content = (
            "no_amount"
            if _MONEY.search(what)
            else "no_overdue_fact"
            if _FACT.search(what)
            else "nothing"
            if _DEBT.search(what)
            else ""
        )
        if content:
            terms.append(("content", content, m.start(), m.end()))
    return Promised(modality or ("will_not" if told else "only"), tuple(terms))
