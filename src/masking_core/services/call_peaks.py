"""The most calls at once, of a pool on each day and of its numbers within the last one."""

from collections.abc import Mapping
from dataclasses import dataclass

from masking_core.instants import DAY, Clock
from masking_core.planning.forecast import HISTORY_DAYS, Day
from masking_core.pool_outlook import BusyNumber
from masking_core.services.hour_counting import HourCounting

_MAY_CHANGE = 2
"""For so many days reports may still come that change what was counted; it is read again."""


@dataclass(frozen=True, slots=True)
class CallPeaks:
    """``by_day`` are the days before today on which calls were counted, and those in between."""

    by_day: Mapping[Day, int]
    last_day: int
    busy: tuple[BusyNumber, ...]


class CallPeaksRead:
    """Reads the counted hours: all of them once, and those of the last days each time."""

    def __init__(self, counting: HourCounting, clock: Clock) -> None:
        """Take what counts calls."""
        self._counting = counting
        self._clock = clock
        self._known: dict[str, tuple[Day, dict[Day, int]]] = {}

    def of(self, pool: str, calls_at_once: int) -> CallPeaks:
        """The peaks of a pool; its numbers that had ``calls_at_once`` or more, the busiest first."""
        now = self._clock()
        today = now // DAY
        first = today - HISTORY_DAYS
        read_until, known = self._known.get(pool, (first, {}))
        begin = max(read_until, first)
        by_day = {day: peak for day, peak in known.items() if first <= day < begin}
        last_day, busy = 0, dict[str, BusyNumber]()
        for hour, counts in self._counting.hours(pool, begin * DAY, now, by_number=False):
            day = hour // DAY
            by_day[day] = max(by_day.get(day, 0), counts.pool_peak)
            if hour + DAY <= now:
                continue
            last_day = max(last_day, counts.pool_peak)
            for number, calls in counts.number_peaks.items():
                if calls >= calls_at_once and (number not in busy or busy[number].calls < calls):
                    busy[number] = BusyNumber(number, calls, hour)
        self._known[pool] = today - _MAY_CHANGE, by_day
        past = {day: by_day.get(day, 0) for day in range(min(by_day, default=today), today)}
        return CallPeaks(past, last_day, _busiest_first(busy))


def _busiest_first(busy: Mapping[str, BusyNumber]) -> tuple[BusyNumber, ...]:
    return tuple(sorted(busy.values(), key=lambda each: (-each.calls, each.number)))
