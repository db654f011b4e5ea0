"""``dunproof facts``: questions to the facts of a case."""

from __future__ import annotations

from pathlib import Path

import click

from dunproof.cli.terminal import terminal
from dunproof.errors import UseError


@click.command(
    epilog='\b\nExamples:\n  dunproof facts CASE "SELECT local_day, channel, number FROM communication"\n'
    '  dunproof facts CASE "FROM coverage SELECT exhibit, looked_for, status"\n'
    "  dunproof facts CASE                      (the tables and how many rows each has)"
)
@click.argument("case", type=click.Path(path_type=Path))
@click.argument("sql", default="")
@click.option("--json", "style", flag_value="json", help="Print one JSON object a row.")
@click.option("--csv", "style", flag_value="csv", help="Print CSV (RFC 4180).")
@click.pass_context
def facts(ctx: click.Context, case: Path, sql: str, style: str | None) -> None:
    """Ask the facts of a judged case in SQL (DuckDB): read-only, without files, without network.

    Tables and columns stand in docs/facts.md. CASE is a case folder, its out folder or a facts.duckdb.
    """
    from dunproof.facts.kinds import KINDS
    from dunproof.facts.store import query

    out = terminal(ctx)
    database = _database(case)
    if not sql.strip():
        union = " UNION ALL ".join(f"SELECT '{kind}' AS kind, count(*) AS rows FROM {kind}" for kind in KINDS)
        sql = f"SELECT * FROM ({union}) WHERE rows > 0 ORDER BY kind"
    head, rows = query(database, sql)
    if style == "json":
        from dunproof import wire

        for row in rows:
            out.data(wire.line(dict(zip(head, row, strict=True))))
    elif style == "csv":
        import csv
        import io

        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(head)
        writer.writerows(rows)
        out.data(text.getvalue().encode())
    else:
        out.table(head, rows)
    out.note(f"{len(rows)} rows")


def _database(case: Path) -> Path:
    """Return the facts database that a path means."""
    if case.is_file():
        return case
    if not case.is_dir():
        raise UseError(f"no case at {case}", hint="give the folder that 'dunproof investigate' wrote")
    found = next((p for p in (case / "facts.duckdb", case / "out" / "facts.duckdb") if p.is_file()), None)
    if found is None:
        raise UseError(f"no facts in {case}", hint=f"dunproof investigate {case}")
    return found
