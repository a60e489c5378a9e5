from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking_core.errors import InvalidArgument
from masking_core.instants import DAY, HOUR, MINUTE
from masking_core.planning.capacity import CallFigures
from masking_core.planning.distinctness import distinct_numbers, pairs_held
from masking_core.planning.figures import Figures, expected_sessions, offered_traffic
from planning.workloads import START

CALLS = CallFigures(calls_per_session=2, call_length=3 * MINUTE, calls_at_once=10, blocking=0.01)


def figures(**members: object) -> Figures:
    known: dict[str, object] = {
        "sessions_per_day": 240,
        "session_length": 30 * MINUTE,
        "peak_factor": Fraction(2),
        "at_once": 3,
        "a_day": None,
        "shares": {"GB": Fraction(1)},
    }
    return Figures(**known | members)  # type: ignore[arg-type] # members of many kinds


def needed(given_figures: Figures, cool_off: int) -> dict[str, int]:
    return distinct_numbers(pairs_held(expected_sessions(given_figures, START, cool_off), cool_off))


@given(st.integers(1, 600), st.integers(1, 300), st.integers(1, 8), st.none() | st.integers(8, 30), st.integers(1, 24))
def test_somebody_is_in_as_many_sessions_at_once_as_the_figures_say_and_nobody_in_more(
    sessions: int, minutes: int, at_once: int, a_day: int | None, peak: int
) -> None:
    drawn = figures(
        sessions_per_day=sessions,
        session_length=minutes * MINUTE,
        at_once=at_once,
        a_day=a_day,
        peak_factor=Fraction(peak),
    )
    assert needed(drawn, 0) == {"GB": at_once}


@given(st.integers(3, 40), st.integers(1, 90))
def test_nobody_takes_more_in_a_day_than_the_figures_say(a_day: int, minutes: int) -> None:
    drawn = figures(a_day=a_day, session_length=minutes * MINUTE)
    sessions = expected_sessions(drawn, START, DAY)
    starts: dict[int, list[int]] = {}
    for session in sessions:
        starts.setdefault(session.participants[0], []).append(session.start)
    for times in starts.values():
        assert all(later - earlier >= DAY for earlier, later in zip(times, times[a_day:], strict=False))


def test_the_cool_off_counts_as_far_as_a_participant_s_day_goes() -> None:
    # Twenty within a day, and those three before them that ended less than a day ago.
    assert needed(figures(a_day=20, sessions_per_day=2000), DAY) == {"GB": 23}
    assert needed(figures(sessions_per_day=2000), DAY)["GB"] > 100


def test_the_busiest_hour_has_its_share_of_a_day() -> None:
    drawn = figures(sessions_per_day=240, peak_factor=Fraction(3))
    day = [session for session in expected_sessions(drawn, START, 0) if session.start < START + DAY]
    busiest = max(
        sum(START + hour * HOUR <= session.start < START + (hour + 1) * HOUR for session in day) for hour in range(24)
    )
    assert (len(day), busiest) == (240, 30)


def test_countries_have_their_shares_and_their_own_participants() -> None:
    sessions = expected_sessions(figures(shares={"GB": Fraction(3, 4), "FR": Fraction(1, 4)}), START, 0)
    here = {participant for session in sessions for participant in session.participants if "GB" in session.countries}
    there = {participant for session in sessions for participant in session.participants if "FR" in session.countries}
    assert here.isdisjoint(there)
    assert 2.5 < len(here) / len(there) < 3.5


def test_of_a_great_many_sessions_only_some_are_drawn_up() -> None:
    sessions = expected_sessions(figures(sessions_per_day=10_000_000, a_day=20), START, DAY)
    assert 3_900 < len(sessions) <= 4_100
    assert [session.start for session in sessions] == sorted(session.start for session in sessions)


@pytest.mark.parametrize("peak", [1, 2, 20])
def test_as_many_are_drawn_up_as_keep_one_participant_busy(peak: int) -> None:
    drawn = figures(sessions_per_day=10_000_000, session_length=5 * MINUTE, at_once=8, peak_factor=Fraction(peak))
    # Eight at once, and eight for each five minutes of the hour before.
    assert 8 * 13 <= needed(drawn, HOUR)["GB"] <= 8 * 14


def test_figures_that_put_one_participant_into_too_many_sessions_are_refused() -> None:
    drawn = figures(sessions_per_day=10_000_000, session_length=MINUTE, at_once=100)
    with pytest.raises(InvalidArgument, match="a_day"):
        expected_sessions(drawn, START, DAY)
    assert needed(replace(drawn, a_day=200), DAY)["GB"] >= 200


def test_traffic_is_that_of_all_sessions_of_the_busiest_hour() -> None:
    drawn = figures(sessions_per_day=2400, shares={"GB": Fraction(3, 4), "FR": Fraction(1, 4)})
    # Two hundred sessions an hour, with six minutes of talk each.
    assert offered_traffic(drawn, CALLS) == {"GB": pytest.approx(15.0), "FR": pytest.approx(5.0)}
