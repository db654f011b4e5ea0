"""The result folder: private, whole or not there, and never in place of something that is not ours."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from dunproof.errors import UseError
from dunproof.facts.casefile import FORMAT

CASE_JSON: Final = "case.json"
FACTS_JSONL: Final = "facts.jsonl"
FACTS_DUCKDB: Final = "facts.duckdb"
REPORT_HTML: Final = "report.html"
RESULT_FILES: Final = frozenset({CASE_JSON, FACTS_JSONL, FACTS_DUCKDB, REPORT_HTML})
"""What a run writes and the next one replaces."""
_HEAD: Final = 4096


def is_ours(folder: Path) -> bool:
    """Return whether a folder holds the result of a run: a case.json of our format."""
    try:
        with (folder / CASE_JSON).open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return b'"format"' in head and msgspec.json.encode(FORMAT) in head


def check(out: Path, *, overwrite: bool) -> None:
    """Refuse a folder that cannot become the result: a file, or a folder with things that are not ours."""
    if not out.exists():
        return
    if not out.is_dir():
        raise UseError(f"{out} is a file", hint="name a folder with --out")
    if any(out.iterdir()) and not is_ours(out) and not overwrite:
        raise UseError(
            f"{out} is not empty and no result of dunproof", hint="name another folder with --out, or add --overwrite"
        )


@contextmanager
def result_folder(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a private folder to fill; at the end it takes the place of ``out`` in one step, or vanishes on any error."""
    check(out, overwrite=overwrite)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))  # mode 0700
    try:
        yield part
        if out.exists():
            for entry in list(out.iterdir()):  # what a person put beside the result stays
                if entry.name not in RESULT_FILES and not (part / entry.name).exists():
                    entry.replace(part / entry.name)
            old = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".old", dir=out.parent))
            out.replace(old / out.name)
            part.replace(out)
            shutil.rmtree(old, ignore_errors=True)
        else:
            part.replace(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
