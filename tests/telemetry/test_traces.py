"""Traces: from a webhook or an RPC through the store, as part of the caller's own, and with nobody's number."""

import subprocess
import sys
from dataclasses import replace
from typing import NoReturn

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from adapters.composition import wire
from adapters.settings import load_settings
from adapters.settings_sources import SettingsError
from adapters.storage.memory.store import MemoryStore
from adapters.storage.registry import open_store
from adapters.telemetry import traces
from adapters.telemetry.otel import OtelTraces
from adapters.telemetry.telemetry import Telemetry
from edge.edge_client import CALLBACK_URL, CREDENTIAL, Provider, callback_body
from masking_core.call_records import CallQuery
from masking_core.signature import sign
from support.world import World, proxies, real

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


class Traced:
    """An edge whose spans are kept."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.otel = OtelTraces("masking-edge", self.exporter)
        store = open_store("memory://")
        world = World(store)
        world.pool(4)
        self.dialled = proxies(world.open(0, 1))[0]
        self.services = wire(store, world.vault, telemetry=Telemetry(traces=self.otel))
        self.provider = Provider(self.services)

    def call(self, caller: str, **headers: str) -> None:
        body = callback_body(caller, self.dialled)
        self.provider.post(
            "/infobip/callback", body, {"Authorization": sign(CALLBACK_URL, body, CREDENTIAL), **headers}
        )

    def spans(self) -> dict[str, ReadableSpan]:
        self.services.call_log.flush()
        self.otel.flush()
        return {span.name: span for span in self.exporter.get_finished_spans()}


def test_a_callback_and_the_store_s_part_in_it_are_one_trace_of_the_caller_s() -> None:
    traced = Traced()
    traced.call(real(0), traceparent=TRACEPARENT, tracestate=f"who={real(0)[1:]}")
    spans = traced.spans()
    callback, route = spans["/infobip/callback"], spans["store find_route"]
    assert callback.parent is not None
    assert route.parent is not None
    assert callback.context is not None
    assert f"{callback.parent.trace_id:032x}" == TRACE
    assert f"{callback.parent.span_id:016x}" == PARENT
    assert route.parent.span_id == callback.context.span_id
    assert dict(callback.attributes or {}) == {"masking.outcome": "dial", "masking.reason": "ACTIVE_SESSION"}
    assert dict(route.attributes or {}) == {"masking.outcome": "OK"}
    assert callback.resource.attributes["service.name"] == "masking-edge"
    assert real(0)[1:] not in "".join(span.to_json() for span in spans.values())


def test_what_a_process_does_by_itself_is_no_trace() -> None:
    traced = Traced()
    traced.call(real(0))
    spans = traced.spans()
    assert traced.services.calls.list(CallQuery())
    assert "store find_route" in spans
    assert "store record_calls" not in spans
    assert not traced.otel.under_way()


def test_two_callbacks_are_two_traces() -> None:
    traced = Traced()
    for _ in range(2):
        traced.call(real(0))
    traced.spans()
    callbacks = [span for span in traced.exporter.get_finished_spans() if span.name == "/infobip/callback"]
    assert len({span.context.trace_id for span in callbacks if span.context is not None}) == 2
    assert all(span.parent is None for span in callbacks)


def test_a_failure_is_marked_and_its_text_left_out(monkeypatch: pytest.MonkeyPatch) -> None:

    def fail(*_: object) -> NoReturn:
        raise RuntimeError(real(0))

    monkeypatch.setattr(MemoryStore, "find_route", fail)
    traced = Traced()
    traced.call(real(0))
    spans = traced.spans()
    callback, route = spans["/infobip/callback"], spans["store find_route"]
    assert dict(callback.attributes or {}) == {"masking.outcome": "failed", "masking.reason": "HTTP_500"}
    assert dict(route.attributes or {}) == {"masking.outcome": "UNEXPECTED"}
    assert {span.status.status_code for span in (callback, route)} == {StatusCode.ERROR}
    assert [event for span in spans.values() for event in span.events] == []
    assert real(0)[1:] not in "".join(span.to_json() for span in spans.values())


def test_traces_are_off_until_a_collector_is_named() -> None:
    assert load_settings({}).traces == ""
    assert load_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}).traces == "otlp"
    assert load_settings({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318"}).traces == "otlp"
    off = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "MASKING_TRACES": "none"}
    assert load_settings(off).traces == ""


def test_without_the_extra_that_is_said_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "_LIBRARIES", ("opentelemetry.nonsense.sdk",))
    assert traces.open_traces("", "masking") is None
    with pytest.raises(SettingsError, match=r"pip install 'masking\[otel\]'"):
        traces.open_traces("otlp", "masking")


def test_without_traces_nothing_of_opentelemetry_is_imported() -> None:
    program = (
        "import sys; from adapters.composition import compose; from adapters.grpc_server import server;"
        "import webhook_edge.server; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_services_without_telemetry_have_metrics_and_no_traces() -> None:
    services = wire(open_store("memory://"), World(open_store("memory://")).vault)
    assert replace(services).telemetry.traces is None
