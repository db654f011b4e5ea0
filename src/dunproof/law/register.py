"""The clause register: load it, find clauses by id, word, tag, day and lender, read the official texts.

``load()`` costs some 10 ms once; texts are unpacked one by one when asked for.
"""

from __future__ import annotations

import difflib
import lzma
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec

from dunproof.errors import UseError
from dunproof.law import tables
from dunproof.law.structs import FORCES, Channels, Clause, Meta, Method, NecessaryList, Norm, RegisterFile

_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")
_LARGEST = 8 << 20
"""No file of the package unpacks to more; a damaged one stops here."""


def unpack(name: str) -> bytes:
    """Return a file of ``law/data`` unpacked, for instance ``register.json``; raises UseError if it is not there."""
    path = resources.files("dunproof.law") / "data" / (name + ".xz")
    if not path.is_file():
        raise UseError(f"the law package lacks {name}", hint="install dunproof again")
    unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ)
    try:
        data = unpacker.decompress(path.read_bytes(), max_length=_LARGEST)
    except lzma.LZMAError as exc:
        raise UseError(f"the law package is damaged: {name}: {exc}", hint="install dunproof again") from exc
    if not unpacker.eof:
        raise UseError(f"the law package is damaged: {name} is cut short or too long", hint="install dunproof again")
    return data


@cache
def actors() -> dict[str, tuple[str, ...]]:
    """Return the lender types behind each word of ``applies_to``; ``('any',)`` binds every lender, ``()`` none."""
    return {
        row["actor"]: tuple(t for t in row["lender_types"].split(",") if t != "-")
        for row in tables.load("actors.tsv", "actor", "lender_types", "note")
    }


def lender_types(clause: Clause) -> tuple[str, ...]:
    """Return the lender types that a clause binds, ``('any',)`` if it binds every lender, ``()`` if no lender."""
    found = dict.fromkeys(t for actor in clause.applies_to for t in actors()[actor])
    return ("any",) if "any" in found else tuple(found)


def strength(clause: Clause) -> tuple[int, str, tuple[int, ...], str]:
    """Return the sort key that puts the strongest clause first: force, level, later before earlier, id."""
    return (FORCES.index(clause.force), clause.level, tuple(-ord(c) for c in clause.effective), clause.id)


class Register:
    """All norms and clauses, by id. ``meta.as_of`` is the day it was made."""

    __slots__ = ("_clauses", "_norms", "meta")

    def __init__(self, file: RegisterFile) -> None:
        self.meta: Meta = file.meta
        self._norms = {n.id: n for n in file.norms}
        self._clauses = {c.id: c for c in file.clauses}

    @property
    def as_of(self) -> str:
        """ISO day on which the register was made."""
        return self.meta.as_of

    @property
    def norms(self) -> tuple[Norm, ...]:
        """All norms in the order of the register."""
        return tuple(self._norms.values())

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All clauses in the order of the register."""
        return tuple(self._clauses.values())

    def __contains__(self, name: object) -> bool:
        return name in self._clauses

    def clause(self, name: str) -> Clause:
        """Return a clause by id; raises UseError that names the nearest right ids."""
        found = self._clauses.get(name)
        if found is None:
            raise UseError(f"no clause {name!r} in the register", hint=_did_you_mean(self.near(name)))
        return found

    def norm(self, name: str) -> Norm:
        """Return a norm by id; raises UseError that names the nearest right ids."""
        found = self._norms.get(name)
        if found is None:
            raise UseError(f"no norm {name!r} in the register", hint=_did_you_mean(_nearest(name, self._norms)))
        return found

    def clauses_of(self, norm: str) -> tuple[Clause, ...]:
        """Return the clauses of a norm in the order of the register; raises UseError for an unknown norm."""
        wanted = self.norm(norm).id
        return tuple(c for c in self._clauses.values() if c.norm == wanted)

    def near(self, name: str) -> list[str]:
        """Return up to five clause ids that resemble ``name``, nearest first."""
        return _nearest(name, self._clauses)

    def in_force(self, day: str, lender_type: str | None = None) -> tuple[Clause, ...]:
        """Return the clauses that hold on an ISO day, strongest first.

        With a lender type only those that bind it. Raises UseError for what is no ISO day.
        """
        if not _DAY.match(day):
            raise UseError(f"{day!r} is no day", hint="write it as 2026-03-01")
        found = [
            c
            for c in self._clauses.values()
            if c.in_force(day) and (lender_type is None or {"any", lender_type} & set(lender_types(c)))
        ]
        return tuple(sorted(found, key=strength))

    def text(self, norm: str) -> str:
        """Return the official text of a norm as far as it was seen, '' where none was; UseError for an unknown norm."""
        path = self.norm(norm).text
        return unpack(path).decode("utf-8") if path else ""

    def article(self, name: str) -> str:
        """Return the whole article around a clause's words, '' where no text or no article of that name was seen."""
        clause = self.clause(name)
        opening = re.compile(re.escape(clause.article) + "(?!之)")
        blocks = [b.strip() for b in self.text(clause.norm).split("\n\n")]
        own = [b for b in blocks if opening.match(b)]
        # One norm can count its articles anew in each book: the block with the words is the one meant.
        return next((b for b in own if clause.quote and clause.quote in b), own[0] if len(own) == 1 else "")


def _nearest(name: str, names: Iterable[str]) -> list[str]:
    by_fold = {n.casefold(): n for n in names}
    close = difflib.get_close_matches(name.casefold(), by_fold, n=5, cutoff=0.6)
    return [by_fold[n] for n in close]


def _did_you_mean(names: list[str]) -> str:
    if names:
        return "did you mean " + ", ".join(names) + "?"
    return "dunproof law list shows every id"


@cache
def load() -> Register:
    """Return the register that ships with dunproof; read once in a process."""
    return Register(msgspec.json.decode(unpack("register.json"), type=RegisterFile))


@cache
def necessary_list() -> NecessaryList:
    """Return the 39 types of service and what the statutory list allows each to treat as necessary."""
    return msgspec.json.decode(unpack("necessary_pi_39.json"), type=NecessaryList)


@cache
def app_method() -> Method:
    """Return the 31 situations of CN-CAC-191 with how far each can be decided."""
    return msgspec.json.decode(unpack("cn_191.json"), type=Method)


@cache
def channels() -> Channels:
    """Return the places where a complaint can be handed in, with the limits of their competence."""
    return msgspec.json.decode(unpack("channels.json"), type=Channels)
