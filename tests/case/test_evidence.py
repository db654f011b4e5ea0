"""Every place that a case names holds the words that it prints: read again from the exhibits, by two other paths.

The first path is a fresh process that knows the exhibits alone and quotes each place. The second does not know this
program: it cuts spans out of the decoded file, takes messages out of the XML tree and drops tags itself.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts import store
from dunproof.facts.casefile import CaseFile
from dunproof.facts.kinds import Fact
from dunproof.facts.locator import Char, Insn, Locator, Record, parse
from dunproof.language.fold import fold

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / "examples" / "synthetic-fenqi"
OWN_WORDS = {
    "collected_item": ("surface",),
    "term": ("surface",),
    "recipient": ("name",),
    "reference": ("target",),
    "document": ("title",),
    "permission": ("name",),
    "component": ("name",),
    "app": ("package",),
    "sighting": ("text",),
    "communication": ("text",),
    "sensitive_read": ("api", "caller"),
}
"""Columns that repeat what stands at the place."""
SLOTS_AS_WRITTEN = frozenset({"debtor_named", "signature", "lender_named"})
"""Slots whose value is a name as it stands, not a number or a day made of it."""
PLACES = {
    "demo": {"!/#byte", "byte", "char", "insn", "line", "record", "record&char"},
    "small": {"!/", "char", "record", "record&char"},
    "real": {"!/#byte", "char", "insn", "record"},
}
"""Kinds of place that occur in each case, at least; other kinds have no reader yet."""

REQUOTE = """
import hashlib, json, sys
from pathlib import Path
from dunproof.read.quote import quote
from dunproof.read.source import Source
for line in sys.stdin:
    job = json.loads(line)
    data = Path(job["path"]).read_bytes()
    source = Source(exhibit=hashlib.sha256(data).hexdigest()[:16], name=job["name"], format=job["format"],
                    encoding=job["encoding"], path=Path(job["path"]), size_bytes=len(data))
    if job["quoter"]:
        from dunproof.read.quote import Quoter
        with Quoter(source, job["zone"]) as quoter:
            quoter.prepare(job["locs"])
            for loc in job["locs"]:
                print(json.dumps(quoter.quote(loc).text))
    else:
        for loc in job["locs"]:
            print(json.dumps(quote(source, loc).text))
"""


class Case(NamedTuple):
    """One run and the bytes of its exhibits, found without the program."""

    name: str
    casefile: CaseFile
    facts: list[Fact]
    files: dict[str, bytes]
    folder: Path


def exhibits(casefile: CaseFile, roots: list[Path]) -> dict[str, bytes]:
    """Bytes of every exhibit by its id: files by their digest, files inside archives by zipfile."""
    files = [p for r in roots for p in (sorted(r.rglob("*")) if r.is_dir() else [r]) if p.is_file()]
    by_digest = {hashlib.sha256(p.read_bytes()).hexdigest()[:16]: p.read_bytes() for p in files}
    found = {s.exhibit: by_digest[s.exhibit] for s in casefile.statements}
    left = list(casefile.exhibits)
    while left:
        entry = left.pop(0)
        if not entry.parent:
            found[entry.exhibit] = by_digest[entry.exhibit]
        elif entry.parent not in found:
            left.append(entry)
        else:
            with zipfile.ZipFile(io.BytesIO(found[entry.parent])) as archive:
                member = next(n for n in archive.namelist() if entry.name.endswith(n) and not n.endswith("/"))
                found[entry.exhibit] = archive.read(member)
    return found


def made(name: str, paths: list[Path], folder: Path, **options) -> Case:
    out = folder / "out"
    done = investigate(paths, Options(out=out, cache=False, **options))
    facts = list(store.read(out / "facts.jsonl"))
    return Case(name, done.casefile, facts, exhibits(done.casefile, paths), folder)


def small(folder: Path) -> list[Path]:
    """A case of our own with what the others lack: texts of several encodings inside archives, MMS, a call."""
    mms = '<mms date="1766114532000" msg_box="1" address="13800000013" m_type="132"><parts><part seq="0" ct="text/plain" text="{}"/></parts><addrs><addr address="13800000013" type="137" charset="106"/></addrs></mms>'
    export = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<smses count="3">'
        '<sms address="1069000077" date="1766114531000" type="1" body="【朗月贷】您的借款1200元已逾期3天，请立即还款。"/>'
        + mms.format("再不还款，限你两小时内还清，否则爆你通讯录。")
        + mms.format("")
        + "</smses>"
    )
    calls = '<?xml version="1.0" encoding="UTF-8"?>\n<calls count="1"><call number="13800000013" duration="0" date="1766164532000" type="3"/></calls>'
    policy = "隐私政策\n\n一、我们收集您的姓名、身份证号码和手机通讯录。\n二、因黑客攻击造成您的信息泄露的，我们不承担任何责任。\n三、我们可能与合作机构共享您的个人信息。\n"
    page = "<!DOCTYPE html><html><body><h1>用户注册协议</h1><p>平台采集您的<b>手机通</b>讯录和通话&#35760;录。</p><p>平台对第三方的行为不承担任何责任。</p></body></html>"
    inner, outer = io.BytesIO(), folder / "papers.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep/协议.html", page.encode("gb18030"))
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("policy utf16.txt", policy.encode("utf-16"))
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("phone/sms.xml", export)
    (folder / "calls.xml").write_text(calls, "utf-8")
    return [outer, folder / "calls.xml"]


@pytest.fixture(scope="module", params=["demo", "small", pytest.param("real", marks=[pytest.mark.corpus])])
def case(request, tmp_path_factory) -> Case:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "demo":
        return made("demo", [DEMO], folder)
    if request.param == "small":
        return made(
            "small", small(folder), folder, lender="朗月小额贷款有限公司", lender_type="microloan", as_of="2026-02-01"
        )
    corpora = request.getfixturevalue("corpora")
    real = tomllib.loads((HERE / "expected_real.toml").read_text("utf-8"))["case"]
    keys = ("zone", "as_of", "holder_role", "lender", "lender_type")
    return made("real", [corpora / f for f in real["files"]], folder, **{k: real[k] for k in keys})


def requoted(case: Case, places: dict[str, list[str]], *, quoter: bool) -> dict[tuple[str, str], str]:
    """Quotes of places by (exhibit, locator), from a fresh process that is given the exhibits alone."""
    formats = {e.exhibit: (e.name, e.format, e.encoding) for e in case.casefile.exhibits}
    formats |= {s.exhibit: (s.name, "toml", "utf-8") for s in case.casefile.statements}
    lines = []
    for exhibit, locs in places.items():
        path = case.folder / f"exhibit-{exhibit}"
        path.write_bytes(case.files[exhibit])
        name, format_, encoding = formats[exhibit]
        lines.append(
            {
                "path": str(path), "name": name, "format": format_, "encoding": encoding,
                "locs": locs, "zone": case.casefile.settings.zone, "quoter": quoter,
            }
        )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", REQUOTE],
        input="\n".join(json.dumps(line) for line in lines),
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = [(e, loc) for e, locs in places.items() for loc in locs]
    return dict(zip(wanted, map(json.loads, done.stdout.splitlines()), strict=True))


def evidence(case: Case):
    return [e for v in case.casefile.verdicts for r in v.rows for e in r.evidence]


ABOUT = {"app", "document", "exhibit", "covers", "party", "person", "role", "debt"}
"""Kinds that say whom a row is about."""
WORDS = {
    "communication",
    "act",
    "slot",
    "objection",
    "promise",
    "term",
    "collected_item",
    "recipient",
    "sensitive_read",
}
"""Kinds whose place holds words or an instruction that decides."""


def test_what_decides_stands_first(case):
    """Words before what only bears them out, and the title, manifest or file name after everything else."""
    for verdict in case.casefile.verdicts:
        for row in verdict.rows:
            kinds = [e.kind for e in row.evidence]
            about = [k in ABOUT for k in kinds]
            assert about == sorted(about), (verdict.id, kinds)
            if WORDS & set(kinds):
                assert kinds[0] in WORDS, (verdict.id, kinds)


def by_exhibit(pairs) -> dict[str, list[str]]:
    out: dict[str, dict[str, None]] = {}
    for exhibit, loc in pairs:
        out.setdefault(exhibit, {})[loc] = None
    return {e: list(locs) for e, locs in out.items()}


def bare(text: str) -> str:
    """Words as they are compared: folded, without white space."""
    return "".join(fold(text).text.split())


def kind_of(place: Locator) -> str:
    inside = "!/" if place.members else ""
    names = "&".join(type(p).__name__.lower() for p in place.places)
    return f"{inside}#{names}" if inside and names else inside + names


def test_evidence_is_what_a_fresh_process_reads_there(case):
    pieces = evidence(case)
    assert pieces
    again = requoted(case, by_exhibit((e.exhibit, e.loc) for e in pieces), quoter=False)
    for e in pieces:
        assert e.quote, f"{e.kind} {e.exhibit} {e.loc}: nothing quoted"
        assert again[e.exhibit, e.loc] == e.quote
        assert parse(e.locator).exhibit == e.exhibit
        assert str(Locator(**{**_fields(parse(e.locator)), "exhibit": ""})) == e.loc
    assert case.casefile.notes == []


def _fields(at: Locator) -> dict:
    return {"exhibit": at.exhibit, "members": at.members, "places": at.places}


def test_evidence_holds_the_words_of_its_fact(case):
    facts = {f.fact_id: f for f in case.facts}
    wrong = []
    for e in evidence(case):
        fact = facts[e.fact]
        if (e.exhibit, e.loc) == (fact.exhibit, fact.loc):
            wrong += [
                f"{e.kind} {e.exhibit} {e.loc} {w!r}: {e.quote!r}" for w in own_words(fact) if not holds(e.quote, w)
            ]
    assert not wrong, "\n".join(wrong[:20])


def own_words(fact: Fact) -> list[str]:
    """Words of a fact that must stand at its place."""
    kind = str(type(fact).__struct_config__.tag)
    words = [getattr(fact, column) for column in OWN_WORDS.get(kind, ())]
    if kind == "slot" and fact.slot in SLOTS_AS_WRITTEN:
        words.append(fact.value)
    return [w for w in words if w]


def holds(quote: str, words: str) -> bool:
    """Whether a quote holds words; a quote that was cut short ends in an ellipsis."""
    shown, wanted = bare(quote), bare(words)
    return wanted in shown or (quote.endswith("…") and wanted.startswith(shown[:-1]))


def test_every_fact_stands_where_it_says(case):
    placed = [f for f in case.facts if f.exhibit and f.loc]
    again = requoted(case, by_exhibit((f.exhibit, f.loc) for f in placed), quoter=True)
    wrong = []
    for fact in placed:
        text = again[fact.exhibit, fact.loc]
        if not text:
            wrong.append(f"{fact}: nothing stands there")
        wrong += [f"{fact.fact_id} {fact.loc} {w!r}: {text!r}" for w in own_words(fact) if not holds(text, w)]
    assert not wrong, "\n".join(wrong[:20])


def test_kinds_of_place_that_occur(case):
    seen = Counter(kind_of(parse(f.loc)) for f in case.facts if f.exhibit and f.loc)
    assert PLACES[case.name] <= set(seen), dict(seen)


def decoded(data: bytes, encoding: str) -> str:
    for mark, codec in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(codec)
    return data.decode(encoding or "utf-8")


def records(data: bytes) -> dict[tuple[str, int], str]:
    """Words of each record of an export by type and ordinal, out of the XML tree."""
    text = re.sub(
        r"&#(\d{5});&#(\d{5});",
        lambda m: chr(0x10000 + (int(m[1]) - 0xD800) * 0x400 + int(m[2]) - 0xDC00),
        data.decode("utf-8"),
    )
    out: dict[tuple[str, int], str] = {}
    count: Counter[str] = Counter()
    for node in ET.fromstring(text):
        parts = [p.get("text", "") for p in node.iter("part") if p.get("ct") == "text/plain"]
        out[node.tag, count[node.tag]] = node.get("body") or "\n".join(parts)
        count[node.tag] += 1
    return out


def test_quotes_equal_what_another_program_cuts_out(case):
    """Spans of text and of records, without the quoting code: tags dropped by a pattern, XML read by the library."""
    formats = {e.exhibit: e for e in case.casefile.exhibits}
    texts = {
        e: decoded(d, formats[e].encoding)
        for e, d in case.files.items()
        if e in formats and formats[e].format in ("html", "text", "markdown")
    }
    exports = {e: records(d) for e, d in case.files.items() if e in formats and formats[e].format == "sbr-xml"}
    checked: Counter[str] = Counter()
    for e in evidence(case):
        places = parse(e.loc).places
        if len(places) == 1 and isinstance(places[0], Char):
            cut = texts[e.exhibit][places[0].start : places[0].stop]
            if formats[e.exhibit].format == "html":
                cut = html.unescape(re.sub(r"<[^>]*>", "", cut))
        elif places and isinstance(places[0], Record):
            cut = exports[e.exhibit][places[0].type, places[0].n]
            if len(places) == 2:
                cut = cut[places[1].start : places[1].stop]
            elif not cut:  # a call, or a message without words: the printed form names its type
                assert e.quote.split()[0] == places[0].type
                continue
        else:
            continue
        checked[kind_of(parse(e.loc))] += 1
        assert bare(cut) == bare(e.quote), f"{e.kind} {e.loc}"
    assert checked["char"] > 0


@pytest.mark.skipif(shutil.which("dexdump") is None, reason="dexdump is not installed")
def test_instructions_stand_where_a_disassembler_lists_them(case):
    reads = [f for f in case.facts if str(type(f).__struct_config__.tag) == "sensitive_read"]
    for exhibit in {f.exhibit for f in reads}:
        with zipfile.ZipFile(io.BytesIO(case.files[exhibit])) as archive:
            for dex in {n for n in archive.namelist() if re.fullmatch(r"classes\d*\.dex", n)}:
                path = case.folder / "listed.dex"
                path.write_bytes(archive.read(dex))
                listing = subprocess.run(["dexdump", "-d", path], capture_output=True, check=True).stdout.decode(
                    "utf-8", "replace"
                )
                lines = {
                    int(line.split(":")[0], 16): line
                    for line in listing.splitlines()
                    if re.match(r"[0-9a-f]{6,8}: ", line)
                }
                for fact in reads:
                    place = parse(fact.loc).places[0]
                    if fact.exhibit == exhibit and isinstance(place, Insn) and place.dex == dex:
                        callee = fact.api.replace("->", ".").split("(")[0]
                        assert callee in lines[place.offset], f"{fact.loc}: {lines[place.offset]}"
