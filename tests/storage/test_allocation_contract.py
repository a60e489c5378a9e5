"""The rules of allocation, on every backend."""

from collections import Counter

import pytest

from masking_core.errors import NumberNotAvailable
from masking_core.exhaustion import PoolExhausted, Rule
from masking_core.instants import DAY, HOUR, SECOND
from masking_core.pools import Geography
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.sessions import SessionQuery
from support.world import POOL, START, World, proxies, real, virtual

MANCHESTER = "+441614960001"
BIRMINGHAM = "+441214960001"
LONDON = "+442079460001"
PARIS = "+33199000001"
FROM_BIRMINGHAM = "+441214960777"
FROM_PARIS = "+33199000777"


def test_load_spreads_evenly(world: World) -> None:
    world.pool(10)
    for index in range(50):
        world.open(2 * index, 2 * index + 1)
    loads = Counter(number.load for number in (world.number(index) for index in range(10)))
    assert loads == {10: 10}


def test_a_free_number_with_less_load_is_taken_before_one_with_more(world: World) -> None:
    world.pool(3)
    world.open(1, 2, wanted=(virtual(0), virtual(0)))
    world.open(3, 4, wanted=(virtual(1), virtual(0)))
    assert proxies(world.open(5, 6))[0] == virtual(2)


def test_a_closed_session_frees_its_load(world: World) -> None:
    world.pool(2)
    view = world.open(1, 2)
    world.sessions.close(view.session.session_id)
    assert [world.number(index).load for index in range(2)] == [0, 0]


def test_an_expired_session_frees_its_load_with_the_next_opening(world: World) -> None:
    world.pool(2)
    world.open(1, 2, time_to_live=HOUR)
    world.now += HOUR
    world.open(3, 4)
    assert sum(world.number(index).load for index in range(2)) == 2


def test_a_pair_cools_off_before_it_is_given_again(world: World) -> None:
    world.pool(3, cool_off=HOUR)
    used = set()
    for _ in range(3):
        view = world.open(1, 2)
        used.add(proxies(view)[0])
        world.sessions.close(view.session.session_id)
        world.now += SECOND
    assert used == {virtual(0), virtual(1), virtual(2)}


def test_past_the_cool_off_the_pair_longest_unused_comes_first(world: World) -> None:
    world.pool(3, cool_off=HOUR)
    order = []
    for wanted in (virtual(1), virtual(2), virtual(0)):
        view = world.open(1, 2, wanted=(wanted, wanted))
        world.now += SECOND
        world.sessions.close(view.session.session_id)
        order.append(wanted)
    world.now += 2 * HOUR
    again = []
    for _ in range(3):
        view = world.open(1, 2)
        world.now += SECOND
        world.sessions.close(view.session.session_id)
        again.append(proxies(view)[0])
    assert again == order


def test_a_short_pool_reuses_the_pair_longest_unused_early_and_says_so(world: World) -> None:
    world.pool(2, cool_off=HOUR)
    for wanted in (virtual(1), virtual(0)):
        view = world.open(1, 2, wanted=(wanted, wanted))
        world.now += SECOND
        world.sessions.close(view.session.session_id)
    view = world.open(1, 2)
    assert view.session.sides[0].proxy == virtual(1)
    assert view.session.sides[0].reused_early


def test_a_short_pool_refuses_where_its_policy_says_so(world: World) -> None:
    world.pool(1, cool_off=HOUR, reuse_early=False)
    view = world.open(1, 2)
    world.sessions.close(view.session.session_id)
    with pytest.raises(PoolExhausted) as raised:
        world.open(1, 2)
    assert raised.value.exhaustion.ruled_out == {Rule.COOLING_OFF: 1}
    with pytest.raises(NumberNotAvailable, match="COOLING_OFF"):
        world.open(1, 2, wanted=(virtual(0), ""))
    world.now += HOUR
    assert not world.open(1, 2).session.sides[0].reused_early


def test_exhaustion_counts_every_number_under_the_rule_that_rules_it_out(world: World) -> None:
    world.pool(5, cool_off=HOUR, reuse_early=False)
    world.add(virtual(5), voice=False)
    world.open(1, 2, wanted=(virtual(0), virtual(0)))
    ended = world.open(1, 3, wanted=(virtual(1), virtual(1)))
    world.sessions.close(ended.session.session_id)
    world.open(7, 8, wanted=(virtual(2), virtual(2)), reserve_numbers=True)
    world.pools.drain_numbers([virtual(3), virtual(4)])
    with pytest.raises(PoolExhausted) as raised:
        world.open(9, 1)
    report = raised.value.exhaustion
    assert (report.pool, report.side, report.numbers) == (POOL, 1, 6)
    assert report.ruled_out == {
        Rule.NOT_IN_SERVICE: 2,
        Rule.NO_VOICE: 1,
        Rule.RESERVED: 1,
        Rule.IN_USE_BY_PARTICIPANT: 1,
        Rule.COOLING_OFF: 1,
    }
    assert len(world.sessions.list(SessionQuery())) == 3


def test_an_empty_pool_is_exhausted(world: World) -> None:
    world.pool(0)
    with pytest.raises(PoolExhausted, match="the pool is empty"):
        world.open(1, 2)


def test_a_number_without_voice_or_draining_is_never_given(world: World) -> None:
    world.pool(2)
    world.add(virtual(2), voice=False)
    world.pools.drain_numbers([virtual(0)])
    for index in range(4):
        assert set(proxies(world.open(10 + 2 * index, 11 + 2 * index))) == {virtual(1)}


def test_a_reserved_number_serves_no_other_session_until_it_ends(world: World) -> None:
    world.pool(2)
    reserved = world.open(1, 2, wanted=(virtual(0), virtual(0)), reserve_numbers=True)
    for index in range(3):
        assert set(proxies(world.open(10 + index, 20 + index))) == {virtual(1)}
    assert world.number(0).reserved_by == reserved.session.session_id
    world.sessions.close(reserved.session.session_id)
    assert world.number(0).reserved_by == ""
    assert virtual(0) in proxies(world.open(30, 31))


def test_a_reserving_session_takes_idle_numbers_alone(world: World) -> None:
    world.pool(2)
    world.open(1, 2, wanted=(virtual(0), virtual(0)))
    assert proxies(world.open(3, 4, reserve_numbers=True)) == (virtual(1), virtual(1))
    with pytest.raises(PoolExhausted) as raised:
        world.open(5, 6, reserve_numbers=True)
    assert raised.value.exhaustion.ruled_out == {Rule.IN_USE: 1, Rule.RESERVED: 1}
    with pytest.raises(NumberNotAvailable, match="IN_USE"):
        world.open(5, 6, wanted=(virtual(0), virtual(0)), reserve_numbers=True)


def test_a_reservation_ends_with_its_session_though_nothing_has_swept(world: World) -> None:
    world.pool(1, cool_off=0)
    world.open(1, 2, time_to_live=HOUR, reserve_numbers=True)
    with pytest.raises(PoolExhausted):
        world.open(3, 4)
    world.now += HOUR
    assert proxies(world.open(3, 4)) == (virtual(0), virtual(0))


def test_many_expired_sessions_do_not_make_a_pool_seem_exhausted(world: World) -> None:
    world.pool(40, cool_off=0)
    for index in range(40):
        world.open(2 * index, 2 * index + 1, time_to_live=HOUR, wanted=(virtual(index),) * 2, reserve_numbers=True)
    world.now += HOUR
    world.open(100, 101, reserve_numbers=True)


def test_geography_prefers_the_area_then_the_country_then_anywhere(world: World) -> None:
    world.pool(0, geography=Geography.AREA)
    world.add(PARIS, LONDON, BIRMINGHAM)
    reached = []
    for index in range(3):
        side = world.open(FROM_BIRMINGHAM, index).session.sides[0]
        reached.append((side.proxy, side.reach))
    assert reached == [
        (BIRMINGHAM, Geography.AREA),
        (LONDON, Geography.COUNTRY),
        (PARIS, Geography.NONE),
    ]


def test_a_mobile_number_has_no_area_and_is_served_from_its_country(world: World) -> None:
    world.pool(0, geography=Geography.AREA)
    world.add(PARIS, LONDON)
    side = world.open(1, FROM_PARIS).session.sides[0]
    assert (side.proxy, side.reach) == (LONDON, Geography.COUNTRY)


def test_strict_geography_does_not_widen(world: World) -> None:
    world.pool(0, geography=Geography.COUNTRY, strict_geography=True)
    world.add(LONDON, MANCHESTER)
    world.open(1, 2)
    with pytest.raises(PoolExhausted) as raised:
        world.open(FROM_PARIS, 3)
    assert raised.value.exhaustion.ruled_out == {Rule.GEOGRAPHY: 2}
    with pytest.raises(NumberNotAvailable, match="GEOGRAPHY"):
        world.open(FROM_PARIS, 3, wanted=(LONDON, ""))


def test_geography_widens_before_a_pair_is_reused_early(world: World) -> None:
    world.pool(0, geography=Geography.COUNTRY, cool_off=HOUR)
    world.add(LONDON, PARIS)
    world.sessions.close(world.open(1, 2, wanted=(LONDON, "")).session.session_id)
    side = world.open(1, 3).session.sides[0]
    assert (side.proxy, side.reach, side.reused_early) == (PARIS, Geography.NONE, False)


def test_an_early_reuse_keeps_to_the_geography(world: World) -> None:
    world.pool(0, geography=Geography.AREA, strict_geography=True, cool_off=HOUR)
    world.add(BIRMINGHAM, LONDON)
    world.sessions.close(world.open(FROM_BIRMINGHAM, 2, wanted=(BIRMINGHAM, "")).session.session_id)
    side = world.open(FROM_BIRMINGHAM, 3).session.sides[0]
    assert (side.proxy, side.reach, side.reused_early) == (BIRMINGHAM, Geography.AREA, True)


def test_numbers_of_another_pool_are_not_given(world: World) -> None:
    world.pool(1)
    world.pool(1, name="parcels", first=50)
    assert set(proxies(world.open(1, 2, pool="parcels"))) == {virtual(50)}
    with pytest.raises(NumberNotAvailable, match="NOT_IN_POOL"):
        world.open(3, 4, wanted=(virtual(50), ""))


def test_a_participant_with_several_numbers_is_kept_off_what_any_of_them_uses(world: World) -> None:
    world.pool(2)
    world.open(1, 5, wanted=(virtual(0), ""))
    assert proxies(world.open((real(9), real(1)), 6))[0] == virtual(1)


def test_a_revised_session_keeps_its_load_and_its_reservation(world: World) -> None:
    world.pool(3)
    view = world.open(1, 2, wanted=(virtual(0), virtual(0)), reserve_numbers=True)
    session_id = view.session.session_id
    world.sessions.update(SessionChange(session_id, participants={0: ParticipantChange((real(5),))}))
    number = world.number(0)
    assert (number.load, number.reserved_by) == (2, session_id)


def test_the_smallest_pool_that_can_work_is_enough(world: World) -> None:
    world.pool(5, cool_off=0)
    for other in range(5):
        world.open(1, 10 + other)
        world.open(2, 20 + other)
    with pytest.raises(PoolExhausted):
        world.open(1, 99)
    world.now = START + DAY
    world.open(3, 99)
