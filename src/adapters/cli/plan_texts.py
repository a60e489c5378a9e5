"""How the figures of a plan are written for people."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from masking_core.instants import DAY, HOUR, MINUTE, SECOND, Duration, Instant

_UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"))
_LEAST = 0.0001
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def share(part: float) -> str:
    """A part of a whole, as in ``2.5 %``; what is more than nothing never looks like nothing."""
    if 0 < part < _LEAST:
        return "<0.01 %"
    return f"{part * 100:.2f}".rstrip("0").rstrip(".") + " %"


def money(amount: Fraction) -> str:
    """An amount with two digits behind the point, whatever its size."""
    return f"{round(amount * 100) / 100:,.2f}"


def span(duration: Duration) -> str:
    """A duration as the command line writes it: ``1d2h``."""
    parts = []
    for unit, letter in _UNITS:
        count, duration = divmod(duration, unit)
        parts.append(f"{count}{letter}" if count else "")
    return "".join(parts) or "0s"


def moment(instant: Instant) -> str:
    """A point in time to the second, in UTC."""
    return f"{_EPOCH + timedelta(microseconds=instant):%Y-%m-%dT%H:%M:%SZ}"
