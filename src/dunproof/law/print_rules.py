"""Clauses as a report may print them, by how well their words were verified.

A1: the words. A2: the words, marked as part of a text seen in part. A3, A4: the words only as reported by somebody on a
day, A4 also with what kind of norm it is. A5: never the words.
"""

from __future__ import annotations

from functools import cache

from dunproof.errors import PackError
from dunproof.facts.casefile import ClauseText, Text3
from dunproof.law import tables
from dunproof.law.register import Register
from dunproof.law.structs import Clause, Norm

_PART: Text3 = {"zh-Hans": "所见文本的一部分", "zh-Hant": "所見文本的一部分", "en": "part of the text seen"}
_UNVERIFIED: Text3 = {
    "zh-Hans": "条文内容待核对，不予引用",
    "zh-Hant": "條文內容待核對，不予引用",
    "en": "to be checked; its words are not quoted",
}
_NATURE: dict[str, Text3] = {
    "recommended_standard": {"zh-Hans": "推荐性标准", "zh-Hant": "推薦性標準", "en": "recommended standard"},
    "association_guide": {"zh-Hans": "行业协会指引", "zh-Hant": "行業協會指引", "en": "association guide"},
    "practice_guide": {"zh-Hans": "实践指南", "zh-Hant": "實踐指南", "en": "practice guide"},
    "store_policy": {"zh-Hans": "应用商店政策", "zh-Hant": "應用商店政策", "en": "store policy"},
}


@cache
def _reports() -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in tables.load("reports.tsv", "id", "by_zh", "by_hant", "by_en", "day", "nature")}


@cache
def _traditional() -> dict[str, str]:
    return {row["norm"]: row["zh_hant"] for row in tables.load("titles.tsv", "norm", "zh_hant")}


def title(norm: Norm) -> Text3:
    """Return the title of a norm in three languages; a title that has none of its own in one is the original."""
    original = norm.title.get("zh") or norm.title["en"]
    return {
        "zh-Hans": original,
        "zh-Hant": _traditional().get(norm.id, original),
        "en": norm.title.get("en", original),
    }


def has_title(norm: Norm, language: str) -> bool:
    """Whether the norm has a title of its own in a language; False means that ``title`` gives the original there."""
    if language == "zh-Hant":
        return norm.id in _traditional()
    return {"zh-Hans": "zh", "en": "en"}[language] in norm.title


def attribution(clause: Clause) -> Text3:
    """Return what must stand beside the words of a clause, three empty texts for official words.

    Raises PackError if words known from a report have no reporter in ``reports.tsv``.
    """
    match clause.level:
        case "A1":
            return {"zh-Hans": "", "zh-Hant": "", "en": ""}
        case "A2":
            return dict(_PART)
        case "A5":
            return dict(_UNVERIFIED)
        case _:
            pass
    row = _reports().get(clause.id) or _reports().get(clause.norm)
    if row is None:
        raise PackError(
            "law/data/reports.tsv", 1, f"nobody is named who reported {clause.id}", hint="add a row for it or its norm"
        )
    dated = row["day"] != "-"
    said: Text3 = {
        "zh-Hans": f"据{row['by_zh']}" + (f"（{row['day']}）" if dated else "") + "报道",
        "zh-Hant": f"據{row['by_hant']}" + (f"（{row['day']}）" if dated else "") + "報道",
        "en": f"as reported by {row['by_en']}, {row['day']}" if dated else f"as reported by {row['by_en']}, undated",
    }
    nature = _NATURE.get(row["nature"])
    if nature is None:
        return said
    mark = {"zh-Hans": "；", "zh-Hant": "；", "en": "; "}
    return {language: text + mark[language] + nature[language] for language, text in said.items()}


def printed(register: Register, clause: Clause | str) -> ClauseText:
    """Return a clause (or the clause of an id) as a report may print it; ``words`` is '' at level A5.

    Raises UseError for an unknown id.
    """
    found = register.clause(clause) if isinstance(clause, str) else clause
    norm = register.norm(found.norm)
    return ClauseText(
        id=found.id,
        norm=norm.id,
        norm_title=title(norm),
        article=found.article,
        force=found.force,
        level=found.level,
        effective=found.effective,
        until=found.until,
        words="" if found.level == "A5" else found.quote,
        attribution=attribution(found),
        caveat=found.caveat,
    )
