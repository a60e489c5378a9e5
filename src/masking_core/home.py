"""Where a number belongs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Home:
    """Where a participant's first number belongs: ISO country, and national destination code."""

    country: str
    area: str
