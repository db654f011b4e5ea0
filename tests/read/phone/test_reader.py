"""SMS Backup & Restore exports: records, facts, hostile files."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError, LocatorError
from dunproof.facts.kinds import Coverage, Number, Problem, Sighting
from dunproof.facts.locator import parse
from dunproof.read.formats import sbr
from dunproof.read.phone import reader
from dunproof.read.source import Source

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "corpora" / "phone"
WAYS = {"in": "to_person", "out": "from_person", None: None}


def source(path):
    data = path.read_bytes()
    return Source(
        exhibit=hashlib.sha256(data).hexdigest()[:16],
        name=path.name,
        format="sbr-xml",
        encoding="utf-8",
        path=path,
        size_bytes=len(data),
    )


@pytest.fixture
def facts(tmp_path):
    def made(xml):
        path = tmp_path / "export.xml"
        path.write_bytes(xml if isinstance(xml, bytes) else xml.encode())
        return list(reader.read(source(path)))

    return made


def of(found, kind):
    return [f for f in found if isinstance(f, kind)]


def problems(found):
    return {p.code: p for p in of(found, Problem)}


def sms(**fields):
    row = {
        "address": "13800000000",
        "date": "1767225600000",
        "type": "1",
        "body": "x",
        "date_sent": "1767225599000",
    } | fields
    return "<sms " + " ".join(f'{k}="{v}"' for k, v in row.items()) + "/>"


def smses(*rows, count=None):
    return f'<smses count="{len(rows) if count is None else count}">' + "".join(rows) + "</smses>"


# --- the oracles ---------------------------------------------------------------------------------------------------


def oracle():
    rows = []
    for name, folder in (("real", ""), ("synthetic", "synthetic/")):
        path = SHARED / "oracle" / f"{name}.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            row = json.loads(line)
            if row["source"].startswith("sbr") or row["source"] == "superbackup_sms.xml":
                rows.append(pytest.param(folder + row["source"], row, id=f"{row['source']}:{row['record']}"))
    return rows


ORACLE = oracle()


def test_the_oracle_is_whole(corpora):
    assert (corpora / "phone" / "oracle" / "real.jsonl").is_file()
    assert len(ORACLE) > 100


@pytest.mark.parametrize(("name", "row"), ORACLE)
def test_oracle(name, row, corpora):
    found = list(reader.read(source(corpora / "phone" / name)))
    if row["record"] == "file":
        sightings = of(found, Sighting)
        assert len(sightings) == row["found"]
        assert ("count-differs" in problems(found)) == (not row["count_ok"])
        return
    type_, ordinal = row["record"].split("]")[0].split("[")
    loc = f"record={type_}:{int(ordinal) - 1}"
    s = next(f for f in of(found, Sighting) if f.loc == loc)
    assert s.direction == WAYS[row["direction"]]
    assert s.device_utc_us == row["time_ms"] * 1000
    assert s.channel == type_
    if type_ == "call":
        assert s.number_as_written == row["number"]
        assert s.text == ""
        assert s.duration_s == row["duration_s"]
        wanted = {"placed": "answered" if row["duration_s"] else "unanswered"}.get(row["outcome"], row["outcome"])
        assert s.outcome == wanted
        return
    assert s.text == row["text"]
    assert s.outcome == "none"
    assert row.get("repaired", s.repaired) == s.repaired
    if row["number"].startswith("group_"):  # an RCS group: the recipients stand in the addresses
        assert s.number_as_written.count("~") == 2
    else:
        assert s.number_as_written == row["number"]


@pytest.mark.parametrize("name", ["laughs.xml", "external.xml", "laughs_utf16.xml"])
def test_document_types_are_refused(name, corpora):
    start = time.process_time()
    with pytest.raises(ExhibitError) as caught:
        list(reader.read(source(corpora / "phone" / "hostile" / name)))
    assert caught.value.code == "xml-doctype"
    assert time.process_time() - start < 1


def test_every_offset_points_at_its_record(corpora):
    paths = [*(corpora / "phone" / "sbr").glob("*.xml"), *(corpora / "phone" / "synthetic").glob("s*.xml")]
    assert len(paths) >= 9
    for path in paths:
        data = path.read_bytes()
        with path.open("rb") as file:
            for record in sbr.Export(file).records():
                mark = f"<{record.type} ".encode()
                assert data[record.offset : record.offset + len(mark)] == mark, (path.name, record.type, record.n)
        assert path.read_bytes() == data


# --- what a record means -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "direction"),
    [
        ("1", "to_person"),
        ("2", "from_person"),
        ("4", "from_person"),
        ("5", "from_person"),
        ("6", "from_person"),
        ("9", None),
    ],
)
def test_directions_of_messages(facts, type_, direction):
    found = facts(smses(sms(type=type_)))
    (s,) = of(found, Sighting)
    assert (s.direction, s.record_type) == (direction, type_)
    assert ("unknown-record-type" in problems(found)) == (direction is None)


def test_drafts_are_no_contact_but_counted_and_numbered(facts):
    found = facts(smses(sms(type="3"), sms(body="second")))
    (s,) = of(found, Sighting)
    assert s.loc == "record=sms:1"
    assert problems(found)["drafts-left-out"].loc == "record=sms:0"
    assert "count-differs" not in problems(found)


@pytest.mark.parametrize(
    ("type_", "duration", "wanted"),
    [
        ("1", "61", ("to_person", "answered", 61)),
        ("2", "5", ("from_person", "answered", 5)),
        ("2", "0", ("from_person", "unanswered", 0)),
        ("3", "0", ("to_person", "missed", 0)),
        ("4", "0", ("to_person", "voicemail", 0)),
        ("5", "0", ("to_person", "rejected", 0)),
        ("6", "0", ("to_person", "blocked", 0)),
        ("7", "9", ("to_person", "answered", 9)),
        ("99", "0", (None, None, 0)),
        ("1", "-5", ("to_person", "answered", None)),
        ("2", "null", ("from_person", None, None)),
    ],
)
def test_calls(facts, type_, duration, wanted):
    found = facts(
        f'<calls count="1"><call number="" duration="{duration}" date="1767225600000" type="{type_}"/></calls>'
    )
    (s,) = of(found, Sighting)
    assert (s.direction, s.outcome, s.duration_s) == wanted
    assert (s.number, s.text, s.channel) == ("", "", "call")
    assert ("implausible-duration" in problems(found)) == (wanted[2] is None)


def test_times(facts):
    found = facts(
        smses(
            sms(date_sent="0"),
            sms(date="null"),
            sms(date="1767225600"),
            sms(date="9" * 30),
            sms(date="-1"),
            sms(date="１"),
        )
    )
    first, *rest = of(found, Sighting)
    assert first.device_utc_us == first.utc_us == 1_767_225_600_000_000
    assert first.sent_utc_us is None
    assert (first.time_basis, first.precision, first.local_day, first.zone) == ("handset_utc", "ms", None, None)
    assert all(s.device_utc_us is None and s.utc_us is None and s.time_basis is None for s in rest)
    assert problems(found)["implausible-time"].detail.startswith("5 ")


def test_literal_null_is_nothing(facts):
    (s,) = of(facts(smses(sms(body="null", address="null", contact_name="null", date_sent="null"))), Sighting)
    assert (s.text, s.number, s.number_as_written, s.name_shown, s.sent_utc_us) == (None, None, "", "", None)
    (s,) = of(facts(smses(sms(body="", contact_name="(Unknown)"))), Sighting)
    assert (s.text, s.name_shown) == ("", "")


def mms(address, addrs, *, box="1", parts='<part ct="text/plain" text="还钱"/>', more=""):
    rows = "".join(f'<addr address="{number}" type="{type_}"/>' for number, type_ in addrs)
    return (
        f'<mms date="1767225600000" msg_box="{box}" address="{address}" {more}><parts>{parts}</parts>'
        f"<addrs>{rows}</addrs></mms>"
    )


def test_mms_sender_is_the_address_of_type_137(facts):
    own = ("insert-address-token", "151")
    (s,) = of(facts(smses(mms("13800000001~13800000002", [("13800000002", "137"), own]))), Sighting)
    assert (s.number, s.precision) == ("13800000002", "s")
    (s,) = of(facts(smses(mms("13800000001", [("insert-address-token", "137")]))), Sighting)
    assert s.number == "13800000001"
    (s,) = of(facts(smses(mms("13800000003", [("insert-address-token", "137")], box="2"))), Sighting)
    assert (s.direction, s.number) == ("from_person", "13800000003")


def test_mms_text_parts(facts):
    parts = (
        '<part ct="application/smil" text="&lt;smil/&gt;"/><part ct="text/plain" text="one"/>'
        '<part ct="image/jpeg" text="null" data="/9j/"/><part ct="text/plain" text="two"/><part ct="text/plain" text="null"/>'
    )
    (s,) = of(facts(smses(mms("13800000001", [], parts=parts))), Sighting)
    assert s.text == "one\ntwo"
    (s,) = of(facts(smses(mms("13800000001", [], parts=parts, more='sub="催收"'))), Sighting)
    assert s.text == "催收\none\ntwo"
    spoiled = "催收".encode().decode("latin-1")
    refs = "".join(f"&#{ord(c)};" for c in spoiled)
    (s,) = of(facts(smses(mms("13800000001", [], parts="", more=f'sub="{refs}"'))), Sighting)
    assert s.text == "催收"
    (s,) = of(facts(smses(mms("13800000001", [], parts=""))), Sighting)
    assert s.text is None


def test_a_group_gives_a_number_for_each_member(facts):
    found = facts(smses(mms("13800000001~13800000002", [], box="2")))
    assert {n.number_class for n in of(found, Number)} == {"group", "mobile"}
    assert of(found, Sighting)[0].number == "13800000001~13800000002"


def test_numbers_once_each_before_their_sighting(facts):
    found = facts(
        smses(sms(), sms(address="+86 138 0000 0000"), sms(address="106900000000"), sms(address="138****0000"))
    )
    numbers = of(found, Number)
    assert [(n.number, n.number_class, n.masked) for n in numbers] == [
        ("13800000000", "mobile", False),
        ("106900000000", "sms_port_1069", False),
        ("138****0000", "masked", True),
    ]
    assert [s.number for s in of(found, Sighting)][:2] == ["13800000000", "13800000000"]
    assert {n.tier for n in numbers} == {"derived"}


def test_coverage_has_days_and_counts(facts):
    found = facts(smses(sms(date="1767196799000"), sms(date="1767196800000")))  # 23:59:59 and 00:00 in Shanghai
    coverage = {c.looked_for: c for c in of(found, Coverage)}
    assert set(coverage) == set(reader.LOOKS_FOR)
    c = coverage["sighting"]
    assert (c.first_day, c.last_day, c.count, c.status, c.reason) == ("2025-12-31", "2026-01-01", 2, "read", "")
    assert c.subject == c.exhibit
    empty = {c.looked_for: c for c in of(facts(smses()), Coverage)}["sighting"]
    assert (empty.first_day, empty.count, empty.status) == (None, 0, "read")


def test_a_wrong_count_is_said_and_is_no_bound(facts):
    found = facts(smses(sms(), sms(), count=1))
    assert len(of(found, Sighting)) == 2
    assert problems(found)["count-differs"].detail == "the export declares 1 records and holds 2"


def test_an_export_without_service_messages_is_only_partly_read(facts):
    found = facts(smses(*[sms(date=str(1767225600000 + i * 100_000)) for i in range(50)]))
    assert "no-service-messages" in problems(found)
    assert of(found, Coverage)[0].status == "partly"
    enough = [sms(date=str(1767225600000 + i * 100_000)) for i in range(49)]
    assert "no-service-messages" not in problems(facts(smses(*enough)))
    assert "no-service-messages" not in problems(facts(smses(*enough, sms(address="95588"))))


def test_restored_messages_lose_their_time_basis(facts):
    restored = [sms(date=str(1767225600000 + i), date_sent=str(1760000000000 + i * 86_400_000)) for i in range(25)]
    real = sms(date="1767325600000", date_sent="1767325599000")
    found = facts(smses(*restored, real))
    sightings = of(found, Sighting)
    assert [s.loc for s in sightings] == [f"record=sms:{i}" for i in range(26)]
    assert [s.time_basis for s in sightings] == ["suspect_restore"] * 25 + ["handset_utc"]
    assert problems(found)["restored-times"].detail.startswith("25 ")


def test_a_bombardment_is_no_restore(facts):
    burst = [sms(date=str(1767225600000 + i * 100), date_sent=str(1767225599000 + i * 100)) for i in range(300)]
    found = facts(smses(*burst))
    assert {s.time_basis for s in of(found, Sighting)} == {"handset_utc"}
    assert [s.loc for s in of(found, Sighting)] == [f"record=sms:{i}" for i in range(300)]


def test_a_wrong_clock_is_said(facts):
    found = facts(
        smses(*[sms(date=str(1767225600000 + i * 90_000), date_sent=str(1767215600000 + i * 90_000)) for i in range(3)])
    )
    assert "10000 s" in problems(found)["clock-offset"].detail


# --- broken and hostile files --------------------------------------------------------------------------------------


def test_a_cut_file_keeps_its_rows(facts):
    whole = smses(*[sms(body=f"n{i}") for i in range(5)])
    found = facts(whole[: whole.index("n3")])
    assert [s.text for s in of(found, Sighting)] == ["n0", "n1", "n2"]
    assert problems(found)["truncated"].loc.startswith("byte=")
    assert {(c.status, c.reason) for c in of(found, Coverage)} == {("partly", "truncated")}


def test_what_is_no_xml_keeps_the_rows_before(facts):
    found = facts(smses(sms(body="ok"), '<sms body="a & b"/>', sms(body="lost")))
    assert [s.text for s in of(found, Sighting)] == ["ok"]
    assert problems(found)["xml-malformed"].loc.startswith("byte=")


@pytest.mark.parametrize("xml", ["<plist/>", "<html><sms/></html>", "<sms body='x'/>"])
def test_other_xml_is_no_export(facts, xml):
    with pytest.raises(ExhibitError) as caught:
        facts(xml)
    assert caught.value.code == "not-an-export"


def test_deep_nesting_stops(facts):
    found = facts("<smses>" + sms() + "<a>" * 200_000)
    assert "xml-too-deep" in problems(found)
    found = facts("<smses>" + "<sms>" * 200_000)
    assert "xml-too-deep" in problems(found)


def test_one_endless_element_stops(facts, monkeypatch):
    monkeypatch.setattr(sbr, "LONGEST_TOKEN", 2 << 20)
    found = facts("<smses>" + sms(body="first") + '<sms body="' + "还" * (2 << 20))
    assert "xml-token-too-long" in problems(found)
    assert [s.text for s in of(found, Sighting)] == ["first"]


def test_a_picture_of_16_mib_costs_no_time(tmp_path):
    path = tmp_path / "p.xml"
    part = '<part ct="image/jpeg" data="' + "/9j/4AAQ" * (2 << 20) + '"/>'
    path.write_text(
        smses(mms("13800000001", [], parts=part + '<part ct="text/plain" text="after"/>'), sms(body="last"))
    )
    src = source(path)
    start = time.process_time()
    found = list(reader.read(src))
    assert time.process_time() - start < 1
    assert [s.text for s in of(found, Sighting)] == ["after", "last"]
    tracemalloc.start()
    list(reader.read(src))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


def test_odd_but_legal(facts):
    big = "熄" * 1_000_000
    parts = "".join(f'<part ct="text/plain" text="{i}"/>' for i in range(2000))
    rtl = "\u202egnp.exe"
    found = facts(
        smses(
            sms(body=big), sms(body=rtl), sms(address="9" * 20), sms(body="&#55357;&#56832;"), mms("1", [], parts=parts)
        )
    )
    texts = [s.text for s in of(found, Sighting)]
    assert texts[0] == big
    assert texts[1] == rtl
    assert texts[3] == "😀"
    assert texts[4].count("\n") == 1999
    assert [s.repaired for s in of(found, Sighting)] == [False, False, False, True, False]


def test_only_lost_characters_are_a_problem(facts):
    assert "characters-lost" not in problems(facts(smses(sms(body="&#55357;&#56832;"))))
    found = facts(smses(sms(body="a&#1;b"), sms(body="c"), sms(body="d&#55357;")))
    assert problems(found)["characters-lost"].detail.endswith("control 1, lone-surrogate 1")
    assert [s.text for s in of(found, Sighting)] == ["a\ufffdb", "c", "d\ufffd"]
    assert [s.repaired for s in of(found, Sighting)] == [True, False, True]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5"])
def test_other_encodings(facts, encoding):
    text = "您的借款已逾期" if encoding != "big5" else "您的借款已逾期請聯絡"
    xml = f'<?xml version="1.0" encoding="{encoding}"?>' + smses(sms(body=text), sms(body="&#55357;&#56832;"))
    found = facts(xml.encode(encoding))
    assert [s.text for s in of(found, Sighting)] == [text, "😀"]


@pytest.mark.parametrize("label", ["utf-16", "gb2312", "iso-8859-1", "nonsense"])
def test_a_lying_label_is_not_believed(facts, label):
    (s,) = of(facts(f'<?xml version="1.0" encoding="{label}"?>' + smses(sms(body="已逾期"))), Sighting)
    assert s.text == "已逾期"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_exports_raise_nothing_else(data):
    base = bytearray(smses(sms(), mms("13800000001", [("13800000002", "137")]), sms(body="&#55357;&#56832;")).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(base) - 1))
        base[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    export = sbr.Export(io.BytesIO(bytes(base)))
    texts = []
    with contextlib.suppress(ExhibitError):
        texts = [record.text for record in export.records()]
    assert all(t is None or isinstance(t, str) for t in texts)


# --- one record for a quotation --------------------------------------------------------------------------------------


def test_locators_lead_back_to_the_text(tmp_path):
    path = tmp_path / "e.xml"
    path.write_text(
        smses(sms(body="one"), mms("13800000001", []), sms(body="a&#10;b&#55357;&#56832;c"), sms(type="3", body="d"))
    )
    for s in of(list(reader.read(source(path))), Sighting):
        (place,) = parse(s.loc).places
        assert sbr.record(path, place.type, place.n).text == s.text
    assert sbr.record(path, "sms", 2).text == "d"
    both = sbr.select(path, [("sms", 1), ("mms", 0)])
    assert both["sms", 1].text == "a\nb😀c"
    with pytest.raises(LocatorError, match="no record sms:3"):
        sbr.record(path, "sms", 3)


def test_reading_is_repeatable_and_leaves_the_exhibit(corpora):
    path = corpora / "phone" / "sbr" / "sms_and_mms_2024.xml"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    assert list(reader.read(source(path))) == list(reader.read(source(path)))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    ids = [f.fact_id for f in reader.read(source(path))]
    assert len(ids) == len(set(ids))
