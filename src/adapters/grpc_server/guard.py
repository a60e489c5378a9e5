"""What stands between gRPC and the services: every RPC's deadline, and the one way out for errors."""

import logging
import math
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from adapters.deadline import limited_to
from adapters.grpc_server.parsing import ILL_FORMED, Handler, MaybeHandler
from adapters.grpc_server.statuses import plain_status, to_status
from adapters.grpc_server.traces import trace
from masking_core.errors import MaskingError

_log = logging.getLogger(__name__)

_FOR_THE_LOG = {grpc.StatusCode.INTERNAL.value[0], grpc.StatusCode.DATA_LOSS.value[0]}
_UNLIMITED_SECONDS = 1e9
"""What gRPC says is left of no deadline is more than this."""

_SHARE_FOR_THE_ANSWER = 0.1
_MOST_FOR_THE_ANSWER = 0.5
"""How much of a deadline, as a share and in seconds, is left for the answer to arrive in, which may be UNAVAILABLE."""


class Guard(grpc.ServerInterceptor):
    """Answers what goes wrong with a status, and does not begin what nobody waits for any more.

    An error of the core becomes its status, a request that is no message INVALID_ARGUMENT, and
    anything unforeseen INTERNAL, which tells the client nothing and the log where it happened.
    While an RPC runs, ``adapters.deadline`` knows how much time is left.
    """

    def __init__(self) -> None:
        """Begin with no method known."""
        self._guarded: dict[str, Handler] = {}

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], MaybeHandler],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MaybeHandler:
        """The handler of a method, guarded; streams and unknown methods as they are."""
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        method = handler_call_details.method
        if method not in self._guarded:
            self._guarded[method] = _guarded(method, handler, handler.unary_unary)
        return self._guarded[method]


def _guarded(method: str, handler: Handler, serve: Callable[[Any, grpc.ServicerContext], Message]) -> Handler:
    """The same handler, reading the request itself: gRPC would answer an ill-formed one with INTERNAL."""
    parse = handler.request_deserializer or bytes

    def answer(data: bytes, context: grpc.ServicerContext) -> Message:
        outcome = _outcome(method, lambda: serve(parse(data), context), context)
        if isinstance(outcome, Status):
            context.abort_with_status(rpc_status.to_status(outcome))
        return outcome

    return grpc.unary_unary_rpc_method_handler(answer, None, handler.response_serializer)


def _outcome(method: str, serve: Callable[[], Message], context: grpc.ServicerContext) -> Message | Status:
    seconds = context.time_remaining()
    if not seconds or not context.is_active():
        return plain_status(grpc.StatusCode.DEADLINE_EXCEEDED, "the deadline had passed before the request was begun")
    try:
        with limited_to(_for_the_work(seconds)):
            return serve()
    except DecodeError:
        return ILL_FORMED
    except MaskingError as error:
        status = to_status(error)
        if status.code in _FOR_THE_LOG:
            _log.error("%s: %s", method, error)
        return status
    except Exception as error:  # noqa: BLE001 # whatever it is, it must not reach the client or take its text to the log
        _log.error("%s failed:\n%s", method, trace(error))
        return plain_status(grpc.StatusCode.INTERNAL, "internal error")


def _for_the_work(seconds: float) -> float:
    if seconds >= _UNLIMITED_SECONDS:
        return math.inf
    return seconds - min(seconds * _SHARE_FOR_THE_ANSWER, _MOST_FOR_THE_ANSWER)
