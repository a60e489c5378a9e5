"""The memory store behind a gate, so that a test decides when an RPC goes on."""

from threading import Event, Semaphore

from adapters.deadline import remaining
from grpc_api.switched_store import SwitchedStore
from masking_core.instants import Instant
from masking_core.opening import Opening
from masking_core.sessions import Session


class GatedStore(SwitchedStore):
    """A store whose verbs wait for ``gate``; ``waiting`` counts those who came. It notes the time each one had."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Event()
        self.gate.set()
        self.waiting = Semaphore(0)
        self.seconds: list[float | None] = []

    def _wait(self) -> None:
        self.seconds.append(remaining())
        self.waiting.release()
        self.gate.wait()

    def open_session(self, opening: Opening, now: Instant) -> Session:
        self._wait()
        return super().open_session(opening, now)

    def get_session(self, session_id: str) -> Session | None:
        self._wait()
        return super().get_session(session_id)
