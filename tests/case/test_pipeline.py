"""The four verbs in a row, over small exhibits that say everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import dunproof
from dunproof.case.options import Options
from dunproof.case.pipeline import investigate, read_facts
from dunproof.errors import UseError
from dunproof.facts import store
from dunproof.facts.casefile import CaseFile
from dunproof.read.quote import Quoter
from dunproof.read.source import Source

SMS = """<?xml version='1.0' encoding='UTF-8'?>
<smses count="2">
<sms address="106900000001" date="1772372400000" type="1" body="【星禾分期】您的借款3268元已逾期，再不还款就爆你通讯录。" />
<sms address="106900000001" date="1772376000000" type="1" body="今天不还，通讯录里的人都会知道你欠款。" />
</smses>
"""


@pytest.fixture
def phone(tmp_path: Path) -> Path:
    path = tmp_path / "sms.xml"
    path.write_text(SMS, encoding="utf-8")
    return path


def test_a_file_becomes_a_case(tmp_path: Path, phone: Path) -> None:
    out = tmp_path / "out"
    stages: list[str] = []
    outcome = investigate([phone], Options(out=out, lender_type="microloan"), lambda stage, *_: stages.append(stage))
    assert sorted(p.name for p in out.iterdir()) == ["case.json", "facts.duckdb", "facts.jsonl", "report.html"]
    case = msgspec.json.decode((out / "case.json").read_bytes(), type=CaseFile)
    assert case == outcome.casefile
    assert [e.name for e in case.exhibits] == ["sms.xml"]
    assert case.exhibits[0].status == "read"
    assert list(dict.fromkeys(stages)) == ["read", "link", "judge", "report"]
    assert outcome.facts == sum(1 for _ in store.read(out / "facts.jsonl"))
    threat = next(v for v in case.verdicts if v.rule == "cn-phone-address-book-threat")
    assert threat.verdict == "breach"
    assert any("通讯录" in e.quote for r in threat.rows for e in r.evidence)
    assert case.notes == []
    assert outcome.exit_code() == 0
    assert outcome.exit_code(("breach",)) == 1
    assert outcome.exit_code(strict=True) == 0


def test_every_quote_stands_in_the_exhibit(tmp_path: Path, phone: Path) -> None:
    case = investigate([phone], Options(out=tmp_path / "out")).casefile
    e = case.exhibits[0]
    source = Source(exhibit=e.exhibit, name=e.name, format=e.format, encoding="", path=phone, size_bytes=e.size_bytes)
    seen = 0
    with Quoter(source) as quoter:
        for verdict in case.verdicts:
            for row in verdict.rows:
                for evidence in row.evidence:
                    found = quoter.quote(evidence.locator)
                    assert (found.text, found.before, found.after) == (evidence.quote, evidence.before, evidence.after)
                    seen += 1
    assert seen


def test_the_same_exhibits_give_the_same_bytes(tmp_path: Path, phone: Path) -> None:
    (tmp_path / "b.bin").write_bytes(b"\x00\x01")
    found = []
    for n in range(2):
        investigate([phone, tmp_path / "b.bin"], Options(out=tmp_path / str(n)))
        case = msgspec.json.decode((tmp_path / str(n) / "case.json").read_bytes())
        case.pop("run")
        found.append((case, (tmp_path / str(n) / "facts.jsonl").read_bytes()))
    assert found[0] == found[1]


def test_a_case_folder_with_decisions(tmp_path: Path, phone: Path) -> None:
    case = tmp_path / "case"
    (case / "exhibits").mkdir(parents=True)
    phone.rename(case / "exhibits" / "sms.xml")
    (case / "case.toml").write_text(
        '[[exhibit]]\nfile = "sms.xml"\nholder = "甲"\nrole = "stranger"\n', encoding="utf-8"
    )
    (case / "decisions.toml").write_text(
        '[[dispute]]\nfinding = "cn-phone-address-book-threat@甲"\nreason = "a joke"\n', encoding="utf-8"
    )
    outcome = investigate([case], Options())
    assert outcome.out == case / "out"
    threat = next(v for v in outcome.casefile.verdicts if v.rule == "cn-phone-address-book-threat")
    assert (threat.subject, threat.disputed) == ("甲", "a joke")
    assert next(s.label for s in outcome.casefile.subjects if s.subject == "甲") == "甲"
    again = investigate([case], Options())
    assert again.casefile.verdicts == outcome.casefile.verdicts


def test_nothing_seen_and_not_in_full(tmp_path: Path, phone: Path) -> None:
    junk = tmp_path / "junk.bin"
    junk.write_bytes(b"\x00\x01\x02")
    assert investigate([junk], Options(out=tmp_path / "a")).exit_code(("breach",), strict=True) == 3
    both = investigate([junk, phone], Options(out=tmp_path / "b"))
    assert both.exit_code(strict=True) == 4
    assert both.exit_code(("breach",), strict=True) == 1
    assert both.exit_code() == 0


def test_wrong_settings_stop_before_anything_is_written(tmp_path: Path, phone: Path) -> None:
    for options in (Options(zone="Mars/Base"), Options(as_of="yesterday"), Options(packs=("cm",))):
        with pytest.raises(UseError):
            investigate([phone], msgspec.structs.replace(options, out=tmp_path / "out"))
    assert [p.name for p in tmp_path.iterdir()] == ["sms.xml"]


def test_read_gives_read_and_link_in_one_list(phone: Path) -> None:
    kinds = {str(type(f).__struct_config__.tag) for f in read_facts([phone])}
    assert {"exhibit", "sighting", "communication", "act", "coverage"} <= kinds
    assert [store.encode(f) for f in dunproof.read_facts(phone)] == [store.encode(f) for f in read_facts([phone])]


def test_the_library_works_in_a_script_without_a_guard(tmp_path: Path, phone: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, dunproof\n"
        "assert not {'duckdb', 'numpy', 'sqlglot', 'msgspec'} & sys.modules.keys()\n"
        f"print(dunproof.investigate({str(phone)!r}, out=__import__('pathlib').Path({str(tmp_path / 'out')!r})).facts)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert int(done.stdout) > 0
