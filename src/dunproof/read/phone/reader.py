"""SMS Backup & Restore exports, and whatever gives such records, to sightings, numbers and what could not be read.

Times are the handset's (``device_utc_us``) and, where the service centre's is recorded, that (``sent_utc_us``); wall
clock columns stay undetermined: link knows the zone. Days of the coverage are those of Asia/Shanghai. Drafts are no
contact and give no sighting; outgoing attempts that failed do, with their ``record_type``.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median_low
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

from dunproof.facts.kinds import Coverage, Fact, Mint, Number, Problem, Sighting
from dunproof.language.phone_numbers import PhoneNumber, classify
from dunproof.read.formats import sbr
from dunproof.read.phone.restored import Restored
from dunproof.read.source import Source

FORMATS: Final = frozenset({"sbr-xml"})
LOOKS_FOR: Final = ("sighting", "number")
VERSION: Final = 1

ZONE: Final = "Asia/Shanghai"
"""Zone in which the days of the coverage are counted."""
ENOUGH_RECEIVED: Final = 50
"""Received messages from which on an export without any service number lacks them."""
CLOCK_OFF_US: Final = 5 * 60 * 1_000_000

_TO, _FROM = "to_person", "from_person"
_DRAFT: Final = "3"
_MESSAGE_WAYS: Final = {"1": _TO, "2": _FROM, "4": _FROM, "5": _FROM, "6": _FROM}
"""Received; sent, outbox, failed, queued (Android ``Telephony.Sms.type``, ``Mms.msg_box``)."""
_CALL_WAYS: Final = {
    "1": (_TO, "answered"),
    "2": (_FROM, "answered"),
    "3": (_TO, "missed"),
    "4": (_TO, "voicemail"),
    "5": (_TO, "rejected"),
    "6": (_TO, "blocked"),
    "7": (_TO, "answered"),
}
"""Android ``CallLog.Calls.type``; 7 was answered on another device, 2 without talk time was not answered."""
_NOBODY: Final = frozenset({"(Unknown)", "(unknown)", "(未知)", "（未知）", "未知", "(未知联系人)"})
_SERVICE: Final = ("sms_port_", "cs_95", "callcentre_95", "public_95", "carrier_100xx")
_EARLIEST_MS: Final = 100_000_000_000
"""1973: a smaller number of milliseconds is a number of seconds or none."""
_LATEST_MS: Final = 4_102_444_800_000
"""2100."""
_LONGEST: Final = 300
"""Characters of a number or name that are kept."""


def read(source: Source) -> Iterator[Fact]:
    """Yield sightings and numbers of one export, then its problems and coverage.

    Raises ExhibitError for a file that declares a document type or is no such export.
    """
    with source.open() as file:
        yield from Reading(source.exhibit, sbr.Export(file)).facts()


class _Counted:
    """How often something was met, and where first."""

    __slots__ = ("count", "loc")

    def __init__(self) -> None:
        self.count = 0
        self.loc = ""

    def add(self, loc: str) -> None:
        self.count += 1
        self.loc = self.loc or loc


class Records(Protocol):
    """What gives the records of one exhibit: iterate ``records()``, then ask for the rest."""

    declared_count: int | None

    @property
    def found(self) -> dict[str, int]: ...  # noqa: D102 - as sbr.Export
    @property
    def repairs(self) -> dict[str, int]: ...  # noqa: D102
    @property
    def troubles(self) -> list[sbr.Trouble]: ...  # noqa: D102
    def records(self) -> Iterator[sbr.SbrRecord]: ...  # noqa: D102
    def loc(self, record: sbr.SbrRecord) -> str: ...  # noqa: D102


class Reading:
    """One pass over one export."""

    def __init__(self, exhibit: str, export: Records) -> None:
        self.exhibit = exhibit
        self.export = export
        self.mint = Mint(exhibit)
        self.numbers: set[str] = set()
        self.sightings = 0
        self.received = 0
        self.service = 0
        self.first_us: int | None = None
        self.last_us: int | None = None
        self.clock = array("q")
        self.restored = Restored()
        self.drafts = _Counted()
        self.no_time = _Counted()
        self.no_duration = _Counted()
        self.no_type = _Counted()
        self.cut_parts = _Counted()

    def facts(self) -> Iterator[Fact]:
        """Yield sightings and numbers, then the problems and the coverage."""
        for record in self.export.records():
            loc = self.export.loc(record)
            type_ = record.get("msg_box" if record.type == "mms" else "type")
            if type_ == _DRAFT and record.type != "call":
                self.drafts.add(loc)
                continue
            written = "~".join(record.others)
            # a message always has another side: nothing written there is nothing recorded, not a number withheld
            found = classify(written if written or record.type == "call" else "null")
            if found.number_key and found.number_key not in self.numbers:
                for number in (found, *found.members):
                    if number.number_key and number.number_key not in self.numbers:
                        self.numbers.add(number.number_key)
                        yield self._number(number, loc)
            yield from self.restored.push(self._sighting(record, loc, type_, written, found))
        yield from self.restored.flush()
        yield from self._problems()
        yield from self._coverage()

    def _number(self, number: PhoneNumber, loc: str) -> Number:
        return Number(
            fact_id=self.mint(),
            exhibit=self.exhibit,
            loc=loc,
            tier="derived",
            doubtful=number.doubtful,
            number=number.number_key,
            number_class=number.number_class,
            area=number.area,
            masked=number.masked,
        )

    def _sighting(
        self, record: sbr.SbrRecord, loc: str, type_: str | None, written: str, number: PhoneNumber
    ) -> Sighting:
        direction, outcome, duration = self._event(record, loc, type_)
        device = _moment(record.get("date"), seconds=record.type == "mms")
        sent = _moment(record.get("date_sent"), seconds=True)
        if device is None:
            self.no_time.add(loc)
        else:
            self.first_us = device if self.first_us is None else min(self.first_us, device)
            self.last_us = device if self.last_us is None else max(self.last_us, device)
        if direction == _TO and record.type == "sms":
            self.received += 1
            self.service += number.number_class.startswith(_SERVICE)
            if device is not None and sent is not None:
                self.clock.append(device - sent)
        if len(record.parts) >= sbr.MOST_CHILDREN:
            self.cut_parts.add(loc)
        name = (record.get("contact_name") or record.get("name") or "")[:_LONGEST]
        self.sightings += 1
        return Sighting(
            fact_id=self.mint(),
            exhibit=self.exhibit,
            loc=loc,
            tier="exact",
            utc_us=device,
            time_basis=None if device is None else "handset_utc",
            precision=None if device is None else "s" if record.type == "mms" and not device % 1_000_000 else "ms",
            number=None if number.number_class in ("missing", "self") else number.number_key,
            direction=direction,
            channel=record.type,
            sent_utc_us=sent,
            device_utc_us=device,
            duration_s=duration,
            outcome=outcome,
            text=record.text,
            number_as_written=written[:_LONGEST],
            name_shown="" if name in _NOBODY else name,
            record_type=(type_ or "")[:16],
            repaired=record.repaired,
        )

    def _event(self, record: sbr.SbrRecord, loc: str, type_: str | None) -> tuple[str | None, str | None, int | None]:
        """Return direction, outcome and talk time of a record."""
        if record.type != "call":
            direction = _MESSAGE_WAYS.get(type_ or "")
            if direction is None:
                self.no_type.add(loc)
            return direction, "none", 0
        duration = _whole(record.get("duration"))
        if duration is None or not 0 <= duration < 10_000_000:
            self.no_duration.add(loc)
            duration = None
        way = _CALL_WAYS.get(type_ or "")
        if way is None:
            self.no_type.add(loc)
            return None, None, duration
        if type_ == "2" and not duration:
            return _FROM, None if duration is None else "unanswered", duration
        return *way, duration

    def _problem(self, code: str, detail: str, loc: str = "") -> Problem:
        return Problem(fact_id=self.mint(), exhibit=self.exhibit, loc=loc, tier="exact", code=code, detail=detail)

    def _problems(self) -> Iterator[Problem]:
        for trouble in self.export.troubles:
            yield self._problem(trouble.code, trouble.detail, trouble.loc)
        found = sum(self.export.found.values())
        declared = self.export.declared_count
        if declared is not None and declared != found:
            yield self._problem("count-differs", f"the export declares {declared} records and holds {found}")
        lost = {kind: n for kind, n in self.export.repairs.items() if kind not in ("surrogate-pair", "cesu-8")}
        if lost:
            kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(lost.items()))
            yield self._problem("characters-lost", f"characters that the export spoiled are shown as U+FFFD: {kinds}")
        for counted, code, detail in (
            (self.drafts, "drafts-left-out", "drafts, which nobody received, were left out"),
            (self.no_time, "implausible-time", "records have no time, or one before 1973 or after 2100"),
            (self.no_duration, "implausible-duration", "calls have no talk time that can be"),
            (self.no_type, "unknown-record-type", "records have a type that names no direction"),
            (self.cut_parts, "mms-parts-cut", f"MMS have more than {sbr.MOST_CHILDREN:,} parts; the rest was not read"),
        ):
            if counted.count:
                yield self._problem(code, f"{counted.count} {detail}", counted.loc)
        if self.restored.count:
            yield self._problem(
                "restored-times",
                f"{self.restored.count} messages show one minute but were sent on different days: a restore",
            )
        if self.clock and abs(offset := median_low(self.clock)) > CLOCK_OFF_US:
            yield self._problem(
                "clock-offset",
                f"the phone's clock differs from the service centre's by {offset // 1_000_000} s (median)",
            )
        if self._lacks_service_messages():
            yield self._problem(
                "no-service-messages",
                f"{self.received} received messages and none from 106, 95 or 10xxx: the phone may have kept service"
                " messages from the exporter (on Xiaomi a permission of its own: 通知类短信)",
            )

    def _lacks_service_messages(self) -> bool:
        return self.received >= ENOUGH_RECEIVED and not self.service

    def _coverage(self) -> Iterator[Coverage]:
        status: Literal["read", "partly"] = "read"
        reason = ""
        if self.export.troubles:
            status, reason = "partly", self.export.troubles[0].code
        elif self._lacks_service_messages():
            status, reason = "partly", "no-service-messages"
        for kind, count in (("sighting", self.sightings), ("number", len(self.numbers))):
            yield Coverage(
                fact_id=self.mint(),
                exhibit=self.exhibit,
                loc="",
                tier="exact",
                looked_for=kind,
                subject=self.exhibit,
                status=status,
                reason=reason,
                first_day=_day(self.first_us),
                last_day=_day(self.last_us),
                count=count,
            )


def _whole(text: str | None) -> int | None:
    """Return a whole number of at most 18 digits, None for anything else."""
    if text is None or len(text) > 19:
        return None
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _moment(text: str | None, *, seconds: bool) -> int | None:
    """Return microseconds UTC of a time in milliseconds; None for 0, nothing, and years before 1973 or after 2100.

    With ``seconds`` a value too small for milliseconds is read as seconds (``date_sent`` of MMS).
    """
    value = _whole(text)
    if value is None:
        return None
    if seconds and _EARLIEST_MS // 1000 <= value < _EARLIEST_MS:
        value *= 1000
    return value * 1000 if _EARLIEST_MS <= value < _LATEST_MS else None


def _day(utc_us: int | None) -> str | None:
    if utc_us is None:
        return None
    return datetime.fromtimestamp(utc_us // 1_000_000, UTC).astimezone(ZoneInfo(ZONE)).date().isoformat()
