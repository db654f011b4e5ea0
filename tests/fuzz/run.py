"""Fuzzes one target: ``python tests/fuzz/run.py TARGET --minutes 10``.

With atheris where it is installed, else by changing seeds at random (the entry functions are the same). A finding is
written to ``build/fuzz/`` and ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

OUT = Path(__file__).resolve().parents[2] / "build/fuzz"
SLOW_S = 10.0
ROUND = 20_000
INTERESTING = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a seed with a few changes: bytes, numbers at the limits, pieces cut, doubled or moved."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 9))):
        if not out:
            break
        at = chance.randrange(len(out))
        kind = chance.randrange(6)
        if kind == 0:
            out[at] = chance.randrange(256)
        elif kind == 1:
            out[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            size = chance.choice((2, 4))
            at &= ~1
            out[at : at + size] = (chance.choice(INTERESTING) & (256**size - 1)).to_bytes(size, "little")
        elif kind == 3:
            del out[at : at + chance.randrange(1, 64)]
        elif kind == 4:
            piece = out[at : at + chance.randrange(1, 64)]
            out[chance.randrange(len(out)) : 0] = piece
        else:
            other = chance.randrange(len(out))
            piece = out[at : at + chance.randrange(1, 32)]
            out[other : other + len(piece)] = piece
    return bytes(out)


def plain(target: str, seconds: float, seed: int) -> int:
    """Change seeds at random until the time is over; return 1 at a finding."""
    import targets

    chance, begin, count = random.Random(seed), time.monotonic(), 0
    seeds = list(targets.seeds(target))
    while time.monotonic() - begin < seconds:
        data = mutated(chance.choice(seeds), chance)
        count += 1
        start = time.process_time()
        try:
            targets.run(target, data)
            assert time.process_time() - start < SLOW_S, "too slow"
        except Exception:  # noqa: BLE001 - whatever it is, it is the finding
            traceback.print_exc()
            OUT.mkdir(parents=True, exist_ok=True)
            (OUT / f"{target}-{seed}-{count}").write_bytes(data)
            sys.stdout.write(f"{target}: a finding, written to build/fuzz/{target}-{seed}-{count}\n")
            return 1
    sys.stdout.write(f"{target}: {count:,} inputs in {seconds / 60:.1f} minutes, nothing found (changes at random)\n")
    return 0


def guided(target: str, seconds: float) -> int:
    """Let atheris follow the branches that inputs reach, in rounds; return the exit code of the round that ended it.

    Rounds, because atheris 3.0 never frees the result of a comparison of numpy arrays: one process would meet its
    limit of memory after some 150,000 inputs without any input being at fault.
    """
    import targets

    corpus, end, count = OUT / f"{target}-corpus", time.monotonic() + seconds, 0
    corpus.mkdir(parents=True, exist_ok=True)
    for n, data in enumerate(targets.seeds(target)):
        (corpus / f"seed-{n}").write_bytes(data)
    while (left := int(end - time.monotonic())) > 0:
        with subprocess.Popen(
            [sys.executable, __file__, target, "--round-seconds", str(left)], stderr=subprocess.PIPE, text=True
        ) as round_:
            assert round_.stderr is not None
            for line in round_.stderr:
                sys.stderr.write(line)
                if line.startswith("stat::number_of_executed_units:"):
                    count += int(line.rpartition(":")[2])
        if round_.returncode:
            return round_.returncode
    sys.stdout.write(f"{target}: {count:,} inputs in {seconds / 60:.1f} minutes, nothing found (guided by branches)\n")
    return 0


def guided_round(target: str, seconds: int) -> None:
    """Fuzz with atheris in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["dunproof.read"]):
        import targets
    atheris.Setup(
        [sys.argv[0], str(OUT / f"{target}-corpus"), f"-max_total_time={seconds}", f"-runs={ROUND}",
         f"-max_len={targets.SIZE_CAP}", "-rss_limit_mb=1024", f"-timeout={int(SLOW_S)}",
         f"-artifact_prefix={OUT}/{target}-", "-print_final_stats=1", "-verbosity=0"],
        lambda data: targets.run(target, data),
    )  # fmt: skip
    atheris.Fuzz()


def main() -> int:
    """Fuzz."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--round-seconds", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--plain", action="store_true", help="without atheris")
    options = parser.parse_args()
    if options.round_seconds:
        guided_round(options.target, options.round_seconds)
        return 0
    if options.plain or importlib.util.find_spec("atheris") is None:
        return plain(options.target, options.minutes * 60, options.seed)
    return guided(options.target, options.minutes * 60)


if __name__ == "__main__":
    sys.exit(main())
