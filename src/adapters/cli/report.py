"""``masking report``."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click

from adapters.cli import messages
from adapters.cli.chart_file import check_charts, write_chart
from adapters.cli.client import Server, connected
from adapters.cli.options import server_options
from adapters.cli.output import say, show
from adapters.cli.report_csv import peaks_csv, rows_csv
from adapters.cli.report_page import PARTS, Summaries, report_page
from adapters.cli.report_shown import peaks_table, report_shown
from adapters.cli.time_options import Span, span_of, time_options
from masking.v1 import call_service_pb2 as pb

_DIMENSIONS: Final = {
    messages.word(name, "DIMENSION_"): value
    for name, value in pb.SummarizeRequest.Dimension.items()
    if value != pb.SummarizeRequest.DIMENSION_UNSPECIFIED
}
_USUAL: Final = timedelta(days=7)


@click.command
@click.option(
    "--by",
    type=click.Choice(list(_DIMENSIONS)),
    multiple=True,
    help="A row for each pool, day, …; again to tell apart by both.",
)
@click.option("--pool", "pools", multiple=True, help="Calls to numbers of this pool; again for more.  [default: all]")
@time_options
@click.option("--peaks", is_flag=True, help="Only the most calls that went on at once, of each pool and number.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Also write a page with plots to this file."
)
@server_options
def report(
    *,
    by: tuple[str, ...],
    pools: tuple[str, ...],
    begin: datetime | None,
    end: datetime | None,
    last: timedelta | None,
    peaks: bool,
    as_csv: bool,
    html: Path | None,
    server: str | None,
    as_json: bool,
) -> None:
    """Add up the calls of a time, taken to full hours; of the last 7 days unless an option says otherwise.

    Durations are those of answered calls. Days and hours are UTC's.
    """
    if as_csv and as_json:
        raise click.UsageError("give either --csv or --json")
    if html is not None:
        check_charts()
    span = span_of(begin, end, _USUAL if last is None and begin is None and end is None else last)
    with connected(server) as masking:
        summary = summarize(masking, span, pools, by)
        if html is not None:
            whole = summary.begin_time.ToDatetime(UTC), summary.end_time.ToDatetime(UTC)
            parts = Summaries(*(summarize(masking, whole, pools, part) for part in PARTS))
            write_chart(html, report_page(parts, pools).encode())
    if as_csv:
        say((peaks_csv(summary) if peaks else rows_csv(summary, by)).rstrip("\n"))
        return
    shown = (peaks_table(summary.peaks),) if peaks else report_shown(summary, by)
    show(messages.document(summary), *shown, as_json=as_json)


def summarize(masking: Server, span: Span, pools: Sequence[str], by: Sequence[str]) -> pb.SummarizeResponse:
    """What the calls of these pools, all when empty, come to in the span; ``by`` names dimensions.

    Raises UsageError for a span without a beginning.
    """
    begin, end = span
    if begin is None:
        raise click.UsageError("give --from with --to, or --last")
    return masking.calls.Summarize(
        pb.SummarizeRequest(
            begin_time=messages.timestamp(begin),
            end_time=messages.timestamp(datetime.now(UTC) if end is None else end),
            pools=[messages.as_name("pools", pool) for pool in pools],
            group_by=[_DIMENSIONS[each] for each in by],
        )
    )
