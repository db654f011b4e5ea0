"""The tree of a rule's query: what the SQL subset can say, and nothing else.

``JOIN … ON`` is folded into ``where`` (all joins are inner), ``BETWEEN`` into two comparisons, ``IN`` keeps its list.
Every node is frozen; mutants are made by rebuilding.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

Value = str | int | bool
ParamValue = Value | list[int | str]


class Node(msgspec.Struct, frozen=True):
    """A node of the tree."""


class Col(Node, frozen=True):
    """``alias.name``, bound to a column of a kind."""

    alias: str
    name: str
    kind: str
    type: str
    nullable: bool
    line: int = 0


class Lit(Node, frozen=True):
    """A constant."""

    value: Value
    line: int = 0


class Param(Node, frozen=True):
    """``:name``, replaced by the parameter's value when the rule is compiled."""

    name: str
    line: int = 0


class Arith(Node, frozen=True):
    """``left op right`` with op one of + - *."""

    op: str
    left: Expr
    right: Expr
    line: int = 0


class Func(Node, frozen=True):
    """``length(x)`` or ``abs(x)``: NULL exactly when the argument is."""

    name: str
    arg: Expr
    line: int = 0


class CountAgg(Node, frozen=True):
    """``count(*)`` (distinct is None) or ``count(DISTINCT column)`` of a grouped query."""

    distinct: Col | None = None
    line: int = 0


class CountOf(Node, frozen=True):
    """``(SELECT count(*) FROM …)``."""

    select: Select
    line: int = 0


Expr = Col | Lit | Param | Arith | Func | CountAgg | CountOf


class Cmp(Node, frozen=True):
    """A comparison; op one of = <> < <= > >=. Counts stand on the left."""

    op: str
    left: Expr
    right: Expr
    line: int = 0


class In(Node, frozen=True):
    """``x IN (a, b, …)``; a Param of a list stands for all its values."""

    arg: Expr
    options: tuple[Expr, ...]
    line: int = 0


class Truth(Node, frozen=True):
    """A boolean constant used as a condition."""

    value: bool
    line: int = 0


class And(Node, frozen=True):
    """All of them."""

    parts: tuple[Cond, ...]
    line: int = 0


class Or(Node, frozen=True):
    """Any of them."""

    parts: tuple[Cond, ...]
    line: int = 0


class Not(Node, frozen=True):
    """The opposite."""

    part: Cond
    line: int = 0


class Exists(Node, frozen=True):
    """``EXISTS (SELECT 1 FROM …)``."""

    select: Select
    line: int = 0


Cond = Cmp | In | Truth | And | Or | Not | Exists


class Source(Node, frozen=True):
    """A fact table under an alias."""

    kind: str
    alias: str


class Output(Node, frozen=True):
    """``expression AS name``."""

    name: str
    expr: Expr


class Select(Node, frozen=True):
    """One SELECT of the subset."""

    sources: tuple[Source, ...]
    where: Cond
    outputs: tuple[Output, ...] = ()
    keys: tuple[Col, ...] = ()
    having: Cond | None = None
    line: int = 0

    @property
    def grouped(self) -> bool:
        """Whether it has GROUP BY."""
        return bool(self.keys)


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below a node, in reading order."""
    for name in node.__struct_fields__:
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (v for v in value if isinstance(v, Node))


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, also inside subqueries."""
    yield node
    for child in children(node):
        yield from walk(child)


def conjuncts(cond: Cond) -> tuple[Cond, ...]:
    """Return the conditions of a conjunction, flat; nothing for TRUE."""
    if isinstance(cond, And):
        return tuple(c for part in cond.parts for c in conjuncts(part))
    if isinstance(cond, Truth) and cond.value:
        return ()
    return (cond,)


def conjunction(parts: tuple[Cond, ...]) -> Cond:
    """Return the conjunction of conditions, TRUE for none."""
    return parts[0] if len(parts) == 1 else And(parts) if parts else Truth(value=True)


def columns(node: Node) -> Iterator[Col]:
    """Yield every column that is read at or below a node."""
    return (n for n in walk(node) if isinstance(n, Col))


def bare(agg: CountAgg) -> CountAgg:
    """Return an aggregate without lines, so that equal counts are one."""
    col = agg.distinct
    return CountAgg(None if col is None else Col(col.alias, col.name, col.kind, col.type, col.nullable))
