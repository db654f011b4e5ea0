"""The values of a JSON text in order, each with where it stands, without recursion and in one pass.

A decoder gives values without places. This walk gives both, goes on after a mistake, and takes texts of several values
one after another (JSON lines). RFC 8259.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

DEPTH: Final = 500
"""Containers inside one another; below that a text is taken for hostile."""
_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_OPEN: Final = {"{": "}", "[": "]"}


class Event(NamedTuple):
    """A value begins (``{`` or ``[``), ends (``}`` or ``]``), or is there at once (``"`` a text, ``0`` anything else)."""

    sign: str
    name: str | None
    """Its key in the object around it; None in a list and at the top."""
    start: int
    """Where its key stands, or the value itself where it has none."""
    value: int
    """Where the value itself starts."""
    stop: int
    """Behind its end; of a value that begins, behind its bracket."""
    text: str
    """What a text or number says; '' for objects and lists."""


class Cut(Exception):  # noqa: N818 - a signal to the caller that reads on with what it has
    """The text is no JSON from here on, or goes too deep."""


def text_of(raw: str) -> str:
    """Return what a JSON text between its quotes says; as it stands where an escape is wrong."""
    if "\\" not in raw:
        return raw
    try:
        said: str = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        return raw
    return said


def events(text: str) -> Iterator[Event]:
    """Yield the values of a JSON text. Raises Cut where it is none, after the values before."""
    stack: list[tuple[str, str | None, int, int]] = []  # closing sign, name, start, value
    name: str | None = None
    at = -1
    key = ""
    expects_key = False
    for m in _TOKEN.finditer(text):
        first = m[0][0]
        begin = m.start()
        if first == "," or first == ":":
            if first == "," and stack:
                expects_key = stack[-1][0] == "}"
                name = None
            continue
        if first in "}]":
            if not stack or stack[-1][0] != first:
                raise Cut
            _, held, start, value = stack.pop()
            yield Event(first, held, start, value, m.end(), "")
            name, expects_key = None, False
            continue
        if expects_key:
            if first != '"':
                raise Cut
            key, at, expects_key = m[1], begin, False
            name = text_of(key)
            continue
        start = at if name is not None else begin
        if first in _OPEN:
            if len(stack) >= DEPTH:
                raise Cut
            stack.append((_OPEN[first], name, start, begin))
            yield Event(first, name, start, begin, m.end(), "")
            expects_key = first == "{"
        else:
            yield Event('"' if first == '"' else "0", name, start, begin, m.end(), text_of(m[1]) if first == '"' else m[0])
        name = None
    if stack:
        raise Cut
