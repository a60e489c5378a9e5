"""When a pool runs out: the trend of its daily peaks, and the day on which it reaches what the pool has.

The growth is the median of what a day has grown by since the same day of an earlier week, for every
two such days (H. Theil 1950, P. K. Sen 1968; by seasons: R. M. Hirsch, J. R. Slack, R. A. Smith,
"Techniques of Trend Analysis for Monthly Water Quality Data", 1982). So a quiet weekend is no
decline, and neither a record day nor one on which nothing was counted bends the line. It counts as
growth only where the seasonal Kendall test tells it from chance.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import median
from typing import Final

Day = int
"""Days since 1970-01-01."""

HISTORY_DAYS: Final = 28
"""So many days before today are looked at."""

LEAST_DAYS: Final = 14
"""Of fewer, nothing can be told: each day of the week must have come twice."""

HORIZON_DAYS: Final = 365
"""What lies farther ahead is no forecast."""

_WEEK: Final = 7
_BEYOND_CHANCE: Final = 1.645
"""In standard deviations: what growth exceeds by chance in one of twenty cases."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through daily peaks: what a day grows by, and the usual peak of each weekday on day 0."""

    growth: float
    levels: Mapping[int, float]

    def peak(self, day: Day) -> float:
        """The peak to be expected on a day."""
        return self.levels[day % _WEEK] + self.growth * day


def trend(peaks: Mapping[Day, int]) -> Trend | None:
    """The trend of daily peaks; None where there are too few of them, or they do not grow."""
    if len(peaks) < LEAST_DAYS:
        return None
    weekdays: defaultdict[int, list[Day]] = defaultdict(list)
    for day in sorted(peaks):
        weekdays[day % _WEEK].append(day)
    pairs = [pair for days in weekdays.values() for pair in combinations(days, 2)]
    if len(weekdays) < _WEEK or not _grows(peaks, pairs, weekdays):
        return None
    growth = median((peaks[later] - peaks[earlier]) / (later - earlier) for earlier, later in pairs)
    if growth <= 0:
        return None
    levels = {weekday: median(peaks[day] - growth * day for day in days) for weekday, days in weekdays.items()}
    return Trend(growth, levels)


def _grows(peaks: Mapping[Day, int], pairs: list[tuple[Day, Day]], weekdays: Mapping[int, list[Day]]) -> bool:
    """The seasonal Kendall test: whether more pairs grow than would by chance."""
    rises = sum((peaks[later] > peaks[earlier]) - (peaks[later] < peaks[earlier]) for earlier, later in pairs)
    counts = [len(days) for days in weekdays.values()]
    variance = sum(count * (count - 1) * (2 * count + 5) for count in counts) / 18
    return variance > 0 and rises / sqrt(variance) > _BEYOND_CHANCE


def day_reached(peaks: Mapping[Day, int], limit: int, today: Day) -> Day | None:
    """The first day from today on whose peak is to be expected at ``limit`` or above; None for no forecast."""
    found = trend(peaks)
    if found is None:
        return None
    days = range(today, today + HORIZON_DAYS + 1)
    return next((day for day in days if found.peak(day) >= limit), None)
