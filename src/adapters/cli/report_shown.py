"""How a report of calls is shown to people."""

from collections.abc import Sequence
from typing import Final

from adapters.cli import messages
from adapters.cli.output import Record, Table
from masking.v1 import call_service_pb2 as pb

FIGURES: Final = ("CALLS", "ANSWERED", "SHARE", "CONNECTED", "MEDIAN", "P95", "COST")
_MOST_NUMBERS: Final = 10
_STABLE: Final = ("reason", "outcome")


def report_shown(summary: pb.SummarizeResponse, by: Sequence[str]) -> tuple[Record | Table | str, ...]:
    """The rows and their total, the busiest hour, and the highest peaks."""
    pools = [peak for peak in summary.peaks if not peak.number]
    numbers = sorted((peak for peak in summary.peaks if peak.number), key=lambda peak: -peak.calls)
    more = len(numbers) - _MOST_NUMBERS
    parts: list[Record | Table | str] = [_span(summary), "", _rows(summary, by)]
    if pools:
        parts += ["", peaks_table([*pools, *numbers[:_MOST_NUMBERS]])]
    if more > 0:
        parts.append(f"and {more:,} numbers more: --peaks lists them")
    return tuple(parts)


def peaks_table(peaks: Sequence[pb.SummarizeResponse.Peak]) -> Table:
    """The most calls at once, of pools and numbers."""
    rows = [
        (messages.last_part(peak.pool), peak.number or "all", f"{peak.calls:,}", messages.time(peak.hour))
        for peak in peaks
    ]
    return Table(("POOL", "NUMBER", "AT ONCE", "FIRST IN THE HOUR OF"), rows, "no calls went on")


def _span(summary: pb.SummarizeResponse) -> Record:
    members = [("from", messages.time(summary.begin_time)), ("to", messages.time(summary.end_time))]
    if summary.HasField("busiest_hour"):
        hour = f"{messages.time(summary.busiest_hour)}, {summary.busiest_hour_calls:,} calls"
        members.append(("busiest hour", hour))
    return Record(members)


def _rows(summary: pb.SummarizeResponse, by: Sequence[str]) -> Table:
    rows = [
        (*(_value(*each) for each in zip(by, row.group, strict=True)), *_figures(row.tally)) for row in summary.rows
    ]
    if by and len(rows) > 1:
        rows.append(("all", *[""] * (len(by) - 1), *_figures(summary.total)))
    return Table((*(dimension.upper() for dimension in by), *FIGURES), rows, "no calls")


def _value(dimension: str, value: str) -> str:
    """A row's value as the command line writes it."""
    if dimension == "day":
        return value.partition("T")[0]
    shown = messages.last_part(value) if dimension == "pool" else value
    return (messages.word(shown, "") if dimension in _STABLE else shown) or "none"


def _figures(tally: pb.SummarizeResponse.Tally) -> tuple[str, ...]:
    return (
        f"{tally.calls:,}",
        f"{tally.answered:,}",
        f"{100 * tally.answered / tally.calls:.1f} %" if tally.calls else "",
        messages.seconds(tally.total_seconds),
        messages.seconds(tally.median_seconds),
        messages.seconds(tally.p95_seconds),
        ", ".join(f"{cost.amount} {cost.currency}".rstrip() for cost in tally.costs),
    )
