"""A rule: one YAML file, decoded strictly, its two queries bound and joined.

``scope`` says what is judged: ``SELECT … AS subject [, … AS day] [, … AS since] [, … AS lender] FROM …``. ``find`` says
which of it is a finding: it starts from the same tables under the same aliases, the compiler adds scope's conditions to
it, and so every finding is inside the scope by construction.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, Final, Literal

import msgspec

from dunproof.errors import PackError
from dunproof.facts.casefile import LANGUAGES, Text3
from dunproof.facts.kinds import CASE_KINDS, LAW_KINDS
from dunproof.judge import yamltree
from dunproof.judge.hints import near
from dunproof.judge.polarity import polarity
from dunproof.judge.syntax import Col, Param, ParamValue, Select, conjunction, conjuncts, walk

SCOPE_OUTPUTS: Final = ("subject", "day", "since", "lender")
SUBJECT_KINDS: Final = {"app": "app", "document": "document", "person": "communication"}
"""What a subject is → the kind whose coverage rows list the subjects of a case."""
EXAMPLE_SETS: Final = ("broken", "kept", "needs-facts", "unseen", "not-applicable")
_HOLE: Final = re.compile(r"\{([^{}]*)\}")


class ParamSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A threshold or list of a rule: its value, unit, and who set it."""

    value: int | str | list[int | str]
    unit: str
    basis: Literal["law", "standard", "ours"]
    note: str = ""


class RuleFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a rule file."""

    id: str
    title: Text3
    status: Literal["draft", "preview", "stable"]
    revision: int
    clauses: list[str]
    per: Literal["app", "document", "person"]
    params: dict[str, ParamSpec] = {}
    scope: str
    find: str
    at_most: Text3 = {}
    question: Text3 = {}
    """What people must look at before a row counts: no exhibit shows it, so the verdict is ``needs-facts`` at most."""
    message: Text3
    limits: Text3
    explain: Text3
    examples: dict[str, Any]


class Rule:
    """A loaded rule: its file, its place, its bound queries."""

    def __init__(
        self,
        spec: RuleFile,
        *,
        file: str,
        marks: dict[yamltree.Path, yamltree.Mark],
        scope: Select,
        find: Select,
        pack: str,
    ) -> None:
        self.spec = spec
        self.file = file
        self.marks = marks
        self.scope = scope
        self.find = find
        self.pack = pack
        self.params: dict[str, ParamValue] = {k: v.value for k, v in spec.params.items()}

    @property
    def id(self) -> str:
        """The rule's id, which is also its file's name."""
        return self.spec.id

    def line(self, *path: str | int) -> int:
        """Return the line of the value at a path of the file, or of what stands around it."""
        return yamltree.nearest(self.marks, path).line

    def column_of_scope(self, name: str) -> Col | None:
        """Return the column behind a scope output; None if the scope does not say it."""
        return next((o.expr for o in self.scope.outputs if o.name == name and isinstance(o.expr, Col)), None)

    @cached_property
    def refined(self) -> Select:
        """The find query with scope's conditions added."""
        where = conjunction((*conjuncts(self.scope.where), *conjuncts(self.find.where)))
        return msgspec.structs.replace(self.find, where=where)

    @cached_property
    def needs(self) -> dict[str, str]:
        """Fact kinds that the rule reads and whose coverage counts → polarity: '+', '-' or '+-'."""
        return {k: s for k, s in polarity(self.refined).items() if k not in LAW_KINDS and k not in CASE_KINDS}

    def mutated(self, *, scope: Select, find: Select, params: dict[str, ParamValue]) -> Rule:
        """Return a copy with other queries or parameters (for the self-test)."""
        other = Rule(self.spec, file=self.file, marks=self.marks, scope=scope, find=find, pack=self.pack)
        other.params = params
        return other


def load(text: str, *, file: str, pack: str, clauses: set[str]) -> Rule:
    """Return the rule of a file's text; ``clauses`` are the ids of the register.

    Errors: PackError with file, line and a hint, for everything from YAML to a wrong clause id.
    """
    raw, marks = yamltree.load(text, file)
    if not isinstance(raw, dict):
        raise PackError(file, 1, "a rule is a mapping of keys to values", hint="start with id: …")
    spec = _decode(raw, marks, file)
    _texts(spec, marks, file)
    for n, clause in enumerate(spec.clauses):
        if clause not in clauses:
            line = yamltree.nearest(marks, ("clauses", n)).line
            raise PackError(file, line, f"no clause {clause!r} in the register", hint=near(clause, clauses))
    if not spec.clauses:
        raise PackError(
            file, yamltree.nearest(marks, ("clauses",)).line, "no clause", hint="name at least one clause id"
        )
    params: dict[str, ParamValue] = {k: v.value for k, v in spec.params.items()}
    for name, value in params.items():
        if value == []:
            raise PackError(
                file,
                yamltree.nearest(marks, ("params", name)).line,
                f"parameter {name!r} is empty",
                hint="give a value",
            )
    from dunproof.judge.parse import parse  # loads sqlglot: views and verdicts do without

    scope = parse(spec.scope, file=file, line=_sql_line(marks, "scope"), params=params)
    find = parse(spec.find, file=file, line=_sql_line(marks, "find"), params=params)
    _check_scope(spec, scope, file, marks)
    _check_find(scope, find, file, marks)
    find = _without(find, scope)
    used = {n.name for tree in (scope, find) for n in walk(tree) if isinstance(n, Param)}
    for name in params:
        if name not in used:
            line = yamltree.nearest(marks, ("params", name)).line
            raise PackError(file, line, f"parameter {name!r} is not used", hint="take it out, or write :" + name)
    rule = Rule(spec, file=file, marks=marks, scope=scope, find=find, pack=pack)
    _check_message(rule)
    return rule


def _sql_line(marks: dict[yamltree.Path, yamltree.Mark], key: str) -> int:
    mark = marks[(key,)]
    return mark.line + 1 if mark.block else mark.line


def _decode(raw: dict[str, Any], marks: dict[yamltree.Path, yamltree.Mark], file: str) -> RuleFile:
    known = set(RuleFile.__struct_fields__)
    for key in raw:
        if key not in known:
            raise PackError(
                file, yamltree.nearest(marks, (key,)).line, f"no key {key!r} in a rule", hint=near(key, known)
            )
    for name, param in raw["params"].items() if isinstance(raw.get("params"), dict) else ():
        for key in param if isinstance(param, dict) else ():
            if key not in ParamSpec.__struct_fields__:
                line = yamltree.nearest(marks, ("params", name, key)).line
                raise PackError(
                    file, line, f"no key {key!r} in a parameter", hint=near(key, ParamSpec.__struct_fields__)
                )
    try:
        return msgspec.convert(raw, RuleFile, strict=True)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        steps: yamltree.Path = tuple(
            int(s) if s.isdigit() else s for s in re.findall(r"[^.\[\]`]+", path) if s not in ("...", "…")
        )
        if m := re.search(r"missing required field `(\w+)`", message):
            hint = f"add the key {m[1]}:"
        else:
            hint = "a text that looks like a number or a date is written in quotes"
        raise PackError(file, yamltree.nearest(marks, steps).line, message, hint=hint) from None


def _texts(spec: RuleFile, marks: dict[yamltree.Path, yamltree.Mark], file: str) -> None:
    if spec.at_most and spec.question:
        line = yamltree.nearest(marks, ("at_most",)).line
        raise PackError(file, line, "at_most beside a question", hint="a question is the lower bound: take at_most out")
    for key in ("title", "message", "limits", "explain", "at_most", "question"):
        text: Text3 = getattr(spec, key)
        if key in ("at_most", "question") and not text:
            continue
        for lang in LANGUAGES:
            if not text.get(lang):
                line = yamltree.nearest(marks, (key,)).line
                raise PackError(file, line, f"{key} has no {lang}", hint="write it in zh-Hans, zh-Hant and en")
        for lang in text:
            if lang not in LANGUAGES:
                line = yamltree.nearest(marks, (key, lang)).line
                raise PackError(file, line, f"{key} has no language {lang!r}", hint="zh-Hans, zh-Hant, en")


def _check_scope(spec: RuleFile, scope: Select, file: str, marks: dict[yamltree.Path, yamltree.Mark]) -> None:
    line = _sql_line(marks, "scope")
    if scope.grouped:
        raise PackError(file, line, "GROUP BY in scope", hint="scope lists what is judged; group in find")
    names = [o.name for o in scope.outputs]
    for output in scope.outputs:
        if output.name not in SCOPE_OUTPUTS:
            raise PackError(file, line, f"scope has no output {output.name!r}", hint="subject, day, since, lender")
        if not isinstance(output.expr, Col) or output.expr.type != "str":
            raise PackError(
                file, line, f"scope's {output.name} must be a text column", hint=f"write alias.column AS {output.name}"
            )
    if "subject" not in names:
        raise PackError(file, line, "scope has no subject", hint=f"add the column of the {spec.per}: … AS subject")
    subject = next(o.expr for o in scope.outputs if o.name == "subject")
    if isinstance(subject, Col) and subject.nullable:
        raise PackError(
            file, line, f"the subject {subject.alias}.{subject.name} may be undetermined", hint="judge what is named"
        )


def _check_find(scope: Select, find: Select, file: str, marks: dict[yamltree.Path, yamltree.Mark]) -> None:
    line = _sql_line(marks, "find")
    have = {s.alias: s.kind for s in find.sources}
    for source in scope.sources:
        if have.get(source.alias) != source.kind:
            raise PackError(
                file,
                line,
                f"find does not start from {source.kind} AS {source.alias}",
                hint="repeat the tables of scope",
            )
    for output in find.outputs:
        if output.name in SCOPE_OUTPUTS:
            raise PackError(file, line, f"find's output {output.name!r} is scope's", hint="take it out, or rename it")
    if find.grouped:
        _check_keys(scope, find, file, line)


def _check_keys(scope: Select, find: Select, file: str, line: int) -> None:
    keys = {(k.alias, k.name) for k in find.keys}
    for output in scope.outputs:
        if output.name in ("subject", "day", "since") and isinstance(output.expr, Col):
            col = output.expr
            if (col.alias, col.name) not in keys:
                raise PackError(
                    file, line, f"GROUP BY lacks {col.alias}.{col.name}", hint=f"scope's {output.name} must be a key"
                )
    if sum(k.nullable for k in find.keys) > 1:
        names = ", ".join(f"{k.alias}.{k.name}" for k in find.keys if k.nullable)
        raise PackError(
            file,
            line,
            f"two keys may be undetermined: {names}",
            hint="rows would meet in groups that no row shows: at most one such key",
        )


def _without(find: Select, scope: Select) -> Select:
    """Return find without the conditions (of its joins) that scope states already."""
    stated = {_unplaced(c) for c in conjuncts(scope.where)}
    own = tuple(c for c in conjuncts(find.where) if _unplaced(c) not in stated)
    return msgspec.structs.replace(find, where=conjunction(own))


def _unplaced(node: Any) -> Any:
    """Return a node as plain data without lines, to compare conditions wherever they stand."""
    if isinstance(node, msgspec.Struct):
        return (type(node).__name__, *(_unplaced(getattr(node, f)) for f in node.__struct_fields__ if f != "line"))
    if isinstance(node, tuple):
        return tuple(_unplaced(n) for n in node)
    return node


def _check_message(rule: Rule) -> None:
    names = {o.name for o in rule.find.outputs} | set(rule.params) | {o.name for o in rule.scope.outputs}
    for lang, text in rule.spec.message.items():
        for hole in _HOLE.findall(text):
            if hole not in names:
                raise PackError(
                    rule.file,
                    rule.line("message", lang),
                    f"the message names {{{hole}}}, which no query gives",
                    hint=near(hole, names),
                )
