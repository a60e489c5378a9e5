import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking_core.instants import HOUR, MINUTE, SECOND, Instant
from masking_core.planning.capacity import CallFigures, busy_hours, capacity
from masking_core.planning.distinctness import holders
from masking_core.planning.peaks import Load, Use, busy_hour, use_over_time
from masking_core.planning.workload import ExpectedSession
from planning.workloads import START, session, workloads

loads = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 200), st.integers(1, 9)).map(
        lambda drawn: (drawn[0] * MINUTE, (drawn[0] + drawn[1]) * MINUTE, float(drawn[2]))
    ),
    min_size=1,
    max_size=8,
)


def carried(given_loads: list[Load], start: Instant) -> float:
    """What the hour from ``start`` on carries, load by load."""
    return sum(
        amount * max(min(end, start + HOUR) - max(begin, start), 0) / (end - begin)
        for begin, end, amount in given_loads
    )


@given(loads)
def test_no_hour_carries_more_than_the_busiest(given_loads: list[Load]) -> None:
    busiest = busy_hour(given_loads)
    assert busiest is not None
    assert busiest.carried == pytest.approx(carried(given_loads, busiest.start))
    most = max(carried(given_loads, minute * MINUTE) for minute in range(-61, 501))
    assert busiest.carried == pytest.approx(most)


def test_without_loads_there_is_no_busy_hour() -> None:
    assert busy_hour([]) is None


def test_the_busy_hour_need_not_begin_at_a_full_hour() -> None:
    busiest = busy_hour([(0, 30 * MINUTE, 1.0), (50 * MINUTE, 80 * MINUTE, 3.0), (80 * MINUTE, 110 * MINUTE, 3.0)])
    assert busiest is not None
    assert busiest.start == 50 * MINUTE
    assert busiest.carried == pytest.approx(6.0)


CALLS = CallFigures(calls_per_session=2, call_length=3 * MINUTE, calls_at_once=10, blocking=0.01)


def test_a_session_offers_its_calls_half_to_each_side_s_country() -> None:
    long = 7200
    hours = busy_hours([session(0, 1, 0, long, "GB", "FR"), session(2, 3, 0, long, "GB", "GB")], CALLS)
    # Six minutes of talk in two hours: three in the busiest.
    assert hours["FR"].carried == pytest.approx(0.025)
    assert hours["GB"].carried == pytest.approx(0.075)
    assert hours["GB"].start == START


def test_call_capacity_is_what_the_traffic_takes() -> None:
    needs = capacity(4.46, CALLS)
    assert (needs.calls, needs.as_one_group, needs.numbers) == (10, 1, 1)
    more = capacity(29.0, CALLS)
    assert (more.calls, more.as_one_group, more.numbers) == (40, 4, 7)
    assert capacity(0.0, CALLS).numbers == 0


def at(sessions: list[ExpectedSession], cool_off: int, moment: Instant) -> tuple[int, dict[str, int]]:
    """How many sessions run at a moment, and the most pairs of one participant by country."""
    held: dict[tuple[int, str], int] = {}
    for each in sessions:
        if each.start <= moment < each.end + cool_off:
            for holder in holders(each):
                held[holder] = held.get(holder, 0) + 1
    fullest: dict[str, int] = {}
    for (_, country), pairs in held.items():
        fullest[country] = max(fullest.get(country, 0), pairs)
    return sum(each.start <= moment < each.end for each in sessions), fullest


@given(workloads(), st.integers(0, 4), st.integers(1, 9))
def test_use_is_the_most_of_each_stretch(sessions: list[ExpectedSession], cool: int, stretches: int) -> None:
    uses = use_over_time(sessions, cool * SECOND, stretches)
    assert (uses[0].start, uses[-1].end) == (sessions[0].start, max(each.end for each in sessions))
    for use in uses:
        moments = {use.start, *(each.start for each in sessions if use.start <= each.start < use.end)}
        states = [at(sessions, cool * SECOND, moment) for moment in moments]
        assert use.sessions == max(running for running, _ in states)
        for country in ("FR", "GB"):
            assert use.fullest.get(country, 0) == max(fullest.get(country, 0) for _, fullest in states)


def test_a_workload_of_nothing_has_no_use() -> None:
    assert use_over_time([], 0, 10) == []


def test_a_moment_has_no_more_stretches_than_there_are() -> None:
    short = ExpectedSession(START, START + 2, (0, 1), ("", ""))
    assert use_over_time([short], 0, 48) == [Use(START, START + 1, 1, {"": 1}), Use(START + 1, START + 2, 1, {"": 1})]
