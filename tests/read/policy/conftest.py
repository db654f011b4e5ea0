"""Reads made agreements. All companies in them are invented."""

from __future__ import annotations

import hashlib

import pytest

from dunproof.read.policy.reader import read
from dunproof.read.source import Source


@pytest.fixture
def facts_of(tmp_path):
    """Return a function: bytes or text → list of facts, through a file as the runner would hand it in."""

    def run(data, format_="html", encoding="utf-8"):
        raw = data if isinstance(data, bytes) else data.encode(encoding)
        path = tmp_path / hashlib.sha256(raw).hexdigest()[:12]
        path.write_bytes(raw)
        source = Source(
            exhibit="0123456789abcdef",
            name=path.name,
            format=format_,
            encoding=encoding,
            path=path,
            size_bytes=len(raw),
        )
        return list(read(source))

    return run
