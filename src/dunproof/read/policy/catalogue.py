"""The project's own catalogue for papers: kinds of term, categories of recipient, purposes, head words of tables."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from dunproof.language.fold import fold


class TermKind(msgspec.Struct, frozen=True):
    """A kind of contract term and its expressions, as written in data/terms.toml."""

    id: str
    zh: str
    en: str
    attention: str
    patterns: list[str]
    needs: str = ""
    unless: str = ""
    actor: str = ""
    embeds: bool = False
    alone: bool = False
    counter: list[str] = []
    drop_with: list[str] = []


class Category(msgspec.Struct, frozen=True):
    """A category of recipient."""

    id: str
    zh: str
    in_name: list[str]
    alone: str = ""


class Purpose(msgspec.Struct, frozen=True):
    """A purpose of handling data."""

    id: str
    zh: str
    forms: list[str]


class Head(msgspec.Struct, frozen=True):
    """Head words of one column or key."""

    field: str
    words: str


class Entity(msgspec.Struct, frozen=True):
    """How names of bodies end."""

    suffixes: list[str]


class Catalogue(msgspec.Struct, frozen=True):
    """Everything of data/recipients.toml."""

    category: list[Category]
    purpose: list[Purpose]
    head: list[Head]
    entity: Entity


def _load(name: str) -> dict[str, object]:
    return tomllib.loads(files("dunproof.read.policy").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def catalogue() -> Catalogue:
    """Return categories, purposes and head words."""
    return msgspec.convert(_load("recipients.toml"), Catalogue)


@cache
def term_kinds() -> list[TermKind]:
    """Return the kinds of term."""
    return msgspec.convert(_load("terms.toml")["term"], list[TermKind])


@cache
def cues() -> dict[str, list[str]]:
    """Return the words for activities and duties by kind."""
    return msgspec.convert(_load("cues.toml"), dict[str, list[str]])


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern of the catalogue, folded as the text is that it is matched on."""
    return re.compile(fold(pattern).text)


@cache
def category_of_words() -> list[tuple[str, re.Pattern[str]]]:
    """Return (category, pattern) for words inside names and category cells, in the order of the file."""
    return [(c.id, re.compile("|".join(re.escape(fold(f).text) for f in c.in_name))) for c in catalogue().category]


@cache
def category_alone() -> re.Pattern[str]:
    """Return one pattern with a named group for each category that can stand without a name."""
    return re.compile("|".join(f"(?P<{c.id}>{fold(c.alone).text})" for c in catalogue().category if c.alone))


@cache
def head_words() -> list[tuple[str, re.Pattern[str]]]:
    """Return (field, pattern) in order of precedence."""
    return [(h.field, compiled(h.words)) for h in catalogue().head]
