"""Waiting for what happens in another thread or process."""

import time
from collections.abc import Callable

_SECONDS = 30.0


def eventually(holds: Callable[[], bool]) -> None:
    """Return when it holds; fail when it does not within half a minute."""
    end = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
