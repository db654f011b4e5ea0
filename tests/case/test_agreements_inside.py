"""Agreements that an app carries in strings, archives and papers: exhibits of their own, each with its place."""

from __future__ import annotations

import io
import json
import shutil
import zipfile

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts import store
from dunproof.facts.kinds import Support
from dunproof.read.quote import quote
from dunproof.read.source import Source

PAGE = (
    "<html><body><h1>隐私政策</h1><p>"
    + "我们收集您的个人信息，经您同意后授权第三方使用，见本协议。" * 9
    + "</p></body></html>"
)
PAPER = f"<w:document><w:t>{PAGE}</w:t></w:document>"


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in members.items():
            made.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def test_each_is_an_exhibit_and_its_place_is_read_again(tmp_path, request):
    demo = request.config.rootpath / "examples" / "synthetic-fenqi" / "exhibits" / "xinghe-fenqi.apk"
    path = tmp_path / "app.apk"
    shutil.copy(demo, path)
    with zipfile.ZipFile(path, "a") as app:
        app.writestr("assets/texts.json", json.dumps({"privacy": PAGE}))
        app.writestr("assets/h5.zip", zipped({"www/p.html": PAGE.replace("使用", "處理")}))
        app.writestr("assets/loan.docx", zipped({"[Content_Types].xml": "x", "word/document.xml": PAPER}))
    outcome = investigate([path], Options(out=tmp_path / "out", cache=False))
    by_name = {e.name.partition("#")[0]: e for e in outcome.casefile.exhibits}
    assert {n: (by_name[n].format, by_name[n].status) for n in by_name if "texts" in n or "h5" in n or "docx" in n} == {
        "assets/texts.json": ("html", "read"), "assets/h5.zip!/www/p.html": ("html", "read"),
        "assets/loan.docx": ("docx", "unread"),
    }  # fmt: skip
    assert [p.code for p in by_name["assets/loan.docx"].problems] == ["format-not-supported"]
    (place,) = [
        f.loc for f in store.read(tmp_path / "out" / "facts.jsonl") if isinstance(f, Support) and "texts.json" in f.loc
    ]
    source = Source(
        exhibit=by_name["app.apk"].exhibit, name="app.apk", format="apk", encoding="", path=path,
        size_bytes=path.stat().st_size,
    )  # fmt: skip
    assert json.loads(f'"{quote(source, place).text}"') == PAGE
