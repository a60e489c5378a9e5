"""What is past its retention is forgotten in small batches, and no callback waits for that."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from adapters.storage.registry import open_store
from masking_core.calls import Reason, call_reference
from masking_core.instants import DAY, HOUR
from masking_core.services.call_reports import ReportedCall
from masking_core.sessions import SessionQuery
from support.postgres_servers import PATIENCE
from support.world import World, proxies, real

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
OLD = 450


@pytest.fixture
def caller(world: World, url: str) -> Iterator[World]:
    """Another process, as it were, whose callbacks fail rather than wait for a lock."""
    caller = World(open_store(f"{url}?options=-c%20lock_timeout%3D1"), world.vault, ids="caller")
    yield caller
    caller.store.close()


def end_sessions(world: World, number: int) -> list[tuple[int, str]]:
    """So many sessions past their retention, with a report each: their first participants, and what those dialled."""
    ended = []
    for index in range(number):
        view = world.open(index % 300, 300 + index % 300)
        world.reports.keep(f"{index}".encode(), ReportedCall(reference=call_reference(view.session.session_id, "call")))
        world.sessions.close(view.session.session_id)
        ended.append((index % 300, proxies(view)[0]))
    world.now += HOUR
    return ended


@pytest.fixture
def world(url: str) -> Iterator[World]:
    world = World(open_store(url))
    world.pool(4, cool_off=0, retention=HOUR)
    yield world
    world.store.close()


def test_a_large_backlog_is_purged_while_callbacks_are_answered(world: World, caller: World) -> None:
    ended = end_sessions(world, OLD)
    running = world.open(real(998), real(999))
    dialled = proxies(running)[0]
    with ThreadPoolExecutor(1) as threads:
        purge = threads.submit(world.housekeeping.sweep)
        calls = 0
        while not purge.done() or calls < len(ended):
            person, number = ended[calls % len(ended)]
            assert caller.dials(real(998), dialled)
            assert caller.call(person, number).reason in (Reason.ENDED_SESSION, Reason.NO_SESSION)
            calls += 1
    assert purge.result() >= OLD
    assert [view.session.session_id for view in world.sessions.list(SessionQuery(limit=OLD))] == [
        running.session.session_id
    ]


def test_a_purge_that_stands_still_in_the_middle_holds_up_no_callback_and_no_opening(
    world: World, caller: World, url: str
) -> None:
    ended = end_sessions(world, 20)
    with (
        ThreadPoolExecutor(1) as threads,
        psycopg.connect(url) as other,
        psycopg.connect(url, autocommit=True) as watching,
    ):
        other.execute("SELECT 1 FROM masking.reports FOR UPDATE")
        purge = threads.submit(world.housekeeping.sweep)
        end = time.monotonic() + PATIENCE
        while watching.execute(WAITING).fetchone() != (1,):
            assert time.monotonic() < end
            time.sleep(0.02)
        for person, number in ended:
            assert caller.call(person, number).reason is Reason.ENDED_SESSION
        assert caller.dials(real(998), proxies(caller.open(real(998), real(999)))[0])
        other.rollback()
    assert purge.result() == len(ended)
    assert all(caller.call(person, number).reason is Reason.NO_SESSION for person, number in ended)


def test_a_batch_forgets_no_more_than_it_is_allowed(world: World) -> None:
    end_sessions(world, 30)
    for left in (20, 10, 0):
        assert world.store.sweep(world.now, 10) == 10
        assert len(world.sessions.list(SessionQuery(limit=OLD))) == left
    assert world.store.sweep(world.now, 10) == 0


def test_a_report_of_a_remembered_session_is_looked_at_once_in_a_while(world: World, url: str) -> None:
    world.pool(2, "long", first=10, retention=400 * DAY)
    session_id = world.open(1, 2, pool="long").session.session_id
    for name in ("c1", "c2", "c3"):
        world.reports.keep(name.encode(), ReportedCall(reference=call_reference(session_id, name)))
    world.reports.keep(b"of no session", ReportedCall())
    world.now += 30 * DAY
    world.housekeeping.sweep()
    assert looked_at(url) == [(world.now,)] * 3
    world.now += 30 * DAY - 1
    assert world.housekeeping.sweep() == 0
    world.now += 1
    assert world.housekeeping.sweep() == 3
    world.sessions.close(session_id)
    world.now += 400 * DAY
    world.housekeeping.sweep()
    assert world.store.reports_page(b"", 9) == []


def looked_at(url: str) -> list[tuple[int, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT held_time FROM masking.reports").fetchall()
