"""Packs: folders of rules and views as data (``pack.toml``, ``rules/**.yaml``, ``views/*.yaml``).

``packs/views`` beside them holds the views of every run: what an app asks for and reads is no question of which law is
asked (docs/adr/0012).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from dunproof.errors import PackError, UseError
from dunproof.facts.casefile import LANGUAGES, Text3
from dunproof.judge import yamltree
from dunproof.judge.hints import near
from dunproof.judge.rule import Rule, load

PACKS = Path(__file__).resolve().parent.parent / "packs"


class PackFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of pack.toml."""

    name: str
    title: Text3
    as_of: str


class View(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named query that fills a table of case.json. Plain SQL, run read-only over the facts."""

    id: str
    title: Text3
    columns: dict[str, Text3]
    sql: str
    limit: int = 500


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded pack."""

    name: str
    title: Text3
    as_of: str
    sha256: str
    rules: list[Rule]
    views: list[View]


def installed() -> list[str]:
    """Return the names of the packs that come with dunproof."""
    return sorted(p.parent.name for p in PACKS.glob("*/pack.toml"))


def folder(name_or_dir: str | Path) -> Path:
    """Return the folder of a pack by its name or path; UseError names those there are."""
    path = Path(name_or_dir)
    if (path / "pack.toml").is_file():
        return path
    if str(name_or_dir) in installed():
        return PACKS / str(name_or_dir)
    raise UseError(f"no rule pack {str(name_or_dir)!r}", hint=near(str(name_or_dir), installed()))


def load_pack(name_or_dir: str | Path = "cn", *, clauses: set[str] | None = None) -> Pack:
    """Return a pack with every rule loaded and checked against the register.

    Errors: PackError with file:line for the first thing that is wrong; UseError for a name that is no pack.
    """
    if clauses is None:
        from dunproof.law.register import load as load_register

        clauses = {c.id for c in load_register().clauses}
    root = folder(name_or_dir)
    return _load(root, frozenset(clauses), _stamp(root))


def load_packs(names: Sequence[str | Path]) -> list[Pack]:
    """Return several packs, each once, in the order named.

    Errors: as of ``load_pack``; PackError where a pack has the name, a rule or a view of another.
    """
    roots = dict.fromkeys(folder(name).resolve() for name in names)
    packs = [load_pack(root) for root in roots]
    taken: dict[tuple[str, str], str] = {("view", v.id): "packs/views" for v in load_views()}
    for root, pack in zip(roots, packs, strict=True):
        for what, name in (
            ("pack", pack.name),
            *(("rule", r.id) for r in pack.rules),
            *(("view", v.id) for v in pack.views),
        ):
            if (what, name) in taken:
                raise PackError(
                    f"{root.name}/pack.toml",
                    1,
                    f"the {what} {name!r} stands in {taken[what, name]} too",
                    hint="give one of them another name, or take one --pack away",
                )
            taken[what, name] = root.name
    return packs


def load_views() -> list[View]:
    """Return the views of every run. Errors: PackError with file:line for the first thing that is wrong."""
    return _views(PACKS)


def _views(root: Path) -> list[View]:
    return [_view(path, _shown(path, root)) for path in sorted(root.glob("views/*.yaml"))]


def _stamp(root: Path) -> str:
    digest = hashlib.sha256()
    for path in _files(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(root: Path) -> list[Path]:
    return [root / "pack.toml", *sorted(root.glob("rules/**/*.yaml")), *sorted(root.glob("views/*.yaml"))]


@lru_cache(maxsize=4)
def _load(root: Path, clauses: frozenset[str], sha256: str) -> Pack:
    head = root / "pack.toml"
    try:
        info = msgspec.convert(tomllib.loads(head.read_text("utf-8")), PackFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackError(str(head), 1, str(error), hint="name, title (three languages), as_of") from None
    rules: dict[str, Rule] = {}
    for path in sorted(root.glob("rules/**/*.yaml")):
        shown = _shown(path, root)
        rule = load(_text(path, shown), file=shown, pack=info.name, clauses=set(clauses))
        if rule.id != path.stem:
            raise PackError(
                shown,
                rule.line("id"),
                f"id {rule.id!r} in a file of another name",
                hint=f"call the file {rule.id}.yaml",
            )
        if rule.id in rules:
            raise PackError(
                shown, rule.line("id"), f"rule {rule.id!r} stands twice", hint=f"the other is {rules[rule.id].file}"
            )
        rules[rule.id] = rule
    return Pack(
        name=info.name,
        title=info.title,
        as_of=info.as_of,
        sha256=sha256,
        rules=[rules[k] for k in sorted(rules)],
        views=_views(root),
    )


def _shown(path: Path, root: Path) -> str:
    """Name a pack's file from the pack's own folder on."""
    return f"{root.name}/{path.relative_to(root).as_posix()}"


def _text(path: Path, shown: str) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise PackError(shown, 1, "not UTF-8", hint="save the file as UTF-8") from None


def _view(path: Path, shown: str) -> View:
    raw, marks = yamltree.load(_text(path, shown), shown)
    try:
        view = msgspec.convert(raw, View, strict=True)
    except msgspec.ValidationError as error:
        raise PackError(shown, 1, str(error), hint="keys: id, title, columns, sql, limit") from None
    for key, text in (("title", view.title), *(("columns", t) for t in view.columns.values())):
        if set(text) != set(LANGUAGES):
            raise PackError(
                shown, yamltree.nearest(marks, (key,)).line, f"{key} wants three languages", hint="zh-Hans, zh-Hant, en"
            )
    if view.id != path.stem:
        raise PackError(
            shown,
            yamltree.nearest(marks, ("id",)).line,
            f"id {view.id!r} in a file of another name",
            hint=f"call it {view.id}.yaml",
        )
    return view
