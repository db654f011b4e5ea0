"""What reading an app costs: dunproof beside exodus-core, androguard and a bare inflate of the same dex files.

``python bench/app.py [APK…]`` prints two Markdown tables: the work alone, and whole processes with their children. The
peers are installed from the package index into a throw-away environment; without a network their columns say so. Each
figure is of a process of its own; the smallest of several runs stands.
"""

from __future__ import annotations

import argparse
import compileall
import gc
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import child, inside, report

import dunproof
from dunproof.case.processes import environment

CORPUS = Path(os.environ.get("DUNPROOF_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "corpora/apk"
DEFAULT = ["ib_InsecureBankv2", "ex_blooddonation", "ag_a2dp.Vol_137", "at_issue2701", "fd_souch.smsbypass_9"]
PEERS = {"androguard": "androguard>=4.1.4", "exodus": "exodus-core"}
"""In an environment each: exodus-core wants an older androguard."""
FORMS = {
    "inflate": "inflate + CRC",
    "sites": "call sites",
    "reads": "+ URIs, owners, reach",
    "graph": "+ call graph",
}

# --- the peers, each a program for the other environment ------------------------------------------------------------

ANDROGUARD = """
import sys
from loguru import logger
logger.remove()
from androguard.misc import AnalyzeAPK
AnalyzeAPK(sys.argv[1])
"""
EXODUS = """
import logging, sys
logging.disable(logging.CRITICAL)
from exodus_core.analysis.static_analysis import StaticAnalysis
found = StaticAnalysis(sys.argv[1])
found.get_embedded_classes(), found.get_permissions(), found.get_certificates()
"""
READING = """
import io, sys
from pathlib import Path
from dunproof.case import worker
from dunproof.case.jobs import ReadJob, job_line
from dunproof.read.source import Source
path = Path(sys.argv[1])
source = Source(
    exhibit="0" * 16, name=path.name, format="apk", encoding="", path=path, size_bytes=path.stat().st_size
)
job = ReadJob(
    module="dunproof.read.app.reader", source=source, folder=sys.argv[2], seconds=600, memory_mib=4096,
    max_facts=1_000_000, max_members=1000, max_member_bytes=1 << 30,
)
sys.stdin = io.TextIOWrapper(io.BytesIO(job_line(job)))
worker.main()
"""
"""The reading process, from its start to its end, facts written."""
COMMAND = "from dunproof.cli.main import main; main()"
"""The whole command, with its reading process."""
START = "import numpy"


class Cost(NamedTuple):
    """CPU seconds of a process and its children, and the largest peak of any of them in MiB."""

    cpu_s: float
    peak_mib: float


def process(python: str, program: str, *arguments: str) -> Cost | str:
    """Run a program and return its cost, or one line on why it has none. All start with one thread and no settings."""
    line = [python, "-c", program, *arguments]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=said, env=environment()) as running:
            _, status, used = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            said.seek(0)
            return (said.read().decode(errors="replace").strip().splitlines() or ["failed"])[-1][:60]
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024))


def best(repeat: int, python: str, program: str, *arguments: str) -> Cost | str:
    """Return the cheapest of several runs."""
    runs = [process(python, program, *arguments) for _ in range(repeat)]
    costs = [r for r in runs if isinstance(r, Cost)]
    return Cost(min(c.cpu_s for c in costs), min(c.peak_mib for c in costs)) if costs else str(runs[0])


def installed(folder: Path, requirement: str) -> str | None:
    """Return the Python of a new environment with a package, None where it cannot be installed."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = str(folder / "bin/python")
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "install", "--quiet", requirement], check=False, capture_output=True)
    return python if done.returncode == 0 else None


def wheel_assets(folder: Path) -> list[Path]:
    """Return the packages in the wheel of uiautomator2 (MIT): one has seven dex files; empty without an index."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--dest", folder, "uiautomator2==3.7.1"], check=False, capture_output=True)
    found = []
    for wheel in folder.glob("uiautomator2-*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for name in ("u2.jar", "app-uiautomator.apk"):
                found.append(folder / name)
                found[-1].write_bytes(archive.read(f"uiautomator2/assets/{name}"))
    return found


def version(python: str, package: str) -> str:
    """Return name and version of an installed package."""
    program = f"import importlib.metadata as m; print(m.version({package!r}))"
    said = subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout
    return f"{package} {said.strip()}"


# --- the work alone -----------------------------------------------------------------------------------------------


def dex_names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    found: list[str] = []
    while (name := f"classes{len(found) + 1 if found else ''}.dex") in names:
        found.append(name)
    return found


def _one(path: Path, form: str) -> None:
    """Do one form of work five times and report the cheapest (in a child)."""
    from dunproof.case import worker
    from dunproof.read.app import catalogue, reader, sites
    from dunproof.read.app.code import callgraph
    from dunproof.read.app.code.program import Code
    from dunproof.read.app.code.reach import Reach
    from dunproof.read.app.owners import Owners
    from dunproof.read.app.package import manifest
    from dunproof.read.app.package.unit import Unit
    from dunproof.read.formats import axml, dex
    from dunproof.read.formats.zip import Archive

    gc.set_threshold(*worker.SEARCHES)
    # What the first run of a process pays once is no work on this app: imports and tables.
    _ = reader.VERSION, catalogue.sources(), catalogue.uri_fields(), catalogue.callbacks(), catalogue.sdks()
    archive, names = Archive(path.read_bytes()), dex_names(path)

    def inflate() -> list[bytes]:
        return [archive.read(name) for name in names]

    files = inflate()
    own = "AndroidManifest.xml"
    read = manifest.read(axml.parse(archive.read(own)) if own in archive else axml.Document([], []))

    def work() -> int:
        code = Code([Unit(name, dex.Dex(data), loaded=True) for name, data in zip(names, files, strict=True)])
        found = sites.find(code)
        count = len(found)
        if form != "sites":
            readings = sites.Readings(code, Owners(read.package))
            count = sum(1 for site in found for _ in readings.of(site))
            Reach(code, [part.descriptor for part in read.parts])
        if form == "graph":
            count = sum(len(callgraph.edges(code, n).row) for n in range(len(names)))
        return count

    runs = [inside(inflate if form == "inflate" else work) for _ in range(5)]
    value = sum(map(len, files)) if form == "inflate" else runs[0][2]
    report(min(r[0] for r in runs), min(r[1] for r in runs), value)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("apk", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=3, help="best of so many processes (androguard: one)")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _one(Path(options.one[0]), options.one[1])
        return 0
    with tempfile.TemporaryDirectory(prefix="dunproof-bench-") as folder:
        paths = options.apk or [CORPUS / f"{name}.apk" for name in DEFAULT] + wheel_assets(Path(folder))
        _work_table(paths, options.repeat)
        _process_table(paths, options.repeat, None if options.no_peers else Path(folder))
    return 0


def _work_table(paths: list[Path], repeat: int) -> None:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; CPU of user and system, all children\n")
    print("Work alone, best of five in a process of its own; ratios to the inflate of the same dex files.\n")
    print("| app | dex MB | " + " | ".join(f"{text} ms" for text in FORMS.values()) + " | sites | edges |")
    print("|---|--:|" + "--:|" * (len(FORMS) + 2))
    for path in paths:
        runs: dict[str, Any] = {}
        for form in FORMS:
            tries = [child(__file__, ["--one", str(path), form]) for _ in range(repeat)]
            runs[form] = min(tries, key=lambda r: r.cpu_s)
        base = runs["inflate"].cpu_s
        cells = [path.stem, f"{runs['inflate'].value / 1e6:.2f}", f"{base * 1000:.1f}"]
        cells += [f"{r.cpu_s * 1000:.0f} ({r.cpu_s / base:.1f}×)" for f, r in runs.items() if f != "inflate"]
        print("| " + " | ".join([*cells, str(runs["sites"].value), f"{runs['graph'].value:,}"]) + " |", flush=True)


def _process_table(paths: list[Path], repeat: int, folder: Path | None) -> None:
    print("\nWhole processes, CPU seconds / peak MiB (of the largest process).\n")
    compileall.compile_dir(Path(dunproof.__file__).parent, quiet=1)  # as an installation does
    peers = {k: installed(folder / k, v) for k, v in PEERS.items()} if folder else {}
    for package, python in (("androguard", peers.get("androguard")), ("exodus_core", peers.get("exodus"))):
        print(f"<!-- {version(python, package) if python else f'{package}: not installed'} -->")
    print("| app | import numpy | reading | of androguard | of exodus | dunproof read | exodus-core | androguard |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for path in paths:
        exodus: Cost | str = "not installed"
        androguard: Cost | str = "not installed"
        if python := peers.get("exodus"):
            exodus = best(repeat, python, EXODUS, str(path)) if shutil.which("dexdump") else "no dexdump"
        if python := peers.get("androguard"):
            androguard = best(1, python, ANDROGUARD, str(path))
        with tempfile.TemporaryDirectory() as facts:
            own = best(repeat, sys.executable, READING, str(path), facts)
        numpy, command = best(repeat, sys.executable, START), best(repeat, sys.executable, COMMAND, "read", str(path))
        ratios = [_ratio(own, androguard), _ratio(own, exodus)]
        start = _shown(numpy).partition(" / ")[0]  # less memory than this process, in which a child begins
        cells = [start, _shown(own), *ratios, *map(_shown, (command, exodus, androguard))]
        print(f"| {path.stem} | " + " | ".join(cells) + " |", flush=True)


def _shown(cost: Cost | str) -> str:
    return f"{cost.cpu_s:.2f} / {cost.peak_mib:.0f}" if isinstance(cost, Cost) else cost


def _ratio(own: Cost | str, peer: Cost | str) -> str:
    """Return how many times cheaper the first is, in CPU and memory."""
    if isinstance(own, str) or isinstance(peer, str):
        return ""
    return f"1/{peer.cpu_s / own.cpu_s:.1f}, 1/{peer.peak_mib / own.peak_mib:.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
