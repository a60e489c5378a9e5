"""The contract of ``PoolStore`` and ``NumberStore``, on every backend."""

from dataclasses import replace

import pytest

from masking_core.audio import Announcement, Audio
from masking_core.calls import Play, Reason
from masking_core.errors import AlreadyExists, Conflict, InvalidArgument, NotFound, NumberInUse
from masking_core.instants import DAY, HOUR
from masking_core.pools import Geography, NumberState, PoolPolicy, PoolUsage, Treatment
from masking_core.ports.numbers import NumberQuery
from support.world import POOL, START, World, proxies, real, virtual

POLICY = PoolPolicy(
    geography=Geography.AREA,
    strict_geography=True,
    cool_off=HOUR,
    reuse_early=False,
    retention=2 * DAY,
    default_time_to_live=HOUR,
    max_time_to_live=DAY,
    countries=("GB", "FR"),
    on_ended_session=Treatment.FORWARD,
    call_centre="+442079460000",
    announcements={Announcement.NOT_ALLOWED: Audio(file_url="https://example.com/no.mp3")},
)


def test_a_pool_comes_back_whole(world: World) -> None:
    pool = world.pools.create(POOL, POLICY)
    assert world.pools.get(POOL) == pool
    assert pool.policy == POLICY


def test_a_pool_is_created_once(world: World) -> None:
    world.pools.create(POOL, POLICY)
    with pytest.raises(AlreadyExists):
        world.pools.create(POOL, PoolPolicy())
    assert world.pools.get(POOL).policy == POLICY


def test_a_pool_that_is_not_there_is_not_found(world: World) -> None:
    for ask in (
        lambda: world.pools.get("none"),
        lambda: world.pools.usage("none"),
        lambda: world.pools.update("none", lambda policy: policy),
        lambda: world.add(virtual(1), pool="none"),
    ):
        with pytest.raises(NotFound):
            ask()
    assert world.store.get_pool("none") is None


def test_a_changed_policy_is_in_force_with_the_next_call(world: World) -> None:
    world.pool(1)
    assert isinstance(world.call(1, virtual(0)), Play)
    own = Audio(file_id="our-own")
    world.pools.update(POOL, lambda policy: replace(policy, announcements={Announcement.NOT_ALLOWED: own}))
    decision = world.call(1, virtual(0))
    assert isinstance(decision, Play)
    assert decision.audio == own


def test_a_pool_changed_meanwhile_is_a_conflict(world: World) -> None:
    pool = world.pools.create(POOL, POLICY)
    changed = replace(pool, version=2)
    world.store.update_pool(changed)
    with pytest.raises(Conflict):
        world.store.update_pool(changed)
    with pytest.raises(NotFound):
        world.store.update_pool(replace(pool, name="none", version=2))


def test_pools_are_listed_by_name_in_pages(world: World) -> None:
    for name in ("c", "a", "b"):
        world.pools.create(name, PoolPolicy())
    assert [pool.name for pool in world.pools.list("", 2)] == ["a", "b"]
    assert [pool.name for pool in world.pools.list("b", 2)] == ["c"]


def test_a_number_comes_back_whole(world: World) -> None:
    world.pool(0)
    world.add(virtual(1), country="IE", area="1", voice=False, sms=True)
    number = world.number(1)
    assert (number.pool, number.country, number.area, number.voice, number.sms) == (POOL, "IE", "1", False, True)
    assert (number.state, number.load, number.reserved_by, number.create_time) == (
        NumberState.IN_SERVICE,
        0,
        "",
        START,
    )


def test_adding_again_takes_the_new_facts_and_keeps_the_sessions(world: World) -> None:
    world.pool(1)
    view = world.open(1, 2)
    world.pools.drain_numbers([virtual(0)])
    world.add(virtual(0), area="999")
    number = world.number(0)
    assert (number.state, number.area, number.load) == (NumberState.IN_SERVICE, "999", 2)
    assert world.dials(1, proxies(view)[0])


def test_numbers_are_added_all_or_none(world: World) -> None:
    world.pool(1)
    world.pool(0, name="parcels")
    with pytest.raises(AlreadyExists, match=r"\+442079460000 is in pool ride-uk"):
        world.add(virtual(1), virtual(0), pool="parcels")
    assert not world.pools.list_numbers(NumberQuery(pool="parcels"))
    with pytest.raises(InvalidArgument) as raised:
        world.add(virtual(1), virtual(2), virtual(1), pool="parcels")
    assert raised.value.field == "numbers[2].number"


def test_a_participants_number_cannot_become_ours_while_its_session_runs(world: World) -> None:
    world.pool()
    view = world.open(1, (real(2), real(3)))
    with pytest.raises(NumberInUse) as raised:
        world.add(real(3))
    assert real(3) not in str(raised.value)
    world.sessions.close(view.session.session_id)
    world.add(real(3))
    with pytest.raises(InvalidArgument):
        world.open(1, 3)


def test_a_draining_number_keeps_its_sessions_and_takes_no_new_ones(world: World) -> None:
    world.pool(2)
    view = world.open(1, 2, wanted=(virtual(0), virtual(0)))
    assert [number.state for number in world.pools.drain_numbers([virtual(0)])] == [NumberState.DRAINING]
    assert world.dials(1, proxies(view)[0])
    assert set(proxies(world.open(3, 4))) == {virtual(1)}
    world.sessions.close(view.session.session_id)
    assert world.call(1, virtual(0)).reason is Reason.ENDED_SESSION


def test_numbers_are_drained_all_or_none(world: World) -> None:
    world.pool(1)
    with pytest.raises(NotFound):
        world.pools.drain_numbers([virtual(0), virtual(9)])
    assert world.number(0).state is NumberState.IN_SERVICE


def test_a_number_that_is_held_cannot_be_removed(world: World) -> None:
    world.pool(2)
    view = world.open(1, 2, wanted=(virtual(0), virtual(0)))
    with pytest.raises(NumberInUse, match="running"):
        world.pools.remove_numbers([virtual(1), virtual(0)])
    world.sessions.close(view.session.session_id)
    with pytest.raises(NumberInUse, match="remembered"):
        world.pools.remove_numbers([virtual(1), virtual(0)])
    world.pools.remove_numbers([virtual(1)])
    assert world.store.get_number(virtual(1)) is None
    assert world.call(1, virtual(1)).reason is Reason.UNKNOWN_NUMBER
    with pytest.raises(NotFound):
        world.pools.remove_numbers([virtual(1)])


def test_a_removed_number_can_join_another_pool(world: World) -> None:
    world.pool(1)
    world.pool(0, name="parcels")
    world.pools.remove_numbers([virtual(0)])
    world.add(virtual(0), pool="parcels")
    assert set(proxies(world.open(1, 2, pool="parcels"))) == {virtual(0)}


def test_a_removed_number_may_be_a_participants(world: World) -> None:
    world.pool(2)
    world.pools.remove_numbers([virtual(0)])
    world.open(virtual(0), 2)


def test_numbers_are_listed_by_every_filter_in_pages(world: World) -> None:
    world.pool(4)
    world.pool(1, name="parcels", first=50)
    world.add("+33199000001")
    world.pools.drain_numbers([virtual(1)])

    def listed(query: NumberQuery) -> list[str]:
        return [number.number for number in world.pools.list_numbers(query)]

    assert listed(NumberQuery()) == ["+33199000001", *(virtual(index) for index in (0, 1, 2, 3, 50))]
    assert listed(NumberQuery(pool="parcels")) == [virtual(50)]
    assert listed(NumberQuery(pool=POOL, state=NumberState.IN_SERVICE, country="GB")) == [
        virtual(0),
        virtual(2),
        virtual(3),
    ]
    assert listed(NumberQuery(state=NumberState.DRAINING)) == [virtual(1)]
    assert listed(NumberQuery(after=virtual(1), limit=2)) == [virtual(2), virtual(3)]


def test_usage_counts_what_runs_now(world: World) -> None:
    world.pool(5)
    world.open(1, 2, wanted=(virtual(0), virtual(0)))
    world.open(1, 3, wanted=(virtual(1), virtual(0)), time_to_live=HOUR)
    world.open(5, 6, wanted=(virtual(2), virtual(2)), reserve_numbers=True)
    world.pools.drain_numbers([virtual(4)])
    assert world.pools.usage(POOL) == PoolUsage(
        POOL, in_service=4, draining=1, reserved=1, idle=1, active_sessions=3, highest_load=3
    )
    world.now += HOUR
    assert world.pools.usage(POOL) == PoolUsage(
        POOL, in_service=4, draining=1, reserved=1, idle=2, active_sessions=2, highest_load=2
    )


def test_many_numbers_at_once(world: World) -> None:
    world.pool(0)
    world.add(*(f"+4420794{index:05}" for index in range(60000, 61000)))
    assert world.pools.usage(POOL).in_service == 1000
