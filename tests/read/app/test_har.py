"""Recorded traffic: what counts as personal data in a request, where it stands, and what does not count."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import time
import zlib
from urllib.parse import quote as percent
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import Coverage, Problem, Upload
from dunproof.read.app.traffic import har
from dunproof.read.quote import quote
from dunproof.read.sniff import sniff
from dunproof.read.source import Source

BOOK = [{"name": "甲", "tel": "13800000001"}, {"name": "乙", "tel": "13800000002"}, {"name": "丙", "tel": "1"}]


def source(folder, text):
    path = folder / "run.har"
    path.write_text(text, "utf-8")
    return Source(
        exhibit="ab" * 8, name="run.har", format="har", encoding="utf-8", path=path, size_bytes=path.stat().st_size
    )


def recorded(*requests):
    return json.dumps(
        {"log": {"version": "1.2", "creator": {}, "entries": [{"request": r} for r in requests]}}, ensure_ascii=False
    )


def post(body, url="https://api.example.com/v1/up"):
    return {"method": "POST", "url": url, "postData": {"text": body if isinstance(body, str) else json.dumps(body)}}


def seen(folder, *requests):
    return [f for f in har.read(source(folder, recorded(*requests))) if isinstance(f, Upload)]


def test_it_is_told_from_other_json(tmp_path):
    for text, expected in (
        (recorded(post({})), "har"),
        ('{"log": {"a": 1}}', "json"),
        ('{"logs": {"entries": []}}', "json"),
    ):
        (tmp_path / "x.har").write_text(text)
        assert sniff(tmp_path / "x.har").format == expected


@pytest.mark.parametrize(
    ("body", "category", "words"),
    [
        ({"uid": 1, "contacts": BOOK}, "contacts", '"contacts": ['),
        ({"data": {"address_book": json.dumps(BOOK)}}, "contacts", '"address_book": "['),
        ({"a": [{"IMEI": "860000000000001"}]}, "device_id", '"IMEI": "860000000000001"'),
        ({"latitude": 30.27415}, "location", '"latitude": 30.27415'),
        ("phone=13800000001&x=1", "phone_number", "phone=13800000001"),
        ("x=1&apps=%5B%22a%22%2C%22b%22%2C%22c%22%5D", "installed_apps", "apps=%5B"),
    ],
)
def test_what_was_sent_stands_at_its_place(tmp_path, body, category, words):
    (found,) = seen(tmp_path, {"url": "https://other.example.com/"}, post(body))
    assert (found.category, found.host, found.app) == (category, "api.example.com", None)
    assert found.loc.startswith("pointer=/log/entries/1/request/postData/text&char=")
    assert quote(
        source(tmp_path, recorded({"url": "https://other.example.com/"}, post(body))), found.loc
    ).text.startswith(words)


def test_a_recording_of_too_many_values_is_not_read_and_what_bodies_hold_is_not_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(har, "VALUES_CAP", 200)
    assert seen(tmp_path, post("[1]," * 300)) == []
    with pytest.raises(ExhibitError, match="values"):
        seen(tmp_path, *[post({})] * 100)


def test_queries_and_fields(tmp_path):
    request = {
        "url": "https://h.example.com/?oaid=1",
        "queryString": [{"name": "oaid", "value": "0123-4567-89ab-cdef"}],
        "postData": {"params": [{"name": "wifi_mac", "value": "a4:00:00:00:00:01"}]},
    }
    found = seen(tmp_path, request)
    assert [(f.category, f.loc) for f in found] == [
        ("advertising_id", "pointer=/log/entries/0/request/queryString/0/value"),
        ("wifi", "pointer=/log/entries/0/request/postData/params/0/value"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"contact_us": BOOK},
        {"contacts": BOOK[:2]},
        {"contacts": 3},
        {"text": '"contacts": [1, 2, 3]'},
        {"imei": "000000000000000"},
        {"imei": "unknown"},
        {"mac": "02:00:00:00:00:00"},
        {"lat": 0, "lng": 12},
        {"phone": "iPhone 15"},
        {"messages": BOOK},
        "phone=&imei=",
    ],
)
def test_look_alikes_are_nothing(tmp_path, body):
    assert seen(tmp_path, post(body)) == []


def test_what_cannot_be_read_is_said(tmp_path):
    facts = list(har.read(source(tmp_path, recorded(post("\x00\x01binary"), {"method": "GET"}))))
    (coverage,) = [f for f in facts if isinstance(f, Coverage)]
    assert (coverage.looked_for, coverage.status, coverage.reason) == ("upload", "partly", "har-bodies-unread")


CITIZEN = "11010519491231002X"  # the example of GB 11643-1999
SEALED = base64.b64encode(hashlib.sha512(b"1").digest() * 20).decode()
SENT = {"contacts": BOOK, "imei": "860000000000001"}
SAID = json.dumps(SENT, ensure_ascii=False)


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def outcome(folder, *entries):
    """Return the uploads of entries, the words at their places, and the places of what was not read."""
    text = json.dumps({"log": {"creator": {}, "entries": list(entries)}}, ensure_ascii=False)
    one = source(folder, text)
    facts = list(har.read(one))
    finds = [(f.category, quote(one, f.loc).text) for f in facts if isinstance(f, Upload)]
    unread = [f.loc for f in facts if isinstance(f, Problem)]
    status = [(f.status, f.reason) for f in facts if isinstance(f, Coverage)]
    assert status == ([("partly", "har-bodies-unread")] if unread else [])
    return finds, unread


def asked(**request):
    return {"request": {"url": "https://api.example.com/v1", **request}}


def body(text, **more):
    return asked(postData={"text": text, **more})


BEHIND = {
    "json in a string": json.dumps({"data": SAID}),
    "json in a string, twice": json.dumps({"a": [json.dumps({"data": SAID})]}),
    "json as a string": json.dumps(SAID),
    "json in a form": "v=1&data=" + percent(SAID),
    "json in a form, in part": "v=1&data=" + SAID.replace("&", "%26"),
    "base64": b64(SAID),
    "base64 in json": json.dumps({"data": b64(SAID)}),
    "base64 without padding, of addresses": base64.urlsafe_b64encode(SAID.encode()).decode().rstrip("="),
    "base64 in a form": "data=" + percent(b64(SAID)),
    "base64 of a form": b64("a=1&data=" + percent(SAID)),
    "base64 of gzip": json.dumps({"data": b64(gzip.compress(SAID.encode()))}),
    "base64 of zlib": json.dumps({"data": b64(zlib.compress(SAID.encode()))}),
    "hexadecimal": json.dumps({"data": SAID.encode().hex()}),
    "gzip as it is": gzip.compress(SAID.encode()).decode("latin-1"),
    "a part of several": f'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\n{SAID}\r\n--x--\r\n',
    "an address": json.dumps({"next": "https://h.example.com/?d=" + percent(SAID)}),
    "a signed token": f"{b64(json.dumps({'alg': 'HS256'}))}.{b64(SAID)}.{'x' * 43}".replace("=", ""),
    "a message of a socket library": "42" + json.dumps(["up", SENT]),
    "lines of json": '{"a": 1}\n' + SAID,
}


@pytest.mark.parametrize("how", BEHIND)
def test_what_was_sent_is_found_behind_its_encoding(tmp_path, how):
    finds, unread = outcome(tmp_path, body(BEHIND[how]))
    assert [c for c, _ in finds] == ["contacts", "device_id"]
    assert unread == []
    for _, words in finds:
        assert words in BEHIND[how]


def test_a_body_that_the_recording_wrote_in_base64(tmp_path):
    finds, unread = outcome(tmp_path, body(b64(SAID), encoding="base64"))
    assert ([c for c, _ in finds], unread) == (["contacts", "device_id"], [])
    assert SAID[1:12] in base64.b64decode(finds[0][1]).decode()
    assert outcome(tmp_path, body(SEALED, encoding="base64"))[1]


ELSEWHERE = {
    "url": asked(url="https://api.example.com/v1?a=1&imei=860000000000001#x"),
    "path": asked(url="https://api.example.com/up/" + b64(json.dumps({"imei": "860000000000001"})) + "/x"),
    "header": asked(headers=[{"name": "X-IMEI", "value": "860000000000001"}]),
    "header of json": asked(headers=[{"name": "X-Info", "value": b64(json.dumps({"imei": "860000000000001"}))}]),
    "cookie": asked(cookies=[{"name": "imei", "value": "860000000000001"}]),
    "cookie in a header": asked(headers=[{"name": "Cookie", "value": "a=1; imei=860000000000001"}]),
    "params": asked(postData={"params": [{"name": "data", "value": '{"imei": "860000000000001"}'}]}),
    "params as sent": asked(postData={"params": [{"name": "d", "value": percent('{"imei": "860000000000001"}')}]}),
    "socket": {**asked(url="wss://api.example.com/s"), "_webSocketMessages": [
        {"type": "receive", "opcode": 1, "data": '{"imei": "860000000000009"}'},
        {"type": "send", "opcode": 1, "data": '{"imei": "860000000000001"}'}]},
    "socket, binary": {**asked(url="wss://api.example.com/s"), "_webSocketMessages": [
        {"type": "send", "opcode": 2, "data": b64('{"imei": "860000000000001"}')}]},
}  # fmt: skip


@pytest.mark.parametrize("where", ELSEWHERE)
def test_every_part_of_a_request_is_read(tmp_path, where):
    finds, unread = outcome(tmp_path, ELSEWHERE[where])
    assert ([c for c, _ in finds], unread) == (["device_id"], [])


def test_what_stands_twice_in_a_recording_is_one_find(tmp_path):
    url = "https://api.example.com/?imei=860000000000001&name=%E7%94%B2"
    told = [{"name": "imei", "value": "860000000000001"}, {"name": "name", "value": "甲"}]
    form = {"params": told, "text": url.partition("?")[2]}
    assert len(outcome(tmp_path, asked(url=url, queryString=told))[0]) == 1
    assert len(outcome(tmp_path, asked(postData=form))[0]) == 1
    cookies = {"cookies": told[:1], "headers": [{"name": "cookie", "value": "imei=860000000000001"}]}
    assert len(outcome(tmp_path, asked(**cookies))[0]) == 1


@pytest.mark.parametrize(
    ("sent", "category"),
    [
        ({"idCard": CITIZEN}, "id_no"),
        ({"a": {"b": CITIZEN.lower()}}, "id_no"),
        ({"bank_card": "6200 0000 0000 0000 000"}, "bank_card"),
        ({"cardNo": 4111111111111111}, "bank_card"),
        ({"user": {"device.imei": "860000000000001"}}, "device_id"),
        ({"contacts": {"0": BOOK[0], "1": BOOK[1], "2": BOOK[2]}}, "contacts"),
        ({"\u901a\u8baf\u5f55": BOOK}, "contacts"),
        ({"imei": b64("860000000000001")}, "device_id"),
    ],
)
def test_values_that_speak_for_themselves_or_under_their_name(tmp_path, sent, category):
    assert [c for c, _ in outcome(tmp_path, body(json.dumps(sent)))[0]] == [category]


@pytest.mark.parametrize(
    "sent",
    [
        {"idCard": "110105194912310021"},  # the check digit
        {"idCard": "11010519491331002X"},  # the day
        {"a": "4111111111111111"},  # no name
        {"bankCard": "4111111111111112"},
        {"bankCard": "0000000000000000"},
        {"orderNo": "202603011200000001"},
        {"token": SEALED[:300], "sign": SEALED[:512]},
        {"id": "01234567-89ab-cdef-0123-456789abcdef", "note": "a long text " * 60},
        {"path": "https://h.example.com/" + "very/long/way/" * 20, "zeros": "0" * 300},
    ],
)
def test_other_values_are_neither_data_nor_sealed(tmp_path, sent):
    assert outcome(tmp_path, body(json.dumps({"a": "some words around it, as in most requests", **sent}))) == ([], [])


UNREAD = {
    "sealed in json": body(json.dumps({"data": SEALED, "sign": "abc"})),
    "sealed in a string": body(json.dumps({"a": json.dumps({"data": SEALED})})),
    "sealed in a form": body("d=" + percent(SEALED)),
    "sealed in params": asked(postData={"params": [{"name": "d", "value": SEALED}]}),
    "sealed in the address": asked(url="https://api.example.com/?d=" + SEALED),
    "sealed in the path": asked(url="https://api.example.com/" + SEALED.replace("/", "_")),
    "sealed in a header": asked(headers=[{"name": "X-D", "value": SEALED}]),
    "sealed under the name of a token": body(json.dumps({"token": SEALED})),
    "sealed with its vector": body(json.dumps({"data": "ab12." + SEALED})),
    "half of a small body": body(json.dumps({"d": SEALED[:64], "t": 1})),
    "a small cipher": body(SEALED[:43] + "="),
    "base64 of base64": body(json.dumps({"data": b64(SEALED)})),
    "numbers": body(json.dumps({"data": [n * 37 % 251 for n in range(400)]})),
    "bytes": body("\x10\x02\x83\ufffd\ufffd\x00abc"),
    "a picture": body(json.dumps({"face": b64(b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(900))})),
    "a file that was not recorded": asked(postData={"params": [{"name": "f", "fileName": "a.zip"}]}),
    "a file in parts": body('--x\nContent-Disposition: form-data; name="f"; filename="a.jpg"\n\n\n--x--'),
    "words": body("some words in an order of their own"),
    "cut off": body(SAID[:-4]),
    "no body": asked(bodySize=900),
    "an empty body": asked(bodySize=900, postData={"mimeType": "application/json"}),
    "too deep": body(json.dumps({"a": "[" * 900 + "]" * 900})),
    "a socket without messages": asked(url="wss://api.example.com/s"),
    "a sealed message": {**asked(), "_webSocketMessages": [{"type": "send", "opcode": 2, "data": SEALED}]},
    "gzip cut off": body(b64(gzip.compress(SAID.encode() * 99)[:-20])),
    "a bomb": body(b64(gzip.compress(b" " * 40_000_000))),
}


@pytest.mark.parametrize("what", UNREAD)
def test_what_nothing_explains_is_said_to_be_unread(tmp_path, what):
    _, unread = outcome(tmp_path, UNREAD[what])
    assert len(unread) == 1
    assert unread[0].startswith("pointer=/log/entries/0")


LAYERS = {
    "string": lambda t: json.dumps({"a": [1, {"b": t}]}),
    "escaped": lambda t: json.dumps({"甲": t}, ensure_ascii=True),
    "form": lambda t: "x=%20&data=" + percent(t, safe=""),
    "base64": lambda t: json.dumps({"z": b64(t)}),
    "gzip": lambda t: json.dumps({"z": b64(gzip.compress(t.encode()))}),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["string", "escaped", "form", "base64", "gzip"]), max_size=5))
def test_any_layers_are_taken_off_and_the_place_stays(tmp_path, names):
    text = SAID
    for name in names:
        text = LAYERS[name](text)
    finds, unread = outcome(tmp_path, body(text))
    assert ([c for c, _ in finds], unread) == (["contacts", "device_id"], [])
    if not {"base64", "gzip"} & set(names):
        for _, said in finds:
            words = said
            for name in reversed(names):
                words = unquote(words) if name == "form" else json.loads(f'"{words}"')
            assert words in SAID


@pytest.mark.parametrize(
    "text",
    [
        '{"contacts":' * 200_000,
        '"' + '\\"' * 400_000,
        '{"a":"' + '\\"' * 400_000,
        "%41" * 300_000,
        "a=" * 400_000,
        '{"a":1,' * 100_000,
        "--x\nname=a\n\n" * 50_000,
        json.dumps({"a": [{"phone": "13800000001"}] * 20_000}),
        json.dumps({"a": json.dumps([{"phone": "13800000001"}] * 20_000)}),
        b64(json.dumps([{"phone": "13800000001"}] * 20_000)),
        "&".join(f"a{n}[{i}]=1380000{n % 10000:04}" for n in range(20_000) for i in range(3)),
        json.dumps([{"name": f"n{n}", "phone": f"1380000{n:04}"} for n in range(10_000)]),
        json.dumps({"a": ["13800000001 " * 9] * 9_000}),
        "[" * 400 + json.dumps([["13800000001", "13800000002", "13800000003"]] * 9_000) + "]" * 400,
    ],
    ids=range(14),
)
def test_time_grows_with_the_size_alone(tmp_path, text):
    began = time.process_time()
    list(har.read(source(tmp_path, recorded(post(text)))))
    assert time.process_time() - began < 8


@pytest.mark.parametrize("text", ["", "{", '{"log": 1}', '{"log": {"entries": 1}}', "[" * 100_000, "[]"])
def test_what_is_no_har_is_an_error_with_a_next_step(tmp_path, text):
    with pytest.raises(ExhibitError) as caught:
        list(har.read(source(tmp_path, text)))
    assert caught.value.hint


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.one_of(st.none(), st.integers(), st.text(max_size=8), st.floats(allow_nan=False, allow_infinity=False)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(["url", "postData", "text", "params", "queryString", "name", "contacts"]), inner
            ),
        ),
        max_leaves=12,
    )
)
def test_any_request_gives_facts_whose_places_exist(tmp_path, request):
    text = recorded(request, post({"contacts": request, "mobile": "13800000001"}))
    one = source(tmp_path, text)
    for fact in har.read(one):
        if isinstance(fact, Upload):
            assert quote(one, fact.loc).text


@pytest.mark.parametrize(
    "hurt",
    [
        lambda t: t.replace("@", "\\udc80"),  # mitmproxy writes bytes that are no text so
        lambda t: t.replace("@", "\\\\udc80 \\ud83d\\ude00 \\udcff"),
        lambda t: t.replace("@", "a\x01\nb"),
        lambda t: t.replace('"@"', "NaN"),
        lambda t: t.replace('"@"', "Infinity"),
        lambda t: t + "\0\0",
        lambda t: "\ufeff" + t,
    ],
)
def test_what_programs_write_beside_json_costs_no_recording(tmp_path, hurt):
    text = json.dumps({"log": {"creator": {}, "entries": [{"x": "@"}, {"request": post({"imei": "860000000000001"})}]}})
    one = source(tmp_path, hurt(text))
    (found,) = [f for f in har.read(one) if isinstance(f, Upload)]
    assert quote(one, found.loc).text == '"imei": "860000000000001"'


def test_a_half_surrogate_before_a_find_moves_nothing(tmp_path):
    text = recorded(post("@")).replace('"@"', '"{\\"a\\": \\"x\\udc80\\", \\"imei\\": \\"860000000000001\\"}"')
    one = source(tmp_path, text)
    (found,) = [f for f in har.read(one) if isinstance(f, Upload)]
    assert quote(one, found.loc).text == '"imei": "860000000000001"'


@pytest.mark.parametrize(
    "log",
    [
        {"comment": "x", "log": {"entries": []}},
        {"log": {"version": "1.2", "comment": "c" * 3000, "creator": {}}},
        {"a": 1, "b": None, "c": 'q"', "log": {"pages": []}},
    ],
)
def test_a_recording_is_told_whatever_stands_before_its_entries(tmp_path, log):
    (tmp_path / "x").write_text(json.dumps(log))
    assert sniff(tmp_path / "x").format == "har"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("/v1", "h.example.com"),
        ("v1/up", "h.example.com"),
        ("https://API.example.com./v1", "api.example.com"),
        ("https://api.example.com\\up", "api.example.com"),
        ("https://[2001:db8::1]:8443/v1", "2001:db8::1"),
        ("http://user:pass@198.51.100.7:8080/v1", "198.51.100.7"),
    ],
)
def test_the_host_is_that_of_the_address_or_of_its_header(tmp_path, url, host):
    for name in ("Host", ":authority"):
        headers = [{"name": name, "value": "h.example.com:443"}]
        request = {**post({"imei": "860000000000001"}, url), "headers": headers}
        facts = list(har.read(source(tmp_path, recorded(request))))
        assert [getattr(f, "host", type(f)) for f in facts] == [host]


def test_addresses_that_lead_to_no_other_machine_are_nothing(tmp_path):
    for url in ("data:image/png;base64,iVBORw0KGgo=", "blob:https://h.example.com/1", "chrome-extension://a/b.js"):
        assert outcome(tmp_path, asked(url=url, bodySize=0)) == ([], [])


def test_a_tunnel_is_unread_unless_what_went_through_it_is_there(tmp_path):
    tunnel = {"request": {"method": "CONNECT", "url": "api.example.com:443", "bodySize": -1}}
    assert outcome(tmp_path, tunnel)[1] == ["pointer=/log/entries/0"]
    assert outcome(tmp_path, tunnel, asked()) == ([], [])


def test_what_nobody_says_was_sent_in_a_socket_is_not_taken_for_sent(tmp_path):
    told = [
        {"type": t, "opcode": 1, "data": '{"imei": "860000000000001"}'} for t in ("incoming", "receive", "outgoing")
    ]
    address = asked(url="wss://api.example.com/s")
    assert outcome(tmp_path, {**address, "_webSocketMessages": told}) == (
        [("device_id", '"imei": "860000000000001"')], [],
    )  # fmt: skip
    assert outcome(tmp_path, {**address, "_webSocketMessages": [{"data": told[0]["data"]}]}) == (
        [], ["pointer=/log/entries/0"],
    )  # fmt: skip


def test_json_sent_as_a_form_is_read_once(tmp_path):
    params = [{"name": '{"imei": "860000000000001"}', "value": ""}]
    said = [("device_id", '"imei": "860000000000001"')]
    assert outcome(tmp_path, asked(postData={"params": params})) == (said, [])
    assert outcome(tmp_path, asked(postData={"params": params, "text": params[0]["name"]})) == (said, [])


NAMES = ["甲一", "乙二", "丙三", "丁四", "戊五", "己六", "庚七"]
NUMBERS = [f"1380000000{n}" for n in range(1, 8)]
PEOPLE = [{"name": n, "phone": p} for n, p in zip(NAMES, NUMBERS, strict=True)]
CALLS = [{"number": p, "duration": n, "date": 1772323200000 + n, "type": 1} for n, p in enumerate(NUMBERS)]
TEXTS = [{"address": "10690000", "body": "验证码", "date": 1772323200000 + n, "type": 1} for n in range(7)]
APPS = [{"appName": n, "packageName": f"com.example.app{i}"} for i, n in enumerate(NAMES)]


def judged(folder, what):
    text = what if isinstance(what, str) else json.dumps(what, ensure_ascii=False)
    facts = har.read(source(folder, recorded(post(text))))
    return [(f.category, f.doubtful) for f in facts if isinstance(f, Upload)]


@pytest.mark.parametrize(
    ("sent", "category"),
    [
        (PEOPLE, "contacts"),
        ({"data": PEOPLE}, "contacts"),
        ({"query": "mutation", "variables": {"c": PEOPLE}}, "contacts"),
        ({"contacts": {"total": 7, "list": PEOPLE}}, "contacts"),
        ({"contacts": {"data": json.dumps(PEOPLE)}}, "contacts"),
        ({"linkmanList": PEOPLE}, "contacts"),
        ({"contacts": dict(zip(NAMES, NUMBERS, strict=True))}, "contacts"),
        ({"contacts": [[n, p] for n, p in zip(NAMES, NUMBERS, strict=True)]}, "contacts"),
        ({"contacts": ";".join(f"{n},{p}" for n, p in zip(NAMES, NUMBERS, strict=True))}, "contacts"),
        ({"contacts": [hashlib.md5(p.encode(), usedforsecurity=False).hexdigest() for p in NUMBERS]}, "contacts"),
        ([{"displayName": n, "phoneNumbers": [{"value": p}]} for n, p in zip(NAMES, NUMBERS, strict=True)], "contacts"),
        ("\n".join(json.dumps(p) for p in PEOPLE), "contacts"),
        ("&".join(f"c[{n}][name]={p['name']}&c[{n}][phone]={p['phone']}" for n, p in enumerate(PEOPLE)), "contacts"),
        ("&".join(f"c[{n}].name={p['name']}&c[{n}].phone={p['phone']}" for n, p in enumerate(PEOPLE)), "contacts"),
        ("a=1&" + "&".join(f"contacts={p}" for p in NUMBERS), "contacts"),
        ({"records": CALLS}, "call_log"),
        ({"items": TEXTS}, "sms"),
        ({"list": APPS}, "installed_apps"),
    ],
)
def test_a_list_is_told_by_its_records_whatever_it_is_called(tmp_path, sent, category):
    assert judged(tmp_path, sent) == [(category, False)]


@pytest.mark.parametrize(
    "sent",
    [
        PEOPLE[:3],
        {"contacts": [{**p, "relation": "父亲"} for p in PEOPLE]},
        {"contacts": ["email", "phone", "wechat"]},
        {"mobiles": NUMBERS},
        {"stores": [{"name": n, "phone": f"010-6000000{i}"} for i, n in enumerate(NAMES)]},
        {"friends": PEOPLE},
        {"d": ";".join(f"{n},{p}" for n, p in zip(NAMES, NUMBERS, strict=True)), "v": 1},
        {"query": "mutation { up(c: [" + ", ".join(f'{{phone: "{p}"}}' for p in NUMBERS) + "]) }"},
        {"vcf": "".join(f"BEGIN:VCARD\nTEL:{p}\nEND:VCARD\n" for p in NUMBERS)},
        "[" + ", ".join(f"{{name={n}, phone={p}}}" for n, p in zip(NAMES, NUMBERS, strict=True)) + "]",
    ],
)
def test_what_may_be_a_list_of_people_is_doubtful(tmp_path, sent):
    assert judged(tmp_path, sent) == [("contacts", True)]


@pytest.mark.parametrize(
    "sent",
    [
        {"events": [{"name": f"click{n}", "phone": NUMBERS[0], "duration": n, "time": n} for n in range(9)]},
        {"phone": "400-800-1234"},
        {"phone": "95588000"},
        {"phone": "20260301120000"},
        {"phone": "2026-03-01"},
        {"mobile": 1772323200},
        {"mobile": 1772323200000},
        {"packageList": [{"packageId": "P1", "price": 99}] * 3},
        {"calls": [{"method": "a"}, {"method": "b"}, {"method": "c"}]},
        {"serialNo": "202603011200000001"},
        {"orderNo": "310101202603011236"},
        {"orderNo": "900101199003071230"},
        {"ssid": "<unknown ssid>"},
        {"ssid": "0b5f7f0e-3f1e-4e8e-a9f5-8d6c1b2a3c4d"},
        {"ssid": 0},
        {"clipboard": "granted"},
        {"clipboard": 1},
        {"lat": "-1.00"},
        {"deviceId": "version-1"},
        {"deviceId": "Redmi-Note-12"},
        {"bankCard": "1234567890123452"},
        {"mac": "ff:ff:ff:ff:ff:ff"},
        {"messages": [{"from": "u1", "content": "你好", "time": 1}, {"from": "u2", "content": "在", "time": 2}] * 3},
        {"items": [{"skuId": f"138000000{n}0", "name": "商品"} for n in range(10, 18)]},
        {"list": [{"id": 13800000001 + n, "name": "产品"} for n in range(8)]},
        {"ids": ["2000000001", "2000000002", "2000000003"]},
        {"ean": ["6901234567892", "6901234567893", "6901234567894"]},
        {"frames": [{"package": f"com.example.a{n}", "method": "x"} for n in range(8)]},
        {"stack": ["com.example.a.B", "com.example.c.D", "java.lang.Thread", "android.os.Looper"]},
        {"times": [1772323200000, 1772323201000, 1772323202000]},
        {"tabs": [{"name": "首页", "id": 1}, {"name": "我的", "id": 2}, {"name": "借款", "id": 3}]},
    ],
)
def test_values_that_say_nothing_of_a_person_are_nothing(tmp_path, sent):
    assert {c for c, _ in judged(tmp_path, sent)} <= ({"phone_number"} if "events" in sent else set())


def test_a_form_with_a_few_people_is_no_list(tmp_path):
    sent = {"name": NAMES[0], "mobile": NUMBERS[0], "contacts": PEOPLE[1:3], "phone2": NUMBERS[4]}
    assert judged(tmp_path, sent) == [("phone_number", False)] * 3
    two = [{"name": n, "tel": NUMBERS[i], "tel2": NUMBERS[i + 2]} for i, n in enumerate(NAMES[:2])]
    assert judged(tmp_path, {"contacts": two}) == []


def test_the_places_of_many_towns_are_doubtful(tmp_path):
    towns = [{"name": n, "lat": 20.12 + i, "lng": 110.34 + i} for i, n in enumerate(NAMES)]
    assert {*judged(tmp_path, {"cities": towns})} == {("location", True)}
    assert judged(tmp_path, {"lat": 20.12, "lng": 110.34}) == [("location", False)] * 2


def test_a_session_in_a_cookie_is_no_network(tmp_path):
    pair = [{"name": "ssid", "value": "office-5G"}]
    assert outcome(tmp_path, asked(cookies=pair))[0] == []
    assert outcome(tmp_path, body(json.dumps({"ssid": "office-5G"})))[0] == [("wifi", '"ssid": "office-5G"')]


def test_fields_of_a_list_in_a_form_are_one_find(tmp_path):
    params = [
        {"name": f"contacts[{n}][{k}]", "value": v} for n, p in enumerate(PEOPLE) for k, v in p.items()
    ]  # fmt: skip
    assert outcome(tmp_path, asked(postData={"params": [{"name": "a", "value": "1"}, *params]})) == (
        [("contacts", "甲一")], [],
    )  # fmt: skip
