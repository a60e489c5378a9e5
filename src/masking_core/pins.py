"""PINs: how a participant who calls from elsewhere is recognised, and how guessing is stopped."""

from dataclasses import dataclass
from enum import StrEnum

from masking_core.errors import InvalidArgument
from masking_core.instants import HOUR, MINUTE, Duration, Instant

SHORTEST = 4
LONGEST = 12


@dataclass(frozen=True, slots=True)
class PinPolicy:
    """How a pool asks for PINs. Durations are in microseconds.

    ``length`` is in digits. A call has ``tries`` different wrong PINs; then it is refused. A dialled number on which
    ``lock_after`` tries failed within ``lock_window`` takes no PIN for ``lock_time``, whoever calls.
    """

    length: int = 8
    tries: int = 3
    lock_after: int = 30
    lock_window: Duration = 10 * MINUTE
    lock_time: Duration = HOUR

    def __post_init__(self) -> None:
        """Refuse what protects nothing."""
        if not SHORTEST <= self.length <= LONGEST:
            raise InvalidArgument("policy.pins.length", f"must be {SHORTEST} to {LONGEST} digits")
        for name in ("tries", "lock_after", "lock_window", "lock_time"):
            if getattr(self, name) < 1:
                raise InvalidArgument(f"policy.pins.{name}", "must be positive")
        if self.lock_after < self.tries:
            raise InvalidArgument("policy.pins.lock_after", "must not be below tries: one call would lock the number")


class PinTry(StrEnum):
    """Whether a PIN may be tried; LAST is granted too, and the call has no other."""

    GRANTED = "GRANTED"
    LAST = "LAST"
    CALL_SPENT = "CALL_SPENT"
    NUMBER_LOCKED = "NUMBER_LOCKED"


@dataclass(frozen=True, slots=True)
class NumberTries:
    """What was tried on one dialled number: how often since when, and until when it is locked, or was; else 0."""

    since: Instant
    tries: int = 0
    locked_until: Instant = 0
