"""The demonstration case: made from its templates, whole, and true to what it says about itself."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dunproof.facts import locator
from dunproof.facts.kinds import KINDS

CASE = Path(__file__).resolve().parents[2] / "examples" / "synthetic-fenqi"
SEEDS = range(21)
TOOLS = ("smali", "aapt", "zipalign", "apksigner", "java")


@pytest.fixture(scope="module")
def made():
    """Files of a variant by seed, from the generator."""
    sys.path.insert(0, str(CASE))
    try:
        from fenqi.build import files

        return {seed: files(seed) for seed in SEEDS}
    finally:
        sys.path.remove(str(CASE))


def truth_of(files):
    return tomllib.loads(files["truth.toml"].decode("utf-8"))


def exhibit(files, name):
    return files[f"exhibits/{name}"]


def decoded(files, name):
    data = exhibit(files, name)
    return data.decode("gb18030" if name.endswith("credit-authorisation.html") else "utf-8")


def shown(words):
    """Visible words of a stretch of page source."""
    return html.unescape(re.sub(r"<[^>]*>", "", words))


def record_text(files, name, n):
    """Text of the n-th record, surrogate pairs of the export joined."""
    source = re.sub(
        r"&#(\d{5});&#(\d{5});",
        lambda m: chr(0x10000 + (int(m[1]) - 0xD800) * 0x400 + int(m[2]) - 0xDC00),
        decoded(files, name),
    )
    return ET.fromstring(source)[n].get("body", "")


def test_committed_case_equals_the_templates(made):
    for name, data in made[0].items():
        assert (CASE / name).read_bytes() == data, f"{name}: run make.py"
    held = {p.relative_to(CASE).as_posix() for p in (CASE / "exhibits").rglob("*") if p.is_file()}
    assert held == {n for n in made[0] if n.startswith("exhibits/")}


@pytest.mark.parametrize("seed", SEEDS)
def test_quotes_stand_where_the_truth_says(made, seed):
    files = made[seed]
    checked = 0
    for entry in truth_of(files)["expect"]:
        for place in [entry, *entry.get("also", [])]:
            name, loc, quote = place.get("exhibit", ""), place.get("loc", ""), entry.get("quote", "")
            if name:
                assert f"exhibits/{name}" in files, entry["id"]
            if not loc:
                continue
            assert (
                locator.print_locator(locator.parse_locator(loc)) == loc if hasattr(locator, "print_locator") else True
            )
            if loc.startswith("insn="):
                continue
            span = re.search(r"char=(\d+),(\d+)", loc)
            record = re.match(r"record=(sms|call):(\d+)", loc)
            if record and span:
                assert record_text(files, name, int(record[2]))[int(span[1]) : int(span[2])] == quote, entry["id"]
            elif record:
                assert int(record[2]) < len(ET.fromstring(re.sub(r"&#\d{5};", "", decoded(files, name))))
            else:
                words = decoded(files, name)[int(span[1]) : int(span[2])]
                assert (shown(words) if name.endswith(".html") else words) == quote, entry["id"]
            checked += 1
    assert checked > 60


@pytest.mark.parametrize("seed", SEEDS)
def test_truth_speaks_the_language_of_the_facts(made, seed):
    truth = truth_of(made[seed])
    rows = {row["id"] for row in truth["row"]}
    assert rows == {f"A{n}" for n in range(1, 25)}
    for row in truth["row"]:
        assert row["slice"] in {"now", "later", "context"}
        assert row["slice"] == "now" or row["reason"]
    for entry in [*truth["expect"], *truth.get("table", [])]:
        assert entry["row"] in rows
        columns = set(KINDS[entry["kind"]].__struct_fields__)
        assert set(entry.get("where", {})) | set(entry.get("columns", ())) <= columns, entry
    assert len({entry["id"] for entry in truth["expect"]}) == len(truth["expect"])


def test_each_row_of_the_present_slices_expects_something(made):
    truth = truth_of(made[0])
    expected = Counter(e["row"] for e in truth["expect"] if not e.get("absent"))
    for row in truth["row"]:
        if row["slice"] == "now":
            assert expected[row["id"]], row["id"]


def test_bundle_is_as_long_as_real_ones_and_the_list_is_whole(made):
    files = made[0]
    names = [n.removeprefix("exhibits/") for n in files if n.startswith("exhibits/agreements/")]
    assert len(names) == 7
    total = sum(len("".join(shown(re.sub(r"(?s)<head.*?</head>", "", decoded(files, n))).split())) for n in names)
    assert total >= 20_000
    table = truth_of(files)["table"][0]
    assert len(table["rows"]) == 58
    assert len({row[0] for row in table["rows"]}) == 58
    assert len({row[1] for row in table["rows"]}) == 13
    page = decoded(files, "agreements/sharing-list.html")
    assert all(f"<td>{row[0]}</td>" in page for row in table["rows"])


@pytest.mark.parametrize("seed", SEEDS)
def test_days_lie_on_both_sides_of_the_new_year(made, seed):
    days = [e["where"]["local_day"] for e in truth_of(made[seed])["expect"] if "local_day" in e.get("where", {})]
    assert min(days) < "2026-01-01" <= max(days)


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_cannot_be_dialled_to_a_person(made, seed):
    for name, data in made[seed].items():
        if not name.endswith((".xml", ".html", ".txt")):
            continue
        text = data.decode("gb18030" if "credit-" in name else "utf-8")
        for mobile in re.findall(r"(?<!\d)(?:\+86)?(1[3-9]\d{9})(?!\d)", text):
            assert mobile.startswith(("138000000", "199000000")), (name, mobile)
        for landline in re.findall(r"(?<!\d)0\d{3}-?(\d{8})(?!\d)", text):
            assert landline.startswith("0000"), (name, landline)


def test_variants_differ_from_each_other_and_change_what_they_say(made):
    stories = {s: truth_of(made[s])["case"] for s in SEEDS}
    assert len({made[s]["case.toml"] for s in SEEDS}) == len(SEEDS)
    assert {stories[s]["reworded"] for s in SEEDS} == {
        "",
        "contact_times",
        "refuse",
        "share_any",
        "third_consent",
        "waiver",
        "withdraw",
    }
    for s in SEEDS:
        dropped = stories[s]["dropped"]
        assert bool(dropped) == bool(s)
        if dropped:
            assert f"exhibits/{dropped}" not in made[s]
            assert all(e.get("exhibit") != dropped for e in truth_of(made[s])["expect"])


def test_same_seed_same_bytes(made):
    sys.path.insert(0, str(CASE))
    try:
        from fenqi.build import files

        assert files(7) == made[7]
    finally:
        sys.path.remove(str(CASE))


def test_one_message_stands_in_two_exports(made):
    entry = next(e for e in truth_of(made[0])["expect"] if "sightings" in e.get("where", {}))
    assert len(entry["also"]) == 1
    texts = [record_text(made[0], p["exhibit"], int(p["loc"].split(":")[1])) for p in (entry, entry["also"][0])]
    assert texts[0] == texts[1]


def test_instructions_of_the_truth_are_calls_in_the_code():
    with zipfile.ZipFile(CASE / "exhibits" / "xinghe-fenqi.apk") as app:
        dex = app.read("classes.dex")
    places = {
        e["loc"]
        for e in tomllib.loads((CASE / "truth.toml").read_text("utf-8"))["expect"]
        if "insn=" in e.get("loc", "")
    }
    assert len(places) == 6
    for loc in places:
        at = int(loc.split("@")[1], 16)
        assert dex[at] in {0x6E, 0x6F, 0x70, 0x71, 0x72, 0x74, 0x75, 0x76, 0x77, 0x78}, loc


def test_app_is_small_and_asks_for_what_the_case_is_about():
    path = CASE / "exhibits" / "xinghe-fenqi.apk"
    assert path.stat().st_size < 200_000
    with zipfile.ZipFile(path) as app:
        manifest = app.read("AndroidManifest.xml").decode("utf-16-le", errors="ignore")
        manifest += app.read("AndroidManifest.xml")[1:].decode("utf-16-le", errors="ignore")
        assert "assets/agreements/permission-notice.html" in app.namelist()
    for name in ("READ_CONTACTS", "READ_CALL_LOG", "READ_SMS", "CAMERA", "ACCESS_FINE_LOCATION", "READ_PHONE_STATE"):
        assert f"android.permission.{name}" in manifest


def test_app_rebuilds_bit_for_bit(tmp_path):
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent or not Path("/usr/share/android-framework-res/framework-res.apk").is_file():
        pytest.skip(
            f"tools to build the app are absent ({', '.join(absent) or 'android-framework-res'}): see apk/build.sh"
        )
    subprocess.run(["/bin/sh", CASE / "apk" / "build.sh", tmp_path / "again.apk"], check=True, capture_output=True)
    assert (tmp_path / "again.apk").read_bytes() == (CASE / "exhibits" / "xinghe-fenqi.apk").read_bytes()


def test_make_checks_the_committed_case():
    done = subprocess.run([sys.executable, CASE / "make.py", "--check"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
