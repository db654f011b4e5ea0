"""The clause register: loading, ids, days and lenders, search, texts."""

from __future__ import annotations

import lzma
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunproof.errors import PackError, UseError
from dunproof.law import compile as packing
from dunproof.law import find, register, tables
from dunproof.law.check import check_package


def test_everything_that_ships_holds_together():
    result = check_package()
    assert result.wrong == ()
    assert (result.norms, result.clauses, result.quotes_found, result.texts) == (66, 294, 203, 41)
    assert result.levels == {"A1": 166, "A2": 37, "A3": 52, "A4": 17, "A5": 22}


def test_what_ships_is_what_the_sources_say(shared):
    packed = packing.compiled(shared / "law")
    assert packed.keys() >= {"register.json.xz", "texts/CN-PIPL.txt.xz", "texts/CN-NPI-39.part.txt.xz"}
    for name, data in packed.items():
        assert register.unpack(name.removesuffix(".xz")) == lzma.decompress(data), name


def test_packing_gives_the_same_bytes_twice_and_removes_what_has_no_source(shared, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "gone.txt.xz").write_bytes(b"")
    size = packing.write(shared / "law", tmp_path)
    first = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.xz")}
    packing.write(shared / "law", tmp_path)
    assert first == {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.xz")}
    assert size == sum(map(len, first.values()))
    assert not (tmp_path / "texts" / "gone.txt.xz").exists()


def test_sources_that_do_not_hold_together_are_refused(shared, tmp_path):
    (tmp_path / "texts").mkdir()
    for name in packing.FILES:
        text = (shared / "law" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("第六条", "第六十条", 1), encoding="utf-8")
    for path in (shared / "law" / "texts").iterdir():
        (tmp_path / "texts" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(PackError, match="CN-PIPL-6: its words do not stand in its article"):
        packing.compiled(tmp_path)


def test_a_call_without_folder_is_a_wrong_call(capsys):
    assert packing.main([]) == 2
    assert "FOLDER" in capsys.readouterr().err


def test_a_wrong_id_names_the_right_one():
    reg = register.load()
    with pytest.raises(UseError, match="did you mean CN-PIPL-6"):
        reg.clause("CN-PIPL-06")
    with pytest.raises(UseError, match="CN-PIPL"):
        reg.norm("CN-PILP")
    assert reg.near("cn-gbt-45251-onlydebtor")[0] == "CN-GBT-45251-only-debtor"
    assert reg.near("") == []


def test_a_clause_with_its_article_and_text():
    reg = register.load()
    clause = reg.clause("CN-PIPL-6")
    assert clause.quote in reg.text("CN-PIPL")
    assert reg.article("CN-PIPL-6").startswith("第六条")
    assert reg.text("CN-MLC-2024") == ""
    assert reg.article("CN-MLC-2024-37-5") == ""
    assert {c.norm for c in reg.clauses_of("CN-NDSR")} == {"CN-NDSR"}


def test_every_official_chinese_clause_shows_its_own_article():
    reg = register.load()
    shown = [c for c in reg.clauses if c.quote_kind == "official" and c.article.startswith("第")]
    assert len(shown) > 150
    assert [c.id for c in shown if not reg.article(c.id)] == []


@pytest.mark.parametrize(
    ("day", "inside", "outside"),
    [
        ("2025-12-31", "CN-PSAPL-2012", "CN-PSAPL-2025"),
        ("2026-01-01", "CN-PSAPL-2025", "CN-PSAPL-2012"),
        ("2025-12-31", "CN-CSL-2016", "CN-CSL-2025"),
        ("2026-01-01", "CN-CSL-2025", "CN-CSL-2016"),
    ],
)
def test_law_changes_with_the_day(day, inside, outside):
    norms = {c.norm for c in register.load().in_force(day)}
    assert inside in norms
    assert outside not in norms


def test_both_ends_of_a_clause_count():
    clause = next(c for c in register.load().clauses if c.until)
    assert clause.in_force(clause.effective)
    assert clause.in_force(clause.until)
    assert not clause.in_force("1900-01-01")
    assert not clause.in_force("9999-01-01")


def test_lender_types_choose_the_sector_rule():
    reg = register.load()
    assert any(c.id == "CN-CBA-2026-hours" for c in reg.in_force("2026-03-01", "bank"))
    for lender in ("microloan", "platform", "unlicensed"):
        assert not any(c.id == "CN-CBA-2026-hours" for c in reg.in_force("2026-03-01", lender))
        assert any(c.id == "CN-CC-1033-1" for c in reg.in_force("2026-03-01", lender))
    strongest = reg.in_force("2026-03-01", "microloan")[0]
    assert (strongest.force, strongest.level) == ("L", "A1")


@pytest.mark.parametrize("day", ["", "2026-3-1", "2026-13-01", "today", "2026-03-01\n"])
def test_what_is_no_day_is_refused(day):
    with pytest.raises(UseError, match="is no day"):
        register.load().in_force(day)


def test_search_by_word_tag_id_and_width():
    reg = register.load()
    assert find.search(reg, "22:00")[0].clause.id == "CN-CBA-2026-hours"
    assert find.search(reg, "２２：００")[0].clause.id == "CN-CBA-2026-hours"
    assert find.search(reg, "cn-pipl-6")[0].clause.id == "CN-PIPL-6"
    assert all("face" in h.clause.tags for h in find.search(reg, "face")[:3])
    assert {h.clause.norm for h in find.search(reg, "債務 個人網絡消費信貸")} == set()
    assert find.search(reg, "個人信息保護法")[0].clause.norm == "CN-PIPL"
    both = find.search(reg, "hours 催收")
    assert both
    assert all(len(h.snippets) == 2 for h in both)
    assert find.search(reg, "   ") == ()


def test_recalled_words_are_not_searched():
    reg = register.load()
    recalled = next(c for c in reg.clauses if c.level == "A5" and len(c.quote) > 12)
    assert recalled.id not in {h.clause.id for h in find.search(reg, recalled.quote)}


def test_a_snippet_stands_in_its_field():
    reg = register.load()
    for hit in find.search(reg, "通讯录"):
        for s in hit.snippets:
            whole = s.before + s.match + s.after
            fields = {"words": hit.clause.quote, "reading": hit.clause.operable}
            assert whole in fields.get(s.field, whole)
            assert s.match


@given(st.text(max_size=20))
def test_search_takes_any_text(text):
    for hit in find.search(register.load(), text):
        assert len(hit.snippets) == len(text.split())


def test_the_other_files_load():
    assert len(register.necessary_list().types) == 39
    assert sum(len(c.items) for c in register.app_method().chapters) == 31
    assert {c.id for c in register.channels().channels} >= {"12378", "handler", "court"}


def test_loading_is_quick_and_imports_nothing_heavy():
    code = (
        "import sys, time; import dunproof.law.print_rules as p; from dunproof.law import register;"
        "t = time.process_time(); r = register.load(); print(time.process_time() - t, len(r.clauses));"
        "assert not {'duckdb', 'numpy', 'sqlglot', 'opencc'} & set(sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert out[1] == "294"
    assert float(out[0]) < 0.03


def test_tables_name_file_and_line():
    with pytest.raises(PackError, match=r"t\.tsv:3"):
        tables.read("# why\na\tb\n1\n", "t.tsv", ("a", "b"))
    with pytest.raises(PackError, match="columns are x"):
        tables.read("x\n", "t.tsv", ("a",))
    with pytest.raises(PackError, match="without a header"):
        tables.read("# only words\n", "t.tsv", ("a",))
    with pytest.raises(PackError, match="absent"):
        tables.load("no-such.tsv", "a")


def test_a_damaged_package_says_so():
    with pytest.raises(UseError, match="lacks"):
        register.unpack("nothing.json")
