"""Counting the calls of a pool hour by hour, each hour once for as long as its calls stay as they are."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Protocol

from masking_core.call_counts import CallFigures, HourCounts, Occupied, count_hour
from masking_core.call_records import CallQuery
from masking_core.day_counts import DayCounts
from masking_core.instants import DAY, HOUR, Clock, Instant
from masking_core.ports.calls import CallCountStore, CallStore, CountedHour

Carried = tuple[Occupied, ...]

_PAGE: Final = 1_000
_LONGEST_CARRIED: Final = DAY
"""How long before the time asked for a call may have begun that still counts as going on."""
_REMEMBERED_TOGETHER: Final = 24


class CountCodec(Protocol):
    """Turns counts into bytes and back.

    What another version of it encoded is None, and so is what is damaged. Rows by number are left
    out unless they are wanted, for they are most of it.
    """

    def encode(self, counts: HourCounts) -> bytes:
        """The counts of an hour as bytes."""
        ...

    def decode(self, data: bytes, *, by_number: bool) -> HourCounts | None:
        """What ``encode`` made of counts."""
        ...

    def encode_day(self, counts: DayCounts) -> bytes:
        """The counts of a day as bytes."""
        ...

    def decode_day(self, data: bytes, *, by_number: bool) -> DayCounts | None:
        """What ``encode_day`` made of counts."""
        ...


class HourCounting:
    """Counts hours, and remembers what it has counted.

    An hour is counted anew when its calls have changed, until the first of them may be forgotten.
    From then on it stays as it was counted last: what is left of its calls is not what they were.
    """

    def __init__(self, calls: CallStore, counts: CallCountStore, codec: CountCodec, clock: Clock) -> None:
        """Take the ports."""
        self._calls = calls
        self._counts = counts
        self._codec = codec
        self._clock = clock

    def hours(
        self, pool: str, begin: Instant, end: Instant, carried: Carried | None = None, *, by_number: bool
    ) -> Iterator[tuple[Instant, HourCounts]]:
        """Every hour in which calls began or went on, counted; of the calls to no pool, for the empty name.

        ``carried`` are the calls that went on from before; None has them looked for.
        """
        looked_back = _LONGEST_CARRIED if carried is None else 0
        hour, fresh = begin, list[CountedHour]()
        for known in (*self._counts.counted_hours(pool, begin - looked_back, end), CountedHour(end, 0)):
            while carried and hour < known.begin:
                quiet = count_hour((), carried, hour, hour + HOUR)
                if hour >= begin:
                    yield hour, quiet
                carried, hour = quiet.carried_out, hour + HOUR
            if len(fresh) == _REMEMBERED_TOGETHER or (fresh and known.begin == end):
                self._counts.put_counts(pool, fresh)
                fresh = []
            if known.begin == end:
                return
            # What was carried into the first hour is asked of nobody: it matters to what is before the time asked for.
            expected = () if carried is None and known.begin >= begin else carried
            counts, counted = self._counted(pool, known, expected, by_number=by_number)
            if counted is not known:
                fresh.append(counted)
            if known.begin >= begin:
                yield known.begin, counts
            carried, hour = counts.carried_out, known.begin + HOUR

    def _counted(
        self, pool: str, known: CountedHour, carried: Carried | None, *, by_number: bool
    ) -> tuple[HourCounts, CountedHour]:
        """What an hour comes to beside those carried into it, or beside any for None; and what to remember of it."""
        counts = self._codec.decode(known.counts, by_number=by_number) if known.counted_version else None
        if counts is not None:
            is_final = 0 < counts.keep_until <= self._clock()
            is_fresh = known.counted_version == known.version
            if is_fresh and (is_final or carried in (None, counts.carried_in)):
                return counts, known
            if is_final:
                return counts, replace(known, counted_version=known.version)
        counts = count_hour(self._began(pool, known.begin), carried or (), known.begin, known.begin + HOUR)
        return counts, replace(known, counted_version=known.version, counts=self._codec.encode(counts))

    def _began(self, pool: str, begin: Instant) -> Iterator[CallFigures]:
        """The calls that began in an hour."""
        query = CallQuery(pool=pool, in_no_pool=not pool, begin=begin, end=begin + HOUR, limit=_PAGE)
        page = self._calls.list_figures(query)
        while page:
            yield from page
            if len(page) < _PAGE:
                return
            page = self._calls.list_figures(replace(query, after=(page[-1].time, page[-1].call_id)))
