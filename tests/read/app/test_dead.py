"""``reached`` is no only where nothing in the code leads to the call, and nothing runs that the code does not show."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import SensitiveRead

HOUSE = "Lcn/example/loan/"
MAIN = f"{HOUSE}Main;"
OBJECT = "Ljava/lang/Object;"
IMEI = "Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;"
INVOKE = f"Ljava/lang/reflect/Method;->invoke({OBJECT}[{OBJECT}){OBJECT}"
READ = [0x0012, 0x106E, ("m", IMEI), 0, 0x000E]
STATIC, PUBLIC = 0x9, 0x1


def call(name, cls=MAIN):
    return [0x0071, ("m", f"{cls}->{name}()V"), 0, 0x000E]


def lone(name="lone", access=STATIC, code=READ):
    return (name, "()V", access, 4, 0 if access & 0x8 else 1, code)


@pytest.fixture
def reached(make, read_apk):
    def run(*methods, extra=(), **classes):
        rest = {f"{HOUSE}{name};": (above, list(rows)) for name, (above, rows) in classes.items()}
        dex = make.dex({MAIN: ("Landroid/app/Activity;", list(methods)), **rest})
        manifest = make.manifest(components={"cn.example.loan.Main": "activity"})
        facts = read_apk(make.package({"AndroidManifest.xml": manifest, "classes.dex": dex, **dict(extra)}))
        (read,) = [f for f in facts if isinstance(f, SensitiveRead)]
        return read.reached

    return run


def test_a_method_that_nothing_calls(reached):
    assert reached(lone()) is False


def test_methods_that_only_call_each_other(reached):
    round_ = [("a1", "()V", STATIC, 1, 0, call("a2")), ("a2", "()V", STATIC, 1, 0, [*call("a1")[:-1], *call("lone")])]
    assert reached(lone(), *round_) is False


def test_what_a_callback_leads_to(reached):
    assert reached(lone(), ("onClick", "(Landroid/view/View;)V", PUBLIC, 2, 2, call("lone"))) is True
    assert reached(lone(), ("onlyHere", "()V", PUBLIC, 1, 1, call("lone"))) is None  # an Activity may be asked for it


def test_a_method_whose_name_stands_in_a_text_may_be_called_by_it(reached):
    told = [0x001A, ("s", "lone"), 0x000E]
    assert reached(lone(), ("onCreate", "()V", PUBLIC, 2, 1, told)) is None


def test_a_method_that_something_outside_may_know(reached):
    assert reached(Other=("Landroid/view/View;", [lone(access=PUBLIC)])) is None
    assert reached(Other=(OBJECT, [lone(access=PUBLIC)])) is False
    assert reached(Other=(OBJECT, [lone("toString", access=PUBLIC)])) is None


def test_an_override_is_asked_for_through_the_class_above(reached):
    ask = ("onCreate", "()V", PUBLIC, 2, 1, [0x0012, 0x106E, ("m", f"{HOUSE}Base;->lone()V"), 0, 0x000E])
    base = (OBJECT, [lone(access=PUBLIC, code=[0x000E])])
    assert reached(ask, Base=base, Sub=(f"{HOUSE}Base;", [lone(access=PUBLIC)])) is None


def test_an_object_made_by_the_name_of_its_class(reached):
    made = ("<init>", "()V", 0x10001, 4, 1, READ)
    assert reached(Other=(OBJECT, [made])) is False
    assert (
        reached(("onCreate", "()V", PUBLIC, 2, 1, [0x001C, ("t", f"{HOUSE}Other;"), 0x000E]), Other=(OBJECT, [made]))
        is None
    )
    told = [0x001A, ("s", "cn.example.loan.Other"), 0x000E]
    assert reached(("onCreate", "()V", PUBLIC, 2, 1, told), Other=(OBJECT, [made])) is None


def test_nothing_is_dead_where_code_is_called_by_names_that_are_not_seen(reached):
    code = [0x0012, 0x0112, 0x0212, 0x306E, ("m", INVOKE), 0x0210, 0x000E]
    assert reached(lone(), ("onCreate", "()V", PUBLIC, 4, 1, code)) is None


def test_nothing_is_dead_beside_a_native_library(reached):
    assert reached(lone(), extra=[("lib/arm64-v8a/libx.so", b"\x7fELF" + bytes(60))]) is None
