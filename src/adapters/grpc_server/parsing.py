"""Requests of streams, read before gRPC reads them: that would answer an ill-formed one with INTERNAL, and log it."""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf.message import DecodeError
from grpc_status import rpc_status

from adapters.grpc_server.statuses import plain_status

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
MaybeHandler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"

ILL_FORMED: Final = plain_status(grpc.StatusCode.INVALID_ARGUMENT, "the request is not a well-formed message")


def parsing(handler: Handler) -> Handler:
    """The handler of a stream, which ends with INVALID_ARGUMENT at what is no message; any other as it is."""
    parse = handler.request_deserializer
    if parse is None or handler.unary_unary is not None:
        return handler
    if handler.unary_stream is not None:
        answer: Callable[..., Iterator[Any]] = handler.unary_stream

        def answered(data: bytes, context: grpc.ServicerContext) -> Iterator[Any]:
            yield from answer(_parsed(parse, data, context), context)

        return grpc.unary_stream_rpc_method_handler(answered, None, handler.response_serializer)
    converse: Callable[..., Iterator[Any]] = handler.stream_stream  # type: ignore[assignment] # there is no other kind

    def conversed(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[Any]:
        yield from converse((_parsed(parse, data, context) for data in requests), context)

    return grpc.stream_stream_rpc_method_handler(conversed, None, handler.response_serializer)


def _parsed(parse: Callable[[bytes], Any], data: bytes, context: grpc.ServicerContext) -> Any:
    try:
        return parse(data)
    except DecodeError:
        context.abort_with_status(rpc_status.to_status(ILL_FORMED))
