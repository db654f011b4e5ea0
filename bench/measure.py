"""CPU seconds and peak memory of a piece of work, in a child process of its own: one does not warm another."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Measured(NamedTuple):
    """What one run cost."""

    cpu_s: float
    wall_s: float
    peak_mib: float
    value: Any


def _rss_mib() -> float:
    status = Path("/proc/self/status")
    if status.is_file():  # ru_maxrss of a Linux child begins at the size of its parent; VmHWM begins at exec
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024


def inside(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return CPU seconds, wall seconds and result of a call in this process (all its threads)."""
    wall, cpu = time.perf_counter(), time.process_time()
    value = work()
    return time.process_time() - cpu, time.perf_counter() - wall, value


def report(cpu_s: float, wall_s: float, value: Any) -> None:
    """Print the measurement of a child for ``child`` to read; the last line of its standard output."""
    print(json.dumps({"cpu_s": cpu_s, "wall_s": wall_s, "peak_mib": _rss_mib(), "value": value}), flush=True)


def child(file: str, arguments: Sequence[str]) -> Measured:
    """Run ``file`` with arguments in a new interpreter that ends with ``report``, and return what it reported."""
    out = subprocess.run(
        [sys.executable, file, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    return Measured(**json.loads(out.stdout.decode().strip().splitlines()[-1]))


def machine() -> str:
    """Return one line on where this ran: versions and cores, since only ratios carry over."""
    import sqlite3

    import duckdb

    python = ".".join(map(str, sys.version_info[:3]))
    return f"Python {python}, DuckDB {duckdb.__version__}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores"
