"""The contract of ``UsageStore``, on every backend."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from masking_core.home import Home
from masking_core.instants import DAY, HOUR, MINUTE
from masking_core.pool_outlook import Crowding, Shortage, UsageDay
from masking_core.pools import Geography
from masking_core.ports.store import Store
from masking_core.ports.usage import USAGE_RETENTION
from support.world import POOL, START, World, virtual

TODAY = START - START % DAY
EVERYWHERE = Home("", "")


def crowding(world: World, reach: Geography = Geography.NONE, since: int | None = None) -> list[Crowding]:
    return list(world.store.crowding(POOL, reach, world.now if since is None else since))


def only(world: World, **asked: Any) -> Crowding:
    (found,) = crowding(world, **asked)
    return found


def test_a_pool_without_numbers_for_new_sessions_has_no_places(world: World) -> None:
    world.pool(0)
    assert crowding(world) == []
    world.add(virtual(0), voice=False)
    world.add(virtual(1))
    world.pools.drain_numbers([virtual(1)])
    assert crowding(world) == []
    assert list(world.store.crowding("no-such-pool", Geography.NONE, world.now)) == []


def test_numbers_that_nobody_holds_are_counted(world: World) -> None:
    world.pool(3)
    assert crowding(world) == [Crowding(EVERYWHERE, 3)]


def test_who_holds_the_most_numbers_is_found_with_one_of_its_sessions(world: World) -> None:
    world.pool(4)
    world.pool(1, name="other", first=50)
    of_the_driver = {world.open(each, 1).session.session_id for each in (2, 3, 4)}
    world.open(2, 5)
    for stranger in (6, 7, 8):
        world.open(stranger, 9 + stranger)
    found = only(world)
    assert (found.place, found.numbers, found.held, found.left) == (EVERYWHERE, 4, 3, 1)
    assert found.session_id in of_the_driver
    assert found.side == 1


def test_two_sessions_of_others_on_one_number_are_no_more_than_one_each(world: World) -> None:
    world.pool(2)
    for pair in ((1, 2), (3, 4), (5, 6)):
        world.open(*pair, wanted=(virtual(0), virtual(0)))
    assert only(world).held == 1


def test_what_has_ended_by_then_is_not_held(world: World) -> None:
    world.pool(5)
    closed = world.open(1, 2)
    world.open(1, 3, time_to_live=HOUR)
    world.open(1, 4)
    assert only(world).held == 3
    world.now += MINUTE
    world.sessions.close(closed.session.session_id)
    assert only(world).held == 2
    assert only(world, since=START).held == 3
    world.now = START + HOUR
    assert only(world).held == 1
    assert only(world, since=START + MINUTE).held == 2
    world.housekeeping.sweep()
    assert only(world).held == 1
    assert only(world, since=START + MINUTE).held == 2


def test_a_number_that_no_new_session_may_have_counts_for_nobody(world: World) -> None:
    world.pool(5)
    world.open(1, 2, wanted=(virtual(0), virtual(0)))
    world.open(1, 3, wanted=(virtual(1), virtual(0)))
    world.open(1, 4, wanted=(virtual(2), virtual(2)), reserve_numbers=True)
    assert (only(world).numbers, only(world).held) == (4, 2)
    world.pools.drain_numbers([virtual(1)])
    assert (only(world).numbers, only(world).held) == (3, 1)


def test_a_place_is_as_large_as_asked_for(world: World) -> None:
    world.pool(2)
    world.add("+441614960001", "+12125550001")
    for other, proxy in ((2, virtual(0)), (3, virtual(1)), (4, "+441614960001")):
        world.open(1, other, wanted=(proxy, "+12125550001"))
    countries = {row.place: (row.numbers, row.held) for row in crowding(world, Geography.COUNTRY)}
    assert countries == {Home("GB", ""): (3, 3), Home("US", ""): (1, 1)}
    found = crowding(world, Geography.AREA)
    assert [(row.place, row.numbers, row.held) for row in found] == [
        (Home("GB", "161"), 1, 1),
        (Home("GB", "20"), 2, 2),
        (Home("US", "212"), 1, 1),
    ]
    assert only(world).numbers == 4


def test_a_day_is_merged_with_what_is_known_of_it(store: Store) -> None:
    assert store.note_day(POOL, UsageDay(TODAY, 3)) is Shortage.NONE
    assert store.note_day(POOL, UsageDay(TODAY, 7, Shortage.RUNNING_OUT)) is Shortage.NONE
    assert store.note_day(POOL, UsageDay(TODAY, 5, Shortage.NEARLY_EXHAUSTED)) == Shortage.RUNNING_OUT
    both = Shortage.RUNNING_OUT | Shortage.NEARLY_EXHAUSTED
    assert store.note_day(POOL, UsageDay(TODAY, 0)) == both
    assert list(store.usage_days(POOL, TODAY)) == [UsageDay(TODAY, 7, both)]


def test_days_are_told_in_order_by_their_pool(store: Store) -> None:
    for age in (1, 3, 0, 2):
        store.note_day(POOL, UsageDay(TODAY - age * DAY, age))
    store.note_day("other", UsageDay(TODAY, 9))
    assert [day.held for day in store.usage_days(POOL, 0)] == [3, 2, 1, 0]
    assert [day.held for day in store.usage_days(POOL, TODAY - DAY)] == [1, 0]
    assert [day.held for day in store.usage_days("other", 0)] == [9]
    assert list(store.usage_days("none", 0)) == []


def test_a_day_past_its_retention_is_forgotten(store: Store) -> None:
    store.note_day(POOL, UsageDay(TODAY, 1))
    store.note_day("other", UsageDay(TODAY, 1))
    store.note_day(POOL, UsageDay(TODAY + USAGE_RETENTION - DAY, 2))
    assert [day.held for day in store.usage_days(POOL, 0)] == [1, 2]
    store.note_day(POOL, UsageDay(TODAY + USAGE_RETENTION, 3))
    assert [day.held for day in store.usage_days(POOL, 0)] == [2, 3]
    assert [day.held for day in store.usage_days("other", 0)] == [1]


def test_of_many_who_tell_at_once_one_hears_that_it_was_the_first(store: Store) -> None:
    told = Shortage.CALLS_AT_CAPACITY
    with ThreadPoolExecutor(8) as threads:
        for day in range(4):
            seen = UsageDay(TODAY + day * DAY, day, told)
            before = list(threads.map(lambda each: store.note_day(POOL, each), [seen] * 8))
            assert sorted(before) == [Shortage.NONE] + [told] * 7
