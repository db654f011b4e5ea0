"""Bridges between pages and code: objects given to a web view, and the methods of each that a page can call.

Which page calls what is decided by words that may come from the network. That a page shipped with the app calls a
method is seen where its script says so.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.app.code.program import Code
from dunproof.read.app.code.texts import HOLE
from dunproof.read.app.code.values import Values
from dunproof.read.app.owners import Owners
from dunproof.read.app.package import js, place
from dunproof.read.app.package.bundle import Package
from dunproof.read.app.package.files import TextFile
from dunproof.read.app.package.place import Within
from dunproof.read.app.sites import Site

ANNOTATION: Final = "Landroid/webkit/JavascriptInterface;"
_GIVEN: Final = {"addJavascriptInterface": (1, 2), "addWebMessageListener": (3, 1)}
"""Method that gives an object to a web view, with the registers of the object and of its name (receiver = 0; of a
static call the first argument = 0)."""
_LISTENER: Final = "addWebMessageListener"
_POSTS: Final = ("postMessage",)
"""What a page can call of a listener for messages (reference of androidx.webkit)."""
_LOAD: Final = "loadUrl"
_ASSETS: Final = ("file:///android_asset/", "https://appassets.androidplatform.net/assets/")
"""How pages of the package itself are addressed (references of WebView and of WebViewAssetLoader)."""
_PAGES: Final = (".html", ".htm", ".xhtml")
_PAGE_CAP: Final = 4 * 1024 * 1024
_METHODS_CAP: Final = 200
_SITES_CAP: Final = 200
_USES_CAP: Final = 8
_NAME: Final = re.compile(r"[A-Za-z_$][\w$]{0,80}\Z")


class Bridge(msgspec.Struct, frozen=True):
    """An object that pages can call: its name there, its class, the methods, the place where it is given away.

    ``name`` and ``cls`` are None where the code does not settle them; then no methods are known either.
    """

    name: str | None
    cls: str | None
    methods: tuple[str, ...]
    loc: str


def find(code: Code, values: Values, sites: Sequence[Site]) -> list[Bridge]:
    """Return the bridges that an app makes, each object under each of its names once."""
    open_ = _annotated(code)
    found: dict[tuple[str | None, str | None], Bridge] = {}
    for site in [s for s in sites if s.source.name in _GIVEN][:_SITES_CAP]:
        loc = place.insn(code.units[site.call.dex], site.call.unit)
        thing, called = _GIVEN[site.source.name]
        names = [
            v.text if v.kind == "string" and HOLE not in v.text else None for v in values.argument(site.call, called)
        ]
        classes: list[str | None] = [*sorted(values.classes(site.call, thing))]
        for cls in classes or [None]:
            family = (cls, *code.ancestors.get(cls, ())) if cls else ()
            methods = tuple(dict.fromkeys(m for c in family for m in open_.get(c, ())))[:_METHODS_CAP]
            if site.source.name == _LISTENER:
                methods = _POSTS
            for name in sorted(names, key=lambda n: n or ""):
                found.setdefault((name, cls), Bridge(name, cls if methods else None, methods, loc))
    return list(found.values())


def page(code: Code, values: Values, owners: Owners, sites: Sequence[Site], packages: Sequence[Package]) -> str:
    """Return the place where an app loads a page of its own that has a script; '' if it does nowhere.

    A page without a script is a text, for instance an agreement; what a library loads is its own affair.
    """
    for site in [s for s in sites if s.source.name == _LOAD][:_SITES_CAP]:
        if owners.of(site.caller.cls).kind in {"library", "sdk"}:
            continue
        for value in sorted(values.argument(site.call, 1)):
            name = _asset(value.text) if value.kind == "string" else ""
            if name and any(_has_script(package, name) for package in packages):
                return place.insn(code.units[site.call.dex], site.call.unit)
    return ""


def _asset(url: str) -> str:
    """Return the member of the package that an address names; '' if it names none for certain."""
    start = next((s for s in _ASSETS if url.startswith(s)), None)
    name = re.split(r"[?#]", url[len(start) :], maxsplit=1)[0] if start else ""
    return f"assets/{name}" if name.lower().endswith(_PAGES) and HOLE not in name else ""


def _has_script(package: Package, name: str) -> bool:
    if name not in package.archive:
        return False
    try:
        return b"<script" in package.archive.read(name, _PAGE_CAP).lower()
    except ExhibitError:
        return False


def _annotated(code: Code) -> dict[str, list[str]]:
    """Return class to the names of its methods that pages can call."""
    found: dict[str, list[str]] = {}
    for unit in code.units:
        for index in sorted(unit.dex.annotated(ANNOTATION)):
            method = unit.dex.method(index)
            found.setdefault(method.cls, []).append(method.name)
    return found


def marks(bridges: Sequence[Bridge]) -> tuple[bytes, ...]:
    """Return the bytes that stand in a script which calls one of the bridges."""
    names = {b.name for b in bridges if b.name and _NAME.match(b.name) and b.methods}
    return tuple(name.encode() for name in sorted(names))


def uses(bridges: Sequence[Bridge], within: Within, file: TextFile) -> Iterator[tuple[Bridge, str]]:
    """Yield (bridge, place) of the calls of bridges in a script; a few of each."""
    for bridge in bridges:
        if not bridge.name or not bridge.methods or bridge.name.encode() not in file.marks:
            continue
        options = "|".join(re.escape(m) for m in bridge.methods)
        pattern = re.compile(rf"(?<![\w$]){re.escape(bridge.name)}\s*\??\.\s*(?:{options})\s*(?:\?\.)?\(")
        tokens = js.script(file.name, file.text)
        calls = (m for m in pattern.finditer(file.text) if tokens.is_code(m.start()))
        for match in itertools.islice(calls, _USES_CAP):
            yield bridge, place.words(within, file.name, match.start(), match.end())
