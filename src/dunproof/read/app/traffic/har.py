"""The reader of recorded traffic: personal data seen in the requests of a HAR file.

The proof that static reading cannot give: that something was sent, and to which host. Read are the address, the
headers, the cookies, the body and the messages of a web socket, each through the encodings around it (sent.py). A
request of which something could not be read is counted: silence about it would be an answer. HAR 1.2:
w3c.github.io/web-performance/specs/HAR/Overview.html; sockets as Chrome writes them (``_webSocketMessages``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import Coverage, Fact, Mint, Problem, Upload
from dunproof.facts.locator import Char, Locator, Pointer
from dunproof.read.app.traffic import layers
from dunproof.read.app.traffic.lists import Fields
from dunproof.read.app.traffic.sent import SEALED, SEALED_FROM, SEALED_TOKEN, Found, Hit, Search, outward
from dunproof.read.formats import json_text
from dunproof.read.formats.text import decode
from dunproof.read.source import Source

FORMATS: Final = frozenset({"har"})
LOOKS_FOR: Final = ("upload",)
VERSION: Final = 3

SIZE_CAP: Final = 128 * 1024 * 1024
"""Bytes of a recording that are read."""
VALUES_CAP: Final = 1_500_000
"""Values of a recording, bodies apart: a request and its answer have some 200 (ours)."""
_SIGN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|([,\[{])', re.DOTALL)
BODY_CAP: Final = 4 * 1024 * 1024
"""Characters of one request's body that are read."""
FACT_CAP: Final = 20_000


class _Seen(NamedTuple):
    category: str
    place: Locator
    doubtful: bool = False


def read(source: Source) -> Iterator[Fact]:
    """Yield the facts of one recording. Raises ExhibitError if it is no HAR or too large."""
    if source.size_bytes > SIZE_CAP:
        raise ExhibitError("har-too-large", f"{source.size_bytes:,} bytes", hint="record one screen at a time")
    text = decode(source.read_bytes()).text
    if _is_crowded(text):
        raise ExhibitError("har-too-large", f"more than {VALUES_CAP:,} values", hint="record one screen at a time")
    try:
        entries = json_text.parse(text)["log"]["entries"]
    except (ValueError, KeyError, TypeError) as error:
        raise ExhibitError("har-broken", str(error)[:200], hint="save the recording again as HAR") from None
    if not isinstance(entries, list):
        raise ExhibitError("har-broken", "log.entries is no list", hint="save the recording again as HAR")
    mint, search = Mint(source.exhibit), Search()
    unread: list[str] = []
    count = made = 0
    tunnels, seen_hosts = _tunnels(entries), {_host(e) for e in entries if _method(e) != "CONNECT"}
    for n, entry in enumerate(entries):
        one = _Entry(entry, n, search, sealed=tunnels.get(n, "") not in seen_hosts)
        if one.unread:
            count += 1
            unread += one.unread[:1]
        for seen in one.finds[: FACT_CAP - made]:
            made += 1
            yield Upload(
                fact_id=mint(), exhibit=source.exhibit, loc=str(seen.place), tier="derived", doubtful=seen.doubtful,
                host=one.host, category=seen.category,
            )  # fmt: skip
    gap = "har-bodies-unread" if unread else "too-many-facts" if made >= FACT_CAP else ""
    if gap:
        detail = f"{count} of {len(entries)} requests were not read in full" if unread else f"more than {FACT_CAP:,}"
        yield Problem(
            fact_id=mint(), exhibit=source.exhibit, loc=str(Locator(places=(Pointer(unread[0]),))) if unread else "",
            tier="exact", code=gap, detail=detail,
        )  # fmt: skip
        yield Coverage(
            fact_id=mint(), exhibit=source.exhibit, loc="", tier="exact", looked_for="upload", subject=source.exhibit,
            status="partly", reason=gap,
        )  # fmt: skip


def _is_crowded(text: str) -> bool:
    """Return whether a JSON text has too many values, by the signs between them outside its strings."""
    if sum(map(text.count, ",[{")) <= VALUES_CAP:
        return False
    signs = (match for match in _SIGN.finditer(text) if match[1])
    return next(itertools.islice(signs, VALUES_CAP, None), None) is not None


def _request(entry: object) -> dict[str, Any]:
    request = entry.get("request") if isinstance(entry, dict) else None
    return request if isinstance(request, dict) else {}


def _method(entry: object) -> str:
    return str(_request(entry).get("method") or "").upper()


def _host(entry: object) -> str:
    """Return where a request went: the host of its address, or of the header that names it; '' if neither tells."""
    request = _request(entry)
    url = request.get("url")
    if not isinstance(url, str):
        return ""
    whole = url.replace("\\", "/")  # as browsers read it (WHATWG URL)
    try:
        if _method(entry) == "CONNECT" and "://" not in whole:
            whole = f"//{whole}"
        host = urlsplit(whole).hostname or ""
        if not host and "://" not in whole:
            headers = request.get("headers")
            named = (h for h in (headers if isinstance(headers, list) else ()) if isinstance(h, dict))
            said = {str(h.get("name")).casefold(): h.get("value") for h in named}
            host = urlsplit(f"//{said.get(':authority') or said.get('host') or ''}").hostname or ""
    except ValueError:
        return ""
    return host.removesuffix(".")


def _tunnels(entries: list[object]) -> dict[int, str]:
    """Return entry to host of the tunnels through a proxy; what went through one is an entry of its own, or unseen."""
    return {n: _host(entry) for n, entry in enumerate(entries) if _method(entry) == "CONNECT"}


class _Entry:
    """One entry of a recording: what was seen in it, and the places of what could not be read."""

    def __init__(self, entry: object, n: int, search: Search, *, sealed: bool) -> None:
        self.finds: list[_Seen] = []
        self.unread: list[str] = []
        self._search = search
        search.begin()
        at = f"/log/entries/{n}"
        request, self.host = _request(entry), _host(entry)
        if _LOCAL.match(str(request.get("url"))):
            return
        if not isinstance(entry, dict) or not self.host or (sealed and _method(entry) == "CONNECT"):
            self.unread.append(at)
            return
        self._address(request, f"{at}/request")
        self._heads(request, f"{at}/request")
        self._body(request, f"{at}/request")
        self._socket(entry, request, at)

    # --- taking what was found ------------------------------------------------------------------------------------

    def _take(self, pointer: str, found: Found, layer: layers.Layer | None = None, shift: int = 0) -> None:
        for hit in outward(found.hits, layer or _AS_IT_IS, shift):
            place = Locator(places=(Pointer(pointer), Char(hit.start, hit.stop)))
            self.finds.append(_Seen(hit.category, place, hit.doubtful))
        if not found.whole or (layer is not None and layer.cut):
            self.unread.append(pointer)

    def _named(
        self, pairs: object, at: str, *, sealed: int = SEALED, names: bool = False, is_head: bool = False
    ) -> set[tuple[str, str]]:
        """Take what a list of names and values holds, each at its value; return the pairs, as they are and decoded.

        ``names``: a name without a value may be all that was sent, as JSON in place of a form.
        """
        told: set[tuple[str, str]] = set()
        fields, first = Fields(), len(self.finds)
        for n, pair in enumerate(pairs if isinstance(pairs, list) else ()):
            name, value = (pair.get("name"), pair.get("value")) if isinstance(pair, dict) else (None, None)
            if isinstance(pair, dict) and "fileName" in pair and not value:
                self.unread.append(f"{at}/{n}")
            if not isinstance(name, str) or not isinstance(value, str):
                continue
            # Some programs write these lists decoded, some as they were sent.
            layer = layers.percent(value)
            plain = layer.text
            told |= {(name, value), (layers.percent(name, form=True).text, layers.percent(value, form=True).text)}
            if names and not value and len(name) >= _NAME_FROM:
                head = layers.percent(name, form=True)
                self._take(f"{at}/{n}/name", self._search.message(head.text[:BODY_CAP]), head)
                continue
            named, found = self._search.field(_bare(name), plain[:BODY_CAP], sealed=sealed, is_head=is_head)
            pointer = f"{at}/{n}/value"
            fields.add(layers.percent(name, form=True).text, plain[:BODY_CAP], n)
            if named.category:
                self.finds.append(_Seen(named.category, Locator(places=(Pointer(pointer),)), named.doubtful))
                found.hits = []
            if len(plain) > BODY_CAP:
                found.whole = False
            self._take(pointer, found, layer)
        lists = [] if is_head else list(fields.lists())
        inside = {f"{at}/{n}/value" for _, places in lists for n in places}
        if inside:
            self.finds[first:] = [s for s in self.finds[first:] if _pointer(s.place) not in inside]
        for listed, places in lists:
            place = Locator(places=(Pointer(f"{at}/{places[0]}/value"),))
            self.finds.append(_Seen(listed.category, place, listed.doubtful))
        return told

    def _pairs(self, text: str, pointer: str, shift: int, told: set[tuple[str, str]], separator: str) -> None:
        """Take names and values that stand in one text, those apart that a list beside it told already."""
        form = separator == "&"
        for pair in text.split(separator):
            name, _, value = pair.partition("=")
            layer = layers.percent(value, form=form)
            plain = layers.percent(name, form=form).text.strip()
            if (plain, layer.text) not in told and (name, value) not in told:
                sealed = SEALED if form else SEALED_TOKEN
                named, found = self._search.field(plain, layer.text, sealed=sealed, is_head=not form)
                if named.category:
                    found = Found(hits=[Hit(named.category, 0, len(pair), named.doubtful)], whole=found.whole)
                    self._take(pointer, found, None, shift)
                else:
                    self._take(pointer, found, layer, shift + len(name) + 1)
            shift += len(pair) + 1

    # --- the places of a request ----------------------------------------------------------------------------------

    def _address(self, request: dict[str, Any], at: str) -> None:
        told = self._named(request.get("queryString"), f"{at}/queryString")
        url = request["url"][:BODY_CAP]
        mark = url.find("?")
        if mark >= 0:
            query = url[mark + 1 :].partition("#")[0]
            self._pairs(query, f"{at}/url", mark + 1, told, "&")
        path = url[: mark if mark >= 0 else len(url)]
        host = _AUTHORITY.match(path)
        for part in _PATH.finditer(path, host.end() if host else 0):  # data may be a part of the path
            self._take(f"{at}/url", self._search.message(part[0]), None, part.start())

    def _heads(self, request: dict[str, Any], at: str) -> None:
        cookies = request.get("cookies")
        told = self._named(cookies, f"{at}/cookies", sealed=SEALED_TOKEN, is_head=True)
        headers = request.get("headers")
        rest: list[object] = []
        for n, header in enumerate(headers if isinstance(headers, list) else ()):
            name, value = (header.get("name"), header.get("value")) if isinstance(header, dict) else (None, None)
            if not isinstance(name, str) or not isinstance(value, str):
                rest.append(None)
            elif name.casefold() == "cookie":
                rest.append(None)
                self._pairs(value[:BODY_CAP], f"{at}/headers/{n}/value", 0, told, ";")
            elif name.casefold().endswith("authorization"):
                rest.append(None)
                scheme, blank, token = value.rpartition(" ")
                _, found = self._search.field(name, token, sealed=SEALED_TOKEN)
                self._take(f"{at}/headers/{n}/value", found, None, len(scheme) + len(blank))
            else:
                rest.append(header)
        self._named(rest, f"{at}/headers", sealed=SEALED_TOKEN, is_head=True)

    def _body(self, request: dict[str, Any], at: str) -> None:
        post = request.get("postData")
        is_empty = str(request.get("bodySize")) in _NO_BODY
        if not isinstance(post, dict):
            if post or not is_empty:
                self.unread.append(f"{at}/postData" if post else at)
            return
        params, text = post.get("params"), post.get("text")
        if isinstance(text, str) and any(c in text for c in "{\r\n"):
            params = None  # the text says the same, and more
        size = sum(len(str(p.get("value"))) for p in params if isinstance(p, dict)) if isinstance(params, list) else 0
        half = max(SEALED_FROM, min(SEALED, size // 2))
        told = self._named(params, f"{at}/postData/params", sealed=half, names=not text)
        pointer = f"{at}/postData/text"
        if not isinstance(text, str) or not text:
            if not told and (text or not is_empty):
                self.unread.append(f"{at}/postData")
            return
        if told:
            self._pairs(text[:BODY_CAP], pointer, 0, told, "&")
        elif _is_packed(post) and (layer := layers.peeled(text[:BODY_CAP])) is not None:
            self._take(pointer, self._search.body(layer.text), layer)
        elif _is_packed(post):
            self.unread.append(pointer)
        else:
            self._take(pointer, self._search.body(text[:BODY_CAP]))
        if len(text) > BODY_CAP:
            self.unread.append(pointer)

    def _socket(self, entry: dict[str, Any], request: dict[str, Any], at: str) -> None:
        messages = entry.get("_webSocketMessages")
        if not isinstance(messages, list):
            response = entry.get("response")
            is_socket = request["url"].casefold().startswith(("ws:", "wss:")) or (
                isinstance(response, dict) and response.get("status") == _SWITCHED
            )
            if is_socket:  # what went through it was not recorded
                self.unread.append(at)
            return
        for n, message in enumerate(messages):
            if not isinstance(message, dict) or message.get("type") in _RECEIVED:
                continue
            pointer = f"{at}/_webSocketMessages/{n}/data"
            if message.get("type") not in _SENT:  # nothing says who sent it
                self.unread.append(at)
                continue
            data = message.get("data")
            if not isinstance(data, str):
                self.unread.append(pointer if "data" in message else at)
                continue
            layer = layers.peeled(data[:BODY_CAP]) if message.get("opcode") == _BINARY else None
            if message.get("opcode") == _BINARY and layer is None and data:
                self.unread.append(pointer)
                continue
            found = self._search.message(layer.text if layer is not None else data[:BODY_CAP])
            found.whole = found.whole and len(data) <= BODY_CAP
            self._take(pointer, found, layer)


_NO_BODY: Final = frozenset({"None", "0", "-1", "0.0", "-1.0", ""})
_LOCAL: Final = re.compile(r"(?:data|blob|about|file|javascript|[a-z]+-extension):", re.IGNORECASE)
"""Addresses that lead to no other machine; a recording of a browser lists them too."""
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/\\]*")
_SENT: Final = frozenset({"send", "sent", "request", "outgoing"})
_RECEIVED: Final = frozenset({"receive", "received", "response", "incoming"})
_PATH: Final = re.compile(r"[^/;#]{16,}")
_NAME_FROM: Final = 16
"""Characters from which a name without a value may be what was sent."""
_AS_IT_IS: Final = layers.Layer("")
_SWITCHED: Final = 101
_BINARY: Final = 2


def _pointer(place: Locator) -> str:
    first = place.places[0]
    return first.pointer if isinstance(first, Pointer) else ""


def _bare(name: str) -> str:
    """Return the name of a header without the x that says it is somebody's own."""
    return name[2:] if name[:2].casefold() == "x-" else name


def _is_packed(post: dict[str, Any]) -> bool:
    """Return whether the recording itself says that it wrote a body in base64."""
    return any(str(post.get(key, "")).casefold() == "base64" for key in ("encoding", "_encoding"))
