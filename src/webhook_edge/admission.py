"""The short queues in front of the threads: what cannot be answered in time is turned away at once.

In good times a burst may wait. Once the queue has not been empty for a while there is no burst but
overload, and only who has hardly waited is served: all who are answered are answered in time, instead
of everybody too late. (After Facebook's adaptation of CoDel: "Fail at Scale", ACM Queue 13/8, 2015.)
"""

import logging
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")

_log = logging.getLogger(__name__)

_PAUSE: Final = 10.0
"""Seconds between two lines about the same overload."""

STANDING: Final = 0.1
"""Seconds after which a queue that was never empty is no burst any more."""

BURST: Final = 1.0
"""Seconds that a request may wait in a burst."""

observers: Final[list[Callable[[str], None]]] = []
"""Called for each request that this process sheds, with ``full`` or ``late``; from any thread, and must not raise."""


class Admission(Generic[Item]):
    """Requests that wait for a thread: one thread offers, several take."""

    def __init__(self, length: int, patience: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """At most ``length`` wait, under overload each for ``patience`` seconds at most."""
        self._length = length
        self._patience = patience
        self._clock = clock
        self._waiting: SimpleQueue[tuple[float, Item] | None] = SimpleQueue()
        self._last_empty = clock()

    def __len__(self) -> int:
        """How many wait, about."""
        return self._waiting.qsize()

    def offer(self, item: Item, since: float | None = None) -> bool:
        """Have an item wait, which has waited elsewhere ``since`` then; False when it must be shed: too many wait."""
        waiting = self._waiting.qsize()
        if waiting >= self._length:
            _count("full")
            return False
        now = self._clock()
        if waiting == 0:
            self._last_empty = now
        self._waiting.put((now if since is None else since, item))
        return True

    def take(self) -> tuple[Item, bool] | None:
        """Wait for the next item, and whether it is in time and not to be shed; None to be woken without any."""
        taken = self._waiting.get()
        return None if taken is None else self._judged(*taken)

    def take_now(self) -> tuple[Item, bool] | None:
        """The same without waiting; None where there is nothing."""
        try:
            taken = self._waiting.get_nowait()
        except Empty:
            return None
        return None if taken is None else self._judged(*taken)

    def take_back(self) -> tuple[float, Item] | None:
        """The next item with the time since when it waits, to have it wait elsewhere; None where there is nothing."""
        try:
            return self._waiting.get_nowait()
        except Empty:
            return None

    def wake(self) -> None:
        """Have one of those who wait go on without an item, once all that waits now is taken."""
        self._waiting.put(None)

    def _judged(self, since: float, item: Item) -> tuple[Item, bool]:
        now = self._clock()
        if self._waiting.qsize() == 0:
            # Nobody would be served sooner if this one were turned away.
            self._last_empty = now
            return item, True
        patience = self._patience if now - self._last_empty > STANDING else max(self._patience, BURST)
        in_time = now - since <= patience
        if not in_time:
            _count("late")
        return item, in_time


class ShedLog:
    """Tells the log how many were turned away, now and then instead of each time."""

    def __init__(self) -> None:
        """Count from here on."""
        self._number = 0
        self._next = 0.0
        observers.append(self._note)

    def tell(self) -> None:
        """Write a line if there is anything new, and the last one is old enough."""
        if self._number and time.monotonic() >= self._next:
            number, self._number = self._number, 0
            self._next = time.monotonic() + _PAUSE
            _log.warning("overload: some %d requests were turned away with 503", number)

    def _note(self, _reason: str) -> None:
        self._number += 1


def _count(reason: str) -> None:
    for observer in observers:
        observer(reason)
