from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunproof.read.sniff import sniff


def archive(*names: str, before: bytes = b"", cut: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name in names:
            z.writestr(zipfile.ZipInfo(name), b"x")  # a fixed time: the bytes name the test
    data = before + out.getvalue()
    return data[: len(data) - cut] if cut else data


SBR = "<?xml version='1.0' encoding='{}' ?>\n<!--File Created By X-->\n<smses count=\"1\"><sms body=\"催收\" /></smses>"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n", "pdf"),
        (b"SQLite format 3\x00" + bytes(100), "sqlite"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(20), "heic"),
        (b"ANDROID BACKUP\n5\n1\nnone\n", "adb-backup"),
        (archive("AndroidManifest.xml", "classes.dex"), "apk"),
        (archive("classes.dex", cut=60), "apk"),
        (archive("AndroidManifest.xml", before=b"dex\n035\x00" + bytes(100)), "apk"),
        (archive("a.txt", "b/AndroidManifest.xml"), "zip"),
        (archive("[Content_Types].xml", "word/document.xml"), "docx"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (archive("base.apk", "split_config.zh.apk", "toc.pb"), "apks"),
        (archive("base.apk", "notes.txt"), "apks"),
        (archive("one.apk", "notes.txt"), "zip"),
        (archive(), "zip"),
        (b"dex\n035\x00" + bytes(100), "dex"),
        (SBR.format("UTF-8").encode(), "sbr-xml"),
        (SBR.format("UTF-16").encode(), "sbr-xml"),
        (SBR.format("UTF-8").encode("utf-16"), "sbr-xml"),
        (SBR.format("UTF-8").encode("utf-8-sig"), "sbr-xml"),
        (SBR.format("GBK").encode("gb18030"), "sbr-xml"),
        (b"<calls count='0'/>", "sbr-xml"),
        (b"<?xml version='1.0'?><rss><item/></rss>", "xml"),
        ("<!DOCTYPE html><p>隐私政策".encode(), "html"),
        ("<div>协议</div><p>一</p><p>二</p><p>三</p>".encode("gb18030"), "html"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html><body>x', "html"),
        ("隐私政策\n\n我们收集 a<b 的信息\n".encode(), "text"),
        ("# 第三方\n\n| 名称 | 目的 |\n|---|---|\n| 甲 | 乙 |\n".encode(), "text"),
        ("#### SDK 目录\n<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>\n".encode(), "text"),
        (b'{"a": [1, 2]}', "json"),
        (b'{"a": 1}\n{"a": 2}\n', "ndjson"),
        (b"[[[" * 50000, "json"),
        ("[提示] 您的借款已逾期".encode(), "text"),
        ("起始时间,通信方式,对方号码,通信时长\n".encode("gb18030"), "csv"),
        ("某公司详单\n月份：9月\nDate;Type;Number;Duration\n1;2;3;4\n".encode("utf-16"), "csv"),
        ("时间\t号码\t短信内容\n1\t2\t# 3\n".encode(), "csv"),
        ("名称,目的,信息种类\n甲,风控,姓名\n".encode(), "text"),
        ("我们在以下时间,向对方号码,发送短信内容\n".encode(), "text"),
        (b"BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n", "vcard"),
        (bytes(5000), ""),
        (bytes(range(256)) * 40, ""),
        (b"4092:9:websocket;0:~8:response;400:6:reason;2:OK;}4:type;4:http;}", "mitmproxy"),
        (b"38:4:type;4:http;7:version;2:20#5:error;0:~}", "mitmproxy"),
        (b"3:abc,", "text"),
        (b"12:30 called, 4:http", "text"),
        (archive("[Content_Types].xml", "raw/01_c.txt", "raw/01_m.xml", "raw/01_s.txt"), "fiddler"),
        (archive("raw/notes.txt", "01_c.txt"), "zip"),
        (b"\xac\xed\x00\x05sr\x00\x1fcom.xk72.charles.model.Session", "charles"),
        (
            b'[{"status":"COMPLETE","method":"POST","protocolVersion":"HTTP/1.1","scheme":"https","tunnel":false}]',
            "charles",
        ),
        (b'[{"status":"COMPLETE","method":"POST"}]', "json"),
        (b"<?xml version='1.0' encoding='UTF-8' ?>\n<charles-session><transaction/></charles-session>", "charles"),
        (
            b'<?xml version="1.0"?>\n<!DOCTYPE items [\n<!ELEMENT items (item*)>\n]>\n<items burpVersion="2024.1"/>',
            "burp",
        ),
        (b'<?xml version="1.0"?><items><item/></items>', "xml"),
        (archive("request_1_a.json", "request_2_b.json"), "zip"),
        (archive("1/request.hcy", "1/request.json", "1/response.hcy"), "httpcanary"),
        (b"\x4d\x3c\xb2\xa1" + bytes(30), "pcap"),
        (b"\xa1\xb2\x3c\x4d" + bytes(30), "pcap"),
        (b"snoop\x00\x00\x00" + bytes(30), "pcap"),
        (b'[{"_index": "packets-2026-03-01", "_source": {"layers": {}}}]', "pcap"),
        (b'<?xml version="1.0"?><pdml version="0"></pdml>', "pcap"),
    ],
)
def test_the_content_says_the_format(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert sniff(path).format == expected


@pytest.mark.parametrize(
    ("name", "data", "note"),
    [
        ("policy.html", b"%PDF-1.7\n", "the name ends in .html (html), the content is pdf"),
        ("sms.xml", SBR.format("UTF-8").encode(), ""),
        ("notes.md", "隐私".encode(), ""),
        ("app.apk", b"plain words of a person\n", "the name ends in .apk (apk), the content is text"),
        ("noname", b"%PDF-1.7\n", ""),
        ("x.unheardof", b"%PDF-1.7\n", ""),
    ],
)
def test_a_name_that_lies_is_noted(tmp_path: Path, name: str, data: bytes, note: str) -> None:
    path = tmp_path / "stored"
    path.write_bytes(data)
    assert sniff(path, name).note == note


@pytest.mark.parametrize(
    ("name", "expected"),
    [("run.proxymanlogv2", "proxyman"), ("run.proxymansession", "proxyman"), ("A.CHLS", "charles"), ("a.chlsj", "charles"),
     ("a.saz", "fiddler"), ("request.hcy", "httpcanary")],
)  # fmt: skip
@pytest.mark.parametrize(
    "data", [archive("request_1_a"), b'{"a": 1}', bytes(range(256)) * 40, b"\x1f\x8b\x08" + bytes(9)]
)
def test_what_only_a_name_tells_is_refused_under_that_name(
    tmp_path: Path, name: str, expected: str, data: bytes
) -> None:
    path = tmp_path / "stored"
    path.write_bytes(data)
    assert sniff(path, name).format == expected
    assert sniff(path, "run.dat").format != expected


def test_the_encoding_is_that_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "late.txt"
    path.write_bytes(b"a" * 100_000 + "借款".encode("gb18030"))
    assert sniff(path).encoding == "gb18030"
    path.write_bytes(("协议" * 40_000).encode())  # the head ends inside a character
    assert sniff(path).encoding == "utf-8"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.binary(max_size=400), head=st.sampled_from([b"", b"PK\x03\x04", b"<smses", b"{", b"RIFF", b"BM"]))
def test_never_raises(tmp_path: Path, data: bytes, head: bytes) -> None:
    path = tmp_path / "f"
    path.write_bytes(head + data)
    sniff(path)


@pytest.mark.corpus
def test_every_real_file_is_what_its_folder_says(corpora: Path) -> None:
    for path in (corpora / "apk").glob("*.apk"):
        assert sniff(path).format == "apk", path.name
    for path in (corpora / "phone" / "sbr").glob("*.xml"):
        assert sniff(path).format == "sbr-xml", path.name
    for path in (corpora / "policy" / "docs").iterdir():
        assert sniff(path).format in {"html", "text"}, path.name
