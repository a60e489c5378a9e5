"""``python -m latency``: measure all systems side by side, or two trees of ours (``--base``), and tell in ratios."""

import argparse
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from latency import loads, plots
from latency.machine import described
from latency.report import tables
from latency.systems import OWN_STORES, PEERS, ROOT, UNRECORDED, Laboratory, System, workers_of

RESULTS = ROOT / "benchmarks" / "results"
NAMES = (*OWN_STORES, *(f"{store}{UNRECORDED}" for store in OWN_STORES))
COMPARED = ("memory", "sqlite", "redis", "postgresql")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="latency", description=__doc__)
    parser.add_argument("--base", type=Path, help="a tree of another commit to compare with, in a short form")
    parser.add_argument("--systems", nargs="+", metavar="NAME", help=f"of {', '.join((*NAMES, *PEERS))}")
    parser.add_argument("--connections", nargs="+", type=int, default=[1, 2, 4, 8, 16, 32, 64, 128, 256])
    parser.add_argument("--shares", nargs="*", type=float, default=[0.25, 0.5, 0.75, 0.9])
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run")
    parser.add_argument("--turns", type=int, default=5, help="how often everything is repeated")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()


def assembled(laboratory: Laboratory, names: Sequence[str], base: Path | None) -> list[System]:
    """The systems, each floor they need first."""
    own = [name for name in names if name in NAMES]
    systems = [laboratory.ours(name) for name in own]
    if base is not None:
        systems += [laboratory.ours(name, base, " before") for name in own]
    peers = [name for name in names if name in PEERS]
    if peers:
        book = next((system.book for system in systems if system.name == "postgresql"), None)
        book = book or laboratory.ours("postgresql").book
        systems += [laboratory.peer(name, book) for name in peers]
    workers = sorted({workers_of(system.floor) for system in systems})
    kinds = (laboratory.floor, laboratory.empty) if base is None else (laboratory.floor,)
    floors = [kind(number) for number in workers for kind in kinds]
    return [*floors, *systems]


def measure(systems: Sequence[System], asked: argparse.Namespace, folder: Path) -> list[loads.Reading]:
    """Every load on every system, turn by turn, in an order that is drawn anew for each load."""
    drawn, readings = random.Random(4711), []
    for system in systems:
        if loads.closed(system, -1, 8, 1, folder).failures:
            raise SystemExit(f"{system.name} refuses what it should answer")
    for turn in range(asked.turns):
        for connections in asked.connections:
            shuffled = drawn.sample(systems, len(systems))
            readings += [loads.closed(system, turn, connections, asked.seconds, folder) for system in shuffled]
        tell(f"turn {turn + 1} of {asked.turns}, closed-loop, is done")
    most = {system.name: saturation(readings, system.name) for system in systems}
    for turn in range(asked.turns):
        for share in asked.shares:
            readings += [
                loads.opened(system, turn, share * most[system.name], share, asked.seconds, folder)
                for system in drawn.sample(systems, len(systems))
            ]
        tell(f"turn {turn + 1} of {asked.turns}, open-loop, is done")
    return readings


def saturation(readings: Sequence[loads.Reading], name: str) -> float:
    """The most that a system has answered in a second: the median at the best number of connections."""
    found: dict[int, list[float]] = {}
    for reading in readings:
        if reading.system == name:
            found.setdefault(reading.connections, []).append(reading.throughput)
    return max(statistics.median(values) for values in found.values())


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> None:
    asked = parsed()
    # What is kept of a whole run is not written over by a comparison.
    results = asked.results / "compared" if asked.base else asked.results
    results.mkdir(parents=True, exist_ok=True)
    told = {"machine": described(ROOT), "workers": asked.workers}
    with tempfile.TemporaryDirectory(prefix="masking-bench-") as name:
        folder = Path(name)
        laboratory = Laboratory(folder, workers=asked.workers)
        try:
            names = asked.systems or (COMPARED if asked.base else (*OWN_STORES, *PEERS))
            readings = measure(assembled(laboratory, names, asked.base), asked, folder)
        finally:
            laboratory.close()
    told["readings"] = [reading.told() for reading in readings]
    (results / "latency.json").write_text(json.dumps(told, indent=1))
    with (results / "latency.txt").open("w") as file:
        for console in (Console(width=150), Console(width=150, file=file)):
            for table in tables(readings):
                console.print(table)
    plots.draw(readings, results)


if __name__ == "__main__":
    main()
