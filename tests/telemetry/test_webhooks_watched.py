"""What the edge tells of webhooks: how each was answered, for which reason, and what was wrong with a signature."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import falcon
import pytest

from adapters.logs import OneLineFormatter
from adapters.storage.memory.store import MemoryStore
from adapters.telemetry.exposition import Exposition
from adapters.telemetry.telemetry import Telemetry
from edge.edge_client import CALLBACK_URL, CREDENTIAL, Provider, callback_body, services
from masking_core.errors import StoreUnavailable
from masking_core.matching import RouteMatch
from masking_core.sealed import LookupKey
from masking_core.signature import Credential, sign
from support.world import World, proxies, real, virtual
from telemetry.scraping import samples, value

CALLBACKS = "masking_callback_duration_seconds_count"
REPORTS = "masking_status_report_duration_seconds_count"
FLAWS = "masking_signature_failures_total"


class Store(MemoryStore):
    """A memory store with an outage at hand."""

    problem: Exception | None = None

    def find_route(self, dialled: str, callers: Sequence[LookupKey]) -> RouteMatch | None:
        if self.problem is not None:
            raise self.problem
        return super().find_route(dialled, callers)


class Edge(Provider):
    """An edge whose metrics are looked at."""

    def __init__(self, **changes: Any) -> None:
        self.store = Store()
        self.world = World(self.store)
        self.world.pool(4)
        self.telemetry = Telemetry()
        super().__init__(replace(services(self.world), telemetry=self.telemetry), **changes)
        self.exposition = Exposition(self.telemetry.metrics)

    def told(self, name: str) -> dict[tuple[str, ...], float]:
        """The values of one metric that are not zero, by those of its labels in the order of their names."""
        return {
            tuple(label for _, label in sorted(labels)): number
            for (its, labels), number in samples(self.exposition.text()).items()
            if its == name and number
        }


@pytest.fixture
def edge(folder: str) -> Edge:
    del folder
    return Edge()


def test_every_answer_is_told_with_its_reason(edge: Edge) -> None:
    dialled = proxies(edge.world.open(0, 1))[0]
    edge.call(real(0), dialled)
    edge.call(real(7), dialled)
    edge.call(None, dialled)
    edge.call(real(0), virtual(9))
    edge.callback(b"{}")
    edge.client.simulate_get("/infobip/callback")
    assert edge.told(CALLBACKS) == {
        ("dial", "ACTIVE_SESSION"): 1,
        ("play", "NO_SESSION"): 1,
        ("play", "CALLER_WITHHELD"): 1,
        ("play", "UNKNOWN_NUMBER"): 1,
        ("refused", "HTTP_400"): 1,
        ("refused", "HTTP_405"): 1,
    }


def test_reports_are_told_apart_from_callbacks(edge: Edge) -> None:
    edge.status(b'{"action":"dial"}')
    edge.status(b"[]")
    assert edge.told(REPORTS) == {("kept", "OK"): 1, ("refused", "HTTP_400"): 1}
    assert edge.told(CALLBACKS) == {}


def test_callers_who_hear_that_the_service_is_unavailable_are_told(edge: Edge) -> None:
    edge.store.problem = StoreUnavailable("away")
    edge.call(real(0), virtual(0))
    assert edge.told(CALLBACKS) == {("unavailable", "STORE_UNAVAILABLE"): 1}
    silent = Edge(unavailable_audio="")
    silent.store.problem = StoreUnavailable("away")
    assert silent.callback(callback_body(real(0), virtual(0))).status_code == 503
    silent.store.problem = RuntimeError(real(0))
    assert silent.callback(callback_body(real(0), virtual(0))).status_code == 500
    assert silent.told(CALLBACKS) == {("unavailable", "STORE_UNAVAILABLE"): 2, ("failed", "HTTP_500"): 1}


def test_what_is_wrong_with_a_signature_is_told_to_the_operator_and_not_to_the_sender(edge: Edge) -> None:
    body = callback_body(real(0), virtual(0))
    stranger, forger = Credential("nobody", "key"), Credential(CREDENTIAL.api_id, "guessed")
    headers = [
        {},
        {"Authorization": "x" * 400},
        {"Authorization": "no colon in it"},
        {"Authorization": sign(CALLBACK_URL, body, stranger)},
        {"Authorization": sign(CALLBACK_URL, body, forger)},
    ]
    answers = {edge.post("/infobip/callback", body, each).text for each in headers}
    assert answers == {'{"error":"the signature does not verify"}'}
    edge.post("/infobip/status", body)
    assert edge.told(CALLBACKS) == {("refused", "SIGNATURE_REFUSED"): 5}
    assert edge.told(FLAWS) == {
        ("missing", "CALLBACK"): 1,
        ("malformed", "CALLBACK"): 2,
        ("unknown_signer", "CALLBACK"): 1,
        ("wrong", "CALLBACK"): 1,
        ("missing", "REPORT"): 1,
    }


def test_what_is_no_webhook_makes_no_series(edge: Edge) -> None:
    for path in ("/", f"/{real(0)}", "/infobip", "/infobip/callback/more", "/audio/not-allowed.mp3"):
        edge.client.simulate_get(path)
    page = edge.exposition.text()
    assert value(page, CALLBACKS) is None
    assert value(page, REPORTS) is None


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """The lines that were logged, each formatted when it was."""
    told: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(OneLineFormatter().format(record))

    handler = Lines()
    logging.getLogger().addHandler(handler)
    with caplog.at_level(logging.INFO):
        yield told
    logging.getLogger().removeHandler(handler)


def test_every_line_of_a_webhook_carries_the_provider_s_correlation_id(edge: Edge, lines: list[str]) -> None:
    edge.store.problem = StoreUnavailable("away")
    edge.callback(callback_body(real(0), virtual(0), "call-4711"))
    edge.callback(callback_body(real(0), virtual(0), f"call-{real(0)[1:]}"))
    edge.post("/infobip/callback", b"{}")
    first, second, third = lines
    assert first.endswith(" correlation_id=call-4711-r")
    for line in (second, third):
        assert real(0)[1:] not in line
        assert len(line.rpartition("correlation_id=")[2]) == 16
    assert falcon.HTTP_401[:3] in third
