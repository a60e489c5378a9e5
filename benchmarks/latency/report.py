"""Tables of a measurement: every figure beside the floor of its own turn, as median and span over the turns."""

import statistics
from collections.abc import Callable, Iterator, Sequence

from rich.table import Table

from latency.loads import Reading

Figure = Callable[[Reading], float]
FIGURES: dict[str, Figure] = {
    "throughput": lambda reading: reading.throughput,
    "p50": lambda reading: reading.p50,
    "p99": lambda reading: reading.p99,
    "processor": lambda reading: reading.processor,
}
Where = tuple[int, float]
"""Connections, and the share of the saturation; 0 where the load was closed-loop."""


def where(reading: Reading) -> Where:
    """What a reading is comparable with."""
    return reading.connections, reading.share


def ratios(readings: Sequence[Reading], name: str, place: Where, figure: Figure) -> list[float]:
    """A system's figure as so many times its floor's, turn by turn."""
    here = [reading for reading in readings if where(reading) == place]
    floors = {(reading.system, reading.turn): figure(reading) for reading in here}
    return [
        figure(reading) / floors[reading.floor, reading.turn]
        for reading in here
        if reading.system == name and floors.get((reading.floor, reading.turn))
    ]


def spread(values: Sequence[float]) -> str:
    """Median, and from where to where the turns reach."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})" if values else "-"


def tables(readings: Sequence[Reading]) -> Iterator[Table]:
    """One table for each load."""
    names = list(dict.fromkeys(reading.system for reading in readings))
    for place in sorted({where(reading) for reading in readings}, key=lambda each: (each[1], each[0])):
        connections, share = place
        title = f"open-loop at {share:.0%} of saturation" if share else f"{connections} connections, closed-loop"
        table = Table(title=f"{title}: times the floor's, median (span)")
        table.add_column("system")
        for heading in (*FIGURES, "requests/s", "p99 ms", "late ms", "database us", "failures"):
            table.add_column(heading, justify="right")
        for name in names:
            mine = [each for each in readings if each.system == name and where(each) == place]
            if mine:
                table.add_row(
                    name, *(spread(ratios(readings, name, place, each)) for each in FIGURES.values()), *_raw(mine)
                )
        yield table


def _raw(mine: Sequence[Reading]) -> Iterator[str]:
    """What stands for itself, and only in its own run."""
    yield f"{statistics.median(each.throughput for each in mine):,.0f}"
    yield f"{statistics.median(each.p99 for each in mine) / 1e3:.1f}"
    yield f"{statistics.median(each.late_p99 for each in mine) / 1e3:.1f}"
    yield f"{statistics.median(each.database for each in mine):.0f}"
    yield f"{sum(each.failures for each in mine)}{' repeated' if any(each.repeated for each in mine) else ''}"
