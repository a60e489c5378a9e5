"""Calls in Postgres: what writing and reading them costs, and writers who meet."""

import random
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from adapters.storage.codec import encode
from adapters.storage.postgres import database
from adapters.storage.postgres.calls import listing
from adapters.storage.postgres.connections import Connection
from adapters.storage.postgres.sql import Statement, statement
from masking_core.call_records import CallQuery, CallRecord
from masking_core.instants import HOUR, SECOND
from masking_core.pins import PinPolicy
from masking_core.sealed import LookupKey
from support.callers import decided, record, reported
from support.overtaking import overtaken
from support.world import POOL, START, World, virtual


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The statements of each round trip from now on."""
    trips: list[list[str]] = []
    execute, pipeline = Connection.execute, Connection.pipeline

    def counting_execute(self: Connection, text: str, *arguments: Any, **options: Any) -> Any:
        if self.pgconn.pipeline_status:
            trips[-1].append(text)
        else:
            trips.append([text])
        return execute(self, text, *arguments, **options)

    def counting_pipeline(self: Connection) -> Any:
        trips.append([])
        return pipeline(self)

    monkeypatch.setattr(Connection, "execute", counting_execute)
    monkeypatch.setattr(Connection, "pipeline", counting_pipeline)
    return trips


def test_a_batch_takes_two_round_trips_and_the_statements_of_one_call(world: World, sent: list[list[str]]) -> None:
    record(world, decided(world, "c"))
    for_one = [len(trip) for trip in sent]
    sent.clear()
    record(world, *(decided(world, f"c{index}", session_id="s1", correlation_ids=("x",)) for index in range(200)))
    assert len(sent) == 2
    assert sum(len(trip) for trip in sent) <= sum(for_one) + 1  # their names
    sent.clear()
    record(world, *(reported(f"c{index}") for index in range(200)))
    assert len(sent) == 2
    sent.clear()
    assert world.store.get_call("c7")
    assert len(world.store.list_calls(CallQuery(session_id="s1", limit=200))) == 200
    assert [len(trip) for trip in sent] == [1, 1]


def test_each_verb_about_pins_takes_one_round_trip(world: World, sent: list[list[str]]) -> None:
    world.store.take_try(virtual(0), "c1", b"key", PinPolicy(), world.now)
    world.store.give_back_try(virtual(0), world.now)
    world.store.is_locked(virtual(0), world.now)
    assert len(sent) == 3


PUT = (
    "INSERT INTO masking.calls (call_id, time, pool, session_id, dialled, keep_until, record)"
    " VALUES ('{0.call_id}', {0.time}, '{0.pool}', '', '{0.dialled}', {0.keep_until}, '{1}')"
)
CHANGE = "UPDATE masking.calls SET record = '{1}' WHERE call_id = '{0.call_id}'"


def by_another(asked: str, call: CallRecord) -> str:
    """The statement by which another process stores a call."""
    return asked.format(call, encode(call))


def test_a_call_that_somebody_stores_after_it_was_looked_for_is_merged(world: World, url: str) -> None:
    fragment = decided(world, "c1")
    overtaken(url, by_another(PUT, fragment), lambda: record(world, reported("c1"), decided(world, "c2"))).result()
    call = world.store.get_call("c1")
    assert call is not None
    assert call.steps == fragment.steps
    assert call.reports
    assert world.store.get_call("c2")


def test_a_call_that_changes_while_it_is_waited_for_is_merged_as_it_is_then(world: World, url: str) -> None:
    record(world, decided(world, "c1"))
    other = decided(world, "c1", START + SECOND, key="typed")
    overtaken(url, by_another(CHANGE, other), lambda: record(world, reported("c1"))).result()
    call = world.store.get_call("c1")
    assert call is not None
    assert call.steps == other.steps
    assert call.reports


def test_writers_whose_batches_overlap_never_wait_for_each_other_in_a_circle(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtakings: list[BaseException | None] = []
    pause = database._pause

    def noting_pause() -> None:
        overtakings.append(sys.exc_info()[1])
        pause()

    monkeypatch.setattr(database, "_pause", noting_pause)
    record(world, *(decided(world, f"c{index:02}", START + index * HOUR) for index in range(0, 24, 2)))

    def work(writer: int) -> None:
        drawn = random.Random(writer)
        for round_ in range(4):
            calls = drawn.sample(range(24), 16)
            record(
                world,
                *(decided(world, f"c{each:02}", START + each * HOUR, key=f"{writer}-{round_}") for each in calls),
            )

    writers = [threading.Thread(target=work, args=(writer,)) for writer in range(6)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    calls = [world.store.get_call(f"c{index:02}") for index in range(24)]
    assert sum(len(call.steps) for call in calls if call is not None) == 6 * 4 * 16 + 12
    assert not [each for each in overtakings if isinstance(each, errors.DeadlockDetected)]


def test_what_no_text_can_hold_is_recorded_all_the_same(world: World) -> None:
    record(world, decided(world, "c1", dialled="12\0x", correlation_ids=("a\0b",)), decided(world, "c2"))
    assert [call.call_id for call in world.store.find_calls("a\0b")] == ["c1"]
    assert [call.dialled for call in world.store.list_calls(CallQuery(dialled="12\0x"))] == ["12\0x"]
    assert world.store.get_call("c2")


def test_a_page_of_one_person_takes_each_call_once_however_many_keys_it_has(world: World) -> None:
    lookups = (LookupKey(b"old" * 10), LookupKey(b"new" * 10))
    calls = [decided(world, f"c{index}", START + index) for index in range(6)]
    for index, call in enumerate(calls):
        assert call.caller is not None
        both = lookups if index % 2 else lookups[:1]
        record(world, replace(call, caller=replace(call.caller, lookups=both)))
    found: list[str] = []
    query = CallQuery(lookups=lookups, limit=2)
    while page := world.store.list_calls(query):
        found += [call.call_id for call in page]
        query = replace(query, after=(page[-1].time, page[-1].call_id))
    assert found == [f"c{index}" for index in reversed(range(6))]


MANY = """
INSERT INTO masking.calls SELECT 'c' || i, i, 'pool-' || i % 20, CASE i % 3 WHEN 0 THEN '' ELSE 's' || i / 9 END,
    '+44' || i % 500, 1000000 + i, '' FROM generate_series(1, 40000) AS i;
INSERT INTO masking.call_people SELECT sha256(p::bytea), i, 'c' || i
    FROM generate_series(1, 40000) AS i, unnest(ARRAY['centre', 'p' || i / 4]) AS p;
INSERT INTO masking.call_names SELECT sha256(i::text::bytea), i, 'c' || i FROM generate_series(1, 40000) AS i;
INSERT INTO masking.call_hours SELECT 'pool-' || p, h, part, 1
    FROM generate_series(0, 1) AS p, generate_series(1, 3000) AS h, generate_series(0, 7) AS part;
INSERT INTO masking.call_counts SELECT 'pool-' || p, h, 8, ''
    FROM generate_series(0, 1) AS p, generate_series(1, 3000) AS h;
INSERT INTO masking.call_days SELECT 'pool-' || p, d, 8, ''
    FROM generate_series(0, 1) AS p, generate_series(1, 3000) AS d;
ANALYZE
"""


@pytest.fixture
def busy(world: World, url: str) -> str:
    """A database with calls enough that an index pays, of twenty pools, and hours of a year."""
    assert world.store.list_calls(CallQuery()) == []
    with psycopg.connect(url) as connection:
        connection.execute(MANY)
    return url


PERSON = (LookupKey(bytes(32)), LookupKey(bytes(31) + b"1"))
QUERIES = {
    "all": (CallQuery(), "calls_by_time"),
    "page": (CallQuery(after=(20_000, "c20000")), "calls_by_time"),
    "pool": (CallQuery(pool="pool-1", begin=1_000, end=30_000), "calls_of_pool"),
    "no pool": (CallQuery(in_no_pool=True, begin=1_000, end=30_000), "calls_of_pool"),
    "session": (CallQuery(session_id="s100"), "calls_of_session"),
    "session of pool": (CallQuery(pool="pool-1", session_id="s100"), "calls_of_session"),
    "number": (CallQuery(dialled="+447"), "calls_of_number"),
    "number of pool": (CallQuery(pool="pool-1", dialled="+447"), "calls_of_number"),
    "person": (CallQuery(lookups=PERSON), "call_people_pkey"),
    "person of pool": (CallQuery(pool="pool-1", lookups=PERSON, end=30_000), "call_people_pkey"),
}
LONG = ("all", "page", "pool", "no pool")
"""Lists of which a page is a small part, and which are walked in their order."""


def plans(url: str, asked: Statement) -> Sequence[str]:
    """The plan for these arguments, and the one for any."""
    told = []
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        count = len(asked.arguments)
        values = ", ".join(sql.Literal(value).as_string(connection) for value in asked.arguments)
        connection.execute(f"PREPARE asked AS {asked.text}".encode())
        for mode in ("force_custom_plan", "force_generic_plan"):
            connection.execute(f"SET plan_cache_mode = {mode}".encode())
            execute = f"EXPLAIN EXECUTE asked{f'({values})' if count else ''}"
            told.append("\n".join(line for (line,) in connection.execute(execute.encode()).fetchall()))
    return told


def test_every_list_of_calls_is_found_by_its_index(busy: str) -> None:
    for name, (query, index) in QUERIES.items():
        for told in plans(busy, listing(query)):
            assert index in told, name
            assert "Seq Scan" not in told, name
            assert name not in LONG or "Sort" not in told, name


def test_calls_and_hours_are_found_by_indexes_alone(busy: str) -> None:
    for asked, index in (
        (statement("get_call", "c77"), "calls_pkey"),
        (statement("lock_calls", ["c77", "c78"]), "calls_pkey"),
        (statement("find_calls", bytes(32), 100), "call_names_pkey"),
        (statement("counted_hours", "pool-1", 100, 124), "call_hours_"),
        (statement("counted_days", "pool-1", 100, 124, 24), "call_days_"),
    ):
        for told in plans(busy, asked):
            assert index in told
            assert "Seq Scan" not in told


def test_what_is_past_its_retention_is_found_by_indexes_alone(busy: str) -> None:
    for asked, index in (
        (statement("forgettable_calls", 0, 200), "calls_by_end"),
        (statement("forget_hours", 0, 200), "call_hours_by_time"),
        (statement("forget_counts", 0, 200), "call_counts_by_time"),
        (statement("forget_days", 0, 200), "call_days_by_time"),
    ):
        told = plans(busy, asked)[0]
        assert index in told
        assert "Seq Scan" not in told


def test_an_hour_is_counted_in_parts_and_told_whole(world: World, url: str) -> None:
    record(world, decided(world, "c1"))
    with psycopg.connect(url) as other:
        other.execute("INSERT INTO masking.call_hours SELECT pool, begin, (part + 1) % 16, 5 FROM masking.call_hours")
    (hour,) = world.store.counted_hours(POOL, 0, START + HOUR)
    assert hour.version == 6


def test_scrubbing_cleans_every_table_that_holds_numbers(world: World, url: str) -> None:
    record(world, decided(world, "c1"))
    world.store.scrub()
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute("SELECT relname FROM pg_stat_user_tables WHERE last_vacuum IS NOT NULL").fetchall()
        sealed = connection.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns"
            " WHERE table_schema = 'masking' AND table_name <> 'virtual_lookups'"
            " AND column_name IN ('record', 'caller', 'person', 'body', 'lookup', 'subject', 'sealed', 'tried')"
        ).fetchall()
    assert {table for (table,) in sealed} <= {table for (table,) in rows}
