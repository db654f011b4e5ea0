"""Polarity of a kind: one more row makes a finding likelier, or less likely.

'+' where more rows can only add findings, '-' where they can only remove them (below NOT EXISTS, or counted and
compared with <), '+-' where they can do either. A kind that was not fully read can undo a finding only where it has a
'-'.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dunproof.judge.syntax import Cmp, CountAgg, CountOf, Exists, Node, Not, Select, children

_FLIP: Final = {"+": "-", "-": "+"}


def polarity(select: Select) -> dict[str, str]:
    """Return the polarity of every kind that a query reads."""
    found: dict[str, set[str]] = {}
    _select(select, "+", found)
    return {kind: "+-" if len(signs) == 2 else next(iter(signs)) for kind, signs in sorted(found.items())}


def _select(select: Select, sign: str, found: dict[str, set[str]]) -> None:
    signs = {sign}
    if select.having is not None:
        for cmp, own in _aggregates(select.having, sign):
            signs |= _count_signs(cmp, own)
        _cond(select.having, sign, found)
    for source in select.sources:
        found.setdefault(source.kind, set()).update(signs)
    _cond(select.where, sign, found)


def _aggregates(node: Node, sign: str) -> Iterator[tuple[Cmp, str]]:
    """Yield the comparisons of counts in HAVING with the sign under which they stand."""
    if isinstance(node, Cmp):
        if isinstance(node.left, CountAgg):
            yield node, sign
    elif not isinstance(node, Select):
        inner = _FLIP[sign] if isinstance(node, Not) else sign
        for child in children(node):
            yield from _aggregates(child, inner)


def _count_signs(cmp: Cmp, sign: str) -> set[str]:
    if cmp.op in (">", ">="):
        return {sign}
    if cmp.op in ("<", "<="):
        return {_FLIP[sign]}
    return {"+", "-"}


def _cond(node: Node, sign: str, found: dict[str, set[str]]) -> None:
    if isinstance(node, Not):
        _cond(node.part, _FLIP[sign], found)
    elif isinstance(node, Exists):
        _select(node.select, sign, found)
    elif isinstance(node, Cmp) and isinstance(node.left, CountOf):
        for s in _count_signs(node, sign):
            _select(node.left.select, s, found)
    else:
        for child in children(node):
            _cond(child, sign, found)
