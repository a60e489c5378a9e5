"""Looks ahead for pools, and tells before one refuses anybody."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from masking_core.errors import NotFound, SealBroken
from masking_core.events import Event, EventKind
from masking_core.home import Home
from masking_core.instants import DAY, Clock, Instant
from masking_core.planning.forecast import HISTORY_DAYS, day_reached
from masking_core.planning.plan import Limit
from masking_core.pool_outlook import Crowding, Forecast, PoolOutlook, Shortage, UsageDay
from masking_core.pools import Geography, Pool, PoolPolicy, PoolUsage
from masking_core.ports.keys import Vault
from masking_core.ports.numbering import NumberingPlan
from masking_core.ports.store import Store
from masking_core.ports.turns import Turn
from masking_core.sealed import side_place
from masking_core.services.call_peaks import CallPeaks, CallPeaksRead
from masking_core.services.hour_counting import HourCounting

_PAGE = 1_000
_TIMES_ITS_COST = 100
"""A pool that takes a second to look at is looked at again after a hundred, whoever asks."""

_HOMES_LOOKED_UP = 50
_NEAR = 10
"""Nearly exhausted is who has one in so many of its numbers left."""

_SOON = 14 * DAY


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of a pool, when, and how long that took."""

    outlook: PoolOutlook
    cost: int

    def is_fresh(self, now: Instant) -> bool:
        return now - self.outlook.time < _TIMES_ITS_COST * self.cost


@dataclass(frozen=True, slots=True)
class Told:
    """One shortage that is told of a pool, and the outlook that shows it."""

    outlook: PoolOutlook
    shortage: Shortage


class PoolOutlooks:
    """How near each pool is to running out."""

    def __init__(
        self,
        store: Store,
        counting: HourCounting,
        vault: Vault,
        plan: NumberingPlan,
        clock: Clock,
        new_turn: Callable[[], Turn],
    ) -> None:
        """Take the ports."""
        self._store = store
        self._vault = vault
        self._plan = plan
        self._clock = clock
        self._peaks = CallPeaksRead(counting, clock)
        self._looks: dict[str, _Look] = {}
        self._new_turn = new_turn
        self._looking: dict[str, Turn] = {}

    def of(self, name: str) -> PoolOutlook:
        """The outlook of one pool; what is costly to look at may have been seen a while ago. Raises NotFound."""
        pool = self._store.get_pool(name)
        now = self._clock()
        usage = None if pool is None else self._store.pool_usage(name, now)
        if pool is None or usage is None:
            raise NotFound("pool", name)
        return self._looked_at(pool, usage, now)

    def known(self) -> tuple[PoolOutlook, ...]:
        """What this process has last seen of each pool, by name; costs nothing."""
        return tuple(self._looks[name].outlook for name in sorted(self._looks))

    def watch(self) -> tuple[Told, ...]:
        """Look at every pool, remember how full it is today, and tell what is short.

        Each pool and shortage is told once a day, by whichever process sees it first: as an event, and
        to the caller.
        """
        return tuple(told for pool in self._pools() for told in self._watched(pool))

    def _watched(self, pool: Pool) -> Iterator[Told]:
        now = self._clock()
        usage = self._store.pool_usage(pool.name, now)
        if usage is None:
            return
        outlook = self._looked_at(pool, usage, now)
        held = 0 if outlook.nearest is None else outlook.nearest.held
        short = _shortage(outlook)
        before = self._store.note_day(pool.name, UsageDay(now - now % DAY, held, short))
        for each in short & ~before:
            self._store.append_events([Event(EventKind.POOL_LOW, now, pool.name, detail=str(each.name))])
            yield Told(outlook, each)

    def _pools(self) -> Iterator[Pool]:
        after = ""
        while page := self._store.list_pools(after, _PAGE):
            yield from page
            after = page[-1].name

    def _looked_at(self, pool: Pool, usage: PoolUsage, now: Instant) -> PoolOutlook:
        """The outlook with this usage; while one thread looks at a pool, others make do with what was seen before."""
        known = self._looks.get(pool.name)
        looking = self._looking.setdefault(pool.name, self._new_turn())
        if known is None or (not known.is_fresh(now) and not looking.locked()):
            with looking:
                known = self._looks.get(pool.name)
                if known is None or not known.is_fresh(now):
                    outlook = self._look(pool, usage, now)
                    known = self._looks[pool.name] = _Look(outlook, self._clock() - now)
        return replace(known.outlook, usage=usage)

    def _look(self, pool: Pool, usage: PoolUsage, now: Instant) -> PoolOutlook:
        nearest = self._nearest(pool, now)
        each = pool.policy.calls_at_once
        peaks = self._peaks.of(pool.name, each)
        forecasts = self._forecasts(pool, usage, nearest, peaks, now // DAY)
        forecast = min(forecasts, key=lambda each: each.day, default=None)
        return PoolOutlook(usage, now, nearest, each, peaks.last_day, peaks.busy, forecast)

    def _nearest(self, pool: Pool, now: Instant) -> Crowding | None:
        """Whoever has the smallest share left, by the rules of allocation."""
        since = now if pool.policy.reuse_early else now - pool.policy.cool_off
        rows: list[Crowding] = []
        for reach in _reaches(pool.policy):
            rows += self._store.crowding(pool.name, reach, since)
        held = sorted((row for row in rows if row.held), key=lambda row: (row.left / row.numbers, -row.held))
        if Geography.AREA not in _reaches(pool.policy):
            return held[0] if held else None
        return next((row for row in islice(held, _HOMES_LOOKED_UP) if self._looks_there(row)), None)

    def _looks_there(self, row: Crowding) -> bool:
        """Whether the participant's numbers are chosen of this place, which for one without an area is its country."""
        session = self._store.get_session(row.session_id)
        if session is None or not session.sides[row.side].current:
            return False
        sealed = session.sides[row.side].current[0].caller.sealed
        with suppress(SealBroken):
            number = self._vault.unseal(sealed, side_place(row.session_id, row.side))
            described = self._plan.describe(number.e164)
            return row.place == Home(described.country, described.area)
        return False

    def _forecasts(
        self, pool: Pool, usage: PoolUsage, nearest: Crowding | None, peaks: CallPeaks, today: int
    ) -> Iterator[Forecast]:
        carried = usage.in_service * pool.policy.calls_at_once
        day = day_reached(peaks.by_day, carried, today) if carried else None
        if day is not None:
            yield Forecast(day * DAY, Limit.CALL_CAPACITY)
        if nearest is None:
            return
        known = self._store.usage_days(pool.name, (today - HISTORY_DAYS) * DAY)
        held = {each.begin // DAY: each.held for each in known if each.begin < today * DAY}
        day = day_reached(held, nearest.numbers, today)
        if day is not None:
            yield Forecast(day * DAY, Limit.DISTINCTNESS)


def _reaches(policy: PoolPolicy) -> Sequence[Geography]:
    """How large the places are of which a participant's numbers must be chosen."""
    if not policy.strict_geography:
        return (Geography.NONE,)
    return (Geography.AREA, Geography.COUNTRY) if policy.geography is Geography.AREA else (policy.geography,)


def _shortage(outlook: PoolOutlook) -> Shortage:
    """All that the pool is short of."""
    found = Shortage.NONE
    if outlook.nearest is not None and outlook.nearest.left * _NEAR <= outlook.nearest.numbers:
        found |= Shortage.NEARLY_EXHAUSTED
    if outlook.at_capacity:
        found |= Shortage.CALLS_AT_CAPACITY
    if outlook.forecast is not None and outlook.forecast.day - outlook.time <= _SOON:
        found |= Shortage.RUNNING_OUT
    return found
