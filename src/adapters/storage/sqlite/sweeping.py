"""Tidying, in SQLite."""

from typing import Final

import apsw

from adapters.storage.codec import decode_policy, decode_session
from adapters.storage.sqlite.database import Database, fetch
from adapters.storage.sqlite.expiry import unload_expired
from adapters.storage.sqlite.sessions import forget
from adapters.storage.sqlite.sql import statement
from masking_core.call_records import COUNT_RETENTION
from masking_core.calls import DEFAULT_RETENTION, LONGEST_CALL
from masking_core.events import EVENT_RETENTION
from masking_core.instants import Instant

_QUICKLY_WRITTEN: Final = 32 << 20
"""Bytes that are written anew in about half a second."""


class SqliteSweeping:
    """The sweeping part of ``SessionKeeping``."""

    _database: Database

    def sweep(self, now: Instant, limit: int) -> int:
        """See ``SessionKeeping``."""
        with self._database.writing() as connection:
            steps = unload_expired(connection, now, limit)
            steps += _forget_sessions(connection, now, limit - steps)
            steps += _forget_reports(connection, now, limit - steps)
            for name, latest in (
                ("forget_calls", now),
                ("forget_hours", now - COUNT_RETENTION),
                ("forget_days", now - COUNT_RETENTION),
                ("forget_events", now - EVENT_RETENTION),
                ("forget_tries", now - LONGEST_CALL),
                ("forget_counted_calls", now),
                ("forget_purses", now),
            ):
                connection.execute(statement(name), (latest, limit - steps))
                steps += connection.changes()
            connection.execute(statement("forget_drained_numbers"), (limit - steps,))
            return steps + connection.changes()

    def scrub(self) -> None:
        """See ``SessionKeeping``. Deleting overwrites pages; this empties the log that has them still.

        What SQLite moves from a page to another it leaves behind in the first one, where nothing overwrites it
        when it is deleted. So the file is written anew, unless writers would wait too long for that.
        """
        with self._database.reading() as connection:
            (size,) = fetch(connection, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0]
            if size <= _QUICKLY_WRITTEN:
                connection.execute("PRAGMA temp_store = MEMORY")
                connection.execute("VACUUM")
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def _forget_sessions(connection: apsw.Connection, now: Instant, limit: int) -> int:
    forgotten = 0
    for name, policy in fetch(connection, "SELECT name, policy FROM pools"):
        latest = now - decode_policy(policy).retention
        rows = fetch(connection, statement("forgettable_sessions"), (name, latest, limit - forgotten))
        for row, record in rows:
            forget(connection, row, decode_session(record))
        forgotten += len(rows)
    return forgotten


def _forget_reports(connection: apsw.Connection, now: Instant, limit: int) -> int:
    """Forget reports whose session is forgotten; put off those whose session is not. How many were looked at."""
    due = fetch(connection, statement("due_reports"), (now - DEFAULT_RETENTION, limit))
    for digest, held in due:
        if held:
            connection.execute("UPDATE reports SET held_time = ? WHERE digest = ?", (now, digest))
        else:
            connection.execute("DELETE FROM reports WHERE digest = ?", (digest,))
    return len(due)
