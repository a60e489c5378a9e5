"""What a chart shows, whatever draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Scale(StrEnum):
    """What the horizontal axis counts: shares on a logarithmic scale, or seconds since 1970 as times in UTC."""

    SHARE = "SHARE"
    TIME = "TIME"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, and a value for each place on the chart's horizontal axis."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one axis. ``steps``: a value holds until the next place. ``summary`` says in a sentence what is seen.

    ``shown`` has the text of each place, for the table beside the chart.
    """

    title: str
    summary: str
    across: str
    up: str
    scale: Scale
    places: Sequence[float]
    shown: Sequence[str]
    lines: Sequence[Line]
    steps: bool = False


@dataclass(frozen=True, slots=True)
class ValueTable:
    """A table: its caption, the names of its columns, and its rows."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def values_of(chart: Chart) -> ValueTable:
    """The chart as the table that stands beside it."""
    columns = (chart.across, *(line.name for line in chart.lines))
    values = zip(*(line.values for line in chart.lines), strict=True)
    rows = [(shown, *(f"{value:g}" for value in row)) for shown, row in zip(chart.shown, values, strict=True)]
    return ValueTable(chart.title, columns, rows)
