"""The contract of ``CallGuard``, on every backend."""

import pytest

from masking_core.calls import Reason
from masking_core.instants import DAY, HOUR, MINUTE, SECOND, Instant
from masking_core.limits import COUNTED_FOR, Admission, Meter, Purse
from support.world import START, World

CALLER, POOL, SESSION = "caller/0a", "pool/ride-uk", "session/s-1"


def meter(subject: str, per_minute: int = 0, concurrent: int = 0, in_all: int = 0) -> Meter:
    reasons = {CALLER: Reason.CALLER_LIMIT, POOL: Reason.POOL_LIMIT, SESSION: Reason.SESSION_LIMIT}
    return Meter(subject, reasons[subject], per_minute, concurrent, in_all)


def asking(call: str, now: Instant, *meters: Meter, purse: Purse | None = None) -> Admission:
    return Admission(call, now, now + HOUR, meters, purse)


def admit(world: World, call: str, *meters: Meter, purse: Purse | None = None) -> Reason | None:
    return world.store.admit(asking(call, world.now, *meters, purse=purse))


def test_a_minute_has_so_many_calls_and_no_more(world: World) -> None:
    two = meter(CALLER, per_minute=2)
    assert [admit(world, call, two) for call in "ab"] == [None, None]
    assert admit(world, "c", two) is Reason.CALLER_LIMIT
    world.now += MINUTE - 1
    assert admit(world, "c", two) is Reason.CALLER_LIMIT
    world.now += 1
    assert [admit(world, call, two) for call in "cd"] == [None, None]
    assert admit(world, "e", two) is Reason.CALLER_LIMIT


def test_the_minute_is_any_sixty_seconds_and_not_one_of_a_clock(world: World) -> None:
    two = meter(CALLER, per_minute=2)
    assert admit(world, "a", two) is None
    world.now += 59 * SECOND
    assert admit(world, "b", two) is None
    world.now += 2 * SECOND
    assert admit(world, "c", two) is None
    assert admit(world, "d", two) is Reason.CALLER_LIMIT


def test_so_many_calls_go_on_at_once_until_one_has_ended(world: World) -> None:
    two = meter(POOL, concurrent=2)
    assert [admit(world, call, two) for call in "ab"] == [None, None]
    assert admit(world, "c", two) is Reason.POOL_LIMIT
    world.store.end_call("a", [CALLER, POOL], world.now)
    assert admit(world, "c", two) is None
    assert admit(world, "d", two) is Reason.POOL_LIMIT


def test_a_call_whose_end_is_never_told_goes_on_as_long_as_it_may(world: World) -> None:
    one = meter(POOL, concurrent=1)
    assert admit(world, "a", one) is None
    world.now += HOUR - 1
    assert admit(world, "b", one) is Reason.POOL_LIMIT
    world.now += 1
    assert admit(world, "b", one) is None


def test_ending_a_call_twice_or_one_that_was_not_counted_changes_nothing(world: World) -> None:
    one = meter(POOL, concurrent=1)
    assert admit(world, "a", one) is None
    for call in ("x", "a", "a"):
        world.store.end_call(call, [POOL], world.now)
    assert admit(world, "b", one) is None
    world.store.end_call("a", [POOL], world.now)
    assert admit(world, "c", one) is Reason.POOL_LIMIT


def test_a_session_has_so_many_calls_in_all(world: World) -> None:
    two = meter(SESSION, in_all=2)
    assert admit(world, "a", two) is None
    world.store.end_call("a", [SESSION], world.now)
    world.now += DAY
    assert admit(world, "b", two) is None
    world.store.sweep(world.now + 2 * DAY, 100)
    world.now += COUNTED_FOR - DAY - 1
    assert admit(world, "c", two) is Reason.SESSION_LIMIT


def test_the_same_call_again_is_counted_once_and_admitted_again(world: World) -> None:
    one = (meter(CALLER, per_minute=1), meter(SESSION, in_all=1))
    assert [admit(world, "a", *one) for _ in range(3)] == [None] * 3
    assert admit(world, "b", *one) is Reason.CALLER_LIMIT
    world.now += 59 * SECOND
    assert admit(world, "a", *one) is None


def test_a_refused_call_is_counted_on_no_meter(world: World) -> None:
    caller, pool = meter(CALLER, per_minute=3), meter(POOL, concurrent=1)
    assert admit(world, "a", caller, pool) is None
    for call in "bcde":
        assert admit(world, call, caller, pool) is Reason.POOL_LIMIT
    assert [admit(world, call, caller) for call in "fg"] == [None, None]
    assert admit(world, "h", caller) is Reason.CALLER_LIMIT


def test_the_first_full_meter_gives_the_reason(world: World) -> None:
    caller, pool = meter(CALLER, per_minute=1), meter(POOL, per_minute=1)
    assert admit(world, "a", caller, pool) is None
    assert admit(world, "b", caller, pool) is Reason.CALLER_LIMIT
    assert admit(world, "b", pool, caller) is Reason.POOL_LIMIT


def test_subjects_do_not_count_for_each_other(world: World) -> None:
    assert admit(world, "a", meter(CALLER, per_minute=1)) is None
    other = Meter("caller/0b", Reason.CALLER_LIMIT, per_minute=1)
    assert admit(world, "b", other) is None


def test_what_would_be_refused_is_told_and_not_counted(world: World) -> None:
    one = meter(CALLER, per_minute=1)
    for _ in range(3):
        assert world.store.would_refuse(asking("a", world.now, one)) is None
    assert admit(world, "a", one) is None
    assert world.store.would_refuse(asking("b", world.now, one)) is Reason.CALLER_LIMIT
    assert world.store.would_refuse(asking("a", world.now, one)) is None
    assert world.store.would_refuse(asking("b", world.now + MINUTE, one)) is None


def test_a_budget_is_spent_by_what_calls_cost_and_each_costs_once(world: World) -> None:
    purse, other = Purse("ride-uk/1", 100), Purse("ride-uk/2", 100)
    pool = meter(POOL, concurrent=50)
    assert admit(world, "a", purse=purse) is None
    for cost in (60, 60, 99):
        world.store.note_cost("ride-uk/1", "a", cost, world.now)
    assert admit(world, "b", purse=purse) is None
    assert admit(world, "b", pool, purse=purse) is None
    world.store.note_cost("ride-uk/1", "b", 1, world.now)
    assert admit(world, "c", purse=purse) is Reason.BUDGET_SPENT
    assert admit(world, "c", pool, purse=purse) is Reason.BUDGET_SPENT
    assert world.store.would_refuse(asking("c", world.now, purse=purse)) is Reason.BUDGET_SPENT
    assert admit(world, "b", pool, purse=purse) is None
    assert admit(world, "c", purse=other) is None
    world.store.note_cost("ride-uk/1", "a", 98, world.now)
    assert admit(world, "d", purse=purse) is None


def test_what_was_counted_of_a_subject_can_be_forgotten(world: World) -> None:
    caller, pool = meter(CALLER, per_minute=1), meter(POOL, per_minute=1)
    assert admit(world, "a", caller, pool) is None
    world.store.forget_counted([CALLER])
    assert admit(world, "b", caller) is None
    assert admit(world, "c", pool) is Reason.POOL_LIMIT


@pytest.mark.parametrize("days", [0, 1])
def test_sweeping_forgets_nothing_that_still_counts(world: World, days: int) -> None:
    world.now = START
    one = meter(POOL, concurrent=1)
    purse = Purse("ride-uk/1", 100)
    assert world.store.admit(Admission("a", START, START + 2 * DAY, (one,))) is None
    world.store.note_cost("ride-uk/1", "a", 100, START)
    while world.store.sweep(START + days * DAY, 100):
        pass
    world.now += days * DAY
    assert admit(world, "b", one) is Reason.POOL_LIMIT
    assert admit(world, "b", purse=purse) is Reason.BUDGET_SPENT
