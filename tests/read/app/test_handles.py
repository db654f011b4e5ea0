"""Calls that no invoke names: call sites, method handles, texts with wide indexes, reflection with constants."""

from __future__ import annotations

import struct
import zlib

import pytest

from dunproof.facts.kinds import Coverage, Problem, SensitiveRead
from dunproof.read.formats import dexvalues
from dunproof.read.formats.dex import Dex

MAIN = "Lcn/example/loan/Main;"
IMEI = "Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;"
QUERY = (
    "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;"
    "[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;"
)
INVOKE = "Ljava/lang/reflect/Method;->invoke(Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/Object;"
FOR_NAME = "Ljava/lang/Class;->forName(Ljava/lang/String;)Ljava/lang/Class;"
GET = "Ljava/lang/Class;->getMethod(Ljava/lang/String;[Ljava/lang/Class;)Ljava/lang/reflect/Method;"


def with_handles(data, *wanted):
    """Give a dex a method handle for each of some methods and one call site for each handle, in a map of its own."""
    dex = Dex(data)
    rows = [next(i for i in range(len(dex.method_ids)) if dex.key(i) == key) for key in wanted]
    out = bytearray(data + b"\0" * (-len(data) % 4))
    handles = len(out)
    out += b"".join(struct.pack("<HHHH", 5, 0, row, 0) for row in (rows[0], *rows))  # the first is the bootstrap method
    arrays = []
    for n in range(len(rows)):
        arrays.append(len(out))
        out += bytes([4, 0x16, 0, 0x17, 0, 0x15, 0, 0x16, n + 1])
    out += b"\0" * (-len(out) % 4)
    sites = len(out)
    out += struct.pack(f"<{len(arrays)}I", *arrays)
    map_at = len(out)
    out += struct.pack("<I", 2) + struct.pack("<HHII", 8, 0, len(rows) + 1, handles)
    out += struct.pack("<HHII", 7, 0, len(rows), sites)
    out[52:56] = struct.pack("<I", map_at)
    out[32:36] = struct.pack("<I", len(out))
    out[8:12] = struct.pack("<I", zlib.adler32(out[12:]))
    return bytes(out)


def of(facts, kind):
    return [f for f in facts if isinstance(f, kind)]


@pytest.fixture
def app(make, read_apk):
    def run(code, *wanted, more=()):
        methods = [
            ("onCreate", "(Landroid/os/Bundle;)V", 4, 8, 2, code),
            *more,
            *[
                (f"no{i}", "()V", 9, 3, 0, [0x106E, ("m", k), 0, 0x000E])
                for i, k in enumerate(wanted)
                if "DeviceId" not in k
            ],
        ]
        classes = {MAIN: ("Landroid/app/Activity;", methods)}
        if any("DeviceId" in k for k in wanted):
            classes["Lunused/Names;"] = (
                "Ljava/lang/Object;",
                [("n", "()V", 9, 1, 0, [0x106E, ("m", IMEI), 0, 0x000E])],
            )
        data = make.dex(classes)
        data = with_handles(data, *wanted) if wanted else data
        manifest = make.manifest(components={"cn.example.loan.Main": "activity"})
        return data, read_apk(make.package({"AndroidManifest.xml": manifest, "classes.dex": data}))

    return run


@pytest.mark.parametrize("code", [[0x00FC, 0, 0, 0x000E], [0x00FD, 0, 0, 0x000E], [0x00FE, 1, 0x000E]])
def test_a_handle_to_a_wanted_method_is_a_read(app, code):
    data, facts = app(code, IMEI)
    dex = Dex(data)
    assert dexvalues.call_sites(dex) == [[1]]
    found = [r for r in of(facts, SensitiveRead) if r.caller == f"{MAIN}->onCreate"]
    assert [(r.category, r.reached) for r in found] == [("device_id", True)]


def test_a_lambda_body_is_reached_through_its_call_site(app):
    inner = f"{MAIN}->body()V"
    body = ("body", "()V", 0x100A, 1, 0, [0x106E, ("m", IMEI), 0, 0x000E])
    _, facts = app([0x00FC, 0, 0, 0x000E], inner, more=[body])
    assert [(r.category, r.reached) for r in of(facts, SensitiveRead) if r.caller.endswith("->body")] == [
        ("device_id", True)
    ]


def test_jumbo_strings_name_what_they_load(app):
    parse = "Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;"
    code = [0x0012, 0x011B, ("s", "content://sms/inbox"), 0, 0x1071, ("m", parse), 1, 0x010C,
            0x0212, 0x0312, 0x0412, 0x0512, 0x0674, ("m", QUERY), 0, 0x000E]  # fmt: skip
    _, facts = app(code)
    assert [(r.category, r.uri) for r in of(facts, SensitiveRead)] == [("sms", "content://sms/inbox")]


def mirrored(name):
    return [
        0x001A, ("s", "android.telephony.TelephonyManager"), 0x1071, ("m", FOR_NAME), 0, 0x000C,
        0x011A, ("s", name), 0x0212, 0x306E, ("m", GET), 0x0210, 0x000C,
        0x306E, ("m", INVOKE), 0x0220, 0x000E,
    ]  # fmt: skip


def test_reflection_with_constants_is_a_read_and_no_blind_spot(app):
    _, facts = app(mirrored("getDeviceId"))
    assert [(r.category, r.api, r.tier) for r in of(facts, SensitiveRead)] == [
        ("device_id", "Landroid/telephony/TelephonyManager;->getDeviceId", "derived")
    ]
    assert of(facts, Problem) == of(facts, Coverage) == []


def test_reflection_with_other_constants_reads_nothing(app):
    _, facts = app(mirrored("getPhoneType"))
    assert of(facts, SensitiveRead) == of(facts, Problem) == []
