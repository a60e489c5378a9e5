"""A workload from a few figures: a day like any other, hour by hour, and who is in its sessions."""

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count

from masking_core.errors import InvalidArgument
from masking_core.instants import DAY, HOUR, Duration, Instant
from masking_core.planning.capacity import CallFigures
from masking_core.planning.workload import ExpectedSession, Participant

_BUSY_HOUR = 12 * HOUR
_SESSIONS = 4_000
_MOST_SESSIONS = 50_000


@dataclass(frozen=True, slots=True)
class Figures:
    """What somebody knows of sessions to come.

    ``peak_factor``: the busiest hour has so many times the sessions of an average one, 1 to 24.
    ``at_once``: the sessions that a participant is in at once, at most, and ``a_day`` those it is in
    within a day, None for as many as fit. ``shares`` are the countries' parts of the sessions.
    """

    sessions_per_day: int
    session_length: Duration
    peak_factor: Fraction
    at_once: int
    a_day: int | None
    shares: Mapping[str, Fraction]


def offered_traffic(figures: Figures, calls: CallFigures) -> dict[str, float]:
    """The erlangs of each country in the busiest hour: its sessions' calls, times their length in hours."""
    busiest = float(figures.sessions_per_day * figures.peak_factor) * HOUR / DAY
    return {country: busiest * float(share) * calls.erlang_hours for country, share in figures.shares.items()}


def expected_sessions(figures: Figures, start: Instant, cool_off: Duration) -> list[ExpectedSession]:
    """Sessions of this kind from ``start`` on, for as many days as it takes until the first pairs have cooled off.

    In every session somebody who is in many meets somebody who is in one. The former take on a
    session whenever they may, the first of them first, and at the busiest hour somebody takes as
    many at once as the figures allow: the worst that they can mean. Of a great many sessions a day
    only so many are drawn up as show it. Raises InvalidArgument where those are too many.
    """
    days = -(-(cool_off + figures.session_length) // DAY) + 1
    names = count()
    sessions: list[ExpectedSession] = []
    for country, share in figures.shares.items():
        drawn = _drawn_a_day(figures, share, _SESSIONS // days // len(figures.shares))
        if len(sessions) + drawn * days > _MOST_SESSIONS:
            raise InvalidArgument("a_day", "is needed, or smaller: one participant may be in too many sessions")
        regulars = _Regulars(figures, names)
        for day in range(days):
            busiest = [(_BUSY_HOUR, next(names))] * figures.at_once
            others = ((moment, regulars.take(start + day * DAY + moment)) for moment in _arrivals(drawn, figures))
            for moment, regular in (*busiest, *others):
                begin = start + day * DAY + moment
                end = begin + figures.session_length
                sessions.append(ExpectedSession(begin, end, (regular, next(names)), (country, country)))
    return sorted(sessions, key=lambda session: session.start)


def _drawn_a_day(figures: Figures, share: Fraction, fair: int) -> int:
    """How many of a country's sessions a day are drawn up: a fair part, but enough to keep somebody busy."""
    off_peak = max(1 - figures.peak_factor * HOUR / DAY, Fraction(HOUR, DAY))
    busy = math.ceil(figures.at_once * Fraction(DAY - HOUR, figures.session_length) / off_peak)
    enough = busy if figures.a_day is None else max(2 * figures.a_day, min(busy, _SESSIONS))
    return min(max(round(figures.sessions_per_day * share), 1), max(fair, enough))


def _arrivals(sessions: int, figures: Figures) -> Iterator[Instant]:
    """When the sessions of a day begin: evenly in the busy hour, and evenly in the other twenty-three."""
    busy = round(sessions * figures.peak_factor * HOUR / DAY)
    quiet = sessions - busy
    moments = [position * (DAY - HOUR) // quiet for position in range(quiet)]
    later = max(busy - figures.at_once, 0)
    yield from (moment for moment in moments if moment < _BUSY_HOUR)
    yield from (_BUSY_HOUR + (position + 1) * HOUR // (later + 1) for position in range(later))
    yield from (moment + HOUR for moment in moments if moment >= _BUSY_HOUR)


class _Regulars:
    """Those who are in many sessions: the first of them who may take another takes it."""

    def __init__(self, figures: Figures, names: Iterator[Participant]) -> None:
        self._figures = figures
        self._names = names
        self._free: list[Participant] = []
        self._waiting: list[tuple[Instant, Participant]] = []
        self._starts: defaultdict[Participant, deque[Instant]] = defaultdict(
            lambda: deque(maxlen=max(figures.at_once, figures.a_day or 0))
        )

    def take(self, now: Instant) -> Participant:
        """Who takes a session that begins at ``now``; it is asked in the order of time."""
        while self._waiting and self._waiting[0][0] <= now:
            heappush(self._free, heappop(self._waiting)[1])
        taker = heappop(self._free) if self._free else next(self._names)
        self._starts[taker].append(now)
        may_again = self._may_again(self._starts[taker])
        if may_again <= now:
            heappush(self._free, taker)
        else:
            heappush(self._waiting, (may_again, taker))
        return taker

    def _may_again(self, starts: deque[Instant]) -> Instant:
        """When somebody may take another session who took these."""
        at_once, a_day = self._figures.at_once, self._figures.a_day
        room = starts[-at_once] + self._figures.session_length if len(starts) >= at_once else starts[-1]
        rested = starts[-a_day] + DAY if a_day is not None and len(starts) >= a_day else starts[-1]
        return max(room, rested)
