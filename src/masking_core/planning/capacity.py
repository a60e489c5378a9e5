"""Call capacity: how many numbers carry the calls of the busiest hour."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from masking_core.instants import HOUR, Duration
from masking_core.planning import erlang_b
from masking_core.planning.peaks import BusyHour, Load, busy_hour
from masking_core.planning.workload import ExpectedSession


@dataclass(frozen=True, slots=True)
class CallFigures:
    """What is known of calls: how many a session has, their mean length, and what a number carries of them.

    ``calls_at_once`` is what one number carries, and ``blocking`` the share of calls that may find
    their number busy with as many, more than 0 and less than 1.
    """

    calls_per_session: float
    call_length: Duration
    calls_at_once: int
    blocking: float

    @property
    def erlang_hours(self) -> float:
        """What one session's calls take, in hours of talk."""
        return self.calls_per_session * self.call_length / HOUR


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the calls of the busiest hour take.

    ``traffic`` is offered to the numbers, in erlangs. ``calls`` is how many would have to run at once
    if each could take any free line, and ``as_one_group`` the numbers that have so many lines: the
    rule of thumb. ``numbers`` is what it takes when a call can take the lines of one number alone.
    """

    traffic: float
    calls: int
    as_one_group: int
    numbers: int


def busy_hours(sessions: Iterable[ExpectedSession], calls: CallFigures) -> Mapping[str, BusyHour]:
    """The hour of each country in which its numbers are offered the most traffic, and the erlangs.

    A session's calls are spread evenly over it; either participant makes half of them, and a call
    is carried by the number that is dialled.
    """
    loads: defaultdict[str, list[Load]] = defaultdict(list)
    for session in sessions:
        for country in session.countries:
            loads[country].append((session.start, session.end, calls.erlang_hours / len(session.countries)))
    return {country: hour for country, each in loads.items() if (hour := busy_hour(each)) is not None}


def capacity(traffic: float, calls: CallFigures) -> Capacity:
    """What so many erlangs take."""
    lines = erlang_b.lines_needed(traffic, calls.blocking)
    numbers = erlang_b.numbers_needed(traffic, calls.calls_at_once, calls.blocking)
    return Capacity(traffic, lines, math.ceil(lines / calls.calls_at_once), numbers)
