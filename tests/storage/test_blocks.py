"""Who is blocked, by the operator or by the other participant, on every backend."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import pytest

from masking_core.blocks import Block
from masking_core.call_settings import CallerId, CallSettings
from masking_core.calls import Play, Reason
from masking_core.errors import Conflict, InvalidArgument, KeysChanged, NotFound, ParticipantRefused
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import HOUR
from masking_core.opening import Opening, Revision
from masking_core.phone_number import RealNumber
from masking_core.pools import Treatment
from masking_core.ports.keys import KeyCheck
from masking_core.sealed import Caller, LookupKey, Sealed
from masking_core.services.explanations import Rule
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.services.sessions import SessionView
from masking_core.sessions import Session, SessionQuery, SessionState
from support.world import World, proxies, real, virtual

CENTRE = "+442079460999"


def block(number: str, *lookups: bytes, note: str = "") -> Block:
    return Block(number, Caller(Sealed(b"sealed"), tuple(LookupKey(each * 16) for each in lookups)), 7, note)


def keys(*lookups: bytes) -> list[LookupKey]:
    return [LookupKey(each * 16) for each in lookups]


def test_a_block_is_found_by_each_of_its_look_up_keys_and_by_no_other(world: World) -> None:
    world.pool(1)
    world.store.put_block(None, block("b1", b"a", b"b"), world.vault.key_ids())
    assert [list(world.store.find_blocks(keys(each))) for each in (b"a", b"b", b"c")] == [["b1"], ["b1"], []]
    assert list(world.store.find_blocks(keys(b"a", b"b"))) == ["b1"]
    assert list(world.store.find_blocks([])) == []
    for each, blocked in ((b"a", True), (b"b", True), (b"c", False)):
        match = world.store.find_route(virtual(0), keys(each))
        assert match is not None
        assert match.blocked is blocked
    match = world.store.find_route(virtual(0), ())
    assert match is not None
    assert not match.blocked


def test_a_block_takes_the_place_of_the_known_one_and_of_no_other(world: World) -> None:
    ring, first, second = world.vault.key_ids(), block("b1", b"a"), block("b1", b"b", note="moved")
    world.store.put_block(None, first, ring)
    for known in (None, second):
        with pytest.raises(Conflict):
            world.store.put_block(known, block("b1", b"c"), ring)
    assert list(world.store.find_blocks(keys(b"c"))) == []
    assert list(world.store.find_blocks(keys(b"a"))) == ["b1"]
    world.store.put_block(first, second, ring)
    assert world.store.get_block("b1") == second
    assert list(world.store.find_blocks(keys(b"a"))) == []
    assert list(world.store.find_blocks(keys(b"b"))) == ["b1"]


def test_a_block_that_was_removed_does_not_come_back(world: World) -> None:
    first = block("b1", b"a")
    world.store.put_block(None, first, world.vault.key_ids())
    assert world.store.remove_block("b1", ())
    assert not world.store.remove_block("b1", keys(b"a"))
    with pytest.raises(Conflict):
        world.store.put_block(first, block("b1", b"b"), world.vault.key_ids())
    assert world.store.get_block("b1") is None
    assert list(world.store.find_blocks(keys(b"a", b"b"))) == []


def test_blocks_are_listed_by_id(world: World) -> None:
    listed = [block(f"b{index}", bytes([index])) for index in range(5)]
    for each in (listed[3], listed[0], listed[4], listed[2], listed[1]):
        world.store.put_block(None, each, world.vault.key_ids())
    assert list(world.store.list_blocks("", 2)) == listed[:2]
    assert list(world.store.list_blocks("b1", 9)) == listed[2:]
    assert list(world.store.list_blocks("b4", 9)) == []


def test_nobody_with_other_keys_stores_a_block(world: World) -> None:
    world.store.set_keys(world.store.get_keys(), (KeyCheck("other", "check"),))
    with pytest.raises(KeysChanged):
        world.store.put_block(None, block("b1", b"a"), world.vault.key_ids())


def test_a_blocked_number_is_refused_and_takes_part_in_nothing(world: World) -> None:
    world.pool(4, on_no_session=Treatment.FORWARD, on_ended_session=Treatment.FORWARD, call_centre=CENTRE)
    blocked = world.open((real(1), real(11)), 2)
    others = world.open(3, 4)
    mine, theirs = proxies(blocked)
    world.blocks.add(RealNumber(real(11)), "abuse")
    refused = world.call(11, mine)
    assert isinstance(refused, Play)
    assert refused.reason is Reason.CALLER_BLOCKED
    assert world.call(11, proxies(others)[0]).reason is Reason.CALLER_BLOCKED
    assert world.dials(2, theirs) is None
    assert world.dials(1, mine) is None
    assert world.dials(3, proxies(others)[0])
    assert world.call(None, mine).reason is Reason.CALLER_WITHHELD
    for one, two, path in ((11, 5, "participants[0]"), (5, 11, "participants[1]")):
        with pytest.raises(ParticipantRefused) as refusal:
            world.open(one, two)
        assert refusal.value.field == f"{path}.phone_numbers[0]"
    change = SessionChange(others.session.session_id, participants={1: ParticipantChange((real(4), real(11)))})
    with pytest.raises(ParticipantRefused):
        world.sessions.update(change)
    assert world.dials(3, proxies(others)[0])


def test_blocking_twice_is_blocking_once_and_the_note_is_the_last(world: World) -> None:
    first = world.blocks.add(RealNumber(real(1)), "first")
    world.now += HOUR
    second = world.blocks.add(RealNumber(real(1)), "second")
    assert (second.block.block_id, second.block.create_time) == (first.block.block_id, first.block.create_time)
    assert [(view.number.e164, view.block.note) for view in world.blocks.list("", 10)] == [(real(1), "second")]


def test_who_is_blocked_no_longer_calls_and_takes_part_again(world: World) -> None:
    world.pool(2)
    world.blocks.add(RealNumber(real(1)))
    world.blocks.remove(RealNumber(real(1)))
    with pytest.raises(NotFound):
        world.blocks.remove(RealNumber(real(1)))
    assert world.dials(1, proxies(world.open(1, 2))[0])


def test_a_note_holds_no_real_number(world: World) -> None:
    with pytest.raises(InvalidArgument):
        world.blocks.add(RealNumber(real(1)), f"called {real(2)} all day")
    assert list(world.blocks.list("", 10)) == []


def test_a_block_outlives_the_sessions_of_its_number(world: World) -> None:
    world.pool(2, retention=HOUR, cool_off=0)
    view = world.open(1, 2)
    world.blocks.add(RealNumber(real(1)))
    world.now += 2 * HOUR
    while world.housekeeping.sweep():
        pass
    with pytest.raises(NotFound):
        world.sessions.get(view.session.session_id)
    assert world.call(1, proxies(view)[0]).reason is Reason.CALLER_BLOCKED


def blocking_meanwhile(
    world: World, change: type[Opening] | type[Revision], monkeypatch: pytest.MonkeyPatch
) -> list[Thread]:
    """Have person 2 blocked while the first opening or change has been checked, and is not stored yet.

    A store that keeps the two apart lets the block wait, and another takes it at once.
    """
    placed, blocking = change.placed, Thread(target=lambda: world.blocks.add(RealNumber(real(2))))
    begun: list[Thread] = []

    def placed_beside(self: Any, source: Any) -> Session:
        if not begun:
            begun.append(blocking)
            blocking.start()
            blocking.join(0.2)
        return placed(self, source)

    monkeypatch.setattr(change, "placed", placed_beside)
    return begun


def running_of(world: World, person: int) -> list[SessionView]:
    lookups = world.vault.lookups(RealNumber(real(person)))
    return [*world.sessions.list(SessionQuery(state=SessionState.ACTIVE, lookups=lookups))]


def test_whoever_is_blocked_while_a_session_is_opened_has_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.pool(2)
    begun = blocking_meanwhile(world, Opening, monkeypatch)
    with suppress(ParticipantRefused):
        world.open(1, 2, request_id="order")
    for blocking in begun:
        blocking.join()
    assert len(begun) == 1
    assert running_of(world, 2) == []
    stored = world.store.find_request("order")
    assert stored is None or stored.close_time is not None
    with pytest.raises(ParticipantRefused):
        world.open(1, 2)


def test_whoever_is_blocked_while_a_session_takes_them_in_is_in_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pool(2)
    taken_in = SessionChange(world.open(1, 3).session.session_id, participants={1: ParticipantChange((real(2),))})
    begun = blocking_meanwhile(world, Revision, monkeypatch)
    with suppress(ParticipantRefused):
        world.sessions.update(taken_in)
    for blocking in begun:
        blocking.join()
    assert len(begun) == 1
    assert running_of(world, 2) == []


def test_a_session_whose_participant_is_blocked_and_was_not_closed_yet_is_changed_like_any_other(world: World) -> None:
    """Who blocked may have died before it closed the session; what is asked of the other participant still holds."""
    world.pool(4)
    session_id = world.open(1, 2).session.session_id
    blocked = Block("b1", Caller(Sealed(b"s"), world.vault.lookups(RealNumber(real(2)))), 7)
    world.store.put_block(None, blocked, world.vault.key_ids())
    world.now += HOUR
    longer = world.sessions.update(SessionChange(session_id, time_to_live=9 * HOUR, labels={"order": "7"}))
    assert longer.session.expire_time == world.now + 9 * HOUR
    other = world.sessions.update(SessionChange(session_id, participants={0: ParticipantChange((real(3),))}))
    assert other.numbers[0] == (RealNumber(real(3)),)
    with pytest.raises(ParticipantRefused):
        world.sessions.update(SessionChange(session_id, participants={1: ParticipantChange((real(2), real(4)))}))
    assert world.sessions.get(session_id).session == other.session


def test_blocks_and_openings_at_one_time_leave_nobody_who_is_blocked_in_a_session(world: World) -> None:
    world.pool(8)
    stop, tries = Event(), [0, 0]

    def open_again_and_again(opener: int) -> None:
        while not stop.is_set():
            with suppress(ParticipantRefused, PoolExhausted):
                world.open(1, 2)
            tries[opener] += 1

    def let_all_finish_what_they_have_begun() -> None:
        later = [each + 2 for each in tries]
        while not stop.is_set() and any(now < then for now, then in zip(tries, later, strict=True)):
            assert not any(each.done() for each in openers)
            time.sleep(0.001)

    with ThreadPoolExecutor(2) as threads:
        openers = [threads.submit(open_again_and_again, each) for each in (0, 1)]
        try:
            for _ in range(5):
                world.blocks.add(RealNumber(real(2)))
                let_all_finish_what_they_have_begun()
                assert running_of(world, 2) == []
                world.blocks.remove(RealNumber(real(2)))
                let_all_finish_what_they_have_begun()
                assert running_of(world, 2) != []
        finally:
            stop.set()
    assert [each.result() for each in openers] == [None, None]


def test_erasing_a_person_removes_the_block(world: World) -> None:
    world.pool(1)
    world.blocks.add(RealNumber(real(1)))
    world.erasing.erase(RealNumber(real(1)))
    assert list(world.blocks.list("", 10)) == []
    assert world.call(1, virtual(0)).reason is Reason.NO_SESSION


def test_explaining_tells_of_a_block(world: World) -> None:
    world.pool(1)
    world.blocks.add(RealNumber(real(1)))
    told = world.explaining.explain(RealNumber(real(1)), virtual(0))
    assert told.decision.reason is Reason.CALLER_BLOCKED
    assert Rule.NOT_BLOCKED in [each.rule for each in told.findings if not each.holds]


def test_a_participant_takes_no_calls_of_the_other_one_and_still_calls(world: World) -> None:
    world.pool(2, on_no_session=Treatment.ASK_PIN)
    view = world.open(1, 2)
    session_id, (mine, theirs) = view.session.session_id, proxies(view)
    world.sessions.update(SessionChange(session_id, participants={0: ParticipantChange(blocks=True)}))
    refused = world.call(2, theirs)
    assert isinstance(refused, Play)
    assert (refused.reason, refused.session_id) == (Reason.PARTICIPANT_BLOCKED, session_id)
    assert world.dials(1, mine)
    told = world.explaining.explain(RealNumber(real(2)), theirs)
    assert told.findings[-1].rule is Rule.NOT_BLOCKED
    shown = CallSettings(caller_id=CallerId.DIALLED)
    world.sessions.update(SessionChange(session_id, call_settings=shown, time_to_live=HOUR))
    assert world.call(2, theirs).reason is Reason.PARTICIPANT_BLOCKED
    world.sessions.update(SessionChange(session_id, participants={0: ParticipantChange(blocks=False)}))
    assert world.dials(2, theirs) == (real(1), theirs)
    assert world.sessions.get(session_id).session.call_settings == shown
