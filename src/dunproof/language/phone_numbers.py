"""Shown numbers of mainland China: their class, a key that joins exports, the area of a landline.

No general library: ports, service numbers and masked numbers must never be turned into subscriber numbers. A class
says what the number looks like, never who stands behind it. Data: ``data/phone_numbers.toml`` and
``data/areas_cn.tsv`` (sources there).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import Final

import msgspec

_SEPARATORS: Final = re.compile(r"[\s\-().·/‐-―]+")
_MASKED: Final = re.compile(r"[0-9][\s-]*(?:[*●•✱]|[xX*●•✱]{2})[\s*●•✱xX-]*[0-9]|[0-9](?:[*●•✱]{2,}|[xX]{3,})\Z")
_EXTENSION: Final = re.compile(r"(?:[,;pP#xX]|;?ext[.=]?|转|轉|分机|分機)[\s.:]*([0-9]{1,6})\Z", re.IGNORECASE)
_DASHED_EXTENSION: Final = re.compile(r"(\+?[0-9][0-9 ()-]*[0-9])\s*-\s*([0-9]{1,6})\Z")
_CLIR: Final = re.compile(r"[#*]31#")
_DIGITS: Final = re.compile(r"\+?[0-9]+\Z")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}\Z")
_PORT: Final = re.compile(r"106[0-9]{2,18}\Z")
_95: Final = re.compile(r"95[0-9]{3,13}\Z")
_96: Final = re.compile(r"96[0-9]{3,4}\Z")
_CARRIER: Final = re.compile(r"100[0-9]{2}(?:[0-9]{1,5})?\Z")
_12: Final = re.compile(r"12[0-9]{3}\Z")
_LOCAL: Final = re.compile(r"[2-8][0-9]{6,7}\Z")
_MOST_MEMBERS: Final = 100
_LONGEST: Final = 320
"""Characters of a number that are looked at: the longest e-mail address."""


class PhoneNumber(msgspec.Struct, frozen=True, kw_only=True):
    """What a shown number is."""

    number_key: str
    """Joins the same number in two exports; '' if no number was shown."""
    number_class: str
    """``mobile``, ``mobile_mvno``, ``mobile_unconfirmed``, ``mobile_via_prefix``, ``iot_13``; ``landline`` (``_ext``,
    ``_no_area``); ``sms_port_1062`` to ``sms_port_1069``, ``sms_port_106x``; ``cs_95``, ``callcentre_95`` (``_ext``),
    ``public_95``, ``service_96``, ``toll_shared_400``, ``toll_free_800``, ``carrier_100xx``, ``carrier_12``,
    ``public_12``, ``service_11``, ``service_12``, ``emergency``; ``suspect_`` and what it resembles (a spoofed or
    garbled display); ``foreign``, ``masked``, ``group``, ``email``, ``alphanumeric``, ``self``, ``hidden``,
    ``payphone``, ``missing``, ``other``."""
    canonical: str | None = None
    """E.164 of a subscriber number, digits of a service number (``95300;ext=12345``); None if there is none."""
    area: str = ""
    """Area of a landline by its code; '' if none."""
    masked: bool = False
    caller_id_suppressed: bool = False
    doubtful: bool = False
    """The digits fit two classes."""
    members: tuple[PhoneNumber, ...] = ()
    """The numbers of a group."""

    @property
    def suspect(self) -> bool:
        """Whether the display is one that no caller can have: "number as displayed" is all that may be said."""
        return self.number_class.startswith("suspect_")


class _Plan(msgspec.Struct, frozen=True):
    mobile: dict[str, list[str]]
    ports: dict[str, list[str]]
    service: dict[str, list[str]]
    labels: dict[str, list[str]]


@cache
def _plan() -> _Plan:
    text = (resources.files("dunproof.language") / "data" / "phone_numbers.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Plan)


@cache
def _labels() -> dict[str, str]:
    return {label: kind for kind, labels in _plan().labels.items() for label in labels}


@cache
def _confirmed() -> frozenset[str]:
    ranges = (r.split("-") for r in _plan().mobile["confirmed"])
    return frozenset(str(n) for low, high in ranges for n in range(int(low), int(high) + 1))


@cache
def areas() -> dict[str, str]:
    """Return the areas of mainland China by code, trunk prefix 0 included (372 codes)."""
    text = (resources.files("dunproof.language") / "data" / "areas_cn.tsv").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(row.split("\t") for row in rows[1:])


def _area(number: str) -> str:
    """Return the area of a number with its trunk prefix, '' if its code is none."""
    table = areas()
    return next((table[number[:n]] for n in range(7, 2, -1) if number[:n] in table), "")


def _split_area(number: str) -> tuple[str, str]:
    """Return code and rest of digits with a trunk prefix: 010 and 02x are three digits long, every other code four."""
    n = 3 if number[1:2] in ("1", "2") else 4
    return number[:n], number[n:]


def _clean(text: str) -> str:
    """Return the text in half width, without invisible and direction characters."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST])
    return "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Cc") or c in "\t\n").strip()


def _plain(
    key: str, class_: str, canonical: str | None = None, *, area: str = "", doubtful: bool = False
) -> PhoneNumber:
    return PhoneNumber(number_key=key, number_class=class_, canonical=canonical, area=area, doubtful=doubtful)


@lru_cache(maxsize=65_536)
def classify(written: str) -> PhoneNumber:
    """Return what a number is, from the way an export or a message shows it; any text is taken."""
    text = _clean(written)
    if not text:
        return _plain("", "hidden")
    label = _labels().get(text) or _labels().get(text.casefold())
    if label is not None:
        return _plain("", "self" if label == "own" else label)
    if "~" in text:
        return _group(text)
    if "@" in text:
        return _plain(text.casefold(), "email")
    clir = _CLIR.match(text)
    if clir:
        text = text[clir.end() :].strip()
    if _MASKED.search(text):
        masked = _SEPARATORS.sub("", text)
        return PhoneNumber(number_key=masked, number_class="masked", canonical=masked, masked=True)
    found = _dialled(text)
    return msgspec.structs.replace(found, caller_id_suppressed=True) if clir else found


def number_key(written: str) -> str:
    """Return the key that joins the same number in two exports; '' if no number was shown."""
    return classify(written).number_key


def _group(text: str) -> PhoneNumber:
    members = tuple(classify(m) for m in text.split("~")[:_MOST_MEMBERS] if m.strip())
    if len(members) == 1:
        return members[0]
    key = "~".join(sorted(m.number_key for m in members if m.number_key))
    return PhoneNumber(number_key=key, number_class="group" if members else "hidden", members=members)


def _dialled(text: str) -> PhoneNumber:
    """Return what digits with separators and an extension are."""
    for pattern in (_DASHED_EXTENSION, _EXTENSION):
        match = pattern.search(text) if pattern is _EXTENSION else pattern.match(text)
        if match is None:
            continue
        stem, extension = (text[: match.start()], match[1]) if pattern is _EXTENSION else (match[1], match[2])
        base = _digits(_SEPARATORS.sub("", stem))
        if base is not None and base.number_class == "landline" and base.canonical:
            return PhoneNumber(
                number_key=f"{base.number_key};ext={extension}",
                number_class="landline_ext",
                canonical=f"{base.canonical};ext={extension}",
                area=base.area,
                doubtful=base.doubtful,
            )
    bare = _SEPARATORS.sub("", text)
    found = _digits(bare)
    if found is not None:
        return found
    return _plain(text, "alphanumeric" if any(c.isalpha() for c in text) else "other")


def _digits(bare: str) -> PhoneNumber | None:
    """Return what a run of digits with an optional plus is; None if it is no such run."""
    if not bare.isascii() or _DIGITS.match(bare) is None:
        return None
    if bare.startswith("+00"):
        return _plain(bare, "suspect_garbage")
    if bare.startswith(("+86", "0086")):
        return _with_country(bare[3:] if bare[0] == "+" else bare[4:], bare)
    if bare[0] == "+" or (bare.startswith("00") and len(bare) > 8):
        number = bare[1:] if bare[0] == "+" else bare[2:]
        if number[0] == "0" or not 7 <= len(number) <= 15:
            return _plain(bare, "suspect_garbage")
        return _plain("+" + number, "foreign", "+" + number)
    if bare.startswith("86") and len(bare) >= 12:
        inner = _subscriber_or_port(bare[2:], international=True)
        if inner is not None:
            return inner
    return _national(bare)


def _mobile(number: str) -> PhoneNumber:
    if number[:3] in _plan().mobile["virtual_operators"]:
        class_ = "mobile_mvno"
    else:
        class_ = "mobile" if number[:4] in _confirmed() else "mobile_unconfirmed"
    return _plain(number, class_, "+86" + number)


def _port(number: str) -> PhoneNumber:
    return _plain(number, "sms_port_" + (number[:4] if number[:4] in _plan().ports["own_class"] else "106x"), number)


def _landline(number: str, *, doubtful: bool = False) -> PhoneNumber | None:
    """Return the landline behind digits with a trunk prefix; None if code or length fit none."""
    code, rest = _split_area(number)
    area = _area(number)
    if not area or not rest or rest[0] not in "12345678" or len(rest) not in ((8,) if len(code) == 3 else (7, 8)):
        return None
    return _plain(number, "landline", "+86" + number[1:], area=area, doubtful=doubtful)


def _subscriber_or_port(number: str, *, international: bool) -> PhoneNumber | None:
    """Return what may stand behind a country code: mobile, machine, 400, port or area and landline."""
    plan = _plan()
    if _MOBILE.match(number):
        return _mobile(number)
    if number[:5] in plan.mobile["dial_prefixes"] and _MOBILE.match(number[5:]):
        return _plain(number[5:], "mobile_via_prefix", "+86" + number[5:])
    if len(number) == 13 and number[:4] in plan.mobile["things"]:
        return _plain(number, "iot_13", "+86" + number)
    if international and number[:1] not in ("", "0"):
        # +86 10 62xx xxxx is a Beijing landline; the same ten digits are a port too
        landline = _landline("0" + number, doubtful=number.startswith("106"))
        if landline is not None:
            return landline
    if _PORT.match(number) and (len(number) >= 10 or not international):
        return _port(number)
    return None


def _with_country(number: str, shown: str) -> PhoneNumber:
    found = _subscriber_or_port(number, international=True)
    if found is not None:
        return found
    if number.startswith("0"):
        inner = _national(number)
        if inner.number_class == "landline" or inner.number_class.startswith("mobile"):
            return inner
    if len(number) == 10 and number.startswith(("400", "800")):
        return _plain(number, "suspect_" + number[:3], number)
    if _95.match(number):
        return _plain(shown, "suspect_95")
    service = _service(number)
    if service is not None:
        return _plain(shown, "suspect_short", number)
    return _plain(shown, "suspect_garbage")


def _national(number: str) -> PhoneNumber:
    if number.startswith("0"):
        return _trunk(number)
    found = _subscriber_or_port(number, international=False) or _service(number)
    if found is not None:
        return found
    if _LOCAL.match(number):
        return _plain(number, "landline_no_area")
    return _plain(number, "other")


def _trunk(number: str) -> PhoneNumber:
    """Return what digits with a leading 0 are."""
    inner = number[1:]
    if _MOBILE.match(inner):
        return _mobile(inner)
    landline = _landline(number)
    if landline is not None:
        return landline
    if len(inner) == 10 and inner.startswith(("400", "800")):
        return _plain(inner, "suspect_" + inner[:3], inner)
    code, rest = _split_area(number)
    local = _service(rest) if _area(number) and len(rest) in (5, 6) else None
    if local is not None and local.number_class in ("cs_95", "callcentre_95", "service_96", "public_12"):
        return _plain(number, local.number_class, f"{rest};area={code}", area=_area(number))
    if _95.match(inner) and len(inner) <= 6:
        return _plain(number, "suspect_95")
    if _service(inner) is not None:
        return _plain(number, "suspect_short", inner)
    return _plain(number, "other")


def _service(number: str) -> PhoneNumber | None:
    """Return the class of a number that is dialled without an area: 95, 96, 400, 800, carriers, public services."""
    plan = _plan().service
    if number in plan["emergency"]:
        return _plain(number, "emergency", number)
    if _95.match(number):
        return _service_95(number)
    if _96.match(number):
        return _plain(number, "service_96", number)
    if len(number) == 10 and number.startswith("400"):
        return _plain(number, "toll_shared_400", number)
    if len(number) == 10 and number.startswith("800"):
        return _plain(number, "toll_free_800", number)
    if _CARRIER.match(number):
        return _plain(number, "carrier_100xx", number if len(number) == 5 else f"{number[:5]};ext={number[5:]}")
    if _12.match(number):
        if number in plan["operator_12"]:
            class_ = "carrier_12"
        elif number.startswith(tuple(plan["public_12"])) and number not in plan["enterprise_12"]:
            class_ = "public_12"
        else:
            class_ = "service_12"
        return _plain(number, class_, number)
    if len(number) == 5 and number.startswith("11"):
        return _plain(number, "service_11", number)
    return None


def _service_95(number: str) -> PhoneNumber:
    plan = _plan().service
    if number in plan["public_95"]:
        return _plain(number, "public_95", number)
    class_ = "callcentre_95" if number[:3] in plan["call_centre"] else "cs_95"
    if len(number) <= 6:
        return _plain(number, class_, number)
    return _plain(number, class_ + "_ext", f"{number[:5]};ext={number[5:]}")
