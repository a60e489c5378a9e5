"""Every RPC timed, traced and given its correlation id."""

from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any, Final, cast

import grpc

from adapters.grpc_server.parsing import Handler, MaybeHandler
from adapters.telemetry import correlation
from adapters.telemetry.telemetry import Telemetry

_REQUEST_ID: Final = "x-request-id"
_TRACEPARENT: Final = "traceparent"
_LOOKED_INTO: Final = {"UNKNOWN", "INTERNAL", "DATA_LOSS"}

Behaviour = Callable[[Any, grpc.ServicerContext], Any]


class Watching(grpc.ServerInterceptor):
    """Stands before everything else, so that what the others refuse is told too.

    A stream is counted when it ends: how long it was open says nothing. Methods that there are none
    of are one, or whoever invents names would fill the metrics with them.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        """Take what watches."""
        self._metrics = telemetry.metrics
        self._traces = telemetry.traces
        self._watched: dict[str, tuple[Handler, Handler]] = {}

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], MaybeHandler],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MaybeHandler:
        """The handler of a method, watched."""
        handler = continuation(handler_call_details)
        if handler is None:
            self._metrics.stream(("unknown", grpc.StatusCode.UNIMPLEMENTED.name), 1)
            return None
        method = handler_call_details.method.removeprefix("/")
        if handler.unary_unary is not None:
            known = self._watched.get(method)
            if known is None or known[0] is not handler:
                known = self._watched[method] = (handler, self._timed(method, handler, handler.unary_unary))
            return known[1]
        if handler.unary_stream is not None:
            return grpc.unary_stream_rpc_method_handler(
                self._counted(method, handler.unary_stream), handler.request_deserializer, handler.response_serializer
            )
        if handler.stream_stream is not None:
            return grpc.stream_stream_rpc_method_handler(
                self._counted(method, handler.stream_stream), handler.request_deserializer, handler.response_serializer
            )
        return handler

    def _timed(self, method: str, handler: Handler, serve: Behaviour) -> Handler:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            given, traceparent = _from_the_client(context)
            began = perf_counter()
            span = None
            if self._traces is not None:
                span = self._traces.begin(method, traceparent, server=True)
                given = given or span.trace_id
            correlation.begin(given)
            try:
                return serve(request, context)
            finally:
                code = code_of(context)
                self._metrics.rpc((method, code), perf_counter() - began)
                if span is not None:
                    span.end(code, failed=code in _LOOKED_INTO)
                correlation.end()

        return grpc.unary_unary_rpc_method_handler(answer, handler.request_deserializer, handler.response_serializer)

    def _counted(self, method: str, serve: Behaviour) -> Behaviour:
        @wraps(serve)
        def counted(request: Any, context: grpc.ServicerContext) -> Any:
            correlation.begin(_from_the_client(context)[0])
            context.add_callback(lambda: self._metrics.stream((method, code_of(context)), 1))
            return serve(request, context)

        return counted


def code_of(context: grpc.ServicerContext) -> str:
    """The name of the status that an RPC ends with, as far as is known."""
    code = cast("Any", context).code()  # the types know nothing of it
    return code.name if isinstance(code, grpc.StatusCode) else grpc.StatusCode.OK.name


def _from_the_client(context: grpc.ServicerContext) -> tuple[str, str | None]:
    """What the client calls the RPC, and the trace that it belongs to."""
    metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
    traceparent = metadata.get(_TRACEPARENT)
    return metadata.get(_REQUEST_ID) or _trace_id(traceparent), traceparent


def _trace_id(traceparent: str | None) -> str:
    """The trace's id out of the W3C header, or nothing."""
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) > 1 else ""
