"""What calls come to, found out by looking at every one of them for every question."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from adapters.numbering import PhonenumbersPlan
from masking_core.call_counts import Tally
from masking_core.call_records import CallRecord, Outcome, hour_of
from masking_core.instants import DAY, Instant
from masking_core.summaries import Dimension, Peak, Summary, SummaryRow


def summary_of(calls: Sequence[CallRecord], begin: Instant, end: Instant, dimensions: Sequence[Dimension]) -> Summary:
    """What must be told of the calls between two full hours."""
    began = [call for call in calls if begin <= call.time < end]
    total, rows, hours = Tally(), dict[tuple[str, ...], Tally](), Counter[Instant]()
    for call in began:
        group = tuple(_VALUES[dimension](call) for dimension in dimensions)
        for tally in (total, rows.setdefault(group, Tally())):
            _add(tally, call)
        hours[hour_of(call.time)] += 1
    busiest = min(hours, key=lambda hour: (-hours[hour], hour), default=None)
    peaks = tuple(_peaks([call for call in calls if call.time < end], begin))
    grouped = tuple(SummaryRow(group, rows[group]) for group in sorted(rows))
    return Summary(begin, end, grouped, total, busiest, 0 if busiest is None else hours[busiest], peaks)


_VALUES: Mapping[Dimension, Callable[[CallRecord], str]] = {
    Dimension.POOL: lambda call: call.pool,
    Dimension.DAY: lambda call: str(call.time - call.time % DAY),
    Dimension.HOUR: lambda call: str(hour_of(call.time)),
    Dimension.COUNTRY: lambda call: PhonenumbersPlan().describe(call.dialled).country,
    Dimension.NUMBER: lambda call: call.dialled,
    Dimension.REASON: lambda call: call.reason or "",
    Dimension.OUTCOME: lambda call: call.outcome,
}


def _add(tally: Tally, call: CallRecord) -> None:
    report = call.report
    tally.calls += 1
    if report is not None and report.outcome is Outcome.ANSWERED:
        seconds = report.outbound_seconds or 0
        tally.answered += 1
        tally.seconds[seconds] = tally.seconds.get(seconds, 0) + 1
    if report is not None and report.cost is not None:
        tally.costs[report.currency] = tally.costs.get(report.currency, 0 * report.cost) + report.cost


def _peaks(calls: Sequence[CallRecord], begin: Instant) -> Iterator[Peak]:
    """The most calls at once of each pool and number, from ``begin`` on, and the hour in which that was first."""
    going = [call for call in calls if call.occupied and call.pool and call.time + call.occupied > begin]
    subjects = {(call.pool, number) for call in going for number in ("", call.dialled)}
    for pool, number in sorted(subjects):
        spans = [
            (max(call.time, begin), call.time + call.occupied)
            for call in going
            if call.pool == pool and number in ("", call.dialled)
        ]
        at_once = {moment: _going_on(spans, moment) for moment, _ in spans}
        first = min(at_once, key=lambda moment: (-at_once[moment], moment))
        yield Peak(pool, number, at_once[first], hour_of(first))


def _going_on(spans: Iterable[tuple[Instant, Instant]], moment: Instant) -> int:
    return sum(since <= moment < until for since, until in spans)
