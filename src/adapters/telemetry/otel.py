"""Traces over OTLP and HTTP, to wherever the standard ``OTEL_*`` variables say."""

import os
from contextvars import Token
from threading import Lock
from typing import Any, Final

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_NAME_VARIABLE: Final = "OTEL_SERVICE_NAME"
_propagator: Final = TraceContextTextMapPropagator()


class OtelSpan:
    """A span under way. Port: ``Span``. Exceptions are not recorded: their texts may hold what they stumbled over."""

    def __init__(self, span: trace.Span) -> None:
        """Make it the one under way in this thread."""
        self._span = span
        self._token: Token[Any] = context.attach(trace.set_span_in_context(span))

    @property
    def trace_id(self) -> str:
        """See ``Span``."""
        return trace.format_trace_id(self._span.get_span_context().trace_id)

    def end(self, outcome: str, *, failed: bool = False, **attributes: str) -> None:
        """See ``Span``."""
        self._span.set_attribute("masking.outcome", outcome)
        for name, value in attributes.items():
            self._span.set_attribute(f"masking.{name}", value)
        if failed:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
        context.detach(self._token)


class OtelTraces:
    """Sends spans in batches from a thread, which starts with the first span. Port: ``Traces``."""

    def __init__(self, service: str, exporter: SpanExporter | None = None) -> None:
        """Take the service's name, which OTEL_SERVICE_NAME overrides."""
        self._service = os.environ.get(_NAME_VARIABLE) or service
        self._exporter = exporter
        self._starting = Lock()
        self._provider: TracerProvider | None = None
        self._tracer: Tracer | None = None

    def flush(self) -> None:
        """Send what has ended, now; at the end of a process that is done by itself."""
        if self._provider is not None:
            self._provider.force_flush()

    def begin(self, name: str, traceparent: str | None = None, *, server: bool = False) -> OtelSpan:
        """See ``Traces``. What else a caller's headers say of a trace is left out: it is free text."""
        kind = SpanKind.SERVER if server else SpanKind.CLIENT
        parent = Context() if server else None
        if traceparent:
            parent = _propagator.extract({"traceparent": traceparent}, context=Context())
        return OtelSpan((self._tracer or self._start()).start_span(name, context=parent, kind=kind))

    def under_way(self) -> bool:
        """See ``Traces``."""
        return trace.get_current_span().is_recording()

    def _start(self) -> Tracer:
        """Begin to send with the first span, as a process may fork before."""
        with self._starting:
            if self._provider is None:
                self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: self._service}))
                self._provider.add_span_processor(BatchSpanProcessor(self._exporter or OTLPSpanExporter()))
            self._tracer = self._provider.get_tracer("masking")
            return self._tracer
