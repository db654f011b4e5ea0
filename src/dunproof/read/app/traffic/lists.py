"""Lists of records that are somebody's address book, call log, messages or apps: by their name, and by what they hold.

A name without such records may be anything (``contacts: ["email", "phone"]``), such records without a name are still a
list of people. So a list counts surely where its records say so and are many, or where name and records agree; it is
doubtful where only one speaks, or where the records say how somebody is related: then a person wrote them in a form.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from dunproof.read.app import catalogue
from dunproof.read.app.traffic.shapes import fits, is_mobile, is_phone

MANY: Final = 3
"""Records from which a list counts as somebody's list (ours)."""
SURE: Final = 6
"""Different records from which a list without a name is no form: forms ask for up to five people (ours, 2026-11-27)."""
KEPT: Final = 8
"""Different values that a list remembers of each sort."""
VALUE_CAP: Final = 256
INNER: Final = "\0"
"""Stands for an object or a list among the values of an object."""
FIELDS_CAP: Final = 64
_LISTED: Final = frozenset({"records", "proved"})
_SHORT: Final = 2
"""Letters of a name that says nothing either."""
_SQUEEZE: Final = re.compile(r"[\s_-]+")
_LAST: Final = re.compile(r"[\[\].]+")
_HASH: Final = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\Z", re.IGNORECASE)
_TEXT: Final = re.compile(r"[\u3400-\u9fff].*[\u3400-\u9fff]|\w \w.* \w", re.DOTALL)


class Row(NamedTuple):
    """The shape that a value must have under a name, and what it then is."""

    shape: str
    category: str


class Verdict(NamedTuple):
    """What a list is."""

    category: str
    doubtful: bool


@cache
def rows() -> Mapping[str, Row]:
    """Return the names under which apps send personal data."""
    return {r["name"]: Row(r["shape"], r["category"]) for r in catalogue.table("upload_keys.tsv")}


@cache
def _parts() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return category to part to name to shape, of the records that tell themselves."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for r in catalogue.table("upload_records.tsv"):
        found.setdefault(r["category"], {}).setdefault(r["part"], {})[r["name"]] = r["shape"]
    return found


@cache
def _names(says: str, category: str = "") -> tuple[str, ...]:
    """Return names of lists and records, or parts of names, by what they say."""
    return tuple(
        r["name"] for r in catalogue.table("upload_names.tsv") if r["says"] == says and r["category"] == category
    )


def squeezed(name: str) -> str:
    """Return a name as the tables have it: its last part, in lower case, without what joins words."""
    last = next((part for part in reversed(_LAST.split(name)) if part), "")
    return _SQUEEZE.sub("", last).casefold()


def is_wrap(name: str) -> bool:
    """Return whether a name says nothing of what stands under it."""
    return squeezed(name) in ("", *_names("nothing"))


class Seen:
    """What stands in a list or an object, as far as it tells what that is: a few values of each sort."""

    __slots__ = ("bare", "entries", "fields", "numbers", "packages", "places", "records", "related", "told", "words")

    def __init__(self) -> None:
        self.entries = 0
        """Objects and texts, as entries of a list."""
        self.fields: dict[str, str] = {}
        """Names to values, of an object."""
        self.numbers: set[str] = set()
        """Telephone numbers, or what may be their checksums, at any depth."""
        self.bare: set[str] = set()
        """Those of mobile phones alone, without a name or under one of a telephone number."""
        self.packages: set[str] = set()
        self.words: set[str] = set()
        self.places: set[str] = set()
        """Degrees."""
        self.told: dict[str, set[str]] = {}
        """Category to the records that tell themselves, by what makes them different."""
        self.records: Counter[str] = Counter()
        self.related = False

    def value(self, name: str, text: str) -> None:
        """Take a value."""
        key = squeezed(name)
        if name and len(self.fields) < FIELDS_CAP:
            self.fields[key] = text[:VALUE_CAP]
        self.related = self.related or key in _names("relation")
        if len(text) > VALUE_CAP:
            _put(self.words, text)
        elif is_phone(text) or _HASH.match(text):
            number = text if _HASH.match(text) else "".join(c for c in text if c.isdecimal())[-11:]
            _put(self.numbers, number)
            if is_mobile(number) and (not key or key in _parts()["contacts"]["number"]):
                _put(self.bare, number)
        elif fits("package", text):
            _put(self.packages, text)
        elif fits("degrees", text):
            _put(self.places, text)
        elif _TEXT.search(text):
            _put(self.words, text)

    def inner(self, name: str, other: Seen) -> None:
        """Take an object or a list that is a value."""
        if name and len(self.fields) < FIELDS_CAP:
            self.fields.setdefault(squeezed(name), INNER)
        for mine, theirs in (
            (self.numbers, other.numbers), (self.bare, other.bare), (self.packages, other.packages),
            (self.words, other.words), (self.places, other.places),
        ):  # fmt: skip
            if len(mine) < KEPT:
                mine.update(theirs)
        self.related = self.related or other.related

    def record(self, other: Seen) -> None:
        """Take an object as a record of this list."""
        for category, parts in _parts().items():
            if all(other._has(names) for names in parts.values()):
                self.records[category] += 1
                kept = self.told.setdefault(category, set())
                if len(kept) < KEPT:
                    whole = {"\n".join(other.fields.values())[:VALUE_CAP]}
                    marks = {"installed_apps": other.packages, "sms": whole}  # no two messages have the same moment
                    kept |= marks.get(category, other.numbers)
                return

    def _has(self, names: Mapping[str, str]) -> bool:
        return any(self._is(names[name], self.fields[name]) for name in self.fields.keys() & names.keys())

    def _is(self, shape: str, value: str) -> bool:
        if value == INNER:  # {"phones": [{"value": …}]}
            return shape == "any" or (shape == "phone" and bool(self.numbers))
        return bool(value) if shape == "any" else fits(shape, value)

    def judge(self, name: str) -> Verdict | None:
        """Return what a list under this name is; None if it is nobody's."""
        row = rows().get(squeezed(name))
        told = next(((c, marks) for c, marks in self.told.items() if min(self.records[c], len(marks)) >= MANY), None)
        if row is not None and row.shape in _LISTED:
            count = self.entries or (len(self.numbers) if row.category == "contacts" else 0)
            proof = {
                "contacts": self.numbers, "call_log": self.numbers, "sms": self.words | self.numbers,
                "installed_apps": self.packages,
            }.get(row.category, set())  # fmt: skip
            sure = len(proof) * 2 >= min(count, KEPT)
            few = not self.entries and count < SURE  # an object of people, no list
            if count >= MANY and (sure or row.shape == "records"):
                return Verdict(row.category, not sure or few or self.related)
        if told is None:
            is_list = self.entries >= MANY and len(self.bare) >= min(self.entries, KEPT)
            return Verdict("contacts", doubtful=True) if is_list else None
        category, marks = told
        key = squeezed(name)
        is_open = len(key) <= _SHORT or is_wrap(key) or any(stem in key for stem in _names("records", category))
        many = sum(is_mobile(mark) for mark in marks) if category == "contacts" else len(marks)
        return Verdict(category, many < SURE or self.related or not is_open)


def _put(kept: set[str], text: str) -> None:
    if len(kept) < KEPT:
        kept.add(text[:VALUE_CAP])


class Fields:
    """The lists that the names of a form spell out: ``contacts[0][phone]``, ``contacts[0].phone``, one name again."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, ...], _Group] = {}

    def add(self, name: str, text: str, at: int) -> None:
        """Take a field with what it is known by."""
        steps = _STEP.findall(name)
        last = max((n for n, step in enumerate(steps) if step == "[]" or step.isdecimal()), default=None)
        path, inner = (tuple(steps), "") if last is None else (tuple(steps[:last]), "".join(steps[last + 1 :][-1:]))
        group = self._groups.setdefault(path, _Group())
        index = steps[last] if last is not None and steps[last] != "[]" else f"[{group.times[inner]}]"
        group.times[inner] += 1
        group.at.append(at)
        group.records.setdefault(index, Seen()).value(inner, text)

    def lists(self) -> Iterator[tuple[Verdict, list[int]]]:
        """Yield what each list is, and the fields that it is made of."""
        for path, group in self._groups.items():
            if len(group.records) < MANY:
                continue
            seen = Seen()
            for record in group.records.values():
                seen.entries += 1
                seen.inner("", record)
                seen.record(record)
            name = next((step for step in reversed(path) if not is_wrap(step) and not step.isdecimal()), "")
            if (verdict := seen.judge(name)) is not None:
                yield verdict, group.at


class _Group:
    def __init__(self) -> None:
        self.records: dict[str, Seen] = {}
        self.times: Counter[str] = Counter()
        self.at: list[int] = []


_STEP: Final = re.compile(r"\[\]|[^\[\].]+")
