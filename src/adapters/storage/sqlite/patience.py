"""How long a connection waits for another one's lock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LONGEST: Final = 5.0
"""Seconds that a lock is waited for where nobody says how long."""

_PAUSES: Final = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05)
"""Seconds before each new attempt, as long as SQLite's own."""

_LATER: Final = 0.1


class Patience:
    """What SQLite calls while a lock is taken.

    It goes by the clock, where SQLite's own way adds up the pauses that it asked for: on a machine that stands still
    now and then these last longer, and whoever has a deadline would wait past it.
    """

    def __init__(self) -> None:
        """Wait for as long as is waited at most."""
        self._seconds = LONGEST
        self._end = 0.0

    @contextmanager
    def for_no_longer_than(self, seconds: float | None) -> Iterator[None]:
        """Meanwhile wait so many seconds at most, where somebody says how many."""
        self._seconds = LONGEST if seconds is None else min(LONGEST, seconds)
        try:
            yield
        finally:
            self._seconds = LONGEST

    def __call__(self, attempts: int) -> bool:
        """Pause, after so many attempts; whether to try again."""
        now = time.monotonic()
        if attempts == 0:
            self._end = now + self._seconds
        left = self._end - now
        if left <= 0:
            return False
        time.sleep(min(left, _PAUSES[attempts] if attempts < len(_PAUSES) else _LATER))
        return True
