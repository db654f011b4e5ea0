"""Finding clauses by words: every word must stand somewhere in the clause, whatever its width or spacing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

import msgspec

from dunproof.law.print_rules import title
from dunproof.law.register import Register
from dunproof.law.structs import Clause

_AROUND = 24
_WEIGHTS = {"id": 5, "tag": 4, "title": 3, "article": 3, "words": 2, "reading": 1}


class Snippet(msgspec.Struct, frozen=True, kw_only=True):
    """Where a word was found: ``before + match + after`` stands so in the field."""

    field: str
    before: str
    match: str
    after: str


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A clause that holds every word of the query, with one snippet a word."""

    clause: Clause
    snippets: tuple[Snippet, ...]
    score: int


@cache
def _fold_char(char: str) -> str:
    return "".join(unicodedata.normalize("NFKC", char).casefold().split())


def _fold(text: str) -> str:
    return "".join(map(_fold_char, text))


def _fields(register: Register, clause: Clause) -> Iterator[tuple[str, str]]:
    names = title(register.norm(clause.norm))
    yield "id", clause.id
    for tag in clause.tags:
        yield "tag", tag
    for name in dict.fromkeys(names.values()):
        yield "title", name
    yield "article", clause.article
    if clause.level != "A5":  # recalled words are not shown, so they are not searched either
        yield "words", clause.quote
    yield "reading", clause.operable


@cache
def _index(register: Register) -> tuple[tuple[Clause, tuple[tuple[str, str, str], ...]], ...]:
    return tuple((c, tuple((f, t, _fold(t)) for f, t in _fields(register, c))) for c in register.clauses)


def _snippet(field: str, text: str, word: str) -> Snippet:
    at: list[int] = []
    folded: list[str] = []
    for i, char in enumerate(text):
        piece = _fold_char(char)
        folded.append(piece)
        at += [i] * len(piece)
    start = "".join(folded).index(word)
    first, last = at[start], at[start + len(word) - 1] + 1
    return Snippet(
        field=field,
        before=text[max(0, first - _AROUND) : first],
        match=text[first:last],
        after=text[last : last + _AROUND],
    )


def search(register: Register, text: str) -> tuple[Hit, ...]:
    """Return the clauses in which every word of the query stands: in id, tags, title, article, words or our reading.

    Words are separated by white space; width, case and white space inside the clause do not count. Best hit first.
    """
    words = [w for w in map(_fold, text.split()) if w]
    if not words:
        return ()
    hits: list[Hit] = []
    for clause, fields in _index(register):
        snippets: list[Snippet] = []
        score = 0
        for word in words:
            found = next(((f, t, w) for f, t, w in fields if word in w), None)
            if found is None:
                break
            snippets.append(_snippet(found[0], found[1], word))
            score += _WEIGHTS[found[0]] * (2 if found[2] == word else 1)
        else:
            hits.append(Hit(clause=clause, snippets=tuple(snippets), score=score))
    return tuple(sorted(hits, key=lambda h: (-h.score, h.clause.id)))
