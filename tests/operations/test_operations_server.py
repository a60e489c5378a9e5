"""What the operations listener answers, over real sockets."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Event

import pytest

from adapters.operations import OperationsServer, Page

PATIENCE = 60.0


@pytest.fixture
def gate() -> Iterator[Event]:
    gate = Event()
    yield gate
    gate.set()


@pytest.fixture
def server(gate: Event) -> Iterator[OperationsServer]:
    def slow() -> Page:
        gate.wait(PATIENCE)
        return Page(b"late")

    pages = {"/one": lambda: Page(b"1", status=503, content_type="text/plain"), "/slow": slow}
    server = OperationsServer("127.0.0.1:0", pages)
    server.start()
    yield server
    server.stop()


def ask(server: OperationsServer, method: str, path: str) -> tuple[int, str | None, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()


def test_a_page_is_answered_as_it_was_made(server: OperationsServer) -> None:
    assert ask(server, "GET", "/one?verbose=1") == (503, "text/plain", b"1")
    assert ask(server, "HEAD", "/one") == (503, "text/plain", b"")


def test_what_is_no_page_is_not_found(server: OperationsServer) -> None:
    status, content_type, _ = ask(server, "GET", "/secret-447700900001")

    assert (status, content_type) == (404, "application/json")


def test_a_page_that_takes_its_time_and_clients_that_say_nothing_hold_no_other_up(
    server: OperationsServer, gate: Event, capfd: pytest.CaptureFixture[str]
) -> None:
    silent = [socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) for _ in range(20)]
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as waiting:
        waiting.request("GET", "/slow")

        assert ask(server, "GET", "/one")[0] == 503

        gate.set()
        assert waiting.getresponse().read() == b"late"
    for client in silent:
        client.close()
    assert capfd.readouterr() == ("", "")


def test_two_may_listen_at_one_address_and_what_is_no_address_is_refused(server: OperationsServer) -> None:
    second = OperationsServer(f"127.0.0.1:{server.port}", {})
    second.start()
    second.stop()

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        OperationsServer(f"127.0.0.1:{taken.getsockname()[1]}", {})
