"""Tidying up behind the clock."""

from masking_core.instants import Clock
from masking_core.ports.sessions import SessionKeeping

_BATCH = 200


class Housekeeping:
    """Frees what expired sessions hold, and forgets what is past its retention."""

    def __init__(self, store: SessionKeeping, clock: Clock) -> None:
        """Take the ports."""
        self._store = store
        self._clock = clock

    def sweep(self) -> int:
        """Take the steps that are due, in small batches, and return how many there were."""
        total = 0
        while steps := self._store.sweep(self._clock(), _BATCH):
            total += steps
            if steps < _BATCH:
                break
        return total
