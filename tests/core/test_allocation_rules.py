"""Which searches a policy allows, which candidate is best, and what becomes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafts import LONDON, MOBILE, VIRTUAL, Listed, facts, need, pool, side
from masking_core.allocation import Candidate, Placement, Search, allocate, choose, reallocate, searches
from masking_core.errors import NumberNotAvailable
from masking_core.exhaustion import PoolExhausted
from masking_core.home import Home
from masking_core.instants import HOUR
from masking_core.pools import Geography, NumberState, PoolPolicy

NONE, COUNTRY, AREA = Geography.NONE, Geography.COUNTRY, Geography.AREA
FRESH = Search(NONE, "GB", "20", early=False)
EARLY = Search(NONE, "GB", "20", early=True)
CANDIDATES = st.lists(
    st.builds(Candidate, st.sampled_from("abcdefgh"), st.integers(0, 3), st.none() | st.integers(0, 3)),
    unique_by=lambda candidate: candidate.number,
)


@pytest.mark.parametrize(
    ("geography", "strict", "home", "reaches"),
    [
        (NONE, False, LONDON, [NONE]),
        (NONE, True, LONDON, [NONE]),
        (COUNTRY, False, LONDON, [COUNTRY, NONE]),
        (COUNTRY, True, LONDON, [COUNTRY]),
        (AREA, False, LONDON, [AREA, COUNTRY, NONE]),
        (AREA, True, LONDON, [AREA]),
        (AREA, False, MOBILE, [COUNTRY, NONE]),
        (AREA, True, MOBILE, [COUNTRY]),
        (COUNTRY, True, MOBILE, [COUNTRY]),
    ],
)
def test_searches_widen_from_near_to_far_and_only_then_come_pairs_that_cool_off(
    *, geography: Geography, strict: bool, home: Home, reaches: list[Geography]
) -> None:
    policy = PoolPolicy(geography=geography, strict_geography=strict)
    found = list(searches(policy, home))
    assert [(search.reach, search.early) for search in found] == [
        *((reach, False) for reach in reaches),
        *((reach, True) for reach in reaches),
    ]
    assert {(search.country, search.area) for search in found} == {(home.country, home.area)}


@pytest.mark.parametrize("policy", [PoolPolicy(reuse_early=False), PoolPolicy(cool_off=0)])
def test_no_pair_is_reused_early_where_the_pool_forbids_it_or_none_cools_off(policy: PoolPolicy) -> None:
    assert [search.early for search in searches(policy, LONDON)] == [False]


def test_no_candidates_make_no_choice() -> None:
    assert choose([], FRESH) is None


def test_the_least_loaded_number_is_chosen() -> None:
    assert choose([Candidate("a", 2), Candidate("b", 1), Candidate("c", 3)], FRESH) == Candidate("b", 1)


def test_of_equally_loaded_numbers_one_never_used_comes_before_the_longest_unused() -> None:
    recent, old, never = Candidate("a", 1, 200), Candidate("b", 1, 100), Candidate("c", 1)
    assert choose([recent, old, never], FRESH) == never
    assert choose([recent, old], FRESH) == old
    assert choose([recent, old, Candidate("d", 0, 300)], FRESH) == Candidate("d", 0, 300)


def test_of_pairs_that_still_cool_off_the_longest_unused_comes_first_whatever_its_load() -> None:
    assert choose([Candidate("a", 0, 200), Candidate("b", 9, 100)], EARLY) == Candidate("b", 9, 100)
    assert choose([Candidate("a", 2, 100), Candidate("b", 1, 100)], EARLY) == Candidate("b", 1, 100)


def test_the_number_just_given_to_the_other_participant_counts_as_loaded_by_this_session() -> None:
    first, second = Candidate("a", 0), Candidate("b", 0)
    assert choose([first, second], FRESH, other_side="a") == second
    assert choose([first, Candidate("b", 2)], FRESH, other_side="a") == first


def test_of_equals_the_first_brought_is_chosen() -> None:
    assert choose([Candidate("b", 0), Candidate("a", 0)], FRESH) == Candidate("b", 0)


@given(CANDIDATES)
def test_nothing_less_loaded_is_ever_left_for_something_more_loaded(candidates: list[Candidate]) -> None:
    best = choose(candidates, FRESH)
    assert (best is None) == (not candidates)
    assert best is None or best.load == min(candidate.load for candidate in candidates)


def test_a_participant_gets_a_near_number_before_a_far_one_and_a_far_one_before_one_that_cools_off() -> None:
    near, far, cooling = VIRTUAL
    numbers = {cooling: (facts(cooling=True), 0), far: (facts(country="US", area="202"), 0), near: (facts(), 5)}
    policy = pool(geography=AREA)
    assert allocate(Listed(numbers), policy, 0, need("a"), reserve=False) == Placement(near, AREA, early=False)
    del numbers[near]
    assert allocate(Listed(numbers), policy, 0, need("a"), reserve=False) == Placement(far, NONE, early=False)
    del numbers[far]
    assert allocate(Listed(numbers), policy, 0, need("a"), reserve=False) == Placement(cooling, AREA, early=True)


def test_a_pool_without_a_free_number_says_so_of_the_participant() -> None:
    taken = Listed({VIRTUAL[0]: (facts(), 1)}, frozenset({("a 0", VIRTUAL[0])}))
    with pytest.raises(PoolExhausted) as caught:
        allocate(taken, pool(), 1, need("a"), reserve=False)
    assert caught.value.exhaustion.side == 1
    assert caught.value.exhaustion.ruled_out == {"IN_USE_BY_PARTICIPANT": 1}


@pytest.mark.parametrize("policy", [{}, {"geography": COUNTRY}, {"geography": AREA}])
def test_a_number_asked_for_by_name_is_that_number_however_loaded_it_is(policy: dict[str, Geography]) -> None:
    numbers = Listed({VIRTUAL[0]: (facts(), 9), VIRTUAL[1]: (facts(), 0)})
    placed = allocate(numbers, pool(**policy), 0, need("a", wanted=VIRTUAL[0]), reserve=False)
    assert placed == Placement(VIRTUAL[0], policy.get("geography", NONE), early=False)


def test_a_named_number_that_cools_off_is_reused_early_where_the_pool_allows_it() -> None:
    numbers = Listed({VIRTUAL[0]: (facts(cooling=True), 0)})
    placed = allocate(numbers, pool(), 0, need("a", wanted=VIRTUAL[0]), reserve=False)
    assert placed == Placement(VIRTUAL[0], NONE, early=True)
    with pytest.raises(NumberNotAvailable, match="COOLING_OFF"):
        allocate(numbers, pool(reuse_early=False), 0, need("a", wanted=VIRTUAL[0]), reserve=False)


@pytest.mark.parametrize(
    ("member", "value", "rule"),
    [
        ("state", NumberState.DRAINING, "NOT_IN_SERVICE"),
        ("voice", False, "NO_VOICE"),
        ("reserved", True, "RESERVED"),
        ("in_use", True, "IN_USE"),
        ("country", "US", "GEOGRAPHY"),
    ],
)
def test_a_named_number_that_fails_a_rule_is_refused_with_the_rule(member: str, value: object, rule: str) -> None:
    numbers = Listed({VIRTUAL[0]: (facts(**{member: value}), 0), VIRTUAL[1]: (facts(), 0)})
    policy = pool(geography=COUNTRY, strict_geography=True)
    with pytest.raises(NumberNotAvailable) as caught:
        allocate(numbers, policy, 1, need("a", wanted=VIRTUAL[0]), reserve=True)
    assert (caught.value.number, caught.value.side, caught.value.rule) == (VIRTUAL[0], 1, rule)


def test_a_named_number_of_another_pool_is_refused() -> None:
    with pytest.raises(NumberNotAvailable, match="NOT_IN_POOL"):
        allocate(Listed({}), pool(), 0, need("a", wanted=VIRTUAL[0]), reserve=False)


def test_a_participant_whose_numbers_change_keeps_the_number_it_dials_even_a_draining_or_far_one() -> None:
    numbers = Listed({VIRTUAL[0]: (facts(state=NumberState.DRAINING, country="US"), 9), VIRTUAL[1]: (facts(), 0)})
    policy = pool(geography=COUNTRY, strict_geography=True, cool_off=HOUR)
    kept = reallocate(numbers, policy, 0, side(VIRTUAL[0], "a"), need("b"), reserve=True, other_side=VIRTUAL[1])
    assert kept == Placement(VIRTUAL[0], NONE, early=False)


def test_a_participant_whose_new_number_is_taken_on_the_one_it_dials_gets_another() -> None:
    numbers = {VIRTUAL[0]: (facts(), 1), VIRTUAL[1]: (facts(), 0)}
    taken = Listed(numbers, frozenset({("b 0", VIRTUAL[0])}))
    moved = reallocate(taken, pool(), 0, side(VIRTUAL[0], "a"), need("b"), reserve=False, other_side="")
    assert moved == Placement(VIRTUAL[1], NONE, early=False)
