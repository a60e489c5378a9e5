"""How calls, their durations and their cost run over time, as charts."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from adapters.charts.chart import Chart, Line, Scale
from adapters.cli import messages
from adapters.cli.report_spans import DAY, HOUR, Span, Tally
from adapters.decimals import decimal_text

_HOURS = 24


def over_time(span: Span, tallies: Sequence[Tally]) -> Chart:
    """Calls, and how many of them were answered."""
    most = max(range(len(tallies)), key=lambda index: tallies[index].calls)
    summary = f"The most calls of one {span.word}, {tallies[most].calls:,}, were on {span.shown()[most]}."
    return _steps(f"Calls by {span.word}", summary, "calls", span, _calls(tallies))


def hours_of_day(hourly: Span, tallies: Sequence[Tally]) -> Chart:
    """Calls by the hour of the day in which they began, all days together."""
    sums = [0] * _HOURS
    for place, tally in zip(hourly.places, tallies, strict=True):
        sums[place % DAY // HOUR] += tally.calls
    most = max(range(_HOURS), key=lambda hour: sums[hour])
    return Chart(
        title="Calls by hour of the day",
        summary=f"All days together, the most calls, {sums[most]:,}, began between {most}:00 and {most + 1}:00 UTC.",
        across="hour of the day (UTC)",
        up="calls",
        scale=Scale.HOUR_OF_DAY,
        places=range(_HOURS),
        shown=[f"{hour}:00" for hour in range(_HOURS)],
        lines=[Line("calls", sums)],
        steps=True,
    )


def busiest_day(hourly: Span, tallies: Sequence[Tally], busiest_hour: int) -> Chart:
    """The day of the busiest hour, hour by hour."""
    day = busiest_hour - busiest_hour % DAY
    its = [(place, tally) for place, tally in zip(hourly.places, tallies, strict=True) if 0 <= place - day < DAY]
    calls = dict(its)[busiest_hour].calls
    at = datetime.fromtimestamp(busiest_hour, UTC)
    summary = f"In the busiest hour of all, from {at:%H:%M} UTC on, {calls:,} calls began."
    span = Span([place for place, _ in its], HOUR)
    return _steps(f"The busiest day, {at:%Y-%m-%d}", summary, "calls", span, _calls([tally for _, tally in its]))


def durations(span: Span, tallies: Sequence[Tally]) -> Chart:
    """For how long answered calls were connected."""
    lines = []
    for name, each in (
        ("half of them", [tally.median_seconds for tally in tallies]),
        ("95 % of them", [tally.p95_seconds for tally in tallies]),
    ):
        lines.append(Line(name, each, [messages.seconds(seconds) for seconds in each]))
    summary = "For how many seconds answered calls were connected: half of them, and 95 % of them, no longer than this."
    return _steps(f"How long calls last, by {span.word}", summary, "seconds", span, lines)


def costs(span: Span, tallies: Sequence[Tally]) -> Iterator[Chart]:
    """What calls cost, a chart for each currency."""
    for currency in sorted({cost.currency for tally in tallies for cost in tally.costs}):
        each = [
            sum((Decimal(cost.amount) for cost in tally.costs if cost.currency == currency), Decimal())
            for tally in tallies
        ]
        name = currency or "no currency"
        line = Line(name, [float(cost) for cost in each], [decimal_text(cost) for cost in each])
        summary = f"In all {decimal_text(sum(each, Decimal()))} {name}."
        yield _steps(f"What calls cost, by {span.word}: {name}", summary, name, span, [line])


def _calls(tallies: Sequence[Tally]) -> list[Line]:
    return [Line("calls", [tally.calls for tally in tallies]), Line("answered", [tally.answered for tally in tallies])]


def _steps(title: str, summary: str, up: str, span: Span, lines: Sequence[Line]) -> Chart:
    return Chart(
        title=title,
        summary=summary,
        across="time (UTC)",
        up=up,
        scale=Scale.TIME,
        places=span.places,
        shown=span.shown(),
        lines=lines,
        steps=True,
    )
