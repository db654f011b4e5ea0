"""What reading costs when the file is made to cost much: CPU and peak memory of the whole process, and what it said.

``python bench/app_hostile.py [WORD…]`` makes each package, or those whose name holds one of the words, in a throw-away
folder and prints one line of a Markdown table for it; ``hostile_apps.py`` makes most of them. The last line is Debian's
``framework-res.apk`` (package android-framework-res), where it is installed: large, not hostile.
"""

from __future__ import annotations

import argparse
import random
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from app import best
from hostile_apps import CASES, MIB, good, packed
from measure import machine

FRAMEWORK = Path("/usr/share/android-framework-res/framework-res.apk")
READ = """
import sys
from collections import Counter
from pathlib import Path
from dunproof.errors import ExhibitError
from dunproof.facts.kinds import Problem
from dunproof.read.app import reader
from dunproof.read.source import Source
path = Path(sys.argv[1])
size = path.stat().st_size
source = Source(exhibit="0" * 16, name=path.name, format="apk", encoding="", path=path, size_bytes=size)
said = Counter()
try:
    for fact in reader.read(source):
        if isinstance(fact, Problem):
            said[fact.code] += 1
except ExhibitError as error:
    said[error.code] += 1
Path(sys.argv[2]).write_text(", ".join(sorted(said)) or "nothing")
"""


def a_gigabyte_each() -> bytes:
    """A manifest and a dex that inflate to 1 GiB each."""
    return packed({"AndroidManifest.xml": bytes(1024 * MIB), "classes.dex": bytes(1024 * MIB)})


def crowded(size: int, fill: bytes = b"\0") -> bytes:
    """Return a dex of a size whose tables have as many rows as fit, all over each other and over the filling."""
    head = bytearray(good()["classes.dex"][:0x70]) + fill * ((size - 0x70) // len(fill))
    for at in range(56, 104, 8):
        struct.pack_into("<II", head, at, size // 8, 0x70)
    return bytes(head)


def dex_files_of_zeros() -> bytes:
    """Six dex files of 120 MB."""
    names = ["classes.dex", *(f"classes{n}.dex" for n in range(2, 7))]
    return packed({"AndroidManifest.xml": good()["AndroidManifest.xml"], **dict.fromkeys(names, crowded(120 * MIB))})


def large_dex_of_noise() -> bytes:
    """One dex just below the size at which it is left out, its tables over noise, which packs like real code."""
    return packed({**good(), "classes.dex": crowded(63 * MIB, random.Random(0).randbytes(1 << 20))})


def large_dex_of_offsets() -> bytes:
    """The same, its tables over numbers that are indexes and offsets at once."""
    numbers = random.Random(0).choices(range(0x70, 0x4000), k=1 << 18)
    return packed({**good(), "classes.dex": crowded(63 * MIB, struct.pack(f"<{len(numbers)}I", *numbers))})


def pages() -> bytes:
    """Forty pages of 110 MB and as many files that begin as code, in assets."""
    page = b"<p>https://example.invalid/</p>" * (110 * MIB // 32)
    code = good()["classes.dex"] + bytes(110 * MIB)
    members = good()
    for n in range(40):
        members[f"assets/p{n}.html"] = page
    for n in range(4):
        members[f"assets/c{n}.dex"] = code
    return packed(members)


def string_table() -> bytes:
    """A manifest whose string pool counts 0x7fffffff strings."""
    members = good()
    manifest = bytearray(members["AndroidManifest.xml"])
    struct.pack_into("<I", manifest, 16, 0x7FFFFFFF)
    return packed({**members, "AndroidManifest.xml": bytes(manifest)})


def resources(size: int = 120 * MIB, fill: bytes = b"\0") -> bytes:
    """A resource table of a filling behind a good header."""
    head = struct.pack("<HHII", 2, 12, size, 1) + struct.pack("<HHIIIIII", 1, 28, size - 12, size // 8, 0, 0x100, 28, 0)
    return packed({**good(), "resources.arsc": head + fill * ((size - len(head)) // len(fill))})


def resources_of_noise() -> bytes:
    """The same just below the size at which it is left out, of noise."""
    return resources(63 * MIB, random.Random(0).randbytes(1 << 20))


def holds_itself() -> bytes:
    """A package that holds a copy of itself, eight deep."""
    data = packed(good())
    for _ in range(8):
        data = packed({**good(), "assets/again.apk": data})
    return data


MADE: dict[str, Callable[[], bytes]] = {
    "manifest and code inflate to 1 GiB each": a_gigabyte_each,
    "six dex files of 120 MB": dex_files_of_zeros,
    "a dex of 63 MB, tables of noise": large_dex_of_noise,
    "a dex of 63 MB, tables of offsets": large_dex_of_offsets,
    "pages and code of 4.8 GB in assets": pages,
    "string table of 0x7fffffff": string_table,
    "resource table of 120 MB": resources,
    "resource table of 63 MB of noise": resources_of_noise,
    "holds itself": holds_itself,
    **CASES,
}


def files(folder: Path, words: list[str]) -> Iterator[tuple[str, Path]]:
    """Yield each package with what is wrong with it.

    Each is made by a process of its own: a child's peak memory begins at that of its parent.
    """
    for name in MADE:
        if words and not any(word in name for word in words):
            continue
        path = folder / "made.apk"
        subprocess.run([sys.executable, __file__, "--make", name, path], check=True)
        yield name, path
    if words:
        return
    if FRAMEWORK.is_file():
        yield "framework-res.apk of Debian", FRAMEWORK
    else:
        print("<!-- no framework-res.apk: apt install android-framework-res -->")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("words", nargs="*", help="words of the names of the packages to measure, instead of all")
    options = parser.parse_args()
    if options.make:
        Path(options.make[1]).write_bytes(MADE[options.make[0]]())
        return 0
    print(f"{machine()}; whole process\n")
    print("| package | bytes | CPU s | peak MiB | problems |")
    print("|---|--:|--:|--:|---|")
    with tempfile.TemporaryDirectory(prefix="dunproof-bench-") as folder:
        said = Path(folder) / "said"
        for name, path in files(Path(folder), options.words):
            cost = best(1, sys.executable, READ, str(path), str(said))
            shown = cost if isinstance(cost, str) else f"{cost.cpu_s:.1f} | {cost.peak_mib:.0f} | {said.read_text()}"
            print(f"| {name} | {path.stat().st_size:,} | {shown} |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
