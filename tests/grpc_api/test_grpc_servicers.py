"""The servicers alone, without a server: every RPC that the protos name is there and serves."""

from typing import Any

import grpc
import grpc_testing
import pytest
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

from adapters.grpc_server.number_service import NumberService
from adapters.grpc_server.session_service import SessionService
from grpc_api.asking import POOL_NAME, opening
from masking.v1 import number_service_pb2 as number_pb
from masking.v1 import session_service_pb2 as pb
from support.world import POOL, World, virtual

SESSIONS: ServiceDescriptor = pb.DESCRIPTOR.services_by_name["SessionService"]
NUMBERS: ServiceDescriptor = number_pb.DESCRIPTOR.services_by_name["NumberService"]
NUMBER_NAME = f"{POOL_NAME}/numbers/{virtual(3)}"


class Servicers:
    """Both servicers in grpc_testing's stand-in for a server."""

    def __init__(self, world: World) -> None:
        servicers = {
            SESSIONS: SessionService(world.sessions, world.vault),
            NUMBERS: NumberService(world.pools, world.outlooks),
        }
        self._server: Any = grpc_testing.server_from_dictionary(servicers, grpc_testing.strict_real_time())

    def call(self, method: MethodDescriptor, request: Message) -> Any:
        """The response to a request, which must be OK."""
        rpc = self._server.invoke_unary_unary(method, (), request, None)
        response, _, code, details = rpc.termination()
        assert code is grpc.StatusCode.OK, details
        return response


@pytest.fixture
def servicers(world: World) -> Servicers:
    return Servicers(world)


def test_a_session_lives_its_life(servicers: Servicers, world: World) -> None:
    world.pool()
    rpc = SESSIONS.methods_by_name
    opened = servicers.call(rpc["OpenSession"], opening()).session
    assert servicers.call(rpc["GetSession"], pb.GetSessionRequest(name=opened.name)) == opened
    assert list(servicers.call(rpc["ListSessions"], pb.ListSessionsRequest()).sessions) == [opened]
    renamed = pb.UpdateSessionRequest(session=pb.Session(name=opened.name, reference="new"))
    assert servicers.call(rpc["UpdateSession"], renamed).reference == "new"
    closed = servicers.call(rpc["CloseSession"], pb.CloseSessionRequest(name=opened.name))
    assert closed.state == pb.Session.STATE_CLOSED


def test_a_pool_and_its_numbers_live_theirs(servicers: Servicers) -> None:
    rpc = NUMBERS.methods_by_name
    created = servicers.call(rpc["CreatePool"], number_pb.CreatePoolRequest(pool_id=POOL))
    assert servicers.call(rpc["GetPool"], number_pb.GetPoolRequest(name=POOL_NAME)) == created
    assert list(servicers.call(rpc["ListPools"], number_pb.ListPoolsRequest()).pools) == [created]
    same = number_pb.UpdatePoolRequest(pool=created)
    assert servicers.call(rpc["UpdatePool"], same).policy == created.policy
    numbers = [number_pb.Number(number=virtual(3))]
    added = servicers.call(rpc["AddNumbers"], number_pb.AddNumbersRequest(pool=POOL_NAME, numbers=numbers))
    assert [each.name for each in added.numbers] == [NUMBER_NAME]
    assert servicers.call(rpc["GetNumber"], number_pb.GetNumberRequest(name=NUMBER_NAME)) == added.numbers[0]
    assert servicers.call(rpc["ListNumbers"], number_pb.ListNumbersRequest()).numbers == added.numbers
    assert servicers.call(rpc["PoolUsage"], number_pb.PoolUsageRequest(name=POOL_NAME)).idle == 1
    drained = servicers.call(rpc["DrainNumbers"], number_pb.DrainNumbersRequest(names=[NUMBER_NAME]))
    assert drained.numbers[0].state == number_pb.Number.STATE_DRAINING
    servicers.call(rpc["RemoveNumbers"], number_pb.RemoveNumbersRequest(names=[NUMBER_NAME]))
    assert not servicers.call(rpc["ListNumbers"], number_pb.ListNumbersRequest()).numbers


@pytest.mark.parametrize(
    ("service", "servicer"), [(SESSIONS, SessionService), (NUMBERS, NumberService)], ids=["sessions", "numbers"]
)
def test_every_rpc_of_the_proto_is_served(service: ServiceDescriptor, servicer: type) -> None:
    assert {method.name for method in service.methods} <= set(vars(servicer))
