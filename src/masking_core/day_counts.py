"""What the hours of one day of a pool come to together, so that a month is added up of days and not of hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from masking_core.call_counts import CountedRow, HourCounts, Occupied, merged_rows
from masking_core.instants import HOUR, Instant

Highest = tuple[int, Instant]
"""The most calls at once, and the first hour in which they were."""


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What one day of a pool comes to.

    ``rows`` are of all its numbers together, ``by_number`` are the same calls told apart by number.
    ``calls`` tells how many began in each hour in which any did. ``number_peaks`` are the most calls
    that occupied each number at once, ``pool_peak`` all its numbers together. ``carried_in`` and
    ``carried_out`` are the calls that went on from the day before, and into the next.
    """

    rows: tuple[CountedRow, ...]
    by_number: tuple[CountedRow, ...]
    calls: dict[Instant, int]
    number_peaks: dict[str, Highest]
    pool_peak: Highest
    carried_in: tuple[Occupied, ...]
    carried_out: tuple[Occupied, ...]


def day_of(begin: Instant, end: Instant, hours: Sequence[tuple[Instant, HourCounts]]) -> DayCounts:
    """Put together the hours of the day from ``begin`` to ``end`` in which calls began or went on, in their order."""
    number_peaks: dict[str, Highest] = {}
    pool_peak: Highest = 0, begin
    for hour, counts in hours:
        pool_peak = _higher(pool_peak, counts.pool_peak, hour)
        for number, calls in counts.number_peaks.items():
            number_peaks[number] = _higher(number_peaks.get(number, (0, hour)), calls, hour)
    return DayCounts(
        merged_rows(chain.from_iterable(counts.rows for _, counts in hours)),
        merged_rows(chain.from_iterable(counts.by_number for _, counts in hours)),
        {hour: calls for hour, counts in hours if (calls := sum(row.calls for row in counts.rows))},
        dict(sorted(number_peaks.items())),
        pool_peak,
        hours[0][1].carried_in if hours and hours[0][0] == begin else (),
        hours[-1][1].carried_out if hours and hours[-1][0] == end - HOUR else (),
    )


def _higher(known: Highest, calls: int, hour: Instant) -> Highest:
    return (calls, hour) if calls > known[0] else known
