"""What is tried again is tried again so often, and only where twice has the effect of once."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest

from adapters.deadline import limited_to
from adapters.storage.postgres.connections import Connection
from adapters.storage.registry import open_store
from masking_core.errors import StoreNotReady, StoreUnavailable
from masking_core.pools import PoolPolicy
from masking_core.services.requests import SessionChange
from support.tcp_proxy import TcpProxy
from support.world import POOL, World, virtual

FAILING = """
CREATE SEQUENCE masking.attempts;
CREATE FUNCTION masking.failing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('masking.attempts');
    RAISE EXCEPTION 'another writer was first' USING ERRCODE = '{}';
END
$$;
CREATE TRIGGER failing BEFORE INSERT ON masking.sessions EXECUTE FUNCTION masking.failing();
"""
ATTEMPTS = "SELECT last_value FROM masking.attempts WHERE is_called"
LIMITS = (1, 5, 25)
"""Seconds; where there are few processors for many tests, one attempt takes longer than the first."""


@pytest.mark.parametrize("code", ["serialization_failure", "deadlock_detected", "unique_violation"])
def test_who_is_overtaken_again_and_again_gives_up_when_the_time_is_over(
    world: World, url: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FAILING.format(code).encode())
        attempts = 0
        for seconds in LIMITS:
            with limited_to(seconds), pytest.raises(StoreUnavailable):
                world.open(1, 2)
            (attempts,) = connection.execute(ATTEMPTS).fetchone() or (0,)
            if attempts > 1:
                break
            connection.execute("ALTER SEQUENCE masking.attempts RESTART")
        assert attempts > 1
        assert sum(world.number(index).load for index in range(4)) == 0
        connection.execute("DROP TRIGGER failing ON masking.sessions")
    world.open(1, 2)
    assert sum(world.number(index).load for index in range(4)) == 2
    assert not caplog.records


def test_a_connection_that_breaks_each_time_is_replaced_once(proxied: tuple[World, TcpProxy]) -> None:
    world, proxy = proxied
    proxy.cut(b"COMMIT\0", forward=False, times=9)
    with pytest.raises(StoreUnavailable, match="may have been"):
        world.open(1, 2)
    assert proxy.cuts == 2
    proxy.cut(b"masking.versions", forward=False, times=9)
    with pytest.raises(StoreUnavailable):
        world.store.check()
    assert proxy.cuts == 4


CHANGES: dict[str, Callable[[World, str], object]] = {
    "create a pool": lambda world, _: world.pools.create("another", PoolPolicy()),
    "update a pool": lambda world, _: world.pools.update(POOL, lambda policy: replace(policy, cool_off=0)),
    "remove a number": lambda world, _: world.pools.remove_numbers([virtual(3)]),
    "change a session": lambda world, session_id: world.sessions.update(SessionChange(session_id, reference="new")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_what_must_not_be_done_twice_is_said_to_be_unknown(
    proxied: tuple[World, TcpProxy], change: Callable[[World, str], object]
) -> None:
    world, proxy = proxied
    session_id = world.open(1, 2, wanted=(virtual(0), virtual(1))).session.session_id
    proxy.cut(b"COMMIT\0", forward=True, times=9)
    with pytest.raises(StoreUnavailable, match="may have been"):
        change(world, session_id)
    assert proxy.cuts == 1


def test_a_host_that_says_nothing_does_not_keep_the_next_one_from_being_asked(empty_url: str) -> None:
    first, second, address = two_ways_to(empty_url)
    first.freeze()
    store = open_store(address)
    with pytest.raises(StoreNotReady, match="masking migrate"):
        store.check()
    store.close()
    for proxy in (first, second):
        proxy.close()


def test_connections_that_fell_silent_are_left_together(url: str) -> None:
    first, second, address = two_ways_to(url)
    store = open_store(address)
    store.migrate()
    connections = store._database._connections  # type: ignore[attr-defined]
    taken: list[Connection] = [connections.take() for _ in range(4)]
    for connection in taken:
        connections.give_back(connection)
    first.freeze()
    with limited_to(1.5), pytest.raises(StoreUnavailable, match="in time"):
        store.check()
    store.check()
    assert all(connection.closed for connection in taken)
    store.close()
    for proxy in (first, second):
        proxy.close()


def two_ways_to(url: str) -> tuple[TcpProxy, TcpProxy, str]:
    """Two hosts of one URL that lead to the same database."""
    parts = urlsplit(url)
    first, second = (TcpProxy(parts.port or 5432) for _ in range(2))
    return first, second, url.replace(f":{parts.port}/", f":{first.port},127.0.0.1:{second.port}/")
