"""Where the parts of a parsed query stand in the rule file: the line of every node, for errors and mutants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import sqlglot
from sqlglot import exp

_WORDS = {exp.Null: ("NULL",), exp.Boolean: ("TRUE", "FALSE")}


class Places:
    """Lines of a query's nodes. ``line`` is the 1-based line of the file on which ``text`` starts.

    The parser notes places of names and constants; parameters, TRUE, FALSE and NULL are found among the tokens.
    """

    def __init__(self, text: str, line: int, trees: Iterable[Any]) -> None:
        self.line0 = line
        self._own: dict[int, tuple[int, int]] = {}
        unplaced: dict[Any, list[Any]] = defaultdict(list)
        for tree in trees:
            for node in tree.walk(bfs=False) if tree is not None else ():
                if "line" in node.meta:
                    self._own[id(node)] = (int(node.meta["line"]), int(node.meta["col"]))
                elif isinstance(node, exp.Placeholder):
                    unplaced[str(node.this)].append(node)
                elif type(node) in _WORDS:
                    unplaced[type(node)].append(node)
        if not unplaced:
            return
        tokens = sqlglot.tokenize(text, read="postgres")
        found: dict[Any, list[tuple[int, int]]] = defaultdict(list)
        for kind, types in _WORDS.items():
            found[kind] = [(t.line, t.col) for t in tokens if t.token_type.name in types]
        for colon, name in pairwise(tokens):
            if colon.token_type.name == "COLON":
                found[name.text].append((name.line, name.col))
        for what, nodes in unplaced.items():
            if len(found[what]) == len(nodes):
                self._own.update({id(n): at for n, at in zip(nodes, found[what], strict=True)})

    def line(self, node: Any) -> int:
        """Return the line of the file on which a node starts; of what stands around it if it left no trace."""
        while node is not None:
            places = [self._own[id(n)] for n in node.walk() if id(n) in self._own]
            if places:
                return self.line0 + min(places)[0] - 1
            node = node.parent
        return self.line0


def broken_line(text: str, error: Mapping[str, Any]) -> int:
    """Return the line of a text (1-based) on which the parser gave up.

    The parser's own line is one too many behind ``$`` and a line break; the words that it quotes around the place are
    right.
    """
    before = str(error.get("start_context") or "")
    at = text.find(before + str(error.get("highlight") or "") + str(error.get("end_context") or ""))
    if at < 0 or not error.get("highlight"):
        return min(int(error.get("line") or 1), text.count("\n") + 1)
    return text.count("\n", 0, at + len(before)) + 1


def unreadable_line(text: str) -> int:
    """Return the line of a text (1-based) from which on it cannot be cut into tokens: that of an unclosed quote."""
    lines = text.splitlines()
    whole = 0
    for n in range(len(lines)):
        try:
            sqlglot.tokenize("\n".join(lines[: n + 1]), read="postgres")
        except sqlglot.errors.TokenError:
            continue
        whole = n + 1
    return min(whole + 1, max(len(lines), 1))
