"""Contract terms: candidates by the patterns of the catalogue, decided by cues of party, polarity and object."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import msgspec

from dunproof.read.policy.catalogue import TermKind, compiled, term_kinds
from dunproof.read.policy.paper import Paper, Sentence

LONGEST: Final = 400
"""Characters of the words of a term; of a longer sentence the clauses around the match are taken."""

_NEGATION: Final = re.compile(
    r"(?:不会|不得|不再|不予|绝不|决不|从不|并不(?!可)|不应|不可以|不能|不将|不向|禁止|无权|不(?=提供|披露|共享|公布|公开|联系|告知|通知|收集|转让|列入|委托|查询|报送|收取|用于|进行|读取|使用|发送|推送))"
    r"[^,。;]{0,40}\Z"
)
_INSIDE: Final = re.compile(r"不会|不得|不再|不予|绝不|决不|从不|不应|不可以|不能|不将|禁止|无权")
_DOUBLE: Final = re.compile(r"不得不|无不|并非不|不可不|不能不")
_BAN_ON_USER: Final = (
    r"(?:不得|不能|不可|不应|无权|禁止|保证不|承诺不|不会|应(?:当)?(?:保证|确保|妥善|对)|须(?:保证|妥善)|承诺|保证)"
)
_ONLY: Final = re.compile(
    r"仅(?!供参考)|(?<!不)只(?!读)(?:有|能|会|在|限|向|用)?|才(?:会|能|可)?(?!能)|(?<!不)(?<!不仅)限于"
)
_WILL_NOT: Final = re.compile(r"不会|不得|绝不|决不|不再|不予|不将|禁止|不向")
_MAY: Final = re.compile(r"有权|可以|可能|可(?=向|将|对|在|根据|随时|委托|与|直接)|授权|许可|允许")
_MUST: Final = re.compile(r"应当|必须|须|应(?=承担|支付|按|在|向|自行|立即|当)|需(?!求)|有义务")
_EXCEPTIONS: Final = re.compile(
    r"除外|例外|除[^。;]{0,20}(?:下列|以下)|(?:下列|以下)[^。;]{0,12}外|(?:无需|不需|不必|无须)(?:再)?(?:征得|获得|取得)|免于"
)
_STEM_REACH: Final = 80
"""A match may start that many characters before the end of the stem."""


class Term(msgspec.Struct, frozen=True):
    """A term found in a sentence: kind, place in the sentence, polarity and modality."""

    kind: str
    attention: str
    sentence: int
    start: int
    stop: int
    polarity: str
    modality: str | None
    uses_stem: bool
    """The stem of the list is part of what was matched."""


class _Compiled(msgspec.Struct, frozen=True):
    kind: TermKind
    patterns: list[re.Pattern[str]]
    counter: list[re.Pattern[str]]
    needs: re.Pattern[str] | None
    unless: re.Pattern[str] | None


@cache
def _kinds() -> list[_Compiled]:
    return [
        _Compiled(
            k, [compiled(p) for p in k.patterns], [compiled(p) for p in k.counter],
            compiled(k.needs) if k.needs else None, compiled(k.unless) if k.unless else None,
        )
        for k in term_kinds()
    ]  # fmt: skip


def _user_bound(paper: Paper, text: str, at: int) -> bool:
    """Return whether a ban or duty on the user governs the place: 用户不得公布…, 您应妥善保管…."""
    clause = re.split(r"[。;]", text[max(0, at - 120) : at])[-1]
    bans = list(re.finditer(rf"{paper.user}(?!的|在|名|授权|同意|与)[^。;,]{{0,16}}?{_BAN_ON_USER}", clause))
    return bool(bans) and re.search(rf"{paper.firm}[^,。;]{{0,8}}(?:有权|可|将|会)", clause[bans[-1].end() :]) is None


def _denied(text: str, start: int, stop: int) -> bool:
    """Return whether the matched words are denied in their own clause. Double negation denies nothing."""
    head = re.split(r"[,。;]", text[max(0, start - 50) : start])[-1]
    if _NEGATION.search(_DOUBLE.sub("须", head)):
        return True
    inside = _DOUBLE.sub("须须须", text[start:stop])
    return _INSIDE.search(inside) is not None


def _modality(text: str, start: int, stop: int) -> str | None:
    """Return only, will_not, may or must by the words in and before the match."""
    low = max(0, start - 60)
    head = re.split(r"[。;]", text[low:start])[-1]
    words = head + text[start:stop]
    if _ONLY.search(text[start:stop]) or re.search(r"(?:仅|只|才)[^,。;]{0,24}\Z", head):
        return "only"
    if _WILL_NOT.search(text[start:stop]) or re.search(r"(?:不会|不得|绝不|不再|不予|禁止)[^,。;]{0,30}\Z", head):
        return "will_not"
    if _MAY.search(words):
        return "may"
    if _MUST.search(words):
        return "must"
    return None


def _extent(text: str, start: int, stop: int) -> tuple[int, int]:
    """Return the whole sentence, or the clauses around the match where it is long."""
    if len(text) <= LONGEST:
        return 0, len(text)
    a = max(text.rfind(",", 0, max(0, start - 40)), text.rfind(";", 0, start)) + 1
    b = text.find(",", min(len(text), stop + 40))
    b = len(text) if b < 0 else b
    if b - a > LONGEST:
        a, b = max(a, start - 100), min(b, stop + 100)
    return a, b


def terms_of(paper: Paper, sentence: Sentence) -> list[Term]:
    """Return the terms of one sentence, at most one of a kind."""
    own = sentence.text
    if len(own.strip()) < 4 or (sentence.heading.endswith(own.strip()) and not re.search(r"[。;,:]", own)):
        return []
    stem = paper.stem(sentence)
    lead = stem.text if stem is not None else ""
    if _EXCEPTIONS.search(lead):  # the items say where the stem does not hold
        lead = ""
    whole = lead + own
    offset = len(lead)
    out: list[Term] = []
    for compiled_kind in _kinds():
        kind = compiled_kind.kind
        if compiled_kind.needs and not compiled_kind.needs.search(whole):
            continue
        if compiled_kind.unless and compiled_kind.unless.search(own):
            continue
        found = _match(paper, kind, compiled_kind.patterns, own, whole, offset)
        counter = False
        if found is None and compiled_kind.counter:
            found = _match(paper, kind, compiled_kind.counter, own, whole, offset)
            counter = found is not None
        if found is None:
            continue
        start, stop, uses_stem = found
        if counter:
            polarity = "denies"
        elif kind.embeds:
            polarity = "asserts"
        else:
            polarity = "denies" if _denied(own, start, stop) else "asserts"
        if uses_stem and not kind.embeds and _denied(lead, max(0, len(lead) - 40), len(lead)):
            polarity = "denies"
        a, b = _extent(own, start, stop)
        modality = _modality(
            whole if uses_stem else own, start + (offset if uses_stem else 0), stop + (offset if uses_stem else 0)
        )
        out.append(Term(kind.id, kind.attention, sentence.index, a, b, polarity, modality, uses_stem))
    present = {t.kind for t in out}
    drop = {k.kind.id for k in _kinds() if any(d in present for d in k.kind.drop_with)}
    return [t for t in out if t.kind not in drop]


def _match(  # noqa: PLR0917 - one sentence in two forms
    paper: Paper, kind: TermKind, patterns: list[re.Pattern[str]], own: str, whole: str, offset: int
) -> tuple[int, int, bool] | None:
    """Return the first match as (start, stop) in the sentence, and whether the stem is part of it."""
    for pattern in patterns:
        for m in pattern.finditer(own):
            if kind.actor == "firm" and _user_bound(paper, own, m.start()):
                continue
            return m.start(), m.end(), False
    if offset and not kind.alone:
        for pattern in patterns:
            for m in pattern.finditer(whole):
                if m.end() <= offset or m.start() >= offset or offset - m.start() > _STEM_REACH:
                    continue
                if kind.actor == "firm" and _user_bound(paper, whole, m.start()):
                    continue
                return 0, m.end() - offset, True
    return None
