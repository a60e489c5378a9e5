"""The contract of ``CallCountStore``, on every backend."""

from masking_core.call_records import COUNT_RETENTION, hour_of
from masking_core.instants import DAY, HOUR
from masking_core.ports.calls import CountedHour
from support.callers import decided, record, reported
from support.world import POOL, START, World

FIRST = hour_of(START)


def test_hours_without_calls_are_not_told(world: World) -> None:
    assert world.store.counted_hours(POOL, 0, START + DAY) == []


def test_hours_are_told_in_order_by_the_pool_and_the_beginning_of_their_calls(world: World) -> None:
    record(
        world,
        decided(world, "c3", FIRST + 2 * HOUR),
        decided(world, "c1", FIRST),
        decided(world, "c2", FIRST + HOUR - 1),
        decided(world, "else", FIRST, pool="else"),
        decided(world, "nowhere", FIRST + HOUR, pool=""),
    )
    assert begins(world, POOL) == [FIRST, FIRST + 2 * HOUR]
    assert begins(world, "else") == [FIRST]
    assert begins(world, "") == [FIRST + HOUR]
    assert [hour.begin for hour in world.store.counted_hours(POOL, FIRST, FIRST + 2 * HOUR)] == [FIRST]
    assert [hour.begin for hour in world.store.counted_hours(POOL, FIRST + 1, FIRST + 3 * HOUR)] == [FIRST + 2 * HOUR]


def test_an_hour_has_another_version_whenever_one_of_its_calls_has_changed(world: World) -> None:
    record(world, decided(world, "c1", FIRST))
    before = only(world)
    assert before.version
    record(world, decided(world, "c1", FIRST))
    assert only(world).version == before.version
    record(world, reported("c1", FIRST + 5 * HOUR))
    assert only(world).version != before.version


def test_a_call_that_moves_changes_the_hour_it_leaves_and_the_one_it_comes_to(world: World) -> None:
    record(world, reported("c1", FIRST + 5 * HOUR))
    (before,) = world.store.counted_hours("", FIRST, FIRST + DAY)
    record(world, decided(world, "c1", FIRST))
    (left,) = world.store.counted_hours("", FIRST, FIRST + DAY)
    assert left.version != before.version
    assert only(world).begin == FIRST


def test_counts_are_remembered_with_the_version_they_were_made_of(world: World) -> None:
    record(world, decided(world, "c1", FIRST))
    version = only(world).version
    world.store.put_counts(POOL, [CountedHour(FIRST, version, version, b"counted")])
    assert only(world) == CountedHour(FIRST, version, version, b"counted")
    record(world, decided(world, "c2", FIRST))
    changed = only(world)
    assert changed.version != version
    assert (changed.counted_version, changed.counts) == (version, b"counted")


def test_counts_of_an_earlier_version_do_not_replace_those_of_a_later_one(world: World) -> None:
    record(world, decided(world, "c1", FIRST))
    early = only(world).version
    record(world, decided(world, "c2", FIRST))
    late = only(world).version
    world.store.put_counts(POOL, [CountedHour(FIRST, late, late, b"late")])
    world.store.put_counts(POOL, [CountedHour(FIRST, early, early, b"early")])
    assert only(world).counts == b"late"


def test_counts_of_many_hours_are_remembered_together_and_none_of_an_hour_without_calls(world: World) -> None:
    record(world, *(decided(world, f"c{index}", FIRST + index * HOUR) for index in (3, 0, 1)))
    hours = {hour.begin: hour.version for hour in world.store.counted_hours(POOL, FIRST, FIRST + DAY)}
    told = [CountedHour(begin, version, version, b"%d" % begin) for begin, version in hours.items()]
    world.store.put_counts(POOL, [told[2], CountedHour(FIRST + 2 * HOUR, 1, 1, b"no call began in it"), *told[:2]])
    assert list(world.store.counted_hours(POOL, FIRST, FIRST + DAY)) == told
    world.store.put_counts(POOL, [])
    assert list(world.store.counted_hours(POOL, FIRST, FIRST + DAY)) == told


def test_counts_outlive_the_calls_and_end_too(world: World) -> None:
    record(world, decided(world, "c1", FIRST, keep_until=FIRST + HOUR))
    version = only(world).version
    world.store.put_counts(POOL, [CountedHour(FIRST, version, version, b"counted")])
    world.now = FIRST + COUNT_RETENTION - 1
    world.housekeeping.sweep()
    assert world.store.get_call("c1") is None
    assert only(world) == CountedHour(FIRST, version, version, b"counted")
    world.now += 1
    world.housekeeping.sweep()
    assert world.store.counted_hours(POOL, 0, START + DAY) == []


def begins(world: World, pool: str) -> list[int]:
    return [hour.begin for hour in world.store.counted_hours(pool, FIRST, FIRST + DAY)]


def only(world: World) -> CountedHour:
    (hour,) = world.store.counted_hours(POOL, FIRST, FIRST + DAY)
    return hour
