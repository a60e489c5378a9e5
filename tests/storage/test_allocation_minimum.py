"""The allocation needs no more numbers than the theory says, and no fewer will do."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.storage.registry import open_store
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import SECOND
from support.world import World, real

PEOPLE = 8

Step = tuple[int, int, int]
"""Two people who begin a session, and after how many further steps it ends."""

steps = st.lists(
    st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1), st.integers(1, 12)).filter(
        lambda step: step[0] != step[1]
    ),
    min_size=1,
    max_size=60,
)


def most_at_once(workload: list[Step]) -> int:
    """The largest number of sessions that any one person is in at a time."""
    most = 0
    for moment in range(len(workload)):
        running = [each for start, each in enumerate(workload) if start <= moment < start + each[2]]
        counts = Counter(person for a, b, _ in running for person in (a, b))
        most = max(most, *counts.values())
    return most


def run(world: World, workload: list[Step]) -> None:
    for a, b, length in workload:
        world.open(real(a), real(b), time_to_live=length * SECOND)
        world.now += SECOND


@given(steps)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_workload_fits_into_the_theoretical_minimum_of_numbers(workload: list[Step]) -> None:
    minimum = most_at_once(workload)
    enough = World(open_store("memory://"))
    enough.pool(minimum, cool_off=0)
    run(enough, workload)
    if minimum > 1:
        short = World(open_store("memory://"))
        short.pool(minimum - 1, cool_off=0)
        with pytest.raises(PoolExhausted):
            run(short, workload)


@given(steps, st.integers(2, 12))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_load_never_differs_by_more_than_the_rules_force(workload: list[Step], spare: int) -> None:
    """With numbers that none of the participants uses to spare, no number takes two sessions before each has one."""
    world = World(open_store("memory://"))
    size = 2 * len(workload) + spare
    world.pool(size, cool_off=0)
    for a, b, _ in workload:
        world.open(real(a), real(b))
    loads = [world.number(index).load for index in range(size)]
    assert max(loads) == 1
