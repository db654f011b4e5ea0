"""Values and options that several commands share."""

from __future__ import annotations

import locale
import os
from collections.abc import Callable
from typing import Any

import click

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
LENDER_TYPES = (
    "bank", "consumer_finance", "microloan", "platform", "collector", "payment", "guarantee", "unlicensed",
    "nbfc", "lsp",
)  # fmt: skip
"""As in law/structs.py, which --help must not import; a test holds them together."""
STORES = ("google_play", "elsewhere")
"""As in law/structs.py."""
PACKS = ("cn", "google-play-loans", "in")
"""As in packs/, which --help must not read; a test holds them together."""
DEFAULT_PACK = "cn"
HOLDER_ROLES = ("debtor", "guarantor", "spouse", "emergency_contact", "frequent_contact", "contact", "stranger")
"""As in the role column of facts/kinds.py."""

_TRADITIONAL = ("zh_tw", "zh_hk", "zh_mo", "zh_hant")


def language() -> str:
    """Return the language of reports that the locale asks for; English where it asks for none of the three."""
    name = next((os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), None)
    name = (name or locale.getlocale()[0] or "").casefold().replace("-", "_")
    if not name.startswith(("zh", "chinese")):
        return "en"
    return "zh-Hant" if name.startswith(_TRADITIONAL) or "traditional" in name else "zh-Hans"


def case_language_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--lang`` to a command about a case, whose case.toml may name one."""
    return click.option(
        "--lang", type=click.Choice(LANGUAGES), help="Language of the report.  [default: case.toml, else the locale]"
    )(function)


def language_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--lang``."""
    return click.option(
        "--lang", type=click.Choice(LANGUAGES), default=language, show_default="that of the locale", help="Language."
    )(function)


def packs_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--pack`` to a command that judges."""
    return click.option(
        "--pack",
        "packs",
        multiple=True,
        default=(DEFAULT_PACK,),
        show_default=True,
        help=f"Rule pack: {', '.join(PACKS)}, or the folder of your own. May be given more than once.",
    )(function)
