"""Tidying, in SQLite."""

import apsw

from adapters.storage.codec import decode_policy, decode_session
from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.expiry import unload_expired
from adapters.storage.sqlite.sessions import drop_callers
from adapters.storage.sqlite.sql import statement
from masking_core.calls import DEFAULT_RETENTION
from masking_core.instants import Instant
from masking_core.sessions import routes_of


class SqliteSweeping:
    """The sweeping part of ``SessionKeeping``."""

    _database: Database

    def sweep(self, now: Instant, limit: int) -> int:
        """See ``SessionKeeping``."""
        with self._database.writing() as connection:
            steps = unload_expired(connection, now, limit)
            steps += _forget_sessions(connection, now, limit - steps)
            connection.execute(statement("forget_reports"), (now - DEFAULT_RETENTION, limit - steps))
            steps += connection.changes()
            connection.execute(statement("forget_drained_numbers"), (limit - steps,))
            return steps + connection.changes()


def _forget_sessions(connection: apsw.Connection, now: Instant, limit: int) -> int:
    forgotten = 0
    for name, policy in fetch(connection, "SELECT name, policy FROM pools"):
        latest = now - decode_policy(policy).retention
        rows = fetch(connection, statement("forgettable_sessions"), (name, latest, limit - forgotten))
        for row, record in rows:
            session = decode_session(record)
            drop_callers(connection, row, [entry.caller for entry in routes_of(session)])
            connection.execute("DELETE FROM reports WHERE session_id = ?", (session.session_id,))
            connection.execute("DELETE FROM sessions WHERE id = ?", (row,))
        forgotten += len(rows)
    return forgotten
