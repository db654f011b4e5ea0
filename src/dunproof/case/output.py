"""The result folder: private, whole or not there, and never in place of something that is not ours."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    here = Path.cwd()
    if here.is_relative_to(out.resolve()):
        raise UseError(
            f"{out} is the folder you are in, which a result would take the place of",
            hint="name a folder below it, for instance --out result",
        )
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
    out = out.resolve()  # a link stays a link: what it leads to is replaced
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))  # mode 0700
    except OSError as error:
        error.filename = str(out)  # the name that was asked for, not that of the folder beside it
        raise
    try:
        yield part
        if out.exists():
            _replace(part, out)
        else:
            part.replace(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _replace(part: Path, out: Path) -> None:
    """Put ``part`` in the place of ``out``; on any error or Ctrl-C ``out`` is what it was, or the new result.

    What a person put beside the result moves over last, and nothing of it is ever removed.
    """
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".old", dir=out.parent))
    before = old / out.name
    try:
        out.replace(before)
        part.replace(out)
    finally:
        if before.exists() and not out.exists():
            before.replace(out)
        if before.exists():
            for entry in list(before.iterdir()):
                if entry.name not in RESULT_FILES and not (out / entry.name).exists():
                    entry.replace(out / entry.name)
            for name in RESULT_FILES:
                (before / name).unlink(missing_ok=True)
            with suppress(OSError):  # not empty: things whose names the new result took stay where they are
                before.rmdir()
        with suppress(OSError):
            old.rmdir()
