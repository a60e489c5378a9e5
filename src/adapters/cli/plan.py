"""``masking plan``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from adapters.cli.chart_file import check_charts
from adapters.cli.options import json_option
from adapters.cli.output import Record, Table, note, show
from adapters.cli.plan_charts import write_charts
from adapters.cli.plan_document import plan_document
from adapters.cli.plan_made import make_plan
from adapters.cli.plan_options import plan_options
from adapters.cli.plan_shown import country_table, described, shortage_table
from adapters.cli.plan_source import microseconds, read_source
from adapters.cli.progress import progress_bar
from masking_core.planning.capacity import CallFigures
from masking_core.planning.plan import Rental


@click.command
@plan_options
@json_option
def plan(*, chart: Path | None, replay: bool, as_json: bool, **given: Any) -> None:
    """Work out how many numbers a pool takes, and what happens with fewer.

    From past or expected sessions in a file, from a few figures, or from what the store remembers of
    a pool. Two limits hold: a participant needs another number for each session it is in at once, and
    a number carries only so many calls.
    """
    if chart is not None:
        check_charts()
    calls, rental = _calls(given), Rental(given["buffer"], _prices(given))
    with progress_bar() as advance:
        source = read_source(given, calls, advance)
        made = make_plan(source, calls, rental, replay=replay, advance=advance)
    if chart is not None:
        write_charts(made, chart)
    parts: list[Table | Record | str] = [described(made), "", country_table(made)]
    if made.shortages:
        parts += ["", "With fewer numbers, by replay:", shortage_table(made.shortages)]
    show(plan_document(made), *parts, as_json=as_json)
    if chart is not None:
        note(f"made {chart}")


def _calls(given: Mapping[str, Any]) -> CallFigures:
    if not 0 < given["blocking"] < 1:
        raise click.UsageError("--blocking is more than nothing and less than 100%")
    return CallFigures(
        calls_per_session=float(given["calls_per_session"]),
        call_length=microseconds(given["call_length"]),
        calls_at_once=given["calls_at_once"],
        blocking=float(given["blocking"]),
    )


def _prices(given: Mapping[str, Any]) -> dict[str, Any]:
    if len({country for country, _ in given["price"]}) < len(given["price"]):
        raise click.UsageError("each country has one --price")
    return dict(given["price"])
