"""What the calls of a time come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from masking_core.call_counts import CountedRow, HourCounts, Occupied, Tally, added_up, count_hour
from masking_core.call_records import CallQuery, CallRecord, hour_of
from masking_core.errors import InvalidArgument
from masking_core.instants import DAY, HOUR, Clock, Instant
from masking_core.phone_number import is_e164
from masking_core.ports.calls import CountedHour
from masking_core.ports.numbering import NumberingPlan
from masking_core.ports.store import Store

_PAGE = 1_000
_LONGEST_CARRIED = DAY
"""How long before the time asked for a call may have begun that still counts as going on."""
_MOST_HOURS = 400 * 24


class Dimension(StrEnum):
    """What calls can be told apart by."""

    POOL = "POOL"
    DAY = "DAY"
    HOUR = "HOUR"
    COUNTRY = "COUNTRY"
    NUMBER = "NUMBER"
    REASON = "REASON"
    OUTCOME = "OUTCOME"


class CountCodec(Protocol):
    """Turns counts into bytes and back."""

    def encode(self, counts: HourCounts) -> bytes:
        """The counts as bytes."""
        ...

    def decode(self, data: bytes) -> HourCounts | None:
        """What ``encode`` made of counts, or None for what another version of it made."""
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


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One group: a value for each dimension asked for (DAY and HOUR as instants in decimal), and its calls."""

    group: tuple[str, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Peak:
    """The most calls that went on at once: of a pool, or of one of its numbers; ``number`` is empty for the pool."""

    pool: str
    number: str
    calls: int
    hour: Instant


@dataclass(frozen=True, slots=True)
class Summary:
    """What was asked for. ``total`` counts every call once; ``busiest_hour`` is None when there was no call."""

    begin: Instant
    end: Instant
    rows: tuple[SummaryRow, ...]
    total: Tally
    busiest_hour: Instant | None
    busiest_hour_calls: int
    peaks: tuple[Peak, ...]


class CallSummaries:
    """Adds calls up."""

    def __init__(self, store: Store, plan: NumberingPlan, codec: CountCodec, clock: Clock) -> None:
        """Take the ports."""
        self._clock = clock
        self._store = store
        self._plan = plan
        self._codec = codec

    def summarize(self, request: SummaryRequest) -> Summary:
        """Add the calls up; the hours that have changed since they were last counted are counted anew."""
        request.check()
        begin, end = hour_of(request.begin), hour_of(request.end - 1) + HOUR
        countries: dict[str, str] = {}
        tallies: list[tuple[tuple[str, ...], Tally]] = []
        by_hour: dict[Instant, int] = {}
        peaks: dict[tuple[str, str], Peak] = {}
        for pool in request.pools or (*self._pools(), ""):
            for hour, counts in self._hours(pool, begin, end):
                for row in counts.rows:
                    tallies.append((self._group(request, pool, hour, row, countries), row.tally))
                    by_hour[hour] = by_hour.get(hour, 0) + row.tally.calls
                for number, calls in (("", counts.pool_peak), *counts.number_peaks.items()):
                    known = peaks.get((pool, number))
                    if calls and (known is None or known.calls < calls):
                        peaks[pool, number] = Peak(pool, number, calls, hour)
        total = added_up(((), tally) for _, tally in tallies).get((), Tally())
        busiest = max(by_hour, key=lambda hour: (by_hour[hour], -hour), default=None)
        return Summary(
            begin,
            end,
            tuple(SummaryRow(group, tally) for group, tally in added_up(tallies).items()),
            total,
            busiest,
            0 if busiest is None else by_hour[busiest],
            tuple(peaks[key] for key in sorted(peaks) if key[0]),
        )

    def count_finished(self) -> int:
        """Count the last day's hours that are over, so that no reader waits for it, and return how many they are."""
        now, counted = self._clock(), 0
        for pool in (*self._pools(), ""):
            counted += sum(1 for _ in self._hours(pool, hour_of(now) - DAY, hour_of(now)))
        return counted

    def _pools(self) -> Iterator[str]:
        after = ""
        while page := self._store.list_pools(after, _PAGE):
            yield from (pool.name for pool in page)
            after = page[-1].name

    def _hours(self, pool: str, begin: Instant, end: Instant) -> Iterator[tuple[Instant, HourCounts]]:
        """Every hour in which calls began or went on, counted."""
        carried: tuple[Occupied, ...] = ()
        known = {hour.begin: hour for hour in self._store.counted_hours(pool, begin - _LONGEST_CARRIED, end)}
        hour = min(known, default=end)
        while hour < end:
            counts = self._counted(pool, known.get(hour, CountedHour(hour, 0)), carried)
            carried = counts.carried_out
            if hour >= begin:
                yield hour, counts
            hour += HOUR
            if not carried:
                hour = min((each for each in known if each >= hour), default=end)

    def _counted(self, pool: str, hour: CountedHour, carried: tuple[Occupied, ...]) -> HourCounts:
        if hour.version and hour.counted_version == hour.version:
            counts = self._codec.decode(hour.counts)
            if counts is not None and counts.carried_in == carried:
                return counts
        calls = self._calls(pool, hour.begin) if hour.version else iter(())
        counts = count_hour(calls, carried, hour.begin, hour.begin + HOUR)
        if hour.version:
            self._store.put_counts(pool, replace(hour, counted_version=hour.version, counts=self._codec.encode(counts)))
        return counts

    def _calls(self, pool: str, begin: Instant) -> Iterator[CallRecord]:
        query = CallQuery(pool=pool, begin=begin, end=begin + HOUR, limit=_PAGE)
        while page := self._store.list_calls(query):
            yield from (call for call in page if call.pool == pool)
            query = replace(query, after=(page[-1].time, page[-1].call_id))

    def _group(
        self, request: SummaryRequest, pool: str, hour: Instant, row: CountedRow, countries: dict[str, str]
    ) -> tuple[str, ...]:
        values = {
            Dimension.POOL: pool,
            Dimension.DAY: str(hour - hour % DAY),
            Dimension.HOUR: str(hour),
            Dimension.NUMBER: row.dialled,
            Dimension.REASON: row.reason,
            Dimension.OUTCOME: row.outcome,
        }
        if Dimension.COUNTRY in request.dimensions:
            values[Dimension.COUNTRY] = self._country(row.dialled, countries)
        return tuple(values[dimension] for dimension in request.dimensions)

    def _country(self, number: str, known: dict[str, str]) -> str:
        if number not in known:
            known[number] = self._plan.describe(number).country if is_e164(number) else ""
        return known[number]


def rows_by(summary: Summary, position: int) -> Sequence[str]:
    """The different values that the groups have at one position, in order."""
    return sorted({row.group[position] for row in summary.rows})
