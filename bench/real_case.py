"""One case of real material through the four verbs: CPU seconds and peak memory of the whole run and of each verb.

``python bench/real_case.py [--shared ../shared]`` prints one Markdown table. The case is that of
tests/case/expected_real.toml; the demonstration case stands beside it. The physical limit is a bare pass over the same
bytes: hashing every file and inflating every archive member once. Peak memory is that of the largest process.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import sys
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import child, machine, report  # noqa: E402 - a bench is run as a file


def paths(case: str, corpora: Path) -> tuple[list[Path], dict[str, Any]]:
    """Return the files of a case and what the flags would say about it."""
    if case == "demo":
        return [ROOT / "examples" / "synthetic-fenqi"], {}
    real = tomllib.loads((ROOT / "tests" / "case" / "expected_real.toml").read_text("utf-8"))["case"]
    keys = ("zone", "as_of", "holder_role", "lender", "lender_type")
    return [corpora / f for f in real["files"]], {k: real[k] for k in keys}


def bare(files: list[Path]) -> int:
    """Hash every file and inflate every member of an archive, once; return the bytes seen."""
    seen = 0
    for path in [p for f in files for p in (sorted(f.rglob("*")) if f.is_dir() else [f]) if p.is_file()]:
        data = path.read_bytes()
        hashlib.sha256(data).digest()
        seen += len(data)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                seen += sum(len(archive.read(n)) for n in archive.namelist())
    return seen


def whole(files: list[Path], options: dict[str, Any], out: Path) -> dict[str, Any]:
    """Run the pipeline; return counts and the wall seconds of each stage."""
    from dunproof.case.limits import Limits
    from dunproof.case.options import Options
    from dunproof.case.pipeline import investigate

    begun: dict[str, float] = {}
    ended: dict[str, float] = {}

    def progress(stage: str, _done: int, _total: int, _name: str) -> None:
        now = time.perf_counter()
        begun.setdefault(stage, now)
        ended[stage] = now

    done = investigate(files, Options(out=out, cache=False, limits=Limits(), **options), progress)
    stages = {k: round(ended[k] - begun[k], 2) for k in begun}
    return {"facts": done.facts, "verdicts": len(done.casefile.verdicts), "stages": stages}


def work(case: str, what: str, corpora: Path) -> None:
    """Do one piece of work in this process and its children, and report what it cost."""
    files, options = paths(case, corpora)
    wall = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        value = bare(files) if what == "bare" else whole(files, options, Path(folder) / "out")
    wall = time.perf_counter() - wall
    own, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime
    report(cpu, wall, {"value": value, "below_mib": below.ru_maxrss / 1024})


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("DUNPROOF_SHARED", ROOT.parent / "shared")))
    parser.add_argument("--child", nargs=2, metavar=("CASE", "WHAT"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    corpora = args.shared / "corpora"
    if args.child:
        case, what = args.child
        work(case, what, corpora)
        return
    print(f"{machine()}\n")
    print("| case | work | CPU s | wall s | peak MiB (this process / readers) | facts | verdicts |")
    print("|---|---|---:|---:|---:|---:|---:|")
    stages = {}
    for case in ("demo", "real"):
        for what in ("bare", "investigate"):
            got = child(__file__, ["--shared", str(args.shared), "--child", case, what])
            value, below = got.value["value"], got.value["below_mib"]
            counts = f"{value['facts']} | {value['verdicts']}" if what == "investigate" else f"{value} bytes | "
            memory = f"{got.peak_mib:.0f} / {below:.0f}"
            print(f"| {case} | {what} | {got.cpu_s:.2f} | {got.wall_s:.2f} | {memory} | {counts} |", flush=True)
            if what == "investigate":
                stages[case] = value["stages"]
    print()
    for case, seconds in stages.items():
        print(f"{case}: wall seconds by stage: {', '.join(f'{k} {v}' for k, v in seconds.items())}")


if __name__ == "__main__":
    main()
