"""Peaks: the busiest hour of a workload, and how its load goes over time."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from masking_core.instants import HOUR, Duration, Instant
from masking_core.planning.distinctness import holders
from masking_core.planning.workload import ExpectedSession

Load = tuple[Instant, Instant, float]
"""From, until just before, and how much is carried in all between the two."""


@dataclass(frozen=True, slots=True)
class BusyHour:
    """The sixty minutes that carry the most, when they begin, and how much they carry."""

    start: Instant
    carried: float


def busy_hour(loads: Iterable[Load]) -> BusyHour | None:
    """The busiest sixty minutes of loads that are each carried evenly over their span; None without loads.

    They may begin at any moment, not at full hours alone (the peak of ITU-T E.600's busy hour).
    What an hour carries changes its course only where a load begins or ends at one of the hour's ends.
    """
    curve = _Carried(loads)
    begins = chain(curve.moments, (moment - HOUR for moment in curve.moments))
    hours = (BusyHour(start, curve.until(start + HOUR) - curve.until(start)) for start in begins)
    return max(hours, key=lambda hour: hour.carried, default=None)


class _Carried:
    """How much has been carried until any moment."""

    def __init__(self, loads: Iterable[Load]) -> None:
        changes: defaultdict[Instant, float] = defaultdict(float)
        for start, end, amount in loads:
            changes[start] += amount / (end - start)
            changes[end] -= amount / (end - start)
        self.moments = sorted(changes)
        self._rates: list[float] = []
        self._totals: list[float] = []
        rate = total = 0.0
        for position, moment in enumerate(self.moments):
            total += rate * (moment - self.moments[position - 1]) if position else 0.0
            rate = max(rate + changes[moment], 0.0)
            self._rates.append(rate)
            self._totals.append(total)

    def until(self, moment: Instant) -> float:
        position = bisect_right(self.moments, moment) - 1
        if position < 0:
            return 0.0
        if position == len(self.moments) - 1:
            return self._totals[-1]
        return self._totals[position] + self._rates[position] * (moment - self.moments[position])


@dataclass(frozen=True, slots=True)
class Use:
    """The most that is in use at any moment of a stretch of time: sessions, and a country's pairs of one participant.

    ``fullest`` is, by country, how many pairs the participant holds that holds the most of them.
    """

    start: Instant
    end: Instant
    sessions: int
    fullest: dict[str, int]


def use_over_time(sessions: Sequence[ExpectedSession], cool_off: Duration, stretches: int) -> list[Use]:
    """How the use of a pool goes, from the first start to the last end, in so many stretches of one length."""
    if not sessions:
        return []
    first, last = min(session.start for session in sessions), max(session.end for session in sessions)
    stretches = min(stretches, last - first)
    edges = [first + (last - first) * position // stretches for position in range(stretches + 1)]
    steps = sorted(
        (moment, change, position)
        for position, session in enumerate(sessions)
        for moment, change in ((session.start, _BEGIN), (session.end, _END), (session.end + cool_off, _COOLED))
    )
    running, uses, taken = _Running(), [], 0
    for start, end in pairwise(edges):
        while taken < len(steps) and steps[taken][0] <= start:
            running.take(steps[taken][1], sessions[steps[taken][2]])
            taken += 1
        running.begin_stretch()
        while taken < len(steps) and steps[taken][0] < end:
            running.take(steps[taken][1], sessions[steps[taken][2]])
            taken += 1
        uses.append(Use(start, end, running.most_sessions, dict(running.most_held)))
    return uses


_END, _COOLED, _BEGIN = range(3)
"""In the order in which they happen at one moment."""


class _Running:
    """What is in use at a moment, and the most of it since a stretch began."""

    def __init__(self) -> None:
        self._sessions = 0
        self._held: Counter[tuple[int, str]] = Counter()
        self._holders_of: Counter[tuple[str, int]] = Counter()
        self._fullest: Counter[str] = Counter()
        self.begin_stretch()

    def begin_stretch(self) -> None:
        self.most_sessions = self._sessions
        self.most_held = self._fullest.copy()

    def take(self, change: int, session: ExpectedSession) -> None:
        if change == _END:
            self._sessions -= 1
        elif change == _BEGIN:
            self._sessions += 1
            self.most_sessions = max(self.most_sessions, self._sessions)
        if change != _END:
            for holder in holders(session):
                self._hold(holder, 1 if change == _BEGIN else -1)

    def _hold(self, holder: tuple[int, str], change: int) -> None:
        country, before = holder[1], self._held[holder]
        after = before + change
        self._held[holder] = after
        self._holders_of[country, before] -= 1
        self._holders_of[country, after] += 1
        fullest = self._fullest[country]
        if after > fullest or (before == fullest and not self._holders_of[country, before]):
            self._fullest[country] = after
        self.most_held[country] = max(self.most_held[country], self._fullest[country])
