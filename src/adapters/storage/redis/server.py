"""One server, and the connections to it that nobody uses just now.

The driver's pool makes connections, and ends them. To take one from it and give it back, though, which counts and tells
of both, takes it a third of the time in which a server that is near answers.
"""

import os
from typing import Any

from redis.connection import ConnectionPool
from redis.exceptions import RedisError


class Server:
    """The connections to one server. Whoever takes one gives it back, whatever has become of it."""

    def __init__(self, pool: ConnectionPool) -> None:
        """Take what makes the connections."""
        self._pool: Any = pool
        self._idle: list[Any] = []

    def take(self) -> Any:
        """A connection on which nothing stands to be read. Raises as the driver does when none can be made."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._pool.get_connection()
            if self._is_ready(connection):
                return connection
            self._part_with(connection)

    def give_back(self, connection: Any) -> None:
        """Keep a connection for whoever comes next, unless it has been closed."""
        if connection.is_connected:
            self._idle.append(connection)
        else:
            self._pool.release(connection)

    def part_with_idle(self) -> None:
        """Close all connections that nobody uses."""
        while self._idle:
            try:
                self._part_with(self._idle.pop())
            except IndexError:
                break
        self._pool.disconnect(inuse_connections=False)

    def close(self) -> None:
        """Close every connection."""
        self._pool.disconnect()
        self.part_with_idle()

    def _is_ready(self, connection: Any) -> bool:
        """Whether a connection is this process's own, leads to who is the master still, and was not closed by it."""
        try:
            ours = connection.pid == os.getpid() and self._pool.owns_connection(connection)
            return bool(ours and not connection.can_read(0))
        except (RedisError, OSError):
            return False

    def _part_with(self, connection: Any) -> None:
        connection.disconnect()
        self._pool.release(connection)
