"""Counting calls: what one hour of a pool comes to, and how hours add up.

An hour is counted from the calls that began in it and from what was carried over: the calls that
began before and still occupied their number. So hours can be counted one by one, and what was
counted is remembered, without a month being counted anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate, chain
from typing import Final, NamedTuple

from masking_core.call_records import CallRecord, Outcome
from masking_core.instants import NEVER, Duration, Instant

Occupied = tuple[str, Instant]
"""A number, and until when a call occupies it."""

_NOTHING: Final = Decimal()


class CallFigures(NamedTuple):
    """What counting needs of a call, and no person. ``seconds`` is how long an answered one was connected, else None.

    A tuple, for there are as many as calls.
    """

    call_id: str
    time: Instant
    dialled: str
    reason: str
    outcome: str
    seconds: int | None
    occupied: Duration
    currency: str
    cost: Decimal | None
    keep_until: Instant


def figures_of(call: CallRecord) -> CallFigures:
    """What counting needs of a call."""
    report = call.report
    reason = str(call.steps[-1].reason) if call.steps else ""
    if report is None:
        told: tuple[str, int | None, Duration, str, Decimal | None] = Outcome.UNKNOWN.value, None, 0, "", None
    else:
        seconds = (report.outbound_seconds or 0) if report.outcome == Outcome.ANSWERED else None
        told = str(report.outcome), seconds, call.occupied, report.currency, report.cost
    return CallFigures(call.call_id, call.time, call.dialled, reason, *told, call.keep_until)


class CountedRow(NamedTuple):
    """Some calls that were answered and ended alike: to one number, or to all when ``dialled`` is empty.

    ``seconds`` tells for how long each answered one was connected, in order; ``costs`` are by
    currency. A tuple, for there are hundreds of thousands in a month.
    """

    dialled: str
    reason: str
    outcome: str
    calls: int
    seconds: tuple[int, ...]
    costs: tuple[tuple[str, Decimal], ...]


@dataclass(slots=True)
class Tally:
    """How many calls, how many of them answered, how long those were, and what all of them cost.

    ``seconds`` tells how many calls were connected for so many whole seconds; ``costs`` are by currency.
    """

    calls: int = 0
    answered: int = 0
    seconds: dict[int, int] = field(default_factory=dict)
    costs: dict[str, Decimal] = field(default_factory=dict)

    def add(self, row: CountedRow) -> None:
        """Add some calls."""
        self.calls += row.calls
        self.answered += len(row.seconds)
        counted = self.seconds
        for seconds in row.seconds:
            counted[seconds] = counted.get(seconds, 0) + 1
        for currency, cost in row.costs:
            self.costs[currency] = self.costs.get(currency, _NOTHING) + cost

    @property
    def total_seconds(self) -> int:
        """How long all answered calls were together."""
        return sum(seconds * calls for seconds, calls in self.seconds.items())

    def percentile(self, share: int) -> int:
        """The seconds that ``share`` of a hundred answered calls did not exceed (nearest rank); 0 for no call."""
        rank = -(-self.answered * share // 100)
        for seconds in sorted(self.seconds):
            rank -= self.seconds[seconds]
            if rank <= 0:
                return seconds
        return 0


@dataclass(frozen=True, slots=True)
class HourCounts:
    """What one hour of a pool comes to.

    ``rows`` are of all its numbers together, ``by_number`` are the same calls told apart by number.
    ``number_peaks`` are the most calls that occupied each number at once, ``pool_peak`` all its
    numbers together. ``carried_in`` and ``carried_out`` are the calls that went on from the hour
    before, and into the next. From ``keep_until`` on some of its calls may be forgotten; 0 says that
    it has none, or was counted before that was noted.
    """

    rows: tuple[CountedRow, ...]
    by_number: tuple[CountedRow, ...]
    number_peaks: dict[str, int]
    pool_peak: int
    carried_in: tuple[Occupied, ...]
    carried_out: tuple[Occupied, ...]
    keep_until: Instant = 0


def count_hour(
    calls: Iterable[CallFigures], carried_in: tuple[Occupied, ...], begin: Instant, end: Instant
) -> HourCounts:
    """Count the calls that began in an hour, beside those carried into it."""
    each: list[CountedRow] = []
    occupied: list[tuple[str, Instant, Instant]] = [(number, begin, until) for number, until in carried_in]
    keep_until = NEVER
    for call in calls:
        each.append(row_of(call))
        keep_until = min(keep_until, call.keep_until)
        if call.occupied:
            occupied.append((call.dialled, call.time, call.time + call.occupied))
    by_number = merged_rows(each)
    return HourCounts(
        merged_rows(CountedRow("", *row[1:]) for row in by_number),
        by_number,
        number_peaks(occupied),
        peak((since, until) for _, since, until in occupied),
        carried_in,
        tuple(sorted((number, until) for number, _, until in occupied if until > end)),
        keep_until if each else 0,
    )


def row_of(call: CallFigures) -> CountedRow:
    """One call."""
    seconds = () if call.seconds is None else (call.seconds,)
    costs = () if call.cost is None else ((call.currency, call.cost),)
    return CountedRow(call.dialled, call.reason, call.outcome, 1, seconds, costs)


def merged_rows(rows: Iterable[CountedRow]) -> tuple[CountedRow, ...]:
    """One row for each number, reason and outcome, in their order."""
    alike: dict[tuple[str, str, str], list[CountedRow]] = {}
    for row in rows:
        alike.setdefault(row[:3], []).append(row)
    return tuple(_together(alike[key]) for key in sorted(alike))


def _together(rows: Sequence[CountedRow]) -> CountedRow:
    if len(rows) == 1:
        return rows[0]
    costs: dict[str, Decimal] = {}
    for currency, cost in chain.from_iterable(row.costs for row in rows):
        costs[currency] = costs.get(currency, _NOTHING) + cost
    seconds = sorted(chain.from_iterable(row.seconds for row in rows))
    return rows[0]._replace(
        calls=sum(row.calls for row in rows), seconds=tuple(seconds), costs=tuple(sorted(costs.items()))
    )


def number_peaks(occupied: Sequence[tuple[str, Instant, Instant]]) -> dict[str, int]:
    """The most that occupied each number at once."""
    spans: dict[str, list[tuple[Instant, Instant]]] = {}
    for number, since, until in occupied:
        spans.setdefault(number, []).append((since, until))
    return {number: 1 if len(each) == 1 else peak(each) for number, each in sorted(spans.items())}


def peak(spans: Iterable[tuple[Instant, Instant]]) -> int:
    """The most spans that overlap; one that ends as another begins does not overlap it."""
    changes = [change for since, until in spans for change in ((since, 1), (until, -1))]
    changes.sort()
    return max(accumulate(step for _, step in changes), default=0)
