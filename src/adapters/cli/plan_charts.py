"""The charts of a plan, and the file they are written to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from adapters.charts.chart import Chart, Line, Scale, ValueTable
from adapters.charts.drawing import png
from adapters.charts.page import page
from adapters.cli.chart_file import write_chart
from adapters.cli.output import Record, Table
from adapters.cli.plan_made import Plan
from adapters.cli.plan_shown import country_table, described, shortage_table
from adapters.cli.plan_texts import moment, share
from masking_core.instants import SECOND
from masking_core.planning.capacity import capacity
from masking_core.planning.peaks import use_over_time

_TITLE = "How many numbers"
_BLOCKING = (0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1)
_STRETCHES = 48


def write_charts(plan: Plan, path: Path) -> None:
    """Write the plan to a page of HTML, or its charts to a picture. Raises CommandError."""
    charts = list(_charts(plan))
    if path.suffix.lower() == ".png":
        written = png(charts)
    else:
        written = page(_TITLE, _lead(described(plan)), list(_tables(plan)), charts).encode()
    write_chart(path, written)


def _lead(record: Record) -> str:
    return ". ".join(f"{name.capitalize()}: {text}" for name, text in record.members) + "."


def _tables(plan: Plan) -> Iterator[ValueTable]:
    yield _readable("What it takes", country_table(plan))
    if plan.shortages:
        yield _readable(
            "With fewer numbers: shares of openings, and of calls in the busiest hour", shortage_table(plan.shortages)
        )


def _readable(caption: str, table: Table) -> ValueTable:
    return ValueTable(caption, [column.capitalize() for column in table.columns], table.rows)


def _charts(plan: Plan) -> Iterator[Chart]:
    yield _against_blocking(plan)
    uses = use_over_time(plan.source.sessions, plan.source.policy.cool_off, _STRETCHES)
    over_time = Chart(
        title="Numbers in use over time",
        summary="How many numbers must differ: the most pairs that one participant holds, cool-off counted.",
        across="time (UTC)",
        up="numbers",
        scale=Scale.TIME,
        places=[use.start / SECOND for use in uses],
        shown=[moment(use.start) for use in uses],
        lines=[
            Line(country.country or "numbers", [use.fullest.get(country.country, 0) for use in uses])
            for country in plan.countries
        ],
        steps=True,
    )
    yield over_time
    if not plan.source.sample:
        lines = [Line("sessions", [use.sessions for use in uses])]
        summary = "The most sessions that run at once."
        yield replace(over_time, title="Sessions over time", summary=summary, up="sessions at once", lines=lines)


def _against_blocking(plan: Plan) -> Chart:
    shares = sorted({*_BLOCKING, plan.calls.blocking})
    lines = [
        Line(
            country.country or "numbers",
            [
                max(
                    country.distinct,
                    capacity(country.capacity.traffic, replace(plan.calls, blocking=lost)).numbers,
                )
                for lost in shares
            ],
        )
        for country in plan.countries
    ]
    return Chart(
        title="Numbers needed against blocking",
        summary="The more calls may find their number busy, the fewer numbers it takes, until distinctness binds.",
        across="calls that find their number busy",
        up="numbers needed",
        scale=Scale.SHARE,
        places=shares,
        shown=[share(lost) for lost in shares],
        lines=lines,
    )
