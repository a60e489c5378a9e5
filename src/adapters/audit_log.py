"""The audit as the threads of a server write it: each waits until its entry is stored, and they share the way."""

from dataclasses import dataclass
from threading import Lock
from typing import Final

from masking_core.audit import Entry
from masking_core.errors import StoreUnavailable
from masking_core.services.audit import Audit

_MOST: Final = 500
"""How many entries are stored at once."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """An entry that a thread waits for."""

    entry: Entry
    stored: bool = False


class AuditLog:
    """Stores entries. Whichever thread comes first stores what others have brought meanwhile."""

    def __init__(self, audit: Audit) -> None:
        """Take the chain."""
        self._audit = audit
        self._queue: list[_Waiting] = []
        self._queueing, self._storing = Lock(), Lock()

    def record(self, entry: Entry, patience: float = -1) -> None:
        """Store an entry; it is durable once this returns. ``patience`` in seconds is for those before it.

        Raises what ``Audit.extend`` does. Then nobody knows whether it is stored; so it may be, twice even.
        """
        waiting = _Waiting(entry)
        with self._queueing:
            self._queue.append(waiting)
        if not self._storing.acquire(timeout=patience):
            raise StoreUnavailable("the audit could not be written in time")
        try:
            if not waiting.stored:
                self._store(waiting)
        finally:
            self._storing.release()

    def _store(self, own: _Waiting) -> None:
        """Store what waits. If that fails, the others try again by themselves, with the time that they have."""
        with self._queueing:
            batch = [*[each for each in self._queue if each is not own][: _MOST - 1], own]
        try:
            self._audit.extend([each.entry for each in batch])
        except BaseException:
            with self._queueing:
                self._queue.remove(own)
            raise
        for each in batch:
            each.stored = True
        with self._queueing:
            self._queue = [each for each in self._queue if not each.stored]
