"""case.json: the structs, their schema, and the way there and back."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec
import pytest

from dunproof.facts.casefile import (
    FORMAT,
    LANGUAGES,
    CaseFile,
    ClauseText,
    Evidence,
    ExhibitEntry,
    KindCoverage,
    Missing,
    PackInfo,
    Param,
    ProblemEntry,
    Row,
    RuleText,
    Run,
    Settings,
    Subject,
    Table,
    VerdictEntry,
)  # fmt: skip
from dunproof.facts.problems import load as load_problems

T3 = dict.fromkeys(LANGUAGES, "字")
EVIDENCE = Evidence(
    fact="f", kind="act", part="witness", exhibit="0" * 16, loc="char=1,2", locator="l", tier="exact", quote="q"
)
ROW = Row(
    sure=True, day="2026-03-01", tier="exact", values={"n": 3, "b": True, "s": "", "u": None}, evidence=[EVIDENCE]
)
VERDICT = VerdictEntry(
    id="v", rule="r", subject="P", verdict="needs-facts", rows=[ROW],
    missing=[Missing(what="coverage", name="act", ask=T3)], disputed="",
)  # fmt: skip
CASE = CaseFile(
    dunproof="0", run=Run(started="t", seconds=1.5, command=["a"], python="3"),
    settings=Settings(zone="Asia/Shanghai", zone_declared=False), register_as_of="2026-01-01",
    packs=[PackInfo(name="cn", as_of="x", sha256="0", rules=1)],
    exhibits=[
        ExhibitEntry(
            exhibit="0" * 16, name="n", sha256="0", size_bytes=0, format="", status="partly",
            coverage=[KindCoverage(looked_for="act", status="unread", reason="x", count=0)],
            problems=[ProblemEntry(code="c", detail="d")],
        )
    ],
    subjects=[Subject(subject="P", subject_type="person", label="P")], verdicts=[VERDICT],
    rules={"r": RuleText(
        id="r", pack="cn", revision=1, status="draft", per="person", title=T3, message=T3, limits=T3, explain=T3,
        clauses=["c"], params=[Param(name="n", value="3", unit="u", basis="ours")],
    )},
    clauses={"c": ClauseText(
        id="c", norm="n", norm_title=T3, article="1", force="L", level="A1", effective="2020-01-01", until=None, words="",
        attribution={},
    )},
    tables={"t": Table(id="t", title=T3, columns=["a"], column_titles=[T3], rows=[[1], ["x"], [None], [True]])},
)  # fmt: skip


def test_a_case_is_the_same_after_json():
    data = msgspec.json.encode(CASE)
    assert msgspec.json.decode(data, type=CaseFile) == CASE
    assert msgspec.json.encode(msgspec.json.decode(data, type=CaseFile)) == data
    assert msgspec.json.decode(data)["format"] == FORMAT


def test_null_and_empty_and_false_stay_apart():
    values = msgspec.json.decode(msgspec.json.encode(ROW), type=Row).values
    assert values == {"n": 3, "b": True, "s": "", "u": None}
    assert type(values["b"]) is bool


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdicts", 0, "verdict"), "guilty"),
        (("exhibits", 0, "status"), "lost"),
        (("verdicts", 0, "rows", 0, "values", "n"), 1.5),
        (("verdicts", 0, "score"), 7),
        (("rules", "r", "params", 0, "basis"), "mine"),
        (("extra",), 1),
    ],
)
def test_what_the_format_does_not_know_is_refused(path, value):
    tree = msgspec.json.decode(msgspec.json.encode(CASE))
    at = tree
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(tree, CaseFile)


def test_the_schema_is_made_of_the_structs():
    made = msgspec.json.schema(CaseFile)
    assert made["$ref"] == "#/$defs/CaseFile"
    verdict = made["$defs"]["VerdictEntry"]["properties"]["verdict"]["enum"]
    assert sorted(verdict) == ["breach", "departs", "kept", "needs-facts", "not-applicable", "unseen"]
    assert made["$defs"]["CaseFile"]["additionalProperties"] is False


def test_problems_are_those_of_their_file():
    raw = tomllib.loads((files("dunproof.facts") / "data" / "problems.toml").read_text("utf-8"))
    known = load_problems()
    assert list(known) == list(raw)
    assert {c: msgspec.to_builtins(p) for c, p in known.items()} == {
        c: {"code": c, "note": False, **row} for c, row in raw.items()
    }
    assert "no-such-code" not in known


def test_problems_speak_three_languages():
    for code, problem in load_problems().items():
        assert code == problem.code
        for text in (problem.text, problem.hint):
            assert list(text) == list(LANGUAGES)
            assert all(text.values())
