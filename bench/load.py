"""A million facts from JSON lines into the database, beside DuckDB reading the same file and a bare read of its bytes.

``python bench/load.py [--rows 1000000]`` prints one Markdown table; each row is a child process of its own. DuckDB's
reader is the peer: it takes the rows of one kind into one table and checks nothing. ``store.read`` + ``store.build``
decodes and checks every fact, whatever its kind, and makes all tables.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import child, inside, machine, report

ROWS = ("bare read", "DuckDB read_json", "write JSON lines", "read and check", "read, check and build")


def facts(rows: int) -> Iterator[Any]:
    """Yield communications, made up from their number."""
    from dunproof.facts.kinds import Communication

    for i in range(rows):
        day = 20_400 + i % 400
        yield Communication(
            fact_id=f"link.{i}", exhibit="00112233445566ff", loc=f"record=sms:{i}", tier="exact",
            person=f"p{i % 20_000}", number=f"1069{i % 60_000:08}", direction="to_person", channel="sms",
            purpose="collection", local_day_n=day, local_minute=i % 1440,
            utc_us=(day * 86_400 + i % 1440 * 60) * 1_000_000, zone="Asia/Shanghai", sightings=1,
            text=f"您的借款已逾期{i % 90}天，请尽快还款。",
        )  # fmt: skip


def work(what: str, lines: Path, rows: int) -> tuple[float, float, Any]:
    """Do one row's work and return CPU seconds, wall seconds and a count."""
    from dunproof.facts import store

    with tempfile.TemporaryDirectory(prefix="dunproof-bench-") as folder:
        database = Path(folder) / "facts.duckdb"
        if what == "bare read":
            return inside(lambda: len(lines.read_bytes()))
        if what == "write JSON lines":
            made = list(facts(rows))
            return inside(lambda: store.write(Path(folder) / "facts.jsonl", made))
        if what == "read and check":
            return inside(lambda: sum(1 for _ in store.read(lines)))
        if what == "read, check and build":
            return inside(lambda: store.build(database, store.read(lines))["communication"])
        import duckdb

        with duckdb.connect(str(database)) as con:
            sql = "CREATE TABLE communication AS SELECT * FROM read_json(?, format='newline_delimited')"
            return inside(lambda: len(con.execute(sql, [str(lines)]).fetchall()))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        report(*work(options.one[0], Path(options.one[1]), options.rows))
        return 0
    with tempfile.TemporaryDirectory(prefix="dunproof-bench-") as folder:
        from dunproof.facts import store

        lines = Path(folder) / "facts.jsonl"
        store.write(lines, facts(options.rows))
        print(f"{options.rows:,} facts, {lines.stat().st_size / 1e6:.0f} MB; {machine()}\n")
        print("| work | CPU s | wall s | peak MiB | facts a CPU second |\n|---|--:|--:|--:|--:|")
        for what in ROWS:
            got = child(__file__, ["--rows", str(options.rows), "--one", what, str(lines)])
            cells = [what, f"{got.cpu_s:.2f}", f"{got.wall_s:.2f}", f"{got.peak_mib:.0f}"]
            print("| " + " | ".join([*cells, f"{options.rows / max(got.cpu_s, 1e-6):,.0f}"]) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
