"""Streams that clients keep open: health watchers, and tools that read the API's description."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from threading import Lock
from typing import Any

import grpc

from adapters.grpc_server.parsing import MaybeHandler

_THREADS = 100


class OpenStreams(grpc.ServerInterceptor):
    """Keeps streams apart from the RPCs that do the work.

    A stream occupies a thread for as long as it is open, one of a pool that is theirs: so watchers
    and forgotten tools take none from the RPCs. When the server drains, streams are ended; by
    themselves they would stay until the grace is over.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._open: set[grpc.ServicerContext] = set()
        self._ended = False
        self._pool = ThreadPoolExecutor(_THREADS, "masking-stream")

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], MaybeHandler],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MaybeHandler:
        """The handler of a method; that of a stream notes it while it is open."""
        handler = continuation(handler_call_details)
        if handler is not None and handler.stream_stream is not None:
            return grpc.stream_stream_rpc_method_handler(
                self._noted(handler.stream_stream), handler.request_deserializer, handler.response_serializer
            )
        if handler is not None and handler.unary_stream is not None:
            return grpc.unary_stream_rpc_method_handler(
                self._noted(handler.unary_stream), handler.request_deserializer, handler.response_serializer
            )
        return handler

    def end(self) -> None:
        """Cancel every open stream, and every one that comes."""
        with self._lock:
            self._ended = True
            still_open = tuple(self._open)
        for context in still_open:
            context.cancel()
        self._pool.shutdown(wait=False)

    def _noted(self, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        """The same behaviour, noted, and to be run in the pool of the streams."""

        @wraps(behaviour)
        def noted(request: object, context: grpc.ServicerContext) -> object:
            self._note(context)
            return behaviour(request, context)

        noted.experimental_thread_pool = self._pool  # type: ignore[attr-defined] # gRPC looks for it there
        return noted

    def _note(self, context: grpc.ServicerContext) -> None:
        with self._lock:
            self._open.add(context)
            ended = self._ended
        if not context.add_callback(lambda: self._open.discard(context)):
            self._open.discard(context)
        if ended:
            context.cancel()
