"""How what is known of a call is put together."""

from decimal import Decimal
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from core.drafts import NOW, caller
from masking_core.call_merging import merged, without
from masking_core.call_records import ERASED, Answer, CallRecord, CallReport, Outcome, Step
from masking_core.calls import Reason
from masking_core.instants import SECOND
from masking_core.sealed import LookupKey

CALLER, CALLEE = caller("caller"), caller("callee")

steps = st.builds(
    Step,
    time=st.integers(NOW, NOW + 5),
    key=st.sampled_from(["first", "a", "b"]),
    reason=st.sampled_from(Reason),
    answer=st.sampled_from(Answer),
    pool=st.sampled_from(["", "ride-uk"]),
    session_id=st.sampled_from(["", "s1"]),
    derived=st.booleans(),
)
reports = st.builds(
    CallReport,
    outcome=st.sampled_from(Outcome),
    inbound_seconds=st.sampled_from([None, 0, 30]),
    billed_seconds=st.sampled_from([None, 20]),
    price_per_second=st.sampled_from([None, Decimal("0.15")]),
    receive_time=st.integers(NOW, NOW + 5),
)
fragments = st.builds(
    CallRecord,
    call_id=st.just("c1"),
    dialled=st.sampled_from(["", "+442079460000"]),
    caller=st.sampled_from([None, CALLER, ERASED]),
    callee=st.sampled_from([None, CALLEE]),
    correlation_ids=st.lists(st.sampled_from(["nm", "x"]), unique=True).map(tuple),
    steps=st.lists(steps, max_size=2).map(tuple),
    reports=st.lists(reports, max_size=2).map(tuple),
    keep_until=st.integers(0, 9),
)


def whole(parts: list[CallRecord]) -> CallRecord:
    return reduce(merged, parts, CallRecord("c1"))


@given(st.lists(fragments, max_size=5), st.randoms(use_true_random=False))
def test_every_order_and_every_repetition_gives_the_same_record(parts: list[CallRecord], drawn: object) -> None:
    shuffled = [*parts, *parts[:2]]
    drawn.shuffle(shuffled)  # type: ignore[attr-defined]
    assert whole(shuffled) == whole(parts)


@given(st.lists(fragments, max_size=5), st.integers(0, 5))
def test_fragments_that_were_put_together_before_give_the_same_record(parts: list[CallRecord], cut: int) -> None:
    assert merged(whole(parts[:cut]), whole(parts[cut:])) == whole(parts)


@given(st.lists(fragments, min_size=1, max_size=5))
def test_nobody_who_was_erased_comes_back(parts: list[CallRecord]) -> None:
    gone = without(whole(parts), [LookupKey(b"callee 0")])
    again = whole([gone, *parts])
    assert again.callee in (None, ERASED)
    assert CALLEE.lookups[0] not in again.lookups()


def step(time: int, reason: Reason, key: str = "first", *, derived: bool = False) -> CallRecord:
    return CallRecord("c1", steps=(Step(time, key, reason, Answer.PLAY, derived=derived),))


def test_a_step_that_was_seen_counts_and_one_that_was_concluded_does_not() -> None:
    concluded, seen = step(NOW, Reason.NO_SESSION, derived=True), step(NOW + 9, Reason.ENDED_SESSION)
    assert whole([concluded]).reason is Reason.NO_SESSION
    assert whole([concluded, seen]).steps == seen.steps
    typed = step(NOW + 9, Reason.PIN_ACCEPTED, "typed")
    assert whole([concluded, typed]).steps == typed.steps


def test_a_callback_that_was_repeated_is_the_first_that_was_decided() -> None:
    away = step(NOW, Reason.STORE_UNAVAILABLE)
    first, again = step(NOW + 1, Reason.ACTIVE_SESSION), step(NOW + 2, Reason.ENDED_SESSION)
    assert whole([again, away, first]).reason is Reason.ACTIVE_SESSION
    assert whole([away]).reason is Reason.STORE_UNAVAILABLE


def test_the_fullest_report_tells_how_a_call_ended() -> None:
    empty = CallRecord("c1", reports=(CallReport(receive_time=NOW),))
    full = CallRecord("c1", reports=(CallReport(Outcome.ANSWERED, inbound_seconds=30, receive_time=NOW + 9),))
    call = whole([empty, full])
    assert call.outcome is Outcome.ANSWERED
    assert call.occupied == 30 * SECOND
    assert len(call.reports) == 2


def test_the_cost_is_exact() -> None:
    report = CallReport(billed_seconds=90, price_per_second=Decimal("0.0123"))
    assert report.cost == Decimal("0.01107")
    assert CallReport(billed_seconds=90).cost is None


def test_a_call_begins_with_its_first_callback_else_when_it_rang() -> None:
    report = CallRecord("c1", reports=(CallReport(ringing_time=NOW, receive_time=NOW + 60),))
    assert report.time == NOW
    assert whole([report, step(NOW - 2, Reason.NO_SESSION)]).time == NOW - 2
