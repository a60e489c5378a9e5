"""What is particular to Postgres: its schema, its plans, and what stands in it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import psycopg
import pytest

from adapters.deadline import limited_to
from adapters.storage.postgres.connections import Connection
from adapters.storage.postgres.database import Database
from adapters.storage.postgres.routes import FIND_ONE, FIND_SEVERAL
from adapters.storage.postgres.source import Questions, facts_of
from adapters.storage.postgres.sql import Row, Statement, statement
from adapters.storage.registry import open_store
from masking_core.allocation import Need, Search
from masking_core.errors import StoreNotReady
from masking_core.exhaustion import NumberFacts, PoolExhausted, Rule
from masking_core.home import Home
from masking_core.pools import Geography
from masking_core.sealed import Caller, Sealed
from masking_core.services.call_reports import ReportedCall
from masking_core.services.requests import SessionChange
from masking_core.sessions import SessionQuery
from support.migrated import migrated_database
from support.postgres_servers import suite
from support.world import POOL, World, proxies, real, virtual


def rows(url: str, text: Any, *arguments: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        cursor = connection.execute(text, arguments)
        return cursor.fetchall() if cursor.description else []


def test_an_unmigrated_database_is_not_ready_and_says_what_to_do(empty_url: str) -> None:
    store = open_store(empty_url)
    with pytest.raises(StoreNotReady, match="run `masking migrate`"):
        store.check()
    with pytest.raises(StoreNotReady, match="run `masking migrate`"):
        store.get_session("x")
    store.migrate()
    store.check()


def test_a_database_of_a_newer_program_is_refused(world: World, url: str) -> None:
    rows(url, "INSERT INTO masking.versions (version, name) VALUES (999, 'later')")
    for refused in (world.store.check, world.store.migrate):
        with pytest.raises(StoreNotReady, match="newer version"):
            refused()


def test_the_role_is_no_superuser(world: World, url: str) -> None:
    world.open(1, 2)
    assert rows(
        url,
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
        " FROM pg_roles WHERE rolname = current_user",
    ) == [(False,) * 5]


def test_a_role_that_may_not_make_the_schema_is_told_so(world: World, url: str) -> None:
    rows(url, "DROP SCHEMA masking CASCADE")
    rows(url, f"ALTER DATABASE {url.rpartition('/')[2]} OWNER TO CURRENT_USER")
    rows(url, "CREATE SCHEMA masking")
    rows(url, "CREATE TABLE masking.versions (version int8, name text)")
    rows(url, "REVOKE ALL ON masking.versions FROM CURRENT_USER")
    with pytest.raises(StoreNotReady, match="lacks a right"):
        world.store.check()


def test_no_real_number_stands_in_any_table(world: World, url: str) -> None:
    people = [real(index) for index in range(30)]
    for index in range(0, 30, 2):
        view = world.open(index, index + 1, reference="order")
        world.reports.keep(f'{{"from":"{people[index][1:]}"}}'.encode(), ReportedCall())
        if index % 4:
            world.sessions.close(view.session.session_id)
    assert len(world.sessions.list(SessionQuery())) == 15
    tables = rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'masking'")
    content = str([row for (table,) in tables for row in rows(url, f"TABLE masking.{table}")])
    assert virtual(0) in content
    for number in people:
        for part in (number[1:], number[3:]):
            assert part not in content
            assert part.encode().hex() not in content


def test_a_callback_is_one_statement_and_one_round_trip(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dialled = proxies(world.open(1, 2))[0]
    statements, trips = counted(monkeypatch)
    assert world.dials(1, dialled)
    assert (len(statements), len(trips)) == (1, 0)


def test_opening_and_closing_are_two_round_trips_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    request = world.vault.key_ids()
    assert request
    world.open(1, 2)
    statements, trips = counted(monkeypatch)
    session_id = world.open(3, 4).session.session_id
    assert len(trips) == 2
    reads = [text for text in statements if "FROM masking.pools WHERE name" in text and "policy" in text]
    assert len(reads) == 1
    trips.clear()
    world.sessions.close(session_id)
    assert len(trips) == 2


def counted(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """What is executed from now on, and each pipeline, which is a round trip."""
    statements: list[str] = []
    trips: list[str] = []
    execute, pipeline = Connection.execute, Connection.pipeline

    def counting_execute(self: Connection, text: str, *arguments: Any, **options: Any) -> Any:
        statements.append(text)
        return execute(self, text, *arguments, **options)

    def counting_pipeline(self: Connection) -> Any:
        trips.append("")
        return pipeline(self)

    monkeypatch.setattr(Connection, "execute", counting_execute)
    monkeypatch.setattr(Connection, "pipeline", counting_pipeline)
    return statements, trips


@pytest.fixture(scope="module")
def large_url() -> str:
    """The store of ``large``, which stays as long as these tests run."""
    url = migrated_database()
    suite().keep(url)
    return url


@pytest.fixture(scope="module")
def large(large_url: str) -> Iterator[World]:
    """A pool with numbers enough that an index pays, a tenth of them busy; for all tests that only look at it."""
    url, world = large_url, World(open_store(large_url))
    world.pool()
    world.add(*(f"+4420794{index:05}" for index in range(61000, 64000)))
    for index in range(100):
        world.open(index, 500 + index)
    rows(
        url,
        "INSERT INTO masking.routes SELECT sha256(i::text::bytea), '+' || i, i, 0, i"
        " FROM generate_series(1000, 20000) AS i",
    )
    rows(
        url,
        "INSERT INTO masking.sessions SELECT i, i, '', '', NULL, 1, i, true, false, '', '', '', '', NULL"
        " FROM generate_series(1000, 20000) AS i",
    )
    rows(url, "INSERT INTO masking.session_records SELECT i, '' FROM generate_series(1000, 20000) AS i")
    rows(url, "ANALYZE")
    yield world
    world.store.close()


def plan(url: str, asked: Statement) -> str:
    return "\n".join(line for (line,) in rows(url, f"EXPLAIN {asked.text}", *asked.arguments))


@pytest.mark.parametrize("reach", list(Geography))
def test_candidates_are_walked_in_the_order_of_an_index(large: World, large_url: str, reach: Geography) -> None:
    pool, session = large.pools.get(POOL), large.open(1, 2).session
    need = Need((Caller(Sealed(b""), large.vault.lookups(large.open(1, 2).numbers[0][0])),), "", Home("GB", "20"))
    asked = Questions(pool, session, 0, large.now).statement(need, Search(reach, "GB", "20", early=False))
    told = plan(large_url, asked)
    assert "by_load" in told
    assert "Sort" not in told
    assert "Seq Scan" not in told


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    ("asked", "arguments"),
    [
        (f"PREPARE asked (text, bytea[]) AS {FIND_ONE}", "'{number}', '{{{key}}}'"),
        (
            f"PREPARE asked (text[], bytea[], bytea[]) AS {FIND_SEVERAL}",
            "'{{{number}, {number}}}', '{{{key}, {key}}}', '{{NULL, {key}}}'",
        ),
    ],
)
def test_a_callback_walks_indexes_alone(large_url: str, mode: str, asked: str, arguments: str) -> None:
    with psycopg.connect(large_url, autocommit=True) as connection:
        connection.execute(f"SET plan_cache_mode = {mode}".encode())
        connection.execute(asked.encode())
        given = arguments.format(number=virtual(0), key=bytes(32).hex())
        told = "\n".join(line for (line,) in connection.execute(f"EXPLAIN EXECUTE asked ({given})".encode()).fetchall())
    for table in ("routes", "sessions", "numbers"):
        assert f"Seq Scan on {table}" not in told
        assert "Index" in told


def test_a_callback_is_prepared_once_on_each_connection(world: World) -> None:
    dialled = proxies(world.open(1, 2))[0]
    for _ in range(20):
        assert world.dials(1, dialled)
    connections = world.store._database._connections  # type: ignore[attr-defined]
    connection = connections.take()
    plans = connection.execute(
        "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement = $1",
        (FIND_ONE,),
    ).fetchall()
    connections.give_back(connection)
    assert plans == [(20,)]


@pytest.mark.usefixtures("large")
def test_the_purge_finds_what_it_forgets_by_indexes_alone(large_url: str) -> None:
    for asked in (statement("forgettable_sessions", [POOL], [1], 200), statement("expired_sessions", 1, 200)):
        assert "Seq Scan on session" not in plan(large_url, asked)


def test_the_tables_that_change_most_are_vacuumed_early(world: World, url: str) -> None:
    world.pools.list("", 1)
    options = dict(rows(url, "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL"))
    hot = ("numbers", "sessions", "session_records", "routes", "callers", "calls", "call_people", "call_hours")
    for table in (*hot, "events", "pin_numbers"):
        assert any(option.startswith("autovacuum_vacuum_scale_factor=") for option in options[table])


def test_nobody_waits_while_an_exhausted_pool_is_counted(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pool(1, "short", first=10, cool_off=0)
    view, other, added = world.open(1, 2, pool="short"), World(open_store(url), world.vault, ids="other"), count(20)

    def writing_meanwhile(facts: Sequence[Row]) -> list[NumberFacts]:
        with limited_to(1):
            other.sessions.update(SessionChange(view.session.session_id, reference="changed"))
            other.add(virtual(next(added)))
        return facts_of(facts)

    monkeypatch.setattr("adapters.storage.postgres.placing.facts_of", writing_meanwhile)
    with pytest.raises(PoolExhausted) as raised:
        world.open(1, 3, pool="short")
    assert raised.value.exhaustion.ruled_out == {Rule.IN_USE_BY_PARTICIPANT: 1}
    assert next(added) == 21
    other.store.close()


def test_a_number_that_comes_free_while_the_pool_is_counted_is_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.pool(1, "short", first=10, cool_off=0)
    session_id, read = world.open(1, 2, pool="short").session.session_id, Database.read

    def closing_before(self: Database, asked: Statement) -> list[Row]:
        if asked.text == statement("pool_facts").text:
            world.sessions.close(session_id)
        return read(self, asked)

    monkeypatch.setattr(Database, "read", closing_before)
    assert proxies(world.open(1, 3, pool="short")) == (virtual(10), virtual(10))


def test_what_was_stored_is_there_for_the_next_process(world: World, url: str) -> None:
    view = world.open(1, 2)
    world.store.close()
    again = World(open_store(url), world.vault, ids="again")
    assert again.sessions.get(view.session.session_id) == view
    assert again.dials(1, proxies(view)[0])


def test_a_second_use_after_closing_opens_again(world: World) -> None:
    world.store.close()
    assert world.pools.list("", 10)


def test_a_process_may_fork_before_and_after_it_uses_the_store(url: str) -> None:
    program = """
import os, sys
from adapters.storage.registry import open_store
store = open_store(os.environ["URL"])
if os.fork() == 0:
    store.migrate()
    os._exit(0)
assert os.wait()[1] == 0
store.check()
if os.fork() == 0:
    store.check()
    sys.exit(0)
assert os.wait()[1] == 0
store.check()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, env={**os.environ, "URL": url})
