"""What the calls of a time come to, put together of what its hours and days come to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from masking_core.call_counts import CountedRow, HourCounts, Tally
from masking_core.day_counts import DayCounts
from masking_core.instants import DAY, Instant


class Dimension(StrEnum):
    """What calls can be told apart by."""

    POOL = "POOL"
    DAY = "DAY"
    HOUR = "HOUR"
    COUNTRY = "COUNTRY"
    NUMBER = "NUMBER"
    REASON = "REASON"
    OUTCOME = "OUTCOME"


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


class Adding:
    """Adds up hours and days, in which everything is counted; it is given each hour of each pool once, in order."""

    def __init__(self, dimensions: Sequence[Dimension], country: Callable[[str], str]) -> None:
        """Take what calls are told apart by, and what knows the country of a number."""
        self._dimensions = dimensions
        self._country = country
        self._groups: dict[tuple[str, ...], Tally] = {}
        self._total = Tally()
        self._by_hour: dict[Instant, int] = {}
        self._highest: dict[tuple[str, str], tuple[int, Instant]] = {}
        self._countries: dict[str, str] = {}

    @property
    def by_number(self) -> bool:
        """Whether what is added must be told apart by number."""
        return not {Dimension.NUMBER, Dimension.COUNTRY}.isdisjoint(self._dimensions)

    @property
    def by_hour(self) -> bool:
        """Whether it must be hours."""
        return Dimension.HOUR in self._dimensions

    def add(self, pool: str, begin: Instant, counts: HourCounts | DayCounts) -> None:
        """Add an hour or a day of a pool."""
        self._add_rows(pool, begin, counts)
        if isinstance(counts, DayCounts):
            for hour, calls in counts.calls.items():
                self._add_calls(hour, calls)
            self._add_peak(pool, "", *counts.pool_peak)
            for number, highest in counts.number_peaks.items():
                self._add_peak(pool, number, *highest)
        else:
            self._add_calls(begin, sum(row.calls for row in counts.rows))
            self._add_peak(pool, "", counts.pool_peak, begin)
            for number, calls in counts.number_peaks.items():
                self._add_peak(pool, number, calls, begin)

    def _add_rows(self, pool: str, begin: Instant, counts: HourCounts | DayCounts) -> None:
        for row in counts.rows:
            self._total.add(row)
        group = self._grouped_by(pool, begin)
        groups = self._groups
        for row in counts.by_number if self.by_number else counts.rows:
            key = group(row)
            tally = groups.get(key)
            if tally is None:
                tally = groups[key] = Tally()
            tally.add(row)

    def _add_calls(self, hour: Instant, calls: int) -> None:
        if calls:
            self._by_hour[hour] = self._by_hour.get(hour, 0) + calls

    def summary(self, begin: Instant, end: Instant) -> Summary:
        """What all that was added comes to."""
        busiest = max(self._by_hour, key=lambda hour: (self._by_hour[hour], -hour), default=None)
        return Summary(
            begin,
            end,
            tuple(SummaryRow(group, tally) for group, tally in sorted(self._groups.items(), key=lambda each: each[0])),
            self._total,
            busiest,
            0 if busiest is None else self._by_hour[busiest],
            tuple(Peak(*key, *self._highest[key]) for key in sorted(self._highest) if key[0]),
        )

    def _add_peak(self, pool: str, number: str, calls: int, hour: Instant) -> None:
        known = self._highest.get((pool, number))
        if calls and (known is None or known[0] < calls):
            self._highest[pool, number] = calls, hour

    def _grouped_by(self, pool: str, begin: Instant) -> Callable[[CountedRow], tuple[str, ...]]:
        """What tells the group of a row of the hour or day that begins then."""
        day, hour = str(begin - begin % DAY), str(begin)
        readers: dict[Dimension, Callable[[CountedRow], str]] = {
            Dimension.POOL: lambda _: pool,
            Dimension.DAY: lambda _: day,
            Dimension.HOUR: lambda _: hour,
            Dimension.COUNTRY: self._country_of,
            Dimension.NUMBER: lambda row: row.dialled,
            Dimension.REASON: lambda row: row.reason,
            Dimension.OUTCOME: lambda row: row.outcome,
        }
        chosen = [readers[dimension] for dimension in self._dimensions]
        return lambda row: tuple([read(row) for read in chosen])

    def _country_of(self, row: CountedRow) -> str:
        known = self._countries.get(row.dialled)
        if known is None:
            known = self._countries[row.dialled] = self._country(row.dialled)
        return known
