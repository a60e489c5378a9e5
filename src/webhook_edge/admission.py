"""The short queues in front of the threads: what cannot be answered in time is turned away at once.

In good times a burst may wait. Once the queue has not been empty for a while there is no burst, and who has
waited for a little is turned away: all who are answered are answered in time, instead of everybody too late.
Once it has been full, who came last is served first for a while, and whoever has waited longest makes room.
(After Facebook's adaptations of CoDel and LIFO: "Fail at Scale", ACM Queue 13/8, 2015.)
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
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
    """Requests that wait to be answered: one thread offers, several take, and none waits here."""

    def __init__(self, length: int, patience: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """At most ``length`` wait, under overload each for ``patience`` seconds at most."""
        self._length = length
        self._patience = patience
        self._clock = clock
        self._waiting: deque[tuple[float, Item]] = deque()
        self._last_empty = now = clock()
        self._latest_first_until = now

    def __len__(self) -> int:
        """How many wait, about."""
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether too many waited just now, so that some were turned away for others."""
        return self._clock() < self._latest_first_until

    def offer(self, item: Item, since: float | None = None) -> Sequence[Item]:
        """Have an item wait, which has waited elsewhere ``since`` then; who must be shed for it, be it the item."""
        now, waiting = self._clock(), self._waiting
        if not waiting:
            self._last_empty = now
        shed = list(self._overdue(now)) if self._stands(now) else []
        if len(waiting) >= self._length:
            _count("full")
            self._latest_first_until = now + STANDING
            # Whoever has waited longest would be served last from now on.
            last = self._longest()
            if last is None:
                return [*shed, item]
            shed.append(last[1])
        waiting.append((now if since is None else since, item))
        return shed

    def take(self) -> tuple[Item, bool] | None:
        """The next item, and whether it is in time and not to be shed; None where there is nothing."""
        now, waiting = self._clock(), self._waiting
        try:
            since, item = waiting.pop() if now < self._latest_first_until else waiting.popleft()
        except IndexError:
            return None
        if not waiting:
            # Nobody would be served sooner if this one were turned away.
            self._last_empty = now
            return item, True
        in_time = now - since <= (self._patience if self._stands(now) else max(self._patience, BURST))
        if not in_time:
            _count("late")
        return item, in_time

    def take_back(self) -> tuple[float, Item] | None:
        """Who waits for longest with the time since when, to have it wait elsewhere; None where there is nothing."""
        return self._longest()

    def _stands(self, now: float) -> bool:
        return now - self._last_empty > STANDING

    def _longest(self) -> tuple[float, Item] | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _overdue(self, now: float) -> Iterator[Item]:
        """Those who have waited for too long."""
        with suppress(IndexError):
            while now - self._waiting[0][0] > self._patience:
                yield self._waiting.popleft()[1]
                _count("late")


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
