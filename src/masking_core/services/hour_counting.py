"""Counting the calls of a pool hour by hour, each hour once for as long as its calls stay as they are."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Protocol

from masking_core.call_counts import HourCounts, Occupied, count_hour
from masking_core.call_records import CallQuery, CallRecord
from masking_core.instants import DAY, HOUR, Instant
from masking_core.ports.calls import CallCountStore, CallStore, CountedHour

_PAGE: Final = 1_000
_LONGEST_CARRIED: Final = DAY
"""How long before the time asked for a call may have begun that still counts as going on."""
_REMEMBERED_TOGETHER: Final = 24


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


class HourCounting:
    """Counts hours, and remembers what it has counted."""

    def __init__(self, calls: CallStore, counts: CallCountStore, codec: CountCodec) -> None:
        """Take the ports."""
        self._calls = calls
        self._counts = counts
        self._codec = codec

    def hours(
        self, pool: str, begin: Instant, end: Instant, *, by_number: bool
    ) -> Iterator[tuple[Instant, HourCounts]]:
        """Every hour in which calls began or went on, counted; of the calls to no pool, for the empty name."""
        carried: tuple[Occupied, ...] | None = None
        hour, fresh = begin, list[CountedHour]()
        for known in (*self._counts.counted_hours(pool, begin - _LONGEST_CARRIED, end), CountedHour(end, 0)):
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
            counts = self._remembered(known, expected, by_number=by_number)
            if counts is None:
                counts = count_hour(self._began(pool, known.begin), expected or (), known.begin, known.begin + HOUR)
                fresh.append(replace(known, counted_version=known.version, counts=self._codec.encode(counts)))
            if known.begin >= begin:
                yield known.begin, counts
            carried, hour = counts.carried_out, known.begin + HOUR

    def _remembered(
        self, hour: CountedHour, carried: tuple[Occupied, ...] | None, *, by_number: bool
    ) -> HourCounts | None:
        """What was counted of the hour as it is now, beside those carried into it, or beside any for None."""
        if hour.counted_version != hour.version:
            return None
        known = self._codec.decode(hour.counts, by_number=by_number)
        return known if known is not None and carried in (None, known.carried_in) else None

    def _began(self, pool: str, begin: Instant) -> Iterator[CallRecord]:
        """The calls that began in an hour."""
        query = CallQuery(pool=pool, in_no_pool=not pool, begin=begin, end=begin + HOUR, limit=_PAGE)
        page = self._calls.list_calls(query)
        while page:
            yield from page
            if len(page) < _PAGE:
                return
            page = self._calls.list_calls(replace(query, after=(page[-1].time, page[-1].call_id)))
