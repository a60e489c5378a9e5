from collections.abc import Iterator
from time import sleep
from typing import Any, NoReturn, cast

import grpc
import pytest
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from adapters.composition import Services
from adapters.deadline import remaining
from adapters.grpc_server.guard import Guard, _for_the_work
from adapters.grpc_server.server import GrpcServer
from grpc_api.asking import opening
from grpc_api.gated_store import GatedStore
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import session_service_pb2 as pb
from masking_core.errors import StoreUnavailable
from support.world import World

BY_NAME = pb.GetSessionRequest(name="sessions/abc")


@pytest.fixture
def store() -> GatedStore:
    return GatedStore()


@pytest.fixture
def server(services: Services) -> Iterator[GrpcServer]:
    """A server that does one thing after the other."""
    server = GrpcServer(services, "127.0.0.1:0", threads=1)
    server.start()
    yield server
    server.stop(grace=0)


def test_the_store_knows_how_much_time_is_left(api: Api, store: GatedStore) -> None:
    refusal(api.sessions.GetSession, BY_NAME, timeout=30)
    (seconds,) = store.seconds
    assert seconds is not None
    assert 0 < seconds < 31


def test_without_a_deadline_there_is_no_limit(api: Api, store: GatedStore) -> None:
    refusal(api.sessions.GetSession, BY_NAME)
    assert store.seconds == [None]


def test_one_rpcs_deadline_is_not_the_nexts(api: Api, store: GatedStore) -> None:
    for timeout in (30, None, 30, None):
        refusal(api.sessions.GetSession, BY_NAME, timeout=timeout)
    assert [seconds is None for seconds in store.seconds] == [False, True, False, True]


def test_a_store_that_does_not_answer_is_unavailable_before_the_deadline(
    api: Api, store: GatedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(session_id: str) -> NoReturn:
        while remaining():
            sleep(0.01)
        raise StoreUnavailable(f"{session_id} was not found in time")

    monkeypatch.setattr(store, "get_session", silent)
    # Of five seconds and more, half a second is left for the answer: a machine may be busy.
    for timeout in (5, 8):
        assert refusal(api.sessions.GetSession, BY_NAME, timeout=timeout).code is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(("seconds", "left"), [(0.5, 0.05), (3, 0.3), (5, 0.5), (8, 0.5)])
def test_a_tenth_of_the_time_and_half_a_second_at_most_is_left_for_the_answer(seconds: float, left: float) -> None:
    assert seconds - _for_the_work(seconds) == pytest.approx(left)


@pytest.mark.parametrize("how", ["deadline", "cancelled"])
def test_an_rpc_that_nobody_waits_for_any_more_is_not_begun(
    api: Api, world: World, store: GatedStore, how: str
) -> None:
    world.pool()
    store.gate.clear()
    first = api.sessions.OpenSession.future(opening(1, 2))
    store.waiting.acquire()
    given_up = api.sessions.OpenSession.future(opening(3, 4), timeout=0.05 if how == "deadline" else None)
    if how == "cancelled":
        given_up.cancel()
    with pytest.raises((grpc.RpcError, grpc.FutureCancelledError)):
        given_up.result()
    behind = api.health.Watch(health_pb2.HealthCheckRequest())  # what the server hears of after that end
    next(behind)
    behind.cancel()
    last = api.sessions.OpenSession.future(opening(5, 6))
    store.gate.set()
    opened = {first.result().session.name, last.result().session.name}
    assert {session.name for session in api.sessions.ListSessions(pb.ListSessionsRequest()).sessions} == opened


class Late:
    """The context of an RPC that was handed over too late."""

    def __init__(self, seconds: float, *, active: bool) -> None:
        self._seconds = seconds
        self._active = active
        self.status: Any = None

    def time_remaining(self) -> float:
        return self._seconds

    def is_active(self) -> bool:
        return self._active

    def abort_with_status(self, status: object) -> None:
        self.status = status
        raise RuntimeError


@pytest.mark.parametrize("context", [Late(0, active=True), Late(30, active=False)], ids=["too late", "gone"])
def test_the_guard_itself_begins_nothing_that_is_too_late(context: Late) -> None:
    begun: list[object] = []

    def serve(request: bytes, context: grpc.ServicerContext) -> Message:
        del context
        begun.append(request)
        return pb.Session()

    handler: grpc.RpcMethodHandler[bytes, Message] = grpc.unary_unary_rpc_method_handler(serve)
    details = cast("grpc.HandlerCallDetails", type("Details", (), {"method": "/a/b", "invocation_metadata": ()})())
    guarded = Guard().intercept_service(lambda _: handler, details)
    assert guarded is not None
    assert guarded.unary_unary is not None
    with pytest.raises(RuntimeError):
        guarded.unary_unary(b"", cast("grpc.ServicerContext", context))
    assert context.status.code == grpc.StatusCode.DEADLINE_EXCEEDED
    assert begun == []
