"""Who gets the data: bodies of lists and of running text, with category, part played and what they get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from dunproof.facts.locator import char
from dunproof.language.fold import fold
from dunproof.language.names import party_key
from dunproof.read.policy.bodies import Body, bodies, category_of
from dunproof.read.policy.catalogue import category_alone
from dunproof.read.policy.items import Mention, Reading, mentions
from dunproof.read.policy.paper import Paper, Sentence
from dunproof.read.policy.sheets import Area, Record, without_number

LONGEST_VALUE: Final = 500
_SPLIT: Final = re.compile(r"\n|;|；|(?<=公司)[、,，/]|(?<=银行)[、,，/]|(?<=事务所)[、,，/]")
_REMARK: Final = re.compile(r"\s*[(（\[【]")
_ALSO: Final = re.compile(r"[(（](?:以下)?(?:简称|原名|曾用名|即|又称)")

_SHARE: Final = re.compile(
    r"提供|共享|分享|披露|发送|传输|推送|转让|透露|移交|报送|上报|报告|提交|同步|交换|转委托|告知|通知|查询|使用|获取|收集|留存|委托|授权|合作|催收|联系|传递"
)
_TO: Final = re.compile(
    r"(?:向|给|与|和|至|予|于|委托|聘请|授权|许可|同意|由|通过|包括但不限于|包括|如|及其|对)[^。;]{0,90}\Z"
)
_FROM: Final = re.compile(r"(?:从|向|通过|经由|自|至|由)[^。;,]{0,60}\Z")
_ASK: Final = re.compile(r"[^。;,]{0,60}?(?:查询|获取|调取|采集|核实|核验|收集|取得|验证|了解|提取|下载)")
_GIVE: Final = re.compile(
    r"[^。;]{0,80}?(?:提供|共享|分享|披露|发送|传输|推送|透露|移交|报送|上报|提交|报告|同步|交换|转让)"
)
_GIVEN: Final = re.compile(
    r"(?:提供给|提供予|共享给|分享给|披露给|发送给|传输给|推送给|转让给|透露给|移交给|交给|告知|提交给|报送给?|上传至|提交至|报送至|委托|聘请|转委托)[^。;]{0,90}\Z"
)
_GRANTED: Final = re.compile(r"(?:授权|许可)[^。;,]{0,40}\Z")
_WE: Final = re.compile(r"\s*\([^()]{0,30}(?:简称|下称|称)[^()]{0,6}(?:我们|本公司|本平台|平台|甲方|丙方|我方|贵司)")
_TOGETHER: Final = re.compile(
    r"(?:[和与、及][^。;]{1,40})?的?(?:合称|统称)[^。;]{0,14}(?:我们|本公司|本平台|平台|甲方|丙方|我方|贵司)"
)
_RUN_BY: Final = re.compile(
    r"(?:运营者|运营方|运营主体|开发者|甲方|丙方|丁方|乙方|居间方|出借人|贷款人|受托人|被授权人|被授权方|致|服务方|平台方|本公司指|我们是指?|由您与|您与|及其关联)"
    r"(?:\([^()]{0,30}\))?(?:[^,。;委托授权向与给将把有]{0,20}?[:是为指][^,。;委托授权向与给将把]{0,14})?[\s【“\"]*\Z"
)
_ENTRUSTED: Final = re.compile(r"(?:委托|聘请|转委托)[^。;,]{0,60}\Z")
_COLLECTING: Final = re.compile(r"[^。;]{0,40}?(?:催收|追讨|清收|催告|追偿|扣划|划扣|代扣|扣款)")
"""Who is entrusted with that gets the debtor's data, whether or not the sentence says so."""
_POINTER: Final = re.compile(r"(?:下列|以下|如下|下述|上述|前述|上列)(?:的|各|各类|所有|全部)?\Z")
"""A class behind such a word is what the list above or below names."""
_REACHED: Final = re.compile(r"(?:使用|处理|收集|获取)(?:您|用户|本人|乙方|借款人)?的?联系方式")
_DATA: Final = re.compile(r"信息|资料|数据|记录|隐私|通讯录|征信|报告|照片|号码")
_SHARED_TO: Final = (
    re.compile(
        r"(?:向|与|给|至|予|对)(?P<who>[^。;]{1,120}?)(?:提供|共享|分享|披露|发送|传输|推送|透露|移交|报送|上报|提交|同步|交换|公开|转让|报告|告知|了解|转告|通报|公布)"
    ),
    re.compile(
        r"(?:提供|共享|分享|披露|发送|传输|推送|透露|移交|转让|交|提交|报送|告知|公开|公布)(?:给|予|至|于)(?P<who>[^。;]{1,120})"
    ),
    re.compile(
        r"(?:委托|聘请|转委托|授权)(?P<who>[^。;,]{1,60}?)(?:催收|代为|进行|提供|向|查询|使用|处理|收集|获取|对)"
    ),
    re.compile(
        r"(?:同意|授权|许可)(?:我们|平台|本公司|我司|贵司|甲方|乙方|丙方)(?:及|和|与|以及)其?(?P<who>[^。;,]{1,40}?)(?:使用|处理|收集|获取|查询|采集|留存|保存)"
    ),
    re.compile(r"在(?P<who>[^。;,]{1,30}?)上?(?:公布|公示|公开|曝光|披露)"),
)
_NEGATIVE: Final = re.compile(r"(?:不会|不得|不再|绝不|未经|不予|不向|不将|禁止|无权|不)[^,。;]{0,24}\Z")
_TOLD: Final = re.compile(r"(?:您|用户|本人|我们|乙方|借款人)\Z")
_CONTACT_WORDS: Final = re.compile(r"联系方式|联系电话|电话:|邮箱|客服|@|热线")
_MANNER_WORDS: Final = re.compile(r"加密|接口|去标识|匿名化|方式(?:提供|共享|传输)|api|sdk|传输方式|共享方式|处理方式")
_PURPOSE_WORDS: Final = re.compile(
    r"(?:用于|用作|为了|以便|以供|以实现|以完成|出于)[^,。;]{2,60}|(?:(?<=[,。;:])|\A)\s*(?:\(?\d{1,2}\)?[.、)]\s*)?为[^,。;]{2,50}?(?:之?目的|,|需要)|(?<!提)供[^,。;]{2,30}使用"
)


class Found(msgspec.Struct, frozen=True):
    """A recipient as found, without its ids."""

    key: str
    """One for a body and a document."""
    name: str
    entity: str
    category: str | None
    role: str | None
    purpose: str | None
    manner: str | None
    contact: str | None
    sdk: str | None
    loc: str
    tier: str
    heads: tuple[str, ...] = ()
    """Locators of the head cells or the stem that this rests on."""
    items: tuple[tuple[str, str], ...] = ()
    """(item id, locator)"""
    stem: str = ""


def _as_written(paper: Paper, areas: list[Area]) -> str:
    return "；".join(" ".join(paper.page.text[a:b].split()) for a, b in areas)[:LONGEST_VALUE]


def _parts(paper: Paper, area: Area, *, wrapped: bool) -> list[Area]:
    """Return the bodies of a name cell: by line, or by 、 between full names; remarks in brackets are none."""
    text = paper.page.text
    cuts = [area[0]]
    ends = []
    depth_text = text[area[0] : area[1]]
    for m in _SPLIT.finditer(depth_text):
        if wrapped and m[0] == "\n":  # a row of a pipe table that goes on in the next line
            continue
        before = depth_text[: m.start()]
        if before.count("(") + before.count("（") > before.count(")") + before.count("）"):
            continue
        ends.append(area[0] + m.start())
        cuts.append(area[0] + m.end())
    ends.append(area[1])
    out: list[Area] = []
    for a, b in zip(cuts, ends, strict=True):
        words = text[a:b]
        lead = len(words) - len(words.lstrip())
        words = words.strip()
        short = without_number(words)
        start = a + lead + len(words) - len(short)
        if short.strip() and not (_REMARK.match(short) and out):
            out.append((start, a + lead + len(words)))
    return out


def item_places(paper: Paper, areas: list[Area]) -> list[tuple[Mention, str]]:
    """Return the items named in cells, each with its locator."""
    out: list[tuple[Mention, str]] = []
    for start, stop in areas:
        folded = fold(paper.page.text[start:stop], tight=True)
        for mention in mentions(folded.text):
            a, b = folded.span(mention.start, mention.stop)
            out.append((mention, char(*paper.page.span(start + a, start + b))))
    return out


def of_record(paper: Paper, record: Record) -> Iterator[Found]:
    """Yield the recipients of one record of a list."""
    fields = record.fields
    names = [part for area in fields.get("name", []) for part in _parts(paper, area, wrapped=record.shape == "pipes")]
    if not names:
        names = fields.get("sdk", [])[:1]
    page = paper.page
    category_words = fields.get("category") or fields.get("caption") or []
    category = None
    for area in category_words:
        category = category or category_of(page.text[slice(*area)])
    items = tuple((m.item, loc) for m, loc in item_places(paper, fields.get("items", [])))

    def value(field: str) -> str | None:
        areas = fields.get(field)
        return _as_written(paper, areas) if areas else "none"

    heads = tuple(char(*page.span(*record.heads[f])) for f in ("name", "sdk") if f in record.heads)[:1]
    heads += tuple(char(*page.span(*a)) for a in category_words[:1])
    sdk = value("sdk") if "name" in fields else _as_written(paper, fields["sdk"]) if "sdk" in fields else "none"
    for area in names:
        loc = char(*page.span(*area))
        name = page.words(*page.span(*area)) if page.markup != "text" else page.text[slice(*area)]
        name = " ".join(name.split())
        if not name or len(name) > 120:
            continue
        key = party_key(name)
        found_category = category or category_of(name) or ("sdk" if "sdk" in fields else None)
        whole = fold(name).text
        is_category = "name" in fields and not bodies(whole) and category_alone().search(whole) is not None
        yield Found(
            key=key or whole, name="" if is_category else name, entity="" if is_category else key,
            category=found_category or ("other" if not is_category else None), role="recipient",
            purpose=value("purpose"), manner=value("manner"), contact=value("contact"), sdk=sdk, loc=loc,
            tier="derived" if record.copied else "exact", heads=heads, items=items,
        )  # fmt: skip


def _role(text: str, start: int, stop: int, body: Body | None) -> str:
    """Return the part that a body plays in its sentence."""
    head = re.split(r"[。;]", text[max(0, start - 160) : start])[-1]
    tail = re.split(r"[。;]", text[stop : stop + 160])[0]
    if (body is not None and body.itself) or _WE.match(tail) or _TOGETHER.match(tail) or _RUN_BY.search(head):
        return "controller"
    if _ENTRUSTED.search(head) and _COLLECTING.search(tail):
        return "recipient"
    if not _DATA.search(text):
        return "mention"
    if _GIVEN.search(head) and not _NEGATIVE.search(head) and not re.search(r"(?:从|通过)[^,。;]{0,40}\Z", head):
        return "recipient"
    near = re.split(r",", head)[-1]
    ask, give = _ASK.match(tail), _GIVE.match(tail)
    if re.search(r"(?:从|通过|经由|自)[^。;,]{0,60}\Z", near) and (
        ask or re.search(r"(?:获取|查询|采集|调取|核实|收集)", tail[:60])
    ):
        return "source"
    if re.search(r"(?:向|至)[^。;,]{0,60}\Z", near):
        if give and (not ask or give.end() <= ask.end()):
            return "recipient"
        if ask:
            return "source"
    if re.search(r"(?:与|给|和|对)[^。;,]{0,60}\Z", near) and give and _DATA.search(text):
        return "recipient"
    if _GRANTED.search(near) and (
        ask or re.match(r"[^。;]{0,60}?(?:使用|处理|留存|保存|收集|查询|催收|代扣|扣划|划扣|扣款)", tail)
    ):
        return "recipient"
    return "mention"


def _near_words(paper: Paper, sentence: Sentence) -> str:
    return sentence.heading + paper.paragraphs[sentence.paragraph].text[:3000]


def _manner_and_contact(paper: Paper, sentence: Sentence) -> tuple[str | None, str | None]:
    """Return 'none' for what the paragraph says nothing about, None where words for it stand somewhere."""
    around = _near_words(paper, sentence)
    return (None if _MANNER_WORDS.search(around) else "none", None if _CONTACT_WORDS.search(around) else "none")


def _purpose(paper: Paper, sentence: Sentence) -> str | None:
    """Return the purpose as the sentence writes it; 'none' if paragraph and stem state none, None if unclear."""
    m = _PURPOSE_WORDS.search(sentence.text)
    if m:
        start, stop = paper.source(sentence, m.start(), m.end())
        words = " ".join(paper.page.words(start, stop).split())
        return without_number(words).strip(" ,，、")[:LONGEST_VALUE] or None
    stem = paper.stem(sentence)
    around = _near_words(paper, sentence) + (stem.text if stem is not None else "")
    return None if re.search(r"目的|用于|为了|以便|出于|为[^,。;]{2,30},", around) else "none"


def of_sentence(
    paper: Paper, sentence: Sentence, read: list[Reading], aliases: dict[str, tuple[str, str]], free: frozenset[str]
) -> Iterator[Found]:
    """Yield the bodies and categories of recipient of one sentence.

    ``aliases`` maps short names to (key, name); ``free`` are the names that stand free somewhere in the paper.
    """
    text = sentence.text
    stem = paper.stem(sentence)
    stem_text = stem.text if stem is not None else ""
    found = bodies(text, free)
    manner, contact = _manner_and_contact(paper, sentence)
    shared = tuple(
        (r.mention.item, paper.loc(sentence, r.mention.start, r.mention.stop))
        for r in read
        if r.activity in {"share", "publish"}
    )
    for body in found:
        role = _role(text, body.start, body.stop, body)
        if role == "mention" and _shares(stem_text):
            role = "recipient"
        yield _named(paper, sentence, body.start, body.stop, role, shared, manner, contact, stem)
        if body.alias and not body.itself and len(body.alias) >= 2:
            aliases[body.alias] = (
                party_key(text[body.start : body.stop]),
                paper.words(paper.loc(sentence, body.start, body.stop)),
            )
    taken = [(b.start, b.stop) for b in found]
    for alias, (key, name) in aliases.items():
        for m in re.finditer(re.escape(alias), text):
            if any(a <= m.start() < b + len(alias) + 16 for a, b in taken):
                continue
            role = _role(text, m.start(), m.end(), None)
            if role in {"recipient", "source"}:
                base = _named(paper, sentence, m.start(), m.end(), role, shared, manner, contact, stem)
                yield msgspec.structs.replace(
                    base, key=key, name=base.name, entity=key, category=category_of(name) or "other"
                )
                break
    yield from _categories(paper, sentence, text, stem, taken, shared, manner, contact)


def _shares(stem: str) -> bool:
    """Return whether a stem opens a list of recipients: it ends in a giving verb or in a word for recipients."""
    return (
        re.search(r"(?:提供|共享|分享|披露|发送|授权|委托|合作(?:机构|方)|第三方|接收方)[^。;]{0,40}:\s*\Z", stem)
        is not None
        and _DATA.search(stem) is not None
        and re.search(r"除外|情形|情况|无需|目的", stem) is None
    )


def _named(  # noqa: PLR0917 - what a sentence says, handed on
    paper: Paper, sentence: Sentence, start: int, stop: int, role: str, shared: tuple[tuple[str, str], ...],
    manner: str | None, contact: str | None, stem: Sentence | None,
) -> Found:  # fmt: skip
    loc = paper.loc(sentence, start, stop)
    name = " ".join(paper.words(loc).split())
    key = party_key(name)
    gets = role == "recipient"
    return Found(
        key=key, name=name, entity=key, category="controller" if role == "controller" else category_of(name) or "other",
        role=role, purpose=_purpose(paper, sentence) if gets else None, manner=manner if gets else None,
        contact=contact if gets else None, sdk="none", loc=loc, tier="derived", items=shared if gets else (),
        stem=paper.loc(stem) if stem is not None else "",
    )  # fmt: skip


def _categories(  # noqa: PLR0917 - what a sentence says, handed on
    paper: Paper, sentence: Sentence, text: str, stem: Sentence | None, taken: list[tuple[int, int]],
    shared: tuple[tuple[str, str], ...], manner: str | None, contact: str | None,
) -> Iterator[Found]:  # fmt: skip
    """Yield the categories named in the place of a recipient."""
    if not _DATA.search(text) and not _REACHED.search(text) and not (stem is not None and _DATA.search(stem.text)):
        return
    seen: set[str] = set()
    for m in (m for pattern in _SHARED_TO for m in pattern.finditer(text)):
        words, at = m["who"], m.start("who")
        if _NEGATIVE.search(text[max(0, m.start() - 26) : m.start()]) or _TOLD.match(words):
            continue
        if re.search(r"查询|获取", words[-12:]):
            continue
        for c in category_alone().finditer(words):
            start, stop = at + c.start(), at + c.end()
            if _POINTER.search(text[max(0, start - 8) : start]):
                continue
            if any(a < stop and start < b for a, b in taken) or re.match(
                r"(?:提供|收集|获取)的|的(?:信息|规定|要求|通知)", text[stop : stop + 4]
            ):
                continue
            id_ = c.lastgroup or ""
            if id_ in seen or not id_:
                continue
            seen.add(id_)
            loc = paper.loc(sentence, start, stop)
            yield Found(
                key=f"category:{id_}", name="", entity="", category=id_, role="recipient",
                purpose=_purpose(paper, sentence),
                manner=manner, contact=contact, sdk="none", loc=loc, tier="derived", items=shared,
                stem=paper.loc(stem) if stem is not None else "",
            )  # fmt: skip
