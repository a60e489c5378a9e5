"""Connections that lie between two commands: the same one is used again, unless something has become of it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from redis.connection import Connection, ConnectionPool
from redis.exceptions import RedisError

from adapters.storage.redis.address import Address, parse
from adapters.storage.redis.connections import server_at
from adapters.storage.redis.server import Server
from support.redis_servers import single_url


@pytest.fixture
def address() -> Address:
    return parse(single_url())


@pytest.fixture
def server(address: Address) -> Iterator[Server]:
    server = server_at(address, *address.hosts[0])
    yield server
    server.close()


def asked(connection: Any, *words: str) -> Any:
    connection.send_command(*words)
    return connection.read_response()


def used(server: Server) -> int:
    """The server's number for the connection that is used next."""
    connection = server.take()
    try:
        return int(asked(connection, "CLIENT", "ID"))
    finally:
        server.give_back(connection)


def test_a_connection_is_used_again(server: Server) -> None:
    assert used(server) == used(server)


def test_two_at_once_have_two(server: Server) -> None:
    one, other = server.take(), server.take()
    assert asked(one, "CLIENT", "ID") != asked(other, "CLIENT", "ID")
    server.give_back(one)
    server.give_back(other)


def test_one_that_the_server_has_closed_meanwhile_is_not_used(server: Server, address: Address) -> None:
    before, other = used(server), server_at(address, *address.hosts[0])
    connection = other.take()
    assert asked(connection, "CLIENT", "KILL", "ID", str(before)) == 1
    assert used(server) != before
    other.give_back(connection)
    other.close()


def test_one_on_which_somebody_left_a_reply_is_not_used(server: Server) -> None:
    connection = server.take()
    connection.send_command("ECHO", "somebody else's")
    while not connection.can_read(0.1):
        pass
    server.give_back(connection)
    other = server.take()
    assert asked(other, "ECHO", "mine") == b"mine"
    server.give_back(other)


def test_one_that_was_closed_here_is_not_kept(server: Server) -> None:
    before, connection = used(server), server.take()
    connection.disconnect()
    server.give_back(connection)
    assert used(server) != before


def test_none_is_shared_with_a_process_that_was_forked(server: Server) -> None:
    before = used(server)
    reading, writing = os.pipe()
    if os.fork() == 0:
        with suppress(BaseException):
            os.write(writing, str(used(server)).encode())
        os._exit(0)
    os.close(writing)
    os.wait()
    assert int(os.read(reading, 20)) != before
    os.close(reading)
    assert used(server) == before


class Fickle(ConnectionPool):
    """A pool like that of a service whose master changes: what leads to the one before is its own no longer."""

    is_master = True

    def owns_connection(self, connection: Any) -> int:
        return int(self.is_master and super().owns_connection(connection))


def test_one_that_leads_to_who_is_the_master_no_longer_is_not_used(address: Address) -> None:
    host, port = address.hosts[0]
    pool = Fickle(connection_class=Connection, host=host, port=port, protocol=2)
    server = Server(pool)
    before = server.take()
    server.give_back(before)
    pool.is_master = False
    assert not server._is_ready(before)
    other = server.take()
    assert other is not before
    assert not before.is_connected
    pool.is_master = True
    server.give_back(other)
    server.close()


def test_those_that_nobody_uses_can_all_be_closed(server: Server) -> None:
    one, other = server.take(), server.take()
    server.give_back(one)
    server.part_with_idle()
    assert (one.is_connected, other.is_connected) == (False, True)
    server.give_back(other)
    server.close()
    assert not other.is_connected


def test_where_there_is_no_server_the_drivers_error_is_raised(address: Address) -> None:
    with pytest.raises(RedisError):
        server_at(address, "127.0.0.1", 1).take()
