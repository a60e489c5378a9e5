"""What stands in a store instead of a real number."""

from dataclasses import dataclass
from typing import NewType

LookupKey = NewType("LookupKey", bytes)
"""A keyed hash of a real number: equal for equal numbers, worthless without the key."""

Sealed = NewType("Sealed", bytes)
"""An encrypted value, bound to the one place it may be opened at."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A real number as a store knows it: sealed, and one look-up key per key of the ring, newest first."""

    sealed: Sealed
    lookups: tuple[LookupKey, ...]


def side_place(session_id: str, side: int) -> str:
    """The place that the sealed numbers of one side of a session are bound to."""
    return f"session/{session_id}/{side}"


def pin_place(session_id: str, side: int) -> str:
    """The place that the sealed PIN of one side of a session is bound to."""
    return f"session/{session_id}/{side}/pin"


def call_place(call_id: str, role: str) -> str:
    """The place that the sealed number of a call's ``caller`` or ``callee`` is bound to."""
    return f"call/{call_id}/{role}"


def block_place(block_id: str) -> str:
    """The place that a blocked number is bound to."""
    return f"block/{block_id}"


def report_place(digest: bytes) -> str:
    """The place that a sealed status report is bound to."""
    return f"report/{digest.hex()}"
