from decimal import Decimal
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from adapters.decimals import decimal_text
from grpc_api.asking import POOL_NAME, at, opening
from grpc_api.grpc_caller import Api, Refusal, refusal
from masking.v1 import call_service_pb2 as pb
from masking.v1 import session_service_pb2 as session_pb
from masking_core.call_records import CallReport, Outcome
from masking_core.calls import Dial, IncomingCall
from masking_core.instants import HOUR, MINUTE, SECOND
from masking_core.phone_number import RealNumber
from masking_core.services.call_reports import ReportedCall
from support.world import POOL, START, World, real, virtual

FULL = pb.CALL_VIEW_FULL
REDACTED = "+44••••••0001"


def place(world: World, caller: int | None, dialled: str, name: str, **told: Any) -> None:
    """A call as the edge has it, with its report if anything is told of it; ``name-r`` is its other name."""
    number = None if caller is None else RealNumber(real(caller))
    decision = world.routing.route(IncomingCall(dialled, number, name, correlation_ids=(f"nm/{name}", f"{name}-r")))
    world.record_calls()
    if told:
        reference = decision.reference if isinstance(decision, Dial) else ""
        world.reports.keep(name.encode(), ReportedCall(name, reference, dialled, told=CallReport(**told)))


def opened(api: Api) -> session_pb.Session:
    """A session of 1 and 2."""
    return api.sessions.OpenSession(opening()).session


def listed(api: Api, **asked: Any) -> list[str]:
    """The calls of one page."""
    return [call.name for call in api.calls.ListCalls(pb.ListCallsRequest(**asked)).calls]


def get(api: Api, name: str, **asked: Any) -> pb.Call:
    return api.calls.GetCall(pb.GetCallRequest(name=f"calls/{name}", **asked))


def test_a_call_tells_its_answer_and_its_report(api: Api, world: World) -> None:
    world.pool(2)
    session = opened(api)
    dialled, shown = (each.proxy_number for each in session.participants)
    place(
        *(world, 1, dialled, "c1"),
        outcome=Outcome.ANSWERED,
        action="dial",
        ringing_time=START + SECOND,
        answered_time=START + 5 * SECOND,
        outbound_seconds=0,
        inbound_seconds=31,
        billed_seconds=60,
        price_per_second=Decimal("0.1500"),
        currency="EUR",
        recording_file_id="file-1",
        recording_status="HOSTED",
        machine_detection="HUMAN",
    )
    assert get(api, "c1", view=FULL) == pb.Call(
        name="calls/c1",
        pool=POOL_NAME,
        session=session.name,
        time=at(START),
        dialled=dialled,
        caller=real(1),
        callee=real(2),
        reason="ACTIVE_SESSION",
        steps=[
            pb.Call.Step(time=at(START), reason="ACTIVE_SESSION", answer=pb.Call.Step.ANSWER_DIAL, caller_id=shown),
        ],
        report=pb.Call.Report(
            outcome=pb.Call.OUTCOME_ANSWERED,
            ringing_time=at(START + SECOND),
            answered_time=at(START + 5 * SECOND),
            connected_seconds=0,
            inbound_seconds=31,
            billed_seconds=60,
            price_per_second="0.15",
            cost="0.09",
            currency="EUR",
            recording_file_id="file-1",
            recording_status="HOSTED",
            machine_detection="HUMAN",
            receive_time=at(START),
        ),
        correlation_ids=["c1-r", "file-1", "nm/c1"],
    )


def test_what_a_report_did_not_tell_is_not_made_up(api: Api, world: World) -> None:
    world.pool(2)
    place(world, None, virtual(0), "c1")
    assert not get(api, "c1").HasField("report")
    world.reports.keep(b"{}", ReportedCall("c1"))
    report = get(api, "c1").report
    assert report == pb.Call.Report(receive_time=at(START))
    assert not report.HasField("connected_seconds")


@pytest.mark.parametrize("name", ["c1", "nm/c1", "c1-r"])
def test_any_name_of_a_call_serves(api: Api, world: World, name: str) -> None:
    world.pool(1)
    place(world, 1, virtual(0), "c1")
    assert get(api, name).name == "calls/c1"


def test_of_several_calls_of_one_name_the_latest_is_meant(api: Api, world: World) -> None:
    world.pool(1)
    for name in ("c1", "c2"):
        world.now += SECOND
        world.routing.route(IncomingCall(virtual(0), None, name, correlation_ids=("shared",)))
    world.record_calls()
    assert get(api, "shared").name == "calls/c2"


@pytest.mark.parametrize(
    ("view", "shown"),
    [(pb.CALL_VIEW_UNSPECIFIED, REDACTED), (pb.CALL_VIEW_BASIC, REDACTED), (pb.CALL_VIEW_FULL, real(1))],
)
def test_real_numbers_are_shown_in_the_full_view_alone(
    api: Api, world: World, view: pb.CallView.ValueType, shown: str
) -> None:
    world.pool(2)
    dialled = opened(api).participants[0].proxy_number
    place(world, 1, dialled, "c1")
    explained = api.calls.Explain(pb.ExplainRequest(caller=real(1), dialled=dialled, view=view))
    calls = [get(api, "c1", view=view), *api.calls.ListCalls(pb.ListCallsRequest(view=view)).calls, *explained.calls]
    assert [call.caller for call in calls] == [shown] * 3
    assert (real(2) in explained.answer) == (view == FULL)
    assert refusal(api.calls.GetCall, pb.GetCallRequest(name="calls/c1", view=7)).field == "view"  # type: ignore[arg-type] # a view of the future


def test_calls_are_listed_the_latest_first_page_after_page(api: Api, world: World) -> None:
    world.pool(1)
    for index in range(5):
        world.now += SECOND
        place(world, index, virtual(0), f"c{index}")
    first = api.calls.ListCalls(pb.ListCallsRequest(page_size=2))
    assert [call.name for call in first.calls] == ["calls/c4", "calls/c3"]
    world.now += SECOND
    place(world, 9, virtual(0), "c9")
    rest = api.calls.ListCalls(pb.ListCallsRequest(page_size=9, page_token=first.next_page_token))
    assert [call.name for call in rest.calls] == ["calls/c2", "calls/c1", "calls/c0"]
    assert rest.next_page_token == ""


def test_the_filters_hold_together(api: Api, world: World) -> None:
    world.pool(2)
    world.pool(1, "parcels-de", first=5)
    session = opened(api)
    dialled = session.participants[0].proxy_number
    place(world, 1, dialled, "mine")
    place(world, 3, dialled, "strange")
    world.now += HOUR
    place(world, 3, virtual(5), "parcel")
    place(world, None, virtual(9), "none")
    assert listed(api) == ["calls/parcel", "calls/none", "calls/strange", "calls/mine"]
    assert listed(api, pool=POOL_NAME) == ["calls/strange", "calls/mine"]
    assert listed(api, session=session.name) == ["calls/mine"]
    assert listed(api, dialled=dialled) == ["calls/strange", "calls/mine"]
    assert listed(api, phone_number=real(2)) == ["calls/mine"]
    assert listed(api, phone_number=real(3), pool="pools/parcels-de") == ["calls/parcel"]
    assert listed(api, begin_time=at(world.now)) == ["calls/parcel", "calls/none"]
    assert listed(api, end_time=at(world.now), phone_number=real(3)) == ["calls/strange"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"pool": "ride-uk"}, "pool"),
        ({"session": "sessions/"}, "session"),
        ({"dialled": "442079460000"}, "dialled"),
        ({"phone_number": "07700900001"}, "phone_number"),
        ({"page_size": -1}, "page_size"),
        ({"page_token": "nonsense"}, "page_token"),
        ({"begin_time": Timestamp(seconds=2**63 - 1)}, "begin_time"),
        ({"end_time": Timestamp(nanos=-1)}, "end_time"),
        ({"view": 7}, "view"),
    ],
)
def test_a_wrong_filter_is_named(api: Api, asked: dict[str, Any], field: str) -> None:
    refused = refusal(api.calls.ListCalls, pb.ListCallsRequest(**asked))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert "7700900001" not in refused.message


def test_a_token_serves_its_own_list_alone(api: Api, world: World) -> None:
    world.pool(1)
    place(world, 1, virtual(0), "c1")
    place(world, 2, virtual(0), "c2")
    token = api.calls.ListCalls(pb.ListCallsRequest(page_size=1)).next_page_token
    assert token
    assert refusal(api.calls.ListCalls, pb.ListCallsRequest(pool=POOL_NAME, page_token=token)).field == "page_token"


@pytest.mark.parametrize("name", ["", "c1", "calls/", "calls/a b", "sessions/c1"])
def test_an_ill_formed_name_is_refused(api: Api, name: str) -> None:
    assert refusal(api.calls.GetCall, pb.GetCallRequest(name=name)).field == "name"


def test_a_call_that_is_not_there_is_not_found(api: Api) -> None:
    refused = refusal(api.calls.GetCall, pb.GetCallRequest(name="calls/c1"))
    assert refused.code == grpc.StatusCode.NOT_FOUND
    assert dict(refused.details["ErrorInfo"].metadata) == {"kind": "call", "name": "c1"}


def explain(api: Api, caller: int | None, dialled: str, **asked: Any) -> pb.ExplainResponse:
    number = "" if caller is None else real(caller)
    return api.calls.Explain(pb.ExplainRequest(caller=number, dialled=dialled, **asked))


def test_an_explanation_goes_rule_by_rule(api: Api, world: World) -> None:
    world.pool(2)
    session = opened(api)
    dialled, shown = (each.proxy_number for each in session.participants)
    place(world, 1, dialled, "c1")
    explained = explain(api, 1, dialled)
    assert (explained.reason, explained.answer) == ("ACTIVE_SESSION", f"dial +44••••••0002, who sees {shown}")
    assert explained.time == at(START)
    assert [(each.rule, each.holds) for each in explained.findings] == [
        ("NUMBER_IN_POOL", True),
        ("CALLER_KNOWN", True),
        ("SESSION_ACTIVE", True),
    ]
    assert all(each.text for each in explained.findings)
    (involved,) = explained.sessions
    assert involved == pb.ExplainResponse.InvolvedSession(
        name=session.name, proxy_number=dialled, was_active=True, create_time=at(START)
    )
    assert [call.name for call in explained.calls] == ["calls/c1"]


def test_the_past_is_explained_as_it_was(api: Api, world: World) -> None:
    world.pool(2)
    session = opened(api)
    dialled = session.participants[0].proxy_number
    world.now += HOUR
    api.sessions.CloseSession(session_pb.CloseSessionRequest(name=session.name))
    now = explain(api, 1, dialled)
    assert (now.reason, now.answer, now.sessions[0].end_time) == ("ENDED_SESSION", "play session-ended", at(world.now))
    assert explain(api, 1, dialled, time=at(START + MINUTE)).reason == "ACTIVE_SESSION"
    assert explain(api, 1, dialled, time=at(START - MINUTE)).reason == "NO_SESSION"


def test_strangers_and_numbers_of_nobody_are_explained(api: Api, world: World) -> None:
    world.pool(1)
    assert explain(api, None, virtual(0)).reason == "CALLER_WITHHELD"
    assert explain(api, 7, virtual(0)).reason == "NO_SESSION"
    unknown = explain(api, 7, virtual(9))
    assert (unknown.reason, [each.rule for each in unknown.findings]) == ("UNKNOWN_NUMBER", ["NUMBER_IN_POOL"])


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"caller": "07700900001", "dialled": virtual(0)}, "caller"),
        ({"caller": real(1)}, "dialled"),
        ({"caller": real(1), "dialled": virtual(0), "view": 7}, "view"),
        ({"dialled": virtual(0), "time": {"seconds": 10**15}}, "time"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(api: Api, asked: dict[str, Any], field: str) -> None:
    refused: Refusal = refusal(api.calls.Explain, pb.ExplainRequest(**asked))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert "7700900001" not in refused.message


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (None, ""),
        ("0", "0"),
        ("0.000", "0"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("0.0150", "0.015"),
        ("1E-7", "0.0000001"),
    ],
)
def test_decimals_are_written_plainly_and_exactly(figure: str | None, text: str) -> None:
    assert decimal_text(None if figure is None else Decimal(figure)) == text


def test_the_reason_of_a_lost_callback_is_said_to_be_concluded(api: Api, world: World) -> None:
    world.pool(1)
    world.reports.keep(b"{}", ReportedCall("lost", dialled=virtual(0)))
    call = get(api, "lost")
    assert (call.pool, call.reason, call.steps[0].concluded) == (f"pools/{POOL}", "CALLER_WITHHELD", True)
