"""The shape that a value must have under the name it is sent under: a name alone proves nothing."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from dunproof.language import phone_numbers

_PHONE: Final = re.compile(r"\+?\(?\d[\d ()-]{6,22}\Z")
_DAY: Final = re.compile(r"(?:19|20)\d\d([ -]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?:[ -]?\d{2}){0,3}\d{0,3}\Z")
_MOMENT: Final = re.compile(r"1\d{9}(?:\d{3})?\Z")
"""Seconds or milliseconds since 1970, of 2001 to 2033; no number of a subscriber has ten or thirteen digits and a 1."""
_SERVICES: Final = ("toll_", "cs_95", "callcentre_95", "public_", "service_", "carrier_", "sms_port", "emergency")
_ID: Final = re.compile(r"[0-9A-Za-z-]{8,128}\Z")
_HEX: Final = re.compile(r"[0-9a-f]+\Z", re.IGNORECASE)
_DIGITS: Final = 4
"""Digits that an identifier has which is not hexadecimal: names of models and versions have fewer (ours)."""
_LONG: Final = 16
"""Characters from which a word without dashes is no such name (ours)."""
_SERIAL: Final = 20
"""Characters of the longest serial number of a device (ours); those of payments are as long as that or longer."""
_COUNTED: Final = 12
"""Digits from which a number without letters is that of a payment: it has its day in front (ours)."""
_MAC: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\Z")
_NO_MACS: Final = frozenset({"0" * 12, "f" * 12, "020000000000"})
_DEGREES: Final = re.compile(r"-?\d{1,3}\.\d{2,}\Z")
_HALF_CIRCLE: Final = 180
_CARD: Final = re.compile(r"[2-689]\d{0,3}(?:[ -]?\d){9,18}\Z")
_CITIZEN: Final = re.compile(
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])\d{4}(\d{4})(\d{2})(\d{2})\d{3}[\dXx]\Z"
)
"""Begins with a province (GB/T 2260), or 81 to 83 of residents of Hong Kong, Macao and Taiwan."""
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"
_GROWN: Final = 2015
"""Year of birth up to which a number under no name counts: in that of an order stands the day of the order (ours)."""
_NOTHING: Final = re.compile(
    r"[\W_]*(?:true|false|null|none|nil|nan|n/?a|unknown|undefined|empty|granted|denied|enabled?|disabled?|allowed|"
    r"on|off|yes|no|ok|\d|unknown ssid|0x)?[\W_]*\Z",
    re.IGNORECASE,
)
"""What programs write where there is nothing, or to say whether they may read it."""
_NETWORK: Final = 32
"""Bytes of the longest name of a wireless network (IEEE 802.11)."""
_RANDOM: Final = re.compile(
    r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]{16,}\Z|[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\Z"
)
"""What tokens and sessions look like; ``ssid`` is a common name of them."""
_PACKAGE: Final = re.compile(r"[A-Za-z]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,12}\Z")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}\Z")
_NUMBERS: Final = re.compile(r"(?<![\d.])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![\d.])|(?<!\d)\+\d{10,15}(?!\d)")


def fits(shape: str, value: str) -> bool:
    """Return whether a value has the shape that its name asks for."""
    text = value.strip()
    match shape:
        case "id":
            return _is_id(text)
        case "serial":
            return _is_id(text) and len(text) <= _SERIAL and not (text.isdecimal() and len(text) > _COUNTED)
        case "phone":
            return is_phone(text)
        case "number":
            return text.removeprefix("+").replace("-", "").replace(" ", "").isdecimal() and 3 <= len(text) <= 24
        case "digits":
            return text.removeprefix("-").isdecimal()
        case "mac":
            return bool(_MAC.match(text)) and text.replace(":", "").replace("-", "").casefold() not in _NO_MACS
        case "degrees":
            return bool(_DEGREES.match(text)) and abs(float(text)) <= _HALF_CIRCLE and float(text) not in (0, 1, -1)
        case "citizen":
            return is_citizen(text)
        case "card":
            return _is_card(text)
        case "package":
            return bool(_PACKAGE.match(text))
        case "network":
            return not _NOTHING.match(text) and len(text.encode()) <= _NETWORK and not _RANDOM.match(text)
        case "text":
            return not _NOTHING.match(text)
        case _:
            return False


def is_phone(text: str) -> bool:
    """Return whether a text is a number that may be a person's: none of a service, and neither a day nor a moment."""
    if not _PHONE.match(text):
        return False
    digits = sum(c.isdigit() for c in text)
    if not 8 <= digits <= 15 or len({c for c in text if c.isdigit()}) < 2 or _DAY.match(text) or _MOMENT.match(text):
        return False
    return not phone_numbers.classify(text).number_class.startswith(_SERVICES)


def is_mobile(digits: str) -> bool:
    """Return whether digits are those of a mobile phone in mainland China."""
    return bool(_MOBILE.match(digits))


def numbers(text: str, most: int) -> set[str]:
    """Return the different numbers of mobile phones that stand in a text; at most some."""
    found: set[str] = set()
    for one in _NUMBERS.finditer(text):
        found.add("".join(c for c in one[0] if c.isdigit())[-11:])
        if len(found) >= most:
            break
    return found


def is_citizen(text: str, *, named: bool = True) -> bool:
    """Return whether a text is a number of the identity card: province, day of birth, check digit (GB 11643-1999)."""
    found = _CITIZEN.match(text)
    if found is None:
        return False
    try:
        born = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    total = sum(w * int(c) for w, c in zip(_WEIGHTS, text, strict=False))
    return 1900 <= born.year < (2100 if named else _GROWN + 1) and _CHECK[total % 11] == text[17].upper()


def _is_id(text: str) -> bool:
    """Return whether a text is an identifier, and not the name of a model, a version or a word for nothing."""
    if not _ID.match(text) or len(set(text) - {"0", "-"}) < 2:
        return False
    digits = sum(c.isdigit() for c in text)
    return digits >= _DIGITS or (digits > 0 and (("-" not in text and len(text) >= _LONG) or bool(_HEX.match(text))))


def _is_card(text: str) -> bool:
    """Return whether a text is a number of a bank card by its first and its check digit (ISO/IEC 7812-1)."""
    if not _CARD.match(text):
        return False
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    doubled = [d if n % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for n, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0
