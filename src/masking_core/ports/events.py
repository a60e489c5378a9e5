"""The port that tells what happened."""

from collections.abc import Sequence
from typing import Protocol

from masking_core.events import Event, EventPage


class EventStore(Protocol):
    """Keeps events for a while, for whoever wants to know.

    Every opening, revision, closing and expiry of a session, and every call recorded, writes its
    events in the same transaction or script: they are there exactly when the change is. (Re-keying
    tells nothing.) A session that expired tells so once, when it is taken off its numbers.
    """

    def append_events(self, events: Sequence[Event]) -> None:
        """Add events that belong to no change of their own."""
        ...

    def read_events(self, token: bytes, limit: int) -> EventPage:
        """At most ``limit`` events after ``token``, and the token after them; the same token when there are none.

        Events of one session come in the order of its changes, those of one call likewise. No event is ever
        missed, whatever was being written while others were read; ``events.EARLIEST`` reads from
        the oldest. Events are kept for ``EVENT_RETENTION``: a token older than that reads from the oldest
        kept. Raises InvalidArgument for what is no token of this store.
        """
        ...

    def latest_token(self) -> bytes:
        """The token that reads what happens from now on."""
        ...
