"""The reader of recorded traffic: personal data seen in the requests of a HAR file.

The proof that static reading cannot give: that something was sent, and to which host. A name counts only with a value
of its shape, so that ``contact_us`` or one friend's name is no address book. Values are never copied into facts. HAR
1.2: w3c.github.io/web-performance/specs/HAR/Overview.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus, urlsplit

import msgspec

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import Coverage, Fact, Mint, Problem, Upload
from dunproof.facts.locator import Char, Locator, Pointer
from dunproof.read.formats.text import decode
from dunproof.read.source import Source

FORMATS: Final = frozenset({"har"})
LOOKS_FOR: Final = ("upload",)
VERSION: Final = 1

SIZE_CAP: Final = 128 * 1024 * 1024
"""Bytes of a recording that are read."""
BODY_CAP: Final = 4 * 1024 * 1024
"""Characters of one request's body that are read."""
FACT_CAP: Final = 20_000
MANY: Final = 3
"""Records from which a list counts as somebody's list (ours)."""
_KEY: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:\s*)?', re.DOTALL)
_PAIR: Final = re.compile(r"[^&]+")
_SQUEEZE: Final = re.compile(r"[\s_-]+")
_PHONE: Final = re.compile(r"\+?\d[\d -]{6,18}\Z")
_ID: Final = re.compile(r"[0-9A-Za-z-]{8,128}\Z")
_MAC: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\Z")
_DEGREES: Final = re.compile(r"-?\d{1,3}\.\d{2,}\Z")
_HALF_CIRCLE: Final = 180
_DECODER: Final = json.JSONDecoder()


class _Row(NamedTuple):
    shape: str
    category: str


class _Seen(NamedTuple):
    category: str
    place: Locator


@cache
def _rows() -> Mapping[str, _Row]:
    lines = (files("dunproof.read.app") / "data" / "upload_keys.tsv").read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {name: _Row(shape, category) for name, shape, category in cells}


def read(source: Source) -> Iterator[Fact]:
    """Yield the facts of one recording. Raises ExhibitError if it is no HAR or too large."""
    if source.size_bytes > SIZE_CAP:
        raise ExhibitError("har-too-large", f"{source.size_bytes:,} bytes", hint="record one screen at a time")
    text = decode(source.read_bytes()).text
    try:
        entries = msgspec.json.decode(text.encode("utf-8", "surrogatepass"))["log"]["entries"]
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, UnicodeError) as error:
        raise ExhibitError("har-broken", str(error)[:200], hint="save the recording again as HAR") from None
    if not isinstance(entries, list):
        raise ExhibitError("har-broken", "log.entries is no list", hint="save the recording again as HAR")
    mint = Mint(source.exhibit)
    unread = 0
    made = 0
    for n, entry in enumerate(entries):
        request = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(request, dict):
            unread += 1
            continue
        host = _host(request.get("url"))
        if not host:
            unread += 1
            continue
        finds, whole = _request(request, f"/log/entries/{n}/request")
        unread += not whole
        for seen in finds[: FACT_CAP - made]:
            made += 1
            yield Upload(
                fact_id=mint(), exhibit=source.exhibit, loc=str(seen.place), tier="derived", host=host,
                category=seen.category,
            )  # fmt: skip
    gap = "har-bodies-unread" if unread else "too-many-facts" if made >= FACT_CAP else ""
    if gap:
        detail = f"{unread} of {len(entries)} requests could not be read" if unread else f"more than {FACT_CAP:,}"
        yield Problem(fact_id=mint(), exhibit=source.exhibit, loc="", tier="exact", code=gap, detail=detail)
        yield Coverage(
            fact_id=mint(), exhibit=source.exhibit, loc="", tier="exact", looked_for="upload", subject=source.exhibit,
            status="partly", reason=gap,
        )  # fmt: skip


def _host(url: object) -> str:
    try:
        return (urlsplit(url).hostname or "") if isinstance(url, str) else ""
    except ValueError:
        return ""


def _request(request: dict[str, Any], at: str) -> tuple[list[_Seen], bool]:
    """Return what was seen in one request, and whether all of it could be read."""
    out = list(_named(request.get("queryString"), f"{at}/queryString"))
    post = request.get("postData")
    if not isinstance(post, dict):
        return out, request.get("bodySize") in (None, 0, -1)
    params = list(_named(post.get("params"), f"{at}/postData/params"))
    text = post.get("text")
    if params or not isinstance(text, str) or not text:
        return [*out, *params], True
    place = Pointer(f"{at}/postData/text")
    found = _body(text[:BODY_CAP])
    if found is None:
        return out, False
    out += [_Seen(category, Locator(places=(place, Char(*span)))) for category, span in found]
    return out, len(text) <= BODY_CAP


def _named(pairs: object, at: str) -> Iterator[_Seen]:
    """Yield what a list of names and values holds, each at its value."""
    for n, pair in enumerate(pairs if isinstance(pairs, list) else ()):
        if isinstance(pair, dict) and isinstance(pair.get("name"), str) and isinstance(pair.get("value"), str):
            category = _category(pair["name"], pair["value"])
            if category:
                yield _Seen(category, Locator(places=(Pointer(f"{at}/{n}/value"),)))


def _body(text: str) -> list[tuple[str, tuple[int, int]]] | None:
    """Return categories with their spans in a body of JSON or of a form; None for a body that is neither."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return list(_json(text))
    if "=" in text.partition("&")[0] and text.isprintable():
        return list(_form(text))
    return None


def _json(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield what stands under the keys of a JSON text, each from its key to the end of its value.

    Only quotes delimit strings in JSON, so that reading string by string from the start finds every key.
    """
    past = 0
    for m in _KEY.finditer(text):
        if m.end(2) < 0 or m.start() < past or _SQUEEZE.sub("", m[1]).casefold() not in _rows():
            continue
        try:
            value, stop = _DECODER.raw_decode(text, m.end())
        except (ValueError, RecursionError):
            continue
        category = _category(m[1], value)
        if category:
            past = stop  # what stands inside of somebody's list is that list
            yield category, (m.start(), stop)


def _form(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for m in _PAIR.finditer(text):
        name, _, value = m[0].partition("=")
        category = _category(unquote_plus(name), unquote_plus(value))
        if category:
            yield category, m.span()


def _category(name: str, value: object) -> str:
    """Return the category of personal data that a name and the shape of its value speak for; '' for none."""
    row = _rows().get(_SQUEEZE.sub("", name).casefold())
    return row.category if row is not None and _fits(row.shape, value) else ""


def _fits(shape: str, value: object) -> bool:
    if shape == "records":
        if isinstance(value, str) and value.lstrip()[:1] == "[":  # a list sent as text
            try:
                value = _DECODER.decode(value.strip())
            except (ValueError, RecursionError):
                return False
        return isinstance(value, list) and sum(isinstance(v, dict | str) and bool(v) for v in value) >= MANY
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    text = str(value).strip()
    match shape:
        case "id":
            return bool(_ID.match(text)) and any(c.isdigit() for c in text) and len(set(text) - {"0", "-"}) > 1
        case "phone":
            return bool(_PHONE.match(text))
        case "mac":
            return bool(_MAC.match(text)) and text.replace(":", "").replace("-", "") not in ("0" * 12, "020000000000")
        case "degrees":
            return bool(_DEGREES.match(text)) and abs(float(text)) <= _HALF_CIRCLE and float(text) != 0
        case _:
            return bool(text)
