"""The sentences of reports in three languages, from ``text/<language>.toml`` and ``text/app.<language>.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from dunproof.errors import UseError
from dunproof.facts.casefile import LANGUAGES, Text3

TABLES: Final = {
    "word": "words.tsv",
    "kind": "kinds.tsv",
    "column": "columns.tsv",
    "format": "formats.tsv",
    "threshold": "params.tsv",
    "unit_of": "units.tsv",
}
"""Groups of words that stand in a table of their own."""
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def placeholders(text: str) -> list[str]:
    """Return the names between braces, in order."""
    return _PLACEHOLDER.findall(text)


def _flat(table: Mapping[str, Any]) -> dict[str, str]:
    """Return the leaves of a TOML document by dotted key."""
    out: dict[str, str] = {}
    stack: list[tuple[str, Any]] = [("", table)]
    while stack:
        prefix, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((f"{prefix}.{k}" if prefix else k, v) for k, v in value.items())
        else:
            out[prefix] = str(value)
    return dict(sorted(out.items()))


class Catalogue:
    """The sentences of one language.

    ``catalogue("head.title")`` is a sentence, ``catalogue("rows.more", n=3)`` one with its placeholders filled; where
    the sentence has the forms ``one`` and ``other``, ``n`` chooses. A missing key is a KeyError: a bug of ours.
    """

    def __init__(self, lang: str, sentences: Mapping[str, str]) -> None:
        self.lang = lang
        self.sentences = sentences

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a sentence with its placeholders filled; KeyError if it or a value is missing."""
        if key not in self.sentences and "n" in values:
            key = f"{key}.one" if values["n"] == 1 else f"{key}.other"
        return _PLACEHOLDER.sub(lambda m: str(values[m[1]]), self.sentences[key])

    def word(self, group: str, name: str) -> str:
        """Return the word for a value of a fixed vocabulary, or the value itself where the catalogue has none."""
        return self.sentences.get(f"{group}.{name}", name)

    def choose(self, text: Text3) -> tuple[str, str]:
        """Return the text of this language and its language; the next best one where it is missing."""
        for lang in (self.lang, *LANGUAGES):
            if text.get(lang):
                return text[lang], lang
        return "", self.lang


def _column(table: str, lang: str) -> Iterator[tuple[str, str]]:
    """Yield id and word of one language from a table of words."""
    at = 1 + LANGUAGES.index(lang)
    for line in table.splitlines():
        if line and not line.startswith("#"):
            cells = line.split("\t")
            yield cells[0], cells[at]


@cache
def catalogue(lang: str) -> Catalogue:
    """Return the catalogue of a language: zh-Hans, zh-Hant or en; UseError for another."""
    if lang not in LANGUAGES:
        raise UseError(f"no report language: {lang!r}", hint="one of " + ", ".join(LANGUAGES))
    folder = files("dunproof.report").joinpath("text")
    sentences: dict[str, str] = {}
    for file in (f"{lang}.toml", f"app.{lang}.toml"):
        sentences |= _flat(tomllib.loads(folder.joinpath(file).read_text("utf-8")))
    for group, file in TABLES.items():
        sentences.update({f"{group}.{k}": v for k, v in _column(folder.joinpath(file).read_text("utf-8"), lang)})
    return Catalogue(lang, sentences)
