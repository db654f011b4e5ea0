"""What a verdict that could not be reached asks the person for, as sentences in three languages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from dunproof.facts.casefile import Missing, Text3
from dunproof.facts.problems import load as problems
from dunproof.judge.rule import Rule
from dunproof.judge.verdict import Verdict
from dunproof.law.structs import STORES
from dunproof.report.catalogue import Catalogue, catalogue

_ABSENT: Final = frozenset({"none", "not-handed-in"})
"""Reasons that say that nothing of the sort was handed in."""
_LANGUAGES: Final = ("zh-Hans", "zh-Hant", "en")


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((files("dunproof.case") / "data" / "asks.toml").read_text(encoding="utf-8"))


def _named(name: str, words: Catalogue) -> str:
    """Return a kind, or a column of one, as a report names it."""
    kind, dot, column = name.partition(".")
    said = words.word("kind", kind)
    return words("list.colon", a=said, b=words.word("column", column)) if dot else said


def _reason(code: str, words: Catalogue) -> str:
    """Return a problem code in words."""
    known = problems().get(code)
    return known.text[words.lang].rstrip("。.") if known is not None else words.word("reason", code)


def _filled(text: dict[str, str], name: str, reason: str) -> Text3:
    words = {lang: catalogue(lang) for lang in text if lang in _LANGUAGES}
    return {lang: text[lang].format(name=_named(name, t), reason=_reason(reason, t)) for lang, t in words.items()}


def _family(kind: str) -> str:
    return next((name for name, row in _texts()["absent"].items() if kind in row.get("kinds", ())), "default")


def _binds_by_store(rule: Rule) -> bool:
    """Return whether the rule's clauses bind whoever hands an app out in a store, not a kind of lender."""
    from dunproof.law.register import lender_types, load

    return all(set(lender_types(load().clause(c))) <= {*STORES} for c in rule.spec.clauses)


def missing(verdict: Verdict, reasons: dict[tuple[str, str], str]) -> Iterator[Missing]:
    """Yield what is missing for a verdict: undetermined columns, a day, who is bound, a question, kinds not fully read.

    ``reasons`` gives the problem code for (subject, kind) where coverage names one.
    """
    if verdict.verdict not in {"needs-facts", "unseen"}:
        return
    columns = sorted({name for row in verdict.rows for name in row.unknown})
    texts = _texts()
    for name in columns:
        text = texts["column"].get(name, texts["column"]["default"])
        yield Missing(what="column", name=name, ask=_filled(text, name, ""))
    if any(row.open_day for row in verdict.rows):
        yield Missing(what="day", name="observed_day", ask=_filled(texts["day"], "", ""))
    if any(row.open_lender for row in verdict.rows):
        what: Literal["store", "lender-type"] = "store" if _binds_by_store(verdict.rule) else "lender-type"
        yield Missing(what=what, name=what.replace("-", "_"), ask=_filled(texts[what], "", ""))
    if verdict.rows and verdict.rule.spec.question:
        yield Missing(what="question", name=verdict.rule.id, ask=verdict.rule.spec.question)
    for gap in verdict.gaps:
        if verdict.verdict == "needs-facts" and not gap.decisive:
            continue
        reason = reasons.get((verdict.subject, gap.kind)) or reasons.get(("", gap.kind)) or gap.status
        text = texts["absent" if reason in _ABSENT else "gap"][_family(gap.kind)]
        yield Missing(what="coverage", name=gap.kind, reason=reason, ask=_filled(text, gap.kind, reason))
