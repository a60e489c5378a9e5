"""Counting the calls of a pool day by day where whole days are asked for, each put together of its hours once."""

from collections.abc import Generator, Iterator, Mapping

from masking_core.call_counts import HourCounts
from masking_core.day_counts import DayCounts, day_of
from masking_core.instants import DAY, HOUR, Instant
from masking_core.ports.calls import CallCountStore, CountedDay
from masking_core.services.hour_counting import Carried, CountCodec, HourCounting

Span = tuple[Instant, HourCounts | DayCounts]
"""When an hour or a day begins, and what it comes to."""


class DayCounting:
    """Puts hours together to days, and remembers what they come to for as long as none of them changes."""

    def __init__(self, hours: HourCounting, counts: CallCountStore, codec: CountCodec) -> None:
        """Take what counts hours, and the ports."""
        self._hours = hours
        self._counts = counts
        self._codec = codec

    def spans(self, pool: str, begin: Instant, end: Instant, *, by_number: bool) -> Iterator[Span]:
        """The hours and the days that make up the time asked for, in order: days wherever they are whole."""
        first, last = -(-begin // DAY) * DAY, end // DAY * DAY
        if first >= last:
            yield from self._hours.hours(pool, begin, end, by_number=by_number)
            return
        carried = yield from self._by_hours(pool, begin, first, None, by_number=by_number)
        carried = yield from self._by_days(pool, first, last, carried, by_number=by_number)
        yield from self._by_hours(pool, last, end, carried, by_number=by_number)

    def _by_hours(
        self, pool: str, begin: Instant, end: Instant, carried: Carried | None, *, by_number: bool
    ) -> Generator[Span, None, Carried | None]:
        """The hours of less than a day; what is carried out of them is returned."""
        left = carried if begin == end else ()
        for hour, counts in self._hours.hours(pool, begin, end, carried, by_number=by_number) if begin < end else ():
            yield hour, counts
            left = counts.carried_out if hour == end - HOUR else ()
        return left

    def _by_days(
        self, pool: str, first: Instant, last: Instant, carried: Carried | None, *, by_number: bool
    ) -> Generator[Span, None, Carried | None]:
        """Whole days; what is carried out of them is returned."""
        known = {day.begin: day for day in self._counts.counted_days(pool, first - DAY, last)}
        if carried is None:
            carried = self._carried_into(first, known)
        for begin in range(first, last, DAY):
            day = known.get(begin, CountedDay(begin, 0))
            if not day.version and carried == ():
                continue
            counts = self._remembered(day, carried, by_number=by_number) or self._put_together(pool, day, carried)
            yield begin, counts
            carried = counts.carried_out
        return carried

    def _carried_into(self, first: Instant, known: Mapping[Instant, CountedDay]) -> Carried | None:
        """What the day before carries into the first one; None where that must be looked for in its hours."""
        before = known.get(first - DAY)
        if before is None:
            return ()
        counts = self._decoded(before, by_number=False)
        return None if counts is None else counts.carried_out

    def _remembered(self, day: CountedDay, carried: Carried | None, *, by_number: bool) -> DayCounts | None:
        """What was put together of the day as it is now, beside those carried into it."""
        counts = self._decoded(day, by_number=by_number)
        return counts if counts is not None and counts.carried_in == carried else None

    def _decoded(self, day: CountedDay, *, by_number: bool) -> DayCounts | None:
        is_fresh = day.version and day.counted_version == day.version
        return self._codec.decode_day(day.counts, by_number=by_number) if is_fresh else None

    def _put_together(self, pool: str, day: CountedDay, carried: Carried | None) -> DayCounts:
        """What the hours of a day come to, which is remembered."""
        begin, end = day.begin, day.begin + DAY
        counts = day_of(begin, end, list(self._hours.hours(pool, begin, end, carried, by_number=True)))
        encoded = self._codec.encode_day(counts)
        if day.version and (day.counted_version, day.counts) != (day.version, encoded):
            self._counts.put_days(pool, [CountedDay(begin, day.version, day.version, encoded)])
        return counts
