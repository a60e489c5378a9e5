"""Calls, and what is asked of them: ``masking.v1`` ↔ the core."""

from collections.abc import Callable

from adapters.decimals import decimal_text
from adapters.grpc_server.choices import chosen
from adapters.grpc_server.names import call_name, parse_pool, parse_session, pool_name, session_name
from adapters.grpc_server.page_tokens import Page
from adapters.grpc_server.times import timestamp, to_instant
from masking.v1 import call_service_pb2 as pb
from masking_core.call_records import ERASED, Answer, CallQuery, CallRecord, CallReport, Outcome, Step
from masking_core.errors import InvalidArgument
from masking_core.instants import Instant
from masking_core.phone_number import RealNumber, is_e164
from masking_core.sealed import Caller, LookupKey
from masking_core.services.calls import CallView

_OUTCOMES = {
    Outcome.UNKNOWN: pb.Call.OUTCOME_UNSPECIFIED,
    Outcome.ANSWERED: pb.Call.OUTCOME_ANSWERED,
    Outcome.BUSY: pb.Call.OUTCOME_BUSY,
    Outcome.NO_ANSWER: pb.Call.OUTCOME_NO_ANSWER,
    Outcome.FAILED: pb.Call.OUTCOME_FAILED,
    Outcome.CONGESTION: pb.Call.OUTCOME_CONGESTION,
}
_ANSWERS = {
    Answer.DIAL: pb.Call.Step.ANSWER_DIAL,
    Answer.PLAY: pb.Call.Step.ANSWER_PLAY,
    Answer.ASK_PIN: pb.Call.Step.ANSWER_ASK_PIN,
}

Shown = Callable[[RealNumber], str]
"""How a real number is written in an answer."""

_SHOWN: dict[pb.CallView.ValueType, Shown] = {
    pb.CALL_VIEW_UNSPECIFIED: str,
    pb.CALL_VIEW_BASIC: str,
    pb.CALL_VIEW_FULL: lambda number: number.e164,
}


def to_shown(field: str, view: pb.CallView.ValueType) -> Shown:
    """How a view writes real numbers. Raises InvalidArgument for an unknown view."""
    return chosen(field, _SHOWN, view)


def to_real_number(field: str, text: str) -> RealNumber:
    """A real number. Raises InvalidArgument naming the field."""
    if not is_e164(text):
        raise InvalidArgument(field, "is not a phone number in E.164, as in +447700900123")
    return RealNumber(text)


def to_virtual_number(field: str, text: str) -> str:
    """A number that can be dialled. Raises InvalidArgument naming the field."""
    return to_real_number(field, text).e164


def to_call_query(
    request: pb.ListCallsRequest, page: Page, lookups: Callable[[RealNumber], tuple[LookupKey, ...]]
) -> CallQuery:
    """The filters and the page. Raises InvalidArgument naming the field."""
    return CallQuery(
        pool=parse_pool("pool", request.pool) if request.pool else "",
        session_id=parse_session("session", request.session) if request.session else "",
        dialled=to_virtual_number("dialled", request.dialled) if request.dialled else "",
        lookups=lookups(to_real_number("phone_number", request.phone_number)) if request.phone_number else (),
        begin=to_instant("begin_time", request.begin_time) if request.HasField("begin_time") else 0,
        end=to_instant("end_time", request.end_time) if request.HasField("end_time") else None,
        after=place_of(page.after),
        limit=page.limit,
    )


def key_of(call: CallRecord) -> str:
    """Where a call stands in a list, as page tokens hold it."""
    return key_at(call.time, call.call_id)


def key_at(time: Instant, call_id: str) -> str:
    """The key of the call of this time and id."""
    return f"{time:016}-{call_id}"


def place_of(key: str) -> tuple[Instant, str] | None:
    """What ``key_of`` wrote, or None for the first page."""
    time, _, call_id = key.partition("-")
    return (int(time), call_id) if key else None


def call_message(view: CallView, shown: Shown) -> pb.Call:
    """The message for a call."""
    call = view.call
    return pb.Call(
        name=call_name(call.call_id),
        pool=pool_name(call.pool) if call.pool else "",
        session=session_name(call.session_id),
        time=timestamp(call.time),
        dialled=call.dialled,
        caller=_person(call.caller, view.caller, shown),
        callee=_person(call.callee, view.callee, shown),
        reason="" if call.reason is None else call.reason.value,
        steps=[_step_message(step) for step in call.steps],
        report=None if call.report is None else _report_message(call.report),
        correlation_ids=call.correlation_ids,
    )


def _person(stored: Caller | None, number: RealNumber | None, shown: Shown) -> str:
    if number is not None:
        return shown(number)
    return "erased" if stored == ERASED else ""


def _step_message(step: Step) -> pb.Call.Step:
    return pb.Call.Step(
        time=timestamp(step.time),
        reason=step.reason.value,
        answer=_ANSWERS[step.answer],
        announcement=step.announcement,
        caller_id=step.caller_id,
        recorded=step.recorded,
        concluded=step.derived,
    )


def _report_message(report: CallReport) -> pb.Call.Report:
    return pb.Call.Report(
        outcome=_OUTCOMES[report.outcome],
        ringing_time=None if report.ringing_time is None else timestamp(report.ringing_time),
        answered_time=None if report.answered_time is None else timestamp(report.answered_time),
        connected_seconds=report.outbound_seconds,
        inbound_seconds=report.inbound_seconds,
        billed_seconds=report.billed_seconds,
        price_per_second=decimal_text(report.price_per_second),
        cost=decimal_text(report.cost),
        currency=report.currency,
        recording_file_id=report.recording_file_id,
        recording_status=report.recording_status,
        machine_detection=report.machine_detection,
        receive_time=timestamp(report.receive_time),
    )
