"""How much time the request at hand has left, for whoever waits on its behalf."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_end: ContextVar[float] = ContextVar("masking_deadline", default=math.inf)


def remaining() -> float | None:
    """The seconds left, 0 when the time is over; None when nothing limits it."""
    end = _end.get()
    return None if end == math.inf else max(end - time.monotonic(), 0.0)


@contextmanager
def limited_to(seconds: float) -> Iterator[None]:
    """Limit what is done inside to ``seconds`` from now; an outer limit that ends earlier stays in force."""
    token = _end.set(min(_end.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _end.reset(token)
