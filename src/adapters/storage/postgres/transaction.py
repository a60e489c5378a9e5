"""One transaction, in as few round trips as its statements allow."""

from adapters.deadline import remaining
from adapters.storage.postgres.connections import Connection
from adapters.storage.postgres.sql import Row, Statement, statement

_BEGIN = Statement("BEGIN")
_COMMIT = Statement("COMMIT")
_ASYNCHRONOUS = Statement("SET LOCAL synchronous_commit = off")
_OF_THE_TIME_LEFT = 900
"""How many thousandths of it a lock is waited for, so that the refusal still arrives in time."""
_FROZEN_MS = 10_000


class Transaction:
    """A transaction on a connection. Every verb sends its statements together and waits once.

    Statements after one that fails are not carried out, and the first failure is raised.
    """

    def __init__(self, connection: Connection) -> None:
        """Take a connection in no transaction."""
        self._connection = connection
        self.committing = False

    def begin(self, *statements: Statement, durable: bool = True) -> list[list[Row]]:
        """Begin, and return the rows of each statement.

        Without ``durable`` a crash of the server may undo the whole; what is committed after it never
        survives without it.
        """
        left = remaining()
        patience = 0 if left is None else max(int(left * _OF_THE_TIME_LEFT), 1)
        opening = [_BEGIN, statement("begin", str(patience), str(_FROZEN_MS if left is not None else 0))]
        if not durable:
            opening.append(_ASYNCHRONOUS)
        return pipelined(self._connection, *opening, *statements)[len(opening) :]

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


def pipelined(connection: Connection, *statements: Statement) -> list[list[Row]]:
    """The rows of each statement, all of them in one round trip."""
    with connection.pipeline():
        cursors = [connection.execute(text, arguments, binary=True) for text, arguments in statements]
    return [cursor.fetchall() if cursor.description else [] for cursor in cursors]
