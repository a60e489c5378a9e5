"""One transaction, in as few round trips as its statements allow."""

from enum import Enum

import psycopg

from adapters.deadline import remaining
from adapters.storage.postgres.connections import Connection
from adapters.storage.postgres.sql import Row, Statement, statement

_BEGIN = Statement("BEGIN")
_COMMIT = Statement("COMMIT")
_OF_THE_TIME_LEFT = 900
"""How many thousandths of it a lock is waited for, so that the refusal still arrives in time."""
_FROZEN_MS = 3_000
"""When the server gives up a client that has vanished or stands still, so that those behind its locks get on."""


class Fence(Enum):
    """How a transaction stands to others that read or change the keys, or the sets of virtual and blocked numbers."""

    NONE = ""
    SHARED = "shared"
    ALONE = "alone"


class Transaction:
    """A transaction on a connection. Every verb sends its statements together and waits once.

    Statements after one that fails are not carried out, and the first failure is raised.
    """

    def __init__(self, connection: Connection) -> None:
        """Take a connection in no transaction."""
        self._connection = connection
        self.committing = False

    def begin(self, *statements: Statement, fence: Fence = Fence.NONE, durable: bool = True) -> list[list[Row]]:
        """Begin, and return the rows of each statement.

        Without ``durable`` a crash of the server may undo it, unless something durable was committed after it.
        """
        return pipelined(self._connection, _BEGIN, _settings(fence, durable=durable), *statements)[2:]

    def carry_out(self, *statements: Statement, durable: bool = True) -> list[list[Row]]:
        """Begin, carry out and commit in one round trip, and return the rows of each statement."""
        self.committing = True
        settings = _settings(Fence.NONE, durable=durable)
        return pipelined(self._connection, _BEGIN, settings, *statements, _COMMIT)[2:-1]

    def ask(self, *statements: Statement) -> list[list[Row]]:
        """The rows of each statement."""
        return pipelined(self._connection, *statements)

    def run(self, script: str) -> None:
        """Run statements without arguments, one after the other."""
        self._connection.execute(script, prepare=False)

    def commit(self, *statements: Statement) -> list[list[Row]]:
        """Commit behind the statements; when this returns it is durable."""
        self.committing = True
        return pipelined(self._connection, *statements, _COMMIT)[:-1]

    def confirm(self) -> None:
        """Commit nothing of its own; when this returns all that was committed before is durable."""
        self.commit(statement("confirm"))


def _settings(fence: Fence, *, durable: bool) -> Statement:
    left = remaining()
    patience = 0 if left is None else max(int(left * _OF_THE_TIME_LEFT), 1)
    frozen = 0 if left is None else _FROZEN_MS
    return statement("begin", str(patience), str(frozen), durable, fence.value)


def pipelined(connection: Connection, *statements: Statement) -> list[list[Row]]:
    """The rows of each statement, all of them in one round trip. Raises the first failure."""
    failures: list[psycopg.Error] = []
    cursors: list[psycopg.Cursor[Row]] = []
    try:
        with connection.pipeline():
            # A failure that left the block would have psycopg log those that follow from it.
            try:
                cursors += [connection.execute(text, arguments, binary=True) for text, arguments in statements]
            except psycopg.Error as error:
                failures.append(error)
    except psycopg.Error as error:
        failures.append(error)
    if failures:
        raise failures[0]
    return [cursor.fetchall() if cursor.description else [] for cursor in cursors]
