"""SQL text of a rule → bound tree. Anything outside the subset is refused with file, line and a hint.

Allowed: one SELECT; ``FROM kind AS a JOIN kind AS b ON …``; ``= <> < <= > >= IN (list) BETWEEN``; ``AND OR NOT``;
``[NOT] EXISTS (SELECT 1 …)``; ``(SELECT count(*) …) op n``; ``GROUP BY`` columns with ``HAVING`` over ``count(*)`` or
``count(DISTINCT column)``; ``+ - *``, ``length``, ``abs``; columns always as ``alias.column``. ``<`` on text compares
ISO days only. docs/rule-language.md says why the rest is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import sqlglot
from sqlglot import exp

from dunproof.errors import PackError
from dunproof.facts.kinds import KINDS
from dunproof.facts.reserved import reserved_words
from dunproof.facts.schema import columns as kind_columns
from dunproof.judge.hints import near
from dunproof.judge.places import Places, broken_line, unreadable_line
from dunproof.judge.syntax import (
    Arith,
    Cmp,
    Col,
    Cond,
    CountAgg,
    CountOf,
    Exists,
    Expr,
    Func,
    In,
    Lit,
    Not,
    Or,
    Output,
    Param,
    ParamValue,
    Select,
    Source,
    Truth,
    conjunction,
    conjuncts,
)

_CMP: Final = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_SWAP: Final = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "=", "<>": "<>"}
_ARITH: Final = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_FUNCS: Final[dict[Any, tuple[str, type]]] = {exp.Length: ("length", str), exp.Abs: ("abs", int)}
_MAX_CHARS: Final = 10_000
_SELECT: Final = ("expressions", "from_", "from", "joins", "where", "group", "having")
_PARTS: Final = {
    "with_": ("WITH", "write the tables into FROM"),
    "with": ("WITH", "write the tables into FROM"),
    "order": ("ORDER BY", "the report orders its rows itself"),
    "limit": ("LIMIT", "the report shows the first rows itself"),
    "offset": ("OFFSET", "the report shows the first rows itself"),
    "distinct": ("DISTINCT", "use GROUP BY, or count(DISTINCT …) in HAVING"),
    "qualify": ("QUALIFY", "use a correlated count"),
    "windows": ("WINDOW", "use a correlated count"),
    "laterals": ("LATERAL", "write the table into FROM"),
    "into": ("INTO", "a rule only reads"),
    "sample": ("TABLESAMPLE", "a rule reads every row"),
    "db": ("a database before the name", "only fact kinds stand in FROM, and alias.column elsewhere"),
    "columns": ("a list of column names", "columns keep the names of the fact kind"),
    "query": ("IN (SELECT …)", "use [NOT] EXISTS: NULL in a list decides nothing"),
}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")


def parse(text: str, *, file: str, line: int, params: Mapping[str, ParamValue]) -> Select:
    """Return the bound tree of one query.

    ``line`` is the 1-based line of the file on which ``text`` starts; ``params`` maps names to their values.
    Errors: PackError with file, line, column where known, and a hint.
    """
    if len(text) > _MAX_CHARS:
        raise PackError(file, line, f"a query of {len(text)} characters", hint=f"at most {_MAX_CHARS}: write two rules")
    try:
        statements = sqlglot.parse(text, read="postgres")
        found = [s for s in statements if s is not None]
        places = Places(text, line, found)
        if len(found) != 1:
            at = places.line(found[1]) if found else line
            raise PackError(file, at, f"{len(found)} statements", hint="a query is one SELECT")
        return _Binder(file, places, params).top(found[0])
    except sqlglot.errors.TokenError:
        at = line + unreadable_line(text) - 1
        raise PackError(file, at, "no SQL: a quote is not closed", hint="text stands in single quotes") from None
    except sqlglot.errors.ParseError as error:
        details: dict[str, Any] = (error.errors or [{}])[0]
        message = str(details.get("description") or error).splitlines()[0]
        message = re.sub(r"<class '[\w.]*\.(\w+)'>", r"\1", message)
        at = line + broken_line(text, details) - 1
        raise PackError(file, at, f"no SQL: {message}", hint="check quotes, commas and parentheses") from None
    except RecursionError:
        raise PackError(file, line, "nested too deep", hint="a person has to read this: write two rules") from None


class _Binder:
    """Walks a sqlglot tree and builds ours, scope by scope."""

    def __init__(self, file: str, places: Places, params: Mapping[str, ParamValue]) -> None:
        self.file = file
        self.line = places.line
        self.params = params

    # --- places and errors

    def error(self, node: Any, message: str, hint: str) -> PackError:
        return PackError(self.file, self.line(node), message, hint=hint)

    # --- SELECT

    def top(self, node: Any) -> Select:
        return self.select(node, {}, top=True)

    def select(self, node: Any, outer: Mapping[str, str], *, top: bool = False) -> Select:
        if not isinstance(node, exp.Select):
            later = node.args.get("expression") if isinstance(node, exp.SetOperation) else None
            raise self.error(
                later or node,
                f"{_label(node)} is outside the subset",
                "write two rules" if later is not None else "a query is one SELECT",
            )
        self.only(node, _SELECT)
        for place in node.find_all(exp.Identifier):
            if place.args.get("quoted") and isinstance(place.parent, exp.Column | exp.Alias | exp.TableAlias):
                raise self.error(
                    place, f'a quoted name "{place.name}"', "names stand without quotes, text in single ones"
                )
        sources, ons = self.sources(node, outer)
        scope = {**outer, **{s.alias: s.kind for s in sources}}
        parts = [c for on in ons for c in conjuncts(self.cond(on, scope))]
        if where := node.args.get("where"):
            parts += conjuncts(self.cond(where.this, scope))
        group = node.args.get("group")
        if group:
            self.only(group, ("expressions",))
        keys = tuple(self.key(k, scope) for k in group.expressions) if group else ()
        having = node.args.get("having")
        if having and not keys:
            raise self.error(having, "HAVING without GROUP BY", "write a correlated count, or add GROUP BY")
        return Select(
            sources=sources,
            where=conjunction(tuple(parts)),
            outputs=self.outputs(node, scope, keys) if top else (),
            keys=keys,
            having=self.having(having.this, scope, keys) if having else None,
            line=self.line(node),
        )

    def only(self, node: Any, allowed: Iterable[str]) -> None:
        """Refuse every part of a node that the subset does not name: what is not understood is not dropped."""
        for part, value in node.args.items():
            if value and part not in allowed:
                name, hint = _PARTS.get(
                    part, (part.rstrip("_").upper(), "see docs/rule-language.md for what is allowed")
                )
                inner = next((v for v in (value if isinstance(value, list) else [value]) if hasattr(v, "walk")), node)
                raise self.error(inner, f"{name} is outside the subset", hint)

    def having(self, node: Any, scope: Mapping[str, str], keys: tuple[Col, ...]) -> Cond:
        inner = node.find(exp.Select)
        if inner is not None:
            raise self.error(inner, "a subquery in HAVING", "put it into WHERE: HAVING weighs keys and counts")
        return self.cond(node, scope, keys)

    def sources(self, node: Any, outer: Mapping[str, str]) -> tuple[tuple[Source, ...], list[Any]]:
        start = node.args.get("from_") or node.args.get("from")
        if start is None:
            raise self.error(node, "SELECT without FROM", "name the fact kinds it reads")
        found: list[Source] = []
        ons: list[Any] = []
        for table, join in [(start.this, None), *((j.this, j) for j in node.args.get("joins") or [])]:
            if not isinstance(table, exp.Table):
                raise self.error(table, "only fact kinds stand in FROM", "no functions, files or subqueries there")
            if not isinstance(table.this, exp.Identifier) or table.args.get("db"):
                raise self.error(table, "only fact kinds stand in FROM", "no functions, files or other databases")
            self.only(table, ("this", "alias"))
            if table.args.get("alias") is not None:
                self.only(table.args["alias"], ("this",))
            if join is not None:
                odd = any(join.args.get(x) for x in ("side", "using", "method"))
                if odd or join.kind not in ("", "INNER", "CROSS"):
                    raise self.error(
                        table, "only JOIN … ON", "LEFT and USING make NULLs that mean 'no match': use NOT EXISTS"
                    )
                if join.args.get("on") is None:
                    raise self.error(table, "a table without ON", "write JOIN … ON")
                ons.append(join.args["on"])
            if table.name not in KINDS:
                raise self.error(table, f"no fact kind {table.name!r}", near(table.name, KINDS))
            if table.args.get("alias") is None:
                raise self.error(table, f"{table.name} without an alias", f"write {table.name} AS {table.name[0]}")
            alias = table.alias
            if alias in outer or any(s.alias == alias for s in found):
                raise self.error(table, f"alias {alias!r} stands twice", "give each table its own alias")
            if not _NAME.match(alias) or alias.endswith("_"):
                raise self.error(table, f"alias {alias!r}", "lower-case letters, digits and _, not ending in _")
            if alias in reserved_words():
                raise self.error(
                    table, f"alias {alias!r} is a reserved word", "take another: one of the engines needs it"
                )
            found.append(Source(table.name, alias))
        return tuple(found), ons

    def key(self, node: Any, scope: Mapping[str, str]) -> Col:
        if not isinstance(node, exp.Column):
            raise self.error(node, "GROUP BY takes columns", "group by alias.column only")
        return self.column(node, scope)

    def outputs(self, node: Any, scope: Mapping[str, str], keys: tuple[Col, ...]) -> tuple[Output, ...]:
        out: list[Output] = []
        for item in node.expressions:
            if isinstance(item, exp.Alias):
                name, inner = item.alias, item.this
            elif isinstance(item, exp.Column) and item.table:
                name, inner = item.name, item
            else:
                raise self.error(item, f"an output without a name: {item.sql()}", "write expression AS name")
            if not _NAME.match(name) or name.endswith("_") or any(o.name == name for o in out):
                raise self.error(item, f"output name {name!r}", "lower-case, once, and not ending in _")
            if name in reserved_words() or name.startswith(("f_", "k_")):
                raise self.error(item, f"output name {name!r} is taken", "take another: SQL or the engine needs it")
            if isinstance(inner, exp.Count):
                expr: Expr = self.count(inner, scope, keys or None)
            else:
                expr = self.expr(inner, scope, keys=keys or None)
            if keys and not isinstance(expr, CountAgg) and not (isinstance(expr, Col) and _same(expr, keys)):
                raise self.error(item, f"output {name!r} is neither key nor count", "add the column to GROUP BY")
            out.append(Output(name, expr))
        return tuple(out)

    # --- conditions

    def cond(self, node: Any, scope: Mapping[str, str], keys: tuple[Col, ...] | None = None) -> Cond:
        line = self.line(node)
        if isinstance(node, exp.Paren):
            return self.cond(node.this, scope, keys)
        if isinstance(node, exp.And):
            return conjunction(
                (*conjuncts(self.cond(node.this, scope, keys)), *conjuncts(self.cond(node.expression, scope, keys)))
            )
        if isinstance(node, exp.Or):
            sides = (self.cond(node.this, scope, keys), self.cond(node.expression, scope, keys))
            return Or(tuple(p for side in sides for p in (side.parts if isinstance(side, Or) else (side,))), line)
        if isinstance(node, exp.Not):
            return Not(self.cond(node.this, scope, keys), line)
        if isinstance(node, exp.Exists):
            return Exists(self.subselect(node.this, scope), line)
        if isinstance(node, exp.Boolean):
            return Truth(bool(node.this), line)
        if isinstance(node, exp.Is):
            raise self.error(
                node,
                "IS NULL is outside the subset",
                "NULL is 'not determined': the engine weighs it, a rule never asks",
            )
        if isinstance(node, exp.Between):
            self.only(node, ("this", "low", "high"))
            arg = self.expr(node.this, scope, keys)
            low, high = self.expr(node.args["low"], scope, keys), self.expr(node.args["high"], scope, keys)
            return conjunction((self.cmp(node, ">=", arg, low), self.cmp(node, "<=", arg, high)))
        if isinstance(node, exp.In):
            return self.in_list(node, scope, keys)
        if type(node) in _CMP:
            left, right = self.side(node.this, scope, keys), self.side(node.expression, scope, keys)
            op = _CMP[type(node)]
            if isinstance(right, CountAgg | CountOf) and not isinstance(left, CountAgg | CountOf):
                left, right, op = right, left, _SWAP[op]
            return self.cmp(node, op, left, right)
        if isinstance(node, exp.Like | exp.ILike | exp.SimilarTo | exp.RegexpLike):
            raise self.error(
                node, "LIKE is outside the subset", "engines differ on it: let a reader make a fact of the words"
            )
        if isinstance(node, exp.Column):
            raise self.error(node, f"a bare condition {node.sql()}", f"write {node.sql()} = TRUE")
        raise self.error(node, f"{_label(node)} is outside the subset", "see docs/rule-language.md for what is allowed")

    def in_list(self, node: Any, scope: Mapping[str, str], keys: tuple[Col, ...] | None) -> Cond:
        if node.args.get("query") or any(isinstance(x, exp.Subquery | exp.Select) for x in node.expressions):
            raise self.error(
                node, "IN (SELECT …) is outside the subset", "use [NOT] EXISTS: NULL in a list decides nothing"
            )
        self.only(node, ("this", "expressions"))
        if not node.expressions:
            raise self.error(node, "IN without values", "list at least one constant or parameter")
        arg = self.expr(node.this, scope, keys)
        options = tuple(self.expr(x, scope, keys) for x in node.expressions)
        for option in options:
            if not isinstance(option, Lit | Param):
                raise self.error(node, "IN takes constants and parameters", "compare columns with = and OR")
            self.types(node, arg, option)
        return In(arg, options, self.line(node))

    def cmp(self, node: Any, op: str, left: Expr, right: Expr) -> Cmp:
        for side in (left, right):
            if isinstance(side, Param) and isinstance(self.params[side.name], list):
                raise self.error(node, f"parameter {side.name!r} is a list", f"write IN (:{side.name})")
        if isinstance(right, CountAgg | CountOf):
            raise self.error(node, "a count compared with a count", "compare a count with a number")
        if isinstance(left, CountOf | CountAgg) and not isinstance(right, Lit | Param):
            raise self.error(node, "a count compared with a column", "compare a count with a number or a parameter")
        self.types(node, left, right)
        if op in ("<", "<=", ">", ">=") and self.type(left) is str:
            for side in (left, right):
                value = (
                    side.value if isinstance(side, Lit) else self.params[side.name] if isinstance(side, Param) else None
                )
                iso_day = isinstance(value, str) and _DAY.match(value) is not None
                if not iso_day and not (isinstance(side, Col) and side.name.endswith("_day")):
                    raise self.error(node, f"{op} on text", "only ISO days compare that way: columns that end in _day")
        return Cmp(op, left, right, self.line(node))

    def types(self, node: Any, left: Expr, right: Expr) -> None:
        a, b = self.type(left), self.type(right)
        if a is not b:
            raise self.error(node, f"compares {a.__name__} with {b.__name__}: {node.sql()}", "compare like with like")

    def type(self, expr: Expr) -> type:
        if isinstance(expr, Col):
            return {"str": str, "int": int, "bool": bool}[expr.type]
        if isinstance(expr, Lit):
            return type(expr.value)
        if isinstance(expr, Param):
            value = self.params[expr.name]
            return type(value[0]) if isinstance(value, list) else type(value)
        return int

    # --- expressions

    def side(self, node: Any, scope: Mapping[str, str], keys: tuple[Col, ...] | None) -> Expr:
        """Return one side of a comparison, the only place beside outputs where a count stands."""
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.Count):
            return self.count(node, scope, keys)
        if isinstance(node, exp.Subquery | exp.Select):
            inner = node.this if isinstance(node, exp.Subquery) else node
            items = inner.expressions if isinstance(inner, exp.Select) else []
            if len(items) != 1 or not isinstance(items[0], exp.Count) or not isinstance(items[0].this, exp.Star):
                raise self.error(node, "a subquery as a value must be count(*)", "write (SELECT count(*) FROM …)")
            return CountOf(self.subselect(inner, scope), self.line(node))
        return self.expr(node, scope, keys)

    def expr(self, node: Any, scope: Mapping[str, str], keys: tuple[Col, ...] | None = None) -> Expr:
        line = self.line(node)
        if isinstance(node, exp.Paren):
            return self.expr(node.this, scope, keys)
        if isinstance(node, exp.Column):
            col = self.column(node, scope)
            if keys is not None and not _same(col, keys):
                raise self.error(node, f"{col.alias}.{col.name} is no key", "HAVING and outputs use keys and counts")
            return col
        if isinstance(node, exp.Literal):
            if node.is_string:
                return Lit(str(node.this), line)
            return Lit(self.integer(node), line)
        if isinstance(node, exp.Boolean):
            return Lit(bool(node.this), line)
        if isinstance(node, exp.Null):
            raise self.error(node, "NULL is outside the subset", "NULL is 'not determined': a rule never asks for it")
        if isinstance(node, exp.Placeholder):
            name = str(node.this)
            if name not in self.params:
                raise self.error(
                    node, f"no parameter {name!r}", near(name, self.params) if self.params else "add it to params"
                )
            return Param(name, self.line(node))
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
            return Lit(-self.integer(node.this), line)
        if type(node) in _ARITH:
            left, right = self.expr(node.this, scope, keys), self.expr(node.expression, scope, keys)
            for side in (left, right):
                if self.type(side) is not int:
                    raise self.error(node, "arithmetic on what is no number", "only integers are added and multiplied")
            return Arith(_ARITH[type(node)], left, right, line)
        if type(node) in _FUNCS:
            self.only(node, ("this",))
            name, wanted = _FUNCS[type(node)]
            arg = self.expr(node.this, scope, keys)
            if self.type(arg) is not wanted:
                raise self.error(node, f"{name} of {self.type(arg).__name__}", f"{name} takes {wanted.__name__}")
            return Func(name, arg, line)
        if isinstance(node, exp.Count | exp.Subquery | exp.Select):
            raise self.error(node, "a count inside an expression", "a count stands alone beside = <> < <= > >=")
        raise self.error(node, f"{_label(node)} is outside the subset", "see docs/rule-language.md for what is allowed")

    def integer(self, node: Any) -> int:
        text = str(node.this)
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise self.error(node, f"{text} is no integer", "facts have no fractions: use the smaller unit")
        return int(text)

    def count(self, node: Any, scope: Mapping[str, str], keys: tuple[Col, ...] | None) -> CountAgg:
        if keys is None:
            raise self.error(node, "count without GROUP BY", "write (SELECT count(*) FROM …), or add GROUP BY")
        inner = node.this
        if isinstance(inner, exp.Star):
            return CountAgg(None, self.line(node))
        if (
            isinstance(inner, exp.Distinct)
            and len(inner.expressions) == 1
            and isinstance(inner.expressions[0], exp.Column)
        ):
            return CountAgg(self.column(inner.expressions[0], scope), self.line(node))
        raise self.error(node, f"{node.sql()} is outside the subset", "count(*) or count(DISTINCT alias.column)")

    def subselect(self, node: Any, scope: Mapping[str, str]) -> Select:
        inner = self.select(node, scope)
        if inner.grouped:
            raise self.error(node, "GROUP BY inside a subquery", "use a correlated count")
        return inner

    def column(self, node: Any, scope: Mapping[str, str]) -> Col:
        name = node.name
        self.only(node, ("this", "table"))
        if not node.table:
            raise self.error(node, f"a bare column {name!r}", f"write alias.{name}")
        if isinstance(node.this, exp.Star):
            raise self.error(node, "* is outside the subset", "name the columns")
        alias = node.table
        if alias not in scope:
            raise self.error(node, f"no table {alias!r} here", near(alias, scope))
        known = kind_columns(scope[alias])
        if name not in known:
            raise self.error(node, f"{scope[alias]} has no column {name!r}", near(name, known))
        column = known[name]
        return Col(alias, name, scope[alias], column.type.__name__, column.nullable, self.line(node))


def _same(col: Col, keys: Iterable[Col]) -> bool:
    return any(k.alias == col.alias and k.name == col.name for k in keys)


def _label(node: Any) -> str:
    if isinstance(node, exp.Anonymous):
        return f"function {node.this}"
    if isinstance(node, exp.Func):
        return f"function {node.sql_name().lower()}"
    return type(node).__name__.upper()
