"""Packs manifest, code and assets into a zip whose bytes depend on nothing but their content.

Usage: pack.py MANIFEST.apk CLASSES.dex ASSETS OUT.apk. Members stand in a fixed order, uncompressed (the bytes of a
deflate stream depend on the version of zlib) and with one fixed time.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

TIME = (2026, 1, 1, 0, 0, 0)


def pack(compiled: Path, dex: Path, assets: Path, out: Path) -> None:
    """Write the unsigned app."""
    members: dict[str, bytes] = {}
    with zipfile.ZipFile(compiled) as source:
        for name in ("AndroidManifest.xml", "resources.arsc"):
            if name in source.namelist():
                members[name] = source.read(name)
    members["classes.dex"] = dex.read_bytes()
    for file in sorted(p for p in assets.rglob("*") if p.is_file()):
        members["assets/" + file.relative_to(assets).as_posix()] = file.read_bytes()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, TIME)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            target.writestr(info, data)


if __name__ == "__main__":
    pack(*(Path(word) for word in sys.argv[1:5]))
