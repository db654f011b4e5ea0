"""What was said for the whole case and what link needs of it."""

from __future__ import annotations

import msgspec


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a case: everything but the zone may be left out."""

    zone: str = "Asia/Shanghai"
    zone_declared: bool = False
    lender: str | None = None
    """Name of the lender whose collection the case is about."""
    lender_type: str | None = None
    holder_role: str | None = None
    """Role of the holder, for holders of whom nothing else was declared."""
