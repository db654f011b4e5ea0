"""Writes one variant of the case: exhibits, case.toml and truth.toml."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from . import phones, texts
from .cast import cast
from .truth import printed, truth

ROOT = Path(__file__).resolve().parent.parent
APP = "xinghe-fenqi.apk"
HEAD = """What must be found in this case. Written by make.py from templates/truth.toml: change that file, not this one.
README.md says what the keys mean."""


def _case(who: dict[str, Any], records: list[dict[str, Any]]) -> str:
    """Return case.toml: what a person would declare about the exhibits."""
    lines = [
        "# Written by make.py. Everybody in this case is invented.",
        f'lender = "{who["lender"]}"',
        'lender_type = "microloan"',
        'zone = "Asia/Shanghai"',
        'as_of = "2026-03-10"',
        'sdk_catalogue = "sdks.tsv"',
        "",
        "[[debt]]",
        'id = "loan-1"',
        f'debtor = "{who["debtor"]}"',
        f'lender = "{who["lender"]}"',
        f'due_day = "{who["due"].isoformat()}"',
        f"amount_yuan = {who['amount']}",
    ]

    def entry(file: str, **columns: str) -> None:
        if file != who["dropped"]:
            lines.extend(["", "[[exhibit]]", f'file = "{file}"'])
            lines.extend(f'{key} = "{value}"' for key, value in columns.items())

    of_app = {} if who["dropped"] == APP else {"app": APP}
    entry(APP, observed_day="2025-12-20", **of_app, lender=who["lender"])
    for file in texts.AGREEMENTS.values():
        entry(f"agreements/{file}", observed_day="2026-01-15", **of_app, lender=who["lender"])
    holders = {
        "debtor": (who["debtor"], "debtor"),
        "classmate": (who["classmate"], "contact"),
        "teacher": (who["teacher"], "contact"),
        "stranger": (who["stranger"], "stranger"),
    }
    for export in phones.EXPORTS:
        name, role = holders[export.split("-")[0]]
        last = max(r["moment"] for r in records if export in r["in"])
        entry(
            f"phones/{export}.xml",
            holder=name,
            role=role,
            debt="loan-1",
            observed_day=(last.date() + dt.timedelta(days=1)).isoformat(),
        )
    return "\n".join(lines) + "\n"


def files(seed: int) -> dict[str, bytes]:
    """Return the files of variant `seed` by their path in the case folder; 0 is the committed case.

    The app is the committed one in every variant: only its own sources change it (apk/build.sh).
    """
    who = cast(seed)
    documents = texts.agreements(who)
    records = phones.records(who)
    out = {f"exhibits/{APP}": (ROOT / "exhibits" / APP).read_bytes()}
    for key, file in texts.AGREEMENTS.items():
        out[f"exhibits/agreements/{file}"] = texts.encoded(key, documents[key])
    for export in phones.EXPORTS:
        out[f"exhibits/phones/{export}.xml"] = phones.printed(who, records, export).encode("utf-8")
    if who["dropped"]:
        del out[f"exhibits/{who['dropped']}"]
    out["sdks.tsv"] = (ROOT / "sdks.tsv").read_bytes()
    out["case.toml"] = _case(who, records).encode("utf-8")
    out["truth.toml"] = printed(truth(who, documents, records), HEAD).encode("utf-8")
    return out


def write(folder: Path, seed: int = 0) -> Path:
    """Write variant `seed` into `folder` and return the path of its truth.toml."""
    for name, data in files(seed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "truth.toml"


def variants(folder: Path, count: int = 20) -> list[tuple[Path, Path]]:
    """Write variants 1 to `count` below `folder`; return each one's case folder and truth."""
    made = []
    for seed in range(1, count + 1):
        case = folder / f"variant-{seed:02d}"
        made.append((case, write(case, seed)))
    return made
