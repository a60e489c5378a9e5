"""Calls through the services, on every backend: recorded, counted, explained, forgotten."""

import pytest

from masking_core.call_counts import peak
from masking_core.call_records import ERASED, CallQuery, CallReport, Outcome
from masking_core.calls import AskPin, Dial, IncomingCall, Play, Reason
from masking_core.errors import NotFound
from masking_core.instants import DAY, HOUR, SECOND
from masking_core.phone_number import RealNumber
from masking_core.pins import PinPolicy
from masking_core.pools import Treatment
from masking_core.services.call_reports import ReportedCall
from masking_core.services.call_summaries import SummaryRequest
from masking_core.services.explanations import Rule
from masking_core.summaries import Dimension
from support.callers import decided, record
from support.recorded_day import replay
from support.world import POOL, START, World, proxies, real, virtual

WHOLE_DAY = SummaryRequest(START, START + 2 * DAY)


def test_a_recorded_day_ends_in_the_totals_that_its_generator_knows(world: World) -> None:
    known = replay(world, 120)
    total = world.summaries.summarize(WHOLE_DAY).total
    assert (total.calls, total.answered) == (known.calls, len(known.seconds))
    assert total.total_seconds == sum(known.seconds)
    assert total.percentile(50) == sorted(known.seconds)[(len(known.seconds) - 1) // 2]
    assert total.costs == {"EUR": known.cost}
    for dimension, expected in ((Dimension.REASON, known.reasons), (Dimension.OUTCOME, known.outcomes)):
        rows = world.summaries.summarize(SummaryRequest(START, START + 2 * DAY, (), (dimension,))).rows
        assert {row.group[0]: row.tally.calls for row in rows} == expected
    peaks = {each.number: each.calls for each in world.summaries.summarize(WHOLE_DAY).peaks}
    every = [span for spans in known.spans.values() for span in spans]
    assert peaks == {"": peak(every), **{number: peak(spans) for number, spans in known.spans.items()}}


def test_a_summary_is_the_same_when_it_is_read_again_and_after_a_late_report(world: World) -> None:
    replay(world, 25)
    request = SummaryRequest(START, START + DAY, (POOL,), (Dimension.NUMBER, Dimension.HOUR))
    first = world.summaries.summarize(request)
    assert world.summaries.summarize(request) == first
    (call, *_) = world.store.list_calls(CallQuery(pool=POOL, end=START + DAY))
    told = CallReport(Outcome.ANSWERED, action="dial", outbound_seconds=10_000, inbound_seconds=10_000, currency="EUR")
    told = CallReport(**{name: getattr(told, name) for name in told.__slots__} | {"recording_file_id": "f" * 9})
    world.reports.keep(b"another report", ReportedCall(call.call_id, told=told))
    assert sum(row.tally.calls for row in world.summaries.summarize(request).rows) == sum(
        row.tally.calls for row in first.rows
    )


def test_a_call_whose_callback_was_lost_is_told_by_its_report(world: World) -> None:
    world.pool()
    view = world.open(1, 2)
    decision = world.call(1, proxies(view)[0])
    assert isinstance(decision, Dial)
    world.noted.clear()
    world.now += 60 * SECOND
    told = CallReport(Outcome.ANSWERED, action="dial", ringing_time=START, inbound_seconds=50)
    reported = ReportedCall(
        "lost", decision.reference, proxies(view)[0], RealNumber(real(1)), decision.to, ("nm-1",), told
    )
    world.reports.keep(b"{}", reported)
    call = world.store.get_call("lost")
    assert call is not None
    assert (call.reason, call.pool, call.session_id) == (Reason.ACTIVE_SESSION, POOL, view.session.session_id)
    assert call.steps[0].derived
    world.sessions.close(view.session.session_id)
    world.reports.keep(b"[]", ReportedCall("late", dialled=proxies(view)[0], caller=RealNumber(real(1))))
    late = world.store.get_call("late")
    assert late is not None
    assert late.reason is Reason.ENDED_SESSION


def test_a_call_that_the_provider_names_in_no_way_is_the_same_when_it_is_posted_again(world: World) -> None:
    world.pool()
    dialled, caller = proxies(world.open(1, 2))[0], RealNumber(real(1))
    answers = [world.routing.route(IncomingCall(dialled, caller, "", unnamed=body)) for body in (b"a", b"a", b"b")]
    world.record_calls()
    references = [answer.reference for answer in answers if isinstance(answer, Dial)]
    assert references[0] == references[1] != references[2]
    calls = world.store.list_calls(CallQuery(dialled=dialled))
    assert sorted(f"{call.session_id}.{call.call_id}" for call in calls) == sorted(set(references))


def test_an_explanation_decides_as_a_callback_does(world: World) -> None:
    world.pool(2, on_ended_session=Treatment.FORWARD, call_centre="+442079461234")
    running, ended = world.open(1, 2), world.open(3, 4)
    world.sessions.close(ended.session.session_id)
    for caller in (1, 2, 3, 4, 5, None):
        for dialled in (*proxies(running), virtual(55)):
            number = None if caller is None else RealNumber(real(caller))
            explained = world.explaining.explain(number, dialled)
            answered = world.call(caller, dialled)
            assert explained.decision.reason is answered.reason
            assert type(explained.decision) is type(answered)


def test_support_can_tell_why_a_driver_could_not_be_reached(world: World) -> None:
    world.pool(2)
    view = world.open(1, 2, time_to_live=HOUR)
    dialled = proxies(view)[0]
    world.call(1, dialled)
    world.now += 2 * HOUR
    world.call(1, dialled)
    world.record_calls()
    then = world.explaining.explain(RealNumber(real(1)), dialled, START + SECOND)
    assert then.decision.reason is Reason.ACTIVE_SESSION
    assert [call.reason for call in then.calls] == [Reason.ACTIVE_SESSION]
    late = world.explaining.explain(RealNumber(real(1)), dialled)
    assert late.decision.reason is Reason.ENDED_SESSION
    assert [(finding.rule, finding.holds) for finding in late.findings] == [
        (Rule.NUMBER_IN_POOL, True),
        (Rule.CALLER_KNOWN, True),
        (Rule.SESSION_ACTIVE, False),
        (Rule.SESSION_REMEMBERED, True),
        (Rule.POLICY, True),
    ]
    assert [each.session.session_id for each in late.sessions] == [view.session.session_id]
    before = world.explaining.explain(RealNumber(real(1)), dialled, START - HOUR)
    assert before.decision.reason is Reason.NO_SESSION


def test_a_wrong_number_is_explained_with_the_right_one(world: World) -> None:
    world.pool(2)
    dialled = proxies(world.open(1, 2))[0]
    other = next(number for number in (virtual(0), virtual(1)) if number != dialled)
    texts = [finding.text for finding in world.explaining.explain(RealNumber(real(1)), other).findings]
    assert any(dialled in text for text in texts)


def test_a_call_is_found_by_any_of_its_names(world: World) -> None:
    world.pool(1)
    world.routing.route(IncomingCall(virtual(0), None, "c1", correlation_ids=("nm-1", "x-1")))
    world.record_calls()
    for name in ("c1", "nm-1", "x-1"):
        assert world.calls.get(name).call.call_id == "c1"
    with pytest.raises(NotFound):
        world.calls.get("unheard")


def test_an_erased_person_is_gone_and_the_figures_stay(world: World) -> None:
    world.pool(4)
    mine, ended, others = world.open(1, 2), world.open(3, 1), world.open(4, 5)
    world.sessions.close(ended.session.session_id)
    for caller, view, side in ((1, mine, 0), (2, mine, 1), (4, others, 0)):
        decision = world.call(caller, proxies(view)[side])
        assert isinstance(decision, Dial)
        body = f'{{"from":"{real(caller)[1:]}","transferTo":"{decision.to.digits}"}}'.encode()
        world.reports.keep(body, ReportedCall(reference=decision.reference))
    world.reports.keep(f'{{"from":"{real(1)[1:]}"}}'.encode(), ReportedCall())
    world.record_calls()
    before = world.summaries.summarize(WHOLE_DAY)

    done = world.erasing.erase(RealNumber(real(1)))

    assert (done.sessions_closed, done.sessions_forgotten, done.calls_anonymised) == (1, 2, 2)
    assert world.store.get_session(mine.session.session_id) is None
    assert world.call(1, proxies(mine)[0]).reason is Reason.NO_SESSION
    assert world.call(2, proxies(mine)[1]).reason is Reason.NO_SESSION
    assert world.dials(4, proxies(others)[0])
    assert world.store.list_calls(CallQuery(lookups=world.vault.lookups(RealNumber(real(1))))) == []
    assert [ERASED in (call.caller, call.callee) for call in world.store.list_calls(CallQuery())] == [False, True, True]
    assert len(world.store.reports_page(b"", 9)) == 1
    assert world.summaries.summarize(WHOLE_DAY) == before
    again = world.erasing.erase(RealNumber(real(1)))
    assert (again.sessions_forgotten, again.calls_anonymised, again.reports_forgotten) == (0, 0, 0)


def test_a_participant_who_calls_from_elsewhere_is_known_by_the_pin(world: World) -> None:
    world.pool(2, on_no_session=Treatment.ASK_PIN, pins=PinPolicy(length=6))
    view = world.open(1, 2)
    assert [len(pin) for pin in view.pins] == [6, 6]
    assert world.sessions.get(view.session.session_id).pins == ()
    for side, callee in ((0, 2), (1, 1)):
        dialled = proxies(view)[side]
        asked = world.routing.route(IncomingCall(dialled, None, f"pin-{side}"))
        assert isinstance(asked, AskPin)
        world.now += SECOND
        wrong = world.routing.route(IncomingCall(dialled, None, f"pin-{side}", digits="nothing"))
        assert isinstance(wrong, AskPin)
        assert wrong.reason is Reason.PIN_WRONG
        world.now += SECOND
        right = world.routing.route(IncomingCall(dialled, None, f"pin-{side}", digits=view.pins[side]))
        assert isinstance(right, Dial)
        assert (right.reason, right.to.e164) == (Reason.PIN_ACCEPTED, real(callee))
    world.record_calls()
    call = world.store.get_call("pin-0")
    assert call is not None
    assert [step.reason for step in call.steps] == [Reason.CALLER_WITHHELD, Reason.PIN_WRONG, Reason.PIN_ACCEPTED]
    assert call.session_id == view.session.session_id


def test_a_pin_works_while_its_session_does_and_on_its_number_alone(world: World) -> None:
    world.pool(2, on_no_session=Treatment.ASK_PIN)
    view, other = world.open(1, 2), world.open(3, 4)
    dialled = proxies(view)[0]
    for index, pin in enumerate((other.pins[0], other.pins[1])):
        if pin not in view.pins:
            entered = world.routing.route(IncomingCall(dialled, None, f"other-{index}", digits=pin))
            assert not isinstance(entered, Dial) or entered.session_id == other.session.session_id
    world.sessions.close(view.session.session_id)
    late = world.routing.route(IncomingCall(dialled, None, "late", digits=view.pins[0]))
    assert not isinstance(late, Dial)


def test_who_guesses_is_refused_and_the_number_is_locked(world: World) -> None:
    world.pool(1, on_no_session=Treatment.ASK_PIN, pins=PinPolicy(tries=3, lock_after=4))
    view = world.open(1, 2)
    dialled = proxies(view)[0]

    def guess(call: str, digits: str | None) -> Reason:
        return world.routing.route(IncomingCall(dialled, None, call, digits=digits)).reason

    assert [guess("c1", each) for each in "abcd"] == [Reason.PIN_WRONG] * 2 + [Reason.PIN_REFUSED] * 2
    assert [guess("c2", each) for each in "ab"] == [Reason.PIN_WRONG, Reason.PIN_LOCKED]
    assert guess("c3", view.pins[0]) is Reason.PIN_LOCKED
    assert guess("c4", None) is Reason.PIN_LOCKED
    assert world.dials(1, dialled)
    world.now += HOUR
    assert guess("c5", view.pins[0]) is Reason.PIN_ACCEPTED


def test_silence_is_no_pin(world: World) -> None:
    world.pool(1, on_caller_withheld=Treatment.ASK_PIN)
    dialled = proxies(world.open(1, 2))[0]
    silent = world.routing.route(IncomingCall(dialled, None, "c1", digits=""))
    assert isinstance(silent, Play)
    assert silent.reason is Reason.PIN_REFUSED


def test_every_way_to_tell_calls_apart_comes_to_the_same_total(world: World) -> None:
    replay(world, 60)
    whole = world.summaries.summarize(WHOLE_DAY)
    for dimension in Dimension:
        summary = world.summaries.summarize(SummaryRequest(START, START + 2 * DAY, (), (dimension,)))
        assert (summary.total, summary.peaks) == (whole.total, whole.peaks)
        assert sum(row.tally.calls for row in summary.rows) == whole.total.calls
        assert sum(row.tally.total_seconds for row in summary.rows) == whole.total.total_seconds


def test_hours_that_nobody_counted_are_counted_beforehand_for_a_month_and_then_for_a_day(world: World) -> None:
    record(world, decided(world, "old", START), decided(world, "new", START + 20 * DAY))

    def uncounted() -> int:
        hours = world.store.counted_hours(POOL, 0, START + 60 * DAY)
        return sum(hour.counted_version != hour.version for hour in hours)

    world.pool()
    world.now = START + 20 * DAY + 2 * HOUR
    assert uncounted() == 2
    world.summaries.count_finished()
    assert uncounted() == 0
    record(world, decided(world, "late", START + HOUR), decided(world, "recent", START + 20 * DAY + HOUR))
    world.summaries.count_finished()
    assert uncounted() == 1
