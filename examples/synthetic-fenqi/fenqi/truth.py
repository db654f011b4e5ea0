"""The truth of one variant: what must be found, with the exhibit and the place where the words stand."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections import Counter
from typing import Any

from . import phones, texts

PHONES = "phones/"
AGREEMENTS = "agreements/"


class Places:
    """Finds the exhibits and places of records and words in one variant."""

    def __init__(self, cast: dict[str, Any], agreements: dict[str, str], records: list[dict[str, Any]]) -> None:
        self._cast = cast
        self._agreements = agreements
        self._records = {r["id"]: r for r in records}
        self._order = {e: [r["id"] for r in phones.ordered(cast, records, e)] for e in phones.EXPORTS}
        self._dropped = cast["dropped"]

    def gone(self, exhibit: str) -> bool:
        """Return whether the variant holds no such exhibit."""
        return bool(exhibit) and exhibit == self._dropped

    def record(self, name: str) -> list[tuple[str, str]]:
        """Return the exhibits that hold a record, each with the record's locator."""
        row = self._records[name]
        found = []
        for export in row["in"]:
            exhibit = f"{PHONES}{export}.xml"
            if not self.gone(exhibit):
                found.append((exhibit, f"record={row['kind']}:{self._order[export].index(name)}"))
        return found

    def words(self, name: str, quote: str) -> str:
        """Return the place of `quote` inside a record's text; it must stand there once."""
        text = self._records[name]["text"]
        if text.count(quote) != 1:
            raise LookupError(f"{name}: {quote!r} stands {text.count(quote)} times")
        return f"char={text.index(quote)},{text.index(quote) + len(quote)}"

    def moment(self, name: str) -> dict[str, Any]:
        """Return the wall clock of a record as columns of a communication."""
        moment: dt.datetime = self._records[name]["moment"]
        return {"local_day": moment.date().isoformat(), "local_minute": moment.hour * 60 + moment.minute}

    def document(self, key: str, quote: str, context: str) -> tuple[str, str]:
        """Return the exhibit of an agreement and the place of `quote` in it; '' without a quote."""
        file = texts.AGREEMENTS[key]
        loc = ""
        if quote:
            start, stop = texts.span(self._agreements[key], quote, context or quote, markup=file.endswith(".html"))
            loc = f"char={start},{stop}"
        return AGREEMENTS + file, loc

    def length(self, key: str) -> int:
        """Return the number of visible characters of an agreement that are no white space."""
        source = self._agreements[key]
        shown = texts.visible(source)[0] if texts.AGREEMENTS[key].endswith(".html") else source
        return len("".join(shown.split()))


def _placed(entry: dict[str, Any], places: Places) -> dict[str, Any] | None:
    """Return an expectation with its exhibit and place; None if the variant dropped what it rests on."""
    out = {k: v for k, v in entry.items() if k not in ("msg", "doc", "file", "context", "needs", "measure")}
    if any(places.gone(file) for file in entry.get("needs", ())):
        return None
    quote = entry.get("quote", "")
    if "msg" in entry:
        held = places.record(entry["msg"])
        if not held:
            return None
        out["record"] = entry["msg"]
        exhibit, loc = held[0]
        suffix = f"&{places.words(entry['msg'], quote)}" if quote else ""
        out["exhibit"], out["loc"] = exhibit, loc + suffix
        if len(held) > 1:
            out["also"] = [{"exhibit": e, "loc": at + suffix} for e, at in held[1:]]
        if entry["kind"] == "communication" and not entry.get("absent"):
            out["where"] = places.moment(entry["msg"]) | entry["where"]
            if "sightings" in out["where"]:
                out["where"]["sightings"] = len(held)
    elif "doc" in entry:
        out["exhibit"], out["loc"] = places.document(entry["doc"], quote, entry.get("context", ""))
        if entry.get("measure") == "length_chars":
            size = places.length(entry["doc"])
            out["between"] = {"length_chars": [size * 95 // 100, size * 105 // 100]}
    elif "file" in entry:
        out["exhibit"] = entry["file"]
        out.setdefault("loc", "")
    if "exhibit" in out and places.gone(out["exhibit"]):
        return None
    return out


def truth(cast: dict[str, Any], agreements: dict[str, str], records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the truth of a variant as plain data, in the order of the template."""
    env = texts.environment()
    plan = tomllib.loads(env.get_template("truth.toml").render(cast))
    verdicts = tomllib.loads(env.get_template("verdicts.toml").render(cast)).get("verdict", [])
    places = Places(cast, agreements, records)
    expected = []
    counts: Counter[str] = Counter()
    for entry in plan["expect"]:
        counts[entry["row"]] += 1
        placed = _placed(entry, places)
        if placed is not None:
            expected.append({"id": f"{entry['row']}.{counts[entry['row']]}"} | placed)
    groups = []
    for group in plan["group"]:
        sides = {
            side: [
                {"record": name, "exhibit": e, "loc": loc} for name in group[side] for e, loc in places.record(name)[:1]
            ]
            for side in ("together", "apart")
        }
        if len(sides["together"]) > 1:
            groups.append(group | sides)
    tables = []
    if not places.gone(f"{AGREEMENTS}sharing-list.html"):
        columns = ["name", "category", "purpose", "manner", "contact", "sdk"]
        rows = [[row[c] or "none" for c in columns] for row in cast["sharing"]]
        table = {"row": "A16", "kind": "recipient", "exhibit": f"{AGREEMENTS}sharing-list.html"}
        tables.append(table | {"columns": columns, "rows": rows})
    kept = [v for v in verdicts if not any(places.gone(file) for file in v.get("needs", ()))]
    return {
        "case": {"seed": cast["seed"], "dropped": cast["dropped"], "reworded": cast["reworded"]},
        "row": plan["row"],
        "expect": expected,
        "group": groups,
        "table": tables,
        "verdict": [{k: v for k, v in row.items() if k != "needs"} for row in kept],
    }


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        if value and isinstance(value[0], (list, dict)):
            return "[\n" + "".join(f"  {_value(v)},\n" for v in value) + "]"
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return "{ " + ", ".join(f"{k} = {_value(v)}" for k, v in value.items()) + " }" if value else "{}"


def printed(data: dict[str, Any], head: str) -> str:
    """Return plain data as TOML: one table `[case]`, then arrays of tables."""
    lines = [f"# {line}" if line else "#" for line in head.splitlines()]
    for name, value in data.items():
        for entry in [value] if isinstance(value, dict) else value:
            lines += ["", f"[{name}]" if isinstance(value, dict) else f"[[{name}]]"]
            lines += [f"{k} = {_value(v)}" for k, v in entry.items()]
    return "\n".join(lines) + "\n"
