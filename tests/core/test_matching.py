"""The table of decisions, row by row and instant by instant."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafts import NOW, POOL, pool
from masking_core.audio import Announcement, Audio
from masking_core.call_settings import PLAIN_CALL, CallerId, CallSettings
from masking_core.calls import AskPin, Decision, Dial, IncomingCall, Play, Reason
from masking_core.instants import DAY, HOUR, Instant
from masking_core.matching import Route, RouteMatch, decide
from masking_core.phone_number import RealNumber
from masking_core.pins import PinPolicy
from masking_core.pools import Pool, Treatment
from masking_core.sealed import Sealed

CALLER, CALLEE = RealNumber("+447700900101"), RealNumber("+447700900102")
CALL_CENTRE = RealNumber("+447700900199")
DIALLED, CALLEES_PROXY = "+442079460001", "+442079460002"
RECORDED = CallSettings(
    record=True, caller_announcement=Audio(file_id="caller"), callee_announcement=Audio(file_id="callee")
)
OWN = {each: Audio(file_id=f"own {each}") for each in Announcement}
CALL = IncomingCall(DIALLED, CALLER, "call-1")
WITHHELD = IncomingCall(DIALLED, None, "call-1")
FORWARDING = {"call_centre": CALL_CENTRE.e164, "announcements": OWN}


def route(end_time: Instant = NOW + HOUR, settings: CallSettings = RECORDED, *, ended: bool = False) -> Route:
    return Route("s1", end_time, ended, Sealed(b"sealed callee"), 1, CALLEES_PROXY, settings)


def unseal(route: Route) -> RealNumber:
    assert (route.callee, route.callee_side) == (b"sealed callee", 1)
    return CALLEE


def nobody(_: Route) -> RealNumber:
    raise AssertionError("the counterpart's number was opened for a call that does not reach it")


def decided(call: IncomingCall, held_by: Pool | None, found: Route | None, now: Instant = NOW) -> Decision:
    """The decision where the counterpart's number must stay sealed."""
    return decide(call, None if held_by is None else RouteMatch(held_by, found), now, nobody)


def forwarded(reason: Reason) -> Dial:
    session = "s1" if reason is Reason.ENDED_SESSION else ""
    reference = f"{session or 'call'}.call-1"
    return Dial(reason, POOL, session, CALL_CENTRE, DIALLED, reference, PLAIN_CALL, OWN)


def test_a_route_that_somebody_ended_connects_nobody_under_a_clock_that_lags() -> None:
    decision = decided(CALL, pool(), route(NOW + HOUR, ended=True))
    assert decision.reason is Reason.ENDED_SESSION


@pytest.mark.parametrize("call", [CALL, WITHHELD, IncomingCall("4711", CALLER, "call-1")])
def test_a_number_in_no_pool_is_not_in_service(call: IncomingCall) -> None:
    assert decided(call, None, None) == Play(Reason.UNKNOWN_NUMBER, "", Announcement.NOT_IN_SERVICE, None)


def test_a_call_of_an_active_session_reaches_the_other_participant_who_sees_a_number_to_call_back() -> None:
    decision = decide(CALL, RouteMatch(pool(announcements=OWN), route()), NOW, unseal)
    assert decision == Dial(Reason.ACTIVE_SESSION, POOL, "s1", CALLEE, CALLEES_PROXY, "s1.call-1", RECORDED, OWN)


def test_two_calls_of_a_session_have_references_of_their_own() -> None:
    match = RouteMatch(pool(), route())
    first, second = (decide(IncomingCall(DIALLED, CALLER, call), match, NOW, unseal) for call in ("a", "b"))
    assert isinstance(first, Dial)
    assert isinstance(second, Dial)
    assert first.reference != second.reference


def test_a_session_connects_until_the_last_microsecond_and_no_longer() -> None:
    match = RouteMatch(pool(), route(end_time=NOW))
    assert decide(CALL, match, NOW - 1, unseal).reason is Reason.ACTIVE_SESSION
    assert decided(CALL, pool(), route(end_time=NOW)).reason is Reason.ENDED_SESSION


def test_an_ended_session_is_remembered_until_the_last_microsecond_of_its_retention() -> None:
    remembered = pool(retention=DAY)
    assert decided(CALL, remembered, route(NOW), NOW + DAY - 1).reason is Reason.ENDED_SESSION
    assert decided(CALL, remembered, route(NOW), NOW + DAY).reason is Reason.NO_SESSION


def test_a_pool_that_remembers_nothing_has_no_ended_sessions() -> None:
    assert decided(CALL, pool(retention=0, cool_off=0), route(NOW), NOW).reason is Reason.NO_SESSION


def test_a_late_caller_hears_that_the_session_ended() -> None:
    expected = Play(Reason.ENDED_SESSION, POOL, Announcement.SESSION_ENDED, None, "s1")
    assert decided(CALL, pool(), route(NOW)) == expected


def test_a_late_caller_is_forwarded_to_the_call_centre_under_the_number_dialled_and_unrecorded() -> None:
    policy = pool(on_ended_session=Treatment.FORWARD, **FORWARDING)
    assert decided(CALL, policy, route(NOW)) == forwarded(Reason.ENDED_SESSION)


def test_a_caller_without_a_session_is_not_allowed() -> None:
    assert decided(CALL, pool(), None) == Play(Reason.NO_SESSION, POOL, Announcement.NOT_ALLOWED, None)


def test_a_caller_without_a_session_is_forwarded_where_the_pool_says_so() -> None:
    policy = pool(on_no_session=Treatment.FORWARD, **FORWARDING)
    assert decided(CALL, policy, None) == forwarded(Reason.NO_SESSION)


def test_a_withheld_caller_is_treated_like_one_without_a_session() -> None:
    policy = pool(on_no_session=Treatment.FORWARD, **FORWARDING)
    assert decided(WITHHELD, pool(), None) == Play(Reason.CALLER_WITHHELD, POOL, Announcement.NOT_ALLOWED, None)
    assert decided(WITHHELD, policy, None) == forwarded(Reason.CALLER_WITHHELD)


def test_the_two_treatments_of_a_pool_are_independent() -> None:
    only_ended = pool(on_ended_session=Treatment.FORWARD, **FORWARDING)
    only_strangers = pool(on_no_session=Treatment.FORWARD, **FORWARDING)
    assert isinstance(decided(CALL, only_ended, None), Play)
    assert isinstance(decided(CALL, only_strangers, route(NOW)), Play)


def test_a_pool_s_own_recordings_are_played() -> None:
    policy = pool(announcements=OWN)
    assert decided(CALL, policy, route(NOW)) == Play(
        Reason.ENDED_SESSION, POOL, Announcement.SESSION_ENDED, OWN[Announcement.SESSION_ENDED], "s1"
    )
    assert decided(CALL, policy, None) == Play(
        Reason.NO_SESSION, POOL, Announcement.NOT_ALLOWED, OWN[Announcement.NOT_ALLOWED]
    )


def test_a_withheld_caller_can_be_treated_otherwise_than_a_stranger() -> None:
    policy = pool(on_caller_withheld=Treatment.FORWARD, **FORWARDING)
    assert isinstance(decided(CALL, policy, None), Play)
    assert decided(WITHHELD, policy, None) == forwarded(Reason.CALLER_WITHHELD)


def test_a_late_caller_is_a_stranger_once_the_period_after_the_end_is_over() -> None:
    policy = pool(ended_session_period=HOUR)
    assert decided(CALL, policy, route(NOW), NOW + HOUR - 1).reason is Reason.ENDED_SESSION
    assert decided(CALL, policy, route(NOW), NOW + HOUR).reason is Reason.NO_SESSION


def test_a_pool_can_ask_strangers_for_a_pin() -> None:
    policy = pool(on_no_session=Treatment.ASK_PIN, pins=PinPolicy(length=6), announcements=OWN)
    asked = AskPin(Reason.NO_SESSION, POOL, Announcement.ENTER_PIN, OWN[Announcement.ENTER_PIN], 6)
    assert decided(CALL, policy, None) == asked
    assert decided(WITHHELD, policy, None) == replace(asked, reason=Reason.CALLER_WITHHELD)
    assert isinstance(decide(CALL, RouteMatch(policy, route()), NOW, unseal), Dial)


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        (CallSettings(), CALLEES_PROXY),
        (CallSettings(caller_id=CallerId.DIALLED), DIALLED),
        (CallSettings(caller_id=CallerId.FIXED, fixed_caller_id="+442079460009"), "+442079460009"),
    ],
)
def test_the_callee_sees_the_number_that_the_session_says(settings: CallSettings, shown: str) -> None:
    decision = decide(CALL, RouteMatch(pool(), route(settings=settings)), NOW, unseal)
    assert isinstance(decision, Dial)
    assert decision.caller_id == shown


@given(
    now=st.integers(0, 200),
    end=st.integers(0, 200),
    retention=st.integers(0, 100),
    treatments=st.tuples(st.sampled_from([Treatment.PLAY, Treatment.FORWARD]), st.sampled_from(Treatment)),
)
def test_the_counterpart_is_reached_exactly_while_the_session_runs(
    now: Instant, end: Instant, retention: int, treatments: tuple[Treatment, Treatment]
) -> None:
    on_ended, on_none = treatments
    policy = pool(retention=retention, cool_off=0, on_ended_session=on_ended, on_no_session=on_none, **FORWARDING)
    decision = decide(CALL, RouteMatch(policy, route(end)), now, unseal if now < end else nobody)
    assert (isinstance(decision, Dial) and decision.to == CALLEE) == (now < end)
    assert (decision.reason is Reason.ENDED_SESSION) == (end <= now < end + retention)
