"""What a chart shows, whatever draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Scale(StrEnum):
    """What the horizontal axis counts.

    Shares on a logarithmic scale, seconds since 1970 as times in UTC, or whole hours of a day.
    """

    SHARE = "SHARE"
    TIME = "TIME"
    HOUR_OF_DAY = "HOUR_OF_DAY"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, and a value for each place on the chart's horizontal axis.

    ``shown`` has the text of each value, for the table, where figures alone would not tell it.
    """

    name: str
    values: Sequence[float]
    shown: Sequence[str] = ()

    def texts(self) -> Sequence[str]:
        """The text of each value."""
        return self.shown or [f"{value:,}" if isinstance(value, int) else f"{value:g}" for value in self.values]


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
class Bars:
    """Bars one below the other, each made of ``parts`` laid end to end. ``summary`` says in a sentence what is seen.

    ``names`` are those of the bars, and say what ``named`` says; ``across`` is what their lengths are.
    """

    title: str
    summary: str
    named: str
    names: Sequence[str]
    across: str
    parts: Sequence[Line]


@dataclass(frozen=True, slots=True)
class ValueTable:
    """A table: its caption, the names of its columns, and its rows."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def values_of(chart: Chart | Bars) -> ValueTable:
    """The chart as the table that stands beside it."""
    if isinstance(chart, Bars):
        first, names, lines = chart.named, chart.names, chart.parts
    else:
        first, names, lines = chart.across, chart.shown, chart.lines
    values = zip(*(line.texts() for line in lines), strict=True)
    rows = [(name, *row) for name, row in zip(names, values, strict=True)]
    return ValueTable(chart.title, (first, *(line.name for line in lines)), rows)
