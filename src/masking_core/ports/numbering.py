"""The port that knows the world's numbering plans."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class NumberKind(StrEnum):
    """What a number is, as far as the rules ask."""

    ORDINARY = "ORDINARY"
    PREMIUM_RATE = "PREMIUM_RATE"
    SHORT = "SHORT"
    EMERGENCY = "EMERGENCY"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class NumberDescription:
    """A number in its plan: E.164 (empty where ``kind`` is not ORDINARY), ISO country, destination code."""

    kind: NumberKind
    e164: str = field(default="", repr=False)
    country: str = ""
    area: str = ""


class NumberingPlan(Protocol):
    """Describes numbers."""

    def describe(self, text: str) -> NumberDescription:
        """What the number is; ``text`` is E.164 with ``+``, and anything else is INVALID or SHORT or EMERGENCY."""
        ...
