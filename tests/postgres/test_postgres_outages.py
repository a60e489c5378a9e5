"""Servers that go away, come back, do not answer, or break off in the middle."""

import socket
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from adapters.deadline import limited_to
from adapters.storage.postgres.sql import Statement
from adapters.storage.postgres.transaction import Transaction
from adapters.storage.registry import open_store
from masking_core.errors import StoreUnavailable
from masking_core.services.requests import SessionChange
from masking_core.sessions import SessionQuery
from support.postgres_servers import PostgresServer
from support.tcp_proxy import TcpProxy
from support.world import World, proxies, virtual


def test_a_stopped_server_is_unavailable_and_heals_without_reopening(server: PostgresServer) -> None:
    world = World(open_store(server.fresh_database()))
    world.pool()
    dialled = proxies(world.open(1, 2))[0]
    for end in (server.stop, server.kill_for_good):
        end()
        for ask in (lambda: world.call(1, dialled), lambda: world.open(3, 4), world.store.check):
            with limited_to(5), pytest.raises(StoreUnavailable) as raised:
                ask()
            assert raised.value.retry_after > 0
        server.start()
        assert world.dials(1, dialled)
        world.open(5, 6)
        world.store.check()
    world.store.close()


def test_a_server_that_says_nothing_is_unavailable_when_the_time_is_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = open_store(
            f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/db?gssencmode=disable&sslmode=disable"
        )
        with limited_to(0.1), pytest.raises(StoreUnavailable, match="in time"):
            store.check()


def test_a_lock_is_waited_for_no_longer_than_the_caller_can(world: World, url: str) -> None:
    world.pools.remove_numbers([virtual(index) for index in range(1, 4)])
    with psycopg.connect(url) as other:
        other.execute("SELECT 1 FROM masking.numbers FOR UPDATE")
        with limited_to(4), pytest.raises(StoreUnavailable, match="busy"):
            world.open(1, 2)
        assert world.call(1, virtual(0)).reason == "NO_SESSION"
    world.open(1, 2)


def test_connections_that_the_server_ended_are_replaced_unseen(world: World, url: str) -> None:
    dialled = proxies(world.open(1, 2))[0]
    for ask in (lambda: world.dials(1, dialled), lambda: world.open(3, 4)):
        end_connections(url)
        assert ask()


def end_connections(url: str) -> None:
    with unlimited(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def unlimited(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection on which what the tests set for others is not in force."""
    options = "-c default_transaction_read_only=off -c statement_timeout=0"
    return psycopg.connect(url, autocommit=True, options=options)


def set_for_new_connections(url: str, setting: LiteralString) -> None:
    database = sql.Identifier(url.rpartition("/")[2])
    with unlimited(url) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} SET " + setting).format(database))
    end_connections(url)


def test_a_server_that_takes_no_writes_is_left_for_one_that_does(world: World, url: str) -> None:
    world.open(1, 2)
    set_for_new_connections(url, "default_transaction_read_only = on")
    for ask in (lambda: world.open(3, 4), world.store.check):
        with pytest.raises(StoreUnavailable):
            ask()
    set_for_new_connections(url, "default_transaction_read_only = off")
    world.open(3, 4)
    world.store.check()


def test_a_primary_that_stops_taking_writes_while_connected_is_unavailable(world: World) -> None:
    world.open(1, 2)
    connection = world.store._database._connections.take()  # type: ignore[attr-defined]
    connection.execute("SET default_transaction_read_only = on")
    world.store._database._connections.give_back(connection)  # type: ignore[attr-defined]
    world.open(3, 4)
    assert connection.closed


def test_what_is_set_for_the_database_weakens_no_commit(world: World, url: str) -> None:
    set_for_new_connections(url, "synchronous_commit = off")
    set_for_new_connections(url, "statement_timeout = 500")
    settings: list[tuple[str, str]] = []

    def remember(transaction: Transaction) -> None:
        transaction.begin()
        (found,) = transaction.ask(
            Statement("SELECT current_setting('synchronous_commit'), current_setting('statement_timeout')")
        )
        settings.extend(found)

    world.store._database.write(remember)  # type: ignore[attr-defined]
    assert settings == [("on", "0")]


@pytest.mark.parametrize("forward", [False, True])
@pytest.mark.parametrize("request_id", ["", "once"])
def test_an_opening_whose_commit_was_not_answered_is_done_once(
    proxied: tuple[World, TcpProxy],
    forward: bool,  # noqa: FBT001
    request_id: str,
) -> None:
    world, proxy = proxied
    proxy.cut(b"COMMIT\0", forward=forward)
    view = world.open(1, 2, request_id=request_id)
    assert proxy.cuts == 1
    assert [each.session for each in world.sessions.list(SessionQuery())] == [view.session]
    assert world.dials(1, proxies(view)[0])
    assert sum(world.number(index).load for index in range(4)) == 2


@pytest.mark.parametrize("word", [b"masking.versions", b"opening_checks"])
def test_a_connection_that_breaks_before_the_commit_is_replaced_unseen(
    proxied: tuple[World, TcpProxy], word: bytes
) -> None:
    world, proxy = proxied
    proxy.cut({b"opening_checks": b"store_keys"}.get(word, word), forward=False)
    world.store.check()
    world.open(1, 2)
    assert proxy.cuts == 1


def test_a_close_whose_commit_was_not_answered_is_done_and_said(proxied: tuple[World, TcpProxy]) -> None:
    world, proxy = proxied
    view = world.open(1, 2)
    proxy.cut(b"COMMIT\0", forward=True)
    assert world.sessions.close(view.session.session_id).session.close_time == world.now
    assert proxy.cuts == 1
    assert world.dials(1, proxies(view)[0]) is None
    assert sum(world.number(index).load for index in range(4)) == 0


@pytest.mark.parametrize("forward", [False, True])
def test_a_change_whose_commit_was_not_answered_is_said_to_be_unknown(
    proxied: tuple[World, TcpProxy],
    forward: bool,  # noqa: FBT001
) -> None:
    world, proxy = proxied
    view = world.open(1, 2)
    proxy.cut(b"COMMIT\0", forward=forward)
    with pytest.raises(StoreUnavailable, match="may have been"):
        world.sessions.update(SessionChange(view.session.session_id, reference="changed"))
    assert proxy.cuts == 1
    world.sessions.update(SessionChange(view.session.session_id, reference="changed"))
    assert world.sessions.get(view.session.session_id).session.reference == "changed"
