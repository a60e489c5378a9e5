"""Erlang B: how many calls find every line busy.

A. K. Erlang, "Solution of some Problems in the Theory of Probabilities of Significance in Automatic
Telephone Exchanges", 1917. Calls arrive at random, and one that finds no line free is lost:

    B(N, A) = (A^N / N!) / (A^0 / 0! + A^1 / 1! + ... + A^N / N!)

for N lines and A erlangs of offered traffic: calls in a span of time, times their mean length in it.
Computed by the recursion B(0) = 1, B(n) = A B(n-1) / (n + A B(n-1)), which neither overflows nor
loses digits (V. B. Iversen, ITU Teletraffic Engineering Handbook, on Erlang's loss system).
"""

from fractions import Fraction
from typing import TypeVar

Number = TypeVar("Number", float, Fraction)


def blocking(traffic: Number, lines: int) -> Number:
    """The share of calls that find all of ``lines`` busy, of ``traffic`` erlangs; exact for a Fraction."""
    lost = traffic * 0 + 1
    for line in range(1, lines + 1):
        lost = traffic * lost / (line + traffic * lost)
    return lost


def lines_needed(traffic: float, highest: float) -> int:
    """The fewest lines on which at most the share ``highest`` of the calls is lost."""
    _check(traffic, highest)
    lost, lines = 1.0, 0
    while lost > highest:
        lines += 1
        lost = traffic * lost / (lines + traffic * lost)
    return lines if traffic else 0


def numbers_needed(traffic: float, calls_each: int, highest: float) -> int:
    """The fewest numbers, each carrying ``calls_each`` calls, that lose at most the share ``highest``.

    A caller dials one number and not any that is free, so every number is a group of lines by
    itself, and is offered an even part of the traffic. That takes more numbers than
    ``lines_needed(traffic, highest) / calls_each``, the rule of thumb, which is where the search begins.
    """
    _check(traffic, highest)
    few = -(-lines_needed(traffic, highest) // calls_each)
    many = max(few, 1)
    if not traffic:
        return 0
    while blocking(traffic / many, calls_each) > highest:
        few, many = many + 1, many * 2
    while few < many:
        middle = (few + many) // 2
        if blocking(traffic / middle, calls_each) > highest:
            few = middle + 1
        else:
            many = middle
    return many


def _check(traffic: float, highest: float) -> None:
    if traffic < 0:
        raise ValueError("traffic is not negative")
    if not 0 < highest < 1:
        raise ValueError("a blocking probability lies between 0 and 1")
