"""Names of companies and of people, as they are written and as they are compared.

A company has one key however its name is spelled; two names are one party where the key is equal, or where one is a
short form of the other. Two full names of one brand in different lines of business are two companies.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final, Literal

import msgspec

from dunproof.language.fold import key as folded_key
from dunproof.language.lexicon import load

KeyType = Literal["same_name", "short_form"]

_ALIAS: Final = re.compile(
    r"[(\[【](?:以下)?(?:简称|下称|统称|合称|又称|原名|原称|曾用名|原|即|英文名?|注册号|统一社会信用代码)[^()\[\]【】]{0,60}[)\]】]"
)
_NOISE: Final = re.compile(r"[\s\"'`“”‘’《》<>()\[\]【】{}·•・‧.,、。:;_\-*]+")
_LEGAL: Final = (
    ("集团股份有限公司", "集团股份公司"),
    ("股份有限公司", "股份公司"),
    ("有限责任公司", "公司"),
    ("有限公司", "公司"),
)
_BRANCH: Final = re.compile(r"(?:[\u4e00-\u9fff]{2,9}(?:分行|支行|分公司|支公司|营业部|信用卡中心)|信用卡中心|总行)$")
_GENERIC: Final = frozenset(
    [
        "公司",
        "本公司",
        "我司",
        "贵司",
        "贵公司",
        "我公司",
        "该公司",
        "平台",
        "本平台",
        "银行",
        "贷款",
        "借款",
        "客服",
        "客户",
        "用户",
    ]
)
_SHORTEST: Final = 2


class CompanyName(msgspec.Struct, frozen=True):
    """A company name taken apart: region, brand, line of business (its id), and how far it is a full legal name."""

    region: str
    brand: str
    line: str
    lines_as_written: str
    full: bool
    stock: bool
    branch: str


@lru_cache(maxsize=65536)
def party_key(name: str) -> str:
    """Return the key under which one company is filed: the same for all spellings of one name, '' for an empty name.

    Folded; alias remarks in brackets, brackets, blanks and dots dropped; 有限责任公司 and 有限公司 read alike, 股份
    kept.
    """
    text = _NOISE.sub("", _ALIAS.sub("", folded_key(name)))
    for long, short in _LEGAL:
        if text.endswith(long):
            return text.removesuffix(long) + short
        if long in text:  # a branch behind the legal form
            text = text.replace(long, short, 1)
            break
    return text


@cache
def _lines() -> tuple[tuple[str, str], ...]:
    entries = [(folded_key(e.form), e.id) for e in load("names.tsv").entries if e.cls == "LINE"]
    return tuple(sorted(entries, key=lambda e: (-len(e[0]), e[0])))


@cache
def _regions() -> re.Pattern[str]:
    forms = sorted({folded_key(f) for f in load("names.tsv").of("REGION")}, key=lambda f: (-len(f), f))
    return re.compile(
        rf"(?:{'|'.join(forms)})(?:省|市|县|区|地区|自治区|自治州|壮族自治区|回族自治区|维吾尔自治区|特别行政区)?"
    )


def _strip_region(text: str, *, keep: int) -> tuple[str, str]:
    """Take the regions off the front of a name, as long as ``keep`` characters stay behind."""
    region = ""
    while (m := _regions().match(text)) and len(text) - m.end() >= keep:
        region += re.sub(r"(?:省|市|县|区|地区)$", "", m[0])
        text = text[m.end() :]
        further = re.match(r"[\u4e00-\u9fff]{1,3}县", text)
        if further and len(text) - further.end() >= keep:
            text = text[further.end() :]
    return region, text


@lru_cache(maxsize=65536)
def company(name: str) -> CompanyName:
    """Return a company name taken apart. A name without a known part is all brand."""
    folded = _ALIAS.sub("", folded_key(name))
    inner = re.search(r"[(\[](" + _regions().pattern + r")[)\]]", folded)
    text = party_key(name)
    region = ""
    if inner:
        region = re.sub(r"(?:省|市|县|区|地区)$", "", inner[1])
        text = text.replace(inner[1], "", 1)
    branch = ""
    if m := _BRANCH.search(text):
        head = re.search(r"(?:公司|银行)", text)
        if head and head.end() <= m.end() and head.end() < len(text):
            branch = text[head.end() :]
            text = text[: head.end()]
    full = text.endswith(("公司", "事务所", "合伙企业"))
    stock = text.endswith(("股份公司", "集团股份公司"))
    for tail in ("集团股份公司", "股份公司", "集团公司", "责任公司", "公司", "有限合伙", "普通合伙", "合伙企业"):
        if text.endswith(tail) and len(text) > len(tail):
            text = text.removesuffix(tail)
            break
    line = written = ""
    again = True
    while again:
        again = False
        for form, id_ in _lines():
            if text.endswith(form) and (len(text) - len(form) >= _SHORTEST or form == text):
                line = line if line and line != id_ and line not in {"科技", "投资"} else id_
                written = form + written
                text = text.removesuffix(form)
                again = bool(text)
                break
    front, brand = _strip_region(text, keep=_SHORTEST)
    if not brand and not front:
        brand = text
    return CompanyName(front or region, brand, line, written, full, stock, branch)


def brand(name: str) -> str:
    """Return the distinctive part of a company name, without region, business and legal form; '' if none is left."""
    found = company(name).brand
    return "" if found in _GENERIC or len(found) < _SHORTEST else found


def _compatible(one: CompanyName, other: CompanyName) -> bool:
    """Tell whether nothing in two names of one brand speaks for two companies."""
    if one.line and other.line and one.line != other.line:
        return False
    if one.region and other.region and one.region not in other.region and other.region not in one.region:
        return False
    if one.full and other.full:
        # two full names: one business and one legal form; only the region may be left out in one of them
        return one.line == other.line and one.stock == other.stock and one.lines_as_written == other.lines_as_written
    return True


def same_party(a: str, b: str) -> KeyType | None:
    """Return how two names are one party: ``same_name``, ``short_form``, or None if they are not.

    A branch of a bank or company is the company. A bare brand is a short form of a full name of that brand; whether
    it is the only company of that brand in a case is for the caller to check.
    """
    first, second = party_key(a), party_key(b)
    if not first or not second or first in _GENERIC or second in _GENERIC:
        return None
    if first == second:
        return "same_name"
    one, other = company(a), company(b)
    if one.brand != other.brand or one.brand in _GENERIC or len(one.brand) < _SHORTEST:
        return None
    return "short_form" if _compatible(one, other) else None


# --- people -------------------------------------------------------------------------------------------------------

_MASK: Final = "*×xX○〇某某"
_MASKED: Final = re.compile(r"(?P<family>[\u4e00-\u9fff]{1,2})(?P<rest>[*×xX○〇某]{1,3}[\u4e00-\u9fff]?)")


@cache
def surnames() -> frozenset[str]:
    """Return the family names, folded."""
    return frozenset(folded_key(f) for f in load("surnames.tsv").forms)


def family_name(name: str) -> str:
    """Return the family name that a person's name starts with; '' if it starts with none."""
    text = folded_key(name)
    for length in (2, 1):
        if text[:length] in surnames() and len(text) >= length:
            return text[:length]
    return ""


def is_masked(name: str) -> bool:
    """Tell whether a person's name is masked (张*, 余××, 张某某)."""
    return bool(_MASKED.fullmatch(folded_key(name)))


def same_person_name(a: str, b: str) -> bool | None:
    """Tell whether two names may be one person's: True if equal, None if a mask fits, False if not.

    A mask fits a name of the same family name, the same length and the same characters where both show one.
    """
    first, second = folded_key(a), folded_key(b)
    if first == second and first:
        return True if not is_masked(a) else None
    if not first or not second or len(first) != len(second):
        return False
    if not (is_masked(a) or is_masked(b)):
        return False
    for x, y in zip(first, second, strict=True):
        if x != y and x not in _MASK and y not in _MASK:
            return False
    return None
