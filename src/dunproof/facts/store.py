"""The store: facts as JSON lines (the one truth) and a DuckDB file derived from them.

JSON lines keep '' apart from NULL and load a million rows without pandas or pyarrow; a table is filled by
``read_json`` with the columns of its struct (measured choice: bench/load.py).
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from dunproof.errors import UseError
from dunproof.facts.kinds import KINDS, Fact
from dunproof.facts.schema import ddl, duckdb_types, fact_type

if TYPE_CHECKING:
    import duckdb

_BATCH = 20_000
_MAX_LINE = 64 * 1024 * 1024


def encode(fact: Fact) -> bytes:
    """Return one fact as one line of JSON, ``kind`` first, with its line feed."""
    return msgspec.json.encode(fact) + b"\n"


def write(path: Path, facts: Iterable[Fact]) -> int:
    """Write facts as JSON lines, private and whole or not at all; returns their number."""
    n = 0
    encoder = msgspec.json.Encoder()
    fd, temp = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(fd, "wb") as out:
            batch: list[Fact] = []
            for fact in facts:
                batch.append(fact)
                if len(batch) == _BATCH:
                    out.write(encoder.encode_lines(batch))
                    n += len(batch)
                    batch.clear()
            out.write(encoder.encode_lines(batch))
            n += len(batch)
        Path(temp).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temp).unlink()
        raise
    return n


def read(path: Path) -> Iterator[Fact]:
    """Yield the facts of a JSON-lines file; UseError names file and line of what is no fact."""
    decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(fact_type())
    with path.open("rb") as lines:
        for n, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield decoder.decode(line)
            except (msgspec.MsgspecError, RecursionError) as error:
                raise UseError(
                    f"{path}:{n}: no fact: {error}", hint="the file is derived: delete it and read the case again"
                ) from None


def by_kind(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Return facts grouped by kind, in the order in which they came."""
    out: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        out[str(type(fact).__struct_config__.tag)].append(fact)
    return dict(out)


def load(con: duckdb.DuckDBPyConnection, facts: Iterable[Fact], kinds: Iterable[str] = KINDS) -> dict[str, int]:
    """Create the tables of these kinds in ``con`` and fill them; returns rows by kind. Other facts are left out.

    Facts pass through one temporary JSON-lines file a kind (private, deleted at the end).
    """
    counts: dict[str, int] = dict.fromkeys(kinds, 0)
    encoder = msgspec.json.Encoder()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dunproof-load-")))
        files: dict[str, BinaryIO] = {}
        batches: dict[str, list[Fact]] = defaultdict(list)

        def flush(kind: str) -> None:
            if kind not in files:
                files[kind] = stack.enter_context((folder / kind).open("wb"))
            files[kind].write(encoder.encode_lines(batches[kind]))
            counts[kind] += len(batches[kind])
            batches[kind].clear()

        for fact in facts:
            kind = str(type(fact).__struct_config__.tag)
            if kind not in counts:
                continue
            batches[kind].append(fact)
            if len(batches[kind]) == _BATCH:
                flush(kind)
        for kind in list(batches):
            if batches[kind]:
                flush(kind)
        for file in files.values():
            file.close()
        for kind, rows in counts.items():
            con.execute(ddl(kind))
            if rows:
                fill(con, kind, folder / kind)
    return counts


def fill(con: duckdb.DuckDBPyConnection, kind: str, path: Path) -> None:
    """Add the rows of a JSON-lines file that holds facts of one kind to its table."""
    types = duckdb_types(kind)
    names = ", ".join(types)
    con.execute(
        f"INSERT INTO {kind} ({names}) SELECT {names} FROM read_json(?, format='newline_delimited', columns=?, "
        f"maximum_object_size={_MAX_LINE})",
        [str(path), types],
    )


def build(database: Path, facts: Iterable[Fact]) -> dict[str, int]:
    """Write a DuckDB file with every fact table, whole or not at all; returns rows by kind."""
    import duckdb

    part = database.with_name(database.name + ".part")
    with suppress(FileNotFoundError):
        part.unlink()
    try:
        with duckdb.connect(str(part)) as con:
            counts = load(con, facts)
        part.chmod(0o600)
        part.replace(database)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    return counts


@contextmanager
def in_memory(facts: Iterable[Fact], kinds: Iterable[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Hold the facts of these kinds open for questions, locked as by ``open_locked``, and keep no file of them."""
    import duckdb

    with duckdb.connect(":memory:", config={"threads": "1"}) as con:  # what is shown at once needs no more
        load(con, facts, kinds)
        con.execute("SET enable_external_access = false")
        con.execute("SET lock_configuration = true")
        yield con


def open_locked(database: Path) -> duckdb.DuckDBPyConnection:
    """Open a facts database for questions: read-only, no files, no network, no way to unlock it."""
    import duckdb

    if not database.is_file():
        raise UseError(f"no facts at {database}", hint="run 'dunproof investigate' on the case first")
    try:
        con = duckdb.connect(str(database), read_only=True, config={"enable_external_access": "false"})
    except duckdb.Error:
        raise UseError(
            f"{database} is no facts database", hint="give the folder that 'dunproof investigate' wrote"
        ) from None
    con.execute("SET lock_configuration = true")
    return con


def query(database: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return column names and rows of one SELECT over a facts database.

    UseError carries DuckDB's own words, which name the nearest table or column.
    """
    import duckdb

    with open_locked(database) as con:
        try:
            statements = con.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UseError("one SELECT at a time", hint="facts are read-only: write a single SELECT statement")
            cursor = con.execute(statements[0])
            return [d[0] for d in cursor.description or []], cursor.fetchall()
        except duckdb.Error as error:
            first = str(error).strip().splitlines()
            raise UseError(first[0], hint=" ".join(first[1:3]) or "see docs/facts.md for tables and columns") from None
