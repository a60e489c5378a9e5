"""The real servers under load and abuse, with everything that watches them turned on: nobody's number gets out."""

import json
import random
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import grpc
import httpx
import pytest

from adapters.telemetry.catalogue import METRICS
from e2e.collector import Collector
from e2e.site import CREDENTIAL, PATIENCE, POOL, Site
from masking.v1 import session_service_pb2 as pb
from masking_core.signature import sign
from support.world import real, virtual
from telemetry.scraping import names, value

PEOPLE = [real(index) for index in range(300, 340)]
SESSIONS = 25
CALLBACKS = "masking_callback_duration_seconds_count"
FAILURES = "masking_signature_failures_total"


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.stop()


@pytest.fixture
def watched(tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    site = Site(tmp_path, log_format="json")
    site.start("serve-grpc", "serve-edge")
    site.add_pool([virtual(index) for index in range(8)])
    yield site
    site.stop()


def test_no_log_metric_trace_or_error_has_a_real_number(watched: Site, collector: Collector, tmp_path: Path) -> None:
    errors: list[str] = []
    with ThreadPoolExecutor(4) as threads:
        for told in threads.map(lambda index: a_ride(watched, index), range(SESSIONS)):
            errors += told
    edge_metrics = scrape(watched.ops_address, has_counted_all)
    grpc_metrics = scrape(watched.grpc_ops_address, lambda page: value(page, "masking_store_up") == 1)
    watched.stop()
    logs = b"".join((tmp_path / f"{server}.log").read_bytes() for server in ("serve-grpc", "serve-edge"))
    traces = b"".join(collector.received)

    said = {
        "logs": logs,
        "metrics": edge_metrics + grpc_metrics,
        "traces": traces,
        "errors": "\n".join(errors).encode(),
    }
    digits = [number.removeprefix("+44") for number in PEOPLE]
    for where, text in said.items():
        assert [number for number in digits if number.encode() in text] == [], where
        assert len(text) > 5_000, where
    assert b"find_route" in traces
    assert b"masking.v1.SessionService/OpenSession" in traces
    assert value(edge_metrics, CALLBACKS, answer="dial") == 2 * SESSIONS
    assert value(edge_metrics, FAILURES, flaw="wrong") == SESSIONS
    assert value(grpc_metrics, "masking_rpc_duration_seconds_count", code="OK") > 2 * SESSIONS  # type: ignore[operator]
    assert value(grpc_metrics, "masking_pool_active_sessions") == 0
    assert names(edge_metrics) | names(grpc_metrics) == {metric.name for metric in METRICS}
    lines = [json.loads(line) for line in logs.splitlines() if line.startswith(b"{")]
    of_webhooks = [line for line in lines if re.search(r"/infobip/\w+ answers", line["message"])]
    assert {re.search(r"answers (\d+)", line["message"])[1] for line in of_webhooks} == {"400", "401"}  # type: ignore[index] # found above
    assert all(line["correlation_id"] for line in of_webhooks)


def has_counted_all(page: bytes) -> bool:
    """Whether the edge's processes have told of every call, and of what came after the last one."""
    dialled, wrong = value(page, CALLBACKS, answer="dial"), value(page, FAILURES, flaw="wrong")
    return (dialled, wrong) == (2 * SESSIONS, SESSIONS)


def a_ride(site: Site, index: int) -> list[str]:
    """A session, its calls, and everything that could go wrong with them; the errors that came of it."""
    a, b = PEOPLE[index % len(PEOPLE)], PEOPLE[(index * 7 + 1) % len(PEOPLE)]
    if a == b:
        b = PEOPLE[(index * 7 + 2) % len(PEOPLE)]
    errors = list(refused_rpcs(site, a, b))
    session = site.open(a, b)
    for caller, participant in zip((a, b), session.participants, strict=True):
        site.call(caller, participant.proxy_number)
    site.report(**{"from": a[1:], "transferTo": b[1:], "to": session.participants[0].proxy_number[1:]})
    errors += abused(site, a, b, random.Random(index))
    site.close(session)
    return errors


def refused_rpcs(site: Site, a: str, b: str) -> Iterator[str]:
    """RPCs with real numbers where something might repeat them, in metadata too."""
    metadata = (
        ("x-request-id", a),
        ("traceparent", f"00-{b[1:]:0>32}-{a[1:]:0>16}-01"),
        ("tracestate", f"who={a[1:]}"),
    )
    for request in (
        pb.OpenSessionRequest(pool=POOL, participants=[pb.Participant(phone_numbers=[each]) for each in (a, a)]),
        pb.OpenSessionRequest(pool=POOL, participants=[pb.Participant(phone_numbers=[f"{b}x"])]),
        pb.OpenSessionRequest(pool=f"pools/{a}"),
    ):
        with pytest.raises(grpc.RpcError) as raised:
            site.sessions.OpenSession(request, metadata=metadata)
        yield str(raised.value)
    with pytest.raises(grpc.RpcError) as raised:
        site.sessions.GetSession(pb.GetSessionRequest(name=f"sessions/{a}"), metadata=metadata)
    yield str(raised.value)
    with pytest.raises(grpc.RpcError) as raised:
        site.channel.unary_unary(f"/{a}/{b}", request_serializer=bytes, response_deserializer=bytes)(a.encode())
    yield str(raised.value)


def abused(site: Site, a: str, b: str, rng: random.Random) -> Iterator[str]:
    """Requests that the edge refuses."""
    url = f"http://{site.edge_address}/infobip/callback"
    headers = {"x-request-id": a, "tracestate": f"who={b[1:]}"}
    body = json.dumps({"from": a[1:], "to": b[1:], "correlationId": a, "nmCorrelationId": b}).encode()
    forged = f"{CREDENTIAL.api_id}:{'0' * 64}"
    for path, content, authorization in (
        ("/infobip/callback", body, forged),
        ("/infobip/callback", body, f"{a}:{b}"),
        ("/infobip/callback", body[:-5], sign(url, body[:-5], CREDENTIAL)),
        (f"/infobip/callback/{a}", body, forged),
        (f"/{a}?to={b}", body, ""),
    ):
        answer = site.client.post(
            f"http://{site.edge_address}{path}", content=content, headers={**headers, "Authorization": authorization}
        )
        assert answer.status_code >= 400
        yield answer.text
    known = site.client.post(url, content=body, headers={**headers, "Authorization": sign(url, body, CREDENTIAL)})
    assert known.status_code == 200
    yield raw(site, b"GET /" + a.encode() + b" HTTP/9\r\n" + b.encode() + b"\r\n\r\n")
    yield raw(site, rng.randbytes(64) + a.encode() + rng.randbytes(64) + b"\r\n\r\n")


def raw(site: Site, request: bytes) -> str:
    """What is answered to bytes that are no HTTP."""
    host, _, port = site.edge_address.partition(":")
    with socket.create_connection((host, int(port))) as connection, suppress(OSError):
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read().decode(errors="replace")
    return ""


def scrape(address: str, complete: Callable[[bytes], bool]) -> bytes:
    """The metrics, once every process has told what it counted, or as they are when that takes too long."""
    end = time.monotonic() + PATIENCE
    while True:
        page = httpx.get(f"http://{address}/metrics").raise_for_status().content
        if complete(page) or time.monotonic() > end:
            return page
        time.sleep(0.05)
