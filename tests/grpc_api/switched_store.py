"""The memory store, with a switch for the outages that a real one has."""

from adapters.storage.memory.store import MemoryStore
from masking_core.events import EventPage
from masking_core.instants import Instant
from masking_core.opening import Opening
from masking_core.ports.keys import KeyCheck
from masking_core.sessions import Session


class SwitchedStore(MemoryStore):
    """A memory store that answers with ``problem`` as long as there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.problem: Exception | None = None

    def _pass(self) -> None:
        if self.problem is not None:
            raise self.problem

    def migrate(self) -> tuple[str, ...]:
        self._pass()
        return super().migrate()

    def check(self) -> None:
        self._pass()
        super().check()

    def get_keys(self) -> tuple[KeyCheck, ...]:
        self._pass()
        return super().get_keys()

    def open_session(self, opening: Opening, now: Instant) -> Session:
        self._pass()
        return super().open_session(opening, now)

    def get_session(self, session_id: str) -> Session | None:
        self._pass()
        return super().get_session(session_id)

    def read_events(self, token: bytes, limit: int) -> EventPage:
        self._pass()
        return super().read_events(token, limit)

    def latest_token(self) -> bytes:
        self._pass()
        return super().latest_token()

    def sweep(self, now: Instant, limit: int) -> int:
        self._pass()
        return super().sweep(now, limit)
