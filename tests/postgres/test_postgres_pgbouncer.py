"""The store by way of a PgBouncer in transaction mode, which knows no prepared statements."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from adapters.sealing.key_file import KeyFile
from adapters.sealing.vault import FileVault
from adapters.storage.registry import open_store
from masking_core.calls import Reason, call_reference
from masking_core.errors import StoreNotReady
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import HOUR
from masking_core.ports.store import Store
from masking_core.services.call_reports import ReportedCall
from masking_core.services.requests import ParticipantChange, SessionChange
from masking_core.sessions import SessionQuery, SessionState
from support.pgbouncers import MISSING, PgBouncer, program
from support.postgres_servers import PostgresServer
from support.processes import race
from support.server_choice import missing
from support.world import World, proxies, real, virtual


@pytest.fixture(scope="module")
def bouncer() -> Iterator[tuple[PostgresServer, PgBouncer]]:
    if program() is None:
        missing(MISSING)
    server = PostgresServer.made()
    made = PgBouncer(server.port)
    yield server, made
    made.stop()
    server.stop()


@pytest.fixture
def url(bouncer: tuple[PostgresServer, PgBouncer]) -> str:
    """A fresh database, by way of the PgBouncer and without prepared statements."""
    server, pgbouncer = bouncer
    return pgbouncer.through(server.fresh_database())


@pytest.fixture
def world(url: str) -> Iterator[World]:
    world = World(open_store(url))
    yield world
    world.store.close()


def test_a_session_lives_and_ends(world: World) -> None:
    world.pool(4, cool_off=0, retention=HOUR)
    view = world.open(1, 2, request_id="once", time_to_live=HOUR)
    session_id, (a, b) = view.session.session_id, proxies(view)
    assert world.open(1, 2, request_id="once", time_to_live=HOUR) == view
    assert world.dials(1, a) == (real(2), b)
    world.sessions.update(SessionChange(session_id, participants={0: ParticipantChange((real(7),))}))
    assert world.dials(7, a) == (real(2), b)
    assert world.call(1, a).reason is Reason.ENDED_SESSION
    world.reports.keep(b"{}", ReportedCall(reference=call_reference(session_id, "c")))
    assert world.reports.of_session(session_id) == [b"{}"]
    world.sessions.close(session_id)
    assert world.call(7, a).reason is Reason.ENDED_SESSION
    assert [each.session.session_id for each in world.sessions.list(SessionQuery(state=SessionState.CLOSED))] == [
        session_id
    ]
    world.now += HOUR
    assert world.housekeeping.sweep() > 0
    assert not world.sessions.list(SessionQuery())


def test_numbers_come_and_go(world: World) -> None:
    world.pool(3, cool_off=0)
    world.open(1, 2, wanted=(virtual(0), virtual(1)), reserve_numbers=True)
    world.pools.drain_numbers([virtual(2)])
    with pytest.raises(PoolExhausted):
        world.open(1, 3)
    world.pools.remove_numbers([virtual(2)])
    assert world.pools.usage("ride-uk").reserved == 2


def test_a_pipeline_that_fails_leaves_the_connection_in_order(world: World) -> None:
    world.pool(1, cool_off=0)
    view = world.open(1, 2)
    for _ in range(10):
        with pytest.raises(PoolExhausted):
            world.open(1, 3)
        assert world.dials(1, proxies(view)[0])


def test_prepared_statements_that_get_lost_are_explained(world: World, url: str) -> None:
    world.pool(4)
    stores = [open_store(url.removesuffix("?prepare=off")) for _ in range(2)]
    with pytest.raises(StoreNotReady, match="prepare=off"):
        use_in_turn(stores)
    for store in stores:
        store.close()


def use_in_turn(stores: Sequence[Store]) -> None:
    for store in (*stores, *stores):
        store.get_keys()
    for store in (*stores, *stores):
        store.get_session("x")


def open_many(url: str, keys: Path, name: str, times: int) -> list[str]:
    """Open sessions of one person with as many others, until the pool is exhausted."""
    world, taken = World(open_store(url), FileVault(keys), ids=name), []
    for index in range(times):
        try:
            taken.append(proxies(world.open(0, real(100 + int(name) * 100 + index)))[0])
        except PoolExhausted:
            break
    return taken


def test_processes_that_race_over_few_connections_give_no_number_twice(url: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    KeyFile.create(keys)
    world = World(open_store(url), FileVault(keys))
    world.pool(20, cool_off=0)
    results = race(open_many, [(url, keys, str(index), 10) for index in range(6)])
    taken = [number for each in results for number in each]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 20
    world.store.close()
