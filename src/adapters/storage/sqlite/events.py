"""Events, in SQLite."""

from collections.abc import Iterable, Sequence

import apsw

from adapters.storage.codec import decode_event, encode
from adapters.storage.sqlite.database import Database, fetch
from masking_core.errors import InvalidArgument
from masking_core.events import EARLIEST, Event, EventPage

_TOKEN_BYTES = 8


class SqliteEvents:
    """``EventStore``. A token is the id of the last event read."""

    _database: Database

    def append_events(self, events: Sequence[Event]) -> None:
        """See ``EventStore``."""
        with self._database.writing() as connection:
            tell(connection, events)

    def read_events(self, token: bytes, limit: int) -> EventPage:
        """See ``EventStore``."""
        if token != EARLIEST and len(token) != _TOKEN_BYTES:
            raise InvalidArgument("token", "is not one of this store")
        last = int.from_bytes(token, signed=True)
        with self._database.reading() as connection:
            rows = fetch(connection, "SELECT id, event FROM events WHERE id > ? ORDER BY id LIMIT ?", (last, limit))
        return EventPage(tuple(decode_event(event) for _, event in rows), _token(rows[-1][0] if rows else last))

    def latest_token(self) -> bytes:
        """See ``EventStore``."""
        with self._database.reading() as connection:
            rows = fetch(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        return _token(rows[0][0] if rows else 0)


def tell(connection: apsw.Connection, events: Iterable[Event]) -> None:
    """Write events, in the transaction of the change that they tell of."""
    told = [(event.time, encode(event)) for event in events]
    connection.executemany("INSERT INTO events (time, event) VALUES (?, ?)", told)


def _token(last: int) -> bytes:
    return last.to_bytes(_TOKEN_BYTES, signed=True)
