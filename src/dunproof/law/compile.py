"""Pack the register and the official texts into ``law/data``: ``python -m dunproof.law.compile FOLDER``.

One ``.xz`` a file, its content byte for byte that of the source, so that the same sources give the same bytes. Nothing
is written unless the sources hold together (``check.check``).
"""

from __future__ import annotations

import lzma
import sys
from pathlib import Path

import msgspec

from dunproof.errors import DunproofError, PackError
from dunproof.law import check
from dunproof.law.structs import Channels, Method, NecessaryList, RegisterFile

FILES = ("register.json", "necessary_pi_39.json", "cn_191.json", "channels.json")


def pack(data: bytes) -> bytes:
    """Return the bytes of the ``.xz`` file: preset 9 extreme, CRC-64, no time stamp."""
    return lzma.compress(data, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, preset=9 | lzma.PRESET_EXTREME)


def compiled(folder: Path) -> dict[str, bytes]:
    """Return the packed files by name under ``law/data``; raises PackError if the sources do not hold together."""
    sources = {name: (folder / name).read_bytes() for name in FILES}
    sources |= {f"texts/{p.name}": p.read_bytes() for p in sorted((folder / "texts").glob("*.txt"))}
    result = check.check(
        msgspec.json.decode(sources["register.json"], type=RegisterFile),
        msgspec.json.decode(sources["necessary_pi_39.json"], type=NecessaryList),
        msgspec.json.decode(sources["cn_191.json"], type=Method),
        msgspec.json.decode(sources["channels.json"], type=Channels),
        {name: data.decode("utf-8") for name, data in sources.items() if name.startswith("texts/")},
    )
    if result.wrong:
        name, what = result.wrong[0]
        raise PackError(
            "register.json", 1, f"{name}: {what}", hint=f"{len(result.wrong)} such places; nothing was written"
        )
    return {f"{name}.xz": pack(data) for name, data in sources.items()}


def write(folder: Path, into: Path) -> int:
    """Write the packed files below ``into``, remove those whose source is gone, return how many bytes stand there."""
    files = compiled(folder)
    for stale in set(into.rglob("*.xz")) - {into / name for name in files}:
        stale.unlink()
    for name, data in files.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_bytes(data)
    return sum(map(len, files.values()))


def main(arguments: list[str]) -> int:
    """Pack ``FOLDER`` into the package; return the exit code."""
    if len(arguments) != 1 or not (Path(arguments[0]) / FILES[0]).is_file():
        sys.stderr.write("python -m dunproof.law.compile FOLDER: a folder with register.json and texts/\n")
        return 2
    try:
        size = write(Path(arguments[0]), Path(__file__).parent / "data")
    except DunproofError as exc:
        sys.stderr.write(f"{exc}\n")
        return exc.exit_code
    sys.stdout.write(f"{size:,} bytes packed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
