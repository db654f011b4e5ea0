"""``dunproof doctor``: what is there, what is missing, and the command that installs it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import NamedTuple

import click

from dunproof import __version__
from dunproof.cli.choices import DEFAULT_PACK, PACKS
from dunproof.cli.terminal import terminal
from dunproof.errors import DunproofError, UseError

_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)([^;]*)(?:;(.*))?\Z")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
_PLATFORM = re.compile(r"""(?:platform_system|sys_platform)\s*==\s*['"](\w+)['"]""")
_HERE = {"linux": {"linux"}, "darwin": {"darwin"}, "win32": {"win32", "windows"}}


class Requirement(NamedTuple):
    """A distribution that dunproof asks for."""

    name: str
    extra: str
    """'' for what is always needed."""


class Line(NamedTuple):
    """One line of the examination."""

    what: str
    found: str
    ok: bool = True
    needed: bool = True
    remedy: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Say what is missing on this machine and the command that installs it. Looks only; nothing is changed."""
    out, lines = terminal(ctx), list(examine())
    if as_json:
        from dunproof import wire

        for line in lines:
            out.data(wire.line(line._asdict()))
    else:
        for line in lines:
            state = "ok" if line.ok else "missing" if line.needed else "not installed"
            out.result(f"{state:<14}{line.what:<34}{line.found}".rstrip())
            if not line.ok:
                out.result(f"{'':<14}→ {line.remedy}")
    missing = [line.what for line in lines if line.needed and not line.ok]
    if missing:
        raise UseError(f"missing: {', '.join(missing)}", hint="run the commands above, then dunproof doctor again")


def examine() -> Iterator[Line]:
    """Yield a line for the interpreter, each distribution, the data inside the package, and each extra."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Line("Python 3.11 or newer", version, ok=sys.version_info >= (3, 11), remedy="install a newer Python")
    for wanted in requirements():
        yield _distribution(wanted)
    yield _data("clause register", "law")
    for name in PACKS:
        yield _data(f"rule pack {name}", name)


def requirements() -> list[Requirement]:
    """Return what the installed package asks for on this system, from its own metadata; UseError without any."""
    try:
        listed = metadata.requires("dunproof") or []
    except metadata.PackageNotFoundError:
        raise UseError(
            "dunproof is not installed, only present as files", hint="pip install -e . in its folder"
        ) from None
    out = []
    for text in listed:
        match = _REQUIREMENT.match(text)
        if match is None:
            continue
        name, marker = match[1], match[3] or ""
        system = _PLATFORM.search(marker)
        if system is not None and system[1].lower() not in _HERE.get(sys.platform, {sys.platform}):
            continue
        extra = _EXTRA.search(marker)
        out.append(Requirement(name, extra[1] if extra is not None else ""))
    return out


def _distribution(wanted: Requirement) -> Line:
    what = f"{wanted.name} [{wanted.extra}]" if wanted.extra else wanted.name
    remedy = f"pip install 'dunproof[{wanted.extra}]'" if wanted.extra else f"pip install {wanted.name}"
    try:
        return Line(what, metadata.version(wanted.name), needed=not wanted.extra)
    except metadata.PackageNotFoundError:
        return Line(what, "", ok=False, needed=not wanted.extra, remedy=remedy)


def _data(what: str, which: str) -> Line:
    """Load a part of the package's data as a run would."""
    try:
        if which == "law":
            from dunproof.law.register import load

            found = f"{__version__}, as of {load().as_of}, {len(load().clauses)} clauses"
        else:
            from dunproof.judge.pack import load_pack

            pack = load_pack(which)
            found = f"as of {pack.as_of}, {len(pack.rules)} rules" + (
                "" if which == DEFAULT_PACK else ", off by default"
            )
    except DunproofError as error:
        return Line(what, error.message, ok=False, remedy=error.hint or "pip install --force-reinstall dunproof")
    except ImportError as error:
        return Line(what, f"cannot load: {error.name}", ok=False, remedy=f"pip install {error.name}")
    return Line(what, found)
