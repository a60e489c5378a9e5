"""Callers with API keys, and a request of every RPC."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import Message

from adapters.grpc_server.server import SERVICES
from grpc_api.asking import at, opening
from grpc_api.grpc_caller import Api
from masking.v1 import block_service_pb2 as blocks
from masking.v1 import call_service_pb2 as calls
from masking.v1 import event_service_pb2 as events
from masking.v1 import number_service_pb2 as numbers
from masking.v1 import privacy_service_pb2 as privacy
from masking.v1 import session_service_pb2 as sessions
from masking_core.access import Scope
from masking_core.instants import HOUR
from masking_core.phone_number import RealNumber
from masking_core.services.api_keys import KeyRequest
from support.callers import decided, record, reported
from support.world import POOL, START, World, proxies, real

RECORDING = "recordings/file-1"


@dataclass(frozen=True)
class Scene:
    """What lies in a pool: names as callers write them."""

    pool: str
    session: str
    call: str
    recording: str
    number: str


def played(world: World) -> Scene:
    """A pool with a session that stays, a call in it, and its recording."""
    world.pool(6)
    world.blocks.add(RealNumber(real(79)))
    staying = world.open(3, 4)
    session_id = world.open(1, 2).session.session_id
    record(world, decided(world, "call-1", session_id=session_id, correlation_ids=("file-1",)))
    record(world, reported("call-1", recording_file_id="file-1", recording_status="HOSTED"))
    number = f"pools/{POOL}/numbers/{proxies(staying)[0]}"
    return Scene(f"pools/{POOL}", f"sessions/{session_id}", "calls/call-1", RECORDING, number)


def requests(scene: Scene) -> dict[str, Message]:
    """A request of every RPC that touches what the scene has."""
    begin, end = at(START), at(START + HOUR)
    return {
        "OpenSession": opening(1, 2, pool=scene.pool, request_id="order-1"),
        "GetSession": sessions.GetSessionRequest(name=scene.session),
        "ListSessions": sessions.ListSessionsRequest(pool=scene.pool, phone_number=real(1)),
        "UpdateSession": sessions.UpdateSessionRequest(session=sessions.Session(name=scene.session, reference="x")),
        "CloseSession": sessions.CloseSessionRequest(name=scene.session),
        "CreatePool": numbers.CreatePoolRequest(pool_id=scene.pool.removeprefix("pools/")),
        "GetPool": numbers.GetPoolRequest(name=scene.pool),
        "ListPools": numbers.ListPoolsRequest(),
        "UpdatePool": numbers.UpdatePoolRequest(pool=numbers.Pool(name=scene.pool, policy=numbers.PoolPolicy())),
        "PoolUsage": numbers.PoolUsageRequest(name=scene.pool),
        "AddNumbers": numbers.AddNumbersRequest(pool=scene.pool, numbers=[numbers.Number(number="+442079460900")]),
        "GetNumber": numbers.GetNumberRequest(name=scene.number),
        "ListNumbers": numbers.ListNumbersRequest(pool=scene.pool),
        "DrainNumbers": numbers.DrainNumbersRequest(names=[scene.number]),
        "RemoveNumbers": numbers.RemoveNumbersRequest(names=[scene.number]),
        "GetCall": calls.GetCallRequest(name=scene.call),
        "ListCalls": calls.ListCallsRequest(pool=scene.pool, phone_number=real(1)),
        "Explain": calls.ExplainRequest(caller=real(1), dialled=scene.number.rpartition("/")[2]),
        "Summarize": calls.SummarizeRequest(pools=[scene.pool], begin_time=begin, end_time=end),
        "ListRecordings": calls.ListRecordingsRequest(pool=scene.pool),
        "DownloadRecording": calls.DownloadRecordingRequest(name=scene.recording),
        "DeleteRecording": calls.DeleteRecordingRequest(name=scene.recording),
        "WatchEvents": events.WatchEventsRequest(pools=[scene.pool]),
        "ErasePerson": privacy.ErasePersonRequest(phone_number=real(77)),
        "AddBlock": blocks.AddBlockRequest(phone_number=real(78)),
        "ListBlocks": blocks.ListBlocksRequest(),
        "RemoveBlock": blocks.RemoveBlockRequest(phone_number=real(79)),
    }


def made(world: World, *scopes: Scope, pools: Iterable[str] = (), identity: str = "") -> str:
    """A new key's token."""
    return world.api_keys.create(KeyRequest("caller", scopes, tuple(pools), identity=identity)).token


def bearing(token: str) -> tuple[tuple[str, str], ...]:
    """The metadata of a caller with a key."""
    return (("authorization", f"Bearer {token}"),)


def methods() -> dict[str, str]:
    """The full name of every RPC by its own."""
    found: dict[str, str] = {}
    for service in SERVICES:
        descriptor = numbers.DESCRIPTOR.pool.FindServiceByName(service)
        found |= {method.name: f"{service.rpartition('.')[2]}.{method.name}" for method in descriptor.methods}
    return found


def call(api: Api, rpc: str, request: Message, token: str) -> Any:
    """The response of an RPC, the first one of a stream. Raises RpcError."""
    stubs = (api.sessions, api.numbers, api.calls, api.events, api.privacy, api.blocks)
    method: Callable[..., Any] = next(getattr(stub, rpc) for stub in stubs if hasattr(stub, rpc))
    answer = method(request, metadata=bearing(token), timeout=30)
    if isinstance(answer, Message):
        return answer
    try:
        return next(answer)
    finally:
        with suppress(grpc.RpcError):
            answer.cancel()
