"""YAML with the line of every value: PyYAML's event stream and our own tree.

YAML 1.2 core scalars only, so ``22:00``, ``no``, ``on`` and ``2024-05-01`` stay text; tags, anchors, aliases, repeated
keys and several documents are refused. (Measured against six YAML libraries: docs/adr/0008-yaml-from-events.md.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from dunproof.errors import PackError

Path = tuple[str | int, ...]
"""Keys and indexes from the root to a value."""


class Mark:
    """Place of a value: 1-based line and column, and whether it is a block scalar (``|`` or ``>``)."""

    __slots__ = ("block", "column", "line")

    def __init__(self, line: int, column: int, *, block: bool) -> None:
        self.line = line
        self.column = column
        self.block = block


_MAX_DEPTH: Final = 32
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")
_ODD: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z|0[ox][0-9a-fA-F]+\Z")
_ODD_CHAR: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What YAML 1.2 (5.1) leaves out of a text, and lone surrogates, on which the C parser would stumble."""
_TRAPS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
_CLOCK: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\Z")


class _Builder:
    """Builds the tree from events, one document."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.marks: dict[Path, Mark] = {}

    def error(self, mark: Any, message: str, hint: str) -> PackError:
        return PackError(self.file, mark.line + 1, message, column=mark.column + 1, hint=hint)

    def scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.style:  # quoted or a block: always text (a plain scalar's style is None, or "" from libyaml)
            return text
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if _INT.match(text):
            return int(text)
        if text.lower() in _TRAPS or _CLOCK.match(text):
            raise self.error(
                event.start_mark, f"{text} means something else in YAML 1.1", f'write it in quotes: "{text}"'
            )
        if _ODD.match(text):
            raise self.error(
                event.start_mark, f"{text} is no plain integer", f'write an integer, or text in quotes: "{text}"'
            )
        return text

    def bare(self, event: Any) -> None:
        """Refuse an alias, an anchor or a tag."""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self.error(event.start_mark, "anchors and aliases are not allowed", "write the value out")
        if getattr(event, "tag", None):
            raise self.error(event.start_mark, f"tags are not allowed: {event.tag}", "leave the tag out")

    def node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        if len(path) > _MAX_DEPTH:
            raise self.error(event.start_mark, "nested too deep", f"at most {_MAX_DEPTH} levels")
        self.bare(event)
        style = getattr(event, "style", None)
        self.marks[path] = Mark(event.start_mark.line + 1, event.start_mark.column + 1, block=style in ("|", ">"))
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(e := next(events), yaml.SequenceEndEvent):
                items.append(self.node(e, events, (*path, len(items))))
            return items
        out: dict[str, Any] = {}
        first: dict[str, int] = {}
        while not isinstance(e := next(events), yaml.MappingEndEvent):
            self.bare(e)
            if not isinstance(e, yaml.ScalarEvent):
                raise self.error(e.start_mark, "a key must be plain text", "write one word as the key")
            key: str = e.value
            at: Any = e.start_mark
            if key in first:
                raise self.error(at, f"key {key!r} stands twice (first on line {first[key]})", "keep one")
            first[key] = at.line + 1
            out[key] = self.node(next(events), events, (*path, key))
        return out


def _events(text: str, file: str) -> Iterator[Any]:
    """Yield the events of a text one by one, so that what is refused early costs nothing of the rest.

    The C parser's time grows with the square of the depth of a flow ("[[[["): nobody may wait for all of it.
    """
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        marks: tuple[Any, ...] = (error.problem_mark, error.context_mark)
        if "end of stream" in (error.problem or ""):
            marks = marks[::-1]  # what is never closed is told by where it opens, not by where the file ends
        mark: Any = marks[0] or marks[1]
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 0)
        raise PackError(file, line, error.problem or "no YAML", column=column, hint="check indent and quotes") from None
    except yaml.YAMLError as error:
        raise PackError(file, 1, f"no YAML: {str(error).splitlines()[0]}", hint="save the file as UTF-8 text") from None


def load(text: str, file: str) -> tuple[Any, dict[Path, Mark]]:
    """Return the tree of one YAML document and the mark of every value by its path.

    Errors: PackError with file, line and column.
    """
    builder = _Builder(file)
    if not text.isprintable() and (odd := _ODD_CHAR.search(text)):
        line = text.count("\n", 0, odd.start()) + 1
        raise PackError(file, line, f"the character {odd[0]!r}", hint="save the file as UTF-8 text without it")
    events = _events(text, file)
    value: Any = None
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise builder.error(event.start_mark, "a second document", "one document a file: split it")
            value = builder.node(next(events), events, ())
    return value, builder.marks


def nearest(marks: dict[Path, Mark], path: Path) -> Mark:
    """Return the mark of the value at ``path``, or of the nearest value around it."""
    while path and path not in marks:
        path = path[:-1]
    return marks.get(path) or Mark(1, 1, block=False)
