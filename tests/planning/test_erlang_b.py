from fractions import Fraction
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking_core.planning.erlang_b import blocking, lines_needed, numbers_needed

ONE_PER_CENT = {
    1: "0.0101",
    2: "0.153",
    3: "0.455",
    4: "0.869",
    5: "1.36",
    6: "1.91",
    7: "2.50",
    8: "3.13",
    9: "3.78",
    10: "4.46",
    15: "8.11",
    20: "12.0",
    24: "15.3",
    30: "20.3",
    40: "29.0",
    50: "37.9",
    70: "56.1",
    100: "84.1",
}
"""Lines → the erlangs of which they lose 1 %, to three digits, as the tables of textbooks have them
(T. S. Rappaport, Wireless Communications, "Capacity of an Erlang B System")."""

TWO_PER_CENT = {
    1: "0.020",
    3: "0.602",
    5: "1.657",
    7: "2.935",
    9: "4.345",
    11: "5.842",
    13: "7.402",
    15: "9.010",
    17: "10.656",
    19: "12.333",
    21: "14.036",
    23: "15.761",
    25: "17.505",
    27: "19.265",
    29: "21.039",
    31: "22.827",
    51: "41.189",
    71: "60.082",
    81: "69.647",
    89: "77.342",
}
"""Likewise for 2 % (Lucent Technologies, "The Full Erlang B Table" of its traffic engineering course, in which a few
of the other lines are misprinted)."""

amounts = st.fractions(min_value=0, max_value=40, max_denominator=50)
shares = st.sampled_from([0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3])


def most_traffic(lines: int, highest: float) -> float:
    """The most that the lines can be offered, by bisection."""
    low, high = 0.0, 2.0 * lines + 1
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if blocking(middle, lines) > highest else (middle, high)
    return low


@pytest.mark.parametrize("lines", ONE_PER_CENT)
def test_one_per_cent_is_lost_where_the_printed_tables_say(lines: int) -> None:
    printed = ONE_PER_CENT[lines]
    decimals = len(printed.partition(".")[2])
    assert f"{most_traffic(lines, 0.01):.{decimals}f}" == printed


@pytest.mark.parametrize("lines", TWO_PER_CENT)
def test_two_per_cent_are_lost_where_the_printed_tables_say(lines: int) -> None:
    assert f"{most_traffic(lines, 0.02):.3f}" == TWO_PER_CENT[lines]


def test_fifteen_lines_take_8_108_erlangs() -> None:
    """The worked example of Westbay Engineers' Erlang B calculator."""
    assert round(most_traffic(15, 0.01), 3) == 8.108
    assert lines_needed(8.108, 0.01) == 15
    assert lines_needed(8.109, 0.01) == 16


@given(amounts, st.integers(0, 30))
def test_the_recursion_is_erlang_s_formula(traffic: Fraction, lines: int) -> None:
    terms = [traffic**line / factorial(line) for line in range(lines + 1)]
    exact = terms[-1] / sum(terms)
    assert blocking(traffic, lines) == exact
    assert blocking(float(traffic), lines) == pytest.approx(float(exact), rel=1e-12, abs=1e-300)


def test_a_great_many_lines_neither_overflow_nor_lose_their_digits() -> None:
    assert blocking(100_000.0, 100_000) == pytest.approx((2 / (3.141592653589793 * 100_000)) ** 0.5, rel=0.01)
    assert blocking(10.0, 5_000) == 0


@given(st.floats(0.01, 300), shares)
def test_so_many_lines_are_enough_and_one_fewer_is_not(traffic: float, highest: float) -> None:
    lines = lines_needed(traffic, highest)
    assert blocking(traffic, lines) <= highest < blocking(traffic, lines - 1)


@given(st.floats(0.01, 300), st.integers(1, 40), shares)
def test_so_many_numbers_are_enough_and_one_fewer_is_not(traffic: float, calls_each: int, highest: float) -> None:
    numbers = numbers_needed(traffic, calls_each, highest)
    assert blocking(traffic / numbers, calls_each) <= highest
    assert numbers == 1 or blocking(traffic / (numbers - 1), calls_each) > highest


@given(st.floats(0.01, 300), st.integers(1, 40), shares)
def test_groups_that_cannot_help_each_other_take_no_fewer_lines_than_one_group(
    traffic: float, calls_each: int, highest: float
) -> None:
    assert numbers_needed(traffic, calls_each, highest) * calls_each >= lines_needed(traffic, highest)


def test_no_traffic_needs_nothing() -> None:
    assert lines_needed(0, 0.01) == 0
    assert numbers_needed(0, 10, 0.01) == 0
    assert blocking(0.0, 1) == 0
    assert blocking(0.0, 0) == 1


@pytest.mark.parametrize(("traffic", "highest"), [(-1.0, 0.01), (1.0, 0.0), (1.0, 1.0)])
def test_what_cannot_be_is_refused(traffic: float, highest: float) -> None:
    with pytest.raises(ValueError, match=r"not negative|between 0 and 1"):
        lines_needed(traffic, highest)
    with pytest.raises(ValueError, match=r"not negative|between 0 and 1"):
        numbers_needed(traffic, 10, highest)
