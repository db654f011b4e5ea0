"""Every shipped rule against brute force: seeded worlds with unknowns, all completions, both engines.

``python bench/oracle.py [--worlds 1000] [--seed 1]`` prints one Markdown table and ends with 1 if a bound was wrong or
the engines differed in any world. ``pytest tests/judge/test_oracle.py`` demands the same, and catches planted bugs.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import inside, machine


def main() -> int:
    """Print the table; return the exit code."""
    from dunproof.judge.oracle import agree
    from dunproof.judge.pack import installed, load_pack

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=1000, help="worlds a rule")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="rules whose id contains this")
    options = parser.parse_args()
    rules = [r for name in installed() for r in load_pack(name).rules if options.only in r.id]
    print(f"{options.worlds:,} worlds a rule, seed {options.seed}; {machine()}\n")
    print("| rule | completions | a sure row in | an open row in | bounds wrong | engines differ | CPU s |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    total = [0, 0, 0]
    seconds = 0.0
    for rule in rules:
        cpu, _, seen = inside(partial(agree, rule, worlds=options.worlds, seed=options.seed))
        figures = [seen.completions, len(seen.disagreements), seen.engines_differ]
        total, seconds = [a + b for a, b in zip(total, figures, strict=True)], seconds + cpu
        cells = [rule.id, f"{figures[0]:,}", *(f"{n / seen.worlds:.0%}" for n in (seen.sure_worlds, seen.open_worlds))]
        print("| " + " | ".join([*cells, str(figures[1]), str(figures[2]), f"{cpu:.1f}"]) + " |", flush=True)
    print(f"| {len(rules)} rules | {total[0]:,} | | | {total[1]} | {total[2]} | {seconds:.0f} |")
    return 1 if total[1] or total[2] else 0


if __name__ == "__main__":
    sys.exit(main())
