"""One case of real material: what a reader finds by hand is found, and each verdict is the one that the texts bear."""

from __future__ import annotations

import html
import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate
from dunproof.facts import store

HERE = Path(__file__).resolve().parent
EXPECTED = tomllib.loads((HERE / "expected_real.toml").read_text("utf-8"))
PIECE = re.compile(r"<script.*?</script>|<style.*?</style>|<[^>]*>|&#?[a-z0-9]+;|.", re.DOTALL | re.IGNORECASE)

pytestmark = [pytest.mark.corpus, pytest.mark.slow]


def _module(name: str, path: Path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


truth = _module("truth_matcher", HERE.parent / "examples" / "truth.py")


@pytest.fixture(scope="module")
def run(corpora, tmp_path_factory):
    """Facts and case file of the one run over all files."""
    case = EXPECTED["case"]
    out = tmp_path_factory.mktemp("real") / "out"
    done = investigate(
        [corpora / name for name in case["files"]],
        Options(
            out=out, cache=False, zone=case["zone"], as_of=case["as_of"], holder_role=case["holder_role"],
            lender=case["lender"], lender_type=case["lender_type"],
        ),
    )  # fmt: skip
    return truth.Facts(store.read(out / "facts.jsonl")), done.casefile


def span(source: str, words: str, context: str) -> str:
    """Place of words in the source of a page; white space does not count, and the context stands there once."""
    shown, places = [], []
    for match in PIECE.finditer(source):
        piece = match[0]
        text = html.unescape(piece) if piece.startswith("&") else "" if piece.startswith("<") else piece
        for mark in text:
            if not mark.isspace() and mark != "\ufeff":
                shown.append(mark)
                places.append((match.start(), match.end()))
    text, words, context = "".join(shown), "".join(words.split()), "".join(context.split())
    assert text.count(context) == 1, f"{context!r} stands {text.count(context)} times"
    start = text.index(context) + context.index(words)
    return f"char={places[start][0]},{places[start + len(words) - 1][1]}"


def placed(entry: dict, corpora: Path) -> dict:
    """An expectation as the matcher takes it, its words turned into a place."""
    out = dict(entry)
    if "file" in entry:
        out["exhibit"] = entry["file"]
    if "words" in entry:
        path = next(corpora / f for f in EXPECTED["case"]["files"] if f.endswith("/" + entry["file"]))
        out["loc"] = span(path.read_text("utf-8-sig"), entry["words"], entry.get("context", entry["words"]))
        out["quote"] = entry["words"]
    return out


def answers(run, corpora):
    """Every expectation and verdict with what became of it."""
    facts, casefile = run
    found = [*truth.expectations(facts, {"expect": [placed(e, corpora) for e in EXPECTED["expect"]]})]
    wanted = []
    for entry in EXPECTED["verdict"]:
        files = entry.get("file", entry.get("holder"))
        for name in files if isinstance(files, list) else [files]:
            subject = f"holder-{facts.ids[name][:8]}" if "holder" in entry else name
            wanted.append(entry | {"subject": subject})
    found += truth.verdicts(facts, casefile.verdicts, {"verdict": wanted})
    return found


def test_what_a_reader_finds_by_hand_is_found(run, corpora):
    known = {str(n) for n, e in enumerate(EXPECTED["expect"]) if "known" in e}
    found = answers(run, corpora)
    missed = [a for a in found if not a.met and a.entry not in known]
    assert not missed, "\n".join(f"{a.entry}: {a.why}" for a in missed)
    assert known == {a.entry for a in found if not a.met}


def test_every_exhibit_was_read(run):
    _, casefile = run
    assert {e.name: (e.status, [p.code for p in e.problems]) for e in casefile.exhibits if e.status == "unread"} == {}
