"""What is refused told to the log: the first of its kind at once, and of more only how many, now and then.

Whoever floods the edge would else fill the disk. The metrics count every one.
"""

import logging
from collections.abc import Callable
from threading import Lock, Timer
from typing import Final

_log = logging.getLogger(__name__)

_PAUSE: Final = 10.0
"""Seconds between two lines about refusals of one kind."""

Kind = tuple[str, int, str]
"""The path, the status and the reason: there are few of them, whatever is sent."""

Later = Callable[[float, Callable[[], None]], None]


class RefusalLog:
    """Counts refusals by their kind. Any thread may use it."""

    def __init__(self, later: Later | None = None) -> None:
        """``later`` has something called after so many seconds; by default in a thread of its own."""
        self._later = later or in_a_thread
        self._counts: dict[Kind, int] = {}
        self._lock = Lock()

    def tell(self, path: str, status: int, reason: str, sentence: str) -> None:
        """Write a line, unless one of its kind was written lately."""
        kind = path, status, reason
        with self._lock:
            lately = kind in self._counts
            self._counts[kind] = self._counts[kind] + 1 if lately else 0
        if not lately:
            _log.warning("%s answers %d: %s: %s", path, status, reason, sentence)
            self._later(_PAUSE, lambda: self._sum_up(kind))

    def _sum_up(self, kind: Kind) -> None:
        """Write how many more there were; of a kind of which there were none the next one is told at once."""
        with self._lock:
            count = self._counts.pop(kind)
            if count:
                self._counts[kind] = 0
        if count:
            path, status, reason = kind
            _log.warning("%d more were refused at %s with %d: %s", count, path, status, reason)
            self._later(_PAUSE, lambda: self._sum_up(kind))


def in_a_thread(seconds: float, call: Callable[[], None]) -> None:
    """Call something after so many seconds, unless the process has ended."""
    timer = Timer(seconds, call)
    timer.daemon = True
    timer.start()
