"""Making a plan of its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from adapters.cli.plan_source import Source
from adapters.cli.progress import Advance
from adapters.planning.shortages import Shortage, shortages
from masking_core.planning.capacity import CallFigures
from masking_core.planning.distinctness import distinct_numbers, pairs_held
from masking_core.planning.plan import CountryPlan, Rental, country_plans


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with what it was made of. ``shortages`` is empty where no replay was asked for."""

    source: Source
    calls: CallFigures
    countries: Sequence[CountryPlan]
    shortages: Sequence[Shortage]

    @property
    def cost(self) -> Fraction | None:
        """What all countries cost a month; None unless every price is known."""
        costs = [country.cost for country in self.countries]
        known = [cost for cost in costs if cost is not None]
        return sum(known, Fraction(0)) if len(known) == len(costs) else None


def make_plan(source: Source, calls: CallFigures, rental: Rental, *, replay: bool, advance: Advance) -> Plan:
    """The plan of every country, and what happens with fewer numbers."""
    held = pairs_held(source.sessions, source.policy.cool_off)
    warm = pairs_held(source.sessions, 0)
    plans = country_plans(distinct_numbers(held), distinct_numbers(warm), source.traffic, calls, rental)
    if not replay:
        return Plan(source, calls, plans, ())
    return Plan(source, calls, plans, shortages(source.sessions, held, plans, source.policy, calls, advance))
