"""Messages that an app carries: long Chinese texts and texts with parameters, put together in the order of their parts.

Texts of libraries and SDKs are left out: they speak to programmers. A part that the code does not settle is written
{1}, {2} … in the order in which the parts come.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.read.app import catalogue, joined
from dunproof.read.app.code import texts
from dunproof.read.app.code.program import Call, Code
from dunproof.read.app.code.texts import HOLE
from dunproof.read.app.code.values import Values
from dunproof.read.app.owners import Owners
from dunproof.read.app.package import js, place
from dunproof.read.app.package.files import TextFile
from dunproof.read.app.package.limit import Work
from dunproof.read.app.package.place import Within
from dunproof.read.app.traffic import layers

if TYPE_CHECKING:
    from dunproof.read.formats.arsc import Resources

_LONG: Final = 12
"""CJK characters from which a text is a message."""
_SHORT: Final = 4
"""CJK characters from which a text with parameters is one."""
_WORDS: Final = 6
_CAP: Final = 4000
_METHODS_CAP: Final = 1500
_LENGTH_CAP: Final = 4000
_LOOK_UP: Final = 100
"""Characters of work that the look-up of a name counts as."""
_CJK: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_MANY_CJK: Final = re.compile(rf"(?:[^\u3400-\u4dbf\u4e00-\u9fff]*+[\u3400-\u4dbf\u4e00-\u9fff]){{{_LONG}}}")
_MAY_SAY: Final = re.compile(r"\\u|[\u3400-\u4dbf\u4e00-\u9fff]")
"""What stands in the source of every message: CJK, as it is or escaped."""
_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f\u0900-\u0dff\u0e00-\u0e7f\u1e00-\u1eff]{2,}")
_PARAMETER: Final = re.compile(
    r"%(?:[0-9]{1,2}\$)?[-#+ 0,(]{0,4}[0-9]{0,3}(?:\.[0-9]{1,2})?[sdf]|"
    r"\{\{? ?[A-Za-z0-9_.]{0,40} ?\}?\}|\$\{[A-Za-z0-9_.]{1,40}\}|"
    r"#[{\[]?[A-Za-z_\u4e00-\u9fff]{1,20}[\]}#]|【变量】|\ufffc"
)
_LANGUAGES: Final = frozenset({"", "zh"})
_SOURCE_CAP: Final = 65_536
_LINE: Final = re.compile(r"(?:(?<=^)|(?<=[\n>]))(?:[ \t]*[\w.-]{1,60}[ \t]*[=:][ \t]*)?([^\n<>]{4,1000})")
"""A line or what stands between tags, without the key before it."""


class Message(msgspec.Struct, frozen=True):
    """A text with its place and how sure its form is."""

    text: str
    loc: str
    tier: str


def is_message(text: str, *, plain: bool) -> bool:
    """Return whether a text says something to a person; ``plain``: sentences in other scripts count as well."""
    if _MANY_CJK.match(text) is not None:
        return True
    if _PARAMETER.search(text) is None:
        return False
    if len(_CJK.findall(text)) >= _SHORT:
        return True
    return plain and sum(1 for _ in itertools.islice(_WORD.finditer(text.replace(HOLE, " ")), _WORDS)) >= _WORDS


def numbered(text: str) -> str:
    """Return a text with {1}, {2} … for its holes."""
    parts = text.split(HOLE)
    out = [parts[0]]
    for n, part in enumerate(parts[1:], 1):
        out += [f"{{{n}}}", part]
    return "".join(out)[:_LENGTH_CAP]


def in_code(code: Code, owners: Owners, values: Values, work: Work) -> Iterator[Message]:
    """Yield the messages in the code of the app itself, each text once, by file and place; at most some thousand."""
    told: set[str] = set()
    methods = 0
    for n, unit in enumerate(code.units):
        dex = unit.dex
        wide = [i for i in dex.wide_strings(2) if _CJK.search(dex.string(i))]
        by_method: dict[int, list[tuple[int, Call]]] = {}
        says: dict[int, bool] = {}
        for index, call in code.strings(n, wide):
            if owners.of(code.caller(call).cls).kind not in {"library", "sdk"}:
                by_method.setdefault(call.row, []).append((index, call))
        for loads in by_method.values():
            methods += 1
            row = loads[0][1].row
            said = joined.texts(code, values, n, row) if methods <= _METHODS_CAP else ()
            whole = [
                Message(numbered(text), place.insn(unit, at), "derived")
                for at, text in said if work.spend(len(text)) and is_message(text, plain=False)
            ]  # fmt: skip
            parts = "\n".join(m.text for m in whole)
            rest = [
                Message(text[:_LENGTH_CAP], place.insn(unit, call.unit), "exact")
                for index, call in loads
                if (says[index] if index in says else says.setdefault(index, _says(dex.string(index), work)))
                and work.spend(len(parts))
                and (text := dex.string(index)) not in parts
                and not _is_form_of(text, parts)
            ]  # fmt: skip
            for message in (*whole, *rest):
                if message.text not in told:
                    told.add(message.text)
                    yield message
                    if len(told) >= _CAP:
                        return


def _says(text: str, work: Work) -> bool:
    return work.spend(len(text)) and is_message(text, plain=False)


def _is_form_of(text: str, parts: str) -> bool:
    """Return whether a text with parameters was already told with its values put in."""
    return "%" in text and numbered(texts.filled(text, ())) in parts


def in_file(within: Within, file: TextFile) -> Iterator[Message]:
    """Yield the messages of a text file, each once: quoted words of scripts, pages and JSON, lines of settings.

    Words that a script joins by plus signs are one text. A line counts only with a parameter.
    """
    told: set[str] = set()
    for text, start, stop in _quoted(file) if js.has_words(file.name) else _lines(file.text):
        if is_message(text, plain=False) and text not in told:
            told.add(text)
            yield Message(
                numbered(text), place.words(within, file.name, start, stop), "derived" if HOLE in text else "exact"
            )
            if len(told) >= _CAP:
                return


def _quoted(file: TextFile) -> Iterator[tuple[str, int, int]]:
    """Yield (text, start, stop) of the quoted words of a script, those together that plus signs join."""
    for run in js.script(file.name, file.text).joined(file.text):
        start, stop = run[0][0], run[-1][1]
        if stop - start <= _SOURCE_CAP and _MAY_SAY.search(file.text, start, stop) is not None:
            parts = [layers.json_string(file.text[a:b]).text if b > a else HOLE for a, b in run]
            yield "".join(parts)[:_LENGTH_CAP], run[0][0], run[-1][1]


def _lines(text: str) -> list[tuple[str, int, int]]:
    """Return (text, start, stop) of the lines with parameters, of a file in which most lines have some."""
    found = []
    others = 0
    for line in _LINE.finditer(text):
        said = line[1].strip()
        if len(_CJK.findall(said)) < _SHORT:
            continue
        if _PARAMETER.search(said):
            start = line.start(1) + line[1].index(said)
            found.append((said, start, start + len(said)))
        else:
            others += 1
    return found if len(found) >= others else []  # else it is a paper with blanks to fill in


def in_resources(within: Within, name: str, table: Resources, work: Work) -> Iterator[Message]:
    """Yield the messages among the texts of a resource table, each once.

    Texts of their own count in the default language and in Chinese; those of lists and plurals in any, as far as they
    are Chinese.
    """
    told: set[str] = set()
    for index in itertools.chain(_plain(table, work), _listed(table, work)):
        text = table.pool[index]
        if text not in told:
            told.add(text)
            yield Message(text[:_LENGTH_CAP], place.span(within, name, *table.pool.place(index)), "exact")
            if len(told) >= _CAP:
                return


def _plain(table: Resources, work: Work) -> Iterator[int]:
    """Yield the messages that are texts of their own, without those of libraries."""
    says: dict[int, bool] = {}
    for id_, index in table.strings(_LANGUAGES):
        if index not in says:
            text = table.pool[index]
            says[index] = work.spend(len(text)) and is_message(text, plain=True)
        if not says[index] or not work.spend(_LOOK_UP):
            continue
        if not table.name(id_).partition("/")[2].startswith(catalogue.library_resources()):
            yield index


def _listed(table: Resources, work: Work) -> Iterator[int]:
    """Yield the messages that are no text of their own in any language: entries of lists and plurals."""
    chunks = (chunk for package in table.packages for rows in package.chunks.values() for chunk in rows)
    languages = frozenset(chunk.config.language for chunk in chunks)
    plain = {index for _, index in table.strings(languages)}
    for index in table.pool.wide(_SHORT):
        if index not in plain and _says(table.pool[index], work):
            yield index
