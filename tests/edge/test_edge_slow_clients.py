"""Clients that send slowly, read slowly or say nothing: hundreds of them hold nobody up."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.edge_client import callback_body, signed_request
from edge.edge_process import PATIENCE, EdgeProcess, eventually, seeded
from support.ports import free_ports
from support.world import World, proxies, real

EACH = 100
PORTION = b"GET /audio/not-allowed.mp3 HTTP/1.1\r\nHost: x\r\n\r\n"
SMALL_WINDOW = 4_096


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with seeded(tmp_path) as world:
        world.pool()
        yield world


@pytest.fixture
def clients() -> Iterator[contextlib.ExitStack]:
    """Closes what it is given."""
    with contextlib.ExitStack() as stack:
        yield stack


class Site:
    """An edge of two threads, and a session to call in."""

    def __init__(self, folder: Path, world: World, **variables: str) -> None:
        variables = {"MASKING_EDGE_THREADS": "2", **variables}
        self.edge = EdgeProcess(folder, free_ports(1)[0], **variables).ready()
        self._dialled = proxies(world.open(1, 2))[0]
        self._calls = 0

    def request(self) -> bytes:
        """A genuine callback, as bytes."""
        self._calls += 1
        body = callback_body(real(1), self._dialled, f"call-{self._calls}")
        return signed_request(body)

    def genuine_are_answered(self, times: int = 20) -> bool:
        """Whether callbacks, each over a connection of its own, all reach the other participant."""
        for _ in range(times):
            with self.edge.connect() as client:
                client.sendall(self.request())
                if not connects(client):
                    return False
        return True


def connects(client: socket.socket) -> bool:
    """Whether the answer that comes has the other participant dialled."""
    heard = b""
    while not heard.endswith(b"}") and (part := client.recv(65_536)):
        heard += part
    return heard.startswith(b"HTTP/1.1 200") and real(2)[1:].encode() in heard


@pytest.fixture
def site(world: World, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, world, MASKING_EDGE_REQUEST_SECONDS="600")
    yield site
    site.edge.end()


def test_hundreds_of_slow_clients_hold_up_no_genuine_call(site: Site, clients: contextlib.ExitStack) -> None:
    request = site.request()
    heads, bodies, silent, readers = (
        [clients.enter_context(site.edge.connect()) for _ in range(EACH)] for _ in range(4)
    )
    for client in bodies:
        client.sendall(request[: request.index(b"\r\n\r\n") + 4])
    for client in readers:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)
        client.sendall(PORTION * 100)

    for at in range(8):
        for client in heads:
            client.sendall(request[at : at + 1])
        for client in bodies:
            client.sendall(b" ")
        assert site.genuine_are_answered()

    for client in heads:
        client.sendall(request[8:])
    for client in silent:
        client.sendall(site.request())
    assert all(map(connects, heads))
    assert all(map(connects, silent))
    assert {client.recv(12) for client in readers} == {b"HTTP/1.1 200"}
    assert "Traceback" not in site.edge.log


def test_who_has_been_silent_longest_makes_room_for_who_comes(
    world: World, tmp_path: Path, clients: contextlib.ExitStack
) -> None:
    site = Site(tmp_path, world, MASKING_EDGE_CONNECTIONS="100", MASKING_EDGE_REQUEST_SECONDS="600")
    silent = [clients.enter_context(site.edge.connect()) for _ in range(300)]

    assert site.genuine_are_answered()
    assert silent[0].recv(1) == b""
    silent[-1].sendall(site.request())
    assert connects(silent[-1])
    assert site.edge.end() == 0


def test_what_does_not_arrive_in_time_is_refused_and_what_says_nothing_is_closed(
    world: World, tmp_path: Path, clients: contextlib.ExitStack
) -> None:
    site = Site(tmp_path, world, MASKING_EDGE_REQUEST_SECONDS="5")
    head, body, silent, broken = (clients.enter_context(site.edge.connect()) for _ in range(4))
    head.sendall(b"POST /infobip/call")
    body.sendall(b"POST /infobip/callback HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
    broken.sendall(b"POST /infobip/callback HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
    broken.shutdown(socket.SHUT_WR)

    assert [client.recv(12) for client in (head, body)] == [b"HTTP/1.1 408"] * 2
    assert broken.recv(12) == b"HTTP/1.1 400"
    assert silent.recv(12) == b""
    assert site.edge.end() == 0


def test_a_client_that_never_takes_its_answer_is_parted_with(
    world: World, tmp_path: Path, clients: contextlib.ExitStack
) -> None:
    site = Site(tmp_path, world, MASKING_EDGE_REQUEST_SECONDS="5")
    reader = clients.enter_context(site.edge.connect())
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)
    reader.settimeout(PATIENCE)

    def parted() -> bool:
        try:
            reader.sendall(PORTION * 100)
        except OSError:
            return True
        return False

    eventually(parted, "the edge parts with who does not read")
    assert site.edge.end() == 0


def test_a_client_that_waits_for_a_word_before_the_body_hears_it(site: Site, clients: contextlib.ExitStack) -> None:
    head, _, body = site.request().partition(b"\r\n\r\n")
    client = clients.enter_context(site.edge.connect())

    client.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert client.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(body)

    assert connects(client)


def test_requests_in_a_row_are_answered_in_their_order(site: Site, clients: contextlib.ExitStack) -> None:
    client = clients.enter_context(site.edge.connect())

    client.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n" + site.request() + b"GET /y HTTP/1.0\r\n\r\n")
    heard = b"".join(iter(lambda: client.recv(65_536), b""))

    assert [part[2:5] for part in heard.split(b"HTTP/1.")[1:]] == [b"404", b"200", b"404"]


def test_who_is_not_on_the_list_is_refused_before_a_body_comes(
    world: World, tmp_path: Path, clients: contextlib.ExitStack
) -> None:
    site = Site(tmp_path, world, MASKING_EDGE_ALLOW="192.0.2.0/24")
    client = clients.enter_context(site.edge.connect())

    client.sendall(b"POST /infobip/callback HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")

    assert client.recv(12) == b"HTTP/1.1 403"
    assert site.edge.probe("/healthz")[0] == 200
    assert site.edge.end() == 0
