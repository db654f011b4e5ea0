"""Recorded traffic: what counts as personal data in a request, where it stands, and what does not count."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import Coverage, Upload
from dunproof.read.app import har
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
