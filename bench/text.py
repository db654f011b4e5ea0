"""Folding with its offset map, in characters per second, beside OpenCC alone; and matching on the folded text.

``python bench/text.py [--million 2]`` prints one Markdown table. The text is this project's own (agreements and
lists of examples/synthetic-fenqi), repeated; traditional text is made of it once, outside of what is timed. Each
figure is of a child process of its own, best of three. The physical limit is one NFKC pass of the standard library.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import child, inside, machine, report  # noqa: E402 - a bench is run as a file

TEXTS = ROOT / "examples" / "synthetic-fenqi" / "templates"
PATTERNS = (
    "通讯录",
    "紧急联系人",
    "不承担任何责任",
    "第三方",
    "代扣",
    "逾期",
    "催收",
    "个人信息",
    "读取应用列表",
    "放弃",
)
_TAGS = re.compile(r"<[^>]*>")


def text(script: str, characters: int) -> str:
    """Return text in one script: simplified, traditional, or simplified with the tricks of spam mixed in."""
    own = "\n".join(_TAGS.sub("", p.read_text("utf-8")) for p in sorted(TEXTS.glob("*.html")))
    if script == "traditional":
        import opencc

        own = opencc.OpenCC("s2t").convert(own)
    if script == "disguised":  # every tenth character followed by a zero-width space, digits full width
        wide = str.maketrans("0123456789", "０１２３４５６７８９")
        own = re.sub(r"(.{10})", "\\1\u200b", own).translate(wide)
    return (own * (characters // len(own) + 1))[:characters]


def works(what: str, long: str) -> Callable[[], Any]:
    """Return the work of one row, made ready so far that only the text is left to do."""
    if what == "NFKC alone":
        return partial(unicodedata.normalize, "NFKC", long)
    if what.startswith("OpenCC"):
        import opencc

        return partial(opencc.OpenCC("t2s").convert, long)
    from dunproof.language.fold import fold

    fold("暖")
    if what == "fold with map":
        return partial(fold, long)
    if what == "fold, tight, fillers":
        return partial(fold, long, tight=True, fillers=True)
    from dunproof.language.match import Matcher

    matcher = Matcher(PATTERNS)
    return lambda: sum(1 for _ in matcher.find(long))


ROWS = ("NFKC alone", "OpenCC alone (t2s, no map)", "fold with map", "fold, tight, fillers", "match 10 patterns, plain")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--million", type=float, default=2.0, help="million characters of text")
    parser.add_argument("--repeat", type=int, default=3, help="best of so many")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = int(options.million * 1_000_000)
    if options.one:
        script, what = options.one
        cpu, wall, value = inside(works(what, text(script, size)))
        report(cpu, wall, value if isinstance(value, int) else None)
        return 0
    print(f"{size:,} characters; {machine()}; million characters a CPU second\n")
    scripts = ("simplified", "traditional", "disguised")
    print("| work | " + " | ".join(scripts) + " | peak MiB |\n|---|" + "--:|" * (len(scripts) + 1))
    for what in ROWS:
        cells, peak = [], 0.0
        for script in scripts:
            arguments = ["--million", str(options.million), "--one", script, what]
            got = min((child(__file__, arguments) for _ in range(options.repeat)), key=lambda r: r.cpu_s)
            cells.append(f"{size / 1e6 / max(got.cpu_s, 1e-6):.1f}")
            peak = max(peak, got.peak_mib)
        print("| " + " | ".join([what, *cells, f"{peak:.0f}"]) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
