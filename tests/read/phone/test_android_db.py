"""Android's databases: rows, refusals, damage, and that every place reads back."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError, LocatorError
from dunproof.facts.kinds import Coverage, Number, Problem, Sighting
from dunproof.read.formats import sqlite
from dunproof.read.phone import android_db
from dunproof.read.quote import Quoter
from dunproof.read.sniff import sniff
from dunproof.read.source import Source

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "corpora" / "phone"
SMS = "CREATE TABLE sms (_id INTEGER PRIMARY KEY, thread_id INTEGER, address TEXT, date INTEGER, date_sent INTEGER, type INTEGER, body TEXT)"
CALLS = "CREATE TABLE calls (_id INTEGER PRIMARY KEY, number TEXT, presentation INTEGER, date INTEGER, duration INTEGER, type INTEGER, name TEXT)"
MMS = (
    "CREATE TABLE pdu (_id INTEGER PRIMARY KEY, date INTEGER, date_sent INTEGER, msg_box INTEGER, m_type INTEGER, sub TEXT)",
    "CREATE TABLE part (_id INTEGER PRIMARY KEY, mid INTEGER, ct TEXT, text TEXT)",
    "CREATE TABLE addr (_id INTEGER PRIMARY KEY, msg_id INTEGER, address TEXT, type INTEGER)",
)
AT = 1_772_372_400_000


def database(path: Path, *statements) -> Path:
    with closing(sqlite3.connect(path)) as c:
        for one in statements:
            if isinstance(one, str):
                c.execute(one)
            else:
                table, rows = one
                c.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
        c.commit()
    return path


def source(path: Path) -> Source:
    data = path.read_bytes()
    return Source(
        exhibit=hashlib.sha256(data).hexdigest()[:16], name=path.name, format=sniff(path).format, encoding="",
        path=path, size_bytes=len(data),
    )  # fmt: skip


def read(path: Path):
    """Facts of a database, every place read back; the file is as it was."""
    s = source(path)
    assert s.format == "android-db"
    before = path.read_bytes()
    facts = list(android_db.read(s))
    with Quoter(s) as quoter:
        for f in facts:
            if f.loc:
                shown = quoter.quote(f.loc).text
                assert shown
                if isinstance(f, Sighting) and f.text:
                    assert shown == f.text
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(path.name)] == [path.name]
    return facts


def of(found, kind):
    return [f for f in found if isinstance(f, kind)]


def codes(found):
    return [p.code for p in of(found, Problem)]


def test_messages(tmp_path):
    path = database(
        tmp_path / "mmssms.db",
        SMS,
        ("sms", [
            (1, 1, "1069000001", AT, AT - 2000, 1, "【某贷】您的借款已逾期"),
            (7, 1, "1069000001", AT + 5000, 0, 2, "null"),
            (9, 1, "13800000001", AT + 6000, 0, 3, "草稿"),
        ]),
    )  # fmt: skip
    found = read(path)
    a, b = of(found, Sighting)
    assert (a.loc, a.text, a.direction, a.number) == (
        "rowid=sms:1",
        "【某贷】您的借款已逾期",
        "to_person",
        "1069000001",
    )
    assert (a.device_utc_us, a.sent_utc_us, a.precision) == (AT * 1000, (AT - 2000) * 1000, "ms")
    assert (b.loc, b.text, b.direction, b.outcome) == ("rowid=sms:7", "null", "from_person", "none")
    assert codes(found) == ["drafts-left-out"]
    assert {(c.status, c.count) for c in of(found, Coverage)} == {("read", 2), ("read", 1)}
    with Quoter(source(path)) as quoter:
        assert quoter.quote("rowid=sms:1&char=1,3").text == "某贷"
        for missing in ("rowid=sms:2", "rowid=calls:1", "rowid=thread:1", "rowid=sms:1&char=0,99", "record=sms:0"):
            with pytest.raises(LocatorError):
                quoter.quote(missing)


def test_calls(tmp_path):
    path = database(
        tmp_path / "calllog.db",
        CALLS,
        ("calls", [
            (1, "13800000001", 1, AT, 0, 3, None),
            (2, "13800000001", 1, AT, 65, 2, "老王"),
            (3, "", 2, AT, 0, 5, None),
            (4, None, 3, AT, 9, 1, None),
        ]),
    )  # fmt: skip
    found = read(path)
    calls = of(found, Sighting)
    assert [(c.loc, c.direction, c.outcome, c.duration_s, c.number, c.name_shown) for c in calls] == [
        ("rowid=calls:1", "to_person", "missed", 0, "13800000001", ""),
        ("rowid=calls:2", "from_person", "answered", 65, "13800000001", "老王"),
        ("rowid=calls:3", "to_person", "rejected", 0, "", ""),
        ("rowid=calls:4", "to_person", "answered", 9, "", ""),
    ]
    with Quoter(source(path)) as quoter:
        assert quoter.quote("rowid=calls:1").text == "call from 13800000001 2026-03-01T21:40:00+08:00 0 s missed"
        assert quoter.quote("rowid=calls:3").text == "call from (withheld) 2026-03-01T21:40:00+08:00 0 s rejected"


def test_mms(tmp_path):
    path = database(
        tmp_path / "mmssms.db",
        SMS,
        *MMS,
        ("pdu", [(4, AT // 1000, AT // 1000 - 3, 1, 132, None), (5, AT // 1000, 0, 1, 130, None)]),
        ("part", [(1, 4, "application/smil", "<smil/>"), (2, 4, "text/plain", "再不还款"), (3, 4, "text/plain", "爆通讯录"), (4, 99, "text/plain", "x")]),
        ("addr", [(1, 4, "insert-address-token", 151), (2, 4, "13800000009", 137), (3, 5, "13800000009", 137)]),
    )  # fmt: skip
    found = read(path)
    a, b = of(found, Sighting)
    assert (a.loc, a.channel, a.text, a.number) == ("rowid=pdu:4", "mms", "再不还款\n爆通讯录", "13800000009")
    assert (a.device_utc_us, a.sent_utc_us, a.precision) == (AT * 1000, AT * 1000 - 3_000_000, "s")
    assert b.text is None
    with Quoter(source(path)) as quoter:
        assert quoter.quote("rowid=pdu:5").text == "mms from 13800000009 2026-03-01T21:40:00+08:00 (no words)"


def oracle():
    path = SHARED / "oracle" / "real.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []
    return [pytest.param(r, id=r["record"]) for r in rows if r["source"] == "android_db/plaso_mmssms.db"]


@pytest.mark.parametrize("row", oracle())
def test_oracle(row, corpora):
    found = list(android_db.read(source(corpora / "phone" / row["source"])))
    (s,) = [f for f in of(found, Sighting) if f.loc == f"rowid=sms:{row['record'].split('=')[1]}"]
    assert s.direction == {"in": "to_person", "out": "from_person"}[row["direction"]]
    assert (s.device_utc_us, s.number_as_written, s.text) == (row["time_ms"] * 1000, row["number"], row["text"])


# --- hostile and damaged -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        (["CREATE VIEW sms AS SELECT 1 AS address, 2 AS body"], "database-table-refused"),
        ([SMS.replace("CREATE TABLE sms", "CREATE VIRTUAL TABLE sms USING fts4").replace(" INTEGER PRIMARY KEY", "")],
         "database-table-refused"),
        ([SMS + " WITHOUT ROWID"], "database-table-refused"),
        ([SMS.replace("body TEXT", "body TEXT AS (hex(zeroblob(100000000)))")], "database-not-recognised"),
        (["CREATE TABLE sms (address TEXT, body TEXT)"], "database-not-recognised"),
        ([SMS[:-1] + ", rowid, oid, _rowid_)"], "database-table-refused"),
    ],
)  # fmt: skip
def test_what_is_no_stored_table_is_refused(tmp_path, statements, code):
    path = database(tmp_path / "a.db", *statements)
    with pytest.raises(ExhibitError) as caught:
        list(android_db.read(source(path)))
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    "name", ["endless_view.db", "huge_value.db", "trusted_schema.db", "generated.db"]
)  # fmt: skip
def test_hostile_databases_are_refused_at_once(name, corpora):
    start = time.process_time()
    with pytest.raises(ExhibitError):
        list(android_db.read(source(corpora / "phone" / "hostile" / name)))
    assert time.process_time() - start < 2


def test_a_refused_table_does_not_hide_another(tmp_path):
    path = database(
        tmp_path / "a.db",
        CALLS,
        ("calls", [(1, "13800000001", 1, AT, 0, 3, None)]),
        "CREATE VIEW sms AS SELECT 1 AS body",
    )
    found = read(path)
    assert len(of(found, Sighting)) == 1
    assert codes(found) == ["database-table-refused"]
    assert {c.status for c in of(found, Coverage)} == {"partly"}


def test_triggers_and_checks_do_not_run(tmp_path):
    path = database(
        tmp_path / "a.db",
        SMS.replace("body TEXT", "body TEXT CHECK (length(body) < 9)"),
        ("sms", [(1, 1, "1069000001", AT, 0, 1, "x")]),
        "CREATE TRIGGER t AFTER INSERT ON sms BEGIN SELECT load_extension('x'); END",
    )
    assert len(of(read(path), Sighting)) == 1


def test_a_huge_value_stops_its_table(tmp_path):
    path = database(
        tmp_path / "a.db", SMS, ("sms", [(1, 1, "1069000001", AT, 0, 1, "x"), (2, 1, "1069000001", AT, 0, 1, "y" * 21_000_000)])
    )  # fmt: skip
    found = read(path)
    assert [s.text for s in of(found, Sighting)] == ["x"]
    assert "database-damaged" in codes(found)
    assert {c.status for c in of(found, Coverage)} == {"partly"}


def test_odd_storage_classes(corpora):
    found = read(corpora / "phone" / "hostile" / "types.db")
    assert len(of(found, Sighting)) == 7
    assert set(codes(found)) == {"implausible-time", "unknown-record-type"}


def test_a_cut_database_invents_nothing(tmp_path, corpora):
    found = list(android_db.read(source(corpora / "phone" / "hostile" / "truncated.db")))
    assert of(found, Sighting) == []
    assert {"truncated", "database-damaged"} <= set(codes(found))
    assert {c.status for c in of(found, Coverage)} == {"partly"}
    whole = database(
        tmp_path / "a.db", SMS, ("sms", [(n, 1, "1069000001", AT + n, 0, 1, "逾期" * 50) for n in range(1, 2000)])
    )
    data = whole.read_bytes()
    for share in (30, 60, 99):
        cut = tmp_path / f"{share}.db"
        cut.write_bytes(data[: len(data) * share // 100])
        found = list(android_db.read(source(cut)))
        assert "truncated" in codes(found)
        assert all(s.text == "逾期" * 50 or s.repaired for s in of(found, Sighting))
        assert len(of(found, Sighting)) > 1900 * share // 100 - 100


def test_a_journal_beside_it_is_named(tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as c:
        c.execute("PRAGMA journal_mode=WAL")
        c.execute(SMS)
        c.execute("INSERT INTO sms VALUES (1, 1, '1069000001', ?, 0, 1, 'x')", (AT,))
        c.commit()
    found = read(path)
    assert len(of(found, Sighting)) == 1
    assert codes(found) == ["database-wal"]
    assert {c.reason for c in of(found, Coverage)} == {"database-wal"}


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("page_bytes", [512, 1024, 4096, 65536])
def test_the_schema_is_read_without_sqlite(tmp_path, page_bytes, encoding):
    others = [f"CREATE TABLE t{n} (a, b, c DEFAULT '{'x' * (n % 7) * 150}')" for n in range(90)]
    path = database(
        tmp_path / "a.db", f"PRAGMA page_size={page_bytes}", f"PRAGMA encoding='{encoding}'", *others[:45], SMS, *others[45:]
    )  # fmt: skip
    with path.open("rb") as file:
        found = sqlite.schema(file, path.stat().st_size)
    with closing(sqlite3.connect(path)) as c:
        wanted = c.execute("SELECT type, name, sql FROM sqlite_master ORDER BY rowid").fetchall()
    assert [(d.type, d.name) for d in found] == [w[:2] for w in wanted]
    assert all(w[2].startswith(d.sql.rstrip("�")) for d, w in zip(found, wanted, strict=True))
    assert sniff(path).format == "android-db"
    assert sniff(database(tmp_path / "b.db", *others)).format == "sqlite"


ROW = st.tuples(
    st.sampled_from(["1069000001", "13800000001", "+8613800000002", "", None, "银行"]),
    st.one_of(st.none(), st.integers(0, 2**62), st.just(AT), st.text(max_size=4), st.floats(), st.binary(max_size=4)),
    st.one_of(st.integers(0, 7), st.none(), st.text(max_size=2)),
    st.one_of(st.none(), st.text(max_size=30), st.binary(max_size=6)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    rows=st.dictionaries(st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-3, 99)), ROW, min_size=1, max_size=12)
)
def test_every_row_reads_back(tmp_path, rows):
    path = tmp_path / "a.db"
    path.unlink(missing_ok=True)
    database(path, SMS, ("sms", [(n, 1, number, at, 0, type_, body) for n, (number, at, type_, body) in rows.items()]))
    found = read(path)
    s = {f.loc: f for f in of(found, Sighting)}
    for n, (_, at, type_, body) in rows.items():
        if isinstance(body, str) and body and type_ == 1 and "\x00" not in body:
            assert s[f"rowid=sms:{n}"].text == body
            assert s[f"rowid=sms:{n}"].device_utc_us == (AT * 1000 if at == AT else s[f"rowid=sms:{n}"].device_utc_us)
    assert {f.tier for f in of(found, Number)} <= {"derived"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32), flips=st.integers(1, 60))
def test_garbage_ends_in_an_error_of_ours(tmp_path, seed, flips):
    dice = random.Random(seed)
    path = tmp_path / "whole.db"
    if not path.exists():
        database(path, "PRAGMA page_size=512", SMS, CALLS, *MMS,
                 ("sms", [(n, 1, "1069000001", AT + n, 0, 1, "逾期" * 20) for n in range(1, 60)]))  # fmt: skip
    data = bytearray(path.read_bytes())
    for _ in range(flips):
        data[dice.randrange(len(data))] = dice.randrange(256)
    broken = tmp_path / "broken.db"
    broken.write_bytes(data)
    s = source(broken)
    if s.format == "android-db":
        try:
            facts = list(android_db.read(s))
        except ExhibitError:
            return
        with Quoter(s) as quoter:
            for f in facts:
                if f.loc:
                    with suppress(LocatorError):
                        quoter.quote(f.loc)


@given(st.binary(max_size=600))
def test_any_bytes_have_a_schema_or_none(data):
    import io

    head = sqlite.MAGIC + (512).to_bytes(2, "big") + bytes(82)
    sqlite.schema(io.BytesIO(head + data), 100 + len(data))
    sqlite.schema(io.BytesIO(data), len(data))
