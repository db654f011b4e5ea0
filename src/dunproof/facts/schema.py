"""Tables, JSON Schema and descriptions, derived from the structs in ``kinds``."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from dunproof.facts.kinds import KINDS, Fact


class Column(msgspec.Struct, frozen=True):
    """One column of a fact table."""

    name: str
    type: type
    nullable: bool
    doc: str
    default: Any = msgspec.NODEFAULT


_SQL = {int: "BIGINT", str: "VARCHAR", bool: "BOOLEAN"}


def _column(field: msgspec.structs.FieldInfo) -> Column:
    doc = ""
    hint: Any = field.type
    if get_origin(hint) is Annotated:
        hint, *metas = get_args(hint)
        doc = next((m.description for m in metas if isinstance(m, msgspec.Meta) and m.description), "")
    nullable = get_origin(hint) in (Union, UnionType)
    if nullable:
        hint = next(a for a in get_args(hint) if a is not type(None))
    if hint not in _SQL:
        raise TypeError(f"{field.name}: only flat scalars, not {hint}")
    return Column(field.name, hint, nullable, doc, field.default)


@cache
def columns(kind: str) -> dict[str, Column]:
    """Return the columns of a kind by name, base columns first; KeyError for a name that is no kind."""
    return {f.name: _column(f) for f in msgspec.structs.fields(KINDS[kind])}


def ddl(kind: str) -> str:
    """Return CREATE TABLE for a kind; the same text runs on DuckDB, SQLite and PostgreSQL."""
    body = ", ".join(f"{c.name} {_SQL[c.type]}{'' if c.nullable else ' NOT NULL'}" for c in columns(kind).values())
    return f"CREATE TABLE {kind} ({body})"


def duckdb_types(kind: str) -> dict[str, str]:
    """Return column → DuckDB type, as ``read_json(columns=…)`` wants it."""
    return {c.name: _SQL[c.type] for c in columns(kind).values()}


def description(kind: str) -> str:
    """Return the one-line meaning of a kind."""
    return (KINDS[kind].__doc__ or "").strip().splitlines()[0]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of one line of facts.jsonl."""
    union: Any = Union[tuple(KINDS.values())]  # noqa: UP007 - built from a table, not written
    return msgspec.json.schema(union)


def fact_type() -> Any:
    """Return the union of all kinds, tagged by ``kind``, for decoding."""
    return Union[tuple(KINDS.values())]  # noqa: UP007 - built from a table, not written


def values(fact: Fact) -> tuple[Any, ...]:
    """Return the column values of a fact in table order."""
    return msgspec.structs.astuple(fact)
