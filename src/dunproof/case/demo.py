"""The demonstration case: an invented lender, its app, its agreements and four phones.

The case stands in ``examples/synthetic-fenqi`` of the source tree and travels in the wheel as ``dunproof/_demo``.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import dunproof
from dunproof.case.config import CASE_FILE, load_case
from dunproof.case.intake import EXHIBITS_FOLDER
from dunproof.errors import UseError

TRUTH_FILE: Final = "truth.toml"
"""What must be found in the case, beside case.toml."""

_IN_WHEEL: Final = "_demo"
_IN_SOURCES: Final = Path("examples", "synthetic-fenqi")


def folder() -> Path:
    """Return the folder of the demonstration case: case.toml, truth.toml and exhibits/. It may be read-only.

    Errors: UseError where neither the installed data nor the source tree holds it.
    """
    package = Path(dunproof.__file__).resolve().parent
    for place in (package / _IN_WHEEL, package.parent.parent / _IN_SOURCES):
        if (place / CASE_FILE).is_file():
            return place
    raise UseError("the demonstration case is not installed", hint="reinstall: pip install --force-reinstall dunproof")


def lay_out(target: Path) -> Path:
    """Return ``target`` after copying case.toml, its list of SDKs and the exhibits into it, to be written to.

    Errors: UseError where ``target`` exists and holds anything.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UseError(f"{target} is not empty", hint="name a new folder")
    source = folder()
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (CASE_FILE, load_case(source).sdk_catalogue):
        if name:
            shutil.copyfile(source / name, target / name)
    shutil.copytree(source / EXHIBITS_FOLDER, target / EXHIBITS_FOLDER, copy_function=shutil.copyfile)
    return target
