"""A report of calls as CSV: the values as the server gives them, a column for each currency."""

import csv
import io
from collections.abc import Iterable, Sequence

from adapters.cli import messages
from masking.v1 import call_service_pb2 as pb

_FIGURES = ("calls", "answered", "total_seconds", "median_seconds", "p95_seconds")
_PEAKS = ("pool", "number", "calls", "hour")


def rows_csv(summary: pb.SummarizeResponse, by: Sequence[str]) -> str:
    """The rows under a header line; durations are in seconds."""
    currencies = [cost.currency for cost in summary.total.costs]
    return _written(
        (*by, *_FIGURES, *(f"cost_{currency}" for currency in currencies)),
        (
            (*row.group, *(getattr(row.tally, name) for name in _FIGURES), *_costs(row.tally, currencies))
            for row in summary.rows
        ),
    )


def peaks_csv(summary: pb.SummarizeResponse) -> str:
    """The peaks under a header line; the number is empty for a whole pool."""
    return _written(_PEAKS, ((peak.pool, peak.number, peak.calls, messages.time(peak.hour)) for peak in summary.peaks))


def _costs(tally: pb.SummarizeResponse.Tally, currencies: Sequence[str]) -> list[str]:
    amounts = {cost.currency: cost.amount for cost in tally.costs}
    return [amounts.get(currency, "0") for currency in currencies]


def _written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
