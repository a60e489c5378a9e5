"""The events that the memory backend holds."""

from collections.abc import Iterable

from masking_core.events import Event
from masking_core.instants import Instant


class EventLog:
    """Events in the order they were written, each with its number; the first ones may be forgotten."""

    def __init__(self) -> None:
        """Begin empty."""
        self._events: list[Event] = []
        self._forgotten = 0

    def extend(self, events: Iterable[Event]) -> None:
        """Add events."""
        self._events.extend(events)

    def after(self, number: int, limit: int) -> tuple[tuple[Event, ...], int]:
        """Events after the one of this number, and the number of the last of them."""
        first = max(number - self._forgotten, 0)
        found = tuple(self._events[first : first + limit])
        return found, max(self._forgotten, number) if not found else self._forgotten + first + len(found)

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self._forgotten + len(self._events)

    def forget(self, before: Instant, limit: int) -> int:
        """Forget at most ``limit`` of the first events that happened before then."""
        count = 0
        while count < min(limit, len(self._events)) and self._events[count].time <= before:
            count += 1
        del self._events[:count]
        self._forgotten += count
        return count
