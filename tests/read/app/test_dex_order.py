"""Tables of a dex out of order or with a row twice, and code that lies over other code: right or told, never silent."""

from __future__ import annotations

import struct
import zlib

import pytest

from dunproof.facts.kinds import Coverage, Problem, SensitiveRead
from dunproof.read.formats.dex import Dex

OBJECT = "Ljava/lang/Object;"
MAIN, HELP = "Lcn/example/loan/Main;", "Lcn/example/loan/Help;"
RESOLVER = "Landroid/content/ContentResolver;"
QUERY = (
    f"{RESOLVER}->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;"
    "Ljava/lang/String;)Landroid/database/Cursor;"
)
CONTACTS = "Landroid/provider/ContactsContract$Contacts;->CONTENT_URI:Landroid/net/Uri;"
READ = [0x0162, ("f", CONTACTS), 0x0012, 0x0212, 0x0312, 0x0412, 0x0512, 0x0674, ("m", QUERY), 0, 0x000E]
CREATE = "(Landroid/os/Bundle;)V"
STRINGS, TYPES, PROTOS, FIELDS, METHODS, CLASSES = (56, 64, 72, 80, 88, 96)
"""Where in the header the size and the offset of a table stand."""


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


def checked(out):
    out[32:36] = struct.pack("<I", len(out))
    out[8:12] = struct.pack("<I", zlib.adler32(out[12:]))
    return bytes(out)


def table(data, at, form):
    count, first = struct.unpack_from("<II", data, at)
    size = struct.calcsize(form)
    return [list(struct.unpack_from(form, data, first + n * size)) for n in range(count)]


def replaced(out, at, form, rows):
    """Put a table at the end of the file."""
    out += bytes(-len(out) % 4)
    struct.pack_into("<II", out, at, len(rows), len(out))
    out += b"".join(struct.pack(form, *row) for row in rows)


FORMS = {STRINGS: "<I", TYPES: "<I", PROTOS: "<III", FIELDS: "<HHI", METHODS: "<HHI", CLASSES: "<8I"}
NAMES = {TYPES: (0,), PROTOS: (0,), FIELDS: (2,), METHODS: (2,)}
"""Columns that name a string."""
KINDS = {PROTOS: (1,), FIELDS: (0, 1), METHODS: (0,), CLASSES: (0, 2)}
"""Columns that name a type."""


def renamed(data, kind, order, columns, use):
    """Give a table another order; ``use(table, row, old index)`` says which of the new rows is meant."""
    out = bytearray(data)
    rows = {at: table(data, at, form) for at, form in FORMS.items()}
    moved = [rows[kind][n] for n in order]
    for at, wanted in columns.items():
        for row in rows[at]:
            for column in wanted:
                if row[column] != 0xFFFFFFFF:
                    row[column] = use(at, row, row[column])
    if kind == TYPES:
        for row in rows[PROTOS]:
            if row[2]:
                (count,) = struct.unpack_from("<I", out, row[2])
                for n in range(count):
                    (old,) = struct.unpack_from("<H", out, row[2] + 4 + 2 * n)
                    struct.pack_into("<H", out, row[2] + 4 + 2 * n, use(TYPES, row, old))
    rows[kind] = moved
    for at, form in FORMS.items():
        replaced(out, at, form, rows[at])
    return checked(out)


def twice(data, kind, index, columns, at):
    """A row of a table twice; one other table goes by the second, all others by the first, or the other way round."""
    order = list(range(struct.unpack_from("<I", data, kind)[0]))
    order.insert(index + 1, index)
    first, second = (index, index + 1) if at > 0 else (index + 1, index)

    def use(table, _, old):
        return (second if table == abs(at) else first) if old == index else old + (old > index)

    return renamed(data, kind, order, columns, use)


@pytest.fixture
def app(make, read_apk):
    """(categories that are read, codes of problems, kinds not read in full) of an app with a dex."""

    def run(dex):
        manifest = make.manifest("android.permission.READ_CONTACTS", components={".Main": "activity"})
        facts = read_apk(make.package({"AndroidManifest.xml": manifest, "classes.dex": dex}))
        weak = {c.looked_for for c in of(facts, Coverage) if c.status != "read"}
        return [r.category for r in of(facts, SensitiveRead)], {p.code for p in of(facts, Problem)}, weak

    return run


@pytest.fixture
def reading(make):
    return make.dex({MAIN: ("Landroid/app/Activity;", [("onCreate", CREATE, 1, 12, 2, READ)])})


def right_or_told(found, code):
    categories, codes, weak = found
    assert code in codes
    assert categories == ["contacts"] or {"sensitive_read"} <= weak


@pytest.mark.parametrize("at", [METHODS, -METHODS])
def test_a_name_that_stands_twice_among_the_strings(at, reading, app):
    index = Dex(reading).find_string("query")
    right_or_told(app(twice(reading, STRINGS, index, NAMES, at)), "dex-strings-unsorted")


@pytest.mark.parametrize("at", [METHODS, -METHODS])
def test_a_class_that_stands_twice_among_the_types(at, reading, app):
    index = Dex(reading).find_type(RESOLVER)
    right_or_told(app(twice(reading, TYPES, index, KINDS, at)), "dex-order")


def test_one_name_out_of_order_among_many(make, app):
    more = [(f"name{n:04d}", "()V", 9, 1, 0, [0x000E]) for n in range(3000)]
    data = make.dex({
        MAIN: ("Landroid/app/Activity;", [("onCreate", CREATE, 1, 12, 2, READ)]), HELP: (OBJECT, more),
    })  # fmt: skip
    assert app(data) == (["contacts"], set(), set())
    index = Dex(data).find_string("query")
    for other in range(201, 206):
        order = list(range(struct.unpack_from("<I", data, STRINGS)[0]))
        order[index], order[other] = other, index
        changed = renamed(data, STRINGS, order, NAMES, lambda _at, _row, old, order=order: order.index(old))
        right_or_told(app(changed), "dex-strings-unsorted")


def test_code_over_code(make, app):
    """A code item stands inside the instructions of another: what belongs to whom cannot be told."""
    inner = [0x0005, 0x0001, 0x0000, 0x0000, 0x0000, 0x0000, 0x0001, 0x0000, 0x000E]
    code = [0x0900 | 0x28, *inner[:8], *READ]
    data = make.dex({
        MAIN: ("Landroid/app/Activity;", [("onCreate", CREATE, 1, 12, 2, code)]),
        HELP: (OBJECT, [("a", "()V", 9, 5, 0, [0x000E] * 40)]),
    })  # fmt: skip
    dex = Dex(data)
    codes = sorted(c for c in dex.items.code.tolist() if c)
    outer = codes[0] if dex.body(codes[0])[1] < 40 else codes[1]
    other = next(c for c in codes if c != outer)
    place = outer + 16 + 2
    place += -place % 4
    out = bytearray(data)
    for n in range(len(out) - 2):
        # The only number of three bytes with this value is the offset in the class data.
        if out[n : n + 2] == bytes([other & 0x7F | 0x80, other >> 7]) and n > place:
            out[n : n + 2] = bytes([place & 0x7F | 0x80, place >> 7])
    data = checked(out)
    assert place in Dex(data).items.code.tolist()
    _, codes, weak = app(data)
    assert "dex-code-overlap" in codes
    assert {"sensitive_read"} <= weak


def test_two_definitions_of_a_class_in_one_dex(reading, app):
    out = bytearray(reading)
    rows = table(reading, CLASSES, FORMS[CLASSES])
    replaced(out, CLASSES, FORMS[CLASSES], [[*rows[0][:6], 0, 0], *rows])
    right_or_told(app(checked(out)), "dex-order")


@pytest.mark.parametrize("at", [0, 0x7FFFFFF0, 3])
@pytest.mark.parametrize("op", [0xFC, 0xFE])
def test_a_handle_of_which_the_table_is_not_found(at, op, make, app):
    code = [op, 0, 0, 0x000E] if op == 0xFC else [op, 0, 0x000E]
    data = make.dex({MAIN: ("Landroid/app/Activity;", [("onCreate", CREATE, 1, 12, 2, code)])})
    out = bytearray(data)
    struct.pack_into("<I", out, 52, at)
    _, codes, weak = app(checked(out))
    assert "dex-map" in codes
    assert {"sensitive_read"} <= weak


@pytest.mark.parametrize("size", [1020, 1100, 5000])
def test_a_long_name_is_a_name(size, make, app):
    long = f"Lcn/example/loan/{'a' * size};"
    go = [0x0071, ("m", f"{long}->all()V"), 0, 0x000E]
    categories, codes, weak = app(make.dex({
        MAIN: ("Landroid/app/Activity;", [("onCreate", CREATE, 1, 12, 2, go)]),
        long: (OBJECT, [("all", "()V", 9, 12, 0, READ)]),
    }))  # fmt: skip
    assert categories == ["contacts"]
    assert codes <= {"owner-unknown"} or "sensitive_read" in weak


@pytest.mark.parametrize(("at", "count"), [(STRINGS, 10), (TYPES, 3), (PROTOS, 1), (FIELDS, 0), (METHODS, 1)])
def test_a_table_that_says_fewer_rows_than_are_named(at, count, reading, app):
    out = bytearray(reading)
    struct.pack_into("<I", out, at, count)
    _, codes, weak = app(checked(out))
    assert {"dex-index", "dex-class-data"} & codes
    assert {"sensitive_read"} <= weak


@pytest.mark.parametrize("form", [b"cdex001\0", b"dey\n036\0", b"vdex027\0", "gzip", "zlib"])
def test_code_in_a_form_that_is_not_read_is_told(form, reading, make, read_apk):
    import gzip

    packed = {"gzip": gzip.compress, "zlib": zlib.compress}
    data = packed[form](reading) if form in packed else form + reading[8:]
    manifest = make.manifest(components={".Main": "activity"})
    members = {"AndroidManifest.xml": manifest, "classes.dex": reading, "assets/logo.png": data}
    facts = read_apk(make.package(members))
    assert "code-form" in {p.code for p in of(facts, Problem)}
    assert "sensitive_read" in {c.looked_for for c in of(facts, Coverage) if c.status != "read"}
    members["assets/logo.png"] = gzip.compress(b"words of no code" * 90)
    assert "code-form" not in {p.code for p in of(read_apk(make.package(members)), Problem)}
