"""Names of companies and authorities in running text: where they stand and what part they play.

No word segmenter: a name is found by how it ends (有限公司, 律师事务所, 银行 …), followed to the left over what can
stand in a name, and cut behind the last word that cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

import msgspec

from dunproof.language.fold import fold
from dunproof.language.lexicon import load
from dunproof.read.policy.catalogue import catalogue, category_of_words

_REACH: Final = 30
_LEFT: Final = re.compile(r"(?:[\u4e00-\u9fffa-z0-9·&\-]|\([\u4e00-\u9fffa-z]{2,12}\))*\Z")
_ENGLISH_LEFT: Final = re.compile(r"(?:[a-z][a-z0-9.&\-]*[\s,]+){1,5}\Z")
_BRANCH: Final = re.compile(r"(?:[\u4e00-\u9fff()]{2,10}?)?(?:分公司|中心支公司|支公司|分行|支行|营业部|信用卡中心)")
_CUT: Final = re.compile(
    r"包括但不限于|包括|提交(?:至|给|到)?|过程中|适用|欢迎|阅读|订立|供应商|任何|均|以及|或者|授权|签署|签订|比如|例如|委托|通过|其中|关于|根据|我们|本人|用户|您|提供给|披露给|共享给|发送给|"
    r"合作方|合作机构|服务商|名称|甲方|乙方|丙方|丁方|运营者|运营方|运营商|出借人|贷款人|借款人|担保人|受托人|如下|同意|并由|系由|就是|"
    r"平台由|由|向|第三方(?!支付)|的|该|上述|等|将|从|让|至|及其|及|或|称|指|是|给|归|致(?=[\u4e00-\u9fff]{4})|"
    r"按照|接入|使用|采用|选择|联系|加入|成为|属于|作为|管理(?=中国)|应当|可以|有权|收款|注册|"
    r"以便|如果|否则|因此|接受|接收|访问|关注|通知|要求|依照|拒绝|违反|集成了|经营者|所有者|提供者|提供方|公司(?=[\u4e00-\u9fff])"
)
_SOFT: Final = "和与为经对在以由向及或跟同于"
"""Characters that join a name to what stands before it, or begin it."""
_OPENS: Final = "与为经对在以由向或跟于"
"""Those of them that open a clause; a clause that opens with 和, 同 or 及 more often opens with a name."""
_TOGETHER: Final = re.compile(
    r"(?:\([^()]{0,40}\))?[^,。;、:]{0,6}?(?:合作|共同|共享|分享|签[订署约]|订立|之间|一起|联合|约定|达成|协商|交换|核对)"
)
"""What is done with somebody: a 和 or 与 before the name joins."""
_SOMEBODY: Final = re.compile(r"(?:您|你|们|本人|用户|客户|会员|消费者|双方|其)\Z")
"""Words that no name follows unjoined."""
_SIDE: Final = re.compile(
    r"(?:有权|应当|可以|同意|均|适用|[甲乙丙丁]方|公司|平台|银行|合作方|合作机构|服务商|运营[者方商]|出借人|贷款人|借款人|担保人|受托人)\Z"
)
"""Words that a name follows joined, or stands beside (甲方和…, 出借人同盾…): a word of the name decides."""
_ALIASED: Final = re.compile(r"\([^()]{0,40}称[^()]{0,40}\)\Z")
_BOUNDARY: Final = frozenset(":、(（[【《“\"‘'|*#")
_GENERIC: Final = re.compile(
    r"(?:本|我|贵|该|上述|某|某某|其|各|各家|任何|相关|有关|合作|第三方|指定|以下|其他|所有|多家|一家|若干|前述|此|专业|独立|关联|子|母|合法|国内|另一|新|甲方|乙方|丙方|法律|小额贷款|消费金融|"
    r"融资担保|担保|保险|征信|支付|信托|催收|外包|服务|商业|网络|科技|金融|持牌|放款|资金|当地|所在地|外部|律师|境外|集团|资产管理|信息技术|互联网|物流|下列|借款|贷款)*(?:\d*家)?\Z"
)
_NOT_BANK: Final = re.compile(
    r"(?:划转|转入|付至|支付至|存入|至|到|入|相关|合作|开户|发卡|绑定|指定|收款|还款|存管|托管|商业|其他|各|各家|多家|任一|任意|该|本|您|的|国有|网上|手机|电子|持卡|第三方|家|"
    r"所|名下|金融|等|在|从|向|及|和|或|对应|代扣|资金|放款|贷款|所属|信用卡|结算|清算|代理|监管|签约|收单|支付|中央|以|与|通过|为|直销|网络|持牌|民营|外资|某)\Z"
)
_BANK_TAIL: Final = re.compile(
    r"卡|账|帐|流水|存管|柜|间|业|类|网点|预留|系统|利率|同期|贷款|存款|转账|汇|端|监|客户|机构|等|信息|的|、[^,。;]{0,4}等"
)
_ALIAS: Final = re.compile(
    r"\s?\([^()]{0,24}?(?:简称|下称|统称|合称|称|原名)(?:为|:)?\s?[“\"'‘「【]?([^()“”\"'‘’「」【】]{1,16})[”\"'’」】]?[^()]{0,20}\)"
)
_VAGUE: Final = frozenset({"partner", "service_provider", "platform", "controller", "any_third_party"})
_SELF: Final = re.compile(r"我们|本公司|平台|甲方|丙方|运营方|服务方|公司|本平台|我方|贷款人|出借人")


class Body(msgspec.Struct, frozen=True):
    """A name in a text: [start, stop), and the short name given to it there."""

    start: int
    stop: int
    alias: str = ""
    itself: bool = False
    """The alias is a word for the firm of the paper (我们, 本公司)."""


@cache
def _suffix() -> re.Pattern[str]:
    forms = sorted({fold(s).text for s in catalogue().entity.suffixes}, key=lambda s: (-len(s), s))
    return re.compile("|".join(re.escape(s) for s in forms))


@cache
def _place() -> re.Pattern[str]:
    forms = sorted({fold(f).text for f in load("names.tsv").of("REGION")}, key=lambda f: (-len(f), f))
    return re.compile("|".join(map(re.escape, forms)))


@cache
def _words() -> re.Pattern[str]:
    forms = sorted(
        {fold(f).text for f in load("name_words.tsv", "dunproof.read.policy").forms}, key=lambda f: (-len(f), f)
    )
    return re.compile("|".join(map(re.escape, forms)))


def free_names(texts: Iterable[str]) -> frozenset[str]:
    """Return the names that stand free somewhere in comparable texts: at their start or behind a mark, not a word."""
    return frozenset(
        text[b.start : b.stop]
        for text in texts
        for b in bodies(text)
        if not text[: b.start].strip() or text[: b.start].rstrip()[-1] in _BOUNDARY
    )


def bodies(text: str, free: frozenset[str] = frozenset()) -> list[Body]:
    """Return the names in comparable text, in order. ``free``: names that stand free elsewhere in the same paper."""
    spans: list[tuple[int, int]] = []
    at = 0
    while (m := _suffix().search(text, at)) is not None:
        suffix_start, stop = m.span()
        at = stop
        while True:  # a bank that is a joint-stock company, a company with a branch
            follow = _suffix().search(text, stop, min(len(text), stop + 16))
            between = text[stop : follow.start()] if follow else ""
            if (
                follow is None
                or re.search(r"[^\u4e00-\u9fff]|[和与及或等的、在向由为是对]", between)
                or (between and m[0] != "银行" and not _place().match(between))
            ):
                break
            stop = follow.end()
        branch = _BRANCH.match(text, stop)
        if branch and not re.search(r"[和与及或的]", branch[0]):
            stop = branch.end()
        at = stop
        start = _start(text, suffix_start, stop, spans[-1][1] if spans else 0, free)
        if start is None or not _is_name(text, start, suffix_start, stop):
            continue
        spans.append((start, stop))
    out = [_named(text, a, b) for a, b in spans]
    return _propagated(text, out)


def _start(text: str, suffix_start: int, stop: int, floor: int, free: frozenset[str]) -> int | None:
    """Return where the name begins that ends at stop, its suffix at suffix_start; None if nothing is left of it."""
    low = max(floor, suffix_start - _REACH)
    window = text[low:suffix_start]
    if text[suffix_start].isascii() and text[suffix_start].isalpha():
        m = _ENGLISH_LEFT.search(window)
        return low + m.start() if m else None
    m = _LEFT.search(window)
    begin = low + (m.start() if m else len(window))
    run = text[begin:suffix_start]
    words = [w.span() for w in _words().finditer(run)]
    at = 0
    for c in _CUT.finditer(run):
        own = any(a <= c.start() and c.end() <= b for a, b in words) and not _place().match(run, c.end())
        if not own and (len(run) - c.end() >= 2 or c.end() == len(run)):
            at = c.end()
    at += begin
    if text[at:stop] in free:
        return at
    opened = at
    while at < suffix_start and text[at] in _SOFT and _joins(text, at, stop, floor):
        at += 1
    for k in range(at, suffix_start - 2):
        if text[k] in _SOFT and _place().match(text, k + 1, suffix_start):
            at = k + 1
    for k in range(at + 1, suffix_start - 1):
        if (text[k - 1] in _SOFT or text[opened] in _SOFT) and text[k:stop] in free:
            return k
    return at


def _joins(text: str, at: int, stop: int, floor: int) -> bool:
    """Return whether the character joins the name behind it, up to stop, to what stands before; else it begins it."""
    if _place().match(text, at + 1):
        return True
    if _place().match(text, at):
        return False
    before = text[max(0, at - 90) : at]
    if at == floor > 0 or _SOMEBODY.search(before) or _ALIASED.search(before):
        return True
    if _words().match(text, at):
        return False
    if text[at] in "和与同跟" and _TOGETHER.match(text, stop):
        return True
    if before and re.match(r"[\u4e00-\u9fff]", before[-1]):  # a verb or a preposition, which takes a name unjoined
        return _SIDE.search(before) is not None
    return text[at] in _OPENS


def _is_name(text: str, start: int, suffix_start: int, stop: int) -> bool:
    stem = text[start:suffix_start].lstrip("及和与或")
    if len(stem) < 2 and not stem.isascii():
        return False
    if not stem or _GENERIC.fullmatch(stem):
        return False
    if text[stop - 2 : stop] == "银行" and (_NOT_BANK.search(stem) or _BANK_TAIL.match(text, stop)):
        return False
    if text[stop - 2 : stop] in {"协会", "公司"} and re.search(r"(?:行业|自律|某)\Z", stem):
        return False
    return "____" not in stem


def _named(text: str, start: int, stop: int) -> Body:
    m = _ALIAS.match(text, stop)
    if m is None:
        m = re.compile(r"(?:及其[^,。;()]{0,12})" + _ALIAS.pattern).match(text, stop)
    if m is None:
        return Body(start, stop)
    alias = re.split(r"[\"”“'、]|或", m[1])[0].strip()
    return Body(start, stop, alias, _SELF.fullmatch(alias) is not None)


def _propagated(text: str, found: list[Body]) -> list[Body]:
    """Add the members of a 、-list that stand between two names."""
    out: list[Body] = []
    for k, body in enumerate(found):
        if k:
            gap_start, gap_stop = out[-1].stop, body.start
            gap = text[gap_start:gap_stop]
            parts = gap.split("、")
            if 3 <= len(parts) <= 6 and not parts[0].strip() and not parts[-1].strip() and len(gap) <= 60:
                at = gap_start
                for part in parts:
                    if (
                        part.strip()
                        and re.fullmatch(r"[\u4e00-\u9fffa-z0-9()·]{2,14}", part)
                        and not _GENERIC.fullmatch(part)
                    ):
                        out.append(Body(at, at + len(part)))
                    at += len(part) + 1
        out.append(body)
    return out


def category_of(words: str) -> str | None:
    """Return the category that words of a name or a category cell speak for; None if they speak for none."""
    text = fold(words, tight=True).text
    best: tuple[bool, int, int, str] | None = None
    for order, (id_, pattern) in enumerate(category_of_words()):
        for m in pattern.finditer(text):
            # the last word decides (某银行消费金融公司 is a consumer finance company), but not 机构 or 合作方
            rank = (id_ not in _VAGUE, m.end(), -order, id_)
            if best is None or rank > best:
                best = rank
    return best[3] if best else None
