"""A case with the numbers and names of people hidden and with control characters made visible.

Masking keeps the length of a text, so that the cut between a quote and its neighbours stays where it was. It errs on
the safe side: an unknown run of nine or more digits is masked; ports of companies (106…, 95…, 400…) and days are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from dunproof.facts.appdiff import AppDiff
from dunproof.facts.casefile import CaseFile

STAR: Final = "*"
SHORTEST_RUN: Final = 9
"""Digits in an unknown run from which on it is masked: sums owed are shorter, numbers of people are longer."""
CUT_RUN: Final = 5
"""Digits in a run at the edge of a context from which on it is masked: the context may have cut a number in two."""
EDGE: Final = 40
"""Characters at the edge of a context that are looked at for the rest of a number."""

_ZERO_WIDTH: Final = "\u200b-\u200f\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069"
_GAP: Final = rf"[\s\-‐-―－.·•_/{_ZERO_WIDTH}]"
_JOINED: Final = re.compile(rf"\d(?:[{_ZERO_WIDTH}]{{0,3}}\d){{{SHORTEST_RUN - 1},}}[Xx]?")
_MOBILE: Final = re.compile(
    rf"(?<!\d)1[3-9](?:\d{_GAP}{{1,2}}\d{{4}}{_GAP}{{1,2}}\d{{4}}|\d{{2}}{_GAP}{{1,2}}\d{{3}}{_GAP}{{1,2}}\d{{4}}"
    rf"|\d{_GAP}{{1,2}}\d{{3}}{_GAP}{{1,2}}\d{{5}})(?!\d)"
)
_APART: Final = re.compile(rf"(?<!\d)1{_GAP}{{1,2}}[3-9](?:{_GAP}{{1,2}}\d){{9}}(?!\d)")
_CARD: Final = re.compile(rf"(?<!\d)\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}?\d{{1,3}})?(?!\d)")
_ID_APART: Final = re.compile(rf"(?<!\d)\d{{6}}{_GAP}(?:19|20)\d{{6}}{_GAP}\d{{3}}[\dXx](?!\d)")
_LANDLINE: Final = re.compile(rf"(?<!\d)[(（]?0(?:10|2\d|[3-9]\d{{2}})[)）]?{_GAP}{{0,2}}\d{{3,4}}{_GAP}?\d{{4}}(?!\d)")
_ABROAD: Final = re.compile(rf"\+\d{{1,3}}(?:{_GAP}?\(?\d{{2,5}}\)?){{2,5}}(?!\d)")
_NUMERALS: Final = "零〇○一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖幺两兩"
_SPOKEN: Final = re.compile(rf"(?<![{_NUMERALS}])[一壹幺](?:{_GAP}?[{_NUMERALS}]){{10}}(?![{_NUMERALS}])")
_MAIL: Final = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"
)
_PORT: Final = re.compile(r"(?:106\d{5,}|95\d{3,7}|96\d{3,4}|400\d{7}|800\d{7}|1010\d{4})\Z")
_DAY: Final = re.compile(r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])?(?:[0-5]\d){0,2}\Z")
_MOBILE_DIGITS: Final = re.compile(r"(?:0{0,2}86)?1[3-9]\d{9}\Z")
_WRITTEN_DAY: Final = re.compile(r"(?<!\d)20\d\d-[01]\d-[0-3]\d(?!\d)")
_EDGE: Final = (re.compile(r"\A\W{0,3}\d[\d\s\-]*"), re.compile(r"[\d\s\-]*\d\W{0,3}\Z"))

_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_EXEMPT: Final = frozenset(
    {
        *("exhibit", "fact", "id", "kind", "loc", "parent", "rule", "sha256", "subject", "subject_type", "clauses"),
        *("not_in_force", "norm", "unknown", "needs", "looked_for", "code", "effective", "until", "day", "first_day"),
        *("last_day", "observed_day", "as_of", "register_as_of", "started", "verdict", "status", "tier", "format"),
    }
)
"""Keys of case.json that hold ids, days or words of a fixed vocabulary."""
_WHOLE: Final = frozenset({"rules", "clauses", "packs", "run"})
"""Parts of case.json that speak of no person: the project's own words and those of the law."""


def visible(text: str) -> str:
    """Return the text with control and direction characters written out: U+202E becomes ``[U+202E]``.

    A text from an exhibit can then neither turn the order of the words on a page nor steer a terminal.
    """
    return _CONTROL.sub(lambda m: f"[U+{ord(m[0]):04X}]", text)


def _keep(digits: int) -> tuple[int, int]:
    """How many digits stay visible at the start and the end of a run of this length."""
    if digits >= 16:
        return 4, 4
    if digits >= 11:
        return 3, 4
    return (3, 2) if digits >= 8 else (1, 1)


def _stars(text: str, head: int, tail: int) -> str:
    """Mask the digits of a text but for the first ``head`` and the last ``tail`` ones; the rest stays."""
    places = [i for i, c in enumerate(text) if c.isdigit() or c in _NUMERALS or c in "Xx"]
    hidden = set(places[head : len(places) - tail])
    return "".join(STAR if i in hidden else c for i, c in enumerate(text))


def _joined(m: re.Match[str]) -> str:
    run = m[0]
    digits = "".join(unicodedata.normalize("NFKC", c) for c in run if c.isalnum())
    if _PORT.match(digits) or _DAY.match(digits):
        return run
    if _MOBILE_DIGITS.match(digits):
        return _stars(run, len(digits) - 8, 4)
    if len(digits) == 18:
        return _stars(run, 2, 2)
    return _stars(run, *_keep(len(digits)))


def _mobile(m: re.Match[str]) -> str:
    return _stars(m[0], 3, 4)


def _landline(m: re.Match[str]) -> str:
    digits = sum(c.isdigit() for c in m[0])
    return _stars(m[0], digits - 8, 4) if digits > 10 else _stars(m[0], 3, 3)


def _abroad(m: re.Match[str]) -> str:
    digits = sum(c.isdigit() for c in m[0])
    if digits < SHORTEST_RUN:
        return m[0]
    bare = "".join(c for c in m[0] if c.isdigit())
    if bare.startswith("86") and _PORT.match(bare[2:]):
        return m[0]
    return _stars(m[0], digits - 8, 4) if bare.startswith("86") else _stars(m[0], 3, 3)


def _mail(m: re.Match[str]) -> str:
    name, at, host = m[0].partition("@")
    return name[0] + STAR * (len(name) - 1) + at + host


_STEPS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (_MAIL, _mail),
    (_ID_APART, lambda m: _stars(m[0], 2, 2)),
    (_CARD, lambda m: _stars(m[0], 4, 4)),
    (_ABROAD, _abroad),
    (_JOINED, _joined),
    (_MOBILE, _mobile),
    (_APART, _mobile),
    (_LANDLINE, _landline),
    (_SPOKEN, _mobile),
)


def numbers(text: str) -> str:
    """Return the text, same length, with numbers of people masked: telephones, identity cards, bank cards, e-mail."""
    for pattern, masked in _STEPS:
        text = pattern.sub(masked, text)
    return text


def _name_stars(m: re.Match[str]) -> str:
    """Mask a name but for its first letter; in Latin script the first letter of each word."""
    out, previous = [], ""
    for c in m[0]:
        first = not previous or (c.isascii() and not previous.isalnum())
        out.append(c if first or not c.isalnum() else STAR)
        previous = c
    return "".join(out)


class Names:
    """Masks the given names in a text, same length: 李小明 → 李**, Ann Bee → A** B**, blanks inside too."""

    def __init__(self, names: Iterable[str]) -> None:
        patterns = []
        for name in sorted({n.strip() for n in names if len(n.strip()) > 1}, key=lambda n: (-len(n), n)):
            letters = [re.escape(c) for c in name if not c.isspace()]
            body = rf"[\s{_ZERO_WIDTH}·・]{{0,2}}".join(letters)
            patterns.append(rf"(?<![A-Za-z]){body}(?![A-Za-z])" if name[0].isascii() else body)
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def __call__(self, text: str) -> str:
        """Return the text, same length, with the names masked."""
        return self._pattern.sub(_name_stars, text) if self._pattern else text


class Mask:
    """Masks texts of one case; ``show`` leaves numbers and names whole, control characters are written out always."""

    def __init__(self, bystanders: Iterable[str], *, show: bool) -> None:
        self._names = Names(bystanders)
        self._show = show

    def __call__(self, text: str) -> str:
        """Return the text masked and with control characters written out."""
        return visible(self.hidden(text))

    def hidden(self, text: str) -> str:
        """Return the text, same length, with numbers and names masked."""
        return text if self._show else self._names(numbers(text))

    def cut(self, before: str, quote: str, after: str) -> tuple[str, str, str]:
        """Mask a quote together with its neighbours, so that a number across the cut does not slip through."""
        whole = self.hidden(before + quote + after)
        a, b = len(before), len(before) + len(quote)
        parts = [whole[:a], whole[a:b], whole[b:]]
        if not self._show:
            parts[0] = _EDGE[0].sub(_edge, parts[0][:EDGE]) + parts[0][EDGE:]
            parts[2] = parts[2][:-EDGE] + _EDGE[1].sub(_edge, parts[2][-EDGE:])
        return visible(parts[0]), visible(parts[1]), visible(parts[2])


def _edge(m: re.Match[str]) -> str:
    """Mask a run of digits at the edge of a context: it may be the rest of a longer number."""
    bare = _WRITTEN_DAY.sub("", m[0])
    return _stars(m[0], 0, 0) if sum(c.isdigit() for c in bare) >= CUT_RUN else m[0]


def _locator(text: str, mask: Mask) -> str:
    """Mask the names of members in a locator and leave exhibit and place alone."""
    exhibit, bang, rest = text.partition("!/")
    members, hash_, place = rest.partition("#")
    return visible(exhibit) + bang + mask(members) + hash_ + visible(place)


_HASHES: Final = frozenset({"app", "exhibit", "sha256", "cert_sha256"})
"""Columns of tables that hold ids and hashes: runs of digits in them are no numbers of people."""


def _table(table: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """Return a table of a view with its cells masked by their columns."""

    def cell(column: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return _locator(value, mask) if column == "locator" else visible(value) if column in _HASHES else mask(value)

    columns = [*table["columns"], *[""] * max((len(r) for r in table["rows"]), default=0)]
    rest = {k: _walk(k, v, mask) for k, v in table.items() if k != "rows"}
    return {**rest, "rows": [[cell(c, v) for c, v in zip(columns, row, strict=False)] for row in table["rows"]]}


def _walk(key: str, value: Any, mask: Mask) -> Any:
    """Return decoded JSON with its strings masked. The depth is that of case.json, whatever the exhibits held."""
    if isinstance(value, str):
        if key == "locator":
            return _locator(value, mask)
        return visible(value) if key in _EXEMPT else mask(value)
    if isinstance(value, list):
        return [_walk(key, v, mask) for v in value]
    if isinstance(value, dict) and "rows" in value and "columns" in value:
        return _table(value, mask)
    if isinstance(value, dict):
        out = {k: _walk("value" if key == "values" else k, v, mask) for k, v in value.items()}
        if "quote" in value and "before" in value:
            out["before"], out["quote"], out["after"] = mask.cut(value["before"], value["quote"], value["after"])
        return out
    return value


def masked(case: CaseFile, *, show_numbers: bool = False) -> CaseFile:
    """Return the case as it may be shown: people's numbers and the bystanders' names masked, controls written out.

    Texts of rules and clauses stay as they are. Ids, days and hashes stay too.
    """
    mask = Mask(case.bystanders, show=show_numbers)
    plain = msgspec.to_builtins(case)
    out = {k: v if k in _WHOLE else _walk(k, v, mask) for k, v in plain.items() if k != "bystanders"}
    out["run"]["command"] = [mask(word) for word in plain["run"]["command"]]
    out["bystanders"] = []
    return msgspec.convert(out, CaseFile)


def masked_diff(diff: AppDiff, *, show_numbers: bool = False) -> AppDiff:
    """Return the comparison as it may be shown: numbers of people masked, controls written out."""
    return msgspec.convert(_walk("", msgspec.to_builtins(diff), Mask((), show=show_numbers)), AppDiff)
