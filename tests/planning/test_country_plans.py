from fractions import Fraction

from masking_core.instants import MINUTE
from masking_core.planning.capacity import CallFigures
from masking_core.planning.outcome import Outcome
from masking_core.planning.plan import CountryPlan, Limit, Rental, country_plans, sizes_to_try

CALLS = CallFigures(calls_per_session=2, call_length=3 * MINUTE, calls_at_once=10, blocking=0.01)


def planned(distinct: int, erlangs: float, warm: int = 1, buffer: str = "0", **prices: str) -> CountryPlan:
    rental = Rental(Fraction(buffer), {country.strip("_"): Fraction(price) for country, price in prices.items()})
    (plan,) = country_plans({"GB": distinct}, {"GB": warm}, {"GB": erlangs}, CALLS, rental)
    return plan


def test_the_larger_limit_binds() -> None:
    assert (planned(7, 4.46).needed, planned(7, 4.46).binds) == (7, Limit.DISTINCTNESS)
    assert (planned(2, 44.6).needed, planned(2, 44.6).binds) == (10, Limit.CALL_CAPACITY)


def test_of_two_equal_limits_it_is_distinctness() -> None:
    assert (planned(10, 44.6).needed, planned(10, 44.6).binds) == (10, Limit.DISTINCTNESS)


def test_a_country_without_calls_needs_what_distinctness_asks_for() -> None:
    (plan,) = country_plans({"FR": 3}, {}, {}, CALLS, Rental(Fraction(0), {}))
    assert (plan.needed, plan.capacity.numbers, plan.distinct_warm) == (3, 0, 0)


def test_the_buffer_is_exact_and_in_whole_numbers() -> None:
    assert planned(10, 0, buffer="1/10").rent == 11
    assert planned(10, 0, buffer="0.11").rent == 12
    assert planned(10, 0).rent == 10


def test_a_country_s_own_price_comes_before_the_common_one() -> None:
    assert planned(10, 0, buffer="0.2", _="1.50").cost == 18
    assert planned(10, 0, buffer="0.2", _="1.50", GB="0.10").cost == Fraction(12, 10)
    assert planned(10, 0, FR="1.50").cost is None


def test_countries_come_in_order() -> None:
    plans = country_plans({"GB": 1, "FR": 2}, {}, {}, CALLS, Rental(Fraction(0), {}))
    assert [plan.country for plan in plans] == ["FR", "GB"]


def test_what_is_tried_begins_with_what_is_needed_and_ends_above_nothing() -> None:
    assert sizes_to_try(planned(12, 0, warm=4)) == [12, 11, 9, 6, 4, 3]
    assert sizes_to_try(planned(2, 44.6, warm=2)) == [10, 2, 1]
    assert sizes_to_try(planned(1, 0)) == [1]


def test_an_outcome_tells_whether_every_rule_was_kept() -> None:
    assert Outcome(openings=5).kept_every_rule
    for broken in ("refused", "reused_early", "elsewhere"):
        assert not Outcome(**{"openings": 5, broken: 1}).kept_every_rule
