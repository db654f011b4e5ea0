"""Which paper of the case a title in 《》 means: a document handed in, none of them, or not determined."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from dunproof.facts.kinds import Document, Fact, Reference
from dunproof.language.fold import fold

_SHORTEST: Final = 4
"""Characters of a title that may be the end of another one (星禾分期隐私政策 for 隐私政策); ours."""


def resolved(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts with ``resolved`` of each reference filled: a document id, or '' for a paper not handed in.

    A title is that of a document if both are equal, or one ends in the other (the name of the app in front). It stays
    None where several documents fit, or where none fits and a document of the case has no title.
    """
    held = list(facts)
    documents = [f for f in held if isinstance(f, Document)]
    titles = [(f.document, _bare(f.title)) for f in documents if f.title]
    untitled = any(not f.title for f in documents)
    return [
        msgspec.structs.replace(f, resolved=_target(f, titles, untitled=untitled))
        if isinstance(f, Reference) and f.resolved is None
        else f
        for f in held
    ]


def _bare(title: str) -> str:
    return re.sub(r"\W+", "", fold(title, tight=True).text)


def _target(reference: Reference, titles: Sequence[tuple[str, str]], *, untitled: bool) -> str | None:
    wanted = _bare(reference.target)
    others = [(d, t) for d, t in titles if d != reference.document]
    fits = {d for d, t in others if t == wanted} or {d for d, t in others if _ends(t, wanted) or _ends(wanted, t)}
    if len(fits) == 1:
        return next(iter(fits))
    return None if fits or untitled else ""


def _ends(long: str, short: str) -> bool:
    return len(short) >= _SHORTEST and long.endswith(short)
