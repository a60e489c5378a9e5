"""The port that tells how crowded a pool is, and remembers how crowded it was."""

from collections.abc import Sequence
from typing import Protocol

from masking_core.instants import DAY, Duration, Instant
from masking_core.pool_outlook import Crowding, Shortage, UsageDay
from masking_core.pools import Geography

USAGE_RETENTION: Duration = 60 * DAY
"""How long a pool's days are remembered."""


class UsageStore(Protocol):
    """Watches pools."""

    def crowding(self, pool: str, reach: Geography, since: Instant) -> Sequence[Crowding]:
        """Of each place's numbers in service that carry voice and are unreserved: who holds the most; by place.

        A place is as large as ``reach`` says; with NONE there is one, with an empty country. A real number holds a
        virtual one while its last session on it has not ended by ``since``. The cost is in proportion to the
        pool's numbers and what is held of them, and no writer waits for it. A pool without such
        numbers has no places.
        """
        ...

    def note_day(self, pool: str, day: UsageDay) -> Shortage:
        """Merge with what is known of that day, and return what had been told of it before; atomic.

        ``held`` becomes the larger of both, ``told`` what either has. Days that are ``USAGE_RETENTION`` before it
        are forgotten.
        """
        ...

    def usage_days(self, pool: str, begin: Instant) -> Sequence[UsageDay]:
        """The days known from ``begin`` on, in order."""
        ...
