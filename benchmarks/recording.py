"""What recording calls takes behind the callback's answer, in processor time: of the edge, its recorder and the server.

Run with ``python benchmarks/recording.py [--base TREE] [BACKEND ...]``: the callbacks are the first ones of calls in
running sessions, noted as many at a time as come while the call log gathers. With ``--base``, a checkout of another
commit, both trees are measured in turn within one run, and each figure is also told as a share of the base's.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

ONCE = Path(__file__).with_name("recording_once.py")
BACKENDS = ("memory", "sqlite", "postgresql", "redis", "redis+cluster")
FIGURES = {"edge": "edge", "recorder": "recorder", "server": "server", "hold": "longest hold of the edge's lock"}

Figures = dict[str, float]


def measured(tree: Path, backend: str, calls: int, together: int) -> Figures:
    """The figures of one backend over the sources of one tree."""
    environment = {**os.environ, "PYTHONPATH": f"{tree / 'src'}:{tree / 'tests'}"}
    command = [sys.executable, str(ONCE), backend, str(calls), str(together)]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    figures: Figures = json.loads(told)
    return figures


def median(rounds: Sequence[Figures]) -> Figures:
    return {name: statistics.median(each[name] for each in rounds) for name in FIGURES}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backends", metavar="BACKEND", nargs="*", default=BACKENDS, help="all by default")
    parser.add_argument("--base", type=Path, help="the tree of another commit to compare with")
    parser.add_argument("--calls", type=int, default=20_000, help="how many calls; 20,000 by default")
    parser.add_argument("--together", type=int, default=100, help="how many are noted at once; 100 by default")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured; 3 by default")
    given = parser.parse_args()
    trees = {"now": Path(__file__).parent.parent} | ({"base": given.base.resolve()} if given.base else {})
    table = Table(
        "store",
        "tree",
        *FIGURES.values(),
        title=f"Microseconds for a call, {given.together} at a time",
    )
    for backend in given.backends:
        rounds = [
            {name: measured(tree, backend, given.calls, given.together) for name, tree in trees.items()}
            for _ in range(given.rounds)
        ]
        found = {name: median([each[name] for each in rounds]) for name in trees}
        base = found.get("base", found["now"])
        for name, figures in found.items():
            cells = [
                f"{figures[each]:,.0f}" + (f" ({figures[each] / base[each]:.2f})" if base[each] and given.base else "")
                for each in FIGURES
            ]
            table.add_row(backend, name, *cells)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
