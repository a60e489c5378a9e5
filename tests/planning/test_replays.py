from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.planning.replay import Replay
from adapters.planning.shortages import shortages
from masking_core.instants import MINUTE, SECOND
from masking_core.planning.capacity import CallFigures
from masking_core.planning.distinctness import crowded, distinct_numbers, pairs_held, with_any_of
from masking_core.planning.erlang_b import blocking
from masking_core.planning.outcome import Outcome
from masking_core.planning.plan import Rental, country_plans
from masking_core.planning.workload import ExpectedSession, anywhere
from masking_core.pools import Geography, PoolPolicy
from planning.workloads import COUNTRIES, session, workloads

CALLS = CallFigures(calls_per_session=2, call_length=3 * MINUTE, calls_at_once=10, blocking=0.01)

policies = st.builds(
    PoolPolicy,
    geography=st.just(Geography.COUNTRY),
    strict_geography=st.booleans(),
    cool_off=st.integers(0, 5).map(lambda seconds: seconds * SECOND),
    reuse_early=st.booleans(),
)
patient = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def strict(cool_off: int = 0, *, reuse_early: bool = False) -> PoolPolicy:
    return PoolPolicy(
        geography=Geography.COUNTRY, strict_geography=True, cool_off=cool_off * SECOND, reuse_early=reuse_early
    )


@given(workloads(), policies)
@patient
def test_the_planned_numbers_keep_every_rule_and_one_fewer_does_not(
    sessions: list[ExpectedSession], policy: PoolPolicy
) -> None:
    planned = distinct_numbers(pairs_held(sessions, policy.cool_off))
    assert all(outcome.kept_every_rule for outcome in Replay(policy, planned).run(sessions).values())
    for country in planned:
        fewer = planned | {country: planned[country] - 1}
        assert not Replay(policy, fewer).run(sessions)[country].kept_every_rule


@given(workloads(), policies)
@patient
def test_the_same_holds_where_numbers_lie_anywhere(sessions: list[ExpectedSession], policy: PoolPolicy) -> None:
    sessions = list(anywhere(sessions))
    free = PoolPolicy(cool_off=policy.cool_off, reuse_early=policy.reuse_early)
    (planned,) = distinct_numbers(pairs_held(sessions, free.cool_off)).values()
    assert Replay(free, {"": planned}).run(sessions)[""].kept_every_rule
    assert not Replay(free, {"": planned - 1}).run(sessions)[""].kept_every_rule


@given(workloads())
@patient
def test_without_the_cool_off_s_part_nobody_is_refused_where_pairs_may_be_reused_early(
    sessions: list[ExpectedSession],
) -> None:
    warm = distinct_numbers(pairs_held(sessions, 0))
    outcomes = Replay(strict(5, reuse_early=True), warm).run(sessions)
    assert [outcome.refused for outcome in outcomes.values()] == [0] * len(outcomes)
    for country in warm:
        fewer = warm | {country: warm[country] - 1}
        assert Replay(strict(5, reuse_early=True), fewer).run(sessions)[country].refused


@given(workloads(), policies, st.sampled_from(COUNTRIES), st.integers(1, 3))
@patient
def test_a_shortage_touches_none_but_the_sessions_of_those_who_are_short(
    sessions: list[ExpectedSession], policy: PoolPolicy, country: str, numbers: int
) -> None:
    held = pairs_held(sessions, policy.cool_off)
    sizes = distinct_numbers(held) | {country: numbers}
    whole = Replay(policy, sizes).run(sessions).get(country, Outcome())
    touched = with_any_of(sessions, crowded(held, country, numbers))
    part = Replay(policy, sizes).run(touched).get(country, Outcome())
    assert (part.refused, part.reused_early, part.elsewhere) == (
        whole.refused,
        whole.reused_early,
        whole.elsewhere,
    )


def test_each_way_to_be_short_is_told_apart() -> None:
    sessions = [session(0, 1, 0, 10, "GB"), session(0, 2, 5, 10, "GB"), session(3, 4, 5, 10, "FR", "GB")]
    sizes = {"GB": 1, "FR": 1}
    assert Replay(strict(), sizes).run(sessions) == {"GB": Outcome(3, refused=1), "FR": Outcome(1)}
    widening = PoolPolicy(geography=Geography.COUNTRY, cool_off=0)
    assert Replay(widening, sizes).run(sessions) == {"GB": Outcome(3, elsewhere=1), "FR": Outcome(1)}
    resting = [session(0, 1, 0, 10), session(0, 2, 12, 10)]
    assert Replay(strict(5, reuse_early=True), sizes).run(resting) == {"GB": Outcome(2, reused_early=1)}
    assert Replay(strict(5), sizes).run(resting) == {"GB": Outcome(2, refused=1)}


def test_a_long_replay_forgets_what_is_over_and_tells_how_far_it_is() -> None:
    told: list[int] = []
    sessions = [session(index % 7, 7 + index % 5, index * 20, 10) for index in range(10_300)]
    assert Replay(strict(5), {"GB": 1}).run(sessions, told.append) == {"GB": Outcome(10_300)}
    assert told[0] == 256
    assert told[-1] == 10_300


def test_shortages_begin_with_what_is_needed_and_count_all_openings() -> None:
    sessions = [session(0, person, 0, 10) for person in range(1, 5)] + [session(5, 6, 1, 10), session(7, 8, 2, 10)]
    held = pairs_held(sessions, 0)
    plans = country_plans(distinct_numbers(held), distinct_numbers(held), {"GB": 2.0}, CALLS, Rental(Fraction(), {}))
    told: list[tuple[str, int, int]] = []
    found = shortages(sessions, held, plans, strict(), CALLS, lambda *step: told.append(step))
    assert [(each.numbers, each.outcome.refused, each.outcome.openings) for each in found] == [
        (4, 0, 6),
        (3, 1, 6),
        (2, 2, 6),
        (1, 3, 6),
    ]
    assert found[-1].calls_blocked == blocking(2.0, 10)
    assert told[0] == ("replaying the plan", 6, 6)
    assert told[-1] == ("replaying with 1 GB", 4, 4)
