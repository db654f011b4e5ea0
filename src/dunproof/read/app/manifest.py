"""What a manifest says: identity, requested permissions, components; each with the byte offset of its attribute."""

from __future__ import annotations

from typing import Final

import msgspec

from dunproof.read.formats.axml import Attribute, Document, Element

_COMPONENTS: Final = ("activity", "service", "receiver", "provider")
_PERMISSIONS: Final = ("uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m")


class Request(msgspec.Struct, frozen=True):
    """A permission asked for: name, maxSdkVersion (0 = none stated), offset of the name's attribute."""

    name: str
    max_sdk: int
    element: str
    offset: int


class Part(msgspec.Struct, frozen=True):
    """A component: full class name, type, offset of the name's attribute."""

    cls: str
    type: str
    offset: int

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
    unnamed: int
    """Permission elements whose name could not be read."""


def read(document: Document) -> Manifest:
    """Return what the elements of a manifest say; a document without a root gives an empty manifest."""
    root = document.elements[0] if document.elements else None
    package = root.plain("package") if root else None
    name = package.text if package and package.text else None
    split = root.plain("split") if root else None
    sdk = next((e for e in document.elements if e.name == "uses-sdk"), None)
    code = root.get("versionCode") if root else None
    major = root.get("versionCodeMajor") if root else None
    code_n = code.integer if code else None
    if code_n is not None and major and major.integer:
        code_n |= major.integer << 32
    version = root.get("versionName") if root else None
    requests, unnamed = _requests(document.elements)
    return Manifest(
        package=name,
        package_offset=package.offset if package else None,
        version_name=version.text if version else None,
        version_code=code_n,
        min_sdk=_sdk(sdk, "minSdkVersion"),
        target_sdk=_sdk(sdk, "targetSdkVersion"),
        split=(split.text or "") if split else "",
        requests=requests,
        parts=tuple(_parts(document.elements, name or "")),
        unnamed=unnamed,
    )


def _sdk(element: Element | None, name: str) -> int | None:
    attribute = element.get(name) if element else None
    return attribute.integer if attribute else None


def _requests(elements: list[Element]) -> tuple[tuple[Request, ...], int]:
    found, unnamed = [], 0
    for element in elements:
        if element.name not in _PERMISSIONS:
            continue
        name = element.get("name")
        if name is None or not name.text:
            unnamed += 1
            continue
        limit = element.get("maxSdkVersion")
        max_sdk = limit.integer if limit else 0
        found.append(Request(name.text, max_sdk or 0, element.name, name.offset))
    return tuple(found), unnamed


def _parts(elements: list[Element], package: str) -> list[Part]:
    found = []
    for element in elements:
        name = element.get("name")
        if name is None or not name.text:
            continue
        if element.name in _COMPONENTS and "application" in element.path:
            found.append(Part(class_name(name, package), element.name, name.offset))
        elif element.name == "application" and element.depth == 1:
            found.append(Part(class_name(name, package), "application", name.offset))
    return found


def class_name(name: Attribute, package: str) -> str:
    """Return the full class name: ``.Main`` and ``Main`` count from the package."""
    text = name.text or ""
    if text.startswith("."):
        return package + text
    return text if "." in text or not package else f"{package}.{text}"
