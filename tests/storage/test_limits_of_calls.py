"""What a pool's limits do to calls, on every backend."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from masking_core.audio import Announcement
from masking_core.call_records import CallReport
from masking_core.calls import Decision, Dial, IncomingCall, Play, Reason
from masking_core.events import EARLIEST, EventKind
from masking_core.instants import DAY, HOUR, MINUTE
from masking_core.limits import CallLimits
from masking_core.phone_number import RealNumber
from masking_core.pools import Treatment
from masking_core.services.call_reports import ReportedCall
from masking_core.services.explanations import Rule
from support.world import POOL, World, proxies, real, virtual

CENTRE = "+442079460999"


def limited(world: World, **limits: Any) -> None:
    world.pool(4, limits=CallLimits(**limits))


def call(world: World, caller: int | None, dialled: str, call_id: str) -> Decision:
    number = None if caller is None else RealNumber(real(caller))
    return world.routing.route(IncomingCall(dialled, number, call_id))


def reasons(world: World, caller: int | None, dialled: str, calls: Sequence[str]) -> list[Reason]:
    return [call(world, caller, dialled, each).reason for each in calls]


def report(world: World, caller: int, dialled: str, call_id: str, price: str = "0", seconds: int = 0) -> None:
    told = CallReport(price_per_second=Decimal(price), billed_seconds=seconds, currency="EUR")
    reported = ReportedCall(call_id, "", dialled, RealNumber(real(caller)), told=told)
    world.reports.keep(f'{{"call":"{call_id}","price":"{price}"}}'.encode(), reported)


def test_a_caller_over_the_limit_hears_a_refusal_and_is_never_forwarded(world: World) -> None:
    world.pool(
        2,
        limits=CallLimits(caller_calls_per_minute=2),
        on_no_session=Treatment.FORWARD,
        on_ended_session=Treatment.FORWARD,
        call_centre=CENTRE,
    )
    view = world.open(1, 2)
    mine, theirs = proxies(view)
    assert reasons(world, 1, mine, "ab") == [Reason.ACTIVE_SESSION] * 2
    refused = call(world, 1, mine, "c")
    assert isinstance(refused, Play)
    assert refused.reason is Reason.CALLER_LIMIT
    assert refused.announcement is Announcement.NOT_ALLOWED
    assert refused.session_id == view.session.session_id
    assert reasons(world, 2, theirs, "d") == [Reason.ACTIVE_SESSION]
    assert reasons(world, 3, mine, "efg") == [Reason.NO_SESSION] * 2 + [Reason.CALLER_LIMIT]
    world.now += MINUTE
    assert reasons(world, 1, mine, "h") == [Reason.ACTIVE_SESSION]


def test_a_refusal_is_recorded_with_its_reason_and_an_event_tells_of_it(world: World) -> None:
    limited(world, pool_calls_per_minute=1)
    mine, _ = proxies(world.open(1, 2))
    assert reasons(world, 1, mine, ["a-1", "a-2"]) == [Reason.ACTIVE_SESSION, Reason.POOL_LIMIT]
    world.record_calls()
    assert world.calls.get("a-2").call.reason is Reason.POOL_LIMIT
    told = world.store.read_events(EARLIEST, 50).events
    assert [(each.call_id, each.detail) for each in told if each.kind is EventKind.CALL_DECIDED] == [
        ("a-1", "ACTIVE_SESSION"),
        ("a-2", "POOL_LIMIT"),
    ]


def test_a_session_counts_the_calls_of_both(world: World) -> None:
    limited(world, calls_per_session=3)
    mine, theirs = proxies(world.open(1, 2))
    other, _ = proxies(world.open(3, 4))
    assert reasons(world, 1, mine, "ab") == [Reason.ACTIVE_SESSION] * 2
    assert reasons(world, 2, theirs, "cd") == [Reason.ACTIVE_SESSION, Reason.SESSION_LIMIT]
    world.now += DAY
    assert reasons(world, 1, mine, "e") == [Reason.SESSION_LIMIT]
    assert reasons(world, 3, other, "f") == [Reason.ACTIVE_SESSION]


def test_the_same_callback_again_counts_once(world: World) -> None:
    limited(world, caller_calls_per_minute=1, calls_per_session=1, pool_concurrent_calls=1)
    mine, _ = proxies(world.open(1, 2))
    assert reasons(world, 1, mine, "aaa") == [Reason.ACTIVE_SESSION] * 3
    assert reasons(world, 1, mine, "b") == [Reason.CALLER_LIMIT]


def test_what_is_not_put_through_counts_for_nothing(world: World) -> None:
    limited(world, number_calls_per_minute=1, pool_calls_per_minute=1)
    mine, _ = proxies(world.open(1, 2))
    assert reasons(world, 9, mine, "ab") == [Reason.NO_SESSION] * 2
    assert reasons(world, None, mine, "c") == [Reason.CALLER_WITHHELD]
    assert reasons(world, 1, mine, "de") == [Reason.ACTIVE_SESSION, Reason.NUMBER_LIMIT]


def test_a_call_goes_on_until_its_report_or_as_long_as_calls_may(world: World) -> None:
    limited(world, session_concurrent_calls=1, caller_concurrent_calls=1, pool_concurrent_calls=1, longest_call=HOUR)
    mine, theirs = proxies(world.open(1, 2))
    assert reasons(world, 1, mine, ["c-1", "c-2"]) == [Reason.ACTIVE_SESSION, Reason.CALLER_LIMIT]
    assert reasons(world, 2, theirs, ["c-3"]) == [Reason.SESSION_LIMIT]
    world.record_calls()
    report(world, 1, mine, "c-1")
    report(world, 1, mine, "c-1")
    assert reasons(world, 2, theirs, ["c-4", "c-5"]) == [Reason.ACTIVE_SESSION, Reason.CALLER_LIMIT]
    world.now += HOUR - 1
    assert reasons(world, 1, mine, ["c-6"]) == [Reason.SESSION_LIMIT]
    world.now += 1
    assert reasons(world, 1, mine, ["c-6"]) == [Reason.ACTIVE_SESSION]


def test_a_budget_stops_calls_once_reports_exceed_it_and_frees_the_next_day(world: World) -> None:
    world.now += DAY - world.now % DAY + HOUR
    limited(world, daily_budget=Decimal("1.00"))
    mine, theirs = proxies(world.open(1, 2))
    assert reasons(world, 1, mine, ["c-1"]) == [Reason.ACTIVE_SESSION]
    world.record_calls()
    report(world, 1, mine, "c-1", price="1.5", seconds=40)
    assert reasons(world, 1, mine, ["c-2"]) == [Reason.ACTIVE_SESSION]
    world.record_calls()
    for _ in range(2):
        report(world, 1, mine, "c-2", price="1", seconds=39)
    assert reasons(world, 1, mine, ["c-3"]) == [Reason.ACTIVE_SESSION]
    world.record_calls()
    report(world, 1, mine, "c-3", price="1", seconds=1)
    assert reasons(world, 2, theirs, ["c-4"]) == [Reason.BUDGET_SPENT]
    world.now += 23 * HOUR - 1
    assert reasons(world, 2, theirs, ["c-4"]) == [Reason.BUDGET_SPENT]
    world.now += 1
    assert reasons(world, 2, theirs, ["c-4"]) == [Reason.ACTIVE_SESSION]


def test_a_pool_without_limits_asks_for_the_route_alone(world: World) -> None:
    world.pool(2)
    mine, _ = proxies(world.open(1, 2))

    def unexpected(*_: object) -> None:
        raise AssertionError("a second round trip")

    world.store.admit = unexpected  # type: ignore[method-assign,assignment]
    assert reasons(world, 1, mine, "a") == [Reason.ACTIVE_SESSION]


def test_limits_can_be_set_while_calls_go_on_and_taken_away(world: World) -> None:
    limited(world)
    mine, _ = proxies(world.open(1, 2))
    assert reasons(world, 1, mine, "ab") == [Reason.ACTIVE_SESSION] * 2
    world.pools.update(POOL, lambda policy: replace(policy, limits=CallLimits(caller_calls_per_minute=1)))
    assert reasons(world, 1, mine, "cd") == [Reason.ACTIVE_SESSION, Reason.CALLER_LIMIT]
    world.pools.update(POOL, lambda policy: replace(policy, limits=CallLimits()))
    assert reasons(world, 1, mine, "ef") == [Reason.ACTIVE_SESSION] * 2


def test_a_callee_of_a_country_that_the_pool_has_lost_is_not_dialled(world: World) -> None:
    world.pool(2)
    mine, theirs = proxies(world.open("+41446681800", "+447700900002"))
    world.pools.update(POOL, lambda policy: replace(policy, countries=("GB",)))
    assert world.call("+41446681800", mine).reason is Reason.ACTIVE_SESSION
    refused = world.call("+447700900002", theirs)
    assert isinstance(refused, Play)
    assert refused.reason is Reason.COUNTRY_NOT_ALLOWED
    told = world.explaining.explain(RealNumber("+447700900002"), theirs)
    assert told.findings[-1].rule is Rule.WITHIN_LIMITS
    assert not told.findings[-1].holds


def test_explaining_tells_of_a_limit_that_is_reached_and_counts_nothing(world: World) -> None:
    limited(world, caller_calls_per_minute=1)
    mine, _ = proxies(world.open(1, 2))
    for _ in range(3):
        assert isinstance(world.explaining.explain(RealNumber(real(1)), mine).decision, Dial)
    assert reasons(world, 1, mine, "a") == [Reason.ACTIVE_SESSION]
    told = world.explaining.explain(RealNumber(real(1)), mine)
    assert told.decision.reason is Reason.CALLER_LIMIT
    assert [(each.rule, each.holds) for each in told.findings[-2:]] == [
        (Rule.SESSION_ACTIVE, True),
        (Rule.WITHIN_LIMITS, False),
    ]


def test_who_is_erased_is_counted_no_more(world: World) -> None:
    limited(world, caller_calls_per_minute=1)
    mine, _ = proxies(world.open(1, 2, wanted=(virtual(0), virtual(1))))
    assert reasons(world, 1, mine, "ab") == [Reason.ACTIVE_SESSION, Reason.CALLER_LIMIT]
    world.erasing.erase(RealNumber(real(1)))
    world.open(1, 3, wanted=(virtual(0), virtual(1)))
    assert reasons(world, 1, mine, "c") == [Reason.ACTIVE_SESSION]
