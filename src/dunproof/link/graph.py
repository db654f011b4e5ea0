"""Groups out of pairs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Groups(Generic[T]):
    """Union-find: what was joined, directly or over others, is one group."""

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._parent: dict[T, T] = {i: i for i in items}

    def find(self, item: T) -> T:
        """Return the representative of an item's group; an item never met is its own."""
        parent = self._parent
        root = parent.setdefault(item, item)
        while parent[root] != root:
            root = parent[root]
        while parent[item] != root:
            parent[item], item = root, parent[item]
        return root

    def join(self, a: T, b: T) -> None:
        """Make one group of two; the representative of the first stays."""
        one, other = self.find(a), self.find(b)
        if one != other:
            self._parent[other] = one
