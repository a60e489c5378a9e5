"""Events in Postgres: read in their order while transactions end in another one, and after the worst."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from adapters.storage.postgres.events import put_events
from adapters.storage.postgres.sql import Statement, statement
from masking_core.events import EARLIEST, EVENT_RETENTION, Event, EventKind
from masking_core.instants import SECOND
from support.world import START, World

Writer = psycopg.Connection[tuple[Any, ...]]


def told(session_id: str, version: int = 1, time: int = START) -> Event:
    return Event(EventKind.SESSION_UPDATED, time, "ride-uk", session_id, version)


def write(writer: Writer, *events: Event) -> None:
    asked = put_events(events)
    writer.execute(asked.text, asked.arguments)


def begin(writer: Writer) -> None:
    """Give the writer's transaction its number, and so its place among the others."""
    writer.execute("SELECT pg_current_xact_id()")


@pytest.fixture
def writers(world: World, url: str) -> Iterator[Callable[[], Writer]]:
    """Writers beside the store, each in a transaction that the test ends."""
    assert world.store.read_events(EARLIEST, 1).events == ()
    opened: list[Writer] = []

    def another() -> Writer:
        opened.append(psycopg.connect(url, cursor_factory=psycopg.RawCursor))
        return opened[-1]

    yield another
    for each in opened:
        each.close()


def read(world: World, token: bytes = EARLIEST) -> list[Event]:
    return list(world.store.read_events(token, 100).events)


def test_an_event_that_commits_late_is_waited_for(world: World, writers: Callable[[], Writer]) -> None:
    late = writers()
    write(late, told("late"))
    world.store.append_events([told("early")])
    page = world.store.read_events(EARLIEST, 100)
    assert page.events == ()
    assert page.token == EARLIEST
    latest = world.store.latest_token()
    late.commit()
    assert read(world) == [told("late"), told("early")]
    assert told("late") in read(world, latest)


def test_an_event_that_is_undone_is_waited_for_no_longer(world: World, writers: Callable[[], Writer]) -> None:
    late = writers()
    write(late, told("late"))
    world.store.append_events([told("early")])
    late.rollback()
    assert read(world) == [told("early")]


def test_who_only_reads_holds_nobody_back(world: World, writers: Callable[[], Writer]) -> None:
    reader = writers()
    reader.execute("SELECT count(*) FROM masking.events")
    world.store.append_events([told("s")])
    assert read(world) == [told("s")]


def test_order_holds_though_a_transaction_that_began_first_changes_last(
    world: World, writers: Callable[[], Writer]
) -> None:
    """Its number is below that of one which still runs, and that of the change before it is above."""
    last, between, first = writers(), writers(), writers()
    for each in (last, between, first):
        begin(each)
    write(first, told("s", 2))
    first.commit()
    write(last, told("s", 3))
    last.commit()
    assert read(world) == []
    between.commit()
    assert read(world) == [told("s", 2), told("s", 3)]


def test_an_event_is_not_held_back_by_its_own_horizon(world: World, writers: Callable[[], Writer]) -> None:
    """Whose transaction began before others that ended, and is the last to end."""
    slow = writers()
    begin(slow)
    world.store.append_events([told("other")])
    write(slow, told("s"))
    slow.commit()
    assert read(world) == [told("other"), told("s")]


def test_a_token_of_an_event_that_was_lost_reads_from_the_oldest(world: World, writers: Callable[[], Writer]) -> None:
    """A server that fails over to one which had not got everything reuses numbers."""
    world.store.append_events([told("kept")])
    world.store.append_events([told("lost", time=START + 1)])
    token = world.store.latest_token()
    with writers() as failover:
        failover.execute("UPDATE masking.events SET time = time + 1 WHERE event LIKE '%lost%'")
    assert [event.session_id for event in read(world, token)] == ["kept", "lost"]


def test_events_from_a_dump_of_a_busier_server_come_first(world: World, writers: Callable[[], Writer]) -> None:
    for version in (1, 2, 3):
        world.store.append_events([told("s", version)])
    token = world.store.latest_token()
    with writers() as restoring:
        restoring.execute("UPDATE masking.events SET horizon = horizon + 1000000000000")
    world.store.append_events([told("s", 4)])
    world.housekeeping.sweep()
    for each in (EARLIEST, token):
        assert [event.version for event in read(world, each)] == [1, 2, 3, 4]


def test_events_are_forgotten_from_the_front_alone(world: World) -> None:
    for index, time in enumerate((START, START + SECOND, START)):
        world.store.append_events([told("s", index, time)])
    world.now = START + EVENT_RETENTION
    world.housekeeping.sweep()
    assert [event.version for event in read(world)] == [1, 2]
    world.now += SECOND
    world.housekeeping.sweep()
    assert read(world) == []


@pytest.mark.parametrize(
    "asked",
    [statement("read_events", 10, 10, 0, 100), statement("last_event"), statement("settle_events")],
    ids=["reading", "latest", "settling"],
)
def test_events_are_read_off_their_index(writers: Callable[[], Writer], asked: Statement) -> None:
    writer = writers()
    write(writer, *(told(f"{index}") for index in range(20_000)))
    writer.execute("ANALYZE masking.events")
    writer.commit()
    plan = writer.execute(f"EXPLAIN {asked.text}", asked.arguments).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "events_pkey" in text
    assert "Seq Scan" not in text
    assert "Sort" not in text
