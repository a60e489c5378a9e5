"""Whether the store is quick, as those who wait for it find."""

import time
from typing import Final

WAIT: Final = 0.002
"""Seconds that a leader may wait for each callback it answers; beyond them a thread for each is worth its while."""

RELIEVED, SLOW = 4, 12
"""So many waits that are too long weigh as much as one relief, and so many in a row call the store slow."""

_CAUTION: Final = 3.0
"""Seconds for which a store that was slow is not trusted. Then one relief is enough for it to be called slow again."""


class Trust:
    """Trust in a store, that is lost when it is slow several times in a row."""

    def __init__(self) -> None:
        """Trust it."""
        self._slowness = 0
        self.trusted_from = 0.0
        """When it is trusted again, or was; 0 if it was always."""

    @property
    def is_lost(self) -> bool:
        """Whether the store is not trusted now."""
        return time.monotonic() < self.trusted_from

    @property
    def is_in_doubt(self) -> bool:
        """Whether it was slow when it was last waited for."""
        return self._slowness > 0

    def relieved(self) -> None:
        """A leader was held up for so long that another one leads on."""
        self._note(RELIEVED)

    def waited(self, seconds: float, callbacks: int) -> None:
        """A leader waited so long, all in all, for so many callbacks."""
        self._note(int(seconds > WAIT * callbacks))

    def _note(self, slowness: int) -> None:
        self._slowness = self._slowness + slowness if slowness else 0
        if self._slowness >= SLOW:
            self._slowness, self.trusted_from = SLOW - RELIEVED, time.monotonic() + _CAUTION
