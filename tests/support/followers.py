"""A reader of events who reads on while their store dies and comes back."""

import threading
from contextlib import suppress

from adapters.deadline import limited_to
from masking_core.errors import StoreUnavailable
from masking_core.events import EARLIEST, Event
from masking_core.sessions import SessionQuery
from support.world import World

_PAGE = 50
_PATIENCE = 2.0
_PAUSE = 0.01


class Follower:
    """Reads events on from its token in a thread of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read: list[Event] = []
        self._token = EARLIEST
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        while not self._leaving.wait(_PAUSE):
            with limited_to(_PATIENCE), suppress(StoreUnavailable):
                self._read_on()

    def _read_on(self) -> bool:
        page = self._world.store.read_events(self._token, _PAGE)
        self._read += page.events
        self._token = page.token
        return bool(page.events)

    def stop_and_check(self) -> int:
        """Every change of every session was read, and in its order, and nothing that is not so; how many were."""
        self._leaving.set()
        self._thread.join()
        while self._read_on():
            pass
        versions: dict[str, list[int]] = {}
        for event in self._read:
            known = versions.setdefault(event.session_id, [])
            if event.session_id and event.version not in known:
                known.append(event.version)
        versions.pop("", None)
        views = self._world.sessions.list(SessionQuery(limit=100_000))
        stored = {view.session.session_id: list(range(1, view.session.version + 1)) for view in views}
        assert versions == stored
        return len(self._read)
