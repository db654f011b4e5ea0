"""Bills and exports as tables: what stands in a row, what is left undetermined, and that every place reads back."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunproof.facts.kinds import Coverage, Number, Problem, Sighting, Support
from dunproof.read.phone import tables
from dunproof.read.phone.written import Moment, NotWritten, length, moment
from dunproof.read.quote import Quoter
from dunproof.read.sniff import sniff
from dunproof.read.source import Source

NEW_YEAR = datetime.fromisoformat("2026-01-01")
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "corpora" / "phone"
BILL = """某公司语音详单
本机号码：13300000000,查询月份：2026年09月
起始时间,通信地点,通信方式,对方号码,通信时长,通信类型,实收费
2026-09-11 07:03:05,杭州,被叫,13800000077,1分58秒,国内通话,0.00
2026-09-11 22:15:40,杭州,被叫,057100000044,42秒,国内通话,0.00
2026-09-12 12:00:00,上海,主叫,10086,1小时0分2秒,国内漫游,0.00

2026-09-12 12:30:00,上海,呼转,13800000078,5秒,国内通话,0.00
合计,,,,,,0.00
"""


def source(path: Path) -> Source:
    data = path.read_bytes()
    found = sniff(path)
    return Source(
        exhibit=hashlib.sha256(data).hexdigest()[:16], name=path.name, format=found.format, encoding=found.encoding,
        path=path, size_bytes=len(data),
    )  # fmt: skip


def of(found, kind):
    return [f for f in found if isinstance(f, kind)]


def codes(found):
    return [p.code for p in of(found, Problem)]


@pytest.fixture
def read(tmp_path):
    """Facts of a table, every place of them read back."""

    def made(text, encoding="utf-8", name="bill.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        s = source(path)
        assert s.format in tables.FORMATS, s
        facts = list(tables.read(s))
        with Quoter(s) as quoter:
            for f in facts:
                if f.loc:
                    shown = quoter.quote(f.loc).text
                    assert shown.strip()
                    if isinstance(f, Sighting) and f.text:
                        assert shown == f.text
                        assert quoter.quote(f.loc + "&char=0,1").text == f.text[0]
        return facts

    return made


def utc(text):
    at = datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(hours=8)
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_bill(read, encoding):
    found = read(BILL, encoding)
    calls = of(found, Sighting)
    assert [(c.loc, c.utc_us, c.number, c.direction, c.duration_s, c.outcome) for c in calls] == [
        ("row=4", utc("2026-09-11 07:03:05"), "13800000077", "to_person", 118, "answered"),
        ("row=5", utc("2026-09-11 22:15:40"), "057100000044", "to_person", 42, "answered"),
        ("row=6", utc("2026-09-12 12:00:00"), "10086", "from_person", 3602, "answered"),
    ]
    assert {(c.line, c.channel, c.zone, c.time_basis, c.precision, c.text) for c in calls} == {
        ("13300000000", "call", "Asia/Shanghai", "local_assumed", "s", "")
    }
    assert codes(found) == ["forwarded-left-out", "table-rows-left-out"]
    assert [p.loc for p in of(found, Problem)] == ["row=8", "row=9"]
    assert {(c.looked_for, c.status, c.first_day, c.last_day, c.count) for c in of(found, Coverage)} == {
        ("sighting", "read", "2026-09-11", "2026-09-12", 3),
        ("number", "read", "2026-09-11", "2026-09-12", 3),
    }
    assert {n.number_class for n in of(found, Number)} == {"mobile", "other", "carrier_100xx"}


def oracle():
    rows = []
    path = SHARED / "oracle" / "synthetic.jsonl"
    for line in path.read_text("utf-8").splitlines() if path.is_file() else []:
        row = json.loads(line)
        if row["source"].startswith(("cdr_", "imazing")):
            rows.append(pytest.param(row, id=f"{row['source']}:{row['record']}"))
    return rows


@pytest.mark.parametrize("row", oracle())
def test_oracle(row, corpora):
    found = list(tables.read(source(corpora / "phone" / "synthetic" / row["source"])))
    number = int(row["record"].split()[-1])
    at = [
        s for s in of(found, Sighting) if s.loc == f"row={number}" or s.loc.rstrip("0123456789") + str(number) == s.loc
    ]
    if row["direction"] == "forwarded":
        assert not at
        assert "forwarded-left-out" in codes(found)
        return
    (s,) = at
    assert s.direction == {"in": "to_person", "out": "from_person"}[row["direction"]]
    assert s.utc_us == row["time_ms"] * 1000
    assert s.number_as_written.replace(" ", "") == row["number"]
    assert (s.text or None) == row["text"]
    assert s.duration_s == row.get("duration_s", 0)


def test_messages_stand_at_their_words(read):
    found = read(
        '时间\t号码\t类型\t短信内容\n2026/3/1 21:40\t1069000001\t接收\t"他欠钱了\n你是联系人"\n2026/3/1 21:41\t13800000001\t发送\t别再发\n'
    )
    a, b = of(found, Sighting)
    assert (a.loc, a.text, a.direction, a.channel, a.precision) == (
        "cell=!D2",
        "他欠钱了\n你是联系人",
        "to_person",
        "sms",
        "min",
    )
    assert (b.loc, b.text, b.direction, b.outcome, b.duration_s) == ("cell=!D3", "别再发", "from_person", "none", 0)
    assert {s.loc for s in of(found, Support) if s.of_fact == a.fact_id} == {"cell=!A2", "cell=!B2"}


def test_a_message_with_its_neighbours(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Date,Type,Number,Body\n2026-03-01 21:40:00,Incoming,1069000001,还钱\n", "utf-8")
    with Quoter(source(path)) as quoter:
        quoted = quoter.quote("cell=!D2")
        assert (quoted.before, quoted.after) == ("3-01 21:40:00 | Incoming | 1069000001 | ", "")
        assert quoter.quote("cell=!B1").after == " | Number | Body"


def test_what_is_not_said_stays_open(read):
    found = read(
        "Date,Type,Number,Duration\n"
        "09-04 10:22:01,Incoming,13800000001,5\n"
        "3/1/2026 9:40 PM,Incoming,13800000001,5\n"
        "2026-03-01 10:00:00,1,13800000001,5\n"
        "2026-03-01 10:00:00,Incoming,13800000001,01:20\n"
        "2026-03-01 10:00:00,Incoming,13800000001,0\n"
        "2026-03-01 10:00:00,Outgoing,13800000001,0\n"
        "2026-03-01 10:00:00,Missed,13800000001,0\n"
        "2026-03-01 10:00:00,Incoming,1.38E+10,7\n"
        "2026-03-01,Incoming,13800000001,7\n"
        "2026-03-01 10:00:00,Incoming,138****0001,7\n"
        "2026-03-01 10:00:00,Incoming,,7\n"
        ",Total,,7\n"
    )  # fmt: skip
    s = of(found, Sighting)
    assert [x.utc_us is None for x in s[:3]] == [True, True, False]
    assert s[2].direction is None
    assert (s[3].duration_s, s[3].outcome) == (None, None)
    assert [x.outcome for x in s[4:7]] == [None, "unanswered", "missed"]
    assert (s[7].number, s[7].number_as_written) == (None, "1.38E+10")
    assert (s[8].utc_us, s[8].local_day, s[8].local_day_n, s[8].time_basis, s[8].precision) == (
        None, "2026-03-01", 20_513, "date_only", "day",
    )  # fmt: skip
    assert s[9].number == "138****0001"
    assert s[10].number == ""
    assert len(s) == 11
    assert set(codes(found)) == {
        "ambiguous-time", "unknown-record-type", "implausible-duration", "number-digits-lost", "table-rows-left-out",
    }  # fmt: skip


def test_billed_minutes_are_no_talk_time(read):
    found = read(
        "起始时间,通信方式,对方号码,通话时长(分钟)\n2026-03-01 10:00:00,被叫,13800000001,2\n2026-03-01 10:01:00,被叫,13800000001,1分20秒\n"
    )
    assert [s.duration_s for s in of(found, Sighting)] == [None, 80]


def test_sides_by_the_own_number(read):
    text = "{}主叫号码,被叫号码,起始时间,时长\n13300000000,13800000001,2026-03-01 10:00:00,5\n13800000002,13300000000,2026-03-01 11:00:00,5\n"
    told = of(read(text.format("用户号码：13300000000,,,\n")), Sighting)
    assert [(s.direction, s.number) for s in told] == [("from_person", "13800000001"), ("to_person", "13800000002")]
    untold = of(read(text.format("")), Sighting)
    assert [(s.direction, s.number) for s in untold] == [(None, None), (None, None)]


def test_calls_and_messages_in_one_table(read):
    found = read(
        "业务类型,起始时间,通信方式,对方号码,通信时长,短信内容\n"
        "语音,2026-03-01 10:00:00,被叫,13800000001,5,\n"
        "短信,2026-03-01 10:00:00,接收,1069000001,,还钱\n"
        "彩信,2026-03-01 10:00:00,接收,1069000001,,\n"
        ",2026-03-01 10:00:00,其他,1069000001,,\n"
    )
    assert [(s.channel, s.text) for s in of(found, Sighting)] == [("call", ""), ("sms", "还钱"), ("mms", None)]
    assert "unknown-record-type" in codes(found)


def test_a_table_cut_by_a_quote_is_partly_read(read):
    found = read(BILL + '"2026' + "x" * 200_000)
    assert len(of(found, Sighting)) == 3
    assert {(c.status, c.reason) for c in of(found, Coverage)} == {("partly", "table-malformed")}


def test_other_tables_stay_text(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("接收方名称,目的,信息种类,联系方式\n甲公司,风控,姓名,400\n", "utf-8")
    assert sniff(path).format == "text"
    path.write_text("# 政策\n\n| 时间 | 内容 |\n|---|---|\n| 1 | 2 |\n", "utf-8")
    assert sniff(path).format == "text"


def xlsx(sheets) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        names = "".join(f'<sheet name="{n}"/>' for n in sheets)
        z.writestr("xl/workbook.xml", f"<workbook><sheets>{names}</sheets></workbook>")
        for i, rows in enumerate(sheets.values(), 1):
            cells = "".join(
                "<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) + "</row>" for row in rows
            )
            z.writestr(f"xl/worksheets/sheet{i}.xml", f"<worksheet><sheetData>{cells}</sheetData></worksheet>")
    return out.getvalue()


HEAD = ["起始时间", "通信方式", "对方号码", "通信时长"]


def test_a_workbook(read):
    found = read(
        xlsx(
            {
                "语音": [HEAD, ["2026-09-11 07:03:05", "被叫", "13800000077", "118"]],
                "短信": [["时间", "号码", "类型", "内容"], ["2026-09-11 07:05:00", "1069000001", "接收", "还钱"]],
                "空": [],
            }
        ),
        name="a.xlsx",
    )
    call, message = of(found, Sighting)
    assert (call.loc, call.channel, call.duration_s) == ("cell=语音!A2", "call", 118)
    assert (message.loc, message.channel, message.text) == ("cell=短信!D2", "sms", "还钱")
    assert {s.loc for s in of(found, Support)} == {"cell=语音!C2", "cell=短信!A2", "cell=短信!B2"}
    assert codes(found) == []
    assert {c.status for c in of(found, Coverage)} == {"read"}


def test_a_sheet_that_is_none_of_calls_is_named(read):
    found = read(xlsx({"费用": [["项目", "金额"], ["月租", "8"]], "语音": [HEAD]}), name="a.xlsx")
    assert codes(found) == ["sheet-not-recognised"]
    assert {c.status for c in of(found, Coverage)} == {"partly"}
    found = read(xlsx({"费用": [["项目", "金额"], ["月租", "8"]]}), name="b.xlsx")
    assert codes(found) == ["table-not-recognised"]
    assert {(c.subject, c.status, c.reason) for c in of(found, Coverage)} == {("", "unread", "table-not-recognised")}


# --- written times and lengths --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day", "precision", "shown"),
    [
        ("2026-09-11 07:03:05", "", "s", "2026-09-11 07:03:05"),
        ("2026/9/11 7:03", "", "min", "2026-09-11 07:03:00"),
        ("2026.09.11 07:03:05", "", "s", "2026-09-11 07:03:05"),
        ("2026-09-11-07:03:05", "", "s", "2026-09-11 07:03:05"),
        ("20260911070305", "", "s", "2026-09-11 07:03:05"),
        ("2026年9月11日 07时03分05秒", "", "s", "2026-09-11 07:03:05"),
        ("2026年9月11日 星期五 下午7:03", "", "min", "2026-09-11 19:03:00"),
        ("2026-09-11 12:03:05 AM", "", "s", "2026-09-11 00:03:05"),
        ("2026-09-11 12:03 p.m.", "", "min", "2026-09-11 12:03:00"),
        ("2026-09-11T07:03:05.250", "", "ms", "2026-09-11 07:03:05.250"),
        ("070305", "20260911", "s", "2026-09-11 07:03:05"),
        ("07:03:05", "2026-09-11", "s", "2026-09-11 07:03:05"),
        ("2026-09-11 07:03:05", "2026-09-11", "s", "2026-09-11 07:03:05"),
        ("２０２６-09-11 07:03:05", "", "s", "2026-09-11 07:03:05"),
    ],
)
def test_written_times(text, day, precision, shown):
    assert moment(text, day) == Moment(precision, utc(shown))


@pytest.mark.parametrize("text", ["2026-09-11T07:03:05+08:00", "2026-09-10 23:03:05Z", "2026-09-10T23:03:05 UTC"])
def test_a_written_zone_counts(text):
    assert moment(text) == Moment("s", utc("2026-09-11 07:03:05"), zoned=True)
    assert moment("1789081385000") == Moment("ms", 1789081385000_000, zoned=True)


@pytest.mark.parametrize("text", ["09-04 10:22:01", "3/1/2026 9:40 PM", "9月4日 10:22", "1.2.2026"])
def test_times_with_two_readings(text):
    assert moment(text) == NotWritten("ambiguous-time")


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-30 10:00:00", "2026-09-11 25:00:00", "1789081385", "昨天 22:41", "0000000000000", "9999999999999",
     "1026-01-01", "2026-09-11 13:00 AM", "07:03:05", "x" * 1000, "2026-09-11 10:00:00+99:99"],
)  # fmt: skip
def test_no_times(text):
    assert moment(text) == NotWritten("implausible-time")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1分20秒", 80), ("1分钟58秒", 118), ("1小时0分2秒", 3602), ("00:01:20", 80), ("80", 80), ("80秒", 80), ("1m 20s", 80),
     ("0", 0), ("42.0", 42), ("２分", 120), ("100:00:01", 360_001),
     ("01:20", None), ("-10秒", None), ("", None), ("1.5", None), ("9" * 30, None), ("1:99:00", None), ("abc", None)],
)  # fmt: skip
def test_lengths(text, seconds):
    assert length(text) == seconds


@given(st.text(max_size=40))
def test_any_text_is_taken(text):
    moment(text)
    moment(text, text)
    length(text)


@given(
    at=st.datetimes(datetime.fromisoformat("1974-01-01"), datetime.fromisoformat("2099-12-30")).map(
        lambda d: d.replace(microsecond=0)
    )
)
def test_every_moment_comes_back(at):
    found = moment(at.isoformat(sep=" "))
    assert isinstance(found, Moment)
    assert moment(at.strftime("%Y%m%d%H%M%S")) == found
    assert moment(at.strftime("%Y/%m/%d %I:%M:%S %p")) == found


# --- generated tables ----------------------------------------------------------------------------------------------

BODY = st.text(alphabet="逾期还款,\"';\t|\n =+-@😀ab1", min_size=1, max_size=20).filter(str.strip)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 10**8), st.booleans(), st.integers(0, 99), BODY), min_size=1, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    separator=st.sampled_from(",\t;"),
)
def test_every_message_reads_back(tmp_path, rows, encoding, separator):
    out = io.StringIO()
    table = csv.writer(out, delimiter=separator, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    table.writerow(["时间", "号码", "类型", "短信内容"])
    for seconds, came, n, body in rows:
        at = NEW_YEAR + timedelta(seconds=seconds)
        table.writerow([at.isoformat(sep=" "), f"138000000{n:02d}", "接收" if came else "发送", body])
    path = tmp_path / "table.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    s = source(path)
    assert s.format == "csv"
    found = of(tables.read(s), Sighting)
    assert [(f.text, f.direction, f.number, f.utc_us) for f in found] == [
        (body, "to_person" if came else "from_person", f"138000000{n:02d}",
         utc((NEW_YEAR + timedelta(seconds=seconds)).isoformat(sep=" ")))
        for seconds, came, n, body in rows
    ]  # fmt: skip
    with Quoter(s) as quoter:
        for f in found:
            assert quoter.quote(f.loc).text == f.text
            assert quoter.quote(f"{f.loc}&char=0,{len(f.text)}").text == f.text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    head=st.sampled_from([",".join(HEAD), "Date,Type,Number,Body", "主叫号码,被叫号码,起始时间,时长,内容"]),
    body=st.text(alphabet='2026-09: 被叫138,"\n\r\x00=主x分秒', max_size=200),
)
def test_any_table_is_read(tmp_path, head, body):
    path = tmp_path / "any.csv"
    path.write_text(head + "\n" + body, "utf-8", newline="")
    s = source(path)
    if s.format != "csv":
        return
    with Quoter(s) as quoter:
        for fact in tables.read(s):
            if fact.loc:
                quoter.quote(fact.loc)
