"""The contract of what ``CallCountStore`` remembers of days, on every backend."""

from masking_core.call_records import COUNT_RETENTION
from masking_core.instants import DAY, HOUR
from masking_core.ports.calls import CountedDay
from support.callers import decided, record, reported
from support.world import POOL, START, World

TODAY = START - START % DAY


def test_days_without_calls_are_not_told(world: World) -> None:
    world.store.put_days(POOL, [CountedDay(TODAY, 1, 1, b"no call began on it")])
    assert list(world.store.counted_days(POOL, 0, TODAY + DAY)) == []


def test_days_are_told_in_order_by_the_pool_and_the_beginning_of_their_calls(world: World) -> None:
    record(
        world,
        decided(world, "c3", TODAY + 2 * DAY),
        decided(world, "c1", TODAY),
        decided(world, "c2", TODAY + DAY - 1),
        decided(world, "else", TODAY, pool="else"),
        decided(world, "nowhere", TODAY + DAY, pool=""),
    )
    assert begins(world, POOL) == [TODAY, TODAY + 2 * DAY]
    assert begins(world, "else") == [TODAY]
    assert begins(world, "") == [TODAY + DAY]
    assert [day.begin for day in world.store.counted_days(POOL, TODAY, TODAY + 2 * DAY)] == [TODAY]
    assert [day.begin for day in world.store.counted_days(POOL, TODAY + DAY, TODAY + 3 * DAY)] == [TODAY + 2 * DAY]


def test_a_day_has_the_versions_of_its_hours_together(world: World) -> None:
    record(
        world, decided(world, "c1", TODAY), decided(world, "c2", TODAY + 5 * HOUR), decided(world, "c3", TODAY + DAY)
    )
    before = day(world)
    assert before.version == sum(hour.version for hour in world.store.counted_hours(POOL, TODAY, TODAY + DAY))
    record(world, reported("c3", TODAY + DAY))
    assert day(world) == before
    record(world, reported("c2", TODAY + DAY))
    assert day(world).version > before.version


def test_counts_of_a_day_are_remembered_with_the_version_they_were_made_of(world: World) -> None:
    record(world, decided(world, "c1", TODAY))
    version = day(world).version
    world.store.put_days(POOL, [CountedDay(TODAY, version, version, b"counted")])
    assert day(world) == CountedDay(TODAY, version, version, b"counted")
    record(world, decided(world, "c2", TODAY + HOUR))
    changed = day(world)
    assert changed.version != version
    assert (changed.counted_version, changed.counts) == (version, b"counted")
    world.store.put_days(POOL, [])
    assert day(world) == changed


def test_counts_of_an_earlier_version_of_a_day_do_not_replace_those_of_a_later_one(world: World) -> None:
    record(world, decided(world, "c1", TODAY))
    early = day(world).version
    record(world, decided(world, "c2", TODAY))
    late = day(world).version
    world.store.put_days(POOL, [CountedDay(TODAY, late, late, b"late")])
    world.store.put_days(POOL, [CountedDay(TODAY, early, early, b"early")])
    assert day(world).counts == b"late"


def test_what_was_counted_of_a_day_ends_when_the_first_of_its_hours_does(world: World) -> None:
    """Else it would be told, with what ended, of the version to which those that are left have come by then."""
    record(world, decided(world, "c1", TODAY), decided(world, "c2", TODAY + 5 * HOUR))
    version = day(world).version
    world.store.put_days(POOL, [CountedDay(TODAY, version, version, b"counted")])
    world.now = TODAY + COUNT_RETENTION - 1
    world.housekeeping.sweep()
    assert day(world).counts == b"counted"
    world.now += 1
    world.housekeeping.sweep()
    left = day(world)
    assert (left.counted_version, left.counts) == (0, b"")
    assert left.version < version
    world.now += DAY
    world.housekeeping.sweep()
    assert list(world.store.counted_days(POOL, 0, TODAY + DAY)) == []


def begins(world: World, pool: str) -> list[int]:
    return [day.begin for day in world.store.counted_days(pool, TODAY, TODAY + 4 * DAY)]


def day(world: World) -> CountedDay:
    (day,) = world.store.counted_days(POOL, TODAY, TODAY + DAY)
    return day
