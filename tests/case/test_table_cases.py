"""A folder with a bill, a workbook, a database and an export: one case, every place of it read again."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts import store
from dunproof.facts.locator import parse
from dunproof.read.quote import Quoter
from dunproof.read.sniff import sniff
from dunproof.read.source import Source

PORT, COLLECTOR = "1069000077", "13800000013"
DUNNING = "【朗月贷】您的借款1200元已逾期3天，请立即还款。"
THREAT = "再不还款，限你两小时内还清，否则爆你通讯录。"
AT = 1_772_418_000_000  # 2026-03-02 10:20:00 in Shanghai
BILL = f"""某通信公司语音详单
用户号码：13300000000
起始时间,通信方式,对方号码,通信时长
2026-03-02 23:10:05,被叫,{COLLECTOR},1分20秒
2026-03-03 07:15:00,被叫,\t{COLLECTOR},00:00:09
合计,,,
"""
EXPORT = f"""<?xml version="1.0" encoding="UTF-8"?>
<smses count="1"><sms address="{PORT}" date="{AT}" type="1" body="{DUNNING}"/></smses>"""
CALLS = f"""<?xml version="1.0" encoding="UTF-8"?>
<calls count="1"><call number="+86{COLLECTOR}" duration="80" date="1772464200000" type="1"/></calls>"""
MESSAGES = f"""时间,号码,类型,短信内容
2026-03-02 10:20:00,{PORT},接收,{DUNNING}
2026-03-02 22:41,{COLLECTOR},接收,"{THREAT}
明天联系你单位"
2026-03-02 22:45:00,{COLLECTOR},发送,我不是他，别再发了
"""


def workbook() -> bytes:
    """A sheet as an app writes it: shared strings, a date as a number with a format, a number as text."""
    out = io.BytesIO()
    texts = ["Date", "Type", "Number", "Body", "Incoming", COLLECTOR, THREAT]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="短信 &amp; 1"/></sheets></workbook>')
        z.writestr("xl/sharedStrings.xml", "<sst>" + "".join(f"<si><t>{t}</t></si>" for t in texts) + "</sst>")
        z.writestr("xl/styles.xml", '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>')
        head = "".join(f'<c r="{c}1" t="s"><v>{n}</v></c>' for n, c in enumerate("ABCD"))
        row = '<c r="A2" s="1"><v>46085.9</v></c>' + "".join(
            f'<c r="{c}2" t="s"><v>{n}</v></c>' for c, n in (("B", 4), ("C", 5), ("D", 6))
        )
        z.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet><sheetData><row r="1">{head}</row><row r="2">{row}</row></sheetData></worksheet>',
        )
    return out.getvalue()


def database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as c:
        c.execute(
            "CREATE TABLE sms (_id INTEGER PRIMARY KEY, address TEXT, date INTEGER, date_sent INTEGER, type INTEGER, body TEXT)"
        )
        c.execute(
            "CREATE TABLE calls (_id INTEGER PRIMARY KEY, number TEXT, date INTEGER, duration INTEGER, type INTEGER)"
        )
        c.execute("INSERT INTO sms VALUES (12, ?, ?, 0, 1, ?)", (COLLECTOR, AT + 86_400_000, THREAT))
        c.execute("INSERT INTO calls VALUES (3, ?, ?, 0, 3)", (COLLECTOR, AT + 90_000_000))
        c.commit()


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    home = tmp_path_factory.mktemp("tables")
    folder = home / "exhibits"
    folder.mkdir()
    (folder / "语音详单.csv").write_bytes(BILL.encode("gb18030"))
    (folder / "短信.csv").write_bytes(MESSAGES.encode("utf-16"))
    (folder / "export.xlsx").write_bytes(workbook())
    (folder / "sms.xml").write_text(EXPORT, "utf-8")
    (folder / "calls.xml").write_text(CALLS, "utf-8")
    database(folder / "mmssms.db")
    names = sorted(p.name for p in folder.iterdir())
    (home / "case.toml").write_text(
        "".join(f'[[exhibit]]\nfile = "{n}"\nholder = "李某"\nrole = "contact"\n' for n in names), "utf-8"
    )
    out = home / "out"
    done = investigate(
        [home], Options(cache=False, lender="朗月小额贷款有限公司", lender_type="microloan", as_of="2026-04-01")
    )
    return done.casefile, list(store.read(out / "facts.jsonl")), folder


def of(facts, kind):
    return [f for f in facts if str(type(f).__struct_config__.tag) == kind]


def sources(casefile, folder):
    for e in casefile.exhibits:
        path = folder / Path(e.name).name
        found = sniff(path)
        assert (found.format, found.encoding) == (e.format, e.encoding)
        yield Source(
            exhibit=e.exhibit, name=e.name, format=e.format, encoding=e.encoding, path=path, size_bytes=path.stat().st_size
        )  # fmt: skip
    for s in casefile.statements:
        yield Source(
            exhibit=s.exhibit, name=s.name, format="toml", encoding="utf-8", path=folder.parent / s.name,
            size_bytes=s.size_bytes,
        )  # fmt: skip


def test_every_file_was_read(case):
    casefile, _, _ = case
    assert {Path(e.name).name: (e.format, str(e.status)) for e in casefile.exhibits} == {
        "语音详单.csv": ("csv", "read"), "短信.csv": ("csv", "read"), "export.xlsx": ("xlsx", "read"),
        "sms.xml": ("sbr-xml", "read"), "calls.xml": ("sbr-xml", "read"), "mmssms.db": ("android-db", "read"),
    }  # fmt: skip
    assert casefile.notes == []


def test_every_place_reads_back(case):
    casefile, facts, folder = case
    placed = [f for f in facts if f.exhibit and f.loc]
    kinds = Counter()
    for source in sources(casefile, folder):
        with Quoter(source, casefile.settings.zone) as quoter:
            for f in placed:
                if f.exhibit != source.exhibit:
                    continue
                shown = quoter.quote(f.loc).text
                assert shown.strip(), f
                kinds["&".join(type(p).__name__ for p in parse(f.loc).places)] += 1
                words = getattr(f, "text", None)
                if words:
                    assert shown == words
    assert {"TableRow", "Cell", "Cell&Char", "RowId", "RowId&Char", "Record"} <= set(kinds), kinds


def test_the_report_quotes_them(case):
    casefile, _facts, folder = case
    by_id = {s.exhibit: s for s in sources(casefile, folder)}
    kinds = Counter()
    for v in casefile.verdicts:
        for row in v.rows:
            for e in row.evidence:
                with Quoter(by_id[e.exhibit], casefile.settings.zone) as quoter:
                    assert quoter.quote(e.loc).text == e.quote != ""
                kinds[type(parse(e.loc).places[0]).__name__] += 1
    assert {"Cell", "RowId"} <= set(kinds), kinds


def test_one_message_in_two_exhibits_is_one_event(case):
    _, facts, _ = case
    same = [c for c in of(facts, "communication") if c.number == PORT]
    assert [(c.text, c.sightings, c.utc_us) for c in same] == [(DUNNING, 2, AT * 1000)]
    witness = [s for s in of(facts, "support") if s.of_fact == same[0].fact_id]
    assert len(witness) == 1
    assert {same[0].loc.partition("=")[0], witness[0].loc.partition("=")[0]} == {"record", "cell"}


def test_one_call_on_the_bill_and_the_phone_is_one_event(case):
    _, facts, _ = case
    calls = [c for c in of(facts, "communication") if c.channel == "call" and c.duration_s == 80]
    assert [(c.sightings, c.number, c.direction) for c in calls] == [(2, COLLECTOR, "to_person")]


def test_the_rest_are_events_of_their_own(case):
    _, facts, _ = case
    places = Counter(c.loc.partition("=")[0] for c in of(facts, "communication"))
    assert sum(places.values()) == 8
    assert {s.line for s in of(facts, "sighting") if s.loc.startswith("row=")} == {"13300000000"}
    assert {a.act for a in of(facts, "act")} & {"addressbook_threat"}
