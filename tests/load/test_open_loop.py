"""The benchmark's load generator: what it tells of a server that stalls, refuses and hangs up."""

import json
import runpy
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

RATE, SECONDS, CONNECTIONS = 1_000, 3, 8
STALL = 0.5
GENERATOR = Path(__file__).parents[2] / "benchmarks" / "latency" / "generator.py"

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


class Server:
    """Answers a request for each time that it hears something, in two parts."""

    def __init__(self) -> None:
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.heard = 0
        self.stalls_at = self.refuses_at = self.hangs_up_at = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        clients: list[socket.socket] = []
        while not self.ended.is_set():
            for ready in select.select([self.door, *clients], [], [], 0.1)[0]:
                if ready is self.door:
                    clients.append(self.door.accept()[0])
                    clients[-1].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                elif not self.answer(ready):
                    clients.remove(ready)
                    ready.close()
        for each in (self.door, *clients):
            each.close()

    def answer(self, client: socket.socket) -> bool:
        if not client.recv(65_536):
            return False
        self.heard += 1
        if self.heard == self.hangs_up_at:
            return False
        if self.heard == self.stalls_at:
            time.sleep(STALL)
        status = b"503 Busy" if self.heard == self.refuses_at else b"200 OK"
        client.sendall(b"HTTP/1.1 %s\r\ncontent-Len" % status)
        client.sendall(b"gth: 2\r\n\r\n{}")
        return True


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.ended.set()
    server.thread.join()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = runpy.run_path(str(GENERATOR))["generator"](tmp_path_factory.mktemp("generator"))
    return made


def load(program: Path, server: Server, folder: Path) -> dict[str, Any]:
    """What the generator tells of a load on the server."""
    requests = folder / "requests"
    requests.write_bytes(b"5\nhello7\nanother" * 100)
    command = [str(program), str(server.port), str(RATE), str(SECONDS), str(CONNECTIONS), str(requests)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(told))


def test_whoever_was_to_be_answered_during_a_stall_waited_though_nobody_could_ask(
    program: Path, server: Server, tmp_path: Path
) -> None:
    server.stalls_at = 500
    told = load(program, server, tmp_path)
    assert told["failures"] == 0
    assert told["requests"] == server.heard
    assert abs(told["requests"] - RATE * SECONDS) < 6 * (RATE * SECONDS) ** 0.5
    assert told["max"] >= STALL * 1e6
    # Half a second's requests waited, some 500 of 3,000, and not the eight alone that were under way.
    assert told["p90"] >= STALL * 1e6 / 5
    assert told["repeated"]


def test_refusals_and_lost_connections_are_failures_and_the_load_goes_on(
    program: Path, server: Server, tmp_path: Path
) -> None:
    server.refuses_at, server.hangs_up_at = 100, 200
    told = load(program, server, tmp_path)
    assert told["failures"] == 2
    assert told["requests"] == server.heard - 1
