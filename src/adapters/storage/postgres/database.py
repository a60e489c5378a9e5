"""Reads and transactions on one database."""

import math
import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from adapters.deadline import limited_to, remaining
from adapters.storage.postgres.connections import Connection, Connections
from adapters.storage.postgres.failures import OVERTAKEN, is_lost, translated
from adapters.storage.postgres.sql import Row, Statement
from adapters.storage.postgres.transaction import Transaction
from masking_core.errors import StoreUnavailable

T = TypeVar("T")

PATIENCE: Final = 5.0
"""Seconds that a verb may take whose caller sets no limit."""

_LONGEST_PAUSE: Final = 0.02
_SILENCE: Final = 1.0
"""Seconds without an answer after which the other connections are not trusted either: their server may be gone."""


class Database:
    """One database, which many threads and many processes use at once."""

    def __init__(self, connections: Connections) -> None:
        """Take the connections; nothing is opened yet, so that a process may fork before it works."""
        self._connections = connections

    def read(self, asked: Statement, *, patience: float = PATIENCE) -> list[Row]:
        """The rows of one statement, which sees all that was committed before it. One round trip."""
        with limited_to(patience):
            for again in (True, False):
                connection, began = self._connections.take(), time.monotonic()
                try:
                    return connection.execute(asked.text, asked.arguments, binary=True).fetchall()
                except psycopg.Error as error:
                    self._note_silence(began)
                    if not (again and is_lost(error, closed=connection.closed)):
                        raise translated(error) from None
                    self._connections.discard()
                finally:
                    self._connections.give_back(connection)
        raise AssertionError("the second failure is raised")

    def write(self, work: Callable[[Transaction], T], *, repeatable: bool = False, patience: float = PATIENCE) -> T:
        """What ``work`` returns, which begins a transaction, and commits it or leaves nothing changed.

        Work that another writer overtook is done again as long as the caller's deadline allows. So is,
        once, work whose connection broke; where its commit had been sent, only if it is ``repeatable``,
        which is to say that twice has the effect of once.
        """
        with limited_to(patience):
            reconnected = False
            while True:
                connection, began = self._connections.take(), time.monotonic()
                transaction = Transaction(connection)
                try:
                    return work(transaction)
                except OVERTAKEN:
                    _pause()
                except psycopg.Error as error:
                    self._note_silence(began)
                    undecided = transaction.committing and not _has_failed(connection)
                    lost = is_lost(error, closed=connection.closed)
                    if reconnected or not lost or (undecided and not repeatable):
                        raise _unknown() if undecided else translated(error) from None
                    reconnected = True
                    self._connections.discard()
                finally:
                    self._connections.give_back(connection)

    def _note_silence(self, began: float) -> None:
        """Leave all connections when one that was used since ``began`` has let the time run out."""
        if remaining() == 0 and time.monotonic() - began > _SILENCE:
            self._connections.discard()

    def maintain(self, work: Statement) -> None:
        """Carry out a statement that stands in no transaction, however long that takes."""
        with limited_to(math.inf):
            connection = self._connections.take()
            try:
                connection.execute(work.text, prepare=False)
            except psycopg.Error as error:
                raise translated(error) from None
            finally:
                self._connections.give_back(connection)

    def close(self) -> None:
        """Close every connection."""
        self._connections.discard()


def _pause() -> None:
    """Let the other writer finish. Raises StoreUnavailable when the time is over."""
    left = remaining() or 0
    if not left:
        raise StoreUnavailable("the database is busy")
    time.sleep(random.uniform(0, min(_LONGEST_PAUSE, left)))  # noqa: S311 - nobody must not guess it


def _has_failed(connection: Connection) -> bool:
    """Whether the server has said that the transaction is undone."""
    return connection.info.transaction_status is TransactionStatus.INERROR


def _unknown() -> StoreUnavailable:
    return StoreUnavailable("the database did not say whether the change was stored; it may have been")
