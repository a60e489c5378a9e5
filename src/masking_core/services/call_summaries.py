"""What the calls of a time come to."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from masking_core.call_counts import HourCounts, Occupied, count_hour
from masking_core.call_records import CallQuery, CallRecord, hour_of
from masking_core.errors import InvalidArgument
from masking_core.instants import DAY, HOUR, Clock, Instant
from masking_core.phone_number import is_e164
from masking_core.ports.calls import CountedHour
from masking_core.ports.numbering import NumberingPlan
from masking_core.ports.store import Store
from masking_core.summaries import Adding, Dimension, Summary

_PAGE = 1_000
_LONGEST_CARRIED = DAY
"""How long before the time asked for a call may have begun that still counts as going on."""
_MOST_HOURS = 400 * 24
_LOOKED_BACK = 35 * DAY


class CountCodec(Protocol):
    """Turns counts into bytes and back."""

    def encode(self, counts: HourCounts) -> bytes:
        """The counts as bytes."""
        ...

    def decode(self, data: bytes, *, by_number: bool) -> HourCounts | None:
        """What ``encode`` made of counts, or None for what another version of it made.

        Its rows by number are left out unless they are wanted, for they are most of it.
        """
        ...


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
        self._codec = codec
        self._caught_up = False

    def summarize(self, request: SummaryRequest) -> Summary:
        """Add the calls up; the hours that have changed since they were last counted are counted anew."""
        request.check()
        begin, end = hour_of(request.begin), hour_of(request.end - 1) + HOUR
        adding = Adding(request.dimensions, self._country)
        for pool in request.pools or (*self._pools(), ""):
            for hour, counts in self._hours(pool, begin, end, by_number=adding.by_number):
                adding.add(pool, hour, counts)
        return adding.summary(begin, end)

    def count_finished(self) -> int:
        """Count the last day's hours that are over, so that no reader waits for it, and return how many they are.

        The first time it looks back over a month, for hours that nobody counted: those of a store
        that was copied, say.
        """
        now, counted = self._clock(), 0
        begin = hour_of(now) - (DAY if self._caught_up else _LOOKED_BACK)
        for pool in (*self._pools(), ""):
            counted += sum(1 for _ in self._hours(pool, begin, hour_of(now), by_number=False))
        self._caught_up = True
        return counted

    def _pools(self) -> Iterator[str]:
        after = ""
        while page := self._store.list_pools(after, _PAGE):
            yield from (pool.name for pool in page)
            after = page[-1].name

    def _hours(
        self, pool: str, begin: Instant, end: Instant, *, by_number: bool
    ) -> Iterator[tuple[Instant, HourCounts]]:
        """Every hour in which calls began or went on, counted."""
        carried: tuple[Occupied, ...] = ()
        hour = begin
        for known in (*self._store.counted_hours(pool, begin - _LONGEST_CARRIED, end), CountedHour(end, 0)):
            while carried and hour < known.begin:
                counts = count_hour((), carried, hour, hour + HOUR)
                if hour >= begin:
                    yield hour, counts
                carried, hour = counts.carried_out, hour + HOUR
            if known.begin == end:
                return
            counts = self._counted(pool, known, carried, by_number=by_number)
            if known.begin >= begin:
                yield known.begin, counts
            carried, hour = counts.carried_out, known.begin + HOUR

    def _counted(self, pool: str, hour: CountedHour, carried: tuple[Occupied, ...], *, by_number: bool) -> HourCounts:
        if hour.counted_version == hour.version:
            known = self._codec.decode(hour.counts, by_number=by_number)
            if known is not None and known.carried_in == carried:
                return known
        counts = count_hour(self._calls(pool, hour.begin), carried, hour.begin, hour.begin + HOUR)
        self._store.put_counts(pool, replace(hour, counted_version=hour.version, counts=self._codec.encode(counts)))
        return counts

    def _calls(self, pool: str, begin: Instant) -> Iterator[CallRecord]:
        query = CallQuery(pool=pool, begin=begin, end=begin + HOUR, limit=_PAGE)
        while page := self._store.list_calls(query):
            yield from (call for call in page if call.pool == pool)
            query = replace(query, after=(page[-1].time, page[-1].call_id))

    def _country(self, number: str) -> str:
        return self._plan.describe(number).country if is_e164(number) else ""
