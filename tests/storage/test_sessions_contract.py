"""The contract of ``SessionStore`` and ``RouteStore``, on every backend."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.numbering import PhonenumbersPlan
from adapters.sealing.key import Key
from adapters.sealing.vault import RingVault
from adapters.system import new_pin
from masking_core.audio import Announcement, Audio
from masking_core.call_settings import CallSettings
from masking_core.calls import Dial, Play, Reason
from masking_core.errors import (
    Conflict,
    InvalidArgument,
    KeysChanged,
    NotFound,
    NumberNotAvailable,
    RequestIdReused,
    SessionEnded,
)
from masking_core.instants import DAY, HOUR, NEVER, SECOND
from masking_core.opening import Revision
from masking_core.phone_number import RealNumber
from masking_core.services.requests import OpenRequest, ParticipantChange, ParticipantRequest, SessionChange
from masking_core.services.sessions import Sessions
from masking_core.sessions import SessionQuery, SessionState
from support.world import POOL, START, World, proxies, real, virtual


def test_both_participants_reach_each_other_and_can_be_called_back(world: World) -> None:
    world.pool()
    a, b = proxies(world.open(1, 2))
    assert world.dials(1, a) == (real(2), b)
    assert world.dials(2, b) == (real(1), a)


def test_a_participant_in_two_sessions_reaches_the_right_person_in_each(world: World) -> None:
    world.pool(2)
    ab = proxies(world.open(1, 2))
    ac = proxies(world.open(1, 3))
    assert ab[0] != ac[0]
    assert world.dials(1, ab[0]) == (real(2), ab[1])
    assert world.dials(1, ac[0]) == (real(3), ac[1])
    assert world.dials(2, ab[1]) == (real(1), ab[0])
    assert world.dials(3, ac[1]) == (real(1), ac[0])


def test_two_sessions_of_the_same_pair_have_different_numbers(world: World) -> None:
    world.pool(2)
    first, second = proxies(world.open(1, 2)), proxies(world.open(1, 2))
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_every_real_number_is_recognised_and_the_first_is_dialled(world: World) -> None:
    world.pool()
    a, b = proxies(world.open((real(1), real(11), real(21)), (real(2), real(12))))
    for caller in (1, 11, 21):
        assert world.dials(caller, a) == (real(2), b)
    for caller in (2, 12):
        assert world.dials(caller, b) == (real(1), a)


def test_an_unknown_number_matches_nothing(world: World) -> None:
    assert world.store.find_route("+442079460999", ()) is None


def test_a_stranger_and_a_withheld_caller_match_the_pool_alone(world: World) -> None:
    world.pool()
    dialled = proxies(world.open(1, 2))[0]
    for caller, reason in ((9, Reason.NO_SESSION), (None, Reason.CALLER_WITHHELD)):
        decision = world.call(caller, dialled)
        assert isinstance(decision, Play)
        assert decision.reason is reason


def test_a_closed_session_connects_nobody_and_is_remembered(world: World) -> None:
    world.pool()
    view = world.open(1, 2)
    closed = world.sessions.close(view.session.session_id)
    assert closed.state is SessionState.CLOSED
    for caller, dialled in zip((1, 2), proxies(view), strict=True):
        assert world.call(caller, dialled).reason is Reason.ENDED_SESSION


def test_a_closed_session_connects_nobody_under_a_clock_that_lags(world: World) -> None:
    world.pool()
    view = world.open(1, 2)
    world.now += 60 * SECOND
    world.sessions.close(view.session.session_id)
    world.now -= 60 * SECOND
    for caller, dialled in zip((1, 2), proxies(view), strict=True):
        assert world.call(caller, dialled).reason is Reason.ENDED_SESSION
    assert world.sessions.get(view.session.session_id).state is SessionState.CLOSED
    assert len(world.sessions.list(SessionQuery(state=SessionState.CLOSED))) == 1
    assert not world.sessions.list(SessionQuery(state=SessionState.ACTIVE))


def test_a_number_that_left_connects_nobody_under_a_clock_that_lags(world: World) -> None:
    world.pool()
    view = world.open(1, 2)
    world.now += 60 * SECOND
    world.sessions.update(SessionChange(view.session.session_id, participants={0: ParticipantChange((real(7),))}))
    world.now -= 60 * SECOND
    assert world.call(1, proxies(view)[0]).reason is Reason.ENDED_SESSION
    assert world.dials(7, proxies(view)[0])


def test_closing_twice_changes_nothing_and_an_unknown_session_is_not_found(world: World) -> None:
    world.pool()
    session_id = world.open(1, 2).session.session_id
    first = world.sessions.close(session_id)
    world.now += SECOND
    assert world.sessions.close(session_id) == first
    with pytest.raises(NotFound):
        world.sessions.close("nobody")
    assert world.store.close_session("nobody", world.now) is None


def test_a_session_ends_at_the_moment_its_expire_time_passes(world: World) -> None:
    world.pool()
    view = world.open(1, 2, expire_time=START + HOUR)
    dialled = proxies(view)[0]
    world.now = START + HOUR - 1
    assert world.dials(1, dialled) is not None
    world.now = START + HOUR
    assert world.call(1, dialled).reason is Reason.ENDED_SESSION
    assert world.sessions.get(view.session.session_id).state is SessionState.EXPIRED


def test_a_late_caller_hears_the_end_until_retention_is_over(world: World) -> None:
    world.pool(retention=2 * DAY)
    view = world.open(1, 2, expire_time=START + HOUR)
    world.now = START + HOUR + 2 * DAY - 1
    assert world.call(1, proxies(view)[0]).reason is Reason.ENDED_SESSION
    world.now += 1
    assert world.call(1, proxies(view)[0]).reason is Reason.NO_SESSION


def test_what_was_stored_comes_back_whole(world: World) -> None:
    world.pool()
    settings = CallSettings(
        record=True,
        record_callee_announcement=False,
        caller_announcement=Audio(file_id="a-file"),
        callee_announcement=Audio(standard=Announcement.CALL_RECORDED),
    )
    view = world.open(
        1,
        2,
        time_to_live=HOUR,
        reference="trip 7 ½ päid",
        labels={"city": "York", "tier": "gold"},
        call_settings=settings,
        request_id="once",
        reserve_numbers=True,
    )
    assert world.sessions.get(view.session.session_id) == view
    decision = world.call(1, proxies(view)[0])
    assert isinstance(decision, Dial)
    assert decision.call_settings == settings


def test_a_session_without_an_end_has_none(world: World) -> None:
    world.pool()
    assert world.open(1, 2).session.expire_time == NEVER


def test_the_same_request_id_opens_one_session(world: World) -> None:
    world.pool()
    first = world.open(1, 2, request_id="r-1")
    world.now += SECOND
    assert world.open(1, 2, request_id="r-1") == first
    assert len(world.sessions.list(SessionQuery())) == 1


def test_a_request_id_stands_for_one_request(world: World) -> None:
    world.pool()
    world.open(1, 2, request_id="r-1")
    with pytest.raises(RequestIdReused):
        world.open(1, 3, request_id="r-1")
    with pytest.raises(RequestIdReused):
        world.open(1, 2, request_id="r-1", reference="x")


def test_a_participant_cannot_have_a_virtual_number(world: World) -> None:
    world.pool()
    with pytest.raises(InvalidArgument) as raised:
        world.open(1, (real(2), virtual(0)))
    assert raised.value.field == "participants[1].phone_numbers[1]"
    assert not world.sessions.list(SessionQuery())


def test_opening_in_a_pool_that_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.open(1, 2)


def test_a_number_asked_for_by_name_is_that_number_or_an_error(world: World) -> None:
    world.pool(4)
    view = world.open(1, 2, wanted=(virtual(2), virtual(3)))
    assert proxies(view) == (virtual(2), virtual(3))
    with pytest.raises(NumberNotAvailable) as raised:
        world.open(1, 5, wanted=(virtual(2), ""))
    assert (raised.value.side, raised.value.rule) == (0, "IN_USE_BY_PARTICIPANT")
    with pytest.raises(NumberNotAvailable) as raised:
        world.open(1, 5, wanted=("", virtual(9)))
    assert (raised.value.side, raised.value.rule) == (1, "NOT_IN_POOL")
    assert len(world.sessions.list(SessionQuery())) == 1


def test_a_named_number_that_is_draining_is_refused(world: World) -> None:
    world.pool(2)
    world.pools.drain_numbers([virtual(1)])
    with pytest.raises(NumberNotAvailable, match="NOT_IN_SERVICE"):
        world.open(1, 2, wanted=(virtual(1), ""))


def test_a_writer_with_another_key_ring_is_refused(world: World) -> None:
    world.pool()
    stranger = Sessions(
        world.store,
        RingVault.of(Key.new(1)),
        PhonenumbersPlan(),
        world.clock,
        lambda: "from a stranger",
        new_pin,
    )
    with pytest.raises(KeysChanged):
        stranger.open(OpenRequest(POOL, (ParticipantRequest((real(1),)), ParticipantRequest((real(2),)))))
    assert not world.sessions.list(SessionQuery())


def test_sessions_are_listed_newest_first_by_every_filter(world: World) -> None:
    world.pool(8)
    world.pool(4, name="parcels", first=10)
    views = []
    for index in range(6):
        world.now += SECOND
        views.append(world.open(1, 2 + index, reference=f"order-{index % 2}", expire_time=START + (1 + index) * HOUR))
    parcels = world.open(50, 51, pool="parcels")
    world.sessions.close(views[5].session.session_id)
    world.now = START + 2 * HOUR

    def listed(**query: Any) -> list[str]:
        return [view.session.session_id for view in world.sessions.list(SessionQuery(**query))]

    ids = [view.session.session_id for view in views]
    assert listed() == [parcels.session.session_id, *reversed(ids)]
    assert listed(pool="parcels") == [parcels.session.session_id]
    assert listed(pool=POOL, state=SessionState.ACTIVE) == [ids[4], ids[3], ids[2]]
    assert listed(state=SessionState.CLOSED) == [ids[5]]
    assert listed(state=SessionState.EXPIRED) == [ids[1], ids[0]]
    assert listed(reference="order-0") == [ids[4], ids[2], ids[0]]
    lookups = world.vault.lookups(RealNumber(real(2)))
    assert listed(lookups=lookups) == [ids[0]]
    lookups = world.vault.lookups(RealNumber(real(1)))
    assert listed(lookups=lookups, limit=2) == [ids[5], ids[4]]
    assert listed(lookups=lookups, after=ids[2], pool=POOL) == [ids[1], ids[0]]
    assert listed(after=ids[0]) == []


def test_pages_stay_in_step_while_sessions_come_and_go(world: World) -> None:
    world.pool(12, retention=HOUR, cool_off=0)
    ids = []
    for index in range(10):
        world.now += SECOND
        ids.append(world.open(1, 2 + index).session.session_id)
    first = world.sessions.list(SessionQuery(limit=4))
    world.open(1, 99)
    world.sessions.close(ids[8])
    world.now += HOUR
    world.housekeeping.sweep()
    after = first[-1].session.session_id
    second = world.sessions.list(SessionQuery(limit=4, after=after))
    assert [view.session.session_id for view in second] == [ids[5], ids[4], ids[3], ids[2]]


def test_a_session_can_be_extended_and_shortened(world: World) -> None:
    world.pool()
    view = world.open(1, 2, time_to_live=HOUR)
    session_id, (dialled, _) = view.session.session_id, proxies(view)
    world.sessions.update(SessionChange(session_id, time_to_live=3 * HOUR))
    world.now = START + 2 * HOUR
    assert world.dials(1, dialled) is not None
    world.sessions.update(SessionChange(session_id, expire_time=START + 2 * HOUR + 1))
    world.now += 1
    assert world.call(1, dialled).reason is Reason.ENDED_SESSION
    with pytest.raises(SessionEnded):
        world.sessions.update(SessionChange(session_id, time_to_live=HOUR))


def test_labels_reference_and_settings_change_and_nothing_else(world: World) -> None:
    world.pool()
    view = world.open(1, 2, labels={"a": "1"}, reference="before")
    settings = CallSettings(caller_announcement=Audio(file_url="https://example.com/hello.mp3"))
    world.now += SECOND
    changed = world.sessions.update(
        SessionChange(view.session.session_id, labels={"b": "2"}, reference="after", call_settings=settings)
    )
    assert changed.session == replace(
        view.session,
        labels={"b": "2"},
        reference="after",
        call_settings=settings,
        update_time=world.now,
        version=2,
    )
    assert world.sessions.get(view.session.session_id) == changed
    decision = world.call(2, proxies(view)[1])
    assert isinstance(decision, Dial)
    assert decision.call_settings == settings


def test_a_changed_real_number_connects_and_the_old_one_does_not(world: World) -> None:
    world.pool()
    view = world.open(1, 2)
    a, b = proxies(view)
    changed = world.sessions.update(
        SessionChange(view.session.session_id, participants={0: ParticipantChange((real(7), real(8)))})
    )
    assert proxies(changed) == (a, b)
    assert world.dials(7, a) == world.dials(8, a) == (real(2), b)
    assert world.dials(2, b) == (real(7), a)
    assert world.call(1, a).reason is Reason.ENDED_SESSION


def test_a_number_given_back_connects_again(world: World) -> None:
    world.pool()
    view = world.open(1, 2)
    for numbers in ((real(7),), (real(1),)):
        world.now += SECOND
        world.sessions.update(SessionChange(view.session.session_id, participants={0: ParticipantChange(numbers)}))
    a, b = proxies(view)
    assert world.dials(1, a) == (real(2), b)
    assert world.call(7, a).reason is Reason.ENDED_SESSION


def test_a_changed_number_that_is_taken_there_moves_its_participant_and_not_the_other(world: World) -> None:
    world.pool(3)
    other = world.open(7, 9, wanted=(virtual(0), virtual(1)))
    view = world.open(1, 2, wanted=(virtual(0), virtual(2)))
    changed = world.sessions.update(
        SessionChange(view.session.session_id, participants={0: ParticipantChange((real(7),))})
    )
    a, b = proxies(changed)
    assert a != virtual(0)
    assert b == virtual(2)
    assert world.dials(7, a) == (real(2), b)
    assert world.dials(7, virtual(0)) == (real(9), proxies(other)[1])
    assert world.dials(2, b) == (real(7), a)


def test_a_revision_of_an_older_version_is_refused(world: World) -> None:
    world.pool()
    session = world.open(1, 2).session
    revised = replace(session, version=2, labels={"x": "1"})
    revision = Revision(revised, world.pools.get(POOL), (None, None), world.vault.key_ids())
    world.store.revise_session(revision, world.now)
    with pytest.raises(Conflict):
        world.store.revise_session(revision, world.now)
    gone = Revision(replace(revised, session_id="nobody"), world.pools.get(POOL), (None, None), world.vault.key_ids())
    with pytest.raises(NotFound):
        world.store.revise_session(gone, world.now)


def test_a_session_that_another_process_found_expired_cannot_be_extended(world: World) -> None:
    world.pool()
    view = world.open(1, 2, expire_time=START + HOUR)
    world.now = START + HOUR
    world.housekeeping.sweep()
    world.now = START + HOUR - SECOND
    with pytest.raises(SessionEnded):
        world.sessions.update(SessionChange(view.session.session_id, time_to_live=HOUR))
