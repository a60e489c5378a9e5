from itertools import combinations, count

from hypothesis import given
from hypothesis import strategies as st

from masking_core.instants import SECOND, Duration
from masking_core.planning.distinctness import crowded, distinct_numbers, holders, most_at_once, pairs_held, with_any_of
from masking_core.planning.workload import ExpectedSession, anywhere, countries_of
from planning.workloads import session, workloads

cool_offs = st.integers(0, 6).map(lambda seconds: seconds * SECOND)


def needed(sessions: list[ExpectedSession], cool_off: Duration = 0) -> dict[str, int]:
    return distinct_numbers(pairs_held(sessions, cool_off))


def searched(sessions: list[ExpectedSession], cool_off: Duration, country: str) -> int:
    """The fewest numbers of a country for which there is any assignment at all, by trying all of them."""
    sides = [(each, holder) for each in sessions for holder in holders(each) if holder[1] == country]
    clashes: list[set[int]] = [set() for _ in sides]
    for first, second in combinations(range(len(sides)), 2):
        (here, one), (there, other) = sides[first], sides[second]
        apart = here.end + cool_off <= there.start or there.end + cool_off <= here.start
        if one == other and not apart:
            clashes[second].add(first)
    return next(size for size in count() if _fits(clashes, [], size))


def _fits(clashes: list[set[int]], chosen: list[int], size: int) -> bool:
    if len(chosen) == len(clashes):
        return True
    taken = {chosen[earlier] for earlier in clashes[len(chosen)]}
    # A number that nobody has yet is as good as any other of them.
    tried = range(min(size, max(chosen, default=-1) + 2))
    return any(_fits(clashes, [*chosen, number], size) for number in tried if number not in taken)


@given(workloads(most=8, people=3), cool_offs)
def test_no_assignment_takes_fewer_numbers_and_one_takes_as_many(
    sessions: list[ExpectedSession], cool_off: Duration
) -> None:
    assert needed(sessions, cool_off) == {
        country: searched(sessions, cool_off, country) for country in countries_of(sessions)
    }


def test_unrelated_sessions_share_one_number() -> None:
    assert needed([session(0, 1, 0, 10), session(2, 3, 0, 10), session(4, 5, 0, 10)]) == {"GB": 1}


def test_the_fullest_participant_decides() -> None:
    assert needed([session(0, 1, 0, 10), session(0, 2, 5, 10), session(3, 0, 9, 10), session(4, 5, 0, 30)]) == {"GB": 3}


def test_a_session_that_ends_when_another_begins_leaves_its_number() -> None:
    assert needed([session(0, 1, 0, 10), session(0, 2, 10, 10)]) == {"GB": 1}


def test_a_pair_is_held_until_its_cool_off_is_over() -> None:
    sessions = [session(0, 1, 0, 10), session(0, 2, 15, 10)]
    assert needed(sessions, 5 * SECOND) == {"GB": 1}
    assert needed(sessions, 6 * SECOND) == {"GB": 2}


def test_each_participant_counts_where_it_is_at_home() -> None:
    sessions = [session(0, 1, 0, 10, "GB", "FR"), session(0, 2, 0, 10, "GB", "FR")]
    assert needed(sessions) == {"FR": 1, "GB": 2}
    assert needed(list(anywhere(sessions))) == {"": 2}


def test_who_holds_more_pairs_than_there_are_numbers_is_found_with_their_sessions() -> None:
    full = [session(0, 1, 0, 10), session(0, 2, 0, 10)]
    held = pairs_held([*full, session(3, 4, 0, 10)], 0)
    assert crowded(held, "GB", 1) == {0}
    assert crowded(held, "GB", 2) == crowded(held, "FR", 0) == set()
    assert with_any_of([*full, session(3, 4, 0, 10)], {0}) == full


def test_nothing_overlaps_in_nothing() -> None:
    assert most_at_once([]) == 0
