"""Proof that the register holds together: quotes stand verbatim in the official texts, ids and counts are right.

Folding for comparison only: NFKC (full- and half-width punctuation are equal), straight quotation marks, no white
space. Words at A1 and all words marked as cut from a text must be found in it; official words in their own article.
Press and recalled words are counted only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import msgspec

from dunproof.law import register, tables
from dunproof.law.structs import LENDER_TYPES, STORES, Channels, Clause, Method, NecessaryList, RegisterFile

_CUT_FROM_TEXT = frozenset({"official", "official_copy"})
_NEEDED = ("effective", "article", "applies_to", "force", "tags", "operable")
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")
NECESSARY_TYPES = 39
WITHOUT_ANY = 13
METHOD_ITEMS = 31


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted and what is wrong: pairs of an id and a sentence."""

    norms: int
    clauses: int
    levels: dict[str, int]
    quotes_found: int
    texts: int
    wrong: tuple[tuple[str, str], ...]


def fold(text: str) -> str:
    """Return the text as it is compared: NFKC, straight quotation marks, no white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).translate(_STRAIGHT))


def _clause_faults(clause: Clause, whole: str, blocks: list[str]) -> list[str]:
    faults = [f"empty {name}" for name in _NEEDED if not getattr(clause, name)]
    if clause.until is not None and clause.until < clause.effective:
        faults.append("ends before it starts")
    faults += [f"actor {a!r} is not in actors.tsv" for a in clause.applies_to if a not in register.actors()]
    if clause.quote_kind not in _CUT_FROM_TEXT:
        if clause.level == "A1":
            faults.append("level A1 without official words")
        return faults
    words = fold(clause.quote)
    if not words or words not in whole:
        faults.append("its words do not stand in the text")
    elif clause.quote_kind == "official" and re.match("第.+条", clause.article):
        opening = re.compile(re.escape(fold(clause.article)) + "(?!之)")
        if not any(words in b for b in blocks if opening.match(b)):
            faults.append("its words do not stand in its article")
    return faults


def check(
    file: RegisterFile, necessary: NecessaryList, method: Method, channels: Channels, texts: dict[str, str]
) -> Check:
    """Return what holds and what does not; ``texts`` maps the ``text`` path of a norm to its words."""
    norms = {n.id: n for n in file.norms}
    wrong: list[tuple[str, str]] = []
    for name, count in Counter([n.id for n in file.norms] + [c.id for c in file.clauses]).items():
        if count > 1:
            wrong.append((name, "the same id twice"))
    wrong += [(n.id, f"its text {n.text} is absent") for n in file.norms if n.text is not None and n.text not in texts]
    wrong += [
        (n.id, f"replaces {n.replaces}, which is no norm") for n in file.norms if n.replaces and n.replaces not in norms
    ]
    folded = {path: (fold(text), [fold(b) for b in text.split("\n\n")]) for path, text in texts.items()}
    found = 0
    for clause in file.clauses:
        norm = norms.get(clause.norm)
        if norm is None:
            wrong.append((clause.id, f"unknown norm {clause.norm}"))
            continue
        faults = _clause_faults(clause, *folded.get(norm.text or "", ("", [])))
        found += clause.quote_kind in _CUT_FROM_TEXT and not any("words" in f for f in faults)
        wrong += [(clause.id, f) for f in faults]
    ids = {c.id for c in file.clauses}
    wrong += [
        (ch.id, f"basis {name} is no clause") for ch in channels.channels for name in ch.basis_clauses
        if name not in ids and name not in norms
    ]  # fmt: skip
    if len(necessary.types) != NECESSARY_TYPES or sum(not t.necessary for t in necessary.types) != WITHOUT_ANY:
        wrong.append((necessary.norm, f"{NECESSARY_TYPES} types, {WITHOUT_ANY} without any item expected"))
    if sum(len(ch.items) for ch in method.chapters) != METHOD_ITEMS:
        wrong.append((method.norm, f"{METHOD_ITEMS} items expected"))
    wrong += _table_faults(set(norms), ids)
    return Check(
        norms=len(norms),
        clauses=len(ids),
        levels=dict(sorted(Counter(c.level for c in file.clauses).items())),
        quotes_found=found,
        texts=len(texts),
        wrong=tuple(wrong),
    )


def _table_faults(norms: set[str], clauses: set[str]) -> list[tuple[str, str]]:
    """Return what our own tables say of norms, clauses and lender types that do not exist."""
    faults: list[tuple[str, str]] = []
    for table, column, known in (
        ("titles.tsv", "norm", norms),
        ("background.tsv", "norm", norms),
        ("starts.tsv", "norm", norms),
        ("reports.tsv", "id", norms | clauses),
    ):
        rows = tables.load(table, column)
        faults += [(row[column], f"named in {table}, not in the register") for row in rows if row[column] not in known]
    for actor, types in register.actors().items():
        faults += [(actor, f"{t!r} is no lender type") for t in types if t not in {"any", *LENDER_TYPES, *STORES}]
    return faults


def check_package() -> Check:
    """Return the check of what ships with dunproof."""
    file = msgspec.json.decode(register.unpack("register.json"), type=RegisterFile)
    texts = {n.text: register.unpack(n.text).decode("utf-8") for n in file.norms if n.text is not None}
    return check(file, register.necessary_list(), register.app_method(), register.channels(), texts)
