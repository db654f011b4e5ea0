"""What stands in the address of a query: built texts, arrays, parameters over several calls; NULL where it is not sure."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import Coverage, Problem, SensitiveRead
from dunproof.read.app.code.flow import Flow
from dunproof.read.formats.dex import Dex

HOUSE = "Lcn/example/loan/"
MAIN = f"{HOUSE}Main;"
QUERY = (
    "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;"
    "[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;"
)
URI, STRING, SB, OBJECT = "Landroid/net/Uri;", "Ljava/lang/String;", "Ljava/lang/StringBuilder;", "Ljava/lang/Object;"
PARSE = f"{URI}->parse({STRING}){URI}"
CALLS = f"Landroid/provider/CallLog$Calls;->CONTENT_URI:{URI}"
SMS = f"Landroid/provider/Telephony$Sms;->CONTENT_URI:{URI}"
BUILDER = "Landroid/net/Uri$Builder;"
INTENT = "Landroid/content/Intent;"
OWN = ("s", "content://cn.example.loan.orders/x")
ASK = [0x0212, 0x0312, 0x0412, 0x0512, 0x0674, ("m", QUERY), 0x0000, 0x000E]
"""const/4 v2..v5, 0; query with the URI in v1"""
BEGIN = [0x0012]
STATIC = 0x9


def parsed(register=1):
    return [0x1071, ("m", PARSE), register, 0x010C]


@pytest.fixture
def reads(make, read_apk):
    def run(*methods, above="Landroid/app/Activity;", **others):
        """``others``: class name under the package to (superclass, methods)."""
        manifest = make.manifest(components={"cn.example.loan.Main": "activity"})
        rest = {f"{HOUSE}{name};": (above_, list(rows), *more) for name, (above_, rows, *more) in others.items()}
        dex = make.dex({MAIN: (above, list(methods)), **rest})
        facts = read_apk(make.package({"AndroidManifest.xml": manifest, "classes.dex": dex}))
        return sorted(
            ((r.category, r.uri, r.outcome, r.scope, r.tier) for r in facts if isinstance(r, SensitiveRead)), key=str
        )

    return run


def go(*code, registers=10):
    return ("go", f"({STRING}I)V", STATIC, registers, 2, [*code])


ALL_SMS = ("sms", "content://sms", "resolved", "all", "exact")


@pytest.mark.parametrize(("levels", "found"), [(1, ALL_SMS), (4, ALL_SMS), (6, (None, None, None, None, "derived"))])
def test_parameters_are_followed_four_calls_up(reads, levels, found):
    steps = [
        (f"m{n}", f"({STRING})V", STATIC, 1, 1, [0x1071, ("m", f"{MAIN}->m{n + 1}({STRING})V"), 0, 0x000E])
        for n in range(1, levels)
    ]
    last = (f"m{levels}", f"({STRING})V", STATIC, 7, 1, [*BEGIN, 0x1071, ("m", PARSE), 6, 0x010C, *ASK])
    begin = (
        "begin",
        "()V",
        STATIC,
        1,
        0,
        [0x001A, ("s", "content://sms"), 0x1071, ("m", f"{MAIN}->m1({STRING})V"), 0, 0x000E],
    )
    assert reads(begin, *steps, last) == [found]


def built(*parts):
    """A text built of constants and of the registers v8 (a text) and v9 (a number) of the method."""
    code = [0x0022, ("t", SB), 0x1070, ("m", f"{SB}-><init>()V"), 0]
    for part in parts:
        if isinstance(part, str):
            code += [0x011A, ("s", part), 0x206E, ("m", f"{SB}->append({STRING}){SB}"), 0x0010]
        else:
            kind = STRING if part == 8 else "I"
            code += [0x206E, ("m", f"{SB}->append({kind}){SB}"), part << 4]
    return [*code, 0x106E, ("m", f"{SB}->toString(){STRING}"), 0, 0x010C, *parsed(), *BEGIN]


NOT_SURE = (None, None, None, None, "derived")


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        (["content://", "sms"], ALL_SMS),
        (["content://sms/", 9], ("sms", "content://sms", "resolved", None, "exact")),
        (["content://sms", 9], NOT_SURE),
        (["content://", 8], NOT_SURE),
        ([8, "://sms"], NOT_SURE),
    ],
)
def test_texts_built_of_parts(reads, parts, found):
    assert reads(go(*built(*parts), *ASK)) == [found]


def test_another_provider_is_nobodys_data_whatever_comes_behind(reads):
    assert reads(go(*built("content://cn.example.loan.orders/", 9), *ASK)) == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("content://cn.example.loan.orders/x", []),
        ("content://cn.example.loan", []),
        ("content://cn.example.loans/x", ["content://cn.example.loans"]),
        ("content://com.example.dialer.people/all?limit=2", ["content://com.example.dialer.people"]),
        ("content://settings/secure", ["content://settings"]),
        ("content://sms/inbox", []),
        ("file:///sdcard/x", []),
    ],
)
def test_an_address_that_the_catalogue_does_not_know_is_named_and_weakens_nothing(make, read_apk, address, told):
    manifest = make.manifest(components={"cn.example.loan.Main": "activity"})
    code = go(0x001A, ("s", address), *parsed(0), *BEGIN, *ASK)
    dex = make.dex({MAIN: ("Landroid/app/Activity;", [code, ("twice", *code[1:])])})
    facts = read_apk(make.package({"AndroidManifest.xml": manifest, "classes.dex": dex}))
    notes = [f for f in facts if isinstance(f, Problem) and f.code == "address-unknown"]
    assert [n.detail.partition(";")[0] for n in notes] == told
    assert all(n.loc.startswith("insn=classes.dex@") for n in notes)
    assert not any(f.looked_for == "sensitive_read" for f in facts if isinstance(f, Coverage))


def test_a_text_that_grows_in_a_loop_is_not_sure(reads):
    code = [
        0x0022, ("t", SB), 0x1070, ("m", f"{SB}-><init>()V"), 0,
        0x011A, ("s", "content://"), 0x206E, ("m", f"{SB}->append({STRING}){SB}"), 0x0010,
        0x011A, ("s", "sms"), 0x206E, ("m", f"{SB}->append({STRING}){SB}"), 0x0010,
        0x0939, -5 & 0xFFFF,  # if-nez v9, back to the second const-string
        0x106E, ("m", f"{SB}->toString(){STRING}"), 0, 0x010C, *parsed(), *BEGIN, *ASK,
    ]  # fmt: skip
    assert NOT_SURE in reads(go(*code))


def test_a_builder_with_two_arms_gives_both(reads):
    code = [
        0x0022, ("t", SB), 0x1070, ("m", f"{SB}-><init>()V"), 0,
        0x011A, ("s", "content://"), 0x206E, ("m", f"{SB}->append({STRING}){SB}"), 0x0010,
        0x0938, 5,  # if-eqz v9: over the first arm and its goto
        0x011A, ("s", "sms"), 0x0328,
        0x011A, ("s", "call_log/calls"),
        0x206E, ("m", f"{SB}->append({STRING}){SB}"), 0x0010,
        0x106E, ("m", f"{SB}->toString(){STRING}"), 0, 0x010C, *parsed(), *BEGIN, *ASK,
    ]  # fmt: skip
    assert {r[1] for r in reads(go(*code))} == {"content://sms", "content://call_log/calls"}
    assert {r[4] for r in reads(go(*code))} == {"derived"}


def array(index):
    return [
        0x2212, 0x2623, ("t", f"[{URI}"),  # v6 = new Uri[2]
        0x0162, ("f", CALLS), 0x0212, 0x014D, 0x0206,
        0x0162, ("f", SMS), 0x1212, 0x014D, 0x0206,
        *([index << 12 | 0x0212, 0x0146, 0x0206] if index is not None else [0x0146, 0x0906]),
        *BEGIN, *ASK,
    ]  # fmt: skip


def test_elements_of_arrays(reads):
    assert [r[1] for r in reads(go(*array(0)))] == ["content://call_log/calls"]
    assert [r[1] for r in reads(go(*array(1)))] == ["content://sms"]
    assert {r[1] for r in reads(go(*array(None)))} == {"content://call_log/calls", "content://sms"}


def test_a_format_with_constants_and_a_builder_upon_an_address(reads):
    form = f"{STRING}->format({STRING}[{OBJECT}){STRING}"
    code = [
        0x1212, 0x2623, ("t", f"[{OBJECT}"), 0x011A, ("s", "sms"), 0x0212, 0x014D, 0x0206,
        0x011A, ("s", "content://%s/inbox"), 0x2071, ("m", form), 0x0061, 0x010C, *parsed(), *BEGIN, *ASK,
    ]  # fmt: skip
    assert [r[:2] for r in reads(go(*code))] == [("sms", "content://sms/inbox")]
    code = [
        0x0162, ("f", SMS), 0x106E, ("m", f"{URI}->buildUpon(){BUILDER}"), 1, 0x010C,
        0x021A, ("s", "inbox"), 0x206E, ("m", f"{BUILDER}->appendPath({STRING}){BUILDER}"), 0x0021, 0x010C,
        0x106E, ("m", f"{BUILDER}->build(){URI}"), 1, 0x010C, *BEGIN, *ASK,
    ]  # fmt: skip
    assert [r[:2] for r in reads(go(*code))] == [("sms", "content://sms/inbox")]


def address(*, of):
    """A method that gives back an address."""
    return ("uri", f"(){URI}", 0x1, 4, 1, [0x0162, ("f", of), 0x0111])


def test_an_override_may_run_in_place_of_the_method_that_is_named(reads):
    harmless = ("uri", f"(){URI}", 0x1, 4, 1, [0x001A, OWN, 0x1071, ("m", PARSE), 0, 0x010C, 0x0111])
    call = [0x0622, ("t", f"{HOUSE}Sub;"), 0x106E, ("m", f"{HOUSE}Base;->uri(){URI}"), 6, 0x010C, *BEGIN, *ASK]
    found = reads(go(*call), Base=(OBJECT, [harmless]), Sub=(f"{HOUSE}Base;", [address(of=SMS)]))
    assert [r[1] for r in found] == ["content://sms"]
    abstract = ("uri", f"(){URI}", 0x401, 0, 0, [])
    found = reads(go(*call), Base=(OBJECT, [abstract]), Sub=(f"{HOUSE}Base;", [address(of=SMS)]))
    assert [r[1] for r in found] == ["content://sms"]
    assert reads(go(*call), Base=(OBJECT, [harmless]), Other=(OBJECT, [address(of=SMS)])) == []


def test_more_overrides_than_are_followed_leave_it_open(reads):
    call = [0x106E, ("m", f"{HOUSE}Base;->uri(){URI}"), 6, 0x010C, *BEGIN, *ASK]
    many = {f"Sub{n}": (f"{HOUSE}Base;", [address(of=SMS)]) for n in range(20)}
    assert NOT_SURE in reads(go(0x0612, *call), Base=(OBJECT, []), **many)


LOAD = f"load({URI})V"


def test_a_caller_may_name_a_class_below_the_one_that_defines_the_method(reads):
    load = ("load", f"({URI})V", STATIC, 8, 1, [0x7107, *BEGIN, *ASK])
    calls = [
        0x001A, OWN, *parsed(0), 0x1071, ("m", f"{HOUSE}Base;->{LOAD}"), 1,
        0x0162, ("f", SMS), 0x1071, ("m", f"{HOUSE}Sub;->{LOAD}"), 1, 0x000E,
    ]  # fmt: skip
    found = reads(go(*calls), Base=(OBJECT, [load]), Sub=(f"{HOUSE}Base;", []))
    assert [r[1] for r in found] == ["content://sms"]
    own = ("load", f"({URI})V", STATIC, 8, 1, [0x000E])
    assert reads(go(*calls), Base=(OBJECT, [load]), Sub=(f"{HOUSE}Base;", [own])) == []


def test_a_field_may_be_written_through_a_class_below_its_own(reads):
    code = [
        0x001A, OWN, *parsed(0), 0x0169, ("f", f"{HOUSE}Base;->u:{URI}"),
        0x0162, ("f", SMS), 0x0169, ("f", f"{HOUSE}Sub;->u:{URI}"),
        0x0162, ("f", f"{HOUSE}Base;->u:{URI}"), *BEGIN, *ASK,
    ]  # fmt: skip
    found = reads(go(*code), Base=(OBJECT, []), Sub=(f"{HOUSE}Base;", []))
    assert [r[1] for r in found] == ["content://sms"]


GET_DATA = [0x106E, ("m", f"{INTENT}->getData(){URI}"), 6, 0x010C, *BEGIN, *ASK]
MADE = [0x0622, ("t", INTENT)]


def test_the_address_in_an_intent_of_the_app_is_no_pick(reads):
    begun = [0x0162, ("f", SMS), 0x3070, ("m", f"{INTENT}-><init>({STRING}{URI})V"), 0x0186]
    assert reads(go(*MADE, *begun, *GET_DATA)) == [ALL_SMS]
    later = [0x1070, ("m", f"{INTENT}-><init>()V"), 6, 0x0162, ("f", SMS),
             0x206E, ("m", f"{INTENT}->setData({URI}){INTENT}"), 0x0016]  # fmt: skip
    assert reads(go(*MADE, *later, *GET_DATA)) == [ALL_SMS]


def test_an_intent_from_another_app_settles_nothing(reads):
    given = [0x106E, ("m", f"{MAIN}->getIntent(){INTENT}"), 8, 0x060C]
    assert reads(go(*given, *GET_DATA)) == [NOT_SURE]


PICKED = (None, "", "picker", "picked", "derived")


def test_only_what_a_dialog_answered_is_picked(reads):
    answer = ("onActivityResult", f"(II{INTENT})V", 0x4, 11, 4, [0xA607, *GET_DATA])
    assert reads(answer) == [PICKED]
    kept = ("onActivityResult", f"(II{INTENT})V", 0x4, 11, 4,
            [0xA607, 0x1071, ("m", f"{MAIN}->use({INTENT})V"), 6, 0x000E])  # fmt: skip
    use = ("use", f"({INTENT})V", STATIC, 9, 1, [0x8607, *GET_DATA])
    assert reads(kept, use) == [PICKED]
    contract = [0x106E, ("m", f"Landroidx/activity/result/ActivityResult;->getData(){INTENT}"), 8, 0x060C]
    assert reads(go(*contract, *GET_DATA)) == [PICKED]


MANAGED = f"managedQuery({URI}[{STRING}{STRING}[{STRING}{STRING})Landroid/database/Cursor;"


@pytest.mark.parametrize(
    "above", ["app/Activity", "app/ListActivity", "app/TabActivity", "preference/PreferenceActivity"]
)
def test_a_method_inherited_through_classes_of_the_framework(reads, above):
    for named in (MAIN, f"Landroid/{above};"):
        ask = [0x0212, 0x0312, 0x0412, 0x0512, 0x0674, ("m", f"{named}->{MANAGED}"), 0, 0x000E]
        assert reads(go(0x0162, ("f", SMS), *BEGIN, *ask), above=f"Landroid/{above};") == [ALL_SMS]


@pytest.mark.parametrize(
    ("uri", "scope"),
    [
        ("content://com.android.contacts/data/phones", "all"),
        ("content://0@com.android.contacts/data/phones", "all"),
        ("content://com.android.contacts/data/phones?limit=1", None),
        ("content://com.android.contacts/contacts/5", None),
        ("content://com.android.contacts/contacts/as_vcard/x", None),
        ("content://icc/adn", "all"),
    ],
)
def test_the_whole_table_only_where_the_address_is_its_own(reads, uri, scope):
    (found,) = reads(go(0x001A, ("s", uri), *parsed(0), *BEGIN, *ASK))
    assert (found[0], found[3]) == ("contacts", scope)


@pytest.mark.parametrize(
    ("order", "scope"), [("_id DESC", "all"), ("_id LIMIT 1", None), ("date desc limit 500", None)]
)
def test_an_order_with_a_limit_leaves_rows_out(reads, order, scope):
    ask = [0x0212, 0x0312, 0x0412, 0x051A, ("s", order), 0x0674, ("m", QUERY), 0x0000, 0x000E]
    assert [r[3] for r in reads(go(0x0162, ("f", SMS), *BEGIN, *ask))] == [scope]


ORDER = f"{MAIN}->order:{STRING}"
SORTED = [0x0162, ("f", SMS), *BEGIN, 0x0212, 0x0312, 0x0412]
"""All messages, without a selection; the order is in v5."""
SORT = [0x0674, ("m", QUERY), 0x0000]


@pytest.mark.parametrize(
    ("order", "after"),
    [
        # order = order.concat(order), as often as v9 says
        ([0x051A, ("s", "_id"), 0x206E, ("m", f"{STRING}->concat({STRING}){STRING}"), 0x0055, 0x050C,
          0x0939, -4 & 0xFFFF], []),
        # the method hands its order on to itself, and nothing else calls it
        ([0x8507], [0x2071, ("m", f"{MAIN}->go({STRING}I)V"), 0x0095]),
        # a field that is only ever written from itself
        ([0x0562, ("f", ORDER)], [0x0562, ("f", ORDER), 0x0569, ("f", ORDER)]),
    ],
    ids=["concat", "itself", "field"],
)  # fmt: skip
def test_an_order_put_together_in_a_loop_leaves_the_scope_open(reads, order, after):
    assert [r[3] for r in reads(go(*SORTED, *order, *SORT, *after, 0x000E))] == [None]


def test_a_name_beside_a_zero_character_is_found(reads):
    code = go(0x001A, ("s", "quer\0"), 0x001A, ("s", "query\0x"), 0x0162, ("f", SMS), *BEGIN, *ASK)
    assert reads(code) == [ALL_SMS]


def test_texts_beyond_the_basic_plane_stand_before_the_last_of_it(make):
    texts = [f"{c}{n}" for c in "\U0001f600\uff08" for n in range(40)]
    code = [unit for text in texts for unit in (0x001A, ("s", text))]
    file = Dex(make.dex({MAIN: (OBJECT, [go(*code, 0x000E)])}))
    assert file.find_string("no such name") is None
    assert file.flaws == []


def test_a_row_whose_number_is_appended_to_a_builder(reads):
    append = f"Landroid/content/ContentUris;->appendId({BUILDER}J){BUILDER}"
    code = [
        0x0162, ("f", SMS), 0x106E, ("m", f"{URI}->buildUpon(){BUILDER}"), 1, 0x010C,
        0x0216, 7, 0x3071, ("m", append), 0x0321, 0x106E, ("m", f"{BUILDER}->build(){URI}"), 1, 0x010C, *BEGIN, *ASK,
    ]  # fmt: skip
    assert reads(go(*code)) == [("sms", "content://sms", "resolved", None, "exact")]


def test_a_form_of_a_method_that_no_row_knows(reads):
    newer = "Landroid/content/ContentResolver;->query(ILandroid/net/Uri;Landroid/os/Bundle;)Landroid/database/Cursor;"
    assert [r[:2] for r in reads(go(0x0062, ("f", CALLS), *BEGIN, 0x0212, 0x0162, ("f", SMS), 0x406E, ("m", newer), 0x2120, 0x000E))] == [
        ("sms", "content://sms")
    ]  # fmt: skip
    last = "Landroid/location/LocationManager;->getLastKnownLocation(Ljava/lang/String;I)Landroid/location/Location;"
    assert [r[0] for r in reads(go(0x0012, 0x306E, ("m", last), 0x0000, 0x000E))] == ["location"]


FIND = f"Ljava/lang/Class;->getMethod({STRING}[Ljava/lang/Class;)Ljava/lang/reflect/Method;"
INVOKE = f"Ljava/lang/reflect/Method;->invoke({OBJECT}[{OBJECT}){OBJECT}"


@pytest.mark.parametrize(
    ("holder", "found"), [("Landroid/telephony/TelephonyManager;", ["device_id"]), (f"{HOUSE}Base;", [])]
)
def test_the_class_of_an_object_is_as_its_field_declares_it(reads, holder, found):
    code = [
        0x0062, ("f", f"{HOUSE}Base;->it:{holder}"), 0x106E, ("m", f"{OBJECT}->getClass()Ljava/lang/Class;"), 0, 0x010C,
        0x021A, ("s", "getDeviceId"), 0x0312, 0x306E, ("m", FIND), 0x0321, 0x010C,
        0x306E, ("m", INVOKE), 0x0301, 0x000E,
    ]  # fmt: skip
    assert [r[0] for r in reads(go(*code), Base=(OBJECT, []))] == found


def test_fields_that_are_filled_from_each_other_are_followed_once(reads, monkeypatch):
    """Each field has two writers that read the next one: the ways double with every field."""
    asked = []
    definitions = Flow.definitions

    def counted(flow, at, register):
        asked.append((flow, at, register))
        return definitions(flow, at, register)

    monkeypatch.setattr(Flow, "definitions", counted)
    fields = [f"{MAIN}->f{n}:{STRING}" for n in range(10)]
    steps = [
        (f"w{n}{way}", "()V", STATIC, 1, 0, [0x0062, ("f", fields[n + 1]), 0x0069, ("f", fields[n]), 0x000E])
        for n in range(9)
        for way in "ab"
    ]
    last = ("last", "()V", STATIC, 1, 0, [0x001A, ("s", "content://sms"), 0x0069, ("f", fields[9]), 0x000E])
    assert reads(go(0x0162, ("f", fields[0]), *parsed(), *ASK), *steps, last) == [ALL_SMS]
    assert len(asked) < 60


ARRAY = f"[{URI}"
TWO = [  # v8 = {sms, calls}
    0x2712, 0x7823, ("t", ARRAY), 0x0712, 0x0162, ("f", SMS), 0x014D, 0x0708, 0x1712, 0x0162, ("f", CALLS), 0x014D, 0x0708,
]  # fmt: skip


def test_a_loop_over_an_array_that_it_leaves_as_it_is(reads):
    ask = ASK[:-1]
    back = -(2 + 1 + len(ask) + 2)
    over = [*TWO, 0x0712, 0x0146, 0x0708, 0x0012, *ask, 0x07D8, 0x0107, 0x0728, 0x000E]
    code = [*over[:-2], (back & 0xFF) << 8 | 0x28, 0x000E]
    assert [r[:3] for r in reads(go(*code))] == [
        ("call_log", "content://call_log/calls", "resolved"), ("sms", "content://sms", "resolved"),
    ]  # fmt: skip
    other = ("other", f"({ARRAY})V", STATIC, 1, 1, [0x000E])
    change = [0x1071, ("m", f"{MAIN}->other({ARRAY})V"), 8]
    back -= len(change)
    code = [*over[:-2], *change, (back & 0xFF) << 8 | 0x28, 0x000E]
    assert (None, None, None) in [r[:3] for r in reads(go(*code), other)]


@pytest.mark.parametrize(
    ("step", "uri", "scope"),
    [
        (("encodedQuery", f"({STRING}){BUILDER}", "limit=1"), "content://sms?limit=1", None),
        (("fragment", f"({STRING}){BUILDER}", "limit=1"), "content://sms", "all"),
        (("appendPath", f"({STRING}){BUILDER}", "inbox"), "content://sms/inbox", "all"),
    ],
)
def test_a_query_that_a_builder_adds_may_leave_rows_out(reads, step, uri, scope):
    name, proto, text = step
    code = [
        0x0162, ("f", SMS), 0x106E, ("m", f"{URI}->buildUpon(){BUILDER}"), 1, 0x010C, 0x021A, ("s", text),
        0x206E, ("m", f"{BUILDER}->{name}{proto}"), 0x0021, 0x010C, 0x106E, ("m", f"{BUILDER}->build(){URI}"), 1, 0x010C,
        *BEGIN, *ASK,
    ]  # fmt: skip
    assert reads(go(*code)) == [("sms", uri, "resolved", scope, "exact")]


def test_a_parameter_of_a_query_may_leave_rows_out(reads):
    add = f"{BUILDER}->appendQueryParameter({STRING}{STRING}){BUILDER}"
    code = [
        0x0162, ("f", SMS), 0x106E, ("m", f"{URI}->buildUpon(){BUILDER}"), 1, 0x010C, 0x021A, ("s", "limit"),
        0x306E, ("m", add), 0x0221, 0x010C, 0x106E, ("m", f"{BUILDER}->build(){URI}"), 1, 0x010C, *BEGIN, *ASK,
    ]  # fmt: skip
    assert reads(go(*code)) == [("sms", "content://sms", "resolved", None, "exact")]


def test_a_parameter_of_a_private_method_that_is_named_like_a_callback(reads):
    ask = ("onChosen", f"({URI})V", 0x2, 10, 2, [0x9107, *BEGIN, *ASK])
    begin = (
        "onCreate",
        "(Landroid/os/Bundle;)V",
        1,
        4,
        2,
        [0x0062, ("f", SMS), 0x2070, ("m", f"{MAIN}->onChosen({URI})V"), 0x0002, 0x000E],
    )
    assert reads(begin, ask) == [ALL_SMS]


CALLBACK = "Landroidx/activity/result/ActivityResultCallback;"
PICK = "Landroidx/activity/result/contract/ActivityResultContracts$PickContact;"
CONTRACT = "Landroidx/activity/result/contract/ActivityResultContract;"


def test_what_the_contract_of_a_dialog_hands_over_is_picked(reads):
    use = ("use", f"({URI})V", STATIC, 9, 1, [0x8107, *BEGIN, *ASK])
    answer = ("onActivityResult", f"({OBJECT})V", 0x1, 4, 2,
              [0x031F, ("t", URI), 0x1071, ("m", f"{MAIN}->use({URI})V"), 3, 0x000E])  # fmt: skip
    asks = ("asks", "()V", STATIC, 1, 0, [0x0022, ("t", PICK), 0x000E])
    back = (OBJECT, [answer], [CALLBACK])
    assert reads(use, Back=back) == [PICKED]
    assert reads(use, asks, Back=back) == [("contacts", *PICKED[1:])]
    assert reads(use, Back=(OBJECT, [answer])) == [NOT_SURE]
    assert reads(use, Back=back, Own=(CONTRACT, [])) == [NOT_SURE]  # it may give back anything


def test_texts_that_kotlin_joins(reads):
    plus = f"Lkotlin/jvm/internal/Intrinsics;->stringPlus({STRING}{OBJECT}){STRING}"
    code = [
        0x001A,
        ("s", "content://"),
        0x011A,
        ("s", "sms"),
        0x2071,
        ("m", plus),
        0x0010,
        0x000C,
        *parsed(0),
        *BEGIN,
        *ASK,
    ]
    assert reads(go(*code)) == [ALL_SMS]


@pytest.mark.parametrize(
    ("cls", "volume", "found"),
    [
        ("Files", "external", ("media", "content://media/external/file")),
        ("Images$Media", "external_primary", ("media", "content://media/external_primary/images/media")),
        ("Video$Media", None, ("media", "content://media")),
    ],
)
def test_the_address_of_a_part_of_a_volume(reads, cls, volume, found):
    given = [0x1071, ("m", f"Landroid/provider/MediaStore${cls};->getContentUri({STRING}){URI}")]
    text = [0x011A, ("s", volume)] if volume else [0x8107]
    assert [r[:2] for r in reads(go(*text, *given, 1, 0x010C, *BEGIN, *ASK))] == [found]


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("ContactsContract$Contacts;->CONTENT_STREQUENT_URI", ("contacts", "all")),
        ("ContactsContract$CommonDataKinds$Email;->CONTENT_LOOKUP_URI", ("contacts", None)),
        ("CallLog$Calls;->CONTENT_URI_WITH_VOICEMAIL", ("call_log", "all")),
        ("Telephony$MmsSms;->CONTENT_URI", ("sms", "all")),
        ("CalendarContract$Attendees;->CONTENT_URI", ("calendar", "all")),
    ],
)
def test_further_constants_of_the_framework(reads, field, found):
    assert [(r[0], r[3]) for r in reads(go(0x0162, ("f", f"Landroid/provider/{field}:{URI}"), *BEGIN, *ASK))] == [found]


FUNCTION = "Lkotlin/jvm/functions/Function0;"
LAMBDA = f"{HOUSE}Lambda;"
BACK_SMS = ("invoke", f"(){OBJECT}", 0x1, 2, 1, [0x0062, ("f", SMS), 0x0011])
MADE_LAMBDA = [0x0822, ("t", LAMBDA), 0x1070, ("m", f"{LAMBDA}-><init>()V"), 8]
INVOKED = [0x1072, ("m", f"{FUNCTION}->invoke(){OBJECT}"), 8, 0x010C, 0x011F, ("t", URI), *BEGIN, *ASK]


def test_what_a_lambda_gives_back(reads):
    row = (OBJECT, [BACK_SMS], [FUNCTION])
    assert reads(go(*MADE_LAMBDA, *INVOKED), Lambda=row) == [ALL_SMS]
    use = ("use", f"({FUNCTION})V", STATIC, 11, 1, [0xA807, *INVOKED])
    assert reads(go(*MADE_LAMBDA, 0x1071, ("m", f"{MAIN}->use({FUNCTION})V"), 8, 0x000E), use, Lambda=row) == [ALL_SMS]
    given = [0x0071, ("m", f"Lcom/other/Tool;->function(){FUNCTION}"), 0, 0x080C]
    assert reads(go(*given, *INVOKED), Lambda=row) == [NOT_SURE]


def test_a_value_that_kotlin_makes_when_it_is_first_asked_for(reads):
    lazy = f"Lkotlin/LazyKt;->lazy({FUNCTION})Lkotlin/Lazy;"
    field = ("f", f"{HOUSE}Store;->uri:Lkotlin/Lazy;")
    begin = ("<clinit>", "()V", 0x10008, 10, 0, [*MADE_LAMBDA, 0x1071, ("m", lazy), 8, 0x080C, 0x0869, field, 0x000E])
    asked = [
        0x0862,
        field,
        0x1072,
        ("m", f"Lkotlin/Lazy;->getValue(){OBJECT}"),
        8,
        0x010C,
        0x011F,
        ("t", URI),
        *BEGIN,
        *ASK,
    ]
    row = (OBJECT, [BACK_SMS], [FUNCTION])
    assert reads(go(*asked), Store=(OBJECT, [begin]), Lambda=row) == [ALL_SMS]
    assert reads(go(*asked), Store=(OBJECT, []), Lambda=row) == [NOT_SURE]


def test_the_app_s_own_provider_by_the_name_of_its_package(reads):
    def ask(cls):
        name = [0x106E, ("m", f"{cls}->getPackageName(){STRING}"), 8, 0x090C]
        code = [
            *name, 0x0022, ("t", SB), 0x1070, ("m", f"{SB}-><init>()V"), 0,
            0x011A, ("s", "content://"), 0x206E, ("m", f"{SB}->append({STRING}){SB}"), 0x0010,
            0x206E, ("m", f"{SB}->append({STRING}){SB}"), 0x0090,
            0x011A, ("s", ".orders/x"), 0x206E, ("m", f"{SB}->append({STRING}){SB}"), 0x0010,
            0x106E, ("m", f"{SB}->toString(){STRING}"), 0, 0x010C, *parsed(), *BEGIN, *ASK,
        ]  # fmt: skip
        return reads(go(*code))

    assert ask("Landroid/content/Context;") == []
    assert ask(MAIN) == []
    assert ask("Landroid/content/ComponentName;") == [NOT_SURE]  # of another app, perhaps


def test_a_file_that_the_app_itself_offers(reads):
    offered = (
        f"Landroidx/core/content/FileProvider;->getUriForFile(Landroid/content/Context;{STRING}Ljava/io/File;){URI}"
    )
    assert reads(go(0x0012, 0x0112, 0x0212, 0x3071, ("m", offered), 0x0210, 0x010C, *BEGIN, *ASK)) == []
