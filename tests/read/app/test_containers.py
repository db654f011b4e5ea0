"""What comes out of lists, sets and maps is told by what went in; a call that is not known may have put in anything."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import SensitiveRead

HOUSE = "Lcn/example/loan/"
MAIN = f"{HOUSE}Main;"
OBJECT, URI, LIST, MAP = "Ljava/lang/Object;", "Landroid/net/Uri;", "Ljava/util/List;", "Ljava/util/Map;"
ARRAYS, HASH, STATIC = "Ljava/util/ArrayList;", "Ljava/util/HashMap;", 0x9
QUERY = (
    "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;"
    "[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;"
)
SMS, CALLS = (f"Landroid/provider/{c};->CONTENT_URI:{URI}" for c in ("Telephony$Sms", "CallLog$Calls"))
ASK = [0x0012, 0x0212, 0x0312, 0x0412, 0x0512, 0x0674, ("m", QUERY), 0x0000]
END = [0x000E]
BOTH = ["content://call_log/calls", "content://sms"]


def new(cls):  # v8
    return [0x0822, ("t", cls), 0x1070, ("m", f"{cls}-><init>()V"), 8]


def add(uri):
    return [0x0162, ("f", uri), 0x2072, ("m", f"{LIST}->add({OBJECT})Z"), 0x0018]


def put(key, uri):
    return [0x011A, ("s", key), 0x0262, ("f", uri), 0x3072, ("m", f"{MAP}->put({OBJECT}{OBJECT}){OBJECT}"), 0x0218]


def get(key):
    return [
        0x011A,
        ("s", key),
        0x2072,
        ("m", f"{MAP}->get({OBJECT}){OBJECT}"),
        0x0018,
        0x010C,
        0x011F,
        ("t", URI),
        *ASK,
    ]


def each(holder=LIST, view=()):
    """Ask for each thing in v8, in a loop."""
    ask = [0x1072, ("m", f"Ljava/util/Iterator;->next(){OBJECT}"), 9, 0x010C, 0x011F, ("t", URI), *ASK]
    has = [0x1072, ("m", "Ljava/util/Iterator;->hasNext()Z"), 9, 0x020A, 0x0238, len(ask) + 4]
    back = -(len(ask) + len(has)) & 0xFFFF
    begin = [0x1072, ("m", f"{holder}->iterator()Ljava/util/Iterator;"), 8, 0x090C]
    return [*view, *begin, *has, *ask, 0x0029, back, *END]


@pytest.fixture
def asked(make, read_apk):
    """The addresses that reach the calls of some code in ``go``; None for one that is not told."""

    def run(*code, methods=(), **classes):
        rest = {f"{HOUSE}{name};": (OBJECT, list(rows)) for name, rows in classes.items()}
        rows = [("go", "()V", STATIC, 10, 0, [*code]), *methods]
        dex = make.dex({MAIN: ("Landroid/app/Activity;", rows), **rest})
        manifest = make.manifest(components={"cn.example.loan.Main": "activity"})
        facts = read_apk(make.package({"AndroidManifest.xml": manifest, "classes.dex": dex}))
        return sorted((f.uri for f in facts if isinstance(f, SensitiveRead)), key=str)

    return run


def test_each_thing_of_a_list(asked):
    assert asked(*new(ARRAYS), *add(SMS), *add(CALLS), *each()) == BOTH


def test_a_list_that_is_handed_to_a_call_that_is_not_known(asked):
    other = [0x1071, ("m", f"Lcom/other/Tool;->more({LIST})V"), 8]
    assert asked(*new(ARRAYS), *add(SMS), *other, *each()) == [None, "content://sms"]


def test_a_list_of_one_array(asked):
    array = [0x2712, 0x7823, ("t", f"[{URI}"), 0x0712, 0x0162, ("f", SMS), 0x014D, 0x0708, 0x1712, 0x0162, ("f", CALLS),
             0x014D, 0x0708]  # fmt: skip
    for made in (
        f"Lkotlin/collections/CollectionsKt;->listOf([{OBJECT}){LIST}",
        f"Ljava/util/Arrays;->asList([{OBJECT}){LIST}",
    ):
        assert asked(*array, 0x1071, ("m", made), 8, 0x080C, *each()) == BOTH


def test_what_stands_under_a_key(asked):
    both = [*new(HASH), *put("a", SMS), *put("b", CALLS)]
    assert asked(*both, *get("a"), *END) == ["content://sms"]
    assert asked(*both, *get("none"), *END) == [None]
    values = [0x1072, ("m", f"{MAP}->values()Ljava/util/Collection;"), 8, 0x080C]
    assert asked(*both, *each("Ljava/util/Collection;", values)) == BOTH


def test_a_list_in_a_field_holds_what_any_method_puts_in(asked):
    field = ("f", f"{HOUSE}Store;->all:{LIST}")
    begin = ("<clinit>", "()V", 0x10008, 10, 0, [*new(ARRAYS), 0x0869, field, *add(SMS), *END])
    more = ("more", "()V", STATIC, 10, 0, [0x0862, field, *add(CALLS), *END])
    assert asked(0x0862, field, *each(), Store=[begin]) == ["content://sms"]
    assert asked(0x0862, field, *each(), Store=[begin, more]) == BOTH


def test_a_list_that_a_caller_hands_over_or_a_method_gives_back(asked):
    made = ("made", f"(){LIST}", STATIC, 10, 0, [*new(ARRAYS), *add(SMS), 0x0811])
    assert asked(0x0071, ("m", f"{MAIN}->made(){LIST}"), 0, 0x080C, *each(), methods=[made]) == ["content://sms"]
    use = ("use", f"({LIST})V", STATIC, 11, 1, [0xA807, *each()])
    hand = [0x1071, ("m", f"{MAIN}->use({LIST})V"), 8]
    assert asked(*new(ARRAYS), *add(SMS), *hand, *END, methods=[use]) == ["content://sms"]


def test_what_is_read_is_no_thing_that_was_put_in(asked):
    scanner = "Ljava/util/Scanner;"
    code = [0x0012, 0x0822, ("t", scanner), 0x2070, ("m", f"{scanner}-><init>(Ljava/io/InputStream;)V"), 0x0008,
            0x106E, ("m", f"{scanner}->next()Ljava/lang/String;"), 8, 0x010C,
            0x1071, ("m", f"{URI}->parse(Ljava/lang/String;){URI}"), 1, 0x010C, *ASK, *END]  # fmt: skip
    assert asked(*code) == [None]


def test_a_method_full_of_lists_is_read_in_bounded_time(asked):
    more = [unit for _ in range(4000) for unit in (*add(SMS), 0x0938, 2)]
    assert set(asked(*new(ARRAYS), 0x0912, *more, *each())) <= {None, "content://sms"}
