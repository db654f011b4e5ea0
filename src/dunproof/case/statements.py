"""What people wrote about a case: case.toml and decisions.toml as sources with an id, and the lines of each entry.

They are no exhibits: nothing is read from them but what somebody says. A declared fact stands at the lines of the
entry that says it, so that a report can show who is said to be what, word for word. What a flag says has no place.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from dunproof.case import tomlfile
from dunproof.case.config import CASE_FILE, DECISIONS_FILE, CaseConfig, Decisions
from dunproof.case.intake import digest
from dunproof.facts.locator import Line, Locator
from dunproof.read.source import Source

FORMAT: Final = "toml"
_ANSWERS: Final = {
    ("exhibit", "role"): "holder-role",
    ("exhibit", "observed_day"): "observed-day",
    ("exhibit", "lender"): "lender",
    ("exhibit", "store"): "store",
    ("party", "lender_type"): "lender-type",
}
"""Which answer of decisions.toml fills in which field."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One file that somebody wrote."""

    exhibit: str
    """First 16 hex digits of its SHA-256, as of any exhibit."""
    name: str
    sha256: str
    size_bytes: int
    path: Path

    def source(self) -> Source:
        """Return it as a quote gets it."""
        return Source(
            exhibit=self.exhibit, name=self.name, format=FORMAT, encoding="utf-8", path=self.path.resolve(),
            size_bytes=self.size_bytes,
        )  # fmt: skip


class Place(msgspec.Struct, frozen=True):
    """Where something is said: exhibit and locator, both empty where no file says it."""

    exhibit: str = ""
    loc: str = ""


class Statements:
    """The files that speak of a case, and where each entry of its config stands in them."""

    def __init__(self, folder: Path | None, config: CaseConfig, lists: Sequence[Path] = ()) -> None:
        self.files: list[Statement] = []
        self._config = config
        self._case: tuple[CaseConfig, tomlfile.Lines, str] | None = None
        self._decisions: tuple[Decisions, tomlfile.Lines, str] | None = None
        for name in (CASE_FILE, DECISIONS_FILE):
            path = folder / name if folder is not None else None
            if path is None or not path.is_file():
                continue
            sha256, size = digest(path)
            self.files.append(Statement(exhibit=sha256[:16], name=name, sha256=sha256, size_bytes=size, path=path))
            if name == CASE_FILE:
                self._case = (*tomlfile.load(path, CaseConfig), sha256[:16])
            else:
                self._decisions = (*tomlfile.load(path, Decisions), sha256[:16])
        for path in lists:
            sha256, size = digest(path)
            self.files.append(Statement(exhibit=sha256[:16], name=path.name, sha256=sha256, size_bytes=size, path=path))

    def place(self, table: str, entry: object, field: str = "") -> Place:
        """Return where an entry of the config is written; with ``field``, where the answer that gave it that field."""
        entries: Sequence[object] = getattr(self._config, table)
        n = next((i for i, e in enumerate(entries) if e is entry), None)
        if n is None:
            return Place()
        said = self._said(table, n)
        if said is not None and (not field or getattr(said, field) == getattr(entry, field)):
            _, lines, exhibit = self._case  # type: ignore[misc]  # it said so
            return _place(exhibit, lines, table, n)
        return self._answer(table, entry, field)

    def _said(self, table: str, n: int) -> object | None:
        """Return what case.toml itself says at this index; answers only add entries behind its own."""
        entries: Sequence[object] = getattr(self._case[0], table) if self._case is not None else ()
        return entries[n] if n < len(entries) else None

    def _answer(self, table: str, entry: Any, field: str) -> Place:
        if self._decisions is None:
            return Place()
        decisions, lines, exhibit = self._decisions
        names = {
            "exhibit": lambda: [entry.file, entry.holder],
            "party": lambda: [entry.name, *entry.aliases],
        }.get(table, list)()
        for n, answer in enumerate(decisions.answer):
            fits = [f for (t, f), what in _ANSWERS.items() if t == table and what == answer.what]
            if answer.about in names and any(not field or f == field for f in fits):
                return _place(exhibit, lines, "answer", n)
        return Place()


def _place(exhibit: str, lines: tomlfile.Lines, table: str, n: int) -> Place:
    return Place(exhibit, str(Locator(places=(Line(*lines.entry(table, n)),))))
