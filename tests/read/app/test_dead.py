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
        rest = {f"{HOUSE}{name};": (above, list(rows), *more) for name, (above, rows, *more) in classes.items()}
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


def made(name, *more):
    """Make an object of a class; further arguments are registers."""
    text = "".join(f"{HOUSE}{c};" for c in more)
    return [
        0x0022,
        ("t", f"{HOUSE}{name};"),
        (1 + len(more)) << 12 | 0x70,
        ("m", f"{HOUSE}{name};-><init>({text})V"),
        0,
    ]


BEGIN = ("onCreate", "(Landroid/os/Bundle;)V", PUBLIC, 4, 2)
RUNNABLE = ["Ljava/lang/Runnable;"]
CLOSED = ("<init>", "()V", 0x10000, 1, 1, [0x000E])


def test_no_callback_is_private_or_of_no_object(reached):
    assert reached((*BEGIN, [0x000E]), lone("onUnused", 0x2)) is False
    assert reached((*BEGIN, [0x000E]), lone("onUnused", STATIC)) is False
    assert reached((*BEGIN, [0x000E]), lone("onUsed", PUBLIC)) is True


def test_only_what_something_outside_knows_is_called_back(reached):
    assert reached(Other=(OBJECT, [lone("query", PUBLIC)])) is False
    assert reached(Other=(OBJECT, [lone("query", PUBLIC)], RUNNABLE)) is None


def test_a_bus_of_events_may_call_by_how_a_name_begins(reached):
    plain = (OBJECT, [CLOSED, lone("onEventMainThread", PUBLIC)])
    assert reached((*BEGIN, [*made("Other"), 0x000E]), Other=plain) is None
    assert reached((*BEGIN, [0x000E]), Other=plain) is False
    assert reached((*BEGIN, [*made("Other"), 0x000E]), Other=(OBJECT, [CLOSED, lone("query", PUBLIC)])) is False


def test_a_method_that_only_a_class_below_lets_others_know(reached):
    base = (OBJECT, [lone("visit", PUBLIC)])
    assert reached(Base=base, Sub=(f"{HOUSE}Base;", [])) is False
    assert reached(Base=base, Sub=(f"{HOUSE}Base;", [], ["Lcom/other/Visitor;"])) is None


def test_an_object_that_only_dead_code_makes_is_not_called_back(reached):
    work = (OBJECT, [CLOSED, lone("run", PUBLIC)], RUNNABLE)
    make_it = [*made("Work"), 0x000E]
    assert reached((*BEGIN, [0x000E]), lone("never", 0x2, make_it), Work=work) is False
    assert reached((*BEGIN, make_it), Work=work) is True
    open_ = ("<init>", "()V", 0x10001, 1, 1, [0x000E])
    anybody = (OBJECT, [open_, lone("run", PUBLIC)], RUNNABLE)
    assert reached((*BEGIN, [0x000E]), lone("never", 0x2, make_it), Work=anybody) is None


def test_what_runs_when_a_class_is_loaded_by_its_field(reached):
    got = [0x0062, ("f", f"{HOUSE}Store;->it:{OBJECT}"), 0x000E]
    store = (OBJECT, [("<clinit>", "()V", 0x10008, 1, 0, READ)])
    assert reached((*BEGIN, got), Store=store) is True
    assert reached((*BEGIN, [0x001C, ("t", f"{HOUSE}Store;"), 0x000E]), Store=store) is None


def test_a_worker_is_made_by_those_who_are_told_its_class(reached):
    work = ("doWork", "()Landroidx/work/ListenableWorker$Result;", PUBLIC, 2, 1, READ)
    named = [0x001C, ("t", f"{HOUSE}Work;"), 0x000E]
    assert reached((*BEGIN, named), Work=("Landroidx/work/Worker;", [work])) is True
    assert reached((*BEGIN, [0x000E]), Work=("Landroidx/work/Worker;", [work])) is None
    other = ("onCreate", "(Landroid/os/Bundle;)V", PUBLIC, 2, 2, READ)
    assert reached((*BEGIN, named), Work=("Landroid/app/Activity;", [other])) is None  # in no manifest


def test_an_instruction_to_which_its_method_never_comes(reached):
    assert reached((*BEGIN, [0x000E, *READ])) is False
    assert reached((*BEGIN, [0x0528, *READ])) is False  # over it
    assert reached((*BEGIN, [0x0038, 6, *READ])) is True


def test_a_way_over_an_instruction_that_never_runs_is_none(reached):
    assert reached((*BEGIN, [0x000E, *call("lone")]), lone()) is None
