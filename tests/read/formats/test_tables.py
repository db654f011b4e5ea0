"""Rows of text tables, cells of workbooks, and what header words say."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError
from dunproof.read.formats import columns, tables
from dunproof.read.formats.tables import Row
from dunproof.read.formats.xlsx import Workbook

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def workbook(sheets, *, strings=(), styles="", properties="", extra=None) -> bytes:
    """A workbook of raw sheet XML by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        names = "".join(f'<sheet name={quoteattr(n)} sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(sheets, 1))
        z.writestr("xl/workbook.xml", f"<workbook {MAIN} {RELATIONS}>{properties}<sheets>{names}</sheets></workbook>")
        rows = "".join(f'<Relationship Id="r{i}" Target="worksheets/s{i}.xml"/>' for i in range(1, len(sheets) + 1))
        z.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{rows}</Relationships>")
        z.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{''.join(f'<si>{s}</si>' for s in strings)}</sst>")
        z.writestr("xl/styles.xml", f"<styleSheet {MAIN}>{styles}</styleSheet>")
        for i, xml in enumerate(sheets.values(), 1):
            z.writestr(f"xl/worksheets/s{i}.xml", f"<worksheet {MAIN}><sheetData>{xml}</sheetData></worksheet>")
        for name, data in (extra or {}).items():
            z.writestr(name, data)
    return out.getvalue()


def inline(rows) -> str:
    """Sheet XML of texts."""
    out = []
    for r, cells in enumerate(rows, 1):
        row = "".join(
            f'<c r="{tables.letters(c)}{r}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
            for c, text in enumerate(cells)
        )
        out.append(f'<row r="{r}">{row}</row>')
    return "".join(out)


def grid(book, name):
    return {(r.number, c): text for r in book.rows(book.sheet(name)) for c, text in enumerate(r.cells) if text}


CELL = st.text(alphabet="号码1,;\t|\"' \n逾期abc", max_size=8)


@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8), data=st.data())
def test_rows_come_back_whatever_stands_in_them(rows, data):
    separator = data.draw(st.sampled_from(",\t;|"))
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    text = out.getvalue()
    if tables.delimiter(text) == separator:  # texts full of other separators can outvote it
        assert [list(r.cells) for r in tables.rows(text)] == rows
        assert [r.number for r in tables.rows(text)] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_lines_above_the_head_do_not_hide_the_separator(separator):
    text = "某公司详单\n月份：2026-09\n" + "\n".join(separator.join(r) for r in [["时间", "号码", "时长"]] * 4)
    assert tables.delimiter(text) == separator
    assert [len(r.cells) for r in tables.rows(text)] == [1, 1, 3, 3, 3, 3]


def test_what_ends_the_reading_is_named():
    for text in ('a,b\n1,"' + "x" * 200_000, "a,b\n" + "x," * 600_000):
        troubles = []
        assert [list(r.cells) for r in tables.rows(text, troubles)] == [["a", "b"]]
        assert [t.code for t in troubles] == ["table-malformed"]
        assert troubles[0].loc == "row=1"


@given(column=st.integers(0, 16_383), row=st.integers(1, 9_999_999))
def test_letters_and_their_place(column, row):
    assert tables.place(f"{tables.letters(column)}{row}") == (row, column)


def test_letters():
    assert [tables.letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["起始时间", "通信地点", "通信方式", "对方号码", "通信时长"], {"time": 0, "direction": 2, "number": 3, "duration": 4}),
        (["通话日期", "通话起始时间", "呼叫类型", "对方号码", "通话时长(秒)"], {"date": 0, "time": 1, "direction": 2, "duration": 4}),
        (["主叫号码", "被叫号码", "呼叫类型", "通话开始时间", "通话时长"], {"caller": 0, "callee": 1, "time": 3}),
        (["Date", "Type", "Number", "Duration"], {"time": 0, "direction": 1, "number": 2, "duration": 3}),
        (["Date", "Time", "Address", "Body"], {"date": 0, "time": 1, "number": 2, "text": 3}),
        (["　时　间 ", "号码", "內容", "短信内容"], {"time": 0, "number": 1, "text": 3}),
    ],
)  # fmt: skip
def test_headers(cells, wanted):
    head = columns.find_head([Row(1, ["某公司"]), Row(2, cells)])
    assert head is not None
    assert head.row == 2
    assert wanted.items() <= head.columns.items()


@pytest.mark.parametrize(
    "cells",
    [
        ["Number", "Date", "Type", "Amount"],
        ["接收方名称", "目的", "信息种类", "联系方式"],
        ["时间", "时长", "费用"],
        ["时间", "号码", "费用"],
        ["名称", "内容", "时间"],
        [],
        ["起始时间,通信方式,对方号码,通信时长"],
    ],
)
def test_other_tables_are_none_of_calls(cells):
    assert columns.find_head([Row(1, cells)]) is None


@pytest.mark.parametrize(
    ("cell", "direction", "outcome"),
    [
        ("被叫", "to_person", None),
        ("国内异地主叫", "from_person", None),
        ("主叫/被叫", None, None),
        ("未接来电", "to_person", "missed"),
        ("已拒接", "to_person", "rejected"),
        ("Missed", "to_person", "missed"),
        ("OUTGOING", "from_person", None),
        ("Incoming", "to_person", None),
        ("输入", None, None),
        ("1", None, None),
        ("", None, None),
        ("Beijing", None, None),
    ],
)
def test_words_of_direction(cell, direction, outcome):
    said = columns.said(cell)
    assert (said.direction, said.outcome, said.aside) == (direction, outcome, "")


def test_forwarded_and_drafts_are_set_aside():
    assert columns.said("呼转").aside == "forwarded"
    assert columns.said("Draft").aside == "draft"


# --- workbooks ----------------------------------------------------------------------------------------------------

STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot; h:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="[h]:mm:ss"/><numFmt numFmtId="166" formatCode="0.00&quot;days&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>'
    '<xf numFmtId="165"/><xf numFmtId="21"/><xf numFmtId="166"/></cellXfs>'
)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('t="s"><v>0</v>', "逾期"),
        ('t="s"><v>1</v>', "甲乙"),
        ('t="s"><v>9</v>', ""),
        ('t="s"><v>-1</v>', ""),
        ('t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r><rPh><t>x</t></rPh></is>', "甲乙"),
        ('t="str"><f>A1&amp;"x"</f><v>甲x</v>', "甲x"),
        ('t="b"><v>1</v>', "TRUE"),
        ('t="e"><v>#REF!</v>', "#REF!"),
        ("><v>13800000000</v>", "13800000000"),
        ("><v>1.38E10</v>", "13800000000"),
        ("><v>118.0</v>", "118"),
        ("><v>0.5</v>", "0.5"),
        ("><v>10690380460100588194</v>", "1.0690380460100588194E+19"),
        ("><v>NaN</v>", "NaN"),
        ("><v>words</v>", "words"),
        ("><v>1e99999999</v>", "1e99999999"),
        ('s="1"><v>46276</v>', "2026-09-11"),
        ('s="2"><v>46276.2938078704</v>', "2026-09-11 07:03:05"),
        ('s="2"><v>46276</v>', "2026-09-11"),
        ('s="2"><v>59</v>', "1900-02-28"),
        ('s="3"><v>1.5</v>', "36:00:00"),
        ('s="4"><v>0.00136574074074074</v>', "00:01:58"),
        ('s="5"><v>46276</v>', "46276"),
        ('s="99"><v>46276</v>', "46276"),
        ('s="2"><v>99999999</v>', "99999999"),
        ('t="inlineStr"><is><t>a_x000D_b_x005F_x</t></is>', "a\rb_x"),
        ('t="inlineStr"><is><t>_xD83D__xDE00__xD83D_</t></is>', "😀\ufffd"),
    ],
)
def test_a_cell_is_what_its_program_shows(cell, shown):
    data = workbook(
        {"表": f'<row r="3"><c r="B3" {cell}</c></row>'},
        strings=["<t>逾期</t>", "<r><t>甲</t></r><r><t>乙</t></r><rPh><t>フリ</t></rPh>"],
        styles=STYLES,
    )
    book = Workbook(data)
    assert grid(book, "表") == ({(3, 1): shown} if shown else {})
    assert book.troubles == []


def test_days_from_1904():
    data = workbook(
        {"a": '<row r="1"><c r="A1" s="1"><v>0</v></c><c r="B1" s="1"><v>44814</v></c></row>'},
        styles=STYLES,
        properties='<workbookPr date1904="1"/>',
    )
    assert grid(Workbook(data), "a") == {(1, 0): "1904-01-01", (1, 1): "2026-09-11"}


@settings(max_examples=60)
@given(
    cells=st.dictionaries(
        st.tuples(st.integers(1, 60), st.integers(0, 40)),
        st.text(alphabet="逾期<&\"'>12 \n😀", min_size=1, max_size=6).map(lambda t: f"a{t}b"),
        max_size=20,
    ),
    name=st.text(alphabet="表!'#%&a 1", min_size=1, max_size=6),
)
def test_every_cell_has_its_address(cells, name):
    rows = {}
    for (r, c), text in sorted(cells.items()):
        rows.setdefault(r, []).append(f'<c r="{tables.letters(c)}{r}" t="inlineStr"><is><t>{escape(text)}</t></is></c>')
    xml = "".join(f'<row r="{r}">{"".join(row)}</row>' for r, row in rows.items())
    assert grid(Workbook(workbook({name: xml})), name) == cells


def test_cells_without_an_address_count_on():
    assert grid(Workbook(workbook({"a": "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"})), "a") == {
        (1, 0): "1", (1, 1): "2", (2, 0): "3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>', "xlsx-broken"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2', "xlsx-broken"),
        ('<row r="1"><c r="A1"><v>1</v></c></row>' + "<x>" * 100, "xlsx-broken"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="9999999"><c/></row>', "table-too-large"),
    ],
)
def test_a_broken_sheet_keeps_what_stands_before(xml, code):
    book = Workbook(workbook({"a": xml}))
    assert grid(book, "a") == {(1, 0): "1"}
    assert [t.code for t in book.troubles] == [code]


@pytest.mark.parametrize(
    "part",
    [
        '<!DOCTYPE w [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><workbook><sheets/></workbook>',
        "<workbook><sheets>",
        "no xml",
    ],
)
def test_a_workbook_that_is_none_is_refused(part):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("xl/workbook.xml", part)
    with pytest.raises(ExhibitError) as caught:
        Workbook(out.getvalue())
    assert caught.value.code == "xlsx-broken"


def test_a_bomb_is_not_inflated():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="a"/></sheets></workbook>')
        z.writestr("xl/worksheets/sheet1.xml", b" " * (129 * 1024 * 1024))
    book = Workbook(out.getvalue())
    assert grid(book, "a") == {}
    assert [t.code for t in book.troubles] == ["table-too-large"]


def test_two_sheets_of_one_name():
    data = workbook({"a": inline([["1"]]), "A": inline([["2"]])})
    book = Workbook(data.replace(b"", b""))
    assert [s.name for s in book.sheets] == ["a", "A"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="a"/><sheet name="a"/></sheets></workbook>')
    book = Workbook(out.getvalue())
    assert len(book.sheets) == 1
    assert [t.code for t in book.troubles] == ["xlsx-broken"]


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), flips=st.integers(1, 40))
def test_garbage_ends_in_an_error_of_ours(seed, flips):
    dice = random.Random(seed)
    data = bytearray(workbook({"表": inline([["时间", "号码"], ["1", "2"]])}, strings=["<t>a</t>"], styles=STYLES))
    for _ in range(flips):
        data[dice.randrange(len(data))] = dice.randrange(256)
    try:
        book = Workbook(bytes(data))
        for sheet in book.sheets:
            list(book.rows(sheet))
    except ExhibitError:
        pass
