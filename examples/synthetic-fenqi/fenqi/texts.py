"""The agreements of one variant, and where given words stand in them."""

from __future__ import annotations

import html
import re
from typing import Any

import jinja2

from .cast import TEMPLATES

AGREEMENTS = {
    "registration": "registration-agreement.html",
    "privacy": "privacy-policy.html",
    "information": "information-authorisation.html",
    "credit": "credit-authorisation.html",
    "loan": "loan-contract.html",
    "deduction": "deduction-mandate.txt",
    "sharing": "sharing-list.html",
}
"""Short name of an agreement and its file."""

GB18030 = frozenset({"credit"})

_PIECE = re.compile(r"<style.*?</style>|<head.*?</head>|<[^>]*>|&[a-z]+;|.", re.DOTALL)


def environment() -> jinja2.Environment:
    """Return the template environment; a name that is missing is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        newline_sequence="\n",
    )


def agreements(cast: dict[str, Any]) -> dict[str, str]:
    """Return the text of each agreement by its short name."""
    env = environment()
    return {key: env.get_template(file).render(cast) for key, file in AGREEMENTS.items()}


def encoded(key: str, text: str) -> bytes:
    """Return the bytes of an agreement in the encoding that its exhibit has."""
    return text.encode("gb18030" if key in GB18030 else "utf-8")


def visible(source: str) -> tuple[str, list[int]]:
    """Return the visible text of a page and, for each of its characters, the place in the source.

    Tags print nothing, entities one character: enough for the pages of this case, and independent of any reader.
    """
    shown: list[str] = []
    places: list[int] = []
    for match in _PIECE.finditer(source):
        piece = match[0]
        if piece.startswith("<"):
            continue
        text = html.unescape(piece) if piece.startswith("&") else piece
        shown.append(text)
        places.extend([match.start()] * len(text))
    places.append(len(source))
    return "".join(shown), places


def span(source: str, quote: str, context: str, *, markup: bool) -> tuple[int, int]:
    """Return the code points of `source` that print `quote` inside `context`; both must be found, `context` once."""
    text, places = visible(source) if markup else (source, list(range(len(source) + 1)))
    if text.count(context) != 1:
        raise LookupError(f"{context!r} stands {text.count(context)} times")
    at = text.index(context) + context.index(quote)
    return places[at], places[at + len(quote) - 1] + 1
