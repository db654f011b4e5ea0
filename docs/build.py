"""Write or check the pages that derive from the code: ``python docs/build.py write|check``.

Generated: facts.md, problems.md, exit-codes.md, cli.md, rules/*.md, case.schema.json, facts.schema.json,
diff.schema.json.
Everything else in docs/ is written by hand. ``check`` names each page that differs and the command that mends it.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from dunproof.cli.exits import MEANING
from dunproof.cli.main import group
from dunproof.cli.rulepage import page
from dunproof.facts import schema
from dunproof.facts.appdiff import AppDiff
from dunproof.facts.casefile import CaseFile
from dunproof.facts.kinds import KINDS, TIERS
from dunproof.facts.problems import load as load_problems
from dunproof.judge.pack import installed, load_pack

DOCS = Path(__file__).resolve().parent
_MADE = "<!-- Written by `make docs`; do not edit. -->\n"
_DIFF_LINES = 20
_HELP_WIDTH = 100


def pages() -> Iterator[tuple[str, str]]:
    """Yield every generated file: path below docs/ and text."""
    yield "facts.md", facts()
    yield "problems.md", problems()
    yield "exit-codes.md", exit_codes()
    yield "cli.md", cli()
    yield "case.schema.json", _json(msgspec.json.schema(CaseFile))
    yield "diff.schema.json", _json(msgspec.json.schema(AppDiff))
    yield "facts.schema.json", _json(schema.json_schema())
    yield from rules()


def facts() -> str:
    """Return the reference of fact kinds."""
    out = [
        _MADE,
        "# Kinds of fact\n",
        'One line of `dunproof read FILE --json` is one fact: `{"kind": …, "fact_id": …, …}`; one row of the table of',
        "that kind in `facts.duckdb` is the same. The schema of a line is [facts.schema.json](facts.schema.json).\n",
        '- NULL means "not determined" and nothing else; "none stated" is a value (empty text or `none`).',
        "- No floats: units stand in the name (`_s`, `_us`, `_fen`, `_milli`, `_permille`).",
        f"- `tier` is one of {', '.join(f'`{t}`' for t in TIERS)}.",
        "- `loc` is a [locator](locators.md) inside the exhibit.\n",
    ]
    for kind in KINDS:
        out += [
            f"## {kind}\n",
            f"{schema.description(kind)}\n",
            "| column | type | NULL | meaning |",
            "|---|---|---|---|",
        ]
        out += [
            f"| `{c.name}` | {c.type.__name__} | {'yes' if c.nullable else ''} | {_bar(c.doc)} |"
            for c in schema.columns(kind).values()
        ]
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def problems() -> str:
    """Return the page of problem codes."""
    out = [
        _MADE,
        "# Problems of exhibits\n",
        "A file that cannot be read in full is listed in the report with one of these codes; the rest is judged.",
        "`dunproof problems CODE` prints the same. Rules that needed what was not read answer `unseen` or",
        "`needs-facts`.\n",
    ]
    for problem in load_problems().values():
        note = " (a note: it was read in full)" if problem.note else ""
        out += [f"## {problem.code}\n", f"{problem.text['en']}{note}", f"→ {problem.hint['en']}\n"]
        out += [f"- {problem.text[lang]} → {problem.hint[lang]}" for lang in ("zh-Hans", "zh-Hant")]
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def exit_codes() -> str:
    """Return the table of exit codes."""
    out = [_MADE, "# Exit codes\n", "| code | meaning |", "|---|---|"]
    out += [f"| {code.value} | {meaning} |" for code, meaning in MEANING.items()]
    return "\n".join(out) + "\n"


def cli() -> str:
    """Return the help of every command."""
    out = [
        _MADE,
        "# Commands\n",
        "The result goes to stdout, progress and notes to stderr. [Exit codes](exit-codes.md).\n",
    ]
    with click.Context(group, info_name="dunproof", max_content_width=_HELP_WIDTH, terminal_width=_HELP_WIDTH) as ctx:
        for path, text in _helps(ctx, group):
            out += [f"## {path}\n", "```text", text.rstrip(), "```\n"]
    return "\n".join(out).rstrip() + "\n"


def _helps(ctx: click.Context, command: click.Command) -> Iterator[tuple[str, str]]:
    yield ctx.command_path, command.get_help(ctx)
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            sub = command.get_command(ctx, name)
            if sub is not None:
                yield from _helps(click.Context(sub, info_name=name, parent=ctx), sub)


def rules() -> Iterator[tuple[str, str]]:
    """Yield a page for each rule of each pack, and their index, by id and by clause."""
    index = [_MADE, "# Rules\n"]
    for name in installed():
        pack = load_pack(name)
        index += [
            f"## {pack.title['en']} (`{pack.name}`, as of {pack.as_of})\n",
            "| rule | status | per | title |",
            "|---|---|---|---|",
        ]
        for rule in pack.rules:
            index.append(
                f"| [{rule.id}]({rule.id}.md) | {rule.spec.status} | {rule.spec.per} | {_bar(rule.spec.title['en'])} |"
            )
            yield f"rules/{rule.id}.md", _MADE + "\n" + page(rule)
        cited: dict[str, list[str]] = {}
        for rule in pack.rules:
            for clause in rule.spec.clauses:
                cited.setdefault(clause, []).append(f"[{rule.id}]({rule.id}.md)")
        index += [f"\n### Clauses that `{pack.name}` cites: {len(cited)}\n", "| clause | rules |", "|---|---|"]
        index += [f"| {clause} | {', '.join(links)} |" for clause, links in sorted(cited.items())]
        index.append("")
    yield "rules/index.md", "\n".join(index).rstrip() + "\n"


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n"


def _bar(text: str) -> str:
    """Return a text for a cell of a Markdown table."""
    return text.replace("|", "\\|")


def main(args: list[str]) -> int:
    """Write or check all pages; returns the exit code."""
    if args not in (["write"], ["check"]):
        print("usage: python docs/build.py write|check", file=sys.stderr)  # noqa: T201 - a script
        return 2
    wanted = dict(pages())
    stale = [p for p in (DOCS / "rules").glob("*.md") if f"rules/{p.name}" not in wanted]
    if args == ["write"]:
        for name, text in wanted.items():
            path = DOCS / name
            path.parent.mkdir(exist_ok=True)
            if not path.is_file() or path.read_text("utf-8") != text:
                path.write_text(text, "utf-8", newline="\n")
        for path in stale:
            path.unlink()
        return 0
    wrong = 0
    for name, text in wanted.items():
        path = DOCS / name
        have = path.read_text("utf-8") if path.is_file() else ""
        if have != text:
            wrong += 1
            diff = difflib.unified_diff(
                have.splitlines(), text.splitlines(), f"docs/{name}", "the code", lineterm="", n=0
            )
            print("\n".join(list(diff)[:_DIFF_LINES]), file=sys.stderr)  # noqa: T201 - a script
    for path in stale:
        wrong += 1
        print(f"docs/rules/{path.name}: no such rule any more", file=sys.stderr)  # noqa: T201 - a script
    if wrong:
        print(f"{wrong} generated pages differ from the code\n  → make docs", file=sys.stderr)  # noqa: T201 - a script
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
