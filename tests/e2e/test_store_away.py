"""The store goes away from under real servers, in each of its ways, and comes back; nobody restarts anything."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import apsw
import grpc
import httpx
import pytest

from e2e.outages import STANDS, Stand
from e2e.site import PATIENCE, POOL, Site
from masking.v1 import session_service_pb2 as pb
from support.stores import SHARED
from support.world import real, virtual

TIMEOUT = 6.0
"""What a caller of the gRPC server allows, in seconds: from five on, half a second of it is left for the answer."""

SOON = 15.0
"""Ever so much longer than the promised second after which all is well again, and shorter than any long back-off."""

REPORT = {"clientReferenceId": "some-session.some-call"}


class Service:
    """A site, an edge beside it that plays nothing to callers while the store is away, and a session."""

    def __init__(self, folder: Path, store: str, stack: ExitStack) -> None:
        self.site = Site(folder, store)
        stack.callback(self.site.stop)
        keys = str(folder / "data" / "keys.toml")
        self.backup = Site(folder / "backup", store, keys=keys, unavailable_audio="none")
        stack.callback(self.backup.stop)

    def open(self) -> None:
        self.site.add_pool([virtual(index) for index in range(4)])
        self.session = self.site.open(real(1), real(2))
        self.dialled = self.session.participants[0].proxy_number

    def start(self) -> None:
        self.site.start("serve-grpc", "serve-edge")
        self.backup.start("serve-edge")

    def asks(self) -> tuple[Callable[[], object], ...]:
        """One of each kind of RPC."""
        participants = [pb.Participant(phone_numbers=[real(index)]) for index in (3, 4)]
        name, stub = self.session.name, self.site.sessions
        return (
            lambda: stub.GetSession(pb.GetSessionRequest(name=name), timeout=TIMEOUT),
            lambda: stub.ListSessions(pb.ListSessionsRequest(), timeout=TIMEOUT),
            lambda: stub.CloseSession(pb.CloseSessionRequest(name=name), timeout=TIMEOUT),
            lambda: stub.OpenSession(pb.OpenSessionRequest(pool=POOL, participants=participants), timeout=TIMEOUT),
        )

    def check_served(self) -> None:
        assert self.site.call(real(1), self.dialled)["phoneNumber"] == real(2)[1:]
        assert self.backup.call(real(1), self.dialled)["phoneNumber"] == real(2)[1:]
        request = pb.GetSessionRequest(name=self.session.name)
        assert self.site.sessions.GetSession(request, timeout=TIMEOUT) == self.session
        assert self.site.report(**REPORT).status_code == 200
        assert self.site.edge_serves()
        assert self.backup.edge_serves()

    def check_away(self) -> None:
        """Everything that is asked is answered, and all at once: a silent store takes its time."""
        edges = [self.site, self.backup]
        with ThreadPoolExecutor(16) as threads:
            refusals = [threads.submit(refusal, ask) for ask in self.asks()]
            played = threads.submit(self.site.call, real(1), self.dialled)
            passed_on = threads.submit(self.call_backup)
            reports = [threads.submit(each.report, **REPORT) for each in edges]
            ready = [threads.submit(status, each, "readyz") for each in edges]
            alive = [threads.submit(status, each, "healthz") for each in edges]
        assert [each.result() for each in refusals] == [grpc.StatusCode.UNAVAILABLE] * len(refusals)
        assert played.result()["fileUrl"].endswith("/audio/temporarily-unavailable.mp3")
        assert passed_on.result().status_code == 503
        assert "retry-after" in passed_on.result().headers
        assert [each.result().status_code for each in reports] == [503, 503]
        assert [each.result() for each in ready] == [503, 503]
        assert [each.result() for each in alive] == [200, 200]
        within(PATIENCE, lambda: not self.site.grpc_serves())

    def call_backup(self) -> httpx.Response:
        body = {"from": real(1)[1:], "to": self.dialled[1:], "nmCorrelationId": "some-call"}
        return self.backup.post("callback", body)


def refusal(ask: Callable[[], object]) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as raised:
        ask()
    code: grpc.StatusCode = raised.value.code()
    return code


def status(site: Site, path: str) -> int:
    return httpx.get(f"http://{site.ops_address}/{path}", timeout=PATIENCE).status_code


def within(seconds: float, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def succeeds(check: Callable[[], object]) -> bool:
    try:
        check()
    except (AssertionError, grpc.RpcError, httpx.HTTPError, KeyError):
        return False
    return True


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("kind", sorted(STANDS))
def test_callers_are_told_while_the_store_is_away_and_served_once_it_is_back(
    kind: str, tmp_path: Path, stack: ExitStack
) -> None:
    stand: Stand = STANDS[kind](stack)
    service = Service(tmp_path, stand.url, stack)
    service.site.run("migrate")
    service.start()
    service.open()
    service.check_served()
    for leave, come_back in stand.ways.values():
        leave()
        service.check_away()
        come_back()
        within(SOON, lambda: succeeds(service.check_served))
        within(SOON, service.site.grpc_serves)
    stand.blip()
    service.check_served()


def test_every_store_that_has_servers_is_taken_away() -> None:
    assert {*STANDS, "sqlite"} == set(SHARED)


def test_a_file_that_cannot_be_opened_is_waited_for(tmp_path: Path, stack: ExitStack) -> None:
    folder = tmp_path / "store"
    folder.touch()
    service = Service(tmp_path, f"sqlite:///{folder}/masking.db", stack)
    service.session, service.dialled = pb.Session(name="sessions/some-session"), virtual(0)
    service.site.begin("serve-grpc", "serve-edge")
    service.backup.begin("serve-edge")
    within(PATIENCE, lambda: succeeds(lambda: [status(each, "healthz") for each in (service.site, service.backup)]))
    within(PATIENCE, lambda: listens(service.site))
    service.check_away()
    folder.unlink()
    within(SOON, lambda: service.site.grpc_serves() and service.site.edge_serves() and service.backup.edge_serves())
    service.open()
    service.check_served()


def listens(site: Site) -> bool:
    """Whether the gRPC server answers, be it that it does not serve."""
    try:
        site.sessions.ListSessions(pb.ListSessionsRequest(), timeout=TIMEOUT)
    except grpc.RpcError as error:
        return "onnect" not in str(error.details())
    return True


def test_a_file_that_another_writer_holds_refuses_changes_in_time_and_goes_on_answering_calls(
    tmp_path: Path, stack: ExitStack
) -> None:
    service = Service(tmp_path, f"sqlite:///{tmp_path}/masking.db", stack)
    service.start()
    service.open()
    get, _, close, open_another = service.asks()
    other = apsw.Connection(f"{tmp_path}/masking.db")
    other.set_busy_timeout(int(PATIENCE * 1_000))
    stack.callback(other.close)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(4) as threads:
        # Who read what is told to the audit before it is answered, and so reading is refused as well.
        refusals = list(threads.map(refusal, (get, close, open_another)))
        reports = list(threads.map(lambda each: each.report(**REPORT), (service.site, service.backup)))
    assert refusals == [grpc.StatusCode.UNAVAILABLE] * 3
    assert [each.status_code for each in reports] == [503, 503]
    assert service.site.call(real(1), service.dialled)["phoneNumber"] == real(2)[1:]
    other.execute("ROLLBACK")
    assert get() == service.session
    service.check_served()
