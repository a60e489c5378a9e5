"""Connections to the database, made when they are needed and kept for the next who needs one.

A process has at most as many as it has threads at work. A server that refuses is told of at once,
and one that is back is found by the next who asks: nobody waits in a queue, or for a back-off to end.
"""

import os
import threading
import weakref
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg import RawCursor
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.array import ListBinaryDumper
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

from adapters.deadline import remaining
from adapters.storage.postgres.failures import refused
from adapters.storage.postgres.sql import Row
from masking_core.errors import StoreUnavailable

_DEFAULTS: Final[dict[str, Any]] = {
    # Of each host, so that of several one that says nothing leaves time to ask the next.
    "connect_timeout": 2,
    "fallback_application_name": "masking",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
_INTERVAL: Final = 0.1
_CALM: Final = (TransactionStatus.IDLE, TransactionStatus.INTRANS, TransactionStatus.INERROR)


class Connection(psycopg.Connection[Row]):
    """A connection on which nobody waits longer than the request at hand may."""

    generation = 0

    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL, timeout: float | None = None) -> RV:
        """Wait as psycopg does, but no longer than the deadline."""
        try:
            return super().wait(gen, interval, remaining() if timeout is None else timeout)
        except psycopg.Error:
            # A pipeline whose time is over would go on while it is closed, of which Python complains on stderr.
            with suppress(RuntimeError):
                gen.close()
            raise


class Connections:
    """The idle connections of one process to one database."""

    def __init__(self, conninfo: str, *, prepare: bool, target: str = "read-write") -> None:
        """Take what libpq needs, whether to prepare statements, and which kind of server unless ``conninfo`` says."""
        given = conninfo_to_dict(conninfo)
        defaults = {**_DEFAULTS, "target_session_attrs": target}
        self._conninfo = conninfo
        self._options = {key: value for key, value in defaults.items() if key not in given}
        self._prepare = 0 if prepare else None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._generation = 0
        self._idle: list[Connection] = []
        self._process = os.getpid()
        weakref.finalize(self, _close, self._idle, self._process)

    def take(self) -> Connection:
        """A connection for the caller alone, in no transaction. Raises StoreUnavailable."""
        if self._process != os.getpid():
            self._inherited = self._idle  # the parent's: kept, for closing them would end the parent's sessions
            self._begin_anew()
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def give_back(self, connection: Connection) -> None:
        """Take a connection back, out of the transaction it may be in; one that is of no more use is closed."""
        with suppress(psycopg.Error):
            if connection.generation == self._generation and connection.info.transaction_status in _CALM:
                connection.rollback()
                self._idle.append(connection)
                return
        connection.close()

    def discard(self) -> None:
        """Trust no connection that was made before."""
        self._generation += 1
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    def _connect(self) -> Connection:
        """Connect in a thread of its own, for the driver may wait longer than the caller can."""
        attempt = _Attempt(self, self._generation)
        attempt.start()
        attempt.join(remaining())
        return attempt.result()

    def open(self) -> Connection:
        """A new connection, however long that takes. Raises psycopg's errors."""
        connection = Connection.connect(
            self._conninfo,
            autocommit=True,
            prepare_threshold=self._prepare,
            cursor_factory=RawCursor,
            **self._options,
        )
        # One size of integer, so that a statement is prepared once and not for each size of its arguments.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        # Lists as they are: in a text of them, each sign would be looked at for whether it must be escaped.
        connection.adapters.register_dumper(list, ListBinaryDumper)
        return connection


class _Attempt(threading.Thread):
    """One attempt to connect; what comes after its caller has gone is kept for the next."""

    def __init__(self, connections: Connections, generation: int) -> None:
        super().__init__(daemon=True, name="masking-connect")
        self._connections = connections
        self._generation = generation
        self._lock = threading.Lock()
        self._left = False
        self._made: Connection | None = None
        self._failure: StoreUnavailable | None = None

    def run(self) -> None:
        try:
            made = self._connections.open()
        except psycopg.Error as error:
            self._failure = refused(error)
            return
        made.generation = self._generation
        with self._lock:
            self._made = made
            if self._left:
                self._connections.give_back(made)

    def result(self) -> Connection:
        with self._lock:
            self._left = True
            if self._made is not None:
                return self._made
        raise self._failure or StoreUnavailable("the database did not answer in time")


def _close(idle: list[Connection], process: int) -> None:
    """Close what a store that nobody holds any more leaves behind."""
    if process == os.getpid():
        while idle:
            idle.pop().close()
