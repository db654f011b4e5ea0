"""Small steps on numpy columns that numpy itself does dearly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def view(column: np.ndarray) -> memoryview:
    """Return a column for one question after the other: an element of it costs half of what numpy's own costs."""
    return memoryview(column)  # type: ignore[arg-type]


def distinct(column: np.ndarray) -> np.ndarray[Any, Any]:
    """Return the values of a column, ascending, each once; ``np.unique`` loads numpy's masked arrays for this."""
    import numpy as np

    column = np.sort(column)
    first = np.ones(len(column), dtype=bool)
    first[1:] = column[1:] != column[:-1]
    return column[first]
