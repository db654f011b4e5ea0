"""What stands in the address of a query: built texts, arrays, parameters over several calls; NULL where it is not sure."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import SensitiveRead

MAIN = "Lcn/example/loan/Main;"
QUERY = (
    "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;"
    "[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;"
)
URI, STRING, SB, OBJECT = "Landroid/net/Uri;", "Ljava/lang/String;", "Ljava/lang/StringBuilder;", "Ljava/lang/Object;"
PARSE = f"{URI}->parse({STRING}){URI}"
CALLS = f"Landroid/provider/CallLog$Calls;->CONTENT_URI:{URI}"
SMS = f"Landroid/provider/Telephony$Sms;->CONTENT_URI:{URI}"
BUILDER = "Landroid/net/Uri$Builder;"
ASK = [0x0212, 0x0312, 0x0412, 0x0512, 0x0674, ("m", QUERY), 0x0000, 0x000E]
"""const/4 v2..v5, 0; query with the URI in v1"""
BEGIN = [0x0012]
STATIC = 0x9


def parsed(register=1):
    return [0x1071, ("m", PARSE), register, 0x010C]


@pytest.fixture
def reads(make, read_apk):
    def run(*methods):
        manifest = make.manifest(components={"cn.example.loan.Main": "activity"})
        dex = make.dex({MAIN: ("Landroid/app/Activity;", list(methods))})
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
