"""``dunproof rules``: list, show, check and begin rules."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from dunproof.cli.choices import DEFAULT_PACK, PACKS, language_option
from dunproof.cli.terminal import terminal
from dunproof.errors import UseError

if TYPE_CHECKING:
    from dunproof.judge.pack import Pack
    from dunproof.judge.rule import Rule

packs_option = click.option(
    "--pack",
    "packs",
    multiple=True,
    help=f"Rule pack: {', '.join(PACKS)}, or the folder of your own. May be given more than once.  [default: all]",
)


@click.group(short_help="List, show, check and begin rules.")
def rules() -> None:
    """List, show, check and begin rules. A rule is one YAML file: its question, query, law, examples and limits."""


@rules.command("list")
@packs_option
@language_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a rule.")
@click.pass_context
def list_(ctx: click.Context, packs: tuple[str, ...], lang: str, as_json: bool) -> None:
    """List the rules of the packs."""
    from dunproof import wire

    out, loaded = terminal(ctx), _packs(packs)
    listed = [rule for pack in loaded for rule in pack.rules]
    if as_json:
        for rule in listed:
            spec = rule.spec
            out.data(
                wire.line(
                    {
                        "id": rule.id,
                        "pack": rule.pack,
                        "status": spec.status,
                        "revision": spec.revision,
                        "per": spec.per,
                        "title": spec.title,
                        "clauses": spec.clauses,
                        "needs": list(rule.needs),
                        "file": rule.file,
                    }
                )
            )
        return
    rows = [(r.id, r.spec.status, r.spec.per, r.spec.title[lang], " ".join(r.spec.clauses)) for r in listed]
    out.table(("rule", "status", "per", "title", "clauses"), rows)
    for pack in loaded:
        off = "" if pack.name == DEFAULT_PACK or pack.name not in PACKS else f"; off unless --pack {pack.name} is given"
        out.note(f"{len(pack.rules)} rules in pack {pack.name}: {pack.title[lang]}, as of {pack.as_of}{off}")


@rules.command()
@click.argument("name", metavar="RULE")
@packs_option
@language_option
@click.pass_context
def show(ctx: click.Context, name: str, packs: tuple[str, ...], lang: str) -> None:
    """Show one rule. Its question, law, queries, and what it does not show."""
    from dunproof.cli.rulepage import page

    terminal(ctx).result(page(_one(_packs(packs), name), lang).rstrip())


@rules.command()
@click.argument("names", metavar="[RULE]…", nargs=-1)
@packs_option
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], packs: tuple[str, ...]) -> None:
    """Run the rules' own examples. Every mutant of a query must be noticed by one of them."""
    from dunproof.judge import selftest

    out, loaded = terminal(ctx), _packs(packs)
    chosen = [_one(loaded, name) for name in names] or [rule for pack in loaded for rule in pack.rules]
    progress, done = out.progress(), 0

    def step(rule: str) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress("check", done, len(chosen), rule)

    reports = selftest.check(chosen, step)
    failed = [r for r in reports if not r.passed]
    for report in failed:
        for line in (*report.wrong, *report.survivors):
            out.result(line)
    out.result(
        f"{len(reports)} rules, {sum(r.examples for r in reports)} examples, "
        f"{sum(r.mutants for r in reports)} mutants, "
        f"{sum(len(r.wrong) for r in reports)} wrong, {sum(len(r.survivors) for r in reports)} survivors"
    )
    if failed:
        raise UseError(
            f"{len(failed)} of {len(reports)} rules do not pass: {', '.join(r.rule for r in failed[:5])}",
            hint="each line above names a file, a line and what no example notices; docs/add-a-rule.md says more",
        )


@rules.command()
@click.argument("name", metavar="ID")
@click.option(
    "--per", type=click.Choice(["app", "document", "person"]), required=True, help="What one verdict is about."
)
@click.option("--folder", default="", help="Folder below rules/ (default: none).")
@click.option("--pack", default=DEFAULT_PACK, show_default=True, help="Name or folder of the rule pack.")
@click.pass_context
def new(ctx: click.Context, name: str, per: str, folder: str, pack: str) -> None:
    """Begin a rule. Writes a draft with every key and the line that says what belongs there."""
    from dunproof import wire
    from dunproof.cli.ruledraft import draft
    from dunproof.judge.pack import folder as pack_folder

    out = terminal(ctx)
    text = draft(name, per)
    root = pack_folder(pack) / "rules"
    path = (root / folder / f"{name}.yaml").resolve()
    if not path.is_relative_to(root.resolve()):
        raise UseError(f"{folder!r} leaves the pack", hint="give the name of a folder below rules/")
    taken = next(iter(sorted(root.glob(f"**/{name}.yaml"))), None)
    if taken is not None:
        raise UseError(f"there is a rule {name!r} already: {taken}", hint="choose another id, or edit that file")
    path.parent.mkdir(parents=True, exist_ok=True)
    wire.write_whole(path, text.encode(), mode=0o644)
    out.result(str(path))
    out.note(
        f"fill it in (docs/add-a-rule.md), then: dunproof rules check {name}"
        + ("" if pack in PACKS else f" --pack {pack}")
    )


def _packs(names: tuple[str, ...]) -> list[Pack]:
    """Return the packs by name or folder; all that come with dunproof where none is named."""
    from dunproof.judge.pack import installed, load_packs

    return load_packs(names or installed())


def _one(packs: list[Pack], name: str) -> Rule:
    rules = {r.id: r for pack in packs for r in pack.rules}
    if name not in rules:
        near = get_close_matches(name, rules, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "dunproof rules list shows every id"
        raise UseError(f"no rule {name!r} in pack {', '.join(p.name for p in packs)}", hint=hint)
    return rules[name]
