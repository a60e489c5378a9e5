import grpc
import pytest

from adapters.grpc_server.server import GrpcServer
from grpc_api.asking import opening
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import call_service_pb2 as call_pb
from masking.v1 import privacy_service_pb2 as pb
from masking.v1 import session_service_pb2 as session_pb
from masking_core.calls import Dial, IncomingCall
from masking_core.phone_number import RealNumber
from masking_core.services.call_reports import ReportedCall
from support.world import World, real


def erase(api: Api, person: int) -> pb.ErasePersonResponse:
    return api.privacy.ErasePerson(pb.ErasePersonRequest(phone_number=real(person)))


def test_a_person_is_erased_and_the_answer_says_what_was_done(api: Api, world: World) -> None:
    world.pool(4)
    session = api.sessions.OpenSession(opening(1, 2)).session
    ended = api.sessions.OpenSession(opening(3, 1)).session
    api.sessions.CloseSession(session_pb.CloseSessionRequest(name=ended.name))
    dialled = session.participants[0].proxy_number
    decision = world.routing.route(IncomingCall(dialled, RealNumber(real(1)), "c1"))
    assert isinstance(decision, Dial)
    world.record_calls()
    body = f'{{"from":"{real(1)[1:]}"}}'.encode()
    world.reports.keep(body, ReportedCall("c1", decision.reference, dialled))
    world.reports.keep(body + b" ", ReportedCall())

    assert erase(api, 1) == pb.ErasePersonResponse(
        sessions_closed=1, sessions_forgotten=2, calls_anonymised=1, reports_forgotten=2
    )

    for name in (session.name, ended.name):
        gone = refusal(api.sessions.GetSession, session_pb.GetSessionRequest(name=name))
        assert gone.code == grpc.StatusCode.NOT_FOUND
    (call,) = api.calls.ListCalls(call_pb.ListCallsRequest(view=call_pb.CALL_VIEW_FULL)).calls
    assert (call.caller, call.callee) == ("erased", real(2))
    assert list(api.calls.ListCalls(call_pb.ListCallsRequest(phone_number=real(1))).calls) == []
    assert world.dials(2, session.participants[1].proxy_number) is None
    assert erase(api, 1) == pb.ErasePersonResponse()


def test_who_was_erased_may_take_part_again(api: Api, world: World) -> None:
    world.pool(2)
    api.sessions.OpenSession(opening(1, 2, request_id="r"))
    erase(api, 1)
    session = api.sessions.OpenSession(opening(1, 2, request_id="r")).session
    assert world.dials(1, session.participants[0].proxy_number)


@pytest.mark.parametrize("number", ["", "07700900001", "447700900001"])
def test_what_is_no_number_is_refused_and_not_repeated(api: Api, server: GrpcServer, number: str) -> None:
    del server
    refused = refusal(api.privacy.ErasePerson, pb.ErasePersonRequest(phone_number=number))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "phone_number")
    assert "7700900001" not in refused.message
