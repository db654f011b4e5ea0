"""What an app asks for against what its code reads: every standing, from small sets of facts."""

from __future__ import annotations

import pytest

from dunproof.facts.kinds import App, Coverage, Fact, Mint, Permission, SensitiveRead
from dunproof.facts.standings import STANDINGS
from dunproof.judge.run import fill

READ = {"api": "Landroid/content/ContentResolver;->query", "caller": "La/B;->run", "outcome": "resolved"}
BOOK = {**READ, "category": "contacts", "uri": "content://com.android.contacts/contacts", "scope": "all"}
ASK = "android.permission.READ_CONTACTS"


@pytest.fixture
def table():
    """Return the rows of one app by kind of data, from permissions and reads."""

    def run(asks=(), reads=(), *, code="read", manifest="read", min_sdk=21) -> dict[str, dict]:
        mint = Mint("t")

        def fact(kind, **columns) -> Fact:
            base = {"fact_id": mint(), "exhibit": "e1", "loc": "", "tier": "exact"}
            return kind(**(base | columns))

        groups = {ASK: "contacts", "android.permission.READ_PHONE_STATE": "device_id",
                  "android.permission.ACCESS_FINE_LOCATION": "location"}  # fmt: skip
        facts = [fact(App, app="e1", package="cn.example.loan", min_sdk=min_sdk)]
        for asked in asks:
            name, max_sdk = asked if isinstance(asked, tuple) else (asked, 0)
            facts.append(fact(Permission, app="e1", name=name, perm_group=groups[name], max_sdk=max_sdk))
        facts += [fact(SensitiveRead, app="e1", **({"owner_kind": "own", "owner": ""} | row)) for row in reads]
        facts += [
            fact(Coverage, looked_for=kind, subject="e1", status=status, reason="" if status == "read" else "packed")
            for kind, status in (("sensitive_read", code), ("permission", manifest))
        ]
        found = fill(facts)["app_asks_and_reads"]
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
        assert {r["standing"] for r in rows} <= set(STANDINGS)
        return {r["category"]: r for r in rows}

    return run


OPEN = {**READ, "outcome": None, "category": None, "uri": None}
PICK = {**BOOK, "uri": "", "scope": "picked", "outcome": "picker"}


@pytest.mark.parametrize(
    ("asks", "reads", "code", "manifest", "standing"),
    [
        ([ASK], [BOOK], "read", "read", "asks_and_reads"),
        ([ASK], [BOOK], "partly", "partly", "asks_and_reads"),
        ([(ASK, None)], [BOOK], "read", "read", "asks_and_reads"),
        ([], [BOOK], "read", "read", "reads_not_asked"),
        ([], [BOOK], "partly", "read", "reads_not_asked"),
        ([], [BOOK], "read", "partly", "reads_asking_unread"),
        ([ASK], [], "read", "read", "asks_none_seen"),
        ([ASK], [PICK], "read", "read", "asks_none_seen"),
        ([ASK], [], "partly", "read", "asks_unseen"),
        ([ASK], [], "unread", "read", "asks_unseen"),
        ([ASK], [OPEN], "read", "read", "asks_unseen"),
        ([ASK], [{**BOOK, "doubtful": True}], "read", "read", "asks_unseen"),
        ([], [PICK], "read", "read", "picker_only"),
        ([], [PICK], "partly", "read", "not_asked_unseen"),
        ([], [PICK, OPEN], "read", "read", "not_asked_unseen"),
        ([], [], "read", "read", "not_asked_none_seen"),
        ([], [], "partly", "read", "not_asked_unseen"),
        ([], [], "read", "unread", "not_asked_unseen"),
        ([], [OPEN], "read", "read", "not_asked_unseen"),
        # An address that a library is given from outside is nobody's read of the address book.
        (
            [ASK],
            [{**OPEN, "outcome": "parameter_of_library", "owner_kind": "library"}],
            "read",
            "read",
            "asks_none_seen",
        ),
        # A permission that ends before the lowest system on which the app runs is never in force.
        ([(ASK, 18)], [BOOK], "read", "read", "reads_not_asked"),
        ([(ASK, 28)], [BOOK], "read", "read", "asks_and_reads"),
    ],
)
def test_standing_of_the_address_book(asks, reads, code, manifest, standing, table) -> None:
    assert table(asks, reads, code=code, manifest=manifest)["contacts"]["standing"] == standing


def test_kinds_that_need_no_permission_are_not_said_to_be_read_without_asking(table) -> None:
    rows = table([], [{**READ, "category": c, "uri": ""} for c in ("device_id", "installed_apps", "clipboard", "wifi")])
    assert {rows[c]["standing"] for c in ("device_id", "installed_apps", "clipboard", "wifi")} == {"reads_needs_none"}


def test_a_key_that_is_not_settled_may_be_an_id_of_the_device_and_no_address_book(table) -> None:
    rows = table([ASK], [{**OPEN, "api": "Landroid/provider/Settings$Secure;->getString"}])
    assert rows["contacts"]["standing"] == "asks_none_seen"


def test_a_permission_that_code_uses_for_another_kind_is_not_asked_in_vain(table) -> None:
    state = "android.permission.READ_PHONE_STATE"
    rows = table([state], [{**READ, "category": "phone_number", "uri": ""}])
    assert rows["phone_number"]["standing"] == "asks_and_reads"
    assert "device_id" not in rows
    assert table([state])["device_id"]["standing"] == "asks_none_seen"


def test_cell_location_is_opened_by_the_permission_of_location(table) -> None:
    place = "android.permission.ACCESS_FINE_LOCATION"
    rows = table([place], [{**READ, "category": "cell_location", "uri": ""}])
    assert rows["cell_location"]["standing"] == "asks_and_reads"
    assert (
        table([], [{**READ, "category": "cell_location", "uri": ""}])["cell_location"]["standing"] == "reads_not_asked"
    )


def test_calls_are_counted_by_owner_and_by_whether_they_are_reached(table) -> None:
    row = table(
        [ASK],
        [
            {**BOOK, "reached": True},
            {**BOOK, "owner_kind": "sdk", "owner": "tongdun"},
            {**BOOK, "owner_kind": "sdk", "owner": "bairong", "scope": None},
            {**BOOK, "owner_kind": "library", "owner": "androidx"},
            {**BOOK, "owner_kind": None, "owner": None},
            PICK,
            {**BOOK, "doubtful": True},
        ],
    )["contacts"]
    counts = {k: row[k] for k in ("own", "sdk", "library", "nobody", "picked", "maybe", "n_reached")}
    assert counts == {"own": 1, "sdk": 2, "library": 1, "nobody": 1, "picked": 1, "maybe": 1, "n_reached": 1}
    assert (row["sdks"], row["whole"], row["reached"]) == ("bairong, tongdun", True, True)


def test_reached_is_open_where_no_path_was_found(table) -> None:
    assert table([ASK], [BOOK])["contacts"]["reached"] is None
    assert table([ASK], [{**BOOK, "reached": False}])["contacts"]["reached"] is False


def test_the_limit_of_a_permission_is_told(table) -> None:
    row = table([(ASK, 28)])["contacts"]
    assert row["permissions"] == "android.permission.READ_CONTACTS (API <= 28)"
    assert (row["seen"], row["reason"]) == (True, "")
    assert table([ASK], code="partly")["contacts"]["reason"] == "packed"
