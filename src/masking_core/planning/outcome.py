"""What became of openings in a replay."""

from dataclasses import dataclass


@dataclass(slots=True)
class Outcome:
    """Counts of openings: all of them, those refused, and those that got a number by bending a rule.

    ``reused_early``: a pair whose cool-off was not over; ``elsewhere``: a number of another country.
    """

    openings: int = 0
    refused: int = 0
    reused_early: int = 0
    elsewhere: int = 0

    @property
    def kept_every_rule(self) -> bool:
        """Whether every opening got what the policy promises at best."""
        return not (self.refused or self.reused_early or self.elsewhere)
