"""Who is blocked, by the operator or by the other participant, on every backend."""

import pytest

from masking_core.blocks import Block
from masking_core.call_settings import CallerId, CallSettings
from masking_core.calls import Play, Reason
from masking_core.errors import Conflict, InvalidArgument, KeysChanged, NotFound, ParticipantRefused
from masking_core.instants import HOUR
from masking_core.phone_number import RealNumber
from masking_core.pools import Treatment
from masking_core.ports.keys import KeyCheck
from masking_core.sealed import Caller, LookupKey, Sealed
from masking_core.services.explanations import Rule
from masking_core.services.requests import ParticipantChange, SessionChange
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


def test_a_session_that_was_opened_beside_a_block_is_closed_before_it_is_told_of(world: World) -> None:
    world.pool(2)
    look, asked = world.store.find_blocks, 0

    def blocked_behind_the_look(lookups: list[LookupKey]) -> object:
        nonlocal asked
        asked += 1
        found = look(lookups)
        if asked == 1:
            world.store.put_block(
                None,
                Block("b1", Caller(Sealed(b"s"), world.vault.lookups(RealNumber(real(2)))), 7),
                world.vault.key_ids(),
            )
        return found

    world.store.find_blocks = blocked_behind_the_look  # type: ignore[method-assign,assignment]
    with pytest.raises(ParticipantRefused) as refusal:
        world.open(1, 2, request_id="order")
    assert refusal.value.field == "participants[1].phone_numbers"
    stored = world.store.find_request("order")
    assert stored is not None
    assert stored.close_time is not None


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
