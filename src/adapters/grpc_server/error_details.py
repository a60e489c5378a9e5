"""What an error tells a program: the ``google.rpc`` details of each kind."""

from collections.abc import Iterable

from google.protobuf.message import Message
from google.rpc import error_details_pb2 as rpc

from adapters.grpc_server.names import pool_name, session_name
from adapters.grpc_server.times import duration
from masking.v1 import session_service_pb2 as pb
from masking_core.errors import (
    InvalidArgument,
    KeysChanged,
    MaskingError,
    NotFound,
    NumberInUse,
    NumberNotAvailable,
    PermissionDenied,
    ProviderUnavailable,
    SessionEnded,
    StoreUnavailable,
)
from masking_core.exhaustion import PoolExhausted
from masking_core.instants import SECOND

_DOMAIN = "masking.v1"


def error_info(error: MaskingError, **metadata: str) -> rpc.ErrorInfo:
    """The stable reason, which every error has."""
    return rpc.ErrorInfo(reason=error.reason, domain=_DOMAIN, metadata=metadata)


def of_any(error: MaskingError) -> Iterable[Message]:
    """The reason alone."""
    return (error_info(error),)


def of_invalid_argument(error: InvalidArgument) -> Iterable[Message]:
    """The field and what is wrong with it."""
    violation = rpc.BadRequest.FieldViolation(field=error.field, description=error.problem, reason=error.reason)
    return error_info(error, field=error.field), rpc.BadRequest(field_violations=[violation])


def of_not_found(error: NotFound) -> Iterable[Message]:
    """What is missing."""
    return (error_info(error, kind=error.kind, name=error.name),)


def of_permission_denied(error: PermissionDenied) -> Iterable[Message]:
    """What the caller's key lacks."""
    return (error_info(error, missing=error.missing),)


def of_pool_exhausted(error: PoolExhausted) -> Iterable[Message]:
    """The report: how many numbers each rule ruled out, and what would help."""
    told = error.exhaustion
    report = pb.ExhaustionReport(
        pool=pool_name(told.pool),
        participant=told.side,
        numbers=told.numbers,
        ruled_out=[
            pb.ExhaustionReport.RuledOut(rule=rule, numbers=numbers, help=help_)
            for (rule, numbers), help_ in zip(told.ruled_out.items(), told.help, strict=False)
        ],
    )
    return error_info(error, pool=report.pool, participant=str(told.side)), report


def of_number_not_available(error: NumberNotAvailable) -> Iterable[Message]:
    """The number asked for, for whom, and the rule it fails."""
    field = f"participants[{error.side}].proxy_number"
    return error_info(error, field=field, number=error.number, rule=error.rule), _precondition(error, error.rule, field)


def of_session_ended(error: SessionEnded) -> Iterable[Message]:
    """The session."""
    name = session_name(error.session_id)
    return error_info(error, session=name), _precondition(error, error.reason, name)


def of_number_in_use(error: NumberInUse) -> Iterable[Message]:
    """That sessions hold it."""
    return error_info(error), _precondition(error, error.reason, "")


def of_unavailable(error: ProviderUnavailable | StoreUnavailable) -> Iterable[Message]:
    """When to come again."""
    return error_info(error), rpc.RetryInfo(retry_delay=duration(error.retry_after))


def of_keys_changed(error: KeysChanged) -> Iterable[Message]:
    """When to come again: by then this process has loaded the keys that the store moved to."""
    return error_info(error), rpc.RetryInfo(retry_delay=duration(SECOND))


def _precondition(error: MaskingError, kind: str, subject: str) -> rpc.PreconditionFailure:
    violation = rpc.PreconditionFailure.Violation(type=kind, subject=subject, description=str(error))
    return rpc.PreconditionFailure(violations=[violation])
