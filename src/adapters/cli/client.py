"""The connection of a command to the gRPC server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

from adapters.cli.channel import channel_to
from adapters.cli.environment import settings
from adapters.cli.server_errors import refusal
from adapters.settings_values import dialable
from masking.v1.block_service_pb2_grpc import BlockServiceStub
from masking.v1.call_service_pb2_grpc import CallServiceStub
from masking.v1.event_service_pb2_grpc import EventServiceStub
from masking.v1.number_service_pb2_grpc import NumberServiceStub
from masking.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from masking.v1.session_service_pb2_grpc import SessionServiceStub

_TIMEOUT = "120s"
_ENDLESS = [
    {"service": "masking.v1.EventService", "method": "WatchEvents"},
    {"service": "masking.v1.CallService", "method": "DownloadRecording"},
]
"""Streams that take as long as they take."""
_OPTIONS = (
    # A list of a hundred thousand numbers is more than the four megabytes that gRPC takes by default.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # The server is one's own: no proxy lies between, whatever the environment says about the web.
    ("grpc.enable_http_proxy", 0),
    ("grpc.service_config", json.dumps({"methodConfig": [{"name": [{}], "timeout": _TIMEOUT}, {"name": _ENDLESS}]})),
)


@dataclass(frozen=True, slots=True)
class Server:
    """The services of one server."""

    sessions: SessionServiceStub
    numbers: NumberServiceStub
    calls: CallServiceStub
    events: EventServiceStub
    privacy: PrivacyServiceStub
    blocks: BlockServiceStub


@contextmanager
def connected(address: str | None) -> Iterator[Server]:
    """The server at ``address``, or at the one the settings name. Raises CommandError for what it answers."""
    in_force = settings()
    target = dialable(address or in_force.grpc_address)
    with channel_to(target, in_force, _OPTIONS) as channel:
        try:
            yield Server(
                SessionServiceStub(channel),
                NumberServiceStub(channel),
                CallServiceStub(channel),
                EventServiceStub(channel),
                PrivacyServiceStub(channel),
                BlockServiceStub(channel),
            )
        except grpc.RpcError as error:
            raise refusal(error, target) from error
