"""What the server's errors mean to a command."""

from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc_status import rpc_status

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from masking.v1.session_service_pb2 import ExhaustionReport

EXIT_CODES = {
    grpc.StatusCode.INVALID_ARGUMENT: ExitCode.REFUSED,
    grpc.StatusCode.NOT_FOUND: ExitCode.REFUSED,
    grpc.StatusCode.ALREADY_EXISTS: ExitCode.REFUSED,
    grpc.StatusCode.FAILED_PRECONDITION: ExitCode.REFUSED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExitCode.REFUSED,
    grpc.StatusCode.OUT_OF_RANGE: ExitCode.REFUSED,
    grpc.StatusCode.ABORTED: ExitCode.REFUSED,
    grpc.StatusCode.PERMISSION_DENIED: ExitCode.REFUSED,
    grpc.StatusCode.UNAUTHENTICATED: ExitCode.REFUSED,
    grpc.StatusCode.UNAVAILABLE: ExitCode.UNREACHABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: ExitCode.UNREACHABLE,
    grpc.StatusCode.CANCELLED: ExitCode.FAILED,
    grpc.StatusCode.DATA_LOSS: ExitCode.FAILED,
    grpc.StatusCode.INTERNAL: ExitCode.FAILED,
    grpc.StatusCode.UNIMPLEMENTED: ExitCode.FAILED,
    grpc.StatusCode.UNKNOWN: ExitCode.FAILED,
}
"""The exit code of each status that is an error."""


def refusal(error: grpc.RpcError, target: str) -> CommandError:
    """The failed command that an error of the server at ``target`` makes."""
    code: grpc.StatusCode = error.code()
    details = _details(error)
    if code is grpc.StatusCode.UNAVAILABLE and ErrorInfo not in details:
        return CommandError(
            ExitCode.UNREACHABLE, "UNAVAILABLE", f"no server answers at {target}; is `masking serve` running?"
        )
    return CommandError(
        EXIT_CODES.get(code, ExitCode.FAILED),
        _reason(details) or code.name,
        error.details() or f"the server answered {code.name} without a word",
        field=_field(details),
        exhaustion=_document(details.get(ExhaustionReport)),
        retry_after_seconds=_retry_after(details),
    )


def _details(error: grpc.RpcError) -> dict[type[Message], Message]:
    """The rich details by their type; none when the server sent none that can be read."""
    try:
        status = rpc_status.from_call(error)
    except (ValueError, DecodeError):
        return {}
    found: dict[type[Message], Message] = {}
    for packed in status.details if status is not None else ():
        for kind in (ErrorInfo, BadRequest, RetryInfo, ExhaustionReport):
            detail = kind()
            if packed.Unpack(detail):
                found[kind] = detail
    return found


def _reason(details: dict[type[Message], Message]) -> str:
    info = details.get(ErrorInfo)
    return info.reason if isinstance(info, ErrorInfo) else ""


def _field(details: dict[type[Message], Message]) -> str:
    bad = details.get(BadRequest)
    return bad.field_violations[0].field if isinstance(bad, BadRequest) and bad.field_violations else ""


def _retry_after(details: dict[type[Message], Message]) -> float:
    retry = details.get(RetryInfo)
    return retry.retry_delay.ToTimedelta().total_seconds() if isinstance(retry, RetryInfo) else 0.0


def _document(message: Message | None) -> dict[str, Any]:
    return {} if message is None else MessageToDict(message, preserving_proto_field_name=True)
