"""TOML files that people write, decoded strictly; a mistake is named with file, line and the nearest right name."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from dunproof.errors import UseError

T = TypeVar("T")
Path_ = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?\Z")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(?:=|\.)""")
_LARGEST = 4 * 1024 * 1024


def load(path: Path, shape: type[T]) -> tuple[T, Lines]:
    """Return the file decoded into a struct, and where its parts stand. UseError says file, line and what is right."""
    name = path.name
    text = ""
    try:
        if path.stat().st_size > _LARGEST:
            raise UseError(f"{name}: larger than {_LARGEST} bytes", hint="this file holds settings only")
        text = path.read_text(encoding="utf-8-sig")
        raw = tomllib.loads(text)
    except UnicodeDecodeError:
        raise UseError(f"{name}:1: not UTF-8", hint="save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        m = re.search(r"at line (\d+)", str(error))
        line = m[1] if m else str(len(text.splitlines()) or 1)
        raise UseError(f"{name}:{line}: {error}", hint='texts are written in quotes: lender = "…"') from None
    except RecursionError:
        raise UseError(f"{name}:1: nested too deeply", hint="settings are flat") from None
    lines = Lines(name, text)
    plain = _plain(raw)
    _known(plain, shape, (), lines)
    try:
        return msgspec.convert(plain, shape, strict=True), lines
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        steps: Path_ = tuple(int(s) if s.isdigit() else s for s in re.findall(r"[^.\[\]`]+", where))
        m = re.search(r"missing required field `(\w+)`", message)
        raise lines.error(steps, message, f"add {m[1]} = …" if m else "see docs/case-folder.md for the keys") from None


def nearest(word: str, pool: Iterable[str], say: str = "did you mean") -> str:
    """Return a hint with the nearest names, or all of them where none is near."""
    known = sorted(pool)
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    return f"{say} {', '.join(close)}?" if close else "one of " + ", ".join(known)


class Lines:
    """Where keys and tables of a TOML file stand."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines = text.split("\n")
        self._at: dict[Path_, int] = {}
        path: Path_ = ()
        counts: dict[str, int] = {}
        fence = ""
        for n, line in enumerate(self._lines, 1):
            if fence:
                fence = "" if fence in line else fence
                continue
            if m := _HEADER.match(line):
                head = m[2].strip("\"' ")
                path = (head,)
                if m[1] == "[[":
                    counts[head] = counts.get(head, -1) + 1
                    path = (head, counts[head])
                self._at.setdefault(path, n)
                self._at.setdefault((head,), n)
            elif m := _KEY.match(line):
                self._at.setdefault((*path, m[1] or m[2] or m[3]), n)
                for quote in ('"""', "'''"):
                    if line.count(quote) == 1:
                        fence = quote

    def __call__(self, *path: str | int) -> int:
        """Return the line of the part at a path, or of what stands around it."""
        while path and path not in self._at:
            path = path[:-1]
        return self._at.get(path, 1)

    def entry(self, table: str, n: int) -> tuple[int, int]:
        """Return the lines of the n-th entry of a table, as positions between lines counted from 0 (RFC 5147).

        From its head to its last line that says something; of entries written in one bracket, that whole bracket.
        """
        start = self(table, n)
        heads = sorted({at for path, at in self._at.items() if len(path) == 1 or isinstance(path[-1], int)})
        stop = next((at for at in heads if at > start), len(self._lines) + 1)
        while stop - 1 > start and self._lines[stop - 2].lstrip()[:1] in ("", "#"):
            stop -= 1
        return start - 1, stop - 1

    def error(self, path: Path_, message: str, hint: str) -> UseError:
        """Return a UseError at a part of the file."""
        return UseError(f"{self.name}:{self(*path)}: {message}", hint=hint)


def _plain(value: Any) -> Any:
    """Return the value with TOML days and times as ISO text (TOML limits the depth of what it reads)."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def _known(value: Any, shape: Any, path: Path_, lines: Lines) -> None:
    """Refuse keys that the struct does not have."""
    struct = next((a for a in (shape, *get_args(shape)) if isinstance(a, type) and issubclass(a, msgspec.Struct)), None)
    if struct is None:
        return
    if isinstance(value, list):
        for n, item in enumerate(value):
            _known(item, struct, (*path, n), lines)
        return
    if not isinstance(value, dict):
        return
    fields = {f.encode_name: f.type for f in msgspec.structs.fields(struct)}
    for key, inner in value.items():
        if key not in fields:
            of = f" in [[{path[0]}]]" if path else ""
            raise lines.error((*path, key), f"no key {key!r}{of}", nearest(key, fields))
        _known(inner, fields[key], (*path, key), lines)
