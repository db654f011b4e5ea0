"""The exports of the phones: records with their wall clock, printed as SMS Backup & Restore prints them."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any
from zoneinfo import ZoneInfo

from .cast import TEMPLATES
from .texts import environment

ZONE = ZoneInfo("Asia/Shanghai")
EXPORTS = (
    "debtor-sms",
    "classmate-sms",
    "classmate-sms-2",
    "classmate-calls",
    "teacher-sms",
    "teacher-calls",
    "stranger-sms",
    "stranger-calls",
)


def records(cast: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all messages and calls of the case with their moments and texts, in the order of the plan."""
    plan = tomllib.loads((TEMPLATES / "messages.toml").read_text("utf-8"))
    env = environment()
    rows = []
    for kind in ("sms", "call"):
        for n, row in enumerate(plan[kind]):
            moment = dt.datetime.combine(
                cast["due"] + dt.timedelta(days=row["day"]), dt.time.fromisoformat(row["at"]), tzinfo=ZONE
            )
            rows.append(
                row
                | {
                    "kind": kind,
                    "moment": moment,
                    "ms": int(moment.timestamp()) * 1000 + (n * 137 + 41) % 1000,
                    "number": cast["numbers"][row["with"]],
                    "text": env.from_string(row.get("text", "")).render(cast),
                    "name": env.from_string(row.get("name", "(未知)")).render(cast),
                }
            )
    return rows


def _attribute(text: str) -> str:
    """Return the text as Android's serializer writes it: characters beyond the basic plane as surrogate pairs."""
    out = []
    for char in text:
        if ord(char) > 0xFFFF:
            high, low = divmod(ord(char) - 0x10000, 0x400)
            out.append(f"&#{0xD800 + high};&#{0xDC00 + low};")
        else:
            out.append({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\n": "&#10;"}.get(char, char))
    return "".join(out)


def _readable(moment: dt.datetime) -> str:
    return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M:%S}"


def ordered(cast: dict[str, Any], rows: list[dict[str, Any]], export: str) -> list[dict[str, Any]]:
    """Return the records of one export in the order in which its file holds them."""
    return sorted((r for r in rows if export in r["in"]), key=lambda r: r["ms"], reverse=cast["newest_first"])


def printed(cast: dict[str, Any], rows: list[dict[str, Any]], export: str) -> str:
    """Return the XML of one export."""
    held = ordered(cast, rows, export)
    calls = export.endswith("-calls")
    stamp = max(r["moment"] for r in held) + dt.timedelta(days=1)
    root = "calls" if calls else "smses"
    lines = [
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>",
        f"<!--File Created By SMS Backup & Restore v10.20.002 on {stamp:%d/%m/%Y %H:%M:%S}-->",
        f'<{root} count="{len(held)}" backup_date="{int(stamp.timestamp()) * 1000}" type="full">',
    ]
    for row in held:
        when = f'readable_date="{_readable(row["moment"])}" contact_name="{_attribute(row["name"])}"'
        # The second export of the phone comes from another version, which writes mobile numbers with the country code.
        number = f"+86{row['number']}" if export.endswith("-2") and len(row["number"]) == 11 else row["number"]
        if calls:
            lines.append(
                f'  <call number="{number}" duration="{row["seconds"]}" date="{row["ms"]}" type="{row["type"]}" '
                f'presentation="1" subscription_id="1" {when} />'
            )
        else:
            out = row.get("out", False)
            sent = 0 if out else row["ms"] // 1000 * 1000
            lines.append(
                f'  <sms protocol="0" address="{number}" date="{row["ms"]}" type="{2 if out else 1}" subject="null" '
                f'body="{_attribute(row["text"])}" toa="null" sc_toa="null" service_center="null" read="1" status="-1" '
                f'locked="0" date_sent="{sent}" sub_id="1" {when} />'
            )
    lines += [f"</{root}>", ""]
    return "\n".join(lines)
