"""The small tables of the law package: tab-separated rows under a header, ``#`` starts a line of explanation."""

from __future__ import annotations

from functools import cache
from importlib import resources

from dunproof.errors import PackError


def read(data: str, file: str, columns: tuple[str, ...]) -> tuple[dict[str, str], ...]:
    """Return the rows of a table by column name, in file order.

    Raises PackError with file and line for a wrong header or a row of the wrong width.
    """
    rows: list[dict[str, str]] = []
    header: tuple[str, ...] | None = None
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = tuple(cell.strip() for cell in line.split("\t"))
        if header is None:
            header = cells
            if header[: len(columns)] != columns:
                raise PackError(file, number, f"columns are {', '.join(cells)}", hint="expected " + ", ".join(columns))
        elif len(cells) != len(header):
            raise PackError(
                file, number, f"{len(cells)} cells under {len(header)} columns", hint="separate cells with one tab"
            )
        else:
            rows.append(dict(zip(header, cells, strict=True)))
    if header is None:
        raise PackError(file, 1, "table without a header", hint="first line: " + ", ".join(columns))
    return tuple(rows)


@cache
def load(file: str, *columns: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a table shipped in ``law/data``; raises PackError if it is absent or malformed."""
    path = resources.files("dunproof.law") / "data" / file
    if not path.is_file():
        raise PackError(f"law/data/{file}", 1, "this table of the law package is absent", hint="install dunproof again")
    return read(path.read_text(encoding="utf-8"), f"law/data/{file}", columns)
