from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunproof.errors import LocatorError
from dunproof.facts.locator import char
from dunproof.read.quote import LONGEST, Quote, Quoter, quote
from dunproof.read.source import Source

SMS = """<?xml version='1.0' encoding='UTF-8'?>
<smses count="3">
<sms address="106900000001" date="1772372400000" type="1" body="您的借款已逾期，请还款" />
<mms date="1772372400000" msg_box="1" address="106900000002"><parts/></mms>
<call number="+8613800000000" duration="0" date="1772372400000" type="3" />
<call number="13800000001" duration="65" date="1772372400000" type="2" />
<call number="" duration="0" date="null" type="5" />
</smses>
"""


def source(tmp_path: Path, data: bytes | str, format_: str, name: str = "file") -> Source:
    path = tmp_path / name
    raw = data.encode() if isinstance(data, str) else data
    path.write_bytes(raw)
    return Source(exhibit="ab" * 8, name=name, format=format_, encoding="", path=path, size_bytes=len(raw))


def test_text_with_its_paragraph(tmp_path: Path) -> None:
    text = "第一段\n我们会读取您的通讯录，用于风控。\n第三段"
    at = text.index("读取")
    s = source(tmp_path, text.encode("gb18030"), "text")
    assert quote(s, char(at, at + 7)) == Quote("读取您的通讯录", "我们会", "，用于风控。")
    assert quote(s, f"abababababababab#{char(at, at + 2)}").text == "读取"
    assert quote(s, "line=1").text == "我们会读取您的通讯录，用于风控。"
    assert quote(s, "").text == "file"


def test_html_shows_what_a_reader_sees(tmp_path: Path) -> None:
    page = "<p>前言</p><p>我们会读取您的<b>通&nbsp;讯录</b>，用于<i>风控</i>。</p><p>后记</p>"
    s = source(tmp_path, page, "html")
    assert quote(s, char(page.index("读取"), page.index("</b>"))) == Quote(
        "读取您的通\xa0讯录", "我们会", "，用于风控。"
    )


def test_records_and_their_printed_forms(tmp_path: Path) -> None:
    s = source(tmp_path, SMS, "sbr-xml")
    with Quoter(s) as quoter:
        quoter.prepare(["record=call:0", "record=sms:0&char=0,2", "record=call:9", "no locator"])
        assert quoter.quote("record=sms:0").text == "您的借款已逾期，请还款"
        assert quoter.quote("record=sms:0&char=5,7") == Quote("逾期", "您的借款已", "，请还款")
        assert quoter.quote("record=call:0").text == "call from +8613800000000 2026-03-01T21:40:00+08:00 0 s missed"
        assert quoter.quote("record=call:1").text == "call to 13800000001 2026-03-01T21:40:00+08:00 65 s outgoing"
        assert quoter.quote("record=call:2").text == "call from (withheld) (no time) 0 s rejected"
        assert quoter.quote("record=mms:0").text == "mms from 106900000002 2026-03-01T21:40:00+08:00 (no words)"
        with pytest.raises(LocatorError, match="no call record 9"):
            quoter.quote("record=call:9")
    assert "T14:40:00+01:00" in Quoter(s, "Europe/Berlin").quote("record=call:0").text


def test_places_in_members(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("assets/a.html", "<html><p>收集<b>通讯录</b></p></html>")
        z.writestr("assets/b.txt", "收集通讯录")
    s = source(tmp_path, out.getvalue(), "apk")
    assert quote(s, "!/assets/a.html#char=9,17").text == "收集通讯录"
    assert quote(s, "!/assets/b.txt#char=2,5") == Quote("通讯录", "收集", "")
    assert quote(s, "!/assets/b.txt").text == "assets/b.txt"
    assert quote(s, "!/assets/b.txt#byte=0x0,3").text == "e6 94 b6"
    with pytest.raises(LocatorError, match="no member"):
        quote(s, "!/assets/c.txt")


def test_tables_and_json(tmp_path: Path) -> None:
    table = source(tmp_path, '号码;时间\n1;a\n2;"b;c"\n', "text")
    assert quote(table, "row=1").text == "号码 | 时间"  # RFC 7111: the head is a row
    assert quote(table, "row=3").text == "2 | b;c"
    data = source(tmp_path, '{"smses": [{"body": "逾期"}], "a/b": {"n": 1}}', "json", "j")
    assert quote(data, "pointer=/smses/0/body").text == "逾期"
    assert quote(data, "pointer=/a~1b").text == '{"n":1}'
    assert quote(data, "pointer=/smses/0/body&char=0,1").text == "逾"


@pytest.mark.parametrize(
    "loc",
    ["char=0,99", "line=7", "row=5", "pointer=/a", "byte=0xff,3", "page=1", "t=1,2", "record=sms:0", "rowid=a:1",
     "cell=A!B1", "xywh=pixel:1,1,1,1", "0000000000000000#char=0,1", "!/x#char=0,1", "insn=classes.dex@0x10", "nonsense"],
)  # fmt: skip
def test_a_place_that_is_not_there_is_an_error(tmp_path: Path, loc: str) -> None:
    with pytest.raises(LocatorError):
        quote(source(tmp_path, "short text\nmore", "text"), loc)


def test_a_quote_is_bounded(tmp_path: Path) -> None:
    s = source(tmp_path, "x" * 100_000, "text")
    assert len(quote(s, char(0, 100_000)).text) == LONGEST + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(text=st.text(alphabet="协议abc\n，<>&;/p", max_size=80), data=st.data())
def test_any_span_of_a_text_comes_back(tmp_path: Path, text: str, data: st.DataObject) -> None:
    a = data.draw(st.integers(0, len(text)))
    b = data.draw(st.integers(a, len(text)))
    s = source(tmp_path, text, "text")
    found = quote(s, char(a, b))
    assert found.text == text[a:b]
    assert text[:a].endswith(found.before)
    assert text[b:].startswith(found.after)
    quote(source(tmp_path, text, "html"), char(a, b))
