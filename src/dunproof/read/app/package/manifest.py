"""What a manifest says: identity, requested permissions, components; each with the byte offset of its attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from dunproof.read.formats.axml import Attribute, Document, Element
from dunproof.read.formats.zip import Flaw

_REFERENCE: Final = 0x01
"""Type of a value that stands in a resource."""
_COMPONENTS: Final = ("activity", "service", "receiver", "provider")
_PERMISSIONS: Final = ("uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m")


class Request(msgspec.Struct, frozen=True):
    """A permission asked for: name, maxSdkVersion (0 = none stated, None = unreadable), offset of its name."""

    name: str
    max_sdk: int | None
    element: str
    offset: int
    within: tuple[str, ...] = ()
    """Path of the package inside the exhibit whose manifest says it."""


class Part(msgspec.Struct, frozen=True):
    """A component: full class name, type, offset of the name's attribute."""

    cls: str
    type: str
    offset: int
    within: tuple[str, ...] = ()
    elsewhere: str = ""
    """Name of the split that holds its class (splitName), where that split is not here."""
    enabled: bool | None = True
    """The system may start it as it is installed; None where a resource says so."""
    aside: bool = False
    """It runs in a process of its own."""

    @property
    def descriptor(self) -> str:
        """The class as a dex writes it."""
        return f"L{self.cls.replace('.', '/')};"


class Manifest(msgspec.Struct, frozen=True):
    """A manifest. ``None`` stands where the manifest gives no readable value."""

    package: str | None
    package_offset: int | None
    version_name: str | None
    version_code: int | None
    min_sdk: int | None
    target_sdk: int | None
    split: str
    """Name of the split; '' for a base package."""
    requests: tuple[Request, ...]
    parts: tuple[Part, ...]
    helpers: tuple[Part, ...]
    """Classes that the system makes beside components: ``factory`` (makes them), ``preload``, ``backup``."""
    unnamed: int
    """Permission elements whose name could not be read."""
    meta: tuple[tuple[str, int], ...] = ()
    """Names of the meta-data under application and components, with the offset of the attribute."""
    label: str | None = None
    """Name that the system shows."""
    needs: tuple[str, ...] = ()
    """Why the package does not run alone: the attributes or meta-data that ask for splits."""
    needs_offset: int = 0
    required_types: tuple[str, ...] = ()
    """Types of split without which the package does not run (requiredSplitTypes)."""
    split_types: tuple[str, ...] = ()
    """Types that a split is of (splitTypes)."""
    within: tuple[str, ...] = ()
    """Path of the package inside the exhibit; empty for a single APK."""
    launchers: tuple[str, ...] = ()
    """Classes of the screens with which the app begins."""
    uses_splits: tuple[str, ...] = ()
    """Names of the splits that this one asks for (uses-split, configForSplit)."""
    splits_resource: int = 0
    """Resource with the names of all splits; 0 if the manifest names none."""
    merged: tuple[str, ...] = ()
    """Modules that a build for old systems merged into this one package."""
    flaws: tuple[Flaw, ...] = ()
    """What the system reads in another way than it looks, with the offset in the manifest."""
    weak: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(reason, kinds of fact) of what may be missing."""

    def inside(self, within: tuple[str, ...]) -> Manifest:
        """Return the same manifest at a path inside the exhibit."""
        put = msgspec.structs.replace
        return put(
            self, within=within,
            requests=tuple(put(r, within=within) for r in self.requests),
            parts=tuple(put(p, within=within) for p in self.parts),
            helpers=tuple(put(p, within=within) for p in self.helpers),
        )  # fmt: skip

    def joined(self, splits: Iterable[Manifest]) -> Manifest:
        """Return the manifest with the permissions and components of splits, each name once."""
        splits = list(splits)
        here = {split.split for split in splits}
        requests = list(self.requests)
        parts = [msgspec.structs.replace(p, elsewhere="") if p.elsewhere in here else p for p in self.parts]
        for split in splits:
            asked, named = {(r.name, r.max_sdk) for r in requests}, {(p.cls, p.type) for p in parts}
            requests += [r for r in split.requests if (r.name, r.max_sdk) not in asked]
            parts += [p for p in split.parts if p.type != "application" and (p.cls, p.type) not in named]
        launchers = dict.fromkeys((*self.launchers, *(name for split in splits for name in split.launchers)))
        return msgspec.structs.replace(
            self, requests=tuple(requests), parts=tuple(parts), launchers=tuple(launchers)
        )  # fmt: skip


Resolve = Callable[[int], str | None]
"""Gives the text of a resource id, None if there is none."""
_LIST_CAP: Final = 64
_BEGINS: Final = frozenset({"android.intent.action.MAIN", "android.intent.category.LAUNCHER"})
_HELPERS: Final = {"appComponentFactory": "factory", "zygotePreloadName": "preload", "backupAgent": "backup"}
"""Attributes of ``application`` that name a class (R.styleable.AndroidManifestApplication)."""
_SPLIT_META: Final = "com.android.vending.splits.required"
_SPLIT_NAMES: Final = "com.android.vending.splits"
_MERGED: Final = "com.android.dynamic.apk.fused.modules"
_FLAWS_CAP: Final = 50
_IDENTITY: Final = ("app", "permission", "component")
_LOSSES: Final = ("axml-string-index", "axml-element", "axml-attribute-count")
"""Flaws of the binary XML behind which an element may have vanished."""


def read(document: Document, resolve: Resolve | None = None) -> Manifest:
    """Return what the elements of a manifest say; a document without a root gives an empty manifest.

    References to resources are resolved where the system does the same: label, version name, names of components.
    """
    root = document.elements[0] if document.elements else None
    elements, flaws, weak = _placed(document)
    package = root.plain("package") if root else None
    name = package.text if package and package.text else None
    split = root.plain("split") if root else None
    sdk = next((e for e in reversed(elements) if e.name == "uses-sdk"), None)
    code = root.get("versionCode") if root else None
    major = root.get("versionCodeMajor") if root else None
    code_n = code.integer if code else None
    if code_n is not None and major and major.integer:
        code_n |= major.integer << 32
    version = root.get("versionName") if root else None
    requests, unnamed = _requests(elements, flaws, resolve)
    if unnamed:
        weak.append(("permission-unnamed", ("permission",)))
    parts = _parts(elements, name or "", resolve, flaws)
    if any(flaw.code == "component-unnamed" for flaw in flaws):
        weak.append(("component-unnamed", ("component",)))
    application = next((e for e in elements if e.name == "application" and e.depth == 1), None)
    label = application.get("label") if application else None
    needs, needs_offset = _needs(elements)
    return Manifest(
        package=name,
        package_offset=package.offset if package else None,
        version_name=_text(version, resolve),
        version_code=code_n,
        min_sdk=_sdk(sdk, "minSdkVersion"),
        target_sdk=_sdk(sdk, "targetSdkVersion"),
        split=(split.text or "") if split else "",
        requests=requests,
        parts=tuple(parts),
        helpers=tuple(_helpers(application, name or "", resolve)),
        unnamed=unnamed,
        meta=tuple(_meta(elements)),
        label=_text(label, resolve),
        needs=needs,
        needs_offset=needs_offset,
        required_types=_list(root, "requiredSplitTypes"),
        split_types=_list(root, "splitTypes"),
        launchers=tuple(dict.fromkeys(_launchers(elements, name or "", resolve))),
        uses_splits=_uses_splits(root, elements),
        splits_resource=_splits_resource(elements),
        merged=_merged(elements),
        flaws=tuple(flaws[:_FLAWS_CAP]),
        weak=tuple(weak),
    )


_Weak = list[tuple[str, tuple[str, ...]]]


def _placed(document: Document) -> tuple[list[Element], list[Flaw], _Weak]:
    """Return the elements that stand where the system reads them, and what stands elsewhere.

    The system reads one root, ``manifest``, of it the children that it knows, and the first ``application``.
    """
    flaws: list[Flaw] = []
    weak: _Weak = [(code, _IDENTITY) for code in _LOSSES if any(f.code == code for f in document.flaws)]
    root = document.elements[0] if document.elements else None
    if root is not None and root.name != "manifest":
        flaws.append(
            Flaw("manifest-root", f"the root is {root.name or 'nameless'}: the system refuses it", root.offset)
        )
        weak.append(("manifest-root", _IDENTITY))
    found: list[Element] = []
    roots = applications = sdks = 0
    for element in document.elements:
        path = element.path
        roots += element.depth == 0
        top = roots == 1 and element.depth == 1 and path == ("manifest",)
        if element.name.strip().lower().startswith("uses-permission"):
            here = top and element.name in _PERMISSIONS
        elif element.name == "uses-sdk":
            here = top
            sdks += top
        elif element.name == "application" and top:
            applications += 1
            here = applications == 1
        elif element.name in _COMPONENTS and "application" in path:
            here = roots == applications == 1 and path == ("manifest", "application")
        else:
            found += [element] if roots <= 1 and not (applications > 1 and "application" in path) else []
            continue
        if here:
            found.append(element)
            continue
        name = element.get("name")
        words = " ".join(part for part in (element.name, name.text if name else "") if part)
        where = "/".join(path) if path else "no element"
        flaws.append(Flaw("manifest-misplaced", f"{words} stands in {where}", element.offset))
        if element.name in _PERMISSIONS and roots == 1 and not (applications == 1 and "application" in path):
            # From Android 11 on the system goes into some elements that it passes over, as a second application.
            weak.append(("manifest-misplaced", ("permission",)))
    if sdks > 1:
        offset = next(e.offset for e in found if e.name == "uses-sdk")
        flaws.append(Flaw("manifest-twice", f"{sdks} uses-sdk elements, of which the last counts", offset))
        weak.append(("manifest-twice", ("app",)))
    return found, flaws, weak


def _uses_splits(root: Element | None, elements: list[Element]) -> tuple[str, ...]:
    """Return the names of the splits that a package asks for."""
    of_split = root.plain("configForSplit") if root else None
    names = [of_split.text if of_split else None]
    for element in elements:
        if element.name == "uses-split" and element.depth == 1:
            name = element.get("name")
            names.append(name.text if name else None)
    return tuple(dict.fromkeys(name for name in names if name))[:_LIST_CAP]


def _splits_resource(elements: list[Element]) -> int:
    for element in elements:
        name = element.get("name") if element.name == "meta-data" else None
        if name is not None and name.text == _SPLIT_NAMES:
            given = element.get("resource") or element.get("value")
            return given.data if given is not None and given.type == 0x01 else 0
    return 0


def _merged(elements: list[Element]) -> tuple[str, ...]:
    for element in elements:
        name, value = (element.get(n) if element.name == "meta-data" else None for n in ("name", "value"))
        if name is not None and name.text == _MERGED and value is not None:
            return tuple(part.strip() for part in (value.text or "").split(",") if part.strip())[:_LIST_CAP]
    return ()


def _text(attribute: Attribute | None, resolve: Resolve | None) -> str | None:
    """Return the text of an attribute, through a reference where there is one."""
    if attribute is None:
        return None
    if attribute.text is None and attribute.type == _REFERENCE and resolve is not None:
        return resolve(attribute.data)
    return attribute.text


def _list(root: Element | None, name: str) -> tuple[str, ...]:
    attribute = root.get(name) if root else None
    text = attribute.text if attribute else None
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())[:_LIST_CAP]


def _needs(elements: list[Element]) -> tuple[tuple[str, ...], int]:
    """Return what says that splits are needed, and where the first of it stands."""
    found: list[str] = []
    offset = 0
    for element in elements:
        hits: list[tuple[str, Attribute]] = []
        if element.name in {"manifest", "application"}:
            asked = element.get("isSplitRequired")
            hits += [("isSplitRequired", asked)] if asked is not None and asked.flag else []
        elif element.name == "meta-data":
            name, value = element.get("name"), element.get("value")
            if name is not None and name.text == _SPLIT_META and value is not None and value.flag:
                hits.append((_SPLIT_META, name))
        for what, attribute in hits:
            offset = offset or attribute.offset
            found.append(what)
    return tuple(dict.fromkeys(found)), offset


def _sdk(element: Element | None, name: str) -> int | None:
    attribute = element.get(name) if element else None
    return attribute.integer if attribute else None


def _requests(elements: list[Element], flaws: list[Flaw], resolve: Resolve | None) -> tuple[tuple[Request, ...], int]:
    found, unnamed = [], 0
    for element in elements:
        if element.name not in _PERMISSIONS:
            continue
        name = element.get("name")
        if name is None or not name.text:
            unnamed += 1
            # The system takes no reference for a name; others may.
            other = _text(name, resolve)
            said = f", by reference {other}" if other else ", by reference" if name and name.type == 0x01 else ""
            flaws.append(Flaw("permission-unnamed", f"{element.name} gives no name{said}", element.offset))
            continue
        limit = element.get("maxSdkVersion")
        max_sdk: int | None = 0
        if limit is not None:
            # The system takes integers alone, and knows no system before 1.
            max_sdk = limit.integer if limit.text is None else None
            if max_sdk is None or max_sdk < 0:
                max_sdk = None
                detail = f"{name.text} has the limit {limit.printed[:80]}"
                flaws.append(Flaw("permission-limit", detail, limit.offset))
        found.append(Request(name.text, max_sdk, element.name, name.offset))
    return tuple(found), unnamed


def _parts(elements: list[Element], package: str, resolve: Resolve | None, flaws: list[Flaw]) -> list[Part]:
    found = []
    main = ""
    for element in elements:
        name = element.get("name")
        process = _text(element.get("process"), resolve) or ""
        if element.name == "application" and element.depth == 1:
            main = process
        text = _text(name, resolve)
        if name is None or not text:
            if element.name in _COMPONENTS:
                flaws.append(Flaw("component-unnamed", f"{element.name} gives no readable name", element.offset))
            continue
        if element.name in _COMPONENTS and element.path == ("manifest", "application"):
            of_split = element.get("splitName")
            elsewhere = of_split.text if of_split is not None and of_split.text else ""
            enabled = element.get("enabled")
            found.append(Part(
                class_name(text, package), element.name, name.offset, elsewhere=elsewhere,
                enabled=True if enabled is None else None if enabled.type == _REFERENCE else enabled.flag,
                aside=process not in {"", main},
            ))  # fmt: skip
        elif element.name == "application" and element.depth == 1:
            found.append(Part(class_name(text, package), "application", name.offset))
    return found


def _helpers(application: Element | None, package: str, resolve: Resolve | None) -> Iterator[Part]:
    for attribute, kind in _HELPERS.items():
        given = application.get(attribute) if application else None
        text = _text(given, resolve)
        if given is not None and text:
            yield Part(class_name(text, package), kind, given.offset)


def _launchers(elements: list[Element], package: str, resolve: Resolve | None) -> list[str]:
    """Return the classes of the activities that say MAIN and LAUNCHER in one filter."""
    found: list[str] = []
    screen: Element | None = None  # that the system may show
    said: set[str] = set()
    for element in elements:
        if element.name in {"activity", "activity-alias"} and element.path[-1:] == ("application",):
            enabled = element.get("enabled")
            off = enabled is not None and enabled.type != _REFERENCE and not enabled.flag
            screen = None if off else element
        elif element.name == "intent-filter":
            said = set()
        elif element.name in {"action", "category"} and element.path[-1:] == ("intent-filter",):
            said.add(_text(element.get("name"), resolve) or "")
            if screen is not None and screen.name in element.path and said >= _BEGINS:
                text = _text(screen.get("targetActivity") or screen.get("name"), resolve)
                found += [class_name(text, package)] if text else []
    return found


def _meta(elements: list[Element]) -> list[tuple[str, int]]:
    named = (e.get("name") for e in elements if e.name == "meta-data" and "application" in e.path)
    return [(name.text, name.offset) for name in named if name is not None and name.text]


def class_name(text: str, package: str) -> str:
    """Return the full class name: ``.Main`` and ``Main`` count from the package."""
    if text.startswith("."):
        return package + text
    return text if "." in text or not package else f"{package}.{text}"
