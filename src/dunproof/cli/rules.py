"""``dunproof rules``: list, show, check and begin rules."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dunproof.cli.choices import language_option
from dunproof.cli.terminal import terminal
from dunproof.errors import UseError

if TYPE_CHECKING:
    from dunproof.judge.pack import Pack
    from dunproof.judge.rule import Rule

pack_option = click.option("--pack", default="cn", show_default=True, help="Name or folder of a rule pack.")


@click.group(short_help="List, show, check and begin rules.")
def rules() -> None:
    """List, show, check and begin rules. A rule is one YAML file: its question, query, law, examples and limits."""


@rules.command("list")
@pack_option
@language_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a rule.")
@click.pass_context
def list_(ctx: click.Context, pack: str, lang: str, as_json: bool) -> None:
    """List the rules of a pack."""
    from dunproof import wire

    out, loaded = terminal(ctx), _pack(pack)
    if as_json:
        for rule in loaded.rules:
            spec = rule.spec
            out.data(
                wire.line(
                    {
                        "id": rule.id,
                        "pack": loaded.name,
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
    rows = [(r.id, r.spec.status, r.spec.per, r.spec.title[lang], " ".join(r.spec.clauses)) for r in loaded.rules]
    out.table(("rule", "status", "per", "title", "clauses"), rows)
    out.note(f"{len(rows)} rules in pack {loaded.name}, as of {loaded.as_of}")


@rules.command()
@click.argument("name", metavar="RULE")
@pack_option
@language_option
@click.pass_context
def show(ctx: click.Context, name: str, pack: str, lang: str) -> None:
    """Show one rule: what it asks, its law, its queries, what it does not show."""
    from dunproof.cli.rulepage import page

    terminal(ctx).result(page(_one(_pack(pack), name), lang).rstrip())


@rules.command()
@click.argument("names", metavar="[RULE]…", nargs=-1)
@pack_option
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], pack: str) -> None:
    """Run the rules' own examples, and see that every mutant of a query is noticed by one of them."""
    from dunproof.judge import selftest

    out, loaded = terminal(ctx), _pack(pack)
    chosen = [_one(loaded, name) for name in names] or loaded.rules
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
@pack_option
@click.pass_context
def new(ctx: click.Context, name: str, per: str, folder: str, pack: str) -> None:
    """Begin a rule: write a draft with every key and the line that says what belongs there."""
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
        + ("" if pack == "cn" else f" --pack {pack}")
    )


def _pack(name: str) -> Pack:
    from dunproof.judge.pack import load_pack

    return load_pack(Path(name) if Path(name).is_dir() else name)


def _one(pack: Pack, name: str) -> Rule:
    found = next((r for r in pack.rules if r.id == name), None)
    if found is None:
        near = get_close_matches(name, [r.id for r in pack.rules], n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "dunproof rules list shows every id"
        raise UseError(f"no rule {name!r} in pack {pack.name}", hint=hint)
    return found
