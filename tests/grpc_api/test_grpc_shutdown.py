import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2

from adapters.composition import Services
from adapters.grpc_server.ending import Ending
from adapters.grpc_server.readiness import CannotServeError
from adapters.grpc_server.server import GrpcServer
from adapters.sealing.key_file import KeyFile
from grpc_api.asking import opening
from grpc_api.gated_store import GatedStore
from grpc_api.grpc_caller import Api
from grpc_api.polling import eventually
from masking.v1 import number_service_pb2 as number_pb
from masking.v1 import session_service_pb2 as pb
from masking_core.sessions import SessionQuery
from support.ports import free_ports
from support.world import World, virtual

LONG = 60.0
GONE = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


@pytest.fixture
def store() -> GatedStore:
    return GatedStore()


@pytest.fixture
def stopping(server: GrpcServer) -> Iterator[Thread]:
    """A thread that drains the server, once it is started; the grace is longer than any test."""
    thread = Thread(target=server.stop, args=(LONG,))
    yield thread
    if thread.ident is not None:
        thread.join()


def test_what_was_accepted_is_finished_and_nothing_more_is_accepted(
    api: Api, world: World, store: GatedStore, stopping: Thread
) -> None:
    world.pool(4)
    store.gate.clear()
    accepted = [api.sessions.OpenSession.future(opening(index, index + 100)) for index in range(1, 30)]
    for _ in range(8):
        store.waiting.acquire()
    eventually(lambda: len(store.seconds) == 8)
    stopping.start()
    eventually(lambda: not reachable(api.channel))
    store.gate.set()
    stopping.join()
    outcomes = [outcome(call) for call in accepted]
    kept = {session.session_id for session in store.list_sessions(SessionQuery(limit=100), world.now)}
    acknowledged = {name.removeprefix("sessions/") for name in outcomes if isinstance(name, str)}
    assert len(acknowledged) >= 8
    assert acknowledged == kept
    assert {code for code in outcomes if not isinstance(code, str)} <= GONE


def reachable(channel: grpc.Channel) -> bool:
    call: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
    try:
        call(b"", timeout=1)
    except grpc.RpcError as error:
        refused: Any = error
        return refused.code() not in GONE
    return True


def outcome(call: Any) -> str | grpc.StatusCode:
    """The name of the session that was opened, or why none was."""
    error = call.exception()
    if error is None:
        return str(call.result().session.name)
    code: grpc.StatusCode = error.code()
    return code


def test_under_load_every_session_that_was_opened_was_acknowledged(
    api: Api, world: World, store: GatedStore, server: GrpcServer
) -> None:
    world.pool(8)
    begun = Event()

    def work(worker: int) -> tuple[set[str], set[grpc.StatusCode]]:
        """Open sessions until the server is gone."""
        opened: set[str] = set()
        while True:
            answer = outcome(api.sessions.OpenSession.future(opening(worker, worker + 500)))
            if not isinstance(answer, str):
                return opened, {answer}
            opened.add(answer.removeprefix("sessions/"))
            api.sessions.CloseSession.future(pb.CloseSessionRequest(name=answer)).exception()
            if len(opened) > 10:
                begun.set()

    with ThreadPoolExecutor(12) as workers:
        results = [workers.submit(work, worker) for worker in range(12)]
        begun.wait()
        server.stop(LONG)
        opened = set().union(*(result.result()[0] for result in results))
    assert set().union(*(result.result()[1] for result in results)) <= GONE
    sessions = store.list_sessions(SessionQuery(limit=100_000), world.now)
    assert {session.session_id for session in sessions} == opened


def test_a_watcher_hears_that_the_server_is_going(api: Api, stopping: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.grpc_server.server._FAREWELL_SECONDS", LONG)
    watch = api.health.Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    stopping.start()
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    watch.cancel()


def test_a_watcher_does_not_hold_the_server(api: Api, server: GrpcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.grpc_server.server._FAREWELL_SECONDS", 0)
    watch = api.health.Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    server.stop(LONG)
    with pytest.raises(grpc.RpcError) as raised:
        list(watch)
    ended: Any = raised.value
    assert ended.code() in GONE


def test_what_outlasts_the_grace_is_cut_off(api: Api, world: World, store: GatedStore, server: GrpcServer) -> None:
    world.pool(4)
    store.gate.clear()
    call = api.sessions.OpenSession.future(opening())
    store.waiting.acquire()
    server.stop(grace=0)
    assert outcome(call) in GONE
    store.gate.set()


def test_a_server_can_be_stopped_twice(server: GrpcServer) -> None:
    server.stop(grace=0)
    server.stop(grace=0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_taken_port_is_a_clear_error(services: Services, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"{host}:{taken.getsockname()[1]}"
        server = GrpcServer(services, address, 2)
        with pytest.raises(CannotServeError, match=rf"^cannot listen on {address}: Address already in use$"):
            server.start()
        server.stop(grace=0)


def test_two_servers_do_not_share_a_port(services: Services, server: GrpcServer) -> None:
    second = GrpcServer(services, f"127.0.0.1:{server.port}", 2)
    with pytest.raises(CannotServeError, match="Address already in use"):
        second.start()
    second.stop(grace=0)


def test_an_address_of_another_machine_is_a_clear_error(services: Services) -> None:
    server = GrpcServer(services, "192.0.2.1:50051", 2)
    with pytest.raises(
        CannotServeError, match=r"^cannot listen on 192\.0\.2\.1:50051: Cannot assign requested address$"
    ):
        server.start()
    server.stop(grace=0)


SERVE = """\
import sys
from pathlib import Path
from adapters.grpc_server.server import serve
from adapters.sealing.key_file import KeyFile
from adapters.settings import load_settings
settings = load_settings()
if not settings.keys.exists():
    settings.data_dir.mkdir(exist_ok=True)
    KeyFile.create(settings.keys)
serve(settings)
"""


class Process:
    """A server in a process of its own, on SQLite."""

    def __init__(self, folder: Path) -> None:
        (self.port,) = free_ports(1)
        self.folder = folder
        self._environment = {
            "MASKING_DATA_DIR": str(folder / "data"),
            "MASKING_GRPC_ADDRESS": f"127.0.0.1:{self.port}",
            "MASKING_GRPC_OPS_ADDRESS": "none",
        }
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", SERVE],
            env=self._environment,
            cwd=self.folder,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    process.end()


def serving(api: Api) -> bool:
    try:
        return api.serving()
    except grpc.RpcError:
        return False


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_in_order_and_what_was_acknowledged_stays(
    process: Process, told: signal.Signals
) -> None:
    api = Api(process.port)
    eventually(lambda: serving(api))
    api.numbers.CreatePool(number_pb.CreatePoolRequest(pool_id="ride-uk"))
    numbers = [number_pb.Number(number=virtual(index)) for index in range(4)]
    api.numbers.AddNumbers(number_pb.AddNumbersRequest(pool="pools/ride-uk", numbers=numbers))
    opened = api.sessions.OpenSession(opening()).session
    process.process.send_signal(told)
    _, errors = process.process.communicate()
    assert (process.process.returncode, errors) == (0, "")
    process.process = process.start()
    eventually(lambda: serving(api))
    assert api.sessions.GetSession(pb.GetSessionRequest(name=opened.name)) == opened
    api.channel.close()


def test_a_second_process_on_the_same_port_ends_with_one_sentence(process: Process) -> None:
    api = Api(process.port)
    eventually(lambda: serving(api))
    second = process.start()
    _, errors = second.communicate()
    assert second.returncode == 1
    assert errors.splitlines()[-1].endswith(f"cannot listen on 127.0.0.1:{process.port}: Address already in use")
    api.channel.close()


def test_a_process_with_other_keys_than_its_stores_ends_with_one_sentence(process: Process) -> None:
    api = Api(process.port)
    eventually(lambda: serving(api))
    api.channel.close()
    process.process.terminate()
    process.process.communicate()
    key_file = process.folder / "data" / "keys.toml"
    (key_id,) = KeyFile(key_file).key_ids()
    key_file.unlink()
    KeyFile.create(key_file)
    process.process = process.start()
    _, errors = process.process.communicate()
    assert process.process.returncode == 1
    assert errors.splitlines()[-1].endswith(f"the key file lacks key {key_id}, under which this store is written")


SIGNALLED = """\
from adapters.grpc_server.ending import Ending
with Ending() as ending:
    print("ready", flush=True)
    ending.wait()
    print("ending", flush=True)
    input()
"""


GIVEN_TO_ANOTHER = """\
import signal, sys, threading, time
from adapters.grpc_server.ending import Ending
main = threading.get_ident()
def be_given_it():
    while sys._current_frames()[main].f_code.co_name != "wait":
        time.sleep(0.001)
    time.sleep(0.1)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
with Ending() as ending:
    threading.Thread(target=be_given_it).start()
    ending.wait()
"""


def test_the_first_signal_asks_and_the_second_insists() -> None:
    arguments = [sys.executable, "-c", SIGNALLED]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "ending\n"
        process.send_signal(signal.SIGTERM)
    assert process.returncode == -signal.SIGTERM


def test_a_signal_that_another_thread_is_given_ends_the_wait_too() -> None:
    finished = subprocess.run([sys.executable, "-c", GIVEN_TO_ANOTHER], check=False, timeout=LONG)
    assert finished.returncode == 0


def test_a_signal_that_came_before_the_wait_ends_it() -> None:
    with Ending() as ending:
        signal.raise_signal(signal.SIGINT)
        ending.wait()


def test_a_thread_asks_for_the_end_and_says_why_though_others_ask_too() -> None:
    ending, error = Ending(), CannotServeError("no")
    with ending:
        for each in (error, *map(CannotServeError, map(str, range(10_000)))):
            ending.ask(each)
        ending.wait()
    assert ending.error is error
    ending.ask(error)


def test_whoever_had_the_signals_before_has_them_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with Ending():
        signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
