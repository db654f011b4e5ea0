"""What a paper is: title, type, version, day it takes effect, and the other papers it names."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.language.fold import fold
from dunproof.read.policy.paper import Paper

_TYPES: Final = (
    (
        "sharing_list",
        r"(?:共享|sdk|第三方|收集|合作(?:机构|方)|信息)[^,。]{0,16}(?:清单|目录|列表|名单|一览)|(?:清单|目录|名单)\Z",
    ),
    ("deduction", r"代扣|扣款|划扣|扣划|自动还款"),
    ("authorisation", r"授权|委托书|认证协议|征信查询|同意书"),
    ("privacy_policy", r"隐私|个人信息保护|信息保护(?:政策|声明)|儿童[^,。]{0,10}(?:规则|政策)"),
    ("loan", r"(?:借款|贷款|借贷|借条|分期|额度|授信|放款|循环贷)[^,。]{0,12}(?:协议|合同|契约|条款|借据)"),
    (
        "registration",
        r"注册|用户[^,。]{0,8}(?:协议|条款|须知|规范)|(?:平台|会员|软件|网站|app)[^,。]{0,6}(?:协议|条款|合同|规则)|使用(?:协议|条款)|^服务(?:协议|条款)",
    ),
    ("other", r"协议|合同|政策|条款|声明|须知|规则|告知书|承诺书|通知书|公告|担保函|公约"),
)
_TYPE_PATTERNS: Final = tuple((name, re.compile(pattern)) for name, pattern in _TYPES)
_PAPER_WORD: Final = re.compile(
    r"协议|合同|政策|条款|授权书|委托书|声明|须知|清单|目录|告知书|承诺书|同意书|规则|公告|名单|列表|指引|契约|借据|隐私"
)
_TITLE_MARK: Final = re.compile(r"《([^《》]{2,40})》")
_LAW: Final = re.compile(
    r"(?:法|条例|办法|规定|细则|解释|通则|决定|准则|法典|规范|国家标准|意见|批复|宪法|暂行规定|章程)(?:\([^()]{0,20}\))?\Z|"
    r"^(?:中华人民共和国|最高人民法院|最高人民检察院|国务院|中国人民银行|gb/?t)|通知\Z"
)
_NOT_LAW: Final = re.compile(
    r"(?:用户|平台|服务|产品|会员|隐私|积分|交易|社区|我方|本公司|app)[^》]{0,12}(?:规则|规范|办法|章程|准则)\Z|(?:协议|政策|合同|授权书)"
)
_DAY: Final = r"(20\d\d)\s?[年./-]\s?(\d{1,2})\s?[月./-]\s?(\d{1,2})\s?日?"
_EFFECTIVE: Final = (
    re.compile(rf"(?:生效日期|生效时间|施行日期|启用日期|生效日)[^。\d]{{0,8}}{_DAY}"),
    re.compile(rf"(?:自|于|将于)\s?{_DAY}\s?(?:起|开始)?(?:正式)?(?:生效|施行|实施|执行|启用)"),
    re.compile(
        rf"(?:更新日期|更新时间|最近更新|最后更新|修订日期|发布日期|版本日期|更新于|公布日期|发布时间|日期|最新版本)[^。\d]{{0,8}}{_DAY}"
    ),
    re.compile(rf"^\s*\(?\s?{_DAY}\s?\)?\s*(?:版|更新|修订|发布)?\s*\Z"),
)
_VERSION: Final = re.compile(
    r"(?:版本号?|version)\s?[::]?\s?(v?\d{1,8}(?:\.\d{1,4}){0,3})|\b(v\d{1,3}(?:\.\d{1,4}){1,3})\b"
)
_FRONT: Final = re.compile(r"\A(?:title|标题)\s?:\s?(.+)\Z")
_AGREEMENT_WORDS: Final = re.compile(
    r"本(?:协议|合同|政策|授权书|隐私|条款|声明|委托书|清单|服务)|个人信息|甲方|乙方|我们|您|用户|授权|同意|第三方|借款人|出借人|贷款人"
)


class Identity(msgspec.Struct, frozen=True):
    """Title, type (None = no agreement), version, effective day; locator of the title ('' = the whole)."""

    title: str | None
    document_type: str | None
    version: str | None
    effective_day: str | None
    loc: str


def type_of(title: str) -> str | None:
    """Return the type that words of a (folded) title speak for; None if they name no paper."""
    if not _PAPER_WORD.search(title):
        return None
    for name, pattern in _TYPE_PATTERNS:
        if pattern.search(title):
            if name == "authorisation" and re.search(r"隐私|政策", title) and not re.search(r"授权书|委托书", title):
                continue
            return name
    return "other"


def identity(paper: Paper) -> Identity:
    """Return what a paper is. A text in which nothing speaks of an agreement has type None."""
    title, loc = _title(paper)
    folded_title = title[1] if title else ""
    kind = type_of(folded_title) if title else None
    head = "\n".join(p.text for p in paper.paragraphs[:60])[:20_000]
    sample = "\n".join(p.text for p in paper.paragraphs[:400])[:60_000]
    speaks = len(_AGREEMENT_WORDS.findall(sample))
    density = speaks * 1000 // max(1, len(sample))
    if kind is None and speaks >= 8 and density >= 6:
        kind = _by_body(sample)
    elif kind is not None and speaks < 2 and not paper.page.tables and len(sample) > 200:
        kind = None
    tail = "\n".join(p.text for p in paper.paragraphs[-12:])
    version = _VERSION.search(head[:3000]) if kind else None
    return Identity(
        title=title[0] if title and (kind is not None or loc) else None, document_type=kind,
        version=(version[1] or version[2]) if version else None,
        effective_day=_effective(head, tail) if kind else None, loc=loc if title else "",
    )  # fmt: skip


def _by_body(sample: str) -> str:
    """Return the type of a paper whose title says nothing: by what it speaks of."""
    counts = {
        "privacy_policy": len(re.findall(r"隐私|收集|个人信息", sample)),
        "loan": len(re.findall(r"借款|本息|利率|还款", sample)),
        "authorisation": len(re.findall(r"授权", sample)),
        "deduction": 2 * len(re.findall(r"代扣|扣款|划扣", sample)),
        "registration": len(re.findall(r"注册|账号|账户", sample)),
        "sharing_list": 3 * len(re.findall(r"第三方(?:sdk)?名称|使用目的|共享信息", sample)),
    }
    best = max(counts, key=lambda k: counts[k])
    return best if counts[best] >= 6 else "other"


def _title(paper: Paper) -> tuple[tuple[str, str] | None, str]:
    """Return ((title as it stands, folded), locator)."""
    fallback: tuple[tuple[str, str], str] | None = None
    for paragraph in paper.paragraphs[:25]:
        text = paragraph.text.strip()
        front = _FRONT.match(text)
        if front:
            text = front[1]
        if paragraph.marker >= 0 and paragraph.kind != "title":
            continue
        if not 2 <= len(text) <= 60 or re.search(r"[。;,]\s*\Z|[。;]", text):
            continue
        if re.fullmatch(r"[\W\d_]+", text):
            continue
        start = paragraph.text.find(text)
        span = paper.place(paragraph, start, start + len(text))
        loc = f"char={span[0]},{span[1]}"
        words = " ".join(paper.words(loc).split()).strip("*# ")
        if words.startswith("【") and words.endswith("】"):
            words = words[1:-1]
        if _PAPER_WORD.search(text):
            return (words, text), loc
        if fallback is None and paragraph.kind in {"title", "heading"}:
            fallback = ((words, text), loc)
    for paragraph in paper.paragraphs[:12]:
        m = _TITLE_MARK.search(paragraph.text)
        if m and _PAPER_WORD.search(m[1]) and not is_law(m[1]):
            a, b = paper.place(paragraph, m.start(1), m.end(1))
            return (paper.page.words(a, b), m[1]), f"char={a},{b}"
    return fallback if fallback is not None else (None, "")


def _effective(head: str, tail: str) -> str | None:
    for pattern in _EFFECTIVE:
        for text in (head, tail):
            for line in text.split("\n"):
                m = pattern.search(line)
                if m is None:
                    continue
                try:
                    return dt.date(int(m[1]), int(m[2]), int(m[3])).isoformat()
                except ValueError:
                    continue
    return None


def is_law(title: str) -> bool:
    """Return whether a (folded) title in 《》 is a law, regulation or standard, no paper between parties."""
    return _LAW.search(title) is not None and _NOT_LAW.search(title) is None


def references(paper: Paper, own_title: str) -> Iterator[tuple[str, str]]:
    """Yield (title as written, locator) of the other papers named in 《》, each title once; laws left out."""
    seen: set[str] = {re.sub(r"\W+", "", fold(own_title, tight=True).text)}
    for paragraph in paper.paragraphs:
        if paragraph.kind == "title":
            continue
        for m in _TITLE_MARK.finditer(paragraph.text):
            key = re.sub(r"\W+", "", m[1])
            if key in seen or is_law(m[1]) or not _PAPER_WORD.search(m[1]):
                continue
            seen.add(key)
            a, b = paper.place(paragraph, m.start(1), m.end(1))
            yield " ".join(paper.page.words(a, b).split()), f"char={a},{b}"
