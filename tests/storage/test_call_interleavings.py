"""Whatever order callbacks, reports, repeats and crashes come in, a call ends in the same record. On every backend."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from masking_core.call_records import Answer, CallReport, Outcome
from masking_core.calls import IncomingCall, Reason, call_reference
from masking_core.instants import SECOND
from masking_core.phone_number import RealNumber, redact_within
from masking_core.services.call_reports import ReportedCall
from support.world import POOL, START, World, proxies, real, virtual

_numbers = count(1)


class Deed(StrEnum):
    """What can happen to one call, and to the edge that answers it."""

    CALLBACK = "the provider asks, or asks once more"
    REPORT = "the provider reports, or reports once more"
    RECORD = "the edge records what it has answered"
    CRASH = "the edge dies with what it has not recorded"


@dataclass(frozen=True)
class Caller:
    """Somebody who calls, and what is to be known of that call in the end."""

    number: str | None
    dialled: str
    reason: Reason
    answer: Answer
    pool: str = POOL
    session_id: str = ""
    callee: str | None = None


def what_is_sure(deeds: list[Deed]) -> list[Deed]:
    """Every call has a callback, its report is sent until it is taken, and an edge that lives records in the end."""
    return [*({Deed.CALLBACK} - {*deeds}), *deeds, *({Deed.REPORT} - {*deeds}), Deed.RECORD]


orders = st.lists(st.sampled_from(Deed), max_size=7).map(what_is_sure)


def happen(world: World, caller: Caller, call_id: str, deed: Deed) -> None:
    number = None if caller.number is None else RealNumber(caller.number)
    names = (f"nm-{call_id}", f"x-{call_id}")
    match deed:
        case Deed.CALLBACK:
            world.routing.route(IncomingCall(caller.dialled, number, call_id, correlation_ids=names))
        case Deed.RECORD:
            world.record_calls()
        case Deed.CRASH:
            world.noted.clear()
        case Deed.REPORT:
            dials = caller.answer is Answer.DIAL
            told = CallReport(
                Outcome.ANSWERED,
                "dial" if dials else "audio",
                START,
                outbound_seconds=40,
                inbound_seconds=50,
                billed_seconds=60,
                price_per_second=Decimal("0.15"),
                currency="EUR",
            )
            reference = call_reference(caller.session_id, call_id) if dials else ""
            callee = None if caller.callee is None else RealNumber(caller.callee)
            reported = ReportedCall(call_id, reference, caller.dialled, number, callee, names, told)
            world.reports.keep(f"report of {call_id}".encode(), reported)


def known(world: World, call_id: str) -> dict[str, Any]:
    """What is known of the call, but for when each thing came and whether its callback was seen."""
    view = world.calls.get(call_id)
    call = view.call
    (step,), (report,) = call.steps, call.reports
    who = [None if number is None else number.e164 for number in (view.caller, view.callee)]
    return {
        "caller": Caller(who[0], call.dialled, step.reason, step.answer, call.pool, call.session_id, who[1]),
        "time": call.time,
        "names": call.correlation_ids,
        "told": (report.outcome, report.inbound_seconds, report.outbound_seconds, report.cost, report.ringing_time),
    }


@pytest.fixture
def callers(world: World) -> list[Caller]:
    """Both participants of a session, a stranger, one who withholds the number, and one who dials no number of ours."""
    world.pool(2)
    view = world.open(1, 2)
    (first, second), session_id = proxies(view), view.session.session_id
    dial = (Reason.ACTIVE_SESSION, Answer.DIAL, POOL, session_id)
    return [
        Caller(real(1), first, *dial, real(2)),
        Caller(real(2), second, *dial, real(1)),
        Caller(real(3), first, Reason.NO_SESSION, Answer.PLAY),
        Caller(None, first, Reason.CALLER_WITHHELD, Answer.PLAY),
        Caller(real(1), virtual(55), Reason.UNKNOWN_NUMBER, Answer.PLAY, ""),
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=orders, index=st.integers(0, 4))
def test_any_interleaving_of_callbacks_reports_repeats_and_crashes_gives_the_same_record(
    world: World, callers: list[Caller], order: list[Deed], index: int
) -> None:
    caller, call_id = callers[index], f"c{next(_numbers)}"
    world.noted.clear()
    for later, deed in enumerate(order):
        # The provider repeats a callback at once, and a report whenever it likes.
        world.now = START + later * SECOND if deed is Deed.REPORT else START
        happen(world, caller, call_id, deed)
    dialled = caller.dialled if caller.pool else redact_within(caller.dialled)
    assert known(world, call_id) == {
        "caller": replace(caller, dialled=dialled),
        "time": START,
        "names": (f"nm-{call_id}", f"x-{call_id}"),
        "told": (Outcome.ANSWERED, 50, 40, Decimal("0.09"), START),
    }
    assert [call.call_id for call in world.store.find_calls(f"nm-{call_id}")] == [call_id]
