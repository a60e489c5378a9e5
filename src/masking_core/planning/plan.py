"""The plan: both limits of each country, the one that binds, and what to rent."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from masking_core.planning.capacity import CallFigures, Capacity, capacity


class Limit(StrEnum):
    """What decides how many numbers it takes."""

    DISTINCTNESS = "DISTINCTNESS"
    CALL_CAPACITY = "CALL_CAPACITY"


@dataclass(frozen=True, slots=True)
class CountryPlan:
    """The numbers of one country, or of a pool whose numbers may lie anywhere.

    ``distinct`` keeps every pair different and cooled off; with ``distinct_warm``, which leaves the
    cool-off out, nobody is refused as long as the pool reuses pairs early. ``rent`` is what is
    needed and the buffer, ``cost`` its price a month, or None.
    """

    country: str
    distinct: int
    distinct_warm: int
    capacity: Capacity
    rent: int
    cost: Fraction | None

    @property
    def needed(self) -> int:
        """The fewest numbers that satisfy both limits."""
        return max(self.distinct, self.capacity.numbers)

    @property
    def binds(self) -> Limit:
        """The limit that asks for more; distinctness where both ask for the same."""
        return Limit.DISTINCTNESS if self.distinct >= self.capacity.numbers else Limit.CALL_CAPACITY


@dataclass(frozen=True, slots=True)
class Rental:
    """How numbers are rented: ``buffer`` is the share on top, ``prices`` a month by country, or for all under ''."""

    buffer: Fraction
    prices: Mapping[str, Fraction]

    def rented(self, needed: int) -> int:
        """What is needed and the buffer, in whole numbers."""
        return math.ceil(needed * (1 + self.buffer))

    def cost(self, country: str, numbers: int) -> Fraction | None:
        """What so many numbers cost a month; None where no price is known."""
        price = self.prices.get(country, self.prices.get(""))
        return None if price is None else price * numbers


def country_plans(
    distinct: Mapping[str, int],
    distinct_warm: Mapping[str, int],
    traffic: Mapping[str, float],
    calls: CallFigures,
    rental: Rental,
) -> list[CountryPlan]:
    """The plan of every country, in order. ``traffic`` is the offered one of the busiest hour, in erlangs."""
    plans = []
    for country, least in sorted(distinct.items()):
        carrying = capacity(traffic.get(country, 0.0), calls)
        rent = rental.rented(max(least, carrying.numbers))
        cost = rental.cost(country, rent)
        plans.append(CountryPlan(country, least, distinct_warm.get(country, 0), carrying, rent, cost))
    return plans


_SHARES = (Fraction(3, 4), Fraction(1, 2), Fraction(1, 4))


def sizes_to_try(plan: CountryPlan) -> Sequence[int]:
    """Numbers worth a replay: what is needed, one fewer than each limit of distinctness, and parts of it."""
    steps = (plan.distinct, plan.distinct - 1, plan.distinct_warm, plan.distinct_warm - 1)
    shares = (math.floor(plan.distinct * share) for share in _SHARES)
    return sorted({size for size in (plan.needed, *steps, *shares) if size > 0}, reverse=True)
