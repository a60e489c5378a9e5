"""The port that takes note of decisions on the callback's way."""

from dataclasses import dataclass
from typing import Protocol

from masking_core.calls import Decision, IncomingCall
from masking_core.instants import Instant


@dataclass(frozen=True, slots=True)
class Decided:
    """How a callback was answered, when, and until when that is kept; ``decision`` is None while the store is away."""

    call: IncomingCall
    decision: Decision | None
    time: Instant
    keep_until: Instant


class CallLog(Protocol):
    """Takes note of decisions, to be recorded soon after."""

    def note(self, decided: Decided) -> None:
        """Take note. Returns at once, asks no store, and raises nothing: a caller is waiting."""
        ...
