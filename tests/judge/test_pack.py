"""The shipped packs as a whole: size, law and cross rules of cn; no rule twice, thresholds, words of all."""

from __future__ import annotations

from collections import Counter, defaultdict
from importlib.util import find_spec

import msgspec
import pytest

from dunproof.errors import PackError, UseError
from dunproof.facts.casefile import LANGUAGES
from dunproof.judge.compiled import Compiled
from dunproof.judge.pack import PACKS, installed, load_pack, load_packs
from dunproof.judge.syntax import CountAgg, CountOf, Lit, Node, Param, Select, walk
from dunproof.judge.verdict import judge
from dunproof.judge.worlds import World, examples, reads

PACK = load_pack("cn")
RULES = PACK.rules
EVERY = [rule for pack in load_packs(installed()) for rule in pack.rules]
WINGS = {
    "app": {"app", "permission", "component", "sensitive_read", "sdk", "signer", "endpoint", "shell", "app_text"},
    "policy": {"document", "collected_item", "recipient", "recipient_item", "term", "promise", "promise_term"},
    "phone": {"communication", "act", "slot", "objection", "sender", "in_book", "number"},
}


TIED = [r for r in EVERY if r.spec.per != "document" and "covers" in reads(r)]
"""Rules that ask which texts belong to an app or a lender; a text may be tied to both in more rows than one."""


def counted(world, rule, rows):
    """Rows of each subject."""
    return {v.subject: v.breach + v.departs + v.open + v.outside for v in judge(world.put(rows), rule)}


def kinds(rule):
    return {n.kind for n in walk(rule.refined) if hasattr(n, "kind")}


def test_size_and_law():
    assert len(RULES) >= 30
    assert len({c for r in RULES for c in r.spec.clauses}) >= 25


def test_cross_rules_of_the_three_kinds_exist():
    seen = {frozenset(w for w, own in WINGS.items() if kinds(r) & own) for r in RULES}
    for pair in ({"app", "policy"}, {"app", "phone"}, {"policy", "phone"}):
        assert frozenset(pair) in seen, pair


def test_no_two_rules_ask_the_same():
    asked = Counter((Compiled(r).find, Compiled(r).scope) for r in EVERY)
    assert max(asked.values()) == 1


def masked(node):
    """A tree with its constants and parameters hidden, as plain data."""
    if isinstance(node, Lit | Param):
        return "?"
    if isinstance(node, Node):
        return (
            type(node).__name__,
            *(masked(getattr(node, f)) for f in node.__struct_fields__ if f not in ("line", "outputs")),
        )
    if isinstance(node, tuple):
        return tuple(dict.fromkeys(masked(n) for n in node))
    return node


def test_few_rules_differ_in_constants_alone():
    groups = defaultdict(list)
    for rule in RULES:
        groups[masked(rule.refined)].append(rule.id)
    twins = [sorted(ids) for ids in groups.values() if len(ids) > 1]
    # A rule for each conduct that the law names apart; more of the kind belong into the list of an existing rule.
    assert sum(len(ids) - 1 for ids in twins) <= 5, twins


def test_masking_hides_constants_only():
    one = {r.id: masked(r.refined) for r in RULES}
    assert one["cn-phone-insult"] == one["cn-phone-edited-picture"]
    assert one["cn-phone-insult"] != one["cn-phone-night-contact"]


@pytest.mark.parametrize("rule", EVERY, ids=[r.id for r in EVERY])
def test_a_threshold_of_ours_never_says_breach(rule):
    numbers = {n.name for n in walk(rule.refined) if isinstance(n, Param) and isinstance(rule.params[n.name], int)}
    if any(rule.spec.params[n].basis == "ours" for n in numbers):
        assert rule.spec.at_most or rule.spec.question


@pytest.mark.parametrize("rule", EVERY, ids=[r.id for r in EVERY])
def test_a_count_over_joined_tables_counts_things_not_pairs(rule):
    for node in walk(rule.refined):
        if isinstance(node, Select) and len(node.sources) > 1:
            own = [n for n in walk(node.having or msgspec.UNSET) if isinstance(n, CountAgg)] if node.having else []
            own += [o.expr for o in node.outputs if isinstance(o.expr, CountAgg)]
            assert all(n.distinct is not None for n in own), "one message with two acts is one message"
        if isinstance(node, CountOf):
            assert len(node.select.sources) == 1, "one message with two acts is one message"


@pytest.mark.parametrize("rule", TIED, ids=[r.id for r in TIED])
@pytest.mark.parametrize("other", [{"party": ""}, {"app": ""}, {"app": "another"}])
def test_a_text_tied_twice_is_no_second_row(rule, other):
    world = World(rule, extra=["covers"])
    for case in examples(rule):
        texts = [row for row in case.rows.get("covers", []) if row["document"]]
        again = [{**row, **other, "fact_id": f"again-{n}"} for n, row in enumerate(texts)]
        twice = {**case.rows, "covers": [*case.rows.get("covers", []), *again]}
        assert counted(world, rule, twice) == counted(world, rule, case.rows), case.line
    world.close()


def test_a_read_against_two_promises_is_one_row():
    rule = next(r for r in RULES if r.id == "cn-cross-address-book-against-promise")
    rows = next(e.rows for e in examples(rule) if e.expected == "broken")
    more = {kind: [*rows[kind], {**rows[kind][0], "fact_id": f"{kind}-b"}] for kind in ("promise", "promise_term")}
    more["promise"][1]["promise"] = more["promise_term"][1]["promise"] = "p2"
    world = World(rule)
    found = next(v for v in judge(world.put({**rows, **more}), rule) if v.subject == "e1")
    world.close()
    assert [r.values for r in found.rows] == [{"caller": "m"}]
    assert {w.fact_id for w in found.rows[0].witnesses if w.kind == "promise"} == {"promise-0", "promise-b"}


@pytest.mark.parametrize("rule", EVERY, ids=[r.id for r in EVERY])
def test_texts_are_in_three_languages_and_traditional_is_not_simplified(rule):
    for text in (
        rule.spec.title,
        rule.spec.message,
        rule.spec.limits,
        rule.spec.explain,
        rule.spec.at_most,
        rule.spec.question,
    ):
        if text:
            assert list(text) == list(LANGUAGES)
            assert all(v.strip() == v for v in text.values())
    joined = {lang: "".join(getattr(rule.spec, k)[lang] for k in ("title", "limits", "explain")) for lang in LANGUAGES}
    assert joined["zh-Hans"] != joined["zh-Hant"]


@pytest.mark.parametrize("rule", EVERY, ids=[r.id for r in EVERY])
def test_no_text_claims_more_than_a_report_may(rule):
    if find_spec("dunproof.report.lint") is None:
        pytest.skip("no lint of claims yet (dunproof.report.lint)")
    from dunproof.report.lint import claims

    for text in (
        rule.spec.title,
        rule.spec.message,
        rule.spec.limits,
        rule.spec.explain,
        rule.spec.at_most,
        rule.spec.question,
    ):
        for lang, words in text.items():
            assert not claims(words, lang), (lang, words)


def test_a_pack_of_ones_own(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "pack.toml").write_bytes((PACKS / "cn" / "pack.toml").read_bytes())
    source = PACKS / "cn" / "rules" / "phone" / "cn-phone-insult.yaml"
    (tmp_path / "rules" / "cn-phone-insult.yaml").write_bytes(source.read_bytes())
    first = load_pack(tmp_path)
    assert [r.id for r in first.rules] == ["cn-phone-insult"]
    (tmp_path / "rules" / "other.yaml").write_bytes(source.read_bytes())
    with pytest.raises(PackError, match="in a file of another name") as caught:
        load_pack(tmp_path)
    assert caught.value.hint == "call the file cn-phone-insult.yaml"
    (tmp_path / "rules" / "other.yaml").write_bytes(b"id: \xff\n")
    with pytest.raises(PackError, match="not UTF-8"):
        load_pack(tmp_path)
    (tmp_path / "rules" / "other.yaml").unlink()
    (tmp_path / "rules" / "deeper").mkdir()
    (tmp_path / "rules" / "deeper" / "cn-phone-insult.yaml").write_bytes(source.read_bytes())
    with pytest.raises(PackError, match="stands twice"):
        load_pack(tmp_path)


def test_a_pack_that_is_none():
    with pytest.raises(UseError) as caught:
        load_pack("cm")
    assert "'cn'" in caught.value.hint
    assert "cn" in installed()


def test_the_stamp_follows_the_bytes(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "pack.toml").write_bytes((PACKS / "cn" / "pack.toml").read_bytes())
    empty = load_pack(tmp_path).sha256
    rule = (PACKS / "cn" / "rules" / "phone" / "cn-phone-insult.yaml").read_bytes()
    (tmp_path / "rules" / "cn-phone-insult.yaml").write_bytes(rule)
    full = load_pack(tmp_path).sha256
    (tmp_path / "rules" / "cn-phone-insult.yaml").write_bytes(rule + b"\n")
    assert len({empty, full, load_pack(tmp_path).sha256}) == 3


@pytest.mark.parametrize("text", ["", "name = 3", "name = 'x'\nas_of = 'y'\n[title]\nodd", "nonsense"])
def test_a_pack_file_that_is_wrong(tmp_path, text):
    (tmp_path / "pack.toml").write_text(text)
    with pytest.raises(PackError) as caught:
        load_pack(tmp_path)
    assert caught.value.hint
