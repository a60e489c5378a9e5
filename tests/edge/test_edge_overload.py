"""More callbacks than can be served: the rest is turned away at once, and nobody who waits is forgotten."""

import contextlib
import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.edge_client import callback_body, signed_request
from edge.edge_process import PATIENCE, SERVE, EdgeProcess, eventually, seeded
from support.ports import free_ports
from support.world import World, proxies, real
from telemetry.scraping import value

GATED = """
import threading, time
from pathlib import Path
from masking_core.services.call_routing import CallRouting
route = CallRouting.route
def gated(routing, call):
    Path(f"busy-{threading.get_ident()}").touch()
    while not Path("go on").exists():
        time.sleep(0.01)
    return route(routing, call)
CallRouting.route = gated
"""
THREADS, QUEUE, TOO_MANY = 2, 3, 7


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with seeded(tmp_path) as world:
        world.pool()
        yield world


@pytest.fixture
def edge(tmp_path: Path, world: World) -> Iterator[EdgeProcess]:
    """An edge whose store answers nobody before there is a file ``go on``."""
    del world
    limits = {"MASKING_EDGE_THREADS": f"{THREADS}", "MASKING_EDGE_QUEUE": f"{QUEUE}"}
    edge = EdgeProcess(tmp_path, free_ports(1)[0], GATED + SERVE, **limits).ready()
    yield edge
    (tmp_path / "go on").touch()
    assert edge.end() == 0


def readable(clients: list[socket.socket]) -> list[socket.socket]:
    return select.select(clients, [], [], 0)[0]


def test_what_cannot_wait_is_turned_away_at_once_and_all_that_waits_is_answered(
    edge: EdgeProcess, world: World, tmp_path: Path
) -> None:
    dialled = proxies(world.open(1, 2))[0]

    def request(call: int) -> bytes:
        body = callback_body(real(1), dialled, f"call-{call}")
        return signed_request(body)

    with contextlib.ExitStack() as stack:
        busy, others = (
            [stack.enter_context(edge.connect()) for _ in range(number)] for number in (THREADS, QUEUE + TOO_MANY)
        )
        for number, client in enumerate(busy):
            client.sendall(request(number))
        eventually(lambda: len(list(tmp_path.glob("busy-*"))) == THREADS, "every thread is busy")
        for number, client in enumerate(others, THREADS):
            client.sendall(request(number))
        eventually(lambda: len(readable(others)) == TOO_MANY, "those too many are turned away")

        shed = readable(others)
        for client in shed:
            head, _, body = client.recv(65_536).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n")
            assert body == b'{"error":"too busy to answer in time"}'
        assert edge.probe("/readyz")[0] == 200
        eventually(lambda: "overload: some" in edge.log, "the log tells")
        assert value(edge.probe("/metrics")[1], "masking_shed_requests_total", why="full") == TOO_MANY
        assert not readable(busy)

        (tmp_path / "go on").touch()
        for client in (*busy, *(each for each in others if each not in shed)):
            assert client.recv(65_536).startswith(b"HTTP/1.1 200")
        for number, client in enumerate(shed, 100):
            client.settimeout(PATIENCE)
            client.sendall(request(number))
            assert client.recv(65_536).startswith(b"HTTP/1.1 200")
