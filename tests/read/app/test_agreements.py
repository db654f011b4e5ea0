"""Agreements inside an app: found by what they say, whatever holds them; what was left out is said."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile

import pytest

from dunproof.errors import ExhibitError
from dunproof.read.app import agreements
from dunproof.read.app.agreements import Unread
from dunproof.read.app.package import js
from dunproof.read.formats.zip import Archive
from dunproof.read.source import Member

ZH = "隐私政策：我们收集您的个人信息，经您同意后授权第三方使用，用途见本协议。借款人即甲方。" * 6
HANT = "隱私政策：我們收集您的個人資料，經您同意後授權第三方使用，用途見本協議。" * 6
EN = "Privacy Policy. We collect personal information of the Borrower for the Lender under this Loan Agreement. " * 6
PAGE = f"<html><body><h1>隐私政策</h1><p>{ZH}</p></body></html>"
LICENCE = "Apache License. Terms and conditions for use. You may reproduce the Work. No trade marks. Third party. " * 9


def zipped(members, flags=0):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    data = bytearray(out.getvalue())
    at = -1
    while flags and (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 8] |= flags
    return bytes(data)


def found(members):
    """Return (name, bytes) of what is given back, and the problems."""
    all_ = list(agreements.find(Archive(zipped(members))))
    return [(m.name, m.data) for m in all_ if isinstance(m, Member)], [u for u in all_ if isinstance(u, Unread)]


WHOLE = {
    "assets/a.html": PAGE.encode(),
    "assets/gbk.txt": ZH.encode("gb18030"),
    "assets/agreement": ZH.encode(),
    "assets/utf16.dat": ZH.encode("utf-16"),
    "res/raw/x.html": PAGE.encode(),
    "r/a/b": PAGE.encode(),
    "assets/trad.html": HANT.encode(),
    "assets/en.html": EN.encode(),
    "assets/view.vue": f"<template>{ZH}</template>".encode(),
    "assets/notice": ("[提示] " + ZH).encode(),
    "assets/a.pdf": b"%PDF-1.4\n" + bytes(range(256)),
    "assets/a.docx": zipped({"word/document.xml": f"<w:document><w:t>{ZH}</w:t></w:document>"}),
    "assets/a.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99) + ZH.encode("utf-16-le"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_it_is_found_by_what_it_says(name):
    assert found({name: WHOLE[name]}) == ([(name, WHOLE[name])], [])


STRINGS = {
    "assets/www/a.json": json.dumps({"v": 1, "t": PAGE}, ensure_ascii=False),
    "assets/www/b.json": json.dumps([{"t": PAGE}]),
    "assets/www/data": json.dumps({"t": PAGE}, ensure_ascii=False),
    "assets/a.js": f"(function(){{var a='x',b=\"{PAGE}\";return don`t`}})()",
    "assets/b.js": f"e.exports='{PAGE}'",
    "assets/c.js": f"const t = `{PAGE}`; // isn't it",
}


@pytest.mark.parametrize("name", STRINGS)
def test_a_string_that_is_one_is_given_back_with_its_place(name):
    ((where, data),), problems = found({name: STRINGS[name]})
    assert (data.decode(), problems) == (PAGE, [])
    start, stop = map(int, where.removeprefix(name + "#char=").split(","))
    raw = STRINGS[name][start:stop]
    assert raw == PAGE or json.loads(f'"{raw}"') == PAGE


def test_archives_in_archives_are_looked_into():
    package = zipped({"www/a.html": PAGE, "www/t.json": json.dumps({"t": PAGE}), "www/b.css": "a{}", "deep.zip": zipped(
        {"b.html": PAGE})})  # fmt: skip
    files, problems = found({"assets/h5.zip": package, "assets/h5": package})
    inside = ("www/a.html", "www/t.json", "deep.zip!/b.html")
    assert [name.partition("#")[0] for name, _ in files] == [
        f"assets/{outer}!/{name}" for outer in ("h5.zip", "h5") for name in inside
    ]  # fmt: skip
    assert problems == []


def test_archives_too_deep_in_one_another_are_said():
    data = zipped({"a.html": PAGE})
    for _ in range(5):
        data = zipped({"in.zip": data})
    files, problems = found({"assets/h5.zip": data})
    assert (files, [p.code for p in problems]) == ([], ["files-not-searched"])


SENTENCES = [ZH[n : n + 44] for n in range(0, len(ZH), 44)]
PARTS = {
    "numbers of characters": ("assets/a.html", "<p>" + "".join(f"&#x{ord(c):x};" for c in ZH) + "</p>"),
    "a tag for each character": ("assets/a.html", "".join(f"<b>{c}</b>" for c in ZH)),
    "base64": ("assets/a.json", json.dumps({"c": base64.b64encode(PAGE.encode()).decode()})),
    "joined": ("assets/a.js", "var a=" + "+".join(f"'{part}'" for part in SENTENCES)),
    "a list of paragraphs": ("assets/a.json", json.dumps({"title": "隐私政策", "p": SENTENCES}, ensure_ascii=False)),
    "objects": ("assets/a.json", json.dumps([{"p": part} for part in SENTENCES])),
}


@pytest.mark.parametrize("how", PARTS)
def test_it_is_found_in_parts_and_behind_codes(how):
    files, problems = found(dict([PARTS[how]]))
    assert (len(files), problems) == (1, [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("index.html", "<button>同意</button><a>隐私政策</a><a>用户协议</a><p>借款</p><p>授权</p><p>您的额度</p>" * 9),
        ("index.html", "<script>" + ZH + "</script><p>欢迎</p>"),
        ("a.txt", "隐私政策 协议 借款 授权"),
        ("strings.txt", "agree=同意\nprivacy=隐私政策\nuser=用户协议\nloan=借款\nauth=授权\nper=权限\n" * 9),
        ("log.txt", "1.2.0 修复隐私政策弹窗。优化借款流程的若干问题。新增协议页和授权页。\n" * 9),
        ("README.md", "本项目的条款与协议：您同意使用即表示接受授权。第三方库的条款见下文所列。\n" * 9),
        ("a.txt", "许可证 您对本软件的复制与修改受条款约束。源代码的授权见协议。第三方的权限不变。" * 9),
        ("menu.json", json.dumps({str(n): "请先阅读并同意协议中的各项条款。" for n in range(9)}, ensure_ascii=False)),
    ],
)
def test_screens_and_papers_about_software_are_none(name, text):
    assert found({f"assets/{name}": text}) == ([], [])


def test_what_is_sealed_or_too_large_is_said():
    (files, problems) = found({"assets/h5.zip": zipped({"a.html": PAGE}, flags=1)})
    assert (files, [(p.code, p.member) for p in problems]) == ([], [("zip-encrypted", "assets/h5.zip!/a.html")])
    (files, problems) = found({"assets/a.html": PAGE + " " * 5_000_000, "assets/b.html": PAGE + " " * 5_000_000})
    assert (files, [(p.code, p.member) for p in problems]) == ([], [("files-not-searched", "assets/a.html")])
    (files, problems) = found({f"assets/{n}.html": f"{PAGE}{n}" for n in range(210)})
    assert (len(files), [p.code for p in problems]) == (200, ["files-not-searched"])
    (files, problems) = found({"assets/h5.zip": zipped({"a.html": PAGE})[:60]})
    assert (files, [p.code for p in problems]) == ([], ["zip-no-directory"])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("assets/licences.html", LICENCE),
        ("assets/index.html", "<html>hello</html>"),
        ("assets/i18n.json", json.dumps({"a": "同意", "b": "隐私政策", "c": "协议", "d": "借款", "e": "授权"})),
        ("assets/app.js", "a('同意');b('隐私政策');c('协议');d('借款');e('授权')"),
        ("assets/pic.png", b"\x89PNG\r\n\x1a\n" + ZH.encode()),
        ("META-INF/LICENSE.txt", ZH),
        ("assets/font.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900)),
        ("assets/lib.jar", zipped({"a.class": bytes(90)})),
        ("assets/book.docx", zipped({"word/document.xml": "<w:t>今天天气很好</w:t>"})),
    ],
)
def test_other_files_are_left_alone(name, data):
    assert found({name: data}) == ([], [])


def test_a_bomb_costs_no_more_than_the_bounds():
    files, problems = found({f"assets/{n}.html": bytes(b" " * 3_900_000) for n in range(60)})
    assert files == []
    assert [p.code for p in problems] == ["files-not-searched"]


@pytest.mark.parametrize("part", ["<script>", "<style>", "<", "<a ", "&#x", "甲", "a. ", "<!--"])
def test_time_grows_with_the_size_of_a_text_alone(part):
    began = time.process_time()
    agreements.reads_like_one(part * 60_000)
    js.Script("a.html", part * 60_000)
    js.Script("a.js", part * 60_000)
    assert time.process_time() - began < 3


def test_damage_raises_nothing():
    data = bytearray(zipped({**WHOLE, "assets/h5.zip": zipped({"a.html": PAGE})}))
    for at in range(0, len(data), 7):
        hurt = bytes(data[:at]) + bytes([data[at] ^ 0x5A]) + bytes(data[at + 1 :])
        if at % 35 == 0:
            try:
                archive = Archive(hurt)
            except ExhibitError:
                continue
            list(agreements.find(archive))
