"""The page that shows what calls come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.charts.chart import Bars, Chart, ValueTable
from adapters.charts.page import page
from adapters.cli import messages
from adapters.cli.report_bars import by_country, by_pool, by_reason, number_peaks, pool_peaks
from adapters.cli.report_curves import busiest_day, costs, durations, hours_of_day, over_time
from adapters.cli.report_spans import DAY, HOUR, Span, places
from masking.v1 import call_service_pb2 as pb

_BY_HOUR_UP_TO: Final = 4 * DAY
_TITLE: Final = "Calls"


@dataclass(frozen=True, slots=True)
class Summaries:
    """What the same calls come to by hour, by day, by reason with outcome, by pool and by country."""

    hours: pb.SummarizeResponse
    days: pb.SummarizeResponse
    reasons: pb.SummarizeResponse
    pools: pb.SummarizeResponse
    countries: pb.SummarizeResponse


PARTS: Final = (("hour",), ("day",), ("reason", "outcome"), ("pool",), ("country",))
"""The dimensions of each, in their order."""


def report_page(summaries: Summaries, pools: Sequence[str]) -> str:
    """The page of HTML; ``pools`` are those that were asked for, none for all. Raises PlotMissingError."""
    whole = summaries.hours
    lead = f"From {messages.time(whole.begin_time)} to {messages.time(whole.end_time)}"
    lead += f", to numbers of {', '.join(map(messages.last_part, pools))}." if pools else ", to any number."
    return page(_TITLE, lead, [_at_a_glance(whole)], list(_charts(summaries)) if whole.total.calls else [])


def _charts(summaries: Summaries) -> Iterator[Chart | Bars]:
    whole = summaries.hours
    length = whole.end_time.seconds - whole.begin_time.seconds
    short = length <= _BY_HOUR_UP_TO
    span = Span(places(whole, HOUR if short else DAY), HOUR if short else DAY)
    tallies = span.tallies(whole if short else summaries.days)
    hourly = Span(places(whole, HOUR), HOUR)
    yield over_time(span, tallies)
    if length > DAY:
        yield hours_of_day(hourly, hourly.tallies(whole))
    if not short:
        yield busiest_day(hourly, hourly.tallies(whole), whole.busiest_hour.seconds)
    yield by_reason(summaries.reasons)
    yield from by_pool(summaries.pools)
    yield from by_country(summaries.countries)
    yield durations(span, tallies)
    yield from costs(span, tallies)
    yield from pool_peaks(whole.peaks)
    yield from number_peaks(whole.peaks)


def _at_a_glance(whole: pb.SummarizeResponse) -> ValueTable:
    total = whole.total
    rows = [("calls", f"{total.calls:,}"), ("answered", f"{total.answered:,}")]
    if total.calls:
        rows.append(("share answered", f"{100 * total.answered / total.calls:.1f} %"))
    if total.answered:
        rows += [
            ("connected in all", messages.seconds(total.total_seconds)),
            ("half were connected for at most", messages.seconds(total.median_seconds)),
            ("95 % were connected for at most", messages.seconds(total.p95_seconds)),
        ]
    rows += [("cost", f"{cost.amount} {cost.currency}".rstrip()) for cost in total.costs]
    if whole.HasField("busiest_hour"):
        rows.append(("busiest hour", messages.time(whole.busiest_hour)))
        rows.append(("calls in it", f"{whole.busiest_hour_calls:,}"))
    return ValueTable("At a glance", ("what", "figure"), rows)
