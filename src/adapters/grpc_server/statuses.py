"""The one table: error of the core → status and details.

Three of its lines are choices. KeysChanged is UNAVAILABLE: the store refused before anything was
done, and the request goes through as soon as this process has loaded the keys that the store moved
to. StoreNotReady is UNAVAILABLE too, like the health that goes with it, since nothing is wrong
with the request; but somebody must act first, so no time to come again is promised. SealBroken is
DATA_LOSS: no repetition opens the value.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from adapters.grpc_server import error_details as details
from masking_core.errors import (
    AlreadyExists,
    Conflict,
    CopyRefused,
    InvalidArgument,
    KeysChanged,
    MaskingError,
    NotFound,
    NumberInUse,
    NumberNotAvailable,
    ParticipantRefused,
    PermissionDenied,
    ProviderNotConfigured,
    ProviderRefused,
    ProviderUnavailable,
    RequestIdReused,
    SealBroken,
    SessionEnded,
    SignatureRefused,
    StoreNotReady,
    StoreUnavailable,
    Unauthenticated,
)
from masking_core.exhaustion import PoolExhausted


@dataclass(frozen=True, slots=True)
class Answer:
    """How an error is answered: its status, and what makes its details."""

    code: StatusCode
    details: Callable[[Any], Iterable[Message]] = details.of_any


ANSWERS: dict[type[MaskingError], Answer] = {
    InvalidArgument: Answer(StatusCode.INVALID_ARGUMENT, details.of_invalid_argument),
    ParticipantRefused: Answer(StatusCode.INVALID_ARGUMENT, details.of_invalid_argument),
    NotFound: Answer(StatusCode.NOT_FOUND, details.of_not_found),
    AlreadyExists: Answer(StatusCode.ALREADY_EXISTS),
    RequestIdReused: Answer(StatusCode.ALREADY_EXISTS),
    PoolExhausted: Answer(StatusCode.RESOURCE_EXHAUSTED, details.of_pool_exhausted),
    NumberNotAvailable: Answer(StatusCode.FAILED_PRECONDITION, details.of_number_not_available),
    SessionEnded: Answer(StatusCode.FAILED_PRECONDITION, details.of_session_ended),
    NumberInUse: Answer(StatusCode.FAILED_PRECONDITION, details.of_number_in_use),
    Conflict: Answer(StatusCode.ABORTED),
    KeysChanged: Answer(StatusCode.UNAVAILABLE, details.of_keys_changed),
    CopyRefused: Answer(StatusCode.FAILED_PRECONDITION),
    SealBroken: Answer(StatusCode.DATA_LOSS),
    SignatureRefused: Answer(StatusCode.UNAUTHENTICATED),
    Unauthenticated: Answer(StatusCode.UNAUTHENTICATED),
    PermissionDenied: Answer(StatusCode.PERMISSION_DENIED, details.of_permission_denied),
    ProviderNotConfigured: Answer(StatusCode.FAILED_PRECONDITION),
    ProviderRefused: Answer(StatusCode.FAILED_PRECONDITION),
    ProviderUnavailable: Answer(StatusCode.UNAVAILABLE, details.of_unavailable),
    StoreUnavailable: Answer(StatusCode.UNAVAILABLE, details.of_unavailable),
    StoreNotReady: Answer(StatusCode.UNAVAILABLE),
}

_UNKNOWN = Answer(StatusCode.INTERNAL)


def to_status(error: MaskingError) -> Status:
    """The status that tells a client of an error."""
    answer = ANSWERS.get(type(error), _UNKNOWN)
    status = plain_status(answer.code, str(error))
    for detail in answer.details(error):
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def plain_status(code: StatusCode, message: str) -> Status:
    """A status without details."""
    number: int = code.value[0]
    return Status(code=number, message=message)
