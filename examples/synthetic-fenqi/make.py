"""Writes the demonstration case and its variants.

    python make.py                         rewrite the committed case beside this file
    python make.py --check                 say what differs from the templates, exit 1 if anything does
    python make.py --variants 20 --out DIR write seeded variants, each with its own truth.toml

Needs jinja2. The app is built by apk/build.sh.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from fenqi.build import files, variants, write  # noqa: E402


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the committed case with the templates")
    parser.add_argument("--variants", type=int, default=0, metavar="N", help="write N seeded variants")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="folder to write to")
    chosen = parser.parse_args()
    if chosen.check:
        stale = [n for n, data in files(0).items() if not (HERE / n).is_file() or (HERE / n).read_bytes() != data]
        for name in stale:
            print(f"differs from its template: {name}")
        return 1 if stale else 0
    if chosen.variants:
        for case, _ in variants(chosen.out, chosen.variants):
            print(case)
        return 0
    print(write(chosen.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
