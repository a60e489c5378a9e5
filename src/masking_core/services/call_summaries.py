"""What the calls of a time come to."""

from collections.abc import Iterator
from dataclasses import dataclass

from masking_core.call_counts import HourCounts
from masking_core.call_records import hour_of
from masking_core.day_counts import DayCounts
from masking_core.errors import InvalidArgument
from masking_core.instants import DAY, HOUR, Clock, Instant
from masking_core.phone_number import is_e164
from masking_core.ports.numbering import NumberingPlan
from masking_core.ports.store import Store
from masking_core.services.day_counting import DayCounting, Span
from masking_core.services.hour_counting import CountCodec, HourCounting
from masking_core.summaries import Adding, Dimension, Summary

_PAGE = 1_000
_MOST_HOURS = 400 * 24
_LOOKED_BACK = 35 * DAY


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """Which calls to add up: those of ``pools`` (all when empty) that began from ``begin`` to before ``end``.

    Both are taken to the full hour outwards. Without ``dimensions`` there is one row.
    """

    begin: Instant
    end: Instant
    pools: tuple[str, ...] = ()
    dimensions: tuple[Dimension, ...] = ()

    def check(self) -> None:
        """Raise InvalidArgument naming the field."""
        if self.begin < 0:
            raise InvalidArgument("begin_time", "must not lie before 1970")
        if self.end <= self.begin:
            raise InvalidArgument("end_time", "must lie after begin_time")
        if self.end - self.begin > _MOST_HOURS * HOUR:
            raise InvalidArgument("end_time", "must not lie more than 400 days after begin_time")
        if len(set(self.dimensions)) != len(self.dimensions):
            raise InvalidArgument("group_by", "names a dimension twice")


class CallSummaries:
    """Adds calls up."""

    def __init__(self, store: Store, plan: NumberingPlan, codec: CountCodec, clock: Clock) -> None:
        """Take the ports."""
        self._clock = clock
        self._store = store
        self._plan = plan
        self._hours = HourCounting(store, store, codec, clock)
        self._days = DayCounting(self._hours, store, codec)
        self._caught_up = False

    def summarize(self, request: SummaryRequest) -> Summary:
        """Add the calls up; the hours that have changed since they were last counted are counted anew.

        What was counted is remembered as it goes, a day's hours at a time: when a first look at many
        hours is cut short, the next one goes on from there. Only what is told apart by hour is added
        up of hours; else whole days are.
        """
        request.check()
        begin, end = hour_of(request.begin), hour_of(request.end - 1) + HOUR
        adding = Adding(request.dimensions, self._country)
        for pool in request.pools or (*self._pools(), ""):
            for time, counts in self._spans(pool, begin, end, adding):
                adding.add(pool, time, counts)
        return adding.summary(begin, end)

    def _spans(self, pool: str, begin: Instant, end: Instant, adding: Adding) -> Iterator[Span]:
        if adding.by_hour:
            return self._hours.hours(pool, begin, end, by_number=adding.by_number)
        return self._days.spans(pool, begin, end, by_number=adding.by_number)

    def count_finished(self) -> int:
        """Count the hours of yesterday and today that are over, so that no reader waits for it, and tell how many.

        The first time it looks back over a month, for hours that nobody counted: those of a store
        that was copied, say.
        """
        end, counted = hour_of(self._clock()), 0
        begin = end - end % DAY - (DAY if self._caught_up else _LOOKED_BACK)
        for pool in (*self._pools(), ""):
            counted += sum(_hours_in(counts) for _, counts in self._days.spans(pool, begin, end, by_number=False))
        self._caught_up = True
        return counted

    def _pools(self) -> Iterator[str]:
        after = ""
        while page := self._store.list_pools(after, _PAGE):
            yield from (pool.name for pool in page)
            after = page[-1].name

    def _country(self, number: str) -> str:
        return self._plan.describe(number).country if is_e164(number) else ""


def _hours_in(counts: HourCounts | DayCounts) -> int:
    return len(counts.calls) if isinstance(counts, DayCounts) else 1
