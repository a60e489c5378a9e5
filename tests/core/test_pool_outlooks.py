"""How near a pool is to running out, and who is told of it when."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event, Lock
from typing import Any

import pytest

from adapters.counts import CountsCodec
from adapters.numbering import PhonenumbersPlan
from adapters.storage.registry import open_store
from masking_core.events import EARLIEST, EventKind
from masking_core.events import Event as Told
from masking_core.exhaustion import PoolExhausted
from masking_core.home import Home
from masking_core.instants import DAY, HOUR, MINUTE, SECOND, Clock, Instant
from masking_core.planning.plan import Limit
from masking_core.pool_outlook import BusyNumber, Forecast, PoolOutlook, Shortage, UsageDay
from masking_core.pools import Geography, PoolPolicy
from masking_core.ports.numbers import NumberQuery
from masking_core.services.hour_counting import HourCounting
from masking_core.services.pool_outlooks import PoolOutlooks
from support.callers import decided, record, reported
from support.world import POOL, START, World, virtual

TODAY = START - START % DAY
LONDON, MANCHESTER = "+442083661177", "+441612345678"
IN_LONDON, IN_MANCHESTER, IN_NEW_YORK = virtual(0), "+441614960001", "+12125550001"


class Crowd(World):
    """A world in memory that knows who is in each session it has opened by ``known``."""

    def __init__(self) -> None:
        super().__init__(open_store("memory://"))
        self.people: dict[str, tuple[int | str, int | str]] = {}

    def known(self, a: int | str, b: int | str, **asked: Any) -> str:
        """The id of a session between two people."""
        session_id = self.open(a, b, **asked).session.session_id
        self.people[session_id] = (a, b)
        return session_id

    def proxy_of(self, person: int | str, session_id: str) -> str:
        """The number that somebody dials in a session."""
        side = self.people[session_id].index(person)
        return self.sessions.get(session_id).session.sides[side].proxy


@pytest.fixture
def world() -> Crowd:
    return Crowd()


def outlook(world: Crowd) -> PoolOutlook:
    return world.outlooks.of(POOL)


def left_by_opening(world: Crowd, person: int | str, strangers: Iterator[int]) -> int:
    """How many more sessions somebody can be in at once, by opening them."""
    for opened in count():
        try:
            world.open(person, next(strangers))
        except PoolExhausted:
            return opened
    raise AssertionError("no pool is without end")


def nearest_person(world: Crowd) -> int | str:
    nearest = outlook(world).nearest
    assert nearest is not None
    return world.people[nearest.session_id][nearest.side]


def test_an_empty_pool_and_one_that_nobody_uses_have_nobody_near(world: Crowd) -> None:
    world.pool(0)
    seen = outlook(world)
    assert (seen.nearest, seen.forecast, seen.share_in_use, seen.share_held) == (None, None, 0.0, 0.0)
    world.add(virtual(0))
    assert outlook(world).nearest is None


def test_the_share_in_use_is_that_of_the_numbers_in_service(world: Crowd) -> None:
    world.pool(5)
    world.open(1, 2, wanted=(virtual(0), virtual(0)))
    world.pools.drain_numbers([virtual(4)])
    assert outlook(world).share_in_use == 0.25


@pytest.mark.parametrize("seed", range(8))
def test_the_nearest_can_open_as_many_more_sessions_as_are_left_and_nobody_fewer(world: Crowd, seed: int) -> None:
    dice = random.Random(seed)
    world.pool(9)
    world.pools.drain_numbers([virtual(8)])
    running = []
    for _ in range(24):
        pair = dice.sample(range(1, 7), 2)
        try:
            running.append(world.known(*pair, reserve_numbers=dice.random() < 0.04))
        except PoolExhausted:
            continue
        if dice.random() < 0.3:
            world.sessions.close(running.pop(dice.randrange(len(running))))
    nearest = outlook(world).nearest
    assert nearest is not None
    held = {
        person: {world.proxy_of(person, session_id) for session_id in running if person in world.people[session_id]}
        - {each.number for each in world.pools.list_numbers(NumberQuery()) if each.reserved_by}
        for person in range(1, 7)
    }
    assert nearest.held == max(len(each) for each in held.values())
    assert nearest.held == len(held[int(nearest_person(world))])
    assert left_by_opening(world, nearest_person(world), count(100)) == nearest.left


def test_a_pool_that_refuses_early_reuse_counts_what_is_cooling_off(world: Crowd) -> None:
    world.pool(5, reuse_early=False, cool_off=HOUR)
    for other in (2, 3):
        world.sessions.close(world.known(1, other))
    world.known(1, 4)
    world.known(5, 6)
    nearest = outlook(world).nearest
    assert nearest is not None
    assert (nearest_person(world), nearest.held, nearest.left) == (1, 3, 2)
    assert left_by_opening(world, 1, count(100)) == 2


def test_a_pool_that_reuses_early_does_not(world: Crowd) -> None:
    world.pool(3, cool_off=HOUR)
    world.sessions.close(world.known(1, 2))
    world.known(1, 3)
    nearest = outlook(world).nearest
    assert nearest is not None
    assert (nearest.held, nearest.left) == (1, 2)
    assert left_by_opening(world, 1, count(100)) == 2


def test_a_pool_that_widens_has_all_its_numbers_left_for_everybody(world: Crowd) -> None:
    world.pool(2, geography=Geography.COUNTRY)
    world.add(IN_NEW_YORK)
    world.known(1, 2)
    nearest = outlook(world).nearest
    assert nearest is not None
    assert (nearest.place, nearest.held, nearest.left) == (Home("", ""), 1, 2)
    assert left_by_opening(world, 1, count(100)) == 2


def test_of_a_strict_country_its_own_numbers_alone_are_left(world: Crowd) -> None:
    world.pool(3, geography=Geography.COUNTRY, strict_geography=True)
    world.add(IN_NEW_YORK, "+12125550002")
    world.known(1, "+12015550123")
    for other in (3, 4):
        world.known(2, other)
    nearest = outlook(world).nearest
    assert nearest is not None
    assert (nearest_person(world), nearest.place, nearest.held, nearest.left) == (2, Home("GB", ""), 2, 1)
    assert left_by_opening(world, 2, count(100)) == 1


def test_of_a_strict_area_so_are_its_own_and_who_has_no_area_has_those_of_the_country(world: Crowd) -> None:
    world.pool(3, geography=Geography.AREA, strict_geography=True)
    world.add(IN_MANCHESTER, "+441614960002")
    for other in (2, 3):
        world.known(LONDON, other)
    for other, proxy in ((4, IN_MANCHESTER), (5, "+441614960002"), (6, IN_LONDON)):
        world.known(1, other, wanted=(proxy, ""))
    nearest = outlook(world).nearest
    assert nearest is not None
    assert (nearest_person(world), nearest.place, nearest.left) == (LONDON, Home("GB", "20"), 1)
    world.known(1, 7)
    nearest = outlook(world).nearest
    assert nearest is not None
    assert (nearest_person(world), nearest.place, nearest.left) == (1, Home("GB", ""), 1)
    assert left_by_opening(world, 1, count(100)) == 1


def talked(world: Crowd, call_id: str, time: Instant, number: int = 0, seconds: int = 600) -> None:
    """A call of so many seconds to a number."""
    record(
        world, decided(world, call_id, time, dialled=virtual(number)), reported(call_id, time, inbound_seconds=seconds)
    )


def test_numbers_that_had_all_the_calls_they_carry_within_a_day_are_named(world: Crowd) -> None:
    world.pool(3, calls_at_once=2)
    hour = TODAY - 3 * HOUR
    for call, (number, age) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (2, 11)]):
        talked(world, f"c{call}", hour + age * MINUTE, number)
    for call in range(9):
        talked(world, f"yesterday-{call}", START - 30 * HOUR, 2)
    seen = outlook(world)
    assert seen.at_capacity == (BusyNumber(virtual(0), 3, hour), BusyNumber(virtual(1), 2, hour))
    assert (seen.peak_calls, seen.calls_at_once) == (6, 2)
    world.now += DAY
    assert (outlook(world).at_capacity, outlook(world).peak_calls) == ((), 0)


def test_a_late_report_is_counted_with_the_others(world: Crowd) -> None:
    world.pool(1, calls_at_once=2)
    talked(world, "c1", START - HOUR)
    assert outlook(world).at_capacity == ()
    talked(world, "c2", START - HOUR)
    assert [busy.calls for busy in outlook(world).at_capacity] == [2]


def grow_held(world: Crowd, days: int = 20) -> None:
    """A history in which the most numbers held grow by one a day, to as many today as there were days."""
    for age in range(1, days + 1):
        world.store.note_day(POOL, UsageDay(TODAY - age * DAY, days - age))


def test_a_forecast_of_distinctness_comes_of_the_days_remembered(world: Crowd) -> None:
    world.pool(50)
    world.known(1, 2)
    assert outlook(world).forecast is None
    grow_held(world)
    assert outlook(world).forecast == Forecast(TODAY + 30 * DAY, Limit.DISTINCTNESS)


def test_a_forecast_of_call_capacity_comes_of_the_counted_calls(world: Crowd) -> None:
    world.pool(3, calls_at_once=10)
    for age in range(1, 21):
        for call in range(20 - age):
            talked(world, f"{age}-{call}", TODAY - age * DAY + 12 * HOUR)
    assert outlook(world).forecast == Forecast(TODAY + 10 * DAY, Limit.CALL_CAPACITY)


def test_of_two_limits_the_one_that_is_reached_first_is_told(world: Crowd) -> None:
    world.pool(3, calls_at_once=10)
    for age in range(1, 21):
        for call in range(20 - age):
            talked(world, f"{age}-{call}", TODAY - age * DAY + 12 * HOUR)
    world.known(1, 2)
    grow_held(world)
    assert outlook(world).forecast == Forecast(TODAY, Limit.DISTINCTNESS)


def low(world: Crowd) -> list[str]:
    """What was told of pools that are low, in order."""
    events = world.store.read_events(EARLIEST, 1_000).events
    return [f"{event.pool} {event.detail}" for event in events if event.kind is EventKind.POOL_LOW]


def outlooks_of(world: Crowd, clock: Clock) -> PoolOutlooks:
    counting = HourCounting(world.store, world.store, CountsCodec(), clock)
    return PoolOutlooks(world.store, counting, world.vault, PhonenumbersPlan(), clock, Lock)


def another_process(world: Crowd) -> PoolOutlooks:
    return outlooks_of(world, world.clock)


def test_a_pool_that_is_short_of_nothing_is_not_told_of(world: Crowd) -> None:
    world.pool(20)
    world.known(1, 2)
    assert (world.outlooks.watch(), low(world)) == ((), [])
    assert [each.usage.pool for each in world.outlooks.known()] == [POOL]


def test_a_shortage_is_told_before_anybody_is_refused_and_once_a_day(world: Crowd) -> None:
    world.pool(10)
    world.pool(0, name="empty")
    for other in range(2, 10):
        world.known(1, other)
    assert world.outlooks.watch() == ()
    world.known(1, 10)
    (told,) = world.outlooks.watch()
    assert (told.outlook.usage.pool, told.shortage) == (POOL, Shortage.NEARLY_EXHAUSTED)
    assert told.outlook.nearest is not None
    assert told.outlook.nearest.left == 1
    world.known(1, 11)
    assert (world.outlooks.watch(), another_process(world).watch()) == ((), ())
    assert low(world) == [f"{POOL} NEARLY_EXHAUSTED"]
    event = Told(EventKind.POOL_LOW, world.now, POOL, detail="NEARLY_EXHAUSTED")
    assert event in world.store.read_events(EARLIEST, 1_000).events
    world.now = TODAY + DAY
    assert [each.shortage for each in another_process(world).watch()] == [Shortage.NEARLY_EXHAUSTED]
    assert low(world) == [f"{POOL} NEARLY_EXHAUSTED"] * 2


def test_each_shortage_is_told_by_itself(world: Crowd) -> None:
    world.pool(50, calls_at_once=1)
    world.known(1, 2)
    talked(world, "c1", START - HOUR)
    assert [each.shortage for each in world.outlooks.watch()] == [Shortage.CALLS_AT_CAPACITY]
    grow_held(world, 34)
    assert world.outlooks.watch() == ()
    grow_held(world, 37)
    assert [each.shortage for each in world.outlooks.watch()] == [Shortage.RUNNING_OUT]
    assert low(world) == [f"{POOL} CALLS_AT_CAPACITY", f"{POOL} RUNNING_OUT"]


def test_the_watch_remembers_how_full_each_day_was(world: Crowd) -> None:
    world.pool(20)
    world.known(1, 2)
    last = world.known(1, 3)
    world.outlooks.watch()
    world.sessions.close(last)
    world.outlooks.watch()
    world.now += DAY
    world.outlooks.watch()
    assert list(world.store.usage_days(POOL, 0)) == [UsageDay(TODAY, 2), UsageDay(TODAY + DAY, 1)]


def test_what_is_costly_to_look_at_is_looked_at_seldom_whoever_asks(world: Crowd) -> None:
    world.pool(5)
    world.known(1, 2)
    ticks = count(START, SECOND)
    slow = outlooks_of(world, lambda: next(ticks))
    first = slow.of(POOL)
    world.known(1, 3)
    again = [slow.of(POOL) for _ in range(90)]
    assert {each.time for each in again} == {first.time}
    assert {each.usage.active_sessions for each in again} == {2}
    assert {each.nearest.held for each in again if each.nearest} == {1}
    later = [slow.of(POOL) for _ in range(300)][-1]
    assert later.time > first.time
    assert later.nearest is not None
    assert later.nearest.held == 2


def test_while_one_looks_the_others_make_do_with_what_was_seen_before(
    world: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pool(5)
    world.known(1, 2)
    assert outlook(world).nearest is not None
    looking, seen_enough, crowding = Event(), Event(), world.store.crowding

    def slowly(*asked: Any) -> Any:
        looking.set()
        seen_enough.wait()
        return crowding(*asked)

    monkeypatch.setattr(world.store, "crowding", slowly)
    with ThreadPoolExecutor(1) as threads:
        try:
            slow = threads.submit(outlook, world)
            looking.wait()
            world.known(1, 3)
            meanwhile = outlook(world)
        finally:
            seen_enough.set()
        looked = slow.result()
    assert meanwhile.usage.active_sessions == 2
    assert [each.nearest.held for each in (meanwhile, looked) if each.nearest] == [1, 2]


def test_every_pool_is_watched(world: Crowd) -> None:
    names = [f"pool-{index:04}" for index in range(3)]
    for name in names:
        world.pools.create(name, PoolPolicy())
    world.outlooks.watch()
    assert [each.usage.pool for each in world.outlooks.known()] == names
