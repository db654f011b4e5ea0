"""What the tests of the command line share."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from dunproof.cli.main import run


class Ran(NamedTuple):
    """How one command line ended."""

    code: int
    out: str
    err: str


class _Stream(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined]


@pytest.fixture
def dunproof(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Return a function that runs a command line in this process, with English as its locale."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def call(*args: object) -> Ran:
        out, err = _Stream(), _Stream()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", out)
            patched.setattr(sys, "stderr", err)
            code = run([str(a) for a in args])
            return Ran(int(code), out.text(), err.text())

    return call
