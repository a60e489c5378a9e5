"""A client of the server under test, and its refusals taken apart."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as rpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from masking.v1 import session_service_pb2 as pb
from masking.v1.block_service_pb2_grpc import BlockServiceStub
from masking.v1.call_service_pb2_grpc import CallServiceStub
from masking.v1.event_service_pb2_grpc import EventServiceStub
from masking.v1.number_service_pb2_grpc import NumberServiceStub
from masking.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from masking.v1.session_service_pb2_grpc import SessionServiceStub

_DETAILS: tuple[type[Message], ...] = (
    rpc.ErrorInfo,
    rpc.BadRequest,
    rpc.RetryInfo,
    rpc.PreconditionFailure,
    pb.ExhaustionReport,
)


@dataclass(frozen=True)
class Refusal:
    """A status that is not OK. ``details`` are by the name of their message, as in ``BadRequest``."""

    code: grpc.StatusCode
    message: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def field(self) -> str:
        """The one field that BadRequest names."""
        (violation,) = self.details["BadRequest"].field_violations
        return str(violation.field)

    @property
    def reason(self) -> str:
        """The reason in ErrorInfo."""
        info = self.details["ErrorInfo"]
        assert info.domain == "masking.v1"
        return str(info.reason)


def refusal(call: Callable[..., object], *arguments: object, **options: Any) -> Refusal:
    """The refusal that an RPC is answered with."""
    with pytest.raises(grpc.RpcError) as raised:
        call(*arguments, **options)
    error: Any = raised.value
    status = rpc_status.from_call(error)
    details = {} if status is None else dict(_unpacked(packed) for packed in status.details)
    return Refusal(error.code(), error.details(), details)


def _unpacked(packed: Any) -> tuple[str, Message]:
    for kind in _DETAILS:
        if packed.Is(kind.DESCRIPTOR):
            message = kind()
            packed.Unpack(message)
            return kind.DESCRIPTOR.name, message
    raise AssertionError(f"an unexpected detail: {packed.type_url}")


class Api:
    """Stubs of every service of one server."""

    def __init__(self, port: int) -> None:
        self.channel = grpc.insecure_channel(
            f"127.0.0.1:{port}", options=(("grpc.max_receive_message_length", -1), ("grpc.enable_http_proxy", 0))
        )
        self.sessions = SessionServiceStub(self.channel)
        self.numbers = NumberServiceStub(self.channel)
        self.calls = CallServiceStub(self.channel)
        self.events = EventServiceStub(self.channel)
        self.privacy = PrivacyServiceStub(self.channel)
        self.blocks = BlockServiceStub(self.channel)
        self.health: Any = health_pb2_grpc.HealthStub(self.channel)

    def serving(self, service: str = "") -> bool:
        """What the health service says of a service."""
        answer = self.health.Check(health_pb2.HealthCheckRequest(service=service))
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def raw(self, method: str) -> Callable[..., bytes]:
        """A method that takes and gives bytes."""
        call: Callable[..., bytes] = self.channel.unary_unary(method)
        return call
