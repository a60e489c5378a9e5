"""The day a pool runs out, against lines whose end is known."""

import random

import pytest

from masking_core.planning.forecast import HORIZON_DAYS, LEAST_DAYS, day_reached, trend

FIRST = 20_000
TODAY = FIRST + 28


def straight(growth: float, start: int = 10, days: int = 28) -> dict[int, int]:
    return {FIRST + age: round(start + growth * age) for age in range(days)}


@pytest.mark.parametrize("growth", [1, 2, 5])
def test_a_straight_line_reaches_its_limit_on_the_day_it_does(growth: int) -> None:
    limit = 10 + growth * 60
    found = trend(straight(growth))
    assert found is not None
    assert found.growth == growth
    assert [round(found.peak(day), 6) for day in (FIRST, FIRST + 27)] == [10, 10 + growth * 27]
    assert day_reached(straight(growth), limit, TODAY) == FIRST + 60
    assert day_reached(straight(growth), limit + 1, TODAY) == FIRST + 61


def test_half_a_call_a_day_is_growth_too() -> None:
    assert day_reached({FIRST + age: 10 + age // 2 for age in range(28)}, 40, TODAY) in range(FIRST + 60, FIRST + 62)


def test_a_quiet_weekend_is_no_decline_and_its_end_no_growth() -> None:
    weekly = {FIRST + age: 100 if age % 7 < 5 else 20 for age in range(28)}
    assert trend(weekly) is None
    assert trend({day: peak for day, peak in weekly.items() if day >= FIRST + 5}) is None
    growing = {day: peak + (day - FIRST) for day, peak in weekly.items()}
    found = trend(growing)
    assert found is not None
    assert found.growth == 1
    limits = {limit: day_reached(growing, limit, TODAY) for limit in (140, 141)}
    assert limits == {140: FIRST + 42, 141: FIRST + 42}


def test_one_wild_day_bends_no_line() -> None:
    for day in straight(1):
        for wild in (0, 1_000):
            assert day_reached(straight(1) | {day: wild}, 70, TODAY) == FIRST + 60


def test_a_missing_day_bends_none_either() -> None:
    known = straight(2)
    for day in (FIRST + 3, FIRST + 20, FIRST + 27):
        del known[day]
    assert day_reached(known, 130, TODAY) == FIRST + 60


def test_what_has_been_reached_is_reached_today() -> None:
    assert day_reached(straight(1), 20, TODAY) == TODAY


def test_what_lies_far_ahead_is_no_forecast() -> None:
    assert day_reached(straight(1), 10 + 28 + HORIZON_DAYS, TODAY) == TODAY + HORIZON_DAYS
    assert day_reached(straight(1), 10 + 28 + HORIZON_DAYS + 1, TODAY) is None


@pytest.mark.parametrize("growth", [0, -1, -0.1])
def test_without_growth_there_is_no_forecast(growth: float) -> None:
    assert trend(straight(growth, start=100)) is None
    assert day_reached(straight(growth, start=100), 50, TODAY) is None


def test_of_few_days_nothing_is_told() -> None:
    assert trend({}) is None
    assert trend(straight(3, days=LEAST_DAYS - 1)) is None
    assert trend(straight(3, days=LEAST_DAYS)) is not None


def test_a_weekday_that_never_came_is_not_guessed() -> None:
    assert trend({day: peak for day, peak in straight(3).items() if day % 7}) is None


def test_chance_is_seldom_taken_for_growth_and_growth_seldom_for_chance() -> None:
    dice = random.Random(1968)
    level = [{FIRST + age: dice.randint(80, 120) for age in range(28)} for _ in range(400)]
    assert sum(trend(each) is not None for each in level) < 400 * 0.08
    rising = [{FIRST + age: dice.randint(80, 120) + 2 * age for age in range(28)} for _ in range(400)]
    found = [each for each in map(trend, rising) if each is not None]
    assert len(found) > 400 * 0.98
    assert abs(sum(each.growth for each in found) / len(found) - 2) < 0.1
