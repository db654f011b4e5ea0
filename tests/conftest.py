"""Fixtures that all tests may use."""

from __future__ import annotations

import os
import runpy
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A background job of a shell, or one under nohup, starts with these ignored, and every child inherits it.
for _name, _default in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    _number = getattr(signal, _name, None)  # Windows has no SIGHUP
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _default)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the shared material (corpora, law, notes); skips where it is absent."""
    folder = Path(os.environ.get("DUNPROOF_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"shared corpora are absent ({folder.name}); set DUNPROOF_SHARED to their folder")
    return folder


@pytest.fixture(scope="session")
def corpora(shared: Path) -> Path:
    """Folder of the corpora; a missing file inside is a failure, not a skip."""
    return shared / "corpora"


@pytest.fixture(scope="session")
def pdf() -> Callable[..., bytes]:
    """The maker of PDF files in pdf_files.py: one list of lines a page in, bytes out."""
    make: Callable[..., bytes] = runpy.run_path(str(Path(__file__).with_name("pdf_files.py")))["pdf"]
    return make
