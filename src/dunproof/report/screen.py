"""Lines, headings and columns of a terminal; every text of an exhibit goes out as Text, never as markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from dunproof.report.catalogue import Catalogue

NARROW: Final = 64
"""Cells below which columns stand under one another instead of side by side."""
_GAP: Final = 2
_LEAST: Final = 8
"""Cells of the narrowest column."""
_CLOSING: Final = frozenset("，。、；：！？）」』》”’… %,.;:!?)]}")
_OPENING: Final = frozenset("（「『《“‘([{")


class Screen:
    """Prints to one console: plain lines without colour or padding where nobody looks."""

    def __init__(self, console: Console, words: Catalogue) -> None:
        self.console = console
        self.words = words
        self.signs = (console.encoding or "").lower().startswith("utf")

    def line(self, text: Text | str = "", indent: int = 0, hang: int = 0) -> None:
        """Print a paragraph; wrapped where a person looks, lines after the first ``hang`` cells further in."""
        body = Text(text) if isinstance(text, str) else text
        if not self.console.is_terminal:
            self.console.print(Text(" " * indent) + body, soft_wrap=True)
            return
        for n, part in enumerate(wrapped(body, max(_LEAST, self.console.width - indent - hang))):
            self.console.print(Text(" " * (indent + hang * (n > 0))) + part, soft_wrap=True)

    def head(self, text: str) -> None:
        """Print a heading after an empty line."""
        self.line()
        self.line(Text(text, "bold underline" if self.console.is_terminal else ""))

    def columns(self, rows: Sequence[Sequence[Text]], indent: int = 2, *, headed: bool = False) -> None:
        """Print rows in aligned columns that fit the width; below NARROW each cell on a line of its own.

        All rows have as many cells as the first, which names the columns where ``headed``. Cells are wrapped, not cut.
        """
        room = self.console.width - indent
        if self.stacks(indent) and headed:
            for row in rows[1:]:
                self._stacked(rows[0], row, indent)
            return
        if self.stacks(indent):
            for row in rows:
                for n, cell in enumerate(c for c in row if c.plain):
                    self.line(cell, indent + 2 * (n > 0))
            return
        widths = _widths([max((c.cell_len for c in column), default=0) for column in zip(*rows, strict=True)], room)
        for row in rows:
            wraps = [wrapped(c, w) for c, w in zip(row, widths, strict=True)]
            for n in range(max(map(len, wraps), default=0)):
                out = Text(" " * indent)
                for parts, width in zip(wraps, widths, strict=True):
                    part = parts[n] if n < len(parts) else Text()
                    out.append_text(part).append(" " * (width - part.cell_len + _GAP))
                out.rstrip()
                self.console.print(out, soft_wrap=True)

    def stacks(self, indent: int = 2) -> bool:
        """Return whether columns stand under one another here."""
        return self.console.width - indent < NARROW

    def _stacked(self, heads: Sequence[Text], row: Sequence[Text], indent: int) -> None:
        """Print a row as its first cell and a line for each other one behind the name of its column.

        A cell without a name, a sign, stands before the next one.
        """
        self.line(row[0], indent)
        sign = Text()
        for head, cell in zip(heads[1:], row[1:], strict=True):
            if not head.plain:
                sign = Text.assemble(cell, " ")
            elif cell.plain:
                name = self.words("list.colon", a=head.plain, b="")
                self.line(Text.assemble((name, "dim"), sign, cell), indent + 2, 2)
                sign = Text()


def wrapped(text: Text, width: int) -> list[Text]:
    """Return a text in lines of at most ``width`` cells: cut at line feeds, at blanks, and between CJK characters.

    A closing sign stays with what it closes, an opening one with what it opens; a longer word is cut where it must be.
    """
    lines: list[Text] = []
    for whole in text.split("\n", allow_blank=True):
        plain = whole.plain
        start = cells = last = 0
        cuts: list[int] = []
        for n, char in enumerate(plain):
            if n > start and (plain[n - 1] == " " or _parts(plain[n - 1], char)):
                last = n
            cells += cell_len(char)
            if cells > width and n > start and char != " ":
                start = last if last > start else n
                cuts.append(start)
                cells = cell_len(plain[start : n + 1])
        parts = list(whole.divide(cuts))
        for part in parts:
            part.rstrip()
        lines += parts or [Text()]
    return lines


def _parts(left: str, right: str) -> bool:
    """Return whether a line may end between two characters: beside a wide one, not at the wrong side of a sign."""
    wide = cell_len(left) > 1 or cell_len(right) > 1
    return wide and right not in _CLOSING and left not in _OPENING


def _widths(wanted: list[int], room: int) -> list[int]:
    """Return the widths of columns that together fit a line, the widest ones made narrower first."""
    widths = [max(1, w) for w in wanted]
    room -= _GAP * (len(widths) - 1)
    while sum(widths) > room:
        widest = max(widths)
        if widest <= _LEAST:
            break
        next_ = max((w for w in widths if w < widest), default=_LEAST)
        many = widths.count(widest)
        less = max(next_, _LEAST, widest - (-(-(sum(widths) - room) // many)))
        widths = [less if w == widest else w for w in widths]
        if less == widest:
            break
    return widths
