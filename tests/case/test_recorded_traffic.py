"""A recording beside the app it belongs to: what was sent is tied to the app, and every place is read again."""

from __future__ import annotations

import json
import shutil
import zipfile

import pytest

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts import store
from dunproof.facts.kinds import App, Coverage, Upload
from dunproof.facts.problems import load
from dunproof.read.quote import quote
from dunproof.read.source import Source

BOOK = [{"name": f"甲{n}", "tel": f"1380000000{n}"} for n in range(4)]


def test_what_was_sent_belongs_to_the_app(tmp_path, request):
    folder = tmp_path / "case"
    folder.mkdir()
    demo = request.config.rootpath / "examples" / "synthetic-fenqi" / "exhibits" / "xinghe-fenqi.apk"
    shutil.copy(demo, folder / "app.apk")
    sent = {"request": {"url": "https://api.example.com/up", "postData": {"text": json.dumps({"contacts": BOOK})}}}
    (folder / "run.har").write_text(json.dumps({"log": {"creator": {}, "entries": [sent]}}), "utf-8")
    (folder / "case.toml").write_text('[[exhibit]]\nfile = "run.har"\napp = "app.apk"\n', "utf-8")
    outcome = investigate([folder], Options(out=tmp_path / "out", cache=False))
    facts = list(store.read(tmp_path / "out" / "facts.jsonl"))
    app = next(f.app for f in facts if isinstance(f, App))
    (upload,) = [f for f in facts if isinstance(f, Upload)]
    assert (upload.app, upload.host, upload.category) == (app, "api.example.com", "contacts")
    path = folder / "run.har"
    source = Source(
        exhibit=upload.exhibit,
        name="run.har",
        format="har",
        encoding="utf-8",
        path=path,
        size_bytes=path.stat().st_size,
    )
    assert quote(source, upload.loc).text.startswith('"contacts": [')
    assert any(c.looked_for == "upload" and c.status == "read" for c in facts if isinstance(c, Coverage))
    assert outcome.casefile.verdicts


def test_a_recording_of_one_app_does_not_answer_for_another(tmp_path, corpora, request):
    demo = request.config.rootpath / "examples" / "synthetic-fenqi" / "exhibits" / "xinghe-fenqi.apk"
    folder = tmp_path / "case"
    folder.mkdir()
    shutil.copy(demo, folder / "one.apk")
    shutil.copy(corpora / "apk" / "fd_souch.smsbypass_9.apk", folder / "other.apk")
    (folder / "run.har").write_text(json.dumps({"log": {"creator": {}, "entries": []}}), "utf-8")
    (folder / "case.toml").write_text('as_of = "2026-03-01"\n[[exhibit]]\nfile = "run.har"\napp = "one.apk"\n', "utf-8")
    investigate([folder], Options(out=tmp_path / "out", cache=False, lender="甲", lender_type="microloan"))
    case = json.loads((tmp_path / "out" / "case.json").read_bytes())
    names = {e["exhibit"]: e["name"] for e in case["exhibits"]}
    found = {names[v["subject"]]: v["verdict"] for v in case["verdicts"] if v["rule"] == "cn-app-contacts-sent"}
    assert found == {"one.apk": "kept", "other.apk": "unseen"}


@pytest.mark.parametrize(
    ("name", "data", "code", "words"),
    [
        ("run.pcap", b"\xd4\xc3\xb2\xa1" + bytes(200), "traffic-not-har", "hardump"),
        ("run.flows", b"62:9:websocket;0:~4:type;4:http;7:version;2:20#}", "traffic-mitmproxy", "mitmdump -nr"),
        ("run.chls", b"\xac\xed\x00\x05sr\x00\x0fcom.xk72.charles", "traffic-charles", "charles convert"),
        ("run.xml", b'<?xml version="1.0"?><items burpVersion="2024.1"><item/></items>', "traffic-burp", "HAR"),
        ("run.jsonl", b'{"method": "POST", "url": "https://api.example.com/x"}\n' * 3, "traffic-requests", "HAR"),
        (
            "run.json",
            b'[{"request": {"url": "https://api.example.com/x", "method": "GET"}}]',
            "traffic-requests",
            "HAR",
        ),
        ("run.txt", b"POST /v1/up HTTP/1.1\r\nHost: api.example.com\r\n\r\n{}", "traffic-requests", "HAR"),
        ("run.sh", b"curl -X POST 'https://api.example.com/x' -d '{}'", "traffic-requests", "HAR"),
        ("run.proxymanlogv2", bytes(range(256)) * 40, "traffic-proxyman", "proxyman-cli export-log"),
    ],
)
def test_other_recordings_are_refused_by_name_with_the_way_to_har(tmp_path, name, data, code, words):
    (tmp_path / name).write_bytes(data)
    outcome = investigate([tmp_path / name], Options(out=tmp_path / "out", cache=False))
    assert [p.code for e in outcome.casefile.exhibits for p in e.problems] == [code]
    assert outcome.exit_code() == 3
    assert words in load()[code].hint["en"]


@pytest.mark.parametrize(
    ("file", "names", "code"),
    [
        ("run.saz", ["[Content_Types].xml", "raw/01_c.txt", "raw/01_s.txt"], "traffic-fiddler"),
        ("run.zip", ["1/request.hcy", "1/request.json"], "traffic-httpcanary"),
    ],
)
def test_archives_of_recorders_are_not_taken_for_archives_of_papers(tmp_path, file, names, code):
    with zipfile.ZipFile(tmp_path / file, "w") as made:
        for name in names:
            made.writestr(name, "POST https://api.example.com/ HTTP/1.1")
    outcome = investigate([tmp_path / file], Options(out=tmp_path / "out", cache=False))
    assert [(e.name, [p.code for p in e.problems]) for e in outcome.casefile.exhibits] == [(file, [code])]
