"""A paper: the paragraphs and sentences of an agreement in comparable form, each with its way back to the file.

A sentence ends at 。！？； outside short brackets, or with its paragraph. An item of a list carries the sentence that
opens the list (its stem: "…以下信息："). Numbering is a label for grouping, never a key: papers number wrongly.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from dunproof.facts.locator import char
from dunproof.language.fold import Folded, fold
from dunproof.read.formats.page import Page

LONGEST: Final = 1500
"""Characters of a sentence; a longer one is cut, at a comma where there is one."""
_WRAPPED: Final = 20
"""A line of plain text at least this long, without an end mark, goes on in the next line."""

_BRACKET: Final = re.compile(r"\([^()]{0,120}\)|《[^《》]{0,60}》")
_END: Final = re.compile(r"[。!?;][\"”』」)]?")
_ENDS_LINE: Final = re.compile(r"[。!?;:.…！？；：|][\s\"”’』」)）*]*\Z")
_BREAK: Final = re.compile(r"\s*<br\b[^>]{0,40}>\s*", re.IGNORECASE)
_KEY: Final = re.compile(r"\s*[^:：,，。;；]{2,24}[:：]")
_NUMERALS: Final = "一二三四五六七八九十百零〇"
_MARKERS: Final = tuple(
    re.compile(p)
    for p in (
        rf"\s*第[{_NUMERALS}\d]{{1,5}}\s?[条章节部]",
        rf"\s*[{_NUMERALS}]{{1,3}}\s?[、.:]",
        rf"\s*\([{_NUMERALS}]{{1,3}}\)",
        r"\s*\d{1,2}(?:\.\d{1,2})+",
        r"\s*\d{1,2}\s?[、.)](?!\d)",
        r"\s*\(\s?\d{1,2}\)",
        r"\s*[a-z]\s?[.)、]",
        r"\s*[●•◆■○·▪➢◎※-]\s?",
    )
)
_CIRCLED: Final = re.compile(r"\s*[①-⑳❶-❿➀-➉]")
_INLINE: Final = re.compile(r"[:,](?=\s?\(?\d{1,2}[)、.](?!\d))")
_STEM: Final = re.compile(r":\s*\Z|(?:以下|下列|如下)[^。;]{0,16}[:。]?\Z")
_LETTER: Final = re.compile(r"[甲乙丙丁]方")
_DEFINED: Final = re.compile(r"([甲乙丙丁])方\s?(\([^()]{1,40}\))?\s?[:指为即]\s?([^,。;]{0,40})")
_USER_WORD: Final = re.compile(r"借款人|借款方|用户|客户|本人|委托人|授权人|债务人|使用者|注册|个人|您")
_FIRM_WORD: Final = re.compile(r"出借|贷款人|公司|平台|居间|银行|债权人|受托人|服务方|网站|运营|机构|催收")


class Paragraph(msgspec.Struct, frozen=True):
    """A block of the page (or several lines of one paragraph) in comparable form."""

    folded: Folded
    base: int
    """Where it starts in the visible text."""
    kind: str
    table: int
    hidden: bool
    marker: int
    """Rank of its number in the outline, -1 without one."""

    @property
    def text(self) -> str:
        """Return the comparable text."""
        return self.folded.text


class Sentence(msgspec.Struct, frozen=True):
    """[start, stop) of a paragraph. ``stem`` is the index of the sentence that opens its list, -1 without one."""

    index: int
    paragraph: int
    start: int
    stop: int
    text: str
    stem: int
    heading: str
    """Comparable text of the headings it stands under, outermost first."""


class Paper(msgspec.Struct, frozen=True):
    """A page as paragraphs and sentences."""

    page: Page
    paragraphs: list[Paragraph]
    sentences: list[Sentence]
    user: str
    firm: str
    """Regular expressions for the two sides: the one who clicks, and the one who wrote the paper."""
    starts: list[int]
    """Starts of the paragraphs in the visible text."""

    def source(self, sentence: Sentence, start: int, stop: int) -> tuple[int, int]:
        """Return the place in the file of [start, stop) of a sentence's text."""
        return self.place(self.paragraphs[sentence.paragraph], sentence.start + start, sentence.start + stop)

    def place(self, paragraph: Paragraph, start: int, stop: int) -> tuple[int, int]:
        """Return the place in the file of [start, stop) of a paragraph's text."""
        a, b = paragraph.folded.span(start, stop)
        return self.page.span(paragraph.base + a, paragraph.base + b)

    def loc(self, sentence: Sentence, start: int = 0, stop: int | None = None) -> str:
        """Return the locator of a part of a sentence, all of it without arguments; blanks at its ends left out."""
        text = sentence.text
        stop = len(text) if stop is None else stop
        while start < stop and text[start].isspace():
            start += 1
        while stop > start and text[stop - 1].isspace():
            stop -= 1
        return char(*self.source(sentence, start, stop))

    def words(self, loc: str) -> str:
        """Return the visible words at a ``char=`` locator."""
        start, stop = loc.removeprefix("char=").split(",")
        return self.page.words(int(start), int(stop))

    def stem(self, sentence: Sentence) -> Sentence | None:
        """Return the sentence that opens the list of this one."""
        return self.sentences[sentence.stem] if sentence.stem >= 0 else None


def marker(folded: str, original: str) -> int:
    """Return the rank of the number or bullet at the start of a paragraph (0 the highest); -1 without one."""
    if _CIRCLED.match(original):
        return 6
    for rank, pattern in enumerate(_MARKERS):
        if pattern.match(folded):
            return rank
    return -1


def _paragraphs(page: Page) -> list[Paragraph]:
    out: list[Paragraph] = []
    blocks = page.blocks
    i = 0
    while i < len(blocks):
        block = blocks[i]
        start, stop = block.start, block.stop
        i += 1
        if block.kind == "paragraph":
            while i < len(blocks) and blocks[i].kind == "paragraph" and stop - start < LONGEST:
                line = page.text[blocks[i - 1].start : stop]
                following = page.text[blocks[i].start : blocks[i].stop]
                between = page.source[page.span(stop - 1, stop)[1] : page.span(blocks[i].start, blocks[i].stop)[0]]
                if (
                    len(line) < _WRAPPED or _ENDS_LINE.search(line)
                    or (between.count("\n") > 1 if page.markup == "text" else not _BREAK.fullmatch(between))
                    or marker(fold(following[:12]).text, following) >= 0 or _KEY.match(following)
                    or following.lstrip().startswith(("|", "#", "【", "=="))
                ):  # fmt: skip
                    break
                stop = blocks[i].stop
                i += 1
        while stop > start and page.text[stop - 1].isspace():
            stop -= 1
        while start < stop and page.text[start].isspace():
            start += 1
        original = page.text[start:stop]
        folded = fold(original, tight=True)
        if not folded.text.strip(" =-_*#"):
            continue
        out.append(
            Paragraph(
                folded, start, block.kind, block.table, page.is_hidden(start, stop), marker(folded.text, original)
            )
        )
    return out


def _cuts(text: str) -> list[tuple[int, int]]:
    """Return the sentences of a paragraph's text."""
    guarded = [m.span() for m in _BRACKET.finditer(text)]
    ends = []
    k = 0
    for m in _END.finditer(text):
        while k < len(guarded) and guarded[k][1] <= m.start():
            k += 1
        if k < len(guarded) and guarded[k][0] < m.start():
            continue
        ends.append(m.end())
    first = _INLINE.search(text)
    if first and len(re.findall(r"(?<=[:;。,])\s?\(?\d{1,2}[)、.](?!\d)", text)) > 1 and text[first.start()] == ":":
        ends.append(first.end())
        ends.sort()
    out = []
    at = 0
    for end in [*ends, len(text)]:
        while end - at > LONGEST:
            comma = text.rfind(",", at + LONGEST // 2, at + LONGEST)
            cut = comma + 1 if comma > 0 else at + LONGEST
            out.append((at, cut))
            at = cut
        if text[at:end].strip(" ;。!?"):
            out.append((at, end))
            at = end
    return out


def _is_heading(paragraph: Paragraph) -> bool:
    text = paragraph.text.strip()
    if paragraph.kind in {"heading", "caption"}:
        return len(text) <= 80
    return (
        len(text) <= 36 and not re.search(r"[。;,!?]", text) and (0 <= paragraph.marker <= 5) and not text.endswith(":")
    )


def _sentences(paragraphs: list[Paragraph]) -> list[Sentence]:
    out: list[Sentence] = []
    stems: list[tuple[int, int, str]] = []  # sentence, marker of its items (-2 = not seen yet), kind of its items
    headings: list[tuple[int, str]] = []
    for number, paragraph in enumerate(paragraphs):
        if paragraph.kind == "title":
            continue
        rank = paragraph.marker
        if _is_heading(paragraph):
            level = rank if rank >= 0 else (1 if paragraph.kind == "heading" else 0)
            headings = [h for h in headings if h[0] < level][-2:]
            headings.append((level, paragraph.text.strip()))
        while stems:
            sentence, item_rank, kind = stems[-1]
            own = paragraphs[out[sentence].paragraph].marker
            if item_rank == -2:
                if (rank >= 0 and rank != own) or paragraph.kind == "item" or (rank < 0 and own < 0) or rank < 0:
                    stems[-1] = (sentence, rank, paragraph.kind)
                    break
            elif (
                (rank == item_rank and (rank >= 0 or (paragraph.kind == kind and kind in {"item", "cell"})))
                or rank > item_rank >= 0
                or (rank < 0 <= item_rank and out[-1].text.rstrip().endswith(";"))
            ):
                break
            stems.pop()
        stem = stems[-1][0] if stems else -1
        heading = " / ".join(h for _, h in headings)
        inner = -1
        for start, stop in _cuts(paragraph.text):
            text = paragraph.text[start:stop]
            index = len(out)
            out.append(Sentence(index, number, start, stop, text, inner if inner >= 0 else stem, heading))
            if text.rstrip().endswith(":") and stop < len(paragraph.text):
                inner = index
        last = out[-1] if out else None
        if last is not None and last.paragraph == number and _STEM.search(last.text.strip()) and paragraph.table < 0:
            stems = [*stems[-2:], (last.index, -2, "")]
    return out


def _sides(paragraphs: list[Paragraph]) -> tuple[str, str]:
    """Return regular expressions for user and firm; 甲乙丙丁 are read from the head of the paper, they change sides."""
    user, firm = ["您", "用户", "借款人", "本人", "你"], ["平台", "我们", "本公司", "我司", "贷款人", "出借人", "本app"]
    seen: set[str] = set()
    for paragraph in paragraphs[:80]:
        for m in _DEFINED.finditer(paragraph.text[:400]):
            letter, said = m[1], (m[2] or "") + m[3]
            if letter in seen:
                continue
            is_user, is_firm = _USER_WORD.search(m[2] or said), _FIRM_WORD.search(m[2] or said)
            if is_user and not (is_firm and is_firm.start() < is_user.start()):
                user.append(letter + "方")
            elif is_firm:
                firm.append(letter + "方")
            else:
                continue
            seen.add(letter)
    return "(?:" + "|".join(user) + ")", "(?:" + "|".join(firm) + ")"


def read_paper(page: Page) -> Paper:
    """Return the paragraphs and sentences of a page."""
    paragraphs = _paragraphs(page)
    user, firm = _sides(paragraphs)
    return Paper(page, paragraphs, _sentences(paragraphs), user, firm, [p.base for p in paragraphs])
