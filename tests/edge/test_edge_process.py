"""The edge as it is run: real processes, real sockets."""

import contextlib
import http.client
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.edge_client import CALLBACK_URL, CREDENTIAL, STATUS_URL, callback_body, signed_request
from edge.edge_process import PATIENCE, SERVE, EdgeProcess, eventually, seeded
from masking_core.signature import sign
from support.ports import free_ports
from support.world import World, proxies, real, virtual

Start = Callable[..., EdgeProcess]

SLOW_TO_BOOT = """
import os, time
from pathlib import Path
def wait():
    Path("booting").touch()
    while not Path("go on").exists():
        time.sleep(0.01)
os.register_at_fork(after_in_child=wait)
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with seeded(tmp_path) as world:
        yield world


@pytest.fixture
def start(world: World, tmp_path: Path) -> Iterator[Start]:
    """Starts an edge over the world's store; whatever is left of it afterwards is ended."""
    del world
    started: list[EdgeProcess] = []

    def begin(program: str = SERVE, port: int | None = None, **variables: str) -> EdgeProcess:
        started.append(EdgeProcess(tmp_path, port or free_ports(1)[0], program, **variables))
        return started[-1]

    yield begin
    for edge in started:
        if edge.process.poll() is None:
            edge.end(signal.SIGTERM)


def test_a_call_gets_through_and_its_report_is_kept(start: Start, world: World) -> None:
    world.pool()
    session = world.open(1, 2)
    edge = start(MASKING_EDGE_WORKERS="2").ready()
    body = callback_body(real(1), proxies(session)[0])
    report = b'{"clientReferenceId":"%s.c","from":"%s"}' % (session.session.session_id.encode(), real(1)[1:].encode())

    status, answer = edge.post("/infobip/callback", body, sign(CALLBACK_URL, body, CREDENTIAL))
    kept, _ = edge.post("/infobip/status", report, sign(STATUS_URL, report, CREDENTIAL, is_status=True))
    refused, _ = edge.post("/infobip/callback", body, "made-up-id:0")

    assert (status, kept, refused) == (200, 200, 401)
    assert f'"phoneNumber":"{real(2)[1:]}"'.encode() in answer
    assert edge.probe("/readyz")[0] == 200
    assert edge.end() == 0
    assert world.reports.of_session(session.session.session_id) == [report]
    assert all(secret not in edge.log for secret in (real(1)[1:], real(2)[1:], "made-up"))


def test_what_is_no_http_is_refused_in_one_line_and_not_logged(start: Start) -> None:
    edge = start().ready()
    long = b"x" * 9_000

    for said, status in (
        (b"secret 447700900001\r\n\r\n", b"400"),
        (b"GET /x HTTP/9.9\r\n\r\n", b"400"),
        (b"GET /x HTTP/1.1\r\nsecret: a\x00b\r\n\r\n", b"400"),
        (b"GET /x HTTP/1.1\r\nsecret 447700900001\r\n\r\n", b"400"),
        (b"GET /x HTTP/1.1\r\nSecret: " + long + b"\r\n\r\n", b"431"),
        (b"GET /" + long + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET /x HTTP/1.1\r\n" + b"Secret: 1\r\n" * 100 + b"\r\n", b"431"),
        (b"POST /infobip/callback HTTP/1.1\r\nContent-Length: secret\r\n\r\n", b"400"),
        (b"POST /infobip/callback HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"POST /infobip/callback HTTP/1.1\r\nTransfer-Encoding: secret\r\n\r\n", b"400"),
        (b"POST /infobip/callback HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n", b"400"),
    ):
        head, _, body = edge.say(said).partition(b"\r\n\r\n")
        assert head.split()[1] == status, said
        assert b"application/json" in head
        assert body.startswith(b'{"error":"')
        assert b"secret" not in body.lower()
    assert edge.answers()
    assert "secret" not in edge.log.lower()
    assert "xxx" not in edge.log
    assert "Traceback" not in edge.log


def in_chunks(request: bytes) -> bytes:
    """The same request, its body in one chunk."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    return b"\r\n".join((*lines, b"Transfer-Encoding: chunked", b"", framed))


def test_requests_that_come_at_once_are_answered_in_their_order_whoever_reads_them(start: Start, world: World) -> None:
    world.pool()
    dialled = proxies(world.open(1, 2))
    edge = start().ready()
    one, other = (signed_request(callback_body(real(1 + side), dialled[side], f"call-{side}")) for side in (0, 1))
    forged = one.replace(b"Authorization: ", b"Authorization: made-up-")
    look = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"

    # Plain callbacks are read here and everything else by gunicorn, on one connection that stays.
    told = edge.say(one, in_chunks(other), look, other + one + forged, one.replace(b"Host: x", b"Connection: close"))

    answers = told.split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"200", b"404", b"200", b"200", b"401", b"200"]
    called = [real(2) if answer.count(real(2)[1:].encode()) else real(1) for answer in answers if answer[:3] == b"200"]
    assert called == [real(2), real(1), real(1), real(2), real(2)]


def test_nothing_that_is_smuggled_behind_a_request_is_answered(start: Start, world: World) -> None:
    world.pool()
    dialled = proxies(world.open(1, 2))
    edge = start().ready()
    honest, hidden = (signed_request(callback_body(real(1 + side), dialled[side])) for side in (0, 1))

    for smuggler in (
        honest.replace(b"Content-Length: ", b"Transfer-Encoding: chunked\r\nContent-Length: "),
        honest.replace(b"Content-Length: ", b"Content-Length: 0\r\nContent-Length: "),
        honest.replace(b"Content-Length: ", b"Content-Length : "),
        honest.replace(b"Content-Length: ", b"Content-Length: 1_"),
        in_chunks(honest).replace(b"0\r\n\r\n", b"0\nx"),
    ):
        told = edge.say(smuggler + hidden)
        assert told.count(b"HTTP/1.1 ") == 1
        assert told.startswith(b"HTTP/1.1 4")
        assert real(1)[1:].encode() not in told


def test_a_chunked_webhook_is_understood_and_an_endless_one_is_cut_short(start: Start) -> None:
    edge = start(MASKING_WEBHOOK_AUTH="none").ready()
    head = b"POST /infobip/callback HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = callback_body(real(1), virtual(0))
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"

    assert edge.say(head, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)).startswith(b"HTTP/1.1 200")
    assert edge.say(head, chunk * 16, b"1\r\n \r\n").startswith(b"HTTP/1.1 413")
    assert "whoever reaches this port is believed" in edge.log


class Load:
    """Clients that ask without pause until the port is closed, over new connections and kept ones in turn."""

    def __init__(self, port: int, clients: int = 8) -> None:
        self.answered = 0
        self.broken: list[str] = []
        self._port = port
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._ask, args=(("close", "keep-alive")[index % 2],)) for index in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)

    def _ask(self, connection_header: str) -> None:
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            try:
                connection.connect()
            except ConnectionRefusedError:
                return
            with contextlib.closing(connection):
                while self._ask_once(connection, connection_header):
                    pass

    def _ask_once(self, connection: http.client.HTTPConnection, connection_header: str) -> bool:
        try:
            connection.request("GET", "/audio/call-recorded.mp3", headers={"Connection": connection_header})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            with self._lock:
                self.broken.append(repr(error))
            return False
        with self._lock:
            self.answered += answer.status == 200
        return not answer.will_close


@pytest.mark.parametrize("sign_", [signal.SIGTERM, signal.SIGINT])
def test_no_request_is_dropped_when_the_edge_stops_under_load(start: Start, sign_: int) -> None:
    edge = start(MASKING_EDGE_WORKERS="2", MASKING_EDGE_THREADS="4").ready()
    load = Load(edge.port)
    eventually(lambda: load.answered > 200, "some load is served")

    assert edge.end(sign_) == 0
    load.join()

    assert load.broken == []


def test_a_worker_that_dies_is_replaced(start: Start) -> None:
    edge = start().ready()
    (worker,) = edge.workers()

    os.kill(worker, signal.SIGKILL)

    eventually(lambda: edge.workers() not in ([], [worker]), "there is another worker")
    edge.ready()


def test_workers_finish_and_end_when_their_master_dies(start: Start) -> None:
    edge = start(MASKING_EDGE_WORKERS="2").ready()
    load = Load(edge.port)
    eventually(lambda: load.answered > 50, "some load is served")

    edge.end(signal.SIGKILL)
    load.join()

    assert load.broken == []


def test_a_port_that_is_taken_is_said_in_one_sentence(start: Start) -> None:
    first = start().ready()
    second = start(port=first.port)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        third = start(port=listening.getsockname()[1])

        for edge in (second, third):
            assert edge.process.wait(PATIENCE) == 1
    assert third.log == f"cannot listen at 127.0.0.1:{third.port}: Address already in use\n"
    assert f"cannot listen at 127.0.0.1:{first.port}: Address already in use\n" in first.log
    assert first.answers()


def test_an_edge_that_could_verify_nothing_does_not_start(start: Start) -> None:
    edge = start(MASKING_WEBHOOK_CREDENTIALS="")

    assert edge.process.wait(PATIENCE) == 1
    assert edge.log.startswith("there are no webhook credentials: set MASKING_WEBHOOK_CREDENTIALS")
    assert edge.log.count("\n") == 1


IN_ONE_PROCESS = """
import os
from adapters.composition import wire
from adapters.sealing.vault import RingVault
from adapters.settings import load_settings
from adapters.storage.registry import open_store
from webhook_edge.server import run

def begin():
    print("companion begins in", os.getpid(), flush=True)
    return lambda: print("companion ends in", os.getpid(), flush=True)

run(load_settings(), wire(open_store("memory://"), RingVault.random()), begin)
"""


def test_what_shares_a_store_in_memory_runs_in_the_one_worker(start: Start) -> None:
    edge = start(IN_ONE_PROCESS, MASKING_EDGE_WORKERS="4").ready()
    (worker,) = edge.workers()

    assert edge.probe("/readyz")[0] == 200
    assert edge.end() == 0

    begun, ended = (edge.log.index(f"companion {word} in {worker}\n") for word in ("begins", "ends"))
    assert begun < ended
    assert edge.log.count("companion") == 2


PLAIN_GUNICORN = """
import os, sys
from gunicorn.app.wsgiapp import run

sys.argv = [
    "gunicorn", "--bind", os.environ["MASKING_EDGE_ADDRESS"], "--no-control-socket", "webhook_edge.wsgi:application()"
]
run()
"""


def test_the_application_runs_under_a_server_of_ones_own(start: Start) -> None:
    edge = start(PLAIN_GUNICORN).ready()
    body = callback_body(real(1), virtual(0))

    status, answer = edge.post("/infobip/callback", body, sign(CALLBACK_URL, body, CREDENTIAL))

    assert status == 200
    assert b"not-in-service" in answer
    assert edge.end() == 0


def test_a_worker_that_is_told_to_end_before_it_has_begun_ends(start: Start, tmp_path: Path) -> None:
    edge = start(SLOW_TO_BOOT + SERVE)
    eventually((tmp_path / "booting").exists, "a worker boots")
    edge.process.send_signal(signal.SIGTERM)
    eventually(lambda: "Handling signal: term" in edge.log, "the master ends")
    (tmp_path / "go on").touch()
    assert edge.process.wait(PATIENCE) == 0
    assert edge.log.count("Worker exiting") == edge.log.count("Booting worker") == 1
