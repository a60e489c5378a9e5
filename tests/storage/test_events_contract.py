"""The contract of ``EventStore``, on every backend."""

import threading
from collections import defaultdict
from contextlib import suppress

import pytest

from masking_core.errors import InvalidArgument, MaskingError
from masking_core.events import EARLIEST, EVENT_RETENTION, Event, EventKind
from masking_core.instants import HOUR, SECOND
from masking_core.services.requests import SessionChange
from support.callers import decided, record, reported
from support.world import POOL, START, World, proxies

OPENED, UPDATED, CLOSED, EXPIRED = (
    EventKind.SESSION_OPENED,
    EventKind.SESSION_UPDATED,
    EventKind.SESSION_CLOSED,
    EventKind.SESSION_EXPIRED,
)


def test_a_store_in_which_nothing_happened_tells_nothing(world: World) -> None:
    page = world.store.read_events(EARLIEST, 10)
    assert page.events == ()
    assert world.store.read_events(page.token, 10).events == ()
    assert world.store.read_events(world.store.latest_token(), 10).events == ()


def test_a_session_tells_of_its_opening_its_changes_and_its_closing(world: World) -> None:
    world.pool()
    session_id = world.open(1, 2).session.session_id
    world.now += SECOND
    world.sessions.update(SessionChange(session_id, reference="ride 7"))
    world.now += SECOND
    world.sessions.close(session_id)
    world.sessions.close(session_id)
    assert events(world) == [
        Event(OPENED, START, POOL, session_id, 1),
        Event(UPDATED, START + SECOND, POOL, session_id, 2),
        Event(CLOSED, START + 2 * SECOND, POOL, session_id, 3),
    ]


def test_an_opening_that_is_repeated_tells_nothing_more(world: World) -> None:
    world.pool()
    for _ in range(3):
        world.open(1, 2, request_id="r1")
    assert [event.kind for event in events(world)] == [OPENED]


def test_a_pool_that_refuses_sessions_tells_so_once_a_minute(world: World) -> None:
    world.pool(1, cool_off=0)
    world.open(1, 2)
    for pause in (0, SECOND, 60 * SECOND):
        world.now += pause
        with suppress(MaskingError):
            world.open(1, 3)
    told = [event for event in events(world) if event.kind is EventKind.POOL_LOW]
    assert told == [Event(EventKind.POOL_LOW, time, POOL, detail="EXHAUSTED") for time in (START, START + 61 * SECOND)]


def test_what_was_refused_tells_nothing(world: World) -> None:
    world.pool(1, cool_off=0)
    session_id = world.open(1, 2).session.session_id
    with suppress(MaskingError):
        world.open(1, 1)
    world.sessions.close(session_id)
    with suppress(MaskingError):
        world.sessions.update(SessionChange(session_id, reference="too late"))
    assert [event.kind for event in events(world)] == [OPENED, CLOSED]


def test_a_session_that_expired_tells_so_once_however_it_is_found(world: World) -> None:
    world.pool(1, cool_off=0)
    swept = world.open(1, 2, time_to_live=SECOND).session.session_id
    closed = world.open(3, 4, time_to_live=SECOND).session.session_id
    in_the_way = world.open(5, 6, time_to_live=3 * SECOND).session.session_id
    world.now += SECOND
    world.sessions.close(closed)
    world.housekeeping.sweep()
    world.housekeeping.sweep()
    world.now += 3 * SECOND
    world.open(5, 6)
    world.sessions.close(in_the_way)
    found = [event.session_id for event in events(world) if event.kind is EXPIRED]
    assert sorted(found) == sorted([swept, closed, in_the_way])
    assert not [event for event in events(world) if event.kind is CLOSED]


def test_numbers_that_are_reused_early_tell_that_the_pool_is_short(world: World) -> None:
    world.pool(1, cool_off=HOUR)
    world.sessions.close(world.open(1, 2).session.session_id)
    world.now += SECOND
    assert EventKind.POOL_LOW not in [event.kind for event in events(world)]
    world.open(1, 2)
    assert Event(EventKind.POOL_LOW, world.now, POOL, detail="REUSED_EARLY") in events(world)


def test_a_call_tells_of_each_decision_and_of_its_report(world: World) -> None:
    fragment = decided(world, "c1", session_id="s1")
    record(world, fragment)
    record(world, fragment, decided(world, "c1", START + SECOND, key="typed"))
    record(world, reported("c1", START + HOUR))
    record(world, reported("c1", START + 2 * HOUR))
    told = [event for event in events(world) if event.call_id == "c1"]
    assert told == [
        Event(EventKind.CALL_DECIDED, START, POOL, "s1", call_id="c1", detail="NO_SESSION"),
        Event(EventKind.CALL_DECIDED, START + SECOND, POOL, call_id="c1", detail="NO_SESSION"),
        Event(EventKind.CALL_REPORTED, START + HOUR, POOL, "s1", call_id="c1", detail="ANSWERED"),
    ]


def test_events_are_read_on_from_a_token_without_gap_or_repetition(world: World) -> None:
    world.pool(40)
    for index in range(15):
        world.open(2 * index, 2 * index + 1)
    read: list[Event] = []
    token = EARLIEST
    while (page := world.store.read_events(token, 4)).events:
        assert len(page.events) <= 4
        read += page.events
        token = page.token
    assert len({event.session_id for event in read}) == len(read) == 15
    session_id = world.open(98, 99).session.session_id
    assert [event.session_id for event in world.store.read_events(token, 4).events] == [session_id]


def test_the_latest_token_tells_what_happens_from_then_on(world: World) -> None:
    world.pool()
    world.open(1, 2)
    token = world.store.latest_token()
    later = world.open(3, 4).session.session_id
    assert [event.session_id for event in world.store.read_events(token, 9).events] == [later]


def test_events_of_no_change_are_added(world: World) -> None:
    told = Event(EventKind.POOL_LOW, START, POOL, detail="EXHAUSTED")
    world.store.append_events([told])
    assert events(world) == [told]


def test_what_is_no_token_is_refused(world: World) -> None:
    for token in (b"x", b"not a token of anybody" * 30):
        with pytest.raises(InvalidArgument):
            world.store.read_events(token, 9)


def test_events_are_forgotten_in_the_end_and_an_old_token_reads_on(world: World) -> None:
    world.pool(4, retention=3 * EVENT_RETENTION)
    world.open(1, 2)
    token = world.store.read_events(EARLIEST, 9).token
    world.open(3, 4)
    world.now += EVENT_RETENTION
    world.housekeeping.sweep()
    assert events(world) == []
    later = world.open(5, 6).session.session_id
    for old in (EARLIEST, token):
        assert [event.session_id for event in world.store.read_events(old, 9).events] == [later]


def test_a_reader_misses_nothing_that_many_write_at_once(world: World) -> None:
    """Each session's events are read in the order of its versions, while they are being written."""
    world.pool(8)
    opened = [world.open(2 * index, 2 * index + 1).session.session_id for index in range(4)]

    def change(session_id: str) -> None:
        for index in range(12):
            world.sessions.update(SessionChange(session_id, reference=f"{index}"))
        world.sessions.close(session_id)

    writers = [threading.Thread(target=change, args=(session_id,)) for session_id in opened]
    for writer in writers:
        writer.start()
    versions: defaultdict[str, list[int]] = defaultdict(list)
    token = EARLIEST
    while True:
        was_done = not any(writer.is_alive() for writer in writers)
        page = world.store.read_events(token, 5)
        for event in page.events:
            versions[event.session_id].append(event.version)
        token = page.token
        if was_done and not page.events:
            break
    assert versions == {session_id: list(range(1, 15)) for session_id in opened}


def test_a_call_through_the_services_is_told(world: World) -> None:
    world.pool()
    view = world.open(1, 2)
    world.call(1, proxies(view)[0])
    world.record_calls()
    told = [event for event in events(world) if event.kind is EventKind.CALL_DECIDED]
    assert [(event.detail, event.session_id) for event in told] == [("ACTIVE_SESSION", view.session.session_id)]


def events(world: World) -> list[Event]:
    return list(world.store.read_events(EARLIEST, 1_000).events)
