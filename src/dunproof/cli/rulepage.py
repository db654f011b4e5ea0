"""The page of a rule as Markdown: printed by ``rules show`` and written to docs/rules/ by docs/build.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dunproof.facts.casefile import LANGUAGES

if TYPE_CHECKING:
    from dunproof.judge.rule import Rule

_WORDS: dict[str, dict[str, str]] = {
    "asks": {"zh-Hans": "它看什么", "zh-Hant": "它看什麼", "en": "What it looks for"},
    "message": {"zh-Hans": "报告里的话", "zh-Hant": "報告裡的話", "en": "What the report says"},
    "limits": {"zh-Hans": "不能说明什么", "zh-Hant": "不能說明什麼", "en": "What it does not show"},
    "at_most": {
        "zh-Hans": "为什么最多只到 departs",
        "zh-Hant": "為什麼最多只到 departs",
        "en": "Why it never says breach",
    },
    "question": {
        "zh-Hans": "为什么总是未定：要由人来看",
        "zh-Hant": "為什麼總是未定：要由人來看",
        "en": "Why it stays undecided: what people must look at",
    },
    "law": {"zh-Hans": "条款", "zh-Hant": "條款", "en": "Clauses"},
    "params": {"zh-Hans": "参数", "zh-Hant": "參數", "en": "Parameters"},
    "needs": {"zh-Hans": "需要的事实", "zh-Hant": "需要的事實", "en": "Facts it needs"},
    "queries": {"zh-Hans": "查询", "zh-Hant": "查詢", "en": "Queries"},
    "examples": {"zh-Hans": "例子", "zh-Hant": "例子", "en": "Examples"},
}
_SIGNS = {
    "+": "one more row can make a finding",
    "-": "one more row can undo a finding",
    "+-": "one more row can make or undo a finding",
}


def page(rule: Rule, lang: str | None = None) -> str:
    """Return the page of a rule, in one language, or in all three where ``lang`` is None."""
    return "\n".join(_lines(rule, (lang,) if lang is not None else LANGUAGES)) + "\n"


def _lines(rule: Rule, languages: tuple[str, ...]) -> Iterator[str]:
    spec, head = rule.spec, languages[-1]
    yield f"# {spec.title[head]}"
    yield ""
    yield f"`{rule.id}` · {spec.status} · revision {spec.revision} · one verdict per {spec.per} · pack {rule.pack}"
    if len(languages) > 1:
        yield ""
        yield from (f"- {spec.title[lang]}" for lang in languages[:-1])
    for key, text in (
        ("asks", spec.explain),
        ("message", spec.message),
        ("limits", spec.limits),
        ("at_most", spec.at_most),
        ("question", spec.question),
    ):
        if text:
            yield from ("", f"## {_WORDS[key][head]}")
            for lang in reversed(languages):
                yield from ("", text[lang].strip())
    yield from ("", f"## {_WORDS['law'][head]}", "")
    yield from _law(rule, head)
    if spec.params:
        yield from (
            "",
            f"## {_WORDS['params'][head]}",
            "",
            "| name | value | unit | basis | note |",
            "|---|---|---|---|---|",
        )
        for name, param in spec.params.items():
            value = ", ".join(map(str, param.value)) if isinstance(param.value, list) else str(param.value)
            yield f"| `{name}` | {value} | {param.unit} | {param.basis} | {param.note} |"
    yield from ("", f"## {_WORDS['needs'][head]}", "")
    for kind, sign in sorted(rule.needs.items()):
        yield f"- `{kind}`: {_SIGNS[sign]}"
    yield from ("", f"## {_WORDS['queries'][head]}", "", "```sql", "-- scope: what is judged", spec.scope.strip(), "")
    yield from ("-- find: which of it is a finding", spec.find.strip(), "```")
    yield from ("", f"## {_WORDS['examples'][head]}", "")
    for name, cases in spec.examples.items():
        if name != "given":
            yield f"- {name}: {len(cases or [])}"


def _law(rule: Rule, lang: str) -> Iterator[str]:
    from dunproof.law.print_rules import printed
    from dunproof.law.register import load

    register = load()
    for name in rule.spec.clauses:
        clause = printed(register, name)
        said = f" ({clause.attribution[lang]})" if clause.attribution[lang] else ""
        words = f": {clause.words}" if clause.words else ""
        yield (
            f"- `{clause.id}` {clause.norm_title[lang]} {clause.article}, "
            f"{clause.effective} – {clause.until or '…'}, {clause.force}{clause.level[1:]}{said}{words}"
        )
