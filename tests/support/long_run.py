"""The state machine for as long as anyone likes: ``make long BACKEND=redis STEPS=200000``.

Prints how far it is, and in the end what was done. A deviation ends it, with the fewest steps that lead
there; the same ``--seed`` leads there again.
"""

import argparse
import random
import sys
import time
from collections import Counter

from support.ground import Tally, tally
from support.side_by_side import drive
from support.stores import URLS

RUNS_OF_ONE_ROUND = 40
_LARGEST_SEED = 2**32


def main() -> None:
    asked = _arguments()
    done, started = tally(asked.backend), time.monotonic()
    print(f"{asked.backend}: {asked.steps} operations, seed {asked.seed}", flush=True)
    number = asked.seed
    while (operations := done.operations.total()) < asked.steps:
        _tell_progress(operations, asked.steps, time.monotonic() - started, number)
        try:
            drive(asked.backend, RUNS_OF_ONE_ROUND, number)
        except BaseException:
            print(f"It ended at --seed {number} --steps 1", file=sys.stderr, flush=True)
            raise
        number += 1
    for line in summary(done, time.monotonic() - started):
        print(line, flush=True)


def summary(done: Tally, seconds: float) -> list[str]:
    """What was done, for people."""
    lines = [f"{done.operations.total()} operations in {seconds / 60:.0f} minutes, no deviation"]
    for title, counts in (
        ("operations", done.operations),
        ("refusals", done.refusals),
        ("calls", done.calls),
        ("clocks", done.clocks),
    ):
        lines += ["", title, *_lines(counts)]
    return lines


def _lines(counts: Counter[str]) -> list[str]:
    return [f"{count:>10}  {what}" for what, count in counts.most_common()]


def _tell_progress(operations: int, steps: int, seconds: float, number: int) -> None:
    speed = f", {operations / seconds:.0f} a second" if operations else ""
    print(f"{100 * operations // steps:>3} %  {operations} operations{speed}, seed {number}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make long", description=__doc__)
    parser.add_argument("--backend", choices=sorted(URLS), default="sqlite")
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=random.randrange(_LARGEST_SEED))
    return parser.parse_args()


if __name__ == "__main__":
    main()
