"""What is asked too late, with a clock that lags, or before anything has swept up: on every backend."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from masking_core.calls import Reason
from masking_core.errors import NumberNotAvailable, RequestIdReused, SessionEnded
from masking_core.instants import DAY, HOUR, SECOND, Instant
from masking_core.opening import Revision
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.sessions import Session, SessionState
from support.world import POOL, START, World, proxies, real, virtual

BACKLOG = 20
"""More expired sessions than one opening sweeps up."""


def expire_a_backlog(world: World) -> None:
    """Sessions on numbers 1 and 2 that end five seconds after the start."""
    for index in range(BACKLOG):
        world.open(100 + 2 * index, 101 + 2 * index, time_to_live=5 * SECOND, wanted=(virtual(1), virtual(2)))


def delay_the_next_revision(world: World, meanwhile: Callable[[], object]) -> None:
    """Let something happen between the moment a change reads the clock and the moment it is stored."""
    store, revise = world.store, world.store.revise_session

    def late(revision: Revision, now: Instant) -> Session:
        del store.revise_session
        world.now += 2
        meanwhile()
        return revise(revision, now)

    store.revise_session = late  # type: ignore[method-assign]


def test_a_session_closed_after_its_end_is_not_brought_back_by_a_change_that_waited(world: World) -> None:
    world.pool()
    view = world.open(1, 2, time_to_live=10 * SECOND)
    session_id = view.session.session_id
    world.now = START + 10 * SECOND - 1
    delay_the_next_revision(world, lambda: world.sessions.close(session_id))
    with pytest.raises(SessionEnded):
        world.sessions.update(SessionChange(session_id, time_to_live=HOUR))
    assert world.sessions.get(session_id).state is SessionState.EXPIRED
    assert world.call(1, proxies(view)[0]).reason is Reason.ENDED_SESSION


def test_a_change_that_waited_does_not_take_back_a_pair_that_has_gone_to_another_session(world: World) -> None:
    world.pool(30, cool_off=0)
    expire_a_backlog(world)
    view = world.open(1, 2, time_to_live=10 * SECOND, wanted=(virtual(29), virtual(28)))
    session_id = view.session.session_id
    world.now = START + 10 * SECOND - 1
    delay_the_next_revision(world, lambda: world.open(1, 3, wanted=(virtual(29), virtual(28))))
    with pytest.raises(SessionEnded):
        world.sessions.update(SessionChange(session_id, time_to_live=HOUR))
    assert world.dials(1, virtual(29)) == (real(3), virtual(28))
    assert world.dials(2, virtual(28)) is None


def test_a_session_closed_after_its_end_connects_nobody_under_a_clock_that_lags(world: World) -> None:
    world.pool()
    view = world.open(1, 2, time_to_live=10 * SECOND)
    world.now += 11 * SECOND
    world.sessions.close(view.session.session_id)
    world.now -= 2 * SECOND
    assert world.call(1, proxies(view)[0]).reason is Reason.ENDED_SESSION


def test_a_session_that_was_swept_up_connects_nobody_under_a_clock_that_lags(world: World) -> None:
    world.pool()
    view = world.open(1, 2, time_to_live=10 * SECOND)
    world.now += 11 * SECOND
    world.housekeeping.sweep()
    world.now -= 2 * SECOND
    assert world.call(1, proxies(view)[0]).reason is Reason.ENDED_SESSION
    closed = world.sessions.close(view.session.session_id)
    assert closed.state is SessionState.CLOSED
    assert world.sessions.get(view.session.session_id) == closed


def test_a_number_that_left_stays_gone_when_the_session_is_made_to_end_before_that(world: World) -> None:
    world.pool()
    view = world.open(1, 2)
    session_id, (dialled, _) = view.session.session_id, proxies(view)
    world.now += 100 * SECOND
    world.sessions.update(SessionChange(session_id, participants={0: ParticipantChange((real(9),))}))
    world.now -= 5 * SECOND
    world.sessions.update(SessionChange(session_id, time_to_live=3 * SECOND))
    assert world.dials(1, dialled) is None
    assert world.dials(9, dialled)


def test_sweeping_up_takes_nobody_elses_reservation(world: World) -> None:
    world.pool(30)
    expire_a_backlog(world)
    world.open(1, 2, time_to_live=11 * SECOND, wanted=(virtual(29), virtual(28)))
    world.now += 20 * SECOND
    reserving = world.open(3, 4, reserve_numbers=True, wanted=(virtual(29), virtual(28)))
    world.housekeeping.sweep()
    assert world.number(29).reserved_by == reserving.session.session_id
    assert world.number(29).load == 1
    with pytest.raises(NumberNotAvailable, match="RESERVED"):
        world.open(5, 6, wanted=(virtual(29), virtual(28)))


def test_a_reservation_that_ran_out_keeps_nobody_from_a_number_asked_for_by_name(world: World) -> None:
    world.pool(30)
    expire_a_backlog(world)
    world.open(1, 2, time_to_live=11 * SECOND, wanted=(virtual(29), virtual(28)), reserve_numbers=True)
    world.now += 20 * SECOND
    assert proxies(world.open(3, 4, wanted=(virtual(29), virtual(28)))) == (virtual(29), virtual(28))


def test_a_request_is_answered_again_though_its_time_has_passed(world: World) -> None:
    world.pool()
    view = world.open(1, 2, expire_time=START + 10 * SECOND, request_id="r-1")
    world.now += 11 * SECOND
    again = world.open(1, 2, expire_time=START + 10 * SECOND, request_id="r-1")
    assert again.session == view.session
    assert again.state is SessionState.EXPIRED
    with pytest.raises(RequestIdReused):
        world.open(1, 3, expire_time=START + 10 * SECOND, request_id="r-1")


def test_a_request_is_answered_again_though_its_pool_would_refuse_it_now(world: World) -> None:
    world.pool()
    view = world.open(1, 2, time_to_live=HOUR, request_id="r-1")
    world.pools.update(POOL, lambda policy: replace(policy, max_time_to_live=SECOND, countries=("FR",)))
    assert world.open(1, 2, time_to_live=HOUR, request_id="r-1") == view
    assert world.store.find_request("r-1") == view.session
    assert world.store.find_request("r-2") is None


def test_a_changed_number_is_not_put_on_a_pair_that_cools_off_unless_the_pool_allows_it(world: World) -> None:
    for name, first, reuse_early in (("refusing", 0, False), ("reusing", 10, True)):
        world.pool(3, name=name, first=first, reuse_early=reuse_early)
        person = 20 + first
        ended = world.open(person, 8, pool=name, wanted=(virtual(first), virtual(first)))
        world.sessions.close(ended.session.session_id)
        world.now += SECOND
        view = world.open(first + 1, first + 2, pool=name, wanted=(virtual(first), virtual(first)))
        change = SessionChange(view.session.session_id, participants={0: ParticipantChange((real(person),))})
        side = world.sessions.update(change).session.sides[0]
        assert (side.proxy == virtual(first)) is reuse_early
        assert side.reused_early is reuse_early


@pytest.mark.parametrize(
    "asked", [{"time_to_live": DAY}, {"participants": {0: ParticipantChange((real(9),))}}], ids=list
)
def test_a_pair_that_was_given_up_and_taken_by_another_keeps_no_lagging_clock_from_a_change(
    world: World, asked: dict[str, Any]
) -> None:
    world.pool(cool_off=0)
    view = world.open(1, 2, time_to_live=HOUR)
    session_id, (dialled, other) = view.session.session_id, proxies(view)
    world.now += 10 * SECOND
    world.sessions.update(SessionChange(session_id, participants={0: ParticipantChange((real(9),))}))
    taken = world.open(1, 3, wanted=(dialled, other))
    world.now -= SECOND
    world.sessions.update(SessionChange(session_id, **asked))
    assert world.dials(9, dialled) == (real(2), other)
    assert world.dials(1, dialled) == (real(3), proxies(taken)[1])


def test_a_number_whose_session_was_closed_can_be_reserved_under_a_clock_that_lags(world: World) -> None:
    world.pool(2, cool_off=0)
    view = world.open(1, 2, wanted=(virtual(0), virtual(1)))
    world.now += 10 * SECOND
    world.sessions.close(view.session.session_id)
    world.now -= SECOND
    assert proxies(world.open(3, 4, wanted=(virtual(0), virtual(1)), reserve_numbers=True)) == (virtual(0), virtual(1))
