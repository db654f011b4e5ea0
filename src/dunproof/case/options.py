"""What a run was asked for, and what its outcome is."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import msgspec

from dunproof.case.limits import Limits

DEFAULT_ZONE: Final = "Asia/Shanghai"


class Progress(Protocol):
    """Hears how far a run has come. ``name`` is what is being done; ``total`` may grow while archives are opened."""

    def __call__(self, stage: str, done: int, total: int, name: str, /) -> None:
        """Take note of one step: stage is read, link, judge, quote or report."""
        ...


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the flags say; None and '' mean that nothing was said, and case.toml speaks."""

    lang: str | None = None
    zone: str | None = None
    as_of: str | None = None
    lender: str = ""
    lender_type: str | None = None
    store: str | None = None
    holder_role: str | None = None
    sdk_catalogue: Path | None = None
    out: Path | None = None
    packs: tuple[str, ...] = ("cn",)
    limits: Limits = Limits()
    cache: bool = True
    overwrite: bool = False
    show_numbers: bool = False
    command: tuple[str, ...] = ()
