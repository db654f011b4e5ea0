"""The intake queue: files and folders as handed in, in a fixed order, each file once.

Folders are walked without following links out of them. What is inside archives comes later, from their reader.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from dunproof.case.config import CASE_FILE, DECISIONS_FILE, CaseConfig, load_case
from dunproof.errors import UseError
from dunproof.read.formats.archive import is_junk

OUT_FOLDER: Final = "out"
EXHIBITS_FOLDER: Final = "exhibits"
WORK_FOLDER: Final = ".dunproof"
_OWN_FOLDERS: Final = frozenset({WORK_FOLDER, ".git", "__MACOSX"})
_PIECE: Final = 1024 * 1024


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A file on the way in: where its bytes are, what it is called, where it came from."""

    path: Path
    name: str
    """As handed in: relative to the folder given, or the bare file name."""
    parent: str = ""
    trail: tuple[str, ...] = ()
    """Names from the outermost file to this one."""
    depth: int = 0
    refused: str = ""
    """Problem code where it cannot be taken in at all."""
    detail: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What was handed in: the items in order, the config, and the case folder if there is one."""

    items: list[Item]
    config: CaseConfig
    folder: Path | None = None


def take_in(paths: Sequence[str | Path]) -> Case:
    """Return the case for files and folders; a single folder with a case.toml is a case folder.

    Errors: UseError for a path that does not exist, for a case folder mixed with other paths, for a wrong case.toml.
    """
    given = [Path(p) for p in paths]
    if not given:
        raise UseError("nothing to look at", hint="name a file, a folder or a case folder")
    for path in given:
        if not path.exists():
            raise UseError(f"no such file or folder: {path}", hint=near_path(path))
        if path.is_dir() and _is_result(path):
            raise UseError(f"{path} is the result of an earlier run", hint="name the files that it was made from")
    homes = [p for p in given if p.is_dir() and (p / CASE_FILE).is_file()]
    if homes and len(given) > 1:
        raise UseError(f"{homes[0]} is a case folder", hint="investigate it alone; put further files into exhibits/")
    if homes:
        home = homes[0]
        root = home / EXHIBITS_FOLDER
        config = load_case(home)
        said = {CASE_FILE, DECISIONS_FILE, config.sdk_catalogue}
        items = list(_walk(root if root.is_dir() else home, home=home, said=said))
        return Case(items=items, config=config, folder=home)
    out: list[Item] = []
    for path in given:
        out.extend(_walk(path) if path.is_dir() else [_item(path, _printable(path.name))])
    return Case(items=out, config=CaseConfig())


def near_names(path: Path) -> list[str]:
    """Return the names beside a path that is not there that are close to its own."""
    import difflib

    folder = path.parent
    names = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    return difflib.get_close_matches(path.name, names, n=3)


def near_path(path: Path) -> str:
    """Return a hint for a path that is not there: the names beside it that are close, if any."""
    close = near_names(path)
    return f"did you mean {', '.join(close)}?" if close else "check the path; quote it if it holds spaces"


def _printable(name: str) -> str:
    """Return a file name that can be written as UTF-8; bytes that are no text become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def _item(path: Path, name: str) -> Item:
    code = detail = ""
    if not path.is_file():
        code, detail = "not-a-file", "neither file nor folder (device, pipe or socket)"
    elif not os.access(path, os.R_OK):
        code, detail = "file-not-readable", "the system does not let us read it"
    return Item(path=path, name=name, trail=(name,), refused=code, detail=detail)


def _walk(root: Path, *, home: Path | None = None, said: Collection[str] = ()) -> Iterator[Item]:
    """Yield the files below a folder by name. Links are not followed; those that lead out are named.

    ``said`` are files in ``home`` that speak of the case and are no exhibits.
    """
    base = root.resolve()
    stack = [root]
    while stack:
        folder = stack.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda e: os.fsencode(e.name))
        except OSError as error:
            name = _printable(folder.relative_to(root).as_posix())
            yield Item(path=folder, name=name, trail=(name,), refused="folder-not-readable", detail=str(error.strerror))
            continue
        folders: list[Path] = []
        for entry in entries:
            path = Path(entry.path)
            name = _printable(path.relative_to(root).as_posix())
            if entry.is_symlink():
                if not path.resolve().is_relative_to(base):
                    yield Item(
                        path=path,
                        name=name,
                        trail=(name,),
                        refused="link-not-followed",
                        detail="it leads out of the folder",
                    )
            elif entry.is_dir(follow_symlinks=False):
                if (
                    entry.name not in _OWN_FOLDERS
                    and not _is_result(path)
                    and not (folder == home and entry.name == OUT_FOLDER)
                ):
                    folders.append(path)
            elif not is_junk(name) and not (folder == home and entry.name in said):
                yield _item(path, name)
        stack.extend(reversed(folders))


def _is_result(folder: Path) -> bool:
    """Return whether a folder holds the result of an earlier run."""
    from dunproof.case.output import is_ours

    return is_ours(folder)


def digest(path: Path) -> tuple[str, int]:
    """Return (SHA-256 in hex, size) of a file, read in pieces."""
    sha = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            sha.update(piece)
            size += len(piece)
    return sha.hexdigest(), size


def refused_id(name: str) -> str:
    """Return an exhibit id for a file whose bytes cannot be had: from its name, so that it stays the same."""
    return hashlib.sha256(b"dunproof: not readable\x00" + name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
