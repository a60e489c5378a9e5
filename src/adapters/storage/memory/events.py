"""Events, in memory."""

from collections.abc import Sequence

from adapters.storage.memory.tables import Tables
from masking_core.errors import InvalidArgument
from masking_core.events import EARLIEST, Event, EventPage

_TOKEN_BYTES = 8


class MemoryEvents:
    """``EventStore``."""

    _tables: Tables

    def append_events(self, events: Sequence[Event]) -> None:
        """See ``EventStore``."""
        with self._tables.lock:
            self._tables.events.extend(events)

    def read_events(self, token: bytes, limit: int) -> EventPage:
        """See ``EventStore``."""
        if token != EARLIEST and len(token) != _TOKEN_BYTES:
            raise InvalidArgument("token", "is not one of this store")
        number = int.from_bytes(token)
        with self._tables.lock:
            if number > self._tables.events.last:
                raise InvalidArgument("token", "is not one of this store")
            found, last = self._tables.events.after(number, limit)
        return EventPage(found, last.to_bytes(_TOKEN_BYTES))

    def latest_token(self) -> bytes:
        """See ``EventStore``."""
        with self._tables.lock:
            return self._tables.events.last.to_bytes(_TOKEN_BYTES)
