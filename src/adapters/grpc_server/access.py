"""The door of the gRPC server: who comes in, whether they may, and a line in the audit of each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_health.v1 import health
from grpc_status import rpc_status

from adapters.audit_log import AuditLog
from adapters.deadline import remaining
from adapters.grpc_server.parsing import ILL_FORMED, Handler, MaybeHandler, parsing
from adapters.grpc_server.rules import RULES, Rule
from adapters.grpc_server.statuses import to_status
from adapters.grpc_server.visitors import Visitors
from masking_core.access import Visitor
from masking_core.audit import Entry, without_numbers
from masking_core.errors import KeysChanged, MaskingError, PermissionDenied, StoreNotReady, StoreUnavailable
from masking_core.instants import Clock
from masking_core.ports.store import Store

Admitted = TypeVar("Admitted")

_PREFIX: Final = "/masking.v1."
_HEALTH: Final = f"/{health.SERVICE_NAME}/"
_LONGEST_TARGET: Final = 400
_UNTOLD = (StoreUnavailable, StoreNotReady, KeysChanged)
"""After these nobody knows what was done, and the audit is as far away as the rest of the store."""


class Access(grpc.ServerInterceptor):
    """Lets in who may, by the table of rules, and has the audit told before an answer leaves.

    Health is open to everybody; reflection too if it says so, and else to whoever has a key.
    """

    def __init__(
        self, visitors: Visitors, store: Store, audit: AuditLog, clock: Clock, *, open_reflection: bool = True
    ) -> None:
        """Take who knows callers, where pools are found, and who is told."""
        self._visitors = visitors
        self._store = store
        self._audit = audit
        self._clock = clock
        self._open_reflection = open_reflection
        self._handlers: dict[str, Handler] = {}
        self._lock = Lock()
        self._streams: dict[grpc.ServicerContext, Visitor] = {}

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], MaybeHandler],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MaybeHandler:
        """The handler of a method, behind the door; unknown methods as they are."""
        handler = continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None:
            return None
        if method not in self._handlers:
            open_to_all = method.startswith(_HEALTH)
            self._handlers[method] = parsing(handler) if open_to_all else self._behind_the_door(method, handler)
        return self._handlers[method]

    def send_away(self) -> None:
        """End the streams of those who would not be let in any more."""
        with self._lock:
            gone = [context for context, visitor in self._streams.items() if not self._visitors.may_stay(visitor)]
        for context in gone:
            context.cancel()

    def _behind_the_door(self, method: str, handler: Handler) -> Handler:
        if not method.startswith(_PREFIX):
            return parsing(handler if self._open_reflection else self._for_the_known(handler))
        action = method.removeprefix(_PREFIX).replace("/", ".")
        parse = handler.request_deserializer or bytes
        if handler.unary_unary is not None:
            answer = self._answering(action, parse, handler.unary_unary)
            return grpc.unary_unary_rpc_method_handler(answer, None, handler.response_serializer)
        stream = self._streaming(action, parse, handler.unary_stream)  # type: ignore[arg-type] # the proto has no more
        return grpc.unary_stream_rpc_method_handler(stream, None, handler.response_serializer)

    def _answering(
        self, action: str, parse: Callable[[bytes], Any], serve: Callable[..., Message]
    ) -> Callable[[bytes, grpc.ServicerContext], Message]:
        """The behaviour behind the door; nothing of a request is parsed before it is known who sent it."""
        rule = RULES[action]

        def answer(data: bytes, context: grpc.ServicerContext) -> Message:
            visitor = self._identified(context)
            request = parse(data)
            try:
                self._permit(rule, visitor, request)
                response = serve(request, context)
            except Exception as error:
                self._tell_refusal(visitor, action, rule.target(request, None), error)
                raise
            if visitor.limited:
                rule.cut(response, visitor)
            self._tell(visitor, action, rule.target(request, response), "OK")
            return response

        return answer

    def _streaming(
        self, action: str, parse: Callable[[bytes], Any], serve: Callable[..., Iterator[Message]]
    ) -> Callable[[bytes, grpc.ServicerContext], Iterator[Message]]:
        rule = RULES[action]

        def admit(data: bytes, context: grpc.ServicerContext) -> Any:
            visitor = self._identified(context)
            request = parse(data)
            try:
                self._permit(rule, visitor, request)
            except MaskingError as error:
                self._tell_refusal(visitor, action, rule.target(request, None), error)
                raise
            self._tell(visitor, action, without_numbers(rule.target(request, None)[:_LONGEST_TARGET]), "BEGUN")
            self._follow(visitor, context)
            return request

        def stream(data: bytes, context: grpc.ServicerContext) -> Iterator[Message]:
            yield from serve(_or_abort(context, lambda: admit(data, context)), context)

        return stream

    def _for_the_known(self, handler: Handler) -> Handler:
        """The same stream for whoever has a key."""
        serve: Callable[..., Iterator[Message]] = handler.stream_stream  # type: ignore[assignment] # reflection is one

        def stream(requests: Iterator[Message], context: grpc.ServicerContext) -> Iterator[Message]:
            self._follow(_or_abort(context, lambda: self._identified(context)), context)
            yield from serve(requests, context)

        return grpc.stream_stream_rpc_method_handler(stream, handler.request_deserializer, handler.response_serializer)

    def _identified(self, context: grpc.ServicerContext) -> Visitor:
        authorization = [str(value) for name, value in context.invocation_metadata() if name == "authorization"]
        return self._visitors.identify(authorization, lambda: _identities(context))

    def _permit(self, rule: Rule, visitor: Visitor, request: Any) -> None:
        for scope in rule.scopes(request):
            if not visitor.has(scope):
                raise PermissionDenied(f"the API key lacks the scope {scope}", scope)
        if visitor.limited:
            rule.pool(self._store, request, visitor)

    def _follow(self, visitor: Visitor, context: grpc.ServicerContext) -> None:
        """Remember whose stream this is, for as long as it is open."""
        with self._lock:
            self._streams[context] = visitor
        if not context.add_callback(lambda: self._forget(context)):
            self._forget(context)

    def _forget(self, context: grpc.ServicerContext) -> None:
        with self._lock:
            self._streams.pop(context, None)

    def _tell_refusal(self, visitor: Visitor, action: str, target: str, error: Exception) -> None:
        """Tell the audit of what was refused or failed. Whoever waits hears of that, whatever becomes of this."""
        if isinstance(error, _UNTOLD):
            return
        reason = error.reason if isinstance(error, MaskingError) else MaskingError.reason
        with suppress(MaskingError):
            self._tell(visitor, action, without_numbers(target[:_LONGEST_TARGET]), reason)

    def _tell(self, visitor: Visitor, action: str, target: str, outcome: str) -> None:
        left = remaining()
        entry = Entry(self._clock(), visitor.who, action, target[:_LONGEST_TARGET], outcome)
        self._audit.record(entry, -1 if left is None else left)


def _identities(context: grpc.ServicerContext) -> Sequence[str]:
    """The names in the client's certificate, which TLS has verified: the alternative ones, else the common one."""
    known = context.auth_context()
    names: Sequence[Any] = known.get("x509_subject_alternative_name") or known.get("x509_common_name") or ()
    return [name.decode(errors="replace") for name in names]


def _or_abort(context: grpc.ServicerContext, admit: Callable[[], Admitted]) -> Admitted:
    """What ``admit`` returns; an error ends the stream with its status."""
    try:
        return admit()
    except DecodeError:
        refused = ILL_FORMED
    except MaskingError as error:
        refused = to_status(error)
    return context.abort_with_status(rpc_status.to_status(refused))
