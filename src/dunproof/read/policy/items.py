"""Items of personal information in running text: which, whose, what is done with them, must one give them."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from dunproof.language.fold import fold
from dunproof.language.match import Matcher
from dunproof.read.policy.catalogue import catalogue, cues
from dunproof.read.policy.paper import Paper, Sentence


class Item(msgspec.Struct, frozen=True):
    """One row of the taxonomy."""

    id: str
    group: str
    zh: str
    en: str
    whose: str
    sensitive: bool
    forms: list[str]


class _Lookalike(msgspec.Struct, frozen=True):
    item: str
    forms: list[str]
    before: str = ""
    after: str = ""


class _Taxonomy(msgspec.Struct, frozen=True):
    item: list[Item]
    lookalike: list[_Lookalike]


class Mention(msgspec.Struct, frozen=True):
    """Words for an item in a sentence: [start, stop) of the sentence's text."""

    start: int
    stop: int
    item: str


class Reading(msgspec.Struct, frozen=True):
    """A mention and what the sentence says about it; None = the sentence does not say."""

    mention: Mention
    activity: str | None
    subject: str
    required: bool | None
    open_ended: bool
    purpose: str | None
    from_stem: bool
    """The verb stands in the sentence that opens the list."""
    verb: int
    """Where the verb starts in the sentence; -1 if it stands elsewhere."""


@cache
def taxonomy() -> dict[str, Item]:
    """Return the items by id."""
    return {i.id: i for i in _data().item}


@cache
def _data() -> _Taxonomy:
    raw = files("dunproof.language").joinpath("data", "items.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(raw), _Taxonomy)


@cache
def _matcher() -> tuple[Matcher, list[str], dict[tuple[str, str], list[tuple[re.Pattern[str], re.Pattern[str]]]]]:
    pairs = [(form, item.id) for item in _data().item for form in item.forms]
    never = r"(?!)"
    odd: dict[tuple[str, str], list[tuple[re.Pattern[str], re.Pattern[str]]]] = {}
    for look in _data().lookalike:
        rule = (re.compile(f"(?:{look.before or never})\\Z"), re.compile(look.after or never))
        for form in look.forms or taxonomy()[look.item].forms:
            odd.setdefault((look.item, fold(form).text), []).append(rule)
    return Matcher(form for form, _ in pairs), [item for _, item in pairs], odd


_GAP: Final = re.compile(
    r"(?:的?(?:信息|内容|号码|资料|数据|记录|权限|列表|名单)?)[\s、,，/和与及或以并;:()（）\[\]\"“”·]{0,4}(?:以及|及其|包括(?:但不(?:仅)?限于)?|还有|或者|并且)?(?:您的|其|该)?"
)
_TITLES: Final = re.compile(r"《[^《》]{0,60}》")


def mentions(text: str) -> list[Mention]:
    """Return the items named in comparable text, leftmost and longest, look-alikes and words inside 《》 left out."""
    matcher, ids, odd = _matcher()
    hits = sorted(matcher.raw(text), key=lambda h: (h[0], -h[1]))
    if not hits:
        return []
    titles = [m.span() for m in _TITLES.finditer(text)]
    out: list[Mention] = []
    end = -1
    for start, stop, form in hits:
        if start < end:
            continue
        item = ids[matcher.indexes(form)[0]]
        left, right = text[max(0, start - 24) : start], text[stop : stop + 40]
        if any(b.search(left) or a.match(right) for b, a in odd.get((item, text[start:stop]), ())):
            continue
        if any(a <= start < b for a, b in titles):
            continue
        end = stop
        out.append(Mention(start, stop, item))
    return out


def runs(text: str, found: list[Mention]) -> list[list[Mention]]:
    """Return the mentions in runs: items that are listed together."""
    out: list[list[Mention]] = []
    for mention in found:
        if out:
            gap = text[out[-1][-1].stop : mention.start]
            if len(gap) <= 14 and (_GAP.fullmatch(gap) or (gap.count("、") >= 1 and not re.search(r"[。;]", gap))):
                out[-1].append(mention)
                continue
        out.append([mention])
    return out


# --- verbs ---------------------------------------------------------------------------------------------------------


@cache
def _verb() -> re.Pattern[str]:
    return re.compile(
        "|".join(f"(?P<{kind}>{'|'.join(cues()[kind])})" for kind in ("publish", "share", "collect", "use"))
    )


_NOT: Final = re.compile(
    r"(?<!要)(?:不会|不再|不予|绝不|决不|从不|并不|不得|不应|不能|不主动|未|无需|无须|不需要?|不必|不|禁止|勿|拒绝|没有)(?:您|你|用户|我们)?(?:再|主动|强制|直接|故意|以任何方式|向[^,。;]{1,16}|要求[^,。;]{0,6}|将[^,。;]{0,30}|对[^,。;]{0,20}|把[^,。;]{0,20}|从[^,。;]{0,16}|另行)?\Z"
)
_DOUBLE: Final = re.compile(r"不得不|无不|并非不|不可不|不能不|莫不")
_IF_NOT: Final = re.compile(
    r"(?:如|若|倘|一旦|假如|的?话)[^,。;]{0,16}(?:不|未|拒绝)|(?:不|未|拒绝)[^,。;]{0,24}(?:的,|则|将无法|可能|会影响|,[^。;]{0,12}(?:无法|不能))"
)
_SOURCE_HEAD: Final = re.compile(r"(?:从|自|向|通过|由)(?!您|你|用户|本人|我们|乙方|借款人)[^,。;]{1,60}\Z")
_TO_US: Final = re.compile(
    r"(?:向|给|至|予)(?:我们|本平台|平台|本公司|我司|甲方|本app|贷款人|出借人|丙方)[^,。;]{0,6}\Z"
)
_TRUTHFULLY: Final = re.compile(r"(?:如实|真实|准确)[^,。;]{0,8}(?:向|给)[^,。;]{1,60}\Z")
"""To give truthfully is the duty of the one whose data they are: what he gives is collected, whoever gets it."""
_OPENS: Final = re.compile(r"(?:收集|采集|获取|读取)[^/]{0,16}(?:范围|内容|类型|种类|清单)\s*\Z")
"""A heading that opens a list like a stem does."""
_TO_YOU: Final = re.compile(r"(?:向|给|为)(?:您|你|用户|本人|客户)[^,。;]{0,10}\Z")
_TO_OTHER: Final = re.compile(
    r"(?:向|给|与|和|对)(?!您|你|用户|本人|我们|本平台|平台提|本公司|甲方|其提供的)[^,。;]{1,80}\Z"
)
_OBJECT_FIRST: Final = re.compile(r"(?:将|把|对|就|以)(?!来|会|上|按|要求|无法)[^,。;]{0,40}\Z")
_DEFINITION: Final = re.compile(r"(?:是指|系指|指的是|指以电子|包括[^。;]{0,80}等各种|定义(?:为|如下))")
_PARTY_VERB: Final = re.compile(
    r"(?:我们|平台|本公司|公司|甲方|丙方|贷款人|本app|您|用户|乙方|借款人|本人)[^。;]{0,40}(?:收集|采集|获取|读取|提供|使用|共享|授权|填写|查询)"
)
_NOUN_TAIL: Final = re.compile(r"(?:方|者|机构|商|人|的第三方|服务|目的|方式|规则|范围|情况|结果|协议|期限|功能)")
_PROVIDER: Final = re.compile(
    r"(?:提供(?!给)|保存|存储|记录|使用|处理|查询|获得|了解|验证|输入|打开|开启)(?:[^,。;、]{0,10}(?:服务|产品|功能|帮助|支持|便利|咨询|担保|资金|贷款|借款))"
)

_OPEN_AFTER: Final = re.compile(
    r"(?:信息|内容|资料|数据|记录)?(?:\)|）)?[\s]?等(?!级|额|待|于|同|本|价|效|[^,。;]{0,3}[两二三四五六七八九十\d]+(?:类|项|种|个|要素))|[^,。;]{0,6}(?:及|和|以及|或|、)(?:其他|其它)[^,。;]{0,8}(?:信息|资料|数据|内容)"
)
_OPEN_INCLUDING: Final = re.compile(r"包括但不(?:仅)?限于|包含但不限于")
_MUST: Final = re.compile(
    r"必须|必需|应当|需要?(?:您|用户|借款人|乙方|收集|提供|填写|获取)|须(?!知)|应(?:如实|真实|向|按|提供)|必填|需向|需(?:获取|读取|收集|提供)|不得拒绝"
)
_MAY: Final = re.compile(
    r"可以?选择|(?:您|用户)可以?(?!能)|自愿|选填|可选|如(?:果)?您(?:同意|选择|愿意|希望)|自主(?:选择|决定)|非必[需要须填]"
)
_BLOCKED: Final = re.compile(
    r"(?:不提供|拒绝|不同意|未提供|不授权|不填写|如不|若不)[^。;]{0,40}(?:无法|不能|不予|终止)"
)
_FREE: Final = re.compile(r"不(?:会)?影响")

_WHOSE: Final = re.compile(
    r"(?P<contact>(?:紧急|常用|家庭|亲属|工作|单位|其他)?(?:联系人|联络人)(?:的)?|(?:亲友|亲属|亲戚|朋友|同事|家人)(?:的)|通讯录(?:\(含|中|里|内)[^,。;]{0,8})|"
    r"(?P<third>(?:配偶|第三人|第三方个人|他人|被保险人|担保人|共同借款人|家庭成员|父母|子女|保证人)(?:的)?)|"
    r"(?P<borrower>(?:您|你|用户|本人|乙方|借款人|申请人)(?:的|本人的)?)"
)
_PERSONAL: Final = frozenset({"identity", "contact_self", "work_edu"})


def _negated(text: str, at: int) -> bool:
    """Return whether the verb at ``at`` is denied in its own clause."""
    clause = text[max(0, at - 50) : at]
    clause = _DOUBLE.sub("须", re.split(r"[,。;]", clause)[-1])
    return _NOT.search(clause) is not None


def _kind(text: str, m: re.Match[str]) -> str | None:
    """Return the activity that a verb means in its place; None if it is none of the firm's with data."""
    group = m.lastgroup or ""
    verb = m[0]
    at = m.start()
    clause = re.split(r"[。;]", text[max(0, at - 100) : at])[-1]
    near = re.split(r"[,。;]", clause)[-1]
    if _PROVIDER.match(text, at):
        return None
    if group == "use" and text.startswith("使用", at) and _NOUN_TAIL.match(text, m.end()):
        return None
    if verb == "提供":
        after = text[m.end() : m.end() + 12]
        if re.match(r"(?:方|者|商|的(?:服务|产品|第三方))", after) or (
            _TO_YOU.search(near) and not re.match(r"的", after)
        ):
            return None
        if _TO_US.search(near) or _TRUTHFULLY.search(near):
            return "collect"
        if re.match(r"(?:给|予)(?!我们|平台|本公司|甲方)", after) or (_TO_OTHER.search(near) and "获取" not in near):
            return "share"
        return "collect"
    if verb in {"告知", "报告", "交换"} and (
        _TO_YOU.search(near) or re.match(r"您|用户|我们", text[m.end() : m.end() + 2])
    ):
        return None
    if group == "share":
        return "share"
    if group == "publish":
        return "publish"
    if group == "collect":
        if (
            verb
            in {
                "查询",
                "获取",
                "调取",
                "采集",
                "收集",
                "获得",
                "取得",
                "核实",
                "核验",
                "验证",
                "了解",
                "查看",
                "提取",
            }
            and _SOURCE_HEAD.search(near)
            and re.match(
                r".*(?:第三方|机构|公司|中心|数据库|银行|部门|平台|运营商|网站|系统|合作|局|学信|征信|来源|渠道|协会|法院)",
                near,
            )
        ):
            return "obtain_from"
        if verb in {"保存", "存储", "留存", "验证", "核实", "核验", "了解", "掌握"}:
            return "use" if verb in {"验证", "核实", "核验"} else "collect"
        return "collect"
    return "use"


class _Verb(msgspec.Struct, frozen=True):
    """A verb in a sentence, the activity it means, whether it is denied, whether it only describes (您提供的…)."""

    start: int
    stop: int
    activity: str
    denied: bool
    describes: bool


_DESCRIBES: Final = re.compile(r"(?:过|到|并?(?:上传|提交|确认|登记|填写)|(?:[、或和及][^,。;、的]{2}){1,4})?的")


def _verbs(text: str) -> list[_Verb]:
    out = []
    for m in _verb().finditer(text):
        kind = _kind(text, m)
        if kind is not None:
            describes = _DESCRIBES.match(text, m.end()) is not None
            out.append(_Verb(m.start(), m.end(), kind, _negated(text, m.start()), describes))
    return out


def _verb_of(text: str, verbs: list[_Verb], start: int, stop: int) -> _Verb | None:
    """Return the verb that governs a run: in front of it, or behind it where the object stands first (将…提供给)."""
    before = [v for v in verbs if v.stop <= start and start - v.stop <= 260]
    plain = [v for v in before if not v.describes]
    left = plain[-1] if plain else before[-1] if before else None
    behind = [v for v in verbs if v.start >= stop and not v.describes and not re.search(r"[。;]", text[stop : v.start])]
    right = behind[0] if behind else None
    nearest = before[-1].stop if before and not before[-1].describes else 0
    if right and right.start - stop <= 120 and _OBJECT_FIRST.search(text[max(nearest, start - 120) : start]):
        return right
    if left and not left.describes:
        far = text[left.stop : start]
        if right and right.start - stop <= 24 and len(far) > 60 and re.search(r",[^,]{0,40}\Z", far):
            return right
        return left
    if right and right.start - stop <= 60:
        return right
    return left


def purpose_of(text: str) -> str | None:
    """Return the purpose id that a text states; '' where it states one of no known kind, None where it states none."""
    stated = None
    for cue in _PURPOSE_CUE.finditer(text):
        stated = ""
        if cue.lastgroup == "after":
            words = re.split(r"[。;]", text[max(0, cue.start() - 40) : cue.end()])[-1]
        else:
            words = re.split(r"[。;]|(?<=.{4}),", text[cue.start() : cue.end() + 50])[0]
        for id_, pattern in _purposes():
            if pattern.search(words):
                return id_
    return stated


_PURPOSE_CUE: Final = re.compile(
    r"(?P<after>之用|之需|(?:的|之)目的)|用于|用作|为了|为便于|以便|以供|以(?:核实|评估|验证|确认|判断|提供|实现|完成|保障|满足)|"
    r"(?:(?<=[,。;:])|(?<=\A))\s*(?:\(?\d+\)?[.、]?\s*)?为(?!准|限|您|由)[^,。;]{2,40}|出于[^,。;]{2,30}|供[^,。;]{2,16}使用|帮助(?:您|我们)"
)


@cache
def _purposes() -> list[tuple[str, re.Pattern[str]]]:
    return [(p.id, re.compile("|".join(re.escape(fold(f).text) for f in p.forms))) for p in catalogue().purpose]


_CHANNEL: Final = frozenset({"phone", "sms", "email", "im_account", "address", "contact_info", "account", "network"})
_BY_CHANNEL: Final = re.compile(r"[^,。;]{0,16}(?:等|的)?(?:任何|任一|其他|一种|多种)*(?:方式|形式|渠道|途径)")
_ABOUT_PAPER: Final = re.compile(
    r"本(?:协议|政策|条款|声明|授权书|隐私)[^。;]{0,24}(?:包含|介绍|说明|适用|帮助|构成|阐述|了解)|真实性|准确性|责任|损失|无关|泄露|安全(?!的)|非法|保护(?:您|用户|个人)|妥善"
)
_POWER: Final = re.compile(r"授权|同意|有权|将|会|可以?|可能|须|需要?|必须|应当?|要求|请")


def readings(paper: Paper, sentence: Sentence) -> list[Reading]:
    """Return the items of one sentence with what it says about them.

    Definitions, bare headings and duties of the user (妥善保管密码, 不得发布他人电话) give none.
    """
    text = sentence.text
    found = mentions(text)
    if not found or (_DEFINITION.search(text) and not _PARTY_VERB.search(text)):
        return []
    if len(text) < 40 and not re.search(r"[。;:,]", text) and sentence.heading.endswith(text.strip()):
        return []
    stem = paper.stem(sentence)
    stem_text = stem.text if stem is not None else _opening_heading(sentence)
    if _banned(paper, stem_text, len(stem_text)):
        return []
    verbs = _verbs(text)
    stem_verbs = [v for v in _verbs(stem_text) if (v.activity == "collect" if stem is None else not v.describes)]
    required = _requirement(text)
    if required is None and stem is not None:
        required = _requirement(stem_text)
    purpose = purpose_of(text)
    if purpose is None and stem is not None:
        purpose = purpose_of(stem_text)
    if purpose is None:
        purpose = "none" if purpose_of(_context(paper, sentence)) is None else ""
    out: list[Reading] = []
    for run in runs(text, found):
        first, last = run[0].start, run[-1].stop
        if all(m.item in _CHANNEL for m in run) and _BY_CHANNEL.match(text, last):
            continue
        verb = _verb_of(text, verbs, first, last)
        from_stem = bool(stem_verbs) and (verb is None or (verb.describes and verb.stop <= first))
        if from_stem:
            verb = stem_verbs[-1]
        if verb is None or (not from_stem and _banned(paper, text, min(verb.start, first))):
            continue
        activity = verb.activity
        if verb.denied:
            if activity not in {"collect", "obtain_from"}:
                continue
            if not _IF_NOT.search((stem_text if from_stem else text)[max(0, verb.start - 30) :]):
                activity = "not_collect"
        generic = all(taxonomy()[m.item].group == "generic" for m in run)
        if generic and (verb.describes or _ABOUT_PAPER.search(text) or not _POWER.search(text)):
            continue
        subjects = _subjects(text, run)
        head = text[max(0, first - 90) : first].rsplit("。", 1)[-1]
        open_ended = bool(_OPEN_AFTER.match(text, last) or _OPEN_INCLUDING.search(head))
        for mention, subject in zip(run, subjects, strict=True):
            out.append(
                Reading(
                    mention, activity, subject, required, open_ended, purpose or None, from_stem,
                    -1 if from_stem else verb.start,
                )
            )  # fmt: skip
    return out


def _opening_heading(sentence: Sentence) -> str:
    """Return the heading right above, where it says that what stands below is collected; else ''."""
    heading = sentence.heading.rsplit(" / ", 1)[-1]
    return heading if _OPENS.search(heading) and not heading.endswith(sentence.text.strip()) else ""


@cache
def _duty() -> str:
    return f"(?:{'|'.join(cues()['duty'])})"


def _banned(paper: Paper, text: str, stop: int) -> bool:
    """Return whether a duty or ban on the user governs what follows ``stop``."""
    clause = re.split(r"[。;]", text[max(0, stop - 160) : stop])[-1]
    return re.search(rf"{paper.user}(?!的)[^。;]{{0,60}}?{_duty()}", clause) is not None and "我们" not in clause


def _context(paper: Paper, sentence: Sentence) -> str:
    """Return the rest of the paragraph, the next sentence and the headings: where else a purpose may stand."""
    around = paper.sentences[max(0, sentence.index - 2) : sentence.index + 3]
    return sentence.heading + " " + paper.paragraphs[sentence.paragraph].text[:3000] + " ".join(s.text for s in around)


def _requirement(text: str) -> bool | None:
    """Return True for must, False for a free choice, None if nothing is said."""
    if _BLOCKED.search(text):
        return True
    if _FREE.search(text) or _MAY.search(text):
        return False
    return True if _MUST.search(text) else None


def _subjects(text: str, run: list[Mention]) -> list[str]:
    """Return whose each item of a run is; a modifier counts for the items behind it until the next modifier."""
    scope = "borrower"
    opened = False
    at = max(0, run[0].start - 24)
    head = re.split(r"[,。;]", text[at : run[0].start])[-1]
    for m in _WHOSE.finditer(head):
        scope = {"contact": "contact", "third": "third_person"}.get(m.lastgroup or "", "borrower")
        opened = True
    out = []
    previous = run[0].start
    for mention in run:
        for m in _WHOSE.finditer(text[previous : mention.start]):
            scope = {"contact": "contact", "third": "third_person"}.get(m.lastgroup or "", "borrower")
            opened = True
        row = taxonomy()[mention.item]
        if row.whose != "borrower":
            out.append("third_person" if row.whose == "contact" and scope == "third_person" else row.whose)
            if mention.item in {"contact_person", "emergency_contact", "spouse", "guarantor", "third_person_info"}:
                after = text[mention.stop : mention.stop + 2]
                if after[:1] in {"的", "姓", "电", "、", "(", "身", "手", "联"}:
                    scope, opened = row.whose, True
        elif opened and scope != "borrower" and row.group in _PERSONAL:
            out.append(scope)
        else:
            out.append("borrower")
        previous = mention.stop
    return out
