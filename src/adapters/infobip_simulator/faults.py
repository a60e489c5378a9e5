"""What goes wrong on purpose, told by the number of the request."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock


class Fault(Enum):
    """What becomes of one request to the API."""

    DROPPED_BEFORE = "the connection breaks before anything was done"
    DROPPED_AFTER = "it was done, and the connection breaks before the answer"
    TOO_MANY = "429 with Retry-After, and nothing was done"
    BROKEN_BEFORE = "500, and nothing was done"
    BROKEN_AFTER = "500, though it was done"


@dataclass(slots=True)
class Faults:
    """Counts requests from 1, and picks the fault of each. ``before`` is called with the number of every request."""

    by_request: dict[int, Fault] = field(default_factory=dict)
    retry_after: int = 1
    before: Callable[[int], None] | None = None
    requests: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def next(self, what: str) -> Fault | None:
        """The fault of the request that has just come; ``what`` is its method and path."""
        with self._lock:
            self.requests += 1
            self.seen[what] += 1
            number = self.requests
        if self.before is not None:
            self.before(number)
        return self.by_request.get(number)
