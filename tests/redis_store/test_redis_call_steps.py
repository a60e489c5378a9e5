"""A process dies between any two steps of recording calls, or of taking a person out of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from masking_core.call_merging import without
from masking_core.call_records import CallQuery, CallRecord, hour_of
from masking_core.calls import Reason
from masking_core.events import EventKind
from masking_core.instants import DAY, HOUR, SECOND
from masking_core.phone_number import RealNumber
from masking_core.sealed import LookupKey
from support.callers import decided, record, reported
from support.redis_scene import Scene, at_every_step
from support.redis_servers import Server
from support.world import POOL, START, World, real

CALLS = tuple(f"call-of-{index}" for index in range(5))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(append_only=False).start()
    yield server
    server.remove()


def first_told(world: World) -> list[CallRecord]:
    return [
        replace(decided(world, call_id, START + index, session_id="s1", correlation_ids=("n",)), keep_until=START + DAY)
        for index, call_id in enumerate(CALLS)
    ]


def told_later(world: World) -> list[CallRecord]:
    """Another callback, an hour before the first, and a report of each call."""
    earlier = [decided(world, call_id, START - HOUR, key="typed", reason=Reason.PIN_WRONG) for call_id in CALLS]
    return earlier + [reported(call_id, START + SECOND) for call_id in CALLS]


def listed(world: World, query: CallQuery) -> list[str]:
    return sorted(call.call_id for call in world.store.list_calls(query) if call.call_id in CALLS)


def lookups_of(world: World) -> tuple[LookupKey, ...]:
    return world.vault.lookups(RealNumber(real(1)))


def check_indexes(world: World) -> None:
    """Each call is found by all that stands in it, and by nothing else."""
    for call_id in CALLS:
        call = world.store.get_call(call_id)
        assert call is not None
        around = CallQuery(begin=call.time, end=call.time + 1)
        for query in (around, replace(around, pool=POOL), replace(around, dialled=call.dialled)):
            assert call_id in listed(world, query)
    for query in (CallQuery(session_id="s1"), CallQuery(pool=POOL), CallQuery()):
        assert listed(world, query) == sorted(CALLS)
    assert sorted(call.call_id for call in world.store.find_calls("n")) == sorted(CALLS)


def test_a_death_at_any_step_of_recording_new_calls_records_each_whole_or_not_at_all(server: Server) -> None:
    def act(scene: Scene, _: object) -> None:
        record(scene.mortal, *first_told(scene.mortal))

    def after(scene: Scene, _: object) -> None:
        known = sorted(call_id for call_id in CALLS if scene.next.store.get_call(call_id) is not None)
        for query in (CallQuery(), CallQuery(pool=POOL), CallQuery(session_id="s1")):
            assert listed(scene.next, query) == known
        assert sorted(event.call_id for event in scene.events() if event.call_id in CALLS) == known
        record(scene.next, *first_told(scene.next))
        check_indexes(scene.next)
        assert sorted(event.call_id for event in scene.events() if event.call_id in CALLS) == sorted(CALLS)

    at_every_step(server, lambda _: None, act, after)


def test_a_death_at_any_step_of_recording_calls_records_each_whole_or_not_at_all(server: Server) -> None:
    def prepare(scene: Scene) -> list[CallRecord]:
        record(scene.mortal, *first_told(scene.mortal))
        hours = scene.next.store.counted_hours(POOL, START - HOUR, START + HOUR)
        assert [hour.begin for hour in hours] == [hour_of(START)]
        return told_later(scene.mortal)

    def act(scene: Scene, told: list[CallRecord]) -> None:
        record(scene.mortal, *told)

    def after(scene: Scene, told: list[CallRecord]) -> None:
        for call_id in CALLS:
            call = scene.next.store.get_call(call_id)
            assert call is not None
            assert (len(call.steps), len(call.reports)) in ((1, 0), (2, 1))
        check_indexes(scene.next)
        record(scene.next, *told)
        check_indexes(scene.next)
        kinds = Counter((event.call_id, event.kind, event.detail) for event in scene.events())
        for call_id in CALLS:
            for kind, detail in (
                (EventKind.CALL_DECIDED, "NO_SESSION"),
                (EventKind.CALL_DECIDED, "PIN_WRONG"),
                (EventKind.CALL_REPORTED, "ANSWERED"),
            ):
                assert kinds[call_id, kind, detail] == 1
        hours = scene.next.store.counted_hours(POOL, START - HOUR, START + HOUR)
        assert [hour.begin for hour in hours] == [hour_of(START) - HOUR, hour_of(START)]

    at_every_step(server, prepare, act, after)


def test_a_death_at_any_step_of_taking_a_person_out_of_calls_leaves_the_rest_to_be_done(server: Server) -> None:
    def prepare(scene: Scene) -> None:
        record(scene.mortal, *first_told(scene.mortal))

    def take_out(scene: Scene, _: object) -> None:
        erase(scene.mortal)

    def after(scene: Scene, _: object) -> None:
        gone = [call_id for call_id in CALLS if not scene.next.store.get_call(call_id).caller.lookups]  # type: ignore[union-attr]
        left = listed(scene.next, CallQuery(lookups=lookups_of(scene.next)))
        assert sorted([*left, *gone]) == sorted(CALLS)
        erase(scene.next)
        assert listed(scene.next, CallQuery(lookups=lookups_of(scene.next))) == []
        check_indexes(scene.next)

    at_every_step(server, prepare, take_out, after)


def erase(world: World) -> None:
    lookups = lookups_of(world)
    for call in world.store.list_calls(CallQuery(lookups=lookups)):
        assert world.store.replace_call(call, without(call, lookups), world.vault.key_ids())
