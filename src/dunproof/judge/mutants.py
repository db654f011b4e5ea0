"""Mutants: small wrong versions of a rule, each of which an example must notice.

Operators: drop each conjunct and disjunct; shift, negate or widen each comparison; drop each element of IN; negate IN
and EXISTS; drop NOT; change each constant; flip booleans; drop a group key; count rows instead of distinct values; move
each parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from dunproof.judge.bounds import Renderer
from dunproof.judge.rule import Rule
from dunproof.judge.syntax import (
    And,
    Cmp,
    Cond,
    CountAgg,
    Exists,
    Expr,
    In,
    Lit,
    Node,
    Not,
    Or,
    Param,
    ParamValue,
    Select,
    Truth,
    conjunction,
)

_OTHER = {
    "=": ("<>",),
    "<>": ("=",),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
}


class Mutant(msgspec.Struct, frozen=True):
    """A changed rule, what was changed, and on which line."""

    what: str
    line: int
    rule: Rule


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Yield every mutant of a rule."""
    for name, tree in (("scope", rule.scope), ("find", rule.find)):
        for what, line, changed in _changes(tree):
            queries = {"scope": rule.scope, "find": rule.find, name: changed}
            yield Mutant(
                f"{name}: {what}",
                line or rule.line(name),
                rule.mutated(**queries, params=rule.params),
            )
    for key, value in rule.params.items():
        for what, moved in _moved(value):
            params: dict[str, ParamValue] = {**rule.params, key: moved}
            line = rule.line("params", key)
            yield Mutant(
                f"parameter {key}: {what}", line, rule.mutated(scope=rule.scope, find=rule.find, params=params)
            )


def _moved(value: ParamValue) -> Iterator[tuple[str, ParamValue]]:
    if isinstance(value, bool):
        yield f"{not value}", not value
    elif isinstance(value, int):
        yield f"{value} → {value + 1}", value + 1
        yield f"{value} → {value - 1}", value - 1
    elif isinstance(value, str):
        yield "other text", "§"
    elif len(value) > 1:
        for v in value:
            yield f"without {v}", [x for x in value if x != v]
    else:
        yield "other text", ["§"] if isinstance(value[0], str) else [value[0] + 1]


def _changes(tree: Select) -> Iterator[tuple[str, int, Select]]:
    """Yield (what, line, changed tree) for every place in a query."""
    for what, line, node in _below(tree):
        if isinstance(node, Select):
            yield what, line, node


def _below(node: Node) -> Iterator[tuple[str, int, Node]]:
    """Yield every version of ``node`` with one change in it or below it."""
    yield from _own(node)
    for field in node.__struct_fields__:
        value = getattr(node, field)
        if field in ("outputs", "sources", "keys"):
            continue
        if isinstance(value, Node):
            for what, line, child in _below(value):
                yield what, line, msgspec.structs.replace(node, **{field: child})
        elif isinstance(value, tuple):
            for n, item in enumerate(value):
                for what, line, child in _below(item):
                    yield what, line, msgspec.structs.replace(node, **{field: (*value[:n], child, *value[n + 1 :])})


def _own(node: Any) -> Iterator[tuple[str, int, Node]]:
    line = getattr(node, "line", 0)
    if isinstance(node, Select):
        yield from _select(node)
    elif isinstance(node, And | Or):
        kind: Callable[..., Cond] = type(node)
        word = "conjunct" if isinstance(node, And) else "disjunct"
        for n, part in enumerate(node.parts):
            rest = (*node.parts[:n], *node.parts[n + 1 :])
            yield f"drop {word} {_show(part)}", getattr(part, "line", line), rest[0] if len(rest) == 1 else kind(rest)
    elif isinstance(node, Cmp):
        for op in _OTHER[node.op]:
            yield f"{node.op} → {op} in {_show(node)}", line, msgspec.structs.replace(node, op=op)
    elif isinstance(node, In):
        if len(node.options) > 1:
            for n, option in enumerate(node.options):
                rest_options = (*node.options[:n], *node.options[n + 1 :])
                yield f"IN without {_show(option)}", line, In(node.arg, rest_options, line)
        yield f"negate {_show(node)}", line, Not(node, line)
    elif isinstance(node, Exists):
        yield f"negate {_show(node)}", line, Not(node, line)
    elif isinstance(node, Not):
        yield f"drop NOT of {_show(node.part)}", line, node.part
    elif isinstance(node, CountAgg) and node.distinct is not None:
        yield "count rows, not distinct values", line, CountAgg(None, line)
    elif isinstance(node, Lit):
        if isinstance(node.value, bool):
            yield f"{node.value} → {not node.value}", line, Lit(not node.value, line)
        elif isinstance(node.value, int):
            yield f"{node.value} + 1", line, Lit(node.value + 1, line)
            yield f"{node.value} - 1", line, Lit(node.value - 1, line)
        else:
            yield f"{node.value!r} → other text", line, Lit("§", line)


def _select(node: Select) -> Iterator[tuple[str, int, Node]]:
    if not isinstance(node.where, And | Truth):
        yield f"drop {_show(node.where)}", getattr(node.where, "line", node.line), _with(node, where=Truth(value=True))
    if node.having is not None and not isinstance(node.having, And):
        yield f"drop HAVING {_show(node.having)}", node.line, _with(node, having=None)
    if len(node.keys) > 1:
        for n, key in enumerate(node.keys):
            keys = (*node.keys[:n], *node.keys[n + 1 :])
            dropped = tuple(o for o in node.outputs if isinstance(o.expr, CountAgg) or o.expr in keys)
            yield f"group without {key.alias}.{key.name}", key.line, _with(node, keys=keys, outputs=dropped)


def _with(node: Select, **changes: Any) -> Select:
    return msgspec.structs.replace(node, **changes)


class _Author(Renderer):
    """Renders a condition as its author wrote it: parameters by name, nothing of the engine's."""

    def value(self, e: Expr) -> str:
        return f":{e.name}" if isinstance(e, Param) else super().value(e)

    def where(self, s: Select, bound: str, *, filters: bool = False) -> str:
        return self.cond(s.where, bound, filters=filters)


def _show(node: Any) -> str:
    """Return a node in short SQL, for the message."""
    renderer = _Author({}, two_valued=True)
    if isinstance(node, Cmp | In | And | Or | Not | Exists | Truth):
        if any(isinstance(n, CountAgg) for n in _nodes(node)):
            return f"count … {node.op} …" if isinstance(node, Cmp) else "count …"
        text = renderer.cond(node, "T")
        if isinstance(node, Cmp | In | Not):
            text = text[1:-1]
    else:
        text = renderer.value(node)
    return text if len(text) <= 80 else text[:77] + "…"


def _nodes(node: Node) -> Iterator[Node]:
    from dunproof.judge.syntax import walk

    return walk(node)


def well_formed(rule: Rule) -> bool:
    """Whether a mutant is a query at all: a group keeps the columns its subject and day need."""
    if not rule.find.grouped:
        return True
    keys = {(k.alias, k.name) for k in rule.find.keys}
    needed = [rule.column_of_scope(n) for n in ("subject", "day", "since")]
    return all(c is None or (c.alias, c.name) in keys for c in needed)


__all__ = ["Mutant", "conjunction", "mutants", "well_formed"]
