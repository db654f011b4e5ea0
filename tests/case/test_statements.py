"""What somebody declared stands at its lines of case.toml, and these lines are read again."""

from __future__ import annotations

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts import store
from dunproof.facts.kinds import Role
from dunproof.read.quote import quote
from dunproof.read.source import Source

CASE = """# what the person who handed the files in said
lender = "朗月"

[[exhibit]]
file = "sms.xml"
holder = "甲"
role = "stranger"

# nothing more is known
"""
EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<smses count="1"><sms address="1069000077" date="1772418000000" type="1"
  body="【朗月贷】乙欠款1200元逾期3天，请转告他还款。"/></smses>"""


def test_a_declared_role_stands_at_its_lines(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "case.toml").write_text(CASE, "utf-8")
    (folder / "sms.xml").write_text(EXPORT, "utf-8")
    outcome = investigate([folder], Options(out=tmp_path / "out", cache=False))
    role = next(
        f for f in store.read(tmp_path / "out" / "facts.jsonl") if isinstance(f, Role) and f.basis == "declared"
    )
    assert role.loc == "line=3,7"
    path = folder / "case.toml"
    source = Source(
        exhibit=role.exhibit, name="case.toml", format="toml", encoding="utf-8", path=path,
        size_bytes=path.stat().st_size,
    )  # fmt: skip
    words = '[[exhibit]]\nfile = "sms.xml"\nholder = "甲"\nrole = "stranger"'
    assert quote(source, role.loc).text == words
    said = [e for v in outcome.casefile.verdicts for r in v.rows for e in r.evidence if e.exhibit == role.exhibit]
    assert said
    assert {e.quote.text if hasattr(e.quote, "text") else e.quote for e in said} == {words}
