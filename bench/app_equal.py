"""The same answers as androguard, live: identity, permissions, certificates, and every call of the code, edge by edge.

``python bench/app_equal.py [APK…]`` installs androguard into a throw-away environment, reads each package with both and
prints one line a package. Exit code 1 where they differ in a way that ``app_differences.json`` does not explain.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from app import CORPUS, dex_names, installed, version

EXPLAINED = json.loads((Path(__file__).parent / "app_differences.json").read_text(encoding="utf-8"))
DEFAULT = [
    "fd_souch.smsbypass_9", "ag_a2dp.Vol_137", "fd_com.politedroid_6", "db_PrivateDataLeak1", "db_Reflection4",
    "db_ServiceCommunication1", "db_LocationLeak1", "at_issue2701", "ai_minimal_orig", "fd_urzip", "jx_fakedex",
    "ex_blooddonation", "ib_InsecureBankv2",
]  # fmt: skip

ANDROGUARD = """
import hashlib, json, sys
from loguru import logger
logger.remove()
from androguard.misc import AnalyzeAPK
a, dexes, dx = AnalyzeAPK(sys.argv[1])
edges = []
for m in dx.get_methods():
    if m.is_external():
        continue
    caller = f"{m.class_name}->{m.name}{m.descriptor}".replace(" ", "")
    for _, callee, offset in m.get_xref_to():
        edges.append([caller, offset, f"{callee.class_name}->{callee.name}{callee.descriptor}".replace(" ", "")])
print(json.dumps({
    "package": a.get_package(), "permissions": sorted(set(a.get_permissions())),
    "sdk": [a.get_min_sdk_version(), a.get_target_sdk_version()],
    "certificates": sorted({hashlib.sha256(c.dump()).hexdigest() for c in a.get_certificates()}),
    "edges": edges,
}))
"""


def ours(path: Path) -> dict[str, Any]:
    """Return the same of dunproof."""
    from dunproof.facts import kinds
    from dunproof.read.app import reader
    from dunproof.read.app.code import callgraph
    from dunproof.read.app.code.program import Code
    from dunproof.read.app.package.unit import Unit
    from dunproof.read.formats import dex
    from dunproof.read.formats.zip import Archive
    from dunproof.read.source import Source

    source = Source(
        exhibit="0" * 16, name=path.name, format="apk", encoding="", path=path, size_bytes=path.stat().st_size
    )
    facts = list(reader.read(source))
    app = next(f for f in facts if isinstance(f, kinds.App))
    archive = Archive(path.read_bytes())
    code = Code([Unit(name, dex.Dex(archive.read(name)), loaded=True) for name in dex_names(path)])
    return {
        "package": app.package or "",
        "permissions": sorted({f.name for f in facts if isinstance(f, kinds.Permission)}),
        "sdk": [None if n is None else str(n) for n in (app.min_sdk, app.target_sdk)],
        "certificates": sorted({f.cert_sha256 for f in facts if isinstance(f, kinds.Signer)}),
        "edges": [edge for n in range(len(code.units)) for edge in callgraph.named(code, n)],
    }


def main() -> int:
    """Print one line a package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("apk", nargs="*", type=Path)
    parser.add_argument("--python", help="a Python that has androguard, instead of a new environment")
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="dunproof-bench-") as folder:
        python = options.python or installed(Path(folder), "androguard>=4.1.4")
        if python is None:
            print("androguard cannot be installed here: nothing was compared")
            return 0
        print(f"dunproof and {version(python, 'androguard')}\n")
        print(
            "| app | package, levels | permissions | certificates | edges of both | on arrays | only dunproof", end=" "
        )
        print("| only androguard |\n|---|---|---|---|--:|--:|--:|--:|")
        for path in options.apk or [CORPUS / f"{name}.apk" for name in DEFAULT]:
            out = subprocess.run([python, "-c", ANDROGUARD, str(path)], check=False, capture_output=True)
            if out.returncode:
                reason = (out.stderr.decode(errors="replace").strip().splitlines() or ["failed"])[-1][:60]
                print(f"| {path.stem} | androguard: {reason} | | | | | | |")
                continue
            theirs, own = json.loads(out.stdout), ours(path)
            cells = []
            for name, keys in (("identity", ("package", "sdk")), ("permissions", None), ("certificates", None)):
                same = all(theirs[k] == own[k] for k in keys or (name,))
                told = path.stem in EXPLAINED[name]
                cells.append("equal" if same else "explained" if told else "DIFFERENT")
                wrong += not same and not told
            a = {(x, n, y) for x, n, y in theirs["edges"]}
            b = set(own["edges"])
            arrays = {e for e in b - a if e[2].startswith("[") and "array" in EXPLAINED["edges"]}
            bare = {(x, n, callee.lstrip("[")) for x, n, callee in arrays}
            only = [sorted(b - a - arrays), sorted(a - b - bare)]
            for edge in [*only[0][:3], *only[1][:3]]:
                print(f"<!-- {edge} -->")
            wrong += len(only[0]) + len(only[1])
            counts = [f"{len(a & b):,}", str(len(arrays)), str(len(only[0])), str(len(only[1]))]
            print("| " + " | ".join([path.stem, *cells, *counts]) + " |", flush=True)
    print(f"\n{wrong} differences without an explanation")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
