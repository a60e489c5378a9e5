"""Counting calls: what one hour of a pool comes to, and how hours add up.

An hour is counted from the calls that began in it and from what was carried over: the calls that
began before and still occupied their number. So hours can be counted one by one, and what was
counted is remembered, without a month being counted anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from masking_core.call_records import CallRecord, Outcome
from masking_core.instants import Instant

Occupied = tuple[str, Instant]
"""A number, and until when a call occupies it."""


@dataclass(slots=True)
class Tally:
    """How many calls, how many of them answered, how long those were, and what all of them cost.

    ``seconds`` tells how many calls were connected for so many whole seconds; ``costs`` are by currency.
    """

    calls: int = 0
    answered: int = 0
    seconds: dict[int, int] = field(default_factory=dict)
    costs: dict[str, Decimal] = field(default_factory=dict)

    def count(self, call: CallRecord) -> None:
        """Add one call."""
        self.calls += 1
        report = call.report
        if report is None:
            return
        if report.outcome is Outcome.ANSWERED:
            self.answered += 1
            seconds = report.outbound_seconds or 0
            self.seconds[seconds] = self.seconds.get(seconds, 0) + 1
        if report.cost is not None:
            self.costs[report.currency] = self.costs.get(report.currency, Decimal()) + report.cost

    def add(self, other: "Tally") -> None:
        """Add what others counted."""
        self.calls += other.calls
        self.answered += other.answered
        for seconds, calls in other.seconds.items():
            self.seconds[seconds] = self.seconds.get(seconds, 0) + calls
        for currency, cost in other.costs.items():
            self.costs[currency] = self.costs.get(currency, Decimal()) + cost

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
class CountedRow:
    """The calls of one hour to one number that were answered and ended alike."""

    dialled: str
    reason: str
    outcome: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class HourCounts:
    """What one hour of a pool comes to.

    ``number_peaks`` are the most calls that occupied each number at once, ``pool_peak`` all its
    numbers together. ``carried_in`` and ``carried_out`` are the calls that went on from the hour
    before, and into the next.
    """

    rows: tuple[CountedRow, ...]
    number_peaks: dict[str, int]
    pool_peak: int
    carried_in: tuple[Occupied, ...]
    carried_out: tuple[Occupied, ...]


def count_hour(
    calls: Iterable[CallRecord], carried_in: tuple[Occupied, ...], begin: Instant, end: Instant
) -> HourCounts:
    """Count the calls that began in an hour, beside those carried into it."""
    tallies: dict[tuple[str, str, str], Tally] = {}
    occupied: list[tuple[str, Instant, Instant]] = [(number, begin, until) for number, until in carried_in]
    for call in calls:
        key = (call.dialled, "" if call.reason is None else call.reason.value, call.outcome.value)
        tallies.setdefault(key, Tally()).count(call)
        if call.occupied:
            occupied.append((call.dialled, call.time, call.time + call.occupied))
    return HourCounts(
        tuple(CountedRow(*key, tally) for key, tally in sorted(tallies.items())),
        number_peaks(occupied),
        peak((since, until) for _, since, until in occupied),
        carried_in,
        tuple(sorted((number, until) for number, _, until in occupied if until > end)),
    )


def number_peaks(occupied: Sequence[tuple[str, Instant, Instant]]) -> dict[str, int]:
    """The most that occupied each number at once."""
    spans: dict[str, list[tuple[Instant, Instant]]] = {}
    for number, since, until in occupied:
        spans.setdefault(number, []).append((since, until))
    return {number: peak(each) for number, each in sorted(spans.items())}


def peak(spans: Iterable[tuple[Instant, Instant]]) -> int:
    """The most spans that overlap; one that ends as another begins does not overlap it."""
    changes: Counter[tuple[Instant, int]] = Counter()
    for since, until in spans:
        changes[since, 1] += 1
        changes[until, -1] += 1
    highest = running = 0
    for (_, step), count in sorted(changes.items()):
        running += step * count
        highest = max(highest, running)
    return highest


def added_up(tallies: Iterable[tuple[tuple[str, ...], Tally]]) -> Mapping[tuple[str, ...], Tally]:
    """One tally for each group, in the order of the groups."""
    groups: dict[tuple[str, ...], Tally] = {}
    for group, tally in tallies:
        groups.setdefault(group, Tally()).add(tally)
    return dict(sorted(groups.items()))
