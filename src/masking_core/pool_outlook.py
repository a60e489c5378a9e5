"""How near a pool is to running out: who holds the most of it, what its calls take, and where that leads."""

from dataclasses import dataclass
from enum import IntFlag

from masking_core.home import Home
from masking_core.instants import Instant
from masking_core.planning.plan import Limit
from masking_core.pools import Geography, PoolUsage


@dataclass(frozen=True, slots=True)
class Crowding:
    """Of one place's numbers that new sessions may have: how many there are, and who holds the most of them.

    ``place`` has an empty area, or country too, where all of a country's or the pool's are meant.
    Whoever holds ``held`` of them takes part in ``session_id`` at ``side``; the id is empty where nobody
    holds any.
    """

    place: Home
    numbers: int
    held: int = 0
    session_id: str = ""
    side: int = 0

    @property
    def left(self) -> int:
        """How many are left for that participant."""
        return self.numbers - self.held


def place_of(country: str, area: str, reach: Geography) -> Home:
    """The place of a number, as large as ``reach`` says."""
    return Home(country if reach >= Geography.COUNTRY else "", area if reach is Geography.AREA else "")


class Shortage(IntFlag):
    """What a pool is told to be low for, before it refuses anybody. The names are stable.

    NEARLY_EXHAUSTED: a participant has but a tenth of its numbers left, or none. CALLS_AT_CAPACITY: a
    number had as many calls at once as it carries. RUNNING_OUT: by the forecast it is two weeks, or less.
    """

    NONE = 0
    NEARLY_EXHAUSTED = 1
    CALLS_AT_CAPACITY = 2
    RUNNING_OUT = 4


@dataclass(frozen=True, slots=True)
class UsageDay:
    """One day of a pool, by its beginning: the most numbers any participant held, and what was told of it."""

    begin: Instant
    held: int
    told: Shortage = Shortage.NONE


@dataclass(frozen=True, slots=True)
class BusyNumber:
    """A number that had as many calls at once as it carries, or more: how many, and in which hour first."""

    number: str
    calls: int
    hour: Instant


@dataclass(frozen=True, slots=True)
class Forecast:
    """The day, by its beginning, on which a pool reaches a limit at the present growth."""

    day: Instant
    limit: Limit


@dataclass(frozen=True, slots=True)
class PoolOutlook:
    """How a pool stands, and how near it is to running out.

    ``usage`` is of the moment it was asked for; all else was looked at at ``time``. ``nearest`` is the
    participant with the smallest share of numbers left, or None where nobody holds any. ``peak_calls``
    are the most that the pool had at once within the last day, and ``at_capacity`` its numbers that
    had ``calls_at_once`` or more then, the busiest first. ``forecast`` is of the limit that is reached
    first, or None where there is no growth, or too little history to tell.
    """

    usage: PoolUsage
    time: Instant
    nearest: Crowding | None
    calls_at_once: int
    peak_calls: int
    at_capacity: tuple[BusyNumber, ...]
    forecast: Forecast | None

    @property
    def share_in_use(self) -> float:
        """The share of the numbers in service that have an active session, 0 to 1."""
        serving = self.usage.in_service
        return (serving - self.usage.idle) / serving if serving else 0.0

    @property
    def share_held(self) -> float:
        """The share of its numbers that the participant nearest to exhaustion holds, 0 to 1."""
        return self.nearest.held / self.nearest.numbers if self.nearest is not None else 0.0
