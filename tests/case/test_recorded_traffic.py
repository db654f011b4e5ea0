"""A recording beside the app it belongs to: what was sent is tied to the app, and every place is read again."""

from __future__ import annotations

import json
import shutil

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts import store
from dunproof.facts.kinds import App, Coverage, Upload
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


def test_a_capture_of_packets_is_refused_by_name(tmp_path):
    (tmp_path / "run.pcap").write_bytes(b"\xd4\xc3\xb2\xa1" + bytes(200))
    outcome = investigate([tmp_path], Options(out=tmp_path / "out", cache=False))
    assert [p.code for e in outcome.casefile.exhibits for p in e.problems] == ["traffic-not-har"]
